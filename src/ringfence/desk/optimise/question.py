"""The question: what is made large or small, by which terms, within which limits. Every finding is collected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ringfence.desk.optimise.limits import Asked, Probabilities, read_aim, read_limits
from ringfence.desk.optimise.ranges import Choice, choices
from ringfence.desk.session import Result
from ringfence.errors import DealError, Finding
from ringfence.solve.structure import Aim
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

AIM_RULE = "optimise-aim: one measure is made large or small, and it has a value in the deal as it stands"
T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """What is asked, in words.

    Attributes
    ----------
    maximise, minimise
        The measure to make large, or small; one of the two.
    by
        Terms that may vary; see ``ranges.py``.
    subject_to
        Limits; see ``limits.py``.
    frontier_with
        A second aim, ``max:MEASURE`` or ``min:MEASURE``, or a measure that has a limit.
    """

    maximise: str | None
    minimise: str | None
    by: Sequence[str]
    subject_to: Sequence[str]
    frontier_with: str | None


@dataclass(frozen=True)
class Read:
    """What is asked, as the deal understands it.

    Attributes
    ----------
    aim, other
        What is made large or small, and the second aim of a frontier.
    limits, choices
        What has to hold and what may vary.
    """

    aim: Aim
    other: Aim | None
    limits: tuple[Asked, ...]
    choices: tuple[Choice, ...]


def read_question(deal: Deal, before: Result, asked: Question, probabilities: Probabilities | None) -> Read:
    """Read a question, collecting every finding.

    Parameters
    ----------
    deal, before
        The deal and its run.
    asked
        The question.
    probabilities
        Gives the figures of ``P(...)`` limits.

    Raises
    ------
    DealError
        With every finding.
    """
    findings: list[Finding] = []
    aim = _known(findings, lambda: _aim(before, asked.maximise, asked.minimise))
    limits = _known(findings, lambda: read_limits(asked.subject_to, before.model.sheet.measures, probabilities))
    other = None
    if asked.frontier_with is not None and limits is not None:
        text = asked.frontier_with
        other = _known(findings, lambda: _second(before, text, limits))
    terms = _known(findings, lambda: choices(deal, before.model, asked.by))
    if aim is not None and other is not None and aim.measure == other.measure:
        said = f"The frontier of {aim.measure} with itself is one point."
        where = [f"--frontier {asked.frontier_with}"]
        findings.append(finding(AIM_RULE, said, where=where, fix="name another measure"))
    if findings or aim is None or limits is None or terms is None:
        raise DealError(findings)
    return Read(aim, other, limits, terms)


def _known(findings: list[Finding], read: Callable[[], T]) -> T | None:
    """What is read, or None where it is refused; the findings are kept."""
    try:
        return read()
    except DealError as error:
        findings += error.findings
        return None


def _aim(before: Result, maximise: str | None, minimise: str | None) -> Aim:
    if (maximise is None) == (minimise is None):
        text = "Two aims are given." if maximise else "No aim is given."
        where = [f"--maximise {maximise}", f"--minimise {minimise}"] if maximise else ["--maximise"]
        fix = "keep one; the other may be a limit, or --frontier" if maximise else "write --maximise gpu_equity.irr"
        raise DealError([finding(AIM_RULE, text, where=where, fix=fix)])
    name, option = (maximise, "--maximise") if maximise is not None else (minimise, "--minimise")
    assert name is not None
    return read_aim(name, maximise is not None, before.model.sheet.measures, before.run.measures, option)


def _second(before: Result, text: str, limits: tuple[Asked, ...]) -> Aim:
    """Read the second aim of a frontier."""
    large, name = _sense(text, limits)
    if name.startswith("P("):
        message = f"{name} is a probability: it is counted on random futures and has no slope to search a frontier by."
        fix = f'ask for one point at a time: --subject-to "{name} <= 5%"'
        raise DealError([finding(AIM_RULE, message, where=[f"--frontier {text}"], fix=fix)])
    return read_aim(name, large, before.model.sheet.measures, before.run.measures, "--frontier")


def _sense(text: str, limits: tuple[Asked, ...]) -> tuple[bool, str]:
    """Whether the second aim is to be large, and its name."""
    sense, colon, name = text.partition(":")
    if colon and sense in ("max", "min"):
        return sense == "max", name.strip()
    senses = {a.limit.sense for a in limits if a.limit.name == text}
    if len(senses) == 1 and senses != {"=="}:
        return senses == {">="}, text
    message = f"Nothing says whether {text} is to be large or small."
    fix = f"write --frontier max:{text} or --frontier min:{text}"
    raise DealError([finding(AIM_RULE, message, where=[f"--frontier {text}"], fix=fix)])

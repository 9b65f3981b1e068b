"""What a test can answer, and the record of one test.

Four answers, never more. A judgement nobody attested is `NOT_ATTESTED` and helps nobody: only `PASS` is a pass. A
judgement that the model's own figures speak against is `CONTRADICTED`: it is shown with both, and is no pass either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

Figure = float | int | str | bool
"""One piece of evidence: a computed figure or a term as written."""


class Outcome(Enum):
    """Answer of a test."""

    PASS = "pass"
    FAIL = "fail"
    NOT_ATTESTED = "not attested"
    CONTRADICTED = "contradicted"

    @property
    def sentence(self) -> str:
        """What the answer means, in one sentence."""
        return SENTENCES[self]

    def __bool__(self) -> bool:
        """Whether the test is passed; an open or contradicted judgement is not."""
        return self is Outcome.PASS

    def __str__(self) -> str:
        return self.value


SENTENCES: dict[Outcome, str] = {
    Outcome.PASS: "The condition is met.",
    Outcome.FAIL: "The condition is not met.",
    Outcome.NOT_ATTESTED: "This is a judgement nobody has attested; it is not taken as met.",
    Outcome.CONTRADICTED: "The attested judgement and the computed evidence disagree; it is not taken as met.",
}
PASS, FAIL, NOT_ATTESTED, CONTRADICTED = Outcome


@dataclass(frozen=True)
class Test:
    """One test of a standard, answered.

    Parameters
    ----------
    id
        Short name: ``L4``, ``842-10-25-2(d)``.
    paragraph
        Where the rule stands, marked ``verify`` if it was recalled rather than seen.
    outcome
        The answer.
    evidence
        Figures and terms the answer leans on, by name.
    sentence
        The answer in words, with its numbers.
    """

    __test__: ClassVar[bool] = False  # no test class of pytest's

    id: str
    paragraph: str
    outcome: Outcome
    evidence: Mapping[str, Figure] = field(default_factory=dict)
    sentence: str = ""

    @property
    def passed(self) -> bool:
        """Whether the condition is met beyond doubt."""
        return self.outcome is Outcome.PASS


def computed(
    id: str, paragraph: str, holds: bool, evidence: Mapping[str, Figure] | None = None, sentence: str = ""
) -> Test:
    """Answer a test the model can compute.

    Parameters
    ----------
    id, paragraph, evidence, sentence
        See :class:`Test`; the sentence of the outcome stands in where none is given.
    holds
        Whether the condition is met.

    Returns
    -------
    Test
        `PASS` or `FAIL`.

    Examples
    --------
    >>> computed("term", "ASC 842-10-25-2(c)", False).sentence
    'The condition is not met.'
    """
    outcome = Outcome.PASS if holds else Outcome.FAIL
    return Test(id, paragraph, outcome, dict(evidence or {}), sentence or outcome.sentence)


def judged(
    id: str,
    paragraph: str,
    answer: bool | None,
    evidence: Mapping[str, Figure] | None = None,
    sentence: str = "",
    *,
    speaks_against: bool = False,
) -> Test:
    """Answer a test that is a judgement.

    Parameters
    ----------
    id, paragraph, evidence, sentence
        See :class:`Test`.
    answer
        What was attested; None if nobody has.
    speaks_against
        Whether the computed evidence speaks against the attested answer.

    Returns
    -------
    Test
        `NOT_ATTESTED` without an answer, `CONTRADICTED` where evidence disagrees, else `PASS` or `FAIL`.
    """
    if answer is None:
        outcome = Outcome.NOT_ATTESTED
    elif speaks_against:
        outcome = Outcome.CONTRADICTED
    else:
        outcome = Outcome.PASS if answer else Outcome.FAIL
    return Test(id, paragraph, outcome, dict(evidence or {}), sentence or outcome.sentence)

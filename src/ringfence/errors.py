"""Everything ringfence refuses, as one small family.

    RingfenceError
    ├── DealError          a deal file that cannot be used; carries every finding, not only the first
    ├── QuantityError      a written value that is not what its term expects (also a ValueError)
    ├── UnitError          two units that may not meet, or a unit nobody knows
    ├── TimelineError      dates that make no timeline, or lie outside it; carries the rule and the ways out
    ├── SheetError         a sheet described wrongly: an undefined row, a same-period loop
    ├── RunError           a sheet that cannot be run with the inputs given
    ├── SolveError         a size or rent that no value satisfies
    └── MissingExtraError  an optional part that is not installed; prints the install line

No other exception is meant to reach a user. A :class:`Finding` is the sentence behind a
refusal: what is wrong, where it was written, which rule it breaks and the ways out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Level = Literal["error", "warning", "alert", "note"]


@dataclass(frozen=True)
class Finding:
    """One remark about a deal, with its place and the ways out.

    Parameters
    ----------
    level
        ``error`` stops the deal, ``warning`` does not, ``alert`` reports a term that acts
        (a lock-up), ``note`` is for information.
    rule
        Name of the rule, a colon and its sentence: ``debt-tail: senior debt is repaid ...``.
    message
        What is wrong, in the field's words, with both numbers.
    where
        One ``file:line  path = value`` for every value concerned.
    fix
        The ways out, or empty.

    Examples
    --------
    >>> print(Finding("error", "day: a date is written 2026-03-31", "close is 2026-02-30.", ("a.yaml:3  close",), ""))
    close is 2026-02-30.
      where:  a.yaml:3  close
      rule:   day: a date is written 2026-03-31
    """

    level: Level
    rule: str
    message: str
    where: tuple[str, ...] = ()
    fix: str = ""

    @property
    def name(self) -> str:
        """Name of the rule without its sentence."""
        return self.rule.partition(":")[0]

    def __str__(self) -> str:
        """Return the finding as it is printed: message, ``where:``, ``rule:``, ``fix:``."""
        lines = [self.message, *_labelled("where:", self.where)]
        lines += _labelled("rule:", [self.rule] if self.rule else [])
        lines += _labelled("fix:", [self.fix] if self.fix else [])
        return "\n".join(lines)


def _labelled(label: str, items: Iterable[str]) -> list[str]:
    return [f"  {label if i == 0 else '':<8}{item}" for i, item in enumerate(items)]


class RingfenceError(Exception):
    """Anything ringfence refuses."""


class DealError(RingfenceError):
    """A deal that cannot be used.

    Parameters
    ----------
    findings
        Every finding collected, errors first; never empty.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings; ``str()`` prints them all, a blank line between two."""
        self.findings = tuple(findings)
        super().__init__("\n\n".join(map(str, self.findings)))

    def __reduce__(self) -> tuple[type[DealError], tuple[tuple[Finding, ...]]]:
        """Pickle by findings, so that the error crosses process boundaries."""
        return type(self), (self.findings,)


class QuantityError(RingfenceError, ValueError):
    """A written value that is not what its term expects.

    Parameters
    ----------
    problem
        The clause after "<path> is <value>, ": ``but an amount carries its unit``.
    fix
        The ways out, or empty.
    rule
        Name of the rule that is broken (see ``terms/findings.py``).
    near
        Whether the value has the right form and only fails a limit; where several forms are
        allowed, the finding keeps to the one that was nearly met.
    """

    def __init__(self, problem: str, *, fix: str = "", rule: str = "value", near: bool = True) -> None:
        """Keep the clause, the ways out and the rule's name."""
        self.problem, self.fix, self.rule, self.near = problem, fix, rule, near
        super().__init__(problem)


class UnitError(RingfenceError):
    """Two units that may not meet, or a unit nobody knows."""


class TimelineError(RingfenceError):
    """Dates that make no timeline, or a date outside one.

    Parameters
    ----------
    message
        What is wrong, with both numbers.
    rule
        Name of the rule, a colon and its sentence.
    fix
        The ways out, or empty.
    terms
        Names of the terms concerned, below ``timeline``: ``close``, ``until``, ``segments``, ...
    """

    def __init__(self, message: str, *, rule: str = "", fix: str = "", terms: tuple[str, ...] = ()) -> None:
        """Keep the sentence, its rule, the ways out and the terms; ``str()`` prints them as a finding does."""
        self.message, self.rule, self.fix, self.terms = message, rule, fix, terms
        super().__init__(str(self.finding()))

    def finding(self, where: Iterable[str] = ()) -> Finding:
        """Return the error as a :class:`Finding`, given the ``file:line`` of its terms."""
        return Finding("error", self.rule, self.message, tuple(where), self.fix)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by its parts, so that the error crosses process boundaries."""
        return _timeline_error, (self.message, self.rule, self.fix, self.terms)


def _timeline_error(message: str, rule: str, fix: str, terms: tuple[str, ...]) -> TimelineError:
    return TimelineError(message, rule=rule, fix=fix, terms=terms)


class SheetError(RingfenceError):
    """A sheet described wrongly: an undefined row, a name used twice, a same-period loop."""


class RunError(RingfenceError):
    """A sheet that cannot be run with the inputs given."""


class SolveError(RingfenceError):
    """A size or rent that no value satisfies."""


class MissingExtraError(RingfenceError):
    """An optional part of ringfence that is not installed."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like `word`, or None where none is near."""
    folded = {name.lower().replace("-", "_"): name for name in known}
    close = get_close_matches(word[:60].lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def did_you_mean(near: str | None, otherwise: str = ".") -> str:
    """Return how a sentence about an unknown word ends: with the word that was perhaps meant, or plainly."""
    return f"; did you mean {near}?" if near else otherwise


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return the question after the known word most like `word`, or what ends the sentence without one."""
    return did_you_mean(nearest(word, known), otherwise)

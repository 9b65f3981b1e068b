"""Outcomes combined: what is certain stays certain, what is open stays open.

A condition that needs all its parts is failed by one certain failure and met only if all are met; a condition that
needs one of its parts is the mirror image. Between the two lies an open outcome, and an open one helps nobody.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS, Outcome


def outcome_of(answer: bool | None) -> Outcome:
    """Return an answer as an outcome; None is not attested."""
    return NOT_ATTESTED if answer is None else PASS if answer else FAIL


def all_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Met if all are met; failed if one fails.

    Examples
    --------
    >>> print(all_of([PASS, NOT_ATTESTED]), all_of([FAIL, NOT_ATTESTED]), all_of([PASS, PASS]), sep=", ")
    not attested, fail, pass
    """
    found = list(outcomes)
    if FAIL in found:
        return FAIL
    if len(found) == found.count(PASS):
        return PASS
    return _open(found)


def any_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Met if one is met; failed if all fail."""
    found = list(outcomes)
    if PASS in found:
        return PASS
    if len(found) == found.count(FAIL):
        return FAIL
    return _open(found)


def opposite(outcome: Outcome) -> Outcome:
    """Return the outcome of the contrary condition; what is open stays open."""
    return {PASS: FAIL, FAIL: PASS}.get(outcome, outcome)


def is_open(outcome: Outcome) -> bool:
    """Whether the outcome is neither met nor failed beyond doubt."""
    return outcome in (NOT_ATTESTED, CONTRADICTED)


def _open(found: list[Outcome]) -> Outcome:
    return CONTRADICTED if CONTRADICTED in found else NOT_ATTESTED

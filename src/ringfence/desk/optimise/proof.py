"""The proof of an answer: the deal, read again with the terms found, gives the figures of the search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.desk.optimise.chances import Chances
from ringfence.desk.session import Result
from ringfence.errors import RunError
from ringfence.solve.structure import Structure

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

SAME = 1e-9
"""Largest gap between the search and a fresh run of the deal with the terms found, relative."""


def check_same(structure: Structure, after: Result) -> None:
    """Refuse an answer that the deal, read and run again with its terms, does not give.

    Parameters
    ----------
    structure
        As the search found it.
    after
        A run of the deal with the terms found.

    Raises
    ------
    RunError
        Naming the measure and both figures.
    """
    e, at = structure.evaluator, structure.found.at
    for name, value in e.values(at).items():
        again = after.measures[name].value
        gap = abs((again or 0.0) - (value or 0.0))
        if (again is None) != (value is None) or gap > SAME * max(1.0, abs(value or 0.0)):
            raise RunError(f"{name} is {value} in the search, but {again} once the deal is read with the terms found")


def check_chances(chances: Chances, structure: Structure, best: Deal, *, resize: bool) -> None:
    """Refuse a probability that the deal with the terms found, its risks built anew, does not give.

    Parameters
    ----------
    chances
        The random futures.
    structure
        As the search found it.
    best
        The deal with the terms found.
    resize
        Whether its debt is sized afresh.

    Raises
    ------
    RunError
        Naming the probability and both figures.
    """
    for limit in structure.problem.limits:
        if limit.handed is not None:
            words = limit.name.removeprefix("P(").removesuffix(")")
            searched, again = structure.figure(limit), chances.again(best, words, resize=resize)
            if searched is None or abs(again - searched) > 2.5 / chances.paths:
                raise RunError(f"{limit.name} is {searched} in the search, but {again} once the deal is read again")

"""The answer: the best structure, what binds it and what that costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.optimise.limits import Asked
from ringfence.desk.optimise.ranges import Choice
from ringfence.desk.session import Result
from ringfence.solve.structure import Aim, FrontierPoint, Kink, Price, Structure

if TYPE_CHECKING:
    from ringfence.desk.table import Table
    from ringfence.terms.deal import Deal


@dataclass(frozen=True, repr=False)
class Answer:
    """The best structure, what binds it and what that costs.

    Attributes
    ----------
    deal, best
        The deal as it stood, and with the terms found.
    aim, unit
        The aim and the unit of its measure.
    choices, limits
        What could vary and what had to hold.
    structure
        As the search found it.
    prices, kinks
        What binds, with its cost; corners and idle terms.
    before, after
        Fresh runs of the two deals.
    idle
        Terms that move neither the aim nor a limit anywhere they were tried.
    frontier, other
        Points of the trade-off with a second aim, and that aim.
    resize
        Whether the debt was sized afresh for every structure.
    limits_before
        Figure of every limit in the deal as it stood. [unit of each]
    paths
        Random futures behind probabilities and their seed; None where the deal's risks were not asked.
    """

    deal: Deal
    best: Deal
    aim: Aim
    unit: str
    choices: tuple[Choice, ...]
    limits: tuple[Asked, ...]
    structure: Structure
    prices: tuple[Price, ...]
    kinks: tuple[Kink, ...]
    before: Result
    after: Result
    idle: tuple[str, ...]
    frontier: tuple[FrontierPoint, ...]
    other: Aim | None
    resize: bool
    limits_before: tuple[float | None, ...]
    paths: tuple[int, int] | None

    @property
    def levers(self) -> Mapping[str, float]:
        """Value found for every term. [unit of the term]"""
        return self.structure.levers

    def tables(self) -> list[Table]:
        """Return the answer as the tables of a page."""
        from ringfence.desk.optimise.tables import tables

        return tables(self)

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self.tables())

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables())

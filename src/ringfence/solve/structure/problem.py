"""The question: levers, an aim, limits, and how a sheet comes about for the stepped levers.

Every search runs in shares of a lever's range, 0 at its lower bound and 1 at its upper one, and counts aims and limits
in multiples of their `scale`, so that a margin in basis points and a size in billions weigh alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ringfence.sheet import Sheet
from ringfence.solve.structure.slopes import Derivatives

Sense = Literal[">=", "<=", "=="]
KEPT = 1e-9
"""Room by which a limit may be missed, in multiples of its scale: the one tolerance (docs/convention.md 6)."""


@dataclass(frozen=True)
class Lever:
    """A term that may vary.

    Parameters
    ----------
    name
        As the reader knows it: ``senior.margin``.
    low, high
        Bounds. [unit of the term]
    agreed
        Value in the deal as it stands. [unit of the term]
    cell
        Input of the sheet that holds it; empty for a stepped lever.
    values
        The values of a stepped lever, for each of which the deal is built again.
    """

    name: str
    low: float
    high: float
    agreed: float
    cell: str = ""
    values: tuple[float, ...] = ()

    @property
    def range(self) -> float:
        """Upper less lower bound. [unit of the term]"""
        return self.high - self.low

    def share(self, value: float) -> float:
        """Return where a value lies between the bounds, 0 to 1; values outside count as the nearer bound."""
        return min(1.0, max(0.0, (value - self.low) / self.range)) if self.range else 0.0

    def at(self, share: float) -> float:
        """Return the value at a share of the range; the bounds come out exactly. [unit of the term]"""
        return self.high if share >= 1.0 else self.low + share * self.range


@dataclass(frozen=True)
class Built:
    """A deal built for one choice of the stepped levers.

    Parameters
    ----------
    sheet
        Its sheet.
    inputs
        Inputs held throughout: the signed figures, or none where the debt is sized afresh.
    values
        The stepped levers. [unit of each term]
    model
        What was built, for whoever hands limits in from outside.
    """

    sheet: Sheet
    inputs: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    model: Any = None


Handed = Callable[[Built, Mapping[str, float]], float]
"""A figure from outside the sheet: the built deal and every lever's value by name, to a number."""


@dataclass(frozen=True)
class Aim:
    """A figure to make as large or as small as may be.

    Parameters
    ----------
    measure
        Name of the measure, or of the figure handed in.
    maximise
        False to make it small.
    scale
        A change that matters. [unit of the figure]
    handed
        Where the figure comes from, if it is no measure of the sheet; see :class:`Limit`.
    """

    measure: str
    maximise: bool = True
    scale: float = 1.0
    handed: Handed | None = None

    def score(self, value: float) -> float:
        """Return the value in multiples of the scale, larger is better."""
        return (value if self.maximise else -value) / self.scale


@dataclass(frozen=True)
class Limit:
    """A figure that must stay on one side of a bound, or on it.

    Parameters
    ----------
    name
        As the reader wrote it: a measure, or ``P(senior.default)``.
    sense
        ``>=``, ``<=`` or ``==``.
    bound
        The limit. [unit of the figure]
    scale
        A change that matters. [unit of the figure]
    handed
        Where the figure comes from, if it is no measure of the sheet. It must give the same number for the same
        levers: a probability is counted with common random numbers.
    """

    name: str
    sense: Sense
    bound: float
    scale: float = 1.0
    handed: Handed | None = None

    def room(self, value: float) -> float:
        """Return by how much the limit is kept, in multiples of its scale; negative where it is broken.

        A figure that must be equal to its bound has no room at best.
        """
        above = (value - self.bound) / self.scale
        return -abs(above) if self.sense == "==" else above if self.sense == ">=" else -above

    @property
    def aim(self) -> Aim:
        """The aim of keeping this limit by as much as may be; of an equality, see :attr:`sides`."""
        return Aim(self.name, self.sense == ">=", self.scale, self.handed)

    @property
    def sides(self) -> tuple[Limit, ...]:
        """The limit as one-sided limits: an equality is a floor and a ceiling."""
        senses: tuple[Sense, ...] = (">=", "<=")
        return tuple(replace(self, sense=sense) for sense in senses) if self.sense == "==" else (self,)

    def moved(self, by: float) -> Limit:
        """Return the limit with its bound moved. [unit of the figure]"""
        return replace(self, bound=self.bound + by)


@dataclass(frozen=True)
class Problem:
    """The whole question.

    Parameters
    ----------
    levers
        What may vary; names differ.
    aim
        What is to be large or small.
    limits
        What must hold.
    build
        Builds the deal for values of the stepped levers; raises ``DealError`` where the deal refuses them.
    derivatives
        Exact slopes of measures by inputs; left out: central differences.
    """

    levers: tuple[Lever, ...]
    aim: Aim
    limits: tuple[Limit, ...]
    build: Callable[[Mapping[str, float]], Built]
    derivatives: Derivatives | None = None

    @property
    def free(self) -> tuple[Lever, ...]:
        """Levers that move between their bounds."""
        return tuple(lever for lever in self.levers if not lever.values)

    @property
    def stepped(self) -> tuple[Lever, ...]:
        """Levers that are enumerated."""
        return tuple(lever for lever in self.levers if lever.values)

    def with_limits(self, limits: tuple[Limit, ...]) -> Problem:
        """Return the same question under other limits."""
        return replace(self, limits=limits)

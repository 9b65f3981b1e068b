"""A result as the tables read it: rows as lists, sums and ends by calendar year, dates of events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo
    from ringfence.run.result import Measure

ONE_DOLLAR = 1.0


class View:
    """Read access to one result, with nothing computed that the sheet computes.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """

    def __init__(self, result: Any) -> None:
        self.result = result
        self.deal = result.deal
        self.labels: tuple[str, ...] = tuple(result.labels)
        self.dates = [p.end for p in result.model.timeline.periods]
        dated = zip(self.labels, self.dates, strict=True)
        self.years = [(label if label[:4].isdigit() else str(date))[:4] for label, date in dated]

    @property
    def silos(self) -> list[Silo]:
        """Businesses in the order the model was built."""
        return list(self.result.model.books.silos.values())

    def has(self, name: str) -> bool:
        """Say whether the run has a row of this name."""
        return name in self.result.run

    def line(self, name: str) -> list[float]:
        """Return a row as a list over the periods; zeros where there is no such row. [unit of the row]"""
        if not self.has(name):
            return [0.0] * len(self.labels)
        value = self.result.run[name]
        return [float(value)] * len(self.labels) if isinstance(value, float) else [float(v) for v in value]

    def cell(self, name: str) -> float:
        """Return the last value of a row, or its only one. [unit of the row]"""
        return self.line(name)[-1]

    def total(self, name: str) -> float:
        """Return the sum of a row over the periods; a one-cell row is its own sum. [unit of the row]"""
        value = self.result.run[name] if self.has(name) else 0.0
        return value if isinstance(value, float) else sum(float(v) for v in value)

    def measure(self, name: str) -> Measure | None:
        """Return a measure, or None where the deal has none of this name."""
        found: Measure | None = self.result.measures.get(name)
        return found

    def value(self, name: str) -> float | None:
        """Return the value of a measure, None where it is missing or n/a. [unit of the measure]"""
        found = self.measure(name)
        return None if found is None else found.value

    def when(self, flags: Iterable[float], least: float = 0.5) -> list[int]:
        """Return the periods in which a flag or an amount is above `least`."""
        return [k for k, flag in enumerate(flags) if flag > least]

    def span(self, periods: list[int]) -> str:
        """Return how often and from when: ``3 from 2025-12``; ``none`` for no period."""
        return f"{len(periods)} from {self.labels[periods[0]]}" if periods else "none"

    def lowest(self, row: str) -> int | None:
        """Return the first period of the lowest value of a ratio, where it applies."""
        return self._extreme(row, 1.0)

    def highest(self, row: str) -> int | None:
        """Return the first period of the highest value of a ratio, where it applies."""
        return self._extreme(row, -1.0)

    def _extreme(self, row: str, sign: float) -> int | None:
        """First period within the tolerance of the smallest `sign` x ratio (docs/convention.md 6)."""
        applies = self.when(self.line(f"{row}.applies"))
        values = [sign * v for v in self.line(row)]
        least = min((values[k] for k in applies), default=0.0)
        return next((k for k in applies if values[k] <= least + 1e-9 * max(1.0, abs(least))), None)

    def drawn_support(self) -> dict[str, float]:
        """Return what was drawn in all from each reserve and letter of credit to pay what cash could not. [USD]"""
        drawn: dict[str, float] = {}
        for name in self.result.run:
            pot, at, _ = name.partition(".for_")
            if at and ":" not in name:
                drawn[pot] = drawn.get(pot, 0.0) + self.total(name)
        return {pot: amount for pot, amount in drawn.items() if amount > ONE_DOLLAR}

    def date_of_month(self, month: float | None) -> str:
        """Return months since close as ``2027-06``; ``never`` for None."""
        if month is None:
            return "never"
        return str(self.result.model.timeline.to_date(month))[:7]

    def period_of_month(self, month: float | None) -> str:
        """Return the period that ends so many months after close, ``2027-06``; ``never`` for None."""
        if month is None:
            return "never"
        labels: tuple[str, ...] = tuple(self.result.labels)
        ends = zip(labels, self.result.model.timeline.periods, strict=True)
        return next((label for label, period in ends if period.end_month >= month - 1e-6), labels[-1])

    def calendar(self) -> list[str]:
        """Return the calendar years of the deal, each once."""
        return list(dict.fromkeys(self.years))

    def by_year(self, values: list[float]) -> dict[str, float]:
        """Return sums by calendar year. [unit of `values`]"""
        sums = dict.fromkeys(self.calendar(), 0.0)
        for year, value in zip(self.years, values, strict=True):
            sums[year] += value
        return sums

    def at_year_end(self, values: list[float]) -> dict[str, float]:
        """Return the value of the last period of each calendar year. [unit of `values`]"""
        return dict(zip(self.years, values, strict=True))

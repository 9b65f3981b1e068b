"""The small sheet of one lease: its own dates as periods, and the rows that come back from it.

A lease measured on its own gets a sheet whose periods end on its payment dates, its changes and every anniversary; the
rows are those of ``blocks/lessee_schedule.py`` and ``blocks/lessor_schedule.py``, which a deal's sheet has as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING

from ringfence.accounting.payments import Payment, Timing
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import refused
from ringfence.sheet import Expr, Row, Sheet, constant, following, growth, least
from ringfence.units import MONTH, PER_YEAR, RATIO, USD, YEAR

if TYPE_CHECKING:
    from ringfence.run.explain import Explanation
    from ringfence.run.result import Run

NEAR = 1e-6
"""Dates closer than this are one date. [month]"""
PER = MONTH / YEAR


@dataclass(frozen=True)
class Schedule:
    """Rows of a lease over its own periods.

    Attributes
    ----------
    name
        Prefix of the rows.
    months
        End of each period, months since commencement; the first is commencement. [month]
    sheet, run
        The rows and their values.
    """

    name: str
    months: tuple[float, ...]
    sheet: Sheet = field(repr=False)
    run: Run = field(repr=False)

    def __getitem__(self, item: str) -> tuple[float, ...]:
        """Return a row over the periods. [USD unless the row says so]"""
        value = self.run[f"{self.name}.{item}"]
        if isinstance(value, float):
            return (value,) * len(self.months)
        return tuple(float(x) for x in value)

    def __contains__(self, item: str) -> bool:
        return f"{self.name}.{item}" in self.run

    def at(self, item: str, month: float) -> float:
        """Return a row at the end of the period that ends on a date.

        Parameters
        ----------
        item
            Row, without the prefix.
        month
            [month]
        """
        for end, value in zip(self.months, self[item], strict=True):
            if abs(end - month) <= NEAR:
                return value
        raise refused("lease-dates", f"no period of {self.name} ends {month:g} months after commencement.")

    @cached_property
    def years(self) -> int:
        """Years the schedule covers, the last one begun counting whole."""
        return max(1, -floor(-(self.months[-1] - NEAR) / 12.0))

    def yearly(self, item: str) -> tuple[float, ...]:
        """Return the sum of a row in each year after commencement. [USD]"""
        sums = [0.0] * self.years
        for end, value in zip(self.months[1:], self[item][1:], strict=True):
            sums[min(self.years - 1, floor((end - NEAR) / 12.0))] += value
        return tuple(sums)

    def year_ends(self, item: str) -> tuple[float, ...]:
        """Return a balance at each anniversary, and at the end. [USD]"""
        marks = [min(12.0 * (k + 1), self.months[-1]) for k in range(self.years)]
        return tuple(self.at(item, m) for m in marks)

    def total(self, item: str) -> float:
        """Sum a row over all periods. [USD]"""
        return float(sum(self[item]))

    def explain(self, item: str, month: float | None = None, *, depth: int = 2) -> Explanation:
        """Say why a figure is what it is.

        Parameters
        ----------
        item
            Row, without the prefix.
        month
            End of the period asked for; none for a one-cell row. [month]
        depth
            Levels of precedents.
        """
        from ringfence.run.explain import explain

        labels = tuple(f"month {m:g}" for m in self.months)
        number = None if month is None else min(range(len(labels)), key=lambda k: abs(self.months[k] - month))
        return explain(self.sheet, self.run, f"{self.name}.{item}", period=number, depth=depth, labels=labels)


@dataclass(frozen=True)
class Grid:
    """A sheet under construction over the dates of a lease."""

    sheet: Sheet
    name: str
    months: tuple[float, ...]
    length: Row

    def series(self, item: str, values: Sequence[float], label: str = "") -> Row:
        """Add an input over the periods. [USD]"""
        return self.sheet.series(f"{self.name}.{item}", values, unit=USD, label=label, term=True)

    def paid(self, item: str, payments: Iterable[Payment], timing: Timing, *, since: float = -1.0) -> Row:
        """Add the payments of one timing, by date. [USD]"""
        found = [0.0] * len(self.months)
        for p in payments:
            if p.timing == timing:
                found[self.number(p.month)] += p.amount
        values = [
            x if m > since + NEAR or (timing == "advance" and m > since - NEAR) else 0.0
            for m, x in zip(self.months, found, strict=True)
        ]
        return self.series(item, values, f"payments in {timing}")

    def flag(self, item: str, month: float) -> Row:
        """Add a flag of the period that ends on a date."""
        at = self.number(month)
        values = [1.0 if k == at else 0.0 for k in range(len(self.months))]
        return self.sheet.series(f"{self.name}.{item}", values, unit=RATIO, term=True)

    def growth(self, item: str, rate: Rate) -> Row:
        """Add 1 + rate of each period, from the rate as an input. [ratio]"""
        s = self.sheet
        cell = s.scalar(f"{self.name}.{item}_pa", rate.effective, unit=PER_YEAR, label=f"{rate}, as growth in a year")
        years = self.length / constant(12.0, PER)
        return s.row(f"{self.name}.{item}_growth", growth(cell, years), label="growth of the period")

    def share(self, item: str, until: float) -> Row:
        """Add the part of the time left until a date that each period takes. [ratio]"""
        starts = (0.0, *self.months[:-1])
        left = [max(until - start, 0.0) for start in starts]
        rest = self.sheet.series(
            f"{self.name}.{item}_left", [x if x > NEAR else 0.0 for x in left], unit=MONTH, term=True, label="time left"
        )
        from ringfence.sheet import NIL, choose, less_than

        taken = choose(less_than(NIL, rest), least(self.length / rest, 1), NIL)
        return self.sheet.row(f"{self.name}.{item}_share", taken, unit=RATIO, label="part of the time left")

    def number(self, month: float) -> int:
        """Return the period that ends on a date."""
        for k, end in enumerate(self.months):
            if abs(end - month) <= NEAR:
                return k
        raise refused(
            "lease-dates",
            f"{month:g} months after commencement lies outside the schedule of {self.months[-1]:g} months.",
            fix="date payments and changes inside the lease",
        )

    def finish(self) -> Schedule:
        """Run the sheet."""
        from ringfence.run import reference

        return Schedule(self.name, self.months, self.sheet, reference.run(self.sheet))


def open_grid(name: str, dates: Iterable[float]) -> Grid:
    """Return an empty sheet whose periods end on dates and anniversaries.

    Parameters
    ----------
    name
        Prefix of the rows.
    dates
        Payment dates, changes, ends. [month since commencement]
    """
    wanted = sorted({0.0, *dates})
    wanted = sorted({*wanted, *(12.0 * k for k in range(1, int((wanted[-1] + NEAR) // 12) + 1))})
    months = [wanted[0]]
    for day in wanted[1:]:
        if day - months[-1] > NEAR:
            months.append(day)
    sheet = Sheet(periods=len(months), name=name)
    lengths = [0.0, *(b - a for a, b in pairwise(months))]
    length = sheet.series(f"{name}.length", lengths, unit=MONTH, term=True, label="length of the period")
    return Grid(sheet, name, tuple(months), length)


def present_value(payments: Sequence[Payment], rate: Rate, *, at: float = 0.0) -> float:
    """Discount payments to a date.

    Parameters
    ----------
    payments
        Those before the date do not count; in arrears on the date neither.
    rate
        Discount rate.
    at
        [month since commencement]

    Returns
    -------
    float
        PV on that date, payments in advance of that day included. [USD]
    """
    from ringfence.accounting.payments import from_date

    left = from_date(payments, at)
    if not left:
        return 0.0
    grid = open_grid("pv", [p.month - at for p in left])
    moved = [Payment(p.month - at, p.amount, p.timing, p.kind) for p in left]
    value = add_value(grid, moved, rate)
    return grid.finish()[value.name.removeprefix("pv.")][0]


def add_value(grid: Grid, payments: Sequence[Payment], rate: Rate) -> Row:
    """Add the PV of payments by date: what is due that day in advance, and the rest discounted. [USD]"""
    s, name = grid.sheet, f"{grid.name}.value"
    later: Expr = s.ref(name, unit=USD)
    advance, arrears = grid.paid("advance", payments, "advance"), grid.paid("arrears", payments, "arrears")
    return s.row(name, advance + following((later + arrears) / grid.growth("rate", rate)), unit=USD)


def as_table(schedule: Schedule, items: Sequence[str]) -> Mapping[str, tuple[float, ...]]:
    """Return several rows of a schedule by name. [USD]

    Parameters
    ----------
    schedule
        Of a lease.
    items
        Rows, without the prefix.
    """
    return {item: schedule[item] for item in items}

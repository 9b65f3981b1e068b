"""The clock: the rows every block reads the time from, and the small formulas about dates that all blocks share.

Rows added by :func:`add_clock`:

    period.index                   0 at financial close, then 1, 2, ...                      [ratio]
    period.start, period.end       months since close                                       [month]
    period.before                  end of the period before; one month before close at close [month]
    period.months                  length, 0 at close                                       [month]
    period.per_month               1 / length, 0 at close                                   [1/month]
    period.hours                   hours of the calendar, 0 at close                        [h]
    period.year_fraction.<basis>   act_360, act_365f, act_act, 30_360                                          [year]
    period.hours_in.<month>        hours of the period that fall in a calendar month         [h]
    period.months_per_year         12                                                       [month/year]
    period.never                   a date that never comes                                  [month]
    period.hours_since_close       table of calendar hours by months since close             [h]

Dates are months since close. An event dated d belongs to the period with before < d <= end; an event before close
belongs to no period, so a cost agreed before close is dated with :func:`not_before_close`. A stretch of time
[a, b) counts in a period by its overlap with [start, end). See docs/convention.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ringfence.sheet import (
    NIL,
    Corkscrew,
    Expr,
    Row,
    Sheet,
    at_most,
    both,
    choose,
    constant,
    floor,
    least,
    less_than,
    lookup,
    most,
    power,
)
from ringfence.timeline import Timeline
from ringfence.units import HOUR, MONTH, PER_MONTH, RATIO, USD, YEAR, Unit

CONVENTION = "docs/convention.md, timing"
BASES = {"ACT/360": "act_360", "ACT/365F": "act_365f", "ACT/ACT": "act_act", "30/360": "30_360"}
CALENDAR = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NEVER = 120_000.0
"""Months since close that stand for `never`. [month]"""
MARGIN = 24
"""Months before close and after the last period that the table of calendar hours still covers."""


@dataclass(frozen=True)
class Clock:
    """Rows of the timeline.

    Attributes
    ----------
    index, start, end, before, months, per_month, hours
        See the module's head.
    year_fraction
        Year fraction of each period by day count. [year]
    hours_in
        Hours of the period in January, February, ... [h]
    hours_table
        Calendar hours since close by months since close. [h]
    months_per_year
        12. [month/year]
    never
        A date that never comes. [month]
    """

    index: Row
    start: Row
    end: Row
    before: Row
    months: Row
    per_month: Row
    hours: Row
    year_fraction: Mapping[str, Row]
    hours_in: tuple[Row, ...]
    hours_table: Row
    months_per_year: Row
    never: Row


def add_clock(sheet: Sheet, timeline: Timeline, bases: Mapping[str, str] = BASES) -> Clock:
    """Add the clock rows of `timeline`.

    Parameters
    ----------
    sheet
        Sheet being built.
    timeline
        Periods; the first is financial close.
    bases
        Day counts wanted, and how their rows are called.

    Returns
    -------
    Clock
        The rows.
    """
    periods = timeline.periods
    ends = [p.end_month for p in periods]

    def series(name: str, values: Sequence[float], unit: Unit, label: str) -> Row:
        return sheet.series(f"period.{name}", values, unit=unit, source=CONVENTION, label=label, term=True)

    months = [p.months for p in periods]
    by_month = [[p.hours * x for x in shares] for p, shares in zip(periods, timeline.month_shares(), strict=True)]
    return Clock(
        index=series("index", [float(p.index) for p in periods], RATIO, "number of the period"),
        start=series("start", [p.start_month for p in periods], MONTH, "start of the period, months since close"),
        end=series("end", ends, MONTH, "end of the period, months since close"),
        before=series("before", [-1.0, *ends[:-1]], MONTH, "end of the period before"),
        months=series("months", months, MONTH, "length of the period"),
        per_month=series("per_month", [1.0 / m if m else 0.0 for m in months], PER_MONTH, "one over the length"),
        hours=series("hours", [p.hours for p in periods], HOUR, "hours of the period"),
        year_fraction={
            basis: series(
                f"year_fraction.{slug}", timeline.fractions(basis, adjusted=True), YEAR, f"year fraction, {basis}"
            )
            for basis, slug in bases.items()
        },
        hours_in=tuple(
            series(f"hours_in.{name}", [h[m] for h in by_month], HOUR, f"hours of the period in {name}")
            for m, name in enumerate(CALENDAR)
        ),
        hours_table=_hours_table(sheet, timeline),
        months_per_year=sheet.scalar(
            "period.months_per_year", 12.0, unit=MONTH / YEAR, source=CONVENTION, label="months in a year"
        ),
        never=sheet.scalar("period.never", NEVER, unit=MONTH, source=CONVENTION, label="a date that never comes"),
    )


def _hours_table(sheet: Sheet, timeline: Timeline) -> Row:
    last = int(timeline.periods[-1].end_month) + MARGIN
    xs = [float(m) for m in range(-MARGIN, last + 1)]
    ys = [(timeline.to_date(m) - timeline.close).days * 24.0 for m in xs]
    return sheet.table("period.hours_since_close", xs=xs, ys=ys, x_unit=MONTH, unit=HOUR, source=CONVENTION)


# --- flags -----------------------------------------------------------------------------------------------------


def on(clock: Clock, day: Expr) -> Expr:
    """Flag the period an event dated `day` [month] belongs to: before < day <= end."""
    return both(less_than(clock.before, day), at_most(day, clock.end))


def reached(clock: Clock, day: Expr) -> Expr:
    """Flag: `day` [month] lies at or before the end of the period."""
    return at_most(day, clock.end)


def flag_between(clock: Clock, first: Expr, last: Expr) -> Expr:
    """Flag of the periods whose end lies in [first, last]. [month]"""
    return both(at_most(first, clock.end), at_most(clock.end, last))


def not_before_close(day: Expr) -> Expr:
    """Date a payment at `day`, or at close if that is later. [month]"""
    return most(day, NIL)


def earliest(days: Sequence[Expr]) -> Expr:
    """First of any number of dates. [month]"""
    return _halve(least, days)


def latest(days: Sequence[Expr]) -> Expr:
    """Last of any number of dates. [month]"""
    return _halve(most, days)


def _halve(pick: Callable[[Expr, Expr], Expr], days: Sequence[Expr]) -> Expr:
    """Compare in pairs of halves, so that a hundred batches stay a shallow formula."""
    if len(days) == 1:
        return days[0]
    middle = len(days) // 2
    return pick(_halve(pick, days[:middle]), _halve(pick, days[middle:]))


# --- stretches of time -----------------------------------------------------------------------------------------


def overlap(clock: Clock, first: Expr, last: Expr) -> Expr:
    """Months of the period inside [first, last). [month]"""
    return most(least(clock.end, last) - most(clock.start, first), NIL)


def months_since(clock: Clock, first: Expr) -> Expr:
    """Months of the period from `first` on. [month]"""
    return most(clock.end - most(clock.start, first), NIL)


def share_of_period(clock: Clock, first: Expr, last: Expr) -> Expr:
    """Share of the period inside [first, last); 0 at close. [ratio]"""
    return overlap(clock, first, last) * clock.per_month


def share_since(clock: Clock, first: Expr) -> Expr:
    """Share of the period from `first` on; 0 at close. [ratio]"""
    return months_since(clock, first) * clock.per_month


def clip(x: Expr, low: Expr, high: Expr) -> Expr:
    """Bring `x` into [low, high]."""
    return most(least(x, high), low)


def years(clock: Clock, months: Expr) -> Expr:
    """Turn months into years of twelve months. [year]"""
    return months / clock.months_per_year


def hours_between(clock: Clock, first: Expr, last: Expr) -> Expr:
    """Calendar hours from `first` to `last` [month]; known in advance, so payments in advance may use it. [h]"""
    return lookup(clock.hours_table, last) - lookup(clock.hours_table, first)


def yearly_growth(clock: Clock, rate: Expr, months: Expr) -> Expr:
    """(1 + rate) to the number of whole years in `months`; none before the first. [ratio]

    Parameters
    ----------
    clock
        The clock.
    rate
        Growth per year, above -1. [1/year]
    months
        Time elapsed. [month]
    """
    one_year = constant(1.0, YEAR)
    return power(1 + rate * one_year, floor(years(clock, most(months, NIL)) / one_year))


# --- payment dates ---------------------------------------------------------------------------------------------


def dates_until(day: Expr, first: Expr, every: Expr, last: Expr) -> Expr:
    """Count the dates first, first + every, ... up to `day` and not beyond `last`. [ratio]"""
    return most(floor((least(day, last) - first) / every) + 1, NIL)


def instalments(clock: Clock, first: Expr, every: Expr, last: Expr) -> Expr:
    """Count the regular payment dates first, first + every, ..., <= last that fall in the period.

    Parameters
    ----------
    clock
        The clock.
    first, last
        First payment date, and the date after which there are none. [month]
    every
        Interval, above 0. [month]

    Returns
    -------
    Expr
        0 or 1 where periods are no longer than the interval. [ratio]
    """
    return dates_until(clock.end, first, every, last) - dates_until(clock.before, first, every, last)


def paid_on(sheet: Sheet, name: str, accrued: Expr, flag: Expr) -> tuple[Corkscrew, Row]:
    """Add the account of something that accrues and is paid in full on flagged periods.

    Parameters
    ----------
    sheet
        Sheet being built; gains rows ``<name>.opening``, ``<name>.paid``, ``<name>.closing``.
    name
        Name of the account.
    accrued
        Amount earned in the period. [USD]
    flag
        1 in periods in which everything accrued so far is paid.

    Returns
    -------
    tuple
        The account, and the row of payments. [USD]
    """
    added = accrued if isinstance(accrued, Row) else sheet.row(f"{name}.accrued", accrued, unit=USD)
    opening = sheet.opening(name, unit=USD)
    due = choose(flag, opening + added, NIL)
    paid = sheet.row(f"{name}.paid", due, unit=USD, label="everything accrued, on payment dates")
    sheet.close(name, opening, add=[added], less=[paid])
    return sheet.corkscrews[name], paid

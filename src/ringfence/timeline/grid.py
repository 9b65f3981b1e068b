"""The timeline: periods with real dates, day counts and payment dates.

Period 0 is financial close and has no length; the periods after it are ``[start, end)`` and touch.
Inside the sheet a date is *months since close*: whole calendar months are whole numbers, so that
five years are 60, and the rest is days over the days of that month.

Four rules decide the dates:

1. Months are counted from close, never from the period before: after a close on 30 January the
   boundaries are 28 February and 30 March, not 28 March.
2. A close on the last day of a month puts every boundary on the last day of its month.
3. The grid ends at `until`. Where the last period does not fill its length it is kept, shortened
   and marked ``stub``; there is no stub anywhere else.
4. Business days move *payment dates* only. Periods, and the months of the sheet, stay on the grid.

Source: 2006 ISDA Definitions, section 4.16 (day counts) and 4.12 (business-day conventions), as
QuantLib carries them out.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from ringfence.errors import TimelineError
from ringfence.timeline.calendars import BUSINESS_DAY_RULES, adjust, calendar_names, day_count
from ringfence.timeline.refusals import FIRST_YEAR, LAST_YEAR, bad_segments, outside_calendars, unknown_name

PERIODS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Lengths a segment may have. [month]"""


@dataclass(frozen=True, slots=True)
class Period:
    """One column of the model.

    Parameters
    ----------
    index
        Place in the timeline; 0 is close.
    start, end
        First day of the period, and the first day after it. All cash of the period is dated at `end`.
    start_month, end_month
        The same as months since close. [month]
    months
        Length; whole unless the period is a stub that ends inside a month. [month]
    days
        Length. [day]
    hours
        Length, 24 to the day: no daylight saving. [h]
    label
        Last calendar month it contains, as ``2027-06``; ``close`` for period 0.
    stub
        Whether it is the shortened last period.
    """

    index: int
    start: date
    end: date
    start_month: float
    end_month: float
    months: float
    days: int
    hours: float
    label: str
    stub: bool = False


@dataclass(frozen=True)
class Timeline:
    """Every date of a deal; made by :func:`build_timeline`.

    Parameters
    ----------
    close
        Financial close, the zero of months and of day counts.
    periods
        Close and the periods after it, in order.
    payment_dates
        For each period its end moved to a business day; close itself is never moved.
    calendar, business_day_rule
        What moved them.

    Examples
    --------
    >>> grid = build_timeline(date(2024, 10, 1), [("month", 3), ("quarter", None)], date(2025, 9, 30))
    >>> grid.labels
    ('close', '2024-10', '2024-11', '2024-12', '2025-03', '2025-06', '2025-09')
    >>> grid.to_month(date(2025, 9, 16)), grid.to_date(12)
    (11.5, datetime.date(2025, 10, 1))
    >>> grid.index_of(date(2025, 1, 1)), grid.index_of(date(2025, 1, 2))
    (3, 4)
    """

    close: date
    periods: tuple[Period, ...]
    payment_dates: tuple[date, ...]
    calendar: str = "none"
    business_day_rule: str = "unadjusted"

    def __len__(self) -> int:
        """Return the number of periods, close included."""
        return len(self.periods)

    @property
    def end(self) -> date:
        """First day after the last period."""
        return self.periods[-1].end

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each period: ``close``, then its last calendar month."""
        return tuple(p.label for p in self.periods)

    @property
    def ends(self) -> tuple[date, ...]:
        """End of each period, before any business-day rule."""
        return tuple(p.end for p in self.periods)

    def fractions(self, basis: str, *, adjusted: bool = False) -> tuple[float, ...]:
        """Return each period's length by a day count. [year]

        Parameters
        ----------
        basis
            One of ``ACT/360``, ``ACT/365F``, ``ACT/ACT``, ``30/360``.
        adjusted
            Count between payment dates instead of period ends.

        Returns
        -------
        tuple of float
            One fraction per period, 0 for close. [year]
        """
        days = self.payment_dates if adjusted else self.ends
        count = day_count(basis)
        return (0.0, *(count(a, b) for a, b in pairwise(days)))

    def times(self, basis: str = "ACT/365F", *, adjusted: bool = False) -> tuple[float, ...]:
        """Return the years from close to each period's end. [year]

        ``ACT/365F`` is the time XIRR discounts with. ``30/360`` makes monthly ends exactly k/12, unless close
        falls on the 29th or later: the bond basis counts a short February as it is.

        Parameters
        ----------
        basis
            One of ``ACT/360``, ``ACT/365F``, ``ACT/ACT``, ``30/360``.
        adjusted
            Count to payment dates instead of period ends.

        Returns
        -------
        tuple of float
            One time per period, 0 for close. [year]
        """
        days = self.payment_dates if adjusted else self.ends
        count = day_count(basis)
        return tuple(count(self.close, d) for d in days)

    def to_month(self, day: date) -> float:
        """Return a date as months since close: exact for whole months, negative before close. [month]"""
        return _months_since(self.close, day)

    def to_date(self, month: float) -> date:
        """Return the date so many months after close, to the nearest day; the inverse of :meth:`to_month`.

        Parameters
        ----------
        month
            Months since close. [month]

        Returns
        -------
        date
            The date; exact for whole months.
        """
        if not math.isfinite(month):
            raise outside_calendars(f"{month} months after {self.close}")
        whole = math.floor(month + 1e-9)
        first, after = _month_after(self.close, whole), _month_after(self.close, whole + 1)
        return first + timedelta(days=round((month - whole) * (after - first).days))

    def index_of(self, day: date) -> int:
        """Return the period whose cash an event of this date is: the one with previous end < day <= end.

        Parameters
        ----------
        day
            Date of the event. The month before close counts as close.

        Returns
        -------
        int
            Index of the period.

        Raises
        ------
        TimelineError
            If the date is earlier than that, or after the last period.
        """
        if _month_after(self.close, -1) < day <= self.end:
            return bisect_left(self.ends, day)
        raise self._outside(day)

    def find(self, text: str) -> int:
        """Return the period a person means: ``close``, ``2027-06``, ``2027-06-15`` or an index.

        Parameters
        ----------
        text
            A label; a month, for the period that contains its last day; a date, as :meth:`index_of`; an index.

        Returns
        -------
        int
            Index of the period.

        Raises
        ------
        TimelineError
            If no period is meant.
        """
        if text in self.labels:
            return self.labels.index(text)
        if text.isascii() and text.isdigit() and len(text) < 5 and int(text) < len(self):
            return int(text)
        if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text, re.ASCII):
            return self._find_date(text)
        raise unknown_name("period", text, self.labels, "the timeline has no such period")

    def month_shares(self) -> tuple[tuple[float, ...], ...]:
        """Return, per period, the share of its hours in January, February, ... December.

        The weighted sum of a twelve-value profile with these shares is the profile's mean over the period.

        Returns
        -------
        tuple of tuple of float
            Twelve shares per period, which sum to 1; twelve zeros for close. [ratio]
        """
        return tuple(_month_shares(p) for p in self.periods)

    def _outside(self, when: object) -> TimelineError:
        return TimelineError(
            f"{when} is outside the timeline, which runs from {self.close} to {self.end}.",
            rule="outside-timeline: every date used lies between close and the end of the timeline",
            fix="move the date, or change timeline.until",
            terms=("close", "until"),
        )

    def _find_date(self, text: str) -> int:
        try:
            if len(text) == 10:
                return self.index_of(date.fromisoformat(text))
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            raise unknown_name("period", text, self.labels, "the calendar has no such date") from None
        last = first.replace(day=monthrange(first.year, first.month)[1])
        last = min(last, self.end - timedelta(days=1))
        if max(first, self.close) > last:
            raise self._outside(text)
        return next(p.index for p in self.periods if p.start <= last < p.end)


def build_timeline(
    close: date,
    segments: Sequence[tuple[str, int | None]],
    until: date,
    *,
    calendar: str = "none",
    business_day_rule: str = "unadjusted",
) -> Timeline:
    """Lay the periods of a deal from close to its last day.

    Parameters
    ----------
    close
        Financial close; any day of the month.
    segments
        Pairs of period (``month``, ``quarter``, ``half_year``, ``year``) and how many of them, in order. Only the
        last may leave the number open (``None``), and the segments reach `until` exactly.
    until
        Last day of the timeline. A date that is a whole number of months after close is taken as the first
        day after it: ``2044-09-30`` and ``2044-10-01`` after a close on the first are the same end.
    calendar
        Holidays for payment dates: ``USA`` (Federal Reserve banks), ``Japan``, ``UK``, ``TARGET``, any of them joined
        as ``USA+Japan``, or ``none``.
    business_day_rule
        ``following``, ``modified_following``, ``preceding`` or ``unadjusted``.

    Returns
    -------
    Timeline
        Close and its periods.

    Raises
    ------
    TimelineError
        If the dates or segments make no timeline, or a name is unknown.

    Examples
    --------
    >>> grid = build_timeline(date(2025, 3, 31), [("quarter", None)], date(2025, 11, 15))
    >>> [(str(p.end), p.months, p.stub) for p in grid.periods]
    [('2025-03-31', 0.0, False), ('2025-06-30', 3.0, False), ('2025-09-30', 3.0, False), ('2025-11-16', 1.5..., True)]
    """
    names = calendar_names(calendar)
    if business_day_rule not in BUSINESS_DAY_RULES:
        raise unknown_name("business-day rule", business_day_rule, BUSINESS_DAY_RULES, terms=("business_days",))
    periods = [Period(0, close, close, 0.0, 0.0, 0.0, 0, 0.0, "close")]
    for start, stop, stub in _boundaries(close, segments, _end(close, until)):
        periods.append(_next_period(close, periods[-1], start, stop, stub))
    payments = adjust([p.end for p in periods], names, business_day_rule)
    return Timeline(close, tuple(periods), payments, calendar, business_day_rule)


def _month_after(close: date, months: int) -> date:
    year, month = divmod(close.year * 12 + close.month - 1 + months, 12)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise outside_calendars(f"{months} months after {close}")
    last = monthrange(year, month + 1)[1]
    month_end = close.day == monthrange(close.year, close.month)[1]
    return date(year, month + 1, last if month_end else min(close.day, last))


def _months_since(close: date, day: date) -> float:
    whole = (day.year - close.year) * 12 + day.month - close.month
    if _month_after(close, whole) > day:
        whole -= 1
    first, after = _month_after(close, whole), _month_after(close, whole + 1)
    return whole + (day - first).days / (after - first).days


def _next_period(close: date, last: Period, start: date, stop: date, stub: bool) -> Period:
    a, b, days = last.end_month, _months_since(close, stop), (stop - start).days
    label = _label(stop, taken=last.label)
    return Period(last.index + 1, start, stop, a, b, b - a, days, 24.0 * days, label, stub)


def _end(close: date, until: date) -> date:
    """Return the first day after the timeline."""
    for name, day in (("close", close), ("until", until)):
        if not FIRST_YEAR < day.year < LAST_YEAR:
            raise outside_calendars(f"timeline.{name} = {day}", terms=(name,))
    if until <= close:
        raise TimelineError(
            f"the timeline ends on {until}, but close is {close}.",
            rule="timeline-order: the timeline ends after financial close",
            fix="move timeline.until after timeline.close",
            terms=("close", "until"),
        )
    return until if _months_since(close, until).is_integer() else until + timedelta(days=1)


def _boundaries(
    close: date, segments: Sequence[tuple[str, int | None]], end: date
) -> Iterator[tuple[date, date, bool]]:
    """Yield start, end and whether it is a stub, for each period after close."""
    _check_segments(segments)
    start, month = close, 0
    for place, (name, count) in enumerate(segments, start=1):
        done = 0
        while start < end if count is None else done < count:
            month, done = month + PERIODS[name], done + 1
            stop = _month_after(close, month)
            if count is not None and stop > end:
                raise bad_segments(
                    f"{count} periods of segment {place} ({name}) go past {end}, the end of the timeline.",
                    "lower its count, leave the last count open, or move timeline.until",
                )
            yield start, min(stop, end), stop > end
            start = stop
    if start < end:
        raise bad_segments(
            f"the segments end on {start}, but the timeline ends on {end}.",
            "leave the last segment's count open, raise it, or move timeline.until",
        )


def _check_segments(segments: Sequence[tuple[str, int | None]]) -> None:
    for place, (name, count) in enumerate(segments, start=1):
        if name not in PERIODS:
            raise unknown_name("period", name, tuple(PERIODS), terms=("segments",))
        if count is None and place < len(segments):
            raise bad_segments(f"segment {place} of {len(segments)} ({name}) has no count.", "give it a count")
        if count is not None and count < 1:
            raise bad_segments(f"segment {place} ({name}) has a count of {count}.", "give it a count of 1 or more")


def _label(stop: date, *, taken: str) -> str:
    """Return the last month contained; a second period inside one month takes its last day."""
    last = stop - timedelta(days=1)
    month = f"{last:%Y-%m}"
    return f"{last:%Y-%m-%d}" if month == taken else month


def _month_shares(period: Period) -> tuple[float, ...]:
    days = [0] * 12
    day = period.start
    while day < period.end:
        after = min(day.replace(day=1) + timedelta(days=monthrange(day.year, day.month)[1]), period.end)
        days[day.month - 1] += (after - day).days
        day = after
    return tuple(d / period.days if period.days else 0.0 for d in days)

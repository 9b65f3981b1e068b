"""Day counts and holidays: what the timeline asks QuantLib, which is imported only when asked.

Source: 2006 ISDA Definitions, section 4.16 (day counts) and 4.12 (business-day conventions).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from ringfence.timeline.refusals import unknown_name

DAY_COUNTS = ("ACT/360", "ACT/365F", "ACT/ACT", "30/360")
"""Day counts by name: ACT/ACT is ISDA's, 30/360 the bond basis."""

CALENDARS = ("none", "USA", "Japan", "UK", "TARGET")
"""Holiday calendars by name; two or more are joined with ``+``, and a holiday in one is a holiday."""

BUSINESS_DAY_RULES = ("unadjusted", "following", "modified_following", "preceding")
"""What happens to a payment date that is a holiday."""


def year_fraction(start: date, end: date, basis: str) -> float:
    """Return the time between two dates by a day count. [year]

    Parameters
    ----------
    start, end
        First day counted, and the first day not counted.
    basis
        One of ``ACT/360``, ``ACT/365F``, ``ACT/ACT``, ``30/360``.

    Returns
    -------
    float
        Year fraction; negative if `end` is earlier. [year]

    Examples
    --------
    >>> year_fraction(date(2025, 1, 1), date(2025, 4, 1), "ACT/360")
    0.25
    """
    return day_count(basis)(start, end)


class _DayCount:
    """A day count of QuantLib's, between Python dates. [year]"""

    def __init__(self, name: str) -> None:
        import QuantLib as ql

        self._date = ql.Date
        self._counter = {
            "ACT/360": lambda: ql.Actual360(),
            "ACT/365F": lambda: ql.Actual365Fixed(),
            "ACT/ACT": lambda: ql.ActualActual(ql.ActualActual.ISDA),
            "30/360": lambda: ql.Thirty360(ql.Thirty360.BondBasis),
        }[name]()

    def __call__(self, start: date, end: date) -> float:
        a, b = (self._date(d.day, d.month, d.year) for d in (start, end))
        return float(self._counter.yearFraction(a, b))


def day_count(basis: str) -> _DayCount:
    """Return the day count of that name: a function of two dates. [year]"""
    if basis not in DAY_COUNTS:
        raise unknown_name("day count", basis, DAY_COUNTS, terms=("day_count",))
    return _DayCount(basis)


def calendar_names(calendar: str) -> tuple[str, ...]:
    """Return the calendars joined in a name such as ``USA+Japan``; ``none`` gives no calendar."""
    names = tuple(name.strip() for name in calendar.split("+"))
    for name in names:
        if name not in CALENDARS:
            raise unknown_name("calendar", name, CALENDARS, terms=("calendar",))
    return tuple(name for name in names if name != "none")


def adjust(days: list[date], names: tuple[str, ...], rule: str) -> tuple[date, ...]:
    """Move every date but the first (close) to a business day."""
    if not names or rule == "unadjusted":
        return tuple(days)
    import QuantLib as ql

    calendar = _joint(names)
    convention = {
        "following": ql.Following,
        "modified_following": ql.ModifiedFollowing,
        "preceding": ql.Preceding,
    }[rule]
    moved = (calendar.adjust(ql.Date(d.day, d.month, d.year), convention) for d in days[1:])
    return (days[0], *(date(m.year(), m.month(), m.dayOfMonth()) for m in moved))


def _joint(names: tuple[str, ...]) -> Any:
    import QuantLib as ql

    known = {
        "USA": lambda: ql.UnitedStates(ql.UnitedStates.FederalReserve),
        "Japan": lambda: ql.Japan(),
        "UK": lambda: ql.UnitedKingdom(ql.UnitedKingdom.Settlement),
        "TARGET": lambda: ql.TARGET(),
    }
    first, *rest = (known[name]() for name in names)
    for other in rest:
        first = ql.JointCalendar(first, other)
    return first

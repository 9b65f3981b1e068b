"""Holidays move payment dates, and nothing else."""

from __future__ import annotations

from datetime import date

import pytest

from ringfence.errors import TimelineError
from ringfence.timeline import build_timeline


def payment(day: str, calendar: str, rule: str) -> str:
    """Return the payment date of a one-month period that ends on `day`."""
    end = date.fromisoformat(day)
    close = end.replace(year=end.year - 1)
    grid = build_timeline(close, [("year", None)], end, calendar=calendar, business_day_rule=rule)
    assert grid.ends == (close, end)
    return str(grid.payment_dates[1])


@pytest.mark.parametrize(
    ("day", "calendar", "following"),
    [
        ("2025-01-01", "USA", "2025-01-02"),  # New Year's Day
        ("2025-01-01", "Japan", "2025-01-06"),  # banks closed to the 3rd, then a weekend
        ("2025-01-01", "UK", "2025-01-02"),
        ("2025-01-02", "USA", "2025-01-02"),
        ("2025-05-01", "TARGET", "2025-05-02"),  # Labour Day
        ("2025-04-18", "TARGET", "2025-04-22"),  # Good Friday to Easter Monday
        ("2025-04-18", "UK", "2025-04-22"),
        ("2025-04-18", "USA", "2025-04-18"),  # Federal Reserve banks are open
        ("2026-07-04", "USA", "2026-07-06"),  # a Saturday; banks do not close on the Friday before
        ("2025-05-05", "UK", "2025-05-06"),  # early May bank holiday
        ("2025-05-05", "USA+UK", "2025-05-06"),
        ("2025-05-05", "UK+Japan", "2025-05-07"),  # and Japan's Golden Week to the 6th
        ("2025-05-05", "UK + Japan + TARGET", "2025-05-07"),
        ("2025-05-05", "none", "2025-05-05"),
    ],
)
def test_following(day: str, calendar: str, following: str) -> None:
    """A payment due on a holiday of any calendar named is made on the next day all are open."""
    assert payment(day, calendar, "following") == following


@pytest.mark.parametrize(
    ("rule", "paid"),
    [
        ("unadjusted", "2025-05-31"),
        ("following", "2025-06-02"),
        ("modified_following", "2025-05-30"),
        ("preceding", "2025-05-30"),
    ],
)
def test_rules_at_a_month_end(rule: str, paid: str) -> None:
    """Saturday 31 May 2025: following leaves the month, modified following turns back."""
    assert payment("2025-05-31", "USA", rule) == paid


def test_periods_and_close_stay() -> None:
    """A calendar leaves periods and months alone, and close where it was signed, holiday or not."""
    close, until = date(2025, 1, 1), date(2026, 12, 31)
    plain = build_timeline(close, [("month", None)], until)
    moved = build_timeline(close, [("month", None)], until, calendar="USA+Japan", business_day_rule="following")

    assert moved.periods == plain.periods
    assert moved.payment_dates[0] == close
    assert moved.payment_dates != plain.payment_dates == plain.ends


def test_adjusted_fractions_count_between_payment_dates() -> None:
    """Interest may run to the payment date: 1 February to 3 March 2025, as 1 March is a Saturday."""
    grid = build_timeline(
        date(2025, 1, 1), [("month", None)], date(2025, 6, 30), calendar="USA", business_day_rule="following"
    )

    assert grid.fractions("ACT/360")[2] == 28 / 360
    assert grid.fractions("ACT/360", adjusted=True)[2] == 28 / 360  # 1 February is a Saturday too: the 3rd to the 3rd
    assert grid.fractions("ACT/360", adjusted=True)[1:4] == (33 / 360, 28 / 360, 29 / 360)
    assert sum(grid.fractions("ACT/360", adjusted=True)) == pytest.approx(181 / 360, abs=1e-15)
    assert grid.times("ACT/365F", adjusted=True)[1] == 33 / 365


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        (
            {"calendar": "usa"},
            "calendar 'usa': nobody knows it.\n"
            "  rule:   calendar: one of none, USA, Japan, UK, TARGET\n"
            "  fix:    did you mean USA?",
        ),
        (
            {"calendar": "USA+"},
            "calendar '': nobody knows it.\n  rule:   calendar: one of none, USA, Japan, UK, TARGET",
        ),
        (
            {"business_day_rule": "modified following"},
            "business-day rule 'modified following': nobody knows it.\n"
            "  rule:   business-day-rule: one of unadjusted, following, modified_following, preceding\n"
            "  fix:    did you mean modified_following?",
        ),
    ],
)
def test_unknown_names(terms: dict[str, str], message: str) -> None:
    """A calendar or rule nobody knows is refused with the list, and the nearest where there is one."""
    with pytest.raises(TimelineError) as caught:
        build_timeline(date(2025, 1, 1), [("month", None)], date(2025, 12, 31), **terms)

    assert str(caught.value) == message

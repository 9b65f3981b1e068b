"""The grid of periods: boundaries, stubs, labels, months."""

from __future__ import annotations

import pickle
from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.errors import TimelineError
from ringfence.timeline import DAY_COUNTS, PERIODS, Timeline, build_timeline

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
grids = st.builds(
    lambda close, first, then, last: build_timeline(close, [("month", first), (then, None)], close + timedelta(last)),
    days,
    st.integers(1, 24),
    st.sampled_from(list(PERIODS)),
    st.integers(800, 9_000),
)


def monthly(close: date, until: date) -> Timeline:
    """Return a grid of months."""
    return build_timeline(close, [("month", None)], until)


def test_twenty_years_of_months() -> None:
    """A close on 1 October 2024 and a last day of 30 September 2044 are 240 months, 20 years, and no stub."""
    grid = monthly(date(2024, 10, 1), date(2044, 9, 30))

    assert len(grid) == 241
    assert grid.end == date(2044, 10, 1)
    assert [p.end_month for p in grid.periods] == list(range(241))
    assert grid.times("30/360") == tuple(k / 12 for k in range(241))
    assert grid.times() == tuple((p.end - grid.close).days / 365 for p in grid.periods)
    assert not any(p.stub for p in grid.periods)
    assert grid == monthly(date(2024, 10, 1), date(2044, 10, 1))


def test_close_is_a_period_without_length() -> None:
    """Period 0 starts and ends on the day of close and has no months, days, hours or year fraction."""
    grid = monthly(date(2025, 3, 14), date(2026, 3, 13))
    first = grid.periods[0]

    assert (first.start, first.end, first.label) == (grid.close, grid.close, "close")
    assert (first.start_month, first.end_month, first.months, first.days, first.hours) == (0, 0, 0, 0, 0)
    assert all(grid.fractions(basis)[0] == 0 for basis in DAY_COUNTS)
    assert grid.month_shares()[0] == (0.0,) * 12


def test_months_then_quarters() -> None:
    """Segments follow each other: 24 months, then quarters to the end."""
    grid = build_timeline(date(2024, 10, 1), [("month", 24), ("quarter", None)], date(2031, 9, 30))

    assert [p.months for p in grid.periods[1:]] == [1] * 24 + [3] * 20
    assert grid.labels[23:27] == ("2026-08", "2026-09", "2026-12", "2027-03")


def test_half_years_and_years() -> None:
    """Half-years are six months and years twelve."""
    grid = build_timeline(date(2025, 1, 1), [("half_year", 4), ("year", 3)], date(2029, 12, 31))

    assert [p.end_month for p in grid.periods] == [0, 6, 12, 18, 24, 36, 48, 60]


@pytest.mark.parametrize(
    ("close", "ends"),
    [
        (date(2025, 1, 30), [date(2025, 2, 28), date(2025, 3, 30), date(2025, 4, 30)]),
        (date(2025, 1, 31), [date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 30)]),
        (date(2025, 2, 28), [date(2025, 3, 31), date(2025, 4, 30), date(2025, 5, 31)]),
        (date(2024, 2, 28), [date(2024, 3, 28), date(2024, 4, 28), date(2024, 5, 28)]),
        (date(2024, 1, 31), [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]),
        (date(2025, 1, 15), [date(2025, 2, 15), date(2025, 3, 15), date(2025, 4, 15)]),
    ],
)
def test_boundaries_are_counted_from_close(close: date, ends: list[date]) -> None:
    """A short February shortens itself only, and a close on a month's last day stays on the last day."""
    grid = monthly(close, ends[-1])

    assert list(grid.ends[1:]) == ends
    assert [p.months for p in grid.periods[1:]] == [1, 1, 1]


def test_last_period_is_a_marked_stub() -> None:
    """A timeline that ends inside a quarter keeps a short last period, marked, and no other."""
    grid = build_timeline(date(2025, 1, 1), [("quarter", None)], date(2025, 8, 15))

    assert [(str(p.start), str(p.end), p.days, p.stub) for p in grid.periods[1:]] == [
        ("2025-01-01", "2025-04-01", 90, False),
        ("2025-04-01", "2025-07-01", 91, False),
        ("2025-07-01", "2025-08-16", 46, True),
    ]
    assert grid.periods[-1].months == pytest.approx(1 + 15 / 31, abs=1e-14)


def test_label_of_a_stub_inside_the_month_before() -> None:
    """Two periods that end in one month do not share a label: the second shows its last day."""
    assert monthly(date(2025, 1, 10), date(2025, 3, 20)).labels == ("close", "2025-02", "2025-03", "2025-03-20")


def test_leap_year_month() -> None:
    """February 2028 has 29 days, 696 hours, and 29/366 of an ACT/ACT year."""
    grid = monthly(date(2028, 1, 1), date(2028, 12, 31))

    assert (grid.periods[2].days, grid.periods[2].hours) == (29, 696)
    assert grid.fractions("ACT/ACT")[2] == pytest.approx(29 / 366, abs=1e-15)
    assert grid.fractions("30/360")[2] == pytest.approx(1 / 12, abs=1e-15)


def test_month_and_date_worked_example() -> None:
    """Five years are 60 months; 16 September is half of a 30-day month; before close is negative."""
    grid = monthly(date(2024, 10, 1), date(2044, 9, 30))

    assert grid.to_month(date(2029, 10, 1)) == 60
    assert grid.to_month(date(2025, 9, 16)) == 11.5
    assert grid.to_month(date(2024, 9, 1)) == -1
    assert grid.to_date(60) == date(2029, 10, 1)
    assert grid.to_date(59.9999999999) == date(2029, 10, 1)


@given(days, days)
def test_to_date_undoes_to_month(close: date, day: date) -> None:
    """Any date comes back from its months, whatever the day of close."""
    grid = Timeline(close, (), ())

    assert grid.to_date(grid.to_month(day)) == day


@given(days, st.integers(-200, 1_000))
def test_whole_months_are_exact(close: date, months: int) -> None:
    """A whole number of months gives a date that is exactly that many months away."""
    grid = Timeline(close, (), ())

    assert grid.to_month(grid.to_date(months)) == months


@given(days, days, st.integers(1, 400))
def test_months_increase_with_the_date(close: date, day: date, later: int) -> None:
    """A later date is more months."""
    grid = Timeline(close, (), ())

    assert grid.to_month(day) < grid.to_month(day + timedelta(days=later))


@given(grids)
def test_periods_touch_and_cover(grid: Timeline) -> None:
    """Each period starts where the last one ended, and days, months and hours add up to the whole."""
    periods = grid.periods
    total = (grid.end - grid.close).days

    assert all(a.end == b.start and a.end_month == b.start_month for a, b in pairwise(periods))
    assert all(p.start < p.end for p in periods[1:])
    assert sum(p.days for p in periods) == total
    assert sum(p.hours for p in periods) == 24 * total
    assert periods[-1].end_month == grid.to_month(grid.end)
    assert [p.index for p in periods if p.stub] in ([], [len(grid) - 1])
    assert len(set(grid.labels)) == len(grid)


@given(grids, st.sampled_from(["ACT/360", "ACT/365F", "ACT/ACT"]))
def test_fractions_add_up_to_times(grid: Timeline, basis: str) -> None:
    """Actual day counts are additive: fractions summed are the time since close, at every period."""
    summed = 0.0
    for fraction, time in zip(grid.fractions(basis), grid.times(basis), strict=True):
        summed += fraction
        assert summed == pytest.approx(time, abs=1e-11)


@given(grids, st.data())
def test_an_event_belongs_to_the_period_that_pays_it(grid: Timeline, data: st.DataObject) -> None:
    """A date lies after the end before and not after the end of its period."""
    day = data.draw(st.dates(grid.close, grid.end))
    k = grid.index_of(day)

    assert day <= grid.periods[k].end
    assert k == 0 or grid.periods[k - 1].end < day


@given(grids)
def test_month_shares_are_hours(grid: Timeline) -> None:
    """The shares of a period sum to 1, and shares times days count every day of every calendar month once."""
    counted = [0.0] * 12
    for period, shares in zip(grid.periods[1:], grid.month_shares()[1:], strict=True):
        assert sum(shares) == pytest.approx(1, abs=1e-12)
        counted = [c + s * period.days for c, s in zip(counted, shares, strict=True)]

    expected = [0] * 12
    for k in range((grid.end - grid.close).days):
        expected[(grid.close + timedelta(days=k)).month - 1] += 1
    assert counted == pytest.approx(expected, abs=1e-6)


def test_month_shares_worked_example() -> None:
    """The first quarter of 2025 is 31, 28 and 31 days of 90; a month is all its own."""
    grid = build_timeline(date(2025, 1, 1), [("quarter", 1), ("month", None)], date(2025, 5, 31))

    assert grid.month_shares()[1] == (31 / 90, 28 / 90, 31 / 90, *[0.0] * 9)
    assert grid.month_shares()[2] == (0, 0, 0, 1, *[0] * 8)


@pytest.mark.parametrize(
    ("text", "index"),
    [("close", 0), ("2025-03", 1), ("2025-02", 1), ("2025-04", 2), ("2025-04-01", 1), ("2025-04-02", 2), ("3", 3)],
)
def test_find_takes_what_a_person_writes(text: str, index: int) -> None:
    """A label, a month inside a quarter, a payment date or an index each name one period."""
    grid = build_timeline(date(2025, 1, 1), [("quarter", None)], date(2026, 12, 31))

    assert grid.find(text) == index


@pytest.mark.parametrize("text", ["2024-11", "2027-01", "2025-13", "2025-02-30", "200", "senior", "", "²", "0000-01"])
def test_find_refuses_the_rest(text: str) -> None:
    """Anything that names no period is refused as ours, never as a Python error."""
    with pytest.raises(TimelineError):
        monthly(date(2025, 1, 1), date(2026, 12, 31)).find(text)


def test_date_outside_the_timeline() -> None:
    """An event after the last period is refused with both dates."""
    grid = monthly(date(2025, 1, 1), date(2026, 12, 31))

    assert grid.index_of(date(2024, 12, 15)) == 0
    with pytest.raises(TimelineError, match="2027-01-02 is outside the timeline, which runs from 2025-01-01 to 2027"):
        grid.index_of(date(2027, 1, 2))


@pytest.mark.parametrize(
    ("close", "segments", "until", "says"),
    [
        ("2025-01-01", [("month", None)], "2025-01-01", "ends on 2025-01-01, but close is 2025-01-01"),
        ("2025-01-01", [("fortnight", None)], "2026-01-01", "period 'fortnight'"),
        ("2025-01-01", [("month", None), ("year", None)], "2026-01-01", "segment 1 of 2 (month) has no count"),
        ("2025-01-01", [("month", 0)], "2026-01-01", "segment 1 (month) has a count of 0"),
        ("2025-01-01", [("month", 6)], "2026-01-01", "the segments end on 2025-07-01, but the timeline ends on 2026"),
        ("2025-01-01", [("month", 13)], "2025-12-31", "13 periods of segment 1 (month) go past 2026-01-01"),
        ("2025-01-01", [], "2025-12-31", "the segments end on 2025-01-01"),
        ("1825-01-01", [("month", None)], "2025-12-31", "timeline.close = 1825-01-01 lies outside the years"),
        ("2025-01-01", [("month", None)], "9999-12-31", "timeline.until = 9999-12-31 lies outside the years"),
    ],
)
def test_refusals(close: str, segments: list[tuple[str, int | None]], until: str, says: str) -> None:
    """Dates and segments that make no timeline are refused with both numbers, the rule and its terms."""
    with pytest.raises(TimelineError) as caught:
        build_timeline(date.fromisoformat(close), segments, date.fromisoformat(until))

    assert says in caught.value.message
    assert caught.value.rule
    assert caught.value.terms
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("month", [float("inf"), float("nan"), 1e300, -1e6])
def test_months_beyond_the_calendars(month: float) -> None:
    """A number of months that reaches no date is refused as ours."""
    with pytest.raises(TimelineError):
        Timeline(date(2025, 1, 1), (), ()).to_date(month)


def test_every_close_of_a_leap_year() -> None:
    """From every day of 2024, monthly ends stay on the day of close or on the month's last day."""
    for k in range(366):
        close = date(2024, 1, 1) + timedelta(days=k)
        for end in monthly(close, date(2026, 1, 31)).ends[1:-1]:
            assert end.day in (close.day, monthrange(end.year, end.month)[1])

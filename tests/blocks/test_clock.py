from datetime import date

import numpy as np

from ringfence.blocks.clock import (
    hours_between,
    instalments,
    on,
    overlap,
    paid_on,
    share_of_period,
    yearly_growth,
)
from ringfence.run import reference
from ringfence.sheet import constant
from ringfence.units import MONTH, PER_YEAR, USD


def months(value: float):
    """Return a date as months since close."""
    return constant(value, MONTH)


def test_periods_of_a_year(make_build):
    """Close has no length; months have length 1; a leap February has 696 hours; the calendar months add up."""
    b = make_build(until=date(2028, 9, 30))
    got = reference.run(b.sheet)

    np.testing.assert_array_equal(got["period.start"][:4], [0, 0, 1, 2])
    np.testing.assert_array_equal(got["period.before"][:4], [-1, 0, 1, 2])
    np.testing.assert_array_equal(got["period.per_month"][:3], [0, 1, 1])
    assert got["period.hours"][41] == 696.0  # February 2028
    assert got["period.hours_in.feb"][41] == 696.0
    total = sum(got[row.name] for row in b.clock.hours_in)
    np.testing.assert_allclose(total, got["period.hours"], rtol=1e-12)


def test_an_event_belongs_to_one_period(make_build):
    """An event on a period's end is that period's; the day after is the next one's; close is period 0."""
    b = make_build(until=date(2025, 3, 31))
    for name, day in {"close": 0.0, "end_of_2": 2.0, "after_2": 2.1}.items():
        b.sheet.row(name, on(b.clock, months(day)))
    got = reference.run(b.sheet)

    np.testing.assert_array_equal(got["close"], [1, 0, 0, 0, 0, 0, 0])
    np.testing.assert_array_equal(got["end_of_2"], [0, 0, 1, 0, 0, 0, 0])
    np.testing.assert_array_equal(got["after_2"], [0, 0, 0, 1, 0, 0, 0])


def test_overlap_and_share(make_build):
    """From 1.5 to 4: half of the second month, all of the third and fourth; a third of a quarter is a third."""
    b = make_build(until=date(2025, 3, 31))
    b.sheet.row("overlap", overlap(b.clock, months(1.5), months(4)))
    q = make_build(until=date(2025, 3, 31), period="quarter")
    q.sheet.row("share", share_of_period(q.clock, months(2), months(9)))

    np.testing.assert_allclose(reference.run(b.sheet)["overlap"], [0, 0, 0.5, 1, 1, 0, 0])
    np.testing.assert_allclose(reference.run(q.sheet)["share"], [0, 1 / 3, 1])


def test_instalments(make_build):
    """Dates 1, 4, 7 and none after 7; on a quarterly grid two fall into one quarter only where they do."""
    b = make_build(until=date(2025, 9, 30))
    b.sheet.row("dates", instalments(b.clock, months(1), months(3), months(7)))
    np.testing.assert_array_equal(reference.run(b.sheet)["dates"], [0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0])

    q = make_build(until=date(2025, 9, 30), period="quarter")
    q.sheet.row("dates", instalments(q.clock, months(0), months(1), months(5)))
    np.testing.assert_array_equal(reference.run(q.sheet)["dates"], [1, 3, 2, 0, 0])


def test_growth_steps_once_a_year(make_build):
    """3% a year: 1 before the first anniversary, 1.03 from it on, 1 before the start."""
    b = make_build(until=date(2027, 9, 30))
    b.sheet.row("level", yearly_growth(b.clock, constant(0.03, PER_YEAR), b.clock.start - months(2)))
    got = reference.run(b.sheet)["level"]

    np.testing.assert_allclose(got[[0, 1, 14, 15, 27]], [1, 1, 1, 1.03, 1.0609], rtol=1e-15)


def test_hours_between_dates(make_build):
    """Five years from 2024-10-01 hold one leap day: 1,826 days."""
    b = make_build()
    b.sheet.row("hours", hours_between(b.clock, months(0), months(60)))
    assert reference.run(b.sheet)["hours"] == 1826 * 24


def test_paid_on(make_build):
    """Ten accrue every month and are paid every third: 30 each time, nothing is lost."""
    b = make_build(until=date(2025, 3, 31))
    accrued = b.sheet.series("fee", [0, 10, 10, 10, 10, 10, 10], unit=USD)
    paid_on(b.sheet, "unpaid", accrued, instalments(b.clock, months(3), months(3), months(99)))
    got = reference.run(b.sheet)

    np.testing.assert_array_equal(got["unpaid.paid"], [0, 0, 0, 30, 0, 0, 30])
    np.testing.assert_array_equal(got["unpaid.closing"], [0, 10, 20, 0, 10, 20, 0])

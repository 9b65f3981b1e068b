"""Day counts against published figures."""

from __future__ import annotations

from datetime import date

import pytest

from ringfence.errors import TimelineError
from ringfence.timeline import DAY_COUNTS, year_fraction

# ISDA, "EMU and Market Conventions: Recent Developments" (1998): ACT/ACT worked examples, ISDA column.
ACT_ACT = [
    (date(2003, 11, 1), date(2004, 5, 1), 61 / 365 + 121 / 366, 0.497724380567),
    (date(1999, 2, 1), date(1999, 7, 1), 150 / 365, 0.410958904110),
    (date(1999, 7, 1), date(2000, 7, 1), 184 / 365 + 182 / 366, 1.001377348600),
    (date(2002, 8, 15), date(2003, 7, 15), 334 / 365, 0.915068493151),
    (date(2003, 7, 15), date(2004, 1, 15), 170 / 365 + 14 / 366, 0.504004790778),
    (date(1999, 7, 30), date(2000, 1, 30), 155 / 365 + 29 / 366, 0.503892506924),
    (date(2000, 1, 30), date(2000, 6, 30), 152 / 366, 0.415300546448),
]

# ISDA, workbook to the 2006 Definitions, section 4.16(f): 30/360 (bond basis), days between two dates.
BOND_BASIS = [
    (date(2006, 8, 20), date(2007, 2, 20), 180),
    (date(2007, 2, 20), date(2007, 8, 20), 180),
    (date(2006, 8, 31), date(2007, 2, 28), 178),
    (date(2007, 2, 28), date(2007, 8, 31), 183),
    (date(2007, 8, 31), date(2008, 2, 29), 179),
    (date(2008, 2, 29), date(2008, 8, 31), 182),
    (date(2006, 1, 31), date(2006, 2, 28), 28),
    (date(2006, 2, 28), date(2006, 3, 31), 33),
    (date(2006, 3, 31), date(2006, 4, 30), 30),
    (date(2006, 8, 31), date(2006, 9, 30), 30),
    (date(2007, 2, 26), date(2008, 2, 29), 363),
]


@pytest.mark.parametrize(("start", "end", "formula", "printed"), ACT_ACT)
def test_act_act_is_isda(start: date, end: date, formula: float, printed: float) -> None:
    """Days in a leap year count over 366 and the others over 365, to the printed digits."""
    got = year_fraction(start, end, "ACT/ACT")

    assert got == pytest.approx(formula, abs=1e-15)
    assert got == pytest.approx(printed, abs=1e-11)


@pytest.mark.parametrize(("start", "end", "days"), BOND_BASIS)
def test_30_360_is_the_bond_basis(start: date, end: date, days: int) -> None:
    """The 31st counts as the 30th only after a 30th or 31st, and February is as short as it is."""
    assert year_fraction(start, end, "30/360") == days / 360


@pytest.mark.parametrize(("basis", "year"), [("ACT/360", 360), ("ACT/365F", 365)])
def test_actual_days_over_a_fixed_year(basis: str, year: int) -> None:
    """A leap year is 366 days over 360 or 365: a fixed denominator takes no notice of it."""
    assert year_fraction(date(2024, 1, 1), date(2025, 1, 1), basis) == 366 / year
    assert year_fraction(date(2025, 1, 1), date(2026, 1, 1), basis) == 365 / year


@pytest.mark.parametrize("basis", DAY_COUNTS)
def test_no_time_and_time_backwards(basis: str) -> None:
    """From a day to itself is 0, and swapping two dates changes the sign."""
    a, b = date(2025, 2, 10), date(2027, 6, 10)

    assert year_fraction(a, a, basis) == 0
    assert year_fraction(b, a, basis) == -year_fraction(a, b, basis)


def test_unknown_day_count_names_the_nearest() -> None:
    """A day count nobody knows is refused with the list and the likeliest meant."""
    with pytest.raises(TimelineError) as caught:
        year_fraction(date(2025, 1, 1), date(2026, 1, 1), "act/365")

    assert str(caught.value) == (
        "day count 'act/365': nobody knows it.\n"
        "  rule:   day-count: one of ACT/360, ACT/365F, ACT/ACT, 30/360\n"
        "  fix:    did you mean ACT/365F?"
    )

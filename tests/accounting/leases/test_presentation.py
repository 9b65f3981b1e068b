"""Where a lease stands in the statements, and a modification in the lessor's books."""

from __future__ import annotations

import pytest

from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.lessor import LessorLease, measure_lessor
from ringfence.accounting.lessor_modification import modify_lessor
from ringfence.accounting.payments import level, undiscounted
from ringfence.accounting.presentation import maturities, present
from ringfence.accounting.rates import effective, implicit_rate


@pytest.mark.parametrize("timing", ["advance", "arrears"])
@pytest.mark.parametrize("kind", ["ifrs", "finance", "operating"])
def test_a_year_in_the_statements(timing, kind):
    """IFRS 16.47-50, ASC 842-20-45: parts add up, cash is the rent of the year, debt or not."""
    framework = "IFRS 16" if kind == "ifrs" else "ASC 842"
    rents = level(100, 5, timing=timing)
    m = measure_lessee(LesseeLease(rents, effective(0.06), 60, framework, operating=kind == "operating"))
    for year in (1, 2, 3, 4, 5):
        got = present(m, 12 * year)
        assert got.liability == pytest.approx(m.year_ends[year - 1], abs=1e-9)
        assert 0 <= got.current <= got.liability + 1e-9
        assert sum(got.cost.values()) == pytest.approx(m.expense[year - 1])
        assert sum(got.cash.values()) == pytest.approx(100)
    assert present(m, 60).non_current == pytest.approx(0, abs=1e-9)
    assert got.is_debt is (kind != "operating")
    assert got.cash["operating"] == pytest.approx({"ifrs": 0, "operating": 100}.get(kind, m.interest[4]))


@pytest.mark.parametrize("timing", ["advance", "arrears"])
def test_maturities_are_what_is_left_to_pay(timing):
    """IFRS 16.58: undiscounted, year by year."""
    m = measure_lessee(LesseeLease(level(100, 5, timing=timing), effective(0.06), 60))
    assert sum(maturities(m)) == pytest.approx(400 if timing == "advance" else 500)
    assert maturities(m, 24) == pytest.approx((100, 100, 100))
    quarters = measure_lessee(LesseeLease(level(25, 20, timing=timing, every=3), effective(0.06), 60))
    assert maturities(quarters, 36) == pytest.approx((100, 100))


def test_a_modified_finance_lease_of_the_lessor():
    """IFRS 16.80, ASC 842-10-25-15: at the rate before with a gain, at a new rate without, or the asset comes back."""
    rents = level(1_000, 5, timing="arrears")
    rate = implicit_rate(rents, fair_value=4_000, residual=500, term=60).rate
    m = measure_lessor(LessorLease(rents, rate, 60, "finance", 4_000, 4_000, 500))
    later = level(900, 4, timing="arrears", start=24)
    ifrs = modify_lessor(m, 24, later, term=72, residual=300)
    us = modify_lessor(m, 24, later, term=72, residual=300, framework="ASC 842")
    back = modify_lessor(m, 24, later, term=72, residual=300, would_be_operating=True)
    assert ifrs.before == us.before == back.asset == pytest.approx(m.schedule.at("net.closing", 24))
    assert ifrs.gain == pytest.approx(ifrs.after - ifrs.before) and ifrs.gain > 0
    assert us.gain == 0 and us.rate.annual > rate.annual
    same = modify_lessor(m, 24, level(1_000, 3, timing="arrears", start=24), term=60, residual=500)
    assert same.gain == pytest.approx(0, abs=1e-9) and undiscounted(rents) == 5_000

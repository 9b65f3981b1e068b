"""Laws of a lease, for any payments, rate and term."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.accounting.journal import lessee_journal, lessor_journal
from ringfence.accounting.lessee import LesseeLease, exempt_cost, measure_lessee
from ringfence.accounting.lessor import LessorLease, measure_lessor
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payment, indexed, level, stepped, undiscounted
from ringfence.accounting.rates import effective, implicit_rate, nominal, solve_rate
from ringfence.accounting.residual_guarantee import Lognormal, Sample, guarantee_amounts
from ringfence.accounting.sale_leaseback import sale_and_leaseback
from ringfence.accounting.schedule import present_value

money = st.floats(1.0, 1e9)
rates = st.one_of(st.floats(0.0, 0.4).map(effective), st.floats(0.0, 0.4).map(nominal))
timings = st.sampled_from(["advance", "arrears"])


@st.composite
def leases(draw, framework=None) -> LesseeLease:
    """Any lease without changes."""
    every = draw(st.sampled_from([1.0, 3.0, 12.0]))
    amounts = draw(st.lists(money, min_size=1, max_size=16))
    kind = framework or draw(st.sampled_from(["IFRS 16", "ASC 842"]))
    payments = stepped(amounts, timing=draw(timings), every=every)
    most = sum(amounts)
    return LesseeLease(
        payments,
        draw(rates),
        every * len(amounts),
        kind,
        operating=kind == "ASC 842" and draw(st.booleans()),
        initial_direct_costs=draw(st.floats(0, 0.1)) * most,
        incentives=draw(st.floats(0, 0.05)) * amounts[0],
        prepaid=draw(st.floats(0, 0.1)) * most,
    )


@given(leases())
def test_liability_and_right_end_at_zero(lease):
    """Nothing is left when the lease ends."""
    m = measure_lessee(lease)
    scale = m.present_value + m.rou
    assert m.schedule["liability.closing"][-1] == pytest.approx(0, abs=1e-9 * scale)
    assert m.schedule["rou.closing"][-1] == pytest.approx(0, abs=1e-9 * scale)


@given(leases())
def test_expense_is_payments_and_costs_less_incentives(lease):
    """Over its life a lease costs what is paid for it, whatever the framework, the rate or the class."""
    m = measure_lessee(lease)
    paid = undiscounted(lease.payments) + lease.at_start
    assert sum(m.expense) == pytest.approx(paid, rel=1e-9)


@given(leases(framework="ASC 842"))
def test_us_operating_cost_is_level(lease):
    """An operating lease costs the same each month of its term."""
    if not lease.operating:
        return
    m = measure_lessee(lease)
    s = m.schedule
    lengths = [b - a for a, b in zip(s.months, s.months[1:], strict=False)]
    a_month = (undiscounted(lease.payments) + lease.at_start) / lease.term
    for cost, months in zip(s["cost"][1:], lengths, strict=True):
        assert cost == pytest.approx(a_month * months, rel=1e-7)


@given(leases(framework="ASC 842"))
def test_us_operating_right_is_liability_and_what_was_paid_ahead(lease):
    """842-20-35-3: right = liability + prepaid rent, direct costs and incentives not yet expensed."""
    if not lease.operating:
        return
    m = measure_lessee(lease)
    s, total = m.schedule, undiscounted(lease.payments) + lease.at_start
    cost = paid = 0.0
    for k in range(len(s.months)):
        cost += s["cost"][k]
        paid += s["liability.arrears"][k] + s["liability.advance"][k]
        ahead = paid + lease.at_start - cost
        assert s["rou.closing"][k] == pytest.approx(s["liability.closing"][k] + ahead, abs=1e-8 * total)


@given(leases(), st.floats(0.5, 2.0), st.integers(1, 15))
def test_a_change_of_index_moves_liability_and_right_alike(lease, factor, k):
    """IFRS 16.43: the right moves with the liability at the unchanged rate, and the law of total expense holds."""
    month = lease.payments[min(k, len(lease.payments)) - 1].month
    if lease.framework != "IFRS 16" or not 0 < month < lease.term:
        return
    later = indexed(lease.payments, factor, since=month)
    m = measure_lessee(LesseeLease(**{**vars(lease), "changes": (Change(month, later, "index"),)}))
    (r,) = m.remeasurements
    if r.rou_before + r.adjustment >= 0:
        assert r.rou - r.rou_before == pytest.approx(r.adjustment, abs=1e-9 * m.present_value)
    assert sum(m.expense) == pytest.approx(undiscounted(later) + lease.at_start, rel=1e-9)


@given(leases(), st.floats(0.1, 1.0), rates)
def test_a_smaller_lease_still_costs_what_is_paid(lease, kept, rate):
    """IFRS 16.45, ASC 842-10-25-13: gain and adjustments do not change what the lease costs in all."""
    n = len(lease.payments)
    month = lease.term * (n // 2) / n
    if not 0 < month < lease.term:
        return
    later = indexed(lease.payments, kept, since=month)
    change = Change(month, later, "modification", rate, kept=kept)
    m = measure_lessee(LesseeLease(**{**vars(lease), "changes": (change,)}))
    assert sum(m.expense) == pytest.approx(undiscounted(later) + lease.at_start, rel=1e-8)
    assert m.schedule["liability.closing"][-1] == pytest.approx(0, abs=1e-8 * m.present_value)


@given(leases(), st.floats(0.05, 0.9))
def test_an_impaired_right_is_straight_line_afterwards(lease, share):
    """ASC 842-20-35-10, IFRS 16.33: written off once, the rest evenly; the total is unchanged."""
    if lease.term < 3 or len(lease.payments) < 3:
        return
    month = lease.payments[1].month or lease.payments[2].month
    if month >= lease.term:
        return
    whole = measure_lessee(lease)
    lost = share * whole.schedule.at("rou.closing", month)
    if lost <= 0:
        return
    m = measure_lessee(LesseeLease(**{**vars(lease), "impairments": ((month, lost),)}))
    assert sum(m.expense) == pytest.approx(sum(whole.expense), rel=1e-8)
    after = [
        (worn, b - a)
        for a, b, worn in zip(
            m.schedule.months, m.schedule.months[1:], m.schedule["rou.amortisation"][1:], strict=False
        )
        if a >= month
    ]
    pace = after[0][0] / after[0][1]
    for worn, months in after:
        assert worn == pytest.approx(pace * months, rel=1e-6, abs=1e-9 * whole.rou)


@given(leases())
def test_the_lessee_journal_balances(lease):
    """Debits equal credits in every entry."""
    m = measure_lessee(lease)
    for entry in lessee_journal(m):
        assert entry.difference == pytest.approx(0, abs=1e-9 * (m.present_value + m.rou)), entry


@given(leases())
def test_an_exempt_lease_costs_its_rent_evenly(lease):
    """IFRS 16.6: straight line, no liability."""
    m = exempt_cost(lease)
    whole = undiscounted(lease.payments) + lease.initial_direct_costs - lease.incentives
    assert m.liability == 0 and m.schedule.total("cost") == pytest.approx(whole, rel=1e-9)
    assert all(e.difference == pytest.approx(0, abs=1e-6) for e in lessee_journal(m))


@given(money, st.integers(2, 20), timings, st.floats(0.005, 0.3), st.floats(0.0, 0.5), st.floats(0.5, 1.0))
def test_the_implicit_rate_reproduces_fair_value(rent, n, timing, rate, left, carrying):
    """PV of payments and residual at the solved rate is fair value; the net investment starts there."""
    payments = level(rent, n, timing=timing)
    residual = left * rent * n
    worth = present_value([*payments, Payment(12 * n, residual)], effective(rate))
    solved = implicit_rate(payments, fair_value=worth, residual=residual, term=12 * n).rate
    assert solved.annual == pytest.approx(rate, rel=1e-7, abs=1e-9)
    lease = LessorLease(payments, solved, 12 * n, "finance", worth, carrying * worth, residual, 0.5 * residual)
    m = measure_lessor(lease)
    assert m.gross_investment == pytest.approx(worth, rel=1e-9)
    assert m.schedule["net.closing"][-1] == pytest.approx(0, abs=1e-7 * worth)
    assert m.profit == pytest.approx(worth * (1 - carrying), rel=1e-6, abs=1e-6 * worth)


@pytest.mark.parametrize("kind", ["finance", "sales_type", "direct_financing", "operating"])
@pytest.mark.parametrize("timing", ["advance", "arrears"])
@pytest.mark.parametrize("carrying", [40_000.0, 62_000.0, 70_000.0])
def test_the_lessor_journal_balances_and_books_the_profit(kind, timing, carrying):
    """Debits equal credits; the profit of the day is the one measured."""
    payments = level(9_500, 6, timing=timing)
    costs = 2_000.0
    deferred = kind == "finance" or (kind == "sales_type" and carrying == 62_000)
    rate = implicit_rate(
        payments, fair_value=62_000, residual=20_000, term=72, initial_direct_costs=costs if deferred else 0.0
    ).rate
    m = measure_lessor(LessorLease(payments, rate, 72, kind, 62_000, carrying, 20_000, 13_000, costs))
    entries = lessor_journal(m)
    assert all(e.difference == pytest.approx(0, abs=1e-6) for e in entries)
    booked = sum(x.credit - x.debit for e in entries for x in e.lines if x.account == "selling profit")
    assert booked == pytest.approx(m.profit, abs=1e-6)
    if kind != "operating":
        assert m.schedule["net.closing"][-1] == pytest.approx(0, abs=1e-6)
        kept = m.net_investment + undiscounted(p for p in payments if p.month == 0)
        assert kept == pytest.approx(carrying + m.profit + costs - m.expensed_costs, abs=1e-6)


def test_a_lessor_earns_rent_evenly():
    """IFRS 16.81, ASC 842-30-25-11: rising rents are level income, direct costs go with it."""
    payments = level(100, 5, timing="arrears", growth=0.1)
    m = measure_lessor(LessorLease(payments, effective(0.1), 60, "operating", 1_000, 1_000, initial_direct_costs=50))
    assert m.income == pytest.approx([undiscounted(payments) / 5] * 5)
    assert m.schedule.yearly("costs.expensed") == pytest.approx([10.0] * 5)
    assert m.schedule["prepaid.closing"][-1] == pytest.approx(0, abs=1e-9)


@given(money, st.floats(0.02, 0.8), st.floats(0.5, 5.0), st.floats(0.1, 2.0), st.floats(0.1, 1.0))
def test_the_four_amounts_of_a_guarantee(mean, volatility, years, strike, part):
    """Expected payout lies between the payout at the mean and the cap; classification and exposure are the cap."""
    kept = strike * mean
    cap = part * kept
    got = guarantee_amounts(kept, Lognormal(mean, volatility, years), cap=cap)
    assert got.classification == got.maximum_exposure == cap
    assert -1e-9 * mean <= got.expected_payable <= cap * (1 + 1e-9)
    assert got.probable in (0.0, pytest.approx(min(max(kept - mean, 0.0), cap)))
    whole = guarantee_amounts(kept, Lognormal(mean, volatility, years))
    assert whole.expected_payable >= max(kept - mean, 0.0) - 1e-9 * mean


def test_a_sample_gives_the_lognormal_amount():
    """Values by path and the closed form agree."""
    from statistics import NormalDist

    n, mean, vol = 20_000, 4.0, 0.25 * 3**0.5
    values = [mean * 2.718281828459045 ** (vol * NormalDist().inv_cdf((k + 0.5) / n) - vol**2 / 2) for k in range(n)]
    closed = guarantee_amounts(3.35, Lognormal(mean, 0.25, 3.0))
    drawn = guarantee_amounts(3.35, Sample(values))
    assert drawn.expected_payable == pytest.approx(closed.expected_payable, abs=1e-4)
    assert drawn.call_probability == pytest.approx(closed.call_probability, abs=1e-3)


@given(money, st.floats(0.2, 1.0), st.floats(0.8, 1.2), st.floats(0.2, 0.8))
def test_a_sale_under_ifrs_books_balance(fair, carried, price, retained):
    """Cash + right = carrying amount + liability + financing + gain, at any price (IFRS 16.100-101)."""
    sale_price, carrying = price * fair, carried * fair
    present = retained * fair + max(sale_price - fair, 0.0)
    got = sale_and_leaseback(
        "IFRS 16", sale_price=sale_price, fair_value=fair, carrying_amount=carrying, present=present
    )
    assert sale_price + got.rou == pytest.approx(carrying + got.total_liability + got.gain, rel=1e-9)
    us = sale_and_leaseback(
        "ASC 842", sale_price=sale_price, fair_value=fair, carrying_amount=carrying, present=present
    )
    assert sale_price + us.rou == pytest.approx(carrying + us.total_liability + us.gain, rel=1e-9)


@given(leases())
def test_the_rate_is_found_again(lease):
    """A rate solved from the present value is the rate that gave it."""
    m = measure_lessee(lease)
    later = undiscounted(p for p in lease.payments if p.month > 1)
    if later < 0.01 * m.present_value or lease.rate.effective < 1e-3:
        return
    solved = solve_rate(lease.payments, m.present_value).rate
    assert solved.effective == pytest.approx(lease.rate.effective, rel=1e-5, abs=1e-7)


def test_conventions_differ_and_are_told():
    """6 % nominal/12 is 6.17 % a year, and prints as what it is."""
    assert str(nominal(0.06)) == "6.0000% nominal/12"
    assert effective(nominal(0.06).effective).over(1) == pytest.approx(0.005)
    assert nominal(0.1, 12).like(nominal(0.06).effective).annual == pytest.approx(0.06)

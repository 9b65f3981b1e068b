"""More lessors, sales and matters around a lease, worked out apart in forty digits: a name, a paragraph, 0.01."""

from __future__ import annotations

import pytest
from tests.accounting.cases import near

from ringfence.accounting.borrowing_costs import (
    Borrowing,
    Expenditure,
    Placement,
    avoidable_interest,
    general_costs,
    specific_costs,
)
from ringfence.accounting.classification import LeaseFacts, classify_lessee, classify_lessor
from ringfence.accounting.hedge import cash_flow_hedge, effectiveness
from ringfence.accounting.impairment import UnitAsset, allocate_loss, impair_ifrs, impair_us, reverse_ifrs, value_in_use
from ringfence.accounting.lessor import LessorLease, measure_lessor, rent_for
from ringfence.accounting.lessor_losses import residual_loss
from ringfence.accounting.payments import level
from ringfence.accounting.rates import effective, implicit_rate
from ringfence.accounting.residual_guarantee import Lognormal, guarantee_amounts
from ringfence.accounting.sale_leaseback import failed_sale, sale_and_leaseback

CENT = 0.01
SEVEN = level(15_200, 7, timing="arrears")
NO = {"transfers_ownership": False, "option_certain": False, "no_alternative_use": False}


def sales_type() -> LessorLease:
    """Seven rents of 15,200, residual 24,000 of which the lessee guarantees 10,000; fair value 90,000, cost 71,000."""
    rate = implicit_rate(SEVEN, fair_value=90_000, residual=24_000, term=84).rate
    return LessorLease(SEVEN, rate, 84, "sales_type", 90_000, 71_000, 24_000, 10_000, 1_500)


def test_sales_type_with_a_guarantee():
    """ASC 842-30-25-1, 30-1, tolerance 0.01: whole profit, costs expensed, interest on the net investment."""
    lease = sales_type()
    near(lease.rate.annual, 0.0889175, 1e-7, "implicit rate")
    facts = LeaseFacts(SEVEN, lease.rate, 84, 90_000, 120, lessee_guarantee=10_000, **NO)
    found = classify_lessor(facts)
    assert found.kind == "sales_type"
    near(found.ratio, 0.91431187, 1e-7, "ratio")
    m = measure_lessor(lease)
    near([m.receivable, m.residual_value], [82_288.067983, 7_711.932017], CENT, "net investment in its parts")
    near([m.profit, m.expensed_costs, m.income[0]], [19_000, 1_500, 8_002.575042], CENT, "profit, costs, income")


def test_sales_type_of_an_asset_at_fair_value_defers_its_costs():
    """ASC 842-30-25-1(c): without a selling profit direct costs lower the implicit rate."""
    solved = implicit_rate(SEVEN, fair_value=90_000, residual=24_000, term=84, initial_direct_costs=2_000)
    near(solved.rate.annual, 0.08318536, 1e-7)
    m = measure_lessor(LessorLease(SEVEN, solved.rate, 84, "sales_type", 90_000, 90_000, 24_000, 10_000, 2_000))
    near([m.profit, m.expensed_costs, m.gross_investment], [0, 0, 92_000], CENT)


def test_direct_financing_defers_its_profit():
    """ASC 842-10-25-3, 842-30-30-2, tolerance 0.01: a third party's guarantee; the rate is solved again."""
    rents = level(18_000, 5, timing="advance")
    rate = implicit_rate(rents, fair_value=95_000, residual=30_000, term=60).rate
    facts = LeaseFacts(rents, rate, 60, 95_000, 120, third_party_guarantee=22_000, collection_probable=True, **NO)
    found = classify_lessor(facts)
    assert (found.kind, classify_lessee(facts).kind) == ("direct_financing", "operating")
    near([found.ratio, float(found.test("842-10-25-3(b)(1)").evidence["ratio"])], [0.79827078, 0.94620554], 1e-7)
    m = measure_lessor(LessorLease(rents, rate, 60, "direct_financing", 95_000, 88_000, 30_000, 22_000, 1_000))
    near([m.profit, m.deferred, m.net_investment], [0, 6_000, 71_000], CENT, "day one")
    near(m.net_rate.annual, 0.12366469, 1e-7, "rate on the net investment")
    near(m.income[0], 8_780.193096, CENT, "income")


def test_finance_lease_of_a_lessor_under_ifrs():
    """IFRS 16.69, 16.71, tolerance 0.01: costs in the rate; a dealer books revenue at the lower, and expenses them."""
    rents = level(21_000, 6, timing="arrears")
    rate = implicit_rate(rents, fair_value=105_000, residual=12_000, term=72, initial_direct_costs=4_000).rate
    near(rate.annual, 0.06745448, 1e-7, "rate")
    m = measure_lessor(LessorLease(rents, rate, 72, "finance", 105_000, 105_000, 12_000, 0, 4_000))
    near([m.gross_investment, m.profit, m.income[0]], [109_000, 0, 7_352.538384], CENT, "no dealer")
    sold = level(28_000, 5, timing="arrears")
    dealer = LessorLease(sold, effective(0.09), 60, "finance", 120_000, 85_000, 10_000, 0, 3_000, dealer=True)
    d = measure_lessor(dealer)
    near([d.revenue, d.cost_of_sales, d.profit], [108_910.235374, 78_500.686137, 30_409.549237], CENT, "dealer")
    near([d.expensed_costs, d.gross_investment], [3_000, 115_409.549237], CENT, "dealer's costs")


def test_a_guarantee_above_the_expected_residual_is_received_whole():
    """IFRS 16.70(c), ASC 842-30-30-1: the guarantor makes good the difference, so nothing of it is left out."""
    rents = level(100, 4, timing="arrears")
    rate = implicit_rate(rents, fair_value=400, residual=80, term=48).rate
    near(rate.annual, 0.06975108, 1e-7)
    m = measure_lessor(LessorLease(rents, rate, 48, "finance", 400, 400, residual=50, guaranteed=80))
    near([m.gross_investment, m.residual_value, m.profit], [400, 0, 0], CENT)


def test_a_lower_estimate_of_the_residual():
    """IFRS 16.77, tolerance 0.01: the unguaranteed part falls from 14,000 to 9,000 after three years."""
    m = measure_lessor(sales_type())
    near(residual_loss(m, 36, 9_000), 3_556.232069, CENT)
    assert residual_loss(m, 36, 14_500) == 0, "a rise is not recognised"


def test_rent_for_a_return():
    """IFRS 16.68, tolerance 0.01: 36 monthly rents in advance that earn 9 % on 500,000 with 120,000 left."""
    near(rent_for(500_000, 36, rate=effective(0.09), timing="advance", every=1, residual=120_000), 12_794.54436, CENT)


LEASEBACK = level(330_000, 12, timing="arrears")
SALES = {
    "above fair value, IFRS 16.101(b)": ("IFRS 16", 4_400_000, [2_484_066.19762, 1_614_643.028453, 530_576.830833]),
    "above fair value, ASC 842-40-30-2(b)": ("ASC 842", 4_400_000, [2_484_066.19762, 2_484_066.19762, 1_400_000]),
    "below fair value, IFRS 16.101(a)": ("IFRS 16", 3_600_000, [2_884_066.19762, 2_134_643.028453, 250_576.830833]),
    "below fair value, ASC 842-40-30-2(a)": ("ASC 842", 3_600_000, [2_884_066.19762, 3_284_066.19762, 1_400_000]),
}


@pytest.mark.parametrize("name", SALES)
def test_sale_off_market(name):
    """Liability, right and gain of an asset worth 4.0 m that is carried at 2.6 m, tolerance 0.01."""
    framework, price, wanted = SALES[name]
    got = sale_and_leaseback(
        framework,
        sale_price=price,
        fair_value=4_000_000,
        carrying_amount=2_600_000,
        payments=LEASEBACK,
        rate=effective(0.0525),
    )
    near([got.liability, got.rou, got.gain], wanted, CENT, name)


def test_failed_sales_adjust_their_rate():
    """ASC 842-40-30-6, IFRS 16.103: no negative amortisation; the asset never above the liability; IFRS neither."""
    grows = failed_sale(
        "ASC 842",
        proceeds=800_000,
        payments=level(40_000, 6, timing="arrears"),
        rate=effective(0.08),
        term=72,
        carrying_amount=700_000,
        depreciation_pa=50_000,
    )
    near([grows.rate.annual, grows.liability[-1]], [0.05, 800_000], 1e-6, "30-6(a)")
    terms = {
        "proceeds": 500_000,
        "payments": level(120_000, 5, timing="arrears"),
        "rate": effective(0.07),
        "term": 60,
        "carrying_amount": 600_000,
        "depreciation_pa": 20_000,
    }
    above = failed_sale("ASC 842", **terms)
    near([above.rate.annual, above.liability[-1], above.asset[-1]], [0.24, 500_000, 500_000], 1e-6, "30-6(b)")
    assert "30-6(b)" in above.adjusted
    plain = failed_sale("IFRS 16", **terms)
    near([plain.rate.annual, plain.liability[-1]], [0.07, 11_187.18415], CENT, "IFRS")


def test_four_amounts_of_a_guarantee():
    """IFRS 16.27(c), ASC 842-10-30-5(f), 842-10-25-2(d): 60 made good up to 25, of a value around 80, 30 % a year."""
    got = guarantee_amounts(60, Lognormal(80, 0.30, 4), cap=25)
    near([got.expected_payable, got.call_probability], [7.11473716, 0.42878429], 1e-7)
    assert (got.probable, got.classification, got.maximum_exposure) == (0.0, 25, 25)


def test_borrowing_costs():
    """IAS 23.12, 23.14, ASC 835-20-30, tolerance 0.01: specific less income, general by months, avoidable interest."""
    placed = [Placement(15e6, 0.03, 4), Placement(8e6, 0.03, 2)]
    near(specific_costs(Borrowing(40e6, 0.065), 10, placed), 1_976_666.666667, CENT, "specific")
    loans = [Borrowing(60e6, 0.072), Borrowing(25e6, 0.09), Borrowing(15e6, interest=1.2e6)]
    spent = [Expenditure(22e6, 11), Expenditure(18e6, 6), Expenditure(9e6, 1.5)]
    got = general_costs(loans, spent)
    near([got.rate, got.general], [0.0777, 2_353_662.5], CENT, "general")
    capped = general_costs(loans, spent, incurred=2e6)
    assert (capped.general, capped.capped) == (2e6, True)
    us = avoidable_interest(
        [Expenditure(6e6, 12), Expenditure(4e6, 9), Expenditure(3e6, 3)],
        specific=[Borrowing(5e6, 0.11)],
        general=[Borrowing(8e6, 0.09), Borrowing(12e6, 0.12)],
    )
    near([us.specific, us.general, us.rate], [550_000, 513_000, 0.108], CENT, "avoidable")
    early = avoidable_interest([Expenditure(6e6, 6)], specific=[Borrowing(5e6, 0.11)])
    near([early.specific, early.general], [330_000, 0], CENT, "the specific loan is not all used")


def test_impairment():
    """IAS 36.18, 36.104-105, 36.117, ASC 360-10-35-17, 35-21, tolerance 0.01."""
    flows = [1_200, 1_100, 900, 600, 300]
    worth = value_in_use(flows, effective(0.11)).amount
    near(
        [worth, value_in_use([500] * 7 + [2_000], effective(0.09), every=3).amount], [3_205.211984, 4_897.350826], CENT
    )
    near(impair_ifrs(3_900, value_in_use=worth, fair_value_less_costs=2_900).loss, 694.788016, CENT, "IFRS")
    assert impair_us(3_900, undiscounted=sum(flows), fair_value=2_900).loss == 0, "undiscounted flows of 4,100 cover it"
    assert impair_us(4_200, undiscounted=sum(flows), fair_value=2_900).loss == 1_300
    unit = {
        "goodwill": UnitAsset(120, goodwill=True),
        "hall": UnitAsset(800, 700),
        "racks": UnitAsset(600),
        "network": UnitAsset(400, 380),
    }
    shares = allocate_loss(500, unit)
    near([shares[x] for x in unit], [120, 100, 260, 20], CENT, "goodwill first, floors kept")
    assert reverse_ifrs(300, recoverable=420, depreciated_cost=380) == 80


def test_hedges():
    """IFRS 9.6.5.11-12, ASC 815-30: the lower of the two, both ways; what is discontinued waits or is taken at once."""
    got = cash_flow_hedge([4.0, -9.0, -3.0], [-5.0, 7.0, 3.5])
    near([*got.reserve, *got.profit_or_loss], [4, -7, -3, 0, -2, 2], 1e-12, "lower of")
    gone = cash_flow_hedge([6.0, 10.0, 8.0], [-6.0, -9.0, -9.0], discontinued=2, still_expected=False)
    near([*gone.reserve, *gone.reclassified], [6, 9, 0, 0, 0, 9], 1e-12, "no longer expected")
    waits = cash_flow_hedge([6.0, 10.0, 8.0, 7.0], [-6.0, -9.0, -9.0, -9.0], discontinued=2, release=[0.5, 1.0])
    near([*waits.reserve, *waits.reclassified], [6, 9, 4.5, 0, 0, 0, 4.5, 4.5], 1e-12, "with the interest")
    for swap, item, passes in ((-80.0, 100.0, True), (126.0, -100.0, False), (0.0, 0.0, True), (5.0, 0.0, False)):
        assert effectiveness(swap, item).passed is passes, (swap, item)

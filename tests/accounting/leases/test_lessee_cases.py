"""Reference cases of the lessee: first measurement, schedules, reassessment, modification, components.

Each test names its case, the paragraph and the tolerance (the case's own).
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.accounting.cases import case, near

from ringfence.accounting.classification import LeaseFacts, classify_lessee
from ringfence.accounting.lessee import LesseeLease, measure_lessee, rate_for
from ringfence.accounting.modification import Change
from ringfence.accounting.payments import allocate, incentive, indexed, level, option, stepped, undiscounted
from ringfence.accounting.rates import effective, nominal, solve_rate


def facts(payments, rate, term, fair_value, life) -> LeaseFacts:
    """Classification inputs with every judgement answered no."""
    return LeaseFacts(
        payments,
        rate,
        term,
        fair_value,
        life,
        transfers_ownership=False,
        option_certain=False,
        no_alternative_use=False,
    )


def test_sbr_example_2():
    """IFRS16_SBR_EX2, IFRS 16.22-26, tolerance 0.01: PV of four payments in arrears, and direct costs in the right."""
    given, wanted, within = case("IFRS16_SBR_EX2")
    payments = stepped(given["payments_m"], timing=given["timing"])
    m = measure_lessee(
        LesseeLease(payments, effective(given["rate"]), 48, initial_direct_costs=given["initial_direct_costs_m"])
    )
    near(m.liability, wanted["lease_liability_m"], within, "liability")
    near(m.rou, wanted["rou_m"], within, "rou")


@pytest.mark.parametrize("framework", ["ASC 842", "IFRS 16"])
def test_pwc_finance_lease(framework):
    """PWC_4-2_4-11_LESSEE_FINANCE, ASC 842-10-25-2, 842-20-30-1, 35-1, tolerance 2: the same numbers under IFRS 16."""
    given, wanted, within = case("PWC_4-2_4-11_LESSEE_FINANCE")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    rate, term = effective(given["discount_rate"]), 12 * given["lease_term_years"]
    found = classify_lessee(facts(payments, rate, term, given["fair_value"], 12 * given["economic_life_years"]))
    assert found.kind == wanted["classification"]
    near(found.pv, wanted["pv_all_payments"], within, "pv")
    near(found.ratio, wanted["pv_over_fv"], 0.005, "ratio")
    near(found.life_share, wanted["term_over_life"], 0.005, "life")
    m = measure_lessee(LesseeLease(payments, rate, term, framework=framework))
    near(m.liability, wanted["lease_liability_after_first_payment"], within, "liability")
    near(m.rou, wanted["rou_initial"], within, "rou")
    near(m.year_ends, wanted["liability_end_of_year_before_next_payment"], within, "year ends")
    near(m.interest, wanted["interest_expense"], within, "interest")
    near(m.amortisation[0], wanted["rou_amortisation_per_year"], within, "amortisation")
    near(m.expense[0], wanted["total_expense_year1"], within, "year 1")
    near(m.expense[4], wanted["total_expense_year5"], within, "year 5")


def test_pwc_purchase_option_and_incentive():
    """PWC_4-3_4-12_LESSEE_PURCHASE_OPTION, ASC 842-10-30-5(a), (c), 842-20-35-8, tolerance 5: the rate is solved."""
    given, wanted, within = case("PWC_4-3_4-12_LESSEE_PURCHASE_OPTION")
    rents = level(given["first_payment"], given["n"], timing="advance", growth=given["growth"])
    received, price = given["incentive_receivable"], given["purchase_option"]
    payments = (
        *rents,
        incentive(received["amount"], 12 * received["time_years"]),
        option(price["price"], 12 * price["time_years"]),
    )
    lease = LesseeLease(payments, effective(0.05), 120, framework="ASC 842", ownership=True, life=480)
    rate = rate_for(lease, liability=4_500_000).rate
    near(rate.annual, wanted["discount_rate"], 5e-7, "rate")
    m = measure_lessee(replace(lease, rate=rate))
    near(m.liability, wanted["lease_liability_after_first_payment"], within, "liability")
    near(m.rou, wanted["rou_initial"], within, "rou")
    near(m.interest, wanted["interest"], within, "interest")
    near(m.year_ends, wanted["balance_end_of_year"], within, "balance")
    near(m.amortisation, [5_000_000 / 40] * 40, within, "amortisation over 40 years")
    sure = replace(facts(payments, rate, 120, given["fair_value"], 480), option_certain=True)
    assert classify_lessee(sure).kind == wanted["classification"]


def test_pwc_copier_components():
    """PWC_3-21_COPIER_COMPONENTS, ASC 842-10-15-33, 25-2, tolerance 1: allocation by stand-alone price, operating."""
    given, wanted, within = case("PWC_3-21_COPIER_COMPONENTS")
    shares = allocate(
        given["contract_payment"], {"lease": given["standalone_lease"], "service": given["standalone_nonlease"]}
    )
    near(shares["lease"], wanted["allocated_lease_payment"], within, "lease")
    near(shares["service"], wanted["allocated_nonlease_payment"], within, "service")
    payments = level(shares["lease"], given["n"], timing=given["timing"])
    found = classify_lessee(
        facts(payments, effective(given["ibr"]), 36, given["fair_value"], 12 * given["economic_life_years"])
    )
    near(found.pv, wanted["pv_lease"], within, "pv")
    near(found.ratio, wanted["pv_over_fv"], 0.005, "ratio")
    near(found.life_share, wanted["term_over_life"], 0.005, "life")
    assert found.kind == wanted["classification"]
    whole = allocate(500, {"lease": 475, "service": 75}, expedient=True)
    assert whole["lease"] == 500, "the expedient puts everything into the lease"


def test_ey_five_rentals_in_advance():
    """EY_IAS17_23x, IFRS 16.26, 36, tolerance 2: the implicit rate is solved from the amount."""
    given, wanted, within = case("EY_IAS17_23x")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    rate = solve_rate(payments, given["initial_amount"]).rate
    near(rate.annual, wanted["implicit_rate"], 5e-5, "rate")
    m = measure_lessee(LesseeLease(payments, rate, 60))
    near(m.year_ends, wanted["obligation_end_of_year"], within, "obligation")
    near(m.rou_year_ends, wanted["asset_carrying"], within, "asset")
    near(m.expense, wanted["total_charge"], within, "charge")
    near(sum(m.interest), wanted["total_finance_charge"], within, "finance charge")


def _ie13() -> LesseeLease:
    given, _, _ = case("IFRS16_IE13_PART1")
    return LesseeLease(
        level(given["payment"], given["n"], timing=given["timing"]),
        effective(given["ibr"]),
        120,
        initial_direct_costs=given["initial_direct_costs"],
        incentives=given["incentive_received"],
    )


def test_ie13_part_1():
    """IFRS16_IE13_PART1, IFRS 16.24, 26, tolerance 1: the extension that is not certain stays out."""
    _, wanted, within = case("IFRS16_IE13_PART1")
    m = measure_lessee(_ie13())
    near(m.liability, wanted["lease_liability_after_first_payment"], within, "liability")
    near(m.rou, wanted["rou_initial"], within, "rou")


def test_ie13_part_2():
    """IFRS16_IE13_PART2, IFRS 16.40-41, tolerance 4: the extension becomes certain, at the revised rate."""
    given, wanted, within = case("IFRS16_IE13_PART2")
    month = 12 * given["reassess_at_end_of_year"]
    left = given["remaining_payments"]
    later = (
        *level(50_000, left["at_50000"], timing="advance", start=month),
        *level(55_000, left["at_55000"], timing="advance", start=120),
    )
    change = Change(month, later, "term", effective(given["revised_ibr"]), term=180)
    m = measure_lessee(replace(_ie13(), changes=(change,)))
    (r,) = m.remeasurements
    near(r.rou_before, wanted["rou_before"], within, "rou before")
    near(r.before, wanted["liability_before"], within, "liability before")
    near(r.liability, wanted["liability_revised"], within, "revised")
    near(r.adjustment, wanted["increase"], within, "increase")
    near(r.rou, wanted["rou_after"], within, "rou after")
    near(m.amortisation[6], wanted["depreciation_per_year_after"], within, "depreciation")
    near(m.amortisation[14], wanted["depreciation_per_year_after"], within, "depreciation of the last year")


def test_ie14_index():
    """IFRS16_IE14_CPI, IFRS 16.42(b)-43, tolerance 2: measured again at the unchanged rate, before the payment."""
    given, wanted, within = case("IFRS16_IE14_CPI")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    factor = given["index_at_start_year3"] / given["index_at_commencement"]
    later = indexed(payments, factor, since=24)
    assert later[2].amount == pytest.approx(given["payment_revised"])
    m = measure_lessee(LesseeLease(payments, effective(given["ibr"]), 120, changes=(Change(24, later, "index"),)))
    (r,) = m.remeasurements
    near(m.liability, wanted["lease_liability_initial"], within, "liability")
    near(m.rou, wanted["rou_initial"], within, "rou")
    near(r.before, wanted["liability_start_year3_before_remeasure_and_payment"], within, "before")
    near(r.liability, wanted["liability_after_remeasure"], within, "after")
    near(r.adjustment, wanted["adjustment"], within, "adjustment")


def test_ie14_index_in_us_gaap():
    """IFRS16_IE14_CPI, ASC 842-10-35-4: an index alone measures nothing again; the rise is variable cost."""
    given, wanted, within = case("IFRS16_IE14_CPI")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    later = indexed(payments, 54_000 / 50_000, since=24)
    lease = LesseeLease(payments, effective(given["ibr"]), 120, framework="ASC 842", operating=True)
    m = measure_lessee(replace(lease, changes=(Change(24, later, "index"),)))
    assert m.remeasurements == ()
    near(m.schedule.at("liability.reported", 24), wanted["liability_start_year3_before_remeasure_and_payment"], within)
    near(m.expense, [50_000.0] * 2 + [54_000.0] * 8, 1e-6, "expense")


def test_ie17_decrease_in_scope():
    """IFRS16_IE17_DECREASE_SCOPE, IFRS 16.45-46(a), tolerance 2: gain on the half given up, then the revised rate."""
    given, wanted, within = case("IFRS16_IE17_DECREASE_SCOPE")
    month = 12 * (given["modification_at_start_of_year"] - 1)
    lease = LesseeLease(level(given["payment"], given["n"], timing=given["timing"]), effective(given["ibr"]), 120)
    later = level(given["new_payment"], 5, timing=given["timing"], start=month)
    change = Change(month, later, "modification", effective(given["new_ibr"]), kept=given["scope_kept"])
    (r,) = measure_lessee(replace(lease, changes=(change,))).remeasurements
    near(r.rou_before, wanted["rou_pre"], within, "rou")
    near(r.before, wanted["liability_pre"], within, "liability")
    near(r.surrendered, wanted["rou_reduction"], within, "rou given up")
    near(r.forgone, wanted["liability_reduction"], within, "liability given up")
    near(r.gain, wanted["gain"], within, "gain")
    near(r.liability, wanted["modified_liability"], within, "modified")
    near(r.adjustment, wanted["adjustment_to_rou"], within, "adjustment")


def test_ie18_shorter_term():
    """IFRS 16 IE18 (recalled, recomputed), IFRS 16.45-46(a), tolerance 1: a shorter term is a decrease in scope."""
    lease = LesseeLease(level(100_000, 10, timing="arrears"), effective(0.06), 120)
    later = level(100_000, 2, timing="arrears", start=72)
    change = Change(72, later, "modification", effective(0.05), term=96, shortened=True)
    (r,) = measure_lessee(replace(lease, changes=(change,))).remeasurements
    near(r.before, 346_511, 1.0, "liability")
    near(r.rou_before, 294_404, 1.0, "rou")
    near(r.surrendered, 147_202, 1.0, "half of the right")
    near(r.forgone, 163_172, 1.0, "liability given up, at the rate before")
    near(r.gain, 15_970, 1.0, "gain")
    near(r.liability, 185_941, 1.0, "modified")


def test_ie16_longer_and_ie19_cheaper():
    """IFRS 16 IE16 and IE19 (recalled, recomputed), IFRS 16.45, 46(b), tolerance 1: no gain, the right moves alike."""
    lease = LesseeLease(level(100_000, 10, timing="arrears"), effective(0.06), 120)
    longer = Change(72, level(100_000, 8, timing="arrears", start=72), "modification", effective(0.07), term=168)
    (r,) = measure_lessee(replace(lease, changes=(longer,))).remeasurements
    near([r.liability, r.adjustment, r.gain], [597_130, 250_619, 0], 1.0, "IE16")
    cheaper = Change(60, level(95_000, 5, timing="arrears", start=60), "modification", effective(0.07))
    (r,) = measure_lessee(replace(lease, changes=(cheaper,))).remeasurements
    near([r.liability, r.adjustment, r.gain], [389_519, -31_718, 0], 1.0, "IE19")


def test_fasb_example_18_partial_termination():
    """ASC 842-10-55-177 Example 18 (recalled, recomputed), 842-10-25-13, tolerance 1: by right or by liability."""
    lease = LesseeLease(level(100_000, 10, timing="arrears"), effective(0.06), 120, "ASC 842", operating=True)
    later = level(68_000, 5, timing="arrears", start=60)
    half = Change(60, later, "modification", effective(0.07), kept=0.5)
    (r,) = measure_lessee(replace(lease, changes=(half,))).remeasurements
    near([r.before, r.rou_before, r.liability, r.gain], [421_236, 421_236, 278_813, 0], 1.0, "before and after")
    near(r.adjustment, 68_195, 1.0, "adjustment")
    share = r.liability / r.before
    by_liability = Change(60, later, "modification", effective(0.07), kept=share)
    (r,) = measure_lessee(replace(lease, changes=(by_liability,))).remeasurements
    near([r.rou, r.gain, r.adjustment], [278_813, 0, 0], 1.0, "by the liability")


def test_pwc_operating_lease():
    """PWC_4-4_4-13_LESSEE_OPERATING, ASC 842-20-35-3, tolerance 1.5: nominal/12, level cost, the right is the plug."""
    given, wanted, within = case("PWC_4-4_4-13_LESSEE_OPERATING")
    payments = level(given["payment_monthly"], given["n_months"], timing=given["timing"], every=1)
    rate = nominal(given["annual_rate"], 12)
    found = classify_lessee(facts(payments, rate, 36, given["fair_value"], 12 * given["economic_life_years"]))
    assert found.kind == wanted["classification"]
    near(found.pv, wanted["pv_all_payments"], within, "pv")
    near(found.ratio, wanted["pv_over_fv"], 0.005, "ratio")
    near(found.life_share, wanted["term_over_life"], 0.005, "life")
    m = measure_lessee(LesseeLease(payments, rate, 36, framework="ASC 842", operating=True))
    near(m.liability, wanted["lease_liability_after_first_payment"], within, "liability")
    near(m.rou, wanted["rou_initial"], within, "rou")
    near(m.expense, [float(wanted["straight_line_cost_per_year"])] * 3, 1e-6, "cost")
    near(m.interest, wanted["liability_interest"], within, "interest")
    near(m.year_ends, wanted["liability_end_of_year"], within, "liability")
    near(m.amortisation, wanted["rou_amortisation"], within, "amortisation")
    near(m.rou_year_ends, wanted["rou_end_of_year"], within, "rou")
    other = measure_lessee(LesseeLease(payments, effective(0.06), 36, framework="ASC 842", operating=True))
    near(other.present_value, 16_555, within, "effective")


def test_headline_leases():
    """OWN_HEADLINE_10BN_GPU_SPV, IFRS 16.26 and ASC 842-10-25-2(d), tolerance 0.001: rent, liabilities, 90 % test."""
    from ringfence.accounting.lessor import rent_for

    given, wanted, within = case("OWN_HEADLINE_10BN_GPU_SPV")
    cost, borrowing = given["asset_cost"], effective(given["ibr_effective"])
    rent = rent_for(
        cost,
        20,
        rate=effective(given["lessor_irr_effective"]),
        timing="advance",
        every=3,
        residual=given["residual_5y"],
    )
    near(rent, wanted["rent_quarterly"], 1e-6, "rent")
    for n, tag in ((20, "A"), (12, "B")):
        m = measure_lessee(LesseeLease(level(rent, n, timing="advance", every=3), borrowing, 3 * n))
        near(m.rou, wanted[f"{tag}_rou"], within, f"{tag} rou")
        near(m.liability, wanted[f"{tag}_liability_after_first_rent"], within, f"{tag} liability")
    firm = level(rent, 12, timing="advance", every=3)
    bare = facts(firm, borrowing, 36, cost, 72)
    near(classify_lessee(bare).ratio, wanted["lessee_test_3y_without_rvg"], within, "without")
    debt = wanted["debt_balance_y3"]
    near(
        classify_lessee(replace(bare, lessee_guarantee=debt)).ratio,
        wanted["lessee_test_3y_with_full_rvg"],
        within,
        "with",
    )
    room = (0.9 * cost - classify_lessee(bare).pv) * (1 + borrowing.over(36))
    near(room, wanted["rvg_breakeven_90pct"], within, "break-even")
    quarters = [
        n
        for n in range(1, 21)
        if classify_lessee(facts(level(rent, n, timing="advance", every=3), borrowing, 3 * n, cost, 1200)).ratio < 0.9
    ]
    assert max(quarters) == wanted["max_firm_quarters_below_90"]
    assert undiscounted(level(rent, 20, timing="advance", every=3)) == pytest.approx(11.65, abs=0.005)

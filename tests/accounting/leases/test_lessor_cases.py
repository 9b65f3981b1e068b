"""Reference cases of the lessor: classification, profit, net investment, rent.

Each test names its case, the paragraph and the tolerance (the case's own).
"""

from __future__ import annotations

from dataclasses import replace

from tests.accounting.cases import case, near

from ringfence.accounting.classification import LeaseFacts, classify_lessee, classify_lessor, classify_lessor_ifrs
from ringfence.accounting.lessor import LessorLease, measure_lessor, rent_for
from ringfence.accounting.payments import Payment, level
from ringfence.accounting.rates import effective, implicit_rate, nominal


def facts(payments, rate, term, fair_value, life, **more) -> LeaseFacts:
    """Classification inputs with every judgement answered no, collection probable."""
    return LeaseFacts(
        payments,
        rate,
        term,
        fair_value,
        life,
        transfers_ownership=False,
        option_certain=False,
        no_alternative_use=False,
        collection_probable=True,
        **more,
    )


def test_pwc_sales_type():
    """PWC_3-23_4-7_LESSOR_SALES_TYPE, ASC 842-10-25-2, 842-30-30-1, tolerance 1.5."""
    given, wanted, within = case("PWC_3-23_4-7_LESSOR_SALES_TYPE")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    residual, value = given["unguaranteed_residual"], given["fair_value"]
    rate = implicit_rate(payments, fair_value=value, residual=residual, term=60).rate
    near(rate.annual, wanted["implicit_rate"], 1e-4, "rate")
    found = classify_lessor(facts(payments, rate, 60, value, 12 * given["economic_life_years"]))
    assert found.kind == wanted["classification"]
    near(found.pv, wanted["pv_payments"], within, "pv")
    near(found.ratio, wanted["pv_over_fv"], 0.005, "ratio")
    near(found.life_share, wanted["term_over_life"], 0.005, "life")
    m = measure_lessor(LessorLease(payments, rate, 60, "sales_type", value, given["carrying_amount"], residual))
    near(m.receivable, wanted["lease_receivable_after_first_payment"], within, "receivable")
    near(m.residual_value, wanted["unguaranteed_residual_pv"], within, "residual")
    near(m.net_investment, wanted["net_investment"], within, "net investment")
    near(m.profit, wanted["selling_profit"], within, "profit")
    s = m.schedule
    near(s.year_ends("receivable.reported"), wanted["receivable_end_of_year_before_next_payment"], within, "receivable")
    near(s.yearly("receivable.interest"), wanted["interest_income"], within, "interest")
    near(s.yearly("residual.interest")[0], wanted["residual_accretion_year1"], within, "accretion")
    near(s.at("residual.closing", 12), wanted["residual_end_year1"], within, "residual")


def test_pwc_rate_floored_at_zero():
    """PWC_4-9_RATE_FLOOR_ZERO, ASC 842-10-25-3A, tolerance 1: day-one loss before ASU 2021-05, operating since."""
    given, wanted, within = case("PWC_4-9_RATE_FLOOR_ZERO")
    payments = (Payment(12, given["fixed_lease_payments_total"]),)
    value, carrying = given["fair_value"], given["carrying_amount"]
    solved = implicit_rate(payments, fair_value=value, residual=given["expected_residual"], term=12)
    assert solved.floored and solved.rate.annual == wanted["implicit_rate_used"]
    m = measure_lessor(LessorLease(payments, solved.rate, 12, "sales_type", value, carrying))
    near(m.gross_investment, wanted["lease_receivable"], within, "receivable")
    near(m.cost_of_sales, wanted["cost_of_sales"], within, "cost of sales")
    near(-m.profit, wanted["day1_loss"], within, "loss")
    f = replace(facts(payments, solved.rate, 12, value, 12), variable=True, day_one_loss=-m.profit)
    assert classify_lessor(f, asu_2021_05=False).kind == "sales_type"
    now = classify_lessor(f)
    assert now.kind == "operating" and now.test("842-10-25-3A").passed
    assert "[verify]" in now.test("842-10-25-3A").paragraph


def test_fasb_example_1_case_a():
    """FASB_842-30_EX1_CASE_A, ASC 842-30-55-18, tolerance 1: the lessee's guarantee makes it sales-type."""
    given, wanted, within = case("FASB_842-30_EX1_CASE_A")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    value, residual, kept = given["fair_value"], given["expected_residual"], given["lessee_rvg"]
    rate = implicit_rate(payments, fair_value=value, residual=residual, term=72).rate
    near(rate.annual, wanted["implicit_rate"], 5e-5, "rate")
    found = classify_lessor(facts(payments, rate, 72, value, 144, lessee_guarantee=kept))
    assert found.kind == wanted["classification"]
    near(found.pv, wanted["pv_payments_plus_rvg"], within, "pv")
    near(found.ratio, wanted["ratio_to_fv"], 5e-4, "ratio")
    m = measure_lessor(LessorLease(payments, rate, 72, "sales_type", value, given["carrying_amount"], residual, kept))
    own = wanted["own"]
    near(m.residual_value, own["unguaranteed_residual_pv"], within, "residual")
    near(m.profit, own["selling_profit"], within, "profit")
    near(m.income[0], own["year1_interest_total"], within, "interest")
    near(m.schedule.at("net.closing", 12), own["net_investment_end_year1"], within, "net investment")


def test_fasb_case_c_style_direct_financing():
    """FASB_842-30_EX1_CASE_C_STYLE, ASC 842-10-25-3, 842-30-30-2, tolerance 0.001: a third party's guarantee."""
    given, wanted, within = case("FASB_842-30_EX1_CASE_C_STYLE")
    payments = level(given["payment"], given["n"], timing=given["timing"])
    value, residual, kept = given["fair_value"], given["expected_residual"], given["third_party_rvg"]
    rate = implicit_rate(payments, fair_value=value, residual=residual, term=72).rate
    f = facts(payments, rate, 72, value, 144, third_party_guarantee=kept)
    found = classify_lessor(f)
    near(found.ratio, wanted["sales_type_ratio"], within, "sales-type")
    near(float(found.test("842-10-25-3(b)(1)").evidence["ratio"]), wanted["direct_financing_ratio"], within, "direct")
    assert found.kind == wanted["classification_lessor"]
    assert classify_lessee(f).kind == wanted["classification_lessee"]
    assert classify_lessor(replace(f, collection_probable=None)).kind == "operating", "an open judgement does not help"
    costs = given["initial_direct_costs"]
    m = measure_lessor(
        LessorLease(payments, rate, 72, "direct_financing", value, given["carrying_amount"], residual, kept, costs)
    )
    near(m.net_investment, wanted["net_investment"], within, "net investment")
    near(m.deferred + costs, wanted["deferred_profit"], within, "profit")
    near(m.net_rate.annual, wanted["rate_on_net_investment"], 5e-6, "rate")
    near(m.schedule["deferred"][-1], 0.0, 1e-6, "deferred profit is earned by the end")
    assert m.profit == 0
    assert classify_lessor_ifrs(f).kind == "finance", "IFRS counts an able third party's guarantee (16.70(c))"


def test_ezlease_copier():
    """EZLEASE_COPIER, ASC 842-10-25-2(d), tolerance 5: 90.4 % at a nominal monthly rate is over the mark."""
    given, wanted, within = case("EZLEASE_COPIER")
    payments = level(given["payment_monthly"], given["n_months"], timing=given["timing"], every=1)
    rate = implicit_rate(
        payments, fair_value=given["fair_value"], residual=given["expected_residual"], term=96, like=nominal(0.1, 12)
    ).rate
    near(rate.annual, wanted["implicit_rate_nominal_annual"], 5e-6, "rate")
    found = classify_lessor(facts(payments, rate, 96, given["fair_value"], 12 * given["economic_life_years"]))
    near(found.pv, wanted["pv_payments"], within, "pv")
    near(found.ratio, wanted["ratio"], 5e-4, "ratio")
    near(found.life_share, wanted["term_over_life"], 5e-4, "life")
    assert found.kind == wanted["classification"]


def test_kieso_rental():
    """KIESO_CAT_STERLING_10PCT, ASC 842-10-20 (implicit rate), tolerance 0.1: rent that earns 10 %."""
    given, wanted, within = case("KIESO_CAT_STERLING_10PCT")
    rent = rent_for(
        given["fair_value"],
        given["n"],
        rate=effective(given["rate"]),
        timing=given["timing"],
        residual=given["residual_guaranteed"],
    )
    near(rent, wanted["annual_rental"], within, "rent")
    payments = level(rent, given["n"], timing=given["timing"])
    back = implicit_rate(payments, fair_value=given["fair_value"], residual=given["residual_guaranteed"], term=60).rate
    near(back.annual, given["rate"], 1e-12, "implicit rate")


def test_ayayai_schedule():
    """AYAYAI_XRAY, ASC 842-30-30-1, 35-1, tolerance 3: net investment before the first rent, interest on the rest."""
    given, wanted, within = case("AYAYAI_XRAY")
    payments, rate = level(given["payment"], given["n"], timing=given["timing"]), effective(given["rate"])
    residual = given["unguaranteed_residual"]
    value = wanted["net_investment"]
    m = measure_lessor(
        LessorLease(
            payments,
            rate,
            120,
            "sales_type",
            value,
            given["cost"],
            residual,
            initial_direct_costs=given["initial_direct_costs"],
        )
    )
    near(m.gross_investment, wanted["net_investment"], within, "net investment")
    near(m.present_value, wanted["pv_rentals"], within, "rentals")
    near(m.residual_value, wanted["pv_residual"], within, "residual")
    near(m.net_investment, wanted["balance_after_first_payment"], within, "after the first rent")
    near(m.income, wanted["interest"], within, "interest")
    near(
        [m.schedule.at("net.closing", 12.0 * k) for k in range(1, 5)],
        wanted["balance_after_payment"],
        within,
        "balance",
    )
    assert m.expensed_costs == given["initial_direct_costs"], "direct costs are expensed where there is a profit"

"""Reference cases around the lease: sale and leaseback, borrowing costs, impairment, hedge, deferred tax.

Each test names its case, the paragraph and the tolerance (the case's own).
"""

from __future__ import annotations

from tests.accounting.cases import case, near

from ringfence.accounting.borrowing_costs import (
    Borrowing,
    Expenditure,
    Placement,
    capitalisation_rate,
    general_costs,
    specific_costs,
)
from ringfence.accounting.classification import LeaseFacts, classify_lessor_ifrs
from ringfence.accounting.deferred_tax import deferred_tax
from ringfence.accounting.hedge import cash_flow_hedge
from ringfence.accounting.impairment import UnitAsset, allocate_loss, impair_ifrs, value_in_use
from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.payments import level
from ringfence.accounting.rates import effective
from ringfence.accounting.sale_leaseback import SaleFacts, failed_sale, sale_and_leaseback, sale_test


def test_sale_and_leaseback_at_market():
    """IFRS16_SLB_MARKET_TERMS, IFRS 16.100(a), tolerance 3: gain on the right transferred only."""
    given, wanted, within = case("IFRS16_SLB_MARKET_TERMS")
    payments, rate = level(given["payment"], given["n"], timing=given["timing"]), effective(given["rate"])
    assert sale_test(SaleFacts(control_passes=given["is_sale_ifrs15"]), "IFRS 16").sale
    got = sale_and_leaseback(
        "IFRS 16",
        sale_price=given["sale_price"],
        fair_value=given["fair_value"],
        carrying_amount=given["carrying_amount"],
        payments=payments,
        rate=rate,
    )
    near(got.present_value, wanted["pv_payments"], within, "pv")
    near(got.financing, wanted["additional_financing"], within, "financing")
    near(got.rou, wanted["rou"], within, "rou")
    near(got.gain, wanted["gain_recognised"], within, "gain")
    near(got.gain_retained, wanted["gain_retained"], within, "retained")
    facts = LeaseFacts(
        payments,
        rate,
        216,
        given["fair_value"],
        480,
        transfers_ownership=False,
        option_certain=False,
        no_alternative_use=False,
    )
    found = classify_lessor_ifrs(facts)
    near(found.ratio, wanted["lessor_pv_over_fv"], 0.005, "ratio")
    assert found.kind == wanted["lessor_classification"]


def test_sale_above_fair_value():
    """IFRS 16 IE24 (recalled, recomputed), IFRS 16.101(b), tolerance 1: the excess is financing."""
    got = sale_and_leaseback(
        "IFRS 16",
        sale_price=2_000_000,
        fair_value=1_800_000,
        carrying_amount=1_000_000,
        payments=level(120_000, 18, timing="arrears"),
        rate=effective(0.045),
    )
    near([got.financing, got.liability, got.rou, got.gain], [200_000, 1_259_199, 699_555, 240_356], 1.0, "IE24")


def test_oryx():
    """SBR_ORYX_SLB, IFRS 16.100(a), tolerance 0.001: from a present value that is given."""
    given, wanted, within = case("SBR_ORYX_SLB")
    got = sale_and_leaseback(
        "IFRS 16",
        sale_price=given["sale_price_m"],
        fair_value=given["fair_value_m"],
        carrying_amount=given["carrying_amount_m"],
        present=given["pv_payments_m"],
    )
    near(got.rou, wanted["rou_m"], within, "rou")
    near(got.gain, wanted["gain_m"], within, "gain")
    near(got.liability, wanted["lease_liability_m"], within, "liability")


def test_sale_below_fair_value():
    """PWC_6-8_SLB_BELOW_FV, ASC 842-40-30-2, tolerance 2: the shortfall is prepaid rent."""
    given, wanted, within = case("PWC_6-8_SLB_BELOW_FV")
    got = sale_and_leaseback(
        "ASC 842",
        sale_price=given["sale_price"],
        fair_value=given["fair_value"],
        carrying_amount=given["carrying_amount"],
        rate=effective(given["ibr"]),
        payments=level(given["payment"], given["n"], timing=given["timing"]),
    )
    near(got.liability, wanted["lease_liability"], within, "liability")
    near(got.prepaid, wanted["prepaid_rent"], within, "prepaid")
    near(got.rou, wanted["rou"], within, "rou")
    near(got.gain, wanted["gain"], within, "gain")


def test_failed_sale():
    """PWC_6-11_FAILED_SLB, ASC 842-40-25-3, 25-5, 30-6, tolerance 1: a repurchase option keeps the asset."""
    given, wanted, within = case("PWC_6-11_FAILED_SLB")
    test = sale_test(
        SaleFacts(
            control_passes=True,
            repurchase_option=given["repurchase_option"],
            option_at_fair_value=True,
            alternatives_available=given["alternatives_readily_available"],
        ),
        "ASC 842",
    )
    assert test.sale is wanted["sale"]
    got = failed_sale(
        "ASC 842",
        proceeds=given["proceeds"],
        payments=level(given["payment"], given["n"], timing=given["timing"]),
        rate=effective(given["ibr"]),
        term=60,
        carrying_amount=given["carrying_amount"],
        depreciation_pa=given["depreciation_per_year"],
    )
    near(got.liability, wanted["financial_liability"], within, "liability")
    near(got.interest, wanted["interest"], within, "interest")
    near(got.asset, wanted["asset_nbv"], within, "asset")
    near(got.gain_at_end, wanted["gain_at_end"], within, "gain")
    assert got.adjusted == ""


def test_specific_borrowing():
    """IAS23_FINLEARNHUB_EX1, IAS 23.12, tolerance 0.5: actual cost less what the money earned."""
    given, wanted, within = case("IAS23_FINLEARNHUB_EX1")
    placed = given["temporary_investment"]
    loan = Borrowing(given["loan"], given["rate"])
    placements = [Placement(placed["amount"], placed["rate"], placed["months"])]
    near(specific_costs(loan, given["capitalisation_months"], placements), wanted["capitalised"], within)
    near(specific_costs(loan, 9, placements, framework="ASC 835-20"), 300_000, within, "US GAAP deducts nothing")


def test_general_borrowings():
    """IAS23_FINLEARNHUB_EX2, IAS 23.14, tolerance 1: weighted rate on expenditure by months."""
    given, wanted, within = case("IAS23_FINLEARNHUB_EX2")
    got = general_costs(
        [Borrowing(a, r) for a, r in given["general_loans"]], [Expenditure(a, m) for a, m in given["expenditures"]]
    )
    near(got.rate, wanted["capitalisation_rate"], 5e-7, "rate")
    near(got.general, wanted["capitalised"], within, "capitalised")
    assert not got.capped


def test_zenzi():
    """IAS23_ZENZI, IAS 23.12, 14, tolerance 1: specific and general borrowings side by side."""
    given, wanted, within = case("IAS23_ZENZI")
    loan = given["specific"]
    own = specific_costs(Borrowing(loan["loan"], loan["rate"]), loan["months"])
    got = general_costs(
        [Borrowing(a, r) for a, r in given["general_loans"]],
        [Expenditure(a, m) for a, m in given["expenditures"]],
        specific=own,
    )
    near(got.rate, wanted["capitalisation_rate"], 5e-7, "rate")
    near(got.general, wanted["general_capitalised"], within, "general")
    near(got.specific, wanted["specific_capitalised"], within, "specific")


def test_borrower_co():
    """IAS23_BORROWER_CO, IAS 23.14, tolerance 1e-6: the rate from interest paid."""
    given, wanted, within = case("IAS23_BORROWER_CO")
    rate = capitalisation_rate([Borrowing(a, interest=i) for a, i in given["general_loans_interest"]])
    near(rate, wanted["capitalisation_rate"], within)


def test_value_in_use():
    """IAS36_IE2_VIU, IAS 36.30-57, 104, tolerance 1.5: eleven flows at 15 %, the loss to goodwill first."""
    given, wanted, within = case("IAS36_IE2_VIU")
    got = value_in_use(given["cash_flows"], effective(given["pre_tax_rate"]))
    near(got.discounted, wanted["discounted"], within, "discounted")
    near(got.amount, wanted["value_in_use"], within, "value in use")
    near(sum(got.discounted), got.amount, 1e-9, "one sum")
    loss = impair_ifrs(2_833, value_in_use=got.amount).loss
    near(loss, 1_473, within, "loss")
    shares = allocate_loss(loss, {"goodwill": UnitAsset(1_000, goodwill=True), "plant": UnitAsset(1_833)})
    near([shares["goodwill"], shares["plant"]], [1_000, 473], within, "goodwill first")


def test_deferred_tax_on_a_lease():
    """OWN_DEFERRED_TAX_LEASE, IAS 12.15, 22A, 24, tolerance 0.02: equal amounts on day one, apart afterwards."""
    given, wanted, within = case("OWN_DEFERRED_TAX_LEASE")
    m = measure_lessee(
        LesseeLease(level(given["payment"], given["n"], timing=given["timing"]), effective(given["rate"]), 60)
    )
    got = deferred_tax(m, given["tax_rate"])
    near(m.liability, wanted["lease_liability"], within, "liability")
    near(got.asset[0], wanted["dta_day1"], within, "asset")
    near(got.liability[0], wanted["dtl_day1"], within, "liability")
    near(m.year_ends[0], wanted["liability_end_y1"], within, "liability of year 1")
    near(m.rou_year_ends[0], wanted["rou_end_y1"], within, "right of year 1")
    near(got.net[1], wanted["net_dta_end_y1"], within, "net")
    near(got.net[-1], 0.0, 1e-9, "nothing is left at the end")


def test_hedge_lower_of():
    """OWN_HEDGE_LOWER_OF, IFRS 9.6.5.11, tolerance 1e-9: the reserve is the lower of the two."""
    given, wanted, within = case("OWN_HEDGE_LOWER_OF")
    got = cash_flow_hedge(given["cum_gain_instrument"], given["cum_change_hedged_item"])
    near(got.reserve, wanted["cfh_reserve"], within, "reserve")
    near(got.oci, wanted["oci_movement"], within, "oci")
    near(got.profit_or_loss, wanted["ineffectiveness_pl"], within, "profit or loss")
    us = cash_flow_hedge(given["cum_gain_instrument"], given["cum_change_hedged_item"], framework="ASC 815")
    near(us.profit_or_loss, [0.0, 0.0, 0.0], within, "US GAAP defers all")

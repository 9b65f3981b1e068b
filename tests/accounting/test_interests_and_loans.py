"""Reference cases of the equity method, of lenders' metrics, of energy yield and of slotting, and more of each.

Each test names its case, the paragraph and the tolerance (the case's own; 1e-9 where worked by hand here).
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.accounting.cases import case, near

from ringfence.accounting.classification import LeaseFacts, classify_lessee
from ringfence.accounting.equity_method import DownstreamSale, equity_method
from ringfence.accounting.lender_metrics import (
    debt_capacity,
    interest_cover,
    loan_cover,
    loan_to_value,
    net_debt_to_ebitda,
    sculpted_loan,
)
from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.lessor import rent_for
from ringfence.accounting.payments import level
from ringfence.accounting.rates import effective, nominal
from ringfence.errors import DealError
from ringfence.risk.energy_yield import EnergyYield
from ringfence.risk.slotting import RISK_WEIGHTS, category_of, risk_weight


def test_share_of_retained_earnings():
    """PECS_ABS_EQUITY_METHOD, IAS 28.10, tolerance 0.01: cost and share of what was earned since."""
    given, wanted, within = case("PECS_ABS_EQUITY_METHOD")
    since = given["investee_retained_earnings_now"] - given["investee_retained_earnings_at_acquisition"]
    got = equity_method(given["share"], given["cost"], [since])
    near(got.carrying[0], wanted["carrying_amount"], within, "carrying amount")
    near(got.share_of_profit[0], wanted["post_acquisition_share"], within, "share")


def test_downstream_sale_of_gpus():
    """OWN_EQUITY_DOWNSTREAM_GPU_SALE, IAS 28.28, tolerance 0.01: own profit waits, and is earned as GPUs are used."""
    given, wanted, within = case("OWN_EQUITY_DOWNSTREAM_GPU_SALE")
    sale = DownstreamSale(given["sponsor_gain_on_sale_of_gpus_to_spv"], given["asset_life_years"])
    got = equity_method(
        given["share"],
        given["initial_investment"],
        [given["spv_profit_year1"]],
        dividends=[given["dividends_paid_by_spv"]],
        sale=sale,
    )
    near(got.share_of_profit[0], wanted["share_of_profit"], within, "share")
    near(got.dividends[0], wanted["dividends"], within, "dividends")
    near(got.eliminated, wanted["unrealised_gain_eliminated_day1"], within, "eliminated")
    near(got.released[0], wanted["released_year1"], within, "released")
    near(got.carrying[0], wanted["carrying_amount_end_year1"], within, "carrying amount")


def test_losses_stop_wait_and_come_back():
    """IAS 28.38-39, by hand: 30 % of losses against cost 100, a loan of 20 and a guarantee of 10 beside it."""
    got = equity_method(0.3, 100, [-200, -300, -50, 400, 100], other_interests=20, obligations=10)
    near(got.carrying, [40, 0, 0, 55, 85], 1e-9, "carrying amount")
    near(got.absorbed, [0, 30, 30, 0, 0], 1e-9, "borne by loan and guarantee")
    near(got.unrecognised, [0, 20, 35, 0, 0], 1e-9, "waiting")
    near(got.result, [-60, -70, 0, 85, 30], 1e-9, "result")


def test_other_comprehensive_income_and_a_sale_over_three_years():
    """IAS 28.10, 28.28, by hand: 25 % of profit 80, 90 and OCI 12, -4; own profit of 60 used over three years."""
    got = equity_method(0.25, 200, [80, 90, 70], dividends=[40, 0, 20], oci=[12, -4], sale=DownstreamSale(60, 3))
    near(got.carrying, [200 + 20 + 3 - 10 - 15 + 5, 203 + 22.5 - 1 + 5, 229.5 + 17.5 - 5 + 5], 1e-9, "carrying amount")
    near([got.eliminated, sum(got.released)], [15, 15], 1e-9, "eliminated and released")


money = st.floats(-1e6, 1e6)


@given(st.floats(0, 1), st.floats(0, 1e6), st.lists(money, min_size=1, max_size=12))
def test_an_interest_is_cost_and_what_was_recognised(share, cost, profits):
    """For any profits the carrying amount is never negative, and is cost, result and losses borne elsewhere."""
    got = equity_method(share, cost, profits, other_interests=1_000.0)
    assert min(got.carrying) >= 0
    assert got.carrying[-1] - got.absorbed[-1] == pytest.approx(cost + sum(got.result), abs=1e-6)


def test_debt_capacity():
    """BIWS_LLCR, tolerance 0.1."""
    given, wanted, within = case("BIWS_LLCR")
    near(debt_capacity(given["pv_cfads"], given["llcr_target"]), wanted["debt_capacity"], within)


@pytest.mark.parametrize(("cfads", "rate", "cover"), [(None, None, None), ([90, 60, 120, 75], 0.0625, 1.25)])
def test_a_sculpted_loan_covers_alike(cfads, rate, cover):
    """LLCR_EQUALS_DSCR_IDENTITY, tolerance 0.001: flat DSCR, and the LLCR equals it; another case by the identity."""
    given, wanted, within = case("LLCR_EQUALS_DSCR_IDENTITY")
    flows, cost, asked = cfads or given["cfads"], rate or given["rate"], cover or given["target_dscr"]
    got = sculpted_loan(flows, effective(cost), asked)
    near([got.llcr, got.min_dscr, got.avg_dscr], [asked] * 3, within, "covers")
    near(got.closing[-1], wanted["closing_balance"], within, "closing")
    debt = wanted["debt"] if cfads is None else sum(x / (1 + cost) ** (k + 1) for k, x in enumerate(flows)) / asked
    near(got.debt, debt, within, "debt")


def test_lender_metrics():
    """OWN_LENDER_METRICS, tolerance 0.001: an annuity against rising cash."""
    given, wanted, within = case("OWN_LENDER_METRICS")
    got = loan_cover(given["cfads"], given["debt"], effective(given["rate"]), tenor=given["tenor"])
    near(got.service[0], wanted["debt_service"], within, "service")
    near(got.dscr, wanted["dscr"], within, "dscr")
    near(got.min_dscr, wanted["min_dscr"], within, "min")
    near([got.llcr, got.plcr], [wanted["llcr"], wanted["plcr"]], within, "life covers")
    near(got.average_life, wanted["average_life"], within, "average life")
    near(got.breakeven[0], wanted["breakeven_cfads_multiplier_year1"], within, "break-even")
    near(loan_to_value(given["debt"], given["asset_value"]), wanted["ltv"], within, "ltv")
    near(net_debt_to_ebitda(given["debt"], given["ebitda"], cash=given["cash"]), wanted["net_debt_ebitda"], within)
    near(interest_cover(given["ebitda"], given["interest_year1"]), wanted["icr"], within, "icr")


def test_other_profiles_by_hand():
    """Linear with a balloon and bullet: principal, service and average life by hand."""
    cash = [130.0] * 4
    linear = loan_cover(cash, 400, effective(0.05), tenor=4, profile="linear", balloon=0.2)
    near(linear.principal, [80, 80, 80, 160], 1e-9, "principal")
    near(linear.service, [100, 96, 92, 168], 1e-9, "service")
    near(linear.average_life, (80 * (1 + 2 + 3) + 160 * 4) / 400, 1e-9, "average life")
    bullet = loan_cover(cash, 400, effective(0.05), tenor=4, profile="bullet")
    near(bullet.service, [20, 20, 20, 420], 1e-9, "bullet")
    near(bullet.average_life, 4.0, 1e-9, "average life")


def test_a_loan_by_quarters():
    """OWN_HEADLINE_10BN_GPU_SPV, tolerance 0.001: level quarterly service; the balance after three years, the DSCR."""
    given, wanted, within = case("OWN_HEADLINE_10BN_GPU_SPV")
    rent = wanted["rent_quarterly"]
    got = loan_cover([rent] * 20, given["spv_debt"], effective(given["debt_rate_effective"]), tenor=20, every=3)
    near(got.closing[11], wanted["debt_balance_y3"], within, "balance")
    near(got.min_dscr, wanted["dscr"], within, "dscr")
    near(got.average_life, sum((k + 1) / 4 * x for k, x in enumerate(got.principal)) / 7.5, 1e-9, "average life")


def test_another_headline():
    """The headline's topic with other numbers, worked out apart: 6.4bn, 40 monthly rents in arrears, tolerance 1e-5."""
    rent = rent_for(6.4, 40, rate=effective(0.115), timing="arrears", every=1, residual=1.3)
    lease = LesseeLease(level(rent, 40, timing="arrears", every=1), nominal(0.072), 40)
    m = measure_lessee(lease)
    near([rent, m.liability, m.rou], [0.16456521, 5.83679388, 5.83679388], 1e-5, "rent and liability")
    facts = LeaseFacts(
        lease.payments,
        lease.rate,
        40,
        6.4,
        60,
        lessee_guarantee=0.9,
        transfers_ownership=False,
        option_certain=False,
        no_alternative_use=False,
    )
    found = classify_lessee(facts)
    near([found.ratio, found.life_share], [1.02269794, 0.66666667], 1e-5, "tests")
    loan = loan_cover([rent] * 40, 4.6, nominal(0.081), tenor=40, every=1)
    near([loan.service[0], loan.min_dscr, loan.closing[23]], [0.13160813, 1.25041827, 1.98965411], 1e-5, "loan")


def test_a_deals_own_ratios_are_those_of_a_loan_alone():
    """The example's senior loan on its own schedule and cash: the sheet's DSCR is CFADS over service on each date."""
    from ringfence.desk import session

    result = session.run(session.read("examples/headline-10bn/deal.yaml"))
    loan = next(iter(result.deal.of_type("loan")))
    applies, dscr = result.run[f"{loan}.dscr.applies"], result.run[f"{loan}.dscr"]
    cash, service = result.run[f"{loan}.cfads"], result.run[f"{loan}.debt_service"]
    dates = [k for k, on in enumerate(applies) if on]
    assert dates
    near([float(dscr[k]) for k in dates], [float(cash[k] / service[k]) for k in dates], 1e-9)


def test_p_values():
    """P_VALUES, tolerance 0.1: exceedance of a year, and the uncertainty of ten."""
    given, wanted, within = case("P_VALUES")
    plant = EnergyYield(given["p50"], given["sigma_interannual"], (given["sigma_model"], given["sigma_resource"]))
    near(plant.sigma(), wanted["sigma_total"], 1e-6, "sigma")
    near([plant.exceeded(p) for p in (0.75, 0.90, 0.99)], [wanted[x] for x in ("p75", "p90", "p99")], within)
    near(plant.sigma(10), wanted["sigma_10y"], 1e-6, "ten years")
    wind = EnergyYield(312_000, 0.06, (0.045, 0.03))
    near([wind.exceeded(0.9), wind.exceeded(0.9, years=10)], [279_701.605, 289_082.968], 0.1, "a wind farm")
    assert wind.exceeded(0.5) == pytest.approx(312_000)


def test_basel_slotting_weights():
    """BASEL_SLOTTING_RW, CRE33, tolerance 0: weights, the preferential ones, and the map of ratings."""
    given, wanted, _ = case("BASEL_SLOTTING_RW")
    assert [risk_weight(x, 10.0) for x in given["category"]] == wanted["risk_weight"]
    assert [risk_weight(x, 2.4) for x in ("strong", "good")] == [
        wanted["preferential"]["strong"], wanted["preferential"]["good"]
    ]  # fmt: skip
    assert list(RISK_WEIGHTS) == given["category"]
    ratings = {
        "BBB-": "strong",
        "A": "strong",
        "BB+": "good",
        "BB": "good",
        "BB-": "satisfactory",
        "B+": "satisfactory",
    }
    ratings |= {"B": "weak", "CCC": "weak", "C": "weak"}
    assert {x: category_of(x) for x in ratings} == ratings
    assert [category_of(x) for x in ("Ba1", "D", "Zz")] == ["good", "default", None]


BAD = {
    "share above one": (lambda: equity_method(1.2, 10, [1]), "share"),
    "no year": (lambda: equity_method(0.2, 10, []), "lease-dates"),
    "more dividends than years": (lambda: equity_method(0.2, 10, [1], dividends=[1, 1]), "lease-dates"),
    "negative cost": (lambda: equity_method(0.2, -10, [1]), "lease-amounts"),
    "profit that is no number": (lambda: equity_method(0.2, 10, [float("nan")]), "lease-amounts"),
    "sale without a life": (lambda: DownstreamSale(10, 0), "life"),
    "cover of nothing": (lambda: debt_capacity(100, 0), "lender"),
    "tenor beyond the cash": (lambda: loan_cover([10, 10], 5, effective(0.05), tenor=3), "lender"),
    "part of a year": (lambda: loan_cover([10, 10], 5, effective(0.05), tenor=1.5), "lender"),
    "a tenor that is no number": (lambda: loan_cover([10, 10], 5, effective(0.05), tenor=float("nan")), "lender"),
    "periods of five months": (lambda: loan_cover([10, 10], 5, effective(0.05), tenor=2, every=5), "lender"),
    "unknown profile": (lambda: loan_cover([10, 10], 5, effective(0.05), tenor=2, profile="flat"), "word"),
    "service under interest": (lambda: sculpted_loan([1, 900, 900], effective(0.2), 1.2), "lender"),
    "no cash": (lambda: sculpted_loan([0, 0], effective(0.05), 1.2), "lender"),
    "no EBITDA": (lambda: net_debt_to_ebitda(100, -5), "lender"),
    "no value": (lambda: loan_to_value(100, 0), "lender"),
    "P100": (lambda: EnergyYield(100, 0.05).exceeded(1.0), "energy-yield"),
    "uncertainty in per cent": (lambda: EnergyYield(100, 5.0), "energy-yield"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_refused(what):
    """Each refusal names its rule."""
    build, rule = BAD[what]
    with pytest.raises(DealError) as caught:
        build()
    assert caught.value.findings[0].name == rule

"""Identification, term, classification, failed sales, impairment, hedges: the rules one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.borrowing_costs import Borrowing, Expenditure, general_costs, qualifies
from ringfence.accounting.citations import cite
from ringfence.accounting.classification import LeaseFacts, Marks, classify_lessee, classify_lessor, variance_borne
from ringfence.accounting.control_first import control_before_commencement
from ringfence.accounting.fleet_impairment import fleet_impairment
from ringfence.accounting.hedge import cash_flow_hedge, effectiveness, notional_match
from ringfence.accounting.impairment import (
    Component,
    UnitAsset,
    allocate_loss,
    depreciate,
    impair_ifrs,
    impair_us,
    reverse_ifrs,
)
from ringfence.accounting.lease_identification import ContractFacts, identify
from ringfence.accounting.lease_term import (
    RenewalOption,
    TerminationOption,
    lease_term,
    low_value,
    renewal_incentive,
    short_term,
)
from ringfence.accounting.lessee import LesseeLease, measure_lessee
from ringfence.accounting.lessor_losses import deposit_liability, loss_allowance
from ringfence.accounting.modification import Change, is_separate_lease
from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS
from ringfence.accounting.payments import level, take_or_pay, undiscounted, usage_floor, with_floor
from ringfence.accounting.rates import effective, lessee_rate
from ringfence.accounting.residual_guarantee import Known, Lognormal, guarantee_amounts
from ringfence.accounting.sale_leaseback import SaleFacts, failed_sale, sale_test

RACKS = ContractFacts(identified=True, leased_units=100, directs_use=True)
EXAMPLE = Path(__file__).parents[3] / "examples/softbank-10bn/deal.yaml"


def facts(**more) -> LeaseFacts:
    """A lease of 60 % of a life of five years, every judgement answered no."""
    return replace(
        LeaseFacts(
            level(100, 3, timing="arrears"),
            effective(0.05),
            36,
            500,
            60,
            transfers_ownership=False,
            option_certain=False,
            no_alternative_use=False,
        ),
        **more,
    )


@pytest.mark.parametrize(
    ("change", "verdict", "test", "outcome"),
    [
        ({}, "lease", "L1", PASS),
        ({"identified": None}, "open", "L1", NOT_ATTESTED),
        ({"identified": False}, "no lease", "L1", FAIL),
        ({"distinct": False, "capacity_share": 0.5}, "no lease", "L3", FAIL),
        ({"distinct": False, "capacity_share": 0.9}, "lease", "L3", PASS),
        ({"output_share": 0.6}, "no lease", "L4", FAIL),
        ({"directs_use": False}, "no lease", "L5", FAIL),
        ({"directs_use": None, "predetermined": True, "designed": True}, "lease", "L5", PASS),
        ({"substantive_substitution": True}, "open", "L2", CONTRADICTED),
        (
            {"substantive_substitution": True, "spare_units": 200, "substitution_benefit": 2, "substitution_cost": 1},
            "no lease",
            "L2",
            FAIL,
        ),
        ({"spare_units": 200, "substitution_benefit": 2, "substitution_cost": 1}, "open", "L2", NOT_ATTESTED),
    ],
)
def test_identification(change, verdict, test, outcome):
    """IFRS 16.B9-B31: a lease if L1, L3, L4, L5 hold and substitution is not substantive; doubt helps nobody."""
    got = identify(replace(RACKS, **change))
    assert got.verdict == verdict
    assert next(t for t in got.tests if t.id == test).outcome is outcome


def test_the_term_counts_what_is_reasonably_certain():
    """IFRS 16.18-19: a renewal that counts brings those before it; an early end that may be used shortens the term."""
    assert lease_term(36).months == 36
    assert lease_term(36, [RenewalOption(12, False), RenewalOption(12, False)]).months == 36
    assert lease_term(36, [RenewalOption(12, True), RenewalOption(12, False)]).months == 48
    assert lease_term(36, [RenewalOption(12), RenewalOption(12)]).months == 36
    assert lease_term(60, (), [TerminationOption(36, certain_not_used=True)]).months == 60
    early = lease_term(60, (), [TerminationOption(36, certain_not_used=False, penalty=7)])
    assert (early.months, early.penalty) == (36, 7)
    assert lease_term(60, (), [TerminationOption(36, "lessor")]).months == 60
    assert lease_term(60, (), [TerminationOption(36, "lessor")]).firm == 60


def test_a_renewal_the_lenders_rely_on_contradicts_the_attested_no():
    """X2: evidence stands beside the judgement and is never overruled in silence."""
    (test,) = lease_term(36, [RenewalOption(24, False, relied_on=True)]).tests
    assert test.outcome is CONTRADICTED and "lenders" in test.sentence
    (test,) = lease_term(36, [RenewalOption(24, False, cheaper=0.8)]).tests
    assert test.outcome is CONTRADICTED
    incentive = renewal_incentive(guarantee_payout=10, removal=5, migration=5, market_rent=100, renewal_rent=90)
    assert incentive.amount == 30


def test_exemptions():
    """IFRS 16.5-8, B3; ASC 842-20-25-2: a purchase option, a penalty or GPUs in racks shut them out."""
    assert short_term(12, framework="IFRS 16", purchase_option=False).passed
    assert not short_term(13, framework="IFRS 16", purchase_option=False).passed
    assert not short_term(12, framework="IFRS 16", purchase_option=True, option_certain=False).passed
    assert short_term(12, framework="ASC 842", purchase_option=True, option_certain=False).passed
    assert not short_term(12, framework="ASC 842", purchase_option=True).passed
    assert not short_term(12, framework="IFRS 16", purchase_option=False, penalty_significant=True).passed
    assert not low_value(4_000, framework="IFRS 16", dependent=True).passed
    assert not low_value(4_000, framework="ASC 842", dependent=False).passed


def test_each_criterion_alone_makes_it_finance():
    """ASC 842-10-25-2: any one of five."""
    assert classify_lessee(facts()).kind == "operating"
    for change in (
        {"transfers_ownership": True},
        {"option_certain": True},
        {"no_alternative_use": True},
        {"term": 45.0},
        {"fair_value": 302.0},
        {"lessee_guarantee": 210.0},
    ):
        assert classify_lessee(facts(**change)).kind == "finance", change
    assert classify_lessee(facts(lessee_guarantee=210.0, pooled=True)).kind == "operating", "842-10-55-10"
    assert classify_lessee(facts(third_party_guarantee=400.0)).kind == "operating"
    assert classify_lessor(facts(third_party_guarantee=400.0, collection_probable=True)).kind == "direct_financing"
    assert classify_lessor(facts(third_party_guarantee=400.0, collection_probable=False)).kind == "operating"


def test_an_open_criterion_does_not_make_it_operating():
    """Unattested (e): shown as finance until it is attested, and says so."""
    got = classify_lessee(facts(no_alternative_use=None))
    assert (got.kind, got.if_attested, got.settled) == ("finance", "operating", False)
    assert "once 842-10-25-2(e) is attested" in got.sentence
    assert classify_lessee(facts(no_alternative_use=None, term=50.0)).settled


def test_the_life_test_ends_near_the_end_of_life():
    """ASC 842-10-55-2: not in the last quarter of the whole life; marks are policy."""
    year = level(100, 1, timing="arrears")
    assert classify_lessee(facts(payments=year, term=12.0, life=12.0, total_life=60.0)).kind == "operating"
    assert classify_lessee(facts(payments=year, term=12.0, life=16.0, total_life=60.0)).kind == "finance"
    assert classify_lessee(facts(term=45.0), Marks(major_part=0.8)).kind == "operating"


def test_an_amount_measured_is_not_counted_twice():
    """Test (d) adds the guarantee that is not already among the payments."""
    from ringfence.accounting.payments import Payment

    one = classify_lessee(facts(lessee_guarantee=100.0)).ratio
    paid = (*level(100, 3, timing="arrears"), Payment(36, 40.0, "arrears", "guarantee"))
    assert classify_lessee(
        facts(payments=paid, lessee_guarantee=100.0, guarantee_measured=40.0)
    ).ratio == pytest.approx(one)


def test_usage_counts_with_its_floor():
    """IFRS 16.28, B42: the least of all paths; nothing where use may be nothing."""
    assert undiscounted(usage_floor([[5, 7, 9], [6, 4, 9]], timing="arrears", every=12)) == 5 + 4 + 9
    assert usage_floor([[5, 0], [0, 4]], timing="arrears", every=12) == ()
    assert take_or_pay(100, 0.0, 5, timing="advance") == ()
    assert undiscounted(take_or_pay(100, 0.6, 5, timing="advance")) == 300
    assert [p.amount for p in with_floor(level(10, 3, timing="arrears", growth=-0.2), 9)] == [10, 9, 9]


def test_take_or_pay_of_the_headline():
    """Facts 16 C': take-or-pay of 60 and 90 % of the rent is a liability of 5.69 and 8.54."""
    for share, wanted in ((0.6, 5.69), (0.9, 8.54)):
        rents = take_or_pay(0.582568, share, 20, timing="advance", every=3)
        assert measure_lessee(LesseeLease(rents, effective(0.065), 60)).liability == pytest.approx(wanted, abs=0.006)


def test_the_guarantee_of_the_headline():
    """Facts 16 B': 6.13 and 6.42 with the expected payout at volatility 25 and 40 %."""
    from ringfence.accounting.payments import Payment

    for volatility, wanted in ((0.25, 6.13), (0.40, 6.42)):
        owed = guarantee_amounts(3.3497, Lognormal(4.0, volatility, 3.0))
        rents = (*level(0.582568, 12, timing="advance", every=3), Payment(36, owed.expected_payable, kind="guarantee"))
        m = measure_lessee(LesseeLease(rents, effective(0.065), 36))
        assert m.liability == pytest.approx(wanted, abs=0.006)
        assert owed.probable == 0 and not owed.is_probable
    assert guarantee_amounts(5.0, Known(4.0)).probable == 1.0


def test_the_lessee_uses_its_own_rate_until_attested():
    """IFRS 16.26: the implicit rate only if it can be readily determined."""
    own, implicit = effective(0.065), effective(0.10)
    assert lessee_rate(borrowing=own, implicit=implicit).rate is own
    assert lessee_rate(borrowing=own, implicit=implicit).test.outcome is NOT_ATTESTED
    assert lessee_rate(borrowing=own, implicit=implicit, readily_determinable=True).rate is implicit


def test_a_modification_may_change_the_class():
    """ASC 842-10-25-1: from operating to finance, the cost is front-loaded from then on, the total unchanged."""
    lease = LesseeLease(level(100, 6, timing="arrears"), effective(0.08), 72, "ASC 842", operating=True)
    later = level(100, 8, timing="arrears", start=24)
    change = Change(24, later, "term", effective(0.06), term=120, operating=False)
    m = measure_lessee(replace(lease, changes=(change,)))
    assert m.expense[:2] == pytest.approx((100, 100))
    assert m.expense[2] > m.expense[3] > m.expense[-1]
    assert sum(m.expense) == pytest.approx(1_000)
    level_ = measure_lessee(replace(lease, changes=(replace(change, operating=None),)))
    assert level_.expense == pytest.approx([100.0] * 10)


def test_a_right_does_not_fall_below_zero():
    """IFRS 16.39: what a remeasurement takes below zero is profit or loss."""
    lease = LesseeLease(level(100, 4, timing="arrears"), effective(0.1), 48)
    change = Change(36, level(1, 1, timing="arrears", start=36), "index")
    lease = replace(lease, impairments=((24, 140.0),), changes=(change,))
    (r,) = measure_lessee(lease).remeasurements
    assert r.rou == 0 and r.gain == pytest.approx(r.before - r.liability - r.rou_before)


def test_a_separate_lease():
    """IFRS 16.44: more right of use at its stand-alone price."""
    assert is_separate_lease(adds_right=True, price=100, standalone_price=102).passed
    assert not is_separate_lease(adds_right=True, price=50, standalone_price=102).passed
    assert not is_separate_lease(adds_right=False, price=100, standalone_price=100).passed


def test_a_failed_sale_under_us_gaap_adjusts_its_rate():
    """ASC 842-40-30-6: no growing liability, and the asset never ends above it."""
    rents = level(50_000, 5, timing="arrears")
    low = failed_sale(
        "ASC 842",
        proceeds=950_000,
        payments=rents,
        rate=effective(0.093),
        term=60,
        carrying_amount=800_000,
        depreciation_pa=80_000,
    )
    assert low.adjusted and low.liability[-1] == pytest.approx(950_000)
    rents = level(200_000, 5, timing="arrears")
    high = failed_sale(
        "ASC 842",
        proceeds=950_000,
        payments=rents,
        rate=effective(0.05),
        term=60,
        carrying_amount=900_000,
        depreciation_pa=80_000,
    )
    assert (
        high.adjusted
        and high.liability[-1] == pytest.approx(500_000)
        and high.gain_at_end == pytest.approx(0, abs=1e-4)
    )
    ifrs = failed_sale(
        "IFRS 16",
        proceeds=950_000,
        payments=rents,
        rate=effective(0.05),
        term=60,
        carrying_amount=900_000,
        depreciation_pa=80_000,
    )
    assert ifrs.rate.annual == 0.05 and "IFRS 16.103" in ifrs.paragraphs


def test_what_is_no_sale():
    """842-40-25-2, 25-3 and IFRS 15.B64: finance leaseback, repurchase option, control not attested."""
    assert not sale_test(SaleFacts(), "IFRS 16").sale
    assert not sale_test(SaleFacts(control_passes=True, leaseback_finance=True), "ASC 842").sale
    assert sale_test(SaleFacts(control_passes=True, leaseback_finance=True), "IFRS 16").sale
    option = SaleFacts(
        control_passes=True, repurchase_option=True, option_at_fair_value=True, alternatives_available=True
    )
    assert sale_test(option, "ASC 842").sale and not sale_test(option, "IFRS 16").sale
    assert control_before_commencement({"orders": True}).controlled is True
    assert control_before_commencement({"orders": False}).controlled is None
    assert (
        control_before_commencement(dict.fromkeys(("title", "orders", "site", "redirect"), False)).controlled is False
    )


def test_impairment_of_one_asset():
    """IAS 36.18, 59, 117; ASC 360-10-35-17, 35-21."""
    assert impair_ifrs(100, value_in_use=70, fair_value_less_costs=80).loss == 20
    assert reverse_ifrs(80, recoverable=120, depreciated_cost=90) == 10
    assert impair_us(100, undiscounted=101, fair_value=60).loss == 0
    assert impair_us(100, undiscounted=99, fair_value=60).loss == 40


def test_a_units_loss_respects_floors():
    """IAS 36.104-105: goodwill first, pro rata, none below its own value; the rest goes to the others."""
    unit = {"goodwill": UnitAsset(10, goodwill=True), "a": UnitAsset(60, floor=50), "b": UnitAsset(40)}
    got = allocate_loss(60, unit)
    assert got == pytest.approx({"goodwill": 10, "a": 10, "b": 40})
    assert allocate_loss(200, unit) == pytest.approx({"goodwill": 10, "a": 10, "b": 40})


def test_components_have_their_own_lives():
    """IAS 16.43: each part over its own life."""
    parts = [Component("chips", 100, 48), Component("shell", 100, 240, residual=20)]
    got = depreciate(parts, [0, 12, 24, 60])
    assert got["chips"] == pytest.approx((25, 25, 50)) and got["shell"] == pytest.approx((4, 4, 12))
    assert got["total"] == pytest.approx((29, 29, 62))


def test_borrowing_cost_is_capped_at_what_was_incurred():
    """IAS 23.14."""
    got = general_costs([Borrowing(100, 0.1)], [Expenditure(500, 12)])
    assert got.capped and got.general == pytest.approx(10)
    assert qualifies(None, months=2, kind="off-the-shelf racks").outcome is NOT_ATTESTED


def test_a_hedge_that_ends():
    """IFRS 9.6.5.12: the reserve stays until the interest comes, or leaves at once."""
    stays = cash_flow_hedge([10, 12, 15], [-10, -10, -10], discontinued=1, release=[0.5, 0.5])
    assert stays.reserve == pytest.approx((10, 5, 0)) and stays.reclassified == pytest.approx((0, 5, 5))
    gone = cash_flow_hedge([10, 12], [-10, -10], discontinued=1, still_expected=False)
    assert gone.reserve == (10, 0) and gone.reclassified == (0, 10)
    same = cash_flow_hedge([5.0], [5.0])
    assert same.reserve == (0.0,) and same.profit_or_loss == (5.0,)
    assert effectiveness(-10, 9).passed and not effectiveness(-10, 6).passed
    assert notional_match([90, 80], [90, 85]).passed and not notional_match([90, 80], [90, 70]).passed


def test_collection_and_losses():
    """842-30-25-3 and IFRS 9.5.5: rent so far is a deposit; lifetime losses are discounted."""
    rents = level(100, 5, timing="arrears")
    assert deposit_liability(rents, 24) == 200
    assert loss_allowance([100, 50], [0.01, 0.02], 0.4, effective(0.1)) == pytest.approx(0.4 / 1.1 + 0.4 / 1.21)


def test_variance_borne_by_the_lessee():
    """A guarantee of the whole value bears all of it, none bears nothing."""
    values = [1.0, 2.0, 3.0]
    assert variance_borne([3 - v for v in values], values) == pytest.approx(1)
    assert variance_borne([0, 0, 0], values) == 0


def test_recalled_paragraphs_are_marked():
    """What was not seen prints with verify."""
    assert cite("IFRS 16.27(c)") == "IFRS 16.27(c)"
    assert cite("IFRS 16.40(a)") == "IFRS 16.40(a) [verify]"


def test_impairment_of_the_fleet():
    """At the agreed rent ASC 360 books next to nothing; at a rent of 0.90 both do, and nothing is lost on the way."""
    deal = rf.read(EXAMPLE, set=["contracts.rent.rent=0.90 USD/GPU-h"])
    got = fleet_impairment(deal, rate=0.10)
    assert not any(t.passed for t in got.tests)
    assert max(got.carrying_ifrs[-3:]) == pytest.approx(0, abs=1)
    for k, carried in enumerate(got.carrying_ifrs):
        assert carried == pytest.approx(min(got.book[k], max(got.value_in_use[k], 0.0)), abs=1)
    good = fleet_impairment(rf.read(EXAMPLE, set=["contracts.rent.rent=3 USD/GPU-h"]), rate=0.05)
    assert sum(good.loss_us) <= sum(got.loss_us)


def test_borrowing_costs_of_the_example():
    """IAS 23.5: what the deal capitalises by loan, and that nobody has judged the assets yet."""
    from ringfence.accounting.deal_borrowing_costs import deal_borrowing_costs

    result = rf.run(rf.read(EXAMPLE))
    got = deal_borrowing_costs(result)
    assert got.by_loan["senior"] == pytest.approx(float(result.run.line("senior.idc").sum()))
    assert got.by_vehicle["spv"] == pytest.approx(got.by_loan["senior"] + got.by_loan["mezz"])
    assert {"gpus", "solar"} <= set(got.open)
    assert deal_borrowing_costs(result, {"gpus": False}).tests["gpus"].outcome is FAIL

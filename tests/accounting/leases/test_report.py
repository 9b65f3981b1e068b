"""The lease of a deal: evidence computed from its rows, and the same figures on the deal's own sheet."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.lease_facts import read_lease
from ringfence.accounting.lease_report import lease_report, lease_rows
from ringfence.errors import DealError
from ringfence.terms.read import revise

EXAMPLE = Path(__file__).parents[3] / "examples/softbank-10bn/deal.yaml"
SMALL = """
deal: small
timeline: {close: 2025-01-01, until: 2032-12-31, period: month}
parties:
  operator: {role: sponsor}
  vehicle: {role: vehicle}
  fund: {role: investor}
  maker: {role: vendor}
sponsor: {party: operator, own_debt_rate: 6.5%}
assets:
  gpus: {type: gpu_fleet, owner: vehicle, vendor: maker, count: 10_000, unit_price: 50_000 USD, power: 1.85 kW,
         life: 6y, deliveries: {start: 1m, batches: 2, every: 1m}, sale: {share: 20%}}
contracts:
  rent: {type: lease, lessor: vehicle, lessee: operator, asset: gpus, term: 3y, rent: 1_000 USD/GPU-month,
         due: in_advance, every: 3m, residual_value_guarantee: {share: 30%},
         renewal: [{term: 1y, rent: 900 USD/GPU-month}]}
  shares: {type: equity, holder: fund, vehicle: vehicle}
accounting:
  leases:
    rent: {ibr: 6.5%, residual_volatility: 30%}
"""


@lru_cache(maxsize=1)
def example():
    """The report of the $10bn example."""
    return lease_report(rf.read(EXAMPLE))


@pytest.fixture
def small(tmp_path):
    """A deal of two deliveries with a guarantee and a renewal, whose payments are level by month."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return rf.read(path)


def annuity(rent: float, n: int, rate: float, months: float) -> float:
    """PV of n payments in advance, by hand. [USD]"""
    step = (1 + rate) ** (months / 12)
    return rent * sum(step**-k for k in range(n))


def test_the_example_is_a_finance_lease():
    """Five years of a five-year life, and more than fair value: finance for both sides under both frameworks."""
    r = example()
    assert (r.term.months, r.lessee_us.kind, r.lessor_us.kind, r.lessor_ifrs.kind) == (
        60,
        "finance",
        "sales_type",
        "finance",
    )
    assert r.lessee_us.life_share == pytest.approx(1.0)
    assert r.ratio_d == pytest.approx(1.0954, abs=1e-4)
    assert r.ifrs.liability == pytest.approx(5.67475e9, rel=1e-5)
    assert r.ifrs.rou == pytest.approx(r.ifrs.present_value)
    assert r.evidence["payments, undiscounted"] == pytest.approx(7_011.84e6)
    assert r.ifrs.expense == pytest.approx(7_011.84e6)
    assert {c.kind for c in r.by_tranche.values()} == {"finance"}


def test_an_unattested_judgement_does_not_keep_the_lease_off_the_books():
    """L1 and L5 are open: still measured as a lease; attested as not controlled it is none."""
    r = example()
    assert r.identification.verdict == "open" and r.identification.is_lease
    assert {"L1", "L5", "discount-rate"} <= {t.id for t in r.open}
    deal = rf.read(EXAMPLE)
    assert lease_report(deal, answers={"L1": True, "L5": True}).identification.verdict == "lease"
    assert lease_report(deal, answers={"L1": True, "L5": False}).identification.verdict == "no lease"


def test_the_first_batch_by_hand():
    """PV of twenty quarterly rents in advance, by calendar hours, at 6.8 % effective."""
    r = example()
    deal = rf.read(EXAMPLE)
    from ringfence.timeline import build_timeline

    clock = build_timeline(deal.timeline.close, (("month", None),), until=deal.timeline.until)
    days = [clock.to_date(m) for m in range(2, 63, 3)]
    rents = [1.60 * 24 * (b - a).days * 100_000 / 9 for a, b in pairwise(days)]
    worth = sum(x * 1.068 ** (-k / 4) for k, x in enumerate(rents))
    (first, *_) = r.ifrs.tranches
    assert first.present_value == pytest.approx(worth, rel=1e-12)


def test_the_deals_own_sheet_has_the_same_lease():
    """Appended to the sheet month by month, the rows give the report's day one, balances and expense."""
    from ringfence.blocks.assets_sheet import build_assets
    from ringfence.run import reference

    r = example()
    run = reference.run(build_assets(rf.read(EXAMPLE), [lease_rows(r)]).sheet)
    names = [t.name for t in r.facts.tranches]
    recognised = sum(run.line(f"rent.lessee_ifrs.{n}.liability.recognised").sum() for n in names)
    assert recognised == pytest.approx(r.ifrs.present_value, rel=1e-12)
    for month in (24, 36, 60):
        assert run.line("rent.lessee_ifrs.liability")[month] == pytest.approx(
            r.ifrs.balance("liability.closing", month), rel=1e-9
        )
        assert run.line("rent.lessee_ifrs.rou")[month] == pytest.approx(r.ifrs.balance("rou.closing", month), rel=1e-9)
    assert run.line("rent.lessee_us.cost").sum() == pytest.approx(r.us.expense, rel=1e-9)
    assert abs(run.line("rent.lessee_ifrs.liability")[-1]) < 1
    net = run.line("rent.lessor.balance")
    assert abs(net[-1]) < 1 and net.max() > 5e9
    assert run.line("rent.lessor.income").sum() == pytest.approx(7_011.84e6 + 0.1 * 5.5e9 - 5.5e9, rel=1e-6)


def test_a_guarantee_has_four_amounts(small):
    """Full in the classification, expected under IFRS, probable under ASC, the cap as exposure."""
    r = lease_report(small)
    rent, price = 5_000 * 3 * 1_000.0, 5_000 * 50_000.0
    bare = 2 * annuity(rent, 12, 0.065, 3)
    full = 2 * 0.3 * price / 1.065**3
    assert r.ratio_d == pytest.approx((bare + full) / (2 * price), rel=1e-9)
    assert r.guarantee.classification == pytest.approx(0.3 * 2 * price)
    assert r.guarantee.probable == pytest.approx(0.1 * 2 * price)
    assert r.guarantee.expected_payable > r.guarantee.probable
    assert r.ifrs.present_value == pytest.approx(bare + r.guarantee.expected_payable / 1.065**3, rel=1e-9)
    assert r.us.present_value == pytest.approx(bare + r.guarantee.probable / 1.065**3, rel=1e-9)


def test_a_renewal_that_is_reasonably_certain_is_in_the_term(small):
    """Attested yes the term is four years at the renewal's own rent; open, it is three and the test says so."""
    shorter = lease_report(small)
    assert shorter.term.months == 36 and [t.outcome.value for t in shorter.term.tests] == ["not attested"]
    longer = lease_report(small, answers={"L6": True})
    assert longer.term.months == 48
    extra = 2 * 0.9 * annuity(15e6, 4, 0.065, 3) / 1.065**3
    assert longer.guarantee.expected_payable > shorter.guarantee.expected_payable, "four years of volatility"
    moved = shorter.guarantee.expected_payable / 1.065**3 - longer.guarantee.expected_payable / 1.065**4
    assert longer.ifrs.present_value == pytest.approx(shorter.ifrs.present_value + extra - moved, rel=1e-9)


def test_services_in_the_rent_are_separated(small):
    """16.13: the lease gets its share by stand-alone price; under the expedient all of it."""
    priced = {"accounting.leases.rent.standalone": {"lease": "90 USD", "hosting": "10 USD"}}
    split = lease_report(revise(small, priced))
    whole = lease_report(revise(small, {**priced, "accounting.leases.rent.combine_components": True}))
    one = lease_report(small)
    assert split.evidence["payments, undiscounted"] == pytest.approx(0.9 * one.evidence["payments, undiscounted"])
    assert whole.ifrs.present_value == pytest.approx(one.ifrs.present_value)


def test_direct_costs_and_incentives_move_the_right_alone(small):
    """IFRS 16.24: the liability does not know them."""
    more = lease_report(
        revise(
            small,
            {"accounting.leases.rent.initial_direct_costs": "8m USD", "accounting.leases.rent.incentives": "3m USD"},
        )
    )
    one = lease_report(small)
    assert more.ifrs.liability == pytest.approx(one.ifrs.liability)
    assert more.ifrs.rou == pytest.approx(one.ifrs.rou + 5e6)


@pytest.mark.parametrize(
    "changes",
    [
        {"contracts.rent.due": "in_arrears"},
        {"contracts.rent.escalator": "3%"},
        {"contracts.rent.holiday": "6m"},
        {"contracts.rent.expiry": "common"},
        {"contracts.rent.payment_lag": "1m"},
        {"contracts.rent.every": "1m"},
        {"accounting.leases.rent.rate_convention": "nominal"},
        {"accounting.leases.rent.life": "3y"},
    ],
    ids=lambda c: next(iter(c)).rpartition(".")[2],
)
def test_terms_of_a_lease_keep_the_law_of_expense(small, changes):
    """Whatever the rent, its dates and the rate: the lease costs its payments and the expected guarantee."""
    r = lease_report(revise(small, changes))
    paid = float(r.evidence["payments, undiscounted"]) + r.guarantee.expected_payable
    assert r.ifrs.expense == pytest.approx(paid, rel=1e-9)
    assert 0 < r.ifrs.liability <= paid


def test_a_lease_without_a_rate_is_refused(small):
    """Neither an ibr nor the sponsor's own rate: the place and the way out are named."""
    bare = revise(small, {"sponsor": None, "accounting": None})
    with pytest.raises(DealError, match=r"write accounting\.leases\.rent\.ibr"):
        read_lease(bare)


def test_a_short_lease_may_be_exempt(small):
    """IFRS 16.5: twelve months without a purchase option, if elected."""
    deal = revise(
        small,
        {
            "contracts.rent.term": "1y",
            "contracts.rent.renewal": None,
            "accounting.leases.rent.short_term_exemption": True,
        },
    )
    r = lease_report(deal)
    assert r.short_term.passed and r.ifrs.liability == 0
    paid = float(r.evidence["payments, undiscounted"]) + r.guarantee.expected_payable
    assert r.ifrs.expense == pytest.approx(paid, rel=1e-9)


TEMPLATES = Path(rf.__file__).parent / "desk/templates"


@pytest.mark.parametrize("name", ["gpu-lease", "two-vehicles"])
def test_every_template_with_a_lease_is_accounted_for(name):
    """The law of expense holds and the liability ends, whatever the deal."""
    deal = rf.read(TEMPLATES / f"{name}.yaml")
    r = lease_report(deal if deal.sponsor else revise(deal, {"accounting": {"leases": {_lease(deal): {"ibr": "7%"}}}}))
    paid = float(r.evidence["payments, undiscounted"])
    assert r.ifrs.expense == pytest.approx(paid + _owed(r), rel=1e-9)
    assert r.year_ends()[r.dates[-1]][0] == pytest.approx(0, abs=1e-3)


def test_the_lessor_invests_fair_value_and_earns_the_implicit_rate():
    """IFRS 16.67, ASC 842-30-30-1: the net investment starts at fair value; income is the rest."""
    from ringfence.accounting.lessor_books import lessor_books

    r = example()
    for framework, kind in (("IFRS 16", "finance"), ("ASC 842", "sales_type")):
        books = lessor_books(r, framework)
        assert books.kind == kind
        gross = sum(t.gross_investment for t in books.tranches)
        assert gross == pytest.approx(5.5e9, rel=1e-6)
        assert books.income == pytest.approx(7_011.84e6 + 0.55e9 - gross, rel=1e-6)


def test_variable_rent_with_a_loss_is_operating_for_the_us_lessor(small):
    """ASC 842-10-25-3A: little fixed rent, significant usage rent: no day-one loss is booked."""
    changes = {"contracts.rent.rent": "100 USD/GPU-month", "accounting.leases.rent.variable_payments": True}
    low = revise(small, changes)
    r = lease_report(low)
    assert r.implicit.floored and r.lessor_us.kind == "operating"
    assert r.lessor_us.test("842-10-25-3A").passed


def _lease(deal) -> str:
    return next(iter(deal.of_type("lease")))


def _owed(r) -> float:
    return r.guarantee.expected_payable if r.guarantee and r.facts.guarantor_is_lessee else 0.0


def test_gpus_that_wait_for_power_are_old_when_their_lease_starts():
    """Scenario sakai-only: tranches commence with power, part of the life is gone (ASC 842-10-25-2(c))."""
    r = lease_report(rf.read(EXAMPLE, scenario="sakai-only"))
    ages = [t.age for t in r.facts.tranches]
    assert min(ages) > 0 and max(ages) > 12
    assert r.lessee_us.life_share == pytest.approx(60 / (60 - max(ages)))
    assert sum(t.units for t in r.facts.tranches) < 100_000 or len(r.facts.tranches) > 9


def test_options_that_contradict_the_term_are_refused_with_their_place(small):
    """A right to end after the end: numbers, place, way out."""
    deal = revise(small, {"contracts.rent.termination": [{"by": "lessee", "after": "4y", "fee": "1m USD"}]})
    with pytest.raises(DealError, match="lease-options") as caught:
        lease_report(deal)
    assert "contracts.rent" in str(caught.value)


def test_a_right_to_end_early_shortens_the_term_with_its_fee(small):
    """IFRS 16.18(b), 27(e): attested as no certain stay (L10) the term ends there for its fee; else it runs on."""
    deal = revise(small, {"contracts.rent.termination": [{"by": "lessee", "after": "2y", "fee": "6m USD"}]})
    assert lease_report(deal).term.months == 36, "nobody has attested it"
    r = lease_report(deal, answers={"L10": False})
    assert r.term.months == 24 and r.term.penalty == 6e6
    rents = 2 * annuity(15e6, 8, 0.065, 3)
    owed = r.guarantee.expected_payable
    assert r.ifrs.present_value == pytest.approx(rents + (6e6 + owed) / 1.065**2, rel=1e-9)
    months = revise(small, {"contracts.rent.termination": [{"by": "lessee", "after": "2y", "fee_months": "3m"}]})
    assert lease_report(months, answers={"L10": False}).term.penalty == pytest.approx(30e6), "three months of rent"


def test_a_third_partys_guarantee_moves_the_lessor_alone(small):
    """Facts 4: the lessee's ratio and liability do not know it, the IFRS lessor's ratio does."""
    other = revise(small, {"contracts.rent.residual_value_guarantee": {"share": "30%", "guarantor": "fund"}})
    r, none = lease_report(other), lease_report(revise(small, {"contracts.rent.residual_value_guarantee": None}))
    assert r.ratio_d == pytest.approx(none.ratio_d)
    assert r.ifrs.present_value == pytest.approx(none.ifrs.present_value)
    assert r.lessor_ifrs.ratio > none.lessor_ifrs.ratio + 0.1


def test_a_purchase_option_is_a_judgement(small):
    """Not attested it is no "no": shown as finance until somebody signs."""
    deal = revise(small, {"contracts.rent.purchase_option": {"price": "10%"}, "contracts.rent.renewal": None})
    settled = {"L8": False}
    assert lease_report(deal, answers=settled).lessee_us.kind == "finance"
    assert (
        lease_report(deal, answers=settled).lessee_us.if_attested
        == lease_report(deal, answers={**settled, "L7": False}).lessee_us.kind
    )
    assert lease_report(deal, answers={**settled, "L7": True}).lessee_us.test("842-10-25-2(b)").passed
    sure, bare = lease_report(deal, answers={**settled, "L7": True}), lease_report(deal, answers=settled)
    moved = 50e6 - bare.guarantee.expected_payable
    assert sure.ifrs.present_value == pytest.approx(bare.ifrs.present_value + moved / 1.065**3), "no payout if it buys"
    assert len(sure.ifrs.tranches[0].amortisation) == 6, "over the life of six years, not the term of three"


def test_deferred_tax_of_the_lease(small):
    """IAS 12.22A: asset on the liability, liability on the right, at the sponsor's rate."""
    r = lease_report(revise(small, {"accounting.tax_rate": "30%"}))
    assert lease_report(small).deferred_tax() == {}
    for day, (owed, held) in r.year_ends().items():
        assert r.deferred_tax()[day] == pytest.approx((0.3 * owed, 0.3 * held))

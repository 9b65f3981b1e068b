"""Adjusted debt switch by switch, the lease in the notes, exposure, a sale; and what is refused."""

from __future__ import annotations

import pytest
from tests.accounting.sponsor.conftest import EXAMPLES, booked

import ringfence as rf
from ringfence.accounting.adjusted_debt import adjusted_debt
from ringfence.accounting.deal_sale import deal_sale
from ringfence.accounting.disclosures import lease_note
from ringfence.accounting.exposure import exposure
from ringfence.accounting.loss_of_control import lose_control, worth_of_interest
from ringfence.accounting.sponsor_books import sponsor_sheets
from ringfence.errors import DealError
from ringfence.terms.read import revise

HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"
SWITCHES = (
    "leases",
    "operating_leases",
    "residual_guarantee",
    "renewals",
    "take_or_pay",
    "guarantees",
    "retirement",
    "pensions",
    "vehicle",
    "cash",
)


def adjusted(changes, *, scenario=None, tag="ifrs", column="lease"):
    """Adjusted debt of a column of the $10bn delivery under changed terms."""
    b = booked(revise(rf.read(HEADLINE, scenario=scenario), changes))
    sheet = sponsor_sheets(b.result, b.report, framework="IFRS 16" if tag == "ifrs" else "ASC 842")[0]
    return adjusted_debt(b, sheet, tag, column)


def test_every_switch_is_shown(headline):
    """Each switch of the terms is a step, on or off, and only what is on counts."""
    b = headline["b"]
    found = adjusted_debt(b, sponsor_sheets(b.result, b.report)[0], "ifrs", "lease")
    assert [x.switch for x in found.steps if x.switch] == list(SWITCHES)
    assert found.total == sum(x.amount for x in found.steps if x.on)


@pytest.mark.parametrize(
    ("switch", "value", "scenario", "tag", "column", "amount"),
    [
        ("leases", False, None, "ifrs", "lease", -9.4916e9),
        ("operating_leases", False, "b", "us", "lease", -5.8378e9),
        ("residual_guarantee", "cap", "b-rvg", "ifrs", "lease", 3.35e9 / 1.065**3),
        ("renewals", True, "b", "ifrs", "lease", 4.4136e9 / 1.065**3),
        ("take_or_pay", False, "c", "ifrs", "service", -9.4916e9),
        ("pensions", "1bn USD", None, "ifrs", "lease", 1e9),
        ("vehicle", True, "b", "ifrs", "lease", 7.5e9 - 5.8378e9),
    ],
)
def test_a_switch_moves_the_sum_by_its_amount(switch, value, scenario, tag, column, amount):
    """Turning a switch changes adjusted debt by exactly what its step shows."""
    before = adjusted({}, scenario=scenario, tag=tag, column=column).total
    after = adjusted({f"accounting.adjusted_debt.{switch}": value}, scenario=scenario, tag=tag, column=column).total
    assert after - before == pytest.approx(amount, rel=1e-4)


def test_cash_counts_after_the_haircut(full):
    """Opening cash and the deal's is taken off, less the part that is not accessible; never cash below nothing."""
    sheet = sponsor_sheets(full.result, full.report)[0]
    step = adjusted_debt(full, sheet, "ifrs", "lease")["cash"]
    assert step.amount == pytest.approx(-sheet["lease"]["cash"])
    bare = adjusted({"accounting.adjusted_debt.haircut": "50%"})
    assert bare["cash"].amount == 0


def test_maturities_are_the_rents_to_come(headline, plain):
    """Undiscounted payments by year add up to what is not paid yet, and reconcile to the liability."""
    for b in (headline[""], plain):
        sheet = sponsor_sheets(b.result, b.report)[0]
        note = lease_note(b, sheet, "ifrs")
        after = sum(x for e, x in zip(b.ends, b.line("rent.cash"), strict=True) if e > sheet.month + 1e-6)
        assert sum(note.maturities) == pytest.approx(after)
        assert sum(note.maturities) - note.interest_to_come == pytest.approx(note.liability)
        assert 0 < note.current < note.liability
    assert note.rate == pytest.approx(0.068)


def test_leases_not_commenced(plain):
    """Six months after close some deliveries are not leased yet: their rents are told, and in no liability."""
    (sheet,) = sponsor_sheets(plain.result, plain.report, months=[6.0])
    note = lease_note(plain, sheet, "ifrs")
    assert note.not_commenced[1] == 4
    later = [t for t in plain.report.facts.tranches if t.start > 6]
    assert note.not_commenced[0] == pytest.approx(sum(p.amount for t in later for p in t.payments))


def test_exposure_counts_each_promise_once(plain):
    """Interest, letters, and equity promised beyond the letters that stand for it; rents stand beside."""
    sheet = sponsor_sheets(plain.result, plain.report)[0]
    e = exposure(plain.result, plain.report, sheet)
    k = plain.at(sheet.month)
    promised = sum(plain.line("sponsor_note.contribution")[k + 1 :])
    assert e.letters == pytest.approx(165.306e6)
    assert e.commitments == pytest.approx(promised - 165.306e6)
    assert e.maximum == pytest.approx(e.interest + e.letters + e.commitments)


def test_a_transfer_is_no_sale_until_everything_is_beyond_doubt(headline):
    """Control not attested: no sale. A finance leaseback: no sale under ASC 842. Else liability, right and gain."""
    assert not deal_sale(headline["b"].report, "IFRS 16").test.sale
    changes = {"accounting.sale": {"carrying_amount": "80%", "control_passes": True}}
    finance = booked(revise(rf.read(HEADLINE), changes)).report
    assert deal_sale(finance, "IFRS 16").test.sale and not deal_sale(finance, "ASC 842").test.sale
    assert deal_sale(finance, "ASC 842").obligation == pytest.approx(10e9)
    sold = booked(revise(rf.read(HEADLINE, scenario="b"), changes)).report
    ifrs, us = deal_sale(sold, "IFRS 16").measured, deal_sale(sold, "ASC 842").measured
    assert us.gain == pytest.approx(2e9)
    assert ifrs.gain == pytest.approx(2e9 * (1 - sold.ifrs.present_value / 10e9))
    assert ifrs.gain + ifrs.gain_retained == pytest.approx(us.gain)


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"accounting.opening": {"cash": "5bn USD", "equity": "4bn USD"}}, "opening", "5,000,000,000"),
        ({"accounting.components": {"gpus": {"chips": {"share": "60%", "life": "4y"}}}}, "asset-components", "60.00%"),
        ({"accounting.adjusted_debt": {"leasing": True}}, "unknown-key", "leasing"),
        ({"accounting.adjusted_debt": {"residual_guarantee": "half"}}, "choice", "half"),
        ({"accounting.leases.rent.residual": "-10%"}, "", "-10"),
        ({"accounting.adjusted_debt": {"haircut": "120%"}}, "", "120"),
    ],
)
def test_terms_that_contradict_are_refused(changes, rule, words):
    """Each is a finding with place, rule and way out, found while the deal is read."""
    with pytest.raises(DealError) as refusal:
        revise(rf.read(HEADLINE), changes)
    (finding,) = refusal.value.findings
    assert words in str(finding) and "rule:" in str(finding) and "fix:" in str(finding)
    assert finding.name.startswith(rule)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"accounting.components": {"cars": {"all": {"share": "100%", "life": "4y"}}}}, "IAS 16.43"),
        ({"accounting.impairment_rate": "10%", "accounting.impairment_curve": "none"}, "IAS 36.18"),
        ({"accounting.hedge_accounting": {"senior": "memo"}}, "IFRS 9.6.4.1"),
        ({"accounting.qualifying_assets": {"tower": "tall"}}, "IAS 23.5"),
    ],
)
def test_policies_name_what_the_deal_has(changes, words):
    """A policy about an asset, curve or swap the deal lacks is refused with its paragraph and the names there are."""
    with pytest.raises(DealError) as refusal:
        booked(revise(rf.read(HEADLINE), changes))
    assert words in str(refusal.value) and "fix:" in str(refusal.value)


def test_control_lost_with_nothing_kept_below_nothing(plain):
    """A fair value below nothing is refused with its paragraph; the estimate of it never is."""
    sheet = sponsor_sheets(plain.result, plain.report)[0]
    with pytest.raises(DealError, match=r"IFRS 10\.25"):
        lose_control(plain, sheet, "ifrs", fair_value=-1.0)
    assert worth_of_interest(plain, sheet.month, 0.08) > 0


def test_gains_that_waited_follow_the_loss_of_control(full):
    """The sponsor's part of the hedge reserve turns to income with the loss of control (IFRS 10.B99)."""
    sheet = sponsor_sheets(full.result, full.report)[1]
    lost = lose_control(full, sheet, "ifrs", fair_value=sheet.interest)
    k = full.at(sheet.month)
    share = full.line("sponsor.ifrs.vehicle.spv_gpu.share")[k]
    reserve = full.line("sponsor.ifrs.vehicle.spv_gpu.hedge_reserve")[k]
    assert lost.gain == pytest.approx(share * reserve, abs=1.0) and lost.gain > 1e6

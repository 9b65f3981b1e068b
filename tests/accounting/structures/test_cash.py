"""Renewals and rent by use in the cash of a deal: they reach it where the deal says so, and are never firm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ringfence as rf
from ringfence.accounting.lease_report import lease_report, lease_rows
from ringfence.errors import DealError
from ringfence.terms.read import revise

EXAMPLES = Path(__file__).parents[3] / "examples"
HEADLINE, SOFTBANK = EXAMPLES / "headline-10bn/deal.yaml", EXAMPLES / "softbank-10bn/deal.yaml"
YEAR = {"term": "12m", "rent": "same"}
TAKEN = {**YEAR, "exercised": True}


@pytest.fixture(scope="module")
def softbank():
    """The example with power, batches and two loans."""
    return rf.read(SOFTBANK)


def ran(deal, changes, **how):
    """Run a variant; every check of it holds."""
    result = rf.run(revise(deal, changes), **how)
    assert all(c.ok for c in result.checks)
    return result


def test_three_years_and_two_renewals_are_five_years(softbank):
    """At the same rent, three firm years and two exercised renewals give every cash row of five firm years."""
    five = ran(softbank, {"contracts.rent.term": "60m"})
    three = ran(softbank, {"contracts.rent.term": "36m", "contracts.rent.renewal": [TAKEN, TAKEN]})
    for row in ("rent.cash", "rent.earned", "gpus.sale.proceeds", "senior.dscr", "gpu_equity.distribution"):
        np.testing.assert_allclose(three.run[row], five.run[row], rtol=1e-9, atol=1e-3, err_msg=row)
    parts = three.run["rent.firm.due"] + three.run["rent.beyond.due"]
    np.testing.assert_allclose(parts, five.run["rent.due"], atol=1e-3)


def test_a_renewal_kept_and_not_exercised_moves_nothing(softbank):
    """A right that nobody uses changes no figure of the deal."""
    base, with_right = ran(softbank, {"contracts.rent.every": "3m"}), ran(softbank, {"contracts.rent.renewal": [YEAR]})
    for name, measure in base.measures.items():
        assert with_right.measures[name].value == (
            None if measure.value is None else pytest.approx(measure.value, rel=1e-12, abs=1e-9)
        ), name


def test_lenders_do_not_count_renewals_or_use_as_contracted(softbank):
    """Contracted cash is the firm rent alone: without renewals, and up to the take-or-pay share."""
    base = ran(softbank, {"contracts.rent.term": "36m"})
    renewed = ran(softbank, {"contracts.rent.term": "36m", "contracts.rent.renewal": [TAKEN]})
    used = ran(softbank, {"contracts.rent.usage": {"take_or_pay": "60%"}})
    full = ran(softbank, {"contracts.rent.every": "3m"})
    firm = np.asarray(base.run["rent.earned"])
    np.testing.assert_allclose(renewed.run["rent.firm.earned"], firm, atol=1e-3)
    running = np.asarray(full.run["rent.earned"]) - np.asarray(full.run["spv.gpu.contracted"])
    contracted = 0.6 * np.asarray(full.run["rent.earned"]) - running
    np.testing.assert_allclose(used.run["spv.gpu.contracted"], contracted, atol=1e-3)


@pytest.mark.parametrize(("expected", "share"), [("100%", 1.0), ("75%", 0.75), ("40%", 0.6), ("0%", 0.6)])
def test_use_pays_at_least_the_floor(softbank, expected, share):
    """Rent is what is used, and never less than the share that is take-or-pay."""
    used = ran(softbank, {"contracts.rent.usage": {"take_or_pay": "60%", "expected": expected}})
    full = rf.run(softbank)
    assert used.measures["rent.total"].value == pytest.approx(share * full.measures["rent.total"].value)


def test_a_renewal_at_its_own_rent(softbank):
    """A renewal has the rent it says, from the end of the term before it, and the GPUs are sold after it."""
    lower = ran(softbank, {"contracts.rent.renewal": [{"term": "12m", "rent": "0.80 USD/GPU-h", "exercised": True}]})
    same = ran(softbank, {"contracts.rent.renewal": [TAKEN]})
    assert sum(lower.run["rent.beyond.due"]) == pytest.approx(sum(same.run["rent.beyond.due"]) / 2)
    sold = [np.flatnonzero(np.asarray(r.run["gpus.sale.proceeds"]) > 1) for r in (rf.run(softbank), lower)]
    assert sold[1][0] - sold[0][0] == 4, "four quarters later"


def test_an_escalator_goes_on_through_a_renewal_at_the_same_rent(softbank):
    """Growth counts from the first rent, so that firm years and renewed years are one series."""
    grow = {"contracts.rent.escalator": "3%"}
    five = ran(softbank, {**grow, "contracts.rent.term": "60m"})
    three = ran(softbank, {**grow, "contracts.rent.term": "36m", "contracts.rent.renewal": [TAKEN, TAKEN]})
    np.testing.assert_allclose(three.run["rent.cash"], five.run["rent.cash"], rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize(
    ("renewals", "words"),
    [
        ([{"term": "12m", "exercised": True}], "renewal 1 is exercised at the market's rent"),
        ([YEAR, TAKEN], "renewal 2 is exercised and renewal 1 is not"),
    ],
)
def test_a_renewal_that_cannot_be_priced_or_skips_one_is_refused(softbank, renewals, words):
    """Cash has no place for a rent nobody stated, nor for a renewal without the one before it."""
    with pytest.raises(DealError, match=words):
        revise(softbank, {"contracts.rent.renewal": renewals})


def test_the_liability_of_rent_by_use_is_its_floor():
    """IFRS 16.28, B42: 60 % take-or-pay measures 60 % of the payments; use beyond it is variable."""
    deal = rf.read(HEADLINE)
    full, part = lease_report(deal), lease_report(revise(deal, {"contracts.rent.usage": {"take_or_pay": "60%"}}))
    none = lease_report(revise(deal, {"contracts.rent.usage": {"take_or_pay": "0%"}}))
    assert part.ifrs.liability == pytest.approx(0.6 * full.ifrs.liability, rel=1e-12)
    assert none.ifrs.liability == 0
    assert part.facts.terms.usage.take_or_pay == 0.6
    assert any("60% is take-or-pay" in note for note in part.notes)


def test_rows_cover_renewals_that_are_reasonably_certain():
    """On the deal's own sheet the lease lasts the term of the accounts, and its liability ends at nothing."""
    from ringfence.blocks.assets_sheet import build_assets
    from ringfence.run import reference

    deal = revise(
        rf.read(HEADLINE),
        {
            "contracts.rent.term": "36m",
            "contracts.rent.renewal": [{**YEAR, "certain": True}, {**YEAR, "certain": True}],
        },
    )
    report = lease_report(deal)
    assert report.term.months == 60
    run = reference.run(build_assets(deal, [lease_rows(report)], until=None).sheet)
    liability = run.line("rent.lessee_ifrs.liability")
    for month in (12, 36, 48):
        assert liability[month] == pytest.approx(report.ifrs.balance("liability.closing", month), rel=1e-9)
    assert liability[36] > 3e9 and abs(liability[-1]) < 1
    five = lease_report(rf.read(HEADLINE))
    assert report.ifrs.liability == pytest.approx(five.ifrs.liability, rel=1e-12)


def test_a_renewal_beyond_the_timeline_is_measured_whole():
    """The accounts count payments of the lease term even where the deal's own timeline ends before them."""
    deal = rf.read(HEADLINE)
    longer = revise(deal, {"contracts.rent.renewal": [{**YEAR, "certain": True}]})
    seven = revise(deal, {"contracts.rent.term": "72m", "timeline.until": "2032-12-31"})
    assert lease_report(longer).ifrs.liability == pytest.approx(lease_report(seven).ifrs.liability, rel=1e-9)

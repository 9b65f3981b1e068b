"""Rent on an index as forecast rows: every reset scales the liability at the unchanged rate; US GAAP expenses it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import ringfence as rf
from ringfence.accounting.lease_report import lease_report, lease_rows
from ringfence.blocks.assets_sheet import build_assets
from ringfence.run import reference
from ringfence.terms.read import revise

HEADLINE = Path(__file__).parents[3] / "examples/headline-10bn/deal.yaml"
FLAT = {"points": {"2026-01-01": 100}, "unit": "ratio", "source": "assumed"}
RISING = {"points": {"2026-01-01": 100, "2027-01-01": 104, "2029-01-01": 110}, "unit": "ratio", "source": "assumed"}
IFRS = "rent.lessee_ifrs.index"


def ran(curve, changes=None):
    """Run the lease of the headline deal, its rent on an index, month by month with its books."""
    indexed = {"curves.CPI": curve, "contracts.rent.index": {"curve": "CPI"}}
    deal = revise(rf.read(HEADLINE), {**indexed, **(changes or {})})
    return reference.run(build_assets(deal, [lease_rows(lease_report(deal))]).sheet)


@pytest.mark.parametrize("due", ["in_advance", "in_arrears"])
def test_a_flat_index_resets_nothing(due):
    """Without a change of the index the rows are those measured at commencement, and nothing is variable."""
    run = ran(FLAT, {"contracts.rent.due": due})
    for item in ("liability", "rou", "cost"):
        np.testing.assert_allclose(run.line(f"{IFRS}.{item}"), run.line(f"rent.lessee_ifrs.{item}"), atol=1e-3)
    assert abs(run.line("rent.lessee_us.index.variable")).max() < 1e-3


@pytest.mark.parametrize("due", ["in_advance", "in_arrears"])
@pytest.mark.parametrize("renewal", [None, [{"term": "12m", "rent": "same", "certain": True}]])
def test_resets_keep_the_law_of_expense(due, renewal):
    """Whatever the index does the liability ends at nothing and the lease costs what is paid."""
    changes = {"contracts.rent.due": due, "contracts.rent.term": "48m"}
    changes |= {"contracts.rent.renewal": renewal} if renewal else {}
    run = ran(RISING, changes)
    tranche = "rent.batch_1"
    paid = run.line(f"{tranche}.due") + (run.line(f"{tranche}.renewal_1.due") if renewal else 0.0)
    liability = run.line(f"{IFRS}.liability")
    assert abs(liability[-1]) < 1 and abs(run.line(f"{IFRS}.rou")[-1]) < 1
    assert run.line(f"{IFRS}.cost").sum() == pytest.approx(paid.sum(), rel=1e-9)
    us = run.line("rent.lessee_us.cost") + run.line("rent.lessee_us.index.variable")
    assert us.sum() == pytest.approx(paid.sum(), rel=1e-9)


def test_a_reset_by_hand():
    """In month 12 the index goes from 100 to 104: four per cent more of what is left, before the rent of the day."""
    run = ran(RISING)
    carried = run.line("rent.lessee_ifrs.batch_1.liability.carried")
    remeasured = run.line("rent.lessee_ifrs.batch_1.index.remeasured")
    ratio = run.line("rent.lessee_ifrs.batch_1.index.ratio")
    at = int(np.flatnonzero(np.abs(remeasured) > 1)[0])
    assert ratio[at - 1] == pytest.approx(1.0) and ratio[at] > 1.0
    assert remeasured[at] == pytest.approx((ratio[at] - 1.0) * carried[at], rel=1e-9)
    before = run.line(f"{IFRS}.liability")[at - 1]
    assert run.line(f"{IFRS}.liability")[at] == pytest.approx(
        (before * 1.065 ** (1 / 12)) + remeasured[at] - run.line("rent.batch_1.due")[at], rel=1e-9
    )

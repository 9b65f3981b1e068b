"""Every IRR that an example quotes is the one pyxirr finds on the same flows and dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
import pyxirr

import ringfence as rf

EXAMPLES = Path(__file__).parents[2] / "examples"
DEALS = ["bridge/deal.yaml", "softbank-10bn/deal.yaml", "sam/dscr130.yaml", "sam/level60.yaml", "sam/together.yaml"]
FLOWS = {"irr": "net", "irr_after_tax": "net_after_tax", "all_in_cost": "lender_flow"}


def by_pyxirr(flows: list[float], result: rf.Result) -> float:
    """IRR by real dates, or by equal periods where the deal's time basis is 30/360."""
    basis = result.deal.returns.time_basis
    if basis == "30/360":
        times = np.asarray(result.run["period.time"])
        step = times[1] - times[0]
        np.testing.assert_allclose(times, step * np.arange(len(times)), atol=1e-9)
        found = pyxirr.irr(flows)
        assert found is not None
        return (1 + found) ** (1 / step) - 1
    assert basis == "ACT/365F"
    found = pyxirr.xirr([_day(p) for p in result.model.timeline.periods], flows)
    assert found is not None
    return found


def _day(period: object) -> date:
    return period.end  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("deal", DEALS)
def test_every_irr_is_that_of_pyxirr(deal: str) -> None:
    """Equity returns before and after tax, and lenders' all-in cost, to 1e-9."""
    result = rf.run(rf.read(EXAMPLES / deal))
    compared = 0
    for name, measure in result.measures.items():
        owner, _, what = name.rpartition(".")
        if what in FLOWS and measure.status == "ok" and measure.value is not None:
            flows = [float(x) for x in result.run[f"{owner}.{FLOWS[what]}"]]
            assert measure.value == pytest.approx(by_pyxirr(flows, result), abs=1e-9), name
            compared += 1
    assert compared >= 2

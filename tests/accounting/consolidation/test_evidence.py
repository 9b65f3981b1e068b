"""Computed evidence: residual risk, renewal, coverage of debt, drivers of value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.accounting.evidence import (
    coverage_of_debt,
    drivers_from_paths,
    drivers_from_scenarios,
    guarantee_payout,
    renewal_evidence,
    residual_risk_borne,
)
from ringfence.errors import DealError


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
def test_residual_risk_from_none_to_all(residual):
    """No guarantee bears nothing; one of the whole value without cap bears all; a capped one lies between."""
    top = max(residual) + 1
    if max(residual) - min(residual) > 1:
        assert residual_risk_borne(guarantee_payout(residual, 0.0), residual) == 0
        assert residual_risk_borne(guarantee_payout(residual, top), residual) == pytest.approx(1)
        assert 0 <= residual_risk_borne(guarantee_payout(residual, top, cap=top / 3), residual) <= 1 + 1e-9


def test_payout_is_capped():
    """A guarantee of 50, capped at 20: 0, 10, then 20."""
    np.testing.assert_array_equal(guarantee_payout([60, 40, 10], 50, cap=20), [0, 10, 20])


def test_renewal():
    """Renewing is cheaper on 3 of 4 paths: the evidence speaks for renewal at a mark of 70 %, not of 80 %."""
    got = renewal_evidence([110, 120, 130, 50], 100)
    assert (got.incentive, got.probability) == (2.5, 0.75)
    assert got.speaks_for_renewal
    assert not renewal_evidence([110, 120, 130, 50], 100, mark=0.8).speaks_for_renewal
    assert renewal_evidence([50.0], 100, lenders_need_it=True).speaks_for_renewal


def test_coverage_worked_by_hand():
    """At 10 %, rents of 110 and 121 to come are worth 200 at close: debt of 160 is covered 1.25 times; then 110/80."""
    got = coverage_of_debt([0, 110, 121], [160, 80, 0], [0, 1, 2], rate=0.10)
    np.testing.assert_allclose(got.ratio, [[1.25, 1.375, 0]])
    np.testing.assert_array_equal(got.applies, [[1, 1, 0]])
    assert got.recourse
    assert not coverage_of_debt([0, 110, 0], [160, 80, 0], [0, 1, 2], rate=0.10).recourse
    assert coverage_of_debt([0, 110, 0], [160, 80, 0], [0, 1, 2], rate=0.10, guarantee=80).recourse


def test_coverage_without_debt_does_not_apply():
    """Where nothing is owed there is no coverage, and no recourse (convention 4.2)."""
    got = coverage_of_debt([1.0, 1.0], [0.0, 0.0], [0, 1], rate=0.05)
    assert got.least is None
    assert not got.recourse


def test_every_scenario_counts():
    """One scenario with uncovered debt is enough to deny economic recourse."""
    got = coverage_of_debt([[0, 100], [0, 50]], [[90, 0], [90, 0]], [0, 1], rate=0.0)
    assert got.least == pytest.approx(50 / 90)
    assert not got.recourse


def test_drivers_from_scenarios_add_to_one():
    """One-at-a-time swings share by their squares; nothing that moves, nothing shared."""
    assert sum(drivers_from_scenarios(10, {"a": [8, 12], "b": [9], "c": []}).values()) == pytest.approx(1)
    assert drivers_from_scenarios(10, {"a": [10], "b": [10]}) == {"a": 0, "b": 0}


def test_drivers_from_paths_of_a_linear_value():
    """Of 3x + 4y with independent unit normals, x explains 9/25 and y 16/25."""
    random = np.random.default_rng(7)
    x, y = random.normal(size=(2, 40_000))
    got = drivers_from_paths(3 * x + 4 * y, {"x": x, "y": y, "idle": random.normal(size=40_000)})
    assert got["x"] == pytest.approx(9 / 25, abs=0.01)
    assert got["y"] == pytest.approx(16 / 25, abs=0.01)
    assert got["idle"] == pytest.approx(0, abs=0.001)
    assert sum(got.values()) == pytest.approx(1, abs=1e-9)


def test_drivers_that_move_together_share():
    """Two drivers that are the same thing explain half each."""
    x = np.random.default_rng(8).normal(size=5_000)
    got = drivers_from_paths(x, {"a": x, "b": x})
    assert got["a"] == pytest.approx(0.5)
    assert got["b"] == pytest.approx(0.5)


def test_too_many_drivers_and_bad_weights_are_refused():
    """More drivers than can be shared exactly, and probabilities that do not add to one, are findings."""
    x = np.arange(3.0)
    with pytest.raises(DealError, match="11 drivers"):
        drivers_from_paths(x, {f"d{k}": x for k in range(11)})
    with pytest.raises(DealError, match="add to"):
        drivers_from_paths(x, {"a": x}, [0.5, 0.5, 0.5])

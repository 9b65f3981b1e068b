"""Rates of return by path against the reference's search: every root, also one that hides in the rounding of others."""

import numpy as np
import pytest

from ringfence.run import native
from ringfence.run.irr import irr
from ringfence.sheet import Sheet
from ringfence.sheet import irr as irr_of
from ringfence.units import YEAR

PERIODS = 24
TIMES = np.arange(PERIODS) / 2


def roots_by_path(flows):
    """Return the rates of return of many flows, half a year apart."""
    s = Sheet(periods=PERIODS)
    flow, times = s.series("flow", [0.0] * PERIODS), s.series("times", list(TIMES), unit=YEAR, term=True)
    s.measure("rate", irr_of(flow, times))
    got = native.compile(s, ["rate"], {"flow": "given"}, keep=False, roots=True)
    return got.run(len(flows), path_inputs={"flow": flows}).roots["rate"]


def assert_same_roots(flows):
    """Compare each flow's roots with the reference's."""
    several = 0
    for found, flow in zip(roots_by_path(flows), flows, strict=True):
        wanted = irr(flow, TIMES).roots
        several += len(wanted) > 1
        np.testing.assert_allclose(found[: len(wanted)], wanted, rtol=1e-7)
        assert not np.isfinite(found[len(wanted) :]).any() or not found[len(wanted) :].any()
    return several


@pytest.mark.parametrize("seed", range(3))
def test_flows_that_change_sign_often_have_the_roots_of_the_reference(seed):
    """Six hundred random flows, a fifth of them with several roots, as steps and as sums of steps."""
    rng = np.random.default_rng(seed)
    flows = rng.normal(size=(600, PERIODS)) * (rng.random((600, PERIODS)) < rng.choice([0.1, 0.3, 0.9], size=(600, 1)))
    flows[:150] = np.cumsum(flows[:150], axis=1)

    assert assert_same_roots(flows) > 50


def test_a_root_is_found_where_the_first_or_the_last_flows_weigh_next_to_nothing():
    """At -74 % a year a fee on day one, and at 2,000 % the last years, are lost in rounding; their roots are not."""
    fee_first = [0.068, *[-0.78] * 6, -1.395, -2.686, -2.686, *[-2.154] * 9, -2.052, -3.117, -1.421, 0.065, 1.043]
    late_cost = [0, 0, -0.072, -0.072, 1.621, 1.621, *[1.939] * 8, *[2.098] * 3, 0.466, 0.082, 0.082, *[-0.004] * 4]

    assert assert_same_roots(np.array([fee_first, late_cost])) == 2

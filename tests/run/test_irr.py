"""irr: every root, or the reason why there is none."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.run.irr import irr, npv


def found(flows, times=None):
    """Run irr on lists."""
    times = range(len(flows)) if times is None else times
    return irr(np.array(flows, dtype=float), np.array(times, dtype=float))


def test_one_root():
    """100 that grows to 121 in two years earns 10 %."""
    assert found([-100, 0, 121]).value == pytest.approx(0.1, abs=1e-13)


def test_several_roots_are_all_reported():
    """-1, 2.3, -1.32 is worth nothing at 10 % and 20 %; the smaller is quoted."""
    root = found([-1, 2.3, -1.32])
    assert root.status == "several"
    assert root.roots == pytest.approx((0.1, 0.2), abs=1e-12)
    assert root.value == root.roots[0]
    assert root.reason == "the flows change sign more than once; roots at 10.0000%, 20.0000%"


def test_two_roots_close_together_are_found():
    """Roots at 12.30 % and 12.34 % lie between two points of the grid."""
    a, b = 1.1230, 1.1234
    assert found([-1, a + b, -a * b]).roots == pytest.approx((a - 1, b - 1), abs=1e-9)


@pytest.mark.parametrize(
    ("flows", "times", "reason"),
    [
        ([0, 0], None, "there are no flows"),
        ([1, 2], None, "nothing is ever paid in, so no rate makes the receipts worth nothing"),
        ([-1, -2], None, "nothing is ever paid back, so no rate recovers the payments"),
        ([-1, 2], [1, 1], "all flows fall on one day"),
        ([1, -1, 1], None, "the present value stays positive at every rate from -99.9% to 1,000,000% a year"),
    ],
)
def test_no_root_says_why(flows, times, reason):
    """Without a root there is no value, and a sentence."""
    root = found(flows, times)
    assert (root.value, root.status, root.reason) == (None, "no_root", reason)


@pytest.mark.parametrize("rate", [-0.99, -0.5, -0.01, 0.0, 1e-6, 0.174, 2.0, 5000.0])
def test_extreme_rates(rate):
    """Rates from -99 % to 500,000 % come back to 1e-12 of 1 + rate."""
    assert found([-1, 0, (1 + rate) ** 2]).value == pytest.approx(rate, abs=2e-12 * (1 + rate))


flows = st.lists(st.integers(-1000, 1000), min_size=2, max_size=60)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(flows)
def test_every_root_is_worth_nothing(values):
    """At each root, the present value is zero beside the sum of discounted magnitudes."""
    flow, times = np.array(values, dtype=float), np.arange(len(values)) / 4
    for root in irr(flow, times).roots:
        size = npv(np.abs(flow), root, times)
        assert abs(npv(flow, root, times)) <= 1e-9 * size


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 500), min_size=1, max_size=40), st.integers(100, 5000))
def test_equals_pyxirr(receipts, paid):
    """On an investment with one payment the root is pyxirr's XIRR."""
    pyxirr = pytest.importorskip("pyxirr")
    days = [91 * k for k in range(len(receipts) + 1)]
    values = [-paid, *receipts]
    theirs = pyxirr.xirr([date(2024, 1, 1) + timedelta(d) for d in days], values, silent=True)
    ours = found(values, [d / 365 for d in days])
    if theirs is not None and -0.99 < theirs < 100:
        assert ours.status == "ok"
        assert ours.value == pytest.approx(theirs, abs=1e-9)

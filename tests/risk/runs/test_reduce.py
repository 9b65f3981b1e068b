"""Distributions: exact while small, a sketch of known resolution beyond, the same bits in any order."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.risk.reduce import Counts, Distribution, Moments, Share, cells, middles

RESOLUTION = 1 / 8192


def filled(values, *, exact, block=1000):
    """A distribution that met values block by block."""
    found = Distribution(exact)
    for start in range(0, len(values), block):
        found.add(np.asarray(values[start : start + block], dtype=float))
    return found


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=50))
def test_cells_rise_with_values_and_their_middles_are_near(values):
    """Order is kept, and the middle of a cell is within one part in 8,192 of every normal number in it."""
    x = np.sort(np.array(values))
    keys = cells(x)
    normal = np.abs(x) >= 2.0**-1022

    assert (np.diff(keys) >= 0).all()
    assert (np.abs(middles(keys)[normal] - x[normal]) <= RESOLUTION * np.abs(x[normal])).all()


@pytest.mark.parametrize("exact", [True, False])
def test_quantiles_are_those_of_the_sorted_values(exact):
    """The value that a share of the paths does not exceed, to the resolution of what is kept."""
    x = np.random.default_rng(1).lognormal(size=20_000) - 0.5
    found, ranked = filled(x, exact=exact), np.sort(x)

    for share in (0.0001, 0.01, 0.1, 0.5, 0.9, 0.99, 1.0):
        right = ranked[max(1, math.ceil(share * len(x))) - 1]
        assert found.quantile(share) == pytest.approx(right, rel=0 if exact else RESOLUTION, abs=0)


@pytest.mark.parametrize("exact", [True, False])
def test_the_tail_mean_is_expected_shortfall(exact):
    """Of a standard normal, the mean under the 5 % quantile is -pdf(1.645) / 5 %, within four standard errors."""
    x = np.random.default_rng(2).normal(size=200_000)

    assert filled(x, exact=exact).tail_mean(0.05) == pytest.approx(-2.0627, abs=4 * 0.4 / math.sqrt(0.05 * len(x)))


@pytest.mark.parametrize("exact", [True, False])
def test_shares_and_shortfalls_under_a_limit(exact):
    """A tenth of an even spread lies under its tenth, by 0.05 on average over that tenth."""
    found = filled((np.arange(10_000) + 0.5) / 10_000, exact=exact)

    assert found.share_under(0.1) == pytest.approx(0.1, abs=2 * RESOLUTION)
    assert found.mean_under(0.1) == pytest.approx(0.005, rel=1e-3)


def test_moments_are_those_of_all_values():
    """Mean and variance merged over blocks equal those taken at once, and numbers far from zero lose nothing."""
    x = np.random.default_rng(3).normal(1e9, 1.0, size=10_000)
    found = filled(x, exact=True, block=977).moments

    assert found.mean == pytest.approx(x.mean(), rel=1e-15)
    assert found.variance == pytest.approx(x.var(ddof=1), rel=1e-9)
    assert found.error == pytest.approx(x.std(ddof=1) / 100, rel=1e-9)


def test_counts_do_not_depend_on_the_order_of_blocks():
    """A sketch and the counts of periods are the same whatever block comes first."""
    x = np.random.default_rng(4).normal(size=5_000)
    a, b = filled(x, exact=False), filled(x[::-1], exact=False, block=333)
    whole = np.random.default_rng(5).integers(0, 13, size=5_000).astype(float)
    first, second = Counts(13), Counts(13)
    first.add(whole)
    for part in np.split(whole[::-1], 10):
        second.add(part)

    assert [a.quantile(q) for q in (0.01, 0.5, 0.99)] == [b.quantile(q) for q in (0.01, 0.5, 0.99)]
    assert (first.counts == second.counts).all()
    assert first.total == 5_000


@pytest.mark.parametrize("exact", [True, False])
def test_a_path_without_a_return_ranks_last_and_one_that_does_not_apply_is_left_out(exact):
    """Of ten paths two have no root and two do not apply: the 25 % quantile is none, the median a value."""
    found = filled([np.nan, np.nan, -np.inf, -np.inf, 1, 2, 3, 4, 5, 6], exact=exact)

    assert (found.none, found.worst, found.count) == (2, 2, 8)
    assert found.quantile(0.25) is None
    assert found.quantile(0.5) == pytest.approx(2, rel=RESOLUTION)
    assert found.tail_mean(0.5) is None


def test_memory_does_not_grow_with_the_paths():
    """A sketch of a hundred blocks is no larger than four times one of ten; every value kept would be ten times."""
    rng = np.random.default_rng(6)

    def size(blocks):
        found = Distribution(False)
        for _ in range(blocks):
            found.add(rng.normal(1.3, 0.2, size=20_000))
        found.quantile(0.5)
        return found._known.nbytes + found._counts.nbytes

    assert size(100) < 2 * size(10)


def test_the_error_of_a_quantile_is_that_of_its_rank():
    """The median of a standard normal has a standard error of sqrt(pi / 2 / n)."""
    x = np.random.default_rng(7).normal(size=100_000)

    assert filled(x, exact=True).quantile_error(0.5) == pytest.approx(math.sqrt(math.pi / 2 / len(x)), rel=0.1)


def test_a_share_without_a_hit_still_has_an_error():
    """No hit in a thousand paths is no certainty."""
    assert Share.of(0, 1000).error == 0.001
    assert Share.of(100, 1000).error == pytest.approx(math.sqrt(0.1 * 0.9 / 1000))
    assert Moments().error == 0


def test_numbers_too_large_to_square_leave_a_mean_and_no_warning():
    """Figures of 1e200 have a mean; their variance is told as endless, without a warning of the processor's."""
    found = Distribution(True)
    found.add(np.array([1e200, -1e200, 3e200]))

    assert found.moments.mean == pytest.approx(1e200)
    assert found.moments.variance == np.inf

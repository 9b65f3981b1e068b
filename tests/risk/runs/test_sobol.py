"""Sobol indices against closed forms, sampled by the kernel's own draws."""

import math

import numpy as np
import pytest

from ringfence.risk.job import Job
from ringfence.risk.sobol import explain_variance, indices
from ringfence.run import native
from ringfence.sheet import Sheet

PATHS = 32_768


def ishigami(u):
    """Ishigami and Homma (1990) on three numbers between 0 and 1, a = 7, b = 0.1."""
    x = (2 * u - 1) * math.pi
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_the_indices_of_ishigami():
    """First-order 0.3139, 0.4424, 0 and total 0.5576, 0.4424, 0.2437 within four standard errors.

    Variance a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2; the samples are uniforms of the kernel, reseeded factor by factor.
    """
    s = Sheet(periods=1, name="uniforms")
    for k in range(3):
        s.measure(f"u{k}", s.scalar(f"x{k}", 0.5) * 1)
    draws = {f"x{k}": native.uniform(k) for k in range(3)}
    kernel = native.compile(s, None, draws)

    def sample(seed, reseed):
        got = kernel.run(PATHS, seed=seed, reseed=reseed)
        return ishigami(np.array([got[f"u{k}"] for k in range(3)]))

    a, b = sample(11, {}), sample(12, {})
    found = indices("ishigami", a, b, {f"x{k}": sample(11, {k: 12}) for k in range(3)})

    by = {i.factor: i for i in found.indices}
    pi4, variance = math.pi**4, 49 / 8 + 0.1 * math.pi**4 / 5 + 0.01 * math.pi**8 / 18 + 0.5
    first = [0.5 * (1 + 0.1 * pi4 / 5) ** 2 / variance, 49 / 8 / variance, 0.0]
    third = 0.01 * math.pi**8 * (1 / 18 - 1 / 50) / variance
    total = [first[0] + third, first[1], third]
    assert found.variance == pytest.approx(variance, rel=0.02)
    for k in range(3):
        index = by[f"x{k}"]
        assert abs(index.first - first[k]) < 4 * index.first_error < 0.1
        assert abs(index.total - total[k]) < 4 * index.total_error < 0.1
    assert found.indices[0].factor == "x0"


def test_a_sum_is_explained_by_its_parts_and_a_factor_of_two_draws_is_one():
    """Of x + y + 2 z the shares are 1/3, and 2/3 for z; x and y taken as one factor explain 1/3 together."""
    s = Sheet(periods=1, name="sum")
    x, y, z = (s.scalar(name, 0.0) for name in "xyz")
    s.measure("f", x + y + z * 2)
    job = Job(s, {name: native.normal(k) for k, name in enumerate("xyz")}, ("f",), 16_384, seed=5)

    (found,) = explain_variance(job, {"xy": [0, 1], "z": [2]})

    by = {i.factor: i for i in found.indices}
    assert abs(by["xy"].first - 1 / 3) < 4 * by["xy"].first_error
    assert abs(by["z"].total - 2 / 3) < 4 * by["z"].total_error
    assert found.variance == pytest.approx(6, rel=0.05)


def test_what_does_not_vary_is_not_explained():
    """A constant has no indices, and paths without a value are left out."""
    same = np.ones(4096)
    some = np.random.default_rng(0).normal(size=4096)
    broken = some.copy()
    broken[:100] = np.nan

    assert indices("constant", same, same, {"x": same}).indices == ()
    assert indices("some", some, broken, {"x": some}).paths == 3996

"""Correlated factors: the normals have the correlations asked for, and what none can have is repaired with a notice."""

from __future__ import annotations

import numpy as np
import pytest
from tests.risk.model.small import model, paths

from ringfence.risk.correlation import cholesky, nearest

FACTORS = """
r: {type: base_rate, curve: SOFR}
p: {type: power_price}
c: {type: fx, moves: [reactor.fixed_cost]}
s: {type: construction_delay, assets: [sun]}
n: {type: construction_delay, assets: [reactor]}
"""
COUNT = 50_000


def correlations(correlation: str, names: list[str]) -> np.ndarray:
    """Return the sample correlations of normals, those of every period pooled."""
    risks = model(FACTORS, correlation)
    got = paths(risks, [f"{x}.normal" for x in names], COUNT)
    lines = [got[f"factor:{x}.normal"] for x in names]
    return np.corrcoef([line[:, 5] if line.ndim == 2 else line for line in lines])


def test_normals_have_the_correlations_asked_for() -> None:
    """Three factors of the periods and two of the paths, each pair within four standard errors."""
    got = correlations("{r: {p: 30%, c: -50%}, c: {p: 0.1}, s: {n: 60%}}", ["r", "p", "c", "s", "n"])
    asked = np.eye(5)
    for (i, j), value in {(0, 1): 0.3, (0, 2): -0.5, (1, 2): 0.1, (3, 4): 0.6}.items():
        asked[i, j] = asked[j, i] = value
    assert np.all(np.abs(got - asked) <= 4 * (1 - asked**2) / np.sqrt(COUNT) + 1e-12)


def test_a_factor_without_correlation_draws_its_own() -> None:
    """What is not in the matrix has no rows of loadings; correlated or not, every draw keeps its numbers."""
    risks, plain = model(FACTORS, "{s: {n: 60%}}"), model(FACTORS)
    assert "factor:r.loading.r" not in risks.sheet
    assert risks.draws == plain.draws
    assert risks.notices == ()


def test_what_no_normals_can_have_is_repaired() -> None:
    """Three at 90 %, 90 % and -90 % become the nearest that can be, and the notice names the largest change."""
    risks = model(FACTORS, "{r: {p: 90%, c: 90%}, p: {c: -90%}}")
    (notice,) = risks.notices
    assert "least eigenvalue -0.8" in notice
    used = nearest(np.array([[1, 0.9, 0.9], [0.9, 1, -0.9], [0.9, -0.9, 1]]))
    assert f"to {used[0, 1]:.1%}" in notice or f"to {used[1, 2]:.1%}" in notice
    got = correlations("{r: {p: 90%, c: 90%}, p: {c: -90%}}", ["r", "p", "c"])
    assert np.all(np.abs(got - used) <= 4 * (1 - used**2) / np.sqrt(COUNT) + 1e-9)


def test_the_deal_warns_of_it_when_read() -> None:
    """The same matrix is a warning of the deal, with the factor at which it fails."""
    found = [
        f for f in model(FACTORS, "{r: {p: 90%, c: 90%}, p: {c: -90%}}").model.deal.findings if f.name == "correlation"
    ]
    assert [f.level for f in found] == ["warning"]
    assert "c with r, p" in found[0].message


@pytest.mark.parametrize("seed", range(20))
def test_the_nearest_is_a_correlation_matrix_and_no_farther_than_others(seed: int) -> None:
    """Random symmetric matrices: the repair has ones on its diagonal, no negative eigenvalue, and the least distance.

    It is compared with three matrices one might take instead: negative eigenvalues cut and rescaled, and the matrix
    shrunk towards independence until it can be.
    """
    rng = np.random.default_rng(seed)
    size = int(rng.integers(3, 8))
    asked = np.eye(size)
    upper = np.triu_indices(size, 1)
    asked[upper] = rng.uniform(-1, 1, len(upper[0]))
    asked = asked + np.triu(asked, 1).T
    used = nearest(asked)
    assert np.linalg.eigvalsh(used)[0] > -1e-8
    np.testing.assert_allclose(np.diag(used), 1.0)
    distance = np.linalg.norm(used - asked)
    values, vectors = np.linalg.eigh(asked)
    cut = (vectors * np.maximum(values, 0)) @ vectors.T
    cut = cut / np.sqrt(np.outer(np.diag(cut), np.diag(cut)))
    shrink = min(1.0, 1 / (1 - values[0])) if values[0] < 0 else 1.0
    for other in (cut, np.eye(size) + shrink * (asked - np.eye(size)), np.eye(size)):
        assert distance <= np.linalg.norm(other - asked) + 1e-7


def test_cholesky_gives_the_matrix_back() -> None:
    """L L' is the matrix, also where two factors are one."""
    for matrix in ([[1.0, 0.4], [0.4, 1.0]], [[1.0, 1.0, 0.2], [1.0, 1.0, 0.2], [0.2, 0.2, 1.0]]):
        low = cholesky(np.array(matrix))
        np.testing.assert_allclose(low @ low.T, matrix, atol=1e-12)

"""How factors move together: a correlation matrix, checked, repaired and laid on their normals.

Rows added by :func:`add_normals` for a factor ``a`` that is correlated with others:

    a.draw.normal      its own draw                                                      [ratio]
    a.loading.<b>      entry of the Cholesky factor: how much of b's draw is in it       [ratio]
    a.normal           sum of loading x draw: a standard normal, correlated              [ratio]

Two factors can be correlated if their normals are drawn alike, one a period or one a path. A matrix that no normals can
have (not positive semidefinite) is replaced by the nearest that some can, in the sum of squares, with ones on its
diagonal: N. J. Higham, Computing the nearest correlation matrix, IMA Journal of Numerical Analysis 22 (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import sum_of
from ringfence.units import RATIO

if TYPE_CHECKING:
    from ringfence.terms.risk import RiskTerms

Matrix = NDArray[np.float64]
TOLERANCE = 1e-10
STEPS = 1000


def add_normals(f: FactorSheet, risk: RiskTerms, wanted: Sequence[str]) -> tuple[str, ...]:
    """Add the main normals of factors that are correlated; the others draw their own.

    Parameters
    ----------
    f
        The factor sheet.
    risk
        The deal's risk block.
    wanted
        Ids of the factors that are run.

    Returns
    -------
    tuple[str, ...]
        What was repaired, in a sentence each.
    """
    notices: list[str] = []
    for drawn in ("period", "path"):
        ids = [x for x in wanted if risk.factors[x].drawn == drawn and _correlated(risk, x, wanted)]
        if ids:
            asked = matrix_of(risk, ids)
            used = nearest(asked)
            if np.max(np.abs(used - asked)) > TOLERANCE:
                notices.append(_notice(ids, asked, used))
            _add(f, risk, ids, cholesky(used), series=drawn == "period")
    return tuple(notices)


def matrix_of(risk: RiskTerms, ids: Sequence[str]) -> Matrix:
    """Return the correlation matrix of some factors as the deal writes it. [ratio]

    Parameters
    ----------
    risk
        The deal's risk block.
    ids
        Factors, in the order of the rows.
    """
    found = np.eye(len(ids))
    for i, a in enumerate(ids):
        for j, b in enumerate(ids):
            value = risk.correlation.get(a, {}).get(b)
            if value is not None and i != j:
                found[i, j] = found[j, i] = value
    return found


def nearest(asked: Matrix) -> Matrix:
    """Return the nearest matrix that is the correlation of some normals; itself if it is one.

    Parameters
    ----------
    asked
        Symmetric, ones on the diagonal. [ratio]

    Examples
    --------
    >>> import numpy as np
    >>> nearest(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])).round(4)
    array([[1.    , 0.7607, 0.1573],
           [0.7607, 1.    , 0.7607],
           [0.1573, 0.7607, 1.    ]])
    """
    if np.linalg.eigvalsh(asked)[0] >= -TOLERANCE:
        return asked
    y, correction = asked, np.zeros_like(asked)
    for _ in range(STEPS):
        x = _semidefinite(y - correction)
        correction = x - (y - correction)
        last, y = y, x.copy()
        np.fill_diagonal(y, 1.0)
        if np.max(np.abs(y - last)) < TOLERANCE:
            break
    scale = np.sqrt(np.diag(x))
    found: Matrix = x / np.outer(scale, scale)
    np.fill_diagonal(found, 1.0)
    return found


def _semidefinite(x: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh((x + x.T) / 2)
    made: Matrix = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return made


def cholesky(matrix: Matrix) -> Matrix:
    """Return the lower triangle L with L L' = matrix; a direction without variance has a column of zeros. [ratio]"""
    size = len(matrix)
    low = np.zeros((size, size))
    for j in range(size):
        left = matrix[j, j] - low[j, :j] @ low[j, :j]
        low[j, j] = np.sqrt(max(left, 0.0))
        if left > TOLERANCE:
            for i in range(j + 1, size):
                low[i, j] = (matrix[i, j] - low[i, :j] @ low[j, :j]) / low[j, j]
    return low


def _correlated(risk: RiskTerms, id: str, wanted: Sequence[str]) -> bool:
    pairs = [(a, b, v) for a, row in risk.correlation.items() for b, v in row.items()]
    return any(v != 0 and a != b and id in (a, b) and {a, b} <= set(wanted) for a, b, v in pairs)


def _add(f: FactorSheet, risk: RiskTerms, ids: Sequence[str], low: Matrix, *, series: bool) -> None:
    draws = [f.normal(x, "normal", series=series) for x in ids]
    for i, x in enumerate(ids):
        where = f.deal.where("risk.correlation")
        parts: list[Any] = []
        for j, y in enumerate(ids[: i + 1]):
            if low[i, j] != 0:
                parts.append(f.cell(f"{x}.loading.{y}", low[i, j], RATIO, where, f"share of {y}'s draw") * draws[j])
        f.normals[x] = f.sheet.row(f"{x}.normal", sum_of(parts), label="standard normal, correlated")


def _notice(ids: Sequence[str], asked: Matrix, used: Matrix) -> str:
    change = np.abs(used - asked)
    i, j = divmod(int(np.argmax(change)), len(ids))
    least = np.linalg.eigvalsh(asked)[0]
    largest = f"{ids[i]} with {ids[j]}, {asked[i, j]:.0%} to {used[i, j]:.1%}"
    return (
        f"No normals have the correlations of {', '.join(ids)} as written (least eigenvalue {least:.3g}); "
        f"the nearest that some have are used. The largest change: {largest}."
    )

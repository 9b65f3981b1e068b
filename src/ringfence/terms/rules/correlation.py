"""Correlations are of two factors of the deal that are drawn alike, written once, and some normals have them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import TYPE_CHECKING

from ringfence.errors import did_you_mean, nearest
from ringfence.terms.findings import finding, listed

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal
    from ringfence.terms.risk import RiskTerms

TOLERANCE = 1e-10
DRAWN = {"period": "drawn every period", "path": "drawn once a path", "none": "drawn by chance, not by a normal"}


def check_correlation(deal: Deal) -> list[Finding]:
    """Refuse what is no correlation of two factors; warn of a matrix that no normals can have."""
    if deal.risk is None:
        return []
    found = [f for a, b, v in _pairs(deal.risk) for f in _pair(deal, deal.risk, a, b, v)]
    if not found:
        found += [f for drawn in ("period", "path") for f in _not_positive(deal, deal.risk, drawn)]
    return found


def _pairs(risk: RiskTerms) -> Iterator[tuple[str, str, float]]:
    for a, row in risk.correlation.items():
        for b, value in row.items():
            yield a, b, value


def _pair(deal: Deal, risk: RiskTerms, a: str, b: str, value: float) -> Iterator[Finding]:
    path = f"risk.correlation.{a}.{b}"
    where = [deal.where(path)]
    unknown = [x for x in dict.fromkeys((a, b)) if x not in risk.factors]
    for x in unknown:
        near = nearest(x, risk.factors)
        message = f"{path} names {x}, which is no factor of the deal" + did_you_mean(near)
        fix = f"write {near}" if near else f"name two of: {listed(risk.factors) or 'none'}"
        yield finding("correlation", message, where=where, fix=fix)
    if unknown:
        return
    if a == b:
        if value != 1:
            message = f"{path} is {value:g}, but a factor has a correlation of 1 with itself."
            yield finding("correlation", message, where=where, fix="leave it out")
        return
    back = risk.correlation.get(b, {}).get(a)
    first = list(risk.correlation).index(a) < list(risk.correlation).index(b) if b in risk.correlation else True
    if back is not None and back != value and first:
        message = f"{path} is {value:g}, but risk.correlation.{b}.{a} is {back:g}."
        where.append(deal.where(f"risk.correlation.{b}.{a}"))
        yield finding("correlation", message, where=where, fix="write each correlation once")
    if risk.factors[a].drawn != risk.factors[b].drawn or risk.factors[a].drawn == "none":
        yield _unlike(deal, risk, a, b, path)


def _unlike(deal: Deal, risk: RiskTerms, a: str, b: str, path: str) -> Finding:
    how = [f"{x} is {DRAWN[risk.factors[x].drawn]}" for x in (a, b)]
    message = f"{path} ties {a} to {b}, but {how[0]} and {how[1]}."
    fix = "correlate factors that are drawn alike; a lessee's default follows rents by its own to_rent"
    places = [deal.where(path), *(deal.where(f"risk.factors.{x}") for x in (a, b))]
    return finding("correlation", message, where=places, fix=fix)


def _not_positive(deal: Deal, risk: RiskTerms, drawn: str) -> Iterator[Finding]:
    ids = [x for x, factor in risk.factors.items() if factor.drawn == drawn]
    first = _first_impossible(risk, ids)
    if first is not None:
        message = (
            f"The correlations of {first} with {listed(ids[: ids.index(first)])} cannot all hold: "
            "the matrix is not positive semidefinite."
        )
        fix = "weaken one of them; a run uses the nearest matrix that is, and says what it changed"
        yield finding("correlation", message, where=[deal.where("risk.correlation")], fix=fix, level="warning")


def _first_impossible(risk: RiskTerms, ids: Sequence[str]) -> str | None:
    """Name the factor at which the Cholesky factorisation has no root; None if it has all."""
    low: list[list[float]] = []
    for i, a in enumerate(ids):
        row: list[float] = []
        for j in range(i):
            value = risk.correlation.get(a, {}).get(ids[j], risk.correlation.get(ids[j], {}).get(a, 0.0))
            left = value - sum(x * y for x, y in zip(row, low[j], strict=False))
            pivot = low[j][j]
            if pivot <= sqrt(TOLERANCE) and abs(left) > sqrt(TOLERANCE):
                return a
            row.append(left / pivot if pivot > sqrt(TOLERANCE) else 0.0)
        rest = 1.0 - sum(x * x for x in row)
        if rest < -TOLERANCE:
            return a
        low.append([*row, sqrt(max(rest, 0.0))])
    return None

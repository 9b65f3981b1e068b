"""A curve reaches the last date it is read on, or says that its last value is held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, end_of, lease_end, loan_dates, month_of

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_curve_ends(deal: Deal) -> list[Finding]:
    """Refuse a curve that ends early where it may not be held; note one that is held."""
    needed: dict[str, tuple[float, str]] = {}
    for x, loan in deal.of_type("loan").items():
        if loan.pricing.index is not None:
            _need(needed, loan.pricing.index, min(loan_dates(deal, loan).last, end_of(deal)), f"contracts.{x}.pricing")
    for x, lease in deal.of_type("lease").items():
        end = lease_end(deal, lease) if lease.index is not None else None
        if lease.index is not None and end is not None:
            _need(needed, lease.index.curve, min(end, end_of(deal)), f"contracts.{x}.index.curve")
    return [found for name, need in needed.items() if name in deal.curves for found in _short(deal, name, *need)]


def _need(needed: dict[str, tuple[float, str]], name: str, month: float, path: str) -> None:
    if name not in needed or needed[name][0] < month:
        needed[name] = month, path


def _short(deal: Deal, name: str, month: float, path: str) -> list[Finding]:
    curve = deal.curves[name]
    last = max(curve.points)
    if month_of(deal, last) >= month - EPS:
        return []
    where = [deal.where(f"curves.{name}.points"), deal.where(path)]
    told = f"curves.{name} ends on {last} and is read until {day_of(deal, month)}"
    if curve.hold:
        message = f"{told}: its last value, {curve.points[last]:g}{'%' if curve.unit == '%' else ''}, is held."
        return [finding("curve-ends-early", message, where=where, fix="add points to say otherwise", level="note")]
    message = f"{told}, but hold is false."
    fix = f"add a point on {day_of(deal, month)} or later, or write hold: true"
    return [finding("curve-ends-early", message, where=[*where, deal.where(f"curves.{name}.hold")], fix=fix)]

"""What the fleet is sold for at the end is not more than its resale curves say."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.terms.asset import GpuFleet
from ringfence.terms.asset.gpu_fleet import ResaleCurve, Sale
from ringfence.terms.contract import Lease
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import deliveries, lease_end, length, month_of
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_residual_value(deal: Deal) -> list[Finding]:
    """Warn of sale proceeds above the lowest of the fleet's own resale curves at that age."""
    found = []
    for x, fleet in deal.assets.items():
        if not isinstance(fleet, GpuFleet) or fleet.sale is None or fleet.sale.share is None or not fleet.curves:
            continue
        age = _age(deal, x, fleet, fleet.sale)
        values = {name: value_at(curve, age) for name, curve in fleet.curves.items()}
        name, least = min(values.items(), key=lambda item: item[1])
        if fleet.sale.share > least + 1e-9:
            message = (
                f"{x} is sold for {share(fleet.sale.share)} of its price, but at an age of {length(round(age, 1))} "
                f"curve {name} gives {share(least)}."
            )
            places = (f"assets.{x}.sale.share", f"assets.{x}.resale")
            fix = f"lower sale.share to {share(least)}, or write sale.curve: {name}"
            found.append(
                finding("residual-value", message, where=[deal.where(p) for p in places], fix=fix, level="warning")
            )
    return found


def _age(deal: Deal, x: str, fleet: GpuFleet, sale: Sale) -> float:
    """Age of the last batch when it is sold, from delivery. [month]"""
    last = max(month for month, _, _ in deliveries(deal, fleet))
    if isinstance(sale.at, date):
        return month_of(deal, sale.at) - last
    if not isinstance(sale.at, str):
        return float(sale.at)
    lease = next((c for c in deal.contracts.values() if isinstance(c, Lease) and c.asset == x), None)
    end = lease_end(deal, lease) if lease is not None else None
    return fleet.installation + fleet.acceptance + fleet.life if end is None else end - last


def value_at(curve: ResaleCurve, age: float) -> float:
    """Value at an age: straight lines between the ages, the ends held. [ratio]"""
    points = list(zip(curve.ages, curve.values, strict=True))
    if age <= points[0][0]:
        return points[0][1]
    for (a, u), (b, v) in pairwise(points):
        if age <= b:
            return u + (v - u) * (age - a) / (b - a)
    return points[-1][1]

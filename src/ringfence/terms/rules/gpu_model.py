"""A fleet's price and power are near those the catalogue knows for its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.errors import did_you_mean, nearest
from ringfence.terms.asset import GpuFleet
from ringfence.terms.findings import finding, listed
from ringfence.terms.rules.dates import day_of, deliveries, month_of
from ringfence.terms.source import shorten

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

FAR_BELOW, FAR_ABOVE = 0.6, 1.5
"""How far outside the catalogue's range a value is doubted, as a share of its ends."""


def check_gpu_model(deal: Deal) -> list[Finding]:
    """Warn of an unknown model, of price or power far outside its range, and of delivery before it was announced."""
    found: list[Finding] = []
    for x, fleet in deal.assets.items():
        if isinstance(fleet, GpuFleet) and fleet.model:
            found += _doubts(deal, x, fleet)
    return found


def _doubts(deal: Deal, x: str, fleet: GpuFleet) -> list[Finding]:
    from ringfence.catalogue import names

    path, known = f"assets.{x}.model", names("gpus")
    if fleet.model not in known:
        near = nearest(fleet.model, known)
        message = f"{path} is {shorten(fleet.model, 40)}, which the catalogue does not have"
        message += did_you_mean(near)
        fix = f"write {near}" if near else f"write one of {listed(known)}, or leave it: price and power are stated"
        return [finding("gpu-catalogue", message, where=[deal.where(path)], fix=fix, level="warning")]
    return _range(deal, x, fleet, "unit_price") + _range(deal, x, fleet, "power") + _announced(deal, x, fleet)


def _range(deal: Deal, x: str, fleet: GpuFleet, key: str) -> list[Finding]:
    """Compare price or power with the range; a price may be of the chip alone where network and storage are added."""
    from ringfence.catalogue import gpu

    entry, value = gpu(fleet.model), getattr(fleet, key)
    facts = [entry.fact(field) for field in (("price", "chip_price") if key == "unit_price" else ("power",))]
    low = min(float(f.value if f.low is None else f.low) for f in facts)  # type: ignore[arg-type]
    high = max(float(f.value if f.high is None else f.high) for f in facts)  # type: ignore[arg-type]
    if value is None or FAR_BELOW * low <= value <= FAR_ABOVE * high:
        return []

    def write(v: float) -> str:
        return f"{v:,.0f} USD" if key == "unit_price" else f"{1000 * v:.4g} kW"

    message = (
        f"assets.{x}.{key} is {write(value)}, but the catalogue has {write(low)} to {write(high)} for {fleet.model}."
    )
    where = [deal.where(f"assets.{x}.{key}"), deal.where(f"assets.{x}.model")]
    fix = (
        f"correct {key} or model, or leave it if the price is agreed"
        if key == "unit_price"
        else f"correct {key} or model"
    )
    return [finding("gpu-catalogue", message, where=where, fix=fix, level="warning")]


def _announced(deal: Deal, x: str, fleet: GpuFleet) -> list[Finding]:
    from datetime import date

    from ringfence.catalogue import gpu

    announced = gpu(fleet.model).announced
    first = min(month for month, _, _ in deliveries(deal, fleet))
    if not isinstance(announced, date) or first >= month_of(deal, announced):
        return []
    message = f"{x} is first delivered on {day_of(deal, first)}, but {fleet.model} was announced on {announced}."
    where = [deal.where(f"assets.{x}.deliveries"), deal.where(f"assets.{x}.model")]
    return [finding("gpu-catalogue", message, where=where, fix="deliver later, or correct the model", level="warning")]

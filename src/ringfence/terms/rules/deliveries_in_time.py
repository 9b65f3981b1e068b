"""GPUs are delivered, and plants are built, between close and the end of the deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.asset import GpuFleet, Plant
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, deliveries, end_of, operation

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_deliveries_in_time(deal: Deal) -> list[Finding]:
    """Refuse deliveries before close or after the end; warn of a plant that first runs after the end."""
    found: list[Finding] = []
    for x, asset in deal.assets.items():
        if isinstance(asset, GpuFleet):
            found += _fleet(deal, x, asset)
        elif isinstance(asset, Plant):
            found += _plant(deal, x, asset)
    return found


def _fleet(deal: Deal, x: str, fleet: GpuFleet) -> list[Finding]:
    dates = [month for month, _, _ in deliveries(deal, fleet)]
    early, late = [m for m in dates if m < -EPS], [m for m in dates if m > end_of(deal) + EPS]
    found = []
    for months, pick, word, limit, key, fix in (
        (early, min, "before close on", deal.timeline.close, "close", "write 0m for GPUs that are there at close"),
        (late, max, "after the deal ends on", deal.timeline.until, "until", "deliver earlier, or move timeline.until"),
    ):
        if months:
            path = f"assets.{x}.deliveries"
            if isinstance(fleet.deliveries, tuple):
                path = f"{path}.{dates.index(pick(months))}.date"
            message = (
                f"{x}: {len(months)} of {len(dates)} deliveries come {word} {limit}, as on "
                f"{day_of(deal, pick(months))}."
            )
            where = [deal.where(path), deal.where(f"timeline.{key}")]
            found.append(finding("delivery-dates", message, where=where, fix=fix))
    return found


def _plant(deal: Deal, x: str, plant: Plant) -> list[Finding]:
    cod, end = operation(deal, plant), end_of(deal)
    if cod is None or cod < end:
        return []
    key = "construction" if plant.operation is None else "operation"
    message = f"{x} first runs on {day_of(deal, cod)}, but the deal ends on {deal.timeline.until}: it earns nothing."
    where = [deal.where(f"assets.{x}.{key}"), deal.where("timeline.until")]
    fix = "build earlier, or move timeline.until"
    return [finding("delivery-dates", message, where=where, fix=fix, level="warning")]

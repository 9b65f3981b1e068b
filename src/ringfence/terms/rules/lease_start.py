"""A lease that starts with power has a site to wait for, and says who waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, GpuFleet
from ringfence.terms.contract import Lease
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, carried, day_of, deliveries, month_of, powered_from, site_of

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_lease_start(deal: Deal) -> list[Finding]:
    """Refuse a lease that never starts; warn of GPUs never powered; note who bears the wait for power."""
    found: list[Finding] = []
    for x, lease in deal.of_type("lease").items():
        fleet = deal.assets.get(lease.asset)
        if lease.start != "powered" or not isinstance(fleet, GpuFleet):
            continue
        site = site_of(deal, lease.asset)
        if site is not None:
            found += _powered(deal, x, lease, fleet, site)
        elif lease.long_stop is None:
            found.append(_never(deal, x, lease))
    return found


def _never(deal: Deal, x: str, lease: Lease) -> Finding:
    message = f"{x} starts when {lease.asset} is powered, but 0 data centres power it and no long stop starts it: "
    message += "no rent is ever due."
    where = [deal.where(f"contracts.{x}.start"), deal.where(f"assets.{lease.asset}")]
    fix = f"add a data_centre with fleet: {lease.asset}, write long_stop, or start at delivery or acceptance"
    return finding("lease-start", message, where=where, fix=fix)


def _powered(deal: Deal, x: str, lease: Lease, fleet: GpuFleet, site: DataCentre) -> list[Finding]:
    name = next(k for k, a in deal.assets.items() if a is site)
    start, power = deal.where(f"contracts.{x}.start"), f"assets.{name}.power"
    full = powered_from(deal, site, fleet)
    most = max(carried(site, fleet, k) for k in range(len(site.power)))
    if full is None and lease.long_stop is None:
        message = f"{x} starts with power, but {name} powers at most {most:,.0f} of {fleet.delivered:,.0f} GPUs: "
        message += "the others never earn."
        fix = f"add power or overflow to {name}, or write long_stop"
        where = [start, deal.where(power), deal.where(f"assets.{name}.pue"), deal.where(f"assets.{lease.asset}.count")]
        return [finding("lease-start", message, where=where, fix=fix, level="warning")]
    accepted = max(m + fleet.installation + fleet.acceptance for m, _, _ in deliveries(deal, fleet))
    if full is None or full <= accepted + EPS or lease.net != "triple" or not lease.hell_or_high_water:
        return []
    early = max(
        (carried(site, fleet, k) for k, s in enumerate(site.power) if month_of(deal, s.date) <= accepted), default=0.0
    )
    message = (
        f"{x} is hell or high water, but starts with power: until {day_of(deal, full)} the lessor, {lease.lessor}, "
        f"bears the wait of GPUs that are accepted by {day_of(deal, accepted)} without power "
        f"({early:,.0f} of {fleet.delivered:,.0f} have it then)."
    )
    if lease.long_stop is not None:
        message = message[:-1] + ", until the long stop."
    where = [start, deal.where(f"contracts.{x}.hell_or_high_water"), deal.where(power)]
    fix = "start at acceptance, or write long_stop, to pass the wait to the lessee"
    return [finding("lease-start", message, where=where, fix=fix, level="note")]

"""What an asset makes is let or sold once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, GpuFleet, Plant
from ringfence.terms.contract import Lease, Ppa, Tolling
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, offtake_window
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_sold_once(deal: Deal) -> list[Finding]:
    """Refuse a fleet leased or housed twice, and output or capacity sold beyond 100% at one time."""
    found: list[Finding] = []
    for x, asset in deal.assets.items():
        if isinstance(asset, GpuFleet):
            leases = [
                f"contracts.{k}.asset" for k, c in deal.contracts.items() if isinstance(c, Lease) and c.asset == x
            ]
            sites = [f"assets.{k}.fleet" for k, a in deal.assets.items() if isinstance(a, DataCentre) and a.fleet == x]
            found += _twice(deal, x, "leases", leases) + _twice(deal, x, "data centres", sites)
        elif isinstance(asset, Plant):
            found += _oversold(deal, x, "output", Ppa) + _oversold(deal, x, "capacity", Tolling)
    return found


def _twice(deal: Deal, x: str, what: str, places: list[str]) -> list[Finding]:
    if len(places) < 2:
        return []
    message = f"{x} has {len(places)} {what}, but the model reads one."
    fix = "split the fleet into one for each, or keep one"
    return [finding("sold-once", message, where=[deal.where(p) for p in places], fix=fix)]


def _oversold(deal: Deal, x: str, what: str, kind: type[Ppa] | type[Tolling]) -> list[Finding]:
    """Compare at the start of each contract, where the sum can rise."""
    sold = {k: c for k, c in deal.contracts.items() if isinstance(c, kind) and c.asset == x}
    windows = {k: w for k, c in sold.items() if (w := offtake_window(deal, c)) is not None}
    for start, _ in windows.values():
        running = [k for k, (a, b) in windows.items() if a <= start + EPS and b > start + EPS]
        whole = sum(sold[k].share for k in running)
        if whole > 1 + 1e-6:
            told = " and ".join(f"{share(sold[k].share)} to {k}" for k in running)
            message = f"{x} sells {share(whole)} of its {what} at one time: {told}."
            where = [deal.where(f"contracts.{k}.share") for k in running]
            return [
                finding("sold-once", message, where=where, fix="lower the shares to 100%, or move the start of one")
            ]
    return []

"""An asset earns by a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.asset import GpuFleet, Plant
from ringfence.terms.contract import Lease, Ppa, TaxCredit, Tolling
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import operation
from ringfence.terms.rules.reach import cost_of, usd

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_idle_assets(deal: Deal) -> list[Finding]:
    """Warn of a fleet without a lease, and of a plant that runs but sells nothing."""
    earning = {c.asset for c in deal.contracts.values() if isinstance(c, Lease | Ppa | Tolling | TaxCredit)}
    found = []
    for x, asset in deal.assets.items():
        if x in earning or not isinstance(asset, GpuFleet | Plant):
            continue
        if isinstance(asset, Plant) and operation(deal, asset) is None:
            continue
        kind = "lease" if isinstance(asset, GpuFleet) else "ppa, tolling, capacity or tax_credit contract"
        message = f"{x} costs {usd(cost_of(asset))}, but it has 0 contracts to earn by."
        fix = f"add a {kind} with asset: {x}"
        found.append(finding("idle-asset", message, where=[deal.where(f"assets.{x}")], fix=fix, level="warning"))
    return found

"""Every asset has an owner that can hold it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.errors import did_you_mean, nearest
from ringfence.terms.asset import DataCentre
from ringfence.terms.findings import finding, listed
from ringfence.terms.rules.named import a
from ringfence.terms.source import shorten

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_asset_owner(deal: Deal) -> list[Finding]:
    """Refuse an asset whose owner is not a vehicle; a data centre may belong to any party."""
    found = []
    for x, asset in deal.assets.items():
        fitting = list(deal.parties if isinstance(asset, DataCentre) else deal.vehicles)
        if asset.owner not in fitting:
            found.append(_ownerless(deal, x, asset.owner, fitting))
    return found


def _ownerless(deal: Deal, x: str, owner: str, fitting: list[str]) -> Finding:
    path = f"assets.{x}.owner"
    where = [deal.where(path)]
    if owner in deal.parties:
        message = f"{path} is {owner}, {a(deal.parties[owner].role)}, but an asset belongs to a vehicle."
        where.append(deal.where(f"parties.{owner}.role"))
        near = None
    else:
        near = nearest(owner, fitting)
        message = f"{path} is {shorten(owner, 40)}, but the deal has no such party"
        message += did_you_mean(near)
    fix = f"write {near}" if near else f"name one of {listed(fitting, most=8)}" if fitting else "declare a vehicle"
    return finding("asset-without-owner", message, where=where, fix=fix)

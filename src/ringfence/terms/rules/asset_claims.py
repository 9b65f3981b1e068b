"""An asset belongs to one business of its owner, and its owner is the party that lets or sells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Lease, Ppa, Purchase, TaxCredit, Tolling
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_asset_claims(deal: Deal) -> list[Finding]:
    """Refuse an asset that two businesses list, one listed by a stranger, and one let or sold by a stranger."""
    return _listed(deal) + _let(deal)


def _listed(deal: Deal) -> list[Finding]:
    found = []
    claims: dict[str, str] = {}
    for v, party in deal.vehicles.items():
        for name, business in party.businesses.items():
            for k, x in enumerate(business.assets):
                path = f"parties.{v}.businesses.{name}.assets.{k}"
                owner = deal.assets[x].owner if x in deal.assets else v
                if owner != v and owner in deal.vehicles:
                    message = f"{v}.{name} lists {x}, but {x} belongs to {owner}."
                    where = [deal.where(path), deal.where(f"assets.{x}.owner")]
                    fix = f"take {x} off the list, or write owner: {v}"
                    found.append(finding("asset-claim", message, where=where, fix=fix))
                elif x in claims:
                    message = f"{x} is listed by 2 businesses, but it belongs to one."
                    where = [deal.where(claims[x]), deal.where(path)]
                    found.append(finding("asset-claim", message, where=where, fix="take it off one of the lists"))
                claims.setdefault(x, path)
    return found


def _let(deal: Deal) -> list[Finding]:
    found = []
    for x, c in deal.contracts.items():
        key = _seller_key(c)
        word = getattr(c, "asset", "") or ""
        asset = deal.assets.get(word)
        if key is None or asset is None or getattr(c, key) not in deal.vehicles or asset.owner not in deal.vehicles:
            continue
        if (party := getattr(c, key)) != asset.owner:
            message = f"contracts.{x}.{key} is {party}, but {word} belongs to {asset.owner}."
            where = [deal.where(f"contracts.{x}.{key}"), deal.where(f"assets.{word}.owner")]
            found.append(finding("asset-claim", message, where=where, fix=f"write {key}: {asset.owner}"))
    return found


def _seller_key(contract: object) -> str | None:
    if isinstance(contract, Lease):
        return "lessor"
    if isinstance(contract, Purchase):
        return "buyer"
    return "seller" if isinstance(contract, Ppa | Tolling | TaxCredit) else None

"""The contingency that closes the agreed total of uses is one, has no amount of its own, and has room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, cost_of, silos, usd

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_plug_of_uses(deal: Deal) -> list[Finding]:
    """Refuse a plug without an open contingency, an open contingency that is not the plug; warn of a total too low."""
    every = silos(deal)
    plug = deal.uses.plug if deal.uses is not None else None
    found = [_open(deal, s) for s in every if s.key != plug and _is_open(s)]
    mine = next((s for s in every if s.key == plug), None)
    if mine is not None and not _is_open(mine):
        found.append(_closed(deal, mine))
    return found + _room(deal, every)


def _is_open(silo: Silo) -> bool:
    terms = silo.terms.contingency
    return terms is not None and terms.amount is None and terms.share is None


def _open(deal: Deal, silo: Silo) -> Finding:
    path = f"{silo.path}.contingency"
    message = f"{path} has neither amount nor share, but {silo.key} is not the plug of uses."
    where = [deal.where(path), deal.where("uses.plug")]
    return finding("plug-of-uses", message, where=where, fix=f"write an amount or a share, or uses.plug: {silo.key}")


def _closed(deal: Deal, silo: Silo) -> Finding:
    path, terms = f"{silo.path}.contingency", silo.terms.contingency
    if terms is None:
        message = f"uses.plug is {silo.key}, but {silo.key} has no contingency to close the total with."
        where, fix = [deal.where("uses.plug"), deal.where(silo.path)], f"write contingency: {{}} under {silo.path}"
    else:
        key = "amount" if terms.amount is not None else "share"
        message = f"uses.plug is {silo.key}, but its contingency has {key} of its own: 2 figures for one amount."
        where, fix = [deal.where("uses.plug"), deal.where(f"{path}.{key}")], f"take {path}.{key} out, or take uses out"
    return finding("plug-of-uses", message, where=where, fix=fix)


def _room(deal: Deal, every: list[Silo]) -> list[Finding]:
    """Warn where the cost of assets alone is above the agreed total."""
    if deal.uses is None:
        return []
    costs = {x: cost_of(a) for s in every for x, a in s.assets.items()}
    certain = sum(costs.values()) + sum(s.terms.costs_at_close for s in every)
    if certain <= deal.uses.total * (1 + 1e-9):
        return []
    message = (
        f"uses.total is {usd(deal.uses.total)}, but assets and costs at close come to {usd(certain)}: nothing is left "
        f"for fees, interest and contingency."
    )
    where = [deal.where("uses.total"), *(deal.where(f"assets.{x}") for x, cost in costs.items() if cost)]
    fix = f"raise uses.total above {usd(certain)}, or lower the cost of the assets"
    return [finding("plug-of-uses", message, where=where, fix=fix, level="warning")]

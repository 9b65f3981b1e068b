"""What a business must pay for, somebody funds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, cost_of, silos, usd

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_unfunded_cost(deal: Deal) -> list[Finding]:
    """Refuse a business with costs to fund and neither loan nor equity."""
    return [found for silo in silos(deal) if not silo.loans and not silo.equity for found in _unfunded(deal, silo)]


def _unfunded(deal: Deal, silo: Silo) -> list[Finding]:
    costs = {f"assets.{x}": cost_of(a) for x, a in silo.assets.items()}
    costs |= {f"contracts.{x}": e.commitment or 0.0 for x, e in silo.holdings.items()}
    costs[f"{silo.path}.costs_at_close"] = silo.terms.costs_at_close
    places = [path for path, cost in costs.items() if cost]
    if not places:
        return []
    message = f"{silo.key} must pay {usd(sum(costs.values()))}, but 0 loans and 0 equity contracts fund it."
    where = [deal.where(path) for path in places]
    fix = f"add a loan to {silo.vehicle}, or an equity contract in it; without a commitment it takes what is missing"
    return [finding("unfunded-cost", message, where=where, fix=fix)]

"""Sources cover the uses that are certain, where no equity is open to take the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, cost_of, financed, silos, stressed, usd

if TYPE_CHECKING:
    from ringfence.errors import Finding, Level
    from ringfence.terms.deal import Deal


def check_sources_short(deal: Deal) -> list[Finding]:
    """Refuse a business whose most possible sources are below its least possible uses; under a scenario only warn."""
    return [found for silo in silos(deal) for found in _short(deal, silo)]


def _short(deal: Deal, silo: Silo) -> list[Finding]:
    fixed = {x: e.commitment for x, e in silo.equity.items() if e.commitment is not None}
    if len(fixed) < len(silo.equity) or not (silo.loans or fixed):
        return []
    debt = {x: _most(silo, loan) for x, loan in silo.loans.items()}
    sources, uses = sum(debt.values()) + sum(fixed.values()), _least_uses(silo)
    if sources >= uses * (1 - 1e-9):
        return []
    message = (
        f"{silo.key} has sources of at most {usd(sources)} (loans {usd(sum(debt.values()))}, equity "
        f"{usd(sum(fixed.values()))}), but uses of at least {usd(uses)}: {usd(uses - sources)} is missing."
    )
    where = [deal.where(f"assets.{x}") for x, a in silo.assets.items() if cost_of(a)]
    where += [deal.where(f"contracts.{x}.size") for x in debt] + [
        deal.where(f"contracts.{x}.commitment") for x in fixed
    ]
    fix = "raise a loan or a commitment, or add an equity contract without a commitment, which takes what is missing"
    level: Level = "warning" if stressed(deal) else "error"
    return [finding("sources-short", message, where=where, fix=fix, level=level)]


def _most(silo: Silo, loan: Loan) -> float:
    """What a loan can come to at most: fixed amounts, gearing of named assets, and never more than cost. [USD]"""
    limits: list[float] = [sum(cost_of(a) for a in silo.assets.values())]
    for c in loan.size.min:
        if c.amount is not None:
            limits.append(c.amount)
        if c.gearing is not None and c.of:
            limits.append(c.gearing * sum(cost_of(a) for x, a in financed(silo, loan).items() if x in c.of))
    return min(limits)


def _least_uses(silo: Silo) -> float:
    """Cost of assets, closing costs and a stated contingency, before fees, interest and capital calls. [USD]"""
    cost = sum(cost_of(a) for a in silo.assets.values())
    terms, kept = silo.terms.contingency, 0.0
    if terms is not None:
        kept = terms.amount if terms.amount is not None else (terms.share or 0.0) * cost
        kept *= terms.spent
    return cost + silo.terms.costs_at_close + kept

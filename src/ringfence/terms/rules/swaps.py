"""A swap hedges a floating loan of its own vehicle, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan, Swap
from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_swaps(deal: Deal) -> list[Finding]:
    """Refuse a swap on a fixed loan, of another vehicle, or a second one on a loan; warn of one on nothing."""
    found: list[Finding] = []
    first: dict[str, str] = {}
    for x, swap in deal.of_type("swap").items():
        loan = deal.contracts.get(swap.hedges)
        if isinstance(loan, Loan):
            found += _wrong(deal, x, swap, loan)
        if swap.hedges in first:
            message = f"{swap.hedges} is hedged by 2 swaps, {first[swap.hedges]} and {x}, but the model reads one."
            where = [deal.where(f"contracts.{y}.hedges") for y in (first[swap.hedges], x)]
            found.append(finding("swap", message, where=where, fix="make them one swap"))
        first.setdefault(swap.hedges, x)
    return found


def _wrong(deal: Deal, x: str, swap: Swap, loan: Loan) -> list[Finding]:
    path, debt = f"contracts.{x}", f"contracts.{swap.hedges}"
    if not loan.pricing.floating:
        message = (
            f"{x} swaps {swap.hedges} to {share(swap.fixed)}, but it is fixed at {share(loan.pricing.margin)} already."
        )
        where = [deal.where(f"{path}.hedges"), deal.where(f"{debt}.pricing")]
        return [
            finding(
                "swap",
                message,
                where=where,
                fix=f"take {x} out, or write {swap.hedges}'s pricing as an index and a margin",
            )
        ]
    if swap.vehicle != loan.borrower and {swap.vehicle, loan.borrower} <= set(deal.vehicles):
        message = f"{path}.vehicle is {swap.vehicle}, but {swap.hedges} is owed by {loan.borrower}."
        where = [deal.where(f"{path}.vehicle"), deal.where(f"{debt}.borrower")]
        return [finding("swap", message, where=where, fix=f"write vehicle: {loan.borrower}")]
    if not swap.share:
        message = f"{path}.share is 0: 0% of {swap.hedges} is hedged."
        fix = f"write a share above 0, or take {x} out"
        return [finding("swap", message, where=[deal.where(f"{path}.share")], fix=fix, level="warning")]
    return []

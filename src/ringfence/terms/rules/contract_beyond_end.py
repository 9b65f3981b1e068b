"""Contracts end within the deal's timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Lease, Ppa, TaxCredit, Tolling
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, end_of, lease_end, offtake_window

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_contract_beyond_end(deal: Deal) -> list[Finding]:
    """Warn, once for the deal, of contracts whose last years lie beyond the timeline and count for nothing."""
    end = end_of(deal)
    ends = {x: month for x, c in deal.contracts.items() if (month := _end(deal, c)) is not None and month > end + EPS}
    if not ends:
        return []
    told = ", ".join(f"{x} to {day_of(deal, month)}" for x, month in ends.items())
    message = f"The deal ends on {deal.timeline.until}, but {told}: what comes later is not in any figure."
    where = [deal.where("timeline.until"), *(deal.where(f"contracts.{x}.term") for x in ends)]
    fix = f"move timeline.until to {day_of(deal, max(ends.values()))}, or shorten the terms"
    return [finding("contract-beyond-end", message, where=where, fix=fix, level="warning")]


def _end(deal: Deal, c: object) -> float | None:
    if isinstance(c, Lease):
        end = lease_end(deal, c)
        return None if end is None else end + sum(r.term for r in c.renewal if r.exercised)
    if isinstance(c, Ppa | Tolling | TaxCredit):
        window = offtake_window(deal, c)
        return None if window is None else window[1]
    return None

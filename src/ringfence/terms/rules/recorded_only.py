"""Terms that are kept on record and that no figure uses yet: said aloud, so that nobody believes they are priced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_recorded_only(deal: Deal) -> list[Finding]:
    """Note every option, guarantee and take-or-pay clause that is recorded and not yet computed."""
    paths = list(_recorded(deal))
    if not paths:
        return []
    message = f"Recorded and in no cash flow yet: {', '.join(paths)}."
    fix = "show what exercising one would do as a scenario: a longer lease.term, an earlier timeline.until"
    return [finding("recorded-only", message, where=[deal.where(path) for path in paths], fix=fix, level="note")]


def _recorded(deal: Deal) -> Iterator[str]:
    for x, contract in deal.contracts.items():
        if contract.type == "guarantee":
            yield f"contracts.{x}"
        renewals = getattr(contract, "renewal", ())
        if renewals and not any(r.exercised for r in renewals):
            yield f"contracts.{x}.renewal"
        for term in ("termination", "purchase_option", "take_or_pay"):
            if getattr(contract, term, None):
                yield f"contracts.{x}.{term}"

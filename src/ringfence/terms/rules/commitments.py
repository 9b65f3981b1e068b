"""A fixed commitment is paid into one business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import silos, usd

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_commitments(deal: Deal) -> list[Finding]:
    """Refuse a commitment that several businesses would each call in full."""
    found = []
    every = silos(deal)
    for x, c in deal.of_type("equity").items():
        keys = [s.key for s in every if x in s.equity]
        if c.commitment is not None and len(keys) > 1:
            message = (
                f"contracts.{x}.commitment is {usd(c.commitment)}, but {len(keys)} businesses share it "
                f"({', '.join(keys)}) and nothing says how."
            )
            where = [deal.where(f"contracts.{x}.{key}") for key in ("commitment", "businesses")]
            fix = f"name one business, or write one contract for each; without a commitment {x} takes what is missing"
            found.append(finding("commitment-shared", message, where=where, fix=fix))
    return found

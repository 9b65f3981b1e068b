"""Waterfall, costs and businesses are terms of a vehicle, said once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.named import a

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

BUSINESS = ("waterfall", "funding", "contingency", "costs_at_close", "minimum_cash", "distributions")


def check_vehicle_terms(deal: Deal) -> list[Finding]:
    """Refuse terms of a business that nothing reads: beside a list of businesses, or of a party that is no vehicle."""
    found = []
    for v, party in deal.parties.items():
        written = [key for key in (*BUSINESS, "businesses") if key in party.model_fields_set]
        if party.role != "vehicle" and written:
            message = f"parties.{v} is {a(party.role)}, but only a vehicle has {', '.join(written)}."
            fix = f"write role: vehicle, or take {' and '.join(written)} out"
            where = [deal.where(f"parties.{v}.role"), *(deal.where(f"parties.{v}.{key}") for key in written)]
            found.append(finding("vehicle-terms", message, where=where, fix=fix))
        elif party.businesses and (above := [key for key in written if key != "businesses"]):
            message = (
                f"parties.{v} has {len(party.businesses)} businesses, but none of them reads {', '.join(above)} above."
            )
            where = [deal.where(f"parties.{v}.{key}") for key in above]
            fix = f"move {' and '.join(above)} into a business: {', '.join(party.businesses)}"
            found.append(finding("vehicle-terms", message, where=where, fix=fix))
    return found

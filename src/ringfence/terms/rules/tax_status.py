"""A tax rate and a tax status say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_tax_status(deal: Deal) -> list[Finding]:
    """Warn of a rate that is not charged, and of a taxed vehicle that pays nothing."""
    found = []
    for v, party in deal.vehicles.items():
        path, tax = f"parties.{v}.tax", party.tax
        if (tax.status == "pass_through") != bool(tax.rate):
            continue
        message = f"{path} has a rate of {share(tax.rate)}, but its status is pass_through: no tax is charged."
        fix = "write status: taxed, or take rate out"
        if tax.status != "pass_through":
            message = f"{path} has status {tax.status}, but its rate is 0%: no tax is charged."
            fix = "write rate: 21%, or status: pass_through"
        where = [deal.where(f"{path}.status"), deal.where(f"{path}.rate")]
        found.append(finding("tax-status", message, where=where, fix=fix, level="warning"))
    return found

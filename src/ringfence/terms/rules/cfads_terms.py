"""What a loan counts as cash flow is said in one way, and is something of its own business."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.contract import Loan
    from ringfence.terms.deal import Deal


def check_cfads_terms(deal: Deal) -> list[Finding]:
    """Refuse a loan that says both what counts alone and what does not count."""
    found = []
    for x, loan in deal.of_type("loan").items():
        if loan.cfads.only and loan.cfads.without:
            message = (
                f"contracts.{x}.cfads counts only {len(loan.cfads.only)} and leaves out {len(loan.cfads.without)}, but "
                "one of the two says it all."
            )
            where = [deal.where(f"contracts.{x}.cfads.{key}") for key in ("only", "without")]
            found.append(finding("cfads-terms", message, where=where, fix="keep only, or keep without"))
        found += _after_tax(deal, x, loan)
    return found


def _after_tax(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    """Refuse cover after tax where the vehicle pays tax: its tax leans on the interest of the debt being sized."""
    borrower = deal.parties.get(loan.borrower)
    if loan.cfads.tax != "after" or borrower is None or borrower.tax.status != "taxed":
        return []
    message = (
        f"contracts.{x}.cfads counts cash after tax, but {loan.borrower} pays tax and cover is measured before it."
    )
    where = [deal.where(f"contracts.{x}.cfads.tax"), deal.where(f"parties.{loan.borrower}.tax.status")]
    fix = "write tax: before and ask for more cover, or let the owners pay the tax (tax.status owners or pass_through)"
    return [finding("cfads-after-tax", message, where=where, fix=fix)]

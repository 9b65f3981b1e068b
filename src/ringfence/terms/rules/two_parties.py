"""A contract is between two parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

SIDES = {
    "loan": ("lender", "borrower"),
    "lease": ("lessor", "lessee"),
    "ppa": ("seller", "buyer"),
    "tolling": ("seller", "buyer"),
    "capacity": ("seller", "buyer"),
    "tax_credit": ("seller", "buyer"),
    "services": ("payer", "payee"),
    "management": ("payer", "payee"),
    "hosting": ("payer", "payee"),
    "swap": ("counterparty", "vehicle"),
    "letter_of_credit": ("issuer", "applicant"),
    "purchase": ("vendor", "buyer"),
    "guarantee": ("guarantor", "obligor"),
}


def check_two_parties(deal: Deal) -> list[Finding]:
    """Refuse a contract of a party with itself; warn of recourse to the borrower, who owes the loan anyway."""
    found = []
    for x, c in deal.contracts.items():
        one, other = SIDES.get(c.type, ("", ""))
        if one and getattr(c, one) == getattr(c, other):
            message = f"contracts.{x}: {one} and {other} are both {getattr(c, one)}, but a contract has 2 parties."
            where = [deal.where(f"contracts.{x}.{one}"), deal.where(f"contracts.{x}.{other}")]
            found.append(finding("two-parties", message, where=where, fix=f"name another party as {one} or {other}"))
    for x, loan in deal.of_type("loan").items():
        for k, party in enumerate(loan.recourse):
            if party == loan.borrower:
                message = f"contracts.{x}.recourse names {party}, but {party} is the borrower and owes it anyway."
                where = [deal.where(f"contracts.{x}.recourse.{k}"), deal.where(f"contracts.{x}.borrower")]
                fix = "name the party beyond the borrower, or take recourse out"
                found.append(finding("two-parties", message, where=where, fix=fix, level="warning"))
    return found

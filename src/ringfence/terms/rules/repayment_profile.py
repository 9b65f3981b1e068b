"""The terms of a repayment fit its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_repayment_profile(deal: Deal) -> list[Finding]:
    """Refuse custom shares that do not fit, and a balloon or shares that the profile does not read."""
    return [
        found for x, loan in deal.of_type("loan").items() for found in _shares(deal, x, loan) + _balloon(deal, x, loan)
    ]


def _shares(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    r, path = loan.repayment, f"contracts.{x}.repayment"
    where = [deal.where(f"{path}.{key}") for key in ("shares", "profile", "count")]
    whole = sum(r.shares)
    if r.profile != "custom":
        if not r.shares:
            return []
        message = f"{path} has {len(r.shares)} shares, but its profile is {r.profile}, which reads none."
        return [finding("repayment-profile", message, where=where[:2], fix="write profile: custom, or take shares out")]
    if len(r.shares) != r.count:
        message = f"{path} has {len(r.shares)} shares, but {r.count} repayments."
        return [
            finding("repayment-profile", message, where=where, fix=f"write {r.count} shares, or count: {len(r.shares)}")
        ]
    if abs(whole - 1) > 1e-6:
        message = f"{path}.shares add up to {share(whole)}, not 100%."
        return [finding("repayment-profile", message, where=where[:1], fix="make the shares add up to 100%")]
    return []


def _balloon(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    r, path = loan.repayment, f"contracts.{x}.repayment"
    if not r.balloon or r.profile not in ("bullet", "custom"):
        return []
    told = "repays 100% with the last instalment" if r.profile == "bullet" else "says the last instalment itself"
    message = f"{path}.balloon is {share(r.balloon)}, but a {r.profile} profile {told}."
    where = [deal.where(f"{path}.balloon"), deal.where(f"{path}.profile")]
    fix = "take balloon out, or write profile: level or linear"
    return [finding("repayment-profile", message, where=where, fix=fix)]

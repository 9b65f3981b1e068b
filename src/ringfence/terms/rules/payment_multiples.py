"""Reserves and tests look over whole payment intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, length

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_payment_multiples(deal: Deal) -> list[Finding]:
    """Warn of a reserve or a test period that is no whole number of payment intervals."""
    found: list[Finding] = []
    for x, loan in deal.of_type("loan").items():
        if loan.reserve is not None:
            found += _rounded(deal, x, "reserve.months", loan.reserve.months, loan.repayment.every)
        if loan.covenants.test is not None:
            found += _rounded(deal, x, "covenants.test", loan.covenants.test, loan.repayment.every)
    return found


def _rounded(deal: Deal, x: str, key: str, months: float, every: float) -> list[Finding]:
    if every <= 0 or (months > 0 and abs(months / every - round(months / every)) < EPS):
        return []
    paths = (f"contracts.{x}.{key}", f"contracts.{x}.repayment.every")
    message = (
        f"contracts.{x}.{key} is {length(months)}, but {x} is paid every {length(every)}: that is "
        f"{months / every:.3g} payment intervals."
    )
    fix = f"write {length(max(1, round(months / every)) * every)}, or change repayment.every"
    return [finding("payment-multiples", message, where=[deal.where(p) for p in paths], fix=fix, level="warning")]

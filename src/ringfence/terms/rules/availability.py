"""A loan can be drawn while what it finances is paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, loan_dates, period_end, spending
from ringfence.terms.rules.reach import Silo, financed, share, silos

if TYPE_CHECKING:
    from ringfence.errors import Finding, Level
    from ringfence.terms.deal import Deal


def check_availability(deal: Deal) -> list[Finding]:
    """Refuse availability that ends before the first payment; warn of the share of cost paid after it."""
    return [found for silo in silos(deal) for x, loan in silo.loans.items() for found in _wrong(deal, silo, x, loan)]


def _wrong(deal: Deal, silo: Silo, x: str, loan: Loan) -> list[Finding]:
    assets = financed(silo, loan)
    paid = sorted((period_end(deal, month), amount) for a in assets.values() for month, amount in spending(deal, a))
    whole, ends = sum(amount for _, amount in paid), loan_dates(deal, loan).availability
    late = sum(amount for month, amount in paid if month > ends + EPS)
    if not late or ends < -EPS:
        return []
    drawn = f"{x} can be drawn until {day_of(deal, ends)}"
    where = [deal.where(f"contracts.{x}.availability"), *(deal.where(f"assets.{a}") for a in assets)]
    if paid[0][0] > ends + EPS:
        message = f"{drawn}, but what it finances is first paid for in the period to {day_of(deal, paid[0][0])}."
        fix = f"let availability end on {day_of(deal, paid[-1][0])} or later"
        level: Level = "error" if silo.terms.funding == "deliveries" else "warning"
        return [finding("availability", message, where=where, fix=fix, level=level)]
    if silo.terms.funding == "debt_first":
        return []
    message = (
        f"{drawn}, but {share(late / whole)} of the cost it finances is paid in periods that end later, to "
        f"{day_of(deal, paid[-1][0])}: equity takes that share."
    )
    fix = f"let availability end on {day_of(deal, paid[-1][0])} or later, or pay earlier"
    return [finding("availability", message, where=where, fix=fix, level="warning")]

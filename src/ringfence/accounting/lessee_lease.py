"""A lease as its lessee measures it: payments, rate, term, and what changes; refused where its dates contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payments
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import refused

Framework = Literal["IFRS 16", "ASC 842"]
NEAR = 1e-6
"""Dates closer than this are one date. [month]"""


@dataclass(frozen=True)
class LesseeLease:
    """A lease as the lessee measures it.

    Parameters
    ----------
    payments
        Payments the liability measures, those of the commencement day included.
    rate
        Discount rate.
    term
        Lease term. [month]
    framework
        IFRS 16 or ASC 842.
    operating
        Whether ASC 842 classifies it operating.
    initial_direct_costs
        [USD]
    incentives
        Received at or before commencement; later ones are negative payments. [USD]
    prepaid
        Paid before the commencement day. [USD]
    restoration
        PV of the restoration provision at commencement (IAS 37). [USD]
    ownership
        Whether the lessee will own the asset: the right is then amortised over `life`.
    life
        Useful life of the asset. [month]
    changes
        Reassessments and modifications, in order.
    impairments
        (month, amount) written off the right. [month, USD]
    variable
        Payments that are not measured: usage, other than index. Expensed as incurred.
    """

    payments: Payments
    rate: Rate
    term: float
    framework: Framework = "IFRS 16"
    operating: bool = False
    initial_direct_costs: float = 0.0
    incentives: float = 0.0
    prepaid: float = 0.0
    restoration: float = 0.0
    ownership: bool = False
    life: float | None = None
    changes: tuple[Change, ...] = ()
    impairments: tuple[tuple[float, float], ...] = ()
    variable: Payments = ()

    def __post_init__(self) -> None:
        _check(self)

    @property
    def amortised_to(self) -> float:
        """End of the right's amortisation at first. [month]"""
        return amortised_until(self.term, self.life, self.ownership)

    @property
    def at_start(self) -> float:
        """What the right of use holds at commencement beside the liability and the day's payment. [USD]"""
        return self.initial_direct_costs + self.prepaid + self.restoration - self.incentives


def amortised_until(term: float, life: float | None, ownership: bool) -> float:
    """Return the end of the right's amortisation: the shorter of term and life, or the life of what will be owned."""
    if life is None:
        return term
    return life if ownership else min(term, life)


def _check(lease: LesseeLease) -> None:
    if lease.term <= 0 or (lease.life is not None and lease.life <= 0):
        raise refused(
            "life", f"the term is {lease.term:g} months and the life {lease.life} months.", fix="state both above 0"
        )
    if lease.ownership and lease.life is None:
        raise refused(
            "life",
            "the lessee will own the asset, but no useful life is given.",
            paragraph="IFRS 16.32",
            fix="state life",
        )
    if lease.operating and lease.framework != "ASC 842":
        raise refused(
            "lease-dates",
            "an operating lease of a lessee exists under ASC 842 only.",
            paragraph="IFRS 16.22",
            fix="leave operating out under IFRS 16",
        )
    late = [p for p in lease.payments if p.month > lease.term + NEAR and p.kind != "purchase"]
    if late:
        raise refused(
            "lease-dates",
            f"a payment of {late[0].amount:,.2f} is dated month {late[0].month:g}, after the end of the term in month "
            f"{lease.term:g}.",
            paragraph="IFRS 16.27",
            fix="lengthen the term by the option that brings the payment, or leave the payment out",
        )
    months = [c.month for c in lease.changes]
    if months != sorted(months) or len(set(months)) != len(months):
        raise refused("lease-dates", f"changes are dated {months}; give one for each date, in order.")
    if any(amount < 0 for amount in (lease.initial_direct_costs, lease.incentives, lease.prepaid, lease.restoration)):
        raise refused("lease-amounts", "direct costs, incentives, prepayments and restoration are magnitudes.")

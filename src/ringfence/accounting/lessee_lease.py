"""A lease as its lessee measures it: payments, rate, term, and what changes; refused where its dates contradict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.modification import Change
from ringfence.accounting.payments import Payments
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused

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
    one_of("framework", lease.framework, get_args(Framework))
    finite("life", term=lease.term, life=lease.life)
    magnitudes(
        "lease-amounts",
        initial_direct_costs=lease.initial_direct_costs,
        incentives=lease.incentives,
        prepaid=lease.prepaid,
        restoration=lease.restoration,
    )
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
    late = [p for p in lease.payments if p.month > lease.term + NEAR]
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
    _check_options(lease)
    _check_changes(lease)
    for month, amount in lease.impairments:
        magnitudes("lease-amounts", impairment=amount)
        if not 0 < month <= _end(lease, month) + NEAR:
            raise refused("lease-dates", f"an impairment is dated month {month:g}, outside the lease.")


def _check_options(lease: LesseeLease) -> None:
    """A purchase option among the payments is used at the end of the term, and the asset is then owned (16.32)."""
    owned = lease.ownership
    agreed = [(lease.payments, owned)]
    for change in lease.changes:
        owned = owned if change.ownership is None else change.ownership
        agreed.append((change.payments, owned))
    for payments, owns in agreed:
        bought = [p for p in payments if p.kind == "purchase" and p.amount > 0]
        if bought and not owns:
            raise refused(
                "life",
                f"the payments hold a purchase option of {bought[0].amount:,.2f}, but the lessee will not own the "
                "asset.",
                paragraph="IFRS 16.32",
                fix="state ownership and the useful life, or leave the option out until it is reasonably certain",
            )


def _end(lease: LesseeLease, month: float) -> float:
    """End of the lease as expected just before a date. [month]"""
    ends = [c.term for c in lease.changes if c.term is not None and c.month < month]
    return ends[-1] if ends else lease.term


def _check_changes(lease: LesseeLease) -> None:
    for change in lease.changes:
        before = _end(lease, change.month)
        after = before if change.term is None else change.term
        if change.month > before - NEAR or change.month > after - NEAR:
            raise refused(
                "lease-dates",
                f"a change is dated month {change.month:g}; the lease ends in month {min(before, after):g}.",
                fix="date it before the end of the lease, and end the lease after it",
            )
        late = [p for p in change.payments if p.month > after + NEAR]
        if late:
            raise refused(
                "lease-dates",
                f"after the change in month {change.month:g} a payment of {late[0].amount:,.2f} is dated month "
                f"{late[0].month:g}, after the end of the term in month {after:g}.",
                paragraph="IFRS 16.27",
                fix="state the term of the changed lease",
            )
        if change.shortened and after > before - NEAR:
            raise refused(
                "change",
                f"the lease is shortened in month {change.month:g} from month {before:g} to month {after:g}.",
                paragraph="IFRS 16.46(a)",
                fix="state the new, earlier end as its term",
            )
        if change.operating and lease.framework != "ASC 842":
            raise refused("change", "an operating lease of a lessee exists under ASC 842 only.", paragraph="IFRS 16.22")

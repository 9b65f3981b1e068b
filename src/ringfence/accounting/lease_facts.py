"""What a deal says about its lease, as accounting reads it: tranches with dated payments, values, lives, the guarantee.

Payments are the rows ``<lease>.<tranche>.due`` of the deal's own sheet, built month by month so that each falls on its
month whatever grid the deal is shown on. Nothing is priced a second time here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.accounting.citations import cite
from ringfence.accounting.payments import Payment, Payments, Timing, allocate
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import refused
from ringfence.terms.accounting import AccountingTerms, LeaseAccounting
from ringfence.terms.asset import GpuFleet

if TYPE_CHECKING:
    from ringfence.run.result import Run
    from ringfence.terms.contract.lease import Lease
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class TrancheFacts:
    """A delivery as a lease of its own.

    Attributes
    ----------
    name
        ``batch_1``.
    units
        [GPU]
    start
        Commencement, months since close. [month]
    age
        Of the GPUs at commencement, since acceptance. [month]
    term
        Non-cancellable. [month]
    payments
        Lease payments of that term, dated since commencement. [USD]
    renewals
        Those of each renewal in turn. [USD]
    hardware, fair_value
        Hardware price; fair value at commencement. [USD]
    by_use
        Rent by use expected beyond take-or-pay, of the firm term and of each renewal. [USD]
    """

    name: str
    units: float
    start: float
    age: float
    term: float
    payments: Payments
    hardware: float
    fair_value: float
    renewals: tuple[Payments, ...] = ()
    by_use: tuple[Payments, ...] = ()


@dataclass(frozen=True)
class DealLease:
    """The lease of a deal.

    Attributes
    ----------
    id, terms, fleet
        The contract and the fleet.
    policy, marks
        The deal's accounting block, or its defaults.
    tranches
        In the order of delivery; those that never start are left out.
    borrowing
        Lessee's incremental borrowing rate.
    residual_share
        Expected value at the end of the lease, share of hardware price. [ratio]
    life
        Economic life when new. [month]
    lease_share
        Part of the rent that is for the lease. [ratio]
    places
        Where the terms are written.
    owns
        Whether the lessee is reasonably certain to buy: the right is amortised over the life.
    bought
        Price at which it does, share of the hardware price; None: at market, or not at all. [ratio]
    """

    id: str
    terms: Lease
    fleet: GpuFleet
    policy: LeaseAccounting
    accounting: AccountingTerms
    tranches: tuple[TrancheFacts, ...]
    borrowing: Rate
    residual_share: float
    life: float
    lease_share: float
    places: tuple[str, ...]
    owns: bool = False
    bought: float | None = None

    @property
    def timing(self) -> Timing:
        """In advance or in arrears."""
        return "advance" if self.terms.due == "in_advance" else "arrears"

    @property
    def fair_value(self) -> float:
        """Of all tranches at commencement. [USD]"""
        return sum(t.fair_value for t in self.tranches)

    @property
    def hardware(self) -> float:
        """Hardware price of all tranches. [USD]"""
        return sum(t.hardware for t in self.tranches)

    def at_age(self, months: float) -> DealLease:
        """Return the lease with the value expected at another age than the end of the firm term.

        Parameters
        ----------
        months
            Age at the end of the lease term. [month]
        """
        return replace(self, residual_share=_residual_share(self.policy, self.fleet, months))

    @property
    def residual(self) -> float:
        """Expected value at the end of the lease. [USD]"""
        return self.hardware * self.residual_share

    @property
    def guaranteed(self) -> float:
        """Residual value guaranteed. [USD]"""
        guarantee = self.terms.residual_value_guarantee
        return 0.0 if guarantee is None else guarantee.share * self.hardware

    @property
    def recovered_share(self) -> float:
        """What the lessor recovers at the end, share of the hardware price: a guarantee holds whatever is expected."""
        return max(self.residual_share, self.assured_share) if self.bought is None else self.bought

    @property
    def assured_share(self) -> float:
        """Part of that which is a receivable: the price of a purchase, or the value guaranteed, share of the price."""
        if self.bought is not None:
            return self.bought
        guarantee = self.terms.residual_value_guarantee
        return 0.0 if guarantee is None else guarantee.share

    @property
    def guarantor_is_lessee(self) -> bool:
        """Whether the lessee itself guarantees."""
        guarantee = self.terms.residual_value_guarantee
        return guarantee is not None and guarantee.guarantor in (None, self.terms.lessee)

    @property
    def payments(self) -> Payments:
        """Firm payments of all tranches, each dated since its own commencement. [USD]"""
        return tuple(p for t in self.tranches for p in t.payments)


def lease_of(deal: Deal, lease: str | None = None) -> str:
    """Return the lease to account for: the one named, else the sponsor's, else the first.

    Parameters
    ----------
    deal
        The deal.
    lease
        Id, or None.
    """
    leases = deal.of_type("lease")
    if lease is None:
        sponsor = deal.sponsor.party if deal.sponsor else None
        mine = [x for x, c in leases.items() if c.lessee == sponsor]
        lease = next(iter([*mine, *leases]), None)
    if lease not in leases:
        raise refused(
            "lease-dates",
            f"the deal has no lease{f' {lease}' if lease else ''}.",
            fix="declare a lease under contracts",
        )
    return str(lease)


def read_lease(deal: Deal, lease: str | None = None) -> DealLease:
    """Return what a deal says about its lease.

    Parameters
    ----------
    deal
        The deal.
    lease
        Id; left out: the sponsor's.

    Returns
    -------
    DealLease
        Tranches and policies.
    """
    id = lease_of(deal, lease)
    terms: Lease = deal.of_type("lease")[id]
    fleet = deal.assets[terms.asset]
    assert isinstance(fleet, GpuFleet)
    accounting = deal.accounting or AccountingTerms()
    policy = accounting.leases.get(id) or LeaseAccounting()
    _check_policy(deal, id, policy)
    share = _lease_share(policy)
    tranches = _tranches(deal, id, terms, policy, share)
    if not tranches:
        raise refused(
            "lease-dates",
            f"no tranche of {id} ever starts.",
            where=[deal.where(f"contracts.{id}.start")],
            fix="give its site power, or its start a long stop",
        )
    life = fleet.life if policy.life is None else policy.life
    oldest = max(tranches, key=lambda t: t.age)
    if oldest.age >= life:
        raise refused(
            "life",
            f"{id}.{oldest.name} commences {oldest.age:g} months after acceptance, past its life of {life:g} months.",
            paragraph=cite("ASC 842-10-25-2(c)"),
            where=[deal.where(f"contracts.{id}"), deal.where(f"assets.{terms.asset}.life")],
            fix="power the site earlier, or state a longer life",
        )
    return DealLease(
        id=id,
        terms=terms,
        fleet=fleet,
        policy=policy,
        accounting=accounting,
        tranches=tranches,
        borrowing=_borrowing(deal, id, policy),
        residual_share=_residual_share(policy, fleet, terms.term),
        life=life,
        lease_share=share,
        places=(deal.where(f"contracts.{id}"), deal.where(f"assets.{terms.asset}")),
    )


def _check_policy(deal: Deal, id: str, policy: LeaseAccounting) -> None:
    """Refuse what names no lease, and what is no life or no rate."""
    leases = deal.of_type("lease")
    stated = deal.accounting.leases if deal.accounting is not None else {}
    for name in stated:
        if name not in leases:
            raise refused(
                "named",
                f"accounting.leases names {name}, which is no lease of the deal.",
                where=[deal.where(f"accounting.leases.{name}")],
                fix=f"name one of {', '.join(leases)}",
            )
    place = f"accounting.leases.{id}"
    if policy.life is not None and policy.life <= 0:
        raise refused(
            "life",
            f"{place}.life is {policy.life:g} months.",
            paragraph=cite("ASC 842-10-25-2(c)"),
            where=[deal.where(f"{place}.life")],
            fix="state the economic life when new, or leave it out for that of the asset",
        )
    if policy.ibr is not None and policy.ibr < 0:
        raise refused(
            "discount-rate",
            f"{place}.ibr is {policy.ibr:.2%}.",
            paragraph=cite("IFRS 16.26", "ASC 842-20-30-3"),
            where=[deal.where(f"{place}.ibr")],
            fix="state what the lessee would pay to borrow over the term with the same security",
        )


def _lease_share(policy: LeaseAccounting) -> float:
    """Part of the rent that is for the lease, by stand-alone price. [ratio]"""
    if not policy.standalone:
        return 1.0
    return allocate(1.0, policy.standalone, expedient=policy.combine_components)["lease"]


def _borrowing(deal: Deal, id: str, policy: LeaseAccounting) -> Rate:
    annual = policy.ibr
    if annual is None and deal.sponsor is not None:
        annual = deal.sponsor.own_debt_rate
    if annual is None:
        raise refused(
            "discount-rate",
            f"neither accounting.leases.{id}.ibr nor sponsor.own_debt_rate is given.",
            paragraph=cite("IFRS 16.26", "ASC 842-20-30-3"),
            where=[deal.where(f"contracts.{id}")],
            fix=f"write accounting.leases.{id}.ibr: 6.8%",
        )
    return Rate(annual, policy.rate_convention, policy.compounding)


def _residual_share(policy: LeaseAccounting, fleet: GpuFleet, age: float) -> float:
    """Expected value at the end of the term as a share of the hardware price. [ratio]"""
    if policy.residual is not None:
        return policy.residual
    sale = fleet.sale
    if sale is None:
        return 0.0
    if sale.share is not None:
        return sale.share
    curve = fleet.curves.get(sale.curve or "")
    return max(between(curve.ages, curve.values, age), 0.0) if curve else 0.0


def between(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    """Read a table in straight lines, its ends held."""
    if x <= xs[0]:
        return ys[0]
    for (a, b), (low, high) in zip(pairwise(xs), pairwise(ys), strict=True):
        if x <= b:
            return low + (high - low) * (x - a) / (b - a)
    return ys[-1]


def _tranches(
    deal: Deal, id: str, terms: Lease, policy: LeaseAccounting, lease_share: float
) -> tuple[TrancheFacts, ...]:
    from ringfence.blocks.lease_books import build_lease
    from ringfence.run import reference

    sheet, names = build_lease(deal, id, lease_share=lease_share)
    items: tuple[str, ...] = ("units", "start", "end", "measured", "hardware")
    items += tuple(f"renewal_{n + 1}.measured" for n in range(len(terms.renewal)))
    if terms.usage is not None:
        items += ("due", *(f"renewal_{n + 1}.due" for n in range(len(terms.renewal))))
    wanted = [f"{id}.{name}.{item}" for name in names for item in items]
    wanted += [f"{terms.asset}.{batch}.accepted" for batch in dict.fromkeys(n.partition(".")[0] for n in names)]
    run = reference.prepare(sheet).run_subset([*wanted, "period.end", "period.never"])
    whole = sum(run.cell(f"{id}.{n}.hardware") for n in names)
    value = whole if policy.fair_value is None else policy.fair_value
    found = [
        _tranche(run, terms.asset, f"{id}.{name}", name, terms, value / whole if whole else 1.0, lease_share)
        for name in names
    ]
    return tuple(t for t in found if t is not None)


def _tranche(
    run: Run, fleet: str, key: str, name: str, terms: Lease, scale: float, lease_share: float
) -> TrancheFacts | None:
    units, start, end = run.cell(f"{key}.units"), run.cell(f"{key}.start"), run.cell(f"{key}.end")
    if units <= 0 or start >= run.cell("period.never"):
        return None
    timing: Timing = "advance" if terms.due == "in_advance" else "arrears"
    payments = _payments(run, f"{key}.measured", start, end, timing)
    renewals = tuple(
        _payments(run, f"{key}.renewal_{n + 1}.measured", start, None, timing) for n in range(len(terms.renewal))
    )
    hardware = run.cell(f"{key}.hardware")
    age = max(start - run.cell(f"{fleet}.{name.partition('.')[0]}.accepted"), 0.0)
    return TrancheFacts(
        name,
        units,
        start,
        age,
        end - start,
        payments,
        hardware,
        hardware * scale,
        renewals,
        _by_use(run, key, start, end, terms, lease_share),
    )


def _by_use(run: Run, key: str, start: float, end: float, terms: Lease, lease_share: float) -> tuple[Payments, ...]:
    """Rent by use expected beyond take-or-pay: of the firm term, then of each renewal. [USD]"""
    if terms.usage is None or terms.usage.expected <= terms.usage.take_or_pay:
        return ()
    timing: Timing = "advance" if terms.due == "in_advance" else "arrears"
    more = (terms.usage.expected - terms.usage.take_or_pay) * lease_share
    rows = [(f"{key}.due", end), *((f"{key}.renewal_{n + 1}.due", None) for n in range(len(terms.renewal)))]
    found = [_payments(run, row, start, until, timing) for row, until in rows]
    return tuple(tuple(Payment(p.month, p.amount * more, timing) for p in payments) for payments in found)


def _payments(run: Run, row: str, start: float, end: float | None, timing: Timing) -> Payments:
    """Payments of a row, dated since `start`; none after `end`."""
    last = float("inf") if end is None else end - start
    return tuple(
        Payment(min(max(float(e) - start, 0.0), last), float(x), timing)
        for e, x in zip(run.line("period.end"), run.line(row), strict=True)
        if abs(x) > 0
    )

"""A lease of GPUs: who pays rent on how many of them, from when to when, and when the cash moves.

Rows added by :func:`add_lease`, `<l>` being the id of the lease and `<t>` a tranche (``batch_1``, or under a lease
that starts with power ``batch_1.step_2``: the part of a batch that one step of power carries):

    <l>.<t>.units, .start, .end, .rate     GPUs; dates; rent of the tranche            [GPU], [month], [USD/h or month]
    <l>.<t>.due, .earned                   instalment due; rent that accrues           [USD]
    <l>.earning                            GPUs earning rent, average over the period  [GPU]
    <l>.gpu_hours                          contracted hours of these GPUs              [GPU-h]
    <l>.due, <l>.contracted                sums over tranches and exercised renewals   [USD]
    <l>.firm.*, <l>.beyond.*               rent owed in any case, and the rest of it   [USD]
    <l>.abatement, <l>.credit.*            rent lost to missing power or availability  [USD]
    <l>.cash, <l>.earned                   rent paid and rent earned                   [USD]
    <l>.deferred.* or <l>.receivable.*     paid ahead of, or earned ahead of           [USD]
    <l>.deposit.*, <l>.residual_guarantee  security deposit; top-up of sale proceeds   [USD]

The rent of a tranche, as if all were used, is in ``rent.py``; renewals and use are in ``renewal.py``. Without these
there are no rows ``.firm`` and ``.beyond``. Abatement is credited against the next instalments and what is left is
refunded at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import (
    earliest,
    latest,
    on,
)
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.data_centre import Site
from ringfence.blocks.fleet_operation import Operation
from ringfence.blocks.gpu_fleet import Batch, Fleet
from ringfence.blocks.renewal import Renewed, add_renewals, add_renewed_time, add_use
from ringfence.blocks.rent import RentRows, Tranche, add_rent
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    Sheet,
    at_most,
    both,
    choose,
    least,
    less_than,
    most,
    sum_of,
)
from ringfence.terms.contract.lease import Deposit, Lease
from ringfence.units import GPU, GPU_HOUR, MONTH, RATIO, USD


@dataclass(frozen=True)
class LeaseRows:
    """A lease.

    Attributes
    ----------
    tranches
        In the order of the batches.
    ends
        End of the lease of each batch, with the renewals exercised; 0 if it never starts. [month]
    first, last
        Start of the first and end of the last lease, without renewals. [month]
    earning
        GPUs earning rent, average over the period. [GPU]
    gpu_hours
        Contracted hours of these GPUs. [GPU-h]
    contracted
        Rent by the contract alone. [USD]
    abatement
        Rent lost to missing power or availability; 0 under hell or high water. [USD]
    cash, earned
        Rent paid, rent earned. [USD]
    balance
        Rent paid ahead (in advance) or earned ahead (in arrears). [USD]
    streams
        The rent, for the books: what is owed in any case, and what renewals and use bring beside it.
    deposit_paid, deposit_returned
        Security deposit, or None. [USD]
    site_payer
        Party that pays for site and electricity.
    lessee_bears_power
        Whether rent goes on for a GPU without power.
    """

    id: str
    term: Lease
    tranches: tuple[Tranche, ...]
    ends: tuple[Row, ...]
    first: Row
    last: Row
    earning: Row
    gpu_hours: Row
    contracted: Row
    abatement: Row
    cash: Row
    earned: Row
    balance: Row
    streams: tuple[Stream, ...]
    deposit_paid: Row | None
    deposit_returned: Row | None
    site_payer: str
    lessee_bears_power: bool


def add_lease(
    b: Build, id: str, term: Lease, fleet: Fleet, *, site: Site | None = None, index: Row | None = None
) -> LeaseRows:
    """Add a lease of a fleet.

    Parameters
    ----------
    b
        The build. A lease that abates reads the row ``<fleet>.working_share`` that ``add_power_use`` adds later.
    id
        Id of the lease.
    term
        What was agreed.
    fleet
        The fleet leased.
    site
        Its data centre, for a lease that starts with power.
    index
        Level of the index by period, if the rent follows one. [ratio]

    Returns
    -------
    LeaseRows
        Rent and dates.
    """
    s, clock = b.sheet, b.clock
    tranches = _add_tranches(b, id, term, fleet, site)
    rents = [add_rent(b, id, term, fleet, tranche, index) for tranche in tranches]
    renewals = add_renewals(b, id, term, fleet, tranches, index)
    pay = _add_payments(b, id, term, rents, renewals)
    ends = tuple(_add_ends(b, id, fleet, tranches))
    live = [(less_than(NIL, t.units), t) for t in tranches]
    first = s.row(f"{id}.first", earliest([choose(x, t.start, clock.never) for x, t in live]), unit=MONTH)
    last = s.row(f"{id}.last", latest(ends), unit=MONTH, label="end of the last lease")
    over = last
    if renewals:
        longer = add_renewed_time(b, id, renewals)
        ends = tuple(_extended(b, f"{id}.batch_{n + 1}", end, longer) for n, end in enumerate(ends))
        over = s.row(f"{id}.over", latest(ends), unit=MONTH, label="end of the last lease, renewals exercised")
    bears = term.net == "triple" and term.hell_or_high_water
    abatement, cash, earned = _add_abatement(b, id, fleet, pay.due, pay.contracted, over, abates=not bears)
    paid, returned = _add_deposit(b, id, term.deposit, first, over, rents)
    return LeaseRows(
        id=id,
        term=term,
        tranches=tuple(tranches),
        ends=ends,
        first=first,
        last=last,
        earning=pay.earning,
        gpu_hours=s.row(f"{id}.gpu_hours", pay.earning * clock.hours, unit=GPU_HOUR, label="contracted GPU-hours"),
        contracted=pay.contracted,
        abatement=abatement,
        cash=cash,
        earned=earned,
        balance=_add_balance(b, id, term, cash, earned),
        streams=_streams(term, id, pay, cash, earned, bears=bears),
        deposit_paid=paid,
        deposit_returned=returned,
        site_payer=term.lessee if term.net == "triple" else term.lessor,
        lessee_bears_power=bears,
    )


# --- what is paid ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Payments:
    """Rent of all tranches; `firm` and `beyond` are (due, earned) where renewals or use make them differ."""

    due: Row
    contracted: Row
    earning: Row
    firm: tuple[Row, Row] | None = None
    beyond: tuple[Row, Row] | None = None


def _add_payments(b: Build, id: str, term: Lease, rents: Sequence[RentRows], renewals: Sequence[Renewed]) -> _Payments:
    """Add the rent of all tranches, of the renewals exercised and for what is used."""
    s = b.sheet
    due, earned = sum_of(r.due for r in rents), sum_of(r.earned for r in rents)
    earning = sum_of([*(r.earning for r in rents), *(r.taken * r.earning for r in renewals)])
    units = s.row(f"{id}.earning", earning, unit=GPU, label="GPUs earning rent")
    if not renewals and term.usage is None:
        return _Payments(_due(s, id, due), _contracted(s, id, earned), units)
    more_due, more_earned = sum_of(r.taken * r.due for r in renewals), sum_of(r.taken * r.earned for r in renewals)
    if term.usage is None:
        firm = _pair(s, f"{id}.firm", due, earned, "rent owed in any case")
        beyond = _pair(s, f"{id}.beyond", more_due, more_earned, "rent of the renewals exercised")
    else:
        used, floor = add_use(b, id, term)
        if renewals:
            more_due, more_earned = used * more_due, used * more_earned
        firm = _pair(s, f"{id}.firm", floor * due, floor * earned, "rent owed in any case")
        over = (used - floor) * due, (used - floor) * earned
        rest = (over[0] + more_due, over[1] + more_earned) if renewals else over
        beyond = _pair(s, f"{id}.beyond", *rest, "rent for use and renewals")
    total_due, total_earned = firm[0] + beyond[0], firm[1] + beyond[1]
    return _Payments(_due(s, id, total_due), _contracted(s, id, total_earned), units, firm, beyond)


def _due(s: Sheet, id: str, due: Expr) -> Row:
    return s.row(f"{id}.due", due, unit=USD, label="instalments due")


def _contracted(s: Sheet, id: str, earned: Expr) -> Row:
    return s.row(f"{id}.contracted", earned, unit=USD, label="rent by the contract")


def _pair(s: Sheet, name: str, due: Expr, earned: Expr, label: str) -> tuple[Row, Row]:
    return (
        s.row(f"{name}.due", due, unit=USD, label=f"{label}, due"),
        s.row(f"{name}.earned", earned, unit=USD, label=f"{label}, earned"),
    )


def _streams(term: Lease, id: str, pay: _Payments, cash: Row, earned: Row, *, bears: bool) -> tuple[Stream, ...]:
    """Return the rent as the books take it; rent that may be abated is firm in no part."""
    if not bears or pay.firm is None or pay.beyond is None:
        return (Stream("rent", term.lessee, term.lessor, cash, earned, id, firm=bears),)
    return (
        Stream("rent", term.lessee, term.lessor, *pay.firm, id),
        Stream("rent beyond what is firm", term.lessee, term.lessor, *pay.beyond, id, firm=False),
    )


# --- who leases what from when ---------------------------------------------------------------------------------


def _add_tranches(b: Build, id: str, term: Lease, fleet: Fleet, site: Site | None) -> list[Tranche]:
    length = b.scalar(f"contracts.{id}.term", term.term, MONTH, "non-cancellable term")
    drafts = [d for n, x in enumerate(fleet.batches) for d in _drafts(b, id, term, fleet, site, n, x)]
    if term.expires is not None:
        common: Expr | None = b.when(f"contracts.{id}.expires", term.expires, "common expiry")
    elif term.expiry == "common":
        starts = [choose(less_than(NIL, d.units), d.start, NIL) for d in drafts]
        common = b.sheet.row(f"{id}.expiry", latest(starts) + length, unit=MONTH, label="common expiry")
    else:
        common = None
    found = []
    for d in drafts:
        end = most(common, d.start) if common is not None else d.start + length
        row = b.sheet.row(f"{d.name}.end", end, unit=MONTH, label="end of the lease")
        found.append(Tranche(d.name, d.batch, d.units, d.start, row))
    return found


@dataclass(frozen=True)
class _Draft:
    name: str
    batch: int
    units: Row
    start: Row


def _drafts(b: Build, id: str, term: Lease, fleet: Fleet, site: Site | None, number: int, batch: Batch) -> list[_Draft]:
    s, name = b.sheet, f"{id}.batch_{number + 1}"
    if term.start == "powered" and site is not None:
        return _powered_drafts(b, id, term, fleet, site, number, batch)
    trigger = batch.delivered if term.start == "delivery" else batch.accepted
    start = s.row(f"{name}.start", _start(b, id, term, batch, trigger), unit=MONTH, label="start of the lease")
    units = s.row(f"{name}.units", batch.count, unit=GPU, label="GPUs leased")
    return [_Draft(name, number, units, start)]


def _powered_drafts(
    b: Build, id: str, term: Lease, fleet: Fleet, site: Site, number: int, batch: Batch
) -> list[_Draft]:
    """Split a batch by the step of power that carries it; what no step carries comes last."""
    s = b.sheet
    below: Expr = s[f"{id}.batch_{number}.last_gpu"] if number else NIL
    above = s.row(f"{id}.batch_{number + 1}.last_gpu", below + batch.count, unit=GPU, label="GPUs up to this batch")
    drafts = []
    floor_: Expr = NIL
    for n in range(len(site.steps) + 1):
        name = f"{id}.batch_{number + 1}.step_{n + 1}"
        later = [step.start for step in site.steps[n:]]
        if site.overflow_start is not None:
            later.append(site.overflow_start)
        powered = earliest(later) if later else b.clock.never
        ceiling = most(floor_, site.steps[n].gpus) if n < len(site.steps) else above
        inside = most(least(above, ceiling) - most(below, floor_), NIL)
        units = s.row(f"{name}.units", inside, unit=GPU, label="GPUs of the batch that this power carries")
        trigger = most(batch.accepted, powered)
        start = s.row(f"{name}.start", _start(b, id, term, batch, trigger), unit=MONTH, label="start of the lease")
        drafts.append(_Draft(name, number, units, start))
        floor_ = ceiling
    return drafts


def _start(b: Build, id: str, term: Lease, batch: Batch, trigger: Expr) -> Expr:
    if term.long_stop is None:
        return trigger
    stop: Expr = b.when(f"contracts.{id}.long_stop", term.long_stop, "start at the latest")
    if isinstance(term.long_stop, float):
        stop = batch.delivered + stop
    return most(batch.delivered, least(trigger, stop))


def _add_ends(b: Build, id: str, fleet: Fleet, tranches: Sequence[Tranche]) -> list[Row]:
    """End of the lease of each batch: of its last tranche that has GPUs and ever starts; 0 without any."""
    ends = []
    for n, batch in enumerate(fleet.batches):
        own = [t for t in tranches if t.batch == n]
        if len(own) == 1:
            ends.append(own[0].end)
            continue
        running = [choose(both(less_than(NIL, t.units), less_than(t.start, b.clock.never)), t.end, NIL) for t in own]
        name = f"{id}.{batch.name.rpartition('.')[2]}.end"
        ends.append(b.sheet.row(name, latest(running), unit=MONTH, label="end of the batch's last lease"))
    return ends


def _extended(b: Build, name: str, end: Row, longer: Row) -> Row:
    """End of a batch's lease with the renewals exercised; 0 still where it never starts."""
    until = choose(less_than(NIL, end), end + longer, end)
    return b.sheet.row(f"{name}.over", until, unit=MONTH, label="end of the lease, renewals exercised")


# --- what reduces it, what stands behind it --------------------------------------------------------------------


def _add_abatement(
    b: Build, id: str, fleet: Fleet, due: Row, contracted: Row, last: Row, *, abates: bool
) -> tuple[Row, Row, Row]:
    """Rent lost, cash after credits, rent earned."""
    s = b.sheet
    if not abates:
        lost = s.row(f"{id}.abatement", NIL * contracted, unit=USD, label="none: hell or high water")
        return lost, s.row(f"{id}.cash", due, unit=USD), s.row(f"{id}.earned", contracted, unit=USD)
    working = s.ref(f"{fleet.id}.working_share", unit=RATIO)
    lost = s.row(f"{id}.abatement", contracted * (1 - working), unit=USD, label="rent lost to power or availability")
    opening = s.opening(f"{id}.credit", unit=USD)
    used = s.row(f"{id}.credit.used", least(opening + lost, due), unit=USD, label="set against the instalment")
    over = at_most(last, b.clock.end)
    back = s.row(f"{id}.credit.refund", choose(over, opening + lost - used, NIL), unit=USD, label="refunded at the end")
    s.close(f"{id}.credit", opening, add=[lost], less=[used, back], label="rent owed back to the lessee")
    cash = s.row(f"{id}.cash", due - used - back, unit=USD, label="rent paid, less credits and refunds")
    return lost, cash, s.row(f"{id}.earned", contracted - lost, unit=USD, label="rent earned")


def _add_balance(b: Build, id: str, term: Lease, cash: Row, earned: Row) -> Row:
    s = b.sheet
    name, up, down = f"{id}.receivable", earned, cash
    if term.due == "in_advance":
        name, up, down = f"{id}.deferred", cash, earned
    return s.close(name, s.opening(name, unit=USD), add=[up], less=[down])


def _add_deposit(
    b: Build, id: str, term: Deposit | None, first: Row, last: Row, rents: Sequence[RentRows]
) -> tuple[Row | None, Row | None]:
    if term is None:
        return None, None
    s, path = b.sheet, f"contracts.{id}.deposit"
    if term.amount is not None:
        amount: Expr = b.scalar(f"{path}.amount", term.amount, USD, "security deposit")
    else:
        months = b.scalar(f"{path}.months", term.months or 0.0, MONTH, "security deposit, months of full rent")
        amount = sum_of(r.rate for r in rents) * rents[0].span(first, first + months)
    paid = s.row(f"{id}.deposit.paid", on(b.clock, first) * amount, unit=USD, label="security deposit paid")
    back = s.row(f"{id}.deposit.returned", on(b.clock, last) * amount, unit=USD, label="security deposit returned")
    s.close(f"{id}.deposit", s.opening(f"{id}.deposit", unit=USD), add=[paid], less=[back])
    return paid, back


def add_residual_guarantee(b: Build, lease: LeaseRows, fleet: Fleet, operation: Operation) -> Stream | None:
    """Add what the guarantor pays where a batch is sold for less than the guaranteed share of its price.

    Parameters
    ----------
    b
        The build.
    lease
        The lease that holds the guarantee.
    fleet, operation
        The fleet as bought and at work.

    Returns
    -------
    Stream or None
        Payment to the lessor, dated with the sale; None without a guarantee.
    """
    term = lease.term.residual_value_guarantee
    if term is None:
        return None
    share = b.scalar(f"contracts.{lease.id}.residual_value_guarantee.share", term.share, RATIO, "guaranteed share")
    owed = sum_of(
        on(b.clock, day) * most(share * batch.hardware - proceeds, NIL)
        for batch, day, proceeds in zip(fleet.batches, operation.sold, operation.proceeds_by_batch, strict=True)
    )
    row = b.sheet.row(f"{lease.id}.residual_guarantee", owed, unit=USD, label="top-up of sale proceeds")
    return Stream("residual guarantee", term.guarantor or lease.term.lessee, lease.term.lessor, row, row, lease.id)

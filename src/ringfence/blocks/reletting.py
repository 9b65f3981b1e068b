"""What a lessor has when its lessee stops paying, and when the term is over: the same GPUs, and the market's rent.

Rows added by :func:`add_reletting` to a sheet that is open to it, `<l>` being the lease:

    <l>.gone              1 from the period in which the lessee stops paying                        [flag]
    <l>.paid.cash, .earned   rent the lessee pays, and earns the lessor                             [USD]
    <l>.relet             rent of the next lessee, at the market's rent of the day                  [USD]
    <l>.deposit.held.*    the security deposit, taken for rent when the lessee stops paying         [USD]

and by :func:`add_after_term`:

    <l>.after_term        rent of GPUs that serve on when their lease has ended                     [USD]

The rule: an instalment due in the period of the default, or later, is not paid. Rent already paid in advance is kept
and earned in that period; rent earned in arrears and not yet paid is lost. The GPUs stand idle for the void and are
then let until the end that the lease would have had, at the contract's rent x the market shock, paid as it is earned.
A lessee that also guarantees the residual value pays nothing after its default. The next lessee is the market's; the
contract's own rows (`<l>.due`, `<l>.cash`, `<l>.earned`) go on saying what was agreed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from ringfence.blocks.clock import clip, hours_between, reached, share_since
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.fleet_operation import Operation
from ringfence.blocks.lease import LeaseRows
from ringfence.blocks.shocks import Shock, comes, opened
from ringfence.sheet import NIL, Expr, Row, Sheet, choose, previous, running_total, sum_of
from ringfence.units import MONTH, RATIO, USD


def add_reletting(b: Build, lease: LeaseRows) -> LeaseRows:
    """Let a path's default, its share paid and the market's rent act on what the lessor receives.

    Parameters
    ----------
    b
        The build.
    lease
        The lease as agreed.

    Returns
    -------
    LeaseRows
        The same lease, with the streams as they come; itself where the sheet is open to none of it.
    """
    id, s = lease.id, b.sheet
    default = comes(b, f"{id}.default", "date on which the lessee stops paying")
    void, market = _void(b, id), _market(b, id)
    paid = opened(b, Shock(f"{id}.paid.shock", f"{id}.paid", "times", RATIO, 1.0, True, "share of the rent paid"))
    if default is None and paid is None:
        return lease
    gone: Row | None = None
    if default is not None:
        words = "1 once the lessee has stopped paying"
        gone = s.row(f"{id}.gone", reached(b.clock, default), label=words)
    streams = [_as_paid(b, lease, k, stream, gone, paid) for k, stream in enumerate(lease.streams)]
    if default is None or gone is None:
        return replace(lease, streams=tuple(streams))
    streams.append(_relet(b, lease, default, void, market))
    if lease.deposit_paid is None or lease.deposit_returned is None:
        return replace(lease, streams=tuple(streams))
    paid_in, returned, taken = _add_deposit(b, lease, lease.deposit_paid, lease.deposit_returned, gone)
    return replace(lease, streams=(*streams, taken), deposit_paid=paid_in, deposit_returned=returned)


def _add_deposit(b: Build, lease: LeaseRows, paid: Row, returned: Row, gone: Row) -> tuple[Row, Row, Stream]:
    """Keep the deposit until it goes back, or is taken for rent: it is then returned and paid over the same day."""
    s, name, lessee = b.sheet, f"{lease.id}.deposit.held", lease.term.lessee
    opening = s.opening(name, unit=USD)
    first = gone * (1 - previous(gone))
    paid_in = s.row(f"{name}.paid", (1 - gone) * paid, unit=USD, label="security deposit paid")
    taken = s.row(f"{name}.taken", first * opening, unit=USD, label="security deposit taken for rent")
    back = s.row(f"{name}.back", (1 - gone) * returned + taken, unit=USD, label="security deposit no longer held")
    s.close(name, opening, add=[paid_in], less=[back])
    stream = Stream("rent from the deposit", lessee, lease.term.lessor, taken, taken, lease.id, firm=False, last=True)
    return paid_in, back, stream


def while_paying(b: Build, lease: LeaseRows, guarantee: Stream | None) -> Stream | None:
    """Return a guarantee of the residual value as its guarantor pays it: a lessee that is gone pays nothing.

    Parameters
    ----------
    b
        The build.
    lease
        The lease that holds the guarantee.
    guarantee
        The payment as agreed, or None.
    """
    name = f"{lease.id}.gone"
    if guarantee is None or guarantee.payer != lease.term.lessee or name not in b.sheet:
        return guarantee
    cash = (1 - b.sheet[name]) * guarantee.cash
    row = b.sheet.row(f"{guarantee.cash.name}.paid", cash, unit=USD, label="top-up of sale proceeds, as it is paid")
    return replace(guarantee, cash=row, earned=row)


def rent_as_paid(s: Sheet, lease: str, what: Literal["cash", "earned"]) -> Expr:
    """Return the rent of a lease as its lessee pays it: the agreed one where the sheet is not open to another. [USD]

    Parameters
    ----------
    s
        The sheet; the lease is in it.
    lease
        Its id.
    what
        Cash, or what is earned.
    """
    names = [f"{lease}.paid.{what}", f"{lease}.paid.2.{what}"]
    found = [s[name] for name in names if name in s]
    return sum_of(found) if found else s[f"{lease}.{what}"]


def _void(b: Build, id: str) -> Row | None:
    words = "months from default to the next rent"
    return opened(b, Shock(f"{id}.void.shock", f"{id}.void", "later", MONTH, 0.0, False, words))


def _market(b: Build, id: str) -> Row | None:
    words = "market rent over the agreed rent"
    return opened(b, Shock(f"{id}.market.shock", f"{id}.market", "times", RATIO, 1.0, True, words))


def _as_paid(b: Build, lease: LeaseRows, k: int, stream: Stream, gone: Row | None, paid: Row | None) -> Stream:
    """Return the stream as the lessee pays it."""
    s, name = b.sheet, f"{lease.id}.paid" + (f".{k + 1}" if k else "")
    cash: Expr = stream.cash if paid is None else stream.cash * paid
    earned: Expr = stream.earned if paid is None else stream.earned * paid
    if gone is not None:
        words = "rent paid ahead of what is earned; negative if earned ahead"
        ahead = running_total(s, f"{name}.ahead", cash - earned, unit=USD)
        ahead.label = words
        first = gone * (1 - previous(gone))
        cash, earned = choose(gone, NIL, cash), choose(gone, first * previous(ahead), earned)
    return replace(
        stream,
        cash=s.row(f"{name}.cash", cash, unit=USD, label=f"{stream.label}, as the lessee pays it"),
        earned=s.row(f"{name}.earned", earned, unit=USD, label=f"{stream.label}, as it is earned"),
    )


def _relet(b: Build, lease: LeaseRows, default: Row, void: Row | None, market: Row | None) -> Stream:
    """Rent of the next lessee."""
    again: Expr = default if void is None else default + void
    rent: Expr = lease.contracted * share_since(b.clock, again)
    if market is not None:
        rent = rent * market
    row = b.sheet.row(f"{lease.id}.relet", rent, unit=USD, label="rent of the next lessee, at market")
    return Stream("rent of the next lessee", "market", lease.term.lessor, row, row, lease.id, firm=False, last=True)


def add_after_term(b: Build, lease: LeaseRows, operation: Operation) -> Sequence[Stream]:
    """Add the rent of GPUs that serve on after their lease, if the sheet is open to it.

    Parameters
    ----------
    b
        The build.
    lease
        The lease that has ended.
    operation
        The fleet at work; it knows when each batch retires.

    Returns
    -------
    Sequence[Stream]
        One stream, or none.
    """
    id, words = lease.id, "market rent after the term, over the agreed rent"
    share = opened(b, Shock(f"{id}.after.shock", f"{id}.after", "times", RATIO, 0.0, True, words))
    if share is None:
        return ()
    rent = sum_of(
        _rent_after(b, lease, t.name, lease.ends[t.batch], operation.retired[t.batch]) for t in lease.tranches
    )
    row = b.sheet.row(f"{id}.after_term", rent * share, unit=USD, label="rent after the term, at market")
    return (Stream("rent after the term", "market", lease.term.lessor, row, row, id, firm=False, last=True),)


def _rent_after(b: Build, lease: LeaseRows, tranche: str, end: Expr, retired: Expr) -> Expr:
    """Rent of a tranche in the part of the period between the end of its lease and its retirement. [USD]"""
    start, stop = clip(b.clock.start, end, retired), clip(b.clock.end, end, retired)
    rate = b.sheet[f"{tranche}.rate"]
    span = hours_between(b.clock, start, stop) if lease.term.rent.basis == "gpu_hour" else stop - start
    return rate * choose(reached(b.clock, end), span, NIL * span)

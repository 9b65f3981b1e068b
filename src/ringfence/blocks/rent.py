"""Rent of one tranche of a lease: what accrues, and what falls due when.

Rows added by :func:`add_rent`, `<t>` being the tranche:

    <t>.rate           rent of the tranche per hour or per month            [USD/h] or [USD/month]
    <t>.first_rent     start of the first rental period, after the holiday  [month]
    <t>.due            instalment due                                       [USD]
    <t>.earned         rent that accrues                                    [USD]
    <t>.index          index factor of the running rental period            [ratio]

Every tranche has rental periods of its own, counted from its first rent. Rent in advance is due on the day a rental
period starts and covers that rental period by the calendar and the agreed rent alone, so it reads nothing of the
future but the calendar; the last rental period is cut at the end of the term. An escalator steps at each anniversary
of the first rent; a renewal at the same rent goes on counting from there, one at a rent of its own begins anew. An
index is fixed when a rental period starts; rental periods should then be no shorter than the model's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from ringfence.blocks.clock import clip, dates_until, hours_between, instalments, share_of_period, yearly_growth, years
from ringfence.blocks.context import Build
from ringfence.blocks.gpu_fleet import Fleet
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    at_most,
    choose,
    constant,
    floor,
    least,
    less_than,
    most,
    previous,
    sum_of,
)
from ringfence.terms.contract.lease import Lease, Rent
from ringfence.units import GPU, GPU_HOUR, MONTH, PER_YEAR, RATIO, USD, YEAR

Span = Callable[[Expr, Expr], Expr]
MONTHS = 12


@dataclass(frozen=True)
class Tranche:
    """GPUs whose rent starts and ends together.

    Attributes
    ----------
    name
        Prefix of its rows.
    batch
        Number of its batch, from 0.
    units
        [GPU]
    start, end
        Of the lease. [month]
    renewal
        Number of the renewal, from 0; None for the firm term.
    since
        Date its escalator counts from; None: its first rent. [month]
    """

    name: str
    batch: int
    units: Row
    start: Row
    end: Row
    renewal: int | None = None
    since: Row | None = None


@dataclass(frozen=True)
class RentRows:
    """Rent of a tranche.

    Attributes
    ----------
    rate
        Rent of the tranche, per hour or per month. [USD/h] or [USD/month]
    span
        Time between two dates as the rate counts it. [h] or [month]
    earning
        GPUs earning rent, average over the period. [GPU]
    due, earned
        Instalment due; rent that accrues. [USD]
    """

    rate: Row
    span: Span
    earning: Expr
    due: Row
    earned: Row


def add_rent(b: Build, id: str, term: Lease, fleet: Fleet, tranche: Tranche, index: Row | None) -> RentRows:
    """Add the rent of a tranche.

    Parameters
    ----------
    b
        The build.
    id, term
        Id and terms of the lease.
    fleet
        The fleet leased.
    tranche
        GPUs whose rent starts and ends together.
    index
        Level of the index by period, if the rent follows one. [ratio]

    Returns
    -------
    RentRows
        Rate, instalments and accrual.
    """
    s, clock, path = b.sheet, b.clock, f"contracts.{id}"
    every = b.scalar(f"{path}.every", term.every, MONTH, "length of a rental period")
    lag = b.scalar(f"{path}.payment_lag", term.payment_lag, MONTH, "rent due to cash")
    escalator = b.scalar(f"{path}.escalator", term.escalator, PER_YEAR, "growth of rent per year")
    holiday = b.scalar(f"{path}.holiday", term.holiday, MONTH, "time without rent at the start")
    opens = tranche.start + holiday if tranche.renewal is None else tranche.start
    first = s.row(f"{tranche.name}.first_rent", least(opens, tranche.end), unit=MONTH)
    since = first if tranche.since is None else tranche.since
    end = tranche.end
    rate, span = _rate(b, *_rent_of(id, term, tranche), fleet, tranche)

    def contracted(start: Expr, stop: Expr) -> Expr:
        """Rent by the contract over [start, stop), across at most one anniversary."""
        now = yearly_growth(clock, escalator, stop - since)
        one_year = constant(1.0, YEAR)
        whole = floor(years(clock, most(stop - since, NIL)) / one_year) * one_year
        turn = clip(since + whole * clock.months_per_year, start, stop)
        return rate * (span(start, turn) * now / (1 + escalator * one_year) + span(turn, stop) * now)

    def instalments_over(start: Expr, stop: Expr) -> Expr:
        """Rent by the contract over [start, stop), which may hold several anniversaries: year by year."""
        longest = max(p.months for p in b.timeline.periods)
        pieces = max(1, ceil(term.every * ceil(longest / term.every - 1e-9) / MONTHS - 1e-9))
        if pieces == 1:
            return contracted(start, stop)
        cuts = [start]
        for _ in range(pieces - 1):
            cuts.append(least(stop, cuts[-1] + b.clock.months_per_year * constant(1.0, YEAR)))
        return sum_of(contracted(a, z) for a, z in pairwise([*cuts, stop]))

    def boundary(day: Expr) -> Expr:
        """Start of the first rental period after `day`. [month]"""
        return least(end, first + every * dates_until(day, first, every, end))

    def paid_to(day: Expr) -> Expr:
        """Date up to which rent is paid at `day`. [month]"""
        if term.due == "in_advance":
            return boundary(day - lag)
        whole = most(floor((day - lag - first) / every), NIL)
        return choose(at_most(end, day - lag), end, least(end, first + every * whole))

    begin, stop = clip(clock.start, first, end), clip(clock.end, first, end)
    paid, pays = paid_to(clock.before), paid_to(clock.end)
    if index is None or term.index is None:
        due, earned = instalments_over(paid, pays), contracted(begin, stop)
    else:
        held, before = _add_fixing(b, id, term, tranche, index, first, every)
        turn = clip(boundary(clock.before), begin, stop)
        due = instalments_over(paid, pays) * held
        if term.due == "in_arrears":
            # A short last rental period may end in the period that fixes its rent: two instalments, two fixings.
            fixed = clip(boundary(clock.before), paid, pays)
            in_turn = instalments_over(paid, fixed) * before + instalments_over(fixed, pays) * held
            due = choose(less_than(NIL, lag), due, in_turn)
        earned = contracted(begin, turn) * before + contracted(turn, stop) * held
    return RentRows(
        rate=rate,
        span=span,
        earning=tranche.units * share_of_period(clock, first, end),
        due=s.row(f"{tranche.name}.due", due, unit=USD, label="instalment of rent due"),
        earned=s.row(f"{tranche.name}.earned", earned, unit=USD, label="rent that accrues"),
    )


def _rent_of(id: str, term: Lease, tranche: Tranche) -> tuple[str, Rent]:
    """Path and rent of a tranche: the lease's, or a renewal's own; at market nothing else is known."""
    own = "same" if tranche.renewal is None else term.renewal[tranche.renewal].rent
    if isinstance(own, str):
        return f"contracts.{id}.rent", term.rent
    return f"contracts.{id}.renewal.{tranche.renewal}.rent", own


def _rate(b: Build, path: str, rent: Rent, fleet: Fleet, tranche: Tranche) -> tuple[Row, Span]:
    """Rent of a tranche per hour or per month, and how time is counted for it."""
    s, name = b.sheet, f"{tranche.name}.rate"

    def by_month(start: Expr, stop: Expr) -> Expr:
        return stop - start

    if rent.basis == "gpu_hour":
        price = b.scalar(path, rent.amount, USD / GPU_HOUR, "rent per GPU-hour")
        row = s.row(name, price * tranche.units, label="rent of the tranche per hour")
        return row, lambda start, stop: hours_between(b.clock, start, stop)
    if rent.basis == "gpu_month":
        amount: Expr = b.scalar(path, rent.amount, USD / GPU / MONTH, "rent per GPU and month") * tranche.units
    elif rent.basis == "month":
        amount = b.scalar(path, rent.amount, USD / MONTH, "rent of the fleet per month") * tranche.units / fleet.gpus
    else:
        batch = fleet.batches[tranche.batch]
        share = b.scalar(path, rent.amount, PER_YEAR, "rent per year, share of the hardware price")
        amount = share * batch.price * tranche.units / b.clock.months_per_year
    return s.row(name, amount, label="rent of the tranche per month"), by_month


def _add_fixing(
    b: Build, id: str, term: Lease, tranche: Tranche, index: Row, first: Expr, every: Expr
) -> tuple[Row, Expr]:
    """Index factor in force at the end of the period, and before the period's fixing."""
    s, path, terms = b.sheet, f"contracts.{id}.index", term.index
    assert terms is not None
    base = _add_index_base(b, id, index)
    if terms.base is not None:
        base = b.scalar(f"{path}.base", terms.base, RATIO, "level at which rent is as agreed")
    factor: Expr = index / base
    if terms.floor is not None:
        factor = most(factor, b.scalar(f"{path}.floor", terms.floor, RATIO, "least rent, share of agreed rent"))
    if terms.cap is not None:
        factor = least(factor, b.scalar(f"{path}.cap", terms.cap, RATIO, "most rent, share of agreed rent"))
    fixes = less_than(NIL, instalments(b.clock, first, every, tranche.end))
    name = f"{tranche.name}.index"
    before = previous(s.ref(name), first=1)
    return s.row(name, choose(fixes, factor, before), label="index factor of the running rental period"), before


def _add_index_base(b: Build, id: str, index: Row) -> Row:
    """Level of the index at close, carried through the periods. [ratio]"""
    s, name = b.sheet, f"{id}.index_at_close"
    if name in s:
        return s[name]
    return s.row(name, previous(s.ref(name), first=index), label="level of the index at close")

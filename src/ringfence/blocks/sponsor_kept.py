"""GPUs the sponsor keeps in its own books, with the debt that pays for them: bought, or a sale that failed.

Rows added by :func:`add_kept` for books called `<c>`, tranche `<t>`, all [USD]:

    <c>.<t>.debt.opening, .drawn, .interest, .paid, .settled, .closing     what is owed
    <c>.<t>.asset.opening, .kept, .depreciation, .left, .closing           straight line over the economic life
    <c>.<t>.proceeds                                                       sale at the end of the lease

What the sponsor had first enters at the carrying amount it stood at, though the price is borrowed or received for it.

At the end of the lease either the GPUs are sold, and the last payment clears the debt to the cent, or both asset and
obligation leave the books with what they stand at: the buyer keeps the asset (ASC 842-40-30-6, IFRS 16.103).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import instalments, on, overlap, years
from ringfence.blocks.context import Build
from ringfence.sheet import NIL, Expr, Row, both, choose, constant, growth, least, less_than, negate, positive, sum_of
from ringfence.units import MONTH, PER_YEAR, RATIO, USD

QUARTER = 3.0


@dataclass(frozen=True)
class KeptPlan:
    """How GPUs are kept.

    Attributes
    ----------
    lease
        Id of the lease whose tranches they are.
    tranches
        Names of the tranches.
    rates
        Rate of the debt, by tranche. [1/year effective]
    life
        Economic life. [month]
    residual
        Book value left at its end, share of the hardware price. [ratio]
    sold
        Proceeds at the end of the lease, share of the hardware price; None: asset and debt leave together. [ratio]
    renewals
        How many renewals are in the lease term.
    carrying
        Carrying amount on the day, share of the hardware price: under 1 where the sponsor had them first. [ratio]
    """

    lease: str
    tranches: Sequence[str]
    rates: Sequence[float]
    life: float
    residual: float
    sold: float | None = None
    renewals: int = 0
    carrying: float = 1.0


@dataclass(frozen=True)
class Kept:
    """GPUs kept, all tranches. [USD]"""

    debt: Expr
    asset: Expr
    interest: Expr
    depreciation: Expr
    disposal: Expr
    cash: Expr


def add_kept(b: Build, name: str, plan: KeptPlan, paid: dict[str, Row] | None = None, *, source: str = "") -> Kept:
    """Add what the sponsor keeps.

    Parameters
    ----------
    b
        The build; the lease's books are in its sheet.
    name
        Prefix of the rows.
    plan
        Rates and lives.
    paid
        Rent by tranche that repays the obligation; left out: level quarterly payments over the lease. [USD]
    source
        Paragraphs.

    Returns
    -------
    Kept
        Sums over the tranches; `cash` is what the sponsor receives less what it pays, rent apart.
    """
    rents = paid or {}
    each = zip(plan.tranches, plan.rates, strict=True)
    parts = [_add_one(b, name, plan, t, rate, rents.get(t), source) for t, rate in each]
    return Kept(*(sum_of([getattr(p, x) for p in parts]) for x in Kept.__dataclass_fields__))


def _add_one(b: Build, name: str, plan: KeptPlan, tranche: str, rate: float, rent: Row | None, source: str) -> Kept:
    s, clock, key, own = b.sheet, b.clock, f"{plan.lease}.{tranche}", f"{name}.{tranche}"
    last = f"{key}.renewal_{plan.renewals}" if plan.renewals else key
    starts, start, price, end = s[f"{key}.commences"], s[f"{key}.start"], s[f"{key}.hardware"], s[f"{last}.end"]

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{own}.{item}", expr, unit=USD, label=label, source=source)

    cell = s.scalar(f"{own}.rate", rate, unit=PER_YEAR, label="rate on what is owed, effective")
    grown = s.row(f"{own}.growth", growth(cell, years(clock, clock.months)), unit=RATIO, label="growth of the period")
    live = less_than(NIL, s[f"{key}.units"])
    over = both(live, on(clock, end))

    opening = s.opening(f"{own}.debt", unit=USD, source=source)
    drawn = row("debt.drawn", starts * price, "hardware price borrowed or received")
    interest = row("debt.interest", opening * (grown - 1), "interest")
    owed = opening + interest + drawn
    if rent is None:
        level = _add_level(b, own, start, end, price, cell, source)
        due = instalments(clock, start + level[1], level[1], end) * level[0] * live
        paid = row("debt.paid", choose(over, owed, least(due, owed)), "paid")
        settled = row("debt.settled", NIL * owed, "nothing left to settle")
    else:
        paid = row("debt.paid", rent + NIL, "rent that repays it")
        settled = row("debt.settled", choose(over, owed - paid, NIL), "settled by handing the GPUs over")
    debt = s.close(f"{own}.debt", opening, add=[drawn, interest], less=[paid, settled], label="owed", source=source)

    held = s.opening(f"{own}.asset", unit=USD, source=source)
    cost: Expr = price + 0
    if plan.carrying != 1.0:
        cost = price * s.scalar(f"{own}.carrying", plan.carrying, unit=RATIO, label="carrying amount, share of price")
    kept = row("asset.kept", starts * cost, "carrying amount on the day")
    life = s.scalar(f"{own}.life", plan.life, unit=MONTH, label="economic life")
    worth = s.scalar(f"{own}.residual", plan.residual, unit=RATIO, label="book value left, share of price")
    worn = positive(cost - price * worth) * overlap(clock, start, least(start + life, end)) / life
    used = row("asset.depreciation", live * worn, "depreciation, straight line")
    left = row("asset.left", choose(over, held + kept - used, NIL), "book value that leaves at the end of the lease")
    asset = s.close(f"{own}.asset", held, add=[kept], less=[used, left], label="GPUs kept", source=source)

    proceeds: Expr = NIL
    if plan.sold is not None:
        share = s.scalar(f"{own}.sold", plan.sold, unit=RATIO, label="proceeds, share of price")
        proceeds = row("proceeds", over * price * share, "sold at the end of the lease")
    cash = drawn - kept + proceeds - (paid if rent is None else NIL)
    return Kept(debt + NIL, asset + NIL, interest + NIL, used + NIL, proceeds + settled - left, cash)


def _add_level(b: Build, own: str, start: Row, end: Row, price: Row, rate: Row, source: str) -> tuple[Row, Row]:
    """Level quarterly payment that repays the price over the lease, and the quarter. [USD], [month]"""
    s = b.sheet
    quarter = s.scalar(f"{own}.every", QUARTER, unit=MONTH, label="interval of the payments")
    step = growth(rate, years(b.clock, quarter))
    count = (end - start) / quarter
    whole = growth(rate, years(b.clock, quarter * count))
    flat = negate(less_than(NIL, rate))
    ratio = choose(flat, 1 / count, (step - 1) / choose(flat, constant(1.0), 1 - 1 / whole))
    return s.row(f"{own}.level", price * ratio, unit=USD, label="level payment", source=source), quarter

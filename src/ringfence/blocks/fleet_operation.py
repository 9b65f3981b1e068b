"""A GPU fleet at work: how many GPUs serve, what they cost to keep, what they are worth and what they leave behind.

Rows added by :func:`add_fleet_operation`, `<f>` being the id of the fleet:

    <f>.batch_<n>.retired, .sold            end of service; cash of the sale               [month]
    <f>.awaited, .bought, .installed, .accepted   GPUs, average over the period            [GPU]
    <f>.in_service                          hardware price of the accepted GPUs            [USD]
    <f>.running_cost, <f>.rma               running cost; replacement of failed GPUs       [USD]
    <f>.market_value.<curve>                at the end of the period, on a resale curve    [USD]
    <f>.sale.proceeds, .book_value          cash of the sale; book value that leaves       [USD]
    <f>.depreciation, <f>.book.*            straight line from acceptance, and net book value [USD]

Counts are averages over a period, so that GPUs x hours is exact; with batches dated on period ends they are whole
numbers. Resale value counts the hardware price, not adders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import clip, on, overlap, reached, share_of_period, share_since, years
from ringfence.blocks.context import Build, cell_name
from ringfence.blocks.gpu_fleet import Batch, Fleet
from ringfence.blocks.shocks import Shock, opened, times
from ringfence.sheet import NIL, Expr, Row, at_most, both, choose, constant, least, less_than, lookup, most, sum_of
from ringfence.units import GPU, MONTH, PER_YEAR, RATIO, USD, YEAR


@dataclass(frozen=True)
class Operation:
    """A fleet at work.

    Attributes
    ----------
    retired, sold
        Per batch: end of service, and date of the sale. [month]
    awaited, bought, installed, accepted
        GPUs, average over the period: not delivered yet; delivered, installed, accepted and not yet retired. [GPU]
    in_service
        Hardware price of the accepted GPUs. [USD]
    running_cost, rma
        Costs of the owner. [USD]
    availability
        Share of powered hours a GPU works. [ratio]
    market_value
        By resale curve. [USD]
    proceeds_by_batch
        Net proceeds of each batch in the period it is sold. [USD]
    proceeds, sale_book_value
        Their sum; book value that leaves with the sale. [USD]
    depreciation, book
        Book depreciation; net book value at the end of the period. [USD]
    """

    retired: tuple[Row, ...]
    sold: tuple[Row, ...]
    awaited: Row
    bought: Row
    installed: Row
    accepted: Row
    in_service: Row
    running_cost: Row
    rma: Row
    availability: Row
    market_value: dict[str, Row]
    proceeds_by_batch: tuple[Expr, ...]
    proceeds: Row
    sale_book_value: Row
    depreciation: Row
    book: Row


def add_fleet_operation(b: Build, fleet: Fleet, *, lease_ends: Sequence[Expr] | None = None) -> Operation:
    """Add counts, running costs, values, sale and depreciation of a fleet.

    Parameters
    ----------
    b
        The build.
    fleet
        The fleet as bought.
    lease_ends
        End of the lease of each batch; needed by a sale at lease end. [month]

    Returns
    -------
    Operation
        The fleet at work.
    """
    s, clock, id = b.sheet, b.clock, fleet.id
    life = b.scalar(f"assets.{id}.life", fleet.term.life, MONTH, "economic life from acceptance")
    retired, sold = _add_exit_dates(b, fleet, life, lease_ends)

    def units(stage: Callable[[Batch], Row]) -> Expr:
        stays = zip(fleet.batches, retired, strict=True)
        return sum_of(x.count * share_of_period(clock, stage(x), until) for x, until in stays)

    accepted = s.row(f"{id}.accepted", units(lambda x: x.accepted), unit=GPU, label="GPUs accepted")
    in_service = s.row(
        f"{id}.in_service",
        sum_of(
            x.hardware * share_of_period(clock, x.accepted, until)
            for x, until in zip(fleet.batches, retired, strict=True)
        ),
        unit=USD,
        label="hardware price of the accepted GPUs",
    )
    running_cost, rma, availability = _add_running_costs(b, fleet, accepted, in_service)
    values, left = _add_market_values(b, fleet, sold)
    by_batch = _sale_proceeds(b, fleet, sold, left)
    depreciation, leaving, book = _add_book_value(b, fleet, life, sold)
    return Operation(
        retired=retired,
        sold=sold,
        awaited=s.row(
            f"{id}.awaited",
            fleet.gpus - sum_of(x.count * share_since(clock, x.delivered) for x in fleet.batches),
            unit=GPU,
            label="GPUs not delivered yet",
        ),
        bought=s.row(f"{id}.bought", units(lambda x: x.delivered), unit=GPU, label="GPUs delivered"),
        installed=s.row(f"{id}.installed", units(lambda x: x.installed), unit=GPU, label="GPUs installed"),
        accepted=accepted,
        in_service=in_service,
        running_cost=running_cost,
        rma=rma,
        availability=availability,
        market_value=values,
        proceeds_by_batch=by_batch,
        proceeds=s.row(f"{id}.sale.proceeds", sum_of(by_batch), unit=USD, label="net proceeds of the sale"),
        sale_book_value=leaving,
        depreciation=depreciation,
        book=book,
    )


def _add_exit_dates(
    b: Build, fleet: Fleet, life: Row, lease_ends: Sequence[Expr] | None
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    s, path, sale = b.sheet, f"assets.{fleet.id}.sale", fleet.term.sale
    lag = b.scalar(f"{path}.lag", sale.lag, MONTH, "end of service to cash") if sale else NIL
    day = None
    if sale and sale.at != "lease_end":
        day = b.when(f"{path}.at", sale.at, "date of sale, or age at it")
    retired, sold = [], []
    for n, batch in enumerate(fleet.batches):
        until: Expr = batch.accepted + life
        if sale and sale.at == "lease_end" and lease_ends is not None:
            until = lease_ends[n]
        elif day is not None and sale is not None:
            until = batch.delivered + day if isinstance(sale.at, float) else day
        retired.append(s.row(f"{batch.name}.retired", until, unit=MONTH, label="end of service"))
        leaves = retired[-1] + lag if sale else b.clock.never
        sold.append(s.row(f"{batch.name}.sold", leaves, unit=MONTH, label="sold"))
    return tuple(retired), tuple(sold)


def _add_running_costs(b: Build, fleet: Fleet, accepted: Row, in_service: Row) -> tuple[Row, Row, Row]:
    s, id, term, path = b.sheet, fleet.id, fleet.term, f"assets.{fleet.id}"
    span = years(b.clock, b.clock.months)
    share = b.scalar(f"{path}.opex", term.opex, PER_YEAR, "running cost, share of hardware per year")
    per_gpu = b.scalar(f"{path}.opex_per_gpu", term.opex_per_gpu, USD / GPU / YEAR, "running cost per GPU and year")
    yearly = times(b, f"{id}.opex", share * in_service + per_gpu * accepted, "running cost per year")
    running = s.row(f"{id}.running_cost", yearly * span, unit=USD, label="running cost")
    usual = b.scalar(f"{path}.availability", term.availability, RATIO, "share of powered hours, before failures")
    if term.failures is None:
        rma = s.row(f"{id}.rma", NIL * in_service, unit=USD, label="replacement of failed GPUs")
        return running, rma, usual
    words = "share of the fleet replaced per year"
    agreed = b.scalar(f"{path}.failures.rate", term.failures.rate, PER_YEAR, words)
    rate = times(b, f"{id}.failures.rate", agreed, words)
    price = b.scalar(f"{path}.failures.replacement", term.failures.replacement, RATIO, "cost, share of unit price")
    downtime = b.scalar(f"{path}.failures.downtime", term.failures.downtime, MONTH, "time out of service")
    rma = s.row(f"{id}.rma", rate * span * price * in_service, unit=USD, label="replacement of failed GPUs")
    down = rate * years(b.clock, downtime)
    return running, rma, s.row(f"{id}.working_time", usual * (1 - down), label="share of powered hours a GPU works")


def _add_market_values(b: Build, fleet: Fleet, sold: Sequence[Row]) -> tuple[dict[str, Row], list[Expr]]:
    """Add value by resale curve; also return, per batch, what generation drops leave of it."""
    s, clock, id = b.sheet, b.clock, fleet.id
    drops = [
        (
            b.when(f"assets.{id}.generations.{n}.date", g.date, "next generation ships"),
            b.scalar(f"assets.{id}.generations.{n}.drop", g.drop, RATIO, "fall in value"),
        )
        for n, g in enumerate(fleet.term.generations)
    ]
    left, ages, held = [], [], []
    for batch, until in zip(fleet.batches, sold, strict=True):
        kept: Expr = constant(1.0)
        for day, drop in drops:
            kept = kept * (1 - drop * both(less_than(batch.delivered, day), reached(clock, day)))
        owned = both(reached(clock, batch.delivered), less_than(clock.end, until))
        left.append(kept)
        ages.append(s.row(f"{batch.name}.age", most(clock.end - batch.delivered, NIL), unit=MONTH, label="age"))
        held.append(s.row(f"{batch.name}.held", batch.hardware * owned * kept, unit=USD, label="price of GPUs held"))
    values = {}
    for curve, points in fleet.term.curves.items():
        table = s.table(
            f"{id}.resale.{cell_name(curve)}",
            xs=points.ages,
            ys=points.values,
            x_unit=MONTH,
            source=points.source or b.where(f"assets.{id}.resale.{curve}"),
            label="value by age, share of price",
        )
        worth = times_resale(b, id, sum_of(price * lookup(table, age) for price, age in zip(held, ages, strict=True)))
        values[curve] = s.row(f"{id}.market_value.{cell_name(curve)}", worth, unit=USD, label=f"value on {curve}")
    return values, left


def _sale_proceeds(b: Build, fleet: Fleet, sold: Sequence[Row], left: Sequence[Expr]) -> tuple[Expr, ...]:
    sale, path, s = fleet.term.sale, f"assets.{fleet.id}.sale", b.sheet
    if sale is None:
        return tuple(NIL * b.clock.index for _ in fleet.batches)
    kept = 1 - b.scalar(f"{path}.cost", sale.cost, RATIO, "selling cost, share of proceeds")
    if sale.share is not None or sale.curve is None:
        share = b.scalar(f"{path}.share", sale.share or 0.0, RATIO, "proceeds, share of the hardware price")
        worth = [share * batch.hardware for batch in fleet.batches]
    else:
        table = s[f"{fleet.id}.resale.{cell_name(sale.curve)}"]
        worth = [
            lookup(table, day - batch.delivered) * batch.hardware * after
            for batch, day, after in zip(fleet.batches, sold, left, strict=True)
        ]
    return tuple(
        times_resale(b, fleet.id, on(b.clock, day) * value * kept) for day, value in zip(sold, worth, strict=True)
    )


def times_resale(b: Build, id: str, value: Expr) -> Expr:
    """Multiply a resale value by the fleet's resale shock, if the sheet is open to it. [unit of value]"""
    shock = opened(b, Shock(f"{id}.resale.shock", f"{id}.resale", "times", RATIO, 1.0, True, "resale value"))
    return value if shock is None else value * shock


def _add_book_value(b: Build, fleet: Fleet, life: Row, sold: Sequence[Row]) -> tuple[Row, Row, Row]:
    s, clock, id = b.sheet, b.clock, fleet.id
    residual = b.scalar(f"assets.{id}.book_residual", fleet.term.book_residual, RATIO, "book value left, share of cost")
    charges, leaves = [], []
    for batch, day in zip(fleet.batches, sold, strict=True):
        base = batch.cost * (1 - residual)
        until = least(batch.accepted + life, day)
        charges.append(base * overlap(clock, batch.accepted, until) / life)
        leaves.append(on(clock, day) * (batch.cost - base * clip(day - batch.accepted, NIL, life) / life))
    depreciation = s.row(f"{id}.depreciation", sum_of(charges), unit=USD, label="straight line from acceptance")
    leaving = s.row(f"{id}.sale.book_value", sum_of(leaves), unit=USD, label="book value that leaves with the sale")
    opening = s.opening(f"{id}.book", unit=USD)
    book = s.close(f"{id}.book", opening, add=[fleet.capex], less=[depreciation, leaving], label="net book value")
    return depreciation, leaving, book


def lease_end_or_life(b: Build, fleet: Fleet, ends: Sequence[Expr]) -> list[Expr]:
    """End of service per batch: the end of its lease, or of its life where its lease never starts. [month]"""
    life = b.scalar(f"assets.{fleet.id}.life", fleet.term.life, MONTH, "economic life from acceptance")
    return [
        choose(at_most(end, NIL), batch.accepted + life, end) for batch, end in zip(fleet.batches, ends, strict=True)
    ]

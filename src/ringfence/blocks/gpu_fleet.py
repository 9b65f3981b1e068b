"""A GPU fleet: batches, what is paid for them, what they are worth, and what they leave behind.

Rows added by :func:`add_gpu_fleet`, `<f>` being the id of the fleet:

    <f>.batch_<n>.count, .price             GPUs of a batch, hardware price               [GPU], [USD/GPU]
    <f>.batch_<n>.delivered, .installed, .accepted   dates with lags and delay             [month]
    <f>.batch_<n>.hardware, .cost           hardware alone; with all adders               [USD]
    <f>.batch_<n>.paid                      share of the cost paid in the period          [ratio]
    <f>.capex.hardware, .network, .storage, .spares, .freight, and <f>.capex               [USD]
    <f>.hardware, <f>.cost, <f>.gpus        sums over the batches, one cell each           [USD], [USD], [GPU]

Rows added by :func:`add_fleet_operation`, once it is known when each batch leaves:

    <f>.batch_<n>.retired, .sold            end of service; cash of the sale               [month]
    <f>.bought, .installed, .accepted       GPUs, average over the period                  [GPU]
    <f>.in_service                          hardware price of the accepted GPUs            [USD]
    <f>.running_cost, <f>.rma               running cost; replacement of failed GPUs       [USD]
    <f>.market_value.<curve>                at the end of the period, on a resale curve    [USD]
    <f>.sale.proceeds, .book_value          cash of the sale; book value that leaves       [USD]
    <f>.depreciation, <f>.book.*            straight line from acceptance, and net book value [USD]

Payments agreed for a day before close are made at close. Counts are averages over a period, so that GPUs x hours is
exact; with batches dated on period ends they are whole numbers. Resale value counts the hardware price, not adders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import (
    clip,
    not_before_close,
    on,
    overlap,
    reached,
    share_of_period,
    years,
)
from ringfence.blocks.context import Build, cell_name
from ringfence.sheet import NIL, Expr, Row, at_most, both, choose, constant, least, less_than, lookup, most, sum_of
from ringfence.terms.asset.gpu_fleet import GpuFleet, Ramp, Stage
from ringfence.units import GPU, MONTH, MW, PER_YEAR, RATIO, USD, YEAR


@dataclass(frozen=True)
class Batch:
    """One delivery.

    Attributes
    ----------
    name
        Prefix of its rows.
    count, price
        GPUs [GPU] and hardware price [USD/GPU].
    delivered, installed, accepted
        Dates. [month]
    hardware, cost
        Hardware alone, and with all adders. [USD]
    paid
        Share of the cost paid in the period. [ratio]
    """

    name: str
    count: Row
    price: Row
    delivered: Row
    installed: Row
    accepted: Row
    hardware: Row
    cost: Row
    paid: Row


@dataclass(frozen=True)
class Fleet:
    """A fleet as bought.

    Attributes
    ----------
    id, owner
        Ids of the fleet and of the vehicle.
    batches
        In the order of the deal.
    gpus, hardware, cost
        Totals. [GPU], [USD], [USD]
    power
        IT power per GPU. [MW/GPU]
    capex
        Paid in the period, all parts. [USD]
    parts
        Capex by part: hardware, network, storage, spares, freight. [USD]
    """

    id: str
    owner: str
    term: GpuFleet
    batches: tuple[Batch, ...]
    gpus: Row
    hardware: Row
    cost: Row
    power: Row
    capex: Row
    parts: dict[str, Row]


@dataclass(frozen=True)
class Operation:
    """A fleet at work.

    Attributes
    ----------
    retired, sold
        Per batch: end of service, and date of the sale. [month]
    bought, installed, accepted
        GPUs, average over the period. [GPU]
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


# --- buying ----------------------------------------------------------------------------------------------------


def add_gpu_fleet(b: Build, id: str, term: GpuFleet) -> Fleet:
    """Add the batches of a fleet and what is paid for them.

    Parameters
    ----------
    b
        The build.
    id
        Id of the fleet.
    term
        What was agreed.

    Returns
    -------
    Fleet
        Batches, cost and capex.
    """
    s, path = b.sheet, f"assets.{id}"
    adders = _Adders(
        network=b.scalar(f"{path}.network", term.network, RATIO, "network, share of hardware"),
        storage=b.scalar(f"{path}.storage", term.storage, RATIO, "storage, share of hardware"),
        spares=b.scalar(f"{path}.spares", term.spares, RATIO, "spares, share of hardware"),
        freight=b.scalar(f"{path}.freight", term.freight, RATIO, "freight and duty, share of hardware"),
        network_per_gpu=b.scalar(f"{path}.network_per_gpu", term.network_per_gpu, USD / GPU, "network per GPU"),
        storage_per_gpu=b.scalar(f"{path}.storage_per_gpu", term.storage_per_gpu, USD / GPU, "storage per GPU"),
    )
    batches = tuple(_add_batches(b, id, term, adders))
    parts = _add_parts(b, id, batches, adders)
    return Fleet(
        id=id,
        owner=term.owner,
        term=term,
        batches=batches,
        gpus=s.row(f"{id}.gpus", sum_of(x.count for x in batches), unit=GPU, label="GPUs in all batches"),
        hardware=s.row(f"{id}.hardware", sum_of(x.hardware for x in batches), unit=USD, label="hardware price"),
        cost=s.row(f"{id}.cost", sum_of(x.cost for x in batches), unit=USD, label="cost with all adders"),
        power=_add_power(b, id, term),
        capex=s.row(f"{id}.capex", sum_of(parts.values()), unit=USD, label="paid for the fleet"),
        parts=parts,
    )


def _add_power(b: Build, id: str, term: GpuFleet) -> Row:
    """IT power per GPU, as agreed or as the catalogue has it for the model. [MW/GPU]"""
    label = "IT power per GPU"
    if term.power is not None:
        return b.scalar(f"assets.{id}.power", term.power, MW / GPU, label)
    from ringfence.catalogue import gpu

    fact = gpu(term.model).facts["power"]
    source = f"catalogue gpus.yaml {term.model}: {fact}"
    return b.sheet.scalar(f"{id}.power", float(fact.value), unit=MW / GPU, source=source, label=label)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Adders:
    network: Row
    storage: Row
    spares: Row
    freight: Row
    network_per_gpu: Row
    storage_per_gpu: Row

    def cost(self, count: Expr, hardware: Expr) -> Expr:
        """Cost with all adders. [USD]"""
        share = 1 + self.network + self.storage + self.spares + self.freight
        return hardware * share + count * (self.network_per_gpu + self.storage_per_gpu)


def _add_batches(b: Build, id: str, term: GpuFleet, adders: _Adders) -> list[Batch]:
    s, path = b.sheet, f"assets.{id}"
    unit_price = b.scalar(f"{path}.unit_price", term.unit_price, USD / GPU, "hardware price of a GPU")
    delay = b.scalar(f"{path}.delay", term.delay, MONTH, "delay of every delivery")
    installation = b.scalar(f"{path}.installation", term.installation, MONTH, "delivery to installed")
    acceptance = b.scalar(f"{path}.acceptance", term.acceptance, MONTH, "installed to accepted")
    pay = _payments(b, id, term)
    batches = []
    for n, (day, count, price) in enumerate(_planned(b, id, term, unit_price), start=1):
        name = f"{id}.batch_{n}"
        delivered = s.row(f"{name}.delivered", day + delay, unit=MONTH, label="delivered")
        installed = s.row(f"{name}.installed", delivered + installation, unit=MONTH, label="installed")
        accepted = s.row(f"{name}.accepted", installed + acceptance, unit=MONTH, label="accepted")
        hardware = s.row(f"{name}.hardware", count * price, unit=USD, label="hardware price of the batch")
        cost = s.row(f"{name}.cost", adders.cost(count, hardware), unit=USD, label="cost with all adders")
        paid = s.row(f"{name}.paid", pay(delivered, installed, accepted), label="share of the cost paid")
        batches.append(Batch(name, count, price, delivered, installed, accepted, hardware, cost, paid))
    return batches


def _planned(b: Build, id: str, term: GpuFleet, unit_price: Row) -> list[tuple[Expr, Row, Row]]:
    """Planned delivery date, count and price of each batch."""
    path = f"assets.{id}.deliveries"
    if isinstance(term.deliveries, Ramp):
        return _ramp(b, id, term, term.deliveries, unit_price)
    planned: list[tuple[Expr, Row, Row]] = []
    for n, delivery in enumerate(term.deliveries):
        day = b.when(f"{path}.{n}.date", delivery.date, "planned delivery")
        count = b.scalar(f"{path}.{n}.count", delivery.count, GPU, "GPUs in the batch")
        own = delivery.unit_price
        price = unit_price if own is None else b.scalar(f"{path}.{n}.unit_price", own, USD / GPU, "price of the batch")
        planned.append((day, count, price))
    return planned


def _ramp(b: Build, id: str, term: GpuFleet, ramp: Ramp, unit_price: Row) -> list[tuple[Expr, Row, Row]]:
    """Equal batches; the number of batches is the one structural number in the formulas."""
    path = f"assets.{id}.deliveries"
    if ramp.count is None:
        total = b.scalar(f"assets.{id}.count", term.count, GPU, "GPUs in the fleet")
    else:
        total = b.scalar(f"{path}.count", ramp.count, GPU, "GPUs in the ramp")
    count = b.sheet.row(f"{id}.batch_size", total / constant(ramp.batches), unit=GPU, label="GPUs in each batch")
    every = b.scalar(f"{path}.every", ramp.every, MONTH, "time between two batches")
    day: Expr = b.when(f"{path}.start", ramp.start, "planned delivery of the first batch")
    planned = []
    for _ in range(ramp.batches):
        planned.append((day, count, unit_price))
        day = day + every
    return planned


def _payments(b: Build, id: str, term: GpuFleet) -> Callable[[Expr, Expr, Expr], Expr]:
    """Share of a batch's cost paid in the period, from its dates."""
    path = f"assets.{id}"
    lead_time = b.scalar(f"{path}.lead_time", term.lead_time, MONTH, "order to delivery")
    milestones = [
        (
            m.at,
            b.scalar(f"{path}.payments.{n}.share", m.share, RATIO, f"share of cost due at {m.at}"),
            b.scalar(f"{path}.payments.{n}.lag", m.lag, MONTH, f"time from {m.at} to payment"),
        )
        for n, m in enumerate(term.payments)
    ]

    def paid(delivered: Expr, installed: Expr, accepted: Expr) -> Expr:
        stages: dict[Stage, Expr] = {
            "close": NIL,
            "order": delivered - lead_time,
            "delivery": delivered,
            "installation": installed,
            "acceptance": accepted,
        }
        return sum_of(share * on(b.clock, not_before_close(stages[at] + lag)) for at, share, lag in milestones)

    return paid


def _add_parts(b: Build, id: str, batches: Sequence[Batch], adders: _Adders) -> dict[str, Row]:
    s = b.sheet
    units = s.row(f"{id}.paid_for", sum_of(x.paid * x.count for x in batches), unit=GPU, label="GPUs paid for")
    hardware = s.row(f"{id}.capex.hardware", sum_of(x.paid * x.hardware for x in batches), unit=USD)
    return {
        "hardware": hardware,
        "network": s.row(f"{id}.capex.network", hardware * adders.network + units * adders.network_per_gpu, unit=USD),
        "storage": s.row(f"{id}.capex.storage", hardware * adders.storage + units * adders.storage_per_gpu, unit=USD),
        "spares": s.row(f"{id}.capex.spares", hardware * adders.spares, unit=USD),
        "freight": s.row(f"{id}.capex.freight", hardware * adders.freight, unit=USD),
    }


# --- owning ----------------------------------------------------------------------------------------------------


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
    yearly = share * in_service + per_gpu * accepted
    running = s.row(f"{id}.running_cost", yearly * span, unit=USD, label="running cost")
    usual = b.scalar(f"{path}.availability", term.availability, RATIO, "share of powered hours, before failures")
    if term.failures is None:
        rma = s.row(f"{id}.rma", NIL * in_service, unit=USD, label="replacement of failed GPUs")
        return running, rma, usual
    rate = b.scalar(f"{path}.failures.rate", term.failures.rate, PER_YEAR, "share of the fleet replaced per year")
    price = b.scalar(f"{path}.failures.replacement", term.failures.replacement, RATIO, "cost, share of unit price")
    downtime = b.scalar(f"{path}.failures.downtime", term.failures.downtime, MONTH, "time out of service")
    rma = s.row(f"{id}.rma", rate * span * price * in_service, unit=USD, label="replacement of failed GPUs")
    down = rate * years(b.clock, downtime)
    return running, rma, s.row(f"{id}.working_time", usual * (1 - down), label="share of powered hours a GPU works")


def _add_market_values(
    b: Build, fleet: Fleet, sold: Sequence[Row]
) -> tuple[dict[str, Row], list[Expr]]:
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
        worth = sum_of(price * lookup(table, age) for price, age in zip(held, ages, strict=True))
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
    return tuple(on(b.clock, day) * value * kept for day, value in zip(sold, worth, strict=True))


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

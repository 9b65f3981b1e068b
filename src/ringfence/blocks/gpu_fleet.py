"""A GPU fleet: batches and what is paid for them.

Rows added by :func:`add_gpu_fleet`, `<f>` being the id of the fleet:

    <f>.batch_<n>.count, .price             GPUs of a batch, hardware price               [GPU], [USD/GPU]
    <f>.batch_<n>.delivered, .installed, .accepted   dates with lags and delay             [month]
    <f>.batch_<n>.hardware, .cost           hardware alone; with all adders               [USD]
    <f>.batch_<n>.paid                      share of the cost paid in the period          [ratio]
    <f>.capex.hardware, .network, .storage, .spares, .freight, and <f>.capex               [USD]
    <f>.hardware, <f>.cost, <f>.gpus        sums over the batches, one cell each           [USD], [USD], [GPU]

Payments agreed for a day before close are made at close.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import (
    not_before_close,
    on,
)
from ringfence.blocks.context import Build
from ringfence.blocks.shocks import later
from ringfence.sheet import NIL, Expr, Row, constant, sum_of
from ringfence.terms.asset.gpu_fleet import GpuFleet, Ramp, Stage
from ringfence.units import GPU, MONTH, MW, RATIO, USD


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
    agreed = b.scalar(f"{path}.delay", term.delay, MONTH, "delay of every delivery")
    delay = later(b, f"{id}.delay", agreed, "delay of every delivery")
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
        planned = delivered if delay is agreed else day + agreed
        paid = s.row(f"{name}.paid", pay(planned, delivered, installed, accepted), label="share of the cost paid")
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


def _payments(b: Build, id: str, term: GpuFleet) -> Callable[[Expr, Expr, Expr, Expr], Expr]:
    """Share of a batch's cost paid in the period, from its dates; an order is placed for the delivery planned."""
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

    def paid(planned: Expr, delivered: Expr, installed: Expr, accepted: Expr) -> Expr:
        stages: dict[Stage, Expr] = {
            "close": NIL,
            "order": planned - lead_time,
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

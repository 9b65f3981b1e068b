"""Power plants: what they cost while they are built, what they make and cost while they run.

Rows added by :func:`add_plant`, `<p>` being the id of the plant, all for the owner's share of it:

    <p>.power_owned, <p>.capital_cost     rated output, cost of construction              [MW], [USD]
    <p>.cod, <p>.closure                  commercial operation and end of life            [month]
    <p>.spent, <p>.capex                  cumulative share of cost; paid in the period    [ratio], [USD]
    <p>.operating, <p>.available          share of the period in operation; and able to run   [ratio]
    <p>.available_power                   rated output x available                        [MW]
    <p>.generation                        energy made                                     [MWh]
    <p>.fixed_costs, .variable_costs, .fuel_costs, .decommissioning_cost                  [USD]
    <p>.depreciation, .written_off, .book.*   straight line from operation, net book value    [USD]

The S-curve of spending is u^2 (3 - 2u) of elapsed time u, read at the ends of periods, so that spending follows the
dates. Output falls by `degradation`, and costs grow by `inflation`, in whole years counted at the start of a period.
Spending before close is made at close. `yield` is the share of P50 output; a case sets it.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.clock import (
    clip,
    not_before_close,
    on,
    overlap,
    reached,
    share_of_period,
    yearly_growth,
    years,
)
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.shocks import instead, later, times
from ringfence.sheet import NIL, Expr, Row, at_most, choose, constant, least, less_than, most, previous, sum_of
from ringfence.terms.asset.plants import Construction, Fuel, Fusion, Gas, Generator, Nuclear, Plant, Storage
from ringfence.units import MONTH, MW, MWH, PER_YEAR, RATIO, USD, YEAR


@dataclass(frozen=True)
class PlantRows:
    """A plant, the owner's share of it.

    Attributes
    ----------
    power, cost
        Rated output [MW]; capital cost with milestone payments [USD].
    cod, closure
        Commercial operation and end of life. [month]
    capex
        Paid in the period. [USD]
    operating
        Share of the period between `cod` and `closure`. [ratio]
    available_power
        Average output it could run at. [MW]
    generation
        Energy made; none for storage. [MWh]
    depreciation, written_off, book
        Book depreciation, what closure writes off, net book value. [USD]
    streams
        Running costs, fuel, decommissioning.
    """

    id: str
    owner: str
    term: Plant
    power: Row
    cost: Row
    cod: Row
    closure: Row
    capex: Row
    operating: Row
    available_power: Row
    generation: Row
    depreciation: Row
    written_off: Row
    book: Row
    streams: tuple[Stream, ...]


def add_plant(b: Build, id: str, term: Plant) -> PlantRows:
    """Add a plant.

    Parameters
    ----------
    b
        The build.
    id
        Id of the plant.
    term
        What was agreed: solar, wind, nuclear, gas, fusion or storage.

    Returns
    -------
    PlantRows
        The plant.
    """
    s, path = b.sheet, f"assets.{id}"
    share = b.scalar(f"{path}.share", term.share, RATIO, "share of the plant that the owner holds")
    rated = b.scalar(f"{path}.power", term.power, MW, "rated output of the whole plant")
    power = s.row(f"{id}.power_owned", rated * share, unit=MW, label="rated output, the owner's share")
    cod, closure = _add_dates(b, id, term)
    built, capex = _add_capex(b, id, term, power, cod)
    operating = s.row(f"{id}.operating", share_of_period(b.clock, cod, closure), label="share of the period running")
    able = _add_available_power(b, id, term, power, cod, closure, operating)
    made = s.row(f"{id}.generation", _generation(b, id, term, share, power, cod), unit=MWH, label="energy made")
    depreciation, off, book = _add_book_value(b, id, term, built, capex, cod, closure)
    return PlantRows(
        id=id,
        owner=term.owner,
        term=term,
        power=power,
        cost=built,
        cod=cod,
        closure=closure,
        capex=capex,
        operating=operating,
        available_power=able,
        generation=made,
        depreciation=depreciation,
        written_off=off,
        book=book,
        streams=_add_costs(b, id, term, power, operating, made, closure),
    )


# --- building --------------------------------------------------------------------------------------------------


def _add_dates(b: Build, id: str, term: Plant) -> tuple[Row, Row]:
    s, path = b.sheet, f"assets.{id}"
    life = b.scalar(f"{path}.life", term.life, MONTH, "operation to closure")
    building = term.construction
    day: Expr = NIL
    if building is not None:
        delay = b.scalar(f"{path}.construction.delay", building.delay, MONTH, "delay of operation")
        start = b.when(f"{path}.construction.start", building.start, "first spending")
        day = start + b.scalar(f"{path}.construction.time", building.time, MONTH, "first spending to operation") + delay
    if term.operation == "never":
        day = b.scalar(f"{path}.operation", b.clock.never.value, MONTH, "commercial operation; never")
    elif term.operation is not None:
        planned = b.when(f"{path}.operation", term.operation, "commercial operation, before delay")
        day = planned + delay if building is not None else planned
    if building is not None:
        day = later(b, f"{id}.construction.delay", day, "commercial operation, delayed")
    day = instead(b, f"{id}.operation", day, "commercial operation, in place of the agreed")
    cod = s.row(f"{id}.cod", day, unit=MONTH, label="commercial operation")
    return cod, s.row(f"{id}.closure", cod + life, unit=MONTH, label="end of life")


def _add_capex(b: Build, id: str, term: Plant, power: Row, cod: Row) -> tuple[Row, Row]:
    s, path = b.sheet, f"assets.{id}"
    price = b.scalar(f"{path}.cost", term.cost, USD / MW, "capital cost of rated output")
    construction = s.row(f"{id}.construction_cost", power * price, unit=USD, label="cost of construction")
    spent = s.row(f"{id}.spent", _spent(b, id, term.construction, cod), label="cumulative share of the cost spent")
    paid: Expr = construction * (spent - previous(spent, first=NIL))
    cost: Expr = construction
    if isinstance(term, Fusion):
        delay = b.scalar(f"{path}.payments_delay", term.payments_delay, MONTH, "delay of every payment")
        for n, payment in enumerate(term.payments):
            amount = b.scalar(f"{path}.payments.{n}.amount", payment.amount, USD, payment.label or "milestone payment")
            day = b.when(f"{path}.payments.{n}.date", payment.date, "date of the payment")
            paid = paid + amount * on(b.clock, not_before_close(day + delay))
            cost = cost + amount
    total = s.row(f"{id}.capital_cost", cost, unit=USD, label="capital cost with milestone payments")
    return total, s.row(f"{id}.capex", paid, unit=USD, label="paid for the plant")


def _spent(b: Build, id: str, term: Construction | None, cod: Row) -> Expr:
    """Cumulative share of the cost spent by the end of the period. [ratio]"""
    if term is None:
        return reached(b.clock, not_before_close(cod))
    path = f"assets.{id}.construction"
    start: Expr = b.when(f"{path}.start", term.start, "first spending")
    time: Expr = b.scalar(f"{path}.time", term.time, MONTH, "first spending to operation")
    delay = b.scalar(f"{path}.delay", term.delay, MONTH, "delay of operation")
    if term.delayed_spend == "shift":
        start = start + delay
    elif term.delayed_spend == "stretch":
        time = time + delay
    elapsed = most(b.clock.end - start, NIL) / choose(less_than(NIL, time), time, constant(1.0, MONTH))
    u = choose(at_most(start + time, b.clock.end), 1, least(elapsed, 1))
    return u if term.profile == "level" else u * u * (1 + (1 - u) + (1 - u))


# --- running ---------------------------------------------------------------------------------------------------


def _add_available_power(b: Build, id: str, term: Plant, power: Row, cod: Row, closure: Row, operating: Row) -> Row:
    s, path = b.sheet, f"assets.{id}"
    usual = b.scalar(f"{path}.availability", term.availability, RATIO, "share of time able to run")
    planned = b.scalar(f"{path}.outage", term.outage, RATIO, "share of every year in planned outage")
    away: Expr = NIL
    for n, outage in enumerate(term.outages):
        start = b.when(f"{path}.outages.{n}.start", outage.start, "start of an outage")
        time = b.scalar(f"{path}.outages.{n}.time", outage.time, MONTH, "length of an outage")
        away = away + share_of_period(b.clock, most(start, cod), least(start + time, closure))
    able = (operating - away) * usual * (1 - planned)
    available = s.row(f"{id}.available", able, label="share of the period able to run")
    kept = power * available
    if isinstance(term, Storage):
        kept = kept * _degraded(b, id, term, cod)
    return s.row(f"{id}.available_power", kept, unit=MW, label="average output it could run at")


def _degraded(b: Build, id: str, term: Plant, cod: Row) -> Expr:
    loss = b.scalar(f"assets.{id}.degradation", term.degradation, PER_YEAR, "loss of output per year of operation")
    return yearly_growth(b.clock, -loss, b.clock.start - cod)


def _generation(b: Build, id: str, term: Plant, share: Row, power: Row, cod: Row) -> Expr:
    clock, path = b.clock, f"assets.{id}"
    able = b.sheet[f"{id}.available"]
    if not isinstance(term, Generator):
        return NIL * able
    agreed = b.scalar(f"{path}.yield", term.yield_factor, RATIO, "output as a share of P50")
    output = times(b, f"{id}.yield", agreed, "output as a share of P50")
    if term.energy is not None:
        energy = b.scalar(f"{path}.energy", term.energy, MWH / YEAR, "output of a whole year")
        full = energy * share * years(clock, clock.months)
    elif isinstance(term.capacity_factor, tuple):
        factors = [
            b.scalar(f"{path}.capacity_factor.{n}", factor, RATIO, "capacity factor of a calendar month")
            for n, factor in enumerate(term.capacity_factor)
        ]
        full = power * sum_of(f * hours for f, hours in zip(factors, clock.hours_in, strict=True))
    else:
        factor = b.scalar(f"{path}.capacity_factor", term.capacity_factor or 0.0, RATIO, "capacity factor")
        full = power * factor * clock.hours
    return full * able * output * _degraded(b, id, term, cod)


def _add_costs(
    b: Build, id: str, term: Plant, power: Row, operating: Row, made: Row, closure: Row
) -> tuple[Stream, ...]:
    s, clock, path = b.sheet, b.clock, f"assets.{id}"
    rate = b.scalar(f"{path}.inflation", term.inflation, PER_YEAR, "growth of operating cost per year")
    base = b.when(f"{path}.prices_of", term.prices_of, "date of the prices") if term.prices_of is not None else NIL
    prices = s.row(f"{id}.price_level", yearly_growth(clock, rate, clock.start - base), label="price level of costs")
    fixed: Expr = b.scalar(f"{path}.fixed_cost", term.fixed_cost, USD / MW / YEAR, "fixed operating cost")
    variable: Expr = b.scalar(f"{path}.variable_cost", term.variable_cost, USD / MWH, "variable operating cost")
    fixed = times(b, f"{id}.fixed_cost", fixed, "fixed operating cost")
    variable = times(b, f"{id}.variable_cost", variable, "variable operating cost")
    closing = b.scalar(f"{path}.decommissioning", term.decommissioning, USD / MW, "cost of closure")
    time = operating * years(clock, clock.months)
    items = {
        "fixed_costs": fixed * power * time * prices,
        "variable_costs": variable * made * prices,
        "decommissioning_cost": closing * power * prices * on(clock, closure),
    }
    streams = []
    for item, cost in items.items():
        label = item.replace("_", " ")
        row = s.row(f"{id}.{item}", cost, unit=USD, label=label)
        streams.append(Stream(label, term.owner, term.operator or "market", row, row, id))
    if isinstance(term, Gas | Nuclear) and term.fuel is not None:
        streams.append(_add_fuel(b, id, term.owner, term.fuel, made, base))
    return tuple(streams)


def _add_fuel(b: Build, id: str, owner: str, term: Fuel, made: Row, base: Expr) -> Stream:
    path = f"assets.{id}.fuel"
    heat = b.scalar(f"{path}.heat_rate", term.heat_rate, RATIO, "fuel energy per energy made")
    price: Expr = b.scalar(f"{path}.price", term.price, USD / MWH, "price of fuel energy")
    price = times(b, f"{id}.fuel.price", price, "price of fuel")
    rate = b.scalar(f"{path}.escalator", term.escalator, PER_YEAR, "growth of the fuel price")
    level = yearly_growth(b.clock, rate, b.clock.start - base)
    row = b.sheet.row(f"{id}.fuel_costs", made * heat * price * level, unit=USD, label="fuel")
    return Stream("fuel", owner, term.supplier or "market", row, row, id)


def _add_book_value(
    b: Build, id: str, term: Plant, cost: Row, capex: Row, cod: Row, closure: Row
) -> tuple[Row, Row, Row]:
    s, path = b.sheet, f"assets.{id}"
    life: Expr = closure - cod
    if term.book_life is not None:
        life = least(life, b.scalar(f"{path}.book_life", term.book_life, MONTH, "life in the books"))
    residual = b.scalar(f"{path}.book_residual", term.book_residual, RATIO, "book value left, share of cost")
    base = cost * (1 - residual)
    charge = base * overlap(b.clock, cod, cod + life) / life
    depreciation = s.row(f"{id}.depreciation", charge, unit=USD, label="straight line from operation")
    left = on(b.clock, closure) * (cost - base * clip(closure - cod, NIL, life) / life)
    off = s.row(f"{id}.written_off", left, unit=USD, label="book value that closure writes off")
    opening = s.opening(f"{id}.book", unit=USD)
    book = s.close(f"{id}.book", opening, add=[capex], less=[depreciation, off], label="net book value")
    return depreciation, off, book

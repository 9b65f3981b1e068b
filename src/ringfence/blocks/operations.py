"""Operations: services, management and hosting contracts, paid by time, by cost or by power.

Rows added, `<c>` being the id of the contract:

    <c>.first, <c>.end    first and last day of the fee                          [month]
    <c>.price_level       growth of the fee since the start, whole years         [ratio]
    <c>.earned, <c>.cash  accrued and paid in the period                         [USD]
    <c>.unpaid.*          accrued and not yet paid, if paid at intervals         [USD]
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.clock import overlap, yearly_growth, years
from ringfence.blocks.compute import Compute
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.offtake import add_payment
from ringfence.blocks.plants import PlantRows
from ringfence.sheet import NIL, Expr, Row
from ringfence.terms.contract.services import Services
from ringfence.units import MONTH, MW, PER_YEAR, USD, YEAR

UNITS = {
    "per_month": USD / MONTH,
    "per_year": USD / YEAR,
    "share_of_cost": PER_YEAR,
    "per_power": USD / MW / MONTH,
}


@dataclass(frozen=True)
class Served:
    """What a fee counts on.

    Attributes
    ----------
    cost
        Cost of the asset, at work. [USD]
    power
        Power of the asset, at work. [MW]
    start, end
        Life of the asset. [month]
    """

    cost: Expr
    power: Expr
    start: Expr
    end: Expr


def served_plant(plant: PlantRows) -> Served:
    """Base of a fee on a plant: its capital cost and rated output from operation to closure."""
    return Served(plant.cost, plant.power, plant.cod, plant.closure)


def served_fleet(b: Build, compute: Compute) -> Served:
    """Base of a fee on a fleet: hardware price and IT power of the GPUs in service, whatever the period."""
    operation, fleet = compute.operation, compute.fleet
    return Served(operation.in_service, operation.accepted * fleet.power, NIL, b.clock.never)


def add_services(b: Build, id: str, term: Services, served: Served | None = None) -> Stream:
    """Add a running fee.

    Parameters
    ----------
    b
        The build.
    id
        Id of the contract.
    term
        What was agreed.
    served
        What the fee counts on, and the life it follows where the contract has no dates of its own.

    Returns
    -------
    Stream
        The fee.
    """
    s, clock, path = b.sheet, b.clock, f"contracts.{id}"
    base = served or Served(NIL, NIL, NIL, clock.never)
    first = b.when(f"{path}.start", term.start, "first day of the fee") if term.start is not None else base.start
    last = b.when(f"{path}.until", term.until, "last day of the fee") if term.until is not None else base.end
    start = s.row(f"{id}.first", first, unit=MONTH, label="first day of the fee")
    end = s.row(f"{id}.end", last, unit=MONTH, label="last day of the fee")
    rate = b.scalar(f"{path}.escalator", term.escalator, PER_YEAR, "growth of the fee per year")
    level = s.row(f"{id}.price_level", yearly_growth(clock, rate, clock.start - start), label="growth of the fee")
    time = overlap(clock, start, end)
    earned = s.row(f"{id}.earned", _fee(b, id, term, base, time) * level, unit=USD, label=f"{term.type} fee")
    return Stream(term.type, term.payer, term.payee, add_payment(b, id, earned, start, end, term.every), earned, id)


def _fee(b: Build, id: str, term: Services, base: Served, time: Expr) -> Expr:
    """Fee over `time` [month] before growth. [USD]"""
    path = f"contracts.{id}.{term.counted}"
    amount = float(getattr(term, term.counted))

    def cell(unit: str) -> Row:
        return b.scalar(path, amount, UNITS[unit], f"fee, {unit.replace('_', ' ')}")

    if term.counted == "per_month":
        return cell("per_month") * time
    if term.counted == "per_year":
        return cell("per_year") * years(b.clock, time)
    if term.counted == "share_of_cost":
        return cell("share_of_cost") * base.cost * years(b.clock, time)
    return cell("per_power") * base.power * time

"""Offtake: what a plant's output, capacity and tax credits earn.

Rows added, `<c>` being the id of the contract:

    <c>.first, <c>.end     first and last day of the contract                  [month]
    <c>.share_of_output    share of the period's operation inside the contract [ratio]
    <c>.price_level        growth of the price since the start, whole years    [ratio]
    <c>.earned             earned in the period                                [USD]
    <c>.cash               paid in the period                                  [USD]
    <c>.merchant_sales     earned at market after the contract                 [USD]
    <c>.unpaid.*           earned and not yet paid, if paid at intervals       [USD]

Payment follows delivery in the same period, or every so often counted from the start and at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.clock import instalments, on, overlap, paid_on, yearly_growth
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.plants import PlantRows
from ringfence.blocks.shocks import times
from ringfence.sheet import NIL, Expr, Row, choose, least, less_than, most
from ringfence.terms.contract.offtake import Ppa, Tail, TaxCredit, Tolling
from ringfence.units import MONTH, MW, MWH, PER_YEAR, RATIO, USD


@dataclass(frozen=True)
class Offtake:
    """A contract that earns.

    Attributes
    ----------
    start, end
        Of the contract. [month]
    streams
        The contract, then any sale at market.
    """

    id: str
    start: Row
    end: Row
    streams: tuple[Stream, ...]


def add_ppa(b: Build, id: str, term: Ppa, plant: PlantRows) -> Offtake:
    """Add a power purchase agreement.

    Parameters
    ----------
    b
        The build.
    id
        Id of the contract.
    term
        What was agreed.
    plant
        The plant that delivers.

    Returns
    -------
    Offtake
        The contract and its merchant tail.
    """
    s, path = b.sheet, f"contracts.{id}"
    start, end = _add_dates(b, id, term, plant)
    share = b.scalar(f"{path}.share", term.share, RATIO, "share of the plant's output")
    price = b.scalar(f"{path}.price", term.price, USD / MWH, "price of energy")
    inside = s.row(f"{id}.share_of_output", _inside(b, plant, start, end), label="share of operation in the contract")
    level = _add_level(b, id, term.escalator, start)
    sold = plant.generation * share
    earned = s.row(f"{id}.earned", sold * inside * price * level, unit=USD, label="energy sold under the contract")
    streams = [_stream(b, id, "energy", term.buyer, term.seller, earned, start, end, term.every)]
    if term.merchant is not None:
        streams.append(_merchant(b, id, term, term.merchant, sold, plant, start, end))
    return Offtake(id, start, end, tuple(streams))


def add_tolling(b: Build, id: str, term: Tolling, plant: PlantRows) -> Offtake:
    """Add a tolling or capacity payment.

    Parameters
    ----------
    b
        The build.
    id
        Id of the contract.
    term
        What was agreed.
    plant
        The plant whose available power is paid for.

    Returns
    -------
    Offtake
        The contract.
    """
    s, clock, path = b.sheet, b.clock, f"contracts.{id}"
    start, end = _add_dates(b, id, term, plant)
    share = b.scalar(f"{path}.share", term.share, RATIO, "share of the plant's power")
    price = b.scalar(f"{path}.price", term.price, USD / MW / MONTH, "payment for available power")
    inside = s.row(f"{id}.share_of_output", _inside(b, plant, start, end), label="share of operation in the contract")
    level = _add_level(b, id, term.escalator, start)
    pay = plant.available_power * share * inside * clock.months * price * level
    earned = s.row(f"{id}.earned", pay, unit=USD, label="payment for available power")
    stream = _stream(b, id, term.type, term.buyer, term.seller, earned, start, end, term.every)
    return Offtake(id, start, end, (stream,))


def add_tax_credit(b: Build, id: str, term: TaxCredit, plant: PlantRows) -> Offtake:
    """Add the sale of production or investment tax credits.

    Parameters
    ----------
    b
        The build.
    id
        Id of the contract.
    term
        What was agreed.
    plant
        The plant that earns the credits.

    Returns
    -------
    Offtake
        The sale.
    """
    s, path = b.sheet, f"contracts.{id}"
    price = b.scalar(f"{path}.price", term.price, RATIO, "paid for one dollar of credit")
    start = s.row(f"{id}.first", plant.cod, unit=MONTH, label="first credit")
    if term.investment is not None:
        lag = b.scalar(f"{path}.lag", term.lag, MONTH, "operation to the sale")
        credit = b.scalar(f"{path}.investment", term.investment, RATIO, "credit, share of cost")
        end = s.row(f"{id}.end", start + lag, unit=MONTH, label="sale of the credit")
        value = on(b.clock, end) * plant.cost * credit * price
        earned = s.row(f"{id}.earned", value, unit=USD, label="investment credit sold")
        stream = _stream(b, id, "tax credit", term.buyer, term.seller, earned, start, end, 0.0)
        return Offtake(id, start, end, (stream,))
    length = b.scalar(f"{path}.term", term.term, MONTH, "term of the production credit")
    credit = b.scalar(f"{path}.production", term.production or 0.0, USD / MWH, "credit per energy made")
    end = s.row(f"{id}.end", least(start + length, plant.closure), unit=MONTH, label="last credit")
    inside = s.row(f"{id}.share_of_output", _inside(b, plant, start, end), label="share of operation with credit")
    level = _add_level(b, id, term.escalator, start)
    value = plant.generation * inside * credit * level * price
    earned = s.row(f"{id}.earned", value, unit=USD, label="production credit sold")
    stream = _stream(b, id, "tax credit", term.buyer, term.seller, earned, start, end, term.every)
    return Offtake(id, start, end, (stream,))


# --- shared ----------------------------------------------------------------------------------------------------


def _add_dates(b: Build, id: str, term: Ppa | Tolling, plant: PlantRows) -> tuple[Row, Row]:
    s, path = b.sheet, f"contracts.{id}"
    agreed: Expr = plant.cod if term.start is None else b.when(f"{path}.start", term.start, "agreed start")
    length = b.scalar(f"{path}.term", term.term, MONTH, "term of the contract")
    start = s.row(f"{id}.first", most(agreed, plant.cod), unit=MONTH, label="first day of the contract")
    return start, s.row(f"{id}.end", least(agreed + length, plant.closure), unit=MONTH, label="end of the contract")


def _inside(b: Build, plant: PlantRows, start: Expr, end: Expr) -> Expr:
    """Share of the period's operation that lies in [start, end). [ratio]"""
    running = overlap(b.clock, plant.cod, plant.closure)
    idle = less_than(NIL, running)
    return choose(idle, overlap(b.clock, start, end) / choose(idle, running, b.clock.never), NIL)


def _add_level(b: Build, id: str, escalator: float, start: Expr) -> Row:
    rate = b.scalar(f"contracts.{id}.escalator", escalator, PER_YEAR, "growth of the price per year")
    level = yearly_growth(b.clock, rate, b.clock.start - start)
    return b.sheet.row(f"{id}.price_level", level, label="growth of the price since the start")


def _stream(
    b: Build, id: str, label: str, payer: str, payee: str, earned: Row, start: Row, end: Row, every: float
) -> Stream:
    return Stream(label, payer, payee, add_payment(b, id, earned, start, end, every), earned, id)


def add_payment(b: Build, id: str, earned: Row, start: Expr, end: Expr, every: float) -> Row:
    """Add ``<id>.cash``: as earned, or every so often from `start` and at `end`.

    Parameters
    ----------
    b
        The build.
    id
        Id of the contract.
    earned
        Earned in the period. [USD]
    start, end
        Of the contract. [month]
    every
        Interval between payments; 0 pays in the period of delivery. [month]

    Returns
    -------
    Row
        Paid in the period. [USD]
    """
    if every == 0:
        return b.sheet.row(f"{id}.cash", earned, unit=USD, label="paid as it is earned")
    interval = b.scalar(f"contracts.{id}.every", every, MONTH, "interval between payments")
    dates = instalments(b.clock, start + interval, interval, end) + on(b.clock, end)
    _, paid = paid_on(b.sheet, f"{id}.unpaid", earned, less_than(NIL, dates))
    return b.sheet.row(f"{id}.cash", paid, unit=USD, label="paid on payment dates")


def _merchant(b: Build, id: str, term: Ppa, tail: Tail, sold: Expr, plant: PlantRows, start: Row, end: Row) -> Stream:
    s, clock, path = b.sheet, b.clock, f"contracts.{id}.merchant"
    price: Expr = b.scalar(f"{path}.price", tail.price, USD / MWH, "market price, in money of the contract's start")
    price = times(b, f"{id}.merchant.price", price, "market price of energy")
    rate = b.scalar(f"{path}.escalator", tail.escalator, PER_YEAR, "growth of the market price per year")
    after = _inside(b, plant, end, plant.closure)
    level = yearly_growth(clock, rate, clock.start - start)
    row = s.row(f"{id}.merchant_sales", sold * after * price * level, unit=USD, label="sold at market")
    return Stream("energy at market", tail.buyer or term.buyer, term.seller, row, row, id, firm=False)

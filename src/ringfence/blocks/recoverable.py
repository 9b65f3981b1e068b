"""What a fleet is worth to its owner against what it stands at: the impairment test of every period.

Rows added by the function that :func:`recoverable` returns, `<f>` being the fleet, all [USD]:

    <f>.test.net_cash                rent and sale, less running cost, replacement and what is still to be paid for it
    <f>.test.value_in_use            PV of the net cash to come, at a pre-tax rate (IAS 36.30)
    <f>.test.undiscounted            sum of the net cash to come (ASC 360-10-35-17)
    <f>.test.fair_value              resale value on the named curve; 0 without one
    <f>.test.recoverable             the higher of value in use and fair value (IAS 36.18)
    <f>.test.indicator               1 where market value or value in use is under the carrying amount (IAS 36.12)
    <f>.ifrs.carrying, .loss, .reversal         book value or recoverable amount, the lower; what moves it (59, 117)
    <f>.us.opening, .added, .depreciation, .loss, .sold, .closing      no reversal (ASC 360-10-35-20)

The test looks ahead on this run, so its rows are hindsight and no cash reads them. Under IAS 36 the carrying amount is
the lower of what it would have been without any loss and what is recoverable: a reversal needs no memory of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from ringfence.blocks.clock import years
from ringfence.blocks.context import Build
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    choose,
    constant,
    either,
    following,
    growth,
    least,
    less_than,
    most,
    previous,
    sum_of,
)
from ringfence.units import PER_YEAR, USD

SOURCE = "IAS 36.18, 30, 59, 117 [verify]; ASC 360-10-35-17 to 35-21 [verify]"
ONE = constant(1.0, USD)


def recoverable(fleet: str, *, rate: float, curve: str | None = None, parts: bool = False) -> Callable[[Build], None]:
    """Return the function that appends the impairment test of a fleet to a deal's sheet.

    Parameters
    ----------
    fleet
        Id of the fleet.
    rate
        Pre-tax rate of the value in use. [1/year effective]
    curve
        Resale curve that gives fair value less costs of disposal; none: value in use alone.
    parts
        Whether the fleet is carried by components (``components.py``) rather than over one life.

    Returns
    -------
    Callable
        For ``build(deal, extra=[...])``.
    """

    def add(b: Build) -> None:
        s = b.sheet
        if f"{fleet}.test.rate" in s:
            return
        book = _Book(b, fleet, parts=parts)
        pre_tax = s.scalar(f"{fleet}.test.rate", rate, unit=PER_YEAR, label="pre-tax rate, effective")
        factor = s.row(f"{fleet}.test.growth", growth(pre_tax, years(b.clock, b.clock.months)), label="of the period")
        cash = _net_cash(b, fleet)
        worth = _ahead(b, f"{fleet}.test.value_in_use", cash, factor, "PV of net cash to come")
        plain = _ahead(b, f"{fleet}.test.undiscounted", cash, None, "net cash to come")
        fair = s.row(
            f"{fleet}.test.fair_value",
            s[f"{fleet}.market_value.{curve}"] if curve else NIL,
            unit=USD,
            source=SOURCE,
            label="resale value",
        )
        higher = s.row(
            f"{fleet}.test.recoverable", most(worth, fair, NIL), unit=USD, source=SOURCE, label="recoverable"
        )
        s.row(
            f"{fleet}.test.indicator",
            either(less_than(worth, book.closing), less_than(fair, book.closing) if curve else NIL),
            source="IAS 36.12 [verify]; ASC 360-10-35-21 [verify]",
            label="something says the fleet may be impaired",
        )
        _add_ifrs(b, fleet, book, higher)
        _add_us(b, fleet, book, plain, fair if curve else higher)

    return add


class _Book:
    """What the fleet stands at before any loss, and what moves that. [USD]"""

    def __init__(self, b: Build, fleet: str, *, parts: bool) -> None:
        s = b.sheet
        self.closing = s[f"{fleet}.components.closing" if parts else f"{fleet}.book.closing"]
        self.depreciation = s[f"{fleet}.components.depreciation" if parts else f"{fleet}.depreciation"]
        self.sold = s[f"{fleet}.components.sold" if parts else f"{fleet}.sale.book_value"]


def _net_cash(b: Build, fleet: str) -> Row:
    s = b.sheet
    rents = sum_of(s[f"{x}.cash"] for x, c in b.deal.of_type("lease").items() if c.asset == fleet)
    spent = s[f"{fleet}.running_cost"] + s[f"{fleet}.rma"] + s[f"{fleet}.capex"]
    net = rents + s[f"{fleet}.sale.proceeds"] - spent
    return s.row(f"{fleet}.test.net_cash", net, unit=USD, label="cash of the fleet; may be negative")


def _ahead(b: Build, name: str, cash: Row, factor: Row | None, label: str) -> Row:
    later = b.sheet.ref(name, unit=USD)
    gain: Expr = later + cash
    return b.sheet.row(
        name,
        following(gain / factor if factor is not None else gain),
        unit=USD,
        source=SOURCE,
        label=label,
        looks_ahead="hindsight",
    )


def _add_ifrs(b: Build, fleet: str, held: _Book, recoverable_: Row) -> None:
    s = b.sheet
    book = held.closing
    carrying = s.row(
        f"{fleet}.ifrs.carrying", least(book, recoverable_), unit=USD, source=SOURCE, label="carrying amount"
    )
    short = s.row(
        f"{fleet}.ifrs.written_down", book - carrying, unit=USD, source=SOURCE, label="below cost less depreciation"
    )
    had = previous(book)
    left = (book - s[f"{fleet}.capex"]) / choose(less_than(NIL, had), had, ONE)
    worn = choose(less_than(NIL, had), previous(short) * left, NIL)
    s.row(f"{fleet}.ifrs.loss", most(short - worn, NIL), unit=USD, source=SOURCE, label="impairment loss")
    s.row(
        f"{fleet}.ifrs.reversal", most(worn - short, NIL), unit=USD, source=SOURCE, label="reversal of an earlier loss"
    )


def _add_us(b: Build, fleet: str, before: _Book, undiscounted: Row, fair: Row) -> None:
    s = b.sheet
    book, worn, sold = before.closing, before.depreciation, before.sold
    capex = s[f"{fleet}.capex"]
    opening = s.opening(f"{fleet}.us", unit=USD, source=SOURCE)
    whole = previous(book)
    kept = choose(less_than(NIL, whole), least(opening / choose(less_than(NIL, whole), whole, ONE), 1), 1)
    added = s.row(f"{fleet}.us.added", capex, unit=USD, label="paid for")
    wear = s.row(f"{fleet}.us.depreciation", worn * kept, unit=USD, label="depreciation, on what is left")
    gone = s.row(f"{fleet}.us.sold", sold * kept, unit=USD, label="book value sold")
    held = opening + added - wear - gone
    fails = less_than(undiscounted, held)
    lost = choose(fails, most(held - fair, NIL), NIL)
    loss = s.row(f"{fleet}.us.loss", lost, unit=USD, source=SOURCE, label="impairment loss")
    s.close(f"{fleet}.us", opening, add=[added], less=[wear, gone, loss], source=SOURCE, label="carrying amount")

"""The deal as a sheet: the order of the blocks, readable as a table of contents.

1. clock, curves, signing switch
2. assets and what they earn and cost
3. per business, subsidiaries first: loans (size, schedule), sources and uses, accounts, waterfall, equity
4. statements, tests, checks, measures
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from ringfence.blocks.assets import add_assets
from ringfence.blocks.books import Books, Silo
from ringfence.blocks.checks import add_checks
from ringfence.blocks.clock import add_clock
from ringfence.blocks.context import Build
from ringfence.blocks.equity import add_totals
from ringfence.blocks.measures import (
    add_deal_measures,
    add_equity_measures,
    add_holder_measures,
    add_times,
    add_trapped_measures,
)
from ringfence.blocks.owner_tax import add_owner_tax
from ringfence.blocks.plug import add_plug
from ringfence.blocks.reserves import add_call_letters
from ringfence.blocks.shocks import Shock, refuse_unknown
from ringfence.blocks.signing import add_switch
from ringfence.blocks.silo import add_silo
from ringfence.blocks.sponsor import add_sponsor_measures
from ringfence.errors import DealError
from ringfence.sheet import Sheet
from ringfence.terms.findings import finding
from ringfence.timeline import Timeline, build_timeline

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class Model:
    """A deal built: its sheet, the books that say what the rows are, and the shocks it may be opened to, by name."""

    deal: Deal
    sheet: Sheet
    timeline: Timeline
    books: Books
    shocks: Mapping[str, Shock] = field(default_factory=dict)


def build(deal: Deal, extra: Iterable[Callable[[Build], None]] = (), *, open_to: Iterable[str] = ()) -> Model:
    """Build the sheet of a deal.

    Parameters
    ----------
    deal
        The deal; it knows the place of every value.
    extra
        Functions that append rows of their own, run after all blocks.
    open_to
        Names of shocks the sheet has inputs for, each neutral until a path sets it (``blocks/shocks.py``).

    Returns
    -------
    Model
        Sheet, timeline, books and shocks.

    Raises
    ------
    DealError
        If vehicles own each other in a circle.
    RunError
        If the deal has no shock of that name.
    """
    timeline = build_timeline(
        deal.timeline.close,
        deal.timeline.grid,
        until=deal.timeline.until,
        calendar=deal.timeline.calendar,
        business_day_rule=deal.timeline.business_days,
    )
    sheet = Sheet(periods=len(timeline.periods), name=deal.deal)
    b = Build(sheet, add_clock(sheet, timeline), timeline, deal, deal.where, Books(), frozenset(open_to))
    add_switch(b)
    add_times(b)
    add_silos(b)
    add_assets(b)
    order = [s for vehicle in ownership_order(b) for s in b.books.of(vehicle)]
    for silo in order:
        add_silo(b, silo)
        add_trapped_measures(b, silo)
        _close_equity(b, silo, order)
    add_holder_measures(b)
    add_plug(b)
    add_call_letters(b)
    add_deal_measures(b, order, [x for s in order for x, lc in s.letters.items() if lc.stands_for == "reserve"])
    add_sponsor_measures(b)
    for add in extra:
        add(b)
    add_checks(b, order)
    refuse_unknown(b.open_to, b.shocks)
    return Model(deal, sheet, timeline, b.books, b.shocks)


def add_silos(b: Build) -> None:
    """Open the books of every business and put each contract where it belongs."""
    for vehicle, party in b.deal.vehicles.items():
        for business, terms in party.books.items():
            silo = Silo(vehicle, business, terms, party)
            b.books.silos[silo.key] = silo
    for x, loan in b.deal.of_type("loan").items():
        b.books.silo(loan.borrower, loan.business).loans[x] = loan
    for x, letter in b.deal.of_type("letter_of_credit").items():
        if letter.applicant in b.deal.vehicles:
            b.books.silo(letter.applicant, letter.business).letters[x] = letter
    for x, equity in b.deal.of_type("equity").items():
        for silo in b.books.of(equity.vehicle):
            if not equity.businesses or silo.business in equity.businesses:
                silo.equity[x] = equity
        if equity.holder in b.deal.vehicles:
            b.books.silo(equity.holder, equity.holder_business).holdings[x] = equity


def ownership_order(b: Build) -> list[str]:
    """Vehicles, owned before owner."""
    graph: dict[str, list[str]] = {v: [] for v in b.deal.vehicles}  # lists: the same order in every process
    for equity in b.deal.of_type("equity").values():
        if equity.holder in graph:
            graph[equity.holder].append(equity.vehicle)
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as cycle:
        loop = " owns ".join(reversed(cycle.args[1]))
        text = f"vehicles own each other in a circle: {loop}."
        raise DealError([finding("ownership-loop", text, fix="take one of the equity contracts out")]) from None


def _close_equity(b: Build, silo: Silo, order: list[Silo]) -> None:
    """Add the totals of an equity contract once the last of its silos is built."""
    for x in silo.equity:
        mine = [s for s in order if x in s.equity]
        if mine[-1] is silo:
            add_totals(b, x, [s.key for s in mine])
            add_equity_measures(b, x)
            add_owner_tax(b, x, mine)

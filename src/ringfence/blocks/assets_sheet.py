"""A sheet of the assets and contracts of a deal alone: no loans, no waterfall, so that accounting can read payments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ringfence.blocks.assets import add_assets
from ringfence.blocks.books import Books
from ringfence.blocks.build import add_silos
from ringfence.blocks.clock import add_clock
from ringfence.blocks.context import Build
from ringfence.blocks.measures import add_times
from ringfence.blocks.signing import add_switch
from ringfence.sheet import Sheet
from ringfence.timeline import build_timeline

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


def build_assets(
    deal: Deal, extra: Iterable[Callable[[Build], None]] = (), *, monthly: bool = True, until: dt.date | None = None
) -> Build:
    """Build the assets of a deal and their contracts.

    Parameters
    ----------
    deal
        The deal.
    extra
        Functions that append rows of their own, run last.
    monthly
        Whether periods are months, so that each payment falls on its month; else the deal's own periods.
    until
        Last day; left out: the deal's.

    Returns
    -------
    Build
        With its sheet and timeline.
    """
    dates = deal.timeline
    timeline = build_timeline(
        dates.close,
        (("month", None),) if monthly else dates.grid,
        until=until or dates.until,
        calendar=dates.calendar,
        business_day_rule=dates.business_days,
    )
    sheet = Sheet(periods=len(timeline.periods), name=f"{deal.deal}: assets")
    b = Build(sheet, add_clock(sheet, timeline), timeline, deal, deal.where, Books())
    add_switch(b)
    add_times(b)
    add_silos(b)
    add_assets(b)
    for add in extra:
        add(b)
    return b

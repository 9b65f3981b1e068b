"""The sponsor's view: what the GPUs cost it, leased, bought with its own debt, or rented at market."""

from __future__ import annotations

from ringfence.desk.memo.sponsor import sponsor_table
from ringfence.desk.report.charts.bars import bars
from ringfence.desk.report.model import Block, Chart, Section
from ringfence.desk.view import View

WAYS = (("leasing", "lease"), ("buying with its own debt", "buy"), ("renting the same hours at market", "market"))


def sponsor(view: View) -> Section | None:
    """Return the section; None for a deal without a lease.

    Parameters
    ----------
    view
        The result.
    """
    table = sponsor_table(view)
    if not table.rows:
        return None
    found = [(words, view.value(f"sponsor.pv.{way}")) for words, way in WAYS]
    known = [(words, v) for words, v in found if v is not None]
    blocks: list[Block] = [table]
    if len(known) > 1:
        title = "Present value of what the sponsor pays, USD m"
        drawn = {f"sponsor.pv.{way}": (v,) for (_, way), (_, v) in zip(WAYS, found, strict=True) if v is not None}
        told = ", ".join(f"{words} {v / 1e6:,.1f}" for words, v in known)
        svg = bars([(words, v / 1e6) for words, v in known])
        blocks.append(Chart("sponsor-pv", title, svg, f"{title}: {told}.", drawn))
    return Section("sponsor", "The sponsor's view", tuple(blocks))

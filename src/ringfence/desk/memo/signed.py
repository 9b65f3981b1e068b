"""A scenario beside the deal as it was signed: what it does to cover, returns and cost."""

from __future__ import annotations

from typing import Any

from ringfence.desk.compare import moved_row
from ringfence.desk.table import Cell, Table

COVER = (".dscr.min", ".dscr.average", ".llcr.min", ".breach.count", ".default.count", ".repaid_short")
KEY = (*COVER, ".irr", ".distributions")
KEY_NAMES = ("sponsor.usd_per_gpu_hour", "sponsor.usd_per_contracted_hour", "sponsor.pv.lease", "deal.uses.total")


def signed_table(base: Any, result: Any) -> Table:
    """Return the key measures that moved against the deal as signed.

    Parameters
    ----------
    base, result
        The deal as agreed, and the scenario on its schedule.
    """
    from ringfence.desk.compare import compare

    leases = tuple(f"{x}.total" for x in result.deal.of_type("lease"))
    found = compare(base, result)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        moved_row(*m) for m in found.measures if m[0].endswith(KEY) or m[0] in (*KEY_NAMES, *leases)
    )
    name = result.scenario or "changed"
    note = "Amounts and schedules of the loans are those signed; --resize sizes them afresh."
    title = "Against the deal as signed (USD in millions)"
    return Table("signed", title, ("measure", "signed", name, "change"), rows, notes=(note,))

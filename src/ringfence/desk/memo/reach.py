"""Who may reach what: security and recourse of every creditor, and where capital calls rank."""

from __future__ import annotations

from ringfence.desk.table import Cell, Table
from ringfence.desk.view import View


def reach_table(view: View) -> Table:
    """Return one row per creditor: the business whose cash pays it, its security, and recourse beyond the borrower."""
    rows: list[tuple[Cell, ...]] = []
    for silo in view.silos:
        for x, loan in silo.ranked():
            secured = ", ".join(loan.security) or "cash of the business"
            rows.append((x, loan.lender, silo.key, str(loan.rank), secured, ", ".join(loan.recourse) or "none"))
    heads = ("creditor", "lender", "paid from", "rank", "may reach", "recourse beyond the borrower")
    notes = ("A creditor is paid from its own business alone; other businesses of the vehicle are out of its reach.",)
    return Table(
        "reach", "Who may reach what", heads, tuple(rows), left=frozenset({0, 1, 2, 4, 5}), notes=notes + _calls(view)
    )


def _calls(view: View) -> tuple[str, ...]:
    """Where calls on a business that owns part of another vehicle rank, and what stands behind them."""
    notes = []
    for silo in view.silos:
        for x, equity in silo.holdings.items():
            behind = f", backed by {equity.backed_by}" if equity.backed_by else ""
            notes.append(f"Calls of {equity.vehicle} ({x}) fall on {silo.key} alone{behind}.")
    return tuple(notes)

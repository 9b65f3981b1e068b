"""The credit memo: what a committee asks, in the order it asks, as tables of plain data.

    headline      does it pay its lenders, what do investors earn, what does the sponsor pay
    signed        a scenario beside the deal as it was signed
    funding       sources and uses per business and combined, the hand table beside them
    loans         amount, what bound it, covers, LTV, life, cost, breaches
    reach         security and recourse of every creditor, where capital calls rank
    cover         DSCR and LTV year by year
    investors     paid in, received, IRR in words, multiple, payback
    sponsor       rent, cost per GPU-hour, leasing against buying and the market
    power         GPUs bought, powered, earning; what holds them back; who bears it
    statements    income, cash flow, balance sheet and loan accounts by calendar year (asked for)
    proof         checks, alerts and findings, never mixed

Every table is plain data until it is printed, so that pages, JSON and CSV can show the same rows.
"""

from __future__ import annotations

from typing import Any

from ringfence.desk.memo.cover import cover_tables
from ringfence.desk.memo.funding import funding_tables
from ringfence.desk.memo.headline import headline
from ringfence.desk.memo.investors import investor_table
from ringfence.desk.memo.loans import loan_tables
from ringfence.desk.memo.power import power_tables
from ringfence.desk.memo.proof import alert_table, check_table, finding_table
from ringfence.desk.memo.reach import reach_table
from ringfence.desk.memo.signed import signed_table
from ringfence.desk.memo.sponsor import sponsor_table
from ringfence.desk.memo.statements import statement_tables
from ringfence.desk.table import Table
from ringfence.desk.view import View

__all__ = ["memo"]


KEYS = (
    "headline", "signed", "funding", "hand_table", "loans", "reach", "cover", "investors", "sponsor", "power", "plants",
    "statements", "checks", "alerts", "findings",
)  # fmt: skip
"""Names of the parts of a memo, as ``--only`` takes them."""


def memo(result: Any, *, base: Any = None, statements: bool = False) -> list[Table]:
    """Return the tables of a credit memo, in order; empty ones are left out.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    base
        The deal as signed, where `result` ran on its schedule; puts the two side by side.
    statements
        Whether the annual statements of every business follow.

    Returns
    -------
    list[Table]
        Tables that print themselves.
    """
    view = View(result)
    tables = [
        headline(view),
        *([signed_table(base, result)] if base is not None else ()),
        *funding_tables(view),
        *loan_tables(view),
        *([reach_table(view)] if any(silo.loans for silo in view.silos) else []),
        *cover_tables(view),
        investor_table(view),
        sponsor_table(view),
        *power_tables(view),
        *(statement_tables(view) if statements else ()),
        check_table(view),
        alert_table(view),
        finding_table(view),
    ]
    return [table for table in tables if table.rows or table.notes]

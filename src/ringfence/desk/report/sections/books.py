"""The accounts: what really leaves the sponsor's balance sheet. Every table is one of the accounting page."""

from __future__ import annotations

from typing import Any

from ringfence.desk.accounting import Accounts, accounts, evidence, page_of, sentence
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.model import Chart, Paragraph, Section
from ringfence.desk.view import View
from ringfence.errors import DealError


def accounts_of(result: Any) -> Accounts | DealError | None:
    """Return the accounts of a run, why there are none, or None for a deal without a lease.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    if not result.deal.of_type("lease"):
        return None
    try:
        return accounts(result, evidence(result))
    except DealError as error:
        return error


def books(view: View, found: Accounts | DealError | None) -> Section | None:
    """Return the section; None for a deal without a lease.

    Parameters
    ----------
    view, found
        The result and its accounts.
    """
    title = "Accounting: what leaves the balance sheet"
    if found is None:
        return None
    if isinstance(found, DealError):
        words = [f"{f.message} {f.fix}".strip() for f in found.findings]
        return Section("accounting", title, (Paragraph(f"Not accounted for. {' '.join(words)}", "note"),))
    tables = page_of(found)
    at = next((k for k, t in enumerate(tables) if t.key == "year_ends"), 0)
    return Section("accounting", title, (*tables[: at + 1], _chart(found), *tables[at + 1 :]))


def answer_of(found: Accounts | DealError | None) -> str:
    """Return the accounting answer under IFRS, as the accounting page words it; empty for a deal without one.

    Parameters
    ----------
    found
        The accounts.
    """
    return sentence(found, "IFRS 16") if isinstance(found, Accounts) else ""


def _chart(a: Accounts) -> Chart:
    sheets = a.sheets["IFRS 16"]
    start = a.result.model.timeline.periods[0].start
    xs = [start.year + (start.month - 1 + s.month) / 12 for s in sheets]
    rows = {
        "debt of the vehicle": [s.vehicle["debt"] for s in sheets],
        "lease liability": [s["lease"]["lease liability"] for s in sheets],
        "right of use": [s["lease"]["right of use"] for s in sheets],
    }
    lines = [Line(name, xs, [v / 1e6 for v in values], marked=True) for name, values in rows.items()]
    title = "The vehicle's debt and what the sponsor shows instead, IFRS, USD m"
    told = "; ".join(f"{name} {values[0] / 1e6:,.0f} at {sheets[0].label}" for name, values in rows.items())
    span = (xs[0], xs[-1]) if len(xs) > 1 else (xs[0] - 0.5, xs[0] + 0.5)
    svg = line_panels([Panel("", lines, from_zero=True)], "usd_m", span, height=2.0)
    return Chart("lease-liability", title, svg, f"{title}. {told}.", {k: tuple(v) for k, v in rows.items()})

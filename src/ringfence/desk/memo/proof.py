"""Checks, alerts and findings: a wrong model, a deal in trouble, and terms worth a second look."""

from __future__ import annotations

from typing import Any

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View


def proof_tables(result: Any) -> list[Table]:
    """Return checks and alerts of a result, as ``ringfence check`` prints them.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    """
    view = View(result)
    return [t for t in (check_table(view), alert_table(view)) if t.rows or t.notes]


def check_table(view: View) -> Table:
    """Return the checks that failed, or one line that says how many passed and the worst residual."""
    checks = view.result.checks
    failed = [c for c in checks if not c.ok]
    if not failed:
        worst = max((abs(c.worst) for c in checks), default=0.0)
        what = "Balance sheets, cash, schedules, sources and uses."
        size = "below half a cent" if worst < 0.005 else f"{worst:.2g}"
        note = f"All {len(checks)} hold; the worst residual is {size}. ({what})"
        return Table("checks", "Checks (laws of the model)", ("",), (), notes=(note,))
    rows: tuple[tuple[Cell, ...], ...] = tuple(("FAILED", c.name, c.label, Figure(c.worst, "plain")) for c in failed)
    title = f"Checks (laws of the model): {len(failed)} of {len(checks)} FAILED"
    return Table("checks", title, ("", "check", "law", "worst residual"), rows, left=frozenset({0, 1, 2}))


def alert_table(view: View) -> Table:
    """Return the alerts that rang, with how often and from when."""
    rang = [a for a in view.result.alerts if a.count]
    if not rang:
        return Table("alerts", "Alerts (news about the deal)", ("",), (), notes=("None.",))
    rows: list[tuple[Cell, ...]] = [(a.label, a.name, Figure(float(a.count), "count"), a.first) for a in rang]
    title = "Alerts (news about the deal; the model is right)"
    return Table("alerts", title, ("alert", "row", "periods", "first"), tuple(rows), left=frozenset({0, 1}))


def finding_table(view: View) -> Table:
    """Return warnings and notes on the terms."""
    found = view.result.findings
    rows: list[tuple[Cell, ...]] = [(f.level, f.message, f.where[0].split("  ")[0] if f.where else "") for f in found]
    return Table(
        "findings", "Findings on the terms", ("level", "finding", "where"), tuple(rows), left=frozenset({0, 1, 2})
    )

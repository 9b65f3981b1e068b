"""Checks, alerts and findings: whether the model is right, what to worry about, what the terms leave open."""

from __future__ import annotations

from ringfence.desk.memo.proof import alert_table, check_table, finding_table
from ringfence.desk.report.model import Section
from ringfence.desk.table import Table
from ringfence.desk.view import View


def proof(view: View) -> Section:
    """Return the section.

    Parameters
    ----------
    view
        The result.
    """
    rows = tuple((c.name, c.label, "holds" if c.ok else "FAILED") for c in view.result.checks)
    each = Table("laws", "Every check", ("check", "law", ""), rows, left=frozenset({0, 1, 2}))
    tables = [check_table(view), *([each] if rows else []), alert_table(view), finding_table(view)]
    return Section("proof", "Checks, alerts and findings", tuple(t for t in tables if t.rows or t.notes))

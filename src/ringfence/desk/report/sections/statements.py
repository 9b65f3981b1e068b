"""Annual statements of every business, and the account of every loan."""

from __future__ import annotations

from ringfence.desk.memo.statements import statement_tables
from ringfence.desk.report.model import Section
from ringfence.desk.view import View


def statements(view: View) -> Section | None:
    """Return the section; None where there is nothing to state.

    Parameters
    ----------
    view
        The result.
    """
    tables = tuple(statement_tables(view))
    return Section("statements", "Annual statements", tables) if tables else None

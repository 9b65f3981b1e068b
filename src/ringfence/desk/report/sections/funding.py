"""Sources and uses: the table of the memo, and the hand figures beside it where the deal has some."""

from __future__ import annotations

from ringfence.desk.memo.funding import funding_tables
from ringfence.desk.report.model import Section
from ringfence.desk.view import View


def funding(view: View) -> Section | None:
    """Return the section; None for a deal without sources and uses.

    Parameters
    ----------
    view
        The result.
    """
    tables = tuple(t for t in funding_tables(view) if t.rows)
    return Section("funding", "Sources and uses", tables) if tables else None

"""Rows of the accounts for whoever asks by name: explain and rows read them like any other row of the deal.

A deal's own sheet does not hold them, for they lean on its lease report. They are appended when a name or a pattern is
asked for that the deal itself does not have.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.desk.session import Result


def with_accounts(result: Result, name: str) -> Result:
    """Return the run with the accounts in it, where a name needs them; else the run as it is.

    Parameters
    ----------
    result
        A run deal.
    name
        Row or measure, or a shell pattern of rows.
    """
    if name in result.measures or _holds(result, name) or not result.deal.of_type("lease"):
        return result
    from ringfence.accounting.lease_report import lease_report
    from ringfence.accounting.sponsor_books import sponsor_books

    try:
        books = sponsor_books(result, lease_report(result))
    except RingfenceError:
        return result  # the deal states too little for accounts: the name is unknown, and is refused as such
    longer = replace(result, model=books.model, run=books.run)
    return longer if _holds(longer, name) else result


def _holds(result: Result, name: str) -> bool:
    return any(fnmatchcase(row.name, name) for row in result.model.sheet)

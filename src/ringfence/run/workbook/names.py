"""Defined names: always with a prefix and an underscore, so that none can be read as a cell.

``in_senior.margin`` an input, ``out_senior.dscr.min`` a figure, ``tab_curve.sofr.points.x`` the knots of a table, and
a few of the book's own: ``rf_scenario``, ``rf_abs``, ``rf_rel``, ``rf_half``, ``rf_periods``, ``rf_checks``.
"""

from __future__ import annotations

import re

_BAD = re.compile(r"[^a-z0-9_.]")
_CELL = re.compile(r"([A-Za-z]{1,3}[0-9]+|[rR][0-9]*[cC]?[0-9]*|[cC][0-9]*)\Z")

#: Names of the book's own cells -> input row they hold.
OWN = {
    "rf_abs": "number:absolute_tolerance",
    "rf_rel": "number:relative_tolerance",
    "rf_half": "number:true_above",
    "rf_same": "number:same",
    "rf_periods": "number:periods",
}


def name_of(prefix: str, row: str) -> str:
    """Return the defined name of a row.

    Parameters
    ----------
    prefix
        ``in``, ``out`` or ``tab``.
    row
        Name of the row.

    Examples
    --------
    >>> name_of("in", "senior.margin"), name_of("tab", "p99:curve.sofr")
    ('in_senior.margin', 'tab_p99_curve.sofr')
    """
    return f"{prefix}_{_BAD.sub('_', row)}"


def looks_like_cell(name: str) -> bool:
    """Whether a spreadsheet could take a name for a cell.

    Parameters
    ----------
    name
        A defined name.

    Examples
    --------
    >>> looks_like_cell("RV1"), looks_like_cell("in_rv1")
    (True, False)
    """
    return _CELL.match(name) is not None

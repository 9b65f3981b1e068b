"""The range an input may lie in: what the cell beside it tests, what it shows, and what a spreadsheet refuses to take.

The engine refuses a share above 1, a broken number of payments, a negative price. A book cannot refuse a number that is
pasted into it; it can say so, and its master check is red.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ringfence.sheet.ops import ABSOLUTE_TOLERANCE

Range = Literal["share", "whole", "not negative", "rate", "switch"]

_TESTS: dict[Range, str] = {
    "share": "AND({0}>=0,{0}<=1+rf_abs)",
    "whole": "AND({0}>=0,ABS({0}-ROUND({0},0))<=rf_abs)",
    "not negative": "{0}>=0",
    "rate": "1+{0}>0",
    "switch": "OR({0}=0,{0}=1)",
}
_WORDS: dict[Range, str] = {
    "share": "0 to 1",
    "whole": "0 or more, whole",
    "not negative": "0 or more",
    "rate": "above -100%",
    "switch": "0 or 1",
}


def formula(kind: Range, cell: str) -> str:
    """Return the formula that is 1 while a cell lies in a range.

    Parameters
    ----------
    kind
        The range.
    cell
        Where the input stands.
    """
    return f"=IF({_TESTS[kind].format(cell)},1,0)"


def look(kind: Range) -> str:
    """Return the number format of that formula: the range in words, or that the input is out of it.

    Parameters
    ----------
    kind
        The range.
    """
    return f'"{_WORDS[kind]}";"{_WORDS[kind]}";"OUT OF RANGE"'


def holds(kind: Range, value: float) -> float:
    """Return what the formula comes to: 1 or 0.

    Parameters
    ----------
    kind
        The range.
    value
        Of the input. [its unit]
    """
    within = {
        "share": 0.0 <= value <= 1.0 + ABSOLUTE_TOLERANCE,
        "whole": value >= 0.0 and abs(value - round(value)) <= ABSOLUTE_TOLERANCE,
        "not negative": value >= 0.0,
        "rate": 1.0 + value > 0.0,
        "switch": value in (0.0, 1.0),
    }
    return float(within[kind])


def all_hold(ranges: Mapping[str, Range], values: Mapping[str, Any]) -> float:
    """Return 1 if every input lies in its range.

    Parameters
    ----------
    ranges
        Input -> its range.
    values
        Numbers of every row.
    """
    return min((holds(kind, float(values[name])) for name, kind in ranges.items()), default=1.0)


def validation(kind: Range) -> dict[str, Any]:
    """Return what XlsxWriter is told, so that a spreadsheet refuses such a number while it is typed.

    Parameters
    ----------
    kind
        The range.
    """
    told = {"error_title": "Out of range", "error_message": f"This input is {_WORDS[kind]}."}
    limits: dict[Range, dict[str, Any]] = {
        "share": {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1},
        "whole": {"validate": "integer", "criteria": ">=", "value": 0},
        "not negative": {"validate": "decimal", "criteria": ">=", "value": 0},
        "rate": {"validate": "decimal", "criteria": ">", "value": -1},
        "switch": {"validate": "list", "source": [0, 1]},
    }
    return {**limits[kind], **told}

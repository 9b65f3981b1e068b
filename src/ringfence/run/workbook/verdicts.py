"""Checks and alerts as rows: the largest residual and whether it passes; how often a flag is up, and since when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringfence.sheet import NIL, Expr, Row, Sheet
from ringfence.units import RATIO, USD

#: A check passes within this amount, or this share of the size of the deal. [USD, ratio]
FLOOR, SHARE = 0.01, 1e-12


@dataclass(frozen=True)
class Test:
    """A check or an alert to put into the book: its name, what it says, the row it reads."""

    name: str
    label: str
    row: str


def add_verdicts(
    s: Sheet, checks: Sequence[Test], alerts: Sequence[Test], is_cell: Callable[[Row], bool], scale: str
) -> None:
    """Add the rows ``check:`` and ``alert:``.

    Parameters
    ----------
    s
        Sheet that gains them.
    checks, alerts
        Rows that must be 0; flags that tell news.
    is_cell
        Whether a row of the sheet is one cell.
    scale
        Measure that says how large the deal is. [USD]
    """
    floor = s.scalar("check:floor", FLOOR, unit=USD, label="a check passes within this amount")
    share = s.scalar("check:share", SHARE, unit=RATIO, label="or this share of the size of the deal")
    size: Expr = s.rows.get(f"measure:{scale}", NIL)
    near = s.row("check:tolerance", _op("most", floor, _op("mul", share, size)), unit=USD, label="tolerance of checks")
    for test in checks:
        row = s[test.row]
        high, low = (row, row) if is_cell(row) else (_op("largest", row), _op("smallest", row))
        away = _op("most", high, _op("sub", NIL, low))
        worst = s.row(f"check:{test.name}.worst", away, unit=row.unit, label=f"{test.label}: largest residual")
        s.row(f"check:{test.name}.ok", _ratio("at_most", worst, near), unit=RATIO, label=f"1 if {test.label}")
    for test in alerts:
        flag = s[test.row]
        one = Expr("const", (), 1.0, RATIO)
        times = _ratio("choose", flag, one, NIL) if is_cell(flag) else _ratio("count", flag)
        first: Expr = NIL if is_cell(flag) else _ratio("first_when", flag)
        s.row(f"alert:{test.name}.count", times, unit=RATIO, label=f"{test.label}: periods")
        s.row(f"alert:{test.name}.first", first, unit=RATIO, label=f"{test.label}: first period")


def _op(op: str, *args: Expr) -> Expr:
    return Expr(op, args, None, args[0].unit)


def _ratio(op: str, *args: Expr) -> Expr:
    return Expr(op, args, None, RATIO)

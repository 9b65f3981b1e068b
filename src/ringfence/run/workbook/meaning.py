"""What each operator means in Excel: a formula written once for all periods.

``excel(row.expr, place)`` gives the text of a formula in which every reference that moves with the column is a mark;
:func:`filled` puts the column letters in. `place` says where a row stands on the page being written.

No array, volatile or iterative function is used, and no number is typed into a formula but 0 and 1:

- the tolerance of comparisons and the level above which a flag is true are named cells (``rf_abs``, ``rf_rel``,
  ``rf_half``), so a comparison reads ``IF(b-a>MAX(rf_abs,rf_rel*MAX(ABS(a),ABS(b))),1,0)``, as in ``sheet/ops.py``;
- ``previous`` and ``following`` are a plain reference to the neighbouring column: the padding columns before the first
  and after the last period hold the 0 that stands there. Any other edge value takes an ``IF`` on the period's number;
- a lookup is ``LOOKUP`` over the knots of its table, and a straight line adds slope x distance from the knot, the
  slopes being cells beside the knots;
- reductions are SUM, MIN, MAX, COUNTIF, and with a mask SUMIFS, MINIFS, MAXIFS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ringfence.errors import SheetError
from ringfence.sheet.ops import OPERATORS
from ringfence.sheet.row import Expr, Row, is_number

_ATOM, _PRODUCT, _SUM = 9, 2, 1
_MARK = 0xE800
_WIDEST_SHIFT = 0x7FF
TRUE = '">"&rf_half'


class Place(Protocol):
    """Where rows stand, seen from one page."""

    periods: int

    def cell(self, name: str) -> str:
        """Absolute reference of a one-cell row."""

    def line(self, name: str) -> int:
        """Excel row number of a line on this page."""

    def is_cell(self, row: Row) -> bool:
        """Whether a row is one cell."""

    def span(self, name: str) -> str:
        """Absolute reference of all periods of a line."""

    def table(self, name: str) -> str:
        """Prefix of the names that hold a table's knots."""


@dataclass(frozen=True)
class Text:
    """A piece of formula and how tightly it binds."""

    text: str
    binds: int = _ATOM

    def at_least(self, binds: int) -> str:
        """Return the text, in brackets if it binds less than asked."""
        return self.text if self.binds >= binds else f"({self.text})"


def mark(shift: int, row: int) -> str:
    """Write a reference `shift` columns from where the formula stands, before letters are known."""
    if abs(shift) > _WIDEST_SHIFT:
        raise SheetError(f"a shift of {shift} periods is too long for a workbook")
    return f"{chr(_MARK + shift)}{row}"


def filled(text: str, columns: Sequence[str], first: int, count: int) -> list[str]:
    """Write a formula once per period.

    Parameters
    ----------
    text
        From :func:`excel`.
    columns
        Letters of all columns of the page.
    first, count
        Number of the first period's column, and how many periods.
    """
    shifts = sorted({ord(c) - _MARK for c in text if _MARK - _WIDEST_SHIFT <= ord(c) <= _MARK + _WIDEST_SHIFT})
    found = [text] * count
    for shift in shifts:
        char, start = chr(_MARK + shift), first + shift
        found = [formula.replace(char, columns[start + k]) for k, formula in enumerate(found)]
    return found


def excel(expr: Expr, place: Place) -> str:
    """Write a formula.

    Parameters
    ----------
    expr
        From an expanded sheet.
    place
        Where its rows stand.
    """
    return _text(expr, place).text


def _text(node: Expr, place: Place) -> Text:
    if isinstance(node, Row):
        return Text(place.cell(node.name) if place.is_cell(node) else mark(0, place.line(node.name)))
    if node.op == "const":
        if node.param not in (0.0, 1.0):
            raise SheetError(f"a formula of the book may not hold the number {node.param}")
        return Text(str(int(node.param)))
    return EXCEL[node.op](node, place)


def _add(node: Expr, place: Place) -> Text:
    a, b = (_text(arg, place) for arg in node.args)
    return Text(f"{a.at_least(_SUM)}+{_right(b, _PRODUCT)}", _SUM)


def _sub(node: Expr, place: Place) -> Text:
    a, b = (_text(arg, place) for arg in node.args)
    left = "" if is_number(node.args[0], 0) else a.at_least(_SUM)
    return Text(f"{left}-{_right(b, _PRODUCT)}", _SUM)


def _mul(node: Expr, place: Place) -> Text:
    a, b = (_text(arg, place) for arg in node.args)
    return Text(f"{a.at_least(_PRODUCT)}*{_right(b, _ATOM)}", _PRODUCT)


def _div(node: Expr, place: Place) -> Text:
    a, b = (_text(arg, place) for arg in node.args)
    return Text(f"{a.at_least(_PRODUCT)}/{_right(b, _ATOM)}", _PRODUCT)


def _right(side: Text, binds: int) -> str:
    text = side.at_least(binds)
    return f"({text})" if text.startswith("-") else text


def _fold(name: str) -> Callable[[Expr, Place], Text]:
    def write(node: Expr, place: Place) -> Text:
        return Text(f"{name}({','.join(_text(arg, place).text for arg in _flat(node, node.op))})")

    return write


def _flat(node: Expr, op: str) -> list[Expr]:
    if node.op != op:
        return [node]
    return [part for arg in node.args for part in _flat(arg, op)]


def _call(name: str) -> Callable[[Expr, Place], Text]:
    return lambda node, place: Text(f"{name}({_text(node.args[0], place).text})")


def _near(*operands: str) -> str:
    """Largest difference at which numbers of this size are equal."""
    sizes = [f"ABS({text})" for text in operands if text != "0"]
    size = sizes[0] if len(sizes) == 1 else f"MAX({','.join(sizes)})"
    return f"MAX(rf_abs,rf_rel*{size})" if sizes else "rf_abs"


def _floor(node: Expr, place: Place) -> Text:
    x = _text(node.args[0], place).text
    return Text(f"INT({x}+{_near(x)})")


def _compared(node: Expr, place: Place) -> str | None:
    """A comparison as a condition."""
    if node.op not in ("less_than", "at_most", "equal"):
        return None
    a, b = (_text(arg, place).text for arg in node.args)
    near = _near(a, b)
    if node.op == "less_than":
        return f"{_less(b, a)}>{near}"
    return f"{_less(a, b)}<={near}" if node.op == "at_most" else f"ABS({_less(a, b)})<={near}"


def _less(a: str, b: str) -> str:
    if b == "0":
        return a
    return f"-{b}" if a == "0" else f"{a}-{b}"


def _flag(node: Expr, place: Place) -> Text:
    return Text(f"IF({_compared(node, place)},1,0)")


def _choose(node: Expr, place: Place) -> Text:
    condition, yes, no = node.args
    asked = _compared(condition, place) or f"{_text(condition, place).at_least(_SUM)}>rf_half"
    return Text(f"IF({asked},{_text(yes, place).text},{_text(no, place).text})")


def _lookup(node: Expr, place: Place) -> Text:
    table, arg = node.args
    assert isinstance(table, Row)
    x, t = _text(arg, place).text, place.table(table.name)
    how, ends = node.param
    near = f"+{_near(x)}" if how == "step" else ""
    inside = f"MAX({x}{near},{t}.first)" if how == "step" else f"MIN(MAX({x},{t}.first),{t}.last)"
    read = f"LOOKUP({inside},{t}.x,{t}.y)"
    if how == "linear":
        read += f"+LOOKUP({inside},{t}.x,{t}.slope)*({inside}-LOOKUP({inside},{t}.x,{t}.x))"
    if ends == "zero":
        return Text(f"IF({x}{near}<{t}.first,0,IF({x}{near.replace('+', '-', 1)}>{t}.last,0,{read}))")
    return Text(read, _SUM if how == "linear" else _ATOM)


def _shift(sign: int) -> Callable[[Expr, Place], Text]:
    def write(node: Expr, place: Place) -> Text:
        x, edge = node.args
        n = node.param
        if n >= place.periods:
            return _text(edge, place)
        assert isinstance(x, Row)
        there = place.cell(x.name) if place.is_cell(x) else mark(sign * n, place.line(x.name))
        if is_number(edge, 0) and not place.is_cell(x):
            return Text(there)
        index = mark(0, place.line("period.index"))
        count = "1" if n == 1 else place.cell(f"number:{n}")
        outside = f"{index}<{count}" if sign < 0 else f"{index}>=rf_periods-{count}"
        return Text(f"IF({outside},{_text(edge, place).text},{there})")

    return write


def _reduce(plain: str, masked: str) -> Callable[[Expr, Place], Text]:
    def write(node: Expr, place: Place) -> Text:
        spans = [place.span(_named(arg)) for arg in node.args]
        if len(spans) == 1:
            return Text(f"{plain}({spans[0]})")
        return Text(f"{masked}({spans[0]},{spans[1]},{TRUE})")

    return write


def _at(node: Expr, place: Place) -> Text:
    k = _text(node.args[1], place).text
    period = k if node.args[1].op == "const" else f"INT({k}+{_near(k)})"
    return Text(f"SUMIFS({place.span(_named(node.args[0]))},{place.span('period.index')},{period})")


def _count(node: Expr, place: Place) -> Text:
    return Text(f"COUNTIF({place.span(_named(node.args[0]))},{TRUE})")


def _first_when(node: Expr, place: Place) -> Text:
    flags, index = place.span(_named(node.args[0])), place.span("period.index")
    return Text(f"IF(COUNTIF({flags},{TRUE})>0,_xlfn.MINIFS({index},{flags},{TRUE}),rf_periods)")


def _named(arg: Expr) -> str:
    assert isinstance(arg, Row), arg
    return arg.name


def _in_steps(node: Expr, place: Place) -> Text:
    raise SheetError(f"{node.op}() is written in steps; expand the sheet first")


#: Operator -> Excel. Exactly the operators of ``sheet/ops.py``.
EXCEL: dict[str, Callable[[Expr, Place], Text]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "least": _fold("MIN"),
    "most": _fold("MAX"),
    "floor": _floor,
    "exp": _call("EXP"),
    "log": _call("LN"),
    "less_than": _flag,
    "at_most": _flag,
    "equal": _flag,
    "choose": _choose,
    "lookup": _lookup,
    "previous": _shift(-1),
    "following": _shift(1),
    "total": _reduce("SUM", "SUMIFS"),
    "smallest": _reduce("MIN", "_xlfn.MINIFS"),
    "largest": _reduce("MAX", "_xlfn.MAXIFS"),
    "at": _at,
    "count": _count,
    "first_when": _first_when,
    "irr": _in_steps,
    "npv": _in_steps,
}
assert EXCEL.keys() == OPERATORS.keys()

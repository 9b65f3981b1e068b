"""Why a number is what it is: the formula, the numbers in it, and where they come from.

``explain`` walks the same graph the engines run and only arranges what it finds; there is no second account of a
calculation. :func:`evaluate_printed` reads the printed formula back and applies it to the run's numbers, so that a
test can prove the text true.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce as fold
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError, meant
from ringfence.run.irr import irr, npv
from ringfence.run.result import Measure, Run
from ringfence.sheet.formula import formula_text, walk
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, REDUCTIONS, RELATIVE_TOLERANCE, TIME, TRUE_ABOVE
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sheet import MeasureRow, Sheet
from ringfence.units import PER_YEAR, USD, Unit

Line = NDArray[np.float64]
_MONEY = ((1e9, "USD bn"), (1e6, "USD m"), (1e3, "USD k"))


@dataclass(frozen=True)
class Precedent:
    """One number a formula reads.

    Parameters
    ----------
    name
        Row, or the piece of formula that was reduced or looked up.
    period
        Its period, None for one cell or a figure over all periods.
    value
        In base units. [unit]
    unit
        Its unit.
    note
        What it is in words: its label, another period's label, the period a smallest was found in.
    source
        Clause or file:line.
    below
        Its own explanation, one level deeper, if asked for and it is a formula.
    """

    name: str
    period: int | None
    value: float
    unit: Unit
    note: str
    source: str
    below: Explanation | None = None


@dataclass(frozen=True)
class Explanation:
    """One number explained; ``str()`` prints it.

    Parameters
    ----------
    name
        Row or measure.
    when
        Label of the period, "" for one cell.
    value
        In base units, None for a measure that has none. [unit]
    unit
        Its unit.
    formula
        Readable infix, "" for inputs.
    notes
        Which branch was taken, which period gave the minimum, why there is no value.
    precedents
        The numbers in the formula.
    label, source
        What the row says in words; clause or file:line.
    digits
        Significant digits printed.
    """

    name: str
    when: str
    value: float | None
    unit: Unit
    formula: str
    notes: tuple[str, ...]
    precedents: tuple[Precedent, ...]
    label: str
    source: str
    digits: int = 6

    def __str__(self) -> str:
        shown = "n/a" if self.value is None else show_value(self.value, self.unit, self.digits)
        head = "  ".join(part for part in (self.name, self.when) if part)
        label = f"   {self.label}" if self.label else ""
        lines = [f"{head}   {shown}{label}", *self._body("  ")]
        if self.source:
            lines.append(f"  {self.source}")
        return "\n".join(lines)

    def _body(self, indent: str) -> list[str]:
        lines = [f"{indent}= {self.formula}"] if self.formula else []
        lines += [f"{indent}  ({note})" for note in self.notes]
        values = [show_value(item.value, item.unit, self.digits) for item in self.precedents]
        wide = max([len(item.name) for item in self.precedents], default=0)
        tall = max([len(value) for value in values], default=0)
        for item, value in zip(self.precedents, values, strict=True):
            tail = "   ".join(part for part in (item.note, item.source) if part)
            lines.append(f"{indent}    {item.name:<{wide}}   {value:>{tall}}   {tail}".rstrip())
            if item.below is not None:
                lines += item.below._body(indent + "      ")
        return lines


def explain(
    sheet: Sheet,
    result: Run,
    name: str,
    period: int | None = None,
    depth: int = 2,
    labels: Sequence[str] | None = None,
    digits: int = 6,
) -> Explanation:
    """Explain one number of a run.

    Parameters
    ----------
    sheet
        What was run.
    result
        The run.
    name
        Row or measure. A measure is meant where both exist and no period is given.
    period
        Index of the period; not needed for one cell or a measure.
    depth
        How many levels of formulas to open, 1 or more.
    labels
        One name per period (dates); ``period 3`` if not given.
    digits
        Significant digits printed.

    Raises
    ------
    RunError
        If there is no such row, or the period is missing or outside the sheet.
    """
    reader = _Reader(sheet, result, labels, digits)
    if name in sheet.measures and period is None:
        return reader.measure(sheet.measures[name], depth)
    if name not in sheet.rows:
        known = [*sheet.rows, *sheet.measures]
        raise RunError(f"there is no row or measure {name}{meant(name, known)}")
    if sheet.rows[name].kind == "table":
        raise RunError(f"{name} is a table; ask for a row that reads it")
    value = result[name]
    if isinstance(value, np.ndarray) and period is None:
        raise RunError(f"{name} has a value in every period; say which of 0 to {sheet.periods - 1}")
    if period is not None and not 0 <= period < sheet.periods:
        raise RunError(f"period {period} is outside the sheet, which ends with period {sheet.periods - 1}")
    return reader.row(sheet.rows[name], period or 0, depth)


def show_value(value: float, unit: Unit, digits: int = 6) -> str:
    """Write a value with its unit, money in k, m or bn, yearly rates in percent.

    Parameters
    ----------
    value
        In base units. [unit]
    unit
        Its unit.
    digits
        Significant digits.
    """
    value = value + 0.0  # no minus sign on zero
    if unit == USD:
        size, word = next(((size, word) for size, word in _MONEY if abs(value) >= size), (1.0, "USD"))
        return f"{_number(value / size, digits)} {word}"
    if unit == PER_YEAR:
        return f"{_number(value * 100, digits)} %/year"
    text = str(unit)
    return _number(value, digits) if text == "ratio" else f"{_number(value, digits)} {text}"


def _number(value: float, digits: int) -> str:
    text = f"{value:,.{digits}g}"
    return f"{value:,.0f}" if "e+" in text else text


class _Reader:
    def __init__(self, sheet: Sheet, result: Run, labels: Sequence[str] | None, digits: int) -> None:
        self.sheet = sheet
        self.result = result
        self.labels = labels
        self.digits = digits

    def label(self, period: int) -> str:
        return str(self.labels[period]) if self.labels is not None else f"period {period}"

    def is_line(self, row: Row) -> bool:
        return isinstance(self.result[row.name], np.ndarray)

    def number(self, row: Row, period: int) -> float:
        value = self.result[row.name]
        return float(value[period]) if isinstance(value, np.ndarray) else float(value)

    def row(self, row: Row, period: int, depth: int) -> Explanation:
        when = self.label(period) if self.is_line(row) else ""
        formula = formula_text(row.expr) if row.expr is not None else ""
        notes, found = self.open(row.expr, period, depth) if row.expr is not None else ((), ())
        value = self.number(row, period)
        assert row.unit is not None
        return Explanation(row.name, when, value, row.unit, formula, notes, found, row.label, row.source, self.digits)

    def measure(self, measure: MeasureRow, depth: int) -> Explanation:
        got = self.result.measures[measure.name]
        notes, found = self.open(measure.expr, 0, depth) if got.value is not None else ((), ())
        notes = (*_said(got), *notes)
        text = formula_text(measure.expr)
        return Explanation(
            measure.name, "", got.value, measure.unit, text, notes, found, measure.label, measure.source, self.digits
        )

    def open(self, expr: Expr, period: int, depth: int) -> tuple[tuple[str, ...], tuple[Precedent, ...]]:
        notes: list[str] = []
        found: dict[tuple[str, int | None], Precedent] = {}
        self.collect(expr, period, depth, notes, found, "")
        return tuple(dict.fromkeys(notes)), tuple(found.values())

    def collect(
        self,
        node: Expr,
        t: int,
        depth: int,
        notes: list[str],
        found: dict[tuple[str, int | None], Precedent],
        moved: str,
    ) -> None:
        if isinstance(node, Row):
            self.leaf(node, t, depth, found, moved)
        elif node.op == "choose":
            self.chosen(node, t, depth, notes, found, moved)
        elif node.op in TIME:
            there = t - node.param if node.op == "previous" else t + node.param
            inside = 0 <= there < self.sheet.periods
            note = self.label(there) if inside else ("before the start" if there < 0 else "after the end")
            if inside:
                self.collect(node.args[0], there, depth, notes, found, note)
            else:
                notes.append(f"{formula_text(node)} reads {note}: {formula_text(node.args[1])}")
                self.collect(node.args[1], t, depth, notes, found, moved)
        elif node.op in REDUCTIONS:
            self.reduced(node, t, depth, notes, found)
        elif node.op == "lookup":
            self.looked_up(node, t, depth, notes, found, moved)
        elif node.op in ("irr", "npv"):
            notes.extend(f"{arg.name}: {arg.label or 'over all periods'}" for arg in walk(node) if isinstance(arg, Row))
        else:
            for arg in node.args:
                self.collect(arg, t, depth, notes, found, moved)

    def leaf(self, row: Row, t: int, depth: int, found: dict[tuple[str, int | None], Precedent], moved: str) -> None:
        period = t if self.is_line(row) else None
        if (row.name, period) in found:
            return
        below = self.row(row, t, depth - 1) if depth > 1 and row.expr is not None else None
        words = ", ".join(
            part for part in (f"{row.name} {moved}" if moved and period is not None else "", row.label) if part
        )
        assert row.unit is not None
        found[(row.name, period)] = Precedent(row.name, period, self.number(row, t), row.unit, words, row.source, below)

    def chosen(
        self,
        node: Expr,
        t: int,
        depth: int,
        notes: list[str],
        found: dict[tuple[str, int | None], Precedent],
        moved: str,
    ) -> None:
        condition = self.evaluate(node.args[0], t)
        taken = node.args[1] if condition > TRUE_ABOVE else node.args[2]
        word = "true" if condition > TRUE_ABOVE else "false"
        notes.append(f"{formula_text(node.args[0])} is {word}, so {formula_text(taken)}")
        self.collect(node.args[0], t, depth, notes, found, moved)
        self.collect(taken, t, depth, notes, found, moved)

    def reduced(
        self, node: Expr, t: int, depth: int, notes: list[str], found: dict[tuple[str, int | None], Precedent]
    ) -> None:
        text = formula_text(node)
        where = self.extreme(node)
        words = f"reached in {self.label(where)}" if where is not None else "over all periods"
        unit = node.unit if node.unit is not None else PER_YEAR / PER_YEAR
        found[(text, None)] = Precedent(text, None, self.evaluate(node, t), unit, words, "")
        period = where if where is not None else t
        if where is not None:
            for arg in node.args[:1]:
                self.collect(arg, period, depth, notes, found, self.label(period))

    def extreme(self, node: Expr) -> int | None:
        """Period in which a reduction over periods found its value, if it is one period."""
        if node.op == "at":
            k = int(np.floor(self.evaluate(node.args[1], 0) + ABSOLUTE_TOLERANCE))
            return k if 0 <= k < self.sheet.periods else None
        if node.op == "first_when":
            k = int(self.evaluate(node, 0))
            return k if k < self.sheet.periods else None
        if node.op not in ("smallest", "largest"):
            return None
        line = self.line(node.args[0])
        used = np.ones(len(line), bool) if len(node.args) == 1 else self.line(node.args[1]) > TRUE_ABOVE
        if not used.any():
            return None
        worst = np.inf if node.op == "smallest" else -np.inf
        pick = np.argmin if node.op == "smallest" else np.argmax
        return int(pick(np.where(used, line, worst)))

    def looked_up(
        self,
        node: Expr,
        t: int,
        depth: int,
        notes: list[str],
        found: dict[tuple[str, int | None], Precedent],
        moved: str,
    ) -> None:
        table, x = node.args
        assert isinstance(table, Row) and table.unit is not None
        at = self.evaluate(x, t)
        note = ", ".join(part for part in (f"read at {at:g}", table.label) if part)
        found[(f"{table.name}@{at}", t)] = Precedent(
            f"{table.name}(...)", t, self.evaluate(node, t), table.unit, note, table.source
        )
        self.collect(x, t, depth, notes, found, moved)

    def line(self, node: Expr) -> Line:
        return np.broadcast_to(_read_back(formula_text(node), self.sheet, self.result), (self.sheet.periods,))

    def evaluate(self, node: Expr, t: int) -> float:
        return float(self.line(node)[t])


def _said(got: Measure) -> tuple[str, ...]:
    return () if got.status == "ok" else (f"{got.status}: {got.reason}",)


# -- the printed formula, read back ---------------------------------------------------------------------------


def evaluate_printed(sheet: Sheet, row: Row | MeasureRow | str, result: Run, period: int = 0) -> float:
    """Apply the printed formula of a row or measure to the numbers of a run.

    Parameters
    ----------
    sheet
        What was run.
    row
        The row or measure, or its name (a row where both exist).
    result
        The run.
    period
        Which period; any for one cell.

    Returns
    -------
    float
        What the formula, as it is printed, gives. [unit of the row]
    """
    found = row if not isinstance(row, str) else sheet.rows.get(row, sheet.measures.get(row))
    if found is None or found.expr is None:
        raise RunError(f"{row} has no formula")
    value = _read_back(formula_text(found.expr), sheet, result)
    return float(np.broadcast_to(value, (sheet.periods,))[period])


_TOKEN = re.compile(r"'[a-z]+'|(?:[a-z0-9_]+:)*[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:(?<=[0-9]e)[+-][0-9]+)?|.", re.S)


def _read_back(text: str, sheet: Sheet, result: Run) -> Any:
    """Compile infix text over row names into lines over all periods."""
    names: list[Any] = []
    parts: list[str] = []
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in sheet.rows and after not in ("(", "="):
            names.append(_value(sheet.rows[token], result))
            parts.append(f"_[{len(names) - 1}]")
        elif token[0].isdigit():
            parts.append(f"_number({token})")
        else:
            parts.append(token)
    space: dict[str, Any] = {name: _bind(function, sheet.periods) for name, function in _READ.items()}
    space.update({"_": names, "_number": np.float64, "__builtins__": {}})
    with np.errstate(all="ignore"):
        return eval("".join(parts), space)


def _bind(function: Callable[..., Any], periods: int) -> Callable[..., Any]:
    return lambda *args, **options: function(periods, *args, **options)


def _value(row: Row, result: Run) -> Any:
    if row.kind == "table":
        return result.inputs.get(row.name, row.value)
    value = result[row.name]
    return value if isinstance(value, np.ndarray) else np.float64(value)


def _spread(x: Any, periods: int) -> Line:
    return np.broadcast_to(np.asarray(x, dtype=np.float64), (periods,))


def _near(a: Any, b: Any) -> Any:
    return np.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * np.maximum(np.abs(a), np.abs(b)))


def _moved(periods: int, x: Any, edge: Any, n: int, ahead: bool) -> Line:
    found = np.roll(_spread(x, periods), -n if ahead else n)
    place = np.arange(periods)
    return np.where(place >= periods - n if ahead else place < n, edge, found)


def _used(periods: int, x: Any, when: Any) -> Line:
    line = _spread(x, periods)
    return line if when is None else line[_spread(when, periods) > TRUE_ABOVE]


def _at(periods: int, x: Any, k: Any) -> float:
    place = int(np.floor(k + _near(k, k)))
    return float(_spread(x, periods)[place]) if 0 <= place < periods else 0.0


def _first(periods: int, flag: Any) -> float:
    true = _spread(flag, periods) > TRUE_ABOVE
    return float(np.argmax(true)) if true.any() else float(periods)


def _table(_: int, points: Any, x: Any, how: str, ends: str) -> Any:
    xs, ys = (np.asarray(side, dtype=np.float64) for side in points)
    near = _near(x, x) if how == "step" else 0.0
    found = (
        np.interp(x, xs, ys) if how == "linear" else ys[np.maximum(np.searchsorted(xs, x + near, side="right") - 1, 0)]
    )
    outside = (x + near < xs[0]) | (x - near > xs[-1])
    return np.where(outside, 0.0, found) if ends == "zero" else found


_READ: dict[str, Callable[..., Any]] = {
    "least": lambda T, *xs: fold(np.minimum, xs),
    "most": lambda T, *xs: fold(np.maximum, xs),
    "floor": lambda T, x: np.floor(x + _near(x, x)),
    "exp": lambda T, x: np.exp(x),
    "log": lambda T, x: np.log(x),
    "less_than": lambda T, a, b: (b - a > _near(a, b)) * 1.0,
    "at_most": lambda T, a, b: (a - b <= _near(a, b)) * 1.0,
    "equal": lambda T, a, b: (np.abs(a - b) <= _near(a, b)) * 1.0,
    "choose": lambda T, condition, yes, no: np.where(condition > TRUE_ABOVE, yes, no),
    "lookup": _table,
    "previous": lambda T, x, n=1, first=0.0: _moved(T, x, first, int(n), ahead=False),
    "following": lambda T, x, n=1, last=0.0: _moved(T, x, last, int(n), ahead=True),
    "total": lambda T, x, when=None: float(np.sum(_used(T, x, when))),
    "smallest": lambda T, x, when=None: min(_used(T, x, when).tolist(), default=0.0),
    "largest": lambda T, x, when=None: max(_used(T, x, when).tolist(), default=0.0),
    "at": _at,
    "count": lambda T, flag: float(np.sum(_spread(flag, T) > TRUE_ABOVE)),
    "first_when": _first,
    "irr": lambda T, flow, times: irr(_spread(flow, T), _spread(times, T)).value,
    "npv": lambda T, flow, rate, times: npv(_spread(flow, T), float(rate), _spread(times, T)),
}

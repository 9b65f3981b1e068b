"""The test oracle: walks the formulas one number at a time, in the plainest way there is.

It shares no code with the reference but the tolerance and the root finder, knows nothing of normal form or passes,
and is some hundred times slower. When a run fails it says where: row, period, formula and numbers.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from ringfence.errors import RunError
from ringfence.run.irr import Root, irr
from ringfence.run.result import Measure, Run
from ringfence.sheet.formula import formula_text
from ringfence.sheet.ops import TRUE_ABOVE, tolerance
from ringfence.sheet.plan import plan
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sheet import MeasureRow, Sheet


def _floor(x: float) -> float:
    return float(math.floor(x + tolerance(x, x)))


#: Operator -> meaning, on numbers.
NUMBER: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
    "least": min,
    "most": max,
    "floor": _floor,
    "exp": math.exp,
    "log": math.log,
    "less_than": lambda a, b: float(b - a > tolerance(a, b)),
    "at_most": lambda a, b: float(a - b <= tolerance(a, b)),
    "equal": lambda a, b: float(abs(a - b) <= tolerance(a, b)),
}

#: Which operand of choose() is taken.
TAKEN: dict[str, Callable[[float], int]] = {"choose": lambda condition: 1 if condition > TRUE_ABOVE else 2}

#: How far, and which way, a time operator looks.
SHIFT: dict[str, int] = {"previous": -1, "following": 1}

#: Reduction -> meaning, on the numbers of the periods where `when` is true.
REDUCE: dict[str, Callable[[list[float]], float]] = {
    "total": math.fsum,
    "smallest": lambda xs: min(xs, default=0.0),
    "largest": lambda xs: max(xs, default=0.0),
    "count": lambda xs: float(sum(x > TRUE_ABOVE for x in xs)),
    "first_when": lambda xs: float(next((t for t, x in enumerate(xs) if x > TRUE_ABOVE), len(xs))),
}

#: The other operators, on lists of numbers.
OTHER: dict[str, Callable[..., Any]] = {
    "at": lambda xs, k: xs[int(_floor(k))] if 0 <= _floor(k) < len(xs) else 0.0,
    "irr": lambda flow, times: irr(np.array(flow), np.array(times)),
    "npv": lambda flow, rate, times: math.fsum(x / (1 + rate) ** t for x, t in zip(flow, times, strict=True)),
    "lookup": lambda points, x, how, ends: _lookup(points, x, how, ends),
}


def _lookup(points: tuple[list[float], list[float]], x: float, how: str, ends: str) -> float:
    xs, ys = points
    near = tolerance(x, x) if how == "step" else 0.0
    if x + near < xs[0] or x - near > xs[-1]:
        return 0.0 if ends == "zero" else (ys[0] if x < xs[0] else ys[-1])
    k = max(k for k in range(len(xs)) if xs[k] <= x + near)
    if how == "step" or k == len(xs) - 1:
        return ys[k]
    return ys[k] + (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k]) * (x - xs[k])


def run(sheet: Sheet, inputs: Mapping[str, Any] | None = None) -> Run:
    """Compute every row and measure, slowly.

    Parameters
    ----------
    sheet
        Complete.
    inputs
        Input name -> value in its stead, in base units.
    """
    planned = plan(sheet)
    walker = _Walker(sheet, dict(inputs or {}))
    values: dict[str, Any] = {}
    with _deep():
        for step in planned.steps:
            for row in step.rows:
                if row.name in sheet.rows:
                    values[row.name] = walker.row(row, 1 if planned.is_scalar(row) else sheet.periods)
        for row in sheet:
            if row.kind in ("scalar", "series"):
                values[row.name] = walker.row(row, 1 if row.kind == "scalar" else sheet.periods)
        measures = {name: walker.measure(measure) for name, measure in sheet.measures.items()}
    return Run({row.name: values[row.name] for row in sheet if row.kind != "table"}, measures, dict(inputs or {}))


@contextmanager
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Walker:
    def __init__(self, sheet: Sheet, inputs: dict[str, Any]) -> None:
        self.sheet = sheet
        self.periods = sheet.periods
        self.inputs = inputs
        self.known: dict[tuple[int, int], Any] = {}
        self.row_now: Row | MeasureRow | None = None

    def row(self, row: Row, periods: int) -> Any:
        found = []
        for t in range(periods):
            value = self.value(row, t)
            if not math.isfinite(value):
                raise RunError(_message(row, t, "the number is too large", ""))
            found.append(value)
        return found[0] if periods == 1 and row.kind != "series" and not self._is_line(row) else np.array(found)

    def _is_line(self, row: Row) -> bool:
        return not plan(self.sheet).is_scalar(row)

    def measure(self, measure: MeasureRow) -> Measure:
        if measure.applies is not None and not self.value(measure.applies, 0) > TRUE_ABOVE:
            return Measure(None, measure.unit, "n/a", (), "it does not apply")
        self.row_now = measure
        value = self.value(measure.expr, 0)
        if isinstance(value, Root):
            return Measure(value.value, measure.unit, value.status, value.roots, value.reason)
        return Measure(value, measure.unit)

    def value(self, node: Expr, t: int) -> Any:
        key = (id(node), t)
        if key not in self.known:
            self.known[key] = self.compute(node, t)
        return self.known[key]

    def compute(self, node: Expr, t: int) -> Any:
        if isinstance(node, Row):
            return self.compute_row(node, t)
        if node.op == "const":
            return node.param
        if node.op in TAKEN:
            return self.value(node.args[TAKEN[node.op](self.value(node.args[0], t))], t)
        if node.op in SHIFT:
            there = t + SHIFT[node.op] * node.param
            return self.value(node.args[0], there) if 0 <= there < self.periods else self.value(node.args[1], t)
        if node.op in REDUCE:
            xs = self.line(node.args[0])
            if len(node.args) == 2:
                xs = [x for x, w in zip(xs, self.line(node.args[1]), strict=True) if w > TRUE_ABOVE]
            return REDUCE[node.op](xs)
        if node.op in OTHER:
            return self.other(node, t)
        args = []
        for arg in node.args:
            args.append(self.value(arg, t))
        try:
            return NUMBER[node.op](*args)
        except (ArithmeticError, ValueError):
            raise RunError(self.failed(node, args, t)) from None

    def compute_row(self, row: Row, t: int) -> Any:
        if row.expr is not None:
            outer, self.row_now = self.row_now, row
            value = self.value(row.expr, t)
            self.row_now = outer
            return value
        given = self.inputs.get(row.name, row.value)
        if row.kind == "series":
            return float(given if isinstance(given, (int, float)) else given[t])
        return given if row.kind == "table" else float(given)

    def line(self, node: Expr) -> list[float]:
        found = []
        for t in range(self.periods):
            found.append(self.value(node, t))
        return found

    def other(self, node: Expr, t: int) -> Any:
        if node.op == "lookup":
            return OTHER["lookup"](self.value(node.args[0], t), self.value(node.args[1], t), *node.param)
        if node.op == "irr":
            return OTHER["irr"](self.line(node.args[0]), self.line(node.args[1]))
        if node.op == "npv":
            return OTHER["npv"](self.line(node.args[0]), self.value(node.args[1], t), self.line(node.args[2]))
        return OTHER["at"](self.line(node.args[0]), self.value(node.args[1], t))

    def failed(self, node: Expr, args: list[float], t: int) -> str:
        said = {
            "div": lambda: f"{args[0]:g} is divided by {formula_text(node.args[1])}, which is 0",
            "log": lambda: f"the logarithm of {formula_text(node.args[0])}, which is {args[0]:g} and not positive",
            "exp": lambda: f"e to the power of {formula_text(node.args[0])}, which is {args[0]:g}, is too large",
        }
        reason = said[node.op]() if node.op in said else "the number is too large"
        owner = self.row_now
        assert owner is not None
        return _message(owner, t, reason, formula_text(node))


def _message(row: Row | MeasureRow, t: int, reason: str, part: str) -> str:
    formula = formula_text(row.expr) if row.expr is not None else part
    source = f"    {row.source}" if row.source else ""
    return (
        f"{row.name} has no value in period {t}: {reason}\n  where:  {row.name} = {formula}{source}\n"
        "  rule:   a row is a finite number in every period; where a ratio does not apply, a flag stands beside it\n"
        "  fix:    guard the formula with choose(), or mend the input that makes it so"
    )

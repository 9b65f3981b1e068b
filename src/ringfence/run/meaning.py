"""What each operator means to the reference engine: a Python expression for one number, a NumPy one for a line.

Two tables over exactly the operators of ``sheet/ops.py``. ``{0}``, ``{1}`` ... are the operands in order. The
functions named in the expressions are the ones defined below, collected in :data:`NAMES`.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.run.irr import irr, npv
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, TRUE_ABOVE

Line = NDArray[np.float64]

#: Meaning for one number: one cell, or one period of a recursion.
NUMBER: dict[str, str] = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / {1})",
    "least": "({0} if {0} <= {1} else {1})",
    "most": "({0} if {0} >= {1} else {1})",
    "floor": "floor_number({0})",
    "exp": "exp_number({0})",
    "log": "log_number({0})",
    "less_than": "(1.0 if {1} - {0} > tolerance({0}, {1}) else 0.0)",
    "at_most": "(1.0 if {0} - {1} <= tolerance({0}, {1}) else 0.0)",
    "equal": "(1.0 if abs({0} - {1}) <= tolerance({0}, {1}) else 0.0)",
    "choose": f"({{1}} if {{0}} > {TRUE_ABOVE} else {{2}})",
    "lookup": "{0}.{how}({1}, {hold})",
    "previous": "({shifted} if t >= {n} else {1})",
    "following": "({shifted} if t < T - {n} else {1})",
    "total": "total({0})",
    "smallest": "smallest({0})",
    "largest": "largest({0})",
    "at": "at({0}, {1})",
    "count": "count({0})",
    "first_when": "first_when({0})",
    "irr": "irr({0}, {1})",
    "npv": "npv({0}, {1}, {2})",
}

#: Meaning for a whole line over the periods; reductions are the same as above.
LINE: dict[str, str] = {
    **{name: NUMBER[name] for name in ("add", "sub", "mul", "div")},
    "least": "minimum({0}, {1})",
    "most": "maximum({0}, {1})",
    "floor": "floor_line({0})",
    "exp": "exp_line({0})",
    "log": "log_line({0})",
    "less_than": "less_than({0}, {1})",
    "at_most": "at_most({0}, {1})",
    "equal": "equal({0}, {1})",
    "choose": f"where({{0}} > {TRUE_ABOVE}, {{1}}, {{2}})",
    "lookup": "{0}.{how}_line({1}, {hold})",
    "previous": "shift_back({0}, {n}, {1}, T)",
    "following": "shift_ahead({0}, {n}, {1}, T)",
}

#: In a branch of choose() that is not taken everywhere, operands that would stop the run are swapped for 1.
GUARDED: dict[str, str] = {
    "div": "({0} / where({mask}, {1}, 1.0))",
    "log": "log_line(where({mask}, {0}, 1.0))",
    "exp": "exp_line(where({mask}, {0}, 1.0))",
}

#: Templates that name an operand more than once, which must then be a plain name.
REPEATS = frozenset({"least", "most", "less_than", "at_most", "equal"})


@dataclass(frozen=True, eq=False)
class Table:
    """Points of a lookup table, ready to be read one number or one line at a time."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    x: Line
    y: Line
    slope: Line

    @classmethod
    def of(cls, xs: Sequence[float], ys: Sequence[float]) -> Table:
        """Prepare a table from its points."""
        x, y = np.array(xs, dtype=np.float64), np.array(ys, dtype=np.float64)
        slope = np.append(np.diff(y) / np.diff(x), 0.0)
        return cls(tuple(map(float, xs)), tuple(map(float, ys)), x, y, slope)

    def step(self, x: float, hold: bool) -> float:
        """Read the last point not after x."""
        near = max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * abs(x))
        k = bisect_right(self.xs, x + near) - 1
        if k < 0:
            return self.ys[0] if hold else 0.0
        return self.ys[k] if hold or x <= self.xs[-1] + near else 0.0

    def linear(self, x: float, hold: bool) -> float:
        """Read the straight line between the points around x."""
        if x < self.xs[0]:
            return self.ys[0] if hold else 0.0
        if x >= self.xs[-1]:
            return self.ys[-1] if hold or x == self.xs[-1] else 0.0
        k = bisect_right(self.xs, x) - 1
        return self.ys[k] + float(self.slope[k]) * (x - self.xs[k])

    def step_line(self, x: Line, hold: bool) -> Line:
        """Read :meth:`step` for a line of x."""
        near = np.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * np.abs(x))
        k = np.searchsorted(self.x, x + near, side="right") - 1
        found = self.y[np.maximum(k, 0)]
        return found if hold else np.where((k < 0) | (x > self.xs[-1] + near), 0.0, found)

    def linear_line(self, x: Line, hold: bool) -> Line:
        """Read :meth:`linear` for a line of x."""
        k = np.maximum(np.searchsorted(self.x, x, side="right") - 1, 0)
        inner = np.minimum(np.maximum(x, self.xs[0]), self.xs[-1])
        found = self.y[k] + self.slope[k] * (inner - self.x[k])
        return found if hold else np.where((x < self.xs[0]) | (x > self.xs[-1]), 0.0, found)


def tolerance(a: float, b: float) -> float:
    """Largest difference at which two numbers compare as equal."""
    a, b = abs(a), abs(b)
    size = RELATIVE_TOLERANCE * (a if a > b else b)
    return size if size > ABSOLUTE_TOLERANCE else ABSOLUTE_TOLERANCE


def floor_number(x: float) -> float:
    """Round down, forgiving the tolerance."""
    return float(math.floor(x + tolerance(x, x)))


def _tolerances(a: Line, b: Line) -> Line:
    near: Line = np.maximum(RELATIVE_TOLERANCE * np.maximum(np.abs(a), np.abs(b)), ABSOLUTE_TOLERANCE)
    return near


def _less_than(a: Line, b: Line) -> Line:
    return np.where(b - a > _tolerances(a, b), 1.0, 0.0)


def _at_most(a: Line, b: Line) -> Line:
    return np.where(a - b <= _tolerances(a, b), 1.0, 0.0)


def _equal(a: Line, b: Line) -> Line:
    return np.where(np.abs(a - b) <= _tolerances(a, b), 1.0, 0.0)


def _floor_line(x: Line) -> Line:
    found: Line = np.floor(x + _tolerances(x, x))
    return found


def line(x: Any, periods: int) -> Line:
    """Spread one number over the periods; leave a line alone."""
    if type(x) is np.ndarray and x.ndim:
        return x
    return np.full(periods, float(x))


def _shift_back(x: Any, n: int, first: Any, periods: int) -> Line:
    out = np.empty(periods)
    out[:n] = first[:n] if isinstance(first, np.ndarray) else first
    out[n:] = x[: max(periods - n, 0)] if isinstance(x, np.ndarray) else x
    return out


def _shift_ahead(x: Any, n: int, last: Any, periods: int) -> Line:
    out = np.empty(periods)
    cut = max(periods - n, 0)
    out[cut:] = last[cut:] if isinstance(last, np.ndarray) else last
    out[:cut] = x[n:] if isinstance(x, np.ndarray) else x
    return out


def _total(x: Line, when: Line | None = None) -> float:
    return float((x if when is None else np.where(when > TRUE_ABOVE, x, 0.0)).sum())


def _extreme(pick: Callable[[Line], Any]) -> Callable[..., float]:
    def reduce(x: Line, when: Line | None = None) -> float:
        used = x if when is None else x[when > TRUE_ABOVE]
        return float(pick(used)) if used.size else 0.0

    return reduce


def _at(x: Line, k: float) -> float:
    index = int(floor_number(k))
    return float(x[index]) if 0 <= index < len(x) else 0.0


def _first_when(flag: Line) -> float:
    found = np.nonzero(flag > TRUE_ABOVE)[0]
    return float(found[0]) if found.size else float(len(flag))


def columns(kept: list[tuple[float, ...]]) -> list[Line]:
    """Turn the kept periods of a recursion into one line per row."""
    return list(np.ascontiguousarray(np.array(kept, dtype=np.float64).T))


#: Functions the generated code may name.
NAMES: dict[str, Any] = {
    "minimum": np.minimum,
    "maximum": np.maximum,
    "where": np.where,
    "exp_number": math.exp,
    "log_number": math.log,
    "exp_line": np.exp,
    "log_line": np.log,
    "floor_number": floor_number,
    "floor_line": _floor_line,
    "tolerance": tolerance,
    "less_than": _less_than,
    "at_most": _at_most,
    "equal": _equal,
    "line": line,
    "shift_back": _shift_back,
    "shift_ahead": _shift_ahead,
    "total": _total,
    "smallest": _extreme(np.min),
    "largest": _extreme(np.max),
    "at": _at,
    "count": lambda flag: float(np.count_nonzero(flag > TRUE_ABOVE)),
    "first_when": _first_when,
    "irr": irr,
    "npv": npv,
    "columns": columns,
}

"""Where a figure turns a corner or jumps: which row, in which period, by which operation.

Three runs of one sheet, an input moved down, as it is, and moved up, tell which operations decided differently: which
side of a ``least`` was the smaller, whether a comparison held, which stretch of a table was read. What each is worth to
the figure says which of them bent it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.run.gradient.formula import Values
from ringfence.run.gradient.linear import Linear, Target
from ringfence.run.gradient.meaning import Number
from ringfence.run.meaning import Table
from ringfence.run.result import Run
from ringfence.sheet.formula import formula_text
from ringfence.sheet.ops import TRUE_ABOVE
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sheet import Sheet

#: A corner is told if it is worth at least this share of the largest.
TOLD = 0.05
#: Periods whose numbers are this close reach an extreme together.
EQUAL = 1e-9
#: The period told is the first in which it is worth at least this share of the period where it is worth most.
FIRST = 0.2


@dataclass(frozen=True)
class Corner:
    """One operation that decides differently on the two sides of a number.

    Parameters
    ----------
    row
        Name of the row, or of the measure.
    period
        The period; None for a one-cell row.
    label
        What the row says in words.
    operation
        The operation as it is written: ``least(cash, due)``.
    worth
        About what it does to the figure over the step. [unit of the figure]
    jump
        Whether the figure jumps there rather than bends.
    """

    row: str
    period: int | None
    label: str
    operation: str
    worth: float
    jump: bool


class Corners:
    """Looks for what bends or breaks a figure around one run.

    Parameters
    ----------
    sheet
        The sheet.
    target
        Measure, one-cell row, or (row, period).
    at
        The run.
    """

    def __init__(self, sheet: Sheet, target: Target, at: Run) -> None:
        self.sheet = sheet
        self.middle = Linear(sheet, at, flags=True)
        self.worth = self.middle.pull([target])
        self._deciding: list[tuple[Row, Any, list[tuple[Expr, Number]], Values]] | None = None

    def between(self, down: Run, up: Run) -> list[Corner]:
        """Find the operations that decide differently on the two sides, the weightiest first.

        Parameters
        ----------
        down, up
            Runs with one input lower and higher.
        """
        sides = Linear(self.sheet, down), Linear(self.sheet, up)
        found = [corner for each in self._rows() for corner in self._of_row(each, sides)]
        weightiest = max((corner.worth for corner in found), default=0.0)
        kept = [corner for corner in found if corner.worth >= TOLD * weightiest]
        return sorted(kept, key=lambda corner: -corner.worth)

    def _rows(self) -> list[tuple[Row, Any, list[tuple[Expr, Number]], Values]]:
        """Rows that decide something of worth to the figure: with their worth, decisions and values."""
        if self._deciding is None:
            self._deciding = []
            reader = self.middle.reader
            for step in self.middle.plan.steps:
                for row in step.rows:
                    mine = self.worth.rows.get(id(row))
                    turns = reader.decisions(row) if mine is not None and np.any(mine) else []
                    if mine is not None and turns:
                        with np.errstate(all="ignore"):
                            known = reader.values(row, reader.nodes(row), tame=True)
                        self._deciding.append((row, mine[0], turns, known))
        return self._deciding

    def _of_row(self, each: Any, sides: tuple[Linear, Linear]) -> list[Corner]:
        row, mine, turns, now = each
        nodes = self.middle.reader.nodes(row)
        tables = [side.table for side in (sides[0], self.middle, sides[1])]
        found = []
        with np.errstate(all="ignore"):
            low, high = (side.reader.values(row, nodes, tame=True) for side in sides)
            for node, slope in turns:
                args = [[values[id(arg)] for arg in node.args] for values in (low, now, high)]
                outs = [values[id(node)] for values in (low, now, high)]
                changed, size = _changed(node, args, outs, tables)
                if not np.any(changed):
                    continue
                weight = np.where(changed, np.abs(np.asarray(mine * slope) * size), 0.0)
                if np.any(weight > 0):
                    place = int(np.argmax(weight >= FIRST * weight.max())) if weight.ndim else None
                    found.append(self._corner(row, place, node, float(np.max(weight))))
        return found

    def _corner(self, row: Row, period: int | None, node: Expr, worth: float) -> Corner:
        name = row.name.partition("~")[0].strip("!?")
        label = self.sheet.rows[name].label if name in self.sheet else self.sheet.measures[name].label
        return Corner(name, period, label, formula_text(node), worth, node.op in _JUMPS)


_JUMPS = frozenset({"floor", "less_than", "at_most", "equal", "at"})


def _changed(node: Expr, args: list[list[Number]], outs: list[Number], tables: list[Any]) -> tuple[Any, Any]:
    """Whether an operation decides differently, and how far its value moves with that."""
    low, now, high = range(3)
    if node.op in ("least", "most"):
        gaps = [np.subtract(a[0], a[1]) for a in args]
        return np.sign(gaps[low]) != np.sign(gaps[high]), np.abs(gaps[high] - gaps[low])
    if node.op == "lookup":
        return _stretches(node, args, tables)
    if node.op in ("smallest", "largest"):
        return _extremes(node, args, outs)
    moved = np.maximum(np.abs(np.subtract(outs[high], outs[now])), np.abs(np.subtract(outs[now], outs[low])))
    return moved != 0, moved


def _stretches(node: Expr, args: list[list[Number]], tables: list[Any]) -> tuple[Any, Any]:
    """A table read on another stretch: how much its slope, or its step, differs there."""
    used = node.args[0]
    assert isinstance(used, Row)
    xs = [np.asarray(a[1], dtype=float) for a in args]
    points: list[Table] = [table(used) for table in tables]
    at = [np.searchsorted(t.x, x, side="right") for t, x in zip(points, xs, strict=True)]
    level: list[NDArray[np.float64]] = [_level(node, t, k, x) for t, k, x in zip(points, at, xs, strict=True)]
    size = np.abs(level[2] - level[0])
    return at[0] != at[2], size if node.param[0] == "step" else size * np.abs(xs[2] - xs[0])


def _level(node: Expr, table: Table, k: Any, x: Any) -> Any:
    left = np.maximum(k - 1, 0)
    if node.param[0] == "step":
        return table.y[left]
    return np.where((k > 0) & (k < table.x.size), table.slope[left], 0.0)


def _extremes(node: Expr, args: list[list[Number]], outs: list[Number]) -> tuple[bool, float]:
    """An extreme reached in several periods at once, or in another period on the other side."""
    lines = [np.atleast_1d(np.asarray(a[0], dtype=float)) for a in args]
    used = [np.asarray(a[1]) > TRUE_ABOVE if len(a) > 1 else np.ones(lines[0].shape, bool) for a in args]
    reached = [
        np.flatnonzero(when & (np.abs(line - out) <= EQUAL * max(abs(float(out)), EQUAL)))
        for line, when, out in zip(lines, used, outs, strict=True)
    ]
    places = np.union1d(reached[0], np.union1d(reached[1], reached[2]))
    moved = float(np.max(np.abs(lines[2][places] - lines[0][places]), initial=0.0))
    return len(places) > 1, moved

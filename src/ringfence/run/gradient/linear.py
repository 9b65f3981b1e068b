"""A run made straight: what a small change of any cell is worth to any measure, in one reverse pass.

    straight = Linear(sheet, run)
    worth = straight.pull(["gpu_equity.irr", ("senior.dscr", 12)])
    worth.by_input["rent.rent"]          one number a target

The run may come from any engine: only its numbers are read. Rows are taken apart when the pass first reaches them, and
the parts are kept, so that asking for more targets later costs only another pass. All targets travel together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError, meant
from ringfence.run.gradient.formula import Reader, Use
from ringfence.run.gradient.meaning import Number
from ringfence.run.gradient.recursion import Recursion
from ringfence.run.meaning import Table
from ringfence.run.result import Run
from ringfence.sheet.plan import Step, plan
from ringfence.sheet.row import Row
from ringfence.sheet.sheet import Sheet

Lines = NDArray[np.float64]
Target = str | tuple[str, int]
#: A derivative by an input, in the shape of the input: a number a target for a scalar, (targets, periods) for a
#: series, a pair (xs, ys) of (targets, points) for a table.
Slope = Any


@dataclass(frozen=True)
class Worth:
    """What every row is worth to some targets.

    Parameters
    ----------
    sheet
        The sheet.
    targets
        What was asked for, in order.
    rows
        id of a row -> (targets,) or (targets, periods); rows worth nothing are left out.
    points
        id of a table row -> (xs, ys), each (targets, points).
    """

    sheet: Sheet
    targets: tuple[Target, ...]
    rows: Mapping[int, Lines]
    points: Mapping[int, tuple[Lines, Lines]]

    @property
    def by_input(self) -> dict[str, Slope]:
        """Derivative of every target by every input of the sheet, in the shape of the input."""
        return {row.name: self.by(row) for row in self.sheet if row.is_input}

    def by(self, row: Row) -> Slope:
        """Derivative of every target by one row.

        Parameters
        ----------
        row
            Any row of the sheet; for a computed row, what an amount added to it would be worth.
        """
        count = len(self.targets)
        if row.kind == "table":
            points = len(row.value[0])
            return self.points.get(id(row), (np.zeros((count, points)), np.zeros((count, points))))
        found = self.rows.get(id(row))
        if found is not None:
            return found
        one = plan(self.sheet).is_scalar(row)
        return np.zeros(count) if one else np.zeros((count, self.sheet.periods))


class Linear:
    """A run, ready for reverse passes.

    Parameters
    ----------
    sheet
        The sheet.
    run
        A run of the whole sheet, or of all the targets lean on.
    flags
        Whether the condition of ``choose`` has a slope too (see :class:`Reader`).
    """

    def __init__(self, sheet: Sheet, run: Run, *, flags: bool = False) -> None:
        self.sheet = sheet
        self.run = run
        self.plan = plan(sheet)
        self.periods = sheet.periods
        self.reader = Reader(self.plan, self.number, self.table, self._quoted, flags=flags)
        self._numbers: dict[int, Number] = {}
        self._tables: dict[int, Table] = {}
        self._uses: dict[int, list[Use]] = {}
        self._recursions: dict[int, Recursion] = {}

    # -- the numbers of the run ------------------------------------------------------------------------------

    def number(self, row: Row) -> Number:
        """Value of a row, hidden ones included.

        Parameters
        ----------
        row
            A row of the plan.
        """
        found = self._numbers.get(id(row))
        if found is None:
            kept = self.run.values.get(row.name)
            found = self.reader.value(row) if kept is None else kept
            found = np.float64(found) if np.ndim(found) == 0 else np.asarray(found)
            if found.ndim == 0 and not self.plan.is_scalar(row):
                found = np.full(self.periods, found)
            self._numbers[id(row)] = found
        return found

    def table(self, row: Row) -> Table:
        """Points of a table row in this run.

        Parameters
        ----------
        row
            A table.
        """
        found = self._tables.get(id(row))
        if found is None:
            points: Any = self.run.inputs.get(row.name, row.value)
            found = self._tables[id(row)] = Table.of(points[0], points[1])
        return found

    def _quoted(self, row: Row) -> float:
        measure = self.run.measures.get(row.name.removeprefix("!"))
        return 0.0 if measure is None or measure.value is None else measure.value

    def uses(self, row: Row) -> list[Use]:
        """What a row reads, each with its slope.

        Parameters
        ----------
        row
            A computed row of the plan.
        """
        found = self._uses.get(id(row))
        if found is None:
            found = self._uses[id(row)] = self.reader.uses(row)
        return found

    # -- the reverse pass ------------------------------------------------------------------------------------

    def pull(self, targets: Sequence[Target], *, keep: bool = True) -> Worth:
        """Find what every row is worth to each target.

        Parameters
        ----------
        targets
            Measures, one-cell rows, or (row, period).
        keep
            Whether computed rows keep their worth too, not only inputs.

        Raises
        ------
        RunError
            If there is no such measure or row, or the measure has no value in this run.
        """
        worth: dict[int, Lines] = {}
        points: dict[int, tuple[Lines, Lines]] = {}
        for place, target in enumerate(targets):
            self._seed(place, target, len(targets), worth)
        for step in reversed(self.plan.steps):
            if step.kind in ("forward", "backward"):
                self._recursion(step, worth, len(targets))
            inside = self._inside(step)
            for row in step.rows:
                mine = worth.get(id(row))
                if mine is not None and mine.any():
                    self._pass_on(mine, self.uses(row), worth, points, inside)
            if not keep:
                for row in step.rows:
                    worth.pop(id(row), None)
        return Worth(self.sheet, tuple(targets), worth, points)

    def _inside(self, step: Step) -> frozenset[int]:
        recursive = step.kind in ("forward", "backward")
        return frozenset(id(row) for row in step.rows) if recursive else frozenset()

    def _seed(self, place: int, target: Target, count: int, worth: dict[int, Lines]) -> None:
        row, period = self._find(target)
        shape = (count,) if self.plan.is_scalar(row) else (count, self.periods)
        lines = worth.setdefault(id(row), np.zeros(shape))
        lines[place if period is None else (place, period)] = 1.0

    def _find(self, target: Target) -> tuple[Row, int | None]:
        name, period = (target, None) if isinstance(target, str) else target
        if period is None and name in self.sheet.measures:
            measure = self.run.measures[name]
            if measure.value is None:
                raise RunError(f"{name} has no value in this run, so it has no derivative: {measure.reason}")
            return self.plan.hidden[f"!{name}"], None
        if name not in self.sheet.rows or self.sheet.rows[name].kind == "table":
            known = [*self.sheet.rows, *self.sheet.measures]
            raise RunError(f"there is no row or measure {name}{meant(name, known)}")
        row = self.sheet.rows[name]
        if self.plan.is_scalar(row):
            return row, None
        if period is None:
            raise RunError(f"{name} differs by period; name one: ({name!r}, 12)")
        if not 0 <= period < self.periods:
            raise RunError(f"{name} has periods 0 to {self.periods - 1}, not {period}")
        return row, period

    def _recursion(self, step: Step, worth: dict[int, Lines], count: int) -> None:
        if not any(id(row) in worth and worth[id(row)].any() for row in step.rows):
            return
        kept = self._recursions.get(id(step))
        if kept is None:
            uses = {id(row): self.uses(row) for row in step.rows}
            backward = step.kind == "backward"
            kept = self._recursions[id(step)] = Recursion(step.rows, uses, backward=backward, periods=self.periods)
        worth.update(kept.pull(worth, count))

    def _pass_on(
        self,
        mine: Lines,
        uses: list[Use],
        worth: dict[int, Lines],
        points: dict[int, tuple[Lines, Lines]],
        done: frozenset[int],
    ) -> None:
        """Hand what a row is worth to the rows it reads; those in `done` have theirs already."""
        for use in uses:
            key = id(use.row)
            if key in done:
                continue
            if use.kind == "table":
                _add_points(points, key, mine, use)
                continue
            more = self._share(mine, use, self.plan.is_scalar(use.row))
            before = worth.get(key)
            worth[key] = more if before is None else before + more

    def _share(self, mine: Lines, use: Use, one: bool) -> Lines:
        """What the row read gets of what its reader is worth."""
        lines: Lines = mine * use.slope
        if use.kind == "whole":
            cell: Lines = lines.sum(axis=1) if lines.ndim == 2 else lines
            share: Lines = cell * np.sum(use.spread) if one else np.multiply.outer(cell, use.spread)
            return share
        if use.kind != "same":
            lines = _moved(lines, use.shift if use.kind == "lag" else -use.shift)
        return lines.sum(axis=1) if one and lines.ndim == 2 else lines


def _moved(lines: Lines, shift: int) -> Lines:
    """Move what is read `shift` periods ago back to where it stands; what lies outside is dropped."""
    out = np.zeros_like(lines)
    if shift > 0:
        out[:, : max(lines.shape[1] - shift, 0)] = lines[:, shift:]
    else:
        out[:, -shift:] = lines[:, : max(lines.shape[1] + shift, 0)]
    return out


def _add_points(points: dict[int, tuple[Lines, Lines]], key: int, mine: Lines, use: Use) -> None:
    lines = mine * use.slope
    if lines.ndim == 1:
        lines = lines[:, None]
    if use.spread[0].shape[0] == 1:
        lines = lines.sum(axis=1, keepdims=True)
    on_x, on_y = lines @ use.spread[0], lines @ use.spread[1]
    if key in points:
        on_x, on_y = points[key][0] + on_x, points[key][1] + on_y
    points[key] = on_x, on_y

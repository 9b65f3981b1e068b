"""One row's formula, taken apart: its value over the periods, and its slope by everything it reads.

The slope of a row by what it reads is a line over the periods, whatever the row is part of: once a run is known, even
a recursion is straight in its small changes. So each formula is walked once forwards for its values and once backwards
for its slopes, whole lines at a time, and the result is a short list of :class:`Use`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ringfence.run.gradient import tables
from ringfence.run.gradient.meaning import DECIDING, SLOPES, VALUE, Number
from ringfence.run.gradient.returns import irr_slopes, npv_slopes
from ringfence.run.meaning import NAMES, Table
from ringfence.sheet.ops import TIME, TRUE_ABOVE
from ringfence.sheet.plan import Plan
from ringfence.sheet.row import Expr, Row

Line = NDArray[np.float64]
Kind = Literal["same", "lag", "lead", "whole", "table"]
Values = dict[int, Number]


@dataclass(frozen=True, slots=True)
class Use:
    """What one row is worth to another.

    Parameters
    ----------
    kind
        ``same`` period, ``lag``, ``lead``, the ``whole`` line under a reduction, or the points of a ``table``.
    shift
        Periods between the two, for lag and lead.
    row
        The row that is read.
    slope
        Of the reader by what it reads: one number, or one a period.
    spread
        For ``whole``: slope of the reduction by each period of `row`. For ``table``: by each point, one matrix for the
        xs and one for the ys, of shape (periods, points).
    """

    kind: Kind
    shift: int
    row: Row
    slope: Number
    spread: Any = None


def nodes_of(plan: Plan, row: Row) -> list[Expr]:
    """Nodes of a row's formula, operands first, down to the rows it reads; the formula itself comes last.

    Parameters
    ----------
    plan
        Plan of the sheet.
    row
        A computed row.
    """
    assert row.expr is not None
    held = plan.alias.get(id(row.expr), row)
    if held is not row:
        return [held]
    found: list[Expr] = []
    seen: set[int] = set()
    stack = [(row.expr, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            found.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            if node.args and (node is row.expr or id(node) not in plan.alias):
                stack.append((node, True))
                stack.extend((arg, False) for arg in reversed(node.args))
            else:
                found.append(node)
    return found


class Reader:
    """Takes formulas apart on the numbers of one run.

    Parameters
    ----------
    plan
        Plan of the sheet.
    number
        Returns a row's number or line.
    table
        Returns a table row's points.
    quoted
        Returns the IRR quoted by a measure row.
    flags
        Whether the condition of ``choose`` has a slope too: what it is worth that it turns from 0 to 1.
    """

    def __init__(
        self,
        plan: Plan,
        number: Callable[[Row], Number],
        table: Callable[[Row], Table],
        quoted: Callable[[Row], float],
        *,
        flags: bool = False,
    ) -> None:
        self.plan = plan
        self.periods = plan.sheet.periods
        self.number = number
        self.table = table
        self.quoted = quoted
        self.flags = flags
        self._nodes: dict[int, list[Expr]] = plan.sheet.cache.setdefault("gradient.nodes", {})

    def nodes(self, row: Row) -> list[Expr]:
        """Nodes of a row's formula, operands first, down to the rows it reads."""
        found = self._nodes.get(id(row))
        if found is None:
            found = self._nodes[id(row)] = nodes_of(self.plan, row)
        return found

    def leaf(self, node: Expr, nodes: list[Expr]) -> Row | None:
        """Return the row a node stands for, None if it is an operation or a number."""
        if isinstance(node, Row):
            return node
        return None if node is nodes[-1] else self.plan.alias.get(id(node))

    # -- forwards --------------------------------------------------------------------------------------------

    def value(self, row: Row) -> Number:
        """Value of a row that the run did not keep."""
        nodes = self.nodes(row)
        return self.values(row, nodes)[id(nodes[-1])]

    def values(self, row: Row, nodes: list[Expr], *, tame: bool = False) -> Values:
        """Value of every node.

        Parameters
        ----------
        row
            The row; an ``irr`` in it is the one its measure quotes.
        nodes
            Its nodes.
        tame
            Whether numbers that are not finite become 0: they stand in branches that were not taken.
        """
        known: Values = {}
        for node in nodes:
            used = self.leaf(node, nodes)
            if used is not None:
                value = None if used.kind == "table" else self.number(used)
            elif node.op == "const":
                value = node.param
            else:
                value = self._operation(row, node, [known[id(arg)] for arg in node.args])
                if tame:
                    value = np.nan_to_num(value, nan=0.0, posinf=0.0, neginf=0.0)
            known[id(node)] = value
        return known

    def _operation(self, row: Row, node: Expr, args: list[Number]) -> Number:
        op = node.op
        if op in VALUE:
            return VALUE[op](*args)
        if op == "lookup":
            how, ends = node.param
            return getattr(self._table(node), f"{how}_line")(np.asarray(args[1]), ends == "hold")
        if op in TIME:
            shift = NAMES["shift_back" if op == "previous" else "shift_ahead"]
            return shift(args[0], node.param, args[1], self.periods)
        if op == "irr":
            return self.quoted(row)
        lines = [arg if op in ("at", "npv") and place == 1 else self._line(arg) for place, arg in enumerate(args)]
        return np.float64(NAMES[op](*lines))

    def _table(self, node: Expr) -> Table:
        used = node.args[0]
        assert isinstance(used, Row)
        return self.table(used)

    def _line(self, value: Number) -> Line:
        line: Line = NAMES["line"](value, self.periods)
        return line

    # -- backwards -------------------------------------------------------------------------------------------

    def uses(self, row: Row) -> list[Use]:
        """Everything a row reads with a slope that is not 0 everywhere."""
        try:
            with np.errstate(all="raise", under="ignore"):
                return self._uses(row, tame=False)
        except FloatingPointError:
            with np.errstate(all="ignore"):
                return self._uses(row, tame=True)

    def _uses(self, row: Row, *, tame: bool) -> list[Use]:
        nodes = self.nodes(row)
        found: list[Use] = []
        self._walk_back(nodes, self.values(row, nodes, tame=tame), found)
        return found

    def decisions(self, row: Row) -> list[tuple[Expr, Number]]:
        """The operations of a row that can turn a corner or jump, each with what it is worth to the row."""
        nodes = self.nodes(row)
        with np.errstate(all="ignore"):
            return self._walk_back(nodes, self.values(row, nodes, tame=True), [])

    def _walk_back(self, nodes: list[Expr], known: Values, found: list[Use]) -> list[tuple[Expr, Number]]:
        worth: dict[int, Number] = {id(nodes[-1]): 1.0}
        turns: list[tuple[Expr, Number]] = []
        for node in reversed(nodes):
            slope = worth.pop(id(node), None)
            if slope is None or node.op == "const":
                continue
            used = self.leaf(node, nodes)
            if used is not None:
                found.append(Use("same", 0, used, slope))
                continue
            if node.op in DECIDING:
                turns.append((node, slope))
            args = [known[id(arg)] for arg in node.args]
            if node.op in SLOPES:
                passed = SLOPES[node.op](slope, known[id(node)], *args)
            elif node.op == "lookup":
                passed = self._read_table(node, slope, np.asarray(args[1]), found)
            elif node.op in TIME:
                passed = self._read_shifted(node, slope, nodes, found)
            else:
                self._read_whole(node, slope, args, known[id(node)], found)
                continue
            if self.flags and node.op == "choose":
                passed = (slope * (args[1] - args[2]), *passed[1:])
            for arg, more in zip(node.args, passed, strict=True):
                if more is not None and arg.op != "const":
                    before = worth.get(id(arg))
                    worth[id(arg)] = more if before is None else before + more
        return turns

    def _read_table(self, node: Expr, slope: Number, x: Line, found: list[Use]) -> tuple[Number | None, ...]:
        how, ends = node.param
        table = self._table(node)
        spread = tables.by_points(table, np.atleast_1d(x), how, ends)
        used = node.args[0]
        assert isinstance(used, Row)
        found.append(Use("table", 0, used, slope, spread))
        return None, slope * tables.by_x(table, x, how)

    def _read_shifted(
        self, node: Expr, slope: Number, nodes: list[Expr], found: list[Use]
    ) -> tuple[Number | None, ...]:
        back = node.op == "previous"
        slope = self._line(slope)
        used = self.leaf(node.args[0], nodes)
        if used is not None:
            found.append(Use("lag" if back else "lead", node.param, used, slope))
        beyond = np.zeros(self.periods)
        edge = slice(None, node.param) if back else slice(max(self.periods - node.param, 0), None)
        beyond[edge] = slope[edge]
        return None, beyond

    def _read_whole(self, node: Expr, slope: Number, args: list[Number], out: Number, found: list[Use]) -> None:
        for arg, spread in zip(node.args, self._spreads(node, args, out), strict=False):
            used = arg if isinstance(arg, Row) else self.plan.alias.get(id(arg))
            if spread is not None and used is not None:
                found.append(Use("whole", 0, used, slope, spread))

    def _spreads(self, node: Expr, args: list[Number], out: Number) -> tuple[Number | None, ...]:
        """Slopes of a reduction by its operands, period by period."""
        line = self._line(args[0])
        if node.op == "irr":
            return irr_slopes(float(out), line, self._line(args[1])) if line.any() else ()
        if node.op == "npv":
            return npv_slopes(line, float(args[1]), self._line(args[2]))
        if node.op in ("total", "smallest", "largest"):
            when = np.ones(self.periods, bool) if len(args) == 1 else self._line(args[1]) > TRUE_ABOVE
            if node.op == "total":
                return (when.astype(float),)
            return (_one_hot(np.flatnonzero(when & (line == out))[:1], self.periods),)
        if node.op == "at":
            k = int(NAMES["floor_number"](args[1]))
            return (_one_hot([k] if 0 <= k < self.periods else [], self.periods),)
        return ()


def _one_hot(places: Any, periods: int) -> Line:
    line = np.zeros(periods)
    line[places] = 1.0
    return line

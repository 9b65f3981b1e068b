"""One recursion as a scan over the periods, on many paths at once.

What it reads but does not change is computed as lines before the scan, so that the scan holds only what truly leans on
its own past or future; only rows that are read elsewhere come out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.run.gradient.formula import nodes_of
from ringfence.sheet.ops import MAY_FAIL, TIME
from ringfence.sheet.plan import Step
from ringfence.sheet.row import Expr, Row

if TYPE_CHECKING:
    from ringfence.run.gradient.trace import Trace


class Recursion:
    """Rows that need each other's past, or each other's future.

    Parameters
    ----------
    trace
        What is computed so far.
    step
        The rows, in the order of one period.
    """

    def __init__(self, trace: Trace, step: Step) -> None:
        self.trace = trace
        self.step = step
        self.backward = step.kind == "backward"
        self.inside = {id(row) for row in step.rows}
        self.nodes = {id(row): nodes_of(trace.plan, row) for row in step.rows}
        self.before: dict[int, Any] = {}  # node computed before the loop -> its number or line
        self.moved: dict[int, Any] = {}  # shift of a row outside, by minus the node -> the row's line, shifted
        self.reach: dict[tuple[int, float | None], int] = {}  # row and its edge -> how many periods away it is read
        self._hoist()

    def run(self) -> None:
        """Compute its rows."""
        trace, jax, jnp = self.trace, self.trace.jax, self.trace.jnp
        outside = self._outside()
        along = {key: value for key, value in outside.items() if jnp.ndim(value) == 2}
        self.fixed = {key: value for key, value in outside.items() if jnp.ndim(value) < 2}
        self.kept = [row for row in self.step.rows if id(row) in trace.kept] or list(self.step.rows[-1:])
        start = {key: tuple(jnp.full(trace.paths, key[1] or 0.0) for _ in range(n)) for key, n in self.reach.items()}
        _, (lines, failed) = jax.lax.scan(self._period, start, (np.arange(trace.periods), along), reverse=self.backward)
        trace.known.update({id(row): line for row, line in zip(self.kept, lines, strict=True)})
        trace.note([failed])

    def _outside(self) -> dict[int, Any]:
        """Everything the loop reads that does not change in it: nodes computed before, and rows."""
        found = dict(self.before)
        for nodes in self.nodes.values():
            for node in self._live(nodes):
                used = self.trace.leaf(node, nodes[-1])
                if used is not None and id(used) not in self.inside and used.kind != "table":
                    found[id(used)] = self.trace.known[id(used)]
        return {**found, **self.moved}

    def _period(self, past: Any, now: Any) -> Any:
        """One period: the values of every row, from the rows before and what stands outside."""
        trace, jnp = self.trace, self.trace.jnp
        values: dict[int, Any] = {}
        faults: list[Any] = []
        total: Any = 0.0
        for row in self.step.rows:
            nodes = self._live(self.nodes[id(row)])
            known = self._formula(nodes, values, past, now)
            found = jnp.asarray(known[id(nodes[-1])], dtype=float)
            values[id(row)] = jnp.broadcast_to(found, (trace.paths,))
            faults += trace.faults(nodes, known, nodes[-1])
            total = total + trace.traced.hold(values[id(row)])
        fault = ~jnp.isfinite(total)
        for each in faults:
            fault = fault | each
        kept = {key: (values[key[0]], *line[:-1]) for key, line in past.items()}
        return kept, (tuple(values[id(row)] for row in self.kept), fault)

    def _formula(self, nodes: Sequence[Expr], rows: Mapping[int, Any], past: Any, now: Any) -> dict[int, Any]:
        trace = self.trace
        values: dict[int, Any] = {}
        for node in nodes:
            used = trace.leaf(node, nodes[-1])
            if id(node) in self.before:
                values[id(node)] = self._known(id(node), now)
            elif used is not None:
                values[id(node)] = self._row(used, rows, now)
            elif node.op == "const":
                values[id(node)] = node.param
            elif node.op in TIME:
                values[id(node)] = self._shifted(node, values, past, now)
            else:
                args = [values.get(id(arg)) for arg in node.args]
                values[id(node)] = trace.operation(node, args)
        return values

    def _known(self, key: int, now: Any) -> Any:
        return now[1][key] if key in now[1] else self.fixed[key]

    def _row(self, row: Row, rows: Mapping[int, Any], now: Any) -> Any:
        if row.kind == "table":
            return self.trace.known[id(row)]
        return rows[id(row)] if id(row) in self.inside else self._known(id(row), now)

    def _shifted(self, node: Expr, values: Mapping[int, Any], past: Any, now: Any) -> Any:
        n, periods = node.param, self.trace.periods
        used, edge = self._argument(node), self._edge(node)
        if id(used) in self.inside:
            other = past[id(used), edge][n - 1]
            if edge is not None:
                return other  # the past starts as the edge
        else:
            other = used.param if used.op == "const" else self._known(-id(node), now)
        there = now[0] >= n if node.op == "previous" else now[0] < periods - n
        return self.trace.traced.where(there, other, values[id(node.args[1])])

    def _argument(self, node: Expr) -> Expr:
        return self.trace.plan.alias.get(id(node.args[0]), node.args[0])

    def _edge(self, node: Expr) -> float | None:
        """Return the edge of a shift if it is one number for all time."""
        edge = node.args[1]
        return float(edge.param) if edge.op == "const" else None

    # -- before the loop -------------------------------------------------------------------------------------

    def _hoist(self) -> None:
        for row in self.step.rows:
            nodes = self.nodes[id(row)]
            fixed = self._fixed(nodes)
            for node in self._tops(nodes, fixed):
                self._compute(node, nodes)
            for node in self._live(nodes):
                if node.op in TIME and self.trace.leaf(node, nodes[-1]) is None and id(node) not in self.before:
                    self._remember(node)

    def _remember(self, node: Expr) -> None:
        """Note how far back a row of the recursion is read."""
        used = self._argument(node)
        if id(used) in self.inside:
            key = id(used), self._edge(node)
            self.reach[key] = max(self.reach.get(key, 0), node.param)
        elif isinstance(used, Row):
            self.moved[-id(node)] = self.trace.shifted(node, self.trace.known[id(used)], 0.0)

    def _fixed(self, nodes: Sequence[Expr]) -> dict[int, bool]:
        """Whether a node is the same whatever the recursion does."""
        fixed: dict[int, bool] = {}
        for node in nodes:
            used = self.trace.leaf(node, nodes[-1])
            if used is not None:
                fixed[id(node)] = id(used) not in self.inside
            else:
                shifts = node.op in TIME and id(self._argument(node)) in self.inside
                fixed[id(node)] = not shifts and all(fixed[id(arg)] for arg in node.args)
        return fixed

    def _tops(self, nodes: Sequence[Expr], fixed: Mapping[int, bool]) -> list[Expr]:
        """The largest operations that are fixed and may be computed in every period."""
        found: list[Expr] = []
        seen: set[int] = set()
        stack: list[tuple[Expr, bool]] = [(nodes[-1], False)]
        while stack:
            node, maybe = stack.pop()
            if not node.args or id(node) in seen or self.trace.leaf(node, nodes[-1]) is not None:
                continue
            shifted = node.op in TIME and fixed[id(node)]
            if fixed[id(node)] and (shifted or not (maybe and _may_fail(node))):
                seen.add(id(node))
                found.append(node)
                continue
            branch = node.op == "choose"
            stack.extend((arg, maybe or (branch and place > 0)) for place, arg in enumerate(node.args))
        return found

    def _compute(self, root: Expr, nodes: Sequence[Expr]) -> None:
        if id(root) in self.before:
            return
        trace = self.trace
        wanted = _under(root, lambda node: trace.leaf(node, nodes[-1]) is not None)
        part = [node for node in nodes if id(node) in wanted]
        values = trace.formula(part, trace.line)
        trace.note(trace.faults(part, values, root))
        self.before[id(root)] = values[id(root)]

    def _live(self, nodes: Sequence[Expr]) -> list[Expr]:
        """Nodes still computed in the loop, and what they read."""
        stop = self.trace
        wanted = _under(nodes[-1], lambda node: id(node) in self.before or stop.leaf(node, nodes[-1]) is not None)
        skipped = {id(node.args[0]) for node in nodes if node.op in TIME and id(node) in wanted}
        read = {
            id(arg)
            for node in nodes
            if id(node) in wanted and id(node) not in self.before and stop.leaf(node, nodes[-1]) is None
            for place, arg in enumerate(node.args)
            if not (node.op in TIME and place == 0)
        } | {id(nodes[-1])}
        return [node for node in nodes if id(node) in wanted and not (id(node) in skipped and id(node) not in read)]


def _under(root: Expr, stop: Callable[[Expr], bool]) -> set[int]:
    """ids of the nodes under a root, itself included, down to where `stop` says."""
    found: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) not in found:
            found.add(id(node))
            if node is root or not stop(node):
                stack.extend(node.args)
    return found


def _may_fail(root: Expr) -> bool:
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if node.op in MAY_FAIL:
            return True
        stack.extend(node.args)
    return False

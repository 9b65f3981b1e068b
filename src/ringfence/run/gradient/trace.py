"""A planned sheet as one function of its inputs, in JAX: whole lines where it can, a scan for each recursion.

What a recursion reads but does not change is computed as lines before its scan, so that a scan holds only what truly
leans on its own past or future. The function is traced once; nothing here runs per path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringfence.run.gradient import device_meaning as meaning
from ringfence.run.gradient.formula import nodes_of
from ringfence.sheet.ops import MAY_FAIL, MEASURES, REDUCTIONS, TIME, TRUE_ABOVE
from ringfence.sheet.plan import Plan, Step
from ringfence.sheet.row import Expr, Row

_WHOLE = REDUCTIONS | MEASURES
Leaf = Callable[[Row], Any]


class Trace:
    """Computes rows of a plan with JAX; made anew for every tracing.

    Parameters
    ----------
    jax
        The library.
    plan
        Plan of the sheet.
    known
        id of a row -> its value (a table: its points); grows as rows are computed.
    """

    def __init__(self, jax: Any, plan: Plan, known: Mapping[int, Any]) -> None:
        self.jax = jax
        self.jnp = jax.numpy
        self.plan = plan
        self.periods = plan.sheet.periods
        self.known = dict(known)
        self.table = meaning.values(self.jnp)
        self.reduce = meaning.reductions(self.jnp, self.periods)
        self.failed: Any = self.jnp.zeros((), bool)

    def run(self, wanted: set[int]) -> None:
        """Compute the rows that are wanted and not known, in the order of the plan.

        Parameters
        ----------
        wanted
            ids of rows, closed under what they need.
        """
        for step in self.plan.steps:
            if id(step.rows[0]) in wanted and id(step.rows[0]) not in self.known:
                if step.kind in ("forward", "backward"):
                    _Recursion(self, step).run()
                else:
                    self._row(step.rows[0], one=step.kind == "scalar")

    def _row(self, row: Row, *, one: bool) -> None:
        nodes = nodes_of(self.plan, row)
        values = self.formula(nodes, self.line)
        found = values[id(nodes[-1])]
        self.note(nodes, values, nodes[-1])
        self.known[id(row)] = found if one else meaning.lines(self.jnp, found, self.periods)

    def line(self, row: Row) -> Any:
        """Value of a known row.

        Parameters
        ----------
        row
            The row.
        """
        return self.known[id(row)]

    def leaf(self, node: Expr, root: Expr) -> Row | None:
        """The row a node stands for, None if it is an operation or a number."""
        if isinstance(node, Row):
            return node
        return None if node is root else self.plan.alias.get(id(node))

    def formula(self, nodes: Sequence[Expr], leaf: Leaf, given: Mapping[int, Any] | None = None) -> dict[int, Any]:
        """Value of every node.

        Parameters
        ----------
        nodes
            Operands first, the root last.
        leaf
            Value of a row.
        given
            Values that are known already, by node.
        """
        values: dict[int, Any] = {}
        for node in nodes:
            if given is not None and id(node) in given:
                values[id(node)] = given[id(node)]
                continue
            used = self.leaf(node, nodes[-1])
            if used is not None:
                values[id(node)] = leaf(used)
            elif node.op == "const":
                values[id(node)] = node.param
            else:
                values[id(node)] = self.operation(node, [values.get(id(arg)) for arg in node.args])
        return values

    def operation(self, node: Expr, args: list[Any]) -> Any:
        """Value of an operation on known operands.

        Parameters
        ----------
        node
            The operation.
        args
            Its operands: numbers, lines, points of a table.
        """
        op, jnp = node.op, self.jnp
        if op in self.table:
            return self.table[op](*(jnp.asarray(arg, dtype=float) for arg in args))
        if op == "lookup":
            how, ends = node.param
            return meaning.lookup(jnp, args[0], jnp.asarray(args[1]), how, ends)
        if op in TIME:
            return self.shifted(node, args[0], args[1])
        spread = [
            arg if op in ("at", "npv") and place == 1 else meaning.lines(jnp, arg, self.periods)
            for place, arg in enumerate(args)
        ]
        return meaning.irr(self.jax, *spread) if op == "irr" else self.reduce[op](*spread)

    def shifted(self, node: Expr, x: Any, edge: Any) -> Any:
        """A line n periods earlier or later, with its edge."""
        jnp, n, t = self.jnp, node.param, self.jnp.arange(self.periods)
        back = node.op == "previous"
        line = meaning.lines(jnp, x, self.periods)
        moved = jnp.roll(line, n if back else -n)
        return jnp.where(t >= n if back else t < self.periods - n, moved, edge)

    def note(self, nodes: Sequence[Expr], values: Mapping[int, Any], root: Expr) -> None:
        """Remember whether an operation that is taken has no finite value."""
        self.failed = self.failed | self.jnp.any(self.faults(nodes, values, root))

    def faults(self, nodes: Sequence[Expr], values: Mapping[int, Any], root: Expr) -> Any:
        """Where an operation that is taken has no finite value.

        Parameters
        ----------
        nodes, values
            A formula and its values; nodes without a value are not looked at.
        root
            Its last node.
        """
        jnp = self.jnp
        fault: Any = jnp.zeros((), bool)
        if not any(node.op in MAY_FAIL and id(node) in values for node in nodes):
            return fault
        taken: dict[int, Any] = {id(root): jnp.ones((), bool)}
        for node in reversed(nodes):
            mine = taken.pop(id(node), None)
            if mine is None or self.leaf(node, root) is not None or not node.args:
                continue
            if node.op in TIME and id(node.args[1]) in values:
                taken[id(node.args[1])] = mine | taken.get(id(node.args[1]), False)
                continue
            if any(id(arg) not in values for arg in node.args):
                continue  # computed before the loop, where its faults were noted
            args = [values[id(arg)] for arg in node.args]
            if node.op in MAY_FAIL:
                operands = [jnp.asarray(arg, dtype=float) for arg in args]
                fault = fault | (mine & meaning.fails(jnp, node.op, operands))
            for place, arg in enumerate(node.args):
                passed = mine
                if node.op == "choose" and place:
                    yes = jnp.asarray(args[0]) > TRUE_ABOVE
                    passed = mine & (yes if place == 1 else ~yes)
                before = taken.get(id(arg))
                taken[id(arg)] = passed if before is None else before | passed
        return fault


class _Recursion:
    """One recursion as a scan over the periods."""

    def __init__(self, trace: Trace, step: Step) -> None:
        self.trace = trace
        self.step = step
        self.backward = step.kind == "backward"
        self.inside = {id(row) for row in step.rows}
        self.nodes = {id(row): nodes_of(trace.plan, row) for row in step.rows}
        self.before: dict[int, Any] = {}  # node computed before the loop -> its number or line
        self.moved: dict[int, Any] = {}  # shift of a row outside, by minus the node -> the row's line, shifted
        self.reach: dict[int, int] = {}  # row of the recursion -> how many periods away it is read
        self._hoist()

    def run(self) -> None:
        """Compute its rows."""
        trace, jax, jnp = self.trace, self.trace.jax, self.trace.jnp
        along = {key: value for key, value in self._outside().items() if jnp.ndim(value)}
        start = {key: tuple(jnp.zeros(()) for _ in range(n)) for key, n in self.reach.items()}
        clock = jnp.arange(trace.periods)
        _, (lines, faults) = jax.lax.scan(self._period, start, (clock, along), reverse=self.backward)
        for row in self.step.rows:
            trace.known[id(row)] = lines[id(row)]
        trace.failed = trace.failed | jnp.any(faults)

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
        along = now[1]
        trace, jnp = self.trace, self.trace.jnp
        values: dict[int, Any] = {}
        fault = jnp.zeros((), bool)

        def leaf(row: Row) -> Any:
            if id(row) in self.inside:
                return values[id(row)]
            return along[id(row)] if id(row) in along else trace.known[id(row)]

        for row in self.step.rows:
            nodes = self._live(self.nodes[id(row)])
            given = {key: along.get(key, value) for key, value in self.before.items()}
            known = self._formula(nodes, leaf, given, past, now)
            values[id(row)] = jnp.asarray(known[id(nodes[-1])], dtype=float)
            fault = fault | trace.faults(nodes, known, nodes[-1])
        kept = {key: (values[key], *past[key][:-1]) for key in past}
        return kept, (values, fault)

    def _formula(
        self, nodes: Sequence[Expr], leaf: Leaf, given: Mapping[int, Any], past: Any, now: Any
    ) -> dict[int, Any]:
        trace = self.trace
        values: dict[int, Any] = {}
        for node in nodes:
            used = trace.leaf(node, nodes[-1])
            if id(node) in given:
                values[id(node)] = given[id(node)]
            elif used is not None:
                values[id(node)] = self._row(used, leaf)
            elif node.op == "const":
                values[id(node)] = node.param
            elif node.op in TIME:
                values[id(node)] = self._shifted(node, values, past, now)
            else:
                args = [values.get(id(arg)) for arg in node.args]
                values[id(node)] = trace.operation(node, args)
        return values

    def _row(self, row: Row, leaf: Leaf) -> Any:
        return self.trace.known[id(row)] if row.kind == "table" else leaf(row)

    def _shifted(self, node: Expr, values: Mapping[int, Any], past: Any, now: Any) -> Any:
        n, periods = node.param, self.trace.periods
        used = self._argument(node)
        edge, (t, along) = values[id(node.args[1])], now
        if used.op == "const":
            other = used.param
        else:
            other = past[id(used)][n - 1] if id(used) in self.inside else along[-id(node)]
        return self.trace.jnp.where(t >= n if node.op == "previous" else t < periods - n, other, edge)

    def _argument(self, node: Expr) -> Expr:
        return self.trace.plan.alias.get(id(node.args[0]), node.args[0])

    # -- before the loop -------------------------------------------------------------------------------------

    def _hoist(self) -> None:
        for row in self.step.rows:
            nodes = self.nodes[id(row)]
            fixed = self._fixed(nodes)
            for node in self._tops(nodes, fixed):
                self._compute(node, nodes)
            for node in self._live(nodes):
                if node.op in TIME and self.trace.leaf(node, nodes[-1]) is None and id(node) not in self.before:
                    used = self._argument(node)
                    if id(used) in self.inside:
                        self.reach[id(used)] = max(self.reach.get(id(used), 0), node.param)
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
        trace.note(part, values, root)
        found = values[id(root)]
        self.before[id(root)] = found

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

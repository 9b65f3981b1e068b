"""A planned sheet as one function of its path inputs, in JAX: whole lines where it can, a scan for each recursion.

Lines are (periods, paths), numbers (paths,); what no path input reaches is computed here, in NumPy, and enters the
program as a number. The function is traced once; nothing here runs per path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ringfence.run.gradient import device_meaning as meaning
from ringfence.run.gradient import device_reduce
from ringfence.run.gradient.device_scan import Recursion
from ringfence.run.gradient.formula import nodes_of
from ringfence.sheet.ops import MAY_FAIL, TIME, TRUE_ABOVE
from ringfence.sheet.plan import Plan
from ringfence.sheet.row import Expr, Row

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
    paths
        Number of paths.
    kept
        ids of the rows that are read outside their own recursion.
    """

    def __init__(self, jax: Any, plan: Plan, known: Mapping[int, Any], *, paths: int, kept: set[int]) -> None:
        self.jax = jax
        self.jnp = jax.numpy
        self.plan = plan
        self.periods = plan.sheet.periods
        self.paths = paths
        self.known = dict(known)
        self.kept = kept
        self.traced, self.fixed = meaning.Words(jax), meaning.Words()
        self._reduce = {id(words): device_reduce.reductions(words, self.periods) for words in (self.traced, self.fixed)}
        self._failed: list[Any] = []
        self._sums: list[Any] = []

    def run(self, wanted: set[int]) -> None:
        """Compute the rows that are wanted and not known, in the order of the plan.

        Parameters
        ----------
        wanted
            ids of rows, closed under what they need.
        """
        with np.errstate(all="ignore"):
            for step in self.plan.steps:
                if id(step.rows[0]) in wanted and id(step.rows[0]) not in self.known:
                    if step.kind in ("forward", "backward"):
                        Recursion(self, step).run()
                    else:
                        self._row(step.rows[0], one=step.kind == "scalar")

    def _row(self, row: Row, *, one: bool) -> None:
        nodes = nodes_of(self.plan, row)
        values = self.formula(nodes, self.line)
        found = values[id(nodes[-1])]
        self.note(self.faults(nodes, values, nodes[-1]))
        self.known[id(row)] = found if one else meaning.lines(self.words(found).np, found, self.periods)
        if not row.name.startswith("!"):  # an irr without a root is no fault
            self.finite(found)

    def line(self, row: Row) -> Any:
        """Value of a known row.

        Parameters
        ----------
        row
            The row.
        """
        return self.known[id(row)]

    def words(self, *args: Any) -> meaning.Words:
        """Array words for some operands: JAX's where one of them is known only when the program runs.

        Parameters
        ----------
        args
            Numbers, lines, points of a table.
        """
        traced = any(meaning.is_traced(self.jax, arg) for arg in args if arg is not None)
        return self.traced if traced else self.fixed

    def leaf(self, node: Expr, root: Expr) -> Row | None:
        """Return the row a node stands for, None if it is an operation or a number."""
        if isinstance(node, Row):
            return node
        return None if node is root else self.plan.alias.get(id(node))

    def formula(self, nodes: Sequence[Expr], leaf: Leaf) -> dict[int, Any]:
        """Value of every node.

        Parameters
        ----------
        nodes
            Operands first, the root last.
        leaf
            Value of a row.
        """
        values: dict[int, Any] = {}
        for node in nodes:
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
        op, words = node.op, self.words(*args)
        if op in words.table:
            return words.table[op](*args)
        if op == "lookup":
            how, ends = node.param
            return meaning.lookup(words, args[0], args[1], how, ends)
        if op in TIME:
            return self.shifted(node, args[0], args[1])
        spread = [
            arg if op in ("at", "npv") and place == 1 else meaning.lines(words.np, arg, self.periods)
            for place, arg in enumerate(args)
        ]
        return device_reduce.irr(self.traced, *spread) if op == "irr" else self._reduce[id(words)][op](*spread)

    def shifted(self, node: Expr, x: Any, edge: Any) -> Any:
        """Return a line n periods earlier or later, with its edge.

        Parameters
        ----------
        node
            The time operation.
        x, edge
            Lines or numbers.
        """
        xp, n = self.words(x, edge).np, min(node.param, self.periods)
        line, ends = (meaning.lines(xp, part, self.periods) for part in (x, edge))
        back = node.op == "previous"
        rest, filled = (line[: self.periods - n], ends[:n]) if back else (line[n:], ends[self.periods - n :])
        wide = max(rest.shape[1], filled.shape[1])
        rest, filled = (xp.broadcast_to(part, (part.shape[0], wide)) for part in (rest, filled))
        return xp.concatenate([filled, rest] if back else [rest, filled])

    # -- what has no value -----------------------------------------------------------------------------------

    def note(self, faults: Sequence[Any]) -> None:
        """Remember where an operation that is taken has no finite value.

        Parameters
        ----------
        faults
            Flags, of any shape.
        """
        self._failed.extend(faults)

    def finite(self, value: Any) -> None:
        """Remember a value that must be finite: a sum of numbers is, if each of them is.

        Parameters
        ----------
        value
            A number or a line.
        """
        self._sums.append(self.words(value).hold(value))

    def failed(self) -> Any:
        """Flag of every path: whether a row has no value there."""
        jnp = self.jnp
        found = jnp.zeros(self.paths, bool)
        for size in (1, 2):
            flags = [flag for flag in self._failed if max(np.ndim(flag), 1) == size]
            sums = [value for value in self._sums if max(np.ndim(value), 1) == size]
            flag = _together(flags, lambda a, b: a | b, False)
            flag = flag | ~jnp.isfinite(_together(sums, lambda a, b: a + b, 0.0))
            found = found | (flag.any(axis=0) if jnp.ndim(flag) == 2 else flag)
        return found

    def faults(self, nodes: Sequence[Expr], values: Mapping[int, Any], root: Expr) -> list[Any]:
        """Where operations that are taken have no finite value.

        Parameters
        ----------
        nodes, values
            A formula and its values; nodes without a value are not looked at.
        root
            Its last node.
        """
        found: list[Any] = []
        if not any(node.op in MAY_FAIL and id(node) in values for node in nodes):
            return found
        taken: dict[int, Any] = {id(root): True}
        for node in reversed(nodes):
            mine = taken.pop(id(node), None)
            if mine is None or self.leaf(node, root) is not None or not node.args:
                continue
            if node.op in TIME and id(node.args[1]) in values:
                _reach(taken, node.args[1], mine)
                continue
            if any(id(arg) not in values for arg in node.args):
                continue  # computed before the loop, where its faults were noted
            args = [values[id(arg)] for arg in node.args]
            if node.op in MAY_FAIL:
                bad = meaning.fails(self.words(*args), node.op, args)
                if meaning.is_traced(self.jax, bad) or np.any(bad):
                    found.append(bad if mine is True else mine & bad)
            for place, arg in enumerate(node.args):
                passed = mine
                if node.op == "choose" and place:
                    branch = args[0] > TRUE_ABOVE if place == 1 else args[0] <= TRUE_ABOVE
                    passed = branch if mine is True else mine & branch
                _reach(taken, arg, passed)
        return found


def _reach(taken: dict[int, Any], node: Expr, passed: Any) -> None:
    before = taken.get(id(node))
    if before is True or passed is True:
        taken[id(node)] = True
    else:
        taken[id(node)] = passed if before is None else before | passed


def _together(parts: Sequence[Any], join: Callable[[Any, Any], Any], nothing: Any) -> Any:
    found = nothing
    for part in parts:
        found = part if found is nothing else join(found, part)
    return np.asarray(found) if not hasattr(found, "ndim") else found

"""The planner: in which order the rows of a sheet can be computed, and whether they can be.

Every use of a row by another is an edge of one of four kinds: the *same* period, a *lag*, a *lead*, or the *whole*
row (a reduction). Rows that need each other form a component. A component that only leans on its own past is a
forward recursion, on its own future a backward one; both at once, a reduction inside, or a loop within one period
is refused, by name.

Before that, formulas are put into normal form with auxiliary rows (``owner~1``): the argument of a time operator
or a reduction is always a row, and a formula object used by several rows is a row of its own, so it is computed once.
Measures become rows named ``!measure`` and their applicability ``!measure?``.

The plan gives the order as *steps*, for an engine that computes whole rows where it can; ``sheet/sweeps.py`` puts them
into alternating forward and backward sweeps over the periods, for an engine that keeps only a few periods of state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Literal

from ringfence.errors import SheetError
from ringfence.sheet.formula import formula_text, walk
from ringfence.sheet.functions import choose
from ringfence.sheet.ops import MAY_FAIL, MEASURES, REDUCTIONS, TIME
from ringfence.sheet.row import NIL, Expr, Row
from ringfence.sheet.sheet import Sheet

EdgeKind = Literal["same", "lag", "lead", "whole", "table"]
StepKind = Literal["scalar", "series", "forward", "backward"]
_WHOLE = REDUCTIONS | MEASURES
_LEAVES = ("row", "const")


@dataclass(frozen=True, slots=True)
class Edge:
    """One use of a row: which kind, how many periods away, and of which row."""

    kind: EdgeKind
    shift: int
    row: Row


@dataclass(frozen=True, slots=True)
class Step:
    """Rows computed together: one scalar, one series, or one recursion in the order of its rows."""

    kind: StepKind
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Plan:
    """The order of a sheet.

    Parameters
    ----------
    sheet
        What was planned.
    steps
        Order of computation.
    alias
        id of a formula node -> the auxiliary row that holds it.
    edges
        id of a row -> its uses of other rows.
    scalars
        ids of the rows with one cell.
    hidden
        Names of auxiliary and measure rows.
    """

    sheet: Sheet
    steps: tuple[Step, ...]
    alias: dict[int, Row]
    edges: dict[int, tuple[Edge, ...]]
    scalars: frozenset[int]
    hidden: dict[str, Row]

    def is_scalar(self, row: Row) -> bool:
        """Whether a row has one cell.

        Parameters
        ----------
        row
            A row of the plan.
        """
        return id(row) in self.scalars


def plan(sheet: Sheet) -> Plan:
    """Order the rows of a sheet; kept on the sheet until it changes.

    Parameters
    ----------
    sheet
        Complete: every promised row defined.

    Raises
    ------
    SheetError
        If a promised row is missing or rows need each other in a way no order can serve.
    """
    kept = sheet.cache.get("plan")
    if isinstance(kept, Plan):
        return kept
    _check_promises(sheet)
    rows = [row for row in sheet.rows.values() if row.expr is not None]
    measures = _measure_rows(sheet)
    alias, extra = _normalise(rows + measures)
    ordered = rows + extra + measures
    edges = {id(row): _edges(row, alias) for row in ordered}
    components = _components(ordered, edges)
    scalars = {id(row) for row in sheet if row.kind == "scalar"}
    steps = tuple(_step(component, edges, scalars) for component in components)
    _check_cells(ordered, alias, scalars)
    hidden = {row.name: row for row in [*extra, *measures]}
    made = Plan(sheet, steps, alias, edges, frozenset(scalars), hidden)
    sheet.cache["plan"] = made
    return made


def _check_promises(sheet: Sheet) -> None:
    missing = [row.name for row in sheet if row.kind == "ref"]
    if missing:
        users = [row.name for row in sheet if row.expr is not None and _reads_any(row.expr, missing)]
        raise SheetError(f"promised but never defined: {', '.join(missing)}\n  used by: {', '.join(users) or 'nobody'}")


def _reads_any(expr: Expr, names: Sequence[str]) -> bool:
    return any(node.op == "row" and node.name in names for node in walk(expr))


def _measure_rows(sheet: Sheet) -> list[Row]:
    found = []
    for measure in sheet.measures.values():
        expr = measure.expr
        if measure.applies is not None:
            flag = Row(f"!{measure.name}?", "formula", None, expr=measure.applies, source=measure.source)
            found.append(flag)
            expr = choose(flag, expr, NIL)
        found.append(Row(f"!{measure.name}", "formula", measure.unit, expr=expr, source=measure.source))
    return found


# -- normal form ---------------------------------------------------------------------------------------------


def _normalise(rows: Sequence[Row]) -> tuple[dict[int, Row], list[Row]]:
    """Find the nodes that need a row of their own, and give them one; a row's whole formula has it already."""
    owner: dict[int, int] = {}
    node_of: dict[int, Expr] = {}
    lifted: set[int] = set()
    shared: dict[int, Expr] = {}
    for position, row in enumerate(rows):
        assert row.expr is not None
        stack = [row.expr]
        while stack:
            node = stack.pop()
            if node.op in _LEAVES:
                continue
            key = id(node)
            first = owner.get(key)
            if first is None:
                owner[key] = position
                node_of[key] = node
                if node.op in TIME:
                    lifted.add(id(node.args[0]))
                elif node.op in _WHOLE:
                    lifted.update(id(arg) for arg in node.args)
                stack.extend(node.args)
            elif first != position:
                shared[key] = node
    lifted.update(_worth_sharing(rows, shared))
    whole = {id(row.expr): row for row in reversed(rows)}
    alias: dict[int, Row] = {}
    extra: list[Row] = []
    counts: dict[str, int] = {}
    for key, node in node_of.items():
        if key not in lifted:
            continue
        if key in whole:
            alias[key] = whole[key]
            continue
        holder = rows[owner[key]]
        counts[holder.name] = counts.get(holder.name, 0) + 1
        made = Row(f"{holder.name}~{counts[holder.name]}", "formula", node.unit, expr=node, source=holder.source)
        alias[key] = made
        extra.append(made)
    return alias, extra


def _worth_sharing(rows: Sequence[Row], shared: dict[int, Expr]) -> Iterator[int]:
    """Shared nodes, but those that could stop the run and stand only in branches of choose()."""
    failing = {key for key, node in shared.items() if any(inner.op in MAY_FAIL for inner in walk(node))}
    always = _unconditional(rows) if failing else set()
    return (key for key in shared if key not in failing or key in always)


def _unconditional(rows: Sequence[Row]) -> set[int]:
    seen: set[int] = set()
    for row in rows:
        assert row.expr is not None
        stack = [row.expr]
        while stack:
            node = stack.pop()
            if node.op not in _LEAVES and id(node) not in seen:
                seen.add(id(node))
                stack.extend(node.args[:1] if node.op == "choose" else node.args)
    return seen


def _edges(row: Row, alias: dict[int, Row]) -> tuple[Edge, ...]:
    assert row.expr is not None
    found: dict[tuple[EdgeKind, int, int], Edge] = {}
    stack: list[tuple[Expr, EdgeKind, int]] = [(row.expr, "same", 0)]
    seen: set[int] = set()
    while stack:
        node, kind, shift = stack.pop()
        used = alias.get(id(node))
        if used is row and node is row.expr and kind == "same":
            used = None
        if used is None and isinstance(node, Row):
            used = node
        if used is not None:
            kind = "table" if used.kind == "table" else kind
            found[(kind, shift, id(used))] = Edge(kind, shift, used)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        stack.extend(_uses(node))
    return tuple(found.values())


def _uses(node: Expr) -> list[tuple[Expr, EdgeKind, int]]:
    if node.op in TIME:
        kind: EdgeKind = "lag" if node.op == "previous" else "lead"
        return [(node.args[0], kind, node.param), (node.args[1], "same", 0)]
    if node.op in _WHOLE:
        return [(arg, "whole", 0) for arg in node.args]
    return [(arg, "same", 0) for arg in node.args]


# -- components ----------------------------------------------------------------------------------------------


def _components(rows: Sequence[Row], edges: dict[int, tuple[Edge, ...]]) -> list[list[Row]]:
    """Strongly connected components, what is needed before what needs it (Tarjan, without recursion)."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    on_stack: set[int] = set()
    stack: list[Row] = []
    found: list[list[Row]] = []
    for root in rows:
        if id(root) in number:
            continue
        work: list[tuple[Row, Iterator[Edge]]] = [_enter(root, number, low, stack, on_stack, edges)]
        while work:
            row, pending = work[-1]
            key = id(row)
            for edge in pending:
                other = edge.row
                if other.expr is None:
                    continue
                at = id(other)
                if at not in number:
                    work.append(_enter(other, number, low, stack, on_stack, edges))
                    break
                if at in on_stack and number[at] < low[key]:
                    low[key] = number[at]
            else:
                work.pop()
                if work and low[key] < low[id(work[-1][0])]:
                    low[id(work[-1][0])] = low[key]
                if low[key] == number[key]:
                    found.append(_leave(row, stack, on_stack))
    return found


def _enter(
    row: Row,
    number: dict[int, int],
    low: dict[int, int],
    stack: list[Row],
    on_stack: set[int],
    edges: dict[int, tuple[Edge, ...]],
) -> tuple[Row, Iterator[Edge]]:
    number[id(row)] = low[id(row)] = len(number)
    stack.append(row)
    on_stack.add(id(row))
    return row, iter(edges[id(row)])


def _leave(row: Row, stack: list[Row], on_stack: set[int]) -> list[Row]:
    component = []
    while True:
        member = stack.pop()
        on_stack.discard(id(member))
        component.append(member)
        if member is row:
            return component[::-1]


def _step(component: list[Row], edges: dict[int, tuple[Edge, ...]], scalars: set[int]) -> Step:
    inside = {id(row) for row in component}
    kinds = {edge.kind for row in component for edge in edges[id(row)] if id(edge.row) in inside}
    if not kinds:
        row = component[0]
        if _has_one_cell(row, edges[id(row)], scalars):
            scalars.add(id(row))
            return Step("scalar", (row,))
        return Step("series", (row,))
    ordered = _same_period_order(component, edges)
    if "whole" in kinds:
        raise SheetError(_whole_inside(component, edges, inside))
    if kinds >= {"lag", "lead"}:
        raise SheetError(_both_ways(component, edges, inside))
    return Step("forward" if "lag" in kinds else "backward", ordered)


def _has_one_cell(row: Row, uses: tuple[Edge, ...], scalars: set[int]) -> bool:
    assert row.expr is not None
    if any(edge.kind in ("lag", "lead") or (edge.kind == "same" and id(edge.row) not in scalars) for edge in uses):
        return False
    return not any(node.op in TIME for node in walk(row.expr) if node.op not in _LEAVES) or _only_reduced(row.expr)


def _only_reduced(expr: Expr) -> bool:
    """Whether every time operator of a formula stands under a reduction."""
    stack = [expr]
    while stack:
        node = stack.pop()
        if node.op in TIME:
            return False
        if node.op not in _WHOLE:
            stack.extend(node.args)
    return True


def _same_period_order(component: list[Row], edges: dict[int, tuple[Edge, ...]]) -> tuple[Row, ...]:
    by_id = {id(row): row for row in component}
    needs = {
        key: [id(edge.row) for edge in edges[key] if edge.kind == "same" and id(edge.row) in by_id] for key in by_id
    }
    try:
        return tuple(by_id[key] for key in TopologicalSorter(needs).static_order())
    except CycleError as error:
        loop = [by_id[key] for key in reversed(error.args[1])]
        raise SheetError(_loop_text("rows need each other in the same period", loop)) from None


def _loop_text(what: str, loop: Sequence[Row]) -> str:
    lines = []
    for row in loop:
        text = formula_text(row.expr) if row.expr is not None else "input"
        lines.append(f"{row.name} = {text}" + (f"    {row.source}" if row.source else ""))
    body = "\n          ".join(lines)
    return (
        f"{what}: {' <- '.join(row.name for row in loop)}\n  where:  {body}\n"
        "  rule:   no circular references: a row is computed once, from rows that are already known\n"
        "  fix:    read the opening balance or previous() of one of them, close the loop in algebra, or solve an input"
    )


def _whole_inside(component: list[Row], edges: dict[int, tuple[Edge, ...]], inside: set[int]) -> str:
    row, used = next(
        (row, edge.row)
        for row in component
        for edge in edges[id(row)]
        if edge.kind == "whole" and id(edge.row) in inside
    )
    return _loop_text(f"{row.name} sums up {used.name} over all periods, which itself needs {row.name}", component[:12])


def _both_ways(component: list[Row], edges: dict[int, tuple[Edge, ...]], inside: set[int]) -> str:
    def pair(kind: str) -> str:
        row, used = next(
            (row, edge.row)
            for row in component
            for edge in edges[id(row)]
            if edge.kind == kind and id(edge.row) in inside
        )
        return f"{row.name} reads {'an earlier' if kind == 'lag' else 'a later'} {used.name}"

    return _loop_text(f"rows lean on their own past and future at once: {pair('lag')}, {pair('lead')}", component[:12])


def _check_cells(rows: Sequence[Row], alias: dict[int, Row], scalars: set[int]) -> None:
    """The period of at(), the rate of npv(), and every measure must be one cell."""
    for row in rows:
        assert row.expr is not None
        if row.name.startswith("!") and "~" not in row.name and id(row) not in scalars:
            raise SheetError(
                f"measure {row.name.strip('!?')} must come to one value; use total(), smallest(), at() ..."
            )
        for node in walk(row.expr):
            if node.op in ("at", "npv"):
                cell = alias.get(id(node.args[1]), node.args[1])
                if isinstance(cell, Row) and id(cell) not in scalars:
                    word = "period" if node.op == "at" else "rate"
                    raise SheetError(f"the {word} of {formula_text(node)} must be one cell, but it varies by period")

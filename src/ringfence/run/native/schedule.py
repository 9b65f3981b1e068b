"""Which rows differ by path, in which sweeps they are computed, and which need a place in memory.

Rows that lean on no path input are the same for every path: they are computed once a run, as plain numbers, and
read by all lanes. The others get sweeps of their own (``sheet/sweeps.py``), fewer, for what is shared is known. A
reduction inside a line is known one sweep later than its operands.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.sheet.formula import walk
from ringfence.sheet.ops import MEASURES, REDUCTIONS
from ringfence.sheet.plan import Plan
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sweeps import Pass, sweeps

_WHOLE = REDUCTIONS | MEASURES


def needed(plan: Plan, rows: Iterable[Row]) -> dict[int, Row]:
    """Collect all rows some rows lean on, themselves included, by id.

    Parameters
    ----------
    plan
        The plan.
    rows
        What is asked for.
    """
    found: dict[int, Row] = {}
    stack = list(rows)
    while stack:
        row = stack.pop()
        if id(row) not in found:
            found[id(row)] = row
            stack.extend(edge.row for edge in plan.edges.get(id(row), ()))
    return found


def varying(plan: Plan, wanted: dict[int, Row], path_inputs: Iterable[str]) -> frozenset[int]:
    """Collect the ids of the wanted rows that lean on a path input, the inputs included.

    Parameters
    ----------
    plan
        The plan.
    wanted
        Rows by id, closed under what they need.
    path_inputs
        Names of the inputs that differ by path.
    """
    readers: dict[int, list[int]] = {}
    for key in wanted:
        for edge in plan.edges.get(key, ()):
            readers.setdefault(id(edge.row), []).append(key)
    stack = [id(plan.sheet[name]) for name in path_inputs]
    found = set(stack)
    while stack:
        for reader in readers.get(stack.pop(), ()):
            if reader not in found:
                found.add(reader)
                stack.append(reader)
    return frozenset(found)


@dataclass(frozen=True)
class Folding:
    """One reduction: in which sweep its line is folded, and whether that waits until the sweep is over."""

    node: Expr
    sweep: int
    late: bool
    operands: tuple[Expr, ...]


@dataclass
class Schedule:
    """Order and storage of the rows of one function.

    Parameters
    ----------
    rows
        ids of the rows computed here.
    before
        Cells known before the first sweep.
    passes
        The sweeps.
    stage
        Sweep of each row; for a cell, the sweep after which it is known; -1 before the first.
    foldings
        Reductions by id of their node.
    stored
        ids of lines kept for every period.
    held
        ids of lines kept for one period only.
    """

    rows: frozenset[int]
    before: tuple[Row, ...] = ()
    passes: tuple[Pass, ...] = ()
    stage: dict[int, int] = field(default_factory=dict)
    foldings: dict[int, Folding] = field(default_factory=dict)
    stored: set[int] = field(default_factory=set)
    held: set[int] = field(default_factory=set)


def schedule(plan: Plan, rows: frozenset[int], lanes: frozenset[int] | None, keep: Iterable[Row]) -> Schedule:
    """Order the rows of one function.

    Parameters
    ----------
    plan
        The plan.
    rows
        ids of the rows to compute.
    lanes
        ids of all rows and inputs that differ by path; None where the shared rows are computed.
    keep
        Lines wanted for every period.
    """
    order = sweeps(plan, rows)
    made = Schedule(rows, order.before, order.passes, order.stage)
    for row in _ordered(made):
        _find_foldings(plan, made, row, lanes)
        _find_storage(plan, made, row)
    made.stored.update(id(row) for row in keep)
    return made


def _ordered(made: Schedule) -> list[Row]:
    return [*made.before, *(row for sweep in made.passes for row in (*sweep.rows, *sweep.then))]


def _find_foldings(plan: Plan, made: Schedule, row: Row, lanes: frozenset[int] | None) -> None:
    assert row.expr is not None
    for node in walk(row.expr):
        if node.op not in _WHOLE or id(node) in made.foldings:
            continue
        operands = tuple(plan.alias.get(id(arg), arg) for arg in node.args)
        if lanes is not None and not any(id(used) in lanes for used in operands):
            continue
        lines = [used for used in operands if not is_cell(plan, used)]
        cells = [used for used in operands if is_cell(plan, used)]
        sweep = max((made.stage.get(id(used), -1) for used in lines), default=-1)
        known = max((made.stage.get(id(used), -1) for used in cells), default=-1)
        late = sweep < 0 or known >= sweep or node.op == "irr"
        made.foldings[id(node)] = Folding(node, max(sweep, known), late, operands)
        made.stored.update(id(used) for used in lines if late or made.stage.get(id(used), -1) != sweep)


def is_cell(plan: Plan, used: Expr) -> bool:
    """Whether an operand is one number for all periods.

    Parameters
    ----------
    plan
        The plan.
    used
        A row or a literal.
    """
    return used.op == "const" or id(used) in plan.scalars


def _find_storage(plan: Plan, made: Schedule, row: Row) -> None:
    here = made.stage[id(row)]
    for edge in plan.edges[id(row)]:
        key = id(edge.row)
        if edge.kind in ("whole", "table") or plan.is_scalar(edge.row):
            continue
        if made.stage.get(key, -1) != here or edge.shift > 1:
            made.stored.add(key)
        elif edge.kind != "same":
            made.held.add(key)

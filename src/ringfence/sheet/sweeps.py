"""The order of a plan as sweeps over the periods, for an engine that keeps only a few periods of state.

Even sweeps run forward, odd ones backward. Each row stands in the earliest sweep that can hold it; a cell is known
after the sweep that computes the last of what it reads. Rows an engine knows beforehand may be left out, which makes
fewer sweeps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ringfence.sheet.plan import Edge, Plan, Step
from ringfence.sheet.row import Row


@dataclass(frozen=True, slots=True)
class Pass:
    """One sweep over the periods, the rows computed in each period in order, and the cells computed after it."""

    direction: Literal["forward", "backward"]
    rows: tuple[Row, ...]
    then: tuple[Row, ...]


@dataclass(frozen=True)
class Sweeps:
    """Sweep order of a plan.

    Attributes
    ----------
    before
        One-cell rows known before the first sweep.
    passes
        The sweeps.
    stage
        Sweep of each row by id; for a cell, the sweep after which it is known; -1 before the first.
    """

    before: tuple[Row, ...]
    passes: tuple[Pass, ...]
    stage: dict[int, int] = field(repr=False)


def sweeps(plan: Plan, rows: Iterable[int] | None = None) -> Sweeps:
    """Put rows into sweeps.

    Parameters
    ----------
    plan
        The plan.
    rows
        ids of the rows to order; all if not given. What they read beyond themselves is known beforehand.

    Examples
    --------
    >>> from ringfence.sheet import Sheet, following, previous
    >>> from ringfence.sheet.plan import plan
    >>> s = Sheet(periods=3)
    >>> ahead = s.row("ahead", following(s.ref("ahead")) + 1)
    >>> _ = s.row("behind", previous(ahead))
    >>> [(p.direction, [row.name for row in p.rows]) for p in sweeps(plan(s)).passes if p.rows]
    [('backward', ['ahead']), ('forward', ['behind'])]
    """
    wanted = None if rows is None else frozenset(rows)
    stage: dict[int, int] = {}
    swept: dict[int, list[Row]] = {}
    after: dict[int, list[Row]] = {}
    for step in plan.steps:
        if wanted is not None and id(step.rows[0]) not in wanted:
            continue
        if step.kind == "scalar":
            place = _known(plan, stage, step)
            after.setdefault(place, []).append(step.rows[0])
        else:
            place = _fit(plan, stage, step, max(_known(plan, stage, step), 0))
            swept.setdefault(place, []).extend(step.rows)
        stage.update((id(row), place) for row in step.rows)
    last = max([*swept, *after], default=-1)
    passes = (
        Pass("backward" if k % 2 else "forward", tuple(swept.get(k, ())), tuple(after.get(k, ())))
        for k in range(last + 1)
    )
    return Sweeps(tuple(after.get(-1, ())), tuple(passes), stage)


def _known(plan: Plan, stage: dict[int, int], step: Step) -> int:
    """Sweep after which all that a step reads is known; a cell or a sum in place waits until its sweep has ended."""
    found = -1
    for row in step.rows:
        for edge in plan.edges[id(row)]:
            known = stage.get(id(edge.row), -1)
            waits = edge.kind == "whole" or plan.is_scalar(edge.row)
            found = max(found, known + 1 if known >= 0 and step.kind != "scalar" and waits else known)
    return found


def _fit(plan: Plan, stage: dict[int, int], step: Step, sweep: int) -> int:
    """First sweep from `sweep` on that runs the right way for the recursion and for every lag and lead."""
    inside = {id(row) for row in step.rows}
    uses = [edge for row in step.rows for edge in plan.edges[id(row)] if id(edge.row) not in inside]
    while not _fits(plan, stage, step, sweep, uses):
        sweep += 1
    return sweep


def _fits(plan: Plan, stage: dict[int, int], step: Step, sweep: int, uses: Iterable[Edge]) -> bool:
    forward = sweep % 2 == 0
    if step.kind != "series" and (step.kind == "forward") != forward:
        return False
    wrong = "lead" if forward else "lag"
    here = (edge for edge in uses if stage.get(id(edge.row), -1) == sweep and not plan.is_scalar(edge.row))
    return not any(edge.kind == wrong for edge in here)

"""Limits that no structure can keep together: the smallest set of them, and how near each can come.

Each limit is taken out in turn; it stays out if the rest still cannot be kept (the deletion filter of Chinneck and
Dravnieks 1991). What is left cannot be kept together, while without any one of them the others can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ringfence.errors import DealError, RunError
from ringfence.solve.structure.evaluate import Evaluator
from ringfence.solve.structure.problem import Limit, Problem
from ringfence.solve.structure.search import few_starts, least_broken, look, minimiser, poll, restored
from ringfence.solve.structure.structures import combinations, solve_structure

ROUNDS = 20


@dataclass(frozen=True)
class Conflict:
    """Limits that cannot be kept together.

    Parameters
    ----------
    limits
        The smallest set found.
    reach
        Limit by name -> the best its figure can be while the others of the set are kept; None where it has no value.
        [unit of the figure]
    levers
        Limit by name -> the levers at which it reaches that. [unit of each term]
    """

    limits: tuple[Limit, ...]
    reach: Mapping[str, float | None]
    levers: Mapping[str, Mapping[str, float]]


def conflict(problem: Problem) -> Conflict:
    """Return the smallest set of limits that cannot be kept together.

    Parameters
    ----------
    problem
        The question, of which no structure keeps every limit.
    """
    left = list(problem.limits)
    for limit in problem.limits:
        rest = tuple(x for x in left if x is not limit)
        if rest and not feasible(problem.with_limits(rest)):
            left.remove(limit)
    reach: dict[str, float | None] = {}
    levers: dict[str, Mapping[str, float]] = {}
    for limit in left:
        others = tuple(x for x in left if x is not limit)
        reach[limit.name], levers[limit.name] = _nearest(replace(problem, limits=others), limit)
    return Conflict(tuple(left), reach, levers)


def _nearest(problem: Problem, limit: Limit) -> tuple[float | None, Mapping[str, float]]:
    """Where a limit's figure is nearest to its bound, the others kept; the bound itself if the figure goes past it."""
    ends = [solve_structure(replace(problem, aim=side.aim)) for side in limit.sides]
    found = [(end.value, end.levers) for end in ends if end.value is not None]
    if not found:
        return None, ends[0].levers
    if limit.sense == "==" and min(v for v, _ in found) <= limit.bound <= max(v for v, _ in found):
        return limit.bound, found[0][1]
    return max(found, key=lambda end: limit.room(end[0]))


def feasible(problem: Problem) -> bool:
    """Whether some structure keeps every limit, as far as the elastic problem and the poll can find one.

    Parameters
    ----------
    problem
        The question; its aim is not looked at.
    """
    for steps in combinations(problem):
        try:
            built = problem.build(steps)
        except (DealError, RunError):
            continue
        if _has_point(Evaluator(problem, built)):
            return True
    return False


def _has_point(e: Evaluator) -> bool:
    for at in few_starts(e):
        found = look(e, at)
        if not found.kept and e.free:
            found = look(e, restored(e, least_broken(e, at, minimiser())))
        for _ in range(ROUNDS):
            if found.kept or not e.free:
                break
            better = poll(e, found)
            if better is None:
                break
            found = better
        if found.kept:
            return True
    return False

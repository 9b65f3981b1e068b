"""The frontier between two aims: the best of the first for every level the second is held to.

The ends are the best of either aim alone; between them the second is made a limit at even steps (the epsilon constraint
of Haimes, Lasdon and Wismer 1971). What keeps a tight level keeps a looser one, so the levels are taken from the
tightest on and every search starts from the structures of the level before: no point can be worse than its neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringfence.solve.structure.problem import Aim, Limit, Problem
from ringfence.solve.structure.structures import Structure, solve_structure


@dataclass(frozen=True)
class FrontierPoint:
    """One point of the frontier.

    Parameters
    ----------
    level
        What the second aim is held to. [unit of the second measure]
    other
        What it comes to. [unit of the second measure]
    value
        The best of the first aim. [unit of the first measure]
    structure
        The structure that gives it.
    """

    level: float
    other: float
    value: float
    structure: Structure


def frontier(best: Structure, other: Aim, points: int) -> tuple[FrontierPoint, ...]:
    """Return the frontier, from the best of the first aim to the best of the second.

    Parameters
    ----------
    best
        The best structure for the first aim alone.
    other
        The second aim.
    points
        Number of points, at least 2.
    """
    problem = best.problem
    watch = Limit(other.measure, ">=" if other.maximise else "<=", 0.0, other.scale, other.handed)
    ends = replace(problem, aim=other)
    far = solve_structure(ends, near=best.candidates)
    first, last = best.figure(watch) if _watched(best, watch) else _again(best, watch), far.value
    if first is None or last is None or abs(last - first) <= 1e-9 * max(1.0, abs(last)):
        return ()
    found: list[FrontierPoint] = []
    near = far
    for k in reversed(range(points)):
        level = first + (last - first) * k / (points - 1)
        now = _held(problem, watch, level, near, best)
        near = now
        value, reached = now.value, now.figure(watch)
        if now.kept and value is not None and reached is not None:
            found.append(FrontierPoint(level, reached, value, now))
    return tuple(reversed(found))


def _watched(structure: Structure, watch: Limit) -> bool:
    return watch.handed is not None or watch.name in structure.evaluator.measures


def _again(structure: Structure, watch: Limit) -> float | None:
    """The second figure at the best of the first aim, run once more with it asked for."""
    from ringfence.solve.structure.evaluate import Evaluator

    asked = structure.problem.with_limits((*structure.problem.limits, watch))
    return Evaluator(asked, structure.evaluator.built).figure(watch.name, watch.handed, structure.found.at)


def _held(problem: Problem, watch: Limit, level: float, near: Structure, best: Structure) -> Structure:
    """The best of the first aim with the second held to a level, a rounding inside it."""
    limit = replace(watch, bound=level)
    asked = problem.with_limits((*problem.limits, limit))
    return solve_structure(asked, near=(*near.candidates, *best.candidates))

"""Shadow prices: what the aim gives up for the last step of every limit and bound that binds.

Two readings of each, which agree away from corners:

    multiplier     where the slopes of aim and limits balance, non-negative least squares (Lawson and Hanson 1974)
    re-solved      the question asked again with the limit moved one step, tighter and looser

The first is a derivative at the solution; the second is what the reader would see, and the two differ where another
limit takes over within the step. A figure handed in moves in steps and is never exactly at its bound: it has the second
reading alone, and binds where that moves the aim.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ringfence.solve.structure.evaluate import Evaluator
from ringfence.solve.structure.problem import Lever, Limit, Problem
from ringfence.solve.structure.search import POLLED, best_point
from ringfence.solve.structure.slopes import Vector
from ringfence.solve.structure.structures import Structure

CLOSE_BY = (0.03, 0.01, 0.003, 0.001)
"""How far polls move once a bound has moved a step, in shares of the range."""
BINDS = 1e-6
"""Room, in multiples of a limit's scale or a lever's range, under which it binds."""


@dataclass(frozen=True)
class Price:
    """What one binding limit or bound costs.

    Parameters
    ----------
    name
        The limit or the lever.
    side
        ``>=``, ``<=`` or ``==``; for a lever its lower bound is ``>=``.
    bound
        Where it binds. [unit of the figure]
    step
        The step priced. [unit of the figure]
    slope
        Change of the aim for one step tighter, from the multipliers; not above zero in the aim's own direction.
        None for a figure that moves in steps. For an equality, for its bound one step higher. [unit of the aim]
    tighter, looser
        Change of the aim with the bound moved one step and everything solved again; None where that was not asked or
        no structure keeps every limit then. For an equality: one step higher, one step lower. [unit of the aim]
    of_lever
        Whether it is a bound of a lever.
    """

    name: str
    side: str
    bound: float
    step: float
    slope: float | None
    tighter: float | None
    looser: float | None
    of_lever: bool


def shadow_prices(structure: Structure, steps: Mapping[str, float]) -> tuple[Price, ...]:
    """Return the price of every limit and every bound that binds.

    Parameters
    ----------
    structure
        The best structure; keeps every limit.
    steps
        Step to price by, for each lever and limit by name. [unit of each]
    """
    e, found = structure.evaluator, structure.found
    rooms = e.rooms(found.at)
    limits = [k for k, room in enumerate(rooms) if room < BINDS and e.problem.limits[k].handed is None]
    bounds = [(k, side) for k, u in enumerate(found.at) for side in _binding_sides(float(u))]
    weights = multipliers(e, found.at, limits, bounds)
    scale = e.problem.aim.scale * (1.0 if e.problem.aim.maximise else -1.0)
    prices: list[Price] = []
    for k, weight in zip(limits, weights, strict=False):
        limit = e.problem.limits[k]
        prices.append(_of_limit(structure, limit, steps[limit.name], -scale * float(weight) / limit.scale))
    for limit in e.problem.limits:
        if limit.handed is not None:
            priced = _of_limit(structure, limit, steps[limit.name], None)
            if priced.tighter is None or _moves(e, priced.tighter) or _moves(e, priced.looser):
                prices.append(priced)
    for (k, side), weight in zip(bounds, weights[len(limits) :], strict=True):
        lever = e.free[k]
        if weight > 1e-7:
            prices.append(_of_lever(structure, lever, side, steps[lever.name], -scale * float(weight) / lever.range))
    return tuple(prices)


def _moves(e: Evaluator, change: float | None) -> bool:
    return change is not None and abs(change) > POLLED * e.problem.aim.scale


def _binding_sides(share: float) -> list[str]:
    return [">="] * (share <= BINDS) + ["<="] * (share >= 1.0 - BINDS)


def multipliers(e: Evaluator, at: Vector, limits: list[int], bounds: list[tuple[int, str]]) -> Vector:
    """Return the weights, none negative, with which limits and bounds balance the slope of the aim.

    Parameters
    ----------
    e, at
        The deal as built, and its best point.
    limits
        Numbers of the limits that bind.
    bounds
        Levers at a bound, by number, and which one.

    Returns
    -------
    Vector
        Score per room for each limit, then score per share for each bound; of an equality, score per unit of its
        figure's scale above its bound, of either sign.
    """
    unit = np.eye(at.size)
    asked = [e.problem.limits[k] for k in limits]
    lines = [e.room_slope(limit.sides[0], at) for limit in asked]
    lines += [unit[k] if side == ">=" else -unit[k] for k, side in bounds]
    if not lines or not at.size:
        return np.zeros(len(lines))
    from scipy.optimize import nnls

    both = [k for k, limit in enumerate(asked) if limit.sense == "=="]
    lines += [-lines[k] for k in both]
    found: Vector = nnls(np.array(lines).T, -e.score_slope(at))[0]
    weights = found[: len(lines) - len(both)]
    weights[both] -= found[len(weights) :]
    return weights


def _of_limit(structure: Structure, limit: Limit, step: float, slope: float | None) -> Price:
    tight = -step if limit.sense == "<=" else step
    changes = [
        _change(structure, replace(structure.problem, limits=_moved(structure.problem, limit, by)))
        for by in (tight, -tight)
    ]
    slope = None if slope is None else slope * step
    return Price(limit.name, limit.sense, limit.bound, step, slope, changes[0], changes[1], of_lever=False)


def _moved(problem: Problem, limit: Limit, by: float) -> tuple[Limit, ...]:
    return tuple(x.moved(by) if x is limit else x for x in problem.limits)


def _of_lever(structure: Structure, lever: Lever, side: str, step: float, slope: float) -> Price:
    step = min(step, lever.range)
    tight = replace(lever, low=lever.low + step) if side == ">=" else replace(lever, high=lever.high - step)
    levers = tuple(tight if x is lever else x for x in structure.problem.levers)
    change = _change(structure, replace(structure.problem, levers=levers))
    bound = lever.low if side == ">=" else lever.high
    return Price(lever.name, side, bound, step, slope * step, change, None, of_lever=True)


def _change(structure: Structure, problem: Problem) -> float | None:
    """Change of the aim once the question is asked again from the solution. [unit of the aim]"""
    e = Evaluator(problem, structure.evaluator.built)
    values = structure.levers
    at = np.array([lever.share(values[lever.name]) for lever in e.free], dtype=np.float64)
    found = best_point(e, [at], CLOSE_BY)
    now, before = e.aimed(found.at), structure.value
    return now - before if found.kept and now is not None and before is not None else None

"""Corners and jumps at the solution: terms whose slope differs by the side, and terms that make no difference.

The two one-sided slopes of a smooth figure meet as the step shrinks; across a corner (a lock-up, a cap, another limit
that sizes the debt) they do not. So the gap between them is measured with two steps, ten to one: what shrinks is
curvature, what stays is a corner. Where the change itself does not shrink with the step, the figure jumps: a lock-up
sets in and cash stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ringfence.solve.structure.evaluate import Evaluator
from ringfence.solve.structure.problem import Lever
from ringfence.solve.structure.search import Found, look
from ringfence.solve.structure.slopes import Vector

NEAR, FAR = 1e-4, 1e-3
CORNER = 0.02
"""Gap between the sides, relative to the steeper one, that is a corner."""
FLAT = 1e-9
"""Change of the aim, in multiples of its scale, that is none."""
JUMP = 0.5
"""Share of a change that is there after a tenth of the step already, where the figure jumps."""
HALVINGS = 30


@dataclass(frozen=True)
class Kink:
    """What the aim does on the two sides of the solution along one lever.

    Parameters
    ----------
    lever
        The lever.
    below, above
        Change of the aim per unit of the term, downwards and upwards of the solution; None beyond a bound.
        [unit of the aim per unit of the term]
    jump_below, jump_above
        Change of the aim at once, just below and just above; 0 where it does not jump. [unit of the aim]
    idle_from, idle_to
        Between these values the lever makes no difference to the aim and keeps every limit. [unit of the term]
    """

    lever: Lever
    below: float | None
    above: float | None
    jump_below: float
    jump_above: float
    idle_from: float
    idle_to: float

    @property
    def idle(self) -> bool:
        """Whether there is a stretch on which the lever makes no difference."""
        return self.idle_to - self.idle_from > 1e-6 * self.lever.range


def find_kinks(e: Evaluator, found: Found) -> tuple[Kink, ...]:
    """Return the levers at whose value the aim has a corner or is flat.

    Parameters
    ----------
    e, found
        The deal as built, and its best point.
    """
    sides = [_sides(e, found, k) for k in range(len(e.free))]
    return tuple(kink for kink, corner in sides if corner or kink.idle)


def _sides(e: Evaluator, found: Found, k: int) -> tuple[Kink, bool]:
    lever = e.free[k]
    near, far = ([_slope(e, found.at, k, way * step) for way in (-1, 1)] for step in (NEAR, FAR))
    corner = False
    if None not in near and None not in far:
        steepest = max(abs(near[0] or 0.0), abs(near[1] or 0.0))
        gaps = abs((near[1] or 0.0) - (near[0] or 0.0)), abs((far[1] or 0.0) - (far[0] or 0.0))
        corner = gaps[0] > CORNER * steepest and gaps[0] > 0.5 * gaps[1] and steepest > 1e-6
    sign = (1.0 if e.problem.aim.maximise else -1.0) * e.problem.aim.scale
    below, above = (None if slope is None else sign * slope / lever.range for slope in near)
    jumps = [sign * _jump(e, found.at, k, way) for way in (-1, 1)]
    low, high = (_idle_until(e, found, k, way) for way in (-1, 1))
    return Kink(lever, below, above, jumps[0], jumps[1], lever.at(low), lever.at(high)), corner or any(jumps)


def _jump(e: Evaluator, at: Vector, k: int, way: int) -> float:
    """Change of the score that is there at once: a tenth of the step makes most of it already."""
    slopes = [_slope(e, at, k, way * step) for step in (NEAR / 10, NEAR)]
    if slopes[0] is None or slopes[1] is None:
        return 0.0
    at_once, over_step = way * slopes[0] * NEAR / 10, way * slopes[1] * NEAR
    return at_once if abs(at_once) > JUMP * abs(over_step) and abs(at_once) > 1e-4 else 0.0


def _slope(e: Evaluator, at: Vector, k: int, step: float) -> float | None:
    """One-sided slope of the score; None where the step leaves the range."""
    moved = np.array(at)
    moved[k] += step
    if not 0.0 <= moved[k] <= 1.0:
        return None
    return (e.score(moved) - e.score(at)) / step


def _idle_until(e: Evaluator, found: Found, k: int, way: int) -> float:
    """Share up to which the lever can go that way without any difference."""

    def same(share: float) -> bool:
        at = np.array(found.at)
        at[k] = share
        there = look(e, at)
        return there.kept and abs(there.score - found.score) <= FLAT * max(1.0, abs(found.score))

    here = float(found.at[k])
    end = 1.0 if way > 0 else 0.0
    if abs(end - here) < NEAR or not same(here + way * min(NEAR, abs(end - here))):
        return here
    if same(end):
        return end
    good, bad = here, end
    for _ in range(HALVINGS):
        middle = 0.5 * (good + bad)
        good, bad = (middle, bad) if same(middle) else (good, middle)
    return good

"""The search between bounds: sequential quadratic programming from several starts, then a poll around the best.

1. Starts: the deal as agreed, the middle of the ranges, and three points of the Halton sequence; always the same. A
   further value of a stepped lever starts from the best point of the value before, and from the deal as agreed.
2. Each is improved by SLSQP (Kraft 1988), with the slopes of ``evaluate.py``.
3. A point that misses a limit by a rounding is brought back along the slopes of the limits it misses.
4. Where a start ends outside the limits, the elastic problem (the worst miss as small as may be) is searched from all
   starts; if no point keeps every limit, the one that misses least is the answer.
5. **Poll.** Debt that is the least of several limits has corners, where a slope says nothing. Around the best point
   each lever, and each pair of levers up or down together, is moved by 25 % ... 0.1 % of the range, brought back inside
   the limits, and kept if the aim is better. A better point starts the search anew. What is left is a point from which
   no polled move gains: optimal among its neighbours, and proved for the whole range only where aim and limits are
   straight or curve the right way.

A figure from outside the sheet is dear: thousands of random paths for every point. Where limits are on such figures,
the question is first answered without them. A best point that keeps them all the same is the answer; otherwise the
search starts there and at the deal as agreed. A polled point is counted only while it serves the aim better than the
best one known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ringfence.errors import MissingExtraError
from ringfence.solve.structure.evaluate import Evaluator
from ringfence.solve.structure.problem import KEPT, Limit
from ringfence.solve.structure.slopes import WIDE, Vector

STEPS = (0.25, 0.1, 0.03, 0.01, 0.003, 0.001)
"""How far the poll moves, in shares of the range."""
ROUNDS = 12
"""How often a better polled point starts the search anew, at most."""
GAIN = 1e-7
"""A gain that counts, in multiples of the aim's scale."""
POLLED = 1e-5
"""A gain for which a poll starts the search anew: 0.0001 points of a return."""
MISSED = "finding a structure needs SciPy: pip install 'ringfence[optimise]'"


@dataclass(frozen=True)
class Found:
    """A point and what it is worth.

    Parameters
    ----------
    at
        Shares of the ranges.
    score
        The aim, in multiples of its scale; larger is better.
    worst
        Room of the tightest limit, in multiples of its scale; 0 or more where all are kept.
    """

    at: Vector
    score: float
    worst: float

    @property
    def kept(self) -> bool:
        """Whether every limit is kept, within the one tolerance."""
        return self.worst >= -KEPT

    def beats(self, other: Found | None, gain: float = GAIN) -> bool:
        """Whether this point is better: limits first, then the aim."""
        if other is None:
            return True
        if self.kept and other.kept:
            return self.score > other.score + gain
        return self.kept or (not other.kept and self.worst > other.worst + KEPT)


def minimiser() -> Any:
    """Return SciPy's ``minimize``.

    Raises
    ------
    MissingExtraError
        With the line that installs it.
    """
    try:
        from scipy.optimize import minimize
    except ImportError:
        raise MissingExtraError(MISSED) from None
    return minimize


def look(e: Evaluator, at: Vector) -> Found:
    """Return a point with its worth."""
    rooms = e.rooms(at)
    return Found(at, e.score(at), float(rooms.min()) if rooms.size else np.inf)


def starts(e: Evaluator) -> list[Vector]:
    """Return where searches begin: as agreed, the middle, three Halton points."""
    agreed = np.array([lever.share(lever.agreed) for lever in e.free], dtype=np.float64)
    return [agreed, np.full(agreed.size, 0.5), *(halton(k, agreed.size) for k in (1, 2, 3))]


def few_starts(e: Evaluator) -> list[Vector]:
    """Return where searches for a way inside the limits begin: two of the starts where each point is dear."""
    return starts(e)[:2] if e.dear_limits else starts(e)


def halton(index: int, size: int) -> Vector:
    """Return a point of the Halton sequence, whose first points spread over all ranges. [share]"""
    primes = [n for n in range(2, 12 + size * size * 2) if all(n % d for d in range(2, n))][:size]
    return np.array([_radical(index, prime) for prime in primes], dtype=np.float64)


def _radical(index: int, base: int) -> float:
    share, weight = 0.0, 1.0 / base
    while index:
        share += weight * (index % base)
        index, weight = index // base, weight / base
    return share


def best_point(e: Evaluator, begin: Iterable[Vector], steps: Iterable[float] = STEPS) -> Found:
    """Return the best point found from all starts and polls.

    Parameters
    ----------
    e
        The deal to run.
    begin
        Where to start, at least one point.
    steps
        How far polls move, in shares of the range.
    """
    minimise = minimiser() if e.free else None
    best: Found | None = None
    begin = list(begin)
    if e.dear_aim:
        begin = begin[:2]
    if e.free and e.dear_limits and len(begin) > 1:
        easier = e.without_dear()
        first = best_point(easier, begin, steps)
        e.runs += easier.runs
        best = look(e, first.at)
        if best.kept or not first.kept:
            e.settled = easier.settled
            return best
        begin = [first.at, begin[0]]
    for at in begin:
        for found in (look(e, at), climb(e, at, minimise)):
            best = found if found.beats(best) else best
        if best is not None and not best.kept and e.free:
            best = eased(e, best, minimise)
            if not best.kept:
                break
    assert best is not None
    e.settled = not e.free
    for _ in range(ROUNDS if e.free else 0):
        better = poll(e, best, steps)
        if better is None:
            e.settled = True
            break
        climbed = climb(e, better.at, minimise)
        best = climbed if climbed.beats(better) else better
    return best


def eased(e: Evaluator, best: Found, minimise: Any) -> Found:
    """Return the best point of the elastic problem, searched on from the first that keeps every limit."""
    for at in (best.at, *few_starts(e)):
        found = look(e, restored(e, least_broken(e, at, minimise)))
        best = found if found.beats(best) else best
        if best.kept:
            climbed = climb(e, best.at, minimise)
            return climbed if climbed.beats(best) else best
    return best


def least_broken(e: Evaluator, at: Vector, minimise: Any) -> Vector:
    """Return the point whose worst limit is broken least, each counted in its scale: the elastic problem."""
    sides = [side for limit in e.problem.limits for side in limit.sides]

    def gaps(x: Vector) -> Vector:
        return np.array([e.room(side, _inside(x[:-1])) + x[-1] for side in sides], dtype=np.float64)

    def gap_slopes(x: Vector) -> Vector:
        return np.array([[*e.room_slope(side, _inside(x[:-1]), rough=True), 1.0] for side in sides])

    first = np.append(at, max(0.0, -look(e, at).worst))
    result = minimise(
        lambda x: x[-1],
        first,
        jac=lambda x: np.eye(x.size)[-1],
        bounds=[*[(0.0, 1.0)] * at.size, (0.0, None)],
        constraints=[{"type": "ineq", "fun": gaps, "jac": gap_slopes}],
        method="SLSQP",
        options=_patience(e),
    )
    return _inside(result.x[:-1])


def climb(e: Evaluator, at: Vector, minimise: Any) -> Found:
    """Improve a point by SLSQP and bring it back inside the limits."""
    if minimise is None:
        return look(e, at)
    result = minimise(
        lambda x: -e.score(_inside(x)),
        at,
        jac=lambda x: -e.score_slope(_inside(x)),
        bounds=[(0.0, 1.0)] * at.size,
        constraints=_constraints(e),
        method="SLSQP",
        options=_patience(e),
    )
    return look(e, restored(e, _snapped(_inside(result.x))))


def _constraints(e: Evaluator) -> list[dict[str, Any]]:
    """Limits as SLSQP takes them: rooms that are not negative, and distances from a bound that are zero."""
    found = []
    for word, kept in (
        ("ineq", [x for x in e.problem.limits if x.sense != "=="]),
        ("eq", [x.sides[0] for x in e.problem.limits if x.sense == "=="]),
    ):
        if kept:
            rooms, slopes = _straight(e, kept)
            found.append({"type": word, "fun": rooms, "jac": slopes})
    return found


def _straight(e: Evaluator, limits: list[Limit]) -> tuple[Callable[[Vector], Vector], Callable[[Vector], Vector]]:
    """Rooms of some limits and their slopes, at any point."""
    return (
        lambda x: np.array([e.room(limit, _inside(x)) for limit in limits], dtype=np.float64),
        lambda x: np.array([e.room_slope(limit, _inside(x)) for limit in limits], dtype=np.float64),
    )


def _snapped(at: Vector) -> Vector:
    """A share within a rounding of a bound is the bound."""
    at = np.array(at)
    at[at < 1e-9], at[at > 1.0 - 1e-9] = 0.0, 1.0
    return at


def _patience(e: Evaluator) -> dict[str, float]:
    """How long and how finely SLSQP searches; a figure that moves in steps has no finer slope to follow."""
    in_steps = e.dear_aim or e.dear_limits
    return {"maxiter": 15, "ftol": 1e-5} if in_steps else {"maxiter": 80, "ftol": 1e-11}


def _inside(x: Vector) -> Vector:
    inside: Vector = np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0)
    return inside


def restored(
    e: Evaluator,
    at: Vector,
    rounds: int = 6,
    *,
    slopes_at: Vector | None = None,
    promising: Callable[[Vector], bool] = lambda _: True,
) -> Vector:
    """Return a point brought back inside the limits it misses, by the shortest way their slopes give.

    Parameters
    ----------
    e, at
        The deal to run, and the point.
    rounds
        Steps, at most.
    slopes_at
        Point whose slopes are used throughout; left out: those of every point on the way.
    promising
        Whether a point on the way is worth going on from.
    """
    for _ in range(rounds):
        if not promising(at):
            return at
        rooms = e.rooms(at)
        missed = [k for k, room in enumerate(rooms) if room < -KEPT / 2]
        if not missed:
            return at
        here = at if slopes_at is None else slopes_at
        lines = np.array([e.room_slope(e.problem.limits[k], here, rough=True) for k in missed])
        wanted = np.array([KEPT / 4 - rooms[k] for k in missed])
        at = _moved(at, lines, wanted)
    return at


def _moved(at: Vector, lines: Vector, wanted: Vector) -> Vector:
    """Move by the shortest step that gives what is wanted, levers held once they reach a bound."""
    free = np.ones(at.size, dtype=bool)
    for _ in range(at.size):
        step = np.zeros(at.size)
        step[free] = np.linalg.lstsq(lines[:, free], wanted, rcond=1e-10)[0]
        out = free & (((at <= 0.0) & (step < 0)) | ((at >= 1.0) & (step > 0)))
        if not out.any():
            break
        free &= ~out
        if not free.any():
            return at
    return _inside(at + step)


def poll(e: Evaluator, best: Found, steps: Iterable[float] = STEPS) -> Found | None:
    """Return a better point among the neighbours, or None.

    Parameters
    ----------
    e, best
        The deal to run, and the point to look around.
    steps
        How far to move, in shares of the range, in the order tried.
    """
    in_steps = e.dear_aim or (e.dear_limits and not best.kept)
    for step in steps:
        if in_steps and step < WIDE / 2:  # a count of paths has no finer neighbourhood than its slope
            break
        better: Found | None = None
        for way in ways(best.at.size):
            at = _inside(best.at + step * way)
            if np.array_equal(at, best.at):
                continue
            found = _polled(e, at, best.at, better or best)
            if found is not None and found.beats(better or best, POLLED):
                better = found
        if better is not None:
            return better
    return None


def _polled(e: Evaluator, at: Vector, around: Vector, than: Found) -> Found | None:
    """Return a polled point, brought back inside the limits; None for one that is not worth a dear figure."""

    def promising(x: Vector) -> bool:
        return not e.dear_limits or not than.kept or e.score(x) > than.score + POLLED

    if not promising(at):
        return None
    found = look(e, at)
    if found.kept:
        return found
    at = restored(e, at, slopes_at=around, promising=promising)
    return look(e, at) if promising(at) else None


def ways(size: int) -> Iterator[Vector]:
    """Yield the polled directions: each lever up and down, each pair in its four ways."""
    unit = np.eye(size)
    for k in range(size):
        yield unit[k]
        yield -unit[k]
    for i, j in combinations(range(size), 2):
        for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
            yield a * unit[i] + b * unit[j]

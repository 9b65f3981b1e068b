"""One built deal, run at many points: figures and slopes in shares of the levers' ranges.

A measure that does not apply (a DSCR without debt) keeps every limit on it; one that has no value (an IRR without a
root, a run that cannot be computed) breaks every limit and is no aim.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.solve.fixed_point import solve_inputs
from ringfence.solve.structure.problem import Built, Handed, Limit, Problem
from ringfence.solve.structure.slopes import STEP, WIDE, Vector, differences

BROKEN = -10.0
"""Score and room of a point without a value: worse than any step of a search should be able to gain."""
IDLE = 1.0
"""Room of a limit whose measure does not apply."""

Values = dict[str, float | None]


class Evaluator:
    """Figures and slopes of one built deal.

    Parameters
    ----------
    problem
        The question.
    built
        The deal for one choice of the stepped levers.
    """

    def __init__(self, problem: Problem, built: Built) -> None:
        self.problem = problem
        self.built = built
        self.free = problem.free
        self.runs = 0
        self.settled = False  # whether the last search ended with a poll that found nothing better
        asked = [(problem.aim.measure, problem.aim.handed), *((x.name, x.handed) for x in problem.limits)]
        self.measures = list(dict.fromkeys(name for name, handed in asked if handed is None))
        self._idle: set[tuple[bytes, str]] = set()
        self._values: dict[bytes, Values] = {}
        self._handed: dict[tuple[bytes, str], float | None] = {}
        self._slopes: dict[bytes, dict[str, Vector]] = {}
        self._rough: dict[bytes, dict[str, Vector]] = {}

    @property
    def dear_aim(self) -> bool:
        """Whether the aim is a figure from outside the sheet, which moves in steps and costs far more than a run."""
        return self.problem.aim.handed is not None

    @property
    def dear_limits(self) -> bool:
        """Whether a limit is on such a figure."""
        return any(limit.handed is not None for limit in self.problem.limits)

    def without_dear(self) -> Evaluator:
        """Return the same deal under its other limits alone."""
        others = tuple(limit for limit in self.problem.limits if limit.handed is None)
        return Evaluator(self.problem.with_limits(others), self.built)

    def levers(self, at: Vector) -> dict[str, float]:
        """Return every lever's value, stepped ones included. [unit of each term]"""
        moved = {lever.name: lever.at(float(u)) for lever, u in zip(self.free, at, strict=True)}
        return {**self.built.values, **moved}

    def inputs(self, at: Vector) -> dict[str, Any]:
        """Return the inputs of a run, solved figures included."""
        cells = {lever.cell: lever.at(float(u)) for lever, u in zip(self.free, at, strict=True)}
        given = {**self.built.inputs, **cells}
        held = [name for name in self.built.sheet.solved_inputs if name in self.built.inputs]
        return given if held else {**given, **solve_inputs(self.built.sheet, given)}

    def values(self, at: Vector) -> Values:
        """Return the measures asked for at a point, None where one has no value."""
        key = at.tobytes()
        if key not in self._values:
            self._values[key] = self._run(at, key)
        return self._values[key]

    def figure(self, name: str, handed: Handed | None, at: Vector) -> float | None:
        """Return the figure an aim or a limit is on. [unit of the figure]"""
        if handed is None:
            return self.values(at)[name]
        key = at.tobytes(), name
        if key not in self._handed:
            self._handed[key] = self._outside(handed, at)
        return self._handed[key]

    def aimed(self, at: Vector) -> float | None:
        """Return the figure of the aim. [unit of the figure]"""
        return self.figure(self.problem.aim.measure, self.problem.aim.handed, at)

    def score(self, at: Vector) -> float:
        """Return the aim at a point, in multiples of its scale; larger is better."""
        value = self.aimed(at)
        return BROKEN if value is None else self.problem.aim.score(value)

    def room(self, limit: Limit, at: Vector) -> float:
        """Return by how much a limit is kept, in multiples of its scale."""
        value = self.figure(limit.name, limit.handed, at)
        if value is not None:
            return limit.room(value)
        return IDLE if (at.tobytes(), limit.name) in self._idle else BROKEN

    def rooms(self, at: Vector) -> Vector:
        """Return the room of every limit, in order."""
        return np.array([self.room(limit, at) for limit in self.problem.limits], dtype=np.float64)

    def score_slope(self, at: Vector) -> Vector:
        """Return the slope of :meth:`score` by each share."""
        aim = self.problem.aim
        return (1.0 if aim.maximise else -1.0) * self.slope(aim.measure, aim.handed, at) / aim.scale

    def room_slope(self, limit: Limit, at: Vector, *, rough: bool = False) -> Vector:
        """Return the slope of :meth:`room` by each share; `rough` takes differences, enough to find a way inside.

        That of an equality is the slope towards its bound, from the side on which the figure stands.
        """
        sign = 1.0 if limit.sense == ">=" else -1.0
        if limit.sense == "==":
            value = self.figure(limit.name, limit.handed, at)
            sign = 1.0 if value is None or value <= limit.bound else -1.0
        return sign * self.slope(limit.name, limit.handed, at, rough=rough) / limit.scale

    def slope(self, name: str, handed: Handed | None, at: Vector, *, rough: bool = False) -> Vector:
        """Return the slope of a figure by each share. [unit of the figure]"""
        if handed is None:
            return self._measure_slopes(at, rough)[name]
        return differences(lambda x: {name: self.figure(name, handed, x)}, at, WIDE).get(name, np.zeros(at.size))

    def room_slopes(self, at: Vector, *, rough: bool = False) -> Vector:
        """Return the slopes of all rooms, a line for each limit."""
        lines = [self.room_slope(limit, at, rough=rough) for limit in self.problem.limits]
        return np.array(lines, dtype=np.float64).reshape(len(lines), len(self.free))

    def _run(self, at: Vector, key: bytes) -> Values:
        self.runs += 1
        try:
            run = reference.prepare(self.built.sheet).run_subset(self.measures, self.inputs(at))
        except RunError:
            return dict.fromkeys(self.measures)
        self._idle |= {(key, name) for name in self.measures if run.measures[name].status == "n/a"}
        return {name: run.measures[name].value for name in self.measures}

    def _outside(self, handed: Handed, at: Vector) -> float | None:
        try:
            return float(handed(self.built, self.levers(at)))
        except RunError:
            return None

    def _measure_slopes(self, at: Vector, rough: bool) -> dict[str, Vector]:
        key = at.tobytes()
        if key in self._slopes:
            return self._slopes[key]
        kept = self._rough if rough else self._slopes
        if key not in kept:
            exact = None if rough else self._exact(at)
            kept[key] = exact if exact is not None else self._differenced(at)
        return kept[key]

    def _differenced(self, at: Vector) -> dict[str, Vector]:
        found = differences(self.values, at, STEP)
        return {name: found.get(name, np.zeros(at.size)) for name in self.measures}

    def _exact(self, at: Vector) -> dict[str, Vector] | None:
        """Slopes from the exact derivatives; None where there are none or a measure has no value here."""
        if self.problem.derivatives is None or any(v is None for v in self.values(at).values()):
            return None
        found = self.problem.derivatives(self.built.sheet, self.inputs(at), self.measures)
        return {name: self._by_share(found[name]) for name in self.measures}

    def _by_share(self, by_input: Mapping[str, float]) -> Vector:
        return np.array([by_input.get(lever.cell, 0.0) * lever.range for lever in self.free], dtype=np.float64)

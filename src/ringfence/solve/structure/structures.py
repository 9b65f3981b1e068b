"""Every combination of the stepped levers, each searched between its bounds; the best of all.

Nothing is left out by guessing: a combination is passed over only where the deal itself refuses it, and the refusal is
kept. No bound on what a combination could reach is known without searching it, so none is pruned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from ringfence.errors import DealError, RunError
from ringfence.solve.structure.evaluate import Evaluator
from ringfence.solve.structure.problem import Limit, Problem
from ringfence.solve.structure.search import GAIN, Found, best_point, look, starts
from ringfence.solve.structure.slopes import Vector


@dataclass(frozen=True)
class Candidate:
    """One combination of the stepped levers.

    Parameters
    ----------
    steps
        Value of each stepped lever. [unit of the term]
    evaluator
        The deal as built for it; None where the deal refuses it.
    found
        The best point between the bounds; None where the deal refuses it.
    refused
        Why it is refused, in one sentence.
    """

    steps: Mapping[str, float]
    evaluator: Evaluator | None
    found: Found | None
    refused: str = ""

    @property
    def kept(self) -> bool:
        """Whether every limit is kept."""
        return self.found is not None and self.found.kept

    @property
    def value(self) -> float | None:
        """The aim. [unit of the measure]"""
        if self.evaluator is None or self.found is None:
            return None
        return self.evaluator.aimed(self.found.at)


@dataclass(frozen=True)
class Structure:
    """The best structure found.

    Parameters
    ----------
    problem
        The question.
    candidates
        Every combination of the stepped levers, in order.
    best
        The one whose point is best; never refused.
    runs
        How often the sheet was run.
    """

    problem: Problem
    candidates: tuple[Candidate, ...]
    best: Candidate
    runs: int

    @property
    def evaluator(self) -> Evaluator:
        """The deal as built for the best combination."""
        assert self.best.evaluator is not None
        return self.best.evaluator

    @property
    def found(self) -> Found:
        """The best point."""
        assert self.best.found is not None
        return self.best.found

    @property
    def kept(self) -> bool:
        """Whether it keeps every limit."""
        return self.found.kept

    @property
    def levers(self) -> dict[str, float]:
        """Every lever's value, in the order of the question. [unit of each term]"""
        values = self.evaluator.levers(self.found.at)
        return {lever.name: values[lever.name] for lever in self.problem.levers}

    @property
    def value(self) -> float | None:
        """The aim. [unit of the measure]"""
        return self.evaluator.aimed(self.found.at)

    def figure(self, limit: Limit) -> float | None:
        """Return the figure a limit is on. [unit of the figure]"""
        return self.evaluator.figure(limit.name, limit.handed, self.found.at)


def solve_structure(problem: Problem, *, near: tuple[Candidate, ...] = ()) -> Structure:
    """Find the structure that serves the aim best within the limits.

    Parameters
    ----------
    problem
        The question.
    near
        Candidates of a neighbouring question; their points are tried as starts.

    Returns
    -------
    Structure
        The best found. Where no structure keeps every limit, the one that breaks them least.

    Raises
    ------
    DealError
        If the deal refuses every combination of the stepped levers.
    MissingExtraError
        If SciPy is not installed.
    """
    candidates: list[Candidate] = []
    for steps in combinations(problem):
        known = [c.found.at for c in (*near, *candidates[-1:]) if c.found is not None and _same(c, steps, candidates)]
        candidates.append(_candidate(problem, steps, known))
    best: Candidate | None = None
    for one in candidates:
        if one.found is not None and one.found.beats(None if best is None else best.found):
            best = one
    if best is None:
        raise _all_refused(problem)
    runs = sum(one.evaluator.runs for one in candidates if one.evaluator is not None)
    return Structure(problem, tuple(candidates), best, runs)


def combinations(problem: Problem) -> Iterator[dict[str, float]]:
    """Yield every combination of the stepped levers; one empty combination where there are none."""
    names = [lever.name for lever in problem.stepped]
    for values in product(*(lever.values for lever in problem.stepped)):
        yield dict(zip(names, values, strict=True))


def _same(candidate: Candidate, steps: Mapping[str, float], before: list[Candidate]) -> bool:
    return candidate in before or dict(candidate.steps) == dict(steps)


def _candidate(problem: Problem, steps: Mapping[str, float], known: list[Vector]) -> Candidate:
    try:
        built = problem.build(steps)
    except (DealError, RunError) as error:
        return Candidate(steps, None, None, _sentence(error))
    e = Evaluator(problem, built)
    own = starts(e)
    found = best_point(e, [*known, *(own[:1] if known else own)])
    return Candidate(steps, e, ten_digits(e, as_agreed_where_idle(e, found)))


def as_agreed_where_idle(e: Evaluator, found: Found) -> Found:
    """Return the same worth with every lever that makes no difference left as agreed."""
    for k, lever in enumerate(e.free):
        at = np.array(found.at)
        at[k] = lever.share(lever.agreed)
        same = look(e, at)
        if same.kept == found.kept and same.score >= found.score - GAIN and (found.kept or same.worst >= found.worst):
            found = same
    return found


def ten_digits(e: Evaluator, found: Found) -> Found:
    """Return the point with every value rounded to ten digits, where that costs nothing and breaks no limit."""
    rounded = [float(f"{lever.at(float(u)):.10g}") for lever, u in zip(e.free, found.at, strict=True)]
    at = np.array([lever.share(value) for lever, value in zip(e.free, rounded, strict=True)], dtype=np.float64)
    same = look(e, at)
    return same if same.kept == found.kept and same.score >= found.score - GAIN else found


def _sentence(error: DealError | RunError) -> str:
    if isinstance(error, DealError):
        first = next((f for f in error.findings if f.level == "error"), error.findings[0])
        return f"{first.name}: {first.message}"
    return str(error).splitlines()[0]


def _all_refused(problem: Problem) -> DealError:
    for steps in combinations(problem):
        try:
            problem.build(steps)
        except DealError as error:
            return error
        except RunError:
            continue
    raise RunError("no combination of the stepped terms can be run")

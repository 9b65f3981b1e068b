"""The desk's own question: which terms serve one aim best within the limits everybody insists on.

    answer = optimise(deal, maximise="gpu_equity.irr", by=["senior.margin", "rent.rate"],
                      subject_to=["senior.dscr.min >= 1.15", "sponsor.usd_per_gpu_hour <= 2.40"])
    answer.levers              {"senior.margin": 0.015, "rent.rate": 1.957}
    answer.after.measures      a fresh run of the deal with these terms

The debt is sized afresh for every structure, since a structure is what is being chosen; ``resize=False`` holds amounts
and schedules as signed and asks what the terms do to the deal that was closed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ringfence.desk.optimise.answer import Answer
from ringfence.desk.optimise.builder import Builder, with_terms
from ringfence.desk.optimise.chances import PATHS, Chances
from ringfence.desk.optimise.limits import Probabilities, price_step
from ringfence.desk.optimise.proof import check_chances, check_same
from ringfence.desk.optimise.question import Question, Read, read_question
from ringfence.desk.optimise.refusals import conflicting, nothing_moves
from ringfence.desk.optimise.terms import step_of
from ringfence.desk.session import Result, run
from ringfence.errors import DealError
from ringfence.solve.structure import (
    Problem,
    Structure,
    exact,
    find_kinks,
    frontier,
    shadow_prices,
    solve_structure,
)

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

POINTS = 7


def optimise(
    deal: Deal,
    *,
    maximise: str | None = None,
    minimise: str | None = None,
    by: Sequence[str],
    subject_to: Sequence[str] = (),
    frontier_with: str | None = None,
    points: int = POINTS,
    resize: bool = True,
    paths: int = PATHS,
    seed: int = 0,
    probabilities: Probabilities | None = None,
) -> Answer:
    """Find the best structure of a deal.

    Parameters
    ----------
    deal
        The deal, under its scenario and changes if it has some.
    maximise, minimise
        The measure to make large, or small; one of the two.
    by
        Terms that may vary; see ``optimise/ranges.py``.
    subject_to
        Limits; see ``optimise/limits.py``.
    frontier_with
        A second aim, ``max:MEASURE`` or ``min:MEASURE``, or a measure that has a limit.
    points
        Points of the frontier, at least 2.
    resize
        Whether the debt is sized afresh for every structure.
    paths, seed
        Random futures a probability is counted on, and their seed.
    probabilities
        Gives the figures of ``P(...)`` limits in the stead of the deal's own ``risk:`` block.

    Returns
    -------
    Answer
        The structure, its price and its proof.

    Raises
    ------
    DealError
        With every finding: an unknown name, a bound nobody can read, limits that cannot be kept together.
    RunError
        If a fresh run of the deal with the terms found gives other figures than the search.
    MissingExtraError
        If SciPy is not installed.
    """
    before = run(deal, resize=resize)
    chances = Chances(deal, paths=paths, seed=seed) if deal.risk is not None and probabilities is None else None
    question = Question(maximise, minimise, by, subject_to, frontier_with)
    asked = read_question(deal, before, question, chances or probabilities)
    if chances is not None:
        chances.cells |= {c.name: c.lever.cell for c in asked.choices}
    problem = _problem(deal, before, asked, resize)
    structure = solve_structure(problem)
    if not structure.kept:
        raise DealError([conflicting(problem, asked.limits, asked.choices, structure)])
    idle = idle_terms(structure)
    if len(idle) == len(asked.choices):
        raise DealError([nothing_moves(asked.aim, asked.choices)])
    best = with_terms(deal, asked.choices, structure.levers)
    after = run(best, resize=resize)
    check_same(structure, after)
    if chances is not None:
        check_chances(chances, structure, best, resize=resize)
    return Answer(
        deal,
        best,
        asked.aim,
        str(before.model.sheet.measures[asked.aim.measure].unit),
        asked.choices,
        asked.limits,
        structure,
        shadow_prices(structure, _steps(asked)),
        find_kinks(structure.evaluator, structure.found),
        before,
        after,
        idle,
        frontier(structure, asked.other, points) if asked.other is not None else (),
        asked.other,
        resize,
        _limits_before(problem, before),
        (paths, seed) if chances is not None else None,
    )


def _problem(deal: Deal, before: Result, asked: Read, resize: bool) -> Problem:
    return Problem(
        levers=tuple(c.lever for c in asked.choices),
        aim=asked.aim,
        limits=tuple(a.limit for a in asked.limits),
        build=Builder(deal, before, asked.choices, resize=resize),
        derivatives=exact,
    )


def _steps(asked: Read) -> dict[str, float]:
    """Step by which a price is told, of every term and limit. [unit of each]"""
    steps = {c.name: step_of(c.leaf) for c in asked.choices}
    return steps | {a.limit.name: price_step(a.limit.name, a.unit, a.limit.bound) for a in asked.limits}


def _limits_before(problem: Problem, before: Result) -> tuple[float | None, ...]:
    """Figures of the limits in the deal as it stood; a figure handed in is asked for once more."""
    agreed = {lever.name: lever.agreed for lever in problem.levers}
    figures = []
    for limit in problem.limits:
        if limit.handed is None:
            figures.append(before.measures[limit.name].value)
        else:
            built = problem.build({lever.name: lever.agreed for lever in problem.stepped})
            figures.append(limit.handed(built, agreed))
    return tuple(figures)


def idle_terms(structure: Structure) -> tuple[str, ...]:
    """Return the terms that move neither the aim nor a limit from one bound to the other, at three other points."""
    return tuple(lever.name for lever in structure.problem.levers if _idle(structure, lever.name))


def _idle(structure: Structure, name: str) -> bool:
    import numpy as np

    e = structure.evaluator
    if name not in [lever.name for lever in e.free]:
        worths = [(c.value, c.kept) for c in structure.candidates if c.found is not None]
        return len(worths) > 1 and len({repr(w) for w in worths}) == 1
    k = [lever.name for lever in e.free].index(name)
    for begin in (structure.found.at, np.full(len(e.free), 0.5), np.array([x.share(x.agreed) for x in e.free])):
        points = [np.array(begin) for _ in range(3)]
        for share, at in zip((0.0, 0.5, 1.0), points, strict=True):
            at[k] = share
        seen = [[e.score(at), *e.rooms(at)] for at in points]
        if not np.allclose(seen, seen[0], rtol=1e-12, atol=1e-12):
            return False
    return True

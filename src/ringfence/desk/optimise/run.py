"""The desk's own question: which terms serve one aim best within the limits everybody insists on.

    answer = optimise(deal, maximise="gpu_equity.irr", by=["senior.margin", "rent.rate"],
                      subject_to=["senior.dscr.min >= 1.15", "sponsor.usd_per_gpu_hour <= 2.40"])
    answer.levers              {"senior.margin": 0.015, "rent.rate": 1.957}
    answer.after.measures      a fresh run of the deal with these terms

The debt is sized afresh for every structure, since a structure is what is being chosen; ``resize=False`` holds amounts
and schedules as signed and asks what the terms do to the deal that was closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.optimise.chances import PATHS, Chances
from ringfence.desk.optimise.limits import Asked, Probabilities, price_step, read_aim, read_limits
from ringfence.desk.optimise.ranges import Choice, choices
from ringfence.desk.optimise.refusals import conflicting, nothing_moves
from ringfence.desk.optimise.terms import step_of
from ringfence.desk.session import Result, run
from ringfence.errors import DealError, Finding, RunError
from ringfence.solve.structure import (
    Aim,
    Built,
    FrontierPoint,
    Kink,
    Price,
    Problem,
    Structure,
    exact,
    find_kinks,
    frontier,
    shadow_prices,
    solve_structure,
)
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.desk.table import Table
    from ringfence.terms.deal import Deal

SAME = 1e-9
"""Largest gap between the search and a fresh run of the deal with the terms found, relative."""
AIM_RULE = "optimise-aim: one measure is made large or small, and it has a value in the deal as it stands"
POINTS = 7


@dataclass(frozen=True, repr=False)
class Answer:
    """The best structure, what binds it and what that costs.

    Attributes
    ----------
    deal, best
        The deal as it stood, and with the terms found.
    aim, unit
        The aim and the unit of its measure.
    choices, limits
        What could vary and what had to hold.
    structure
        As the search found it.
    prices, kinks
        What binds, with its cost; corners and idle terms.
    before, after
        Fresh runs of the two deals.
    idle
        Terms that move neither the aim nor a limit anywhere they were tried.
    frontier, other
        Points of the trade-off with a second aim, and that aim.
    resize
        Whether the debt was sized afresh for every structure.
    limits_before
        Figure of every limit in the deal as it stood. [unit of each]
    paths
        Random futures behind probabilities and their seed; None where the deal's risks were not asked.
    """

    deal: Deal
    best: Deal
    aim: Aim
    unit: str
    choices: tuple[Choice, ...]
    limits: tuple[Asked, ...]
    structure: Structure
    prices: tuple[Price, ...]
    kinks: tuple[Kink, ...]
    before: Result
    after: Result
    idle: tuple[str, ...]
    frontier: tuple[FrontierPoint, ...]
    other: Aim | None
    resize: bool
    limits_before: tuple[float | None, ...]
    paths: tuple[int, int] | None

    @property
    def levers(self) -> Mapping[str, float]:
        """Value found for every term. [unit of the term]"""
        return self.structure.levers

    def tables(self) -> list[Table]:
        """Return the answer as the tables of a page."""
        from ringfence.desk.optimise.tables import tables

        return tables(self)

    def __repr__(self) -> str:
        return "\n\n".join(table.text() for table in self.tables())

    def _repr_html_(self) -> str:
        return "".join(table._repr_html_() for table in self.tables())


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
    aim, asked, found, other = _question(
        deal, before, maximise, minimise, by, subject_to, frontier_with, chances or probabilities
    )
    if chances is not None:
        chances.cells |= {c.name: c.lever.cell for c in found}
    problem = Problem(
        levers=tuple(c.lever for c in found),
        aim=aim,
        limits=tuple(a.limit for a in asked),
        build=Builder(deal, before, found, resize=resize),
        derivatives=exact,
    )
    structure = solve_structure(problem)
    if not structure.kept:
        raise DealError([conflicting(problem, asked, found, structure)])
    idle = idle_terms(structure)
    if len(idle) == len(found):
        raise DealError([nothing_moves(aim, found)])
    best = _with_terms(deal, found, structure.levers)
    after = run(best, resize=resize)
    check_same(structure, after)
    if chances is not None:
        _check_chances(chances, structure, best, resize)
    steps = {c.name: step_of(c.leaf) for c in found}
    steps |= {a.limit.name: price_step(a.limit.name, a.unit, a.limit.bound) for a in asked}
    return Answer(
        deal,
        best,
        aim,
        str(before.model.sheet.measures[aim.measure].unit),
        found,
        asked,
        structure,
        shadow_prices(structure, steps),
        find_kinks(structure.evaluator, structure.found),
        before,
        after,
        idle,
        frontier(structure, other, points) if other is not None else (),
        other,
        resize,
        _limits_before(problem, before),
        (paths, seed) if chances is not None else None,
    )


@dataclass(frozen=True)
class Builder:
    """Builds the deal for values of the stepped terms.

    Parameters
    ----------
    deal, before
        The deal and its run.
    choices
        The terms that may vary.
    resize
        Whether the debt is sized afresh; else the signed figures are held.
    """

    deal: Deal
    before: Result
    choices: tuple[Choice, ...]
    resize: bool

    def __call__(self, steps: Mapping[str, float]) -> Built:
        """Return the deal built, with the inputs that hold it as signed where that was asked."""
        from ringfence.blocks.build import build

        moved = {c.name: steps[c.name] for c in self.choices if c.name in steps}
        agreed = all(c.leaf.value == moved[c.name] for c in self.choices if c.name in moved)
        deal = self.deal if agreed else _with_terms(self.deal, self.choices, moved)
        model = self.before.model if agreed else build(deal)
        for choice in self.choices:
            if choice.lever.cell and choice.lever.cell not in model.sheet:
                raise RunError(f"the deal built with {dict(steps)} has no {choice.lever.cell}")
        return Built(model.sheet, {} if self.resize else self._held(model), dict(steps), model)

    def _held(self, model: object) -> Mapping[str, object]:
        from ringfence.blocks.build import Model
        from ringfence.desk.signed import signed
        from ringfence.solve import complete

        assert isinstance(model, Model)
        return complete(signed(self.deal).terms, model.sheet, model.books.signed).inputs


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


def _question(
    deal: Deal,
    before: Result,
    maximise: str | None,
    minimise: str | None,
    by: Sequence[str],
    subject_to: Sequence[str],
    frontier_with: str | None,
    probabilities: Probabilities | None,
) -> tuple[Aim, tuple[Asked, ...], tuple[Choice, ...], Aim | None]:
    """Read the whole question, collecting every finding."""
    findings: list[Finding] = []
    declared, found = before.model.sheet.measures, before.run.measures
    aim: Aim | None = None
    limits: tuple[Asked, ...] = ()
    terms: tuple[Choice, ...] = ()
    other: Aim | None = None
    try:
        aim = _aim(before, maximise, minimise)
    except DealError as error:
        findings += error.findings
    try:
        limits = read_limits(subject_to, declared, probabilities)
        if frontier_with is not None:
            sense, name = _second(frontier_with, limits)
            other = read_aim(name, sense, declared, found, "--frontier")
    except DealError as error:
        findings += error.findings
    try:
        terms = choices(deal, before.model, by)
    except DealError as error:
        findings += error.findings
    if aim is not None and other is not None and aim.measure == other.measure:
        text = f"The frontier of {aim.measure} with itself is one point."
        findings.append(finding(AIM_RULE, text, where=[f"--frontier {frontier_with}"], fix="name another measure"))
    if findings or aim is None:
        raise DealError(findings)
    return aim, limits, terms, other


def _aim(before: Result, maximise: str | None, minimise: str | None) -> Aim:
    if (maximise is None) == (minimise is None):
        text = "Two aims are given." if maximise else "No aim is given."
        where = [f"--maximise {maximise}", f"--minimise {minimise}"] if maximise else ["--maximise"]
        fix = "keep one; the other may be a limit, or --frontier" if maximise else "write --maximise gpu_equity.irr"
        raise DealError([finding(AIM_RULE, text, where=where, fix=fix)])
    name, option = (maximise, "--maximise") if maximise is not None else (minimise, "--minimise")
    assert name is not None
    return read_aim(name, maximise is not None, before.model.sheet.measures, before.run.measures, option)


def _second(text: str, limits: tuple[Asked, ...]) -> tuple[bool, str]:
    """Whether the second aim is to be large, and its name."""
    sense, colon, name = text.partition(":")
    if colon and sense in ("max", "min"):
        return sense == "max", name.strip()
    senses = {a.limit.sense for a in limits if a.limit.name == text}
    if len(senses) == 1 and senses != {"=="}:
        return senses == {">="}, text
    message = f"Nothing says whether {text} is to be large or small."
    fix = f"write --frontier max:{text} or --frontier min:{text}"
    raise DealError([finding(AIM_RULE, message, where=[f"--frontier {text}"], fix=fix)])


def _with_terms(deal: Deal, found: Sequence[Choice], levers: Mapping[str, float]) -> Deal:
    from ringfence.terms.read import revise

    changes = {
        c.leaf.path: c.leaf.write(_twelve_digits(levers[c.name]))
        for c in found
        if c.name in levers and levers[c.name] != c.leaf.value
    }
    return revise(deal, changes, source="the structure found") if changes else deal


def _twelve_digits(value: float) -> float:
    """A value as a file holds it: far below the one tolerance, and no tail of binary digits."""
    return float(f"{value:.12g}")


def check_same(structure: Structure, after: Result) -> None:
    """Refuse an answer that the deal, read and run again with its terms, does not give.

    Parameters
    ----------
    structure
        As the search found it.
    after
        A run of the deal with the terms found.

    Raises
    ------
    RunError
        Naming the measure and both figures.
    """
    e, at = structure.evaluator, structure.found.at
    for name, value in e.values(at).items():
        again = after.measures[name].value
        gap = abs((again or 0.0) - (value or 0.0))
        if (again is None) != (value is None) or gap > SAME * max(1.0, abs(value or 0.0)):
            raise RunError(f"{name} is {value} in the search, but {again} once the deal is read with the terms found")


def _check_chances(chances: Chances, structure: Structure, best: Deal, resize: bool) -> None:
    """Refuse a probability that the deal with the terms found, its risks built anew, does not give."""
    for limit in structure.problem.limits:
        if limit.handed is not None:
            words = limit.name.removeprefix("P(").removesuffix(")")
            searched, again = structure.figure(limit), chances.again(best, words, resize=resize)
            if searched is None or abs(again - searched) > 2.5 / chances.paths:
                raise RunError(f"{limit.name} is {searched} in the search, but {again} once the deal is read again")


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

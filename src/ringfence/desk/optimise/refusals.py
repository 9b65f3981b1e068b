"""Why there is no answer: limits that clash, with how near each can come, and terms that move nothing."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.desk.optimise.limits import Asked
from ringfence.desk.optimise.ranges import Choice
from ringfence.errors import Finding
from ringfence.solve.structure import Aim, Conflict, Problem, Structure, conflict
from ringfence.solve.structure.problem import KEPT
from ringfence.terms.findings import finding

MOVE_RULE = "optimise-movement: a term that may vary moves the aim or a limit"
CONFLICT_RULE = "optimise-conflict: some structure between the bounds keeps every limit"


def nothing_moves(aim: Aim, found: Sequence[Choice]) -> Finding:
    """Return the finding that no term moves anything.

    Parameters
    ----------
    aim, found
        The aim, and the terms that could vary.
    """
    names = ", ".join(f"{c.name} ({c.bounds})" for c in found)
    message = f"{aim.measure} and every limit stay as they are, whatever {names} is."
    fix = "name a term that the aim depends on, or widen the bounds; ringfence explain shows what it leans on"
    return finding(MOVE_RULE, message, where=[f"--by {c.name}" for c in found], fix=fix)


def conflicting(problem: Problem, asked: tuple[Asked, ...], found: tuple[Choice, ...], structure: Structure) -> Finding:
    """Return the finding that limits clash: the smallest set, how near each comes, the ways out.

    Parameters
    ----------
    problem
        The question.
    asked, found
        Its limits and its terms, as asked for.
    structure
        The structure that breaks the limits least.
    """
    clash = conflict(problem)
    if all(x.room(_known(clash.reach[x.name], x.bound)) > (-KEPT if x.sense == "==" else 0) for x in clash.limits):
        return _not_found(asked, structure)
    mine = [a for a in asked if any(a.limit is x for x in clash.limits)]
    where = [_reach(a, mine, clash, found) for a in mine]
    ways = [f"relax {a.limit.name} to about {a.figure(clash.reach[a.limit.name])}" for a in mine]
    ways = [way for a, way in zip(mine, ways, strict=True) if clash.reach[a.limit.name] is not None]
    ways.append("widen the bounds of " + ", ".join(f"{c.name} ({c.bounds})" for c in found))
    words = " and ".join(a.words for a in mine)
    head = f"{words} cannot hold together" if len(mine) > 1 else f"{words} cannot hold"
    return finding(CONFLICT_RULE, f"{head} between the bounds of the terms.", where=where, fix=", or ".join(ways))


def _known(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _reach(a: Asked, mine: Sequence[Asked], clash: Conflict, found: Sequence[Choice]) -> str:
    others = [b.words for b in mine if b is not a]
    value = clash.reach[a.limit.name]
    above = value is not None and value > a.limit.bound
    end = "at least" if a.limit.sense == "<=" or (a.limit.sense == "==" and above) else "at most"
    held = f" while {' and '.join(others)}" if others else ""
    levers = clash.levers[a.limit.name]
    terms = ", ".join(f"{c.name} {c.words(levers[c.name])}" for c in found)
    return f"{a.limit.name} is {end} {a.figure(value)}{held}, and {a.figure(a.limit.bound)} is asked; at {terms}"


def _not_found(asked: tuple[Asked, ...], structure: Structure) -> Finding:
    """A structure that keeps every limit exists by the elastic search, but the search for the best one lost it."""
    missed = [a for a in asked if a.limit.room(structure.figure(a.limit) or 0.0) < 0]
    words = ", ".join(f"{a.limit.name} is {a.figure(structure.figure(a.limit))}" for a in missed)
    message = f"No structure was found that keeps every limit; the nearest has {words}."
    return finding(CONFLICT_RULE, message, where=[a.words for a in missed], fix="narrow the bounds of the terms")

"""By how much each changed term moved a figure: terms taken over from A to B one at a time, and every run exact.

    found = attribute(result_a, result_b)
    found.readings[0].moves["senior.dscr.min"].parts       one Part a change; .turn and .average sum to the move

Nothing is differentiated and nothing is scaled: each number is the difference of two runs. A change is given

    alone    on A, nothing else changed
    turn     one at a time in the order listed, each on top of those before; sums to the whole move
    last     what taking it back from B undoes
    average  its part of the move, averaged over orders; sums to the whole move

With few changes the average runs over all orders, which is Shapley's value: every subset of the changes is run once.
With many it runs over two, the order listed and its reverse. ``interaction`` is what the changes do together and none
of them alone: the move less the sum of `alone`.

Changes that cannot be made one without the other (a contract, and the waterfall step that pays it) are refused by the
rules of the deal when tried apart; they are then one change. Two *readings* where sizing differs: debt held as A signed
it, and debt sized afresh for every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING, Any

from ringfence.desk.compare.inputs import NAMES, InputChange, input_changes, same_frame
from ringfence.desk.compare.levers import SIGNED, SIZED, Figures, Game, Lever, levers_of
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.desk.session import Result

#: Changes up to which every subset is run (2 to the power of it runs).
EXACT = 6
_SAME = 1e-9

Subset = frozenset[int]


@dataclass(frozen=True)
class Part:
    """What one lever did to one figure. [unit of the figure]

    Parameters
    ----------
    lever
        Name of the lever.
    alone, turn, last, average
        See the head of this file.
    """

    lever: str
    alone: float
    turn: float
    last: float
    average: float


@dataclass(frozen=True)
class Move:
    """A figure that moved, and who moved it. [unit]

    Parameters
    ----------
    measure, unit
        Name and unit.
    a, b
        Its value in A and in B, in this reading.
    parts
        One a lever, in order; empty where the figure has no value in some run on the way.
    why
        Why it has no parts; empty where it has.
    """

    measure: str
    unit: str
    a: float | None
    b: float | None
    parts: tuple[Part, ...]
    why: str = ""

    @property
    def total(self) -> float | None:
        """The whole move, B less A."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def interaction(self) -> float | None:
        """What the levers do together and none of them alone."""
        return None if self.total is None else self.total - sum(part.alone for part in self.parts)


@dataclass(frozen=True)
class Reading:
    """Every figure that moved, with the debt treated one way.

    Parameters
    ----------
    name
        ``as signed``: on the schedule A signed; ``sized afresh``: every run sizes its own debt.
    moves
        By measure.
    reaches_b
        Whether its last run is B as B was run.
    """

    name: str
    moves: dict[str, Move]
    reaches_b: bool


@dataclass(frozen=True)
class Attribution:
    """Who moved what between two deals.

    Parameters
    ----------
    levers
        The changes, in the order they were taken over.
    readings
        One, or two where sizing differs; the one that ends at B as it was run comes first.
    orders
        How many orders the average runs over.
    runs
        How many runs were made.
    notes
        What was not attributed, and why.
    """

    levers: tuple[Lever, ...] = ()
    readings: tuple[Reading, ...] = ()
    orders: int = 0
    runs: int = 0
    notes: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the average runs over all orders."""
        return self.orders == factorial(len(self.levers))


def attribute(a: Result, b: Result, *, resize: bool = False) -> Attribution:
    """Take the terms of B over into A, one at a time, and say what each did to every figure.

    Parameters
    ----------
    a, b
        Two deals as run.
    resize
        Only the reading that sizes the debt of every run.

    Returns
    -------
    Attribution
        Empty, with a note, where the deals have other parties, assets or periods.
    """
    changes = [c for c in input_changes(a.deal, b.deal) if c.path.partition(".")[0] not in NAMES]
    if not changes:
        return Attribution()
    if not same_frame(a.deal, b.deal):
        note = "The deals have other parties, assets or periods: figures in common are compared, not attributed."
        return Attribution(notes=(note,))
    game = Game(a, resize)
    try:
        levers = levers_of(game, changes)
        walk = _Walk(game, levers)
    except RingfenceError as error:
        return Attribution(notes=(f"The terms of B cannot be laid on A: {str(error).splitlines()[0]}",))
    return Attribution(levers, _readings(walk, a, b), walk.orders, len(game.runs), tuple(game.notes))


class _Walk:
    """Figures of every subset of the levers that is needed, by reading."""

    def __init__(self, game: Game, levers: Sequence[Lever]) -> None:
        self.game = game
        self.levers = levers
        n = len(levers)
        self.all: Subset = frozenset(range(n))
        self.every = n <= EXACT and not self._any_refused()
        self.orders = factorial(n) if self.every else min(2, factorial(n))

    def _any_refused(self) -> bool:
        subsets = (frozenset(c) for size in range(len(self.levers) + 1) for c in combinations(self.all, size))
        return any(self.game.refusal(self._changes(subset)) for subset in subsets)

    def at(self, subset: Subset) -> dict[str, Figures]:
        """Figures with the levers of a subset pulled."""
        return self.game.figures(self._changes(subset))

    def _changes(self, subset: Subset) -> list[InputChange]:
        return [change for k in sorted(subset) for change in self.levers[k].changes]

    def weights(self, k: int) -> list[tuple[Subset, float]]:
        """Subsets that stand before lever k over all the orders, each with its share of them."""
        n, others = len(self.levers), sorted(self.all - {k})
        if self.every:
            sizes = [(size, factorial(size) * factorial(n - 1 - size) / factorial(n)) for size in range(n)]
            return [(frozenset(c), share) for size, share in sizes for c in combinations(others, size)]
        return [(frozenset(range(k)), 0.5), (frozenset(range(k + 1, n)), 0.5)]


def _readings(walk: _Walk, a: Result, b: Result) -> tuple[Reading, ...]:
    names = [SIZED] if walk.game.resize else [SIGNED, SIZED]
    found = [_reading(walk, name, a, b) for name in names]
    if len(found) == 2:
        found.sort(key=lambda reading: not reading.reaches_b)
        if _alike(*found):
            return (found[0],)
    return tuple(found)


def _alike(one: Reading, other: Reading) -> bool:
    """Whether two readings say the same: no debt was sized otherwise."""
    return one.moves.keys() == other.moves.keys() and all(
        not _differ(getattr(p, what), getattr(q, what))
        for name, move in one.moves.items()
        for p, q in zip(move.parts, other.moves[name].parts, strict=False)
        for what in ("alone", "turn", "last", "average")
    )


def _reading(walk: _Walk, name: str, a: Result, b: Result) -> Reading:
    start, end = walk.at(frozenset())[name], walk.at(walk.all)[name]
    units = {n: str(m.unit) for r in (b, a) for n, m in r.measures.items()}
    known = [n for n in dict.fromkeys([*a.measures, *b.measures]) if _differ(start.get(n), end.get(n))]
    reached = all(not _differ(end.get(n), m.value) for n, m in b.measures.items())
    return Reading(name, {n: _move(walk, name, n, units[n]) for n in known}, reached)


def _move(walk: _Walk, reading: str, measure: str, unit: str) -> Move:
    def value(subset: Subset) -> float:
        return walk.at(subset)[reading][measure]

    a, b = (walk.at(s)[reading].get(measure) for s in (frozenset(), walk.all))
    try:
        parts = tuple(_part(walk, value, k) for k in range(len(walk.levers)))
    except KeyError:
        return Move(measure, unit, a, b, (), "it has no value in one of the runs between A and B")
    except RingfenceError as error:
        return Move(measure, unit, a, b, (), f"a run between A and B is refused: {str(error).splitlines()[0]}")
    return Move(measure, unit, a, b, parts)


def _part(walk: _Walk, value: Any, k: int) -> Part:
    one, before = frozenset({k}), frozenset(range(k))
    average = sum(share * (value(subset | one) - value(subset)) for subset, share in walk.weights(k))
    return Part(
        walk.levers[k].name,
        alone=value(one) - value(frozenset()),
        turn=value(before | one) - value(before),
        last=value(walk.all) - value(walk.all - one),
        average=average,
    )


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a - b) > _SAME * max(abs(a), abs(b), 1e-3)

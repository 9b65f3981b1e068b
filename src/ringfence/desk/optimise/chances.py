"""Limits that are probabilities: ``P(senior.default) <= 2%``, counted on the same random futures for every structure.

An event is one of a loan (``senior.lock_up``, ``.breach``, ``.default`` or ``.missed``: it happens on a path at least
once), or a measure beyond a level (``senior.dscr.min < 1.05``, ``gpu_equity.irr < 8%``).

**Common random numbers.** Path n draws the same numbers under every structure, so two structures differ by what their
terms do and not by luck. The debt of each structure is sized first and then held on all paths (docs/convention.md 8).

A share of paths moves in steps of one path. Its slope is therefore taken over 2 % of a term's range each way; whether
the limit is kept is always decided by the count itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

from ringfence.errors import DealError, did_you_mean, nearest
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.desk.risk import Prepared
    from ringfence.run.native import Kernel, Paths
    from ringfence.solve.structure import Built
    from ringfence.terms.deal import Deal

PATHS = 4_000
RULE = "optimise-event: P(...) holds an event of a loan, or a measure, < or >, and a level"
_LEVEL = re.compile(r"(.+?)\s*(<=|>=|<|>)\s*([^<>=]+)")


@dataclass(frozen=True)
class Event:
    """What is counted.

    Parameters
    ----------
    words
        As written inside ``P(...)``.
    output
        Measure that is kept by path.
    sign
        ``<`` or ``>``.
    level
        The event happens where the measure lies beyond it. [unit of the measure]
    """

    words: str
    output: str
    sign: str
    level: float

    def share(self, paths: Paths) -> float:
        """Return the share of paths on which it happens. [ratio]

        A path on which the measure does not apply is not one of them; one that could not be computed is.

        Parameters
        ----------
        paths
            What was run.
        """
        from ringfence.risk.job import values_of

        values = values_of(paths, self.output)
        beyond = values < self.level if self.sign == "<" else values > self.level
        return float((beyond | paths.failed).mean())


@dataclass
class Chances:
    """Counts events of a deal's structures on common random numbers.

    Parameters
    ----------
    deal
        The deal, with a ``risk:`` block.
    cells
        Term by name -> cell of the sheet; filled in once the terms are known.
    paths, seed
        How many futures, and the seed they are drawn with.
    """

    deal: Deal
    cells: dict[str, str] = field(default_factory=dict)
    paths: int = PATHS
    seed: int = 0
    events: dict[str, Event] = field(default_factory=dict)
    _ready: dict[int, tuple[object, Prepared, Kernel]] = field(default_factory=dict)
    _counted: dict[tuple[int, tuple[float, ...]], dict[str, float]] = field(default_factory=dict)

    def __call__(self, words: str) -> Any:
        """Return the figure of ``P(words)``, for a limit.

        Raises
        ------
        DealError
            If the deal has no such event.
        """
        if words not in self.events:
            self.events[words] = self._event(words)

        def figure(built: Built, levers: Mapping[str, float]) -> float:
            return self.shares(built, levers)[words]

        return figure

    def shares(self, built: Built, levers: Mapping[str, float]) -> dict[str, float]:
        """Return the probability of every event under a structure.

        Parameters
        ----------
        built
            The deal built for the stepped terms.
        levers
            Every term's value. [unit of each term]
        """
        key = id(built.sheet), tuple(levers.values())
        if key not in self._counted:
            self._counted[key] = self._count(built, levers)
        return self._counted[key]

    def again(self, deal: Deal, words: str, *, resize: bool) -> float:
        """Return a probability counted from the deal file alone: factors, sizing and paths made anew. [ratio]

        Parameters
        ----------
        deal
            The deal with the terms found.
        words
            The event.
        resize
            Whether it is sized on its own terms.
        """
        from ringfence.desk.risk import prepare
        from ringfence.run import native

        prepared, event = prepare(as_closed(deal) if resize else deal), self.events[words]
        kernel = native.compile(prepared.model.sheet, [event.output], dict(prepared.model.draws))
        return event.share(kernel.run(self.paths, seed=self.seed))

    def error(self, share: float) -> float:
        """Return the standard error of a probability. [ratio]"""
        return sqrt(max(share * (1 - share), 0.0) / self.paths)

    def _event(self, words: str) -> Event:
        from ringfence.desk.risk import prepare

        prepared = prepare(self.deal)
        match = _LEVEL.fullmatch(words)
        if match is not None:
            return self._beyond(words, prepared, *match.groups())
        known = {f"{x}.{e}": name for x, loan in prepared.loans.items() for e, name in loan.events.items()}
        if words in known:
            return Event(words, known[words], "<", float(prepared.model.sheet.periods))
        near = nearest(words, known)
        message = f"The deal has no event {words}" + did_you_mean(near)
        fix = f"one of {', '.join(known)}, or a measure and a level: senior.dscr.min < 1.05"
        raise DealError([finding(RULE, message, where=[f"P({words})"], fix=fix)])

    def _beyond(self, words: str, prepared: Prepared, name: str, sign: str, written: str) -> Event:
        from ringfence.desk.optimise.limits import read_bound

        measures = prepared.model.sheet.measures
        where = f"P({words})"
        if name not in measures:
            near = nearest(name, measures)
            message = f"The deal has no measure {name}" + did_you_mean(near)
            raise DealError([finding(RULE, message, where=[where], fix="write a measure of the deal")])
        level = read_bound(name, str(measures[name].unit), written.strip(), where)
        return Event(words, name, sign[0], level)

    def _count(self, built: Built, levers: Mapping[str, float]) -> dict[str, float]:
        prepared, kernel = self._prepared(built)
        cells = {self.cells[name]: value for name, value in levers.items() if self.cells.get(name)}
        held = {**_signed_for(built, cells), **cells}
        inputs = {name: value for name, value in held.items() if name in prepared.model.sheet}
        got = kernel.run(self.paths, inputs=inputs, seed=self.seed)
        return {words: event.share(got) for words, event in self.events.items()}

    def _prepared(self, built: Built) -> tuple[Prepared, Kernel]:
        """Factors in front of the built deal, compiled once for every value of the stepped terms."""
        from ringfence.desk.risk import prepare
        from ringfence.run import native

        found = self._ready.get(id(built.sheet))
        if found is None:
            prepared = prepare(as_closed(built.model.deal) if not built.inputs else built.model.deal)
            outputs = list(dict.fromkeys(event.output for event in self.events.values()))
            kernel = native.compile(prepared.model.sheet, outputs, dict(prepared.model.draws))
            found = self._ready[id(built.sheet)] = built.sheet, prepared, kernel
        return found[1], found[2]


def as_closed(deal: Deal) -> Deal:
    """Return the deal as one that was agreed on these very terms, so that it is sized on them."""
    if deal._agreed is None:
        return deal
    closed = deal.model_copy()
    closed._agreed = None
    return closed


def _signed_for(built: Built, cells: Mapping[str, float]) -> dict[str, Any]:
    """Figures signed under a structure: sized on its terms, or as held from the start."""
    from ringfence.solve import run_fresh, sign
    from ringfence.solve.signing import SWITCH

    if built.inputs:
        return {}
    model: Model = built.model
    terms = sign(model.sheet, model.books.signed, run_fresh(model.sheet, cells))
    return {name: value for name, value in terms.inputs.items() if name != SWITCH}

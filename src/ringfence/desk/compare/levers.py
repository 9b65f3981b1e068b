"""Changes as levers: what can be pulled by itself, and every run that pulls some of them.

A term that the deal refuses without another is tied to the terms its refusal names, until every lever can be pulled on
A alone and taken back from B alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ringfence.desk.compare.inputs import InputChange
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.terms.deal import Deal

#: Changes up to which each term is one; above, those of one contract, asset or party are taken together.
MANY = 12
SIGNED, SIZED = "as signed", "sized afresh"
_WORD = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*")

Figures = dict[str, float]


@dataclass(frozen=True)
class Lever:
    """One change, or several that are made together.

    Parameters
    ----------
    name
        Path of the term; of several, what they have in common.
    changes
        The terms.
    """

    name: str
    changes: tuple[InputChange, ...]


@dataclass
class Game:
    """Runs of A with some of the changes, each made once.

    Parameters
    ----------
    a
        The run to start from.
    resize
        Only the reading that sizes the debt of every run.
    runs, refused
        What was run, and what was refused, by the paths changed.
    notes
        What the reader must be told.
    """

    a: Result
    resize: bool
    runs: dict[frozenset[str], dict[str, Figures]] = field(default_factory=dict)
    refused: dict[frozenset[str], str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def figures(self, changes: Iterable[InputChange]) -> dict[str, Figures]:
        """Figures of A with these changes, by reading; raises where the deal refuses them."""
        made = list(changes)
        key = frozenset(change.path for change in made)
        if key not in self.runs:
            self.runs[key] = self._run(_laid(self.a.deal, made))
        return self.runs[key]

    def refusal(self, changes: Iterable[InputChange]) -> str:
        """Why A with these changes is no deal, or cannot be run; empty where it can."""
        made = list(changes)
        key = frozenset(change.path for change in made)
        if key not in self.refused:
            try:
                self.figures(made)
                self.refused[key] = ""
            except RingfenceError as error:
                self.refused[key] = str(error) or "refused"
        return self.refused[key]

    def _run(self, deal: Deal) -> dict[str, Figures]:
        """Both readings of one deal, built once."""
        from ringfence.blocks.build import build
        from ringfence.desk.signed import signed
        from ringfence.solve import complete, run_fresh, run_signed

        model = build(deal)
        found = {SIZED: _values(run_fresh(model.sheet))}
        if not self.resize:
            try:
                terms = complete(signed(deal).terms, model.sheet, model.books.signed)
                found[SIGNED] = _values(run_signed(model.sheet, terms))
            except RingfenceError as error:
                self.resize = True
                self.notes.append(f"Not read with the debt as signed: {str(error).splitlines()[0]}")
        return found


def _laid(deal: Deal, changes: Sequence[InputChange]) -> Deal:
    from ringfence.terms.read import revise

    return revise(deal, {change.path: change.value for change in changes}, source="B") if changes else deal


def _values(run: Any) -> Figures:
    return {name: m.value for name, m in run.measures.items() if m.value is not None}


def levers_of(game: Game, changes: Sequence[InputChange]) -> tuple[Lever, ...]:
    """Changes that can be made and taken back each by itself; those that cannot are tied to what they need.

    Parameters
    ----------
    game
        Runs of A.
    changes
        Every term that differs.
    """
    groups = [[change] for change in changes] if len(changes) <= MANY else _grouped(changes)
    game.figures(changes)
    while len(groups) > 1:
        refusals = {k: text for k in range(len(groups)) if (text := _refusal(game, groups, k))}
        if not refusals:
            break
        groups = _tied(groups, refusals)
    return tuple(Lever(_name(group), tuple(group)) for group in groups)


def _grouped(changes: Sequence[InputChange]) -> list[list[InputChange]]:
    found: dict[str, list[InputChange]] = {}
    for change in changes:
        found.setdefault(change.group, []).append(change)
    return list(found.values())


def _refusal(game: Game, groups: list[list[InputChange]], k: int) -> str:
    """Why a group cannot be made alone on A, or cannot be taken back from B; empty where it can."""
    others = [change for j, group in enumerate(groups) if j != k for change in group]
    return game.refusal(groups[k]) or game.refusal(others)


def _tied(groups: list[list[InputChange]], refusals: dict[int, str]) -> list[list[InputChange]]:
    """Tie each refused group to the refused ones its refusal names; where none names another, tie them all."""
    named = {k: [j for j in refusals if j != k and _names(text, groups[j])] for k, text in refusals.items()}
    if not any(named.values()):
        everyone = list(refusals) if len(refusals) > 1 else list(range(len(groups)))
        named = {everyone[0]: everyone[1:]}
    cluster = {k: k for k in range(len(groups))}
    for k, others in named.items():
        for j in others:
            cluster = {i: cluster[k] if c == cluster[j] else c for i, c in cluster.items()}
    return [[x for i, c in cluster.items() if c == k for x in groups[i]] for k in dict.fromkeys(cluster.values())]


def _names(text: str, group: Sequence[InputChange]) -> bool:
    """Whether a refusal speaks of a term of a group, or of the contract, asset or party that the group adds."""
    words = set(_WORD.findall(text))
    wholes = {x.path.rpartition(".")[2] for x in group if x.path.count(".") == 1}
    near = any(w.startswith(x.path) or x.path.startswith(f"{w}.") for x in group for w in words if w.count(".") > 1)
    return near or bool(wholes & words) or any(x.path in words for x in group)


def _name(group: Sequence[InputChange]) -> str:
    if len(group) == 1:
        return group[0].path
    heads = list(dict.fromkeys(change.group for change in group))
    return f"{' with '.join(heads[:2])}{f' and {len(heads) - 2} more' if len(heads) > 2 else ''} ({len(group)} terms)"

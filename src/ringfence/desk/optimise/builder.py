"""The deal built with other terms: for each value of a stepped term, and once more with the terms found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.optimise.ranges import Choice
from ringfence.desk.session import Result
from ringfence.errors import RunError
from ringfence.solve.structure import Built

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


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
        deal = self.deal if agreed else with_terms(self.deal, self.choices, moved)
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


def with_terms(deal: Deal, found: Sequence[Choice], levers: Mapping[str, float]) -> Deal:
    """Return a deal with other terms.

    Parameters
    ----------
    deal
        The deal.
    found
        The terms that may vary.
    levers
        Value for some of them. [unit of the term]
    """
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

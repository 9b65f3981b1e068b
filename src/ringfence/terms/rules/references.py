"""Every id named in a deal is one that it has, and of the right kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.errors import did_you_mean, nearest
from ringfence.terms.findings import finding, listed
from ringfence.terms.rules.named import Named, names_of
from ringfence.terms.source import shorten

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_references(deal: Deal) -> list[Finding]:
    """Refuse an id that the deal does not have, or that is of another kind; suggest the nearest."""
    return [misnamed(deal, name) for name in names_of(deal) if name.word not in name.fitting]


def misnamed(deal: Deal, name: Named, rule: str = "reference") -> Finding:
    """Return the finding of a place that names what does not fit."""
    word, fitting = shorten(name.word, 40), list(name.fitting)
    wrong = name.others.get(name.word)
    if wrong is not None:
        message = f"{name.path} is {word}, {wrong}, but {name.kind} is expected."
        near, where = None, [deal.where(name.path), *([deal.where(p)] if (p := name.places.get(name.word)) else [])]
    else:
        near = nearest(name.word, fitting)
        message = f"{name.path} is {word}, but the deal has no such {name.kind.split(' ', 1)[1]}"
        message += did_you_mean(near)
        where = [deal.where(name.path)]
    fix = f"write {near}" if near else (f"name one of {listed(fitting, most=8)}" if fitting else name.hint)
    return finding(rule, message, where=where, fix=fix)

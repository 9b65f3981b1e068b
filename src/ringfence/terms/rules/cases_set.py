"""A case changes numbers that the deal has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from ringfence.errors import did_you_mean, nearest
from ringfence.terms.findings import finding, listed
from ringfence.terms.source import shorten

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_cases_set(deal: Deal) -> list[Finding]:
    """Refuse a case that changes a path the deal does not have, or changes it to something that is no number."""
    return [
        found
        for case, terms in deal.cases.items()
        for path, value in terms.set.items()
        for found in _wrong(deal, f"cases.{case}.set.{path}", path, value)
    ]


def _wrong(deal: Deal, place: str, path: str, value: Any) -> list[Finding]:
    here: Any = deal
    steps = path.split(".")
    for k, step in enumerate(steps):
        below = _below(here)
        if step not in below:
            return [_unknown(deal, place, steps, k, list(below))]
        here = below[step]
    if isinstance(here, bool) or not isinstance(here, int | float | None) or _below(here):
        message = f"{place} changes {path}, which is not a number of the deal."
        return [
            finding(
                "case-set",
                message,
                where=[deal.where(place), deal.where(path)],
                fix="change a number, or write a scenario",
            )
        ]
    if isinstance(value, bool) or not isinstance(value, int | float):
        message = f"{place} is {shorten(str(value), 40)}, but a case changes a number to a number; it is {here!r} now."
        fix = "write it in base units: 0.84 for 84%, 0.065 for 6.5%, months, USD, MW"
        return [finding("case-set", message, where=[deal.where(place), deal.where(path)], fix=fix)]
    return []


def _below(here: Any) -> dict[str, Any]:
    """What stands below a place of the deal, by the name a path gives it."""
    if isinstance(here, BaseModel):
        fields = type(here).model_fields
        return {field.alias or name: getattr(here, name) for name, field in fields.items()}
    if isinstance(here, dict):
        return {str(key): value for key, value in here.items()}
    return {str(k): value for k, value in enumerate(here)} if isinstance(here, tuple) else {}


def _unknown(deal: Deal, place: str, steps: list[str], k: int, known: list[str]) -> Finding:
    near = nearest(steps[k], known)
    path = shorten(".".join(steps), 120)
    guess = ".".join((*steps[:k], near, *steps[k + 1 :])) if near else ""
    message = f"{shorten(place, 160)} changes {path}, which is not in the deal"
    message += did_you_mean(shorten(guess, 120))
    parent = ".".join(steps[:k]) or "the deal"
    fix = (
        f"write {shorten(guess, 120)}" if near else f"{shorten(parent, 80)} has: {listed(known) or 'nothing below it'}"
    )
    return finding("case-set", message, where=[deal.where(place)], fix=fix)

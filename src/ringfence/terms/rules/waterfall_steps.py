"""A step of a waterfall has one verb, and only the fields that verb reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, silos

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal
    from ringfence.terms.party import Step

VERBS = ("pay", "fund", "sweep", "distribute")
READ_BY = {"share": ("sweep", "distribute"), "keep": ("distribute",), "support": ("pay",)}


def check_waterfall_steps(deal: Deal) -> list[Finding]:
    """Refuse steps without a verb or with several, and what is paid twice; warn of fields without effect."""
    found: list[Finding] = []
    for silo in silos(deal):
        for path, step in silo.steps:
            found += _verbs(deal, path, step) + _fields(deal, path, step)
        found += _twice(deal, silo)
    return found


def _verbs(deal: Deal, path: str, step: Step) -> list[Finding]:
    named = [verb for verb in VERBS if getattr(step, verb) is not None]
    if len(named) == 1 and step.distribute != ():
        return []
    told = f"{len(named)} verbs ({', '.join(named)})" if len(named) > 1 else "no verb"
    message = f"{path} has {told}, but a step has one."
    if named == ["distribute"]:
        message = f"{path} distributes to nobody: 0 equity contracts are named, and at least 1 is needed."
    where = [deal.where(f"{path}.{verb}") for verb in named] or [deal.where(path)]
    fix = (
        "make each verb a step of its own" if len(named) > 1 else "write pay: costs, fund:, sweep: or distribute: [...]"
    )
    return [finding("waterfall-step", message, where=where, fix=fix)]


def _fields(deal: Deal, path: str, step: Step) -> list[Finding]:
    found = []
    for name, verbs in READ_BY.items():
        if name in step.model_fields_set and step.verb and step.verb not in verbs:
            message = f"{path}.{name} has no effect on a step that {step.verb}s; it is read by {' and '.join(verbs)}."
            where = [deal.where(f"{path}.{name}"), deal.where(f"{path}.{step.verb}")]
            found.append(finding("waterfall-step", message, where=where, fix=f"take {name} out", level="warning"))
    return found


def _twice(deal: Deal, silo: Silo) -> list[Finding]:
    seen: dict[str, str] = {}
    found = []
    for path, step in silo.steps:
        if step.verb not in ("pay", "fund"):
            continue
        place = f"{path}.{step.verb}"
        if step.object in seen:
            message = f"{silo.key} has 2 steps for {step.object}, but what is due is paid in one."
            where = [deal.where(seen[step.object]), deal.where(place)]
            found.append(finding("waterfall-step", message, where=where, fix="take one of the two steps out"))
        seen.setdefault(step.object, place)
    return found

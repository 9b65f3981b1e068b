"""A risk factor acts on something the deal has, once, and knows its parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, Fusion, GpuFleet, Plant, Solar, Wind
from ringfence.terms.contract import Lease
from ringfence.terms.findings import finding, listed
from ringfence.terms.risk import (
    RUNGS,
    BaseRate,
    ConstructionDelay,
    FusionStart,
    GpuFailures,
    GridDelay,
    LesseeDefault,
    Resale,
    RiskFactor,
    Weather,
)
from ringfence.terms.rules.named import Named, a
from ringfence.terms.rules.references import misnamed

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

LIGHT = dict.fromkeys(("solar", "wind", "storage"), "solar")
"""Kinds of plant that are built alike."""


def check_risk_factors(deal: Deal) -> list[Finding]:
    """Refuse a factor on what the deal does not have, two alike on one thing, and a lessee nobody rates."""
    if deal.risk is None:
        return []
    found: list[Finding] = []
    taken: dict[tuple[str, str], str] = {}
    for id, factor in deal.risk.factors.items():
        wrong = [misnamed(deal, name) for name in _named(deal, id, factor) if name.word not in name.fitting]
        found += wrong
        if not wrong:
            found += _twice(deal, id, factor, taken)
            found += _lacking(deal, id, factor)
    return found


def _named(deal: Deal, id: str, factor: RiskFactor) -> Iterator[Named]:
    """Yield every place of a factor that names something of the deal."""
    path = f"risk.factors.{id}"
    if isinstance(factor, BaseRate):
        yield Named(f"{path}.curve", factor.curve, "a curve", tuple(deal.curves), hint="add it under curves")
    elif isinstance(factor, LesseeDefault):
        yield _of(deal, f"{path}.lease", factor.lease, "a lease", Lease, contracts=True)
    elif isinstance(factor, GridDelay):
        yield _of(deal, f"{path}.site", factor.site, "a data centre", DataCentre)
    elif isinstance(factor, FusionStart):
        yield _of(deal, f"{path}.asset", factor.asset, "a fusion plant", Fusion)
    elif isinstance(factor, Weather):
        for k, word in enumerate(factor.assets):
            yield _of(deal, f"{path}.assets.{k}", word, "a solar or wind plant", Solar | Wind)
    elif isinstance(factor, ConstructionDelay):
        for k, word in enumerate(factor.assets):
            yield _of(deal, f"{path}.assets.{k}", word, "a power plant", Plant)
    elif hasattr(factor, "fleet"):
        yield _of(deal, f"{path}.fleet", factor.fleet, "a GPU fleet", GpuFleet)


def _of(deal: Deal, path: str, word: str, kind: str, types: object, *, contracts: bool = False) -> Named:
    group: dict[str, object] = dict(deal.contracts if contracts else deal.assets)
    fitting = tuple(x for x, y in group.items() if isinstance(y, types))  # type: ignore[arg-type]
    rest = {x: a(str(getattr(y, "type", ""))) for x, y in group.items() if x not in fitting}
    name = "contracts" if contracts else "assets"
    return Named(path, word, kind, fitting, rest, {x: f"{name}.{x}.type" for x in rest}, f"declare it under {name}")


def _twice(deal: Deal, id: str, factor: RiskFactor, taken: dict[tuple[str, str], str]) -> Iterator[Finding]:
    """Refuse two factors of one type on one thing: their volatilities would add up unseen."""
    for word in factor.acts_on:
        other = taken.setdefault((factor.type, word), id)
        if other != id:
            kind = factor.type.replace("_", " ")
            message = f"{id} and {other} are both {kind} factors of {word}, but one is expected."
            where = [deal.where(f"risk.factors.{other}"), deal.where(f"risk.factors.{id}")]
            yield finding("risk-factor", message, where=where, fix=f"take {id} or {other} out")


def _lacking(deal: Deal, id: str, factor: RiskFactor) -> Iterator[Finding]:
    """Refuse a factor on a thing that has nothing for it to act on."""
    path, missing = f"risk.factors.{id}", ""
    if isinstance(factor, GpuFailures) and getattr(deal.assets[factor.fleet], "failures", None) is None:
        missing, fix = f"{factor.fleet} has no failures", f"add assets.{factor.fleet}.failures"
    elif isinstance(factor, Resale):
        fleet = deal.assets[factor.fleet]
        assert isinstance(fleet, GpuFleet)
        if not fleet.resale and fleet.sale is None:
            missing, fix = f"{factor.fleet} is never sold and has no resale curve", "give it a sale or a resale curve"
    elif isinstance(factor, ConstructionDelay):
        built = [x for x in factor.assets if getattr(deal.assets[x], "construction", None) is None]
        if built:
            missing, fix = f"{built[0]} has no construction", f"add assets.{built[0]}.construction, or take it out"
    elif isinstance(factor, LesseeDefault):
        yield from _unrated(deal, id, factor)
    elif isinstance(factor, GridDelay) and factor.time is None and _powered_at_close(deal, factor):
        missing, fix = f"{factor.site} has power at close", "write the time planned for what is still to come"
    if isinstance(factor, ConstructionDelay | Weather) and not missing:
        missing, fix = _of_several_kinds(deal, factor), "write a factor for each kind"
    if missing:
        message = f"{id} is a factor of {', '.join(factor.acts_on)}, but {missing}."
        yield finding("risk-factor", message, where=[deal.where(path)], fix=fix)


def _powered_at_close(deal: Deal, factor: GridDelay) -> bool:
    site = deal.assets[factor.site]
    assert isinstance(site, DataCentre)
    first = site.power[0].date
    return first <= (0 if isinstance(first, float) else deal.timeline.close)  # type: ignore[operator]


def _of_several_kinds(deal: Deal, factor: ConstructionDelay | Weather) -> str:
    """Say which kinds of plant a factor mixes, where they have defaults of their own and it writes none."""
    kinds = {LIGHT.get(kind, kind) for x in factor.assets if (kind := str(getattr(deal.assets[x], "type", "")))}
    if isinstance(factor, ConstructionDelay):
        left_out = factor.median is None or factor.sigma is None
    else:
        kinds = {str(getattr(deal.assets[x], "type", "")) for x in factor.assets}
        left_out = factor.estimate is None or (factor.yearly is None and not factor.years)
    named = " and ".join(sorted(kinds))
    return f"it takes the defaults of {named} plants at once" if len(kinds) > 1 and left_out else ""


def _unrated(deal: Deal, id: str, factor: LesseeDefault) -> Iterator[Finding]:
    """Refuse a lessee without a hazard and without a rating that the hazard table knows."""
    from ringfence.catalogue import names

    lease = deal.contracts[factor.lease]
    assert isinstance(lease, Lease)
    party = deal.parties.get(lease.lessee)
    rating = factor.rating or (party.rating if party is not None else None)
    known = names("risk", "hazards")
    if factor.hazard is not None or RUNGS.get(rating or "", rating) in known:
        return
    said = f"is rated {rating}, which is not in the hazard table" if rating else "has no rating"
    path = f"risk.factors.{id}"
    where = [deal.where(path), deal.where(f"parties.{lease.lessee}")]
    fix = f"write {path}.hazard, as 2%, or a rating: {listed(known)}"
    yield finding("risk-factor", f"{lease.lessee}, the lessee of {factor.lease}, {said}.", where=where, fix=fix)

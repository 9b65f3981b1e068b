"""What stands around the deal in the sponsor's books: parts with own lives, impairment, swaps; from terms to rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ringfence.accounting.citations import cite
from ringfence.accounting.refusals import refused
from ringfence.blocks.components import Part, components
from ringfence.blocks.recoverable import recoverable
from ringfence.blocks.sponsor_policy import Hedge, Hook
from ringfence.blocks.sponsor_vehicle import Hedged, Restated
from ringfence.blocks.swap_value import add_swap_value
from ringfence.sheet import NIL, Row, sum_of
from ringfence.terms.accounting import AccountingTerms
from ringfence.terms.asset import GpuFleet
from ringfence.units import USD

if TYPE_CHECKING:
    from ringfence.blocks.context import Build
    from ringfence.terms.deal import Deal


def fleets_of(deal: Deal) -> dict[str, GpuFleet]:
    """Return the fleets of a deal by id."""
    return {x: a for x, a in deal.assets.items() if isinstance(a, GpuFleet)}


def restated_of(deal: Deal) -> Hook | None:
    """Return what adds the fleets that accounts carry otherwise than the engine, or None if there are none.

    Parameters
    ----------
    deal
        Its ``accounting`` says whether fleets have components and whether they are tested for impairment.
    """
    policy = deal.accounting or AccountingTerms()
    fleets = fleets_of(deal)
    _check_names(deal, policy, fleets)
    if policy.impairment_rate is not None and policy.impairment_rate < 0:
        raise refused(
            "discount-rate",
            f"accounting.impairment_rate is {policy.impairment_rate:.2%}.",
            paragraph=cite("IAS 36.55"),
            where=[deal.where("accounting.impairment_rate")],
            fix="state a pre-tax rate of 0% or more",
        )
    if not policy.components and policy.impairment_rate is None:
        return None

    def add(b: Build, tag: str) -> Mapping[str, Restated]:
        found = {}
        for x in fleets:
            parts = {n: Part(p.share, p.life, p.residual) for n, p in policy.components.get(x, {}).items()}
            if parts:
                components(x, parts)(b)
            if policy.impairment_rate is not None:
                curve = policy.impairment_curve if policy.impairment_curve in fleets[x].curves else None
                recoverable(x, rate=policy.impairment_rate, curve=curve, parts=bool(parts))(b)
                found[x] = _tested(b, x, tag)
            elif parts:
                found[x] = Restated(b.sheet[f"{x}.components.closing"], NIL + NIL)
        return found

    return add


def _tested(b: Build, fleet: str, tag: str) -> Restated:
    s = b.sheet
    if tag == "us":
        return Restated(s[f"{fleet}.us.closing"], s[f"{fleet}.us.loss"] + NIL)
    return Restated(s[f"{fleet}.ifrs.carrying"], s[f"{fleet}.ifrs.loss"] - s[f"{fleet}.ifrs.reversal"])


def hedges_of(deal: Deal, vehicle: str) -> Hedge | None:
    """Return what adds the swaps of a vehicle at fair value, or None if it has none.

    Parameters
    ----------
    deal, vehicle
        The deal and the vehicle.
    """
    swaps = {x: c for x, c in deal.of_type("swap").items() if c.vehicle == vehicle}
    if not swaps:
        return None
    named = deal.accounting.hedge_accounting if deal.accounting else {}

    def add(b: Build, tag: str) -> Mapping[str, Hedged]:
        values: dict[str, list[tuple[Row, Row]]] = {}
        for x, swap in swaps.items():
            value, ifrs, us = add_swap_value(b, x, designated=x in named)
            key = next(s.key for s in b.books.of(vehicle) if swap.hedges in s.loans)
            values.setdefault(key, []).append((value, ifrs if tag == "ifrs" else us))
        return {key: _hedged(b, tag, key, found) for key, found in values.items()}

    return add


def _hedged(b: Build, tag: str, key: str, found: list[tuple[Row, Row]]) -> Hedged:
    s, name = b.sheet, f"sponsor.{tag}.vehicle.{key.replace('.', '_')}"
    value = s.row(f"{name}.swaps", sum_of([v for v, _ in found]), unit=USD, label="swaps at fair value")
    reserve = s.row(f"{name}.hedge_reserve", sum_of([r for _, r in found]), unit=USD, label="hedge reserve")
    return Hedged(value, reserve)


def _check_names(deal: Deal, policy: AccountingTerms, fleets: Mapping[str, GpuFleet]) -> None:
    """Refuse policies that name what the deal does not have."""
    for x in policy.components:
        if x not in fleets:
            raise refused(
                "named",
                f"accounting.components names {x}, which is no fleet of the deal.",
                paragraph=cite("IAS 16.43"),
                where=[deal.where("accounting.components")],
                fix=f"name one of {', '.join(fleets)}",
            )
    curve = policy.impairment_curve
    known = sorted({c for f in fleets.values() for c in f.curves})
    if curve is not None and curve not in known:
        raise refused(
            "named",
            f"accounting.impairment_curve is {curve}, which is no resale curve of a fleet.",
            paragraph=cite("IAS 36.18"),
            where=[deal.where("accounting.impairment_curve")],
            fix=f"name one of {', '.join(known)}" if known else "give the fleet a resale curve",
        )
    swaps = deal.of_type("swap")
    for x in policy.hedge_accounting:
        if x not in swaps:
            raise refused(
                "named",
                f"accounting.hedge_accounting names {x}, which is no swap of the deal.",
                paragraph=cite("IFRS 9.6.4.1"),
                where=[deal.where("accounting.hedge_accounting")],
                fix=f"name one of {', '.join(swaps)}" if swaps else "leave it out",
            )
    for x in policy.qualifying_assets:
        if x not in deal.assets:
            raise refused(
                "named",
                f"accounting.qualifying_assets names {x}, which is no asset of the deal.",
                paragraph=cite("IAS 23.5"),
                where=[deal.where("accounting.qualifying_assets")],
                fix=f"name one of {', '.join(deal.assets)}",
            )

"""Scenarios that each move one relevant activity of a vehicle: what decides which activity drives its value.

The changes are read off the deal: the residual at half and on the best resale curve, a lessee that stops two years
early and a sale on the worst curve, running cost up and down, margins 150bp either way, output of held plants a tenth
either way. Their probabilities are an illustration; a user replaces them. Runs are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.terms.asset import GpuFleet

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class ScenarioTerms:
    """A scenario to run: the changes to make, and what they stand for.

    Parameters
    ----------
    name, activity, probability
        As in ``cash_evidence.Scenario``. The probability is an illustration to be replaced by the user's own.
    changes
        Path to value, in the words of a deal file.
    """

    name: str
    activity: str
    probability: float
    changes: Mapping[str, Any] = field(default_factory=dict)


def activity_scenarios(deal: Deal, vehicle: str, *, base: float = 0.5) -> tuple[ScenarioTerms, ...]:
    """Return scenarios that each move one relevant activity of a vehicle, beside the base case.

    Parameters
    ----------
    deal
        The deal.
    vehicle
        The vehicle.
    base
        Probability of the base case; the scenarios share the rest alike: an illustration. [ratio]
    """
    moves = [*_remarketing(deal, vehicle), *_operation(deal, vehicle), *_refinancing(deal, vehicle)]
    moves += _energy(deal, vehicle)
    each = (1 - base) / len(moves) if moves else 0.0
    first = ScenarioTerms("base case", "", base if moves else 1.0)
    return (first, *(ScenarioTerms(name, activity, each, changes) for name, activity, changes in moves))


Move = tuple[str, str, dict[str, Any]]


def _remarketing(deal: Deal, vehicle: str) -> list[Move]:
    """Residual at half and at the best resale curve; a lessee that stops two years early, sold at the worst curve."""
    moves: list[Move] = []
    for lease_id, lease in deal.of_type("lease").items():
        fleet = deal.assets[lease.asset]
        if not isinstance(fleet, GpuFleet) or lease.lessor != vehicle:
            continue
        if fleet.sale is None or fleet.sale.share is None or not fleet.curves:
            continue
        path, share = f"assets.{lease.asset}.sale.share", fleet.sale.share
        end = [_at_age(c, lease.term) for c in fleet.curves.values()]
        moves.append((f"{lease.asset}: residual half", "remarketing", {path: share / 2}))
        moves.append((f"{lease.asset}: residual on the best curve", "remarketing", {path: max(*end, share)}))
        if lease.term > 36:
            early = min(_at_age(c, lease.term - 24) for c in fleet.curves.values())
            changes = {f"contracts.{lease_id}.term": f"{lease.term - 24:g}m", path: early}
            moves.append((f"{lease_id}: lessee stops two years early", "remarketing", changes))
    return moves


def _operation(deal: Deal, vehicle: str) -> list[Move]:
    moves: list[Move] = []
    for x, asset in deal.assets.items():
        if isinstance(asset, GpuFleet) and asset.owner == vehicle and asset.opex > 0:
            for word, factor in (("half", 0.5), ("half as much again", 1.5)):
                moves.append((f"{x}: running cost {word}", "operation", {f"assets.{x}.opex": asset.opex * factor}))
    return moves


def _refinancing(deal: Deal, vehicle: str) -> list[Move]:
    loans = {x: c.pricing for x, c in deal.of_type("loan").items() if c.borrower == vehicle}
    moves: list[Move] = []
    for word, step in (("150bp cheaper", -0.015), ("150bp dearer", 0.015)):
        changes = {f"contracts.{x}.pricing": _priced(p.index, max(p.margin + step, 0.0)) for x, p in loans.items()}
        moves += [(f"debt {word}", "refinancing", changes)] if changes else []
    return moves


def _energy(deal: Deal, vehicle: str) -> list[Move]:
    held = {c.vehicle for c in deal.of_type("equity").values() if c.holder == vehicle}
    owned: dict[str, Any] = {x: a for x, a in deal.assets.items() if a.owner in held}
    plants = {x: a for x, a in owned.items() if isinstance(getattr(a, "capacity_factor", None), float)}
    moves: list[Move] = []
    for word, factor in (("a tenth less", 0.9), ("a tenth more", 1.1)):
        changes = {f"assets.{x}.capacity_factor": min(a.capacity_factor * factor, 1.0) for x, a in plants.items()}
        moves += [(f"energy: output {word}", "energy investments", changes)] if changes else []
    return moves


def _priced(index: str | None, margin: float) -> str:
    return f"{index} + {margin * 100:.6g}%" if index else f"{margin * 100:.6g}%"


def _at_age(curve: Any, age: float) -> float:
    """Value of a resale curve at an age, linear between its points. [ratio]"""
    return float(np.interp(age, curve.ages, curve.values))

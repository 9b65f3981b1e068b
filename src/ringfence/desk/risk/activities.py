"""Which activity drives a vehicle's value, from random paths: factors grouped by the activity that answers for them.

The figure is the present value of what the vehicle's equity receives, as ``accounting`` values it. All factors of an
activity are drawn anew together (``risk/sobol.py``), so an activity's share holds what its own factors do jointly. What
accounts read of it is plain: activity -> share. Support for IFRS 10.B11 and ASC 810-10-25-38B, no bright line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.accounting.cash_evidence import equity_shares, risk_free_rate
from ringfence.desk.risk.parties import _add_parties, _Signed
from ringfence.risk.sobol import Index, explain_variance
from ringfence.sheet import npv, sum_of
from ringfence.units import USD

if TYPE_CHECKING:
    from ringfence.desk.risk.run import Prepared
    from ringfence.risk.backends import Backend
    from ringfence.risk.runner import Tell

#: Kind of factor -> activity that answers for it; power and weather by what the vehicle holds.
ACTIVITY = {
    "resale": "remarketing",
    "gpu_rent": "remarketing",
    "base_rate": "refinancing",
    "lessee_default": "credit",
    "construction_delay": "procurement and construction",
    "grid_delay": "procurement and construction",
    "delivery_slip": "procurement and construction",
    "fusion_start": "procurement and construction",
    "failures": "operation",
    "fx": "operation",
}
#: Most paths of a sample: two samples, and one more for each activity.
MOST = 16_384


@dataclass(frozen=True)
class ActivityEvidence:
    """What random paths say of a vehicle's activities.

    Attributes
    ----------
    paths, seed
        Of each sample on which every sample has a value, and the seed.
    mean, spread
        Of the value of the equity. [USD]
    indices
        Share of the variance by activity, alone and in all, with standard errors; empty where the value does not vary.
    factors
        Activity -> its factors.
    """

    paths: int
    seed: int
    mean: float
    spread: float
    indices: tuple[Index, ...]
    factors: Mapping[str, tuple[str, ...]]

    @property
    def drivers(self) -> dict[str, float] | None:
        """Share of each activity in all, adding to one; None where nothing varies. [ratio]"""
        totals = {i.factor: max(i.total, 0.0) for i in self.indices}
        whole = sum(totals.values())
        return {name: value / whole for name, value in totals.items()} if whole > 0 else None


def activities_of(prepared: Prepared, vehicle: str) -> dict[str, tuple[str, ...]]:
    """Return the activities of a vehicle and the factors that move them.

    Parameters
    ----------
    prepared
        The deal.
    vehicle
        The vehicle.
    """
    deal = prepared.deal
    held = any(c.holder == vehicle for c in deal.of_type("equity").values())
    kinds = {x: term.type for x, term in deal.risk.factors.items()} if deal.risk else {}
    found: dict[str, tuple[str, ...]] = {}
    for factor in prepared.model.factors:
        name = ACTIVITY.get(kinds[factor.id], "energy investments" if held else "power")
        found[name] = (*found.get(name, ()), factor.id)
    return found


def activity_evidence(
    prepared: Prepared,
    vehicle: str,
    *,
    paths: int,
    seed: int = 0,
    backend: Backend | None = None,
    tell: Tell | None = None,
) -> ActivityEvidence:
    """Run a deal on random paths and return which activity explains which share of the value of a vehicle's equity.

    Parameters
    ----------
    prepared
        The deal.
    vehicle
        The vehicle.
    paths, seed
        Of each sample, no more than :data:`MOST`, and which.
    backend, tell
        Where, and whom to tell.
    """
    figure, groups = _add_value(prepared, vehicle), activities_of(prepared, vehicle)
    of = prepared.draws_of
    draws = {name: sorted({n for x in factors for n in of[x]}) for name, factors in groups.items()}
    count = min(paths, MOST)
    (one,) = explain_variance(prepared.job(count, seed=seed, outputs=[figure]), draws, backend, tell=tell)
    return ActivityEvidence(one.paths, seed, one.mean, one.variance**0.5, one.indices, groups)


def _add_value(prepared: Prepared, vehicle: str) -> str:
    """Add the value of the vehicle's equity as a measure."""
    sheet, name = prepared.model.sheet, f"risk.{vehicle}.equity_value"
    if name in sheet.measures:
        return name
    parties = _add_parties(prepared, vehicle, risk_free_rate(prepared.deal, vehicle))
    holders = equity_shares(_Signed(prepared), vehicle)
    cash = [sheet[f"{parties[x]}.cash"] for x in holders if x in parties]
    row = sheet.row(f"{name}.cash", sum_of(cash), unit=USD, label=f"{vehicle} to its equity, net")
    worth = npv(row, sheet[f"risk.{vehicle}.risk_free"], sheet["period.time"])
    sheet.measure(name, worth, unit=USD, label=f"worth of {vehicle} to its equity")
    return name

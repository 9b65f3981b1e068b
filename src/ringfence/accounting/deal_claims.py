"""The claims a deal makes, beside its own figures: what X1 to X12 are run on.

What the deal file does not know (fair value in the 90 % test, the lessee's discount rate, what is recognised for a
guarantee) comes in as a :class:`LeaseView` from whoever measured the lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ringfence.accounting.cash_evidence import Scenario, debt_of
from ringfence.accounting.contradictions import Claims
from ringfence.accounting.deal_facts import Subject, Values, single_lessee, vie_facts
from ringfence.accounting.evidence import Coverage, RenewalEvidence, guarantee_payout, residual_risk_borne
from ringfence.accounting.vie_asc810 import equity_at_risk
from ringfence.terms.asset import GpuFleet


@dataclass(frozen=True)
class LeaseView:
    """What the measurement of the lease used. None: not known here.

    Parameters
    ----------
    fair_value
        In the 90 % test. [USD]
    economic_life
        In the 75 % test. [month]
    borrowing_rate
        The lessee's incremental borrowing rate, effective. [1/year]
    guarantee_recognised
        Amount of the residual value guarantee in the liability. [USD]
    renewal
        Computed evidence on renewal.
    service
        Whether the contract is claimed to be a service.
    liability
        Lease liability at completion. [USD]
    """

    fair_value: float | None = None
    economic_life: float | None = None
    borrowing_rate: float | None = None
    guarantee_recognised: float | None = None
    renewal: RenewalEvidence | None = None
    service: bool = False
    liability: float | None = None


def claims_of(
    s: Subject,
    values: Values,
    scenarios: Sequence[Scenario],
    coverage: Coverage | None,
    *,
    view: LeaseView,
    consolidators: tuple[str, ...],
    possible: tuple[str, ...],
    powerful: str | None,
) -> Claims:
    """Collect claims and figures.

    Parameters
    ----------
    s, values, scenarios, coverage
        Subject, answers, runs and cover of the debt.
    view
        What the lease was measured with.
    consolidators, possible, powerful
        Who consolidates for certain, for whom it is not ruled out, and who has most of the power.
    """
    lease = s.lease
    facts = vie_facts(s, values)
    guarantee = lease.residual_value_guarantee if lease is not None else None
    price = fleet_price(s)
    expected, called = _residual(s, scenarios, None if guarantee is None else guarantee.share)
    ends = _ends(s)
    return Claims(
        guarantee_recognised=_recognised(values, view),
        guaranteed=None if guarantee is None else guarantee.share * price,
        expected_residual=None if expected is None else expected * price,
        call_probability=called,
        renewal_certain=_renewal_claim(s, values),
        firm_term=ends[0],
        debt_tenor=ends[1],
        lenders_count_renewals=bool(lease and lease.renewal and ends[0] and ends[1] > ends[0]),
        renewal=view.renewal,
        lives=_lives(s, view),
        no_power=values.get("A1") is False,
        sits_with_sponsor=_sits(s, values),
        residuals=_residuals(s),
        service=view.service,
        supplier_staff=None if lease is None else lease.net == "gross",
        non_recourse=not any(s.scope.sponsor in getattr(c, "recourse", ()) for c in s.interests.values()),
        coverage=None if coverage is None else coverage.least,
        coverage_at_peak=None if coverage is None else coverage.at_peak,
        borrowing_rate=view.borrowing_rate or (s.deal.sponsor.own_debt_rate if s.deal.sponsor else None),
        debt_rate=debt_rate(s),
        fair_value=view.fair_value,
        capitalised_cost=_cost(s, "capex"),
        spares=_cost(s, "capex.spares") or 0.0,
        consolidators=consolidators,
        possible=possible,
        powerful=powerful,
        equity_ratio=equity_at_risk(facts.stakes) / facts.assets if facts.assets > 0 else None,
        single_lessee=single_lessee(s),
    )


def debt_rate(s: Subject) -> float | None:
    """All-in cost of the vehicle's loans, weighted by amount. [1/year]"""
    amounts, costs = 0.0, 0.0
    for x, c in s.interests.items():
        cost = s.result.measures.get(f"{x}.all_in_cost")
        amount = s.result.measures.get(f"{x}.amount")
        if c.type == "loan" and cost is not None and cost.value is not None and amount is not None:
            amounts += amount.value or 0.0
            costs += cost.value * (amount.value or 0.0)
    return costs / amounts if amounts > 0 else None


def _recognised(values: Values, view: LeaseView) -> float | None:
    if view.guarantee_recognised is not None:
        return view.guarantee_recognised
    return 0.0 if values.get("L9") is False else None


def _renewal_claim(s: Subject, values: Values) -> bool | None:
    """An attested answer, else the flag of the deal file, where there is a renewal at all."""
    if s.lease is None or not s.lease.renewal:
        return None
    answer = values.get("L6")
    return any(r.certain for r in s.lease.renewal) if answer is None else answer


def fleet_price(s: Subject) -> float:
    """Hardware price of the fleet leased. [USD]"""
    return s.fleet.count * s.fleet.unit_price if s.fleet is not None else 0.0


def sponsor_guarantee(s: Subject) -> float:
    """Share of the hardware price that the sponsor guarantees at the end of the lease. [ratio]"""
    guarantee = s.lease.residual_value_guarantee if s.lease is not None else None
    if guarantee is None or s.lease is None or (guarantee.guarantor or s.lease.lessee) != s.scope.sponsor:
        return 0.0
    return guarantee.share


def residual_risk(s: Subject, scenarios: Sequence[Scenario]) -> float | None:
    """Share of the variance of the residual, over the scenarios, that the sponsor's guarantee bears. [ratio]"""
    shares, weights = _residual_shares(s, scenarios)
    if len(set(shares)) < 2:
        return None
    return residual_risk_borne(guarantee_payout(shares, sponsor_guarantee(s)), shares, weights)


def _residual_shares(s: Subject, scenarios: Sequence[Scenario]) -> tuple[list[float], list[float]]:
    """Sale proceeds as a share of price under each scenario's terms, with probabilities adding to one."""
    found = []
    for scenario in scenarios:
        fleet = scenario.result.deal.assets.get(s.scope.asset)
        if isinstance(fleet, GpuFleet) and fleet.sale is not None and fleet.sale.share is not None:
            found.append((fleet.sale.share, scenario.probability))
    whole = sum(p for _, p in found)
    return ([x for x, _ in found], [p / whole for _, p in found]) if whole > 0 else ([], [])


def _residual(s: Subject, scenarios: Sequence[Scenario], guaranteed: float | None) -> tuple[float | None, float | None]:
    """Expected residual as a share of price over the scenarios, and the probability that it is under the guarantee."""
    shares, weights = _residual_shares(s, scenarios)
    if not shares:
        return None, None
    pairs = list(zip(shares, weights, strict=True))
    called = None if guaranteed is None else sum(p for x, p in pairs if x < guaranteed - 1e-12)
    return sum(x * p for x, p in pairs), called


def _ends(s: Subject) -> tuple[float | None, float]:
    """End of the last firm lease and of the debt. [month]"""
    row = f"{s.scope.lease}.last"
    owed = debt_of(s.result, s.scope.vehicle)
    end = np.asarray(s.result.run["period.end"], float)
    outstanding = np.flatnonzero(owed > 0.005)
    repaid = float(end[min(outstanding[-1] + 1, len(end) - 1)]) if outstanding.size else 0.0
    return (float(np.max(s.result.run[row])) if row in s.result.run else None), repaid


def _lives(s: Subject, view: LeaseView) -> dict[str, float]:
    if s.fleet is None:
        return {}
    lives = {"economic": view.economic_life or s.fleet.life, "depreciation": s.fleet.life}
    for x, c in s.interests.items():
        if c.type == "loan" and c.repayment.depreciated_cost is not None:
            lives[f"{x}.repayment.depreciated_cost"] = c.repayment.depreciated_cost
    return lives


def _sits(s: Subject, values: Values) -> dict[str, bool | None]:
    if s.lease is None:
        return {}
    return {
        "triple net": s.lease.net == "triple",
        "remarketing": values.get("A2"),
        "operation": values.get("A3"),
        "refinancing": values.get("A10"),
    }


def _residuals(s: Subject) -> dict[str, float]:
    """Value of the fleet at the end of the lease, as a share of its price, by use."""
    fleet, lease = s.fleet, s.lease
    if fleet is None or lease is None:
        return {}
    spent = min(lease.term / fleet.life, 1.0)
    found = {"book value": 1 - (1 - fleet.book_residual) * spent}
    if fleet.sale is not None and fleet.sale.share is not None:
        found["sale"] = fleet.sale.share
    for name, curve in fleet.curves.items():
        found[f"resale curve {name}"] = float(np.interp(lease.term, curve.ages, curve.values))
    return found


def _cost(s: Subject, item: str) -> float | None:
    """Cost of the fleet, or of a part of it, as capitalised. [USD]"""
    row = f"{s.scope.asset}.{item}"
    return float(np.sum(np.asarray(s.result.run[row], float))) if row in s.result.run else None

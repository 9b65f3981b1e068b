"""Computed evidence beside a judgement: what the figures say, never the judgement itself.

    residual risk     Var(lessee's guarantee and option cash) / Var(residual of the asset)
    renewal           cost of returning - cost of renewing, by path, and how often renewing is cheaper
    coverage          (PV of firm rents still due + guarantee) / debt, by scenario and period
    drivers           share of the variance of the entity's value that each activity explains

Paths may be a handful of named scenarios or a Monte Carlo; all functions take arrays with probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import cast

import numpy as np
from numpy.typing import ArrayLike

from ringfence.accounting.classification import variance_borne
from ringfence.accounting.party_cash import Floats, check_probabilities
from ringfence.errors import DealError
from ringfence.terms.findings import finding

WARN_RENEWAL = 0.70
MOST_DRIVERS = 10


@dataclass(frozen=True)
class RenewalEvidence:
    """What the paths say about a renewal.

    Parameters
    ----------
    incentive
        Expected cost of returning less cost of renewing; positive: renewing is cheaper. [USD]
    probability
        That renewing is cheaper. [ratio]
    lenders_need_it
        Whether the lenders' base case counts renewal rents.
    mark
        Probability from which the evidence speaks against "not reasonably certain" (practice 70 to 80 %). [ratio]
    """

    incentive: float
    probability: float
    lenders_need_it: bool = False
    mark: float = WARN_RENEWAL

    @property
    def speaks_for_renewal(self) -> bool:
        """Whether the evidence speaks against attesting that renewal is not reasonably certain."""
        return self.lenders_need_it or (self.incentive > 0 and self.probability >= self.mark)


@dataclass(frozen=True)
class Coverage:
    """How far firm rents and guarantees cover the debt (contradiction X7).

    Parameters
    ----------
    ratio
        Scenarios x periods, 0 where no debt is outstanding. [ratio]
    applies
        Where debt is outstanding.
    debt
        Outstanding. [USD]
    """

    ratio: Floats
    applies: Floats
    debt: Floats

    @property
    def least(self) -> float | None:
        """Lowest coverage while debt is outstanding; None without debt. [ratio]"""
        return float(self.ratio[self.applies > 0].min()) if (self.applies > 0).any() else None

    @property
    def at_peak(self) -> float | None:
        """Lowest coverage over the scenarios when debt is largest; None without debt. [ratio]"""
        if self.least is None:
            return None
        return min(float(row[int(np.argmax(owed))]) for row, owed in zip(self.ratio, self.debt, strict=True))

    @property
    def recourse(self) -> bool:
        """Whether the lessee covers all debt in every scenario and period: recourse in economics."""
        return self.least is not None and self.least >= 1 - 1e-9


def guarantee_payout(residual: ArrayLike, guaranteed: float, cap: float | None = None) -> Floats:
    """Payout of a residual value guarantee, ``min(cap, max(guaranteed - residual, 0))``. [USD]

    Parameters
    ----------
    residual
        Value of the asset at the end of the term, by path. [USD]
    guaranteed
        Amount guaranteed. [USD]
    cap
        Most that is paid; left out: no limit. [USD]
    """
    payout = np.maximum(guaranteed - np.asarray(residual, float), 0.0)
    return np.asarray(payout if cap is None else np.minimum(payout, cap))


def residual_risk_borne(lessee_cash: ArrayLike, residual: ArrayLike, probabilities: ArrayLike | None = None) -> float:
    """Share of the variance of the residual that the lessee bears (supports IFRS 16.B53 on, 16.64(b)). [ratio]

    Parameters
    ----------
    lessee_cash
        Under guarantees and options, by path. [USD]
    residual
        Value of the asset, by path. [USD]
    probabilities
        Of the paths; left out: all alike. [ratio]
    """
    weights = None if probabilities is None else _sequence(probabilities)
    return variance_borne(_sequence(lessee_cash), _sequence(residual), weights)


def renewal_evidence(
    cost_return: ArrayLike,
    cost_renew: ArrayLike,
    probabilities: ArrayLike | None = None,
    *,
    lenders_need_it: bool = False,
    mark: float = WARN_RENEWAL,
) -> RenewalEvidence:
    """Compare returning and renewing on every path (IFRS 16.B37 to B40).

    Parameters
    ----------
    cost_return
        Guarantee payout, removal, migration and PV of market rent for replacement capacity, by path. [USD]
    cost_renew
        PV of renewal rents, by path or one amount. [USD]
    probabilities
        Of the paths; left out: all alike. [ratio]
    lenders_need_it
        Whether the lenders' base case counts renewal rents.
    mark
        Probability from which the evidence speaks for renewal. [ratio]
    """
    gain = np.atleast_1d(np.asarray(cost_return, float) - np.asarray(cost_renew, float))
    weights = _weights(probabilities, len(gain))
    return RenewalEvidence(float(weights @ gain), float(weights @ (gain > 0)), lenders_need_it, mark)


def coverage_of_debt(
    firm_rents: ArrayLike, debt: ArrayLike, times: ArrayLike, *, rate: float, guarantee: float = 0.0
) -> Coverage:
    """Cover of the debt at each period's end by firm rents still due and guarantees.

    Parameters
    ----------
    firm_rents
        Rent cash that the lessee owes whatever happens, scenarios x periods (or periods). [USD]
    debt
        Outstanding at the end of each period, of the same shape. [USD]
    times
        Years from close to the cash of each period. [year]
    rate
        Cost of the debt, effective. [1/year]
    guarantee
        Residual value and other guarantees of the lessee's group, at their cap. [USD]
    """
    rents, owed = np.atleast_2d(np.asarray(firm_rents, float)), np.atleast_2d(np.asarray(debt, float))
    discount = (1 + rate) ** -np.asarray(times, float)
    worth = rents * discount
    ahead = worth[:, ::-1].cumsum(axis=1)[:, ::-1] - worth
    covered = ahead / discount + guarantee
    applies = (owed > 1e-9 * max(1.0, float(np.abs(owed).max(initial=0.0)))).astype(float)
    safe = np.where(applies > 0, owed, 1.0)
    return Coverage(np.where(applies > 0, covered / safe, 0.0), applies, owed)


def drivers_from_scenarios(base: float, values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """Share of influence of each activity from one-at-a-time scenarios: squared distance from the base. [ratio]

    Parameters
    ----------
    base
        Value of the entity in the base case. [USD]
    values
        Activity -> values of the entity in the scenarios that move this activity alone. [USD]

    Returns
    -------
    dict
        Adding to one; all 0 where nothing moves the value.

    Examples
    --------
    >>> drivers_from_scenarios(100, {"residual": [80, 120], "energy": [90, 110]})
    {'residual': 0.8, 'energy': 0.2}
    """
    squares = {
        name: float(np.mean((np.asarray(found, float) - base) ** 2)) if len(found) else 0.0
        for name, found in values.items()
    }
    whole = sum(squares.values())
    return {name: square / whole if whole > 0 else 0.0 for name, square in squares.items()}


def drivers_from_paths(
    value: ArrayLike, drivers: Mapping[str, ArrayLike], probabilities: ArrayLike | None = None
) -> dict[str, float]:
    """Share of the variance of a value that each driver explains, from joint paths. [ratio]

    A regression on each driver and its square; what drivers that move together explain is shared by the Shapley rule,
    so that the shares add to the regression's R squared.

    Parameters
    ----------
    value
        Value of the entity by path. [USD]
    drivers
        Activity -> the random driver behind it, by path. At most 10.
    probabilities
        Of the paths; left out: all alike. [ratio]

    Raises
    ------
    DealError
        For more drivers than can be shared exactly.
    """
    names = list(drivers)
    if len(names) > MOST_DRIVERS:
        text = f"There are {len(names)} drivers; their shares are computed for at most {MOST_DRIVERS}."
        raise DealError([finding("drivers: few enough activities to share variance exactly", text, fix="group them")])
    y = np.asarray(value, float)
    weights = _weights(probabilities, len(y))
    centred = {name: _terms(np.asarray(x, float), weights) for name, x in drivers.items()}
    target = y - weights @ y
    explained = {
        frozenset(subset): _r_squared(target, [centred[n] for n in subset], weights)
        for size in range(len(names) + 1)
        for subset in combinations(names, size)
    }
    return {name: _shapley(name, names, explained) for name in names}


def _terms(x: Floats, weights: Floats) -> Floats:
    """A driver and its square, centred and scaled."""
    first = x - weights @ x
    spread = float(np.sqrt(weights @ first**2))
    first = first / spread if spread > 0 else first
    second = first**2 - weights @ first**2
    return np.column_stack([first, second])


def _r_squared(target: Floats, terms: list[Floats], weights: Floats) -> float:
    whole = float(weights @ target**2)
    if not terms or whole <= 0:
        return 0.0
    root = np.sqrt(weights)
    design = np.hstack(terms) * root[:, None]
    fitted = design @ np.linalg.lstsq(design, target * root, rcond=None)[0]
    return float(fitted @ fitted) / whole


def _shapley(name: str, names: list[str], explained: Mapping[frozenset[str], float]) -> float:
    others = [n for n in names if n != name]
    total = 0.0
    for size in range(len(others) + 1):
        weight = factorial(size) * factorial(len(others) - size) / factorial(len(names))
        for subset in combinations(others, size):
            total += weight * (explained[frozenset((*subset, name))] - explained[frozenset(subset)])
    return total


def _sequence(values: ArrayLike) -> Sequence[float]:
    return cast("Sequence[float]", np.asarray(values, float))


def _weights(probabilities: ArrayLike | None, count: int) -> Floats:
    if probabilities is None:
        return np.full(count, 1 / count)
    weights = np.asarray(probabilities, float)
    if wrong := check_probabilities(weights, count):
        raise DealError(wrong)
    return weights

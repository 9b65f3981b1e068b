"""From runs of a deal to samples of party cash flows, drivers of value and coverage of debt.

A run gives one path. Interests in a vehicle are its loans (with their swaps and letters of credit), its equity and
notes, and guarantees for it; everything else it receives or pays, rent above all, belongs to the vehicle itself and
creates the variability that interests absorb (ASC 810-10-55-39). Cash of the vehicle goes round to zero, so the sum
over its interest holders is the value of the vehicle exclusive of variable interests, less what waiting in its accounts
costs: cash held back earns nothing until it is paid out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ringfence.accounting.evidence import Coverage, coverage_of_debt, drivers_from_scenarios
from ringfence.accounting.expected_losses import Tier
from ringfence.accounting.party_cash import PROBABILITY_RULE, TOLERANCE, Floats, Sample, make_sample, present_values
from ringfence.errors import DealError
from ringfence.terms.contract.equity import Equity
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.blocks.books import Flow
    from ringfence.blocks.build import Model
    from ringfence.run.result import Measure, Run
    from ringfence.terms.deal import Deal


class RunDeal(Protocol):
    """A deal that was run."""

    @property
    def deal(self) -> Deal:
        """The deal."""

    @property
    def model(self) -> Model:
        """Its sheet and books."""

    @property
    def run(self) -> Run:
        """Its rows."""

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Its figures."""


@dataclass(frozen=True)
class Scenario:
    """A run with its probability.

    Parameters
    ----------
    name
        For the report.
    result
        The run.
    probability
        Of the scenario; all of a sample add to one. [ratio]
    activity
        The relevant activity it moves alone; empty for the base case and for scenarios that move several.
    """

    name: str
    result: RunDeal
    probability: float
    activity: str = ""


def sample_of(scenarios: Sequence[Scenario], vehicle: str, *, rate: float, business: str | None = None) -> Sample:
    """Return what each interest holder of a vehicle receives, by scenario, at present value.

    Parameters
    ----------
    scenarios
        Runs with probabilities that add to one.
    vehicle
        The vehicle.
    rate
        Risk-free rate, effective. [1/year]
    business
        One business of the vehicle alone; left out: all of it.

    Raises
    ------
    DealError
        Where the probabilities do not add to one.
    """
    check_scenarios(scenarios)
    rows = [party_values(s.result, vehicle, rate=rate, business=business) for s in scenarios]
    parties = list(dict.fromkeys(party for row in rows for party in row))
    cash = [[row.get(party, 0.0) for party in parties] for row in rows]
    return make_sample(parties, cash, [s.probability for s in scenarios])


def check_scenarios(scenarios: Sequence[Scenario]) -> None:
    """Refuse scenarios whose probabilities are negative or do not add to one, naming them."""
    whole = math.fsum(s.probability for s in scenarios)
    if abs(whole - 1) > TOLERANCE or any(s.probability < 0 for s in scenarios):
        listed = ", ".join(f"{s.name} {s.probability:g}" for s in scenarios) or "there is no scenario"
        text = f"The probabilities of the scenarios add to {whole:.10g}: {listed}."
        raise DealError([finding(PROBABILITY_RULE, text, fix="correct them; the base case has one too")])


def party_values(result: RunDeal, vehicle: str, *, rate: float, business: str | None = None) -> dict[str, float]:
    """Present value of what each interest holder receives from a vehicle less what it pays in. [USD]

    Cash that the vehicle still holds at the end of the deal is counted as its equity's.

    Parameters
    ----------
    result
        A run.
    vehicle
        The vehicle.
    rate
        Discount rate, effective. [1/year]
    business
        One business of the vehicle alone; left out: all of it.
    """
    times = np.asarray(result.run["period.time"], float)
    out: dict[str, float] = {}
    for holder, signed, row in party_flows(result.model, result.deal, vehicle, business):
        out[holder] = out.get(holder, 0.0) + signed * float(present_values(_line(result, row), times, rate))
    silos = [s for s in result.model.books.of(vehicle) if business in (None, s.business)]
    left = sum(float(_line(result, f"{s.key}.cash.closing")[-1]) for s in silos)
    for holder, part in equity_shares(result, vehicle, business).items():
        out[holder] = out.get(holder, 0.0) + left * part / (1 + rate) ** times[-1]
    return out


def party_flows(model: Model, deal: Deal, vehicle: str, business: str | None = None) -> list[tuple[str, int, str]]:
    """What passes between a vehicle and its interest holders: holder, 1 if it receives or -1 if it pays, row.

    Parameters
    ----------
    model, deal
        The deal, built.
    vehicle
        The vehicle.
    business
        One business of the vehicle alone; left out: all of it.
    """
    interests = interest_contracts(deal, vehicle)
    found = []
    for flow in model.books.flows:
        signed = (flow.payer == vehicle) - (flow.payee == vehicle)
        holder = flow.payee if signed > 0 else flow.payer
        counts = flow.contract in interests or "top-up" in flow.label
        if signed and counts and holder != vehicle and _inside(deal, vehicle, business, flow):
            found.append((holder, signed, flow.row.name))
    return found


def interest_holders(result: RunDeal, vehicle: str) -> tuple[str, ...]:
    """Everybody whose cash from or to a vehicle makes a sample of it, in the order of the deal's payments."""
    paid = [holder for holder, _, _ in party_flows(result.model, result.deal, vehicle)]
    return tuple(dict.fromkeys([*paid, *equity_shares(result, vehicle)]))


def _inside(deal: Deal, vehicle: str, business: str | None, flow: Flow) -> bool:
    """Whether a payment belongs to a business: equity pays by business, a swap and a letter follow their loan."""
    if business is None:
        return True
    contract = deal.contracts.get(flow.contract)
    if isinstance(contract, Equity):
        return flow.row.name.startswith(f"{flow.contract}.{vehicle}.{business}.")
    hedged = deal.contracts.get(getattr(contract, "hedges", None) or "", contract)
    return (getattr(hedged, "business", None) or next(iter(deal.parties[vehicle].books))) == business


def interest_contracts(deal: Deal, vehicle: str) -> dict[str, Any]:
    """Contracts by which somebody holds an interest in a vehicle, by id."""
    at = {"loan": "borrower", "equity": "vehicle", "swap": "vehicle", "guarantee": "obligor"}
    at["letter_of_credit"] = "applicant"
    return {x: c for x, c in deal.contracts.items() if getattr(c, at.get(c.type, "-"), None) == vehicle}


def equity_shares(result: RunDeal, vehicle: str, business: str | None = None) -> dict[str, float]:
    """Share of the capital paid into a vehicle, or one business of it, by holder. [ratio]"""
    paid: dict[str, float] = {}
    for x, c in interest_contracts(result.deal, vehicle).items():
        if c.type == "equity":
            row = f"{x}.contribution" if business is None else f"{x}.{vehicle}.{business}.contribution"
            if row in result.run:
                paid[c.holder] = paid.get(c.holder, 0.0) + float(_line(result, row).sum())
    whole = sum(paid.values())
    return {holder: amount / whole for holder, amount in paid.items()} if whole > 0 else {}


def subordination(result: RunDeal, vehicle: str) -> tuple[Tier, ...]:
    """Who bears the losses of a vehicle first: equity, then loans from the last rank to the first, at face. [USD]"""
    interests = interest_contracts(result.deal, vehicle)
    equity: dict[str, float] = {}
    ranks: dict[int, dict[str, float]] = {}
    for x, c in interests.items():
        if c.type == "equity":
            _add(equity, c.holder, float(_line(result, f"{x}.contribution").sum()))
        elif c.type == "loan":
            _add(ranks.setdefault(c.rank, {}), c.lender, float(_line(result, f"{x}.drawdown").sum()))
    tiers = [equity, *(ranks[rank] for rank in sorted(ranks, reverse=True))]
    return tuple(Tier(interests) for interests in tiers if interests)


def drivers_of(scenarios: Sequence[Scenario], vehicle: str, *, rate: float) -> dict[str, float]:
    """Share of influence of each relevant activity on the value of the vehicle's equity, by scenario. [ratio]

    Parameters
    ----------
    scenarios
        The first without an activity is the base case.
    vehicle
        The vehicle.
    rate
        Discount rate, effective. [1/year]
    """
    base = next((s for s in scenarios if not s.activity), None)
    if base is None:
        return {}
    values: dict[str, list[float]] = {}
    for s in scenarios:
        if s.activity:
            values.setdefault(s.activity, []).append(equity_value(s.result, vehicle, rate=rate))
    return drivers_from_scenarios(equity_value(base.result, vehicle, rate=rate), values)


def equity_value(result: RunDeal, vehicle: str, *, rate: float) -> float:
    """Present value of what the equity of a vehicle receives less what it pays in. [USD]"""
    holders = equity_shares(result, vehicle)
    return sum(value for holder, value in party_values(result, vehicle, rate=rate).items() if holder in holders)


def debt_of(result: RunDeal, vehicle: str) -> Floats:
    """Debt of a vehicle at the end of each period. [USD]"""
    rows = [_line(result, f"{s.key}.debt") for s in result.model.books.of(vehicle)]
    return np.asarray(np.sum(rows, axis=0))


def assets_of(result: RunDeal, vehicle: str) -> Floats:
    """Total assets of a vehicle at the end of each period. [USD]"""
    rows = [_line(result, f"{s.key}.assets") for s in result.model.books.of(vehicle)]
    return np.asarray(np.sum(rows, axis=0))


def coverage_of(
    scenarios: Iterable[Scenario], vehicle: str, lessee: str, *, rate: float, guarantee: float = 0.0
) -> Coverage:
    """Cover of a vehicle's debt by the firm rents of a lessee and its guarantees, by scenario and period.

    Only scenarios under the first one's leases count: what a lessee stops to pay it still owes.

    Parameters
    ----------
    scenarios
        Runs.
    vehicle, lessee
        Lessor and lessee.
    rate
        Cost of the debt. [1/year]
    guarantee
        Cap of the lessee's guarantees. [USD]
    """
    listed = list(scenarios)
    agreed = _leases(listed[0].result.deal, vehicle, lessee)
    found = [s for s in listed if _leases(s.result.deal, vehicle, lessee) == agreed]
    rents = [_firm_rents(s.result, vehicle, lessee) for s in found]
    debts = [debt_of(s.result, vehicle) for s in found]
    times = np.asarray(found[0].result.run["period.time"], float)
    return coverage_of_debt(rents, debts, times, rate=rate, guarantee=guarantee)


def risk_free_rate(deal: Deal, vehicle: str) -> float:
    """Rate of expected losses: as stated, else the level at close of the index of the vehicle's loans. [1/year]

    Raises
    ------
    DealError
        Where none is stated and no loan floats; the rate is then given by the caller.
    """
    if deal.accounting is not None and deal.accounting.risk_free is not None:
        return deal.accounting.risk_free
    for loan in deal.of_type("loan").values():
        curve = deal.curves.get(loan.pricing.index or "")
        if loan.borrower == vehicle and curve is not None:
            return curve.points[min(curve.points)] / (100.0 if curve.unit == "%" else 1.0)
    text = f"No loan of {vehicle} floats on a curve, so no risk-free rate is known."
    rule = "risk-free: expected losses are discounted at a rate that is given"
    raise DealError([finding(rule, text, fix="write accounting.risk_free: 4.2%")])


def _leases(deal: Deal, vehicle: str, lessee: str) -> dict[str, Any]:
    return {x: c for x, c in deal.of_type("lease").items() if (c.lessor, c.lessee) == (vehicle, lessee)}


def _firm_rents(result: RunDeal, vehicle: str, lessee: str) -> Floats:
    named = [
        f"{x}.firm.due" if f"{x}.firm.due" in result.run else f"{x}.cash" for x in _leases(result.deal, vehicle, lessee)
    ]
    rows = [_line(result, name) for name in named]
    return np.asarray(np.sum(rows, axis=0)) if rows else np.zeros(len(debt_of(result, vehicle)))


def _line(result: RunDeal, name: str) -> Floats:
    value = np.asarray(result.run[name], float)
    return np.broadcast_to(value, np.shape(result.run["period.time"])) if value.ndim == 0 else value


def _add(amounts: dict[str, float], key: str, amount: float) -> None:
    amounts[key] = amounts.get(key, 0.0) + amount

"""A small deal with one of everything a factor may act on, and its factors through the native kernel."""

from __future__ import annotations

from functools import cache
from typing import Any

from ringfence.desk.signed import signed
from ringfence.risk.model import RiskModel, risk_model
from ringfence.run import native
from ringfence.run.native import Paths
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text

DEAL = """
deal: small
timeline: {close: 2026-01-01, until: 2035-12-31, segments: [{period: month, count: 24}, {period: quarter}]}
curves: {SOFR: {points: {2026-01-01: 3.8, 2029-01-01: 3.2}}}
parties:
  spv: {role: vehicle}
  bank: {role: lender}
  fund: {role: investor}
  user: {role: offtaker, rating: BB}
  grid: {role: offtaker}
assets:
  gpus:
    type: gpu_fleet
    owner: spv
    count: 120
    unit_price: 50_000 USD
    power: 1.85 kW
    deliveries: {start: 1m, batches: 1}
    failures: {rate: 5%, replacement: 100%}
    sale: {at: lease_end, share: 10%}
  site:
    type: data_centre
    owner: spv
    fleet: gpus
    pue: 1.2
    power: [{date: 2027-01-01, power: 1 MW}]
    electricity: 80 USD/MWh
  sun:
    type: solar
    owner: spv
    power: 10 MW
    cost: 1_000 USD/kW
    construction: {start: 0m, time: 12m}
    capacity_factor: 25%
    life: 30y
  reactor:
    type: nuclear
    owner: spv
    power: 1 MW
    cost: 8_000 USD/kW
    construction: {start: 0m, time: 60m}
    capacity_factor: 90%
    life: 60y
  star: {type: fusion, owner: spv, power: 1 MW, capacity_factor: 85%, operation: never, life: 20y}
contracts:
  rent: {type: lease, lessor: spv, lessee: user, asset: gpus, term: 5y, rent: 1.60 USD/GPU-h, every: 3m}
  senior:
    type: loan
    lender: bank
    borrower: spv
    size: {min: [{gearing: 50%, of: [gpus]}]}
    availability: 3m
    pricing: SOFR + 3%
    repayment: {count: 16, every: 3m}
  power: {type: ppa, seller: spv, buyer: grid, asset: sun, price: 45 USD/MWh, term: 5y, merchant: {price: 40 USD/MWh}}
  nuclear: {type: ppa, seller: spv, buyer: grid, asset: reactor, price: 90 USD/MWh, term: 20y}
  shares: {type: equity, holder: fund, vehicle: spv}
risk:
  factors:
FACTORS
"""


def deal(factors: str, correlation: str = "") -> Any:
    """Return the small deal with factors, one a line, and correlations."""
    lines = "\n".join(f"    {line}" for line in factors.strip().splitlines())
    text = DEAL.replace("FACTORS", lines) + (f"  correlation: {correlation}\n" if correlation else "")
    return read_text(text, Deal)


@cache
def model(factors: str, correlation: str = "") -> RiskModel:
    """Return the small deal and its factors as one sheet."""
    base = signed(deal(factors, correlation))
    return risk_model(base.model, base.terms)


def paths(risks: RiskModel, rows: list[str], count: int, seed: int = 7) -> Paths:
    """Run some rows of the factors on many paths."""
    names = [f"factor:{row}" for row in rows]
    return native.compile(risks.sheet, names, risks.draws).run(count, seed=seed)

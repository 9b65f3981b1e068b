"""Contradictions between terms: one rule a file, each a function ``check_<rule>(deal) -> list[Finding]``.

A rule reads the frozen deal alone, decides without guessing and never raises. Who owns what is in ``reach.py``, dates
are in ``dates.py``, and ``named.py`` lists every place that names something.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

RULES: tuple[str, ...] = (
    "timeline",
    "references",
    "two_parties",
    "asset_owner",
    "asset_claims",
    "ownership_loop",
    "vehicle_terms",
    "zero_amounts",
    "unfunded_cost",
    "sources_short",
    "plug_of_uses",
    "commitments",
    "distribution_shares",
    "loan_size",
    "loan_dates",
    "repayment_profile",
    "loan_pricing",
    "swaps",
    "letters",
    "cfads_terms",
    "payment_multiples",
    "grid_coarser",
    "curve_ends",
    "deliveries_in_time",
    "availability",
    "debt_tail",
    "contract_beyond_end",
    "lease_start",
    "residual_value",
    "gpu_model",
    "data_centre_power",
    "sold_once",
    "idle_assets",
    "tax_status",
    "waterfall_steps",
    "waterfall_objects",
    "waterfall_creditors",
    "waterfall_order",
    "cases_set",
    "risk_factors",
    "correlation",
    "recorded_only",
)


def check_deal(deal: Deal) -> list[Finding]:
    """Run every rule and return all findings."""
    from importlib import import_module

    found: list[Finding] = []
    for rule in RULES:
        found += getattr(import_module(f"ringfence.terms.rules.{rule}"), f"check_{rule}")(deal)
    return found

"""Deals with the sponsor's books appended, run once."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.lease_report import lease_report
from ringfence.accounting.sponsor_books import completion, sponsor_books
from ringfence.terms.read import revise

EXAMPLES = Path(__file__).parents[3] / "examples"
POLICIES = {
    "accounting": {
        "tax_rate": "30%",
        "impairment_rate": "10%",
        "impairment_curve": "harsh",
        "components": {
            "gpus": {
                "chips": {"share": "60%", "life": "4y"},
                "network": {"share": "25%", "life": "6y"},
                "racks": {"share": "15%", "life": "10y", "residual": "10%"},
            }
        },
        "hedge_accounting": {"senior_swap": "designated at close"},
        "opening": {
            "cash": "10bn USD",
            "property": "40bn USD",
            "borrowings": "20bn USD",
            "other_liabilities": "5bn USD",
            "ebitda": "8bn USD",
            "depreciation": "3bn USD",
            "interest": "1bn USD",
        },
        "leases": {"rent": {"initial_direct_costs": "30m USD", "restoration": "20m USD", "incentives": "10m USD"}},
    },
    "curves.SOFR.points": {"2024-10-01": 4.10, "2027-10-01": 5.10},
}


def booked(deal, *, resize=False):
    """Run a deal and append the sponsor's books."""
    result = rf.run(deal, resize=resize)
    report = lease_report(result, dates=[completion(result, lease_report(result))])
    return sponsor_books(result, report)


@pytest.fixture(scope="session")
def plain():
    """The $10bn example as it stands."""
    return booked(rf.read(EXAMPLES / "softbank-10bn/deal.yaml"))


@pytest.fixture(scope="session")
def full():
    """The same with every policy: tax, impairment, components, hedge, opening, direct costs."""
    return booked(revise(rf.read(EXAMPLES / "softbank-10bn/deal.yaml"), POLICIES))


@pytest.fixture(scope="session")
def headline():
    """Plain $10bn in one delivery at close, by scenario."""
    return {
        name: booked(rf.read(EXAMPLES / "headline-10bn/deal.yaml", scenario=name or None))
        for name in ("", "b", "b-rvg-25", "b-certain", "c-usage-60")
    }


@pytest.fixture(scope="session")
def every(plain, full, headline):
    """All of them by name."""
    return {"plain": plain, "full": full, **{f"headline {k}": v for k, v in headline.items()}}

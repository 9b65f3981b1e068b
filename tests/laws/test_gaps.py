"""Deals that a term sheet may hold and that once did not run as they should, each as small as it gets.

Those in :data:`GAPS` still do not, and random deals leave them out. A gap that closes by itself goes red: take it out
of ``GAPS``, and its name out of ``AVOID`` in ``deals.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.laws.deals import AVOID
from tests.laws.laws import breaches

import ringfence as rf
from ringfence.desk.scaffold import template
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text, revise

EQUITY = {"type": "equity", "holder": "fund", "vehicle": "vehicle"}
LENT = {
    "type": "loan",
    "lender": "bank",
    "borrower": "vehicle",
    "rank": 2,
    "size": {"min": [{"amount": "200m USD"}]},
    "availability": "6m",
    "pricing": "9%",
    "repayment": {"profile": "linear", "count": 8, "every": "3m"},
}
SITE = {
    "type": "data_centre",
    "owner": "vehicle",
    "fleet": "gpus",
    "power": [{"date": "2025-01-01", "power": "9 MW"}],
    "pue": 1.2,
    "cost": "900 USD/kW-month",
}
FLEET = {
    "type": "gpu_fleet",
    "owner": "vehicle",
    "vendor": "maker",
    "count": 100,
    "unit_price": "30_000 USD",
    "power": "1 kW",
    "deliveries": {"start": "1m", "batches": 1},
}
RENT = {
    "type": "lease",
    "lessor": "vehicle",
    "lessee": "operator",
    "asset": "more",
    "term": "3y",
    "rent": "2 USD/GPU-h",
}

DEALS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "several plugs in one business": ("gpu-lease", {"contracts.more": EQUITY}),
    "a case named by two limits": (
        "solar",
        {"contracts.term_loan.size.min": [{"dscr": 1.0, "case": "p99"}, {"llcr": 1.1, "case": "p99"}]},
    ),
    "a case named by two loans": (
        "solar",
        {
            "contracts.second": {**LENT, "borrower": "sun_co", "size": {"min": [{"dscr": 1.1, "case": "p99"}]}},
            "contracts.term_loan.size.min": [{"dscr": 1.3, "case": "p99"}],
            "contracts.second.availability": "12m",
        },
    ),
    "capitalised interest under pro rata": (
        "gpu-lease",
        {
            "parties.vehicle.funding": "pro_rata",
            "contracts.senior.size": {"min": [{"amount": "300m USD"}]},
            "contracts.senior.availability": "2m",
            "contracts.senior.idc": "capitalised",
            "contracts.senior.conversion": None,
            "contracts.second": LENT,
        },
    ),
    "two leases to the sponsor": ("gpu-lease", {"assets.more": FLEET, "contracts.second_rent": RENT}),
    "a vehicle that pays itself for its site": (
        "gpu-lease",
        {"assets.site": SITE, "contracts.rent.net": "gross", "contracts.rent.rent": "1.1 USD/GPU-h"},
    ),
    "several commitments beside the plug": (
        "gpu-lease",
        {
            "contracts.one": {**EQUITY, "commitment": "200m USD"},
            "contracts.two": {**EQUITY, "commitment": "200m USD"},
        },
    ),
    "plug of uses unless funding is by deliveries": (
        "gpu-lease",
        {
            "uses": {"total": "700m USD", "plug": "vehicle.gpu"},
            "parties.vehicle.businesses": {"gpu": {"contingency": {}, "funding": "debt_first"}},
        },
    ),
    "loans on one asset beside loans on all, drawn with deliveries": (
        "gpu-lease",
        {
            "assets.more": {**FLEET, "count": 10_000, "deliveries": {"start": "5m", "batches": 1}},
            "contracts.senior.size": {"min": [{"gearing": "90%", "of": ["gpus"]}]},
            "contracts.second": LENT,
            "contracts.second_rent": RENT,
            "sponsor": None,
        },
    ),
    "capitalised interest under pro rata or equity first": (
        "gpu-lease",
        {
            "parties.vehicle.funding": "equity_first",
            "contracts.senior.idc": "capitalised",
            "contracts.second": {**LENT, "idc": "capitalised"},
        },
    ),
    "interest in kind on the last date": (
        "gpu-lease",
        {"contracts.senior.pik": "50%", "timeline.until": "2030-03-31"},
    ),
}

GAPS: frozenset[str] = frozenset()
"""Reproducers that still fail."""


def left_over(result: Any) -> list[str]:
    """Say which loans are not repaid by the last period although nothing rings."""
    alerts = {alert.name for alert in result.alerts}
    return [
        f"{x} still owes {result.run.line(f'{x}.closing')[-1]}"
        for x in result.deal.of_type("loan")
        if result.run.line(f"{x}.closing")[-1] > 1.0 and f"{x}.arrears" not in alerts
    ]


def marked(name: str) -> Any:
    """Return a reproducer as a test case, expected to fail where it is a gap."""
    return pytest.param(name, marks=pytest.mark.xfail(strict=True) if name in GAPS else ())


@pytest.mark.parametrize("name", [marked(name) for name in DEALS])
def test_what_once_did_not_run(name: str) -> None:
    """The deal runs, obeys every law and repays its loans."""
    kind, changes = DEALS[name]
    deal = revise(read_text(template(kind), Deal), changes)
    result = rf.run(deal, resize=True)
    assert breaches(result) == []
    assert left_over(result) == []


def test_the_reproducers_differ_from_deals_that_run() -> None:
    """The templates the reproducers change obey every law themselves, and all that is left out has one."""
    for kind in ("gpu-lease", "solar"):
        assert breaches(rf.run(read_text(template(kind), Deal))) == []
    assert GAPS >= AVOID

"""What the random deals leave out, each with its smallest reproducer.

Every entry of :data:`GAPS` is a deal that a term sheet may hold and that does not run as it should today. A test that
starts to pass goes red: take the entry out, and its name out of ``AVOID`` in ``deals.py``.
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
RENT = {"type": "lease", "lessor": "vehicle", "lessee": "operator", "asset": "more", "term": "3y", "rent": "2 USD/GPU-h"}

GAPS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "several plugs in one business": ("gpu-lease", {"contracts.more": EQUITY}),
    "a case named by two limits": (
        "solar",
        {"contracts.term_loan.size.min": [{"dscr": 1.0, "case": "p99"}, {"llcr": 1.1, "case": "p99"}]},
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
    "interest in kind on the last date": (
        "gpu-lease",
        {"contracts.senior.pik": "50%", "timeline.until": "2030-03-31"},
    ),
}


def left_over(result: Any) -> list[str]:
    """Say which loans are not repaid by the last period although nothing rings."""
    alerts = {alert.name for alert in result.alerts}
    return [
        f"{x} still owes {result.run.line(f'{x}.closing')[-1]}"
        for x in result.deal.of_type("loan")
        if result.run.line(f"{x}.closing")[-1] > 1.0 and f"{x}.arrears" not in alerts
    ]


@pytest.mark.parametrize("gap", [pytest.param(gap, marks=pytest.mark.xfail(strict=True)) for gap in GAPS])
def test_gap(gap: str) -> None:
    """The deal runs, obeys every law and repays its loans; today it does not."""
    kind, changes = GAPS[gap]
    deal = revise(read_text(template(kind), Deal), changes)
    result = rf.run(deal, resize=True)
    assert breaches(result) == []
    assert left_over(result) == []


def test_the_reproducers_differ_from_deals_that_run() -> None:
    """The templates the reproducers change obey every law themselves, and everything left out has a reproducer."""
    for kind in ("gpu-lease", "solar"):
        assert breaches(rf.run(read_text(template(kind), Deal))) == []
    assert set(GAPS) >= AVOID

"""The laws on leases and grids of other shapes: arrears, lags, escalators, holidays, coarse periods, services."""

from __future__ import annotations

import numpy as np
import pytest
from tests.accounting.sponsor.conftest import EXAMPLES, booked

import ringfence as rf
from ringfence.accounting.sponsor_books import TITLES
from ringfence.terms.read import revise

HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"
CENT = 0.01
RENT = "contracts.rent"
SHAPES = {
    "in arrears": {f"{RENT}.due": "in_arrears"},
    "yearly in advance": {f"{RENT}.every": "12m"},
    "monthly on quarters": {f"{RENT}.every": "1m"},
    "monthly in arrears on quarters": {f"{RENT}.every": "1m", f"{RENT}.due": "in_arrears"},
    "paid a month late": {f"{RENT}.payment_lag": "1m"},
    "escalator and holiday": {f"{RENT}.escalator": "3%", f"{RENT}.holiday": "6m"},
    "a delivery inside a quarter": {
        "contracts.senior.availability": "3m",
        "assets.gpus.deliveries": [{"date": "2026-02-15", "count": 200_000}],
    },
    "two deliveries": {
        "contracts.senior.availability": "9m",
        "assets.gpus.deliveries": [{"date": "2026-01-01", "count": 100_000}, {"date": "2026-08-01", "count": 100_000}]
    },
    "services in the rent": {"accounting.leases.rent.standalone": {"lease": "80 USD", "power": "20 USD"}},
    "costs and restoration": {
        "accounting.leases.rent": {
            "ibr": "6.5%",
            "initial_direct_costs": "30m USD",
            "incentives": "50m USD",
            "restoration": "80m USD",
        }
    },
    "half used": {f"{RENT}.usage": {"take_or_pay": "60%", "expected": "80%"}},
    "monthly grid": {"timeline.period": "month"},
    "yearly grid": {"timeline.period": "year", "contracts.senior.repayment.every": "12m",
                    "contracts.senior.repayment.count": 5},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_books_balance_and_end_alike(shape):
    """Every column balances in every period and ends at zero; columns that pay the rent cost the same in the end."""
    changes = dict(SHAPES[shape])
    changes.setdefault("timeline.until", "2032-12-31")
    b = booked(revise(rf.read(HEADLINE), changes), resize=True)
    for tag in ("ifrs", "us"):
        for column in TITLES:
            assert np.abs(b.row(tag, column, "difference")).max() < CENT, (tag, column)
        for column, line in (("lease", "lease liability"), ("lease", "right of use"), ("buy", "borrowings")):
            assert b.row(tag, column, line)[-1] == pytest.approx(0, abs=CENT), (tag, column, line)
        assert min(b.row(tag, "lease", "lease liability")) > -CENT
        last = {x: b.row(tag, x, "equity")[-1] for x in ("consolidated", "lease", "service", "failed_sale")}
        restored = b.plan.restoration
        assert last["lease"] + restored == pytest.approx(last["service"], abs=1.0)
        assert last["consolidated"] == pytest.approx(last["service"], abs=1.0)
        assert last["failed_sale"] == pytest.approx(last["service"], abs=1.0)


@pytest.mark.parametrize("shape", [x for x in SHAPES if x != "a delivery inside a quarter"])
def test_the_liability_is_the_reports_on_every_grid(shape):
    """On each reporting date the liability is that of exactly dated rent, however coarse the grid.

    The report dates rent by whole months; a delivery on the 15th is dated more finely in the rows.
    """
    changes = dict(SHAPES[shape])
    changes.setdefault("timeline.until", "2032-12-31")
    b = booked(revise(rf.read(HEADLINE), changes), resize=True)
    for month in b.dates():
        want = b.report.ifrs.balance("liability.closing", month)
        assert b.row("ifrs", "lease", "lease liability")[b.at(month)] == pytest.approx(want, rel=1e-9, abs=1.0), month

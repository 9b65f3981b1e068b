"""The sponsor's balance sheet in six columns: every column balances, eliminations reverse, parts add up."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.cash_evidence import debt_of
from ringfence.accounting.lease_report import lease_report
from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS
from ringfence.accounting.sponsor_books import TITLES, completion, sponsor_sheets
from ringfence.accounting.what_leaves import what_leaves
from ringfence.terms.read import revise

EXAMPLE = Path(__file__).parents[2] / "examples/softbank-10bn/deal.yaml"
CENT = 0.01
POLICY = {
    "accounting.leases.rent.initial_direct_costs": "30m USD",
    "accounting.leases.rent.restoration": "20m USD",
    "accounting.leases.rent.incentives": "10m USD",
    "accounting.leases.rent.standalone": {"lease": "90 USD", "service": "10 USD"},
}


def booked(deal):
    """Run a deal and return run, report and sheets by framework."""
    result = rf.run(deal)
    report = lease_report(result, dates=[completion(result, lease_report(result))])
    return result, report, {f: sponsor_sheets(result, report, framework=f) for f in ("IFRS 16", "ASC 842")}


@pytest.fixture(scope="module")
def books():
    """The example."""
    return booked(rf.read(EXAMPLE))


@pytest.mark.parametrize("framework", ["IFRS 16", "ASC 842"])
def test_every_column_balances(books, framework):
    """Assets are liabilities and equity in all six columns on every date; equity is added up from income."""
    sheets = books[2][framework]
    assert [s.month for s in sheets] == [10, 12, 24, 36, 48, 60]
    for sheet in sheets:
        assert set(sheet.columns) == set(TITLES)
        assert {x: c.difference for x, c in sheet.columns.items()} == pytest.approx(dict.fromkeys(TITLES, 0), abs=CENT)


def test_columns_balance_with_costs_incentives_and_services():
    """Direct costs, incentives, restoration and a service in the rent change lines and no balance."""
    _, report, sheets = booked(revise(rf.read(EXAMPLE), POLICY))
    assert report.facts.lease_share == pytest.approx(0.9)
    for framework in sheets:
        for sheet in sheets[framework]:
            assert max(abs(c.difference) for c in sheet.columns.values()) < CENT
    assert sheets["IFRS 16"][0]["lease"]["provisions"] == pytest.approx(20e6)


def test_consolidated_less_eliminations_is_the_vehicle(books):
    """The consolidated column is the sponsor's cash plus the vehicle, prepaid rent and the interest taken out."""
    for sheet in books[2]["IFRS 16"]:
        whole, alone, spv = sheet["consolidated"], sheet["service"], sheet.vehicle
        assert whole["borrowings"] == spv["debt"]
        assert whole["property"] == spv["property"]
        assert whole["cash"] - alone["cash"] == pytest.approx(spv["cash"], abs=CENT)
        prepaid = alone["prepaid rent"] - alone["other liabilities"]
        assert whole.assets - alone["cash"] == pytest.approx(spv["assets"], abs=CENT)
        assert whole["borrowings"] + whole["other liabilities"] + prepaid == pytest.approx(spv["liabilities"], abs=CENT)
        assert whole["non-controlling interests"] + sheet.interest == pytest.approx(spv["equity"], abs=CENT)
        assert whole["equity"] == pytest.approx(alone["equity"], abs=CENT)


def test_interests_of_all_holders_are_the_vehicles_equity(books):
    """The sponsor's share is of what is paid in: a third of the GPU business, all of the energy business."""
    result, _, sheets = books
    share = sheets["IFRS 16"][0].share
    m = result.measures
    assert share["spv.energy"] == 1.0
    paid = sum(float(x) for x in result.run["sponsor_note.spv.gpu.contribution"])
    assert share["spv.gpu"] == pytest.approx(paid / (paid + m["gpu_equity.invested"].value))


def test_amounts_come_from_the_run_and_the_report(books):
    """The lease column shows the report's balances and the consolidated one the engine's debt."""
    result, report, sheets = books
    for framework, of in (("IFRS 16", report.ifrs), ("ASC 842", report.us)):
        for sheet in sheets[framework]:
            liability, rou = of.balance("liability.closing", sheet.month), of.balance("rou.closing", sheet.month)
            assert sheet["lease"]["lease liability"] == pytest.approx(liability, abs=CENT)
            assert sheet["lease"]["right of use"] == pytest.approx(rou, abs=CENT)
            k = list(result.run["period.end"]).index(sheet.month)
            assert sheet.vehicle["debt"] == debt_of(result, "spv")[k]


def test_relief_is_against_borrowing_and_buying(books):
    """Relief is debt-like amounts of borrowing and buying less those of the column."""
    first = books[2]["IFRS 16"][0]
    assert first.relief("buy") == 0
    assert first.relief("lease") == first["buy"]["borrowings"] - first["lease"]["lease liability"]
    assert first.relief("service") == first["buy"]["borrowings"]


def test_an_opening_balance_sheet_is_in_every_column(books):
    """Amounts before the deal are added to each column, and equity is what balances them."""
    result, report, sheets = books
    (got,) = sponsor_sheets(result, report, months=[12.0], opening={"cash": 30e9, "borrowings": 12e9})
    assert got["as_is"]["equity"] == pytest.approx(18e9)
    for x, column in got.columns.items():
        assert abs(column.difference) < CENT
        assert column["cash"] == pytest.approx(30e9 + sheets["IFRS 16"][1][x]["cash"], abs=CENT)


@pytest.mark.parametrize("liability", [0.0, 40.0, 100.0, 130.0])
@pytest.mark.parametrize("outcome", [PASS, FAIL, NOT_ATTESTED, CONTRADICTED])
@pytest.mark.parametrize("best", [PASS, FAIL])
def test_parts_add_up_and_an_open_answer_never_helps(liability, outcome, best):
    """Stays, back, hangs and leaves are the debt; something leaves only by a certain no."""
    w = what_leaves(100.0, liability, outcome, best)
    assert w.stays + w.back + w.hangs + w.leaves == pytest.approx(100.0)
    assert min(w.stays, w.back, w.hangs, w.leaves) >= 0
    assert w.leaves == 0 or outcome is FAIL
    assert w.beyond == max(liability - 100.0, 0)

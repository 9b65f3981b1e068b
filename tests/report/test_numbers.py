"""Every number of a report is the run's: tables are the memo's, charts draw rows, payments are the books'."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from tests.report.made import Made

from ringfence.desk.memo import memo
from ringfence.desk.report.sections.answer import key_figures
from ringfence.desk.report.sections.structure import BUILDING, payments
from ringfence.desk.report.sections.waterfall import steps_of
from ringfence.desk.view import View

WHICH = [
    "bridge",
    "sam",
    pytest.param("plan", marks=pytest.mark.slow),
    pytest.param("stressed", marks=pytest.mark.slow),
]
FRAMED = {"headline"}


@pytest.mark.parametrize("which", WHICH)
def test_the_tables_of_the_memo_are_all_in_it(which: str, request: pytest.FixtureRequest):
    """What ``ringfence run`` prints is in the report, row for row."""
    import ringfence as rf

    made = request.getfixturevalue(which)
    base = rf.run(rf.agreed(made.result.deal)) if made.result.signed else None
    here = {(t.key, t.rows) for s in made.report.sections for t in s.tables}
    for table in memo(made.result, base=base, statements=which == "plan"):
        assert (table.key, table.rows) in here, table.title


@pytest.mark.parametrize("which", WHICH)
def test_charts_draw_rows_and_measures(which: str, request: pytest.FixtureRequest):
    """What a chart draws under the name of a row or measure is that row, from its start or where it applies."""
    made = request.getfixturevalue(which)
    run, view, seen = made.result.run, View(made.result), 0
    for chart in (c for s in made.report.sections for c in s.charts):
        for name, drawn in chart.drawn.items():
            if name in made.result.measures and name not in run:
                assert drawn == (made.result.measures[name].value,)
            elif name in run:
                row = view.line(name)
                where = view.when(view.line(f"{name}.applies"))
                end = len(drawn) == 1 and drawn == (row[-1],)
                assert end or list(drawn) in (row[: len(drawn)], [row[k] for k in where]), (chart.key, name)
            else:
                continue
            seen += 1
    assert seen > 5


@pytest.mark.parametrize("which", WHICH)
def test_payments_are_those_of_the_books(which: str, request: pytest.FixtureRequest):
    """All payments of the report together are all flows of the books, and none has lost its payer or payee."""
    made = request.getfixturevalue(which)
    view, flows = View(made.result), made.result.model.books.flows
    found = payments(view)
    for vehicle in made.result.deal.vehicles:
        net = sum(p.amount * ((p.payee == vehicle) - (p.payer == vehicle)) for p in found)
        booked = sum(view.total(f.row.name) * ((f.payee == vehicle) - (f.payer == vehicle)) for f in flows)
        assert net == pytest.approx(booked, abs=100.0)
    assert sum(p.amount for p in found) == pytest.approx(sum(abs(view.total(f.row.name)) for f in flows), abs=100.0)


@pytest.mark.parametrize("which", WHICH)
def test_building_is_the_uses_and_sources_of_funds(which: str, request: pytest.FixtureRequest):
    """What vehicles pay and get in the picture of building is what their sources and uses say, cash reserves apart."""
    made = request.getfixturevalue(which)
    view = View(made.result)
    found = [p for p in payments(view) if p.building]
    for vehicle in made.result.deal.vehicles:
        silos = [s for s in view.silos if s.vehicle == vehicle]
        uses = sum(view.total(line.row.name) for s in silos for line in s.uses if line.kind != "reserve")
        sources = sum(view.total(line.row.name) for s in silos for line in s.sources)
        assert sum(p.amount for p in found if p.payer == vehicle) == pytest.approx(uses, abs=100.0)
        assert sum(p.amount for p in found if p.payee == vehicle) == pytest.approx(sources, abs=100.0)
    assert any(name.endswith(BUILDING) for name in made.result.run)


@pytest.mark.parametrize("which", WHICH)
def test_a_waterfall_ends_with_the_cash_that_is_left(which: str, request: pytest.FixtureRequest):
    """New cash less what every step takes is what the business holds at the end."""
    made = request.getfixturevalue(which)
    view = View(made.result)
    for silo in view.silos:
        opening, available = view.line(f"{silo.key}.cash.opening"), view.line(f"{silo.key}.cash.available")
        new = sum(available) - sum(opening)
        taken = sum(step.total for step in steps_of(view, silo))
        assert new - taken == pytest.approx(view.cell(f"{silo.key}.cash.closing"), abs=1.0)


def test_key_figures_are_measures(bridge: Made):
    """The figures shown large are measures of the run, written as the memo writes them."""
    measures = bridge.result.measures
    shown = {label: (figure, remark) for label, figure, remark in key_figures(View(bridge.result))}
    assert shown["lowest DSCR"] == (f"{measures['mezz.dscr.min'].value:.2f}x", "mezz")
    assert shown["IRR"] == (f"{measures['gpu_equity.irr'].value * 100:.2f}%", "gpu_equity")


@pytest.mark.slow
def test_the_accounting_pages_are_in_it(plan: Made):
    """Every table of ``ringfence accounting`` is in the report, with the same rows."""
    from ringfence.desk.accounting import accounting_page, evidence

    here = {(t.key, t.rows) for t in plan.report.section("accounting").tables}
    for table in accounting_page(plan.result, evidence(plan.result)):
        assert (table.key, table.rows) in here, table.title


@pytest.mark.slow
def test_the_answer_says_what_happened(stressed: Made):
    """A deal that misses payments says so first, and the accounting answer stands in the same paragraph."""
    lead = next(b for b in stressed.report.section("answer").blocks if getattr(b, "style", "") == "lead")
    assert lead.text.startswith("Are the lenders paid? NO, although USD 457.0 m of dsra_lc is drawn.")
    assert "What leaves the balance sheet? Of spv's debt" in lead.text


@pytest.mark.slow
def test_sections_come_in_the_order_a_committee_asks(plan: Made):
    """The answer first, the proof and the assumptions last."""
    keys = [s.key for s in plan.report.sections]
    assert keys == [
        "answer", "structure", "funding", "timetable", "debt", "waterfall", "value", "returns", "sponsor", "power",
        "accounting", "statements", "payments", "proof", "register",
    ]  # fmt: skip


def test_steps_take_nothing_below_nothing(bridge: Made):
    """In a deal that pays everybody, no step gives cash back, and bars follow each other."""
    view = View(bridge.result)
    steps = steps_of(view, view.silos[0])
    assert all(min(s.amounts) > -1.0 for s in steps)
    sums = np.cumsum([0.0, *(s.total for s in steps)])
    assert all(b >= a - 1.0 for a, b in pairwise(sums))


def test_a_statement_cut_in_two_keeps_its_digits(sam: Made):
    """The years of one statement stand in several tables; an amount has as many decimals in each."""
    from ringfence.desk.memo.statements import statement_tables

    digits: dict[str, set[int]] = {}
    for table in statement_tables(View(sam.result)):
        digits.setdefault(table.key, set()).add(table.digits)
    assert digits and all(len(found) == 1 for found in digits.values())
    assert len(statement_tables(View(sam.result))) > len(digits)

"""A comparison as a report: its tables are the command's, its bridges meet B, its lines are both runs' rows."""

from __future__ import annotations

import pytest
from tests.report.made import BRIDGE

import ringfence as rf
from ringfence.desk.compare import compare
from ringfence.desk.report import pdf_bytes
from ringfence.desk.report.comparison import comparison_report

NAMES = ("as agreed", "changed")


@pytest.fixture(scope="module")
def made():
    """The hand calculation against itself with two terms changed."""
    a = rf.run(rf.read(BRIDGE))
    b = rf.run(rf.read(BRIDGE, set=["contracts.senior.pricing=9%", "assets.gpus.opex=3%"]))
    found = compare(a, b, attribute=True)
    return a, b, found, comparison_report(found, a, b, NAMES)


def test_the_tables_are_those_of_the_command(made):
    """Every table that ``ringfence compare`` prints is in the report."""
    *_, found, report = made
    here = {(t.key, t.title, t.rows) for s in report.sections for t in s.tables}
    assert {(t.key, t.title, t.rows) for t in found.tables(*NAMES)} == here


def test_bridges_lead_from_a_to_b(made):
    """The parts drawn in a bridge add up to the whole move of the figure."""
    _, _, found, report = made
    reading = found.attribution.readings[0]
    drawn = [c for c in report.section("shared").charts if f"debt {reading.name}" in c.title]
    assert drawn
    for chart in drawn:
        measure = next(iter(chart.drawn)).rpartition(":")[0]
        move = reading.moves[measure]
        assert sum(v for (v,) in chart.drawn.values()) == pytest.approx(move.b - move.a, abs=1e-6 * max(1, abs(move.b)))


def test_lines_side_by_side_are_rows_of_both(made):
    """What stands beside each other is the row of A and the row of B."""
    a, b, _, report = made
    for chart in report.section("pictures").charts:
        for name, drawn in chart.drawn.items():
            row, _, who = name.rpartition(":")
            line = [float(v) for v in (a if who == NAMES[0] else b).run[row]]
            flags = (a if who == NAMES[0] else b).run
            applies = f"{row}.applies"
            kept = [v for v, f in zip(line, flags[applies], strict=True) if f > 0.5] if applies in flags else line
            assert list(drawn) == kept


def test_it_is_printed_the_same_each_time(made):
    """The same two runs give the same bytes."""
    a, b, found, report = made
    assert pdf_bytes(report) == pdf_bytes(comparison_report(found, a, b, NAMES))


def test_two_equal_deals_say_so():
    """A deal against itself: no term differs, nothing is drawn, nothing fails."""
    a = rf.run(rf.read(BRIDGE))
    report = comparison_report(compare(a, a), a, a, ("A", "B"))
    assert report.section("answer").blocks[0].text == "No term differs."
    assert [s.key for s in report.sections] == ["answer", "changed", "moved"]

"""Results from elsewhere join a report by one method; random paths are such a result."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import pytest
from tests.report.made import BRIDGE, Made, packed, pdf_text

import ringfence as rf
from ringfence.desk.report import Contributor, Section, html_text, make_report, pdf_bytes
from ringfence.desk.report.model import Paragraph
from ringfence.desk.report.sections.risk import RiskPages
from ringfence.desk.table import Figure, Table

RISKS = """
risk:
  factors:
    rent: {type: gpu_rent, fleet: gpus}
    default: {type: lessee_default, lease: rent}
"""


@dataclass
class Mine:
    """Somebody's own page."""

    empty: bool = False

    def report_section(self) -> Section | None:
        """Return a heading, a sentence and a table."""
        table = Table("mine", "My <table>", ("#a", "b"), (("=1+1", Figure(2e6)),))
        return None if self.empty else Section("mine", "My own page", (Paragraph("A *sentence*."), table))


def test_a_page_of_ones_own_stands_before_the_proof(bridge: Made):
    """A section from elsewhere is printed and shown like any other; one with nothing to say is left out."""
    assert isinstance(Mine(), Contributor)
    report = make_report(bridge.result, BRIDGE, contributors=[Mine(), Mine(empty=True)])
    keys = [s.key for s in report.sections]
    assert keys.count("mine") == 1
    assert keys.index("accounting") < keys.index("mine") < keys.index("proof")
    text = packed(pdf_text(pdf_bytes(report)))
    for words in ("My own page", "A *sentence*.", "My <table>", "=1+1", "#a"):
        assert packed(words) in text
    assert "My &lt;table&gt;" in html_text(report)


@pytest.fixture(scope="module")
def risky(tmp_path_factory: pytest.TempPathFactory):
    """The hand calculation on a few thousand paths."""
    from ringfence.desk.risk import prepare, run_risk

    path = tmp_path_factory.mktemp("risky") / "deal.yaml"
    text = BRIDGE.read_text(encoding="utf-8")
    path.write_text(text.rstrip() + "\n" + RISKS, encoding="utf-8")
    deal = rf.read(path)
    return deal, run_risk(prepare(deal), paths=2_000)


@pytest.mark.slow
def test_random_paths_have_a_section(risky):
    """Every table of the risk page but the one that is drawn is in it, and its fans are percentiles of the run."""
    deal, result = risky
    section = RiskPages(result).report_section()
    assert section is not None
    shown = {(t.key, t.rows) for t in section.tables}
    assert {(t.key, t.rows) for t in result.tables() if t.key != "fans"} == shown
    drawn_of = [item for c in section.charts if c.key.startswith("risk-fans") for item in c.drawn.items()]
    medians = {fan.of.row: fan.values[2] for fan in result.fans}
    assert drawn_of
    for name, drawn in drawn_of:
        row = medians[name.rpartition(":")[0]]
        assert list(drawn) == [v for v in row if v == v]
    report = make_report(rf.run(deal), contributors=[RiskPages(result)])
    assert packed(section.title) in packed(pdf_text(pdf_bytes(report)))


@pytest.mark.slow
def test_probabilities_only_rise(risky):
    """What has happened by a date has happened by every later one, and ends at the probability over the whole life."""
    _, result = risky
    chart = next(c for c in RiskPages(result).report_section().charts if c.key == "risk-events")
    for name, drawn in chart.drawn.items():
        loan, _, event = name.partition(":")
        assert all(b >= a for a, b in pairwise(drawn))
        assert drawn[-1] == result.probability(loan, event).value

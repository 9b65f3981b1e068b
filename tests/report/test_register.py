"""The register: every written term once, with its remark, its vintage and its place."""

from __future__ import annotations

import pytest
from tests.report.made import BRIDGE, Made

import ringfence as rf
from ringfence.desk.report.sections.register import comments, entries
from ringfence.desk.view import View

DEAL = """\
deal: curve
timeline: {close: 2026-01-01, until: 2030-12-31, period: year}   # [J]
curves:
  SOFR:
    points: {2026-01-01: 4.0, 2028-01-01: 3.0}
    source: 'swap levels # of June [S]'
    vintage: 2025-06-30
parties:
  co: {role: vehicle}
  bank: {role: lender}   # [GK] and [S2 2024-11]
assets:
  plant:
    type: solar
    owner: co
    power: 10 MW
    cost: 1_000 USD/kW   # ATB [S 2024]
    construction: {start: 0m, time: 0m}
    capacity_factor: 25%
    fixed_cost: 10 USD/kW-y
    life: 10y
contracts:
  loan:
    type: loan
    lender: bank
    borrower: co
    size: {min: [{amount: 5m USD}]}
    availability: 0m
    pricing: SOFR + 2%
    repayment: {profile: level, every: 12m, count: 4}
  own: {type: equity, holder: bank, vehicle: co}
  ppa: {type: ppa, seller: co, buyer: grid, asset: plant, price: 60 USD/MWh, term: 5y}
"""


@pytest.fixture
def stressed_bridge():
    """The hand calculation at another price."""
    result = rf.run(rf.read(BRIDGE, set=["contracts.senior.pricing=9.0%"]))
    return result, entries(View(result), {})


def test_every_written_term_stands_in_the_register_once(bridge: Made):
    """Every value of the deal file is an entry, or an item of an entry that is a list; none stands twice."""
    view = View(bridge.result)
    found = entries(view, {})
    paths = [e.path for e in found]
    assert len(paths) == len(set(paths))
    left_out = ("scenarios", "hand_table", "deal", "title")
    for path, source in bridge.result.deal.sources.items():
        if source.text and path.partition(".")[0] not in left_out:
            at = path.rpartition(".")[0] if path.rpartition(".")[2].isdigit() else path
            (entry,) = [e for e in found if e.path == at]
            assert source.text in entry.value
            assert entry.place.startswith("deal.yaml:")


def test_remarks_give_source_and_vintage(tmp_path):
    """The remark behind a value is its source, the date in its mark its vintage; a curve states its own."""
    path = tmp_path / "deal.yaml"
    path.write_text(DEAL.replace("bank: {role: lender}", "grid: {role: offtaker}\n  bank: {role: investor}"))
    deal = rf.read(path)
    result = rf.run(deal)
    found = {e.path: e for e in entries(View(result), {"deal.yaml": path.read_bytes()})}
    assert found["timeline.close"].source == "[J]"
    assert found["parties.bank.role"].vintage == "2024-11"
    assert (found["assets.plant.cost"].source, found["assets.plant.cost"].vintage) == ("ATB [S 2024]", "2024")
    assert found["assets.plant.cost"].unit == "USD/MW"
    points = found["curves.SOFR.points.2026-01-01"]
    assert (points.source, points.vintage) == ("swap levels # of June [S]", "2025-06-30")
    assert found["assets.plant.owner"].is_number is False
    assert found["contracts.loan.pricing"].is_number


def test_a_hash_inside_quotes_is_no_remark():
    """Only a # after a blank and outside quotes begins a remark; a line that is a remark alone is about no value."""
    text = "a: '# no' # yes\nb: \"x # no\"\n# alone\nc: x#no\nd: it's # yes too\n"
    assert comments(text) == {1: "yes", 5: "yes too"}


def test_a_scenario_says_where_its_values_come_from(stressed_bridge):
    """A value of a scenario or of --set names it in the place column."""
    result, found = stressed_bridge
    changed = next(e for e in found if e.path == "contracts.senior.pricing")
    assert changed.place.startswith("--set")
    assert changed.value == "9.0%"
    assert result.signed


def test_defaults_are_terms_nobody_wrote(bridge: Made):
    """A default is listed with its value; a margin that stands within a written price is not one."""
    (table,) = [t for t in bridge.report.section("register").tables if t.key == "defaults"]
    values = {str(row[0]): row[1] for row in table.rows}
    sheet = bridge.result.model.sheet
    assert values
    assert not [name for name in values if name.endswith(".pricing.margin") or name.startswith("deal.")]
    for name, shown in values.items():
        assert shown.value == sheet[name].value != 0
        assert "(not written)" in sheet[name].source

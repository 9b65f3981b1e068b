"""The $10bn example: its uses, its scenarios, and the bridge down to the hand calculation."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.desk.scenarios import run_scenarios, scenario_table

EXAMPLE = Path(__file__).parents[2] / "examples" / "softbank-10bn"


@pytest.fixture(scope="module")
def base() -> rf.Result:
    """Return the example as agreed."""
    return rf.run(rf.read(EXAMPLE / "deal.yaml"))


def value(result: rf.Result, name: str) -> float:
    """Return a measure that must have a value."""
    found = result.measures[name].value
    assert found is not None
    return found


def test_uses_are_exactly_ten_billion_of_which_a_reserve_is_not_cash(base: rf.Result):
    """Uses are 10.000bn and cash uses 9.504bn to the cent; sources equal them; the rest is the LC-backed reserve."""
    assert value(base, "deal.uses.total") == pytest.approx(10e9, abs=0.005)
    assert value(base, "deal.uses.cash") == pytest.approx(9.504e9, abs=0.005)
    assert value(base, "deal.sources.total") == pytest.approx(value(base, "deal.uses.total"), abs=0.005)
    assert value(base, "deal.uses.reserve") == 0.496e9


def test_every_check_holds_in_the_base_case_and_in_every_scenario():
    """Cash, balance sheets, schedules, sources and uses hold as agreed and under stress."""
    for name, _, result in run_scenarios(EXAMPLE / "deal.yaml"):
        assert all(check.ok for check in result.checks), name


def test_sakai_only_earns_on_67_567_gpus_until_the_site_grows(base: rf.Result):
    """Without hosting, 150 MW at PUE 1.20 power 67,567 GPUs; until 2028 they cover the signed service 0.92x."""
    result = rf.run(rf.read(EXAMPLE / "deal.yaml", scenario="sakai-only"))
    at = result.model.timeline.find
    assert result.run.line("rent.earning")[at("2027-06")] == pytest.approx(150e3 / 1.20 / 1.85, rel=1e-9)
    assert result.run.line("rent.earning")[at("2025-12")] == 0
    k = at("2027-06")
    gpus, days = 150e3 / 1.20 / 1.85, 91
    cash = gpus * 1.60 * 24 * days - 5.5e9 * 0.015 / 4 - 0.457e9 * 0.02 / 4
    cover = cash / result.run.line("senior.debt_service")[k]
    assert result.run.line("senior.dscr")[k] == pytest.approx(cover, rel=1e-9)
    assert 0.90 < cover < 0.94, "the hand figure of 0.94x has neither the letter of credit fee nor ACT/360"
    assert value(result, "senior.dscr.min") < 0 < 1.15 < value(base, "senior.dscr.min")
    assert value(result, "senior.amount") == value(base, "senior.amount")


def test_the_bridge_ends_at_the_hand_figures():
    """Step by step the full deal becomes the hand calculation: 29.0 % in advance, 17.4 % at quarter end, DSCR 1.43x."""
    runs = list(run_scenarios(EXAMPLE / "bridge.yaml", resize=True))
    by_name = {name: result for name, _, result in runs}
    assert f"{value(by_name['in-advance'], 'gpu_equity.irr'):.1%}" == "29.0%"
    assert f"{value(by_name['in-arrears'], 'gpu_equity.irr'):.1%}" == "17.4%"
    assert f"{value(by_name['in-arrears'], 'senior.dscr.min'):.2f}" == "1.43"
    steps = [value(result, "gpu_equity.irr") for name, _, result in runs if name != "in-arrears"]
    assert steps == sorted(steps), "each cost that is taken away lifts the return"
    table = scenario_table(runs, ["gpu_equity.irr"], resize=True)
    assert table.cells()[-1][1:] == ["17.39%", "-11.58 pts"]


def test_the_ladder_costs_the_equity_not_the_lenders_amount(base: rf.Result):
    """At 450bp on the signed schedule the amount stays, cover falls, the all-in cost rises by more than the margin."""
    result = rf.run(rf.read(EXAMPLE / "deal.yaml", scenario="bb-ladder"))
    assert value(result, "senior.amount") == value(base, "senior.amount")
    assert value(result, "senior.dscr.min") < value(base, "senior.dscr.min")
    assert value(result, "senior.all_in_cost") - value(base, "senior.all_in_cost") > 0.015

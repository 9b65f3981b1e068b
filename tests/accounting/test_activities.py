"""Which activity drives the vehicle's value: shares of variance on random paths, or scenarios where none are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import ringfence as rf
from ringfence.desk.accounting.answers import accounts, evidence
from ringfence.desk.accounting.vehicle import activities_table
from ringfence.desk.risk import prepare
from ringfence.desk.risk.activities import ACTIVITY, activities_of, activity_evidence
from ringfence.desk.risk.parties import _add_parties
from ringfence.risk.factors import KINDS
from ringfence.risk.runner import run_blocks

SOFTBANK = Path(__file__).parents[2] / "examples/softbank-10bn/deal.yaml"
FACTORS = ("gpu_value", "softbank", "base", "solar_late")


@pytest.fixture(scope="module")
def prepared():
    """The $10bn example behind four of its factors."""
    return prepare(rf.read(SOFTBANK), factors=FACTORS)


@pytest.fixture(scope="module")
def moved(prepared):
    """Its activities on a small sample."""
    return activity_evidence(prepared, "spv", paths=512, seed=3)


def test_every_kind_of_factor_has_an_activity():
    """Each kind is mapped, or told apart by what the vehicle holds; nothing is mapped that is no kind."""
    kinds = {get_args(k.model_fields["type"].annotation)[0] if hasattr(k, "model_fields") else k for k in KINDS}
    assert set(ACTIVITY) | {"power_price", "weather"} == kinds


def test_every_factor_answers_to_one_activity(prepared):
    """Factors of the deal are grouped without remainder."""
    groups = activities_of(prepared, "spv")
    assert sorted(x for of in groups.values() for x in of) == sorted(FACTORS)
    assert groups["remarketing"] == ("gpu_value",) and groups["credit"] == ("softbank",)
    assert groups["procurement and construction"] == ("solar_late",) and groups["refinancing"] == ("base",)


def test_shares_add_to_one_and_name_what_moves_value(moved):
    """The lessee's default and the resale value move the equity; a swapped base rate hardly does."""
    shares = moved.drivers
    assert sum(shares.values()) == pytest.approx(1)
    assert min(shares.values()) >= 0
    assert shares["credit"] + shares["remarketing"] > 0.6 and shares["refinancing"] < 0.1
    assert moved.paths <= 512 and moved.spread > 1e6


def test_value_is_what_the_holders_receive(prepared, moved):
    """On every path the figure is the sum of what holders of equity receive at present value."""
    parties = _add_parties(prepared, "spv", 0.0)
    figure = "risk.spv.equity_value"
    holders = {c.holder for c in prepared.deal.of_type("equity").values() if c.vehicle == "spv"}
    names = [parties[x] for x in holders if x in parties]
    for block in run_blocks(prepared.job(128, seed=5, outputs=[figure, *names])):
        good = ~block.failed
        assert good.any()
        total = np.sum([block.values[n][good] for n in names], axis=0)
        assert block.values[figure][good] == pytest.approx(total, rel=1e-9, abs=1.0)


def test_one_factor_explains_everything():
    """Behind one factor alone, its activity has the whole variance, to the sampling error."""
    alone = activity_evidence(prepare(rf.read(SOFTBANK), factors=["gpu_value"]), "spv", paths=512)
    (index,) = alone.indices
    assert alone.drivers == {"remarketing": 1.0}
    assert index.total == pytest.approx(1, abs=4 * index.total_error)


@pytest.mark.slow
def test_what_does_not_vary_leaves_the_answer_to_the_scenarios(moved):
    """The page says which it was: random paths with their number, or hand-made scenarios."""
    result = rf.run(rf.read(SOFTBANK))
    still = activity_evidence(prepare(rf.read(SOFTBANK), factors=["yen"]), "spv", paths=128)
    assert still.drivers is None
    scenarios = evidence(result)
    by_hand, drawn = accounts(result, scenarios, moved=still), accounts(result, scenarios, moved=moved)
    assert by_hand.moved is None and "credit" not in by_hand.consolidation.drivers
    assert drawn.consolidation.drivers == pytest.approx(moved.drivers)
    (told,) = activities_table(by_hand)
    assert "hand-made scenarios" in told.notes[0]
    (told,) = activities_table(drawn)
    assert f"{moved.paths:,} random paths (seed 3)" in told.notes[0]
    assert any("random paths" in n for n in drawn.consolidation.notes)
    assert activities_table(accounts(result)) == []

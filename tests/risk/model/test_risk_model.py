"""The deal and its factors as one sheet: engines agree, terms stay signed, factors say what they are."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.risk.model.small import deal, model

from ringfence.blocks.build import build
from ringfence.desk.signed import signed
from ringfence.errors import DealError
from ringfence.risk.model import RiskModel, hold, open_model, risk_model
from ringfence.run import native, reference
from ringfence.run.explain import explain
from ringfence.sheet.clairvoyance import check_clairvoyance
from ringfence.solve import run_signed
from ringfence.terms.read import read_deal

EXAMPLE = Path(__file__).parents[3] / "examples/softbank-10bn/deal.yaml"
EVERYTHING = """
sofr: {type: base_rate, curve: SOFR}
market: {type: gpu_rent, fleet: gpus}
value: {type: resale, fleet: gpus}
energy: {type: power_price}
yen: {type: fx, moves: [site.electricity]}
weather: {type: weather, assets: [sun]}
rma: {type: failures, fleet: gpus}
late: {type: construction_delay, assets: [sun]}
nuclear: {type: construction_delay, assets: [reactor]}
grid_: {type: grid_delay, site: site}
chips: {type: delivery_slip, fleet: gpus}
fusion: {type: fusion_start, asset: star}
pays: {type: lessee_default, lease: rent, hazard: 20%}
"""


@cache
def example() -> RiskModel:
    """Return the $10bn example with its risks."""
    base = signed(read_deal(EXAMPLE))
    return risk_model(base.model, base.terms)


def agree(risks: RiskModel, count: int) -> None:
    """Assert that the reference gives every row and measure of some native paths, fed the same draws.

    A difference is measured by the largest amount of its unit in the deal, for a residual descends from amounts.
    """
    rows = [row.name for row in risks.sheet if row.kind != "table" and row.name not in risks.sheet.measures]
    got = native.compile(risks.sheet, [*rows, *risks.sheet.measures], risks.draws, keep=False).run(count, seed=11)
    assert not got.failed.any()
    for path in range(count):
        run = reference.run(risks.sheet, {name: got[name][path] for name in risks.draws})
        largest: dict[str, float] = {}
        for name in rows:
            unit = str(risks.sheet[name].unit)
            largest[unit] = max(largest.get(unit, 1e-6), float(np.max(np.abs(run[name]))))
        off = {n: float(np.max(np.abs(run[n] - got[n][path]))) / largest[str(risks.sheet[n].unit)] for n in rows}
        assert {name: share for name, share in off.items() if share > 1e-12} == {}
        for name, measure in run.measures.items():
            value = got[name][path]
            assert (
                np.isnan(value) if measure.value is None else value == pytest.approx(measure.value, rel=1e-9, abs=1e-9)
            )


def test_engines_agree_on_every_factor() -> None:
    """Reference and native give the same rows and measures of a deal with one factor of every kind."""
    agree(model(EVERYTHING, "{sofr: {market: -10%, energy: 20%}, late: {nuclear: 30%}}"), 3)


@pytest.mark.slow
def test_engines_agree_on_the_example() -> None:
    """The same for the $10bn example with its own risks."""
    agree(example(), 2)


def test_every_path_runs_on_the_signed_terms() -> None:
    """On drawn paths amounts and schedules are those signed, and the debt is never sized afresh."""
    risks = example()
    base = signed(read_deal(EXAMPLE))
    names = ["senior.amount", "senior.planned.repayment", "energy_loan.planned.repayment", "mezz.amount"]
    rows = [name for name in names if name not in risks.sheet.measures] + ["senior.planned.interest"]
    got = native.compile(risks.sheet, rows, risks.draws).run(8)
    for name in rows:
        np.testing.assert_array_equal(got[name], np.broadcast_to(base.run[name], got[name].shape))


def test_without_its_factors_the_open_deal_is_the_deal() -> None:
    """The deal alone, open and unshocked, holds the signed terms in its own cells: it runs to the agreed figures."""
    risks = example()
    base = signed(read_deal(EXAMPLE))
    run, signed_run = reference.run(risks.model.sheet), run_signed(base.model.sheet, base.terms)
    assert run.measures == signed_run.measures


def test_a_shock_can_be_set_on_the_open_deal() -> None:
    """A lender's case is a shock on the open deal: base +300 bp leaves a hedged loan whole and its rate higher."""
    base = signed(read_deal(EXAMPLE))
    opened = open_model(base.deal, base.terms, ["curve.sofr.shock"])
    run = reference.run(opened.sheet, {"curve.sofr.shock": 0.03})
    np.testing.assert_allclose(run["senior.rate"] - base.run["senior.rate"], 0.03)
    np.testing.assert_array_equal(run["senior.fixed_rate"], base.run["senior.fixed_rate"])


def test_factors_say_what_they_are() -> None:
    """Each has rows, draws and feeds that exist in the sheets, a measure, and the line of the deal it is from."""
    for risks in (example(), model(EVERYTHING)):
        terms = risks.model.deal.risk
        assert terms is not None
        assert [f.id for f in risks.factors] == list(terms.factors)
        assert {d for f in risks.factors for d in f.draws} == set(risks.draws)
        for f in risks.factors:
            assert f.rows
            assert all(name in risks.sheet for name in (*f.rows, *f.draws))
            assert all(risks.sheet[name].kind == "formula" and name in risks.model.shocks for name in f.feeds), f.id
            assert risks.sheet[f.rows[0]].unit == f.unit
            assert f"risk.factors.{f.id}" in f.source


def test_rates_are_risk_neutral_and_the_rest_is_not() -> None:
    """The measure of a factor is part of what it says of itself."""
    found = {f.id: f.measure for f in model(EVERYTHING).factors}
    assert {x for x, measure in found.items() if measure == "risk-neutral"} == {"sofr", "yen"}


def test_parameters_carry_their_source() -> None:
    """A parameter of the deal names its line, one left out the catalogue's entry, tag and source."""
    sheet = model("m: {type: gpu_rent, fleet: gpus, volatility: 45%}").sheet
    assert "risk.factors.m.volatility = 45%" in sheet["factor:m.volatility"].source
    assert sheet["factor:m.volatility"].value == 0.45
    assert sheet["factor:m.half_life"].source.startswith("catalogue/risk.yaml gpu_rent.half_life: judgement")
    assert sheet["factor:m.half_life"].value == 10.5


def test_only_the_factors_asked_for() -> None:
    """Some factors alone: the others neither draw nor feed, and the draws of those kept are what they were."""
    base = signed(deal(EVERYTHING))
    some = risk_model(base.model, base.terms, ["energy", "late"])
    whole = risk_model(base.model, base.terms)
    assert [f.id for f in some.factors] == ["energy", "late"]
    assert set(some.draws.items()) < set(whole.draws.items())


def test_a_factor_added_leaves_the_numbers_of_others() -> None:
    """Draws hang on names alone, so that variants with one factor more are run on common random numbers."""
    one, two = model("e: {type: power_price}"), model("r: {type: base_rate, curve: SOFR}\ne: {type: power_price}")
    assert one.draws["factor:e.draw.normal"] == two.draws["factor:e.draw.normal"]
    numbers = [d.factor for d in model(EVERYTHING).draws.values()]
    assert len(set(numbers)) == len(numbers)


def test_several_factors_on_one_price_act_together() -> None:
    """A price of energy fixed in yen moves by both: the feed is the product."""
    risks = model("e: {type: power_price}\ny: {type: fx, moves: [site.electricity]}")
    names = ["site.electricity.shock", "factor:e.level", "factor:y.level"]
    got = native.compile(risks.sheet, names, risks.draws).run(32)
    np.testing.assert_allclose(got[names[0]], got[names[1]] * got[names[2]])


def test_the_joined_sheet_is_blind() -> None:
    """With its factors in front, no payment of a deal reads what a path has not shown yet."""
    for risks in (example(), model(EVERYTHING)):
        cash = [flow.row.name for flow in risks.model.books.flows]
        assert check_clairvoyance(risks.sheet, cash) == ()


def test_a_path_is_explained() -> None:
    """A fed input explains itself by the factor behind it, down to its parameter and source."""
    risks = model("r: {type: base_rate, curve: SOFR, volatility: 120bp}")
    labels = risks.timeline.labels
    text = str(explain(risks.sheet, reference.run(risks.sheet), "senior.rate", period=5, depth=6, labels=labels))
    assert "factor:r.spread" in text
    assert "curve.sofr.realised" in text


def test_held_terms_stay_held() -> None:
    """A sheet that holds its terms has no row left that could size them."""
    base = signed(deal("e: {type: power_price}"))
    fresh = build(base.deal)
    hold(fresh.sheet, base.terms.inputs)
    run = reference.run(fresh.sheet)
    assert run.measures == run_signed(base.model.sheet, base.terms).measures
    cut = [row.name for row in fresh.sheet if row.expr is not None and row.expr.op == "choose"]
    assert not any(name.endswith((".amount", ".advance")) for name in cut)


def test_a_deal_without_risks_is_refused() -> None:
    """A deal without the block, and a factor it does not have, are findings with a way out."""
    base = signed(read_deal(EXAMPLE.parent.parent / "bridge/deal.yaml"))
    with pytest.raises(DealError, match="has no risk block, so nothing moves"):
        risk_model(base.model, base.terms)
    small = signed(deal("energy: {type: power_price}"))
    with pytest.raises(DealError, match="There is no factor enrgy; did you mean energy"):
        risk_model(small.model, small.terms, ["enrgy"])


def test_a_default_without_a_market_is_noticed() -> None:
    """Where nothing moves the market's rent, a run says that GPUs are let again at the agreed rent."""
    alone = "l: {type: lessee_default, lease: rent}\nv: {type: resale, fleet: gpus}"
    notices = model(alone).notices
    assert any("let again at the agreed rent" in text for text in notices)
    assert any("resale follows its curve alone" in text for text in notices)
    assert model(f"{alone}\ng: {{type: gpu_rent, fleet: gpus}}").notices == ()


def test_a_value_that_cannot_move_is_refused() -> None:
    """A price a factor is said to move must be one a path can move; the nearest is named."""
    base = signed(deal("y: {type: fx, moves: [site.electricty]}"))
    with pytest.raises(
        DealError, match=r"site\.electricty, which a path of this deal cannot move; did you mean site\.elec"
    ):
        risk_model(base.model, base.terms)

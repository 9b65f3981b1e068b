"""The risk block: what is read, what is refused, and what does not change."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.risk.model.small import DEAL, deal

from ringfence.blocks.build import build
from ringfence.catalogue import names, risk
from ringfence.errors import DealError
from ringfence.risk.factors import KINDS
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_deal, read_text
from ringfence.terms.risk import RUNGS, parse_correlation

EXAMPLE = Path(__file__).parents[3] / "examples/softbank-10bn/deal.yaml"


def refusal(factors: str, correlation: str = "") -> str:
    """Return all findings of a deal that is refused."""
    with pytest.raises(DealError) as caught:
        deal(factors, correlation)
    return str(caught.value)


@pytest.mark.parametrize(
    ("factor", "message"),
    [
        ("x: {type: gpu_rnt, fleet: gpus}", "is gpu_rnt, which is not one of its choices; did you mean gpu_rent"),
        ("x: {type: gpu_rent, fleet: gpu}", "risk.factors.x.fleet is gpu, but the deal has no such GPU fleet"),
        ("x: {type: gpu_rent, fleet: sun}", "is sun, a solar, but a GPU fleet is expected"),
        ("x: {type: base_rate, curve: SOFRR}", "no such curve; did you mean SOFR"),
        ("x: {type: weather, assets: [reactor]}", "is reactor, a nuclear, but a solar or wind plant is expected"),
        ("x: {type: lessee_default, lease: senior}", "is senior, a loan, but a lease is expected"),
        ("x: {type: grid_delay, site: sun}", "a data centre is expected"),
        ("x: {type: fusion_start, asset: sun}", "a fusion plant is expected"),
        ("x: {type: construction_delay, assets: [star]}", "star has no construction"),
        ("x: {type: construction_delay, assets: [sun, reactor]}", "defaults of nuclear and solar plants at once"),
        ("x: {type: construction_delay, assets: []}", "at least 1"),
        ("x: {type: gpu_rent, fleet: gpus, volatility: -10%}", "cannot be negative"),
        ("x: {type: gpu_rent, fleet: gpus, fall: 100%}", "is no rent"),
        ("x: {type: gpu_rent, fleet: gpus, generations: 400}", "at most 40 generations"),
        ("x: {type: gpu_rent, fleet: gpus, drop: 95%}", "its drop is 0.95, and 0.9 is the most it may be"),
        ("x: {type: gpu_rent, fleet: gpus, opening: 1e308}", "its opening is 1e+308, and 100 is the most"),
        ("x: {type: resale, fleet: gpus, spread: 99999%}", "its spread is 999.99, and 3 is the most it may be"),
        ("x: {type: delivery_slip, fleet: gpus, sigma: 1000%}", "its sigma is 10, and 3 is the most it may be"),
        ("x: {type: grid_delay, site: site, time: 12m, median: 101}", "its median is 101, and 100 is the most"),
        ("x: {type: lessee_default, lease: rent, hazard: 1%, to_rent: 6}", "its to_rent is 6, and 5 is the most"),
        ("x: {type: weather, assets: [sun], years: [1, 1e308]}", "one of its years has 1e+308, and 1e+06 is the most"),
        ("x: {type: gpu_rent, fleet: gpus, volatillity: 10%}", "is not a known key; did you mean volatility"),
        ("period: {type: power_price}", "'period' cannot be the id of a factor"),
        ("GPU-rent: {type: power_price}", "'GPU-rent' cannot be the id of a factor"),
        ("x: {type: lessee_default, lease: rent, rating: D}", "is rated D, which is not in the hazard table"),
    ],
)
def test_a_factor_that_cannot_be_is_a_finding(factor: str, message: str) -> None:
    """An unknown factor, one on a missing asset or on the wrong kind, and a parameter without sense are told apart."""
    text = refusal(factor)
    assert message in text
    assert "  fix:" in text or "  rule:" in text


def test_a_date_that_no_calendar_reaches_is_told_with_its_line() -> None:
    """A factor's date in the year 9999 is refused where it is written."""
    from ringfence.desk.signed import signed
    from ringfence.risk.model import risk_model

    base = signed(deal("x: {type: gpu_rent, fleet: gpus, first_generation: 9999-12-31}"))
    with pytest.raises(DealError, match=r"outside the years the calendars know(?s:.*)risk.factors.x.first_generation"):
        risk_model(base.model, base.terms)


def test_a_site_with_power_at_close_has_no_delay_to_come() -> None:
    """A grid delay of a site that is connected would silently be nothing; it is refused unless a time is written."""
    text = DEAL.replace("FACTORS", "    g: {type: grid_delay, site: site}").replace(
        "date: 2027-01-01", "date: 2026-01-01"
    )
    with pytest.raises(DealError, match="site has power at close"):
        read_text(text, Deal)
    read_text(text.replace("site: site}", "site: site, time: 12m}"), Deal)


def test_correlations_are_numbers_or_percentages() -> None:
    """-30% and -0.3 are one; 30 is asked whether percent is meant."""
    assert parse_correlation("-30%") == parse_correlation(-0.3) == -0.3
    both = "r: {type: base_rate, curve: SOFR}\np: {type: power_price}"
    assert "write 30% if percent is meant" in refusal(both, "{r: {p: 30}}")
    assert "a correlation is written -30% or -0.3" in refusal(both, "{r: {p: high}}")
    assert "a factor has a correlation of 1 with itself" in refusal(both, "{r: {r: 0.5}}")


def test_every_factor_of_the_language_is_built_and_has_its_defaults() -> None:
    """Each type of the deal language is a kind with a file, and each default it asks for is in the catalogue."""
    from typing import get_args

    from ringfence.terms.risk import AnyFactor

    types = {get_args(member.model_fields["type"].annotation)[0] for member in get_args(get_args(AnyFactor)[0])}
    assert types == set(KINDS)
    for kind in KINDS.values():
        assert kind.label
        assert callable(kind.add)
        assert any(name.partition("-")[0] == kind.type for name in names("risk"))


def test_ratings_have_rungs() -> None:
    """Every other name of a rating leads to a rung of the hazard table, and hazards rise down the ladder."""
    rungs = names("risk", "hazards")
    assert set(RUNGS.values()) <= set(rungs)
    from ringfence.catalogue import hazard

    rates = [hazard(rung).number("hazard") for rung in rungs]
    assert rates == sorted(rates)


def test_defaults_say_how_far_to_trust_them() -> None:
    """No default of a factor is called sourced unless it is a date or an interval somebody published."""
    sourced = [(n, f) for n in names("risk") for f, fact in risk(n).facts.items() if fact.tag == "S"]
    assert sourced == [("gpu_rent", "every"), ("fusion_start", "stated")]


def test_the_block_changes_no_row_of_the_deal() -> None:
    """The $10bn example with and without its risks is the same sheet: rows, formulas and inputs."""
    from ringfence.run.reference import structure

    text = EXAMPLE.read_text(encoding="utf-8")
    with_risk, without = build(read_deal(EXAMPLE)).sheet, build(read_text(text[: text.index("\nrisk:")], Deal)).sheet
    assert structure(with_risk) == structure(without)
    assert [row.value for row in with_risk] == [row.value for row in without]

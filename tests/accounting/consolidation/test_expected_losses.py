"""Expected losses: the shared cases, and the laws every allocation obeys."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ringfence as rf
from ringfence.accounting.cash_evidence import interest_holders, party_values
from ringfence.accounting.expected_losses import (
    Tier,
    allocate,
    expected_variability,
    fin46r_consolidator,
    normal_expected_losses,
    pour,
    standard_errors,
    variability,
)
from ringfence.accounting.party_cash import (
    check_holders,
    fair_value_rate,
    make_sample,
    present_values,
)
from ringfence.errors import DealError

TEMPLATE = Path(__file__).parents[3] / "src/ringfence/desk/templates/gpu-lease.yaml"
CASES = {case["id"]: case for case in json.loads((Path(__file__).parent / "cases.json").read_text())}
amounts = st.floats(-1e9, 1e9, allow_nan=False, width=64)


@st.composite
def samples(draw, least: int = 1):
    """Draw a sample of party cash flows with probabilities."""
    paths, parties = draw(st.integers(2, 12)), draw(st.integers(least, 5))
    cash = draw(st.lists(st.lists(amounts, min_size=parties, max_size=parties), min_size=paths, max_size=paths))
    weights = np.array(draw(st.lists(st.floats(0.01, 1), min_size=paths, max_size=paths)))
    return make_sample([f"p{k}" for k in range(parties)], cash, weights / weights.sum())


def test_fin46r_appendix_a():
    """FIN46R_APPENDIX_A_EL: ASC 810-10-55-42 to 55-49 (verify), each figure within 1 USD."""
    case = CASES["FIN46R_APPENDIX_A_EL"]
    given, want, within = case["inputs"], case["expected"], case["tolerance"]

    cash, got = expected_variability(
        given["cash_flows"], given["probabilities"], rate=given["rate"], years=given["years"]
    )

    assert cash == pytest.approx(want["expected_cash_flow"], abs=within)
    assert got.expected == pytest.approx(want["fair_value"], abs=within)
    assert got.losses == pytest.approx(want["expected_losses"], abs=within)
    assert got.returns == pytest.approx(want["expected_residual_returns"], abs=within)
    assert got.total == pytest.approx(want["expected_variability"], abs=within)


def test_normal_value_with_a_guarantee_against_the_closed_form():
    """OWN_VIE_NORMAL_ANALYTIC: ASC 810-10-20 (definition); equal-probability quantiles, within 0.02."""
    case = CASES["OWN_VIE_NORMAL_ANALYTIC"]
    mu, sigma, want, within = case["inputs"]["mu"], case["inputs"]["sigma"], case["expected"], case["tolerance"]
    count = 50_000
    value = np.array([NormalDist(mu, sigma).inv_cdf((k + 0.5) / count) for k in range(count)])
    payout = np.maximum(mu - value, 0)
    sample = make_sample(["lessee", "equity"], np.column_stack([-payout, value + payout]))

    top, holder = allocate(sample, "top_down"), allocate(sample, "one_sided")

    assert normal_expected_losses(sigma) == pytest.approx(want["expected_losses"], abs=1e-12)
    assert top.entity.losses == pytest.approx(want["expected_losses"], abs=within)
    assert top.entity.returns == pytest.approx(want["expected_residual_returns"], abs=within)
    assert top.loss_shares["lessee"] == pytest.approx(want["rvg_el_share_topdown"], abs=within)
    assert top.loss_shares["equity"] == pytest.approx(want["equity_el_share_topdown"], abs=within)
    assert holder.losses["lessee"] == pytest.approx(want["rvg_el_holder_level"], abs=within)


@given(samples())
def test_shares_add_to_one_and_top_down_adds_exactly_to_the_entity(sample):
    """For any sample, top-down losses add to EL, top-down returns to ERR, EL = ERR and the shares add to one."""
    got = allocate(sample)
    scale = 1 + abs(sample.cash).sum()

    assert sum(got.losses.values()) == pytest.approx(got.entity.losses, abs=1e-9 * scale)
    assert sum(got.returns.values()) == pytest.approx(got.entity.returns, abs=1e-9 * scale)
    assert got.entity.losses == pytest.approx(got.entity.returns, abs=1e-9 * scale)
    for method in ("top_down", "one_sided"):
        one = allocate(sample, method)
        if one.applies:
            assert sum(one.loss_shares.values()) == pytest.approx(1, abs=1e-9)


@given(samples(), st.floats(0.01, 1e4))
def test_losses_scale_with_cash(sample, factor):
    """Twice the cash is twice the expected losses, under both sample methods."""
    larger = make_sample(sample.parties, sample.cash * factor, sample.probabilities)
    for method in ("top_down", "one_sided"):
        small, large = allocate(sample, method), allocate(larger, method)
        for party in sample.parties:
            tolerance = 1e-9 * factor * (1 + abs(sample.cash).sum())
            assert large.losses[party] == pytest.approx(small.losses[party] * factor, abs=tolerance)


@given(samples(), st.integers(0, 4))
def test_a_party_that_holds_everything_absorbs_everything(sample, place):
    """Whoever holds all interests absorbs all losses and all returns; strangers absorb none."""
    entity = sample.entity
    parties = [f"p{k}" for k in range(5)]
    cash = np.zeros((len(entity), 5))
    cash[:, place] = entity
    for method in ("top_down", "one_sided"):
        got = allocate(make_sample(parties, cash, sample.probabilities), method)
        if got.applies:
            assert got.loss_shares[f"p{place}"] == pytest.approx(1)
            assert got.share(f"p{(place + 1) % 5}") == pytest.approx(0)


@given(samples(least=2))
def test_constant_interests_absorb_nothing(sample):
    """A party paid the same on every path has no part of the losses."""
    cash = sample.cash.copy()
    cash[:, 0] = cash[0, 0]
    got = allocate(make_sample(sample.parties, cash, sample.probabilities))
    assert got.losses["p0"] == pytest.approx(0, abs=1e-6 * (1 + abs(cash).max()))


@given(st.floats(0, 1e9), st.lists(st.floats(1, 1e9), min_size=1, max_size=5))
def test_pouring_loses_nothing_and_fills_each_tier_first(amount, values):
    """All expected losses land somewhere; a tier is touched only when every tier below it is full."""
    tiers = [Tier({f"t{k}": v}) for k, v in enumerate(values)]
    got = pour(amount, tiers)

    assert sum(got.values()) == pytest.approx(amount, rel=1e-12, abs=1e-12)
    for k in range(1, len(values)):
        if got[f"t{k}"] > 0:
            assert got[f"t{k - 1}"] == pytest.approx(values[k - 1])


def test_bottom_up_pours_appendix_a_through_subordination():
    """EL of 26,667 meets 20,000 of equity shared 3:1, then subordinated debt; returns go to equity."""
    case = CASES["FIN46R_APPENDIX_A_EL"]["inputs"]
    values = np.array(case["cash_flows"]) / 1.05
    sample = make_sample(["entity"], values, case["probabilities"])
    tiers = [Tier({"a": 15_000, "b": 5_000}), Tier({"sub": 50_000}), Tier({"senior": 687_143})]

    got = allocate(sample, "bottom_up", tiers=tiers)

    assert got.losses["a"] == pytest.approx(15_000)
    assert got.losses["b"] == pytest.approx(5_000)
    assert got.losses["sub"] == pytest.approx(6_666.67, abs=0.01)
    assert got.losses["senior"] == 0
    assert got.returns["a"] == pytest.approx(20_000, abs=0.01)
    assert fin46r_consolidator(got) == "a"


def test_majority_of_losses_wins_over_majority_of_returns():
    """FIN 46(R) paragraph 14: who absorbs most losses consolidates, whoever has the returns; a tie is nobody."""
    value = np.array([0.0, 100.0, 200.0])
    guarantee = np.maximum(90 - value, 0)
    sample = make_sample(["guarantor", "equity"], np.column_stack([-guarantee, value + guarantee]))
    assert fin46r_consolidator(allocate(sample, "one_sided")) == "equity"
    assert fin46r_consolidator(allocate(make_sample(["a", "b"], np.column_stack([value, value])))) is None


def test_two_discounting_approaches():
    """The fair-value approach finds the rate at which expected cash is worth fair value; 5 % on the case's own."""
    case = CASES["FIN46R_APPENDIX_A_EL"]["inputs"]
    flows = np.array(case["cash_flows"])[:, None]
    rate = fair_value_rate(flows, [1.0], case["probabilities"], 795_000 / 1.05)
    assert rate == pytest.approx(0.05, abs=1e-12)
    assert present_values([[100, 110]], [0, 1], 0.10)[0] == pytest.approx(200)


def test_grouping_adds_columns():
    """A sponsor and its de facto agent count as one; the entity's own value does not move."""
    sample = make_sample(["a", "b", "c"], [[1, 2, 3], [4, 6, 5]])
    got = sample.grouped({"group": ["a", "c"]})
    assert got.parties == ("group", "b")
    np.testing.assert_allclose(got.column("group"), [4, 9])
    np.testing.assert_allclose(got.entity, sample.entity)


def test_bootstrap_error_shrinks_with_the_sample():
    """The standard error of a share falls like one over the root of the number of paths."""
    random = np.random.default_rng(1)

    def error(count: int) -> float:
        cash = random.normal(size=(count, 2)) * [1, 2]
        return standard_errors(make_sample(["a", "b"], cash), draws=100)["a"]

    assert error(16_000) < 0.5 * error(1_000)


def test_no_variability_is_no_share():
    """A certain entity has no expected losses: the shares are 0 and do not apply (convention 4.2)."""
    got = allocate(make_sample(["a", "b"], [[5, 3], [5, 3]]))
    assert not got.applies
    assert got.loss_shares == {"a": 0.0, "b": 0.0}


@pytest.mark.parametrize(
    ("parties", "cash", "probabilities", "words"),
    [
        (["a"], [[1.0], [2.0]], [0.5, 0.4], "add to 0.9, not to 1"),
        (["a"], [[1.0], [2.0]], [1.5, -0.5], "A probability is -0.5"),
        (["a"], [[1.0], [2.0]], [1.0], "1 probabilities for 2 paths"),
        (["a", "b"], [[1.0], [2.0]], [0.5, 0.5], "shape (2, 1), but 2 parties"),
        (["a"], [[float("nan")], [2.0]], [0.5, 0.5], "Path 0 gives a nan"),
        (["a", "a"], [[1.0, 1.0]], [1.0], "stands twice"),
    ],
)
def test_bad_samples_are_refused_with_their_numbers(parties, cash, probabilities, words):
    """A sample that cannot be used is a finding with its numbers, never a wrong share."""
    with pytest.raises(DealError) as refused:
        make_sample(parties, cash, probabilities)
    assert words in str(refused.value)


def test_variability_of_equal_paths():
    """Paths without probabilities count alike."""
    got = variability([0.0, 10.0])
    assert (got.expected, got.losses, got.returns, got.total) == (5, 2.5, 2.5, 5)


def test_a_sample_names_the_holders_of_interests_and_nobody_else():
    """A stranger's column and a holder left out are findings with both names; a whole sample has none."""
    holders = ("bank", "fund")

    stranger, missing = check_holders(make_sample(["bank", "funds"], [[1.0, 2.0]]), holders, "vehicle")

    assert "column funds, which holds no interest in vehicle; did you mean fund?" in stranger.message
    assert "no column for fund" in missing.message
    assert check_holders(make_sample(["fund", "bank"], [[1.0, 2.0]]), holders, "vehicle") == []


def test_the_holders_of_a_deal_are_those_its_own_sample_has():
    """Lenders, equity and whoever tops up: the columns that random paths write, no tenant and no vendor."""
    result = rf.run(rf.read(TEMPLATE))

    assert interest_holders(result, "vehicle") == tuple(party_values(result, "vehicle", rate=0.04))

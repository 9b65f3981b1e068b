"""Samples from a ranking of claims: the columns add to the value, guarantees move it, expected losses follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.accounting.expected_losses import allocate
from ringfence.accounting.waterfall_sample import Claim, Promise, tiers_of, waterfall_sample
from ringfence.errors import DealError

money = st.floats(0, 1e6)


@given(st.lists(st.floats(-1e5, 1e6), min_size=2, max_size=8), money, money, st.floats(0, 1), money, money)
def test_columns_add_to_the_value(value, senior, junior, share, guaranteed, cap):
    """Whatever the claims and guarantees, the holders together have exactly the entity's own value."""
    promises = [Promise("lessee", amount=guaranteed, cap=cap, premium=5.0), Promise("bank", claim="junior", cap=cap)]
    claims = [Claim("senior", senior), Claim("junior", junior)]
    got = waterfall_sample(value, claims, {"a": share, "b": 1 - share}, promises=promises)
    np.testing.assert_allclose(got.entity, value, atol=1e-6)


def test_worked_by_hand():
    """Value 120 or 60, debt 50 and 30, equity 60:40; the debt of 30 is guaranteed up to 15."""
    claims = [Claim("senior", 50), Claim("junior", 30)]
    got = waterfall_sample([120, 60], claims, {"a": 0.6, "b": 0.4}, promises=[Promise("g", claim="junior", cap=15)])
    columns = {p: got.column(p).tolist() for p in got.parties}
    assert columns == {
        "senior": [50, 50],
        "junior": [30, 25],
        "a": pytest.approx([24, 0]),
        "b": pytest.approx([16, 0]),
        "g": [0, -15],
    }
    top = allocate(got)
    assert top.entity.losses == pytest.approx(15)
    assert top.losses == pytest.approx({"senior": 0, "junior": 1.25, "a": 6, "b": 4, "g": 3.75})
    bottom = allocate(got, "bottom_up", tiers=tiers_of(claims, {"a": 0.6, "b": 0.4}, 10))
    assert bottom.losses == pytest.approx({"a": 6, "b": 4, "junior": 5, "senior": 0})


def test_equity_that_holds_everything_absorbs_everything():
    """Without claims, the sole residual holder bears all expected losses."""
    got = allocate(waterfall_sample([3.0, 5.0, 9.0], [], {"equity": 1.0}))
    assert got.loss_shares == {"equity": 1.0}


@pytest.mark.parametrize(
    ("claims", "residual", "promises", "words"),
    [
        ([Claim("a", -1)], {"e": 1}, [], "negative amount"),
        ([], {"e": 0.9}, [], "add to 0.9"),
        ([Claim("a", 1)], {"e": 1}, [Promise("g")], "neither"),
        ([Claim("a", 1)], {"e": 1}, [Promise("g", claim="b")], "neither"),
    ],
)
def test_bad_claims_are_refused(claims, residual, promises, words):
    """Claims, shares and promises that cannot be meant are findings."""
    with pytest.raises(DealError, match=words):
        waterfall_sample([1.0], claims, residual, promises=promises)

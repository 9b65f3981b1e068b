"""Laws of renewals and rent by use on random deals: every check holds, a right unused moves nothing, use is bounded."""

from __future__ import annotations

from itertools import count, islice

import numpy as np
import pytest
from tests.laws.deals import read_random

import ringfence as rf
from ringfence.errors import DealError
from ringfence.terms.read import revise

RENEWED = {"renewal": [{"term": "12m", "rent": "same", "exercised": True}]}
PART = {"usage": {"take_or_pay": "50%", "expected": "80%"}}
ALL = {"usage": {"take_or_pay": "0%", "expected": "100%"}, "renewal": None}


def varied(seed, terms):
    """Return a random deal, its first lease, and the same with terms of that lease changed; None where refused."""
    deal = read_random(seed)
    lease = next((x for x, c in deal.of_type("lease").items() if c.expires is None), None)
    if lease is None:
        return None
    try:
        return deal, lease, revise(deal, {f"contracts.{lease}.{k}": v for k, v in terms.items()})
    except DealError:
        return None


SEEDS = list(islice((n for n in count() if varied(n, {**RENEWED, **PART}) and varied(n, ALL)), 6))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_check_holds_with_renewals_and_use(seed):
    """Sources equal uses, cash is conserved and every balance sheet balances, whatever is renewed and used."""
    _, lease, variant = varied(seed, {**RENEWED, **PART})
    result = rf.run(variant, resize=True)
    assert [c.name for c in result.checks if not c.ok] == []
    whole = np.asarray(result.run[f"{lease}.firm.due"]) + np.asarray(result.run[f"{lease}.beyond.due"])
    np.testing.assert_allclose(whole, result.run[f"{lease}.due"], rtol=1e-9, atol=1e-3)


@pytest.mark.parametrize("seed", SEEDS[:3])
def test_full_use_is_rent_owed_in_any_case(seed):
    """All used at no take-or-pay at all pays what a firm rent pays; the parts are the shares."""
    deal, lease, variant = varied(seed, ALL)
    base = rf.run(revise(deal, {f"contracts.{lease}.renewal": None}), resize=True)
    used = rf.run(variant, resize=True)
    np.testing.assert_allclose(used.run[f"{lease}.due"], base.run[f"{lease}.due"], rtol=1e-9, atol=1e-3)
    assert np.abs(np.asarray(used.run[f"{lease}.firm.due"])).max() == 0

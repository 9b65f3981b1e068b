"""A deal that was changed at random and still reads runs, or is refused with a sentence: nothing else is raised."""

from __future__ import annotations

import random

import pytest
from tests.fuzz.test_reader import restructured
from tests.laws.deals import deal_text, random_deal

import ringfence as rf
from ringfence.errors import RingfenceError
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text


def run_mutated(seed: int) -> str:
    """Change a random deal, read it and run it; say how far it came."""
    draw = random.Random(seed)
    text = restructured(deal_text(random_deal(seed % 40)), draw).decode("utf-8", "replace")
    try:
        deal = read_text(text, Deal)
    except RingfenceError:
        return "refused"
    try:
        rf.run(deal)
    except RingfenceError as error:
        assert str(error).strip(), f"mutation {seed} is refused without a sentence"
        return "not built"
    return "ran"


def outcomes(seeds: range) -> dict[str, int]:
    """Count how far mutated deals come."""
    found = [run_mutated(seed) for seed in seeds]
    return {outcome: found.count(outcome) for outcome in ("refused", "not built", "ran")}


def test_mutated_deals_run_or_are_refused() -> None:
    """Of forty mutated deals some run, the rest are refused by our own errors."""
    assert outcomes(range(40))["ran"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 2000, 200))
def test_many_mutated_deals_run_or_are_refused(start: int) -> None:
    """The same two thousand times."""
    assert outcomes(range(start, start + 200))["ran"] > 0

"""The laws hold on random deals: 24 of them in the fast suite, 600 in the slow one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from tests.laws.deals import deal_text, random_deal, read_random
from tests.laws.laws import View, breaches

import ringfence as rf
from ringfence.errors import DealError
from ringfence.solve import run_fresh, run_signed, sign

FAST = range(1000, 1024)
SLOW = range(0, 600)
SLICE = 25
REFUSED_AT_MOST = 0.02
"""Share of the drawn deals that a rule of the reader may refuse."""


@lru_cache(maxsize=64)
def result_of(seed: int) -> Any:
    """Return the deal of a seed, run; None where a rule refuses it."""
    try:
        deal = read_random(seed)
    except DealError:
        return None
    return rf.run(deal)


def results(seeds: range) -> Iterator[tuple[int, Any]]:
    """Yield the deals that the reader takes, run."""
    for seed in seeds:
        if (result := result_of(seed)) is not None:
            yield seed, result


def broken(seeds: range) -> list[str]:
    """Return every breach of a law, with the seed that shows it."""
    return [f"deal {seed}: {text}" for seed, result in results(seeds) for text in breaches(result)]


def test_a_deal_is_the_same_on_every_draw() -> None:
    """A seed gives one deal, to the letter."""
    assert deal_text(random_deal(7)) == deal_text(random_deal(7))


def test_the_laws_hold_on_random_deals() -> None:
    """Cash, accounts, order of payment, covenants and size obey their laws, whatever the deal."""
    assert broken(FAST) == []


def test_a_short_last_rental_period_is_paid_at_its_own_fixing() -> None:
    """Rent on an index, in arrears, on quarters: the quarter that ends a half-year and the lease owes two fixings."""
    assert broken(range(419, 420)) == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(SLOW.start, SLOW.stop, SLICE))
def test_the_laws_hold_on_many_random_deals(start: int) -> None:
    """The same on hundreds of deals, of which the reader refuses next to none."""
    seeds = range(start, start + SLICE)
    assert broken(seeds) == []


@pytest.mark.slow
def test_the_generator_writes_deals_the_reader_takes() -> None:
    """At most two in a hundred random deals are refused, so that the laws are tested on what is drawn."""
    refused = [seed for seed in SLOW if result_of(seed) is None]
    assert len(refused) <= REFUSED_AT_MOST * len(SLOW), refused


# --- doubling -----------------------------------------------------------------------------------------------------


def doubled(sheet: Any) -> dict[str, Any]:
    """Return every input in USD, or per USD, as it is where all amounts are twice as large."""
    out: dict[str, Any] = {}
    for row in sheet:
        power = row.unit.exponents[0] if row.is_input else 0
        if power and row.kind == "table":
            xs, ys = row.value
            out[row.name] = xs, tuple(y * 2.0**power for y in ys)
        elif power:
            out[row.name] = np.asarray(row.value) * 2.0**power if row.kind == "series" else row.value * 2.0**power
    return out


def scaling_breaches(seed: int, result: Any) -> Iterator[str]:
    """Yield every row and figure that does not follow when all amounts are doubled."""
    sheet, once = result.model.sheet, result.run
    twice = run_fresh(sheet, doubled(sheet))
    dust = 1e-12 * max(abs(View(result)[f"{key}.uses.total"]).sum() for key in result.model.books.silos)
    for row in sheet:
        if row.kind == "table":
            continue
        want = np.asarray(once[row.name]) * 2.0 ** row.unit.exponents[0]
        near = 1e-9 * max(1e-3, float(np.max(np.abs(want)))) + dust * (row.unit.exponents[0] == 1)
        if not np.max(np.abs(np.asarray(twice[row.name]) - want)) <= near:
            yield f"deal {seed}: {row.name} [{row.unit}] does not scale"
    for name, measure in once.measures.items():
        got, factor = twice.measures[name], 2.0 ** measure.unit.exponents[0]
        if got.status != measure.status:
            yield f"deal {seed}: {name} is {measure.status}, and {got.status} on twice the money"
        elif measure.value is not None and abs(got.value - factor * measure.value) > 1e-7 * max(1.0, abs(got.value)):
            yield f"deal {seed}: {name} was {measure.value}, and is {got.value} on twice the money"


def test_doubling_all_amounts_doubles_all_cash() -> None:
    """Twice the amounts is twice every USD row; counts, ratios and rates of return stay as they are."""
    assert [text for seed, result in results(FAST[:12]) for text in scaling_breaches(seed, result)][:5] == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 300, SLICE))
def test_doubling_doubles_many(start: int) -> None:
    """The same on hundreds of deals."""
    found = [t for seed, r in results(range(start, start + SLICE)) for t in scaling_breaches(seed, r)]
    assert found[:5] == []


# --- signed, then tested ------------------------------------------------------------------------------------------


def signing_breaches(seed: int, result: Any) -> Iterator[str]:
    """Yield every row that differs, in any bit, between the fresh run and the run on its own signed terms.

    The switch, what it holds, and the rows that read it to say what is still being solved, differ by their meaning.
    """
    model = result.model
    again = run_signed(model.sheet, sign(model.sheet, model.books.signed, result.run))
    given = {"deal.signed", *model.books.signed, *(f"{x}.unsolved" for x in model.sheet.solved_inputs)}
    for row in model.sheet:
        if row.kind == "table" or row.name in given:
            continue
        if not np.array_equal(np.asarray(result.run[row.name]), np.asarray(again[row.name])):
            yield f"deal {seed}: {row.name} differs on its own signed terms"


def test_a_signed_run_without_a_change_is_the_fresh_run() -> None:
    """Signed terms put back into the deal that signed them change no bit of any row."""
    assert [t for seed, result in results(FAST) for t in signing_breaches(seed, result)][:5] == []


def stress(result: Any) -> dict[str, Any]:
    """Return changes that cut what a deal earns: a fifth less rent or output, deliveries a quarter late."""
    changes: dict[str, Any] = {}
    for x, contract in result.deal.contracts.items():
        if contract.type == "lease":
            changes[f"contracts.{x}.rent"] = re.sub(
                r"^[\d.]+", lambda m: f"{0.8 * float(m[0]):.4f}", str(contract.rent)
            )
    for x, asset in result.deal.assets.items():
        if hasattr(asset, "yield_factor"):
            changes[f"assets.{x}.yield"] = 0.8
        elif asset.type == "gpu_fleet":
            changes[f"assets.{x}.delay"] = "3m"
    return changes


def stressed(seeds: range) -> Iterator[tuple[int, Any, Any]]:
    """Yield deals as signed, and under stress on what was signed."""
    for seed, base in results(seeds):
        try:
            yield seed, base, rf.run(base.deal, changes=stress(base))
        except DealError:
            continue


def kept_breaches(seed: int, base: Any, under: Any) -> Iterator[str]:
    """Yield what was fixed at signing and moved under stress."""
    for x in base.deal.of_type("loan"):
        for row in (f"{x}.amount", f"{x}.planned.repayment"):
            if not np.array_equal(np.asarray(base.run[row]), np.asarray(under.run[row])):
                yield f"deal {seed}: {row} moved under stress"


def test_a_scenario_keeps_amounts_and_schedules() -> None:
    """Under a scenario the loans are as large as signed, their schedules are as signed, and the laws still hold."""
    found = []
    for seed, base, under in stressed(FAST[:15]):
        found += kept_breaches(seed, base, under)
        found += [f"deal {seed} stressed: {text}" for text in breaches(under) if not by_design(text)]
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 300, SLICE))
def test_many_scenarios_keep_amounts_and_schedules(start: int) -> None:
    """The same on hundreds of deals."""
    found = []
    for seed, base, under in stressed(range(start, start + SLICE)):
        found += kept_breaches(seed, base, under)
        found += [f"deal {seed} stressed: {text}" for text in breaches(under) if not by_design(text)]
    assert found == []


def by_design(text: str) -> bool:
    """Whether a breach belongs to signing alone: under stress the limits of size are no longer what was signed."""
    return text.startswith("debt_within_cost")


def test_the_example_obeys_the_laws() -> None:
    """The $10bn deal obeys every law, as written and under its scenarios."""
    path = "examples/softbank-10bn/deal.yaml"
    for scenario in (None, "sakai-only", "bb-ladder"):
        result = rf.run(rf.read(path, scenario=scenario))
        assert [t for t in breaches(result) if scenario is None or not by_design(t)] == []
        assert View(result).periods == result.model.sheet.periods

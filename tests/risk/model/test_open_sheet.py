"""A sheet opened to shocks: the same deal while nothing is shocked, blind to the future when something is."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.laws.deals import read_random
from tests.risk.model.small import deal as small

from ringfence.blocks.build import Model, build
from ringfence.blocks.shocks import PLACES, SUFFIX
from ringfence.errors import DealError, RunError
from ringfence.run import reference
from ringfence.sheet.clairvoyance import check_clairvoyance
from ringfence.solve import run_fresh, run_signed, sign
from ringfence.solve.signing import SignedTerms
from ringfence.terms.read import read_deal, revise

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    "examples/softbank-10bn/deal.yaml",
    "examples/bridge/deal.yaml",
    "examples/sam/capped.yaml",
    "examples/sam/together.yaml",
]
SEEDS = (1000, 1001, 1002, 1003, 1005, 1007)
MOVED = {"times": 0.7, "plus": 0.013, "later": 3.0, "date": 9.0, "instead": 9.0}
"""Shocks that are felt: 30 % less, 130 bp more, three months late, on a date in the first year."""


@cache
def example(path: str) -> tuple[Model, SignedTerms]:
    """Build and sign an example."""
    deal = read_deal(ROOT / path)
    return signed(deal)


def signed(deal: Any) -> tuple[Model, SignedTerms]:
    """Build a deal and sign it."""
    model = build(deal)
    return model, sign(model.sheet, model.books.signed, run_fresh(model.sheet))


@cache
def drawn() -> tuple[tuple[Model, SignedTerms], ...]:
    """Return random deals that can be built."""
    found = []
    for seed in SEEDS:
        with suppress(DealError):
            found.append(signed(read_random(seed)))
    return tuple(found)


def cash_rows(model: Model) -> list[str]:
    """Return the rows that one party pays another."""
    return [flow.row.name for flow in model.books.flows]


def differing(base: Model, other: Model, terms: SignedTerms) -> list[str]:
    """Return the rows and measures of `base` that are not the same, to the bit, in `other` on the same signed terms."""
    a, b = run_signed(base.sheet, terms), run_signed(other.sheet, terms)
    names = [row.name for row in base.sheet if row.kind != "table"]
    found = [n for n in names if not np.array_equal(*np.broadcast_arrays(a[n], b[n]))]
    return found + [n for n in base.sheet.measures if a.measures[n] != b.measures[n]]


@pytest.mark.parametrize("path", EXAMPLES)
def test_neutral_shocks_change_nothing(path: str) -> None:
    """Open to everything and shocked by nothing, every row and measure of an example is the same to the bit."""
    base, terms = example(path)
    assert base.shocks
    assert differing(base, build(base.deal, open_to=base.shocks), terms) == []


@pytest.mark.slow
def test_neutral_shocks_change_nothing_in_random_deals() -> None:
    """The same for random deals: leases of all kinds, plants, indexed rents, several vehicles."""
    found = [differing(m, build(m.deal, open_to=m.shocks), t) for m, t in drawn()]
    assert len(found) > 3
    assert not any(found)


def test_a_sheet_open_to_nothing_has_no_shock() -> None:
    """Built as ever, a deal has neither a shock nor a row made for one."""
    model, _ = example(EXAMPLES[0])
    made = (SUFFIX, ".realised", ".gone", ".relet", ".after_term", ".rate.forward")
    assert [row.name for row in model.sheet if row.name.endswith(made)] == []


def test_every_place_is_offered_by_some_deal() -> None:
    """No place in the table is only a promise, and no deal offers what the table does not name."""
    models = [example(path)[0] for path in EXAMPLES] + [m for m, _ in drawn()]
    offered = {shock.acts_on for model in models for shock in model.shocks.values()}
    patterns = {place: re.compile(re.sub(r"<\w+>", r"[a-z0-9_]+", place.replace(".", r"\."))) for place in PLACES}
    unused = [p for p, pattern in patterns.items() if not any(pattern.fullmatch(name) for name in offered)]
    unnamed = [name for name in offered if not any(pattern.fullmatch(name) for pattern in patterns.values())]
    assert unused == ["<plant>.fuel.price"] or unused == []
    assert unnamed == []


def test_every_shock_moves_cash() -> None:
    """Each shock of the example, set alone to something felt, moves a payment; those that cannot are named here.

    Under a triple-net lease the lessor pays neither failures (their replacement is free in this deal) nor the next
    lessee's void without a default; fusion, built by milestones alone, sells nothing.
    """
    model, terms = example(EXAMPLES[0])
    opened = build(model.deal, open_to=model.shocks)
    base = run_signed(opened.sheet, terms)
    still = []
    for name, shock in opened.shocks.items():
        moved = run_signed(opened.sheet, terms, {name: MOVED[shock.way]})
        if all(np.array_equal(base[row], moved[row]) for row in cash_rows(opened)):
            still.append(name.removesuffix(SUFFIX))
    free = ["gpus.failures.rate", "rent.after", "rent.market", "rent.void", "sakai.cost"]
    fusion = [f"fusion.{x}" for x in ("fixed_cost", "operation", "variable_cost", "yield")]
    assert sorted(still) == sorted([*free, *fusion, "solar.variable_cost", "storage.variable_cost"])


def test_the_market_matters_once_the_lessee_is_gone() -> None:
    """Void and market rent, which move nothing while the lessee pays, move the lessor's cash after a default.

    Let again at once at the agreed rent, the lessor even gains what the lessee had paid ahead.
    """
    model, terms = example(EXAMPLES[0])
    opened = build(model.deal, open_to=model.shocks)
    gone = {"rent.default.shock": 18.0}
    cash = run_signed(opened.sheet, terms, gone)["spv.gpu.receipts"].sum()
    empty = run_signed(opened.sheet, terms, {**gone, "rent.void.shock": 6.0})["spv.gpu.receipts"].sum()
    cheap = run_signed(opened.sheet, terms, {**gone, "rent.market.shock": 0.5})["spv.gpu.receipts"].sum()
    whole = run_signed(opened.sheet, terms)["spv.gpu.receipts"].sum()
    assert empty < cash - 1e8
    assert cheap < cash - 1e8
    assert empty < whole


def shocked(model: Model, k: int) -> dict[str, Any]:
    """Return every series shock set from period k on, neutral before."""
    ends = [p.end_month for p in model.timeline.periods]
    found = {}
    for name, shock in model.shocks.items():
        if shock.series:
            value = ends[k] if shock.way == "date" else MOVED[shock.way]
            found[name] = [shock.neutral] * k + [value] * (len(ends) - k)
    return found


@pytest.mark.parametrize("path", EXAMPLES[:2])
def test_a_shock_from_period_k_moves_nothing_before_it(path: str) -> None:
    """On the signed terms, series shocked from period k on change no bit before k of a row that is not marked."""
    model, terms = example(path)
    opened = build(model.deal, open_to=model.shocks)
    k = opened.sheet.periods // 3
    base, after = run_signed(opened.sheet, terms), run_signed(opened.sheet, terms, shocked(opened, k))
    assert check_clairvoyance(opened.sheet, cash_rows(opened)) == ()
    rows = [row.name for row in opened.sheet if row.kind == "formula" and not row.looks_ahead]
    cells = [n for n in rows if isinstance(base[n], float)]
    lines = [n for n in rows if n not in cells]
    assert [n for n in cells if base[n] != after[n]] == []
    assert [n for n in lines if not np.array_equal(base.line(n)[:k], after.line(n)[:k])] == []
    moved = [n for n in lines if not np.array_equal(base.line(n), after.line(n))]
    assert len(moved) > 60


@pytest.mark.slow
def test_cash_of_open_deals_is_blind() -> None:
    """Open to everything, no cash row of a random deal reads the future, and every look ahead is marked."""
    for model, _ in drawn():
        opened = build(model.deal, open_to=model.shocks)
        assert check_clairvoyance(opened.sheet, cash_rows(opened)) == ()


def test_sizes_and_schedules_are_as_signed_on_every_shock() -> None:
    """Whatever is shocked, amounts, schedules and the rate a schedule is cut on stay those signed."""
    model, terms = example(EXAMPLES[0])
    opened = build(model.deal, open_to=model.shocks)
    k = 1
    base, after = run_signed(opened.sheet, terms), run_signed(opened.sheet, terms, shocked(opened, k))
    fixed = [n for n in base if n.endswith((".amount", ".planned.repayment", ".planned.service", ".fixed_rate"))]
    assert len(fixed) > 8
    assert [n for n in fixed if not np.array_equal(base[n], after[n])] == []


def unbalanced(model: Model, terms: SignedTerms) -> list[str]:
    """Return the checks that fail when everything is shocked at once."""
    opened = build(model.deal, open_to=model.shocks)
    run = run_signed(opened.sheet, terms, {name: MOVED[s.way] for name, s in opened.shocks.items()})
    least = 0.01 + 1e-12 * float(np.abs(run["deal.uses.cash"]).max())
    checks = [(name, float(np.max(np.abs(run[row.name])))) for name, _, row in opened.books.checks]
    return [f"{model.deal.deal}: {name} is off by {worst}" for name, worst in checks if worst >= least]


@pytest.mark.parametrize("path", EXAMPLES)
def test_books_balance_under_shocks(path: str) -> None:
    """Every check of a deal holds with all shocks at once: cash by accounts, balance sheets, nothing lost."""
    assert unbalanced(*example(path)) == []


@pytest.mark.slow
def test_books_of_random_deals_balance_under_shocks() -> None:
    """The same for random deals."""
    assert [text for model, terms in drawn() for text in unbalanced(model, terms)] == []


def test_an_unknown_shock_is_refused() -> None:
    """Opening a sheet to something it does not have names the nearest it has."""
    model, _ = example(EXAMPLES[0])
    with pytest.raises(RunError, match=r"no shock solar\.yeild\.shock; did you mean solar\.yield\.shock"):
        build(model.deal, open_to=["solar.yeild.shock"])


def test_the_open_sheet_runs_afresh_too() -> None:
    """Sized afresh and unshocked, the open sheet sizes the debt of the deal as agreed."""
    model, terms = example(EXAMPLES[1])
    opened = build(model.deal, open_to=model.shocks)
    fresh = reference.run(opened.sheet, run_fresh(opened.sheet).inputs)
    again = sign(opened.sheet, opened.books.signed, fresh)
    assert {n: np.asarray(v).tolist() for n, v in again.inputs.items()} == {
        n: np.asarray(v).tolist() for n, v in terms.inputs.items()
    }


def test_what_is_paid_before_a_delay_is_known_does_not_depend_on_it() -> None:
    """A plant that will be late is paid for as planned; a fleet is ordered for the date planned, paid when it comes."""
    deal = small("x: {type: power_price}")
    fleet = {"assets.gpus.payments": [{"share": "30%", "at": "order"}, {"share": "70%", "at": "delivery"}]}
    dates = {"assets.gpus.lead_time": "6m", "assets.gpus.deliveries.start": "9m"}
    model, terms = signed(revise(deal, {**fleet, **dates}))
    opened = build(model.deal, open_to=["gpus.delay.shock", "sun.construction.delay.shock"])
    base = run_signed(opened.sheet, terms)
    late = run_signed(opened.sheet, terms, {"gpus.delay.shock": 4.0, "sun.construction.delay.shock": 5.0})
    np.testing.assert_array_equal(late["sun.capex"], base["sun.capex"])
    assert late["sun.cod"] == base["sun.cod"] + 5
    cost = base["gpus.cost"]
    ordered, paid = np.flatnonzero(late["gpus.capex"] > 1)
    assert (ordered, paid) == (3, 13)
    assert late["gpus.capex"][ordered] == pytest.approx(0.3 * cost)

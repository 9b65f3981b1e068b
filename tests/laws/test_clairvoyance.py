"""No clairvoyance in deals: what has not happened yet moves nothing that has.

The forward curves of a deal are known at signing today, so nothing in a built deal may be shocked and the checker has
little to find. These tests declare the curves open to shocks, as a risk engine will, and change them from period k on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from tests.laws.deals import read_random

import ringfence as rf
from ringfence.errors import DealError
from ringfence.sheet.clairvoyance import check_clairvoyance
from ringfence.solve import run_signed, sign

SEEDS = range(1000, 1012)
EXAMPLE = "examples/softbank-10bn/deal.yaml"
MOVED = 0.013
"""What a shock adds to a curve. [per year, or of an index]"""


def cash_rows(model: Any) -> list[str]:
    """Return the rows that one party pays another."""
    return [flow.row.name for flow in model.books.flows]


def curves(sheet: Any) -> list[Any]:
    """Return the tables of the deal's forward curves."""
    return [row for row in sheet if row.kind == "table" and row.name.startswith("curve.")]


def drawn_deals() -> Iterator[Any]:
    """Yield the example and some random deals, built and run afresh, for their rows will be marked."""
    yield rf.run(rf.read(EXAMPLE))
    for seed in SEEDS:
        try:
            yield rf.run(read_random(seed))
        except DealError:
            continue


def shocked(sheet: Any, starts: Any, k: int) -> dict[str, Any]:
    """Return every curve moved from the start of period k on, and as it was at the starts before."""
    out: dict[str, Any] = {}
    for row in curves(sheet):
        xs = sorted({float(x) for x in starts})
        ys = np.interp(xs, *row.value) + MOVED * (np.asarray(xs) >= starts[k])
        out[row.name] = tuple(xs), tuple(float(y) for y in ys)
    return out


def test_cash_reads_nothing_that_a_path_has_not_shown() -> None:
    """With the inputs as declared, no cash row of the example or of a random deal looks ahead."""
    assert [str(f) for r in drawn_deals() for f in check_clairvoyance(r.model.sheet, cash_rows(r.model))] == []


def test_a_shock_from_period_k_moves_nothing_before_it() -> None:
    """On the signed run, curves moved from period k on change no bit before k of a row that is not said to look ahead.

    What looks ahead is what the checker marks or finds once the curves are declared open to shocks: the checker and
    the shock must agree, in every row of every deal.
    """
    moved, early = 0, []
    for result in drawn_deals():
        sheet, model = result.model.sheet, result.model
        terms = sign(sheet, model.books.signed, result.run)
        base, k = run_signed(sheet, terms), sheet.periods // 2
        after = run_signed(sheet, terms, shocked(sheet, result.run.line("period.start"), k))
        for row in curves(sheet):
            row.term = False
        found = {f.message.split()[0] for f in check_clairvoyance(sheet, [])}
        for row in sheet:
            if row.kind == "table" or not isinstance(base[row.name], np.ndarray):
                continue
            same = np.array_equal(base.line(row.name)[:k], after.line(row.name)[:k])
            moved += not np.array_equal(base.line(row.name), after.line(row.name))
            if not same and not row.looks_ahead and row.name not in found:
                early.append(f"{result.deal.deal}: {row.name} moves before period {k}")
    assert early[:10] == []
    assert moved > 100


def test_cash_stays_blind_when_curves_may_be_shocked() -> None:
    """With the curves open to shocks, still no cash row looks ahead."""
    found = []
    for result in drawn_deals():
        for row in curves(result.model.sheet):
            row.term = False
        found += [f.message for f in check_clairvoyance(result.model.sheet, cash_rows(result.model))]
    assert found == []

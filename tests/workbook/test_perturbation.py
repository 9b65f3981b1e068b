"""Type changed inputs into the book, recalculate, and every formula cell equals a fresh run."""

from __future__ import annotations

import random

import numpy as np
import pytest
from recalculated import Recalculated, same

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.run.workbook import pages
from ringfence.run.workbook.style import MILLIONS, RESIDUAL

SIGNED = "deal.signed"


def live(book):
    """Scalar inputs a reader may edit."""
    return [x for x in book.layout.input_at if not book.layout.fixed(x) and x not in book.expanded.starts]


def one_at_a_time(book):
    """Every numeric input, a tenth up and a tenth down; a zero becomes a tenth, the switch is thrown."""
    for name in live(book):
        value = float(book.values[name])
        for change in (0.1, -0.1):
            if name == SIGNED:
                yield {name: float(change > 0)}
            else:
                yield {name: value * (1 + change) if value else max(change, 0.0)}


def joint(book, rng):
    """A third of all inputs drawn at once, on the signed schedule or off it."""
    drawn = {x: float(book.values[x]) * rng.uniform(0.9, 1.1) for x in live(book) if rng.random() < 0.3}
    return {**drawn, SIGNED: float(rng.random() < 0.5)}


def figures(book, values):
    """Formula cells of the book: place -> value and look."""
    return {
        (tab, at, column): (value, look)
        for tab, lines in pages(book.layout, values)
        for at, cells in lines
        for column, formula, value, look in cells
        if formula is not None
    }


def on_an_edge(book, inputs, values):
    """Cells on which the engine disagrees with itself when its inputs move in their last digits."""
    told = figures(book, values)
    found = set()
    for seed in range(6):
        rng = random.Random(seed)
        nudged = {x: float({**book.values, **inputs}[x]) * (1 + rng.uniform(-1e-12, 1e-12)) for x in live(book)}
        nudged[SIGNED] = float({**book.values, **inputs}[SIGNED])
        for place, (value, look) in figures(book, book.recomputed({**inputs, **nudged})).items():
            if not same(value, told[place][0], dollars=look[1] in (MILLIONS, RESIDUAL)):
                found.add(place)
    return found


def disagreements(book, typed, inputs):
    """Type inputs, recalculate, and list what differs: from the book's rows, from the sheet's own, from the figures."""
    values = book.recomputed(inputs)
    fresh = reference.run(book.result.model.sheet, {**_known(book, book.inputs), **inputs})
    for name, value in inputs.items():
        typed.type(name, value)
    typed.evaluate()
    wrong, _ = typed.differences(values)
    if wrong:
        edges = {f"{tab}!{book.layout.columns[column]}{at}" for tab, at, column in on_an_edge(book, inputs, values)}
        wrong = [line for line in wrong if line.split(":")[0] not in edges]
    for name in inputs:
        typed.type(name, book.values[name])
    return wrong + _against_the_sheet(book, values, fresh)


def _known(book, inputs):
    return {name: value for name, value in inputs.items() if name in book.result.model.sheet}


def _against_the_sheet(book, values, fresh):
    """The steps of the book against the sheet as it was built, and its IRRs against the root finder."""
    wrong = []
    for name in fresh:
        size = 1e5 if str(book.result.model.sheet[name].unit) == "USD" else 1e-3
        gap = np.max(np.abs(np.asarray(fresh[name]) - values[name]) / np.maximum(np.abs(fresh[name]), size))
        if gap > 1e-9:
            wrong.append(f"row {name}: {gap:.1e}")
    for name, measure in fresh.measures.items():
        got = values[f"measure:{name}"]
        if measure.status == "ok" and not np.isclose(got, measure.value, rtol=1e-9, atol=1e-12):
            wrong.append(f"measure {name}: {got} against {measure.value}")
    return wrong


def proved(book, typed, draws):
    """Number of draws that agree; fails on the first that does not, skips what the engine refuses."""
    agreed = 0
    for inputs in draws:
        try:
            wrong = disagreements(book, typed, inputs)
        except RunError:
            continue
        assert wrong == [], inputs
        agreed += 1
    return agreed


@pytest.fixture(scope="module")
def typed(bridge, bridge_file):
    """Return the book of the hand calculation in IronCalc."""
    return Recalculated(bridge.layout, bridge_file)


def test_every_input_of_the_hand_calculation(bridge, typed):
    """Every numeric input a tenth up and down, one at a time: every formula cell equals a fresh run."""
    draws = list(one_at_a_time(bridge))

    assert proved(bridge, typed, draws) > 0.95 * len(draws)


def test_joint_draws_of_the_hand_calculation(bridge, typed):
    """Many inputs at once, the debt sized live or held as signed."""
    rng = random.Random(5)

    assert proved(bridge, typed, [joint(bridge, rng) for _ in range(15)]) > 10


@pytest.mark.slow
def test_sample_of_the_plan(plan_book, tmp_path):
    """A sample of the inputs of the $10bn plan one at a time, and joint draws: every formula cell."""
    plan_book.write(tmp_path / "plan.xlsx")
    typed = Recalculated(plan_book.layout, tmp_path / "plan.xlsx")
    rng = random.Random(7)
    ones = list(one_at_a_time(plan_book))

    draws = [*rng.sample(ones, 20), *(joint(plan_book, rng) for _ in range(5))]
    assert proved(plan_book, typed, draws) > 0.8 * len(draws)


def test_a_series_and_a_table_are_live(bridge, typed):
    """A changed schedule and a changed curve move the book as they move the engine."""
    schedule = "senior.planned.repayment.signed"
    line = np.asarray(bridge.values[schedule]) * np.linspace(0.9, 1.1, bridge.layout.periods)
    changes = {SIGNED: 1.0, schedule: line}
    for name in bridge.layout.tables:
        if not bridge.layout.fixed(name):
            xs, ys = bridge.values[name]
            changes[name] = (xs, tuple(0.9 * y for y in ys))

    assert disagreements(bridge, typed, changes) == []


def test_wrong_cached_values_come_back_right(bridge, tmp_path):
    """A book whose every cached number is wrong is right after one recalculation."""
    wrong = {name: _spoiled(value) for name, value in bridge.values.items()}
    for row in bridge.expanded.sheet:
        if row.is_input:
            wrong[row.name] = bridge.values[row.name]
    from ringfence.run.workbook import write_workbook

    write_workbook(tmp_path / "poisoned.xlsx", bridge.layout, wrong)
    book = Recalculated(bridge.layout, tmp_path / "poisoned.xlsx")
    assert len(book.differences(bridge.values)[0]) > 1000
    book.evaluate()

    assert book.differences(bridge.values)[0] == []


def _spoiled(value):
    return value * 1.5 + 123.0 if isinstance(value, (float, np.ndarray)) else value

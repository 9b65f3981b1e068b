"""Type changed inputs into the book, recalculate, and every formula cell equals a fresh run."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from perturbed import SIGNED, disagreements, is_open, joint, lines, one_at_a_time, proved
from recalculated import Recalculated

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.run.workbook import write_workbook

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
SMALL = sorted(path.relative_to(EXAMPLES).as_posix() for path in (EXAMPLES / "sam").glob("*.yaml"))
SOLVED = "sam/geared.yaml"


def made(name):
    """Return the book of an example."""
    return make_book(run(read(EXAMPLES / name)))


@pytest.fixture(scope="module")
def typed(bridge, bridge_file):
    """Return the book of the hand calculation in IronCalc."""
    return Recalculated(bridge.layout, bridge_file)


def test_every_input_of_the_hand_calculation(bridge, typed):
    """Every numeric input a tenth up and down, one at a time: every formula cell equals a fresh run."""
    draws = list(one_at_a_time(bridge))

    assert proved(bridge, typed, draws) == len(draws)


def test_joint_draws_of_the_hand_calculation(bridge, typed):
    """Many inputs at once, the debt sized live or held as signed."""
    rng = random.Random(5)

    assert proved(bridge, typed, [joint(bridge, rng) for _ in range(15)]) > 10


def test_a_solved_total_is_held_first_and_then_solved(tmp_path):
    """A deal whose total of uses is solved: left alone it turns the master check red, solved anew every cell agrees."""
    book = made(SOLVED)
    assert list(book.result.model.sheet.solved_inputs)
    book.write(tmp_path / "solved.xlsx")
    typed = Recalculated(book.layout, tmp_path / "solved.xlsx")
    draws = [*list(one_at_a_time(book))[::4], {"plant.cost": 1.1 * book.values["plant.cost"]}]

    assert proved(book, typed, draws) == len(draws)
    assert sum(is_open(book, inputs) for inputs in draws) > 3


def test_a_return_far_from_where_its_search_starts_is_found(tmp_path):
    """Output fading by a tenth a year turns a return of 63 % into one of -8 %: the steps of the book get there."""
    book = made("sam/dscr120.yaml")
    book.write(tmp_path / "far.xlsx")
    typed = Recalculated(book.layout, tmp_path / "far.xlsx")
    faded = {"plant.degradation": 0.1}

    assert book.values["measure:equity.irr_after_tax"] > 0.6
    assert book.recomputed(faded)["measure:equity.irr_after_tax"] < -0.07
    assert disagreements(book, typed, faded) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_every_input_of_the_small_examples(name, tmp_path):
    """Every numeric input of each example that runs beside SAM, and joint draws."""
    book = made(name)
    book.write(tmp_path / "small.xlsx")
    typed = Recalculated(book.layout, tmp_path / "small.xlsx")
    rng = random.Random(11)
    draws = [*one_at_a_time(book), *(joint(book, rng) for _ in range(5))]

    assert proved(book, typed, draws) > 0.9 * len(draws)


@pytest.fixture(scope="module")
def typed_plan(plan_book, tmp_path_factory):
    """Return the book of the $10bn plan in IronCalc."""
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    plan_book.write(path)
    return Recalculated(plan_book.layout, path)


@pytest.mark.slow
def test_sample_of_the_plan(plan_book, typed_plan):
    """A sample of the inputs of the $10bn plan one at a time, and joint draws: every formula cell."""
    rng = random.Random(7)
    draws = [*rng.sample(list(one_at_a_time(plan_book)), 20), *(joint(plan_book, rng) for _ in range(5))]

    assert proved(plan_book, typed_plan, draws) > 0.8 * len(draws)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_every_input_of_the_plan(plan_book, typed_plan, part):
    """Every input of the $10bn plan, a twentieth of them at a time; together about half an hour."""
    draws = list(one_at_a_time(plan_book))[part::20]

    assert proved(plan_book, typed_plan, draws) > 0.8 * len(draws)


def test_a_series_and_a_table_are_live(bridge, typed):
    """A changed schedule and a changed curve, its knots moved too, move the book as they move the engine."""
    schedule = "senior.planned.repayment.signed"
    assert schedule in lines(bridge)
    changes = {
        SIGNED: 1.0,
        schedule: np.asarray(bridge.values[schedule]) * np.linspace(0.9, 1.1, bridge.layout.periods),
    }
    for name in lines(bridge):
        if isinstance(bridge.values[name], tuple):
            xs, ys = bridge.values[name]
            changes[name] = (tuple(x + 0.5 for x in xs), tuple(0.9 * y for y in ys))

    assert disagreements(bridge, typed, changes) == []


def test_wrong_cached_values_come_back_right(bridge, tmp_path):
    """A book whose every cached number is wrong is right after one recalculation."""
    wrong = {name: _spoiled(value) for name, value in bridge.values.items()}
    for row in bridge.expanded.sheet:
        if row.is_input:
            wrong[row.name] = bridge.values[row.name]
    write_workbook(tmp_path / "poisoned.xlsx", bridge.layout, wrong)
    book = Recalculated(bridge.layout, tmp_path / "poisoned.xlsx")
    assert len(book.differences(bridge.values)[0]) > 1000
    book.evaluate()

    assert book.differences(bridge.values)[0] == []


def _spoiled(value):
    return value * 1.5 + 123.0 if isinstance(value, (float, np.ndarray)) else value

"""On any sheet, away from corners, every derivative equals differences to 1e-6."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_random import PERIODS, sheets

from ringfence.run import reference
from ringfence.solve.implicit import derivatives

SIZE = 64.0
STEP = 1e-4
EPSILON = 1e-15


def moved(sheet, seed):
    """Inputs a little beside the round numbers of a random sheet, where corners meet."""
    rng = np.random.default_rng(seed)
    found = {}
    for row in sheet:
        if row.kind == "table":
            found[row.name] = row.value[0], np.asarray(row.value[1]) + rng.uniform(-0.03, 0.03, len(row.value[1]))
        elif row.is_input:
            found[row.name] = np.asarray(row.value) + rng.uniform(-0.03, 0.03, np.shape(row.value))
    return found


def cells(sheet):
    """Every input cell."""
    for row in sheet:
        if row.kind == "scalar":
            yield row.name, None
        elif row.is_input:
            yield from ((row.name, k) for k in range(len(row.value if row.kind == "series" else row.value[1])))


def shifted(inputs, name, place, step):
    """The inputs with one cell moved."""
    value = inputs[name]
    if isinstance(value, tuple):
        ys = value[1].copy()
        ys[place] += step
        return {**inputs, name: (value[0], ys)}
    line = np.array(value, dtype=float)
    line[() if place is None else place] += step
    return {**inputs, name: line}


def targets_of(sheet):
    """Every one-cell row, and two cells of every other computed row."""
    base = reference.run(sheet)
    for row in sheet:
        if row.expr is not None:
            yield from [row.name] if np.ndim(base[row.name]) == 0 else [(row.name, PERIODS - 1), (row.name, 2)]


def value(run, target):
    """A target's number."""
    return run[target] if isinstance(target, str) else run[target[0]][target[1]]


checked = {"smooth": 0, "telling": 0}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(sheets, st.integers(0, 3))
def test_derivatives_equal_differences(sheet, seed):
    """By every cell of every input, of every row: the middle of the two sides, where the two sides agree."""
    inputs, targets = moved(sheet, seed), list(targets_of(sheet))
    if not targets:
        return
    found = derivatives(sheet, inputs, targets)
    at = np.array([value(found.run, t) for t in targets])
    every = list(cells(sheet))
    for name, place in every[:: max(1, len(every) // 8)]:
        runs = [reference.run(sheet, shifted(inputs, name, place, s * STEP)) for s in (1, -1, 0.5, -0.5)]
        up, down, half_up, half_down = (np.array([value(r, t) for t in targets]) for r in runs)
        above, below = (4 * half_up - up - 3 * at) / STEP, (3 * at - 4 * half_down + down) / STEP
        central = (8 * (half_up - half_down) - (up - down)) / (6 * STEP)
        got = np.array([_cell(found[t][name], place) for t in targets])
        noise = 200 * EPSILON * SIZE / STEP
        smooth = np.abs(above - below) <= 1e-4 * np.abs(central) + noise
        apart = np.min([np.abs(got - side) for side in (central, above, below)], axis=0)
        wrong = smooth & (apart > 1e-6 * np.maximum(1.0, np.abs(central)) + noise)
        assert not wrong.any(), (name, place, [targets[k] for k in np.flatnonzero(wrong)], got[wrong], central[wrong])
        checked["smooth"] += int(smooth.sum())
        checked["telling"] += int((smooth & (np.abs(central) > 1e-3)).sum())


def _cell(slope, place):
    slope = slope[1] if isinstance(slope, tuple) else slope
    return slope if place is None else slope[place]


def test_differences_had_something_to_say():
    """The law above has met many smooth derivatives that are not 0."""
    if not checked["smooth"]:
        pytest.skip("the law above has not run")
    assert checked["telling"] > 500

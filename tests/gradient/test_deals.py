"""Derivatives of deals: by every input of every example, against differences of the path kernel."""

from pathlib import Path

import numpy as np
import pytest
from differences import by_differences, cells_of, disagreements, exact, numbers, step_of

import ringfence as rf
from ringfence.blocks.build import build
from ringfence.desk.signed import signed
from ringfence.run import reference
from ringfence.run.gradient.corners import Corners
from ringfence.solve import run_fresh
from ringfence.solve.implicit import derivatives, derivatives_at

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "src/ringfence/desk/templates"
QUICK = (ROOT / "examples/sam/geared.yaml",)
SLOW = [p for p in (*sorted(TEMPLATES.glob("*.yaml")), *sorted((ROOT / "examples").glob("*/*.yaml"))) if p not in QUICK]
DEALS = [*QUICK, *(pytest.param(path, marks=pytest.mark.slow) for path in SLOW)]


def title(path):
    """Folder and name."""
    return f"{path.parent.name}/{path.stem}" if isinstance(path, Path) else str(path)


@pytest.mark.parametrize("reading", ["re-sized", "signed"])
@pytest.mark.parametrize("path", DEALS, ids=title)
def test_every_derivative_equals_differences(path, reading):
    """By every input and of every measure: to 1e-6 where smooth; what differs there stands on a corner that is found.

    The boundaries of the clock are left out: one moved alone makes periods that overlap, which is no deal. Solved
    inputs are held, so this is the pass through the sheet; through the solve see below.
    """
    base = signed(rf.read(path))
    sheet = base.model.sheet
    held = {name: base.run[name] for name in sheet.solved_inputs}
    inputs = dict(base.terms.inputs) if reading == "signed" else held
    run = reference.run(sheet, inputs)
    measures = [name for name, measure in run.measures.items() if measure.value is not None]
    cells = [cell for cell in cells_of(sheet) if not _boundary(sheet, cell)]
    got = exact(derivatives_at(sheet, run, measures, signed=True), sheet, measures, cells)
    found = by_differences(sheet, inputs, measures, cells)

    telling = int((found.smooth & (np.abs(got) > 1e3 * found.noise)).sum())
    differ = disagreements(found, got)
    unexplained = [
        (cells[k], measures[j], got[k, j], found.central[k, j])
        for k, j in differ
        if not _stands_on_a_corner(sheet, run, inputs, cells[k], measures[j])
    ]

    assert unexplained == []
    assert len(differ) <= 0.002 * telling
    assert telling > 500
    assert found.smooth.mean() > 0.9


def _boundary(sheet, cell):
    return cell[0].startswith("period.") and str(sheet[cell[0]].unit) == "month"


def _stands_on_a_corner(sheet, run, inputs, cell, measure):
    name, place = cell
    sides = []
    for sign in (-1.0, 1.0):
        value = numbers(sheet, inputs, name).copy()
        value[() if place is None else place] += sign * step_of(sheet, inputs, cell)
        row = sheet[name]
        given = (row.value[0], value) if row.kind == "table" else float(value) if row.kind == "scalar" else value
        sides.append(reference.run(sheet, {**inputs, name: given}))
    return bool(Corners(sheet, measure, run).between(*sides))


QUICKEST = "a reserve in the uses"
GEARED = {
    QUICKEST: (ROOT / "examples/sam/geared.yaml", {}, "debt", "equity"),
    "interest in the uses, pro rata": (
        TEMPLATES / "solar.yaml",
        {"contracts.term_loan.size": {"min": [{"gearing": "60%"}]}, "parties.sun_co.funding": "pro_rata"},
        "term_loan",
        "shares",
    ),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] * (n != QUICKEST)) for n in GEARED])
def test_through_the_solve(name):
    """Re-sized, a solved input follows every other: derivatives equal differences of runs that are solved again."""
    path, changes, loan, shares = GEARED[name]
    deal = rf.read(path, set=changes)
    sheet = build(deal).sheet
    assert sheet.solved_inputs
    base_run = run_fresh(sheet)
    measures = [f"{loan}.amount", f"{shares}.irr", f"{shares}.npv", f"{loan}.dscr.average", "deal.uses.total"]
    found = derivatives(sheet, {}, measures)
    held = derivatives_at(sheet, base_run, measures, signed=True)

    telling, through = 0, 0
    for row in sheet:
        if row.kind != "scalar" or not row.value or str(row.unit) == "month" or row.name in sheet.solved_inputs:
            continue
        step = 1e-5 * abs(row.value)
        runs = [run_fresh(sheet, {row.name: row.value + k * step}).measures for k in (-2, -1, 1, 2)]
        for measure in measures:
            a, b, c, d = (run[measure].value for run in runs)
            low, middle, high = (b - a) / step, (c - b) / (2 * step), (d - c) / step
            size = abs(base_run.measures[measure].value)
            noise = 3e-13 * size / step * 10
            if max(abs(low - high), abs(low - middle)) > 1e-4 * max(abs(low), abs(high)) + noise:
                continue  # a corner or a jump
            central = (8 * (c - b) - (d - a)) / (12 * step)
            assert abs(found[measure][row.name] - central) <= 1e-6 * abs(central) + noise, (row.name, measure)
            telling += abs(central) > 1e2 * noise
            through += abs(held[measure][row.name] - central) > 1e-3 * abs(central) + 10 * noise
    assert telling > 40
    assert through > 10


def test_signed_reading_holds_what_was_solved():
    """On the signed schedule a solved input is held, and the amounts signed are inputs with slopes of their own."""
    base = signed(rf.read(ROOT / "examples/sam/geared.yaml"))
    sheet = base.model.sheet
    found = derivatives(sheet, base.terms.inputs, ["debt.amount", "equity.irr"])

    assert found.signed
    assert found["debt.amount"]["debt.amount.signed"] == 1.0
    assert found["debt.amount"]["plant.cost"] == 0.0
    assert derivatives(sheet, {}, ["debt.amount"])["debt.amount"]["plant.cost"] != 0.0

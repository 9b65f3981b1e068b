"""The native backend equals the reference on every row: examples, changed inputs, random sheets."""

from functools import cache
from pathlib import Path

import native_run
import numpy as np
import pytest
from case import read_cases
from hypothesis import given, settings
from test_random import sheets

import ringfence as rf
from ringfence.run import native, reference
from ringfence.sheet.formula import walk

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
DEALS = ("bridge", "softbank-10bn")
#: A share of the largest operand; docs/convention.md 6.4.
NEAR = 1e-12


@cache
def model(deal):
    """Return the sheet of an example, signed."""
    result = rf.run(rf.read(EXAMPLES / deal / "deal.yaml"))
    return result.model.sheet, dict(result.run.inputs)


def largest_operand(sheet, row, values):
    """Largest magnitude a formula meets: the rows it reads, its literals and its own value."""
    sizes = [np.abs(values[row.name]).max(), 1e-300]
    for node in walk(row.expr) if row.expr is not None else ():
        if node.op == "const":
            sizes.append(abs(node.param))
        elif node.op == "row" and node.kind == "table":
            sizes.append(np.abs(node.value[1]).max())
        elif node.op == "row":
            sizes.append(np.abs(values[node.name]).max())
    return max(sizes)


def inherited(sheet, values):
    """Largest magnitude a row descends from in its own unit: what a difference that should be 0 is measured by."""
    sizes = {row.name: largest_operand(sheet, row, values) for row in sheet if row.kind != "table"}
    reads = {
        row.name: [n.name for n in walk(row.expr) if n.op == "row" and n.kind != "table" and n.unit == row.unit]
        for row in sheet
        if row.expr is not None
    }
    for _ in range(4):  # a residual is a few rows from the amounts it compares
        for name, read in reads.items():
            sizes[name] = max([sizes[name], *(sizes[other] for other in read)])
    return sizes


def differences(sheet, got, wanted):
    """Rows and measures that differ, with the difference as a share of the largest operand."""
    found = {}
    for row in sheet:
        if row.kind != "table" and row.name not in sheet.measures:
            share = np.abs(got[row.name] - wanted[row.name]).max() / largest_operand(sheet, row, wanted)
            if not share <= NEAR:
                found[row.name] = share
    for name, measure in wanted.measures.items():
        mine = got.measures[name]
        same = mine.status == measure.status and (mine.value is None) == (measure.value is None)
        if not same or (mine.value is not None and abs(mine.value - measure.value) > NEAR * _size(sheet, name, wanted)):
            found[f"!{name}"] = (mine, measure)
    return found


def _size(sheet, name, wanted):
    expr = sheet.measures[name].expr
    if expr.op == "irr":
        return 1.0
    rows = [node for node in walk(expr) if node.op == "row" and node.kind != "table"]
    return max([abs(wanted.measures[name].value), *(np.abs(wanted[row.name]).max() for row in rows)])


def changed(sheet, inputs, seed):
    """Move a fifth of the numbers of a deal by a few percent."""
    rng = np.random.default_rng(seed)
    out = dict(inputs)
    for row in sheet:
        if row.kind == "scalar" and rng.random() < 0.2:
            value = float(out.get(row.name, row.value))
            if value != round(value):  # dates, counts and flags stay whole
                out[row.name] = value * (1 + 0.05 * rng.standard_normal())
    return out


@pytest.mark.parametrize("backend", ["by_path", "shared"])
@pytest.mark.parametrize("deal", DEALS)
def test_examples_agree(deal, backend):
    """Every row and measure of both deals on their signed schedule, all inputs by path and none."""
    sheet, inputs = model(deal)

    assert differences(sheet, getattr(native_run, backend)(sheet, inputs), reference.run(sheet, inputs)) == {}


@pytest.mark.parametrize("deal", DEALS)
def test_changed_inputs_agree_path_by_path(deal):
    """Eleven changed sets of inputs as eleven paths of one run, each beside a run of its own."""
    sheet, inputs = model(deal)
    variants = [changed(sheet, inputs, seed) for seed in range(11)]
    moved = [name for name in inputs | variants[0] if sheet[name].kind == "scalar"]
    moved += [row.name for row in sheet if row.kind == "scalar" and any(row.name in v for v in variants)]
    moved = list(dict.fromkeys(moved))
    rows = [row.name for row in sheet if row.kind != "table"]
    others = {name: value for name, value in inputs.items() if name not in moved}
    kernel = native.compile(sheet, [*rows, *sheet.measures], dict.fromkeys(moved, "given"), keep=False)
    given = {name: np.array([v.get(name, sheet[name].value) for v in variants]) for name in moved}
    got = kernel.run(len(variants), inputs=others, path_inputs=given)

    checked, residuals = 0, 0
    for path, variant in enumerate(variants):
        wanted = reference.run(sheet, variant)
        sizes = inherited(sheet, wanted)
        for row in sheet:
            if row.kind != "table" and row.name not in sheet.measures:
                apart = np.abs(got[row.name][path] - wanted[row.name]).max()
                checked += 1
                if not apart <= NEAR * largest_operand(sheet, row, wanted):
                    residuals += 1
                    assert apart <= NEAR * sizes[row.name], (path, row.name, apart, sizes[row.name])
    print(f"{deal}: {checked} rows compared, {residuals} of them differences of nearly equal amounts")
    assert residuals <= 0.01 * checked


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("half", [0, 1])
def test_cases_agree_when_half_the_inputs_differ_by_path(case, half):
    """Rows that read shared and differing rows together: every second input by path."""
    sheet = case.sheet()
    names = [row.name for row in sheet if row.is_input][half::2]

    assert differences(sheet, native_run.run(sheet, {}, names), reference.run(sheet)) == {}


def test_flows_by_path_at_shared_times_have_the_same_rates():
    """The IRR that walks by distances between times finds value, status and roots of the hand-worked case."""
    sheet = next(case for case in read_cases() if case.name == "measures").sheet()
    got = native_run.run(sheet, {}, ["flow", "two_years", "twice", "gift"])
    wanted = reference.run(sheet)

    for name in ("yield", "both_roots", "no_root"):
        assert got.measures[name].status == wanted.measures[name].status
        np.testing.assert_allclose(got.measures[name].roots, wanted.measures[name].roots, rtol=1e-12)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(sheets)
def test_random_sheets_agree(sheet):
    """Every row of random sheets, all inputs by path."""
    got, wanted = native_run.by_path(sheet), reference.run(sheet)

    for name in wanted:
        np.testing.assert_allclose(got[name], wanted[name], rtol=0, atol=1e-12 * 64, err_msg=name)

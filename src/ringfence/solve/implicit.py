"""Derivatives of a run by every input, through what was solved for it.

On the signed schedule the figures fixed at signing are inputs like any other, and the reverse pass of
``run/gradient`` is the whole answer. A deal sized afresh may hold **solved inputs** x, each moved until its residual
R(x, p) is 0. When an input p moves, they move with it (implicit function theorem):

    dx/dp = -(dR/dx)^-1 dR/dp        d figure/dp = direct + d figure/dx . dx/dp

The figures and the targets of the solved inputs are pulled through the sheet together, so one reverse pass gives all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError, meant
from ringfence.run import reference
from ringfence.run.gradient import Linear, Target, nudged
from ringfence.run.result import Run
from ringfence.sheet import Sheet
from ringfence.solve.fixed_point import solve_inputs
from ringfence.solve.signing import SWITCH

Lines = NDArray[np.float64]
#: A part of dR/dx this small beside the largest counts as 0: above what a hair beside the inputs can make of it.
SINGULAR = 1e-9
#: Targets pulled through the sheet at once.
TOGETHER = 32
#: So few figures lean on a part of the sheet, which is run alone.
FEW = 4
#: Largest change of a figure that a hair may make, as a share of it.
CLOSE = 1e-6


@dataclass(frozen=True)
class Derivatives:
    """Figures and their derivatives by every input; reads like ``{measure: {input: derivative}}``.

    Attributes
    ----------
    run
        The run they were taken at; solved inputs included in ``run.inputs``.
    values
        Measure -> figure; None where it has none in this run.
    by
        Measure -> input row -> derivative: a float for a scalar, an array over the periods for a series, a pair of
        arrays (by the xs, by the ys) for a table. Measures without a figure are left out. [measure / input]
    reasons
        Measure without a figure -> why.
    signed
        Whether the deal ran on signed figures, so that nothing was sized or solved.
    """

    run: Run
    values: Mapping[Target, float | None]
    by: Mapping[Target, Mapping[str, Any]]
    reasons: Mapping[Target, str]
    signed: bool

    def __getitem__(self, measure: Target) -> Mapping[str, Any]:
        if measure not in self.by:
            if measure in self.reasons:
                raise RunError(f"{measure} has no value in this run, so it has no derivative: {self.reasons[measure]}")
            raise RunError(f"{measure} was not asked for{meant(str(measure), map(str, self.by))}")
        return self.by[measure]

    def __iter__(self) -> Any:
        return iter(self.by)

    def __contains__(self, measure: object) -> bool:
        return measure in self.by


def derivatives(sheet: Sheet, inputs: Mapping[str, Any] | None, of: Sequence[Target]) -> Derivatives:
    """Run a sheet and differentiate figures by every input.

    Parameters
    ----------
    sheet
        Complete.
    inputs
        Inputs of the run, by name. With ``deal.signed`` = 1 (as in ``SignedTerms.inputs``) the deal runs on the signed
        figures given with it; otherwise it is sized on these inputs, and the derivatives are those of the re-sized
        deal.
    of
        Measures, one-cell rows, or (row, period).

    Raises
    ------
    RunError
        If there is no such measure, the run fails, or a solved input cannot be told from its residual.
    """
    given = dict(inputs or {})
    signed = float(given.get(SWITCH, 0.0)) > 0.5
    run = reference.run(sheet, given if signed else {**given, **solve_inputs(sheet, given)})
    return derivatives_at(sheet, run, of, signed=signed)


def derivatives_at(sheet: Sheet, run: Run, of: Sequence[Target], *, signed: bool) -> Derivatives:
    """Differentiate figures of a run by every input.

    Parameters
    ----------
    sheet
        The sheet.
    run
        A run of the whole sheet, its solved inputs settled.
    of
        Measures, one-cell rows, or (row, period).
    signed
        Whether solved inputs are held as they are.
    """
    values, reasons = _figures(sheet, run, of)
    asked = [target for target in values if target not in reasons]
    straight = Linear(sheet, _off_corners(sheet, run, values))
    held = signed or not sheet.solved_inputs
    by = _split(_by_input(straight, asked), asked) if held else _through_solve(sheet, straight, asked)
    return Derivatives(run, values, by, reasons, signed)


def _off_corners(sheet: Sheet, run: Run, values: Mapping[Target, float | None]) -> Run:
    """The same run a hair away; the run itself where a hair changes what it says."""
    names = [target if isinstance(target, str) else target[0] for target in values]
    prepared, inputs = reference.prepare(sheet), nudged(sheet, run.inputs)
    try:
        few = len(names) <= FEW
        near = prepared.run_subset([*names, *sheet.solved_inputs.values()], inputs) if few else prepared.run(inputs)
    except RunError:
        return run
    after, _ = _figures(sheet, near, list(values))
    same = all(
        (a is None) == (b is None) and (a is None or b is None or abs(a - b) <= CLOSE * max(1.0, abs(b)))
        for a, b in zip(after.values(), values.values(), strict=True)
    )
    return near if same else run


def _figures(sheet: Sheet, run: Run, of: Sequence[Target]) -> tuple[dict[Target, float | None], dict[Target, str]]:
    values: dict[Target, float | None] = {}
    reasons: dict[Target, str] = {}
    for target in dict.fromkeys(of):
        name = target if isinstance(target, str) else target[0]
        if isinstance(target, str) and name in sheet.measures:
            measure = run.measures[name]
            values[target] = measure.value
            if measure.value is None:
                reasons[target] = measure.reason
            continue
        if name not in run:
            raise RunError(f"there is no row or measure {name}{meant(name, [*sheet.rows, *sheet.measures])}")
        got = run[name]
        period = target[1] if not isinstance(target, str) else 0
        values[target] = float(got) if isinstance(got, float) else float(got[period])
    return values, reasons


def _by_input(straight: Linear, targets: Sequence[Target]) -> dict[str, Any]:
    """Derivatives of all targets by every input; the targets travel in groups that fit the processor's memory."""
    groups = [targets[k : k + TOGETHER] for k in range(0, len(targets), TOGETHER)] or [[]]
    parts = [straight.pull(group, keep=False).by_input for group in groups]
    return {name: _joined([part[name] for part in parts]) for name in parts[0]}


def _joined(parts: list[Any]) -> Any:
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate(side) for side in zip(*parts, strict=True))
    return np.concatenate(parts)


def _split(by_input: Mapping[str, Any], targets: Sequence[Target]) -> dict[Target, dict[str, Any]]:
    return {
        target: {name: _one(slope, place) for name, slope in by_input.items()} for place, target in enumerate(targets)
    }


def _one(slope: Any, place: int) -> Any:
    if isinstance(slope, tuple):
        return slope[0][place], slope[1][place]
    return float(slope[place]) if slope.ndim == 1 else slope[place]


def _through_solve(sheet: Sheet, straight: Linear, asked: list[Target]) -> dict[Target, dict[str, Any]]:
    """Derivatives of figures whose solved inputs move with every other input."""
    cells = [(name, period) for name in sheet.solved_inputs for period in _periods(sheet, name)]
    goals: list[Target] = [_cell(sheet, straight, sheet.solved_inputs[name], period) for name, period in cells]
    by_input = _by_input(straight, [*asked, *goals])
    count, every = len(asked), len(asked) + len(goals)
    solved = np.concatenate([by_input[name].reshape(every, -1) for name in sheet.solved_inputs], axis=1)
    residual = solved[count:] - np.eye(len(cells))  # each residual is target - input
    weights = _weights(residual, solved[:count], [name for name, _ in cells])
    found: dict[Target, dict[str, Any]] = {target: {} for target in asked}
    for name, slope in by_input.items():
        moved = _moved(slope, weights, count)
        if name in sheet.solved_inputs:  # it is an outcome now, not an input
            moved = np.zeros_like(moved)
        for place, target in enumerate(asked):
            found[target][name] = _one(moved, place)
    return found


def _moved(slope: Any, weights: Lines, count: int) -> Any:
    if isinstance(slope, tuple):
        return tuple(_moved(part, weights, count) for part in slope)
    return slope[:count] - np.tensordot(weights, slope[count:], axes=1)


def _weights(residual: Lines, on_solved: Lines, names: list[str]) -> Lines:
    """d figure/dx . (dR/dx)^-1, one row a figure."""
    sizes = np.abs(residual).max(axis=0)
    still = [name for name, size in zip(names, sizes, strict=True) if size <= SINGULAR * max(1.0, sizes.max())]
    if still:
        raise RunError(f"{still[0]} does not move its own residual, so nothing says how it follows the other inputs")
    spread = np.linalg.svd(residual, compute_uv=False)
    if spread.size and spread[-1] <= SINGULAR * spread[0]:
        together = ", ".join(dict.fromkeys(names))
        raise RunError(f"the solved inputs {together} move together and cannot be told apart here")
    return np.asarray(np.linalg.solve(residual.T, on_solved.T).T, dtype=np.float64)


def _periods(sheet: Sheet, name: str) -> list[int | None]:
    return [None] if sheet[name].kind == "scalar" else list(range(sheet.periods))


def _cell(sheet: Sheet, straight: Linear, name: str, period: int | None) -> Target:
    if straight.plan.is_scalar(sheet[name]):
        return name
    return (name, 0 if period is None else period)

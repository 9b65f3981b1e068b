"""Derivatives by differences: every input of a sheet moved up and down, at two step sizes, on the path kernel.

From the four runs a cell gets, per measure: the central difference and the two one-sided slopes, each improved by its
halved step (Richardson). The figure is smooth there if the improved slopes below and above are one; a corner keeps them
apart and a jump makes them huge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ringfence.run import native, reference

#: Share of an input by which it is moved.
STEP = 1e-4
#: What stands in for an input that is 0, by unit.
SIZES = {"USD": 1e6, "USD/GPU": 1e3, "USD/MW-month": 1e4, "USD/GPU-year": 1e3, "USD/MWh": 10.0, "month": 0.5,
         "1/year": 0.01, "MWh": 1e3, "h": 10.0}  # fmt: skip
#: Improved slopes below and above that differ by more than this share belong to a corner.
ONE_SLOPE = 3e-5
EPSILON = float(np.finfo(float).eps)
Cell = tuple[str, int | None]


@dataclass(frozen=True)
class Differences:
    """By (cell, measure)."""

    cells: list[Cell]
    steps: np.ndarray
    values: np.ndarray
    central: np.ndarray
    up: np.ndarray
    down: np.ndarray
    smooth: np.ndarray
    noise: np.ndarray


def cells_of(sheet: Any) -> list[Cell]:
    """Every number that goes into a sheet: scalars, cells of series, ys of tables."""
    found: list[Cell] = []
    for row in sheet:
        if row.kind == "scalar":
            found.append((row.name, None))
        elif row.kind in ("series", "table"):
            found += [(row.name, k) for k in range(len(row.value if row.kind == "series" else row.value[1]))]
    return found


def numbers(sheet: Any, inputs: dict[str, Any], name: str) -> np.ndarray:
    """Return the numbers of an input in this run; the ys of a table."""
    value = inputs.get(name, sheet[name].value)
    return np.asarray(value[1] if sheet[name].kind == "table" else value, dtype=float)


def step_of(sheet: Any, inputs: dict[str, Any], cell: Cell) -> float:
    """How far a cell is moved."""
    size = float(np.max(np.abs(numbers(sheet, inputs, cell[0]))))
    return STEP * (size or SIZES.get(str(sheet[cell[0]].unit), 0.1))


def by_differences(sheet: Any, inputs: dict[str, Any], measures: list[str], cells: list[Cell]) -> Differences:
    """Differentiate measures by cells."""
    kernel = native.compile(sheet, measures, {row.name: "given" for row in sheet if row.is_input}, keep=False)
    steps = np.array([step_of(sheet, inputs, cell) for cell in cells])
    runs = np.concatenate(
        [
            _runs(kernel, sheet, inputs, measures, cells[k : k + 250], steps[k : k + 250])
            for k in range(0, len(cells), 250)
        ]
    )  # (cells, 4 moves, measures)
    at = np.array([reference.run(sheet, inputs).measures[name].value for name in measures])
    h = steps[:, None]
    wide, narrow = (runs[:, 0] - runs[:, 1]) / (2 * h), (runs[:, 2] - runs[:, 3]) / h
    up = (4 * runs[:, 2] - runs[:, 0] - 3 * at) / h
    down = (3 * at - 4 * runs[:, 3] + runs[:, 1]) / h
    noise = _noise(sheet, measures, at) / h
    smooth = np.abs(up - down) <= ONE_SLOPE * np.abs(narrow) + noise
    smooth &= np.abs(wide - narrow) <= 1e-2 * np.abs(narrow) + noise  # what jumps by one amount both ways
    return Differences(cells, steps, at, (4 * narrow - wide) / 3, up, down, smooth, noise)


def _noise(sheet: Any, measures: list[str], at: np.ndarray) -> np.ndarray:
    """Rounding of a figure: of sums of billions where it is money, of numbers near 1 where it is not."""
    money = max(
        [abs(v) for name, v in zip(measures, at, strict=True) if str(sheet.measures[name].unit) == "USD"] + [1.0]
    )
    sizes = [
        money if str(sheet.measures[n].unit) == "USD" else max(1.0, abs(v)) for n, v in zip(measures, at, strict=True)
    ]
    return 1000 * EPSILON * np.array(sizes)


def _runs(kernel: Any, sheet: Any, inputs: dict[str, Any], measures: list[str], cells: list[Cell], steps: Any) -> Any:
    paths = 4 * len(cells)
    given = {}
    for name in dict.fromkeys([*inputs, *(name for name, _ in cells)]):
        own = numbers(sheet, inputs, name)
        given[name] = np.array(np.broadcast_to(own, (paths, *own.shape)))
    for k, ((name, place), step) in enumerate(zip(cells, steps, strict=True)):
        for move, share in enumerate((1.0, -1.0, 0.5, -0.5)):
            given[name][(4 * k + move, *(() if place is None else (place,)))] += share * step
    got = kernel.run(paths, path_inputs=given)
    return np.stack([got[name] for name in measures], axis=1).reshape(len(cells), 4, len(measures))


def exact(found: Any, sheet: Any, measures: list[str], cells: list[Cell]) -> np.ndarray:
    """Derivatives of the engine under test, by (cell, measure)."""
    out = np.empty((len(cells), len(measures)))
    for k, (name, place) in enumerate(cells):
        for j, measure in enumerate(measures):
            slope = found[measure][name]
            slope = slope[1] if sheet[name].kind == "table" else slope
            out[k, j] = slope if place is None else slope[place]
    return out


def disagreements(found: Differences, got: np.ndarray, relative: float = 1e-6) -> list[tuple[int, int]]:
    """(cell, measure) that are smooth but not what the differences say: neither in the middle nor on one side."""
    apart = np.min([np.abs(got - side) for side in (found.central, found.up, found.down)], axis=0)
    allowed = relative * np.maximum(np.abs(got), np.abs(found.central)) + found.noise + _hair(found, got)
    return [(int(k), int(j)) for k, j in np.argwhere(found.smooth & np.isfinite(found.central) & (apart > allowed))]


def _hair(found: Differences, got: np.ndarray) -> np.ndarray:
    """What reading a table a hair beside one of its points moves to the next point: a share of the slope there."""
    names = [name for name, _ in found.cells]
    largest = {name: np.max(np.abs(got[[n == name for n in names]]), axis=0) for name in dict.fromkeys(names)}
    return 1e-8 * np.array([largest[name] for name in names])

"""Inputs moved by a hair, so that a run stands on no corner by accident.

A swap struck at the market exchanges nothing: what is due, ``most(x, 0)``, and what is received, ``most(-x, 0)``, meet
their corners at the same x = 0. Slopes taken branch by branch at such a point may add up to those of no branch at all.
A hair away they belong together: the derivatives there are those of one side, and where the figure is smooth they are
the derivatives.

The hair is larger than rounding and smaller than the tolerance of comparisons (docs/convention.md 6), so no flag moves.
Every scalar and every value of a table moves by its own share, so that two inputs that are equal by chance are told
apart. Series and the xs of tables stay: the clock is among them, and a date on a boundary belongs to the same side
everywhere only if all boundaries stay where they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ringfence.sheet.sheet import Sheet

#: Share by which a number is moved, at most; at least half of it.
HAIR = 4e-12


def nudged(sheet: Sheet, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs of a run, its cells and the values of its tables moved by a hair.

    Parameters
    ----------
    sheet
        The sheet.
    inputs
        Inputs that stand in for the sheet's own.
    """
    rng = np.random.default_rng(0)
    found = dict(inputs)
    for row in sheet:
        if row.kind not in ("scalar", "table"):
            continue
        value = inputs.get(row.name, row.value)
        if row.kind == "table":
            ys = np.asarray(value[1], dtype=float)
            found[row.name] = value[0], _moved(ys, rng.random(ys.shape))
        else:
            found[row.name] = float(_moved(np.float64(value), rng.random()))
    return found


def _moved(numbers: Any, share: Any) -> Any:
    return numbers + HAIR * (0.5 + 0.5 * share) * np.where(numbers == 0, 1.0, np.abs(numbers))

"""Slopes of measures by inputs: exact where a reading of the sheet gives them, differences of the reference otherwise.

A central difference at a kink is the mean of the two sides; ``kinks.py`` tells the sides apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ringfence.sheet import Sheet

Vector = NDArray[np.float64]
STEP = 1e-5
"""Share of a lever's range by which it is moved for a slope: errors of the second order, far above rounding."""
WIDE = 0.02
"""The same for a figure counted on random paths, which moves in steps: wide enough to cross several."""


class Derivatives(Protocol):
    """Exact derivatives of measures by every input of a sheet."""

    def __call__(self, sheet: Sheet, inputs: Mapping[str, Any], of: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return measure -> input -> derivative. [unit of the measure per unit of the input]"""
        ...


def exact(sheet: Sheet, inputs: Mapping[str, Any], of: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the derivatives of one reverse pass through the sheet, and through what is solved for it.

    Parameters
    ----------
    sheet
        Complete.
    inputs
        Inputs of the run, by name.
    of
        Measures.
    """
    from ringfence.solve.implicit import derivatives

    found: Mapping[Any, Mapping[str, Any]] = derivatives(sheet, inputs, of).by
    return found


def differences(value: Callable[[Vector], Mapping[str, float | None]], at: Vector, step: float) -> dict[str, Vector]:
    """Return slopes by differences, one-sided at the ends of a range.

    Parameters
    ----------
    value
        Figures by name at a point; None where a figure has no value, whose slope then counts as 0.
    at
        Shares of the ranges, 0 to 1.
    step
        Share of the range to move each way.

    Returns
    -------
    dict
        Name -> slope by each share.
    """
    sides: list[tuple[Mapping[str, float | None], Mapping[str, float | None], float]] = []
    for k in range(at.size):
        up, down = at.copy(), at.copy()
        up[k], down[k] = min(1.0, at[k] + step), max(0.0, at[k] - step)
        sides.append((value(up), value(down), float(up[k] - down[k])))
    names = dict.fromkeys(name for high, low, _ in sides for name in (*high, *low))
    return {name: np.array([_slope(high.get(name), low.get(name), gap) for high, low, gap in sides]) for name in names}


def _slope(high: float | None, low: float | None, gap: float) -> float:
    return 0.0 if high is None or low is None else (high - low) / gap

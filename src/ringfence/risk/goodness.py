"""Whether the innovations of a fit are independent standard normals, as the model says; how two fits move together.

The shape is tested by skewness and kurtosis (Jarque and Bera, Economics Letters, 1980), memory by the correlation of
each innovation with the one before (Ljung and Box, Biometrika, 1978). A p-value is the chance that innovations of the
model itself look as bad; under one in a hundred it is said in words what is wrong and which way the factor errs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import erfc, exp, sqrt

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
RARE = 0.01
FEWEST_TOGETHER = 12


@dataclass(frozen=True)
class Goodness:
    """How innovations compare with independent standard normals.

    Attributes
    ----------
    skewness, kurtosis
        0 and 3 for a normal.
    memory
        Correlation of each with the one before; 0 if independent.
    normal, independent
        p-values of the two tests.
    """

    skewness: float
    kurtosis: float
    memory: float
    normal: float
    independent: float

    def __str__(self) -> str:
        return f"normal with p = {self.normal:.2f}, independent with p = {self.independent:.2f}"

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader must know where a test fails."""
        found = []
        if self.normal < RARE:
            way = "understates" if self.kurtosis > 3 else "overstates"
            text = f"moves are not normal (kurtosis {self.kurtosis:.1f}, skewness {self.skewness:.1f})"
            found.append(f"{text}: the factor {way} the tails")
        if self.independent < RARE:
            text = f"moves lean on the one before (correlation {self.memory:.2f})"
            found.append(f"{text}: levels may be averages or stale, and the volatility off")
        return tuple(found)


def goodness(innovations: Array) -> Goodness:
    """Compare innovations with independent standard normals.

    Parameters
    ----------
    innovations
        In the order of time, in standard deviations.
    """
    x = innovations - innovations.mean()
    count, spread = len(x), float(np.mean(x * x))
    skewness = float(np.mean(x**3)) / spread**1.5
    kurtosis = float(np.mean(x**4)) / spread**2
    shape = count / 6.0 * (skewness**2 + (kurtosis - 3.0) ** 2 / 4.0)
    memory = float(np.sum(x[1:] * x[:-1]) / np.sum(x * x))
    statistic = count * (count + 2) / (count - 1) * memory**2
    return Goodness(skewness, kurtosis, memory, exp(-shape / 2.0), erfc(sqrt(statistic / 2.0)))


@dataclass(frozen=True)
class Together:
    """Correlation of two histories.

    Attributes
    ----------
    value, error
        Of the innovations, and its standard error.
    count
        Steps that both have, from the same date to the same date.
    """

    value: float
    error: float
    count: int


def together(
    a_days: Sequence[dt.date], a: Sequence[float], b_days: Sequence[dt.date], b: Sequence[float]
) -> Together | None:
    """Return the correlation of the innovations of two histories; None where they share too few steps.

    Parameters
    ----------
    a_days, b_days
        Every date of each history.
    a, b
        What each date after the first brought.
    """
    steps = {step: k for k, step in enumerate(pairwise(b_days))}
    both = [(a[k], b[steps[step]]) for k, step in enumerate(pairwise(a_days)) if step in steps]
    if len(both) < FEWEST_TOGETHER:
        return None
    x, y = np.array(both).T
    value = float(np.corrcoef(x, y)[0, 1])
    return Together(value, (1.0 - value**2) / sqrt(len(both) - 1), len(both))

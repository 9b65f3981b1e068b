"""Energy that is exceeded with a probability: P50, P75, P90, P99 of a plant's yearly yield.

    sigma_total^2     = sum of independent uncertainties squared
    sigma of N years  : the year-to-year part shrinks with 1 / N, what is wrong with the estimate does not
    P_x               = P50 x (1 - z_x x sigma), z_x the normal quantile of x

Lenders size on P50 at one cover and on P90 or P99 of a single year at a lower one. Uncertainties are relative.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from statistics import NormalDist

from ringfence.errors import DealError
from ringfence.terms.findings import finding

RULE = "energy-yield: a yield is above 0, its uncertainties are shares of it, and a probability lies between 0 and 1"


@dataclass(frozen=True)
class EnergyYield:
    """A plant's yearly energy and how sure it is.

    Parameters
    ----------
    p50
        Energy of a year that is exceeded every other year. [MWh]
    interannual
        Standard deviation from year to year, of the weather. [ratio]
    other
        Independent uncertainties that stay the same in every year: resource, model, losses. [ratio]
    """

    p50: float
    interannual: float
    other: Sequence[float] = ()

    def __post_init__(self) -> None:
        parts = (self.interannual, *self.other)
        if not isfinite(self.p50) or self.p50 <= 0 or not all(0 <= x < 1 for x in parts):
            text = f"P50 is {self.p50:g} and the uncertainties {', '.join(f'{x:g}' for x in parts)}."
            raise DealError([finding(RULE, text, fix="state uncertainties as shares from 0 to 1")])

    def sigma(self, years: int = 1) -> float:
        """Return the uncertainty of the mean of so many years. [ratio]"""
        if years < 1:
            raise DealError([finding(RULE, f"The mean is asked of {years} years.", fix="ask for one year or more")])
        return sqrt(sum(x * x for x in self.other) + self.interannual**2 / years)

    def exceeded(self, probability: float, *, years: int = 1) -> float:
        """Return the energy that is exceeded with a probability, never below nothing. [MWh]

        Parameters
        ----------
        probability
            0.9 for P90. [ratio]
        years
            Of which it is the mean: 1 for a single year, 10 for the long-term P-value.
        """
        if not 0 < probability < 1:
            text = f"The probability is {probability:g}."
            raise DealError([finding(RULE, text, fix="write 0.9 for P90")])
        return max(self.p50 * (1 - NormalDist().inv_cdf(probability) * self.sigma(years)), 0.0)

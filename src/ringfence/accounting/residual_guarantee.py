"""A residual value guarantee: four different numbers that must never be mixed.

    purpose                                           amount
    IFRS lessee liability (16.27(c))                  expected payout, E[max(K - V, 0)], up to the cap
    ASC lessee liability (842-10-30-5(f))             max(K - E[V], 0) if it is probable of being owed, else nothing
    classification, both sides (842-10-25-2(d))       the whole cap, however unlikely
    disclosure of the maximum exposure                the whole cap

All come from one distribution of the value V at the end of the lease, the one that depreciation, implicit rate and
lenders' cover use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erf, log, sqrt
from typing import Protocol

from ringfence.accounting.citations import cite
from ringfence.accounting.refusals import finite, magnitudes, refused, shares

PROBABLE = 0.70
"""Probability of a payout from which it counts as probable of being owed; practice 70 to 80 %, configurable."""


class Residual(Protocol):
    """What an asset is worth at the end of its lease."""

    @property
    def mean(self) -> float:
        """Expected value. [USD]"""

    def below(self, level: float) -> float:
        """Probability of a value under a level."""

    def shortfall(self, level: float) -> float:
        """Expected value of max(level - V, 0). [USD]"""


@dataclass(frozen=True)
class Known:
    """A single estimate. [USD]"""

    value: float

    def __post_init__(self) -> None:
        magnitudes("residual", value=self.value)

    @property
    def mean(self) -> float:
        """The estimate. [USD]"""
        return self.value

    def below(self, level: float) -> float:
        """1 under the level, else 0."""
        return 1.0 if self.value < level else 0.0

    def shortfall(self, level: float) -> float:
        """What is missing. [USD]"""
        return max(level - self.value, 0.0)


@dataclass(frozen=True)
class Lognormal:
    """A value whose logarithm is normal.

    Parameters
    ----------
    expected
        Mean. [USD]
    volatility
        Standard deviation of the logarithm over a year. [ratio]
    years
        Until the end of the lease. [year]
    """

    expected: float
    volatility: float
    years: float

    def __post_init__(self) -> None:
        finite("residual", expected=self.expected, volatility=self.volatility, years=self.years)
        if self.expected <= 0 or self.volatility <= 0 or self.years <= 0:
            raise refused(
                "residual",
                f"a lognormal residual has mean {self.expected:,.2f}, volatility {self.volatility:g} and "
                f"{self.years:g} years.",
                fix="state all three above 0, or a single estimate",
            )

    @property
    def mean(self) -> float:
        """Expected value. [USD]"""
        return self.expected

    @property
    def _spread(self) -> float:
        return self.volatility * sqrt(self.years)

    def below(self, level: float) -> float:
        """Probability of a value under a level."""
        return 0.0 if level <= 0 else _normal((log(level / self.expected) + self._spread**2 / 2) / self._spread)

    def shortfall(self, level: float) -> float:
        """Expected value of max(level - V, 0). [USD]"""
        if level <= 0:
            return 0.0
        far = (log(level / self.expected) + self._spread**2 / 2) / self._spread
        return level * _normal(far) - self.expected * _normal(far - self._spread)


@dataclass(frozen=True)
class Sample:
    """Values by path, from scenarios or a simulation.

    Parameters
    ----------
    values
        [USD]
    weights
        Probability of each, adding to 1; equal if left out.
    """

    values: Sequence[float]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        if not len(self.values) or (self.weights is not None and len(self.weights) != len(self.values)):
            raise refused("sample", f"{len(self.values)} values stand against {len(self.weights or ())} weights.")
        if self.weights is not None and (min(self.weights) < 0 or abs(sum(self.weights) - 1) > 1e-9):
            raise refused(
                "sample", f"weights add up to {sum(self.weights):.6f}.", fix="give probabilities that add up to 1"
            )
        finite("residual", values=sum(self.values))
        if min(self.values) < 0:
            raise refused(
                "residual", f"a value of {min(self.values):,.2f} is among the residuals.", fix="state 0 or more"
            )

    def _average(self, numbers: Sequence[float]) -> float:
        if self.weights is None:
            return sum(numbers) / len(numbers)
        return sum(w * x for w, x in zip(self.weights, numbers, strict=True))

    @property
    def mean(self) -> float:
        """Expected value. [USD]"""
        return self._average([float(v) for v in self.values])

    def below(self, level: float) -> float:
        """Probability of a value under a level."""
        return self._average([1.0 if v < level else 0.0 for v in self.values])

    def shortfall(self, level: float) -> float:
        """Expected value of max(level - V, 0). [USD]"""
        return self._average([max(level - v, 0.0) for v in self.values])


def _normal(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


@dataclass(frozen=True)
class GuaranteeAmounts:
    """The four numbers. [USD]

    Attributes
    ----------
    expected_payable
        IFRS lessee liability, undiscounted.
    probable
        ASC lessee liability, undiscounted.
    classification
        The cap; both sides.
    maximum_exposure
        The cap.
    call_probability
        Probability that anything is owed.
    is_probable
        Whether it counts as probable.
    paragraphs
        By number.
    """

    expected_payable: float
    probable: float
    classification: float
    maximum_exposure: float
    call_probability: float
    is_probable: bool
    paragraphs: dict[str, str]


def guarantee_amounts(
    guaranteed: float,
    residual: Residual,
    *,
    cap: float | None = None,
    probable: bool | None = None,
    mark: float = PROBABLE,
) -> GuaranteeAmounts:
    """Return the four amounts of a residual value guarantee.

    Parameters
    ----------
    guaranteed
        Value K made good: the guarantor pays max(K - V, 0). [USD]
    residual
        Value at the end of the lease.
    cap
        Most that can be owed; left out: K. [USD]
    probable
        Whether a payout is probable, if attested; left out: by its probability.
    mark
        Probability from which it counts as probable.

    Returns
    -------
    GuaranteeAmounts
        Undiscounted, due at the end of the lease.
    """
    finite("residual", guaranteed=guaranteed, cap=cap)
    shares("share", mark=mark)
    most = guaranteed if cap is None else cap
    if guaranteed < 0 or most < 0 or most > guaranteed + 1e-9 * max(1.0, guaranteed):
        raise refused(
            "residual",
            f"the guarantee makes good a value of {guaranteed:,.2f} and is capped at {most:,.2f}.",
            paragraph=cite("IFRS 16.27(c)"),
            fix="a cap lies between 0 and the guaranteed value",
        )
    # capped payout: max(K - V, 0) - max(K - cap - V, 0)
    expected = residual.shortfall(guaranteed) - residual.shortfall(guaranteed - most)
    chance = residual.below(guaranteed)
    likely = chance >= mark if probable is None else probable
    return GuaranteeAmounts(
        expected_payable=expected,
        probable=min(max(guaranteed - residual.mean, 0.0), most) if likely else 0.0,
        classification=most,
        maximum_exposure=most,
        call_probability=chance,
        is_probable=likely,
        paragraphs={
            "expected payable": cite("IFRS 16.27(c)"),
            "probable": cite("ASC 842-10-30-5(f)"),
            "classification": cite("ASC 842-10-25-2(d)", "IFRS 16.70(c)"),
            "maximum exposure": cite("IFRS 12.29", "ASC 810-10-50"),
        },
    )

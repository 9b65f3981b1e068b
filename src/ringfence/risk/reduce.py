"""Distributions built block by block in memory that does not grow with the paths.

Kept of each output, whatever the number of paths:

    moments    count, mean and squared deviations, merged in the order of the blocks
    sketch     how many paths lie in each of the cells into which float64 is cut by its first 24 bits: sign, exponent
               and 12 bits of the mantissa, so a quantile is known to 1 part in 8,192
    exact      every value, as long as the run has at most :data:`EXACT` paths; quantiles are then exact

Counts are whole numbers, so they are the same in any order. Sums are taken one by one within a block and the blocks
are merged in their own order, so mean and standard error have the same bits on any machine and after any interruption.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Keys = NDArray[np.int32]
Whole = NDArray[np.int64]
#: Most paths of which every value is kept.
EXACT = 131_072
_SHIFT = 40
_HALF = 1 << (_SHIFT - 1)
_LOWEST = np.int32(-(1 << (63 - _SHIFT)))
#: Values whose cells wait to be counted together.
_TOGETHER = 1 << 18


@dataclass
class Moments:
    """Count, mean and squared deviations of numbers met so far, all counted from the first of them."""

    count: int = 0
    origin: float = 0.0
    offset: float = 0.0
    squares: float = 0.0

    def add(self, values: Array) -> None:
        """Take in the finite values of a block."""
        n = len(values)
        if not n:
            return
        if not self.count:
            self.origin = float(values[0])
        with np.errstate(over="ignore", invalid="ignore"):  # a variance beyond float64 is told by whoever reads it
            from_origin = values - self.origin
            mean = _sum(from_origin) / n
            squares = _sum((from_origin - mean) ** 2)
        whole = self.count + n
        apart = mean - self.offset
        self.squares += squares + apart * apart * self.count * n / whole
        self.offset += apart * n / whole
        self.count = whole

    @property
    def mean(self) -> float:
        """Mean; 0 without values."""
        return self.origin + self.offset

    @property
    def variance(self) -> float:
        """Sample variance; 0 for less than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return float(np.sqrt(self.variance / self.count)) if self.count else 0.0


def _sum(values: Array) -> float:
    """Add one by one: the order of the additions, and so the bits, do not depend on the processor."""
    return float(np.add.accumulate(values)[-1])


@dataclass
class Distribution:
    """One output over all paths.

    Parameters
    ----------
    exact
        Whether every value is kept.
    """

    exact: bool
    moments: Moments = field(default_factory=Moments)
    none: int = 0
    worst: int = 0
    lowest: float = np.inf
    highest: float = -np.inf
    _kept: list[Array] = field(default_factory=list)
    _rising: bool = False
    _waiting: list[Keys] = field(default_factory=list)
    _known: Keys = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    _counts: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def add(self, values: Array) -> None:
        """Take in a block."""
        ranked = values[~np.isnan(values)]
        finite = ranked[np.isfinite(ranked)]
        self.none += len(values) - len(ranked)
        self.worst += len(ranked) - len(finite)
        self.moments.add(finite)
        if finite.size:
            self.lowest, self.highest = min(self.lowest, finite.min()), max(self.highest, finite.max())
        if self.exact:
            self._kept.append(ranked.copy())
            self._rising = False
        else:
            self._waiting.append(cells(finite))
            if sum(map(len, self._waiting)) > _TOGETHER:
                self._merge()

    def _merge(self) -> None:
        """Count the cells that wait."""
        if not self._waiting:
            return
        found, counts = np.unique(np.concatenate(self._waiting), return_counts=True)
        merged = np.union1d(self._known, found)
        total = np.zeros(len(merged), dtype=np.int64)
        total[np.searchsorted(merged, self._known)] += self._counts
        total[np.searchsorted(merged, found)] += counts
        self._known, self._counts, self._waiting = merged, total, []

    def _values(self) -> Array:
        """Every value, rising."""
        if not self._rising:
            self._kept, self._rising = [np.sort(np.concatenate(self._kept))], True
        return self._kept[0]

    @property
    def count(self) -> int:
        """Paths that are ranked: those with a value, and those without an IRR, which rank last."""
        return self.moments.count + self.worst

    def quantile(self, share: float) -> float | None:
        """Return the value that `share` of the ranked paths do not exceed; None where there is none.

        Parameters
        ----------
        share
            From 0 to 1. [ratio]
        """
        if not self.count:
            return None
        place = max(1, int(np.ceil(share * self.count - 1e-9))) - 1
        if place < self.worst:
            return None
        if self.exact:
            return float(self._values()[place])
        self._merge()
        cell = int(np.searchsorted(np.cumsum(self._counts), place - self.worst, side="right"))
        return float(np.clip(middles(self._known[cell : cell + 1])[0], self.lowest, self.highest))

    def quantile_error(self, share: float) -> float | None:
        """Return the standard error of a quantile, from the values one standard error of rank to either side.

        Parameters
        ----------
        share
            From 0 to 1. [ratio]
        """
        apart = float(np.sqrt(share * (1 - share) / self.count)) if self.count else 0.0
        low, high = self.quantile(max(share - apart, 0.0)), self.quantile(min(share + apart, 1.0))
        return None if low is None or high is None else (high - low) / 2

    def tail_mean(self, share: float) -> float | None:
        """Return the mean of the lowest `share` of the ranked paths; None where some of them have no value.

        Parameters
        ----------
        share
            Above 0, to 1. [ratio]
        """
        if not self.count or self.worst:
            return None
        take = max(1, int(np.ceil(share * self.count - 1e-9)))
        if self.exact:
            return _sum(self._values()[:take]) / take
        self._merge()
        before = np.minimum(np.cumsum(self._counts), take)
        counts = np.diff(before, prepend=0)
        return _sum(middles(self._known) * counts) / take

    def mean_under(self, limit: float) -> float:
        """Return the mean shortfall under a limit, ``mean(max(limit - x, 0))``; paths without a value are left out.

        Parameters
        ----------
        limit
            The limit.
        """
        if not self.moments.count:
            return 0.0
        if self.exact:
            values = self._values()[self.worst :]
            return _sum(np.maximum(limit - values, 0.0)) / len(values)
        self._merge()
        return _sum(np.maximum(limit - middles(self._known), 0.0) * self._counts) / self.moments.count

    def share_under(self, limit: float) -> float:
        """Return the share of the ranked paths under a limit, up to the resolution of what is kept. [ratio]

        Parameters
        ----------
        limit
            The limit; paths without a value count as under it.
        """
        if not self.count:
            return 0.0
        if self.exact:
            return int(np.searchsorted(self._values(), limit)) / self.count
        self._merge()
        under = int(self._counts[middles(self._known) < limit].sum())
        return (under + self.worst) / self.count


def cells(values: Array) -> Keys:
    """Number of the cell of each value; cells rise as values do."""
    bits = np.ascontiguousarray(values + 0.0).view(np.int64)  # + 0.0: one zero, not two
    key = (bits >> _SHIFT).astype(np.int32)  # negative numbers keep their sign bit: -2**23 + the rest
    return np.where(key < 0, _LOWEST - key - 1, key)


def middles(keys: Keys) -> Array:
    """Value in the middle of each cell."""
    negative = keys < 0
    key = np.where(negative, -(keys + 1), keys).astype(np.int64)
    value = ((key << _SHIFT) + np.where(key > 0, _HALF, 0)).view(np.float64)
    return np.where(negative, -value, value)


class Counts:
    """How often each whole number from 0 up was met: first periods of an event, numbers of breaches.

    Parameters
    ----------
    size
        Numbers from 0 to `size` - 1 are counted apart, larger ones together with the last.
    """

    def __init__(self, size: int) -> None:
        self.counts = np.zeros(size, dtype=np.int64)

    def add(self, values: Array) -> None:
        """Take in a block; nan is left out."""
        whole = values[np.isfinite(values)].astype(np.int64)
        self.counts += np.bincount(np.clip(whole, 0, len(self.counts) - 1), minlength=len(self.counts))

    @property
    def total(self) -> int:
        """Numbers met."""
        return int(self.counts.sum())


@dataclass(frozen=True)
class Share:
    """A probability with its standard error, ``sqrt(p (1 - p) / n)``. [ratio]"""

    value: float
    error: float
    paths: int

    @classmethod
    def of(cls, hits: int, paths: int) -> Share:
        """Return the share of `hits` in `paths`; the error of 0 hits is the rule of three's third, 1 / paths."""
        if not paths:
            return cls(0.0, 0.0, 0)
        share = hits / paths
        error = float(np.sqrt(share * (1 - share) / paths))
        return cls(share, error if 0 < hits < paths else 1 / paths, paths)

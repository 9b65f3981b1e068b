"""Which factor explains which variance: first-order and total Sobol indices.

Two independent samples A and B of all draws are made from two seeds; for each factor a third, AB, is A with the draws
of this factor alone taken from B (Saltelli et al. 2010, Computer Physics Communications 181). With f the figure,

    first order   S  = mean(f(B) (f(AB) - f(A))) / V          (Saltelli 2010, table 2, b)
    total         T  = mean((f(A) - f(AB))^2) / (2 V)          (Jansen 1999)

S is the share of the variance that would go if the factor were known; T what would stay if all others were. T - S is
what the factor does together with others. The draws are independent even where factors are correlated: what two
factors share is counted with the one that comes first in the correlation, so the order of the factors matters then.

Standard errors are those of a jackknife over equal groups of paths.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ringfence.risk.backends import Backend
from ringfence.risk.job import Job
from ringfence.risk.runner import Tell, run_blocks

Array = NDArray[np.float64]
GROUPS = 32
#: Turns the seed of a run into the seed of the second sample.
_SECOND = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Index:
    """Sobol indices of one factor for one figure, with standard errors. [ratio]"""

    factor: str
    first: float
    first_error: float
    total: float
    total_error: float


@dataclass(frozen=True)
class Explained:
    """What explains the variance of one figure.

    Parameters
    ----------
    output
        The figure.
    mean, variance
        Over both samples.
    paths
        Paths of each sample on which every sample has a value.
    indices
        One for each factor, largest total first.
    """

    output: str
    mean: float
    variance: float
    paths: int
    indices: tuple[Index, ...]


def second_seed(seed: int) -> int:
    """Return the seed of the second sample."""
    return (seed + _SECOND) % (1 << 64)


def explain_variance(
    job: Job,
    factors: Mapping[str, Sequence[int]],
    backend: Backend | None = None,
    *,
    tell: Tell | None = None,
    floors: Mapping[str, float] | None = None,
) -> list[Explained]:
    """Run the samples of a job and return what explains each of its outputs.

    Parameters
    ----------
    job
        What to run; its paths are those of one sample.
    factors
        Factor -> numbers of its draws.
    backend
        Where.
    tell
        Called with paths done and paths in all.
    floors
        Output -> value that stands for a path without one: -1 for an IRR on which nothing is paid back. Such paths
        are left out of other outputs.
    """
    second = second_seed(job.seed)
    whole = job.paths * (len(factors) + 2)
    count = 0

    def sample(changed: Job) -> dict[str, Array]:
        nonlocal count
        found: list[Mapping[str, Array]] = []
        for block in run_blocks(changed, backend):
            found.append(block.values)
            count += len(block)
            if tell is not None:
                tell(count, whole)
        return {name: _floored(np.concatenate([b[name] for b in found]), name, floors) for name in job.outputs}

    a, b = sample(job), sample(replace(job, seed=second))
    mixed = {name: sample(replace(job, reseed=dict.fromkeys(draws, second))) for name, draws in factors.items()}
    return [indices(name, a[name], b[name], {f: m[name] for f, m in mixed.items()}) for name in job.outputs]


def _floored(values: Array, name: str, floors: Mapping[str, float] | None) -> Array:
    floor = (floors or {}).get(name)
    return values if floor is None else np.where(np.isneginf(values), floor, values)


def indices(output: str, a: Array, b: Array, mixed: Mapping[str, Array]) -> Explained:
    """Return the indices of a figure from its values on the samples.

    Parameters
    ----------
    output
        Name of the figure.
    a, b
        Its values on the two samples.
    mixed
        Factor -> values with the draws of this factor from `b`, all others from `a`.
    """
    good = np.isfinite(a) & np.isfinite(b)
    for values in mixed.values():
        good &= np.isfinite(values)
    a, b = a[good], b[good]
    if len(a) < 2 * GROUPS:
        return Explained(output, float("nan"), 0.0, len(a), ())
    mean, variance = float(np.concatenate([a, b]).mean()), float(np.concatenate([a, b]).var(ddof=1))
    found = [_index(name, a - mean, b - mean, values[good] - mean) for name, values in mixed.items()]
    if variance <= 1e-24 * max(1.0, mean * mean):
        found = []
    return Explained(output, mean, variance, len(a), tuple(sorted(found, key=lambda i: -i.total)))


def _index(name: str, a: Array, b: Array, ab: Array) -> Index:
    size = len(a) // GROUPS * GROUPS
    parts = (b * (ab - a), (a - ab) ** 2 / 2, (a * a + b * b) / 2)
    first, total, square = (p[:size].reshape(GROUPS, -1).sum(axis=1) for p in parts)
    s, s_error = _jackknife(first, square)
    t, t_error = _jackknife(total, square)
    return Index(name, s, s_error, t, t_error)


def _jackknife(top: Array, bottom: Array) -> tuple[float, float]:
    """Ratio of two sums over groups and its standard error, leaving out one group at a time."""
    whole, scale = top.sum(), bottom.sum()
    if not scale > 0:
        return 0.0, 0.0
    left = (whole - top) / (scale - bottom)
    error = np.sqrt((GROUPS - 1) / GROUPS * ((left - left.mean()) ** 2).sum())
    return float(whole / scale), float(error)

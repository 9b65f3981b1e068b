"""How a row spreads over time: percentiles of every period, from the first paths of a run.

Lines over all periods of every path would be a hundred times the numbers of the rest, so a fan is made of the first
:data:`FAN_PATHS` paths and says so: the standard error of its tenth percentile is 0.33 points of rank.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ringfence.risk.job import Job
from ringfence.run import native

Array = NDArray[np.float64]
FAN_PATHS = 8_192
SHARES = (0.01, 0.10, 0.50, 0.90, 0.99)
#: A period counts where at least this share of the paths has a value.
_ENOUGH = 0.05


@dataclass(frozen=True)
class FanRow:
    """A row to spread.

    Parameters
    ----------
    row
        Its name.
    label
        In words.
    applies
        Row that is 1 where it applies; empty: everywhere.
    """

    row: str
    label: str
    applies: str = ""


@dataclass(frozen=True)
class Fan:
    """Percentiles of a row by period.

    Parameters
    ----------
    of
        The row.
    unit
        Its unit.
    values
        Percentiles, shape ``(len(SHARES), periods)``; nan in a period in which it applies on hardly any path.
    applies
        Share of the paths on which it applies, by period. [ratio]
    paths
        Paths it is made of.
    """

    of: FanRow
    unit: str
    values: Array
    applies: Array
    paths: int


def fans(job: Job, rows: Sequence[FanRow], threads: int = 2) -> list[Fan]:
    """Run the first paths of a job and spread rows over time.

    Parameters
    ----------
    job
        Its sheet, draws and seed.
    rows
        Rows to spread.
    threads
        Threads that share the work.
    """
    wanted = list(dict.fromkeys(name for row in rows for name in (row.row, row.applies) if name))
    if not wanted:
        return []
    kernel = native.compile(job.sheet, wanted, dict(job.draws))
    count = min(job.paths, FAN_PATHS)
    got = kernel.run(count, seed=job.seed, threads=threads)
    good = ~got.failed
    if not good.any():
        return []
    made = []
    for row in rows:
        values = got[row.row][good]
        flags = got[row.applies][good] > 0.5 if row.applies else np.ones(values.shape, dtype=np.bool_)
        unit = str(job.sheet[row.row].unit)
        made.append(Fan(row, unit, _percentiles(values, flags), flags.mean(axis=0), int(good.sum())))
    return made


def _percentiles(values: Array, flags: NDArray[np.bool_]) -> Array:
    """Values that the shares do not exceed, among the paths on which the row applies."""
    ranked = np.sort(np.where(flags, values, np.inf), axis=0)
    counts = flags.sum(axis=0)
    out = np.full((len(SHARES), values.shape[1]), np.nan)
    enough = counts >= max(1, _ENOUGH * len(values))
    for k, share in enumerate(SHARES):
        place = np.maximum(np.ceil(share * counts - 1e-9).astype(np.int64), 1) - 1
        out[k, enough] = ranked[place[enough], np.flatnonzero(enough)]
    return out

"""Runs a job block by block and hands the blocks on in their own order, whatever order they are computed in.

What takes the blocks in (:class:`Totals`, a list, a sum over deals) therefore has the same bits on one thread and on a
cluster, in one go and after any number of interruptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ringfence.risk.backends import Backend, threads
from ringfence.risk.job import Block, Job
from ringfence.risk.reduce import EXACT, Counts, Distribution, Share
from ringfence.risk.store import Store, missing_blocks

Tell = Callable[[int, int], None]


def run_blocks(
    job: Job,
    backend: Backend | None = None,
    *,
    store: Store | None = None,
    only: Sequence[int] | None = None,
    tell: Tell | None = None,
) -> Iterator[Block]:
    """Yield every block of a job in order, from disk where it is finished there.

    Parameters
    ----------
    job
        What to run.
    backend
        Where; two threads of this process if not given.
    store
        Where finished blocks are kept as they come.
    only
        The only blocks wanted, rising; all if not given.
    tell
        Called with paths done and paths in all after each block.
    """
    wanted = list(range(job.blocks) if only is None else only)
    missing = missing_blocks(store, job, wanted)
    computed = (backend or threads())(job, missing)
    early: dict[int, Block] = {}
    done, whole = 0, sum(job.span(number)[1] for number in wanted)
    for number in wanted:
        block = None if store is None or number in missing else store.read(number)
        if block is None and number not in missing:  # shorter than asked for, or torn: computed here
            block = _again(job, number, store)
        while block is None and number not in early:
            found = next(computed)
            if store is not None:
                store.write(found)
            early[found.number] = found
        block = early.pop(number) if block is None else block
        done += len(block)
        if tell is not None:
            tell(done, whole)
        yield block


def _again(job: Job, number: int, store: Store | None) -> Block:
    from ringfence.risk.job import compute

    block = compute(job, number, 2)
    if store is not None:
        store.write(block)
    return block


@dataclass(frozen=True)
class Stage:
    """Where the figures stood after some paths: mean and standard error by output."""

    paths: int
    means: Mapping[str, tuple[float, float]]


@dataclass
class Totals:
    """Everything kept of a run; it does not grow with the paths beyond :data:`reduce.EXACT` of them.

    Parameters
    ----------
    job
        What is run.
    periods
        Outputs that are the number of a period, counted period by period.
    """

    job: Job
    periods: frozenset[str] = frozenset()
    paths: int = 0
    failed: int = 0
    first_failed: int | None = None
    distributions: dict[str, Distribution] = field(default_factory=dict)
    counts: dict[str, Counts] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start with nothing."""
        exact = self.job.paths <= EXACT
        size = self.job.sheet.periods + 1
        for name in self.job.outputs:
            if name in self.periods:
                self.counts[name] = Counts(size)
            else:
                self.distributions[name] = Distribution(exact)

    def add(self, block: Block) -> None:
        """Take in the next block."""
        good = None if not block.failed.any() else ~block.failed
        for name, values in block.values.items():
            kept = values if good is None else values[good]
            (self.counts[name] if name in self.counts else self.distributions[name]).add(kept)
        if good is not None and self.first_failed is None:
            self.first_failed = block.first + int(np.argmax(block.failed))
        self.paths += len(block)
        self.failed += int(np.count_nonzero(block.failed))
        if (block.number + 1).bit_count() == 1 or self.paths == self.job.paths:
            self.stages.append(Stage(self.paths, {n: self._mean(n) for n in self.job.outputs}))

    def _mean(self, name: str) -> tuple[float, float]:
        if name in self.counts:
            found = self.counts[name]
            share = Share.of(int(found.counts[: self.job.sheet.periods].sum()), found.total)
            return share.value, share.error
        moments = self.distributions[name].moments
        return moments.mean, moments.error

    def by(self, name: str, period: int) -> float:
        """Share of paths on which the event of a period output has happened by a period. [ratio]"""
        found = self.counts[name]
        return int(found.counts[: period + 1].sum()) / found.total if found.total else 0.0


def run(
    job: Job,
    backend: Backend | None = None,
    *,
    periods: frozenset[str] = frozenset(),
    store: Store | None = None,
    tell: Tell | None = None,
) -> Totals:
    """Run a job and return what is kept of it.

    Parameters
    ----------
    job, backend, store, tell
        As for :func:`run_blocks`.
    periods
        Outputs that are the number of a period.
    """
    totals = Totals(job, periods)
    for block in run_blocks(job, backend, store=store, tell=tell):
        totals.add(block)
    return totals

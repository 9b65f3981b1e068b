"""The same bits for any number of threads, order of blocks, interruption, process or cluster."""

import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from ringfence.errors import DealError
from ringfence.risk import reduce
from ringfence.risk.backends import Pool, cluster, threads
from ringfence.risk.job import compute
from ringfence.risk.runner import run, run_blocks
from ringfence.risk.store import Store

PERIODS = frozenset({"first"})


def bits(totals):
    """Everything a page could print, as exact numbers."""
    found = [(d.moments.mean, d.moments.squares, d.lowest, d.highest) for d in totals.distributions.values()]
    found += [tuple(d.quantile(q) for q in (0.01, 0.1, 0.5, 0.99)) for d in totals.distributions.values()]
    found += [d.tail_mean(0.05) for d in totals.distributions.values()]
    found += [tuple(c.counts) for c in totals.counts.values()]
    return [*found, totals.failed, totals.stages]


def backwards(job, numbers):
    """A backend that finishes the last block first."""
    yield from (compute(job, number) for number in reversed(list(numbers)))


@pytest.fixture(params=["exact", "sketch"])
def kept(request, monkeypatch):
    """Both ways of keeping a distribution."""
    if request.param == "sketch":
        monkeypatch.setattr("ringfence.risk.runner.EXACT", 100)
    return request.param


def test_threads_and_order_change_nothing(job, kept):
    """One thread, two threads and the last block first give the same bits."""
    one = bits(run(job, threads(1), periods=PERIODS))

    assert bits(run(job, threads(2), periods=PERIODS)) == one
    assert bits(run(job, backwards, periods=PERIODS)) == one


def test_the_size_of_a_block_changes_no_path(job):
    """Path n is the same number in blocks of a thousand and of seven hundred."""
    whole = [np.concatenate([b.values["sum"] for b in run_blocks(replace(job, block=size))]) for size in (1000, 700)]

    assert (whole[0] == whole[1]).all()


def test_another_seed_is_another_run(job):
    """Seeds matter, and seeds of single factors too."""
    first = [run(changed).distributions["sum"].moments.mean for changed in
             (job, replace(job, seed=4), replace(job, reseed={5: 4}), replace(job, reseed={0: 4, 5: 4}))]  # fmt: skip

    assert len(set(first)) == 3
    assert first[1] == first[3]


def test_killed_and_resumed_ends_with_the_same_bits(job, tmp_path, kept):
    """A run that dies after four blocks is taken up at the fifth and ends bit-identical."""
    right, out = bits(run(job, periods=PERIODS)), tmp_path / "run"
    coming = run_blocks(job, threads(1), store=Store(out, job))
    for _ in range(4):
        next(coming)
    coming.close()
    asked = []

    def counting(job, numbers):
        asked.extend(numbers)
        yield from threads(1)(job, numbers)

    again = run(job, counting, periods=PERIODS, store=Store(out, job, resume=True))

    assert min(asked) >= 4
    assert bits(again) == right


def test_a_longer_run_takes_up_the_blocks_of_a_shorter_one(job, tmp_path):
    """The number of paths is no part of the fingerprint; only the last, short block is computed again."""
    short = replace(job, paths=2_500)
    run(short, store=Store(tmp_path / "run", short))

    longer = run(job, periods=PERIODS, store=Store(tmp_path / "run", job, resume=True))

    assert bits(longer) == bits(run(job, periods=PERIODS))


@pytest.mark.slow
def test_processes_change_nothing_even_if_one_dies(job):
    """A pool of two processes, one of them killed on the way, gives the same bits."""
    pool = Pool(2)
    killed = []

    def kill_one(done, whole):
        if not killed:
            killed.append(next(iter(pool._executor._processes)))
            os.kill(killed[0], signal.SIGKILL)

    try:
        found = run(job, pool, periods=PERIODS, tell=kill_one)
    finally:
        pool.close()

    assert killed
    assert bits(found) == bits(run(job, periods=PERIODS))


@pytest.mark.slow
def test_a_cluster_changes_nothing_even_if_a_worker_dies(job):
    """Two Dask workers on this machine, one killed while results lie on it, give the same bits."""
    from distributed import LocalCluster

    job = replace(job, paths=60_000)
    killed = []
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as made:

        def kill_one(done, whole):
            if done >= 10_000 and not killed:
                killed.append(next(iter(made.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        found = run(job, cluster(made.scheduler_address), periods=PERIODS, tell=kill_one)

    assert killed
    assert bits(found) == bits(run(job, periods=PERIODS))


@pytest.mark.slow
def test_nobody_at_the_address_is_said(job, monkeypatch):
    """A cluster that does not answer is refused with its address."""
    monkeypatch.setattr("ringfence.risk.backends._CONNECT", 1)

    with pytest.raises(Exception, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1"):
        run(job, cluster("tcp://127.0.0.1:1"))


@pytest.mark.parametrize(("paths", "seed"), [(0, 0), (-5, 0), (10**11, 0), (10, -1), (10, 1 << 64)])
def test_no_path_and_no_such_seed_are_findings(job, paths, seed):
    """A run has at least one path and a seed of 64 bits."""
    with pytest.raises(DealError, match="paths: a run has at least one path"):
        replace(job, paths=paths, seed=seed)


def test_figures_converge_at_the_expected_rate(job):
    """The mean of a sum of lognormals is its closed form within four standard errors, which fall as 1 / sqrt(n)."""
    right = 12 * np.exp((0.2**2 + 0.1**2) / 2)
    errors = []
    for paths in (4_000, 64_000):
        found = run(replace(job, paths=paths)).distributions["sum"].moments
        assert abs(found.mean - right) < 4 * found.error
        errors.append(found.error)

    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert reduce.EXACT > 64_000

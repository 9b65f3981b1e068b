"""Blocks on disk: never mixed, never lost, never half there."""

import resource
from dataclasses import replace

import numpy as np
import pytest

from ringfence.errors import DealError
from ringfence.risk.backends import threads
from ringfence.risk.job import compute
from ringfence.risk.runner import run, run_blocks
from ringfence.risk.store import Store
from ringfence.run import native


def test_a_block_comes_back_bit_for_bit(job, tmp_path):
    """Numbers, missing roots and failed paths survive the disk."""
    store, block = Store(tmp_path, job), compute(job, 2)
    block.values["sum"][:2] = [-np.inf, np.nan]
    block.failed[1] = True
    store.write(block)

    again = store.read(2)

    assert (again.number, again.first, len(again)) == (2, 2_000, 1_000)
    assert again.failed.tolist() == block.failed.tolist()
    for name, values in block.values.items():
        assert np.array_equal(again.values[name], values, equal_nan=True)


def test_a_folder_of_another_run_is_refused_with_what_differs(job, tmp_path):
    """Another seed, another deal and other factors are told apart; both fingerprints are printed."""
    Store(tmp_path, job)
    other = replace(job, draws={**job.draws, "y": native.uniform(5)})

    with pytest.raises(DealError, match="seed 3, not 4") as refused:
        Store(tmp_path, replace(job, seed=4), resume=True)
    with pytest.raises(DealError, match="terms or factors of the deal changed"):
        Store(tmp_path, other, resume=True)
    with pytest.raises(DealError, match="other measures are kept"):
        Store(tmp_path, replace(job, outputs=("sum",)), resume=True)
    assert job.fingerprint[:12] in str(refused.value)


def test_values_of_the_sheet_are_part_of_the_fingerprint(job):
    """A changed input is another run, although its code is the same."""
    before = job.fingerprint
    job.sheet["y"].value = 1.0

    assert replace(job).fingerprint != before


def test_finished_blocks_are_only_taken_up_when_asked(job, tmp_path):
    """A folder with blocks of this very run says how many, and how to go on."""
    store = Store(tmp_path, job)
    store.write(compute(job, 0))

    with pytest.raises(DealError, match=r"holds 1 of 10 blocks.*\n.*\n.*--resume"):
        Store(tmp_path, job)
    assert Store(tmp_path, job, resume=True).finished() == [0]


def test_a_folder_with_other_files_is_left_alone(job, tmp_path):
    """Nothing is written among files that no run wrote."""
    (tmp_path / "thesis.txt").write_text("mine")

    with pytest.raises(DealError, match="no run of ringfence risk wrote"):
        Store(tmp_path, job)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_torn_file_is_computed_again(job, tmp_path):
    """A block cut short by a crash of the machine is not read, and the run ends as if it had been whole."""
    run(job, store=Store(tmp_path, job))
    place = Store(tmp_path, job, resume=True).place(3)
    place.write_bytes(place.read_bytes()[:200])

    store = Store(tmp_path, job, resume=True)
    found = run(job, store=store)

    assert store.spoilt == [3]
    assert found.distributions["sum"].moments == run(job).distributions["sum"].moments
    assert store.read(3) is not None


def test_an_altered_file_is_computed_again(job, tmp_path):
    """One number changed behind the checksum, or a block brought from another run, is found and computed again."""
    import duckdb

    run(job, store=Store(tmp_path / "mine", job))
    other = replace(job, seed=job.seed + 1)
    run(other, store=Store(tmp_path / "other", other))
    store, whole = Store(tmp_path / "mine", job, resume=True), run(job)
    one, two = store.place(2), store.place(4)
    with duckdb.connect() as database:
        notes = dict(
            database.execute(f"select key::varchar, value::varchar from parquet_kv_metadata('{one}')").fetchall()
        )
        keep = ", ".join(f"{key}: '{value}'" for key, value in notes.items())
        changed = f"select * replace (case when path = 2017 then sum + 1e-9 else sum end as sum) from '{one}'"
        database.execute(f"create table t as {changed}")
        database.execute(f"copy t to '{one}' (format parquet, kv_metadata {{{keep}}})")
    two.write_bytes((tmp_path / "other/blocks" / two.name).read_bytes())

    found = run(job, store=store)

    assert sorted(notes) == ["checksum", "run"]
    assert store.spoilt == [2, 4]
    assert found.distributions["sum"].moments == whole.distributions["sum"].moments
    assert np.array_equal(store.read(2).values["sum"], compute(job, 2).values["sum"])


def test_a_full_disk_keeps_what_is_finished(job, tmp_path):
    """Where a file may not grow any more, the finding says so; what was finished resumes to the same bits."""
    store = Store(tmp_path, job)
    coming = run_blocks(job, threads(1), store=store)
    next(coming), next(coming)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(DealError, match=r"cannot be written to: .*\d finished blocks are kept there") as refused:
            list(coming)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "--resume" in str(refused.value)
    assert not list(tmp_path.rglob("*.part"))
    resumed = run(job, store=Store(tmp_path, job, resume=True))
    assert resumed.distributions["high"].moments == run(job).distributions["high"].moments


def test_parts_of_an_array_job_add_up_to_the_whole(job, tmp_path):
    """Three spans of blocks, written by three stores in any order, are the run."""
    for span in (range(7, 10), range(0, 3), range(3, 7)):
        list(run_blocks(job, threads(1), store=Store(tmp_path, job, resume=True), only=span))

    def refusing(job, numbers):
        assert not list(numbers)
        yield from ()

    whole = run(job, refusing, store=Store(tmp_path, job, resume=True))
    assert whole.distributions["sum"].moments == run(job).distributions["sum"].moments

"""Finished blocks on disk, one Parquet file each, so that a run that stops is taken up where it stopped.

    OUT/run.json              fingerprint, seed, paths in a block, version, outputs: what the blocks belong to
    OUT/blocks/0000012.parquet  path, failed, and one column for each output; in its metadata the run it belongs to
                                and a checksum of its numbers

A file appears under its name only when it is complete. Blocks of another deal, seed or version are refused, never
mixed; a file that is torn, altered or brought from another folder is computed again.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from ringfence.errors import DealError
from ringfence.risk.files import connect, quoted, reason_of, whole, write_text
from ringfence.risk.job import Block, Job, engine_version
from ringfence.terms.findings import finding

FORMAT = 1
MIXED = "run-folder: a folder holds the blocks of one run, of one deal, seed and version"
SPACE = "run-folder-full: finished blocks are written before the next are reported"


class Store:
    """The folder of a run.

    Parameters
    ----------
    folder
        Made if missing.
    job
        What is run.
    resume
        Whether blocks that are there already are taken up; else a folder with blocks is refused.

    Raises
    ------
    DealError
        If the folder belongs to another run, or holds blocks and `resume` is not set.
    """

    def __init__(self, folder: Path, job: Job, *, resume: bool = False) -> None:
        self._database = connect()
        self.folder = folder
        self.job = job
        self.spoilt: list[int] = []
        self._open(resume)

    def _open(self, resume: bool) -> None:
        about = self.folder / "run.json"
        found = _read_about(about)
        if found is not None:
            self._same(found)
        elif self.folder.exists() and (self.folder.is_file() or any(self.folder.iterdir())):
            raise DealError([_theirs(self.folder)])
        try:
            (self.folder / "blocks").mkdir(parents=True, exist_ok=True)
            if found is None:
                write_text(about, json.dumps(self._about(), indent=2) + "\n")
        except OSError as error:
            raise DealError([_full(self.folder, 0, error)]) from None
        there = self.finished()
        if there and not resume:
            text = f"{self.folder} holds {len(there)} of {self.job.blocks} blocks of this very run."
            raise DealError([finding(MIXED, text, fix="add --resume to go on with them, or name another folder")])

    def _about(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "deal": self.job.sheet.name,
            "version": engine_version(),
            "seed": self.job.seed,
            "block": self.job.block,
            "fingerprint": self.job.fingerprint,
            "code": self.job.code,
            "outputs": list(self.job.outputs),
        }

    def _same(self, found: dict[str, Any]) -> None:
        mine = self._about()
        if found.get("fingerprint") == mine["fingerprint"]:
            return
        words = {"deal": "deal", "version": "version of ringfence", "seed": "seed", "block": "paths in a block"}
        apart = [f"{text} {found.get(k)}, not {mine[k]}" for k, text in words.items() if found.get(k) != mine[k]]
        if not apart and found.get("outputs") != mine["outputs"]:
            apart = ["other measures are kept"]
        text = (
            f"{self.folder} holds blocks of another run: {'; '.join(apart) or 'terms or factors of the deal changed'} "
            f"(fingerprint {str(found.get('fingerprint'))[:12]}, not {mine['fingerprint'][:12]})."
        )
        raise DealError([finding(MIXED, text, fix="name another folder with --out, or run what that folder began")])

    # -- blocks ----------------------------------------------------------------------------------------------

    def place(self, number: int) -> Path:
        """Return where a block is kept."""
        return self.folder / "blocks" / f"{number:07d}.parquet"

    def finished(self) -> list[int]:
        """Return the numbers of the blocks that are there."""
        found = (path.stem for path in (self.folder / "blocks").glob("*.parquet"))
        return sorted(number for name in found if name.isdigit() and (number := int(name)) < self.job.blocks)

    def read(self, number: int) -> Block | None:
        """Return a finished block, or None where it is missing, shorter than asked for or cannot be read.

        Parameters
        ----------
        number
            Of the block.
        """
        path = self.place(number)
        if not path.exists():
            return None
        first, count = self.job.span(number)
        block = self._whole(path, number, first)
        if block is None:
            self.spoilt.append(number)
            return None
        if len(block) < count:
            return None
        return Block(number, first, {name: v[:count] for name, v in block.values.items()}, block.failed[:count])

    def _whole(self, path: Path, number: int, first: int) -> Block | None:
        """All paths of a file; None where it is not what was written for this run."""
        place = f"'{quoted(path)}'"
        try:
            columns = self._database.execute(f"select * from read_parquet({place}) order by path").fetchnumpy()
            notes = self._database.execute(f"select key, value from parquet_kv_metadata({place})").fetchall()
            values = {name: np.ma.filled(columns[name], np.nan) for name in self.job.outputs}
            block = Block(number, first, values, np.asarray(columns["failed"]).astype(np.bool_))
        except Exception:  # a torn file is computed again, whatever the database says of it
            return None
        mine = {key.decode(): value.decode() for key, value in notes} == self._stamp(block)
        return block if mine and np.array_equal(columns["path"], np.arange(first, first + len(block))) else None

    def _stamp(self, block: Block) -> dict[str, str]:
        """What is written beside a block: the run it belongs to, and a checksum of its numbers."""
        found = hashlib.blake2b(digest_size=16)
        found.update(np.packbits(block.failed).tobytes())
        for name in self.job.outputs:
            values = block.values[name]
            found.update(np.where(np.isnan(values), np.nan, values).astype("<f8").tobytes())
        return {"run": self.job.fingerprint, "checksum": found.hexdigest()}

    def write(self, block: Block) -> None:
        """Keep a block.

        Parameters
        ----------
        block
            Computed.

        Raises
        ------
        DealError
            If it cannot be written; what is finished stays.
        """
        columns = {"path": np.arange(block.first, block.first + len(block)), "failed": block.failed, **block.values}
        notes = ", ".join(f"{key}: '{value}'" for key, value in self._stamp(block).items())
        try:
            self._database.register("block", columns)
            with whole(self.place(block.number)) as part:
                self._database.execute(f"copy block to '{quoted(part)}' (format parquet, kv_metadata {{{notes}}})")
        except Exception as error:
            raise DealError([_full(self.folder, len(self.finished()), error)]) from error
        finally:
            with suppress(Exception):
                self._database.unregister("block")


def missing_blocks(store: Store | None, job: Job, only: Sequence[int] | None = None) -> list[int]:
    """Return the blocks still to be computed, in order.

    Parameters
    ----------
    store
        Where finished blocks are; None: nowhere.
    job
        What is run.
    only
        The only blocks wanted; all if not given.
    """
    wanted = range(job.blocks) if only is None else only
    there = set() if store is None else set(store.finished())
    return [number for number in wanted if number not in there]


def _read_about(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _theirs(folder: Path) -> Any:
    what = "is a file" if folder.is_file() else "holds files that no run of ringfence risk wrote"
    return finding(MIXED, f"{folder} {what}.", fix="name an empty or a new folder with --out")


def _full(folder: Path, kept: int, error: Exception) -> Any:
    number, reason = reason_of(error)
    text = f"{folder} cannot be written to: {reason}."
    if kept:
        text += f" {kept} finished block{'s are' if kept != 1 else ' is'} kept there."
    fix = "make room" if number in (errno.ENOSPC, errno.EDQUOT) else "make it a folder that you may write to"
    return finding(SPACE, text, fix=f"{fix}, then run the same command with --resume")

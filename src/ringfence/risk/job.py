"""One Monte Carlo as plain data: what to run, cut into blocks that any thread, process or machine can compute.

A path depends on its number and the seed alone, so a block is the same wherever and whenever it is computed. A job
travels: a worker that receives it compiles the sheet once and keeps the code. Its *fingerprint* is the checksum of
everything that a block depends on (sheet and values, draws, outputs, seed, size of a block, version), so that blocks
of two runs are never mixed.

Numbers of a block: nan where a measure does not apply on a path or the path failed; -inf where an IRR has no root
(nothing is paid back), so that such a path ranks under all others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import DealError
from ringfence.run import native
from ringfence.sheet.formula import walk
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.run.native import Draw, Kernel, Paths
    from ringfence.sheet import Sheet

Array = NDArray[np.float64]
BLOCK = 16_384
MOST_PATHS = 10**10
PATHS_RULE = "paths: a run has at least one path, and a seed from 0 to 2**64 - 1"
#: Compiled sheets a process keeps, by fingerprint.
_KEPT = 32
_kernels: dict[str, Kernel] = {}


@dataclass(frozen=True)
class Job:
    """What to run.

    Parameters
    ----------
    sheet
        The deal behind its factors, every row on the signed schedule.
    draws
        Input of the sheet -> how it is drawn.
    outputs
        Measures and one-cell rows to keep, one number a path.
    paths
        How many.
    seed
        64 bits.
    block
        Paths in each block; the last may be shorter.
    reseed
        Number of a draw -> seed of its own.
    """

    sheet: Sheet
    draws: Mapping[str, Draw]
    outputs: tuple[str, ...]
    paths: int
    seed: int = 0
    block: int = BLOCK
    reseed: Mapping[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot be run."""
        if not 1 <= self.paths <= MOST_PATHS or self.block < 1:
            fix = f"ask for 10000 or more, and at most {MOST_PATHS:.0e}"
            raise DealError([finding(PATHS_RULE, f"The run has {self.paths} paths.", fix=fix)])
        if not 0 <= self.seed < 1 << 64:
            raise DealError([finding(PATHS_RULE, f"The seed is {self.seed}.", fix="give a whole number from 0")])

    @property
    def blocks(self) -> int:
        """Number of blocks."""
        return -(-self.paths // self.block)

    def span(self, number: int) -> tuple[int, int]:
        """First path of a block, and how many it has."""
        first = number * self.block
        return first, min(self.block, self.paths - first)

    @cached_property
    def code(self) -> str:
        """Checksum of sheet, values, draws and outputs: jobs with one code share compiled code."""
        found = hashlib.sha256(engine_version().encode())
        for part in _sheet_parts(self.sheet):
            found.update(part)
        found.update(repr(sorted((name, repr(draw)) for name, draw in self.draws.items())).encode())
        found.update(repr(self.outputs).encode())
        return found.hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Checksum of everything a block depends on; the number of paths is no part of it."""
        told = (self.code, self.seed, self.block, sorted(self.reseed.items()))
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def kernel(self) -> Kernel:
        """Compiled sheet, kept by this process."""
        found = _kernels.get(self.code)
        if found is None:
            while len(_kernels) >= _KEPT:
                _kernels.pop(next(iter(_kernels)))
            found = _kernels[self.code] = native.compile(self.sheet, self.outputs, dict(self.draws))
        return found


@dataclass(frozen=True)
class Block:
    """Some paths, computed.

    Parameters
    ----------
    number
        Of the block.
    first
        Number of its first path.
    values
        Output -> one number a path.
    failed
        Paths on which a row has no value.
    """

    number: int
    first: int
    values: Mapping[str, Array]
    failed: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.failed)


def compute(job: Job, number: int, threads: int = 1) -> Block:
    """Compute one block; the bits do not depend on threads, order or machine.

    Parameters
    ----------
    job
        What to run.
    number
        Of the block.
    threads
        Threads that share the work.
    """
    first, count = job.span(number)
    got = job.kernel().run(count, seed=job.seed, reseed=job.reseed, first=first, threads=threads)
    return Block(number, first, {name: values_of(got, name) for name in job.outputs}, got.failed)


def values_of(paths: Paths, name: str) -> Array:
    """Return an output by path, -inf where an IRR has no root."""
    value = paths[name]
    status = paths.status.get(name)
    if status is None:
        return np.ascontiguousarray(value)
    none = (status == native.STATUSES.index("no_root")) & ~paths.failed
    return np.where(none, -np.inf, value) if none.any() else np.ascontiguousarray(value)


def engine_version() -> str:
    """Return the version of ringfence that is installed."""
    from importlib.metadata import version

    return version("ringfence")


def _sheet_parts(sheet: Sheet) -> list[bytes]:
    """Structure and values of a sheet as bytes, in its own order."""
    numbers: dict[int, int] = {}
    parts = [repr(sheet.periods).encode()]
    for row in sheet:
        numbers[id(row)] = len(numbers)
        parts.append(f"{row.name}|{row.kind}|{row.unit}".encode())
        if row.value is not None:
            parts.append(_value_bytes(row.value))
    holders = [(row.name, row.expr) for row in sheet]
    for measure in sheet.measures.values():
        holders += [(f"!{measure.name}", measure.expr), (f"!{measure.name}?", measure.applies)]
    for name, expr in holders:
        if expr is None:
            continue
        for node in walk(expr):
            if id(node) not in numbers:
                numbers[id(node)] = len(numbers)
                parts.append(f"{node.op} {node.param!r} {[numbers[id(arg)] for arg in node.args]}".encode())
        parts.append(f"{name}={numbers[id(expr)]}".encode())
    return parts


def _value_bytes(value: Any) -> bytes:
    if isinstance(value, tuple | list) and value and not np.isscalar(value[0]):
        return b"".join(np.asarray(part, dtype="<f8").tobytes() for part in value)
    return np.asarray(value, dtype="<f8").tobytes()

"""A compiled sheet: run it on any number of paths.

The paths of a call are cut into blocks that threads take from a queue. A path depends on its own inputs, its number
and the seed only, so the bits are the same for any number of threads, size of block or order, and a run can be taken
up again at any path (``first``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError, meant
from ringfence.run.native import machine, tables
from ringfence.run.native.emit import HEADER, How
from ringfence.run.native.layout import STEPS
from ringfence.run.native.rates import ROOTS, STATUSES
from ringfence.sheet.row import Row
from ringfence.sheet.sheet import Sheet

Array = NDArray[np.float64]
_LARGEST_BLOCK = 4096
#: Distances between times this close are one: they differ by the rounding of the times. [years]
_SAME_DISTANCE = 1e-13


@dataclass(frozen=True)
class Paths:
    """What a call gives back.

    Parameters
    ----------
    values
        Row or measure -> one number a path, shape ``(paths,)``, or a line a path, shape ``(paths, periods)``; nan
        where it has none (see `status` and `failed`). In base units.
    status
        Measure -> index into :data:`STATUSES` by path, for measures that may have no value.
    roots
        irr measure -> every root by path, shape ``(paths, ROOTS)``, nan beyond the last; only if asked for. [1/year]
    failed
        Paths on which a row has no value: a division by zero, a logarithm of nothing, a number too large.
    first
        Number of the first path.
    """

    values: Mapping[str, Array]
    status: Mapping[str, NDArray[np.uint8]]
    roots: Mapping[str, Array]
    failed: NDArray[np.bool_]
    first: int = 0

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise RunError(f"the run has no {name}{meant(name, self.values)}")
        return self.values[name]

    def __len__(self) -> int:
        return len(self.failed)


@dataclass
class _Call:
    """The words handed to the kernel, and the arrays they point at."""

    words: NDArray[np.int64]
    failed: NDArray[np.uint8]
    arrays: dict[str, Array] = field(default_factory=dict)
    given: list[Array] = field(default_factory=list)


class Kernel:
    """A sheet compiled for some outputs and path inputs; made by :func:`ringfence.run.native.compile`.

    Parameters
    ----------
    sheet
        The sheet; its input values at the time of a run are used.
    outputs
        Rows and measures.
    path_inputs
        Input -> ``"given"`` or a :class:`Draw`.
    about
        Where everything lies.
    functions
        The loaded code.
    """

    def __init__(
        self,
        sheet: Sheet,
        outputs: Sequence[str],
        path_inputs: Mapping[str, How],
        about: dict[str, Any],
        functions: machine.Functions,
    ) -> None:
        self.sheet = sheet
        self.outputs = tuple(outputs)
        self.path_inputs = dict(path_inputs)
        self.about = about
        self._functions = functions

    @property
    def lanes(self) -> int:
        """Paths computed side by side."""
        return int(self.about["lanes"])

    @property
    def path_rows(self) -> int:
        """Formula rows computed on every path."""
        return int(self.about["path_rows"])

    @property
    def shared_rows(self) -> int:
        """Formula rows that no path input reaches: computed once a run."""
        return int(self.about["shared_rows"])

    def run(
        self,
        paths: int,
        *,
        inputs: Mapping[str, Any] | None = None,
        path_inputs: Mapping[str, Any] | None = None,
        seed: int = 0,
        reseed: Mapping[int, int] | None = None,
        first: int = 0,
        threads: int = 2,
        block: int | None = None,
    ) -> Paths:
        """Compute the outputs on some paths.

        Parameters
        ----------
        paths
            How many, 1 or more.
        inputs
            Input -> value in the sheet's stead, the same for every path, in base units.
        path_inputs
            Given input -> array ``(paths,)``; for a series also ``(paths, periods)``, for a table its ys
            ``(paths, points)``. An input that is left out has the sheet's value on every path.
        seed
            Seed of the draws, 64 bits.
        reseed
            Number of a factor -> seed of its draws in the stead of `seed`, 64 bits; the other factors stay as they are.
        first
            Number of the first path; the draws of path n are the same in any call.
        threads
            Threads that share the work.
        block
            Paths a thread takes at a time; chosen if not given.

        Raises
        ------
        RunError
            If an input does not fit, or a row that is the same for every path has no value.
        """
        if paths < 1:
            raise RunError(f"a run needs at least one path, not {paths}")
        seeds = {factor: seed for factor in self.about["drawn"]} | dict(reseed or {})
        for number in (seed, *seeds.values()):
            if first < 0 or not 0 <= number < 1 << 64:
                raise RunError(
                    f"seed {number} and first path {first} must be whole numbers from 0, the seed below 2**64"
                )
        shared = self._shared(dict(inputs or {}))
        call = self._call(paths, path_inputs or {}, seed, seeds, first)
        self._work(paths, shared, call, threads, block)
        self._check_given(call, paths)
        return self._paths(paths, shared, call, first)

    # -- what is shared --------------------------------------------------------------------------------------

    def _shared(self, inputs: dict[str, Any]) -> Array:
        for name in inputs:
            row = self.sheet.rows.get(name)
            if row is None or not row.is_input:
                known = [row.name for row in self.sheet if row.is_input]
                raise RunError(f"there is no input {name}{meant(name, known)}")
            if name in self.path_inputs:
                raise RunError(f"input {name} differs by path; hand it over in path_inputs")
        memory = _aligned(self.about["shared_places"])
        for name, (offset, kind) in self.about["shared_inputs"].items():
            value = _numbers(self.sheet[name], inputs.get(name, self.sheet[name].value), self.sheet.periods)
            memory[offset : offset + (1 if kind == "scalar" else self.sheet.periods)] = value
        for name, (offset, points) in self.about["tables"].items():
            tables.place(memory, tables.TablePlace(offset, points), name, inputs.get(name, self.sheet[name].value))
        if self._functions.shared(memory.ctypes.data, memory.ctypes.data):
            raise self._located(inputs)
        for line, place in self.about["times"]:
            _place_steps(memory, place, memory[line : line + self.sheet.periods])
        return memory

    def _located(self, inputs: dict[str, Any]) -> RunError:
        from ringfence.run import oracle

        try:
            oracle.run(self.sheet, inputs)
        except RunError as error:
            return error
        return RunError(f"a row of {self.sheet.name} that is the same on every path has no value")

    # -- the paths -------------------------------------------------------------------------------------------

    def _call(self, paths: int, given: Mapping[str, Any], seed: int, seeds: Mapping[int, int], first: int) -> _Call:
        for name in given:
            if self.path_inputs.get(name) != "given":
                what = "is drawn, not given" if name in self.path_inputs else "was not declared as a path input"
                raise RunError(f"input {name} {what}{meant(name, self.path_inputs)}")
        padded = -(-paths // self.lanes) * self.lanes
        call = _Call(np.zeros(0, dtype=np.int64), np.zeros(padded, dtype=np.uint8))
        words = [paths, first, seed & 0xFFFFFFFF, seed >> 32, call.failed.ctypes.data]
        for name, _, size in self.about["outputs"]:
            array = call.arrays[name] = np.empty((size, padded))
            words.append(array.ctypes.data)
        for name, kind, size in self.about["given"]:
            array = self._given(name, kind, size, paths, given.get(name))
            call.given.append(array)
            words += [array.ctypes.data, *array.strides]
        for factor in self.about["drawn"]:
            words += [seeds[factor] & 0xFFFFFFFF, seeds[factor] >> 32]
        call.words = np.array(words, dtype=np.int64)
        assert len(words) == HEADER + len(self.about["outputs"]) + 3 * len(call.given) + 2 * len(self.about["drawn"])
        return call

    def _given(self, name: str, kind: str, size: int, paths: int, value: Any) -> Array:
        row = self.sheet[name]
        if value is None:
            own = row.value[1] if kind == "table" else row.value
            array = np.asarray(own, dtype=np.float64).reshape(1, -1)
            return np.broadcast_to(array, (paths, size))
        array = np.asarray(value, dtype=np.float64)
        if array.ndim == 1 and len(array) == paths and kind != "table":
            array = np.broadcast_to(array[:, None], (paths, size))
        if array.shape != (paths, size):
            raise RunError(f"path input {name} has shape {np.shape(value)}, but {paths} paths need ({paths}, {size})")
        return array

    def _check_given(self, call: _Call, paths: int) -> None:
        """Refuse inputs that are not finite; the kernel has marked their paths."""
        if not (call.failed[:paths] > 1).any():
            return
        for (name, _, _), array in zip(self.about["given"], call.given, strict=True):
            finite = np.isfinite(array).all(axis=1)
            if not finite.all():
                raise RunError(f"path input {name} is not finite on path {int(np.argmin(finite))}")

    def _work(self, paths: int, shared: Array, call: _Call, threads: int, block: int | None) -> None:
        groups = -(-paths // self.lanes)
        size = _block(groups, threads, block, self.lanes)
        free: SimpleQueue[Array] = SimpleQueue()
        for _ in range(threads):
            free.put(_aligned(self.about["group_places"] * self.lanes))

        def take(start: int) -> None:
            memory = free.get()
            end = min(start + size, groups)
            self._functions.paths(shared.ctypes.data, memory.ctypes.data, call.words.ctypes.data, start, end)
            free.put(memory)

        starts = range(0, groups, size)
        if threads <= 1 or len(starts) == 1:
            for start in starts:
                take(start)
            return
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(take, starts))

    # -- results ---------------------------------------------------------------------------------------------

    def _paths(self, paths: int, shared: Array, call: _Call, first: int) -> Paths:
        failed = call.failed[:paths].astype(np.bool_)
        raw: dict[str, Array] = {}
        for name, kind, _ in self.about["outputs"]:
            array = call.arrays[name][:, :paths]
            raw[name] = array[0] if kind == "cell" else array.T
        for name, (offset, kind) in self.about["shared_outputs"].items():
            size = {"cell": 1, "line": self.sheet.periods, "roots": 3 + ROOTS}[kind]
            piece = shared[offset + (kind == "roots") : offset + size].copy()
            raw[name] = np.broadcast_to(
                piece[0] if kind == "cell" else piece, (paths,) if kind == "cell" else (paths, len(piece))
            )
        return _Reader(self.sheet, self.outputs, raw, failed).paths(first)


class _Reader:
    """Turns raw outputs into values, statuses and roots."""

    def __init__(self, sheet: Sheet, outputs: Sequence[str], raw: dict[str, Array], failed: NDArray[np.bool_]) -> None:
        self.sheet = sheet
        self.outputs = outputs
        self.raw = raw
        self.failed = failed

    def paths(self, first: int) -> Paths:
        values: dict[str, Array] = {}
        status: dict[str, NDArray[np.uint8]] = {}
        roots: dict[str, Array] = {}
        for name in self.outputs:
            if name in self.sheet.measures:
                values[name] = self.measure(name, status, roots)
            else:
                values[name] = self.blank(self.row(name), self.failed)
        return Paths(values, status, roots, self.failed, first)

    def row(self, name: str) -> Array:
        return self.raw[name]

    def measure(self, name: str, status: dict[str, NDArray[np.uint8]], roots: dict[str, Array]) -> Array:
        value, flag, root = self.raw[f"!{name}"], self.raw.get(f"!{name}?"), self.raw.get(f"!{name}!")
        if flag is None and root is None:
            return self.blank(value, self.failed)
        found = np.zeros(len(value), dtype=np.uint8)
        if root is not None:
            found[:] = root[:, 0]
        if flag is not None:
            found[~(flag > 0.5)] = STATUSES.index("n/a")
        status[name] = found
        none = (found == STATUSES.index("n/a")) | (found == STATUSES.index("no_root")) | self.failed
        if root is not None and root.shape[1] > 1:
            beyond = none[:, None] | (np.arange(ROOTS) >= root[:, 1:2])
            roots[name] = np.where(beyond, np.nan, root[:, 2:])
        return self.blank(value, none)

    def blank(self, value: Array, none: NDArray[np.bool_]) -> Array:
        if not none.any():
            return value
        return np.where(none if value.ndim == 1 else none[:, None], np.nan, value)


def _block(groups: int, threads: int, block: int | None, lanes: int) -> int:
    if block is not None:
        if block < 1:
            raise RunError(f"a block has at least one path, not {block}")
        return max(1, block // lanes)
    return max(1, min(_LARGEST_BLOCK // lanes, groups // (4 * max(threads, 1))))


def _aligned(size: int) -> Array:
    """Zeros that start on a cache line."""
    memory = np.zeros(size + 8)
    start = (-memory.ctypes.data % 64) // 8
    return memory[start : start + size]


def _numbers(row: Row, value: Any, periods: int) -> Any:
    numbers = np.asarray(value, dtype=np.float64)
    if numbers.ndim and numbers.shape != (periods,):
        raise RunError(f"input {row.name} has {numbers.size} values, but the sheet has {periods} periods")
    if row.kind == "scalar" and numbers.ndim:
        raise RunError(f"input {row.name} is one number")
    if not np.isfinite(numbers).all():
        raise RunError(f"input {row.name} contains numbers that are not finite")
    return numbers


def _place_steps(memory: Array, place: int, times: Array) -> None:
    """Write the different distances between neighbouring times and which of them each period is; none if too many."""
    count, found, which = 0, np.zeros(STEPS), np.zeros(len(times), dtype=np.int64)
    for t, distance in enumerate(np.diff(times, prepend=times[:1])):
        near = np.nonzero(np.abs(found[:count] - distance) <= _SAME_DISTANCE)[0]
        if not near.size and count == STEPS:
            count = 0
            break
        if not near.size:
            found[count] = distance
            count += 1
        which[t] = near[0] if near.size else count - 1
    whole = memory.view(np.int64)
    whole[place] = count
    memory[place + 1 : place + 1 + STEPS] = found
    whole[place + 1 + STEPS : place + 1 + STEPS + len(times)] = which

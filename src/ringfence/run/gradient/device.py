"""The reading of the sheet that a GPU runs: forward values and gradients of many paths, in float64, through JAX.

    program = device.compile(sheet, ["gpu_equity.irr"], ["rent.rent", "gpus.opex"], run=reference.run(sheet))
    got = program.run({"rent.rent": rents, "gpus.opex": costs})
    got["gpu_equity.irr"]                               one number a path
    program.gradient({...}).by["gpu_equity.irr"]["rent.rent"]

Rows that no path input reaches are taken from a run made before; of the others, lines are computed as lines and only
recursions as scans. The same program runs on a processor, where compiling it costs more than the reverse pass of
``linear.py`` needs for its answer (decision 0017).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import MissingExtraError, RunError
from ringfence.run.generate import needed
from ringfence.run.gradient.linear import Linear
from ringfence.run.gradient.trace import Trace
from ringfence.run.result import Run
from ringfence.sheet.ops import TRUE_ABOVE
from ringfence.sheet.plan import Plan, plan
from ringfence.sheet.row import Row
from ringfence.sheet.sheet import Sheet, nearest

Array = NDArray[np.float64]
#: Paths sent to the device at once.
BLOCK = 1 << 16


@dataclass(frozen=True)
class Paths:
    """What a call gives back.

    Parameters
    ----------
    values
        Row or measure -> one number a path, or a line a path; nan where a measure has no value. In base units.
    by
        Measure or one-cell row -> path input -> derivative by path; empty for a run without gradient.
    failed
        Paths on which a row has no value: a division by zero, a logarithm of nothing, a number too large.
    """

    values: Mapping[str, Array]
    by: Mapping[str, Mapping[str, Array]]
    failed: NDArray[np.bool_]

    def __getitem__(self, name: str) -> Array:
        if name not in self.values:
            raise RunError(f"the run has no {name}{nearest(name, self.values)}")
        return self.values[name]


class Program:
    """A sheet compiled for some outputs and path inputs; made by :func:`compile`.

    Parameters
    ----------
    sheet
        The sheet.
    outputs
        Rows and measures.
    path_inputs
        Inputs that differ by path.
    run
        A run the shared rows are taken from.
    """

    def __init__(self, sheet: Sheet, outputs: Sequence[str], path_inputs: Sequence[str], run: Run) -> None:
        self.sheet = sheet
        self.outputs = tuple(outputs)
        self.path_inputs = tuple(path_inputs)
        self.plan = plan(sheet)
        self.wanted = needed(self.plan, [n for name in outputs for n in _hidden(self.plan, sheet, name)])
        self.moved = _reached(self.plan, path_inputs) & self.wanted
        self._jax = _jax()
        self._shared = self._constants(run)
        self._forward: Any = None
        self._backward: Any = None

    @property
    def path_rows(self) -> int:
        """Formula rows computed on every path."""
        return sum(1 for step in self.plan.steps for row in step.rows if id(row) in self.moved)

    def run(self, path_inputs: Mapping[str, Any], *, block: int = BLOCK) -> Paths:
        """Compute the outputs on some paths.

        Parameters
        ----------
        path_inputs
            Input -> (paths,) for a scalar, (paths, periods) for a series, (paths, points) for the ys of a table.
        block
            Paths sent to the device at once.
        """
        with self._device():
            if self._forward is None:
                self._forward = self._jax.jit(self._jax.vmap(self._values, in_axes=(0, None)))
            parts = [self._host(self._forward(part, self._shared)) for part in self._blocks(path_inputs, block)]
        values = {name: np.concatenate([part[0][name] for part in parts]) for name in self.outputs}
        return Paths(values, {}, np.concatenate([part[1] for part in parts]))

    def gradient(self, path_inputs: Mapping[str, Any], *, block: int = BLOCK) -> Paths:
        """Compute the outputs on some paths, and their derivatives by every path input.

        Parameters
        ----------
        path_inputs, block
            As for :meth:`run`. Outputs must be measures or one-cell rows.
        """
        with self._device():
            if self._backward is None:
                self._backward = self._jax.jit(self._jax.vmap(self._pulled, in_axes=(0, None)))
            parts = [self._host(self._backward(part, self._shared)) for part in self._blocks(path_inputs, block)]
        values = {name: np.concatenate([part[0][name] for part in parts]) for name in self.outputs}
        by = {
            output: {name: np.concatenate([part[2][output][name] for part in parts]) for name in self.path_inputs}
            for output in self.outputs
        }
        return Paths(values, by, np.concatenate([part[1] for part in parts]))

    # -- the traced functions --------------------------------------------------------------------------------

    def _values(self, given: Mapping[str, Any], shared: Mapping[int, Any]) -> tuple[dict[str, Any], Any]:
        trace = Trace(self._jax, self.plan, shared)
        for name, value in given.items():
            row = self.sheet[name]
            trace.known[id(row)] = (shared[id(row)][0], value) if row.kind == "table" else value
        trace.run(self.wanted)
        values = {name: self._output(trace, name) for name in self.outputs}
        finite = [self._jax.numpy.isfinite(trace.known[id(row)]).all() for row in self._ends()]
        failed = trace.failed | ~self._jax.numpy.stack(finite).all()
        return values, failed

    def _pulled(self, given: Mapping[str, Any], shared: Mapping[int, Any]) -> tuple[Any, Any, Any]:
        def one(inputs: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
            values, failed = self._values(inputs, shared)
            return values, (values, failed)

        by, (values, failed) = self._jax.jacrev(one, has_aux=True)(given)
        return values, failed, by

    def _output(self, trace: Trace, name: str) -> Any:
        if name not in self.sheet.measures:
            return trace.known[id(self.sheet[name])]
        value = trace.known[id(self.plan.hidden[f"!{name}"])]
        flag = self.plan.hidden.get(f"!{name}?")
        if flag is None:
            return value
        return self._jax.numpy.where(trace.known[id(flag)] > TRUE_ABOVE, value, self._jax.numpy.nan)

    def _ends(self) -> Iterator[Row]:
        """Rows whose numbers must be finite; an irr without a root is no fault."""
        for step in self.plan.steps:
            for row in step.rows:
                if id(row) in self.moved and not row.name.startswith("!"):
                    yield row
        yield from (self.sheet[name] for name in self.path_inputs if self.sheet[name].kind != "table")

    # -- to the device and back ------------------------------------------------------------------------------

    def _constants(self, run: Run) -> dict[int, Any]:
        """Inputs, tables and rows that no path input reaches."""
        straight = Linear(self.sheet, run)
        found: dict[int, Any] = {}
        for row in self.sheet:
            if row.is_input and (id(row) in self.wanted or row.name in self.path_inputs):
                table = straight.table(row) if row.kind == "table" else None
                found[id(row)] = (table.x, table.y) if table is not None else np.asarray(straight.number(row))
        for step in self.plan.steps:
            for row in step.rows:
                if id(row) in self.wanted and id(row) not in self.moved:
                    found[id(row)] = np.asarray(straight.number(row))
        return found

    def _blocks(self, path_inputs: Mapping[str, Any], block: int) -> Iterator[dict[str, Array]]:
        missing = [name for name in self.path_inputs if name not in path_inputs]
        if missing:
            raise RunError(f"path input {missing[0]} is not given")
        given = {name: self._given(name, path_inputs[name]) for name in self.path_inputs}
        count = len(next(iter(given.values())))
        for name, value in given.items():
            if len(value) != count:
                raise RunError(f"path input {name} has {len(value)} paths, {self.path_inputs[0]} has {count}")
        for first in range(0, count, block):
            yield {name: value[first : first + block] for name, value in given.items()}

    def _given(self, name: str, value: Any) -> Array:
        row, array = self.sheet[name], np.asarray(value, dtype=np.float64)
        shape = {"scalar": (), "series": (self.sheet.periods,)}.get(row.kind) or (
            (len(row.value[1]),) if row.kind == "table" else ()
        )
        if array.ndim != 1 + len(shape) or array.shape[1:] != shape or not len(array):
            raise RunError(f"path input {name} has shape {array.shape}, not {('paths', *shape)}")
        return array

    def _host(self, found: Any) -> Any:
        return self._jax.tree_util.tree_map(np.asarray, found)

    @contextmanager
    def _device(self) -> Iterator[None]:
        with self._jax.enable_x64(True):
            yield


def compile(sheet: Sheet, outputs: Sequence[str], path_inputs: Sequence[str], *, run: Run) -> Program:
    """Prepare a sheet for a device; compiled at the first run.

    Parameters
    ----------
    sheet
        Complete.
    outputs
        Rows and measures.
    path_inputs
        Inputs that differ by path, at least one.
    run
        A run of the whole sheet: rows that no path input reaches are taken from it.

    Raises
    ------
    RunError
        If there is no such row, measure or input.
    MissingExtraError
        If JAX is not installed.
    """
    known = [*sheet.rows, *sheet.measures]
    for name in outputs:
        if name not in sheet.measures and (name not in sheet.rows or sheet.rows[name].kind == "table"):
            raise RunError(f"there is no row or measure {name}{nearest(name, known)}")
    inputs = [row.name for row in sheet if row.is_input]
    for name in path_inputs:
        if name not in inputs:
            raise RunError(f"there is no input {name}{nearest(name, inputs)}")
    if not outputs or not path_inputs:
        raise RunError("a program needs at least one output and one path input")
    return Program(sheet, outputs, path_inputs, run)


def devices(kind: str = "gpu") -> list[Any]:
    """Devices of a kind that JAX can reach; none if JAX is missing.

    Parameters
    ----------
    kind
        ``gpu`` or ``cpu``.
    """
    try:
        return list(_jax().devices(kind))
    except (MissingExtraError, RuntimeError):
        return []


def _jax() -> Any:
    try:
        import jax
    except ImportError:
        raise MissingExtraError("gradients on a GPU need jax: pip install 'ringfence[gradient]'") from None
    return jax


def _hidden(planned: Plan, sheet: Sheet, name: str) -> list[str]:
    if name not in sheet.measures:
        return [name]
    return [hidden for hidden in (f"!{name}", f"!{name}?") if hidden in planned.hidden]


def _reached(planned: Plan, path_inputs: Sequence[str]) -> set[int]:
    """ids of the computed rows that a path input reaches."""
    reached = {id(planned.sheet[name]) for name in path_inputs}
    for step in planned.steps:
        rows = step.rows
        if any(id(edge.row) in reached for row in rows for edge in planned.edges[id(row)]):
            reached.update(id(row) for row in rows)
    return reached

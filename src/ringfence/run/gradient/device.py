"""The reading of the sheet that a GPU runs: forward values and gradients of many paths, in float64, through JAX.

    program = device.compile(sheet, ["gpu_equity.irr"], ["rent.rent", "gpus.opex"], run=reference.run(sheet))
    got = program.run({"rent.rent": rents, "gpus.opex": costs})
    got["gpu_equity.irr"]                               one number a path
    program.gradient({...}).by["gpu_equity.irr"]["rent.rent"]

Rows that no path input reaches are taken from a run made before; of the others, lines are computed as lines and only
recursions as scans. Paths go to the device in blocks of one size, so that one compiled program serves all of them, and
of the size its memory holds. The same program runs on a processor, where compiling it costs more than the reverse pass
of ``linear.py`` needs for its answer (decision 0017).

Exactly on a corner, rounding may pick another side here than in NumPy; hand in the run of :func:`~.nudge.nudged` inputs
where many corners meet, as the desk does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import MissingExtraError, RunError, meant
from ringfence.run.generate import needed
from ringfence.run.gradient.linear import Linear
from ringfence.run.gradient.trace import Trace
from ringfence.run.result import Run
from ringfence.sheet.ops import TRUE_ABOVE
from ringfence.sheet.plan import Plan, plan
from ringfence.sheet.sheet import Sheet

Array = NDArray[np.float64]
#: Paths sent at once, at least and at most.
SMALLEST, LARGEST = 1 << 8, 1 << 18
#: Memory taken as given where a device does not tell its own, as a processor does not. [bytes]
ROOM = 2 << 30
#: Lines a path keeps at once for each row computed on it, and the share of a device's memory given to them.
LINES_KEPT = {"values": 1.0, "gradient": 3.0}
SHARE = 0.5


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
            raise RunError(f"the run has no {name}{meant(name, self.values)}")
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
        self._kept = self._read_elsewhere()
        self._compiled: dict[str, Any] = {}

    @property
    def path_rows(self) -> int:
        """Formula rows computed on every path."""
        return sum(1 for step in self.plan.steps for row in step.rows if id(row) in self.moved)

    def run(self, path_inputs: Mapping[str, Any], *, block: int | None = None) -> Paths:
        """Compute the outputs on some paths.

        Parameters
        ----------
        path_inputs
            Input -> (paths,) for a scalar, (paths, periods) for a series, (paths, points) for the ys of a table.
        block
            Paths sent to the device at once; as many as its memory holds if not given.
        """
        values, failed, _ = self._in_blocks("values", path_inputs, block)
        return Paths(values, {}, failed)

    def gradient(self, path_inputs: Mapping[str, Any], *, block: int | None = None) -> Paths:
        """Compute the outputs on some paths, and their derivatives by every path input.

        Parameters
        ----------
        path_inputs, block
            As for :meth:`run`. Outputs must be measures or one-cell rows.
        """
        values, failed, by = self._in_blocks("gradient", path_inputs, block)
        return Paths(values, by, failed)

    # -- the traced functions --------------------------------------------------------------------------------

    def _values(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
        """Return outputs and faults; every array has its paths last."""
        paths = next(iter(given.values())).shape[-1]
        trace = Trace(self._jax, self.plan, self._shared, paths=paths, kept=self._kept)
        for name, value in given.items():
            row = self.sheet[name]
            trace.known[id(row)] = (self._shared[id(row)][0], value) if row.kind == "table" else value
            if row.kind != "table":
                trace.finite(value)
        trace.run(self.wanted)
        return {name: self._output(trace, name, paths) for name in self.outputs}, trace.failed()

    def _pulled(self, given: Mapping[str, Any]) -> tuple[Any, Any, Any]:
        """Return outputs, faults, and derivatives by every input; paths do not mix, so one pull serves all."""
        jax, jnp = self._jax, self._jax.numpy

        def one(inputs: Mapping[str, Any]) -> tuple[Any, Any]:
            values, failed = self._values(inputs)
            return jnp.stack([values[name] for name in self.outputs]), failed

        values, pull, failed = jax.vjp(one, given, has_aux=True)
        if len(self.outputs) == 1:
            (by,) = pull(jnp.ones_like(values))
            return {self.outputs[0]: values[0]}, failed, {self.outputs[0]: by}
        each = jnp.eye(len(self.outputs))[:, :, None] * jnp.ones(values.shape[1])
        (all_by,) = jax.vmap(pull)(each)
        by = {output: {name: found[k] for name, found in all_by.items()} for k, output in enumerate(self.outputs)}
        return dict(zip(self.outputs, values, strict=True)), failed, by

    def _output(self, trace: Trace, name: str, paths: int) -> Any:
        jnp = self._jax.numpy
        if name not in self.sheet.measures:
            found = jnp.asarray(trace.known[id(self.sheet[name])], dtype=float)
            return jnp.broadcast_to(found, (*found.shape[:-1], paths))
        value = trace.known[id(self.plan.hidden[f"!{name}"])]
        flag = self.plan.hidden.get(f"!{name}?")
        if flag is not None:
            value = trace.traced.where(trace.known[id(flag)] > TRUE_ABOVE, value, np.nan)
        return jnp.broadcast_to(value, (paths,))

    def _read_elsewhere(self) -> set[int]:
        """ids of the outputs, and of the rows that rows of another step read."""
        found = {id(self.sheet[name]) for name in self.outputs if name not in self.sheet.measures}
        for step in self.plan.steps:
            inside = {id(row) for row in step.rows}
            if step.rows and id(step.rows[0]) in self.wanted:
                found |= {id(edge.row) for row in step.rows for edge in self.plan.edges[id(row)]} - inside
        return found

    # -- to the device and back ------------------------------------------------------------------------------

    def _constants(self, run: Run) -> dict[int, Any]:
        """Inputs, tables and rows that no path input reaches."""
        straight = Linear(self.sheet, run)
        found: dict[int, Any] = {}
        for row in self.sheet:
            if row.is_input and (id(row) in self.wanted or row.name in self.path_inputs):
                table = straight.table(row) if row.kind == "table" else None
                found[id(row)] = (table.x, table.y) if table is not None else _upright(straight.number(row))
        for step in self.plan.steps:
            for row in step.rows:
                if id(row) in self.wanted and id(row) not in self.moved:
                    found[id(row)] = _upright(straight.number(row))
        return found

    def _in_blocks(self, what: str, path_inputs: Mapping[str, Any], block: int | None) -> tuple[Any, Any, Any]:
        """Send the paths to the device in blocks of one size, so that one compiled program serves all of them."""
        given = self._checked(path_inputs)
        count = len(given[self.path_inputs[0]])
        with self._jax.enable_x64(True):
            size = block or self._fitting(what)
            while True:
                try:
                    parts = [self._host(self._called(what, part)) for part in _blocks(given, count, size)]
                    break
                except self._jax.errors.JaxRuntimeError as error:
                    if block or "RESOURCE_EXHAUSTED" not in str(error) or size <= SMALLEST:
                        raise
                    size //= 2
        joined: tuple[Any, Any, Any] = self._jax.tree_util.tree_map(lambda *x: np.concatenate(x)[:count], *parts)
        return joined

    def _called(self, what: str, part: Mapping[str, Array]) -> Any:
        if what not in self._compiled:
            self._compiled[what] = self._jax.jit(self._values if what == "values" else self._pulled)
        found = self._compiled[what]({name: np.ascontiguousarray(value.T) for name, value in part.items()})
        return found if what == "gradient" else (*found, {})

    def _fitting(self, what: str) -> int:
        """Paths whose lines fill a part of the device's memory."""
        device = self._jax.config.jax_default_device or self._jax.devices()[0]
        room = (device.memory_stats() or {}).get("bytes_limit", ROOM)
        lines = LINES_KEPT[what] * max(self.path_rows, 1)
        return int(min(LARGEST, max(SMALLEST, 2 ** int(np.log2(room * SHARE / (8 * self.sheet.periods * lines))))))

    def _checked(self, path_inputs: Mapping[str, Any]) -> dict[str, Array]:
        missing = [name for name in self.path_inputs if name not in path_inputs]
        if missing:
            raise RunError(f"path input {missing[0]} is not given")
        given = {name: self._given(name, path_inputs[name]) for name in self.path_inputs}
        count = len(next(iter(given.values())))
        for name, value in given.items():
            if len(value) != count:
                raise RunError(f"path input {name} has {len(value)} paths, {self.path_inputs[0]} has {count}")
        return given

    def _given(self, name: str, value: Any) -> Array:
        row, array = self.sheet[name], np.asarray(value, dtype=np.float64)
        shape = {"scalar": (), "series": (self.sheet.periods,)}.get(row.kind) or (
            (len(row.value[1]),) if row.kind == "table" else ()
        )
        if array.ndim != 1 + len(shape) or array.shape[1:] != shape or not len(array):
            raise RunError(f"path input {name} has shape {array.shape}, not {('paths', *shape)}")
        return array

    def _host(self, found: Any) -> Any:
        """Numbers on this machine, paths first."""
        return self._jax.tree_util.tree_map(lambda x: np.asarray(x).T, found)


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
            raise RunError(f"there is no row or measure {name}{meant(name, known)}")
    inputs = [row.name for row in sheet if row.is_input]
    for name in path_inputs:
        if name not in inputs:
            raise RunError(f"there is no input {name}{meant(name, inputs)}")
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


def _upright(value: Any) -> Array:
    """Return a number, or a line as a column over the periods."""
    array = np.asarray(value, dtype=np.float64)
    return array[:, None] if array.ndim else array


def _blocks(given: Mapping[str, Array], count: int, size: int) -> Iterator[dict[str, Array]]:
    """Blocks of one size, as even as can be; the last path stands in where the last block is short."""
    blocks = -(-count // size)
    size = -(-count // blocks)
    for first in range(0, count, size):
        part = {name: value[first : first + size] for name, value in given.items()}
        short = size - min(size, count - first)
        yield {
            name: np.concatenate([value, np.repeat(value[-1:], short, axis=0)]) if short else value
            for name, value in part.items()
        }

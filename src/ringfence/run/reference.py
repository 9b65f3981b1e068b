"""The reference run: NumPy and generated plain Python; the definition of right.

    result = reference.run(sheet, {"senior.margin": 0.04})
    result["senior.interest"]              an array over the periods [USD]
    result.measures["senior.dscr.min"]     value, unit, status

A row is computed as one line over the periods, unless it leans on its own past or future; those run in a generated
loop (``prepare(sheet).source`` shows it). Division by zero, overflow and the logarithm of a number that is not
positive stop the run with the row, the period and the numbers; nothing in a result is ever nan or infinite.

Compiled programs are kept by the structure of the sheet, so that a sheet built again with other numbers, or the same
sheet run with other inputs, is not planned or compiled again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ringfence.errors import RunError, meant
from ringfence.run.generate import generate, needed
from ringfence.run.irr import Root
from ringfence.run.meaning import NAMES, Line, Table
from ringfence.run.result import Measure, Run
from ringfence.sheet.formula import walk
from ringfence.sheet.plan import plan
from ringfence.sheet.row import Row
from ringfence.sheet.sheet import Sheet, check_table

Input = float | Sequence[float] | Line | tuple[Sequence[float], Sequence[float]]
Inputs = Mapping[str, Input]

_PROGRAMS: dict[tuple[str, frozenset[str] | None], _Program] = {}
_KEPT = 64


@dataclass(frozen=True)
class _Program:
    source: str
    compute: Callable[[dict[str, Any], int], dict[str, Any]]


def clear_programs() -> None:
    """Forget every compiled program (after changing the tables of ``meaning.py``)."""
    _PROGRAMS.clear()


class Prepared:
    """A sheet ready to be run many times.

    Parameters
    ----------
    sheet
        Complete; planned here.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self.version = sheet.version
        self._structure = structure(sheet)
        self._own = {row.name: _given(row, row.value) for row in sheet if row.is_input}
        self._program(None)

    @property
    def source(self) -> str:
        """The generated Python."""
        return self._program(None).source

    def run(self, inputs: Inputs | None = None) -> Run:
        """Compute every row and measure.

        Parameters
        ----------
        inputs
            Input name -> value in its stead, in base units.

        Raises
        ------
        RunError
            Naming row, period and numbers, if a row has no finite value.
        """
        return self._run(self._program(None), inputs or {}, list(self.sheet.measures))

    def run_subset(self, names: Iterable[str], inputs: Inputs | None = None) -> Run:
        """Compute only some rows and measures, and what they lean on.

        Parameters
        ----------
        names
            Row or measure names; a name that is both means both.
        inputs
            As for :meth:`run`.
        """
        asked = list(names)
        unknown = [name for name in asked if name not in self.sheet.rows and name not in self.sheet.measures]
        if unknown:
            known = [*self.sheet.rows, *self.sheet.measures]
            raise RunError(f"there is no row or measure {unknown[0]}{meant(unknown[0], known)}")
        measures = [name for name in asked if name in self.sheet.measures]
        hidden = [f"!{name}" + mark for name in measures for mark in ("", "?")]
        rows = [name for name in asked if name in self.sheet.rows]
        return self._run(self._program(frozenset(rows + hidden)), inputs or {}, measures)

    def _program(self, names: frozenset[str] | None) -> _Program:
        key = (self._structure, names)
        found = _PROGRAMS.get(key)
        if found is None:
            if len(_PROGRAMS) >= _KEPT:
                _PROGRAMS.pop(next(iter(_PROGRAMS)))
            found = _PROGRAMS[key] = _compile(self.sheet, names)
        return found

    def _run(self, program: _Program, inputs: Inputs, measures: list[str]) -> Run:
        given = self._given(inputs)
        try:
            with np.errstate(divide="raise", invalid="raise", over="raise", under="ignore"):
                values = program.compute(given, self.sheet.periods)
        except (ArithmeticError, ValueError) as error:
            raise _located(self.sheet, inputs, str(error)) from None
        hidden = {name: values.pop(name) for name in list(values) if name.startswith("!")}
        if not _all_finite(values):
            raise _located(self.sheet, inputs, "the number is too large")
        return Run(values, {name: _measure(self.sheet, name, hidden) for name in measures}, dict(inputs))

    def _given(self, inputs: Inputs) -> dict[str, Any]:
        if not inputs:
            return self._own
        given = dict(self._own)
        for name, value in inputs.items():
            if name not in given:
                raise RunError(_not_an_input(self.sheet, name))
            given[name] = _given(self.sheet.rows[name], value, self.sheet.periods)
        return given


def prepare(sheet: Sheet) -> Prepared:
    """Plan and compile a sheet; kept on the sheet until it changes.

    Parameters
    ----------
    sheet
        Complete.
    """
    kept = sheet.cache.get("reference")
    if not isinstance(kept, Prepared):
        kept = sheet.cache["reference"] = Prepared(sheet)
    return kept


def run(sheet: Sheet, inputs: Inputs | None = None) -> Run:
    """Compute every row and measure of a sheet.

    Parameters
    ----------
    sheet
        Complete.
    inputs
        Input name -> value that stands in for the sheet's own, in base units: a number, one number a period (one
        number alone is spread over the periods), or (xs, ys) for a table.

    Examples
    --------
    >>> from ringfence.sheet import Sheet
    >>> s = Sheet(periods=3)
    >>> opening = s.opening("account")
    >>> closing = s.close("account", opening, add=[s.series("paid_in", [1, 2, 3])])
    >>> run(s)["account.closing"]
    array([1., 3., 6.])
    """
    return prepare(sheet).run(inputs)


def structure(sheet: Sheet) -> str:
    """Fingerprint of everything in a sheet but the values of its inputs, its labels and its sources.

    Parameters
    ----------
    sheet
        Any sheet.
    """
    numbers: dict[int, int] = {}
    parts: list[str] = []
    for row in sheet:
        numbers[id(row)] = len(numbers)
        parts.append(f"{row.name}|{row.kind}")
    for row in sheet:
        if row.expr is not None:
            _describe(row.expr, numbers, parts)
            parts.append(f"{row.name}={numbers[id(row.expr)]}")
    for measure in sheet.measures.values():
        for expr in (measure.expr, measure.applies):
            if expr is not None:
                _describe(expr, numbers, parts)
                parts.append(f"{measure.name}:{numbers[id(expr)]}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _describe(expr: Any, numbers: dict[int, int], parts: list[str]) -> None:
    for node in walk(expr):
        if id(node) not in numbers:
            numbers[id(node)] = len(numbers)
            parts.append(f"{node.op} {node.param!r} {[numbers[id(arg)] for arg in node.args]}")


def _compile(sheet: Sheet, names: frozenset[str] | None) -> _Program:
    planned = plan(sheet)
    asked = None if names is None else [n for n in names if not n.startswith("!") or n in planned.hidden]
    wanted = None if asked is None else needed(planned, asked)
    source = generate(planned, wanted)
    space: dict[str, Any] = dict(NAMES)
    exec(compile(source, f"<{sheet.name}>", "exec"), space)
    return _Program(source, space["compute"])


def _given(row: Row, value: Any, periods: int | None = None) -> Any:
    if row.kind == "table":
        xs, ys = value
        if periods is not None:
            check_table(row.name, (tuple(map(float, xs)), tuple(map(float, ys))))
        return Table.of(xs, ys)
    if row.kind == "scalar":
        number = float(value)
        if number - number != 0:
            raise RunError(f"input {row.name} is {number}; inputs are finite numbers")
        return number
    return _given_series(row, value, periods)


def _given_series(row: Row, value: Any, periods: int | None) -> Line:
    series = np.array(value, dtype=np.float64)
    if series.ndim == 0 and periods is not None:
        series = np.full(periods, float(series))
    if periods is not None and series.shape != (periods,):
        raise RunError(f"input {row.name} has {series.size} values, but the sheet has {periods} periods")
    if not np.isfinite(series).all():
        raise RunError(f"input {row.name} is not finite in period {int(np.argmin(np.isfinite(series)))}")
    series.flags.writeable = False
    return series


def _not_an_input(sheet: Sheet, name: str) -> str:
    if name in sheet.rows:
        return f"{name} is computed, not an input\n  where:  {sheet.rows[name].source or 'a formula of the sheet'}"
    return f"there is no input {name}{meant(name, [row.name for row in sheet if row.is_input])}"


def _all_finite(values: dict[str, Any]) -> bool:
    lines = [value for value in values.values() if isinstance(value, np.ndarray)]
    cells = [value for value in values.values() if not isinstance(value, np.ndarray)]
    return bool(np.isfinite(np.array(cells, dtype=np.float64)).all()) and (
        not lines or bool(np.isfinite(np.concatenate(lines)).all())
    )


def _located(sheet: Sheet, inputs: Inputs, reason: str) -> RunError:
    """Find the first row and period that has no finite value, by walking the sheet slowly."""
    from ringfence.run import oracle

    try:
        oracle.run(sheet, inputs)
    except RunError as error:
        return error
    return RunError(f"the sheet {sheet.name} cannot be computed: {reason}")


def _measure(sheet: Sheet, name: str, hidden: dict[str, Any]) -> Measure:
    declared = sheet.measures[name]
    if declared.applies is not None and not hidden[f"!{name}?"] > 0.5:
        return Measure(None, declared.unit, "n/a", (), "it does not apply")
    value = hidden[f"!{name}"]
    if isinstance(value, Root):
        return Measure(value.value, declared.unit, value.status, value.roots, value.reason)
    return Measure(float(value), declared.unit)

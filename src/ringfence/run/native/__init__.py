"""Vector code through LLVM: one sheet on a million paths.

    kernel = native.compile(sheet, ["senior.dscr.min", "gpu_equity.irr"], {"rent.rate": "given"})
    got = kernel.run(100_000, path_inputs={"rent.rate": rents})
    got["senior.dscr.min"]               one number a path

The code is straight-line for each period, over eight or sixteen paths at a time; rows that no path
input reaches are computed once. Inputs that differ by path are given as arrays, or drawn inside the code:

    native.compile(sheet, outputs, {"shock.rate": native.normal(0), "shock.rent": native.normal(1)})

A **factor sheet** turns draws into inputs: an ordinary sheet whose series are declared as draws and whose rows are,
say, a mean-reverting rate. :func:`join` puts it in front of the deal's sheet as more rows of one sheet, so that factors
are written in the same words, checked for units, explained and run by every other engine too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringfence.errors import RunError, meant
from ringfence.run.native import cache, machine
from ringfence.run.native.draws import Draw, normal, uniform
from ringfence.run.native.emit import GIVEN, How, emit
from ringfence.run.native.join import join
from ringfence.run.native.kernel import Kernel, Paths
from ringfence.run.native.machine import GENERIC, HOST
from ringfence.run.native.rates import STATUSES
from ringfence.sheet.plan import plan
from ringfence.sheet.sheet import Sheet

__all__ = [
    "GENERIC",
    "GIVEN",
    "HOST",
    "STATUSES",
    "Draw",
    "Kernel",
    "Paths",
    "compile",
    "join",
    "normal",
    "uniform",
]


def compile(
    sheet: Sheet,
    outputs: Sequence[str] | None = None,
    path_inputs: Mapping[str, How] | None = None,
    *,
    roots: bool = False,
    processor: str = HOST,
    keep: bool = True,
    lanes: int | None = None,
) -> Kernel:
    """Compile a sheet for some outputs, or load it if it was compiled before.

    Parameters
    ----------
    sheet
        Complete.
    outputs
        Rows and measures to keep; a name that is both means the measure. All measures if not given.
    path_inputs
        Inputs that differ by path: ``"given"`` (an array for each run), :func:`normal` or :func:`uniform`.
    roots
        Whether every root of an irr is kept.
    processor
        :data:`HOST`, or :data:`GENERIC` for code any x86-64 runs; the bits are the same.
    keep
        Whether the compiled code is kept on disk.
    lanes
        Paths computed side by side; chosen by the size of the sheet if not given. The bits are the same.

    Raises
    ------
    RunError
        If there is no such row, measure or input.

    Examples
    --------
    >>> from ringfence.sheet import Sheet
    >>> s = Sheet(periods=3)
    >>> closing = s.close("account", s.opening("account"), add=[s.series("paid_in", [1, 2, 3])])
    >>> kernel = compile(s, ["account.closing"], {"paid_in": "given"}, keep=False)
    >>> kernel.run(2, path_inputs={"paid_in": [[1, 1, 1], [2, 2, 2]]})["account.closing"]
    array([[1., 2., 3.],
           [2., 4., 6.]])
    """
    asked = list(sheet.measures if outputs is None else dict.fromkeys(outputs))
    by_path = dict(path_inputs or {})
    _check(sheet, asked, by_path)
    told = {name: repr(how) for name, how in by_path.items()}
    key = cache.fingerprint(sheet, asked, told, roots, lanes, machine.describe(processor))
    found = cache.read(key) if keep else None
    if found is None:
        planned = plan(sheet)
        hidden = [f"!{name}{mark}" for name in asked if name in sheet.measures for mark in ("", "?")]
        names = [name for name in asked if name not in sheet.measures]
        written = emit(planned, [*names, *(name for name in hidden if name in planned.hidden)], by_path, roots, lanes)
        found = written.about, machine.compile_object(written.text, processor)
        if keep:
            cache.write(key, *found)
    about, image = found
    return Kernel(sheet, asked, by_path, about, machine.load(image, processor))


def _check(sheet: Sheet, outputs: Sequence[str], path_inputs: Mapping[str, Any]) -> None:
    known = [*sheet.rows, *sheet.measures]
    for name in outputs:
        if name not in sheet.measures and (name not in sheet.rows or sheet.rows[name].kind == "table"):
            raise RunError(f"there is no row or measure {name}{meant(name, known)}")
    inputs = [row.name for row in sheet if row.is_input]
    for name, how in path_inputs.items():
        if name not in sheet.rows or not sheet.rows[name].is_input:
            raise RunError(f"there is no input {name}{meant(name, inputs)}")
        if how != GIVEN and not isinstance(how, Draw):
            raise RunError(f"path input {name} is {how!r}, not 'given', normal(...) or uniform(...)")
        if isinstance(how, Draw) and sheet.rows[name].kind == "table":
            raise RunError(f"{name} is a table; draw a scalar or a series and let a row read the table")

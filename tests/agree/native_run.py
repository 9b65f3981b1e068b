"""Runs a sheet on a few equal paths through the native backend and gives back one of them as a plain run."""

import numpy as np

from ringfence.run import native
from ringfence.run.result import Measure, Run
from ringfence.sheet.plan import plan


def by_path(sheet, inputs=None):
    """Every input differs by path, so every row is computed in eight lanes."""
    return run(sheet, inputs, [row.name for row in sheet if row.is_input])


def shared(sheet, inputs=None):
    """No input differs by path, so every row is computed once, as a plain number."""
    return run(sheet, inputs, [])


def run(sheet, inputs, differing, paths=11):
    """Compile, run and check that equal paths give equal bits."""
    rows = [row.name for row in sheet if row.kind != "table"]
    kernel = native.compile(sheet, [*rows, *sheet.measures], dict.fromkeys(differing, "given"), roots=True, keep=False)
    given = {name: value for name, value in (inputs or {}).items() if name in differing}
    spread = {name: np.broadcast_to(_ys(sheet[name], v), _shape(sheet[name], v, paths)) for name, v in given.items()}
    others = {name: value for name, value in (inputs or {}).items() if name not in differing}
    got = kernel.run(paths, inputs=others, path_inputs=spread, threads=1)
    assert not got.failed.any()
    return plain(sheet, rows, got)


def _ys(row, value):
    return np.asarray(value[1] if row.kind == "table" else value, dtype=float)


def _shape(row, value, paths):
    return (paths, *np.shape(_ys(row, value)))


def plain(sheet, rows, got, path=0):
    """Take one path of a result as a run."""
    planned = plan(sheet)
    values = {}
    for name in rows:
        value = got.values[name] if name not in sheet.measures else None
        if value is None:
            continue
        np.testing.assert_array_equal(value, np.broadcast_to(value[:1], value.shape))
        values[name] = float(value[path]) if planned.is_scalar(sheet[name]) else np.array(value[path])
    measures = {name: _measure(sheet, name, got, path) for name in sheet.measures}
    return Run(values, measures)


def _measure(sheet, name, got, path):
    status = native.STATUSES[int(got.status[name][path])] if name in got.status else "ok"
    value = float(got.values[name][path])
    roots = got.roots.get(name)
    kept = () if roots is None else tuple(float(r) for r in roots[path] if not np.isnan(r))
    return Measure(None if np.isnan(value) else value, sheet.measures[name].unit, status, kept)

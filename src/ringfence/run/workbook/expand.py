"""The sheet made fit for cells: short formulas, visible steps, measures and checks as rows of their own.

    expanded = expand(sheet, checks=[...], alerts=[...])
    run = reference.run(expanded.sheet, inputs)        every cell of the book has its value here

The result is again a sheet over the same operators, so that the reference computes every helper row a reader of the
book sees. What changes:

- an operand that a formula would have to repeat, the argument of a time operator and of a reduction, and the largest
  part of a long formula become rows of their own, ``<owner>.step_<k>``, standing just above their owner;
- a literal other than 0 and 1 becomes an input cell, ``number:<digits>``;
- measures become rows ``measure:<name>`` with ``measure:<name>.applies``; an IRR is closed by steps (``returns.py``);
- checks and alerts become rows ``check:<name>.worst``, ``check:<name>.ok``, ``alert:<name>.count``, ``.first``.

A step that could divide by zero is guarded by the condition of the ``choose`` it was taken out of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ringfence.run.workbook import returns
from ringfence.run.workbook.expanded import Expanded
from ringfence.run.workbook.steps import Cutter
from ringfence.run.workbook.verdicts import Test, add_verdicts
from ringfence.sheet import NIL, Expr, Row, Sheet
from ringfence.sheet.sheet import MeasureRow
from ringfence.units import RATIO


def expand(sheet: Sheet, *, checks: Sequence[Test] = (), alerts: Sequence[Test] = (), scale: str = "") -> Expanded:
    """Make a sheet fit for cells.

    Parameters
    ----------
    sheet
        Complete.
    checks
        Rows that must be 0 in every period.
    alerts
        Flags that tell news about the deal.
    scale
        Measure that says how large the deal is, for the tolerance of checks. [USD]
    """
    solved = [Test(f"{name}.solved", f"{name} is solved", f"{name}.residual") for name in sheet.solved_inputs]
    known = {word for test in checks for word in (test.row, test.name)}
    tests = (*checks, *(test for test in solved if not known & {test.row, test.name}))
    out = Expanded(Sheet(periods=sheet.periods, name=sheet.name), sheet, checks=tests, alerts=(*alerts,))
    cut = Cutter(sheet, out)
    with _deep():
        _rows(cut)
        _measures(cut)
    add_verdicts(cut.new, out.checks, out.alerts, cut.is_cell, scale)
    return out


@contextmanager
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _rows(cut: Cutter) -> None:
    """Numbers of the book, inputs as they are, formulas cut."""
    new = cut.new
    new.scalar("number:absolute_tolerance", 1e-9, label="largest difference at which two numbers are equal")
    new.scalar("number:relative_tolerance", 1e-9, label="the same, as a share of the larger of the two")
    new.scalar("number:true_above", 0.5, label="a flag is true above this")
    new.scalar("number:same", 1e-12, label="share by which a fingerprint may differ")
    new.scalar("number:periods", float(cut.old.periods), label="number of periods, close included")
    for row in cut.old:
        _input(new, row) if row.is_input else new.ref(row.name, unit=row.unit)
    for row in cut.old:
        if row.expr is not None:
            cut.current, cut.owner = row, row.name
            cut.keep(row.name, cut.rewrite(row.expr, ()), row, label=row.label)


def _input(new: Sheet, row: Row) -> None:
    kwargs = {"unit": row.unit or RATIO, "source": row.source, "label": row.label}
    if row.kind == "scalar":
        new.scalar(row.name, row.value, **kwargs)  # type: ignore[arg-type]
    elif row.kind == "series":
        new.series(row.name, row.value, term=row.term, **kwargs)  # type: ignore[arg-type]
    else:
        xs, ys = row.value
        x_unit = row.table_x or RATIO
        new.table(row.name, xs=xs, ys=ys, x_unit=x_unit, term=row.term, **kwargs)  # type: ignore[arg-type]


def _measures(cut: Cutter) -> None:
    """Every measure as a row of the book, with its flag; 0 where it does not apply."""
    for measure in cut.old.measures.values():
        label = f"measure:{measure.name}"
        cut.owner, cut.current = label, None
        applies = _applies(cut, measure, label)
        if measure.expr.op == "irr":
            _irr(cut, measure, label, applies)
            continue
        value = _npv(cut, measure, label) if measure.expr.op == "npv" else None
        if value is None:
            value = cut.whole(f"!{measure.name}", measure.expr, applies)
        if applies is not None:
            value = Expr("choose", (applies, value, NIL), None, measure.unit)
        cut.new.row(label, _retype(value, measure.unit), unit=measure.unit, source=measure.source, label=measure.label)


def _applies(cut: Cutter, measure: MeasureRow, label: str) -> Row | None:
    if measure.applies is None:
        return None
    flag = cut.whole(f"!{measure.name}?", measure.applies)
    cut.out.owner[f"{label}.applies"] = label
    return cut.new.row(f"{label}.applies", _choose_flag(flag), unit=RATIO, label="1 where it applies")


def _irr(cut: Cutter, measure: MeasureRow, label: str, applies: Row | None) -> None:
    flow, times = (cut.line(cut.leaf(cut.rewrite(arg, ()), ())) for arg in measure.expr.args)
    start = returns.add_irr(cut.new, label, flow, times, applies, source=measure.source, words=measure.label)
    cut.out.starts[start] = measure.name
    cut.out.owner.update({r: label for r in cut.new.rows if r.startswith(f"{label}.") and r != start})


def _npv(cut: Cutter, measure: MeasureRow, label: str) -> Expr:
    paid, rate, dates = (cut.leaf(cut.rewrite(arg, ()), ()) for arg in measure.expr.args)
    cut.out.owner[f"{label}.worth"] = label
    return returns.add_npv(cut.new, label, cut.line(paid), rate, cut.line(dates), measure.source)


def _one() -> Expr:
    return Expr("const", (), 1.0, RATIO)


def _choose_flag(flag: Expr) -> Expr:
    return Expr("choose", (flag, _one(), NIL), None, RATIO)


def _retype(expr: Expr, unit: object) -> Expr:
    if isinstance(expr, Row) or expr.unit == unit:
        return expr
    return Expr(expr.op, expr.args, expr.param, unit)  # type: ignore[arg-type]

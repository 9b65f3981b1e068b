"""A factor sheet in front of a deal's sheet: rows that turn draws into the inputs of the deal."""

from __future__ import annotations

from collections.abc import Mapping

from ringfence.errors import SheetError, meant
from ringfence.sheet.formula import walk
from ringfence.sheet.plan import plan
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sheet import Sheet
from ringfence.units import UnitError


def join(sheet: Sheet, factors: Sheet, feeds: Mapping[str, str], *, prefix: str = "factor") -> Sheet:
    """Put the rows of a factor sheet before a sheet's, and let them feed some of its inputs.

    Parameters
    ----------
    sheet
        The deal's sheet; not changed.
    factors
        As many periods; rows that turn draws into inputs.
    feeds
        Input of the deal, scalar or series -> row of the factor sheet. A scalar is fed by a one-cell row.
    prefix
        Rows of the factor sheet are named ``prefix:name``.

    Returns
    -------
    Sheet
        A sheet of its own; each fed input is now a row that reads its factor.

    Raises
    ------
    SheetError
        If periods, names or shapes do not fit.
    UnitError
        If a factor is not in its input's unit.
    """
    _check(sheet, factors, feeds)
    made = Sheet(periods=sheet.periods, name=sheet.name)
    swaps: dict[int, Row] = {}
    for row in factors:
        swaps[id(row)] = _copy(made, row, f"{prefix}:{row.name}")
    for row in sheet:
        swaps[id(row)] = copy = _copy(made, row, row.name)
        if row.name in feeds:
            copy.kind, copy.value, copy.expr = "formula", None, swaps[id(factors[feeds[row.name]])]
    new: dict[int, Expr] = dict(swaps)
    for row in (*factors, *sheet):
        if row.expr is not None:
            swaps[id(row)].expr = _rewritten(row.expr, new)
    for name, measure in sheet.measures.items():
        applies = None if measure.applies is None else _rewritten(measure.applies, new)
        formula = _rewritten(measure.expr, new)
        made.measure(name, formula, applies=applies, unit=measure.unit, source=measure.source, label=measure.label)
    return made


def _check(sheet: Sheet, factors: Sheet, feeds: Mapping[str, str]) -> None:
    if sheet.periods != factors.periods:
        raise SheetError(f"{factors.name} has {factors.periods} periods, but {sheet.name} has {sheet.periods}")
    scalars = plan(factors).scalars
    for name, factor in feeds.items():
        row = sheet[name]
        if row.kind not in ("scalar", "series"):
            known = [row.name for row in sheet if row.kind in ("scalar", "series")]
            raise SheetError(f"{name} is no scalar or series input{meant(name, known)}")
        feed = factors[factor]
        if row.unit != feed.unit:
            raise UnitError(f"{name} is in {row.unit}, but {factor} is in {feed.unit}")
        if row.kind == "scalar" and id(feed) not in scalars:
            raise SheetError(f"{name} is one cell, but {factor} has a value in every period; read it with at()")


def _copy(made: Sheet, row: Row, name: str) -> Row:
    copy = Row(
        name,
        row.kind,
        row.unit,
        expr=row.expr,
        value=row.value,
        source=row.source,
        label=row.label,
        term=row.term,
        looks_ahead=row.looks_ahead,
        table_x=row.table_x,
    )
    made.rows[name] = copy
    return copy


def _rewritten(expr: Expr, new: dict[int, Expr]) -> Expr:
    for node in walk(expr):
        if id(node) not in new:
            args = tuple(new[id(arg)] for arg in node.args)
            new[id(node)] = node if not args else Expr(node.op, args, node.param, node.unit)
    return new[id(expr)]

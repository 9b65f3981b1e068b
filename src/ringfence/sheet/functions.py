"""The words of the formula language: one function per operator of ``ops.py`` that is not a sign."""

from __future__ import annotations

from typing import Literal

from ringfence.errors import SheetError
from ringfence.sheet.formula import formula_text
from ringfence.sheet.row import NIL, Expr, Row, Value, as_expr, same_unit, want_ratio, where
from ringfence.units import PER_YEAR, RATIO, YEAR, Unit, UnitError


def least(*xs: Value) -> Expr:
    """Return the smallest of several rows, period by period. [their unit]"""
    return _fold("least", xs)


def most(*xs: Value) -> Expr:
    """Return the largest of several rows, period by period. [their unit]"""
    return _fold("most", xs)


def _fold(op: str, xs: tuple[Value, ...]) -> Expr:
    if not xs:
        raise SheetError(f"{op}() needs at least one row")
    found = as_expr(xs[0])
    for x in xs[1:]:
        other = as_expr(x)
        found = Expr(op, (found, other), None, same_unit(op, found, other))
    return found


def floor(x: Value) -> Expr:
    """Return the largest whole number not above x, forgiving the tolerance. [unit of x]"""
    arg = as_expr(x)
    return Expr("floor", (arg,), None, arg.unit)


def exp(x: Value) -> Expr:
    """Return e to the power of a ratio. [ratio]"""
    arg = as_expr(x)
    want_ratio("exp()", arg)
    return Expr("exp", (arg,), None, RATIO)


def log(x: Value) -> Expr:
    """Return the natural logarithm of a positive ratio. [ratio]"""
    arg = as_expr(x)
    want_ratio("log()", arg)
    return Expr("log", (arg,), None, RATIO)


def less_than(a: Value, b: Value) -> Expr:
    """Flag a < b, beyond the tolerance. [flag]"""
    return _compare("less_than", a, b)


def at_most(a: Value, b: Value) -> Expr:
    """Flag a <= b, within the tolerance. [flag]"""
    return _compare("at_most", a, b)


def equal(a: Value, b: Value) -> Expr:
    """Flag a = b, within the tolerance. [flag]"""
    return _compare("equal", a, b)


def _compare(op: str, a: Value, b: Value) -> Expr:
    x, y = as_expr(a), as_expr(b)
    same_unit(op, x, y)
    return Expr(op, (x, y), None, RATIO)


def choose(condition: Value, yes: Value, no: Value) -> Expr:
    """Return `yes` where the flag is true, else `no`; the other branch may not stop the run. [their unit]"""
    cond, a, b = as_expr(condition), as_expr(yes), as_expr(no)
    want_ratio("the condition of choose()", cond)
    return Expr("choose", (cond, a, b), None, same_unit("choose", a, b))


def lookup(
    table: Row, x: Value, how: Literal["linear", "step"] = "linear", ends: Literal["hold", "zero"] = "hold"
) -> Expr:
    """Read a table.

    Parameters
    ----------
    table
        A row made by ``sheet.table``.
    x
        Where to read. [the table's x unit]
    how
        ``step``: the last point not after x; ``linear``: straight lines between points.
    ends
        Outside the first and last point: ``hold`` their values, or ``zero``.
    """
    if not isinstance(table, Row) or table.kind != "table":
        raise SheetError(f"lookup() reads a table, and {formula_text(table)} is none")
    if how not in ("linear", "step") or ends not in ("hold", "zero"):
        raise SheetError(f"lookup({table.name}) takes how='linear'|'step', ends='hold'|'zero', not {how!r}, {ends!r}")
    arg = as_expr(x)
    if arg.unit is not None and arg.unit != table.table_x:
        raise UnitError(f"table {table.name} is read by {table.table_x}, not by {arg.unit}\n{where(table, arg)}")
    return Expr("lookup", (table, arg), (how, ends), table.unit)


def previous(x: Value, n: int = 1, first: Value = NIL) -> Expr:
    """Return x as it was `n` periods ago; `first` (of the same period) before there was one. [unit of x]"""
    return _shift("previous", x, n, first)


def following(x: Value, n: int = 1, last: Value = NIL) -> Expr:
    """Return x as it will be in `n` periods; `last` (of the same period) after the end. [unit of x]"""
    return _shift("following", x, n, last)


def _shift(op: str, x: Value, n: int, edge: Value) -> Expr:
    if not isinstance(n, int) or n < 0:
        raise SheetError(f"{op}() shifts by a whole number of periods, not {n!r}")
    arg, end = as_expr(x), as_expr(edge)
    unit = same_unit(op, arg, end)
    return arg if n == 0 else Expr(op, (arg, end), n, unit)


def total(x: Value, when: Value | None = None) -> Expr:
    """Return the sum over all periods, or those where `when` is true. [unit of x]"""
    return _reduce("total", x, when)


def smallest(x: Value, when: Value | None = None) -> Expr:
    """Return the smallest over all periods, or those where `when` is true; 0 over none. [unit of x]"""
    return _reduce("smallest", x, when)


def largest(x: Value, when: Value | None = None) -> Expr:
    """Return the largest over all periods, or those where `when` is true; 0 over none. [unit of x]"""
    return _reduce("largest", x, when)


def _reduce(op: str, x: Value, when: Value | None) -> Expr:
    arg = as_expr(x)
    if when is None:
        return Expr(op, (arg,), None, arg.unit)
    mask = as_expr(when)
    want_ratio(f"the `when` of {op}()", mask)
    return Expr(op, (arg, mask), None, arg.unit)


def at(x: Value, k: Value) -> Expr:
    """Return x in period floor(k), a number or a one-cell row; 0 outside the sheet. [unit of x]"""
    arg, index = as_expr(x), as_expr(k)
    want_ratio("the period of at()", index)
    return Expr("at", (arg, index), None, arg.unit)


def count(flag: Value) -> Expr:
    """Return the number of periods where the flag is true. [ratio]"""
    return _flagged("count", flag)


def first_when(flag: Value) -> Expr:
    """Return the first period where the flag is true; the number of periods if never. [ratio]"""
    return _flagged("first_when", flag)


def _flagged(op: str, flag: Value) -> Expr:
    arg = as_expr(flag)
    want_ratio(f"the flag of {op}()", arg)
    return Expr(op, (arg,), None, RATIO)


def irr(flow: Value, times: Value) -> Expr:
    """Return the yearly rate at which dated flows are worth nothing; measures only.

    Parameters
    ----------
    flow
        Receipts less payments. [USD]
    times
        Years since close at which each flow is paid. [year]
    """
    x, t = as_expr(flow), as_expr(times)
    _want_years("irr", t)
    return Expr("irr", (x, t), None, PER_YEAR)


def npv(flow: Value, rate: Value, times: Value) -> Expr:
    """Return dated flows discounted at a yearly compounded rate; measures only. [unit of flow]

    Parameters
    ----------
    flow
        Receipts less payments. [USD]
    rate
        One number or one-cell row. [1/year, or a ratio read as a yearly rate]
    times
        Years since close at which each flow is paid. [year]
    """
    x, r, t = as_expr(flow), as_expr(rate), as_expr(times)
    _want_years("npv", t)
    if r.unit not in (None, RATIO, PER_YEAR):
        raise UnitError(f"the rate of npv() must be per year, but is in {r.unit}\n{where(r)}")
    return Expr("npv", (x, r, t), None, x.unit)


def _want_years(op: str, times: Expr) -> None:
    allowed: tuple[Unit | None, ...] = (None, YEAR)
    if times.unit not in allowed:
        raise UnitError(f"the times of {op}() must be in year, but are in {times.unit}\n{where(times)}")

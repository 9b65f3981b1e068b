"""Named compositions: everything a formula needs that is not an operator of its own."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.sheet.functions import choose, exp, following, least, log, most, previous
from ringfence.sheet.row import NIL, Expr, Row, Value, as_expr, constant, want_ratio
from ringfence.sheet.sheet import Sheet
from ringfence.units import YEAR, Unit


def both(*flags: Value) -> Expr:
    """Return a flag that is true where all flags are. [flag]"""
    for flag in flags:
        want_ratio("a flag of both()", as_expr(flag))
    return least(*flags)


def either(*flags: Value) -> Expr:
    """Return a flag that is true where any flag is. [flag]"""
    for flag in flags:
        want_ratio("a flag of either()", as_expr(flag))
    return most(*flags)


def negate(flag: Value) -> Expr:
    """Return a flag that is true where `flag` is not. [flag]"""
    return choose(flag, NIL, 1)


def sum_of(rows: Iterable[Value]) -> Expr:
    """Add any number of rows; none at all is 0. [their unit]"""
    found: Expr = NIL
    for row in rows:
        found = found + row
    return found


def power(base: Value, exponent: Value) -> Expr:
    """Return a positive ratio to any power. [ratio]"""
    return exp(log(base) * exponent)


def growth(rate: Value, years: Value) -> Expr:
    """Return (1 + rate) ** years. [ratio]

    Parameters
    ----------
    rate
        Yearly compounded. [1/year]
    years
        [year]
    """
    one_year = constant(1.0, YEAR)
    return power(1 + as_expr(rate) * one_year, as_expr(years) / one_year)


def discount(rate: Value, years: Value) -> Expr:
    """Return (1 + rate) ** -years. [ratio]"""
    return growth(rate, -as_expr(years))


def positive(x: Value) -> Expr:
    """Return x where it is above zero, else 0. [unit of x]"""
    return most(x, NIL)


def sum_back(x: Value, n: int) -> Expr:
    """Sum this period and the n - 1 before it, added up directly; nothing before the start. [unit of x]"""
    return sum_of(previous(x, k) for k in range(n))


def sum_ahead(x: Value, n: int) -> Expr:
    """Sum the n periods after this one, added up directly; nothing after the end. [unit of x]"""
    return sum_of(following(x, k) for k in range(1, n + 1))


def running_total(sheet: Sheet, name: str, x: Value, *, unit: Unit | None = None, source: str = "") -> Row:
    """Add the row `name`: the sum of x from the start up to and including this period. [unit of x]"""
    item = as_expr(x)
    return sheet.row(name, previous(sheet.ref(name, unit=unit or item.unit)) + item, unit=unit, source=source)


def smallest_so_far(sheet: Sheet, name: str, x: Value, *, unit: Unit | None = None, source: str = "") -> Row:
    """Add the row `name`: the smallest x from the start up to and including this period. [unit of x]"""
    item = as_expr(x)
    before = previous(sheet.ref(name, unit=unit or item.unit), first=item)
    return sheet.row(name, least(before, item), unit=unit, source=source)

"""Sums between payment dates, and ratios that do not apply everywhere.

A loan is paid quarterly on a grid that may be monthly, then quarterly. What falls between two payment dates is
collected in a window: it grows each period and starts again after a payment date.

    senior.cfads.window     cash flow since the last payment date
    senior.next1, next2     the first, second ... instalment still to come, as scheduled
"""

from __future__ import annotations

from ringfence.sheet import NIL, Expr, Row, Sheet, choose, constant, following, less_than, previous
from ringfence.units import RATIO, Unit


def add_window(sheet: Sheet, name: str, flow: Expr, due: Row, *, unit: Unit, label: str) -> Row:
    """Add the sum of `flow` since the last period in which `due` was 1, this period included.

    Parameters
    ----------
    sheet
        Sheet being built; gains row `name`.
    name
        Name of the row.
    flow
        Amount per period. [`unit`]
    due
        1 in the period of a payment date, else 0.
    unit
        Unit of the flow and of the window.
    label
        What is being collected.
    """
    before = previous(sheet.ref(name, unit=unit) * (1 - due), 1, first=NIL)
    return sheet.row(name, flow + before, unit=unit, label=f"{label} since the last payment date")


def add_last(sheet: Sheet, name: str, window: Row, due: Row, count: int, *, unit: Unit, label: str) -> Expr:
    """Sum of the last `count` payment windows, held until the next payment date. [`unit`]

    Adds rows ``<name>.last1`` ... ``<name>.last<count>``, each the window closed that many payment dates ago.
    """
    rows: list[Row] = []
    newest: Expr = window
    for k in range(1, count + 1):
        row_name = f"{name}.last{k}"
        held = previous(sheet.ref(row_name, unit=unit), 1, first=NIL)
        rows.append(sheet.row(row_name, choose(due, newest, held), unit=unit, label=f"{label}, window {k} back"))
        newest = previous(rows[-1], 1, first=NIL)
    out: Expr = rows[0]
    for row in rows[1:]:
        out = out + row
    return out


def add_next(
    sheet: Sheet, name: str, instalment: Row, due: Row, count: int, *, unit: Unit, label: str, looks_ahead: str = ""
) -> Expr:
    """Sum of the next `count` scheduled instalments after this period. [`unit`]

    Adds rows ``<name>.next1`` ... ``<name>.next<count>``. Reads the signed schedule, never what is paid.
    """
    rows: list[Row] = []
    for k in range(1, count + 1):
        row_name = f"{name}.next{k}"
        nearer: Expr = instalment if k == 1 else rows[-1]
        here = choose(due, nearer, sheet.ref(row_name, unit=unit))
        rows.append(
            sheet.row(
                row_name, following(here, 1, last=NIL), unit=unit, label=f"{label}, {k} ahead", looks_ahead=looks_ahead
            )
        )
    out: Expr = rows[0]
    for row in rows[1:]:
        out = out + row
    return out


def above_zero(x: Expr) -> Expr:
    """The flag: x is above zero."""
    return less_than(NIL, x)


def add_ratio(sheet: Sheet, name: str, top: Expr, bottom: Row, applies: Expr, *, label: str, source: str = "") -> Row:
    """Add a ratio and the 0/1 row ``<name>.applies``; where it does not apply the ratio is 0, never infinite.

    Returns
    -------
    Row
        Row `name`; its flag is ``sheet[name + ".applies"]``.
    """
    flag = sheet.row(f"{name}.applies", applies * above_zero(bottom), unit=RATIO, label=f"1 where {label} applies")
    return sheet.row(name, flag * top / choose(flag, bottom, constant(1.0, bottom.unit)), label=label, source=source)


def safe_ratio(top: Expr, bottom: Expr) -> Expr:
    """`top / bottom` where `bottom` is above zero, else 0."""
    ok = above_zero(bottom)
    return ok * top / choose(ok, bottom, constant(1.0, bottom.unit))

"""Rows over periods, as a terminal and a notebook show them: periods down, rows across."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.desk.table import Cell, Figure, Kind, Table

if TYPE_CHECKING:
    from ringfence.desk.session import Table as RowTable

ACROSS = 6
LONGEST = 16


def row_tables(rows: RowTable, periods: range | None = None) -> list[Table]:
    """Return the rows as tables of a few columns each, one-cell rows in a list of their own.

    Parameters
    ----------
    rows
        What :meth:`Result.rows` returned.
    periods
        Periods to show; all where it is left out.
    """
    names = list(rows)
    cells = [name for name in names if isinstance(rows[name], float)]
    lines = [name for name in names if name not in cells]
    chosen = periods if periods is not None else range(len(rows.labels))
    tables = [_cells(rows, cells)] if cells else []
    return tables + [_lines(rows, lines[k : k + ACROSS], chosen) for k in range(0, len(lines), ACROSS)]


def _cells(rows: RowTable, names: list[str]) -> Table:
    units = {n: rows.units.get(n, "") for n in names}
    body: list[tuple[Cell, ...]] = [(n, figure(rows[n], units[n], n), _unit(units[n])) for n in names]
    return Table("cells", "One value for all periods", ("row", "value", "unit"), tuple(body), left=frozenset({0, 2}))


def _lines(rows: RowTable, names: list[str], periods: range) -> Table:
    columns = [[figure(v, rows.units.get(n, ""), n) for v in rows.cells(n)] for n in names]
    body: list[tuple[Cell, ...]] = [(rows.labels[k], *(c[k] for c in columns)) for k in periods]
    units = [_unit(rows.units.get(n, "")) for n in names]
    if not _wide(names):
        return Table("rows", f"Rows in {', '.join(dict.fromkeys(units))}", ("period", *names), tuple(body))
    heads = ("period", *(f"[{k}]" for k in range(1, len(names) + 1)))
    keys = tuple(f"[{k}] {name}, {unit}" for k, (name, unit) in enumerate(zip(names, units, strict=True), 1))
    return Table("rows", "Rows", heads, tuple(body), notes=keys)


def _wide(names: list[str]) -> bool:
    return len(names) > 3 or sum(max(len(n), 12) + 2 for n in names) > 100


def _unit(unit: str) -> str:
    return "USD m" if unit == "USD" else unit


def figure(value: float | None, unit: str, name: str = "") -> Figure:
    """Return a value of a unit as a figure that prints itself.

    Parameters
    ----------
    value
        In base units, or None. [unit]
    unit
        Unit as text: ``USD``, ``1/year``, ``ratio``.
    name
        Name of the row or measure; tells covers (1.43x) from shares (70%).
    """
    return Figure(value, kind_of(unit, name))


def kind_of(unit: str, name: str = "") -> Kind:
    """Return how a figure of a unit is written.

    Parameters
    ----------
    unit, name
        Unit as text; name of the row or measure.
    """
    words = [] if name.endswith((".applies", ".count")) else name.split(".")
    if unit == "USD":
        return "usd_m"
    if unit == "1/year":
        return "percent"
    if unit == "year":
        return "years"
    if unit == "USD/GPU-h":
        return "price"
    if unit == "ratio" and any(w in ("dscr", "llcr", "plcr", "moic") for w in words):
        return "times"
    if unit == "ratio" and any(w in ("ltv", "share", "gearing") for w in words):
        return "percent"
    return "plain"


def table_text(rows: RowTable) -> str:
    """Return rows as text.

    Parameters
    ----------
    rows
        What :meth:`Result.rows` returned.
    """
    return "\n\n".join(map(str, row_tables(rows)))


def table_html(rows: RowTable) -> str:
    """Return rows as HTML.

    Parameters
    ----------
    rows
        What :meth:`Result.rows` returned.
    """
    return "".join(t._repr_html_() for t in row_tables(rows))

"""Cover year by year: the lowest DSCR of each loan in the year, its LTV on each resale curve at the end of it."""

from __future__ import annotations

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View


def cover_tables(view: View) -> list[Table]:
    """Return DSCR and LTV by year; years that read alike share a line."""
    loans = list(view.deal.of_type("loan"))
    covers = {x: _lowest(view, f"{x}.dscr") for x in loans}
    ltvs = {f"{x}, {c}": _at_end(view, f"{x}.ltv.{c}") for x in loans for c in _curves(view, x)}
    return [
        _table(view, "DSCR by year, lowest of the year", covers),
        _table(view, "LTV by year, at the end of the year", ltvs),
    ]


def _table(view: View, title: str, columns: dict[str, dict[str, Figure]]) -> Table:
    spans: list[tuple[str, str, list[Cell]]] = []
    for year in view.calendar():
        cells: list[Cell] = [column.get(year) for column in columns.values()]
        if not any(cells):
            continue
        if spans and _words(spans[-1][2]) == _words(cells):
            spans[-1] = (spans[-1][0], year, cells)
        else:
            spans.append((year, year, cells))
    rows = [(first if first == last else f"{first} to {last}", *cells) for first, last, cells in spans]
    return Table("cover", title, ("", *columns), tuple(rows))


def _words(cells: list[Cell]) -> list[str]:
    return [cell.text() if isinstance(cell, Figure) else "" for cell in cells]


def _curves(view: View, x: str) -> list[str]:
    names = [name.split(".") for name in view.result.measures]
    return [n[2] for n in names if len(n) == 4 and n[0] == x and n[1] == "ltv"]


def _lowest(view: View, name: str) -> dict[str, Figure]:
    values, low = view.line(name), dict[str, float]()
    for k in view.when(view.line(f"{name}.applies")):
        low[view.years[k]] = min(values[k], low.get(view.years[k], values[k]))
    return {year: Figure(value, "times") for year, value in low.items()}


def _at_end(view: View, name: str) -> dict[str, Figure]:
    ltv, flags = view.at_year_end(view.line(name)), view.at_year_end(view.line(f"{name}.applies"))
    return {year: Figure(value, "percent") for year, value in ltv.items() if flags[year] > 0.5}

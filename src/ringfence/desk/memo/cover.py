"""Cover year by year: the lowest DSCR of each loan in the year, its LTV on each resale curve at the end of it."""

from __future__ import annotations

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View


def cover_table(view: View) -> Table:
    """Return one row per calendar year in which a loan is tested or outstanding."""
    loans = list(view.deal.of_type("loan"))
    ltvs = [f"{x}.ltv.{c}" for x in loans for c in _curves(view, x)]
    covers = [f"{x}.dscr" for x in loans]
    columns = [_lowest(view, name) for name in covers] + [_at_end(view, name) for name in ltvs]
    heads = (
        "year",
        *(f"DSCR {x}" for x in loans),
        *(f"LTV {n.partition('.ltv.')[0]}, {n.rpartition('.')[2]}" for n in ltvs),
    )
    rows: list[tuple[Cell, ...]] = []
    for year in view.calendar():
        cells = [column.get(year) for column in columns]
        if any(cells):
            rows.append((year, *cells))
    title = "Cover by year (DSCR: lowest in the year; LTV: at the end of the year)"
    return Table("cover", title, heads, tuple(rows))


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

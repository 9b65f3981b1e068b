"""Every cell of the book: its formula, the value it shows, and how it looks.

``cells(layout, values)`` is read twice: by the writer, which puts formula and value into the file, and by the proof,
which recalculates the file elsewhere and compares each formula cell with the value a fresh run gives it here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ringfence.run.result import Run
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import style
from ringfence.run.workbook.expanded import Expanded
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, TOTAL, UNIT, Grid, Item, Layout
from ringfence.run.workbook.meaning import excel, filled, mark
from ringfence.run.workbook.names import name_of
from ringfence.run.workbook.ranges import all_hold
from ringfence.run.workbook.style import Style
from ringfence.sheet.row import Row

#: Column from 0, formula or None, value, style.
Cell = tuple[int, str | None, Any, Style]
#: Excel row from 1, cells from left to right.
Line = tuple[int, list[Cell]]
Values = Mapping[str, Any]

HEADS = ((LABEL, "label"), (NAME, "row"), (UNIT, "unit"), (CONSTANT, "constant"), (TOTAL, "total"))


def values_of(expanded: Expanded, run: Run) -> dict[str, Any]:
    """Every row, input and table of a run of an expanded sheet.

    Parameters
    ----------
    expanded
        The sheet that was run.
    run
        Its run.
    """
    found: dict[str, Any] = {row.name: row.value for row in expanded.sheet if row.is_input}
    found.update({name: value for name, value in run.inputs.items()})
    found.update(run.values)
    return found


class Place:
    """Where rows stand, seen from one page; what ``meaning.excel`` asks."""

    def __init__(self, out: Layout, grid: Grid) -> None:
        self.out = out
        self.grid = grid
        self.periods = out.periods

    def is_cell(self, row: Row) -> bool:
        """Whether a row is one cell."""
        return self.out.expanded.is_cell(row)

    def line(self, name: str) -> int:
        """Excel row of a line on this page."""
        return lay.CLOCK[name] if name in lay.CLOCK else self.grid.at[name]

    def cell(self, name: str) -> str:
        """Absolute reference of a one-cell row."""
        return f"$D${self.grid.at[name]}"

    def span(self, name: str) -> str:
        """Absolute reference of all periods of a line."""
        return self.out.span(self.line(name))

    def table(self, name: str) -> str:
        """Prefix of the names of a table."""
        return name_of("tab", name)


def grid_lines(out: Layout, grid: Grid, values: Values) -> Iterator[Line]:
    """Rows of a page with periods, below its header.

    Parameters
    ----------
    out
        The book, laid out.
    grid
        The page.
    values
        From :func:`values_of`.
    """
    place = Place(out, grid)
    corkscrew_ends = {account.closing.name for account in out.expanded.origin.corkscrews.values()}
    for item in grid.items:
        if item.kind == "section":
            yield item.at, _section(item.text, out.source)
        else:
            yield item.at, _row(out, grid, place, item, values, item.name in corkscrew_ends)


def _section(title: str, last: int) -> list[Cell]:
    band: Style = ("section", "")
    return [(LABEL, None, title, band), *[(column, None, "", band) for column in range(1, last + 1)]]


def _row(out: Layout, grid: Grid, place: Place, item: Item, values: Values, closing: bool) -> list[Cell]:
    row = out.expanded.sheet[item.name]
    step = item.name in out.expanded.owner
    role = "link" if item.kind == "link" else "step" if step else "closing" if closing else "calc"
    shown = {"link": "label_link", "step": "label_step", "closing": "label_closing"}.get(role, "label")
    number = style.number_format(row.unit, flag=_is_flag(row))
    cells: list[Cell] = [
        (LABEL, None, label_of(row), (shown, "")),
        (NAME, None, item.name, ("name", "")),
        (UNIT, None, style.unit_text(row.unit), ("unit", "")),
    ]
    if place.is_cell(row):
        formula = _link_cell(out, item.name) if item.kind == "link" else f"={excel(_expr(row), place)}"
        cells.append((CONSTANT, formula, values[item.name], (role, number)))
    else:
        cells += _line(out, grid, place, item, row, values, (role, number))
    cells.append((out.source, None, row.source, ("source", "")))
    return cells


def _line(out: Layout, grid: Grid, place: Place, item: Item, row: Row, values: Values, look: Style) -> Iterator[Cell]:
    shown = _spread(values[item.name], out.periods)
    if item.name in out.brief.flows and item.kind == "row":
        yield TOTAL, f"=SUM({out.span(item.at)})", float(np.sum(shown)), ("total", look[1])
    back, ahead = grid.pads.get(item.name, (0, 0))
    for column in range(out.first - back, out.first):
        yield column, None, 0.0, ("pad", "0")
    formulas: list[str] | list[None]
    if row.kind == "series" and item.kind == "row":
        look = ("locked" if out.fixed(item.name) else "input", look[1])
        formulas = [None] * out.periods
    else:
        text = _link_line(out, item.name) if item.kind == "link" else f"={excel(_expr(row), place)}"
        formulas = filled(text, out.columns, out.first, out.periods)
    for column, formula, value in zip(range(out.first, out.first + out.periods), formulas, shown, strict=True):
        yield column, formula, value, look
    for column in range(out.first + out.periods, out.first + out.periods + ahead):
        yield column, None, 0.0, ("pad", "0")


def view_line(out: Layout, name: str, at: int, values: Values) -> list[Cell]:
    """A row of another page shown on a view.

    Parameters
    ----------
    out, values
        As for :func:`grid_lines`.
    name
        The row.
    at
        Excel row on the view.
    """
    row = out.expanded.sheet[name]
    number = style.number_format(row.unit, flag=_is_flag(row))
    cells: list[Cell] = [
        (LABEL, None, label_of(row), ("label", "")),
        (NAME, None, name, ("name", "")),
        (UNIT, None, style.unit_text(row.unit), ("unit", "")),
    ]
    if out.expanded.is_cell(row):
        return [*cells, (CONSTANT, f"={home_cell(out, name)}", values[name], ("link", number))]
    shown = _spread(values[name], out.periods)
    if name in out.brief.flows:
        cells.append((TOTAL, f"=SUM({out.span(at)})", float(np.sum(shown)), ("total", number)))
    formulas = filled(_link_line(out, name), out.columns, out.first, out.periods)
    for k, (formula, value) in enumerate(zip(formulas, shown, strict=True)):
        cells.append((out.first + k, formula, value, ("link", number)))
    return cells


def _expr(row: Row) -> Any:
    assert row.expr is not None
    return row.expr


def _spread(value: Any, periods: int) -> list[float]:
    if isinstance(value, (int, float)):
        return [float(value)] * periods
    found: list[float] = np.asarray(value, dtype=np.float64).tolist()
    return found


def _link_cell(out: Layout, name: str) -> str:
    return f"={home_cell(out, name)}"


def _link_line(out: Layout, name: str) -> str:
    tab = out.home[name]
    return f"={quoted(tab)}!{mark(0, out.grids[tab].at[name])}"


def home_cell(out: Layout, name: str) -> str:
    """Reference of a one-cell row where it is computed, with its page.

    Parameters
    ----------
    out
        The book, laid out.
    name
        The row.
    """
    tab = out.home[name]
    at = out.input_at[name] if tab == lay.INPUTS else out.grids[tab].at[name]
    return f"{quoted(tab)}!$D${at}"


def home_span(out: Layout, name: str) -> str:
    """All periods of a line where it is computed, with its page.

    Parameters
    ----------
    out, name
        As for :func:`home_cell`.
    """
    tab = out.home[name]
    return f"{quoted(tab)}!{out.span(out.grids[tab].at[name])}"


def quoted(tab: str) -> str:
    """Write the name of a page as a formula needs it.

    Parameters
    ----------
    tab
        Name on the tab.
    """
    return tab if tab.isalpha() and len(tab) > 3 else f"'{tab}'"


def label_of(row: Row) -> str:
    """Words of a row, or its name.

    Parameters
    ----------
    row
        Any row.
    """
    return row.label or row.name.rsplit(".", 1)[-1].replace("_", " ")


def _is_flag(row: Row) -> bool:
    """Whether a row is 0 or 1 by its formula."""
    return row.expr is not None and _flag(row.expr, 20)


def _flag(expr: Any, deep: int) -> bool:
    if expr.op in ("less_than", "at_most", "equal"):
        return True
    if deep == 0:
        return False
    if expr.op == "row":
        return expr.expr is not None and _flag(expr.expr, deep - 1)
    if expr.op in ("least", "most", "mul"):
        return all(_flag(arg, deep - 1) or _digit(arg) for arg in expr.args)
    if expr.op == "choose":
        return all(_flag(arg, deep - 1) or _digit(arg) for arg in expr.args[1:])
    return expr.op == "sub" and _digit(expr.args[0]) and expr.args[0].param == 1 and _flag(expr.args[1], deep - 1)


def _digit(expr: Any) -> bool:
    return expr.op == "const" and expr.param in (0.0, 1.0)


def header(out: Layout, grid: Grid, values: Values) -> Iterator[Line]:
    """Header of a page with periods: title, master check, the calendar.

    Parameters
    ----------
    out, grid, values
        As for :func:`grid_lines`.
    """
    own = grid.tab == lay.TIMELINE
    yield lay.TITLE_ROW, [(LABEL, None, grid.title, ("title", ""))]
    yield lay.CHECK_ROW, check_line(out, values)
    years = [float(day.year) for day in out.brief.ends]
    index = [float(k) for k in range(out.periods)]
    rows: list[tuple[int, str, str, Any, str]] = [
        (lay.LABEL_ROW, "period", "", out.brief.labels, ""),
        (lay.END_ROW, "last day", "", out.brief.ends, style.DAY),
        (lay.INDEX_ROW, "number of the period", "period.index", values.get("period.index", index), "0"),
        (lay.YEAR_ROW, "calendar year", "", years, "0"),
        (lay.OPEN_ROW, "start, months since close", "period.start", values.get("period.start"), "0.##"),
        (lay.CLOSE_ROW, "end, months since close", "period.end", values.get("period.end"), "0.##"),
    ]
    for at, words, name, shown, number in rows:
        heads: list[Cell] = [(column, None, "", ("clock", "")) for column in range(1, out.first)]
        if at == lay.LABEL_ROW:
            left = ("row", "unit")
            heads = [(column, None, head, ("head_left" if head in left else "head", "")) for column, head in HEADS[1:]]
            heads += [(column, None, "", ("clock", "")) for column in range(TOTAL + 1, out.first)]
        elif name:
            heads[NAME - 1] = (NAME, None, name, ("head_name", ""))
        cells = [(LABEL, None, words, ("head_left", "")), *heads]
        if shown is not None:
            cells += _header_cells(out, at, list(shown), number, own)
        last = out.first + out.periods
        cells += [(column, None, "", ("clock", "")) for column in range(last, out.source)]
        cells.append((out.source, None, "source" if at == lay.LABEL_ROW else "", ("head_left", "")))
        yield at, cells


def _header_cells(out: Layout, at: int, shown: list[Any], number: str, own: bool) -> Iterator[Cell]:
    look: Style = ("head" if at == lay.LABEL_ROW else "clock", number)
    formulas: list[Any] = [None] * out.periods
    if not own:
        formulas = filled(f"={lay.TIMELINE}!{mark(0, at)}", out.columns, out.first, out.periods)
    for k, (formula, value) in enumerate(zip(formulas, shown, strict=True)):
        yield out.first + k, formula, value, look


def check_line(out: Layout, values: Values) -> list[Cell]:
    """The second line of every page: the deal, and whether all checks pass.

    Parameters
    ----------
    out, values
        As for :func:`grid_lines`.
    """
    return [
        (LABEL, None, out.brief.title, ("subtitle", "")),
        (CONSTANT, "=rf_checks", master(out, values), ("check", style.MASTER)),
    ]


def master(out: Layout, values: Values) -> float:
    """1 if every check of the book passes.

    Parameters
    ----------
    out, values
        As for :func:`grid_lines`.
    """
    oks = [values[f"check:{test.name}.ok"] for test in out.expanded.checks]
    oks += [values[f"{start.removesuffix('.start')}.ok"] for start in out.expanded.starts]
    return float(min([*oks, all_hold(out.brief.ranges, values)]))

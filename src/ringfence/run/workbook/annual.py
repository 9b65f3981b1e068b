"""By calendar year: the lines an investment committee reads, and native charts over them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import style
from ringfence.run.workbook.cells import Cell, Line, Values, check_line, home_span
from ringfence.run.workbook.layout import LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.run.workbook.pages import AnnualLine

ANNUAL, CHARTS = "Annual", "Charts"
ROWS_A_CHART = 22
FIRST = PADDING + 1
COLOURS = ("#14284B", "#C98A1B", "#3F7CAC", "#8A9A5B", "#A23B3B", "#6C6F93")
DASHES = ("solid", "dash", "square_dot", "long_dash")


def years(out: Layout) -> list[int]:
    """Calendar years of the deal."""
    return sorted({day.year for day in out.brief.ends})


def places(out: Layout) -> dict[str, int]:
    """Excel row of each annual line, by label."""
    found: dict[str, int] = {}
    at = lay.HEAD
    for _, lines in out.brief.annual:
        at += 1
        for line in lines:
            at += 1
            found[line.label] = at
        at += 1
    return found


def annual(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the annual page.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    yield lay.TITLE_ROW, [(LABEL, None, "By calendar year", ("title", ""))]
    yield lay.CHECK_ROW, check_line(out, values)
    names = {LABEL: "year to 31 December", NAME: "row", UNIT: "unit", TOTAL: "total"}
    look = {TOTAL: "head"}
    head: list[Cell] = [(k, None, names.get(k, ""), (look.get(k, "head_left"), "")) for k in range(FIRST)]
    yield lay.HEAD, head + [(FIRST + k, None, float(year), ("head", "0")) for k, year in enumerate(years(out))]
    at = places(out)
    for title, lines in out.brief.annual:
        width = FIRST + len(years(out))
        band: list[Cell] = [(c, None, title if c == LABEL else "", ("section", "")) for c in range(width)]
        yield at[lines[0].label] - 1, band
        for line in lines:
            yield at[line.label], _line(out, line, at[line.label], values)


def _line(out: Layout, line: AnnualLine, at: int, values: Values) -> list[Cell]:
    unit = out.expanded.sheet[line.row].unit
    number = style.number_format(unit)
    shown = yearly(out, line, values)
    span, year = home_span(out, line.row), f"{lay.TIMELINE}!{out.span(lay.YEAR_ROW)}"
    cells: list[Cell] = [
        (LABEL, None, line.label, ("label", "")),
        (NAME, None, line.row, ("name", "")),
        (UNIT, None, style.unit_text(unit), ("unit", "")),
    ]
    if line.how == "total":
        last = out.columns[FIRST + len(shown) - 1]
        total = f"=SUM(${out.columns[FIRST]}${at}:${last}${at})"
        cells.append((TOTAL, total, float(np.sum(shown)), ("total", number)))
    for k, value in enumerate(shown):
        asked = f"{year},{out.columns[FIRST + k]}${lay.HEAD}"
        if line.how == "total":
            formula = f"=SUMIFS({span},{asked})"
        elif line.how == "end":
            index = f"{lay.TIMELINE}!{out.span(lay.INDEX_ROW)}"
            formula = f"=SUMIFS({span},{index},_xlfn.MAXIFS({index},{asked}))"
        else:
            applies = f',{home_span(out, line.applies)},">"&rf_half' if line.applies else ""
            formula = f"=_xlfn.MINIFS({span},{asked}{applies})"
        cells.append((FIRST + k, formula, float(value), ("calc", number)))
    return cells


def yearly(out: Layout, line: AnnualLine, values: Values) -> list[float]:
    """Numbers of an annual line, one a year.

    Parameters
    ----------
    out, values
        The book and its numbers.
    line
        Which.
    """
    shown = np.asarray(values[line.row], dtype=np.float64)
    year = np.array([day.year for day in out.brief.ends])
    applies = np.asarray(values[line.applies]) > 0.5 if line.applies else np.ones(out.periods, dtype=bool)
    found = []
    for each in years(out):
        inside = shown[year == each]
        counted = shown[(year == each) & applies]
        if line.how == "total":
            found.append(float(inside.sum()))
        elif line.how == "end":
            found.append(float(inside[-1]))
        else:
            found.append(float(counted.min()) if counted.size else 0.0)
    return found


def charts(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the page of charts: its title and the master check.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    yield lay.TITLE_ROW, [(LABEL, None, "Charts, by calendar year", ("title", ""))]
    yield lay.CHECK_ROW, check_line(out, values)


def dress(sheets: dict[str, Any], out: Layout) -> None:
    """Set widths and the print area of the annual page.

    Parameters
    ----------
    sheets
        Of the file.
    out
        The book, laid out.
    """
    if not out.brief.annual:
        return
    sheet, count = sheets[ANNUAL], len(years(out))
    for column, width in ((LABEL, 46), (NAME, 30), (UNIT, 11), (3, 15), (TOTAL, 15), (PADDING, 2.5)):
        sheet.set_column(column, column, width)
    sheet.set_column(FIRST, FIRST + count - 1, 11)
    sheet.print_area(0, 0, max(places(out).values()) - 1, FIRST + count - 1)
    sheet.fit_to_pages(1, 0)


def add_charts(book: Any, sheets: dict[str, Any], out: Layout) -> None:
    """Put the charts on their page, two beside each other.

    Parameters
    ----------
    book, sheets
        Of the file.
    out
        The book, laid out.
    """
    if not out.brief.annual:
        return
    at, sheet = places(out), sheets[CHARTS]
    for k, chart in enumerate(out.brief.charts):
        made = _chart(book, out, chart, at, len(years(out)))
        place = {"x_offset": 10 + (k % 2) * 720, "object_position": 3}
        sheet.insert_chart(lay.HEAD - 1 + (k // 2) * ROWS_A_CHART, LABEL, made, place)
    sheet.set_portrait()
    rows = lay.HEAD + ((len(out.brief.charts) + 1) // 2) * ROWS_A_CHART
    sheet.print_area(0, 0, rows, PADDING + 9)
    sheet.fit_to_pages(1, 0)


def _chart(book: Any, out: Layout, chart: Any, at: dict[str, int], count: int) -> Any:
    stacked = {"subtype": "stacked"} if chart.kind == "stacked" else {}
    small = {"size": 9, "bold": False}
    columns = book.add_chart({"type": "column", **stacked})
    for k, label in enumerate(chart.columns):
        columns.add_series({**_series(label, at, count), "fill": {"color": COLOURS[k % 6]}, "gap": 60})
    if chart.lines:
        lines = book.add_chart({"type": "line"})
        for k, label in enumerate(chart.lines):
            colour = COLOURS[(len(chart.columns) + k + 2) % 6]
            pen = {"none": True} if chart.second else {"color": colour, "width": 2.25, "dash_type": DASHES[k % 4]}
            dot = {"type": "diamond", "size": 9, "fill": {"color": colour}, "border": {"color": "#FFFFFF"}}
            series = {**_series(label, at, count), "line": pen, "marker": dot, "y2_axis": chart.second}
            lines.add_series(series)
        columns.combine(lines)
        if chart.second:
            lines.set_y2_axis(
                {"name": "DSCR", "name_font": small, "num_format": "0.00", "num_font": {"size": 9}, "min": 0.5}
            )
    columns.set_title({"name": chart.title, "name_font": {"size": 12, "color": style.NAVY}, "overlay": False})
    columns.set_y_axis(
        {
            "name": chart.unit,
            "name_font": small,
            "num_format": "#,##0,," if chart.unit == "USD m" else "0.00",
            "num_font": {"size": 9},
            "major_gridlines": {"visible": True, "line": {"color": style.RULE, "width": 0.5}},
        }
    )
    columns.set_x_axis({"num_font": {"size": 9, "rotation": -45}, "label_position": "low"})
    columns.set_legend({"position": "bottom", "font": {"size": 9}})
    columns.set_size({"width": 700, "height": 400})
    return columns


def _series(label: str, at: dict[str, int], count: int) -> dict[str, Any]:
    row = at[label] - 1
    return {
        "name": [ANNUAL, row, LABEL],
        "categories": [ANNUAL, lay.HEAD - 1, FIRST, lay.HEAD - 1, FIRST + count - 1],
        "values": [ANNUAL, row, FIRST, row, FIRST + count - 1],
    }

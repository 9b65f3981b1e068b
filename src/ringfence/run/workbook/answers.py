"""The pages that answer: checks apart from alerts, key figures, and the figures of every scenario."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import style
from ringfence.run.workbook.cells import Cell, Line, Values, home_cell, label_of, master
from ringfence.run.workbook.front import BASE, KEY, band, heading, held
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.run.workbook.ranges import all_hold
from ringfence.run.workbook.verdicts import Test

SCENARIOS, IN_RANGE = "Scenarios", "inputs within their range"
#: Widths of the columns of these pages from the padding on.
WIDTHS = {lay.CHECKS: (2.5, 17, 17, 17), KEY: (2.5, 60), SCENARIOS: (2.5, 17)}


def checks(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the Checks page: laws of the model, then news about the deal, apart.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    heads = {LABEL: "check", NAME: "row", UNIT: "unit", CONSTANT: "result", TOTAL: "largest residual"}
    heads |= {BASE: "cells as written", BASE + 1: "their sum", BASE + 2: "sum of squares"}
    yield from heading(out, "Checks and alerts", heads, values, 9)
    yield lay.HEAD + 1, band("Checks: a failed check means a wrong model", 9)
    first = at = lay.HEAD + 2
    for cells in (*_laws(out, values), *_as_written(out, values, at + len(list(_checked(out))))):
        yield at, cells
        at += 1
    everything = f"=MIN($D${first}:$D${at - 1})"
    yield (
        at,
        [
            (LABEL, None, "All checks", ("strong", "")),
            (CONSTANT, everything, master(out, values), ("check", style.MASTER)),
        ],
    )
    at += 2
    alerts = band("Alerts: the model is right, and this is news about the deal", 9)
    alerts[CONSTANT] = (CONSTANT, None, "periods", ("section_right", ""))
    alerts[TOTAL] = (TOTAL, None, "first in", ("section_right", ""))
    yield at, alerts
    for k, test in enumerate(out.expanded.alerts, start=at + 1):
        yield k, _alert(out, values, test, k)


def _laws(out: Layout, values: Values) -> Iterator[list[Cell]]:
    """One line a law of the model: whether it holds, and its largest residual."""
    for label, name, unit, ok, worst in _checked(out):
        yield [
            (LABEL, None, label, ("label", "")),
            (NAME, None, name, ("name", "")),
            (UNIT, None, unit, ("unit", "")),
            (CONSTANT, f"={home_cell(out, ok)}", values[ok], ("link", style.PASS)),
            (TOTAL, f"={home_cell(out, worst)}", values[worst], ("link", style.RESIDUAL)),
        ]


def _as_written(out: Layout, values: Values, at: int) -> Iterator[list[Cell]]:
    """One line a block of structural cells, and one for the ranges of inputs."""
    for label, formula, prints in _unchanged(out, values, at):
        passes = all_hold(out.brief.ranges, values) if label == IN_RANGE else 1.0
        cells: list[Cell] = [(LABEL, None, label, ("label", "")), (CONSTANT, formula, passes, ("calc", style.PASS))]
        cells += [(BASE + k, None, number, ("locked", "#,##0.0###")) for k, number in enumerate(prints)]
        yield cells


def _alert(out: Layout, values: Values, test: Test, at: int) -> list[Cell]:
    """One line an alert: in how many periods, and the first of them."""
    count, start = f"alert:{test.name}.count", f"alert:{test.name}.first"
    clock = f"{lay.TIMELINE}!{out.span(lay.INDEX_ROW)},{lay.TIMELINE}!{out.span(lay.LABEL_ROW)}"
    rings, when = float(values[count]), int(values[start])
    words = out.brief.labels[when] if rings > 0 and when < out.periods else ""
    return [
        (LABEL, None, test.label, ("label", "")),
        (NAME, None, test.row, ("name", "")),
        (UNIT, None, "periods", ("unit", "")),
        (CONSTANT, f"={home_cell(out, count)}", rings, ("link", style.FLAG)),
        (TOTAL, f'=IF($D{at}>0,LOOKUP({home_cell(out, start)},{clock}),"")', words, ("right", "")),
    ]


def check_count(out: Layout) -> int:
    """Number of lines between the head of the Checks page and its master check."""
    return len(list(_checked(out))) + len(_structural(out))


def _checked(out: Layout) -> Iterator[tuple[str, str, str, str, str]]:
    for test in out.expanded.checks:
        unit = str(out.expanded.sheet[test.row].unit)
        yield test.label, test.row, unit, f"check:{test.name}.ok", f"check:{test.name}.worst"
    for start, measure in out.expanded.starts.items():
        base = start.removesuffix(".start")
        yield f"the search for {measure} closed", measure, "ratio", f"{base}.ok", f"{base}.left"


def _structural(out: Layout) -> list[tuple[str, str, str]]:
    """Blocks of structural cells: label, page, span."""
    rows = out.inputs[-1][1]
    span = f"$E${out.input_at[rows[0]]}:$E${out.input_at[rows[-1]]}"
    found = [("numbers of the model as written", lay.INPUTS, span)]
    if out.brief.ranges:
        tested = [out.input_at[name] for name in out.brief.ranges]
        found.append((IN_RANGE, lay.INPUTS, f"$E${min(tested)}:$E${max(tested)}"))
    grid = out.grids[lay.TIMELINE]
    first, last = out.columns[out.first], out.columns[out.first + out.periods - 1]
    found.append(("timeline as written", lay.TIMELINE, f"${first}${lay.INDEX_ROW}:${last}${grid.last}"))
    for name, (top, bottom) in out.tables.items():
        if out.fixed(name):
            found.append((f"table {name} as written", lay.TABLES, f"$D${top}:$E${bottom}"))
    return found


def _unchanged(out: Layout, values: Values, at: int) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """One line a structural block: label, formula, and the fingerprint it is compared with.

    The numbers of the model stand beside a copy of themselves; of a long block, count, sum and sum of squares are kept.
    """
    for k, (label, tab, block) in enumerate(_structural(out)):
        span, row = f"{tab}!{block}", at + k
        if tab == lay.INPUTS:
            yield label, f"=MIN({span})", ()
            continue
        numbers = np.array(_numbers(out, tab, block, values), dtype=np.float64)
        formula = (
            f"=IF(COUNT({span})=$G{row},IF(ABS(SUM({span})-$H{row})<=rf_same*ABS($H{row}),"
            f"IF(ABS(SUMSQ({span})-$I{row})<=rf_same*$I{row},1,0),0),0)"
        )
        yield label, formula, (float(numbers.size), float(numbers.sum()), float((numbers**2).sum()))


def _numbers(out: Layout, tab: str, span: str, values: Values) -> list[float]:
    if tab == lay.TABLES:
        name = next(n for n, (top, _) in out.tables.items() if span.startswith(f"$D${top}:"))
        xs, ys = values[name]
        return [*map(float, xs), *map(float, ys)]
    from ringfence.run.workbook.cells import grid_lines, header

    grid = out.grids[lay.TIMELINE]
    lines = [*header(out, grid, values), *grid_lines(out, grid, values)]
    inside = range(out.first, out.first + out.periods)
    return [
        float(cell[2])
        for at, cells in lines
        if at >= lay.INDEX_ROW
        for cell in cells
        if cell[0] in inside and isinstance(cell[2], float)
    ]


def key_figures(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the page of key figures: each measure, and whether it applies.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    sheet = out.expanded.sheet
    heads = {LABEL: "figure", NAME: "measure", UNIT: "unit", CONSTANT: "value", TOTAL: "applies"}
    yield from heading(out, "Key figures", heads, values, BASE + 2)
    at = lay.HEAD
    for section in out.brief.key_figures:
        at += 1
        yield at, band(section.title, BASE + 2)
        for name in section.rows:
            at += 1
            row = sheet[f"measure:{name}"]
            cells: list[Cell] = [
                (LABEL, None, label_of(row), ("label", "")),
                (NAME, None, name, ("name", "")),
                (UNIT, None, style.unit_text(row.unit), ("unit", "")),
                (CONSTANT, f"={home_cell(out, row.name)}", values[row.name], ("link", style.number_format(row.unit))),
            ]
            cells += _whether(out, row.name, values)
            cells.append((PADDING + 1, None, row.source, ("source", "")))
            yield at, cells
        at += 1


def _whether(out: Layout, name: str, values: Values) -> list[Cell]:
    """The flag beside a figure that does not always apply; none where it does."""
    flag = next((f for f in (f"{name}.found", f"{name}.applies") if f in out.expanded.sheet), None)
    if flag is None:
        return []
    return [(TOTAL, f"={home_cell(out, flag)}", values[flag], ("link", '"yes";"yes";"n/a"'))]


def scenarios(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the page of scenarios: each figure live, and as it was under every scenario when the book was written.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    known = out.brief.scenarios
    width = BASE + 1 + len(known)
    heads = {LABEL: "figure", NAME: "measure", UNIT: "unit", CONSTANT: "in use", TOTAL: "applies", BASE: "as agreed"}
    heads |= {BASE + k: scenario.name for k, scenario in enumerate(known, start=1)}
    yield from heading(out, "Scenarios", heads, values, width)
    at = lay.HEAD + 1
    kinds = [*(scenario.name for scenario in held(out))]
    yield at, _kinds(out, kinds, width)
    sheet = out.expanded.sheet
    for section in out.brief.key_figures:
        at += 1
        yield at, band(section.title, width)
        for name in section.rows:
            at += 1
            row = sheet[f"measure:{name}"]
            number = style.number_format(row.unit)
            cells: list[Cell] = [
                (LABEL, None, label_of(row), ("label", "")),
                (NAME, None, name, ("name", "")),
                (UNIT, None, style.unit_text(row.unit), ("unit", "")),
                (CONSTANT, f"={home_cell(out, row.name)}", values[row.name], ("link", number)),
            ]
            cells += _whether(out, row.name, values)
            for k, figures in enumerate([out.brief.figures, *(scenario.figures for scenario in known)]):
                if name in figures:
                    value = figures[name]
                    cells.append((BASE + k, None, "n/a" if value is None else value, ("past", number)))
            yield at, cells
        at += 1


def _kinds(out: Layout, kinds: list[str], width: int) -> list[Cell]:
    """The line under the heads: which number chooses a scenario, or that it needs a book of its own."""
    cells = band("grey: computed by ringfence when this book was written, and not recalculated here", width)
    cells[CONSTANT] = (CONSTANT, "=rf_scenario", 1.0, ("section_right", "0"))
    cells[BASE] = (BASE, None, 1.0, ("section_right", "0"))
    for k, scenario in enumerate(out.brief.scenarios, start=1):
        number = float(kinds.index(scenario.name) + 2) if scenario.name in kinds else "own book"
        cells[BASE + k] = (BASE + k, None, number, ("section_right", "0"))
    return cells


def dress(out: Layout, sheet: Any, tab: str, last: int) -> None:
    """Set widths and the print area of a page of answers.

    Parameters
    ----------
    out
        The book, laid out.
    sheet
        Of the file.
    tab
        Which page.
    last
        Last row used.
    """
    widths = WIDTHS[tab] + (17,) * (len(out.brief.scenarios) if tab == SCENARIOS else 0)
    for column, width in enumerate(widths, start=PADDING):
        sheet.set_column(column, column, width)
    sheet.print_area(0, 0, last - 1, PADDING + len(widths) - 1)
    sheet.fit_to_pages(1, 0)

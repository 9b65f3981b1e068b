"""The pages a reader opens first: inputs, tables, checks and key figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import style
from ringfence.run.workbook.cells import Cell, Line, Values, check_line, home_cell, label_of, master, view_line
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.sheet.row import Row

KEY = "Key figures"
#: First column of what is typed: the deal as agreed, then a column for each scenario the book holds.
BASE = PADDING + 1
SCENARIO_ROW, SCENARIO_NAME_ROW = lay.HEAD + 2, lay.HEAD + 3


def held(out: Layout) -> list[Any]:
    """Scenarios the book holds."""
    return [scenario for scenario in out.brief.scenarios if not scenario.refused]


def heading(out: Layout, title: str, heads: dict[int, str], values: Values, width: int) -> Iterator[Line]:
    """Title, master check and column heads of a page without periods.

    Parameters
    ----------
    out, values
        The book and its numbers.
    title
        Of the page.
    heads
        Column -> head.
    width
        Number of columns of the head's band.
    """
    yield lay.TITLE_ROW, [(LABEL, None, title, ("title", ""))]
    yield lay.CHECK_ROW, check_line(out, values)
    right = {"in use", "value", "result", "value in use", "at", "slope", "largest residual", "as agreed", "applies"}
    band: list[Cell] = [
        (column, None, heads.get(column, ""), ("head" if heads.get(column) in right else "head_left", ""))
        for column in range(width)
    ]
    yield lay.HEAD, band


def inputs(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the Inputs page: one scalar a row, the value in use, the deal as agreed, the scenarios.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    scenarios = held(out)
    names = ["as agreed", *[s.name for s in scenarios]]
    end = BASE + len(names)
    heads = {LABEL: "label", NAME: "row", UNIT: "unit", CONSTANT: "in use", end: "kind", end + 1: "source"}
    heads.update({BASE + k: name for k, name in enumerate(names)})
    yield from heading(out, "Inputs", heads, values, end + 2)
    yield lay.HEAD + 1, _band("Scenario in use", end + 2)
    yield (
        SCENARIO_ROW,
        [
            (LABEL, None, "scenario, by number", ("label", "")),
            (CONSTANT, None, 1.0, ("input", "0")),
            (BASE, None, "1 as agreed; the columns to the right hold the others", ("name", "")),
        ],
    )
    picks = ",".join(f"${out.columns[BASE + k]}${lay.HEAD}" for k in range(len(names)))
    yield (
        SCENARIO_NAME_ROW,
        [
            (LABEL, None, "its name", ("label", "")),
            (CONSTANT, f"=CHOOSE(rf_scenario,{picks})", "as agreed", ("calc", "")),
        ],
    )
    for title, rows in out.inputs:
        yield out.input_at[rows[0]] - 1, _band(title, end + 2)
        for name in rows:
            yield out.input_at[name], list(_input(out, out.expanded.sheet[name], values, scenarios, end))


def _input(out: Layout, row: Row, values: Values, scenarios: list[Any], end: int) -> Iterator[Cell]:
    at, value = out.input_at[row.name], float(values[row.name])
    number = style.written_format(row.unit, value)
    fixed = out.fixed(row.name)
    yield LABEL, None, label_of(row), ("label", "")
    yield NAME, None, row.name, ("name", "")
    yield UNIT, None, style.unit_text(row.unit, full=True), ("unit", "")
    if fixed:
        yield CONSTANT, None, value, ("locked", number)
        yield TOTAL, f"=IF($D{at}=${out.columns[BASE]}{at},1,0)", 1.0, ("calc", style.UNCHANGED)
        yield BASE, None, value, ("locked", number)
    else:
        picks = ",".join(f"${out.columns[BASE + k]}{at}" for k in range(1 + len(scenarios)))
        yield CONSTANT, f"=CHOOSE(rf_scenario,{picks})", value, ("calc", number)
        role = "solved" if row.name in out.expanded.origin.solved_inputs else "input"
        yield BASE, None, value, (role, number)
        for k, scenario in enumerate(scenarios, start=1):
            if row.name in scenario.inputs:
                yield BASE + k, None, float(scenario.inputs[row.name]), ("input", number)
            else:
                yield BASE + k, f"=${out.columns[BASE]}{at}", value, ("calc", number)
    kind = "structural" if fixed else "start" if row.name in out.expanded.starts else "live"
    yield end, None, kind, ("kind", "")
    source = row.source or out.brief.structural.get(row.name, "")
    yield end + 1, None, source, ("source", "")


def _band(title: str, width: int) -> list[Cell]:
    return [(column, None, title if column == LABEL else "", ("section", "")) for column in range(width)]


def tables(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the Tables page: knots, values and slopes, one below the other.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    scenarios = held(out)
    end = BASE + 1 + len(scenarios)
    heads = {LABEL: "table", NAME: "row", UNIT: "unit", CONSTANT: "value in use", TOTAL: "at", PADDING: "slope"}
    heads.update({BASE + k: name for k, name in enumerate(["as agreed", *[s.name for s in scenarios]])})
    heads.update({end: "kind", end + 1: "source"})
    yield from heading(out, "Tables", heads, values, end + 2)
    for name, (first, last) in out.tables.items():
        row = out.expanded.sheet[name]
        yield first - 1, _band(label_of(row) if row.label else name, end + 2)
        xs, ys = (list(map(float, part)) for part in values[name])
        for k, (x, y) in enumerate(zip(xs, ys, strict=True)):
            slope = (ys[k + 1] - y) / (xs[k + 1] - x) if k + 1 < len(xs) else 0.0
            yield first + k, list(_knot(out, row, first + k, last, (x, y, slope), k, scenarios, end))


def _knot(
    out: Layout, row: Row, at: int, last: int, point: tuple[float, float, float], k: int, scenarios: list[Any], end: int
) -> Iterator[Cell]:
    x, y, slope = point
    fixed = out.fixed(row.name)
    number = style.number_format(row.unit, full=True)
    yield NAME, None, row.name, ("name", "")
    yield UNIT, None, f"{style.unit_text(row.unit, full=True)} by {row.table_x}", ("unit", "")
    if fixed:
        yield CONSTANT, None, y, ("locked", number)
    else:
        picks = ",".join(f"${out.columns[BASE + j]}{at}" for j in range(1 + len(scenarios)))
        yield CONSTANT, f"=CHOOSE(rf_scenario,{picks})", y, ("calc", number)
    yield TOTAL, None, x, ("locked" if fixed else "input", style.PLAIN)
    if at < last:
        yield PADDING, f"=($D{at + 1}-$D{at})/($E{at + 1}-$E{at})", slope, ("calc", "0.000000")
    else:
        yield PADDING, None, 0.0, ("pad", "0")
    if not fixed:
        yield BASE, None, y, ("input", number)
        for j, scenario in enumerate(scenarios, start=1):
            if row.name in scenario.inputs:
                yield BASE + j, None, float(scenario.inputs[row.name][1][k]), ("input", number)
            else:
                yield BASE + j, f"=${out.columns[BASE]}{at}", y, ("calc", number)
    yield end, None, "structural" if fixed else "live", ("kind", "")
    yield end + 1, None, row.source, ("source", "")


def checks(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the Checks page: laws of the model, then news about the deal, apart.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    heads = {LABEL: "check", NAME: "row", UNIT: "unit", CONSTANT: "result", TOTAL: "largest residual"}
    yield from heading(out, "Checks and alerts", heads, values, 9)
    yield lay.HEAD + 1, _band("Checks: a failed check means a wrong model", 9)
    at = lay.HEAD + 2
    first = at
    for label, name, unit, ok, worst in _checked(out):
        yield (
            at,
            [
                (LABEL, None, label, ("label", "")),
                (NAME, None, name, ("name", "")),
                (UNIT, None, unit, ("unit", "")),
                (CONSTANT, f"={home_cell(out, ok)}", values[ok], ("link", style.PASS)),
                (TOTAL, f"={home_cell(out, worst)}", values[worst], ("link", style.RESIDUAL)),
            ],
        )
        at += 1
    for label, formula, prints in _unchanged(out, values, at):
        cells: list[Cell] = [(LABEL, None, label, ("label", "")), (CONSTANT, formula, 1.0, ("calc", style.PASS))]
        cells += [(BASE + k, None, number, ("locked", "0.0")) for k, number in enumerate(prints)]
        yield at, cells
        at += 1
    yield (
        at,
        [
            (LABEL, None, "All checks", ("strong", "")),
            (CONSTANT, f"=MIN($D${first}:$D${at - 1})", master(out, values), ("check", style.MASTER)),
        ],
    )
    at += 2
    band = _band("Alerts: the model is right, and this is news about the deal", 9)
    band[CONSTANT] = (CONSTANT, None, "periods", ("section", ""))
    band[TOTAL] = (TOTAL, None, "first in", ("section", ""))
    yield at, band
    for test in out.expanded.alerts:
        at += 1
        count, start = f"alert:{test.name}.count", f"alert:{test.name}.first"
        clock = f"{lay.TIMELINE}!{out.span(lay.INDEX_ROW)},{lay.TIMELINE}!{out.span(lay.LABEL_ROW)}"
        rings, when = float(values[count]), int(values[start])
        words = out.brief.labels[when] if rings > 0 and when < out.periods else ""
        yield (
            at,
            [
                (LABEL, None, test.label, ("label", "")),
                (NAME, None, test.row, ("name", "")),
                (UNIT, None, "periods", ("unit", "")),
                (CONSTANT, f"={home_cell(out, count)}", rings, ("link", style.FLAG)),
                (TOTAL, f'=IF($D{at}>0,LOOKUP({home_cell(out, start)},{clock}),"")', words, ("calc", "")),
            ],
        )


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
        yield at, _band(section.title, BASE + 2)
        for name in section.rows:
            at += 1
            row = sheet[f"measure:{name}"]
            cells: list[Cell] = [
                (LABEL, None, label_of(row), ("label", "")),
                (NAME, None, name, ("name", "")),
                (UNIT, None, style.unit_text(row.unit), ("unit", "")),
                (CONSTANT, f"={home_cell(out, row.name)}", values[row.name], ("link", style.number_format(row.unit))),
            ]
            flag = next((f for f in (f"{row.name}.found", f"{row.name}.applies") if f in sheet), None)
            if flag is not None:
                cells.append((TOTAL, f"={home_cell(out, flag)}", values[flag], ("link", '"yes";"yes";"n/a"')))
            cells.append((PADDING + 1, None, row.source, ("source", "")))
            yield at, cells
        at += 1


def view_lines(out: Layout, page: Any, values: Values) -> Iterator[Line]:
    """Rows of a view: links to rows of other pages, with their totals.

    Parameters
    ----------
    out, values
        The book and its numbers.
    page
        The view.
    """
    at = lay.HEADER
    for section in page.sections:
        at += 1
        yield at, _band(section.title, out.source + 1)
        for name in section.rows:
            at += 1
            yield at, view_line(out, name, at, values)
        at += 1

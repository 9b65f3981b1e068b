"""The pages a reader types into: inputs and tables; and views of rows that live elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import ranges, style
from ringfence.run.workbook.cells import Cell, Line, Values, check_line, label_of, view_line
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.sheet.row import Row

KEY = "Key figures"
#: First column of what is typed: the deal as agreed, then a column for each scenario the book holds.
BASE = PADDING + 1
#: Heads above numbers.
RIGHT = {
    *("in use", "value", "result", "value in use", "at", "slope", "range", "largest residual", "as agreed", "applies"),
    *("cells as written", "their sum", "sum of squares"),
}
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
    right = RIGHT | {s.name for s in out.brief.scenarios}
    words = [heads.get(column, "") for column in range(width)]
    yield lay.HEAD, [(column, None, text, (_head(text, right), "")) for column, text in enumerate(words)]


def _head(text: str, right: set[str]) -> str:
    return "head" if text in right else "head_in" if text == "kind" else "head_left"


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
    heads = {
        LABEL: "label",
        NAME: "row",
        UNIT: "unit",
        CONSTANT: "in use",
        TOTAL: "range",
        end: "kind",
        end + 1: "source",
    }
    heads.update({BASE + k: name for k, name in enumerate(names)})
    yield from heading(out, "Inputs", heads, values, end + 2)
    yield lay.HEAD + 1, band("Scenario in use", end + 2)
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
        yield out.input_at[rows[0]] - 1, band(title, end + 2)
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
        if (kind := out.brief.ranges.get(row.name)) is not None:
            yield TOTAL, ranges.formula(kind, f"$D{at}"), ranges.holds(kind, value), ("range", ranges.look(kind))
        role = "solved" if row.name in out.expanded.origin.solved_inputs else "input"
        yield BASE, None, value, (role, number)
        for k, scenario in enumerate(scenarios, start=1):
            if row.name in scenario.inputs:
                yield BASE + k, None, float(scenario.inputs[row.name]), ("input", number)
            else:
                yield BASE + k, f"=${out.columns[BASE]}{at}", value, ("calc", number)
    sort = "structural" if fixed else "start" if row.name in out.expanded.starts else "live"
    yield end, None, sort, ("kind", "")
    yield end + 1, None, _source(out, row), ("source", "")


def band(title: str, width: int) -> list[Cell]:
    """Cells of a section's title.

    Parameters
    ----------
    title
        Its words.
    width
        Number of columns.
    """
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
        yield first - 1, band(label_of(row) if row.label else name, end + 2)
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
    yield end + 1, None, _source(out, row), ("source", "")


def source_width(out: Layout, tab: str) -> float:
    """Width of the column of sources of a page: as wide as the longest, within reason.

    Parameters
    ----------
    out
        The book, laid out.
    tab
        Inputs or Tables.
    """
    names = out.input_at if tab == lay.INPUTS else out.tables
    longest = max((len(_source(out, out.expanded.sheet[name])) for name in names), default=0)
    return min(max(60.0, 0.75 * longest), 130.0)


def _source(out: Layout, row: Row) -> str:
    """Where an input comes from: its place in the deal file, or why it is locked; the vintage of a table."""
    found = (row.source or out.brief.structural.get(row.name, ""), out.brief.vintages.get(row.name, ""))
    return "; ".join(filter(None, found))


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
        yield at, band(section.title, out.source + 1)
        for name in section.rows:
            at += 1
            yield at, view_line(out, name, at, values)
        at += 1

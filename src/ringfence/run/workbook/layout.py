"""Where everything stands: pages, sections, rows, links and padding columns, before a single cell is written.

Every page has the same columns: label, name, unit, constant, total, then the padding before, the periods, the padding
after, and the source. A formula reads rows of its own page only; what lives elsewhere is brought in by a link row at
the head of the section that first needs it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from ringfence.errors import SheetError
from ringfence.run.workbook.expanded import Expanded, steps_of
from ringfence.run.workbook.pages import Brief, Page, Section
from ringfence.sheet.formula import walk
from ringfence.sheet.row import Expr, Row, is_number

LABEL, NAME, UNIT, CONSTANT, TOTAL, PADDING = range(6)
#: Excel row numbers of the header (1-based); rows below HEADER are frozen on top of every page.
TITLE_ROW, CHECK_ROW, LABEL_ROW, END_ROW, INDEX_ROW, YEAR_ROW, OPEN_ROW, CLOSE_ROW = range(1, 9)
HEADER = 8
#: Row of the column heads on pages without periods.
HEAD = 4
#: Rows of the sheet that stand in the header of every page with periods.
CLOCK = {"period.index": INDEX_ROW, "period.start": OPEN_ROW, "period.end": CLOSE_ROW}
NUMBERS = "Numbers of the model"
TIMELINE, INPUTS, SERIES, TABLES, CHECKS = "Timeline", "Inputs", "Series", "Tables", "Checks"

Kind = Literal["section", "row", "link"]


@dataclass
class Item:
    """One row of a page: a section's title, a row at home, or a link to a row of another page."""

    kind: Kind
    at: int
    name: str = ""
    text: str = ""


@dataclass
class Grid:
    """A page with periods, laid out.

    Attributes
    ----------
    tab, title
        Of the page.
    items
        From top to bottom.
    at
        Row of the sheet -> Excel row on this page, at home or linked.
    pads
        Row of the sheet -> how many padding cells before and after it hold a 0.
    last
        Last Excel row used.
    """

    tab: str
    title: str
    items: list[Item] = field(default_factory=list)
    at: dict[str, int] = field(default_factory=dict)
    pads: dict[str, tuple[int, int]] = field(default_factory=dict)
    last: int = HEADER


@dataclass
class Layout:
    """The whole book, laid out.

    Attributes
    ----------
    expanded, brief
        What is laid out.
    before, after
        Number of padding columns on either side.
    home
        Row -> tab it is computed on.
    grids
        Pages with periods, by tab.
    inputs
        Scalar inputs in order, section by section.
    input_at
        Scalar input -> Excel row on the Inputs page.
    tables
        Table -> (first Excel row, last) on the Tables page.
    columns
        Letters of every column.
    """

    expanded: Expanded
    brief: Brief
    before: int
    after: int
    home: dict[str, str] = field(default_factory=dict)
    grids: dict[str, Grid] = field(default_factory=dict)
    inputs: list[tuple[str, list[str]]] = field(default_factory=list)
    input_at: dict[str, int] = field(default_factory=dict)
    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.expanded.sheet.periods

    def fixed(self, name: str) -> bool:
        """Whether an input may not be edited in the book: it shapes the formulas, or is part of their meaning."""
        return name in self.brief.structural or name.startswith(("number:", "check:"))

    @property
    def first(self) -> int:
        """Column of period 0, from 0."""
        return PADDING + self.before

    @property
    def source(self) -> int:
        """Column of the sources, from 0."""
        return self.first + self.periods + self.after

    def span(self, row: int) -> str:
        """All periods of an Excel row, absolute."""
        return f"${self.columns[self.first]}${row}:${self.columns[self.first + self.periods - 1]}${row}"


def lay_out(expanded: Expanded, brief: Brief) -> Layout:
    """Give every row a page and a place on it.

    Parameters
    ----------
    expanded
        Sheet fit for cells.
    brief
        Pages, in order.

    Raises
    ------
    SheetError
        If a page names a row that does not exist.
    """
    before, after = _reach(expanded)
    out = Layout(expanded, brief, before, after)
    out.columns = [letters(k) for k in range(out.source + 2)]
    _place_inputs(out)
    out.home.update({name: TIMELINE for name in CLOCK if name in expanded.sheet})
    for page in _pages(out):
        for section in page.sections:
            for name in section.rows:
                if name not in expanded.sheet:
                    raise SheetError(f"page {page.tab} names {name}, and there is no such row")
                out.home.setdefault(name, page.tab)
    steps = steps_of(expanded)
    for owner, names in steps.items():
        for name in names:
            out.home.setdefault(name, out.home[owner])
    for page in _pages(out):
        out.grids[page.tab] = _grid(out, page, steps)
    return out


def letters(column: int) -> str:
    """Letters of a column counted from 0.

    Parameters
    ----------
    column
        0 is A.
    """
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def reads(expr: Expr) -> Iterator[Row]:
    """Rows a formula reads, tables included, each once.

    Parameters
    ----------
    expr
        Of an expanded sheet.
    """
    return (node for node in walk(expr) if isinstance(node, Row))


def _reach(expanded: Expanded) -> tuple[int, int]:
    reach = {"previous": 1, "following": 1}
    for row in expanded.sheet:
        for node in walk(row.expr) if row.expr is not None else ():
            if node.op in reach and node.param < expanded.sheet.periods:
                reach[node.op] = max(reach[node.op], node.param)
    return reach["previous"], reach["following"]


def _place_inputs(out: Layout) -> None:
    sheet = out.expanded.sheet
    named = [(section.title, [n for n in section.rows if n in sheet]) for section in out.brief.inputs]
    known = {name for _, names in named for name in names}
    rest = [row.name for row in sheet if row.kind == "scalar" and row.name not in known]
    starts = [name for name in rest if name in out.expanded.starts]
    other = [name for name in rest if not out.fixed(name) and name not in out.expanded.starts]
    numbers = [row.name for row in sheet if row.kind == "scalar" and out.fixed(row.name)]
    named = [(title, [name for name in names if not out.fixed(name)]) for title, names in named]
    named += [("Other terms", other), ("Where the search for each IRR starts", starts), (NUMBERS, numbers)]
    out.inputs = [(title, names) for title, names in named if names]
    at = HEAD + 4  # below the choice of scenario
    for _, names in out.inputs:
        at += 2
        for name in names:
            out.input_at[name] = at
            out.home[name] = INPUTS
            at += 1
    at = HEAD + 1
    for row in sorted(sheet, key=lambda row: out.fixed(row.name)):  # the deal's own first
        if row.kind == "table":
            points = len(row.value[0])
            out.tables[row.name] = (at + 1, at + points)
            at += points + 2


def _pages(out: Layout) -> list[Page]:
    sheet = out.expanded.sheet
    clock = [row.name for row in sheet if row.kind == "series" and row.name in out.brief.structural]
    series = [row.name for row in sheet if row.kind == "series" and row.name not in out.brief.structural]
    clock = [name for name in clock if name not in CLOCK]
    found = [Page(TIMELINE, "Timeline", (Section("Calendar", tuple(clock)),))]
    if series:
        found.append(Page(SERIES, "Series", (Section("One value a period", tuple(series)),)))
    return [*found, *out.brief.pages, *_left_over(out, {*clock, *series, *CLOCK})]


def _left_over(out: Layout, placed: set[str]) -> list[Page]:
    """What no page names, measures, and their steps: pages of their own."""
    expanded = out.expanded
    named = {name for page in out.brief.pages for section in page.sections for name in section.rows} | placed
    names = [row.name for row in expanded.sheet if row.expr is not None and row.name not in expanded.owner]
    measures = tuple(name for name in names if name.startswith("measure:") and name not in named)
    tests = tuple(name for name in names if name.startswith(("check:", "alert:")) and name not in named)
    other = tuple(n for n in names if n not in named and not n.startswith(("measure:", "check:", "alert:")))
    found = [Page("Other", "Other rows", (Section("Rows", other),))] if other else []
    if measures:
        found.append(Page("Measures", "Measures", (Section("How each figure is made", measures),)))
    if tests:
        found.append(Page("Tests", "Checks and alerts, computed", (Section("Tests", tests),)))
    return found


def _grid(out: Layout, page: Page, steps: dict[str, list[str]]) -> Grid:
    grid = Grid(page.tab, page.title)
    if page.tab != TIMELINE or "period.index" in out.expanded.sheet:
        grid.at.update({name: at for name, at in CLOCK.items() if name in out.expanded.sheet})
    at = HEADER + 1
    for section in page.sections:
        listed = (name for owner in section.rows for name in (*steps.get(owner, ()), owner))
        rows = [name for name in dict.fromkeys(listed) if out.home[name] == page.tab and name not in grid.at]
        if not rows:
            continue
        at = _section(out, grid, section.title, rows, at)
    grid.last = max(at - 2, HEADER + 1)
    _pads(out, grid)
    return grid


def _section(out: Layout, grid: Grid, title: str, rows: list[str], at: int) -> int:
    grid.items.append(Item("section", at, text=title))
    at += 1
    own = set(rows)
    for name in _needed(out, rows):
        if name not in grid.at and name not in own and out.home.get(name) != grid.tab:
            grid.items.append(Item("link", at, name))
            grid.at[name] = at
            at += 1
    for name in rows:
        grid.items.append(Item("row", at, name))
        grid.at[name] = at
        at += 1
    return at + 1


def _needed(out: Layout, rows: Iterable[str]) -> list[str]:
    sheet = out.expanded.sheet
    found: dict[str, None] = {}
    for name in rows:
        expr = sheet[name].expr
        for row in reads(expr) if expr is not None else ():
            if row.kind != "table":
                found.setdefault(row.name)
        for distance in _distances(expr):
            found.setdefault(distance)
    return sorted(found, key=lambda name: (not name.startswith("number:"), out.home.get(name) != INPUTS))


def _distances(expr: Expr | None) -> Iterator[str]:
    for node in walk(expr) if expr is not None else ():
        if node.op in ("previous", "following") and node.param > 1:
            yield f"number:{node.param}"


def _pads(out: Layout, grid: Grid) -> None:
    """Note which rows have a neighbour read beyond the first or last period."""
    sheet = out.expanded.sheet
    for item in grid.items:
        expr = sheet[item.name].expr if item.kind == "row" else None
        for node in walk(expr) if expr is not None else ():
            if node.op in ("previous", "following") and is_number(node.args[1], 0) and node.param < out.periods:
                read = node.args[0]
                assert isinstance(read, Row)
                back, ahead = grid.pads.get(read.name, (0, 0))
                if node.op == "previous":
                    back = max(back, node.param)
                else:
                    ahead = max(ahead, node.param)
                grid.pads[read.name] = (back, ahead)

"""What a reader typed into a book: inputs, tables, series, scenario columns; and what else is not as written.

typed = edits(book, pages)       one Edit an input and column whose number changed
outside(book, pages)             one sentence a cell elsewhere that changed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import pages as fresh_pages
from ringfence.run.workbook.front import BASE, held
from ringfence.run.workbook.layout import letters

if TYPE_CHECKING:
    from ringfence.desk.workbook.book import Book
    from ringfence.run.workbook.file import WrittenCell

Pages = Mapping[str, Mapping[int, Mapping[int, "WrittenCell"]]]
#: Page, Excel row, column from 0.
Spot = tuple[str, int, int]
NEAR = 1e-13
"""Numbers in a file hold 16 to 17 digits."""


@dataclass(frozen=True)
class Edit:
    """An input whose number changed.

    Parameters
    ----------
    name
        Row of the sheet.
    scenario
        Column it was typed into; empty for the deal as agreed.
    before, after
        A number; the values of a series; knots and values of a table.
    """

    name: str
    scenario: str
    before: Any
    after: Any

    @property
    def place(self) -> str:
        """Where it was typed, in words."""
        return f"{self.name}, scenario {self.scenario}" if self.scenario else self.name


def near(a: Any, b: Any) -> bool:
    """Whether two numbers, series or tables are equal to the digits a file holds."""
    return bool(np.shape(a) == np.shape(b) and np.allclose(np.asarray(a), np.asarray(b), rtol=NEAR, atol=0.0))


def edits(book: Book, pages: Pages) -> list[Edit]:
    """List the inputs that were typed over, scalars first, then tables, then series.

    Parameters
    ----------
    book
        The book as it would be written from the deal file inside it.
    pages
        Cells of the file.
    """
    return [*_scalars(book, pages), *_tables(book, pages), *_series(book, pages)]


def _scalars(book: Book, pages: Pages) -> Iterator[Edit]:
    scenarios = held(book.layout)
    for name, at in book.layout.input_at.items():
        if book.layout.fixed(name):
            continue
        known = float(book.values[name])
        typed = _number(pages, (lay.INPUTS, at, BASE))
        if typed is not None and not near(typed, known):
            yield Edit(name, "", known, typed)
        for k, scenario in enumerate(scenarios, start=1):
            before = float(scenario.inputs.get(name, known))
            after = _number(pages, (lay.INPUTS, at, BASE + k))
            if after is not None and not (near(after, before) and name in scenario.inputs):
                yield Edit(name, scenario.name, before, after)


def _tables(book: Book, pages: Pages) -> Iterator[Edit]:
    for name, (first, last) in book.layout.tables.items():
        if book.layout.fixed(name):
            continue
        xs, ys = (tuple(map(float, part)) for part in book.values[name])
        rows = range(first, last + 1)
        new_xs = tuple(_or(pages, (lay.TABLES, at, lay.TOTAL), x) for at, x in zip(rows, xs, strict=True))
        for k, (scenario, before) in enumerate([("", ys), *_in_scenarios(book, name, ys)]):
            after = tuple(_or(pages, (lay.TABLES, at, BASE + k), y) for at, y in zip(rows, before, strict=True))
            moved = new_xs if not k else xs
            if not near(after, before) or not near(moved, xs):
                yield Edit(name, scenario, (xs, before), (moved, after))


def _in_scenarios(book: Book, name: str, ys: tuple[float, ...]) -> Iterator[tuple[str, tuple[float, ...]]]:
    for scenario in held(book.layout):
        yield scenario.name, tuple(map(float, scenario.inputs[name][1])) if name in scenario.inputs else ys


def _series(book: Book, pages: Pages) -> Iterator[Edit]:
    out = book.layout
    for name, at, columns in _series_cells(book):
        before = tuple(float(x) for x in np.broadcast_to(book.values[name], out.periods))
        spots = ((out.home[name], at, column) for column in columns)
        after = tuple(_or(pages, spot, x) for spot, x in zip(spots, before, strict=True))
        if not near(after, before):
            yield Edit(name, "", before, after)


def _series_cells(book: Book) -> Iterator[tuple[str, int, range]]:
    """Series a reader may edit: name, Excel row, columns."""
    out = book.layout
    columns = range(out.first, out.first + out.periods)
    for row in book.expanded.sheet:
        if row.kind == "series" and not out.fixed(row.name):
            yield row.name, out.grids[out.home[row.name]].at[row.name], columns


def _number(pages: Pages, spot: Spot) -> float | None:
    """A number typed into a cell; None where it holds none, or a formula."""
    cell = _cell(pages, spot)
    return None if cell is None or cell.formula is not None else cell.number


def _or(pages: Pages, spot: Spot, known: float) -> float:
    found = _number(pages, spot)
    return known if found is None else found


def _cell(pages: Pages, spot: Spot) -> WrittenCell | None:
    tab, at, column = spot
    return pages.get(tab, {}).get(at, {}).get(column + 1)


def _typed_here(book: Book) -> dict[Spot, bool]:
    """Cells that are typed into -> whether they must hold a number (else a formula may stand there)."""
    out = book.layout
    scenarios = held(out)
    found: dict[Spot, bool] = {}
    for name, at in out.input_at.items():
        if not out.fixed(name):
            found[lay.INPUTS, at, BASE] = True
            found.update({(lay.INPUTS, at, BASE + k): name in s.inputs for k, s in enumerate(scenarios, start=1)})
    for name, (first, last) in out.tables.items():
        if not out.fixed(name):
            for at in range(first, last + 1):
                found[lay.TABLES, at, BASE] = found[lay.TABLES, at, lay.TOTAL] = True
                found.update({(lay.TABLES, at, BASE + k): name in s.inputs for k, s in enumerate(scenarios, start=1)})
    for name, at, columns in _series_cells(book):
        found.update({(out.home[name], at, column): True for column in columns})
    return found


def outside(book: Book, pages: Pages) -> Iterator[str]:
    """Cells that are not as written, where no input is: numbers, formulas, cells added or emptied.

    Parameters
    ----------
    book, pages
        As for :func:`edits`.
    """
    typed = _typed_here(book)
    for tab, lines in fresh_pages(book.layout, book.values):
        if tab not in pages:
            yield f"page {tab} is missing"
            continue
        seen: set[tuple[int, int]] = set()
        for at, cells in lines:
            for column, formula, value, _ in cells:
                seen.add((at, column + 1))
                spot = (tab, at, column)
                was = (
                    _not_typed(pages, spot, typed[spot], formula)
                    if spot in typed
                    else _differs(_cell(pages, spot), formula, value)
                )
                if was:
                    yield f"{tab}!{letters(column)}{at}: {was}"
        yield from _added(tab, pages[tab], seen)


def _not_typed(pages: Pages, spot: Spot, must: bool, formula: str | None) -> str:
    """What is wrong with a cell that is typed into: anything but a number, or the formula that stood there."""
    if _number(pages, spot) is not None:
        return ""
    cell = _cell(pages, spot)
    if not must and cell is not None and cell.formula is not None and formula is not None:
        return "" if _same_formula(cell.formula, formula) else "a formula was typed where a number belongs"
    return "an input is not a number"


def _added(tab: str, page: Mapping[int, Mapping[int, WrittenCell]], seen: set[tuple[int, int]]) -> Iterator[str]:
    for at, cells in page.items():
        for column, cell in cells.items():
            if (at, column) not in seen and (cell.formula is not None or cell.text):
                yield f"{tab}!{letters(column - 1)}{at}: a cell was added"


def _differs(cell: WrittenCell | None, formula: str | None, value: Any) -> str:
    if formula is not None:
        if cell is None or cell.formula is None:
            return f"a formula was replaced{'' if cell is None or not cell.text else f' by {cell.text[:40]}'}"
        return "" if _same_formula(cell.formula, formula) else f"the formula was changed to {cell.formula[:80]}"
    if isinstance(value, float):
        number = None if cell is None else cell.number
        if number is None or not near(number, value):
            return f"{value:g} was changed to {'nothing' if cell is None else cell.text[:40]}"
    return ""


def _same_formula(file: str, ours: str) -> bool:
    """Whether two formulas say the same; another program may drop prefixes and quotes, or share a formula."""
    return not file or _bare(file) == _bare(ours)


def _bare(formula: str) -> str:
    return formula.removeprefix("=").replace("_xlfn.", "").replace(" ", "").replace("'", "")

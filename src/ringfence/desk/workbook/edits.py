"""What a reader typed into a book: inputs, tables, series, scenario columns; and what else is not as written.

check_places(book, pages)        refuses a book whose inputs do not stand where they were written
typed = edits(book, pages)       one Edit an input and column whose number changed
outside(book, pages)             one sentence a cell elsewhere that changed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.desk.workbook.formulas import same_formula
from ringfence.errors import RunError
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook import pages as fresh_pages
from ringfence.run.workbook.front import BASE, held
from ringfence.run.workbook.layout import letters

if TYPE_CHECKING:
    from ringfence.desk.workbook.book import Book
    from ringfence.run.workbook.cells import Line
    from ringfence.run.workbook.file import WrittenCell

Pages = Mapping[str, Mapping[int, Mapping[int, "WrittenCell"]]]
#: Page, Excel row, column from 0.
Spot = tuple[str, int, int]
NEAR = 1e-13
"""Numbers in a file hold 16 to 17 digits."""
LISTED = 20
"""Cells of a page named one by one; the rest are counted."""


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


@dataclass(frozen=True)
class Change:
    """One edited term: the path in the deal, the text before and after."""

    path: str
    before: str
    after: str


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


def _typed_here(book: Book) -> dict[Spot, str]:
    """Cells that are typed into -> the input they hold."""
    out = book.layout
    columns = range(1 + len(held(out)))
    found: dict[Spot, str] = {}
    for name, at in out.input_at.items():
        if not out.fixed(name):
            found.update({(lay.INPUTS, at, BASE + k): name for k in columns})
    for name, (first, last) in out.tables.items():
        if not out.fixed(name):
            for at in range(first, last + 1):
                found[lay.TABLES, at, lay.TOTAL] = name
                found.update({(lay.TABLES, at, BASE + k): name for k in columns})
    for name, at, spots in _series_cells(book):
        found.update({(out.home[name], at, column): name for column in spots})
    return found


def check_places(book: Book, pages: Pages) -> None:
    """Refuse a book whose inputs do not stand where they were written: a number would be taken for its neighbour's.

    Parameters
    ----------
    book, pages
        As for :func:`edits`.

    Raises
    ------
    RunError
        If a page of inputs is missing, or rows or columns of it were inserted, deleted or moved.
    """
    for tab in dict.fromkeys(tab for tab, _, _ in _typed_here(book)):
        if tab not in pages:
            raise RunError(f"the book has no page {tab}: give it back its name, or its place in the book")
    for (tab, at, column), wanted in _landmarks(book):
        cell = pages[tab].get(at, {}).get(column + 1)
        if cell is None or cell.text != wanted:
            shown = "is empty" if cell is None else f"reads {cell.text[:40]}"
            raise RunError(
                f"{tab}!{letters(column)}{at} {shown}, and the book was written with {wanted[:40]} there: rows or "
                f"columns of {tab} were inserted, deleted, moved or renamed; undo that, numbers typed may stay"
            )


def _landmarks(book: Book) -> Iterator[tuple[Spot, str]]:
    """Texts that say where inputs stand: names of rows, heads of columns."""
    out = book.layout
    heads = ["as agreed", *[scenario.name for scenario in held(out)]]
    for tab in (lay.INPUTS, *([lay.TABLES] if out.tables else [])):
        yield (tab, lay.HEAD, lay.NAME), "row"
        yield from (((tab, lay.HEAD, BASE + k), head) for k, head in enumerate(heads))
    yield from (((lay.INPUTS, at, lay.NAME), name) for name, at in out.input_at.items())
    for name, (first, last) in out.tables.items():
        yield from (((lay.TABLES, at, lay.NAME), name) for at in range(first, last + 1))
    for name, at, _ in _series_cells(book):
        tab = out.home[name]
        yield (tab, at, lay.NAME), name
        yield (tab, lay.LABEL_ROW, out.source), "source"


def outside(book: Book, pages: Pages) -> Iterator[str]:
    """Cells that are not as written, where no input is: numbers, texts, formulas, cells added or emptied.

    Parameters
    ----------
    book, pages
        As for :func:`edits`.
    """
    typed = _typed_here(book)
    for tab, lines in fresh_pages(book.layout, book.values):
        if tab not in pages:
            yield f"page {tab} is missing: nothing typed there is known"
            continue
        found = _changed(book, tab, list(lines), pages, typed)
        yield from islice(found, LISTED)
        more = sum(1 for _ in found)
        if more:
            yield f"{tab}: {more} more cells are not as written"
    known = {tab for tab, _ in fresh_pages(book.layout, book.values)}
    yield from (f"page {tab} was added" for tab in pages if tab not in known)


def _changed(book: Book, tab: str, lines: list[Line], pages: Pages, typed: dict[Spot, str]) -> Iterator[str]:
    """Cells of a page that are not as written; one sentence if all its rows have moved."""
    moved = [at for at, cells in lines if _name(cells) and _shown_at(pages, (tab, at, lay.NAME)) != _name(cells)]
    if len(moved) > 1:
        yield (
            f"{tab}: rows were inserted, deleted or moved, the first at row {moved[0]}; nothing typed on this page can "
            "return to the deal file"
        )
        return
    seen: set[tuple[int, int]] = set()
    for at, cells in lines:
        for column, formula, value, _ in cells:
            seen.add((at, column + 1))
            spot = (tab, at, column)
            if spot in typed:
                was = _not_typed(pages, spot, typed[spot], formula)
            else:
                was = _differs(_cell(pages, spot), formula, value)
            if was:
                yield f"{tab}!{letters(column)}{at}: {was}"
    for at, row in pages[tab].items():
        for column in row:
            if (at, column) not in seen:
                yield f"{tab}!{letters(column - 1)}{at}: a cell was added"


def _name(cells: list[Any]) -> str:
    """Name of the row, as the page shows it beside its label."""
    return next((str(value) for column, _, value, _ in cells if column == lay.NAME and value), "")


def _shown_at(pages: Pages, spot: Spot) -> str:
    cell = _cell(pages, spot)
    return "" if cell is None else cell.text


def _not_typed(pages: Pages, spot: Spot, name: str, formula: str | None) -> str:
    """What is wrong with a cell that is typed into: anything but a number, or the formula that stood there."""
    cell = _cell(pages, spot)
    if cell is None:
        return f"{name} is empty; type a number"
    if cell.formula is not None:
        if formula is not None and same_formula(cell.formula, formula):
            return ""
        value = "its number" if cell.number is None else cell.text[:40]
        return f"{name} holds a formula, ={cell.formula[:40]}; type {value} in its place"
    if cell.number is None:
        return f"{name} holds {cell.text[:40]!r}, which is not a number; type a number"
    return ""


def _differs(cell: WrittenCell | None, formula: str | None, value: Any) -> str:
    if formula is not None:
        if cell is None or cell.formula is None:
            return f"a formula was replaced{'' if cell is None or not cell.text else f' by {cell.text[:40]}'}"
        return "" if same_formula(cell.formula, formula) else f"the formula was changed to {cell.formula[:80]}"
    if isinstance(value, date):
        value = float((value - date(1899, 12, 30)).days)
    if isinstance(value, float):
        number = None if cell is None else cell.number
        if number is None or not near(number, value):
            return f"{value:g} was changed to {'nothing' if cell is None else cell.text[:40]}"
    elif isinstance(value, str) and value.strip():
        text = "" if cell is None else cell.text
        if _words(text) != _words(value):
            return f"the text {value[:40]!r} was changed to {text[:40]!r}"
    return ""


def _words(text: str) -> list[str]:
    """Words of a text, without what keeps a text from being a formula."""
    return text.removeprefix("'").split()

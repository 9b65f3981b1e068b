"""The file: every page put down with XlsxWriter, with cached values, frozen headers, print areas and names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from os import PathLike
from typing import Any

from ringfence.run.workbook import annual, answers, cover, embed, front
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook.cells import Line, Values, grid_lines, header, home_cell
from ringfence.run.workbook.dress import Formats, dress
from ringfence.run.workbook.layout import Layout
from ringfence.run.workbook.names import OWN, name_of


def pages(out: Layout, values: Values) -> Iterable[tuple[str, Iterable[Line]]]:
    """Every page of the book in order: tab and rows, from top to bottom.

    Parameters
    ----------
    out
        The book, laid out.
    values
        Of the run whose numbers the book shows.
    """
    yield cover.COVER, cover.cover(out, values)
    yield lay.CHECKS, answers.checks(out, values)
    yield front.KEY, answers.key_figures(out, values)
    if out.brief.scenarios:
        yield answers.SCENARIOS, answers.scenarios(out, values)
    if out.brief.annual:
        yield annual.ANNUAL, annual.annual(out, values)
        yield annual.CHARTS, annual.charts(out, values)
    yield lay.INPUTS, front.inputs(out, values)
    if out.tables:
        yield lay.TABLES, front.tables(out, values)
    for grid in out.grids.values():
        yield grid.tab, _chain(header(out, grid, values), grid_lines(out, grid, values))
    for view in out.brief.views:
        yield view.tab, _chain(header(out, lay.Grid(view.tab, view.title), values), front.view_lines(out, view, values))
    yield cover.NOTES, cover.notes(out, values)
    if out.brief.source:
        yield embed.SOURCE, embed.source(out, values)


def _chain(*parts: Iterable[Line]) -> Iterable[Line]:
    for part in parts:
        yield from part


def write_workbook(path: str | PathLike[str], out: Layout, values: Values) -> None:
    """Write the book.

    Parameters
    ----------
    path
        File to write, ``.xlsx``.
    out
        The book, laid out.
    values
        Numbers it shows until it is recalculated; see ``cells.values_of``.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    book.set_calc_mode("auto")
    book.set_properties({"title": out.brief.title, "subject": out.brief.subtitle, "created": datetime(2000, 1, 1)})
    formats = Formats(book)
    sheets = {}
    for tab, lines in pages(out, values):
        sheets[tab] = sheet = book.add_worksheet(tab)
        last = _write(sheet, lines, formats)
        dress(out, sheet, tab, last, formats)
    _define(book, out)
    annual.dress(sheets, out)
    annual.add_charts(book, sheets, out)
    sheets[cover.COVER].activate()
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise error.args[0] from None


class _Whole(float):
    """A number that needs 17 digits: XlsxWriter formats numbers to 16, and a sixth of a month would not come back."""

    def __format__(self, spec: str) -> str:
        """Return every digit."""
        return repr(float(self))


def _write(sheet: Any, lines: Iterable[Line], formats: Formats) -> int:
    last = 0
    formula, number, string, blank = sheet.write_formula, sheet.write_number, sheet.write_string, sheet.write_blank
    made = formats.made
    for at, cells in lines:
        last, row = at, at - 1
        for column, text, value, look in cells:
            form = made.get(look) or formats(look)
            if text is not None:
                formula(row, column, text, form, _shown(value))
            elif isinstance(value, float):
                number(row, column, value if float(f"{value:.16G}") == value else _Whole(value), form)
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, form)
            elif isinstance(value, cover.Link):
                sheet.write_url(row, column, value.target, form, string=str(value))
            elif value:
                string(row, column, _harmless(str(value)), form)
            else:
                blank(row, column, None, form)
    return last


def _harmless(text: str) -> str:
    """Text that no spreadsheet can take for a formula, wherever it is pasted."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _shown(value: Any) -> Any:
    """Cached value of a formula, as the file holds it."""
    return (value - date(1899, 12, 30)).days if isinstance(value, date) else value


def _define(book: Any, out: Layout) -> None:
    """Defined names: the book's own, inputs, figures and tables."""
    book.define_name("rf_scenario", f"={lay.INPUTS}!$D${front.SCENARIO_ROW}")
    book.define_name("rf_checks", f"={lay.CHECKS}!$D${lay.HEAD + 2 + answers.check_count(out)}")
    for name, row in OWN.items():
        book.define_name(name, f"={lay.INPUTS}!$D${out.input_at[row]}")
    for row, at in out.input_at.items():
        if not row.startswith(("number:", "check:", "measure:")):
            book.define_name(name_of("in", row), f"={lay.INPUTS}!$D${at}")
    for name in out.expanded.origin.measures:
        book.define_name(name_of("out", name), f"={home_cell(out, f'measure:{name}')}")
    for row, (first, last) in out.tables.items():
        tab = name_of("tab", row)
        for part, column in (("x", "E"), ("y", "D"), ("slope", "F")):
            book.define_name(f"{tab}.{part}", f"={lay.TABLES}!${column}${first}:${column}${last}")
        book.define_name(f"{tab}.first", f"={lay.TABLES}!$E${first}")
        book.define_name(f"{tab}.last", f"={lay.TABLES}!$E${last}")

"""The file: every page put down with XlsxWriter, with cached values, frozen headers, print areas and names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from os import PathLike
from typing import Any

from ringfence.run.workbook import annual, answers, cover, embed, front, style
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook.cells import Line, Values, grid_lines, header, home_cell
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.run.workbook.names import OWN, name_of
from ringfence.run.workbook.style import Style


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
    formats = _Formats(book)
    sheets = {}
    for tab, lines in pages(out, values):
        sheets[tab] = sheet = book.add_worksheet(tab)
        last = _write(sheet, lines, formats)
        _dress(out, sheet, tab, last, formats)
    _define(book, out)
    annual.dress(sheets, out)
    annual.add_charts(book, sheets, out)
    sheets[cover.COVER].activate()
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise error.args[0] from None


class _Formats:
    """One format of the file for each style used."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[Style, Any] = {}
        self.red = book.add_format({"bg_color": style.RED, "font_color": "#FFFFFF", "bold": True})

    def __call__(self, wanted: Style) -> Any:
        found = self.made.get(wanted)
        if found is None:
            role, number = wanted
            properties = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter", **style.ROLES[role]}
            if number:
                properties["num_format"] = number
            found = self.made[wanted] = self.book.add_format(properties)
        return found


class _Whole(float):
    """A number that needs 17 digits: XlsxWriter formats numbers to 16, and a sixth of a month would not come back."""

    def __format__(self, spec: str) -> str:
        """Return every digit."""
        return repr(float(self))


def _write(sheet: Any, lines: Iterable[Line], formats: _Formats) -> int:
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


def _dress(out: Layout, sheet: Any, tab: str, last: int, formats: _Formats) -> None:
    """Widths, frozen panes, print set-up, protection and the red of a failed check."""
    sheet.hide_gridlines(2)
    sheet.set_zoom(85)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8&A&C&8&F&R&8page &P of &N")
    red = formats.red
    if tab in (cover.COVER, cover.NOTES):
        cover.dress(sheet, last, 5 if tab == cover.COVER else 3, red)
        return
    if tab == embed.SOURCE:
        embed.dress(sheet, last, red)
        return
    for column, width in ((LABEL, 46), (NAME, 30), (UNIT, 11), (CONSTANT, 15), (TOTAL, 15)):
        sheet.set_column(column, column, width)
    timed = tab in out.grids or tab in {view.tab for view in out.brief.views}
    head = lay.HEADER if timed else lay.HEAD
    sheet.freeze_panes(head, PADDING if timed else CONSTANT + 1)
    sheet.repeat_rows(0, head - 1)
    if timed:
        sheet.set_column(PADDING, out.first - 1, 2.5)
        sheet.set_column(out.first, out.first + out.periods - 1, 11.5)
        sheet.set_column(out.first + out.periods, out.source - 1, 2.5)
        sheet.set_column(out.source, out.source, 60)
        sheet.repeat_columns(LABEL, TOTAL)
        sheet.print_area(0, 0, last - 1, out.source)
        sheet.fit_to_pages(0, 0)
        sheet.set_print_scale(45)
    elif tab in answers.WIDTHS:
        answers.dress(out, sheet, tab, last)
    elif tab not in (annual.ANNUAL, annual.CHARTS):
        sheet.set_column(PADDING, PADDING, 13 if tab == lay.TABLES else 2.5)
        sheet.set_column(PADDING + 1, PADDING + 1 + len(front.held(out)), 17)
        if tab == lay.TABLES:
            sheet.set_column(UNIT, UNIT, 18)
        end = PADDING + 2 + len(front.held(out))
        sheet.set_column(end, end, 11)
        sheet.set_column(end + 1, end + 1, front.source_width(out, tab))
        sheet.print_area(0, 0, last - 1, end + 1)
        sheet.fit_to_pages(1, 0)
    sheet.conditional_format(1, CONSTANT, 1, CONSTANT, {"type": "cell", "criteria": "<", "value": 1, "format": red})
    if tab == lay.CHECKS:
        results = (lay.HEAD + 1, CONSTANT, lay.HEAD + answers.check_count(out), CONSTANT)
        sheet.conditional_format(*results, {"type": "cell", "criteria": "==", "value": 0, "format": red})
    if tab in (front.KEY, answers.SCENARIOS):
        absent = formats.book.add_format({"num_format": '"n/a"', "font_color": style.MUTED})
        rule = f"=AND(ISNUMBER($E{lay.HEAD + 1}),$E{lay.HEAD + 1}=0)"
        sheet.conditional_format(
            lay.HEAD, CONSTANT, last - 1, CONSTANT, {"type": "formula", "criteria": rule, "format": absent}
        )
    if tab in (lay.INPUTS, lay.TIMELINE, lay.SERIES, lay.TABLES):
        sheet.protect("", {"format_cells": True, "format_columns": True, "format_rows": True})
    if tab == lay.INPUTS:
        numbers = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 1 + len(front.held(out))}
        sheet.data_validation(front.SCENARIO_ROW - 1, CONSTANT, front.SCENARIO_ROW - 1, CONSTANT, numbers)


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

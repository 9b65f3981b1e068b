"""How a page is dressed: widths, frozen heads, print set-up, protection, and what a number's look depends on."""

from __future__ import annotations

from typing import Any

from ringfence.run.workbook import annual, answers, cover, embed, front, style
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, PADDING, TOTAL, UNIT, Layout
from ringfence.run.workbook.ranges import validation
from ringfence.run.workbook.style import Style

LOCKED = (lay.INPUTS, lay.TIMELINE, lay.SERIES, lay.TABLES)


class Formats:
    """One format of the file for each style used.

    Parameters
    ----------
    book
        The file.
    """

    def __init__(self, book: Any) -> None:
        self.book = book
        self.made: dict[Style, Any] = {}
        self.red = book.add_format({"bg_color": style.RED, "font_color": "#FFFFFF", "bold": True})
        self.absent = book.add_format({"num_format": '"n/a"', "font_color": style.MUTED})
        self.nothing = book.add_format({"num_format": style.NOTHING})

    def __call__(self, wanted: Style) -> Any:
        """Return the format of a style."""
        found = self.made.get(wanted)
        if found is None:
            role, number = wanted
            properties = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter", **style.ROLES[role]}
            if number:
                properties["num_format"] = number
            found = self.made[wanted] = self.book.add_format(properties)
        return found


def dress(out: Layout, sheet: Any, tab: str, last: int, formats: Formats) -> None:
    """Dress a page whose cells are written.

    Parameters
    ----------
    out
        The book, laid out.
    sheet, tab
        The page of the file, and which it is.
    last
        Last row used, as Excel counts.
    formats
        Of the file.
    """
    _print_set_up(sheet)
    if tab in (cover.COVER, cover.NOTES):
        cover.dress(sheet, last, 5 if tab == cover.COVER else 3, formats.red)
        return
    if tab == embed.SOURCE:
        embed.dress(sheet, last, formats.red)
        return
    for column, width in ((LABEL, 46), (NAME, 30), (UNIT, 11), (CONSTANT, 15), (TOTAL, 15)):
        sheet.set_column(column, column, width)
    timed = tab in out.grids or tab in {view.tab for view in out.brief.views}
    head = lay.HEADER if timed else lay.HEAD
    sheet.freeze_panes(head, PADDING if timed else CONSTANT + 1)
    sheet.repeat_rows(0, head - 1)
    if timed:
        _timed(out, sheet, last)
    elif tab in answers.WIDTHS:
        answers.dress(out, sheet, tab, last)
    elif tab not in (annual.ANNUAL, annual.CHARTS):
        _typed(out, sheet, tab, last)
    _rules(out, sheet, tab, last, formats)
    if timed or tab in (annual.ANNUAL, front.KEY, answers.SCENARIOS):
        _dash_nothing(out, sheet, head, last, formats)
    if tab in LOCKED:
        sheet.protect("", {"format_cells": True, "format_columns": True, "format_rows": True})


def _print_set_up(sheet: Any) -> None:
    sheet.hide_gridlines(2)
    sheet.set_zoom(85)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&8&A&C&8&F&R&8page &P of &N")


def _timed(out: Layout, sheet: Any, last: int) -> None:
    """A page with periods: narrow padding, the source at the right, many pages in print."""
    sheet.set_column(PADDING, out.first - 1, 2.5)
    sheet.set_column(out.first, out.first + out.periods - 1, 11.5)
    sheet.set_column(out.first + out.periods, out.source - 1, 2.5)
    sheet.set_column(out.source, out.source, 60)
    sheet.repeat_columns(LABEL, TOTAL)
    sheet.print_area(0, 0, last - 1, out.source)
    sheet.fit_to_pages(0, 0)
    sheet.set_print_scale(45)


def _typed(out: Layout, sheet: Any, tab: str, last: int) -> None:
    """A page that is typed into: a column for each scenario, then kind and source."""
    end = PADDING + 2 + len(front.held(out))
    sheet.set_column(PADDING, PADDING, 13 if tab == lay.TABLES else 2.5)
    sheet.set_column(PADDING + 1, end - 1, 17)
    if tab == lay.TABLES:
        sheet.set_column(UNIT, UNIT, 18)
    sheet.set_column(end, end, 11)
    sheet.set_column(end + 1, end + 1, front.source_width(out, tab))
    sheet.print_area(0, 0, last - 1, end + 1)
    sheet.fit_to_pages(1, 0)
    if tab == lay.INPUTS:
        numbers = {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 1 + len(front.held(out))}
        sheet.data_validation(front.SCENARIO_ROW - 1, CONSTANT, front.SCENARIO_ROW - 1, CONSTANT, numbers)
        for name, kind in out.brief.ranges.items():
            at = out.input_at[name] - 1
            sheet.data_validation(at, front.BASE, at, end - 1, validation(kind))


def _rules(out: Layout, sheet: Any, tab: str, last: int, formats: Formats) -> None:
    """The red of a failed check, and figures that do not apply."""
    failed = {"type": "cell", "criteria": "<", "value": 1, "format": formats.red}
    sheet.conditional_format(1, CONSTANT, 1, CONSTANT, failed)
    if tab == lay.INPUTS:
        rule = f"=AND(ISNUMBER($E{lay.HEAD + 1}),$E{lay.HEAD + 1}=0)"
        look = {"type": "formula", "criteria": rule, "format": formats.red}
        sheet.conditional_format(lay.HEAD, TOTAL, last - 1, TOTAL, look)
    if tab == lay.CHECKS:
        results = (lay.HEAD + 1, CONSTANT, lay.HEAD + answers.check_count(out), CONSTANT)
        sheet.conditional_format(*results, {"type": "cell", "criteria": "==", "value": 0, "format": formats.red})
    if tab in (front.KEY, answers.SCENARIOS):
        rule = f"=AND(ISNUMBER($E{lay.HEAD + 1}),$E{lay.HEAD + 1}=0)"
        look = {"type": "formula", "criteria": rule, "format": formats.absent, "stop_if_true": True}
        sheet.conditional_format(lay.HEAD, CONSTANT, last - 1, CONSTANT, look)


def _dash_nothing(out: Layout, sheet: Any, head: int, last: int, formats: Formats) -> None:
    """Show an amount under a dollar as a dash: what rounding leaves over would read (0.00) beside real amounts."""
    at, end = head + 1, max(out.source - 1, PADDING + 60)
    cell = f"{out.columns[CONSTANT]}{at}"
    rule = f'=AND(${out.columns[UNIT]}{at}="USD m",ISNUMBER({cell}),ABS({cell})<1)'
    look = {"type": "formula", "criteria": rule, "format": formats.nothing}
    sheet.conditional_format(head, CONSTANT, last - 1, end, look)

"""The cover and the notes: what the book is, how to read it, where everything is, and where it came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ringfence.run.workbook import front, style
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook.cells import Cell, Line, Values, master, quoted
from ringfence.run.workbook.layout import Layout

COVER, NOTES = "Cover", "Notes"
WIDTHS = (3, 34, 112, 22)

READING = (
    ("Blue on yellow", "an input: type here, and the whole book follows", "input"),
    ("Black", "a calculation: one formula a row, the same in every period", "calc"),
    ("Grey italics", "a step of the calculation below it", "label_step"),
    ("Green", "a link: the same number, from another page", "link"),
    ("Grey on grey", "structural: shapes the formulas; editing it turns the master check red", "locked"),
    ("Orange", "solved: must equal its target, or the master check is red", "solved"),
)
RULES = (
    ("Amounts", "held in USD and shown in USD m, but on the Inputs page, which shows USD"),
    (
        "Signs",
        "a row is a magnitude; direction is in the formula. In an investor's or lender's flow, money in is positive",
    ),
    ("Time", "dates are months since close; period 0 is close; all cash of a period is dated at its end"),
    ("Interest", "accrues on the opening balance, by the day count of the loan"),
    ("Comparisons", "share one tolerance, held on the Inputs page (rf_abs, rf_rel)"),
    ("Sizing", "the switch deal.signed on the Inputs page: 0 sizes the debt live, 1 holds the signed schedule"),
    ("Scenario", "the first cell of the Inputs page drives the whole book"),
)


def cover(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the cover.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    yield 2, [(1, None, out.brief.title, ("title", ""))]
    yield 3, [(1, None, out.brief.subtitle, ("subtitle", ""))]
    yield (
        5,
        [
            (1, None, "Master check", ("strong", "")),
            (2, "=rf_checks", master(out, values), ("check_left", style.MASTER)),
        ],
    )
    at = 6
    for title, pairs in (("This book", out.brief.facts), ("How to read it", RULES)):
        at += 1
        yield at, _band(title)
        for label, text in pairs:
            at += 1
            yield at, [(1, None, label, ("strong", "")), (2, None, text, ("text", ""))]
        at += 1
    at += 1
    yield at, _band("Colours")
    for label, text, role in READING:
        at += 1
        yield at, [(1, None, label, (role, "")), (2, None, text, ("text", ""))]
    at += 2
    yield at, _band("Contents")
    for tab, words in contents(out):
        at += 1
        yield at, [(1, None, Link(tab), ("hyperlink", "")), (2, None, words, ("text", ""))]
    at += 2
    yield at, _band("Change log")
    yield (
        at + 1,
        [(1, None, "date", ("strong", "")), (2, None, "change", ("strong", "")), (3, None, "by", ("strong", ""))],
    )
    yield at + 2, [(1, None, "as written", ("text", "")), (2, None, "written from the deal file", ("text", ""))]
    for k in range(3, 9):
        yield at + k, [(column, None, "", ("input", style.TEXT)) for column in (1, 2, 3)]


class Link(str):
    """Text of a cell that jumps to the page of the same name."""

    @property
    def target(self) -> str:
        """Where it jumps."""
        return f"internal:{quoted(str(self))}!A1"


def contents(out: Layout) -> Iterator[tuple[str, str]]:
    """Pages and what they show.

    Parameters
    ----------
    out
        The book, laid out.
    """
    yield lay.CHECKS, "laws of the model, apart from alerts about the deal"
    yield front.KEY, "returns, ratios, sources and uses"
    if out.brief.scenarios:
        yield "Scenarios", "key figures live, and under every scenario"
    if out.brief.annual:
        yield "Annual", "by calendar year"
        yield "Charts", "revenue, debt, and cash against debt service, year by year"
    yield lay.INPUTS, "every input with unit and source, the scenarios and the switches"
    if out.tables:
        yield lay.TABLES, "curves and other tables"
    words = {lay.TIMELINE: "the calendar: periods, day counts, hours", lay.SERIES: "inputs with one value a period"}
    for grid in out.grids.values():
        yield grid.tab, words.get(grid.tab, grid.title)
    for view in out.brief.views:
        yield view.tab, view.title
    yield NOTES, "scenarios, structural inputs and sources"
    if out.brief.source:
        yield "Source", "the deal file, line by line"


def notes(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the notes: scenarios, structural inputs with their reasons, sources.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    yield 2, [(1, None, "Notes", ("title", ""))]
    yield (
        3,
        [
            (1, None, out.brief.title, ("subtitle", "")),
            (2, "=rf_checks", master(out, values), ("check_left", style.MASTER)),
        ],
    )
    at = 4
    scenarios = [
        (s.name, s.words if not s.refused else f"{s.words} - not in this book: {s.refused}")
        for s in out.brief.scenarios
    ]
    structural = sorted(out.brief.structural.items())
    for title, pairs in (("Scenarios", scenarios), ("Structural inputs", structural), ("Sources", out.brief.notes)):
        if not pairs:
            continue
        at += 1
        yield at, _band(title)
        for label, text in pairs:
            at += 1
            yield at, [(1, None, label, ("strong", "")), (2, None, text, ("text", ""))]
        at += 1


def _band(title: str) -> list[Cell]:
    return [(column, None, title if column == 1 else "", ("section", "")) for column in (1, 2, 3)]


def dress(sheet: Any, last: int, at: int, red: Any) -> None:
    """Set widths and the print area.

    Parameters
    ----------
    sheet
        Of the file.
    last
        Last row used.
    at
        Row of the master check.
    red
        Format of a failed check.
    """
    for column, width in enumerate(WIDTHS):
        sheet.set_column(column, column, width)
    sheet.conditional_format(at - 1, 2, at - 1, 2, {"type": "cell", "criteria": "<", "value": 1, "format": red})
    sheet.set_portrait()
    sheet.print_area(0, 0, last - 1, 3)
    sheet.fit_to_pages(1, 0)

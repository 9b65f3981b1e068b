"""Rows and sheets as a notebook or a terminal shows them; values belong to runs and are shown by ``explain``."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from ringfence.sheet.formula import formula_text, number_text

if TYPE_CHECKING:
    from ringfence.sheet.row import Row
    from ringfence.sheet.sheet import Sheet

_HEADER = ("row", "unit", "formula", "source")
_WIDEST = 72


def row_text(row: Row) -> str:
    """Write a row as one line: name, unit, formula, source.

    Parameters
    ----------
    row
        Any row.
    """
    source = f"    {row.source}" if row.source else ""
    return f"<{row.name} [{row.unit}] = {_cut(_content(row))}{source}>"


def row_html(row: Row) -> str:
    """Write a row as an HTML table of one line.

    Parameters
    ----------
    row
        Any row.
    """
    return _html([_cells(row)])


def sheet_text(sheet: Sheet) -> str:
    """Write a sheet as a table of text: one line a row, in the order they were defined.

    Parameters
    ----------
    sheet
        Any sheet.
    """
    head = f"{sheet.name}: {len(sheet.rows)} rows, {len(sheet.measures)} measures, {sheet.periods} periods"
    return f"{head}\n{text_table(_HEADER, [_cells(row) for row in sheet])}"


def sheet_html(sheet: Sheet) -> str:
    """Write a sheet as an HTML table.

    Parameters
    ----------
    sheet
        Any sheet.
    """
    return _html([_cells(row) for row in sheet])


def text_table(header: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    """Align cells into columns of text.

    Parameters
    ----------
    header
        Titles.
    lines
        Cells of each line.
    """
    table = [list(header), *(list(line) for line in lines)]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
    )


def _cells(row: Row) -> tuple[str, str, str, str]:
    return row.name, str(row.unit), _cut(_content(row)), row.source


def _content(row: Row) -> str:
    if row.expr is not None:
        return formula_text(row.expr)
    if row.kind == "scalar":
        return number_text(row.value)
    if row.kind == "series":
        return f"input, {len(row.value)} periods"
    if row.kind == "table":
        return f"table, {len(row.value[0])} points"
    return "not defined yet"


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else text[: _WIDEST - 3] + "..."


def _html(lines: list[tuple[str, str, str, str]]) -> str:
    head = "".join(f"<th>{title}</th>" for title in _HEADER)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

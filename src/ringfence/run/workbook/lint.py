"""The lint of a written book: what a model auditor's tool would flag, read from the file itself.

    findings = lint("deal.xlsx")        an empty list, or one sentence a finding

The file is read as XML, with the standard library only, so that nothing the writer believes is taken on trust:

- one formula a row: every period column holds the same formula, relative to its column;
- no number inside a formula but 0 and 1; no forbidden function; no error value; no external link, no macro;
- no defined name that could be read as a cell; no hidden row, column or page;
- no text that starts with = + - @ and so could turn into a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from os import PathLike
from xml.etree import ElementTree

from ringfence.run.workbook.file import MAIN, WrittenCell, WrittenPage, column_number, opened, shared_strings, tabs_of
from ringfence.run.workbook.names import looks_like_cell

FORBIDDEN = frozenset(
    (
        *(
            "ARRAYFORMULA",
            "CALL",
            "CELL",
            "FILTER",
            "HLOOKUP",
            "HYPERLINK",
            "INDEX",
            "INDIRECT",
            "INFO",
            "LAMBDA",
            "LET",
        ),
        *("MINVERSE", "MMULT", "NOW", "OFFSET", "RAND", "RANDARRAY", "RANDBETWEEN", "SEQUENCE", "SORT", "SUMPRODUCT"),
        *("TODAY", "TRANSPOSE", "UNIQUE", "VLOOKUP", "WEBSERVICE", "XLOOKUP"),
    )
)
_TOKEN = re.compile(
    r"""'(?:[^']|'')*'!|"(?:[^"]|"")*"|\$?[A-Z]{1,3}\$?[0-9]+(?![A-Za-z0-9_.(])|[A-Za-z_][A-Za-z0-9_.]*|"""
    r"""[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|."""
)
_REFERENCE = re.compile(r"(\$?)([A-Z]{1,3})(\$?)([0-9]+)\Z")
_NUMBER = re.compile(r"[0-9.]+(?:[eE][+-]?[0-9]+)?\Z")
_STARTS = ("=", "+", "-", "@")


def lint(path: str | PathLike[str]) -> list[str]:
    """Read a written book and list what an auditor would flag.

    Parameters
    ----------
    path
        The ``.xlsx`` file.
    """
    with opened(path) as book:
        parts = book.file.namelist()
        found = [f"the file holds {name}" for name in parts if "vba" in name.lower() or "externalLink" in name]
        shared = shared_strings(book)
        tabs = tabs_of(book)
        found += _names(ElementTree.fromstring(book.file.read("xl/workbook.xml")))
        for tab in tabs:
            if tab.state != "visible":
                found.append(f"page {tab.name} is hidden")
            with book.file.open(tab.part) as stream:
                found += [f"{tab.name}!{text}" for text in _page(WrittenPage(stream, book, shared))]
    return found


def _names(tree: ElementTree.Element) -> Iterator[str]:
    for name in tree.iter(f"{MAIN}definedName"):
        word = name.attrib["name"]
        if word.startswith("_xlnm."):
            continue
        if looks_like_cell(word) or "_" not in word:
            yield f"the name {word} could be read as a cell"
        if "[" in (name.text or ""):
            yield f"the name {word} refers to another file"


def _page(page: WrittenPage) -> Iterator[str]:
    for row in page:
        if row.hidden:
            yield f"row {row.at} is hidden"
        yield from (f"row {row.at}: {text}" for text in _row(row.cells, row.at))
    yield from (f"column {column} is hidden" for column in page.hidden)


def _row(cells: Sequence[WrittenCell], at: int) -> Iterator[str]:
    forms: dict[str, int] = {}
    moving: dict[str, list[int]] = {}
    for cell in cells:
        if cell.formula is None:
            if cell.kind in ("s", "inlineStr") and cell.text.startswith(_STARTS):
                yield f"text starts like a formula: {cell.text[:40]}"
            continue
        if cell.kind == "e":
            yield f"column {cell.column} shows {cell.text}"
        relative = in_r1c1(cell.formula, at, cell.column)
        if relative not in forms:
            forms[relative] = cell.column
            yield from _formula(cell.formula)
        moving.setdefault(relative, []).append(cell.column)
    yield from _consistent(moving)


def _consistent(moving: dict[str, list[int]]) -> Iterator[str]:
    """Formulas of the period columns: those from the seventh column on that stand beside each other."""
    periods = {form: [c for c in columns if c > 6] for form, columns in moving.items()}
    shown = {form: columns for form, columns in periods.items() if columns}
    longest = max(map(len, shown.values()), default=0)
    if longest > 1 and len(shown) > 1:
        odd = [form for form, columns in shown.items() if len(columns) < longest]
        yield f"{len(shown)} different formulas across the periods, for example {odd[:1] or list(shown)[:2]}"


def _formula(formula: str) -> Iterator[str]:
    if formula.startswith("{array}"):
        yield f"array formula {formula[7:60]}"
    if "[" in formula:
        yield f"link to another file: {formula[:60]}"
    tokens = _TOKEN.findall(formula)
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        if _NUMBER.match(token) and token not in ("0", "1"):
            yield f"the number {token} stands in {formula[:60]}"
        if after == "(" and token.upper().removeprefix("_XLFN.") in FORBIDDEN:
            yield f"{token} stands in {formula[:60]}"
        if token == "#":
            yield f"an error value stands in {formula[:60]}"


def in_r1c1(formula: str, row: int, column: int) -> str:
    """Write a formula relative to its cell, so that equal formulas read the same.

    Parameters
    ----------
    formula
        As in the file, with letters.
    row, column
        Of the cell, from 1.

    Examples
    --------
    >>> in_r1c1("G10*$D$4+F10", 11, 7)
    'R[-1]C[0]*R4C4+R[-1]C[-1]'
    """
    tokens = _TOKEN.findall(formula)
    calls = [after == "(" for after in [*tokens[1:], ""]]
    pairs = zip(tokens, calls, strict=True)
    return "".join(token if call else _relative(token, row, column) for token, call in pairs)


def _relative(token: str, row: int, column: int) -> str:
    match = _REFERENCE.match(token)
    if match is None:
        return token
    fixed_column, letters, fixed_row, digits = match.groups()
    r = f"R{digits}" if fixed_row else f"R[{int(digits) - row}]"
    number = column_number(letters)
    return r + (f"C{number}" if fixed_column else f"C[{number - column}]")

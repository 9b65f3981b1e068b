"""A written book read back as XML, with the standard library only: cells with their formulas and values."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from os import PathLike
from typing import IO
from xml.etree import ElementTree

from ringfence.errors import RunError

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CELL = re.compile(r"([A-Z]+)([0-9]+)\Z")
#: Largest page read, unpacked. [byte]
LARGEST = 1_000_000_000


@dataclass(frozen=True)
class WrittenCell:
    """A cell of the file: its column (1 is A), formula, type and text."""

    column: int
    formula: str | None
    kind: str
    text: str

    @property
    def number(self) -> float | None:
        """The number in the cell, or None."""
        if self.kind not in ("n", "b") or not self.text:
            return None
        return float(self.text)


@dataclass(frozen=True)
class Tab:
    """A page of the file."""

    name: str
    state: str
    part: str


def tabs_of(book: zipfile.ZipFile) -> list[Tab]:
    """List the pages of a file.

    Parameters
    ----------
    book
        The open file.
    """
    links = ElementTree.fromstring(book.read("xl/_rels/workbook.xml.rels"))
    parts = {link.attrib["Id"]: link.attrib["Target"] for link in links}
    tree = ElementTree.fromstring(book.read("xl/workbook.xml"))
    found = []
    for sheet in tree.iter(f"{MAIN}sheet"):
        target = parts[sheet.attrib[f"{_RELATED}id"]].removeprefix("/xl/")
        found.append(Tab(sheet.attrib["name"], sheet.attrib.get("state", "visible"), f"xl/{target}"))
    return found


def shared_strings(book: zipfile.ZipFile) -> list[str]:
    """Texts that cells refer to by number.

    Parameters
    ----------
    book
        The open file.
    """
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    tree = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    return ["".join(part.text or "" for part in item.iter(f"{MAIN}t")) for item in tree.iter(f"{MAIN}si")]


def cells_of(row: ElementTree.Element, shared: list[str]) -> Iterator[WrittenCell]:
    """Cells of a row element.

    Parameters
    ----------
    row
        Of the file.
    shared
        From :func:`shared_strings`.
    """
    for cell in row:
        match = _CELL.match(cell.attrib["r"])
        assert match is not None
        formula, value = cell.find(f"{MAIN}f"), cell.find(f"{MAIN}v")
        kind = cell.attrib.get("t", "n")
        text = value.text or "" if value is not None else "".join(t.text or "" for t in cell.iter(f"{MAIN}t"))
        if kind == "s" and text:
            text = shared[int(text)]
        written = None if formula is None else (formula.text or "")
        if formula is not None and formula.attrib.get("t") == "array":
            written = "{array}" + (written or "")
        yield WrittenCell(column_number(match.group(1)), written, kind, text)


def read_pages(path: str | PathLike[str]) -> dict[str, dict[int, dict[int, WrittenCell]]]:
    """Read every cell of a file: page, Excel row, column from 1.

    Parameters
    ----------
    path
        The ``.xlsx`` file.

    Raises
    ------
    RunError
        If it is no workbook.
    """
    try:
        with zipfile.ZipFile(path) as book:
            if any(part.file_size > LARGEST for part in book.infolist()):
                raise RunError(f"{path} unpacks to more than {LARGEST:_} bytes a page")
            shared = shared_strings(book)
            found = {}
            for tab in tabs_of(book):
                with book.open(tab.part) as page:
                    found[tab.name] = dict(_rows(page, shared))
            return found
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise RunError(f"{path} is not a workbook: {error}") from None


def _rows(page: IO[bytes], shared: list[str]) -> Iterator[tuple[int, dict[int, WrittenCell]]]:
    for _, element in ElementTree.iterparse(page):
        if element.tag == f"{MAIN}row":
            yield int(element.attrib["r"]), {cell.column: cell for cell in cells_of(element, shared)}
            element.clear()


def column_number(letters: str) -> int:
    """Number of a column, A being 1.

    Parameters
    ----------
    letters
        ``A`` to ``XFD``.
    """
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number

"""A written book read back as XML, with the standard library only: cells with their formulas and values.

The file may come from anywhere, so it is read as a stream and within bounds: the size of what it unpacks to, the number
of its cells, no document type (and so no entities), no page twice. What breaks a bound, and what is no workbook at
all, is refused in a sentence.
"""

from __future__ import annotations

import math
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import PathLike
from typing import IO, TypeVar
from xml.parsers import expat

from ringfence.errors import RunError

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
#: Most that a file may unpack to; the book of the largest example takes 25 million. [byte]
LARGEST = 500_000_000
#: Most that its list of pages may take. [byte]
LARGEST_LIST = 5_000_000
#: Most cells, texts and rows read from one file; the book of the largest example holds 260,000.
MOST_CELLS = 4_000_000
_PIECE = 1 << 16
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, expat.ExpatError, struct.error, EOFError),
    *(KeyError, IndexError, ValueError, NotImplementedError, RuntimeError),
)
"""What a damaged, locked or foreign file makes the standard library raise."""

Start = Callable[[str, dict[str, str]], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class WrittenCell:
    """A cell of the file: its column (1 is A), formula, type and text."""

    column: int
    formula: str | None
    kind: str
    text: str

    @property
    def number(self) -> float | None:
        """The number in the cell, or None: text, TRUE, an error, a date, and what no number can hold."""
        if self.kind != "n" or not _NUMBER.match(self.text):
            return None
        found = float(self.text)
        return found if math.isfinite(found) else None


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row of the file: its number from 1, whether it is hidden, and its cells that hold something."""

    at: int
    hidden: bool
    cells: tuple[WrittenCell, ...]


@dataclass(frozen=True)
class Tab:
    """A page of the file."""

    name: str
    state: str
    part: str


@dataclass
class Opened:
    """A file opened for reading.

    Attributes
    ----------
    file
        The open file.
    left
        How many more cells, texts and rows may be read.
    """

    file: zipfile.ZipFile
    left: int = field(default_factory=lambda: MOST_CELLS)

    def count(self) -> None:
        """Count one more cell, text or row."""
        self.left -= 1
        if self.left < 0:
            raise RunError(f"it holds more than {MOST_CELLS:_} cells and texts")


@contextmanager
def opened(path: str | PathLike[str]) -> Iterator[Opened]:
    """Open a workbook; whatever is wrong with the file while it is read becomes a refusal that names it.

    Parameters
    ----------
    path
        The ``.xlsx`` file.

    Raises
    ------
    RunError
        If it cannot be read, is no workbook, or is larger than any book of a deal.
    """
    fix = "give the .xlsx file that ringfence workbook wrote, saved without a password"
    try:
        with zipfile.ZipFile(path) as file:
            if sum(part.file_size for part in file.infolist()) > LARGEST:
                raise RunError(f"it unpacks to more than {LARGEST:_} bytes")
            yield Opened(file)
    except RunError as error:
        raise RunError(f"{path} is not read: {error}; {fix}") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror or error}; {fix}") from None
    except _BROKEN as error:
        raise RunError(f"{path} is not a workbook: {str(error)[:120] or type(error).__name__}; {fix}") from None


def tabs_of(book: Opened) -> list[Tab]:
    """List the pages of a file, in order.

    Parameters
    ----------
    book
        The open file.
    """
    parts: dict[str, str] = {}
    found: list[Tab] = []

    def link(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            parts[attributes["Id"]] = attributes["Target"].removeprefix("/xl/")

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag != "sheet":
            return
        book.count()
        name, state = attributes["name"], attributes.get("state", "visible")
        if any(tab.name == name for tab in found):
            raise RunError(f"two of its pages are called {name[:40]}")
        key = next(value for key, value in attributes.items() if key.endswith(":id"))
        found.append(Tab(name, state, f"xl/{parts[key]}"))

    _scan(book, "xl/_rels/workbook.xml.rels", link)
    _scan(book, "xl/workbook.xml", sheet)
    return found


def _scan(book: Opened, part: str, start: Start) -> None:
    """Read the elements of a small part."""
    if book.file.getinfo(part).file_size > LARGEST_LIST:
        raise RunError(f"{part} unpacks to more than {LARGEST_LIST:_} bytes")
    with book.file.open(part) as stream:
        parser = _parser(start, _nothing)
        while piece := stream.read(_PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)


def _nothing(tag: str) -> None:
    """Take no notice of the end of an element."""


def _parser(start: Start, end: Callable[[str], None]) -> expat.XMLParserType:
    """Read elements by their plain names; a document type, which a workbook never has, is refused."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*_: object) -> None:
    raise RunError("it declares a document type, as no workbook does")


def shared_strings(book: Opened) -> list[str]:
    """Texts that cells refer to by number.

    Parameters
    ----------
    book
        The open file.
    """
    part = "xl/sharedStrings.xml"
    if part not in book.file.namelist():
        return []
    with book.file.open(part) as stream:
        return list(_Texts(stream, book))


class _Texts:
    """The shared texts of a file, one after the other, without the readings that may stand above them."""

    def __init__(self, stream: IO[bytes], book: Opened) -> None:
        self.stream = stream
        self.book = book
        self.parts: list[str] = []
        self.reading = False
        self.ready: list[str] = []
        self.parser = _parser(self.start, self.end)

    def __iter__(self) -> Iterator[str]:
        yield from _pieces(self.parser, self.stream, self.ready)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "si":
            self.book.count()
            self.parts = []
        elif tag == "rPh":
            self.reading = True
        elif tag == "t" and not self.reading:
            self.parser.CharacterDataHandler = self.parts.append

    def end(self, tag: str) -> None:
        self.parser.CharacterDataHandler = None
        if tag == "rPh":
            self.reading = False
        elif tag == "si":
            self.ready.append("".join(self.parts))


def _pieces(parser: expat.XMLParserType, stream: IO[bytes], ready: list[T]) -> Iterator[T]:
    """Feed a stream piece by piece; hand on what has become ready."""
    more = True
    while more:
        piece = stream.read(_PIECE)
        more = bool(piece)
        parser.Parse(piece, not more)
        yield from ready
        ready.clear()


class WrittenPage:
    """A page of the file, to be read row by row, once.

    Parameters
    ----------
    stream
        The page.
    book
        The open file.
    shared
        From :func:`shared_strings`.

    Attributes
    ----------
    hidden
        First columns of those that are hidden, known once the rows are read.
    """

    def __init__(self, stream: IO[bytes], book: Opened, shared: list[str]) -> None:
        self.hidden: list[int] = []
        self._stream, self._book, self._shared = stream, book, shared
        self._ready: list[WrittenRow] = []
        self._cells: list[WrittenCell] = []
        self._row, self._row_hidden, self._column = 0, False, 0
        self._kind, self._array = "n", False
        self._formula: list[str] | None = None
        self._value: list[str] = []
        self._text: list[str] = []
        self._parser = _parser(self._start, self._end)

    def __iter__(self) -> Iterator[WrittenRow]:
        yield from _pieces(self._parser, self._stream, self._ready)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._book.count()
            self._column = _column(attributes.get("r"), self._column)
            self._kind = attributes.get("t", "n")
            self._formula, self._array, self._value, self._text = None, False, [], []
        elif tag == "v":
            self._parser.CharacterDataHandler = self._value.append
        elif tag == "f":
            self._formula, self._array = [], attributes.get("t") == "array"
            self._parser.CharacterDataHandler = self._formula.append
        elif tag == "t":
            self._parser.CharacterDataHandler = self._text.append
        elif tag == "row":
            self._book.count()
            self._row = int(attributes["r"]) if "r" in attributes else self._row + 1
            self._row_hidden = attributes.get("hidden") in ("1", "true")
            self._column, self._cells = 0, []
        elif tag == "col" and attributes.get("hidden") in ("1", "true"):
            self.hidden.append(int(attributes["min"]))

    def _end(self, tag: str) -> None:
        self._parser.CharacterDataHandler = None
        if tag == "c":
            self._close()
        elif tag == "row":
            self._ready.append(WrittenRow(self._row, self._row_hidden, tuple(self._cells)))

    def _close(self) -> None:
        text = "".join(self._value or self._text)
        if self._kind == "s" and text:
            text = self._shared[int(text)]
        formula = None if self._formula is None else "".join(self._formula)
        if self._array:
            formula = f"{{array}}{formula}"
        if formula is not None or text:
            self._cells.append(WrittenCell(self._column, formula, self._kind, text))


def _column(reference: str | None, before: int) -> int:
    """Column of a cell; one without a reference stands right of the one before."""
    if reference is None:
        return before + 1
    match = _CELL.match(reference)
    if match is None:
        raise RunError(f"it names a cell {reference[:20]}, and there is no such cell")
    return column_number(match.group(1))


def read_pages(path: str | PathLike[str]) -> dict[str, dict[int, dict[int, WrittenCell]]]:
    """Read every cell of a file that holds something: page, Excel row, column from 1.

    Parameters
    ----------
    path
        The ``.xlsx`` file.

    Raises
    ------
    RunError
        If it is no workbook.
    """
    with opened(path) as book:
        shared = shared_strings(book)
        found = {}
        for tab in tabs_of(book):
            with book.file.open(tab.part) as stream:
                rows = WrittenPage(stream, book, shared)
                found[tab.name] = {row.at: {cell.column: cell for cell in row.cells} for row in rows}
        return found


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

"""A banker's edits back into the deal file: the Inputs page of a book, token by token.

    back = read_workbook("deal.xlsx")
    back.content      the deal file; byte for byte as it was where nothing was edited
    back.changes      what was taken over: path, old text, new text
    back.left         what was not, each with the reason

The book holds the deal file it was written from. A changed input replaces the one token it was read from, in the style
it was written in (``5y``, ``300bp``, ``0.5bn USD``); a default that was not written, or a value of a file this one
extends, becomes a line of its own. Every change is proved: the new file is read and built again, and exactly the edited
input must have moved, to the edited value. What cannot be proved, and every edit outside the Inputs page, is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook_tokens import Written, candidates
from ringfence.errors import RingfenceError, RunError

if TYPE_CHECKING:
    from ringfence.desk.workbook import Book
    from ringfence.run.workbook.file import WrittenCell

Pages = Mapping[str, Mapping[int, Mapping[int, "WrittenCell"]]]
NEAR = 1e-13
"""Numbers in a file hold 16 to 17 digits."""


@dataclass(frozen=True)
class Change:
    """One edited input: the path in the deal, the text before and after."""

    path: str
    before: str
    after: str


@dataclass(frozen=True)
class ReadBack:
    """A book read back.

    Attributes
    ----------
    name
        Name of the deal file.
    content
        The deal file with the edits.
    changes
        Edits taken over.
    left
        Edits not taken over, each with its reason.
    """

    name: str
    content: bytes
    changes: tuple[Change, ...]
    left: tuple[str, ...]


def read_workbook(path: str | PathLike[str]) -> ReadBack:
    """Read the Inputs page of a book back into its deal file.

    Parameters
    ----------
    path
        A book written by ``ringfence workbook``.

    Raises
    ------
    RunError
        If the file is no such book, or its deal file is damaged.
    """
    from ringfence.run.workbook.embed import SOURCE, embedded
    from ringfence.run.workbook.file import read_pages

    pages = read_pages(path)
    files = embedded(pages.get(SOURCE, {}))
    if not files:
        raise RunError(f"{path} holds no deal file; write it with ringfence workbook DEAL")
    with TemporaryDirectory() as folder:
        return _Reader(pages, files, Path(folder)).read()


class _Reader:
    """The deal file as it becomes, and a place to read it from."""

    def __init__(self, pages: Pages, files: dict[str, bytes], folder: Path) -> None:
        self.pages = pages
        self.files = files
        self.name = next(iter(files))
        self.root = folder.resolve()
        self.opened = self.root / "deal" / self.name
        for name, content in files.items():
            target = (self.root / "deal" / name).resolve()
            if not target.is_relative_to(self.root):
                raise RunError(f"the book holds a file outside its folder: {name}")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.inputs = self._inputs(files[self.name])

    def read(self) -> ReadBack:
        from ringfence.desk.session import read, run
        from ringfence.desk.workbook import make_book

        book = make_book(run(read(self.opened)), self.opened)
        edits = dict(_edits(book, self.pages))
        left = list(_outside(book, self.pages))
        changes = []
        content = self.files[self.name]
        for name, value in edits.items():
            done = self._taken(book, content, name, value)
            if isinstance(done, str):
                left.append(done)
                continue
            content, change = done
            self.inputs = self._inputs(content)
            changes.append(change)
        return ReadBack(self.name, content, tuple(changes), tuple(left))

    def _taken(self, book: Book, content: bytes, name: str, value: float) -> tuple[bytes, Change] | str:
        row = book.result.model.sheet.rows.get(name)
        path = _path(row.source) if row is not None else ""
        if row is None or not path:
            return f"Inputs: {name} is {value:g} in the book, but no term of the deal file"
        written = Written(content, self.name, path, str(row.unit), self.inputs[name], book.result.model.timeline)
        for text, before, after in candidates(written, value):
            moved = self._moved(text)
            if moved is not None and set(moved) == {name} and _near(moved[name], value):
                return text, Change(path, before, after)
        return f"Inputs: {name} is {value:g} in the book; change {path} in the deal file by hand ({row.source})"

    def _moved(self, content: bytes) -> dict[str, float] | None:
        """Inputs that differ once the deal file reads `content`; None if it cannot be read."""
        try:
            now = self._inputs(content)
        except (RingfenceError, UnicodeDecodeError):
            return None
        if now.keys() != self.inputs.keys():
            return None
        return {name: value for name, value in now.items() if not _near(value, self.inputs[name])}

    def _inputs(self, content: bytes) -> dict[str, float]:
        from ringfence.blocks.build import build
        from ringfence.terms.read import read_deal

        self.opened.write_bytes(content)
        return {row.name: row.value for row in build(read_deal(self.opened)).sheet if row.kind == "scalar"}


def _edits(book: Book, pages: Pages) -> Iterator[tuple[str, float]]:
    """Inputs whose cell in the column `as agreed` holds another number than was written."""
    from ringfence.run.workbook.front import BASE
    from ringfence.run.workbook.layout import INPUTS

    for name, at in book.layout.input_at.items():
        cell = pages.get(INPUTS, {}).get(at, {}).get(BASE + 1)
        number = None if cell is None else cell.number
        known = float(book.values[name])
        if not book.layout.fixed(name) and number is not None and not _near(number, known):
            yield name, number


def _outside(book: Book, pages: Pages) -> Iterator[str]:
    """Cells elsewhere that are not as written: numbers, formulas, cells added or emptied."""
    from ringfence.run.workbook import pages as fresh
    from ringfence.run.workbook.layout import INPUTS

    for tab, lines in fresh(book.layout, book.values):
        if tab not in pages:
            yield f"page {tab} is missing"
            continue
        seen: set[tuple[int, int]] = set()
        for at, cells in lines:
            for column, formula, value, _ in cells:
                seen.add((at, column + 1))
                if tab == INPUTS and formula is None and _is_base(book, at, column):
                    number = pages[tab].get(at, {}).get(column + 1)
                    if number is None or number.number is None or number.formula is not None:
                        yield f"{tab}!{book.layout.columns[column]}{at}: an input is not a number"
                    continue
                was = _differs(pages[tab].get(at, {}).get(column + 1), formula, value)
                if was:
                    yield f"{tab}!{_column(column)}{at}: {was}"
        yield from _added(tab, pages[tab], seen)


def _added(tab: str, page: Mapping[int, Mapping[int, WrittenCell]], seen: set[tuple[int, int]]) -> Iterator[str]:
    for at, cells in page.items():
        for column, cell in cells.items():
            if (at, column) not in seen and (cell.formula is not None or cell.text):
                yield f"{tab}!{_column(column - 1)}{at}: a cell was added"


def _is_base(book: Book, at: int, column: int) -> bool:
    from ringfence.run.workbook.front import BASE

    return column == BASE and any(row == at and not book.layout.fixed(n) for n, row in book.layout.input_at.items())


def _column(column: int) -> str:
    from ringfence.run.workbook.layout import letters

    return letters(column)


def _differs(cell: WrittenCell | None, formula: str | None, value: Any) -> str:
    if formula is not None:
        if cell is None or cell.formula is None:
            return f"a formula was replaced{'' if cell is None or not cell.text else f' by {cell.text[:40]}'}"
        return "" if _same_formula(cell.formula, formula) else f"the formula was changed to {cell.formula[:80]}"
    if isinstance(value, float):
        number = None if cell is None else cell.number
        if number is None or not _near(number, value):
            return f"{value:g} was changed to {'nothing' if cell is None else cell.text[:40]}"
    return ""


def _same_formula(file: str, ours: str) -> bool:
    """Whether two formulas say the same; another program may drop prefixes and quotes, or share a formula."""
    return not file or _bare(file) == _bare(ours)


def _bare(formula: str) -> str:
    return formula.removeprefix("=").replace("_xlfn.", "").replace(" ", "").replace("'", "")


def _near(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= NEAR * max(abs(a), abs(b)))


def _path(source: str) -> str:
    """Path of the term behind an input: ``deal.yaml:41  contracts.senior.margin = 3%`` names it in the middle."""
    _, _, rest = source.partition("  ")
    return rest.split(" ")[0] if rest else ""


def write_back(back: ReadBack, target: str | PathLike[str]) -> ReadBack:
    """Write the deal file that came back.

    Parameters
    ----------
    back
        From :func:`read_workbook`.
    target
        File to write.
    """
    Path(target).write_bytes(back.content)
    return replace(back, name=str(target))

"""The deal file inside its book: readable line by line, and packed so that it comes back byte for byte."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from ringfence.errors import RunError
from ringfence.run.workbook import layout as lay
from ringfence.run.workbook.cells import Cell, Line, Values, check_line
from ringfence.run.workbook.file import WrittenCell
from ringfence.run.workbook.layout import CONSTANT, LABEL, NAME, UNIT, Layout
from ringfence.terms.files import MAX_BYTES

SOURCE = "Source"
_CHUNK = 30_000
_FILE, _HASH, _PACKED = "file", "sha256", "packed"
_MARK = "|"
#: Most deal files taken out of a book: a deal, and eight that it extends in turn.
MOST_FILES = 9


def source(out: Layout, values: Values) -> Iterator[Line]:
    """Rows of the page that holds the deal file and the files it extends.

    Parameters
    ----------
    out, values
        The book and its numbers.
    """
    yield lay.TITLE_ROW, [(LABEL, None, "The deal file this book was written from", ("title", ""))]
    yield lay.CHECK_ROW, check_line(out, values)
    at = lay.HEAD
    for name, content in out.brief.source.items():
        yield at, [(LABEL, None, _FILE, ("section", "")), (NAME, None, _MARK + name, ("section", ""))]
        yield at + 1, [_label(_HASH), (NAME, None, _MARK + hashlib.sha256(content).hexdigest(), ("name", ""))]
        packed = base64.b64encode(zlib.compress(content, 9)).decode()
        at += 2
        for start in range(0, len(packed), _CHUNK):
            yield at, [_label(_PACKED), (NAME, None, _MARK + packed[start : start + _CHUNK], ("name", ""))]
            at += 1
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            shown = "".join(c if c.isprintable() else " " for c in line)
            yield at, [(LABEL, None, float(number), ("unit", "0")), (NAME, None, _MARK + shown[:_CHUNK], ("label", ""))]
            at += 1
        at += 1


def dress(sheet: Any, last: int, red: Any) -> None:
    """Set widths, the print area, and the red of a failed check.

    Parameters
    ----------
    sheet
        Of the file.
    last
        Last row written.
    red
        Format of a failed check.
    """
    for column, width in ((LABEL, 12), (NAME, 130), (UNIT, 2), (CONSTANT, 18)):
        sheet.set_column(column, column, width)
    sheet.print_area(0, 0, last - 1, CONSTANT)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(lay.HEAD - 1, 0)
    sheet.repeat_rows(0, lay.HEAD - 2)
    sheet.conditional_format(1, CONSTANT, 1, CONSTANT, {"type": "cell", "criteria": "<", "value": 1, "format": red})


def _label(text: str) -> Cell:
    return LABEL, None, text, ("unit", "")


def embedded(page: Mapping[int, Mapping[int, WrittenCell]]) -> dict[str, bytes]:
    """Take the deal files out of the Source page of a book.

    Parameters
    ----------
    page
        Excel row -> column -> cell.

    Returns
    -------
    dict
        File name -> content, the deal first.

    Raises
    ------
    RunError
        If a file is damaged.
    """
    packed: dict[str, str] = {}
    hashes: dict[str, str] = {}
    name = ""
    for at in sorted(page):
        first, second = page[at].get(1), page[at].get(2)
        if first is None or second is None or not second.text.startswith(_MARK):
            continue
        text = second.text[len(_MARK) :]
        if first.text == _FILE:
            name = text
            packed[name] = ""
            if len(packed) > MOST_FILES:
                raise RunError(f"the Source page holds more than {MOST_FILES} deal files, and no deal extends so many")
        elif first.text == _HASH:
            hashes[name] = text
        elif first.text == _PACKED and name in packed:
            packed[name] += text
    return {name: _unpacked(name, chunk, hashes.get(name, "")) for name, chunk in packed.items()}


def _unpacked(name: str, chunk: str, wanted: str) -> bytes:
    try:
        machine = zlib.decompressobj()
        content = machine.decompress(base64.b64decode(chunk, validate=True), MAX_BYTES)
    except (zlib.error, binascii.Error, ValueError):
        content = b""
    if hashlib.sha256(content).hexdigest() != wanted:
        raise RunError(
            f"the Source page does not hold {name[:60]} whole: its hash is not the one written with it; take "
            "the book as it was written, or write it again with ringfence workbook DEAL"
        )
    return content

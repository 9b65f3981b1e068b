"""LibreOffice computes what the engine computes, and prints pages a reader can use."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from office import converted, images, needs
from recalculated import differing

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.desk.workbook.read import read_workbook
from ringfence.run.workbook import write_workbook
from ringfence.run.workbook.file import read_pages

pytestmark = [pytest.mark.office, pytest.mark.slow]

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
DEALS = sorted(path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.yaml"))


@pytest.fixture(scope="module")
def recalculated(tmp_path_factory):
    """Return every example's layout, its right numbers, and the file LibreOffice made of a book of wrong ones."""
    folder = tmp_path_factory.mktemp("office")
    needs("soffice")
    made = {}
    for name in DEALS:
        book = make_book(run(read(EXAMPLES / name)))
        path = folder / f"{name.replace('/', '-').removesuffix('.yaml')}.xlsx"
        write_workbook(path, book.layout, poisoned(book))
        made[name] = book.layout, book.values, path
    files = converted([path for _, _, path in made.values()], folder, "xlsx")
    return {name: (out, values, file) for (name, (out, values, _)), file in zip(made.items(), files, strict=True)}


def poisoned(book):
    """Numbers of a book, all wrong but its inputs: a program that shows what is cached is found out."""
    typed = {row.name for row in book.expanded.sheet if row.is_input}
    return {name: value if name in typed else _spoiled(value) for name, value in book.values.items()}


def _spoiled(value):
    return value * 1.5 + 123.0 if isinstance(value, (float, np.ndarray)) else value


@pytest.mark.parametrize("name", DEALS)
def test_examples_recalculate_to_the_engine(recalculated, name):
    """A book full of wrong cached numbers, recalculated by LibreOffice, is the engine's in every formula cell."""
    layout, values, path = recalculated[name]
    pages = read_pages(path)

    def shown(tab, at, column):
        cell = pages[tab].get(at, {}).get(column + 1)
        return None if cell is None else cell.text if cell.number is None else cell.number

    wrong, count = differing(layout, values, shown)

    assert wrong == []
    assert count > 5_000


def test_the_book_prints(tmp_path):
    """The book of the hand calculation prints: every page has ink, and the first says that all checks pass."""
    deal = EXAMPLES / "bridge" / "deal.yaml"
    make_book(run(read(deal)), deal).write(tmp_path / "bridge.xlsx")
    [document] = converted([tmp_path / "bridge.xlsx"], tmp_path, "pdf")
    words = subprocess.run([needs("pdftotext"), "-l", "1", document, "-"], check=True, capture_output=True, timeout=60)

    pages = images(document, tmp_path / "images")

    assert b"all checks pass" in words.stdout
    assert len(pages) > 10
    assert all(path.stat().st_size > 1_000 for path in pages)


def test_a_book_saved_by_another_program_returns_byte_for_byte(tmp_path):
    """Opened and saved in LibreOffice, which writes every formula in its own way, the book still holds no edit."""
    deal = EXAMPLES / "bridge" / "deal.yaml"
    make_book(run(read(deal)), deal).write(tmp_path / "bridge.xlsx")
    [saved] = converted([tmp_path / "bridge.xlsx"], tmp_path, "xlsx")

    back = read_workbook(saved)

    assert (back.content, back.changes, back.left) == (deal.read_bytes(), (), ())

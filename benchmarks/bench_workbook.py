"""Writing the live workbook, beside a bare write of the same cells."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("xlsxwriter", reason="needs the workbook extra")


@pytest.fixture(scope="module")
def book(result: Any) -> Any:
    """Return the example as a book, laid out."""
    from ringfence.desk.workbook import make_book

    return make_book(result)


@pytest.fixture(scope="module")
def cells(book: Any) -> Any:
    """Return every cell of the book: page, then rows."""
    from ringfence.run.workbook import pages

    return [(tab, [(at, list(row)) for at, row in lines]) for tab, lines in pages(book.layout, book.values)]


def bench_workbook_layout(benchmark: Any, result: Any) -> None:
    """Time result to laid-out book: steps, pages, links, the run of the steps."""
    from ringfence.desk.workbook import make_book

    benchmark.pedantic(make_book, args=(result,), rounds=3, warmup_rounds=1)


def bench_workbook_bare(benchmark: Any, cells: Any, tmp_path: Path) -> None:
    """Time XlsxWriter writing the same formulas and values without formats, links or charts."""
    benchmark.pedantic(_bare, args=(cells, tmp_path / "bare.xlsx"), rounds=2)


def bench_workbook_write(benchmark: Any, book: Any, tmp_path: Path) -> None:
    """Time the book itself; to reach: at most twice the bare write."""
    benchmark.pedantic(book.write, args=(tmp_path / "book.xlsx",), rounds=2)
    benchmark.extra_info.update(bytes=(tmp_path / "book.xlsx").stat().st_size)


def bench_workbook_recalculate(benchmark: Any, book: Any, tmp_path: Path) -> None:
    """Time IronCalc recalculating the whole book."""
    ironcalc = pytest.importorskip("ironcalc")
    book.write(tmp_path / "book.xlsx")
    model = ironcalc.load_from_xlsx(str(tmp_path / "book.xlsx"), "en", "UTC")
    benchmark.pedantic(model.evaluate, rounds=2)


def _bare(cells: Any, path: Path) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    for tab, lines in cells:
        sheet = book.add_worksheet(tab)
        for at, row in lines:
            for column, formula, value, _ in row:
                if formula is not None:
                    sheet.write_formula(at - 1, column, formula, None, value)
                elif isinstance(value, float):
                    sheet.write_number(at - 1, column, value)
                elif isinstance(value, date):
                    sheet.write_datetime(at - 1, column, value)
                else:
                    sheet.write_string(at - 1, column, str(value))
    book.close()

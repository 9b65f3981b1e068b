"""A banker's edits return to the deal file, and nothing else in it moves."""

import re
import zipfile
from pathlib import Path

import pytest

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.desk.workbook_read import read_workbook
from ringfence.run.workbook.front import BASE

pytest.importorskip("xlsxwriter", reason="needs the workbook extra: pip install 'ringfence[workbook]'")

DEAL = Path(__file__).parent.parent.parent / "examples" / "bridge" / "deal.yaml"


def edited(book, path, target, changes):
    """Copy a book with numbers typed over: (page, cell) -> number."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        order = re.findall(r'<sheet name="([^"]+)"', old.read("xl/workbook.xml").decode())
        for part in old.namelist():
            text = old.read(part)
            for (tab, cell), value in changes.items():
                if part == f"xl/worksheets/sheet{order.index(tab) + 1}.xml":
                    pattern = rf'(<c r="{cell}"[^>]*>)(?:<f>[^<]*</f>)?<v>[^<]*</v>'.encode()
                    text, count = re.subn(pattern, rb"\g<1><v>%s</v>" % repr(value).encode(), text)
                    assert count == 1, (tab, cell)
            new.writestr(part, text)


def cell(book, name):
    """Cell of an input in the column `as agreed`."""
    return "Inputs", f"{book.layout.columns[BASE]}{book.layout.input_at[name]}"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the book of the hand calculation with its deal file inside, and its path."""
    made = make_book(run(read(DEAL)), DEAL)
    path = tmp_path_factory.mktemp("read") / "bridge.xlsx"
    made.write(path)
    return made, path


def test_unedited_it_returns_byte_for_byte(book):
    """No edit: the same bytes, no change, nothing left over."""
    back = read_workbook(book[1])

    assert (back.content, back.changes, back.left) == (DEAL.read_bytes(), (), ())


@pytest.mark.parametrize(
    ("row", "value", "before", "after"),
    [
        ("rent.term", 72.0, "term: 5y", "term: 6y"),
        ("rent.term", 66.0, "term: 5y", "term: 66m"),
        ("senior.pricing.margin", 0.0735, "pricing: 7.1%", "pricing: 7.35%"),
        ("gpus.unit_price", 60_500.0, "unit_price: 55_000 USD", "unit_price: 60_500 USD"),
        ("gpus.sale.share", 0.125, "share: 10%", "share: 12.5%"),
        ("senior.size.min.0.gearing", 0.65, "{gearing: 70%,", "{gearing: 65%,"),
        ("gpus.delay", 2.0, "  gpus:\n", "  gpus:\n    delay: 2m\n"),
    ],
)
def test_one_edit_changes_one_token(book, tmp_path, row, value, before, after):
    """One edited cell changes only its token; comments and the way values are written stay."""
    made, path = book
    edited(made, path, tmp_path / "edited.xlsx", {cell(made, row): value})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert back.content.decode() == DEAL.read_text().replace(before, after, 1)
    assert len(back.changes) == 1


def test_what_cannot_return_is_reported(book, tmp_path):
    """A number outside Inputs, and an input that is no term of the deal, are listed and not dropped in silence."""
    made, path = book
    out = made.layout
    at = out.grids["spv"].at["senior.interest.accrued"]
    formula = ("spv", f"{out.columns[out.first + 3]}{at}")
    edited(made, path, tmp_path / "edited.xlsx", {cell(made, "deal.signed"): 1.0, formula: 5.0})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content == DEAL.read_bytes()
    assert any("deal.signed" in text for text in back.left)
    assert any(text.startswith("spv!") and "a formula was replaced" in text for text in back.left)


def test_a_deal_that_extends_another_returns_as_an_overlay(tmp_path):
    """A value of the file below becomes a line of the file on top; the file below is left alone."""
    (tmp_path / "base.yaml").write_bytes(DEAL.read_bytes())
    top = tmp_path / "top.yaml"
    top.write_text("extends: base.yaml\ndeal: top   # a variant\n")
    made = make_book(run(read(top)), top)
    made.write(tmp_path / "top.xlsx")
    edited(made, tmp_path / "top.xlsx", tmp_path / "edited.xlsx", {cell(made, "rent.term"): 72.0})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content.decode() == top.read_text() + "contracts:\n  rent:\n    term: 72m\n"
    assert back.left == ()

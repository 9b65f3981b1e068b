"""Files that are no book, damaged books and books made to harm: a sentence with place and way out, within bounds."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.desk.workbook.edits import check_places, edits, outside
from ringfence.desk.workbook.read import read_workbook
from ringfence.errors import RunError
from ringfence.run.workbook import file as book_file
from ringfence.run.workbook.file import read_pages
from ringfence.run.workbook.front import BASE

pytest.importorskip("xlsxwriter", reason="needs the workbook extra: pip install 'ringfence[workbook]'")

DEAL = Path(__file__).parent.parent.parent / "examples" / "bridge" / "deal.yaml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the book of the hand calculation, and its parts as written."""
    made = make_book(run(read(DEAL)), DEAL)
    path = tmp_path_factory.mktemp("hostile") / "bridge.xlsx"
    made.write(path)
    with zipfile.ZipFile(path) as opened:
        return made, {name: opened.read(name) for name in opened.namelist()}


def page(parts, tab):
    """Name of the part that holds a page."""
    order = re.findall(r'<sheet name="([^"]+)"', parts["xl/workbook.xml"].decode())
    return f"xl/worksheets/sheet{order.index(tab) + 1}.xml"


def packed(path, parts):
    """Write parts as a file."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return path


def changed(parts, tab, old, new):
    """Parts with one text of a page replaced."""
    name = page(parts, tab)
    assert old in parts[name]
    return parts | {name: parts[name].replace(old, new, 1)}


def shared(strings):
    """Return a part of shared texts."""
    return b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), strings)


@pytest.mark.parametrize("cut", [0, 4, 5_000, 0.5, 0.99])
def test_a_file_cut_short_is_no_workbook(book, tmp_path, cut):
    """A download that broke off anywhere is refused by name."""
    whole = packed(tmp_path / "cut.xlsx", book[1]).read_bytes()
    (tmp_path / "cut.xlsx").write_bytes(whole[: cut if isinstance(cut, int) else int(len(whole) * cut)])

    with pytest.raises(RunError, match=r"cut\.xlsx is not a workbook: .*; give the \.xlsx file"):
        read_workbook(tmp_path / "cut.xlsx")


@pytest.mark.parametrize("seed", range(12))
def test_a_file_with_broken_bytes_is_no_workbook(book, tmp_path, seed):
    """Bytes turned over anywhere in the file: refused, or read as it was; never an error of another kind."""
    content = bytearray(packed(tmp_path / "broken.xlsx", book[1]).read_bytes())
    for k in range(20):
        content[(7919 * (k + 1) * (seed + 1)) % len(content)] ^= 1 + k
    (tmp_path / "broken.xlsx").write_bytes(content)
    try:
        read_pages(tmp_path / "broken.xlsx")
    except RunError as error:
        assert "broken.xlsx" in str(error)


@pytest.mark.parametrize("name", ["nowhere.xlsx", "."])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    """No file, or a folder: refused by name."""
    with pytest.raises(RunError, match="cannot be read: "):
        read_workbook(tmp_path / name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: {"a.txt": b"hello"}, "is not a workbook"),
        (lambda p: changed(p, "Inputs", b"<worksheet", ENTITIES + b"<worksheet"), "declares a document type"),
        (lambda p: p | {"xl/workbook.xml": ENTITIES + p["xl/workbook.xml"][55:]}, "declares a document type"),
        (lambda p: p | {"xl/sharedStrings.xml": ENTITIES + shared(b"")}, "declares a document type"),
        (lambda p: changed(p, "Inputs", b"</sheetData>", b""), "is not a workbook"),
        (lambda p: changed(p, "Inputs", b'r="B10"', b'r="B-10"'), "names a cell B-10"),
        (lambda p: changed(p, "Inputs", b'r="B10"', b'r="ZZZZ10"'), "names a cell ZZZZ10"),
        (lambda p: changed(p, "Inputs", b'<row r="10"', b'<row r="x"'), "is not a workbook"),
        (
            lambda p: changed(p, "Inputs", b'<c r="B10"', b'<c r="A10" t="s"><v>7</v></c><c r="B10"'),
            "is not a workbook",
        ),
        (lambda p: p | {"xl/workbook.xml": p["xl/workbook.xml"].replace(b'"Cover"', b'"Inputs"')}, "two of its pages"),
        (lambda p: p | {"xl/workbook.xml": p["xl/workbook.xml"].replace(b'"Source"', b'"Src"')}, "has no page Source"),
        (lambda p: p | {"xl/workbook.xml": p["xl/workbook.xml"] + b" " * 5_000_000}, "more than 5_000_000 bytes"),
        (lambda p: p | {"big": b" " * 50_000_001}, "unpacks to more than 50_000_000 bytes"),
    ],
)
def test_what_no_workbook_holds_is_refused(book, tmp_path, monkeypatch, change, said):
    """Foreign archives, entities, cells that cannot be, pages twice, parts too large: refused, with the file's name."""
    monkeypatch.setattr(book_file, "LARGEST", 50_000_000)
    path = packed(tmp_path / "odd.xlsx", change(book[1]))

    with pytest.raises(RunError, match=r"odd\.xlsx") as refusal:
        read_workbook(path)
    assert said in str(refusal.value)


@pytest.mark.parametrize("where", ["cells", "texts", "rows"])
def test_more_cells_than_any_book_holds_are_refused(book, tmp_path, monkeypatch, where):
    """The count runs over the whole file, whatever its elements are."""
    monkeypatch.setattr(book_file, "MOST_CELLS", 100_000)
    many = {
        "cells": changed(book[1], "Inputs", b"</sheetData>", b"<row>" + b"<c/>" * 100_000 + b"</row></sheetData>"),
        "rows": changed(book[1], "Inputs", b"</sheetData>", b"<row/>" * 100_000 + b"</sheetData>"),
        "texts": book[1] | {"xl/sharedStrings.xml": shared(b"<si/>" * 100_000)},
    }

    with pytest.raises(RunError, match="holds more than 100_000 cells and texts"):
        read_pages(packed(tmp_path / "many.xlsx", many[where]))


@pytest.mark.slow
def test_a_bomb_is_defused_within_bounds(book, tmp_path):
    """Twenty million cells in a file of a few hundred kilobytes: refused in less than 2 GB of memory."""
    cells = b'<row r="9000">' + b'<c r="A1"><v>1</v></c>' * 20_000_000 + b"</row></sheetData>"
    path = packed(tmp_path / "bomb.xlsx", changed(book[1], "Inputs", b"</sheetData>", cells))
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30));"
        f"sys.argv = ['ringfence', 'read-workbook', {str(path)!r}];"
        "from ringfence.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 2
    assert "holds more than 4_000_000 cells and texts" in done.stderr


def with_deal(parts, files):
    """Parts with other deal files on the Source page, each with its right hash."""
    lines = []
    for name, content in files.items():
        text = base64.b64encode(zlib.compress(content)).decode()
        lines += [("file", name), ("sha256", hashlib.sha256(content).hexdigest()), ("packed", text)]
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(f"<row>{cell.format(a)}{cell.format('|' + b)}</row>" for a, b in lines)
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return parts | {page(parts, "Source"): sheet.encode()}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"../../../deal.yaml": b"deal: a"}, "no deal file of its folder"),
        ({"/tmp/deal.yaml": b"deal: a"}, "no deal file of its folder"),
        ({".bashrc": b"deal: a"}, "no deal file of its folder"),
        ({"": b"deal: a"}, "no deal file of its folder"),
        ({f"{'a' * 3000}.yaml": b"deal: a"}, "that no folder can"),
        ({"a.yaml": b"deal: a", "a.yaml/b.yaml": b"deal: b"}, "that no folder can"),
        ({f"{k}.yaml": b"deal: a" for k in range(10)}, "more than 9 deal files"),
        ({"deal.yaml": b" " * 3_000_000}, "its hash is not the one written with it"),
        ({"deal.yaml": b"extends: /etc/passwd"}, "not a relative path of a .yaml file"),
        ({"deal.yaml": b"extends: base.yaml"}, "base.yaml does not exist"),
        ({"deal.yaml": b"\xc3("}, "not UTF-8"),
        ({"deal.yaml": b""}, "deal.yaml is empty"),
    ],
)
def test_a_deal_file_that_no_book_holds_is_refused(book, tmp_path, files, said):
    """Files outside their folder, too many, too large, not there, not text: refused before any is read."""
    path = packed(tmp_path / "source.xlsx", with_deal(book[1], files))

    with pytest.raises(Exception, match=re.escape(said)) as refusal:
        read_workbook(path)
    assert type(refusal.value).__module__ == "ringfence.errors"


def test_a_deal_file_that_is_not_whole_is_refused(book, tmp_path):
    """A letter of the hash changed: the deal is not the one the book was written from."""
    name = page(book[1], "Source")
    text = re.sub(rb"\|[0-9a-f]{64}", b"|" + b"0" * 64, book[1][name], count=1)

    with pytest.raises(RunError, match=r"does not hold deal\.yaml whole"):
        read_workbook(packed(tmp_path / "hash.xlsx", book[1] | {name: text}))


def spot(book, name):
    """Cell of an input, as agreed."""
    return f"{book.layout.columns[BASE]}{book.layout.input_at[name]}"


def with_cell(book, parts, path, name, content):
    """Pages of a book whose input holds something else."""
    part, at = page(parts, "Inputs"), spot(book, name)
    text, count = re.subn(rf'<c r="{at}"[^>]*>.*?</c>'.encode(), content.format(at=at).encode(), parts[part])
    assert count == 1
    return read_pages(packed(path, parts | {part: text}))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('<c r="{at}" t="inlineStr"><is><t>two months</t></is></c>', "gpus.delay holds 'two months', which is not a"),
        ('<c r="{at}"><v>abc</v></c>', "gpus.delay holds 'abc', which is not a number"),
        ('<c r="{at}"><v>1e999</v></c>', "gpus.delay holds '1e999', which is not a number"),
        ('<c r="{at}"><v>inf</v></c>', "gpus.delay holds 'inf', which is not a number"),
        ('<c r="{at}"><v>nan</v></c>', "gpus.delay holds 'nan', which is not a number"),
        ('<c r="{at}"><v>1_0</v></c>', "gpus.delay holds '1_0', which is not a number"),
        ('<c r="{at}" t="d"><v>2025-01-01</v></c>', "gpus.delay holds '2025-01-01', which is not a number"),
        ('<c r="{at}" t="b"><v>1</v></c>', "gpus.delay holds '1', which is not a number"),
        ('<c r="{at}" t="e"><v>#DIV/0!</v></c>', "gpus.delay holds '#DIV/0!', which is not a number"),
        ('<c r="{at}"><f>1+1</f><v>2</v></c>', "gpus.delay holds a formula, =1+1; type 2 in its place"),
        ('<c r="{at}"><f>NOW()</f></c>', "gpus.delay holds a formula, =NOW(); type its number in its place"),
        ('<c r="{at}"></c>', "gpus.delay is empty; type a number"),
    ],
)
def test_an_input_that_holds_no_number_is_reported(book, tmp_path, content, said):
    """Text, infinity, a date, an error, a formula, nothing: named with its place, and no edit comes of it."""
    made, parts = book
    pages = with_cell(made, parts, tmp_path / "typed.xlsx", "gpus.delay", content)
    check_places(made, pages)

    [told] = outside(made, pages)
    assert told.startswith(f"Inputs!{spot(made, 'gpus.delay')}: {said}")
    assert edits(made, pages) == []


@pytest.mark.parametrize("typed", ["1e300", "-1e308", "1e-300", "99999999"])
def test_a_number_no_deal_can_hold_is_left_with_its_way_out(book, tmp_path, typed):
    """A delay of 1e300 months is no term: the deal file stays, and the term to change by hand is named."""
    made, parts = book
    at = spot(made, "gpus.delay")
    text = re.sub(
        rf'<c r="{at}"[^>]*>.*?</c>'.encode(), f'<c r="{at}"><v>{typed}</v></c>'.encode(), parts[page(parts, "Inputs")]
    )
    back = read_workbook(packed(tmp_path / "huge.xlsx", parts | {page(parts, "Inputs"): text}))

    assert (back.content, back.changes) == (DEAL.read_bytes(), ())
    assert "assets.gpus.delay in the deal file by hand" in back.left[0]


def moved_down(text, first):
    """Return a page with a row inserted, as a spreadsheet writes it."""

    def row(match):
        at = int(match[2])
        return match[1] + str(at + (at >= first)).encode() + b'"'

    return re.sub(rb'(<row r="|<c r="[A-Z]+)([0-9]+)"', row, text)


def moved_right(text):
    """Return a page with a column inserted after the names."""

    def cell(match):
        letter = chr(ord(match[2]) + (match[2] >= b"C")).encode()
        return match[1] + letter

    return re.sub(rb'(<c r=")([A-Z])(?=[0-9])', cell, text)


@pytest.mark.parametrize("how", ["row", "column", "renamed"])
@pytest.mark.parametrize("tab", ["Inputs", "Tables"])
def test_inputs_that_do_not_stand_where_they_were_written_are_refused(book, tmp_path, tab, how):
    """A row or column inserted shifts every number to its neighbour's place: refused, and the first cell told."""
    made, parts = book
    name = page(parts, tab)
    if how == "renamed":
        other = parts | {"xl/workbook.xml": parts["xl/workbook.xml"].replace(f'"{tab}"'.encode(), b'"Mine"')}
    else:
        other = parts | {name: moved_down(parts[name], 12) if how == "row" else moved_right(parts[name])}
    pages = read_pages(packed(tmp_path / "moved.xlsx", other))

    wanted = f"has no page {tab}" if how == "renamed" else rf"{tab}![A-Z]+[0-9]+ .* undo that"
    with pytest.raises(RunError, match=wanted):
        check_places(made, pages)


def test_a_page_whose_rows_moved_is_one_sentence(book, tmp_path):
    """A row inserted on a page of calculations moves a thousand formulas: that is said once."""
    made, parts = book
    pages = read_pages(
        packed(tmp_path / "moved.xlsx", parts | {page(parts, "spv"): moved_down(parts[page(parts, "spv")], 30)})
    )
    check_places(made, pages)

    [told] = outside(made, pages)
    assert told.startswith("spv: rows were inserted, deleted or moved, the first at row 30")


def test_many_cells_of_a_page_are_counted(book, tmp_path):
    """A page of formulas pasted as values: twenty cells are named, the rest is a number."""
    made, parts = book
    text = re.sub(rb"<f>[^<]*</f>", b"", parts[page(parts, "spv")])
    told = list(outside(made, read_pages(packed(tmp_path / "pasted.xlsx", parts | {page(parts, "spv"): text}))))

    assert len(told) == 21
    assert re.match(r"spv: [0-9]{4,} more cells are not as written", told[-1])


def test_words_changed_elsewhere_and_pages_added_are_reported(book, tmp_path):
    """A label typed over and a page added do not return, and are not dropped in silence."""
    made, parts = book
    words = re.search(rb"<t>(smallest [^<]+|[a-z]{4,} [a-z ]{4,})</t>", parts[page(parts, "spv")])
    other = changed(parts, "spv", words[0], b"<t>my own words</t>")
    sheet = b'<sheet name="Mine" sheetId="99" r:id="rId1"/></sheets>'
    other["xl/workbook.xml"] = other["xl/workbook.xml"].replace(b"</sheets>", sheet)
    told = list(outside(made, read_pages(packed(tmp_path / "words.xlsx", other))))

    assert any("was changed to 'my own words'" in text for text in told)
    assert "page Mine was added" in told

"""Recalled paragraphs are printed with ``verify``, wherever they are printed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.citations import SEEN, VERIFY, cite, seen
from ringfence.accounting.questions import QUESTIONS
from ringfence.accounting.sponsor_books import sponsor_books
from ringfence.desk.accounting import accounts, evidence, page_of
from ringfence.desk.accounting.page import one_page

ROOT = Path(__file__).parents[2]
NUMBER = r"\w[\w.]*(?:\(\w+\))*(?:-B?\d+)?"
PARAGRAPH = re.compile(
    rf"(?:IFRS|IAS) \d+\.{NUMBER}(?:, B\d+)?|ASC \d{{3}}-\d+(?:-\d+)*[A-Z]*(?:\(\w+\))*(?: to [\d-]+)?"
    r"|(?<![\w-])8\d\d-\d+-\d+(?:-\d+)*[A-Z]*(?:\(\w+\))*"
)
#: What the facts mark as recalled, as far as anything cites it: none of it may be in the table of what was seen.
RECALLED = (
    "IFRS 16.B13", "IFRS 16.B14", "IFRS 16.B20", "IFRS 16.B21", "IFRS 16.B24", "IFRS 16.B43", "IFRS 16.B43-B47",
    "ASC 842-10-15-2", "ASC 842-10-15-9", "ASC 842-10-15-10", "ASC 842-10-15-16", "ASC 842-10-15-17",
    "ASC 842-10-15-20", "ASC 842-10-15-27", "ASC 842-10-30-1", "ASC 842-10-55-23", "ASC 842-10-55-26",
    "ASC 842-10-25-3A", "ASC 810-10-15-17(d)", "ASC 810-10-25-45",
)  # fmt: skip


def unmarked(text):
    """Recalled paragraphs of a text whose clause does not carry the mark."""
    found = []
    for clause in re.split(r"; |(?<=\])\)|\.\s", text):
        if VERIFY not in clause:
            found += [p for p in PARAGRAPH.findall(clause) if not known(p)]
    return found


def known(paragraph):
    """Whether a paragraph, or the one that it is a part of, was seen; a number alone is of the codification."""
    name = paragraph.rstrip(".") if paragraph.startswith(("IFRS", "IAS", "ASC")) else f"ASC {paragraph}"
    return seen(name) or seen(name.partition("(")[0])


def literals(path):
    """Strings of a module that could be printed: no text about the code, and nothing that ``cite`` marks."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    apart = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            apart.add(id(node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "cite":
            apart |= {id(inner) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.lineno, node.value


def test_the_table_holds_nothing_that_was_recalled():
    """What the facts recall is not in the table; what is not in it prints its mark."""
    assert not SEEN & set(RECALLED)
    for paragraph in RECALLED:
        assert cite(paragraph) == f"{paragraph} [{VERIFY}]"
    for paragraph in SEEN:
        assert cite(paragraph) == paragraph


def test_every_entry_of_the_table_is_a_paragraph():
    """Entries read as one paragraph each, so that a slip of the pen cannot lift a mark."""
    for paragraph in SEEN:
        assert PARAGRAPH.fullmatch(paragraph), paragraph


@pytest.mark.parametrize("package", ["accounting", "blocks", "desk", "terms", "cli", "solve", "risk"])
def test_no_text_of_the_program_cites_a_recalled_paragraph_without_its_mark(package):
    """Every string of the source that holds a recalled paragraph among other words marks it in the same clause."""
    found = []
    for path in sorted((ROOT / "src/ringfence" / package).rglob("*.py")):
        for line, text in literals(path):
            stem = text.endswith("-")  # the number is put behind it where it is cited
            if path.name != "citations.py" and not stem and not all(PARAGRAPH.fullmatch(x) for x in text.split("; ")):
                found += [f"{path.relative_to(ROOT)}:{line} {p}" for p in unmarked(text)]
    assert found == []


def test_questions_are_asked_with_their_marks():
    """The paragraphs of each judgement go through the one way that marks them."""
    for question in QUESTIONS.values():
        for paragraph in question.paragraphs:
            assert (VERIFY in cite(paragraph)) == (not seen(paragraph))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["headline-10bn", "softbank-10bn"])
def test_no_page_and_no_row_prints_a_recalled_paragraph_without_its_mark(name):
    """Every cell and note of the page, and the source of every row of the books, for both examples."""
    sold = {"accounting.sale": {"carrying_amount": "80%", "control_passes": True}}
    for changes in ({}, sold):
        result = rf.run(rf.read(ROOT / f"examples/{name}/deal.yaml", set=changes))
        a = accounts(result, evidence(result))
        texts = [str(c) for t in (*one_page(a), *page_of(a)) for row in t.rows for c in row]
        texts += [n for t in (*one_page(a), *page_of(a)) for n in t.notes]
        texts += [row.source for row in sponsor_books(result, a.lease).model.sheet.rows.values()]
        assert sorted({p for text in texts for p in unmarked(text)}) == []

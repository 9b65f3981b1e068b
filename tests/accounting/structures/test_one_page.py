"""The accounting page is one page: the answer with its amounts, and every figure of it is in the evidence behind it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

import ringfence as rf
from ringfence.accounting.questions import QUESTIONS
from ringfence.desk.accounting import page_of
from ringfence.desk.accounting.answers import accounts, evidence
from ringfence.desk.accounting.page import one_page
from ringfence.desk.table import Figure
from ringfence.terms.read import revise

EXAMPLES = Path(__file__).parents[3] / "examples"
LINES, COLUMNS = 70, 112
"""What an A4 page holds at nine and a half points."""
SIGNED = {"reason": "as the agreements say", "person": "Controller", "date": "2024-09-20"}


@pytest.fixture(scope="module", params=["softbank-10bn", "headline-10bn"])
def found(request):
    """Accounts of an example."""
    return accounts(rf.run(rf.read(EXAMPLES / request.param / "deal.yaml")))


def text_of(tables):
    """Return tables as they are printed."""
    return "\n\n".join(t.text() for t in tables)


def test_it_fits_a_page(found):
    """Six tables, on one page, whatever is attested."""
    page = one_page(found)
    assert [t.key for t in page] == ["headline", "lease", "vehicle", "columns", "next", "contradicted"]
    lines = text_of(page).splitlines()
    assert len(lines) <= LINES and max(map(len, lines)) <= COLUMNS


def test_every_figure_is_in_the_evidence(found):
    """Every amount and share of the page stands in a table of the full page too."""
    full = {c.value for t in page_of(found) for row in t.rows for c in row if isinstance(c, Figure)}
    for table in one_page(found):
        for row in table.rows:
            assert all(c.value in full for c in row if isinstance(c, Figure)), (table.key, row[0])


def test_no_claim_without_its_amount(found):
    """The words of the brochure are nowhere, and leaving is said with an amount, on the page and in the evidence."""
    for tables in (one_page(found), page_of(found)):
        text = text_of(tables)
        assert not re.search(r"off.balance.sheet", text, re.IGNORECASE)
        for words in re.findall(r"[^.]*really leaves[^.]*", text.replace("\n", " ")):
            assert "What really leaves" in words or re.search(r"\d", words) or "parts of the debt" in words.lower()


def test_what_to_attest_next_is_what_would_settle_it():
    """The questions shown are those that, attested as helps, settle consolidation and the sale; then none is shown."""
    base = rf.run(rf.read(EXAMPLES / "softbank-10bn/deal.yaml"))
    shown = next(t for t in one_page(accounts(base)) if t.key == "next")
    keys = [row[0] for row in shown.rows]
    changes = {f"attestations.{q}": {**SIGNED, "answer": QUESTIONS[q].helps} for q in keys}
    settled = accounts(dataclasses.replace(base, deal=revise(base.deal, changes)))
    after = next(t for t in one_page(settled) if t.key == "next")
    assert {"S1", "S2"} < set(keys) and after.rows == ()
    assert "Nothing that is open could change what leaves" in after.notes[0]
    assert settled.split("IFRS 16").hangs == 0 and not settled.consolidation.ifrs.hanging


def test_a_deal_without_a_risk_free_rate_still_has_its_page():
    """Where no loan floats and no rate is stated nothing is discounted: shares are open, and the evidence says why."""
    path = Path(rf.__file__).parent / "desk/templates/gpu-lease.yaml"
    bare = accounts(rf.run(rf.read(path)))
    assert len(text_of(one_page(bare)).splitlines()) <= LINES
    assert any("accounting.risk_free" in note for note in bare.consolidation.notes)
    assert "A3" in bare.consolidation.ifrs.hangs_on
    deal = revise(rf.read(path), {"accounting.risk_free": "4.2%"})
    stated = accounts(rf.run(deal), evidence(rf.run(deal)))
    assert any("at 4.20%" in note for note in stated.consolidation.notes)
    assert stated.consolidation.allocations[0].applies and not bare.consolidation.allocations[0].applies


def test_both_frameworks_in_one_line_only_where_they_agree(found):
    """The headline is one row where IFRS and US GAAP say the same, and two where they do not."""
    rows = one_page(found)[0].rows
    texts = {row[1] for row in page_of(found)[0].rows}
    assert len(rows) == len(texts)

"""The accounting page: amounts beside every word, parts that add up, judgements that never help while open."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from tests.cli.conftest import ringfence  # noqa: F401

import ringfence as rf
from ringfence.accounting.questions import QUESTIONS
from ringfence.desk.accounting import FRAMEWORKS, accounting_page, accounts, attest_text, page_object, sentence
from ringfence.terms.read import revise

EXAMPLE = Path(__file__).parents[2] / "examples/softbank-10bn/deal.yaml"
SIGNED = {"reason": "as the agreements say", "person": "Controller", "date": "2024-09-20"}


@pytest.fixture(scope="module")
def base():
    """The example, run."""
    return rf.run(rf.read(EXAMPLE))


@pytest.fixture(scope="module")
def page(base):
    """Its page, without scenarios."""
    return accounting_page(base)


def with_answers(deal, ids):
    """Return a deal with questions attested as helps."""
    return revise(deal, {f"attestations.{q}": {**SIGNED, "answer": QUESTIONS[q].helps} for q in ids})


def test_the_headline_has_its_amounts(base):
    """Nothing leaves: five years of rent bring back more than the debt."""
    a = accounts(base)
    for framework in FRAMEWORKS:
        words, w = sentence(a, framework), a.split(framework)
        assert (w.debt, w.back, w.leaves, w.hangs, w.stays) == pytest.approx((4.4e9, 4.4e9, 0, 0, 0))
        assert w.beyond == pytest.approx(1_044.4e6, rel=1e-4)
        for said in ("USD 4,400m (2025-07)", "USD 0m really leaves", "USD 4,400m comes back", "USD 0m hangs"):
            assert said in words


def test_parts_add_up_on_every_date(base):
    """What leaves, comes back, hangs and stays is the vehicle's debt on every date."""
    a = accounts(base)
    for framework in FRAMEWORKS:
        for sheet in a.sheets[framework]:
            for helped in (False, True):
                w = a.split(framework, sheet, helped=helped)
                assert w.leaves + w.back + w.hangs + w.stays == pytest.approx(sheet.vehicle["debt"])


def test_no_claim_without_an_amount(page):
    """The words of the brochure are never printed, and "leaves" only with an amount."""
    text = "\n".join(t.text() for t in page)
    assert not re.search(r"off.balance.sheet", text, re.IGNORECASE)
    assert all(re.search(r"USD [\d,]+m\W+(\w+\W+){0,2}really leaves", row[1]) for row in page[0].rows)


def test_an_open_judgement_never_helps(base):
    """On the last date the debt is above the liability: the rest hangs until all that matters is attested."""
    keys = accounts(base).consolidation.ifrs.hangs_on
    assert len(keys) > 1
    for ids in ((), keys[:-1], keys, (*keys, "S1"), (*keys, "S1", "S2")):
        result = dataclasses.replace(base, deal=with_answers(base.deal, ids))
        a = accounts(result)
        sheet = a.sheets["IFRS 16"][-1]
        w = a.split("IFRS 16", sheet)
        rest = sheet.vehicle["debt"] - sheet["lease"]["lease liability"]
        assert rest > 0
        complete = {*keys, "S1", "S2"} <= set(ids)
        assert (w.leaves, w.hangs) == pytest.approx((rest, 0) if complete else (0, rest)), ids


def test_the_page_keeps_the_marks(page):
    """Recalled paragraphs carry their mark, both frameworks and all tables are there."""
    text = "\n".join(t.text() for t in page)
    assert "[verify]" in text and "IFRS 10" in text and "ASC 810" in text
    keys = [
        "headline",
        "parts",
        "identification",
        "classification",
        "year_ends",
        "consolidation",
        "sponsor",
    ]
    keys += [
        "leverage",
        "lessor_group",
        "lessor_years",
        "income:ifrs",
        "income_years:ifrs",
        "adjusted_debt",
        "lease_notes",
        "exposure",
    ]
    keys += ["borrowing_costs", "hedge:senior_swap", "sale", "loss_of_control", "open", "contradictions"]
    assert [t.key for t in page] == keys
    assert max(map(len, text.splitlines())) <= 120


def test_tables_are_json(page):
    """As an object the page keeps its numbers in USD."""
    found = json.loads(json.dumps(page_object(page), allow_nan=False))
    assert found["parts"]["rows"][4][1] == pytest.approx(4.4e9)


def test_attest_gives_the_text_to_paste(base):
    """Every open question is in the block."""
    a = accounts(base)
    text = attest_text(base, a)
    assert text.startswith("attestations:") and all(f"  {x.key}:" in text for x in a.consolidation.answers.open)


def test_the_command(ringfence):  # noqa: F811
    """With --attest it prints the block alone, with --json one object that holds the evidence in full."""
    assert ringfence("accounting", EXAMPLE, "--attest").out.startswith("attestations:")
    typed = ringfence("accounting", EXAMPLE, "--json")
    assert typed.code == 0 and {"headline", "consolidation", "year_ends", "exposure"} <= set(json.loads(typed.out))

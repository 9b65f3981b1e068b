"""Attested judgements: read from the deal file, open again when an input moves, pasted from what is printed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ringfence.accounting.attest import check_attestations, needed, scope_of, yaml_of_open
from ringfence.accounting.leaning import changed
from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS
from ringfence.accounting.questions import QUESTIONS
from ringfence.errors import DealError
from ringfence.run.result import Measure
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_deal, read_text, revise
from ringfence.units import RATIO

DEAL = Path(__file__).parents[3] / "examples" / "softbank-10bn" / "deal.yaml"
SIGNED = {"answer": "no", "reason": "the servicer decides", "person": "Controller", "date": "2024-09-20"}


@pytest.fixture(scope="module")
def deal() -> Deal:
    """The $10bn example."""
    return read_deal(DEAL)


def attested(deal: Deal, **attestations: dict) -> Deal:
    """Return the deal with attestations; ``A1_x`` stands for ``A1-x``."""
    return revise(deal, {f"attestations.{k}": {**SIGNED, **v} for k, v in attestations.items()})


def test_questions_of_the_example(deal):
    """The example needs A1 to A10, those on silo, equity, votes, lease, sale and cost; none is answered."""
    answers = needed(deal)
    want = [f"A{k}" for k in range(1, 11)] + ["A12", "A13", "A14", "L1", "L2", "L5", "L8", "S1", "S2", "M1"]
    assert [a.key for a in answers] == want
    assert len(answers.open) == len(want)
    assert all(answers.value(q) is None for q in QUESTIONS)


def test_options_and_guarantees_bring_their_questions(deal):
    """A renewal, a purchase option and a residual value guarantee each ask for one more judgement."""
    changes = {
        "contracts.rent.renewal": [{"term": "1y"}],
        "contracts.rent.purchase_option": {"price": "10%"},
        "contracts.rent.residual_value_guarantee": {"share": "20%"},
    }
    more = {a.key for a in needed(revise(deal, changes))} - {a.key for a in needed(deal)}
    assert more == {"L6", "L7", "L9"}


def test_an_attested_answer_stands_and_says_who(deal):
    """A judgement with its inputs unchanged passes if it helps, fails if it does not."""
    a2 = needed(attested(deal, A2={"leans_on": {"contracts.rent.term": "60m", "contracts.rent.purchase_option": None}}))
    assert a2.value("A2") is False
    assert a2["A2"].test().outcome is PASS
    assert "Controller, 2024-09-20: the servicer decides" in a2["A2"].test().sentence
    against = needed(attested(deal, A2={"answer": "yes"}))
    assert against["A2"].test().outcome is FAIL


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"contracts.rent.term": "4y"}, "contracts.rent.term was 5y and is 4y"),
        ({"contracts.rent.purchase_option": {"price": "10%"}}, "contracts.rent.purchase_option was absent"),
        ({"contracts.rent.net": "gross"}, "contracts.rent.net was triple and is gross"),
    ],
)
def test_a_changed_input_opens_it_again(deal, changes, words):
    """When anything it leaned on changes, the judgement is not attested, and says what changed."""
    leans = {"contracts.rent.term": "5y", "contracts.rent.purchase_option": None, "contracts.rent.net": "triple"}
    after = needed(revise(attested(deal, A2={"leans_on": leans}), changes))
    assert after.value("A2") is None
    assert after["A2"].test().outcome is NOT_ATTESTED
    assert words in after["A2"].test().sentence


@pytest.mark.parametrize(
    ("now", "then", "moved"),
    [
        (1.2499999, 1.25, False),
        (1.2549, 1.25, False),
        (1.26, 1.25, True),
        (None, 1.25, True),
        (None, None, False),
        (3850000000.0, 3850000000, False),
        (1.3, "1.30", False),
        (1.25, "one", True),
    ],
)
def test_measures_are_compared_to_the_digits_written(deal, now, then, moved):
    """A judgement leaning on DSCR 1.25 stands while the DSCR prints as 1.25."""
    measures = {"senior.dscr.min": Measure(now, RATIO)}
    assert changed(deal, "senior.dscr.min", then, measures) is moved


def test_measures_need_a_run(deal):
    """Without a run a measure cannot be seen; with one that lacks it, the judgement is open."""
    assert changed(deal, "senior.dscr.min", 1.25) is None
    assert changed(deal, "senior.dscr.min", 1.25, {}) is True


def test_contradicted_only_when_it_helps(deal):
    """Computed evidence turns a helpful answer into a contradiction and leaves an unhelpful one alone."""
    helpful = needed(attested(deal, A5={}))["A5"]
    assert helpful.test("the lease has a purchase option.").outcome is CONTRADICTED
    assert helpful.test().outcome is PASS
    assert needed(attested(deal, A5={"answer": "yes"}))["A5"].test("so it has.").outcome is FAIL


def test_dates(deal):
    """A judgement made after the reporting date, or lapsed by it, does not stand."""
    made = attested(deal, A2={"valid_until": "2025-09-20"})
    assert needed(made, as_of=dt.date(2025, 3, 31)).value("A2") is False
    assert needed(made, as_of=dt.date(2024, 3, 31)).value("A2") is None
    assert needed(made, as_of=dt.date(2026, 3, 31)).value("A2") is None


def test_other_vehicles_have_their_own_answers(deal):
    """``A1-solar_co`` answers for the solar company; ``A1`` does not reach it."""
    both = attested(deal, A1={})
    both = revise(both, {"attestations.A1-solar_co": {**SIGNED, "answer": "yes"}})
    assert needed(both).value("A1") is False
    assert needed(both, vehicle="solar_co").value("A1") is True
    assert needed(both, vehicle="smr_co").value("A1") is None


def test_what_is_printed_can_be_pasted(deal):
    """The block printed for open questions, with answers filled in, is read and stands, question by question."""
    block = yaml_of_open(needed(deal), deal)
    for key, value in (("answer", "no"), ("reason", "because"), ("person", "Controller"), ("date", "2024-09-20")):
        block = "\n".join(
            f"{line.split(':')[0]}: {value}" if line.strip().startswith(f"{key}:") else line
            for line in block.splitlines()
        )
    filled = read_text(DEAL.read_text() + "\n" + block + "\n", Deal)
    assert not needed(filled).open
    assert not check_attestations(filled)


@pytest.mark.parametrize(
    ("key", "change", "words", "level"),
    [
        ("A22", {}, "answers A22, which is no question; did you mean A2?", "error"),
        ("A1-solar", {}, "is about solar, which is no vehicle; did you mean solar_co?", "error"),
        ("A2", {"leans_on": {"contracts.rent.trm": "5y"}}, "did you mean contracts.rent.term?", "error"),
        ("A2", {"leans_on": {"contracts.rent.term": "4y"}}, "A2 is open: What it leaned on changed", "warning"),
        ("A2", {"date": "2025-09-20"}, "after the reporting date 2024-12-31", "warning"),
    ],
)
def test_findings(deal, key, change, words, level):
    """Unknown ids and paths are errors; what no longer stands is a warning; each with its place."""
    wrong = revise(deal, {f"attestations.{key}": {**SIGNED, **change}})
    found = check_attestations(wrong, as_of=dt.date(2024, 12, 31))
    first = next(f for f in found if words in f.message)
    assert first.level == level
    assert f"attestations.{key}" in first.where[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answer": "maybe"}, "yes or no"),
        ({"reason": " "}, "names its reason"),
        ({"valid_until": "2024-09-01"}, "lapses before that, on 2024-09-01"),
        ({"person": None}, "person"),
    ],
)
def test_unreadable_attestations(deal, change, words):
    """An attestation without answer, reason, person or date, or with dates the wrong way round, is refused."""
    with pytest.raises(DealError) as refused:
        revise(deal, {"attestations.A2": {k: v for k, v in {**SIGNED, **change}.items() if v is not None}})
    assert words in str(refused.value)


def test_scope_needs_a_vehicle(deal):
    """A vehicle the deal does not have is refused with the nearest."""
    with pytest.raises(DealError) as refused:
        scope_of(deal, "solar")
    assert "did you mean solar_co?" in str(refused.value)

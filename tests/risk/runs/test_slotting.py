"""Basel slotting: the category, its weight and the return on the capital it asks for, by hand."""

from dataclasses import replace

import pytest

from ringfence.risk.slotting import BankMarks, LoanFacts, slot

SOUND = LoanFacts(
    dscr=1.60, llcr=1.70, default=0.001, cases=0.0, balloon=0.0, secured=True, reserve=True, lock_up=True,
    sponsor_rating="A", margin=0.02, upfront_fee=0.01, life=5.0, maturity=8.0, expected_loss=0.001,
)  # fmt: skip


def test_a_sound_loan_by_hand():
    """Financial 1, sponsor 1, security 1, two headings at 3: score 0.4 + 0.3 + 0.6 + 0.15 + 0.15 = 1.6, good, 90 %.

    Income 2 % + 1 % / 5 - 0.25 % = 1.95 %; loss 0.02 %; on 90 % x 10.5 % of capital 20.42 %.
    """
    found = slot(SOUND, BankMarks(capital_ratio=0.105, cost=0.0025))

    assert found.score == pytest.approx(1.6)
    assert (found.category, found.risk_weight) == ("good", 0.90)
    assert found.return_on_capital == pytest.approx((0.0195 - 0.0002) / (0.9 * 0.105))


def test_judged_headings_replace_the_assumed_ones():
    """Rated strong on every heading the loan is strong, 70 %; with two years left 50 %."""
    strong = {"political and legal": 1, "transaction": 1}

    assert slot(SOUND, judged=strong).risk_weight == 0.70
    assert slot(replace(SOUND, maturity=2.0), judged=strong).risk_weight == 0.50


@pytest.mark.parametrize(
    ("change", "scores"),
    [({"dscr": 1.30}, 2), ({"dscr": 1.2999}, 3), ({"dscr": 1.0}, 4), ({"default": 0.02}, 2), ({"default": 0.3}, 4)],
)
def test_marks_are_met_from_the_right_side(change, scores):
    """1.30x is good and a hair under it satisfactory; 2 % of defaults is good."""
    found = slot(replace(SOUND, **change)).headings["financial strength"][0]

    assert found == pytest.approx((4 + scores) / 5)


def test_an_unrated_sponsor_and_a_loan_that_never_applies():
    """What nobody knows stands at satisfactory; a cover that does not apply is left out."""
    found = slot(replace(SOUND, sponsor_rating="", dscr=None, llcr=None, cases=None))

    assert found.headings["sponsor"] == (3.0, "not rated: satisfactory")
    assert found.headings["financial strength"][0] == 1


HEADINGS = ("financial strength", "political and legal", "transaction", "sponsor", "security")


@pytest.mark.parametrize(
    ("scores", "half", "category"),
    [((1, 3, 1, 2, 2), 1.5, "good"), ((2, 3, 4, 2, 2), 2.5, "satisfactory"), ((4, 4, 3, 3, 3), 3.5, "weak")],
)
def test_a_score_half_way_is_in_the_weaker_category(scores, half, category):
    """0.4 x 2 + 0.1 x 3 + 0.2 x 4 + 0.15 x 2 + 0.15 x 2 = 2.5 is satisfactory: a half never goes to the better side."""
    found = slot(SOUND, judged=dict(zip(HEADINGS, scores, strict=True)))

    assert found.score == pytest.approx(half)
    assert found.category == category


@pytest.mark.parametrize(("rating", "score"), [("A1", 1), ("Baa3", 1), ("Ba2", 2), ("Ba3", 3), ("Caa1", 4), ("D", 4)])
def test_ratings_are_known_by_both_agencies_names(rating, score):
    """Ba2 is BB and stands at good; a sponsor in default is weak, not unrated."""
    assert slot(replace(SOUND, sponsor_rating=rating)).headings["sponsor"] == (float(score), f"rated {rating}")

"""ASC 810-10: scope, variable interests, the marks of a VIE, the primary beneficiary, related parties."""

from __future__ import annotations

import pytest

from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS
from ringfence.accounting.power import Activity, majority_director
from ringfence.accounting.primary_beneficiary import (
    Association,
    Group,
    disproportion,
    group_beneficiary,
    most_closely_associated,
    primary_beneficiary,
    significant,
)
from ringfence.accounting.variable_interests import Interest, implicit_interest, variable_interest, variable_interests
from ringfence.accounting.vie_asc810 import (
    ScopeFacts,
    Stake,
    VieFacts,
    equity_at_risk,
    equity_sufficient,
    in_scope,
    vie,
)

BUSINESS = ScopeFacts(business=True, designed=False, on_behalf=False, support=0.2, single_lessee=False)


@pytest.mark.parametrize(
    ("changes", "want"),
    [
        ({}, FAIL),
        ({"single_lessee": True}, PASS),
        ({"on_behalf": True}, PASS),
        ({"support": 0.51}, PASS),
        ({"support": 0.50}, FAIL),
        ({"designed": True}, PASS),
        ({"designed": True, "joint_venture": True}, FAIL),
        ({"designed": None}, PASS),
        ({"business": False}, PASS),
        ({"legal_entity": False}, FAIL),
        ({"exempt": "employee_benefit_plan"}, FAIL),
        ({"exempt": "not_for_profit", "single_lessee": True}, FAIL),
    ],
)
def test_scope(changes, want):
    """ASC 810-10-15-12, 15-17 (verify): the business exception is lost by any of four conditions, or an open one."""
    facts = ScopeFacts(**{**BUSINESS.__dict__, **changes})
    assert in_scope(facts).outcome is want


@pytest.mark.parametrize(
    ("interest", "want"),
    [
        (Interest("x", "h", "equity"), PASS),
        (Interest("x", "h", "debt"), PASS),
        (Interest("x", "h", "guarantee"), PASS),
        (Interest("x", "h", "operating_lease"), FAIL),
        (Interest("x", "h", "residual_value_guarantee"), PASS),
        (Interest("x", "h", "residual_value_guarantee", asset_share=0.51), PASS),
        (Interest("x", "h", "residual_value_guarantee", asset_share=0.50), FAIL),
        (Interest("x", "h", "residual_value_guarantee", asset_share=0.10), FAIL),
        (Interest("x", "h", "purchase_option", fixed_price=True), PASS),
        (Interest("x", "h", "purchase_option", fixed_price=False), FAIL),
        (Interest("x", "h", "purchase_option"), NOT_ATTESTED),
        (Interest("x", "h", "renewal_option", fixed_price=True), PASS),
        (Interest("x", "h", "renewal_option", fixed_price=False), FAIL),
        (Interest("x", "h", "fee", commensurate=True, market_terms=True), FAIL),
        (Interest("x", "h", "fee", commensurate=True, market_terms=True, other_share=0.3), PASS),
        (Interest("x", "h", "fee", commensurate=False, market_terms=True), PASS),
        (Interest("x", "h", "fee", commensurate=True), NOT_ATTESTED),
        (Interest("x", "h", "interest_rate_swap", plain=True), FAIL),
        (Interest("x", "h", "interest_rate_swap", plain=False), PASS),
        (Interest("x", "h", "total_return_swap"), PASS),
        (Interest("x", "h", "offtake", fixed_price=True), PASS),
        (Interest("x", "h", "offtake", fixed_price=False), FAIL),
        (Interest("x", "h", "supply"), FAIL),
    ],
)
def test_variable_interests(interest, want):
    """ASC 810-10-55-16 to 55-41, 25-35 to 25-56: what absorbs variability is one, what creates it is none."""
    assert variable_interest(interest).outcome is want


def test_an_interest_in_specified_assets_counts_beside_one_in_the_whole():
    """ASC 810-10-25-55 (verify): a guarantee of 10 % of the assets counts if its giver also holds a note."""
    guarantee = Interest("rvg", "sponsor", "residual_value_guarantee", asset_share=0.10)
    alone = variable_interests([guarantee])
    with_note = variable_interests([guarantee, Interest("note", "sponsor", "subordinated_note")])
    strangers = variable_interests([guarantee, Interest("note", "fund", "subordinated_note")])
    assert [t.outcome for t in alone] == [FAIL]
    assert [t.outcome for t in with_note] == [PASS, PASS]
    assert [t.outcome for t in strangers] == [FAIL, PASS]


def test_implicit_interest_is_a_judgement():
    """ASC 810-10-25-48 to 25-54 (verify): only an attested no rules an implicit interest out."""
    assert [implicit_interest(x, "s").outcome for x in (True, False, None)] == [PASS, FAIL, NOT_ATTESTED]


def stakes(amount: float) -> tuple[Stake, ...]:
    """Return one plain equity holder."""
    return (Stake("fund", amount),)


@pytest.mark.parametrize(
    ("equity", "losses", "finances", "want"),
    [
        (25, 30, None, FAIL),
        (25, 20, None, PASS),
        (25, None, None, NOT_ATTESTED),
        (5, None, None, FAIL),
        (5, None, True, PASS),
        (5, 4, None, FAIL),
        (5, 4, True, PASS),
        (10, 10, None, PASS),
        (5, 6, True, FAIL),
    ],
)
def test_equity_at_risk_suffices(equity, losses, finances, want):
    """ASC 810-10-15-14(a), 25-45 (verify), assets 100: under 10 % is presumed short, over 10 % proves nothing."""
    facts = VieFacts("spv", stakes(equity), 100.0, losses, finances)
    assert equity_sufficient(facts).outcome is want


def test_equity_given_financed_or_returned_is_not_at_risk():
    """ASC 810-10-15-14(a)(1) to (4): fees, financing, and stakes that share no losses are taken out."""
    found = [Stake("a", 100, fees=20), Stake("b", 50, financed=60), Stake("c", 30, participates=False), Stake("d", 10)]
    assert equity_at_risk(found) == 90


FINE = VieFacts("spv", stakes(30), 100.0, 20.0, None, True, votes_proportional=True, for_minor_voter=False)


@pytest.mark.parametrize(
    ("changes", "want", "mark"),
    [
        ({}, FAIL, ""),
        ({"expected_losses": 40.0}, PASS, "15-14(a)"),
        ({"equity_has_power": False}, PASS, "15-14(b)(1)"),
        ({"equity_has_power": None}, NOT_ATTESTED, ""),
        ({"loss_protection": ("rvg",)}, PASS, "15-14(b)(2)"),
        ({"return_caps": ("call",)}, PASS, "15-14(b)(3)"),
        ({"votes_proportional": False, "for_minor_voter": True}, PASS, "15-14(c)"),
        ({"votes_proportional": False, "for_minor_voter": False}, FAIL, ""),
        ({"votes_proportional": None, "for_minor_voter": True}, NOT_ATTESTED, ""),
    ],
)
def test_any_mark_makes_a_vie(changes, want, mark):
    """ASC 810-10-15-14: one mark is enough; without an answer it is treated as a VIE."""
    answer = vie(VieFacts(**{**FINE.__dict__, **changes}))
    assert answer.outcome is want
    assert answer.treated_as is (want is not FAIL)
    assert [t.id for t in answer.tests if t.outcome is FAIL] == ([mark] if mark else [])


ACTIVITIES = [Activity("remarketing", "sponsor", 0.6), Activity("operation", "servicer", 0.4)]


@pytest.mark.parametrize(
    ("party", "share", "want"),
    [
        ("sponsor", 0.30, PASS),
        ("sponsor", 0.10, PASS),
        ("sponsor", 0.05, NOT_ATTESTED),
        ("sponsor", 0.0, FAIL),
        ("sponsor", None, NOT_ATTESTED),
        ("servicer", 0.90, FAIL),
        ("bank", 0.60, FAIL),
    ],
)
def test_primary_beneficiary_needs_power_and_economics(party, share, want):
    """ASC 810-10-25-38A: both are needed; expected losses alone decide nothing since 2010."""
    assert primary_beneficiary(party, "spv", ACTIVITIES, share).outcome is want


def test_below_the_mark_is_attested():
    """ASC 810-10-25-38A(b): an interest under the watch level is insignificant only if somebody says so."""
    assert significant(0.05, "s", attested=False).outcome is FAIL
    assert significant(0.05, "s", attested=True).outcome is PASS


def test_shared_power_is_nobodys():
    """ASC 810-10-25-38D: where all must consent nobody is the primary beneficiary."""
    joint = [Activity("all", jointly=("a", "b"), influence=1.0)]
    assert [primary_beneficiary(p, "spv", joint, 0.5).outcome for p in ("a", "b")] == [FAIL, FAIL]


def test_majority_of_the_same_activity():
    """ASC 810-10-25-38E (verify): the same activity in parts: the majority has power, a tie nobody."""
    assert majority_director({"a": 0.6, "b": 0.4}) == "a"
    assert majority_director({"a": 0.5, "b": 0.5}) is None
    assert majority_director({"a": 0.4, "b": 0.3, "c": 0.3}) is None


def test_disproportionate_economics_are_flagged():
    """ASC 810-10-25-38G: 60 % of the economics for 10 % of the power calls for a second look."""
    assert disproportion(0.6, 0.1, "s").outcome is FAIL
    assert disproportion(0.6, 0.0, "s").outcome is FAIL
    assert disproportion(0.6, 0.6, "s").outcome is PASS
    assert disproportion(0.05, 0.0, "s").outcome is PASS


A = Association("a", principal=True, activities=0.4, exposure=0.3, designed=True)
B = Association("b", principal=False, activities=0.1, exposure=0.4)


def test_tie_breaker_counts_factors():
    """ASC 810-10-25-44: agency, activities and design outweigh exposure; equal factors are no answer."""
    assert most_closely_associated([A, B]) == "a"
    assert most_closely_associated([Association("a", exposure=0.6), Association("b", activities=0.2)]) is None
    assert most_closely_associated([Association("a"), Association("b")]) is None


@pytest.mark.parametrize(
    ("powers", "shares", "common", "shared", "indirect", "want", "paragraph"),
    [
        ({"a": PASS, "b": FAIL}, {"a": 0.3, "b": 0.4}, None, None, {}, "a", "25-42"),
        ({"a": PASS, "b": FAIL}, {"a": 0.0, "b": 0.4}, None, None, {"a": {"b": 0.3}}, "a", "25-42"),
        ({"a": FAIL, "b": PASS}, {"a": 0.4, "b": 0.0}, True, None, {}, "a", "25-44A"),
        ({"a": FAIL, "b": PASS}, {"a": 0.4, "b": 0.0}, None, None, {}, None, "25-44A"),
        ({"a": FAIL, "b": PASS}, {"a": 0.4, "b": 0.0}, False, None, {}, None, "25-44B"),
        ({"a": FAIL, "b": PASS}, {"a": 0.04, "b": 0.0}, True, None, {}, None, "25-44A"),
        ({"a": FAIL, "b": FAIL}, {"a": 0.4, "b": 0.2}, None, True, {}, "a", "25-44"),
        ({"a": NOT_ATTESTED, "b": NOT_ATTESTED}, {"a": 0.4, "b": 0.2}, None, None, {}, None, "25-44"),
        ({"a": FAIL, "b": FAIL}, {"a": 0.4, "b": 0.2}, None, None, {}, None, "25-44"),
    ],
)
def test_related_party_group(powers, shares, common, shared, indirect, want, paragraph):
    """ASC 810-10-25-42 to 25-44B: who in a related-party group consolidates, and by which paragraph."""
    party, test = group_beneficiary("spv", Group((A, B), common, shared, indirect), powers, shares)
    assert party == want
    assert test.paragraph.removesuffix(" [verify]") == f"ASC 810-10-{paragraph}"


def test_activities_on_behalf_of_a_member():
    """ASC 810-10-25-44B (verify): no common control, but substantially all is for one member: it consolidates."""
    group = Group((Association("a", on_behalf=True), Association("b")), common_control=False)
    party, test = group_beneficiary("spv", group, {"a": FAIL, "b": PASS}, {"a": 0.4, "b": 0.0})
    assert (party, test.outcome) == ("a", PASS)

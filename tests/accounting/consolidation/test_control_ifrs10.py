"""Control under IFRS 10: the standard's application examples, and what an open judgement does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.accounting.control_ifrs10 import ControlFacts, control
from ringfence.accounting.logic import all_of, any_of, is_open, opposite
from ringfence.accounting.outcome import CONTRADICTED, FAIL, NOT_ATTESTED, PASS, Outcome
from ringfence.accounting.power import Activity, Right, Votes, controlled, power, substantive, voting_power
from ringfence.accounting.principal_agent import (
    DecisionMaker,
    Exposure,
    Fee,
    RemovalRight,
    principal_or_agent,
    removal_weight,
)
from ringfence.accounting.related import Relationship, SiloFacts, de_facto_agent, silo

CASES = {case["id"]: case for case in json.loads((Path(__file__).parent / "cases.json").read_text())}
USUAL = Fee(commensurate=True, market_terms=True)
BREACH = RemovalRight("several", without_cause=False)
BOARD = RemovalRight("board")
DISPERSED = RemovalRight("several", parties=None)


def maker_of(case: str) -> DecisionMaker:
    """Return the decision maker of a shared case, its words put as facts."""
    inputs = CASES[case]["inputs"]
    if "equity_tranche_share" in inputs:
        exposures = (Exposure(inputs["equity_tranche_share"], first_loss=True),)
    else:
        exposures = (Exposure(inputs["decision_maker_investment"]),)
    words = inputs["removal_rights"]
    rights = {
        "none substantive": (),
        "simple majority, breach only (protective)": (BREACH,),
        "independent board appoints manager annually (substantive)": (BOARD,),
        "without cause, simple majority of widely dispersed investors": (DISPERSED,),
    }[words]
    mandate = "narrow" if "narrow" in inputs.get("mandate", "") else "wide"
    return DecisionMaker("manager", exposures, Fee(True, True, inputs["fee"]), rights, mandate)


def managed(maker: DecisionMaker) -> ControlFacts:
    """Return a fund whose only relevant activity the manager directs."""
    activity = (Activity("managing the assets", director=maker.name),)
    return ControlFacts(maker.name, "fund", activity, returns=("fee", "investment"), delegated=maker)


@pytest.mark.parametrize("case", ["IFRS10_EX13", "IFRS10_EX14A", "IFRS10_EX14C", "IFRS10_EX15"])
def test_shared_examples(case):
    """IFRS10_EX13, 14A, 14C, 15: IFRS 10.B72 (verify); principal or agent, and control, exactly as the standard."""
    maker, want = maker_of(case), CASES[case]["expected"]

    role, answer = principal_or_agent(maker), control(managed(maker))

    assert role.role == want["decision_maker"]
    assert answer.consolidates is want["controls"]
    assert not is_open(answer.outcome)


def test_example_14b():
    """IFRS 10.B72 example 14B: 20 % and removal for breach only makes a principal."""
    assert principal_or_agent(DecisionMaker("m", (Exposure(0.20),), USUAL, (BREACH,))).role == "principal"


def test_example_16():
    """IFRS 10.B72 example 16: the sponsor of a conduit has the residual return and enhances credit: principal."""
    sponsor = DecisionMaker("sponsor", (Exposure(1.0, first_loss=True),), USUAL)
    assert principal_or_agent(sponsor).role == "principal"


def test_one_party_that_may_remove_makes_an_agent():
    """IFRS 10.B65: whatever the exposure, a single party's right to remove without cause is conclusive."""
    maker = DecisionMaker("m", (Exposure(0.9, True),), Fee(False, False), (RemovalRight("single_party"),))
    assert principal_or_agent(maker).role == "agent"
    assert removal_weight([RemovalRight("several", parties=1)]) == "conclusive"


@pytest.mark.parametrize("right", [BREACH, RemovalRight("single_party", barriers=True), RemovalRight("nobody")])
def test_rights_without_substance_weigh_nothing(right):
    """IFRS 10.B26 to B28, B66: rights on breach, or deterred, do not make an agent."""
    assert removal_weight([right]) == "none"


def test_fee_decides_against_and_never_alone_for():
    """IFRS 10.B70, B71: an unusual fee makes a principal; a usual one is needed and not enough."""
    assert principal_or_agent(DecisionMaker("m", (Exposure(0.01),), Fee(True, False))).role == "principal"
    assert principal_or_agent(DecisionMaker("m", (Exposure(0.01),), Fee(True, None))).role == "judgement"
    assert principal_or_agent(DecisionMaker("m", (Exposure(0.35),), USUAL)).role == "principal"


def test_between_the_marks_is_a_judgement():
    """No line in the standard lies between 10 and 20 %: there the answer is a judgement and keeps control open."""
    maker = DecisionMaker("m", (Exposure(0.15),), USUAL)
    assert principal_or_agent(maker).role == "judgement"
    answer = control(managed(maker))
    assert answer.outcome is NOT_ATTESTED
    assert answer.consolidates


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from([(), (BREACH,), (BOARD,), (DISPERSED,)]), st.booleans())
def test_more_exposure_never_makes_a_principal_an_agent(low, high, rights, first_loss):
    """Raising exposure moves an answer from agent through judgement to principal, never back."""
    order = ["agent", "judgement", "principal"]
    low, high = sorted((low, high))
    lower, higher = (
        principal_or_agent(DecisionMaker("m", (Exposure(x, first_loss),), USUAL, rights)).role for x in (low, high)
    )
    assert order.index(lower) <= order.index(higher)


@pytest.mark.parametrize(
    ("votes", "want", "example"),
    [
        (Votes(0.48, largest_unknown=0.01), PASS, "4: 48 % against thousands, none with 1 %"),
        (Votes(0.40, (0.05,) * 12, appoints=True), PASS, "5: 40 % and an agreement to appoint management"),
        (Votes(0.45, (0.26, 0.26), 0.01), FAIL, "6: 45 % against two of 26 %"),
        (Votes(0.45, (0.05,) * 11), NOT_ATTESTED, "7: 45 % against eleven of 5 %"),
        (Votes(0.35, (0.05,) * 3, 0.01, cast=0.75), FAIL, "8: 35 % where 75 % is cast"),
        (Votes(0.51), PASS, "B35: a majority"),
        (Votes(0.80, substantive=False), FAIL, "B36: votes that decide nothing relevant"),
    ],
)
def test_voting_examples(votes, want, example):
    """IFRS 10.B34 to B50, examples 4 to 8."""
    assert voting_power(votes).outcome is want, example


@pytest.mark.parametrize(
    ("right", "want", "example"),
    [
        (Right(days_to_use=30, days_to_decide=30), PASS, "3A: a meeting in 30 days, decisions not before"),
        (Right(days_to_use=25, days_to_decide=30), PASS, "3B: a forward settled in 25 days"),
        (Right(days_to_use=180, days_to_decide=30), FAIL, "3D: a forward settled in six months"),
        (Right(benefit=False), FAIL, "9: an option deeply out of the money"),
        (Right(benefit=True), PASS, "10: conversion that would pay through synergies"),
        (Right(protective=True), FAIL, "B26: a lender's veto"),
        (Right(barriers=("a penalty",)), FAIL, "B23(a)"),
        (Right(holders=12, mechanism=False), FAIL, "B23(b): twelve holders without a board"),
        (Right(benefit=None), NOT_ATTESTED, "nobody has attested that it would pay"),
    ],
)
def test_substantive_rights(right, want, example):
    """IFRS 10.B22 to B28, examples 3A to 3D, 9 and 10."""
    assert substantive(right).outcome is want, example


def test_example_11_only_default_is_managed():
    """IFRS 10.B53, example 11: managing receivables on default is the only relevant activity, so it gives power."""
    facts = ControlFacts(
        "bank", "receivables", (Activity("receivables on default", "bank", influence=1.0),), returns=("residual",)
    )
    assert control(facts).outcome is PASS


def test_the_activity_that_matters_most_decides():
    """IFRS 10.B13: who directs the activities with most influence has power; the other has not."""
    activities = [Activity("residual", "sponsor", 0.7), Activity("operation", "servicer", 0.3)]
    assert power("sponsor", activities).outcome is PASS
    assert power("servicer", activities).outcome is FAIL
    assert power("bank", activities).outcome is FAIL


def test_an_open_director_is_counted_both_ways():
    """An activity nobody has attested leaves power open, unless it cannot change the answer."""
    small = [Activity("residual", "investor", 0.8), Activity("energy", None, 0.1)]
    assert power("sponsor", small).outcome is FAIL
    assert power("investor", small).outcome is PASS
    large = [Activity("residual", None, 0.8), Activity("operation", "servicer", 0.2)]
    assert power("sponsor", large).outcome is NOT_ATTESTED
    assert power("servicer", large).outcome is NOT_ATTESTED


def test_joint_and_protective_rights_direct_nothing_alone():
    """What all must consent to, and what only protects, gives nobody power (IFRS 10.B26; ASC 810-10-25-38D)."""
    activities = [
        Activity("residual", jointly=("sponsor", "fund"), influence=0.6),
        Activity("debt", "bank", 0.3, protective=True),
        Activity("energy", "sponsor", 0.1),
    ]
    for party in ("sponsor", "fund", "bank"):
        assert power(party, activities).outcome is FAIL


def test_kick_out_by_a_single_party_moves_power_to_it():
    """ASC 810-10-25-38C: a unilateral kick-out right gives its holder the power."""
    activities = [Activity("operation", "manager", 1.0, removable_by="fund")]
    assert power("manager", activities).outcome is FAIL
    assert power("fund", activities).outcome is PASS


@given(
    st.lists(st.tuples(st.sampled_from(["s", "x", "y", None]), st.floats(0, 1)), min_size=1, max_size=6),
    st.sampled_from(["s", "x", "y", "z"]),
)
def test_attesting_never_reverses_a_certain_answer(rows, answer):
    """Whatever the open directors turn out to be, power that was certain or ruled out stays so."""
    activities = [Activity(f"a{k}", who, weight) for k, (who, weight) in enumerate(rows)]
    attested = [Activity(a.name, a.director or answer, a.influence) for a in activities]
    before, after = power("s", activities).outcome, power("s", attested).outcome
    if before is PASS:
        assert after is PASS
    if before is FAIL:
        assert after is not PASS


def test_de_facto_agents_bring_their_decisions():
    """IFRS 10.B74: what a de facto agent directs counts with the investor's own."""
    activities = (Activity("residual", "affiliate", 0.6), Activity("operation", "servicer", 0.4))
    alone = control(ControlFacts("sponsor", "spv", activities, returns=("note",)))
    joined = control(ControlFacts("sponsor", "spv", activities, agents=("affiliate",), returns=("note",)))
    assert (alone.outcome, joined.outcome) == (FAIL, PASS)


def test_de_facto_agents_differ_by_framework():
    """IFRS 10.B75 lists examples, so it is a judgement; ASC 810-10-25-43 lists agents, so it is a fact."""
    financed = Relationship("affiliate", "sponsor", financed=True)
    assert de_facto_agent(financed).outcome is NOT_ATTESTED
    assert de_facto_agent(financed, "US GAAP").outcome is PASS
    assert de_facto_agent(Relationship("a", "s", related=True, acts_for=False)).outcome is FAIL
    stranger = Relationship("bank", "sponsor")
    assert de_facto_agent(stranger).outcome is de_facto_agent(stranger, "US GAAP").outcome is FAIL
    assert de_facto_agent(Relationship("a", "s", related=None)).outcome is NOT_ATTESTED


def test_a_silo_needs_all_its_conditions():
    """IFRS 10.B77: one failed condition ends it, an open one leaves the whole entity; ASC also needs a VIE host."""
    ringed = SiloFacts("spv.gpu", True, False, False)
    assert silo(ringed).outcome is PASS
    assert silo(SiloFacts("spv.gpu", True, True, None)).outcome is FAIL
    assert silo(SiloFacts("spv.gpu", True, None, False)).outcome is NOT_ATTESTED
    no_host = SiloFacts("spv.gpu", True, False, False, host_is_vie=FAIL)
    assert silo(no_host, "US GAAP").outcome is FAIL
    assert silo(no_host).outcome is PASS


def test_returns_are_needed_and_computed():
    """IFRS 10.7(b): no variable return, no control; not computed and none named is open."""
    activity = (Activity("all", "x", 1.0),)
    assert control(ControlFacts("x", "spv", activity, exposure=0.0)).outcome is FAIL
    assert control(ControlFacts("x", "spv", activity)).outcome is NOT_ATTESTED
    assert control(ControlFacts("x", "spv", activity, exposure=0.3)).outcome is PASS


def test_design_and_commitment_are_evidence_and_not_control():
    """IFRS 10.B51, B54: taking part in the design, or standing behind it, is no control by itself."""
    facts = ControlFacts("s", "spv", (Activity("all", "x", 1.0),), returns=("note",), designed=True, commitment=True)
    answer = control(facts)
    assert answer.outcome is FAIL
    assert {t.id: t.outcome for t in answer.tests}["commitment"] is PASS


def test_tiers_of_control():
    """Control runs down the tiers, through every intermediate entity, and never back to the top."""
    holdings = {"top": ["mid"], "mid": ["spv", "top"], "spv": ["plant"], "other": ["fund"]}
    assert controlled("top", holdings) == {"mid", "spv", "plant"}


outcomes = st.sampled_from(list(Outcome))


@given(st.lists(outcomes, min_size=1, max_size=5))
def test_logic_mirrors(found):
    """`any` of the contraries is the contrary of `all`; only certainty is certain."""
    assert any_of(opposite(x) for x in found) is opposite(all_of(found))
    assert (all_of(found) is PASS) is all(x is PASS for x in found)
    assert (all_of(found) is FAIL) is (FAIL in found)
    if CONTRADICTED in found and FAIL not in found:
        assert all_of(found) is CONTRADICTED

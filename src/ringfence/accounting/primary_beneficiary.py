"""The primary beneficiary of a VIE (ASC 810-10-25-38A to 38J) and the related-party rules (25-42 to 25-44B).

Who has power over the activities that matter most *and* an interest that could potentially be significant consolidates.
Expected losses support the second and never replace the first. If no party alone has both, a related-party group may:

    single decision maker in the group   it consolidates if its own and indirect interests suffice (25-42); else, in a
                                         group under common control, the most closely associated (25-44A); else a
                                         member on whose behalf substantially all is done (25-44B)
    power shared within the group        the most closely associated consolidates (25-44)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.accounting.citations import cite
from ringfence.accounting.control_ifrs10 import Conclusion
from ringfence.accounting.logic import all_of
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test
from ringfence.accounting.power import Activity, power, power_share

CLOSE = 1e-9


@dataclass(frozen=True)
class BeneficiaryMarks:
    """Policy beside the judgement.

    Parameters
    ----------
    significant
        Share of expected losses or residual returns from which an interest could potentially be significant. [ratio]
    sceptic
        Share of economics over share of power from which power is looked at again (25-38G). [ratio]
    """

    significant: float = 0.10
    sceptic: float = 2.0


BENEFICIARY_MARKS = BeneficiaryMarks()


@dataclass(frozen=True)
class Association:
    """How a member of a related-party group stands to the VIE (25-44 (a) to (d)).

    Parameters
    ----------
    party
        The member.
    principal
        Whether another member acts as its agent; None: not known.
    activities
        How much of its own business the VIE's activities are, comparable between members. [ratio]
    exposure
        Share of expected losses or returns. [ratio]
    designed
        Whether it designed the VIE.
    on_behalf
        Whether substantially all the VIE's activities are for it (25-44B).
    """

    party: str
    principal: bool | None = None
    activities: float = 0.0
    exposure: float = 0.0
    designed: bool = False
    on_behalf: bool = False


@dataclass(frozen=True)
class Group:
    """A related-party group: its members, and whether they are under common control.

    Parameters
    ----------
    members
        With their association to the VIE.
    common_control
        Whether they are under common control; None: not known.
    shares_power
        Whether its members direct together what matters most, all of them consenting; None: not known.
    indirect
        Member -> part of other members' interests that counts as its own, in proportion to its holding in them.
    """

    members: tuple[Association, ...]
    common_control: bool | None = None
    shares_power: bool | None = None
    indirect: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def significant(
    share: float | None, party: str, marks: BeneficiaryMarks = BENEFICIARY_MARKS, *, attested: bool | None = None
) -> Test:
    """Answer whether a party's interest could potentially be significant (25-38A(b)).

    Parameters
    ----------
    share
        Of expected losses or residual returns, the larger; None: not computed. [ratio]
    party
        Its holder.
    marks
        Policy.
    attested
        Judgement below the mark; nothing but an interest of zero is insignificant without one.
    """
    paragraph = cite("ASC 810-10-25-38A(b)")
    if share is None:
        return Test("economics", paragraph, NOT_ATTESTED, {}, f"The share of {party} is not computed.")
    evidence: dict[str, Figure] = {"share": share, "mark": marks.significant}
    if share >= marks.significant - CLOSE:
        words = f"{party} bears {share:.1%} of expected losses or returns, at least {marks.significant:.0%}."
        return Test("economics", paragraph, PASS, evidence, words)
    if share <= CLOSE:
        return Test("economics", paragraph, FAIL, evidence, f"{party} bears no expected losses and has no returns.")
    outcome = NOT_ATTESTED if attested is None else PASS if attested else FAIL
    words = f"{party} bears {share:.1%}; whether that could potentially be significant is {_attested(attested)}."
    return Test("economics", paragraph, outcome, evidence, words)


def primary_beneficiary(
    party: str,
    entity: str,
    activities: Sequence[Activity],
    share: float | None,
    *,
    agents: Sequence[str] = (),
    marks: BeneficiaryMarks = BENEFICIARY_MARKS,
    attested: bool | None = None,
) -> Conclusion:
    """Answer whether a party is the primary beneficiary of a VIE.

    Parameters
    ----------
    party, entity
        Who, of what.
    activities
        Those that matter most, with who directs them.
    share
        Of expected losses or residual returns, the larger, fees on market terms left out (25-38H). [ratio]
    agents
        Parties whose decisions count as its own.
    marks
        Policy.
    attested
        Judgement on significance where the share is below the mark.

    Returns
    -------
    Conclusion
        The answer with its tests.
    """
    has_power = power(party, activities, agents)
    economics = significant(share, party, marks, attested=attested)
    sceptic = disproportion(share, power_share(party, activities, agents), party, marks)
    tests = (
        Test("power", cite("ASC 810-10-25-38A(a)"), has_power.outcome, has_power.evidence, has_power.sentence),
        economics,
    )
    outcome = all_of(t.outcome for t in tests)
    words = {
        PASS: f"{party} is the primary beneficiary of {entity}.",
        FAIL: f"{party} is not the primary beneficiary of {entity}. "
        + next((t.sentence for t in tests if t.outcome is FAIL), ""),
    }.get(outcome, f"That {party} is the primary beneficiary of {entity} is not ruled out. Treat as consolidated.")
    return Conclusion(party, entity, "ASC 810", outcome, (*tests, sceptic), words)


def disproportion(
    share: float | None, share_of_power: float, party: str, marks: BeneficiaryMarks = BENEFICIARY_MARKS
) -> Test:
    """Flag economics out of proportion to power, which calls for a second look at who has it (25-38G).

    Parameters
    ----------
    share
        Of the economics. [ratio]
    share_of_power
        Influence of the activities the party is known to direct. [ratio]
    party
        Its name.
    marks
        Policy.
    """
    paragraph = cite("ASC 810-10-25-38G")
    if share is None:
        return Test("disproportion", paragraph, NOT_ATTESTED, {}, f"The economics of {party} are not computed.")
    ratio = share / share_of_power if share_of_power > CLOSE else float("inf")
    evidence: dict[str, Figure] = {"economics": share, "power": share_of_power}
    if share >= marks.significant and ratio >= marks.sceptic:
        words = (
            f"{party} has {share:.0%} of the economics for {share_of_power:.0%} of the power: look again who has it."
        )
        return Test("disproportion", paragraph, FAIL, evidence, words)
    return Test(
        "disproportion", paragraph, PASS, evidence, f"Economics and power of {party} are not out of proportion."
    )


def group_beneficiary(
    entity: str,
    group: Group,
    powers: Mapping[str, Outcome],
    shares: Mapping[str, float],
    *,
    marks: BeneficiaryMarks = BENEFICIARY_MARKS,
) -> tuple[str | None, Test]:
    """Return who in a related-party group consolidates, once no party alone does (25-42 to 25-44B).

    Parameters
    ----------
    entity
        The VIE.
    group
        Members, common control, indirect interests.
    powers
        Member -> whether it alone has power.
    shares
        Member -> share of economics. [ratio]
    marks
        Policy.

    Returns
    -------
    tuple
        The member, or None where nobody does or the tie cannot be broken; and the test that says why.
    """
    members = [m.party for m in group.members]
    single = next((m for m in members if powers.get(m) is PASS), None)
    together = sum(shares.get(m, 0.0) for m in members)
    economics = together >= marks.significant - CLOSE
    if single is not None:
        return _single_decision_maker(entity, group, single, shares, economics, marks)
    if not economics:
        words = f"Together {', '.join(members)} bear {together:.1%}, not significant."
        return None, Test("related_parties", cite("ASC 810-10-25-44"), FAIL, {"together": together}, words)
    if group.shares_power is not True:
        known = group.shares_power is False or all(powers.get(m) is FAIL for m in members)
        words = (
            f"No member has power over {entity} alone; that they share it is {'not so' if known else 'not attested'}."
        )
        outcome = FAIL if known else NOT_ATTESTED
        return None, Test("related_parties", cite("ASC 810-10-25-44"), outcome, {"together": together}, words)
    return _closest(group, "25-44", f"The group shares power over {entity}")


def most_closely_associated(members: Sequence[Association]) -> str | None:
    """Return the member most closely associated with the VIE, None where the factors tie (25-44).

    Each of the four factors speaks for the one member it points to; most factors win.

    Parameters
    ----------
    members
        The related-party group.

    Examples
    --------
    >>> most_closely_associated([Association("a", True, 0.1, 0.6, True), Association("b", False, 0.3, 0.4)])
    'a'
    """
    votes = {m.party: 0 for m in members}
    for scores in (
        {m.party: float(m.principal or 0) for m in members},
        {m.party: m.activities for m in members},
        {m.party: m.exposure for m in members},
        {m.party: float(m.designed) for m in members},
    ):
        best = max(scores.values(), default=0.0)
        leaders = [party for party, score in scores.items() if score > 0 and score >= best - CLOSE]
        if len(leaders) == 1:
            votes[leaders[0]] += 1
    most = max(votes.values(), default=0)
    first = [party for party, count in votes.items() if count == most]
    return first[0] if most and len(first) == 1 else None


def _single_decision_maker(
    entity: str, group: Group, single: str, shares: Mapping[str, float], economics: bool, marks: BeneficiaryMarks
) -> tuple[str | None, Test]:
    others = group.indirect.get(single, {})
    own = shares.get(single, 0.0) + sum(part * shares.get(m, 0.0) for m, part in others.items())
    evidence: dict[str, Figure] = {"decision_maker": single, "own_and_indirect": own}
    if own >= marks.significant - CLOSE:
        words = f"{single} decides alone and bears {own:.1%} with its indirect interests."
        return single, Test("related_parties", cite("ASC 810-10-25-42"), PASS, evidence, words)
    if not economics:
        words = f"{single} decides alone, but the group's interests are not significant."
        return None, Test("related_parties", cite("ASC 810-10-25-44A"), FAIL, evidence, words)
    if group.common_control is None:
        words = f"{single} decides alone; whether the group is under common control is not attested."
        return None, Test("related_parties", cite("ASC 810-10-25-44A"), NOT_ATTESTED, evidence, words)
    if group.common_control:
        return _closest(group, "25-44A", f"{single} decides alone for a group under common control")
    behalf = next((m.party for m in group.members if m.on_behalf), None)
    if behalf is not None:
        words = f"Substantially all activities of {entity} are for {behalf}."
        return behalf, Test("related_parties", cite("ASC 810-10-25-44B"), PASS, evidence, words)
    words = f"{single} decides alone without significant interest, and the group is not under common control."
    return None, Test("related_parties", cite("ASC 810-10-25-44B"), FAIL, evidence, words)


def _closest(group: Group, paragraph: str, why: str) -> tuple[str | None, Test]:
    party = most_closely_associated(group.members)
    evidence: dict[str, Figure] = {m.party: f"exposure {m.exposure:.1%}" for m in group.members}
    cited = cite(f"ASC 810-10-{paragraph}")
    if party is None:
        words = f"{why}; which member is most closely associated is a judgement not attested."
        return None, Test("related_parties", cited, NOT_ATTESTED, evidence, words)
    return party, Test("related_parties", cited, PASS, evidence, f"{why}; {party} is most closely associated with it.")


def _attested(answer: bool | None) -> str:
    return "not attested" if answer is None else f"attested: {'yes' if answer else 'no'}"

"""Parties that may act for another: de facto agents (IFRS 10.B73 to B75, ASC 810-10-25-43), and silos.

Under IFRS 10 the listed relationships are examples: whether such a party acts on the investor's behalf is a judgement.
Under ASC 810 the listed parties *are* de facto agents of a reporting entity for the related-party rules. A silo is a
ring-fenced part of an entity that is judged like an entity of its own (IFRS 10.B76 to B79, ASC 810-10-25-57).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from ringfence.accounting.citations import cite
from ringfence.accounting.logic import all_of, outcome_of
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test


@dataclass(frozen=True)
class Relationship:
    """How a party stands to an investor. True is a fact, None means not known.

    Parameters
    ----------
    party, investor
        The two.
    related
        Related party in the sense of IAS 24 or ASC 850.
    financed
        Received its interest as a contribution or loan from the investor.
    may_not_transfer
        Agreed not to sell, transfer or encumber its interest without the investor's consent, one way only.
    needs_support
        Cannot finance its operations without subordinated support of the investor.
    same_governance
        Most of its board, or its key management, are the investor's; an officer or employee.
    close_business
        Close business relationship, such as a professional service provider and a significant client.
    acts_for
        Attested: whether it acts on the investor's behalf.
    """

    party: str
    investor: str
    related: bool | None = False
    financed: bool | None = False
    may_not_transfer: bool | None = False
    needs_support: bool | None = False
    same_governance: bool | None = False
    close_business: bool | None = False
    acts_for: bool | None = None

    @property
    def signs(self) -> tuple[str, ...]:
        """The listed relationships that hold."""
        return tuple(f.name for f in fields(self)[2:-1] if getattr(self, f.name))

    @property
    def unknown(self) -> tuple[str, ...]:
        """The listed relationships nobody has answered."""
        return tuple(f.name for f in fields(self)[2:-1] if getattr(self, f.name) is None)


def de_facto_agent(relation: Relationship, framework: str = "IFRS") -> Test:
    """Answer whether a party is a de facto agent.

    Parameters
    ----------
    relation
        How it stands to the investor.
    framework
        ``IFRS`` or ``US GAAP``.

    Returns
    -------
    Test
        ``PASS``: its decisions and interests count with the investor's.
    """
    us = framework == "US GAAP"
    paragraph = cite("ASC 810-10-25-43") if us else cite("IFRS 10.B73-B75")
    evidence: dict[str, Figure] = {"signs": ", ".join(relation.signs) or "none"}
    outcome = _agent_us(relation) if us else _agent_ifrs(relation)
    words = {
        PASS: f"{relation.party} is a de facto agent of {relation.investor}; its interests and decisions are added.",
        FAIL: f"{relation.party} does not act for {relation.investor}.",
    }.get(outcome, f"Nobody has attested whether {relation.party} acts for {relation.investor}.")
    return Test("de_facto_agent", paragraph, outcome, evidence, words)


@dataclass(frozen=True)
class SiloFacts:
    """A part of an entity said to be ring-fenced.

    Parameters
    ----------
    name
        Of the part.
    assets_only_source
        Whether its assets (and credit enhancement tied to them) are the only source of payment of its liabilities,
        under ASC essentially the only one.
    others_have_rights
        Whether holders outside it have rights to its assets or residual cash.
    assets_pay_others
        Whether its cash may pay creditors of the rest, or the rest its creditors.
    host_is_vie
        ASC only: whether the whole entity is a VIE.
    """

    name: str
    assets_only_source: bool | None = None
    others_have_rights: bool | None = None
    assets_pay_others: bool | None = None
    host_is_vie: Outcome = PASS


def silo(facts: SiloFacts, framework: str = "IFRS") -> Test:
    """Answer whether a part of an entity is judged like an entity of its own (IFRS 10.B77, ASC 810-10-25-57)."""
    us = framework == "US GAAP"
    paragraph = cite("ASC 810-10-25-57") if us else cite("IFRS 10.B76-B79")
    conditions = [
        outcome_of(facts.assets_only_source),
        outcome_of(_not(facts.others_have_rights)),
        outcome_of(_not(facts.assets_pay_others)),
    ]
    outcome = all_of([*conditions, facts.host_is_vie] if us else conditions)
    evidence: dict[str, Figure] = {
        "assets_only_source": _word(facts.assets_only_source),
        "others_have_rights": _word(facts.others_have_rights),
        "assets_pay_others": _word(facts.assets_pay_others),
    }
    words = {
        PASS: f"{facts.name} is a silo: judged like an entity of its own.",
        FAIL: f"{facts.name} is no silo: the whole entity is judged.",
    }.get(outcome, f"Nobody has attested that {facts.name} is ring-fenced in substance; the whole entity is judged.")
    return Test("silo", paragraph, outcome, evidence, words)


def _agent_ifrs(relation: Relationship) -> Outcome:
    if relation.acts_for is not None:
        return outcome_of(relation.acts_for)
    return NOT_ATTESTED if relation.signs or relation.unknown else FAIL


def _agent_us(relation: Relationship) -> Outcome:
    if relation.signs or relation.acts_for:
        return PASS
    return NOT_ATTESTED if relation.unknown else FAIL


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _word(answer: bool | None) -> str:
    return "not attested" if answer is None else "yes" if answer else "no"

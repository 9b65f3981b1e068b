"""Control under IFRS 10: power, variable returns, and the link between the two (paragraphs 7, B2 to B85).

Control is met only if all three are met, and ruled out only if one of them certainly fails. Anything between is
control not ruled out, and a party that wants the investee off its balance sheet must treat it as consolidated.
Design involvement (B51) and a commitment that the investee operates as designed (B54) are evidence that the investor
had the opportunity and has the incentive to obtain power; neither is control by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.logic import all_of, any_of, is_open
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test
from ringfence.accounting.power import Activity, Votes, power, voting_power
from ringfence.accounting.principal_agent import MARKS, DecisionMaker, Marks, principal_or_agent


@dataclass(frozen=True)
class ControlFacts:
    """What IFRS 10 asks of one investor and one investee (or silo).

    Parameters
    ----------
    investor, investee
        The two.
    activities
        Relevant activities and who directs each (B11 to B13); empty where votes decide.
    votes
        The investor's votes, where votes decide the relevant activities (B34 to B50).
    agents
        De facto agents, whose decisions count with the investor's (B73).
    exposure
        Share of variability the investor and its agents absorb; None: not computed. [ratio]
    returns
        Its variable returns by name: note, guarantee, fee, synergies (B55 to B57).
    delegated
        The investor as a decision maker for others; None: it decides in its own right.
    designed
        Whether it took part in the design (B51).
    commitment
        Whether it is committed, explicitly or implicitly, to the investee operating as designed (B54).
    dependencies
        Special relationships: staff, technology, name, funding (B18 to B20).
    """

    investor: str
    investee: str
    activities: tuple[Activity, ...] = ()
    votes: Votes | None = None
    agents: tuple[str, ...] = ()
    exposure: float | None = None
    returns: tuple[str, ...] = ()
    delegated: DecisionMaker | None = None
    designed: bool | None = None
    commitment: bool | None = None
    dependencies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conclusion:
    """Whether a party consolidates, with every test.

    Parameters
    ----------
    party, entity
        Who, and what.
    framework
        ``IFRS 10`` or ``ASC 810``.
    outcome
        ``PASS`` consolidates; ``FAIL`` does not; anything else: not ruled out.
    tests
        In the order of evaluation.
    sentence
        The answer in words.
    """

    party: str
    entity: str
    framework: str
    outcome: Outcome
    tests: tuple[Test, ...]
    sentence: str

    @property
    def consolidates(self) -> bool:
        """Whether it must be treated as consolidating; only a certain no says otherwise."""
        return self.outcome is not FAIL

    @property
    def open(self) -> tuple[Test, ...]:
        """Tests that are not attested or contradicted."""
        return tuple(t for t in self.tests if is_open(t.outcome))


def control(facts: ControlFacts, marks: Marks = MARKS) -> Conclusion:
    """Answer whether an investor controls an investee.

    Parameters
    ----------
    facts
        Activities, votes, exposure, delegation.
    marks
        Policy for principal and agent.

    Returns
    -------
    Conclusion
        The answer with its tests.
    """
    has_power = _power(facts)
    has_returns = _returns(facts)
    linked = _link(facts, has_power.outcome, marks)
    outcome = all_of([has_power.outcome, has_returns.outcome, linked[0].outcome])
    tests = (*_design(facts), has_power, has_returns, *linked)
    return Conclusion(facts.investor, facts.investee, "IFRS 10", outcome, tests, _sentence(facts, outcome, tests))


def _power(facts: ControlFacts) -> Test:
    found = []
    if facts.activities:
        found.append(power(facts.investor, facts.activities, facts.agents))
    if facts.votes is not None:
        found.append(voting_power(facts.votes))
    if not found:
        words = "Neither the relevant activities nor the votes are known."
        return Test("power", cite("IFRS 10.7", "IFRS 10.10-14"), NOT_ATTESTED, {}, words)
    outcome = any_of(t.outcome for t in found)
    evidence: dict[str, Figure] = {k: v for t in found for k, v in t.evidence.items()}
    words = " ".join(t.sentence for t in found)
    return Test("power", cite("IFRS 10.7", "IFRS 10.B11-B54"), outcome, evidence, words)


def _returns(facts: ControlFacts) -> Test:
    paragraph = cite("IFRS 10.7", "IFRS 10.B55-B57")
    names = ", ".join(facts.returns)
    evidence: dict[str, Figure] = {"returns": names or "none"}
    if facts.exposure is not None:
        evidence["exposure"] = facts.exposure
    if facts.returns or (facts.exposure or 0.0) > 0:
        share = "" if facts.exposure is None else f", {facts.exposure:.1%} of the variability"
        return Test("returns", paragraph, PASS, evidence, f"{facts.investor} is exposed: {names or 'interest'}{share}.")
    if facts.exposure is None:
        return Test("returns", paragraph, NOT_ATTESTED, evidence, "No variable return is named and none is computed.")
    return Test("returns", paragraph, FAIL, evidence, f"{facts.investor} has no variable return.")


def _link(facts: ControlFacts, has_power: Outcome, marks: Marks) -> tuple[Test, ...]:
    paragraph = cite("IFRS 10.7", "IFRS 10.17-18", "IFRS 10.B58-B72")
    if has_power is FAIL:
        return (Test("link", paragraph, FAIL, {}, "Without power there is nothing to use."),)
    if facts.delegated is None:
        words = f"What {facts.investor} directs, it directs in its own right."
        return (Test("link", paragraph, PASS, {}, words),)
    role = principal_or_agent(facts.delegated, marks)
    return (Test("link", paragraph, role.principal, {"role": role.role}, role.sentence), *role.tests)


def _design(facts: ControlFacts) -> tuple[Test, ...]:
    """Evidence that decides nothing by itself: purpose and design, commitment, dependence."""
    found = []
    for id, paragraph, answer, words, denied in (
        (
            "design",
            cite("IFRS 10.B5-B8, B51"),
            facts.designed,
            "took part in the design",
            "took no significant part in the design",
        ),
        (
            "commitment",
            cite("IFRS 10.B54"),
            facts.commitment,
            "is committed to it operating as designed",
            "is not committed to it operating as designed",
        ),
    ):
        outcome = NOT_ATTESTED if answer is None else PASS if answer else FAIL
        verb = {True: f" {words}", False: f" {denied}", None: f": not attested whether it {words}"}[answer]
        found.append(Test(id, paragraph, outcome, {}, f"{facts.investor}{verb}. Evidence, not control by itself."))
    if facts.dependencies:
        names = ", ".join(facts.dependencies)
        words = f"{facts.investee} depends on {facts.investor} for {names}."
        found.append(Test("dependence", cite("IFRS 10.B18-B20"), PASS, {"for": names}, words))
    return tuple(found)


def _sentence(facts: ControlFacts, outcome: Outcome, tests: tuple[Test, ...]) -> str:
    if outcome is PASS:
        return f"{facts.investor} controls {facts.investee}: it has power, variable returns and the link between them."
    parts = {t.id: t for t in tests}
    if outcome is FAIL:
        failed = next(parts[x] for x in ("power", "returns", "link") if parts[x].outcome is FAIL)
        return f"{facts.investor} does not control {facts.investee}. {failed.sentence}"
    names = ", ".join(x for x in ("power", "returns", "link") if is_open(parts[x].outcome))
    return f"Control of {facts.investee} by {facts.investor} is not ruled out: {names} open. Treat as consolidated."

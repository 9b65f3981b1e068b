"""Variable interest entities under ASC 810-10: scope (15-12, 15-17), and the three marks of a VIE (15-14).

An entity is a VIE if any one holds:

    (a) equity at risk does not suffice to finance its activities without more subordinated support
    (b) the holders of that equity as a group lack power, the obligation to absorb expected losses, or the right to
        expected residual returns
    (c) votes are out of proportion to economics, and substantially all activities are for the holder with few votes

Each is tested as the favourable condition: ``PASS`` means this mark of a VIE is absent. An open one leaves the entity
a VIE until attested; that is no verdict on who consolidates it (``primary_beneficiary.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.logic import all_of, opposite, outcome_of
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test
from ringfence.accounting.refusals import magnitudes

EXEMPT = {
    "not_for_profit": "15-17(a)",
    "separate_account": "15-17(b)",
    "no_information": "15-17(c)",
    "employee_benefit_plan": "15-12(a)",
    "investment_company": "15-12(d)",
    "governmental": "15-12(e)",
    "money_market_fund": "15-12(f)",
}


@dataclass(frozen=True)
class ScopeFacts:
    """What decides whether the VIE model applies.

    Parameters
    ----------
    legal_entity
        Whether there is a legal entity at all: a company, partnership, trust; a division is none.
    exempt
        A key of :data:`EXEMPT`, where one applies.
    business
        Whether the entity is a business.
    designed
        Whether the reporting entity took part significantly in its design.
    joint_venture
        Whether it is an operating joint venture under joint control, or a franchise (design does not count then).
    on_behalf
        Whether substantially all its activities involve, or are conducted on behalf of, the reporting entity.
    support
        Reporting entity's part of equity, subordinated debt and other subordinated support, at fair value. [ratio]
    single_lessee
        Whether its activities are mainly securitisation, asset-backed finance or leasing to one lessee.
    """

    legal_entity: bool = True
    exempt: str | None = None
    business: bool | None = False
    designed: bool | None = None
    joint_venture: bool = False
    on_behalf: bool | None = None
    support: float | None = None
    single_lessee: bool | None = None


@dataclass(frozen=True)
class Stake:
    """An equity investment, and what of it is not at risk (15-14(a)(1) to (4)).

    Parameters
    ----------
    holder
        Party.
    amount
        Paid in, as reported equity of the entity. [USD]
    financed
        Given or lent to the holder by the entity or others involved with it. [USD]
    fees
        Returned to the holder as fees, or given in exchange for other subordinated interests. [USD]
    participates
        Whether it shares significantly in profits *and* losses.
    """

    holder: str
    amount: float
    financed: float = 0.0
    fees: float = 0.0
    participates: bool = True

    def __post_init__(self) -> None:
        magnitudes("residual", amount=self.amount, financed=self.financed, fees=self.fees)

    @property
    def at_risk(self) -> float:
        """What of it is at risk, not negative. [USD]"""
        return max(0.0, self.amount - self.financed - self.fees) if self.participates else 0.0


@dataclass(frozen=True)
class VieFacts:
    """What decides whether an entity is a VIE. None: not attested.

    Parameters
    ----------
    entity
        Its name.
    stakes
        Its equity.
    assets
        Total assets. [USD]
    expected_losses
        Computed (``expected_losses.py``); None: not computed. [USD]
    finances_itself
        Whether it is attested that it finances itself without more support, that like entities have no more equity,
        or that expected losses below its equity are well founded (25-45).
    equity_has_power
        Whether equity holders as a group direct the activities that matter most.
    loss_protection
        Promises that shield equity from losses: guarantees, residual value guarantees, by id.
    return_caps
        Terms that cap equity's returns: fixed-price purchase options, by id.
    shielded, capped
        Whether equity is shielded or capped by anything else; None: not attested.
    votes_proportional
        Whether each holder's votes are in proportion to its economics.
    for_minor_voter
        Whether substantially all activities are for a holder with few votes.
    """

    entity: str
    stakes: tuple[Stake, ...]
    assets: float
    expected_losses: float | None = None
    finances_itself: bool | None = None
    equity_has_power: bool | None = None
    loss_protection: tuple[str, ...] = ()
    return_caps: tuple[str, ...] = ()
    shielded: bool | None = False
    capped: bool | None = False
    votes_proportional: bool | None = None
    for_minor_voter: bool | None = None

    def __post_init__(self) -> None:
        magnitudes("residual", assets=self.assets, expected_losses=self.expected_losses)


@dataclass(frozen=True)
class Vie:
    """The answer.

    Parameters
    ----------
    outcome
        ``PASS`` it is a VIE; ``FAIL`` it is none (votes decide); anything else: treat as one.
    tests
        The marks, each ``PASS`` where the mark is absent.
    sentence
        Why.
    """

    outcome: Outcome
    tests: tuple[Test, ...]
    sentence: str

    @property
    def treated_as(self) -> bool:
        """Whether the VIE model is applied."""
        return self.outcome is not FAIL


def in_scope(facts: ScopeFacts, *, majority: float = 0.5) -> Test:
    """Answer whether the VIE model applies (15-12, 15-17): ``PASS`` it does.

    Parameters
    ----------
    facts
        The entity and the reporting entity's part in it.
    majority
        Support above which the business exception is lost. [ratio]
    """
    if not facts.legal_entity:
        return Test("scope", cite("ASC 810-10-20"), FAIL, {}, "There is no legal entity.")
    if facts.exempt is not None:
        paragraph = cite(f"ASC 810-10-{EXEMPT[facts.exempt]}")
        return Test("scope", paragraph, FAIL, {}, f"Exempt: {facts.exempt.replace('_', ' ')}.")
    lost = _exception_lost(facts, majority)
    evidence: dict[str, Figure] = {name: str(outcome) for name, outcome in lost.items()}
    if facts.support is not None:
        evidence["support"] = facts.support
    exception = all_of([outcome_of(facts.business), *(opposite(o) for o in lost.values())])
    reasons = [name for name, outcome in lost.items() if outcome is PASS]
    words = {
        PASS: "The entity is a business and none of the conditions that take the exception away holds.",
        FAIL: f"The business exception is not available: {', '.join(reasons) or 'the entity is not a business'}.",
    }.get(exception, "The business exception hangs on what is not attested; it is not taken.")
    outcome = FAIL if exception is PASS else PASS
    return Test("scope", cite("ASC 810-10-15-17(d)"), outcome, evidence, words)


def _exception_lost(facts: ScopeFacts, majority: float) -> dict[str, Outcome]:
    """Conditions of 15-17(d), each ``PASS`` where it takes the exception away."""
    designed = False if facts.joint_venture else facts.designed
    return {
        "design by the reporting entity (1)": outcome_of(designed),
        "activities on behalf of the reporting entity (2)": outcome_of(facts.on_behalf),
        "more than half of subordinated support (3)": outcome_of(
            None if facts.support is None else facts.support > majority
        ),
        "securitisation or single-lessee leasing (4)": outcome_of(facts.single_lessee),
    }


def vie(facts: VieFacts, *, presumed: float = 0.10) -> Vie:
    """Answer whether an entity is a VIE (15-14).

    Parameters
    ----------
    facts
        Equity, expected losses, rights.
    presumed
        Equity below this part of assets is presumed insufficient (25-45). [ratio]

    Returns
    -------
    Vie
        The answer with its five marks.
    """
    tests = (
        equity_sufficient(facts, presumed=presumed),
        _judged("15-14(b)(1)", facts.equity_has_power, "equity as a group directs what matters most"),
        _unshielded("15-14(b)(2)", facts.loss_protection, facts.shielded, "absorbs expected losses", "is shielded by"),
        _unshielded("15-14(b)(3)", facts.return_caps, facts.capped, "receives residual returns", "is capped by"),
        _proportional(facts),
    )
    outcome = opposite(all_of(t.outcome for t in tests))
    marks = cite(*(f"ASC 810-10-{t.id}" for t in tests if t.outcome is FAIL))
    words = {
        PASS: f"{facts.entity} is a VIE: {marks}.",
        FAIL: f"{facts.entity} is no VIE: votes decide who consolidates.",
    }.get(outcome, f"{facts.entity} is treated as a VIE: that it is none is not attested.")
    return Vie(outcome, tests, words)


def equity_at_risk(stakes: Iterable[Stake]) -> float:
    """Return equity at risk over all stakes. [USD]"""
    return sum(s.at_risk for s in stakes)


def equity_sufficient(facts: VieFacts, *, presumed: float = 0.10) -> Test:
    """Answer whether equity at risk suffices (15-14(a), 25-45, 25-46).

    Less than `presumed` of assets is insufficient unless it is attested that the entity finances itself, or that the
    estimate of expected losses below its equity is good; more proves nothing by itself.
    """
    equity = equity_at_risk(facts.stakes)
    ratio = equity / facts.assets if facts.assets > 0 else 0.0
    losses = facts.expected_losses
    evidence: dict[str, Figure] = {"equity_at_risk": equity, "assets": facts.assets, "ratio": ratio}
    if losses is not None:
        evidence["expected_losses"] = losses
    outcome, words = _sufficiency(equity, ratio, losses, facts.finances_itself, presumed)
    return Test("15-14(a)", cite("ASC 810-10-15-14(a)", "ASC 810-10-25-45"), outcome, evidence, words)


def _sufficiency(
    equity: float, ratio: float, losses: float | None, finances_itself: bool | None, presumed: float
) -> tuple[Outcome, str]:
    part = f"Equity at risk is {ratio:.1%} of assets"
    if losses is not None and equity < losses:
        return FAIL, f"{part} and less than expected losses of {losses:,.0f}."
    if ratio < presumed and not finances_itself:
        beside = "" if losses is None else f"; that it covers expected losses of {losses:,.0f} is evidence to attest"
        return FAIL, f"{part}, less than {presumed:.0%}: presumed insufficient{beside}."
    if losses is not None:
        return PASS, f"{part} and covers expected losses of {losses:,.0f}."
    if finances_itself:
        return PASS, f"{part}; attested that the entity finances itself without more support."
    return NOT_ATTESTED, f"{part}, which proves nothing; expected losses are not computed."


def _judged(id: str, answer: bool | None, words: str) -> Test:
    outcome = outcome_of(answer)
    said = {PASS: f"It holds that {words}.", FAIL: f"It does not hold that {words}."}
    return Test(id, cite(f"ASC 810-10-{id}"), outcome, {}, said.get(outcome, f"Not attested: {words}."))


def _unshielded(id: str, promises: tuple[str, ...], more: bool | None, does: str, verb: str) -> Test:
    names = ", ".join(promises) or ("terms attested outside the deal file" if more else "")
    outcome = FAIL if names else outcome_of(None if more is None else True)
    words = {
        PASS: f"Equity {does}.",
        FAIL: f"Equity {verb} {names}.",
    }.get(outcome, f"No term of the deal says so; that equity {verb} nothing else is not attested.")
    evidence: dict[str, Figure] = {"terms": names or "none"}
    return Test(id, cite(f"ASC 810-10-{id}"), outcome, evidence, words)


def _proportional(facts: VieFacts) -> Test:
    """15-14(c): both parts must hold for the mark, so either one's absence is enough."""
    present = all_of([opposite(outcome_of(facts.votes_proportional)), outcome_of(facts.for_minor_voter)])
    outcome = opposite(present)
    words = {
        PASS: "Votes are in proportion, or the activities are not for a holder with few votes.",
        FAIL: "Votes are out of proportion and substantially all activities are for a holder with few votes.",
    }.get(outcome, "Not attested whether votes are in proportion and for whom the activities are conducted.")
    return Test("15-14(c)", cite("ASC 810-10-15-14(c)"), outcome, {}, words)

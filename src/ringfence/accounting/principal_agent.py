"""Principal or agent: does a decision maker use its power for itself (IFRS 10.B58 to B72).

The order of evaluation:

    1. one party alone may remove it without cause       agent, whatever else (B65)
    2. its fee is not commensurate, or not on market terms   principal (B69, B70)
    3. its exposure to variability of returns, beside the rights others hold and the scope of its authority (B71, B72)

The standard draws no percentage line. Its application examples leave marks, kept in :class:`Marks` as policy: 2 %
(14A) and 10 % (13) agent; 20 % with removal for breach only, principal (14B), with an independent board that appoints
each year, agent (14C); 35 % of a first-loss tranche against dispersed investors, principal (15). Between the marks the
answer is a judgement, and said to be one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test
from ringfence.accounting.refusals import shares

Weight = Literal["conclusive", "strong", "little", "none"]
Holder = Literal["nobody", "single_party", "board", "several"]


@dataclass(frozen=True)
class Marks:
    """Where exposure decides by itself. Policy, drawn from the standard's examples.

    Parameters
    ----------
    agent
        Largest exposure that leaves an agent an agent (examples 13 and 14A). [ratio]
    agent_first_loss
        The same for a subordinated exposure, which differs from that of other investors (B72). [ratio]
    principal
        Smallest exposure that makes a principal where no right of others weighs against it (14B, 15). [ratio]
    board
        Largest exposure that a strong right of removal outweighs (14C has 20 %); above, a judgement. [ratio]
    few
        Number of parties that may act together and still be weighed strongly (B65). [count]
    """

    agent: float = 0.10
    agent_first_loss: float = 0.02
    principal: float = 0.20
    board: float = 0.50
    few: int = 2


MARKS = Marks()


@dataclass(frozen=True)
class RemovalRight:
    """A right to remove the decision maker (kick-out), or another right that binds it.

    Parameters
    ----------
    holder
        Who holds it.
    without_cause
        False: only on breach, which is protective (B26 to B28, B66).
    parties
        How many must act together; None: widely dispersed.
    barriers
        Whether a penalty, a price, or the lack of a mechanism or of a replacement deters its use (B23).
    independent
        Whether a board is independent of the decision maker (B67).
    """

    holder: Holder = "nobody"
    without_cause: bool = True
    parties: int | None = None
    barriers: bool = False
    independent: bool = True


@dataclass(frozen=True)
class Fee:
    """What the decision maker earns for its service (B69).

    Parameters
    ----------
    commensurate
        Whether it is commensurate with the service; None: not attested.
    market_terms
        Whether its terms are those of arm's length dealing; None: not attested.
    text
        As agreed, for the evidence.
    """

    commensurate: bool | None = None
    market_terms: bool | None = None
    text: str = ""

    @property
    def usual(self) -> bool | None:
        """Whether both conditions hold; None where that is not known."""
        if self.commensurate is False or self.market_terms is False:
            return False
        return True if self.commensurate and self.market_terms else None


@dataclass(frozen=True)
class Exposure:
    """An interest of the decision maker besides its fee (B71, B72).

    Parameters
    ----------
    share
        Of the class held. [ratio]
    first_loss
        Whether the class bears losses before others: equity under debt, credit enhancement, a guarantee.
    absorbed
        Share of the entity's variability that the whole class bears; a computed share belongs here. [ratio]
    """

    share: float
    first_loss: bool = False
    absorbed: float = 1.0

    def __post_init__(self) -> None:
        shares("share", share=self.share, absorbed=self.absorbed)


@dataclass(frozen=True)
class DecisionMaker:
    """A party with power delegated to it.

    Parameters
    ----------
    name
        Party.
    exposures
        Its interests, with those of its de facto agents.
    fee
        What it earns; None: nothing, it decides for itself.
    removal
        Rights of others over it.
    mandate
        Scope of its authority: narrow or wide (B62 to B64).
    """

    name: str
    exposures: tuple[Exposure, ...] = ()
    fee: Fee | None = None
    removal: tuple[RemovalRight, ...] = ()
    mandate: Literal["narrow", "wide"] = "wide"


@dataclass(frozen=True)
class Role:
    """The answer.

    Parameters
    ----------
    role
        ``principal``, ``agent``, or ``judgement`` where the rules do not decide.
    tests
        Each step with its evidence.
    sentence
        Why.
    """

    role: Literal["principal", "agent", "judgement"]
    tests: tuple[Test, ...]
    sentence: str

    @property
    def principal(self) -> Outcome:
        """Whether it acts for itself, as an outcome."""
        return {"principal": PASS, "agent": FAIL, "judgement": NOT_ATTESTED}[self.role]


def principal_or_agent(maker: DecisionMaker, marks: Marks = MARKS) -> Role:
    """Answer whether a decision maker is principal or agent.

    Parameters
    ----------
    maker
        The decision maker.
    marks
        Policy.

    Returns
    -------
    Role
        The answer with its tests.

    Examples
    --------
    >>> fund = DecisionMaker("manager", (Exposure(0.02),), Fee(True, True), (RemovalRight("several", False),))
    >>> principal_or_agent(fund).role
    'agent'
    """
    weight = removal_weight(maker.removal, marks)
    exposed = exposure(maker.exposures)
    first_loss = any(x.first_loss and x.share > 0 for x in maker.exposures)
    tests = (
        _mandate_test(maker),
        _removal_test(maker, weight),
        _fee_test(maker),
        _exposure_test(exposed, first_loss, marks),
    )
    role, why = _decided(maker, weight, exposed, first_loss, marks)
    return Role(role, tests, f"{maker.name} is {_words(role)}: {why}.")


def removal_weight(rights: Iterable[RemovalRight], marks: Marks = MARKS) -> Weight:
    """Return how much the rights of others weigh (B64 to B67); the heaviest counts."""
    order: tuple[Weight, ...] = ("none", "little", "strong", "conclusive")
    return max((_weight(right, marks) for right in rights), key=order.index, default="none")


def exposure(interests: Iterable[Exposure]) -> float:
    """Exposure to variability of returns over all interests, at most 1. [ratio]"""
    return min(1.0, sum(x.share * x.absorbed for x in interests))


def _weight(right: RemovalRight, marks: Marks) -> Weight:
    if right.holder == "nobody" or not right.without_cause or right.barriers:
        return "none"
    if right.holder == "single_party" or (right.holder == "several" and right.parties == 1):
        return "conclusive"
    if right.holder == "board":
        return "strong" if right.independent else "none"
    return "strong" if right.parties is not None and right.parties <= marks.few else "little"


def _decided(
    maker: DecisionMaker, weight: Weight, exposed: float, first_loss: bool, marks: Marks
) -> tuple[Literal["principal", "agent", "judgement"], str]:
    if weight == "conclusive":
        return "agent", "one party alone may remove it without cause (B65)"
    if maker.fee is not None and maker.fee.usual is False:
        return "principal", "its fee is not commensurate and on market terms, which an agent's must be (B70)"
    agent_mark = marks.agent_first_loss if first_loss else marks.agent
    kind = "first-loss exposure" if first_loss else "exposure"
    if exposed >= marks.principal and weight != "strong":
        return "principal", f"its {kind} of {exposed:.1%} meets no substantive right of others (B72)"
    if maker.fee is not None and maker.fee.usual is None:
        return "judgement", "nobody has attested that its fee is commensurate and on market terms (B69)"
    if weight == "strong" and exposed <= marks.board:
        return "agent", f"a substantive right of removal outweighs its {kind} of {exposed:.1%} (B67)"
    if exposed <= agent_mark:
        return "agent", f"its {kind} of {exposed:.1%} is not more than {agent_mark:.0%} (B72)"
    return "judgement", f"its {kind} of {exposed:.1%} lies between the marks the standard's examples leave"


def _mandate_test(maker: DecisionMaker) -> Test:
    """Scope of authority: evidence beside the marks, which come from examples of both kinds."""
    wide = maker.mandate == "wide"
    words = f"{maker.name} decides {'with wide discretion' if wide else 'within narrow parameters'}. Evidence only."
    return Test("mandate", cite("IFRS 10.B62-B63"), PASS if wide else FAIL, {"mandate": maker.mandate}, words)


def _removal_test(maker: DecisionMaker, weight: Weight) -> Test:
    evidence: dict[str, Figure] = {"rights": len(maker.removal), "weight": weight}
    met = weight in ("conclusive", "strong")
    words = f"Rights of others over {maker.name} weigh: {weight}."
    return Test("removal", cite("IFRS 10.B64-B67"), PASS if met else FAIL, evidence, words)


def _fee_test(maker: DecisionMaker) -> Test:
    paragraph = cite("IFRS 10.B68-B70")
    if maker.fee is None:
        return Test("fee", paragraph, PASS, {}, f"{maker.name} earns no fee for deciding.")
    usual = maker.fee.usual
    outcome = NOT_ATTESTED if usual is None else PASS if usual else FAIL
    words = {
        None: "Nobody has attested that the fee is commensurate and on market terms.",
        True: "The fee is commensurate and on market terms.",
        False: "The fee is not commensurate, or not on market terms.",
    }[usual]
    return Test("fee", paragraph, outcome, {"fee": maker.fee.text}, words)


def _exposure_test(exposed: float, first_loss: bool, marks: Marks) -> Test:
    evidence: dict[str, Figure] = {"exposure": exposed, "first_loss": first_loss, "principal_mark": marks.principal}
    words = f"Exposure to variability of returns is {exposed:.1%}{', first loss' if first_loss else ''}."
    outcome = PASS if exposed >= marks.principal else FAIL
    return Test("exposure", cite("IFRS 10.B71-B72"), outcome, evidence, words)


def _words(role: str) -> str:
    return "principal or agent by judgement" if role == "judgement" else f"{'an' if role == 'agent' else 'a'} {role}"

"""Power: who directs the activities that matter most.

Shared by both frameworks (IFRS 10.B11 to B50, ASC 810-10-25-38A to 38E). Activities are ranked by their influence, the
share of the variance of the entity's value they explain. A decider nobody has attested is counted both ways: power is
certain only if it survives the decider being somebody else, and ruled out only if it survives the decider being the
party under test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test
from ringfence.accounting.refusals import finite, refused, shares

CLOSE = 1e-9


@dataclass(frozen=True)
class Activity:
    """An activity of the entity and who directs it.

    Parameters
    ----------
    name
        For example ``remarketing``.
    director
        Party with the present ability to direct it; None: not attested.
    influence
        Share of the variance of the entity's value that it explains; None: not known. [ratio]
    jointly
        Parties that must all consent; then nobody directs it alone (ASC 810-10-25-38D).
    removable_by
        Single party that may, alone and without cause, take the decision away; it then directs (25-38C, B65).
    protective
        Whether the director's right is only protective; such a right directs nothing (B26 to B28).
    """

    name: str
    director: str | None = None
    influence: float | None = None
    jointly: tuple[str, ...] = ()
    removable_by: str | None = None
    protective: bool = False

    def __post_init__(self) -> None:
        finite("share", influence=self.influence)

    @property
    def directed_by(self) -> str | None:
        """Party that counts as directing it: ``""`` no single one, None not attested."""
        if len(self.jointly) > 1 or self.protective:
            return ""
        return self.removable_by or self.director


@dataclass(frozen=True)
class Right:
    """A right, tested for substance (IFRS 10.B22 to B28).

    Parameters
    ----------
    protective
        Whether it only protects its holder, as a lender's veto does (B26).
    barriers
        What deters its use: penalties, price, terms, no other manager, law (B23(a)).
    holders
        How many must agree to use it. [count]
    mechanism
        Whether there is a practical way for them to act together, such as an independent board (B23(b)).
    benefit
        Whether the holder would gain by using it; an option deeply out of the money would not be used (B23(c)).
    days_to_use, days_to_decide
        Days until it can be used, and until the decision must be made (B24). [day]
    """

    protective: bool = False
    barriers: tuple[str, ...] = ()
    holders: int = 1
    mechanism: bool = True
    benefit: bool | None = True
    days_to_use: float = 0.0
    days_to_decide: float = float("inf")


@dataclass(frozen=True)
class Votes:
    """Votes of an investor among all votes (IFRS 10.B34 to B50).

    Parameters
    ----------
    own
        Its share, with those it may direct by agreement (B39). [ratio]
    others
        Shares of the other holders that are known one by one. [ratio]
    largest_unknown
        Largest share any remaining holder has. [ratio]
    cast
        Share of all votes usually cast at meetings, its own included; None: not known. [ratio]
    needed
        Share of votes that decides. [ratio]
    appoints
        Whether an agreement lets it decide the relevant activities or appoint those who do (B39, B40).
    substantive
        Whether the votes decide the relevant activities at all (B36, B37).
    """

    own: float
    others: tuple[float, ...] = ()
    largest_unknown: float = 0.0
    cast: float | None = None
    needed: float = 0.5
    appoints: bool = False
    substantive: bool = True

    def __post_init__(self) -> None:
        others = {f"holder_{k + 1}": x for k, x in enumerate(self.others)}
        shares(
            "share", own=self.own, largest_unknown=self.largest_unknown, cast=self.cast, needed=self.needed, **others
        )
        if self.own + sum(self.others) > 1 + CLOSE:
            raise refused(
                "share",
                f"the investor has {self.own:.1%} of the votes and the others named {sum(self.others):.1%}.",
                paragraph=cite("IFRS 10.B42"),
                fix="name shares of one whole",
            )
        if self.cast is not None and self.cast < self.own - CLOSE:
            raise refused("share", f"{self.cast:.1%} of the votes are cast, its own {self.own:.1%} among them.")


@dataclass(frozen=True)
class VoteMarks:
    """How many others must join to outvote before their number speaks. Policy, from examples 4 to 8."""

    few: int = 2
    many: int = 25


VOTE_MARKS = VoteMarks()


def power(party: str, activities: Sequence[Activity], group: Iterable[str] = ()) -> Test:
    """Answer whether a party directs the activities that matter most.

    Parameters
    ----------
    party
        Party under test.
    activities
        Relevant activities.
    group
        Parties whose decisions count as its own: de facto agents, subsidiaries.

    Returns
    -------
    Test
        ``PASS`` it has power, ``FAIL`` it has not, ``NOT_ATTESTED`` it hangs on who directs what is open.
    """
    mine = {party, *group}
    weights = influences(activities)
    held, unknown, rivals = 0.0, 0.0, dict[str, float]()
    for activity in activities:
        director, weight = activity.directed_by, weights[activity.name]
        if director is None:
            unknown += weight
        elif director in mine:
            held += weight
        else:  # what several direct together, or nobody named, still stands against the party
            rivals[director] = rivals.get(director, 0.0) + weight
    outcome = _outcome(held, unknown, rivals)
    open_ = [a.name for a in activities if a.directed_by is None]
    return Test("power", _PARAGRAPH, outcome, _evidence(activities, weights), _sentence(party, outcome, held, open_))


def influences(activities: Sequence[Activity]) -> dict[str, float]:
    """Return the weight of each activity, adding to one; alike where none is known. [ratio]

    An activity without a figure among others that have one weighs as much as the average of those.
    """
    known = [a.influence for a in activities if a.influence is not None]
    mean = sum(known) / len(known) if known else 1.0
    raw = {a.name: mean if a.influence is None else a.influence for a in activities}
    whole = sum(raw.values())
    return {name: value / whole if whole > 0 else 1 / len(raw) for name, value in raw.items()}


def power_share(party: str, activities: Sequence[Activity], group: Iterable[str] = ()) -> float:
    """Return the influence of the activities a party directs for certain. [ratio]"""
    mine, weights = {party, *group}, influences(activities)
    return sum(weights[a.name] for a in activities if a.directed_by in mine)


def substantive(right: Right) -> Test:
    """Answer whether a right is substantive (IFRS 10.B22 to B25) or only protective (B26 to B28)."""
    paragraph = cite("IFRS 10.B22-B28")
    evidence: dict[str, Figure] = {"holders": right.holders, "days_to_use": right.days_to_use}
    if right.protective:
        return Test("substantive", paragraph, FAIL, evidence, "The right only protects its holder (B26).")
    if right.barriers:
        return Test("substantive", paragraph, FAIL, evidence, f"Its use is deterred by {', '.join(right.barriers)}.")
    if right.holders > 1 and not right.mechanism:
        words = f"{right.holders} holders must act together and have no mechanism for it (B23(b))."
        return Test("substantive", paragraph, FAIL, evidence, words)
    if right.days_to_use > right.days_to_decide:
        words = f"It can be used in {right.days_to_use:g} days, after the decision in {right.days_to_decide:g} (B24)."
        return Test("substantive", paragraph, FAIL, evidence, words)
    if right.benefit is False:
        return Test("substantive", paragraph, FAIL, evidence, "Its holder would gain nothing by using it (B23(c)).")
    if right.benefit is None:
        return Test("substantive", paragraph, NOT_ATTESTED, evidence, "Nobody has attested that its use would pay.")
    return Test("substantive", paragraph, PASS, evidence, "Its holder can use it when decisions are to be made (B24).")


def voting_power(votes: Votes, marks: VoteMarks = VOTE_MARKS) -> Test:
    """Answer whether votes give power, alone or by the spread of the others (IFRS 10.B34 to B50).

    Parameters
    ----------
    votes
        The investor's votes and those of others.
    marks
        How many others must join to outvote it: up to `few` it has no power, from `many` it has.
    """
    needed = _to_outvote(votes)
    evidence: dict[str, Figure] = {"own": votes.own, "others_to_outvote": needed}
    outcome, words = _votes(votes, needed, marks)
    return Test("votes", cite("IFRS 10.B34-B50"), outcome, evidence, words)


def majority_director(portions: Mapping[str, float]) -> str | None:
    """Return who directs more than half of one activity that several parties direct in parts (ASC 810-10-25-38E).

    Parameters
    ----------
    portions
        Party -> share of the activity it directs. [ratio]
    """
    whole = sum(portions.values())
    return next((party for party, part in portions.items() if part > whole / 2 * (1 + CLOSE)), None)


def controlled(root: str, holdings: Mapping[str, Iterable[str]]) -> set[str]:
    """Return every entity a party controls through others, tier below tier.

    Parameters
    ----------
    root
        The party at the top.
    holdings
        Party -> entities it controls directly.

    Examples
    --------
    >>> sorted(controlled("sponsor", {"sponsor": ["holding"], "holding": ["spv"], "bank": ["fund"]}))
    ['holding', 'spv']
    """
    found: set[str] = set()
    waiting = [root]
    while waiting:
        new = set(holdings.get(waiting.pop(), ())) - found - {root}
        found |= new
        waiting += new
    return found


_PARAGRAPH = cite("IFRS 10.B11-B13", "ASC 810-10-25-38B")


def _outcome(held: float, unknown: float, rivals: Mapping[str, float]) -> Outcome:
    """Compare a party with its strongest rival, what is open counted against it and then for it."""
    strongest = max(rivals.values(), default=0.0)
    if held > CLOSE and held > max(strongest + unknown, unknown) + CLOSE:
        return PASS
    if held + unknown <= CLOSE or held + unknown < strongest - CLOSE:
        return FAIL
    return NOT_ATTESTED


def _evidence(activities: Sequence[Activity], weights: Mapping[str, float]) -> dict[str, Figure]:
    names = {None: "not attested", "": "nobody alone"}
    ranked = sorted(activities, key=lambda a: -weights[a.name])
    return {a.name: f"{weights[a.name]:.0%}, {names.get(a.directed_by, a.directed_by)}" for a in ranked}


def _sentence(party: str, outcome: Outcome, held: float, open_: list[str]) -> str:
    share = f"{held:.0%} of the influence on value"
    if outcome is PASS:
        return f"{party} directs the activities that matter most ({share})."
    if outcome is FAIL:
        return f"{party} does not direct the activities that matter most ({share})."
    rest = f"who directs {', '.join(open_)} is not attested" if open_ else "no party directs more than another"
    return f"{party} directs {share}; {rest}."


def _to_outvote(votes: Votes) -> int:
    """Fewest other holders whose votes together are at least the investor's."""
    rest = max(0.0, 1 - votes.own - sum(votes.others))
    total, count = 0.0, 0
    for share in sorted(votes.others, reverse=True):
        if total >= votes.own - CLOSE:
            return count
        if votes.largest_unknown > share:
            break
        total, count = total + share, count + 1
    if total >= votes.own - CLOSE:
        return count
    if votes.largest_unknown <= 0 or total + rest < votes.own - CLOSE:
        return 1_000_000
    return count + int(-(-(votes.own - total - CLOSE) // votes.largest_unknown))


def _votes(votes: Votes, needed: int, marks: VoteMarks) -> tuple[Outcome, str]:
    if not votes.substantive:
        return FAIL, "Votes do not decide the relevant activities (B36, B37)."
    if votes.own > votes.needed:
        return PASS, f"It holds {votes.own:.1%} of the votes, more than the {votes.needed:.0%} that decide (B35)."
    if votes.appoints:
        return PASS, "An agreement lets it decide, or appoint those who decide, the relevant activities (B39, B40)."
    if votes.cast is not None:
        share = votes.own / votes.cast
        outcome = PASS if share > votes.needed else FAIL
        return outcome, f"It holds {share:.1%} of the votes usually cast (B42(d), B45)."
    if needed <= marks.few:
        return FAIL, f"{needed} other holders together outvote its {votes.own:.1%} (B43, example 6)."
    if needed >= marks.many:
        return PASS, f"Its {votes.own:.1%} stands against holders too many and too small to act together (B44)."
    return NOT_ATTESTED, f"{needed} others together outvote its {votes.own:.1%}: other facts decide (B45, example 7)."

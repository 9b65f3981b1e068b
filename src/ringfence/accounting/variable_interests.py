"""Variable interests under ASC 810-10: which contracts absorb an entity's variability (25-21 to 25-57, 55-16 to 55-41).

By design: an interest that *creates* variability (the entity's own assets, rent it receives under an operating lease)
is none; one that *absorbs* it is. The table :data:`KINDS` says which is which; fees, options, swaps and interests in
specified assets have conditions of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.logic import all_of, opposite, outcome_of
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Figure, Outcome, Test

Kind = Literal[
    "equity",
    "debt",
    "subordinated_note",
    "guarantee",
    "residual_value_guarantee",
    "liquidity",
    "put",
    "purchase_option",
    "renewal_option",
    "operating_lease",
    "fee",
    "forward_sale",
    "forward_purchase",
    "total_return_swap",
    "interest_rate_swap",
    "offtake",
    "supply",
]

KINDS: dict[Kind, tuple[bool | None, str, str]] = {
    "equity": (True, "55-22", "equity absorbs what is left"),
    "debt": (True, "55-22", "a lender absorbs losses that equity does not"),
    "subordinated_note": (True, "55-22", "a subordinated note absorbs losses before other debt"),
    "guarantee": (True, "55-25", "a guarantor absorbs the losses it makes good"),
    "residual_value_guarantee": (True, "55-39", "it absorbs a fall of the asset's value"),
    "liquidity": (True, "55-25", "liquidity and credit enhancement absorb losses"),
    "put": (True, "55-25", "the writer of a put absorbs a fall in value"),
    "purchase_option": (None, "55-39", "a purchase option at a fixed price takes the rise in value"),
    "renewal_option": (None, "55-39", "a renewal option at a fixed rent takes the rise in rents"),
    "operating_lease": (False, "55-39", "rent under an operating lease creates variability and absorbs none"),
    "fee": (None, "55-37", "a fee for deciding or serving"),
    "forward_sale": (None, "55-27", "a buyer at a fixed price absorbs the change in the entity's asset"),
    "forward_purchase": (False, "55-27", "the seller of an asset to the entity absorbs nothing of it"),
    "total_return_swap": (True, "55-25", "it takes the return of the entity's assets"),
    "interest_rate_swap": (None, "25-35", "a plain swap with a senior counterparty"),
    "offtake": (None, "55-27", "a buyer of output at a fixed price absorbs price variability"),
    "supply": (False, "55-16", "supply or service at market terms"),
}


@dataclass(frozen=True)
class Interest:
    """A contract of a party with the entity.

    Parameters
    ----------
    id, holder, kind
        Which contract, whose, and what it is.
    fixed_price
        Options, forwards, offtake: whether the price is fixed (None: not known); at fair value it absorbs nothing.
    plain
        Swaps: whether it is plain vanilla, at market, and ranks with senior claims.
    commensurate, market_terms
        Fees: whether commensurate with the service, and on terms of arm's length dealing (55-37(a), (d)).
    other_share
        Fees: what the holder's other interests absorb of expected losses or returns. [ratio]
    asset_share
        Interests in a specified asset: its fair value as a share of that of all assets; None: the whole entity. [ratio]
    """

    id: str
    holder: str
    kind: Kind
    fixed_price: bool | None = None
    plain: bool | None = None
    commensurate: bool | None = None
    market_terms: bool | None = None
    other_share: float = 0.0
    asset_share: float | None = None


@dataclass(frozen=True)
class InterestMarks:
    """Policy: what is more than insignificant among a fee earner's other interests, and what is most of the assets."""

    insignificant: float = 0.10
    assets: float = 0.50


INTEREST_MARKS = InterestMarks()


def variable_interest(
    interest: Interest, marks: InterestMarks = INTEREST_MARKS, *, holder_has_other: bool = False
) -> Test:
    """Answer whether a contract is a variable interest in the entity.

    Parameters
    ----------
    interest
        The contract.
    marks
        Policy.
    holder_has_other
        Whether the holder has another variable interest in the entity as a whole (25-55).

    Returns
    -------
    Test
        ``PASS``: it is one; ``FAIL``: it is none.

    Examples
    --------
    >>> variable_interest(Interest("rvg", "lessee", "residual_value_guarantee", asset_share=0.5)).outcome.value
    'fail'
    """
    fact, paragraph, words = KINDS[interest.kind]
    cited = [f"ASC 810-10-{paragraph}"]
    outcome = _conditional(interest, marks) if fact is None else outcome_of(fact)
    evidence: dict[str, Figure] = {"kind": interest.kind, "holder": interest.holder}
    if interest.asset_share is not None and outcome is not FAIL and not holder_has_other:
        evidence["asset_share"] = interest.asset_share
        cited.append("ASC 810-10-25-55")
        if interest.asset_share <= marks.assets:
            outcome = FAIL
            words = f"it covers assets of {interest.asset_share:.0%} of fair value, not more than {marks.assets:.0%}"
    return Test(f"variable_interest:{interest.id}", cite(*cited), outcome, evidence, _said(words))


def variable_interests(interests: Sequence[Interest], marks: InterestMarks = INTEREST_MARKS) -> tuple[Test, ...]:
    """Answer for every contract; interests in specified assets are tested after those in the whole entity."""
    whole = {i.id: variable_interest(i, marks) for i in interests if i.asset_share is None}
    holders = {i.holder for i in interests if i.asset_share is None and whole[i.id].outcome is PASS}
    return tuple(
        whole.get(i.id) or variable_interest(i, marks, holder_has_other=i.holder in holders) for i in interests
    )


def implicit_interest(answer: bool | None, holder: str) -> Test:
    """Answer whether a party absorbs variability without a contract that says so (25-48 to 25-54): a judgement."""
    outcome = outcome_of(answer)
    words = {
        PASS: f"{holder} is attested to hold an implicit interest.",
        FAIL: f"{holder} is attested to hold no implicit interest.",
    }.get(outcome, f"Nobody has attested whether {holder} would support the entity without being bound to.")
    return Test("implicit_interest", cite("ASC 810-10-25-48 to 25-54"), outcome, {}, words)


def _conditional(interest: Interest, marks: InterestMarks) -> Outcome:
    if interest.kind == "fee":
        harmless = [
            outcome_of(interest.commensurate),
            outcome_of(interest.market_terms),
            FAIL if interest.other_share > marks.insignificant else PASS,
        ]
        return opposite(all_of(harmless))
    if interest.kind == "interest_rate_swap":
        return NOT_ATTESTED if interest.plain is None else FAIL if interest.plain else PASS
    return outcome_of(interest.fixed_price)


def _said(words: str) -> str:
    return words[0].upper() + words[1:] + "."

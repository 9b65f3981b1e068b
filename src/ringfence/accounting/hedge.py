"""Cash-flow hedge of floating interest by a swap: what goes to other comprehensive income and what to profit or loss.

IFRS 9.6.5.11: the reserve is the *lower* of the cumulative gain or loss on the swap and the cumulative change in value
of the hedged cash flows (a hypothetical swap, B6.5.5); only over-hedging reaches profit or loss. ASC 815-30 takes the
whole change to other comprehensive income while the hedge is highly effective. A swap must match the loan's sculpted
balance, or part of it hedges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, computed
from ringfence.accounting.refusals import finite, one_of, refused, shares

Framework = Literal["IFRS 9", "ASC 815"]
EFFECTIVE = (0.80, 1.25)
"""Range of "highly effective" in US practice. [ratio]"""


@dataclass(frozen=True)
class HedgeResult:
    """A cash-flow hedge by date. [USD]

    Attributes
    ----------
    reserve
        Cash-flow hedge reserve.
    oci, profit_or_loss
        Movement of each period; the two add to the change of the instrument.
    reclassified
        Taken from the reserve to profit or loss when the hedged interest is, or at once if it is no longer expected.
    paragraph
        Of the rule.
    """

    reserve: tuple[float, ...]
    oci: tuple[float, ...]
    profit_or_loss: tuple[float, ...]
    reclassified: tuple[float, ...]
    paragraph: str


def cash_flow_hedge(
    instrument: Sequence[float],
    hedged_item: Sequence[float],
    *,
    framework: Framework = "IFRS 9",
    discontinued: int | None = None,
    still_expected: bool = True,
    release: Sequence[float] = (),
) -> HedgeResult:
    """Split the gain or loss of a hedging instrument.

    Parameters
    ----------
    instrument
        Cumulative gain on the swap since the hedge began, at each date. [USD]
    hedged_item
        Cumulative change in value of the hedged flows (hypothetical derivative), signed against it. [USD]
    framework
        IFRS 9 (lower of) or ASC 815 (all, while highly effective).
    discontinued
        First date at which hedge accounting no longer applies: the reserve stays, later changes go to profit or loss.
    still_expected
        After that, whether the hedged interest is still expected; if not the reserve is reclassified at once.
    release
        Share of the reserve reclassified at each date after discontinuation, with the interest. [ratio]

    Returns
    -------
    HedgeResult
        Dates as given.
    """
    if len(instrument) != len(hedged_item):
        raise refused(
            "hedge", f"{len(instrument)} gains of the swap stand against {len(hedged_item)} of the hedged item."
        )
    one_of("framework", framework, get_args(Framework))
    finite("hedge", **{f"gain_{k + 1}": x for k, x in enumerate(instrument)})
    finite("hedge", **{f"change_{k + 1}": x for k, x in enumerate(hedged_item)})
    shares("share", **{f"release_{k + 1}": x for k, x in enumerate(release)})
    if discontinued is not None and not 0 <= discontinued < len(instrument):
        raise refused(
            "hedge",
            f"hedge accounting ends at date number {discontinued} of {len(instrument)}, counted from 0.",
            fix="name one of the dates, or leave it out while the hedge goes on",
        )
    last = len(instrument) if discontinued is None else discontinued
    wanted = [_effective(a, b, framework) for a, b in zip(instrument[:last], hedged_item[:last], strict=True)]
    reserve, taken = list(wanted), [0.0] * len(wanted)
    held = wanted[-1] if wanted else 0.0
    kept = held
    for k in range(last, len(instrument)):
        share = 1.0 if not still_expected else (release[k - last] if k - last < len(release) else 0.0)
        out = kept if share >= 1.0 else held * share
        kept -= out
        reserve.append(kept)
        taken.append(out)
    moved = [b - a for a, b in pairwise([0.0, *reserve])]
    oci = [m + t for m, t in zip(moved, taken, strict=True)]
    gain = [b - a for a, b in pairwise([0.0, *instrument])]
    loss = [g - o for g, o in zip(gain, oci, strict=True)]
    paragraph = cite("IFRS 9.6.5.11", "IFRS 9.6.5.12") if framework == "IFRS 9" else cite("ASC 815-30-35")
    return HedgeResult(tuple(reserve), tuple(oci), tuple(loss), tuple(taken), paragraph)


def _effective(instrument: float, item: float, framework: Framework) -> float:
    """Part of the cumulative gain that the reserve holds. [USD]"""
    if framework == "ASC 815":
        return instrument
    if instrument * item >= 0:
        return 0.0  # the two move together: nothing is offset
    return min(abs(instrument), abs(item)) * (1.0 if instrument > 0 else -1.0)


def effectiveness(instrument: float, hedged_item: float, *, within: tuple[float, float] = EFFECTIVE) -> Test:
    """Test whether a hedge was highly effective by dollar offset (US practice; IFRS 9 has no such range).

    Parameters
    ----------
    instrument, hedged_item
        Cumulative changes. [USD]
    within
        Range. [ratio]
    """
    finite("hedge", instrument=instrument, hedged_item=hedged_item)
    if hedged_item == 0:
        still = instrument == 0
        words = "Neither has changed in value." if still else f"The swap moved {instrument:,.0f}, the hedged item not."
        return computed("hedge-effectiveness", cite("ASC 815-30"), still, {"offset": "n/a"}, words)
    ratio = -instrument / hedged_item
    return computed(
        "hedge-effectiveness",
        cite("ASC 815-30"),
        within[0] <= ratio <= within[1],
        {"offset": ratio},
        f"The swap offsets {ratio:.0%} of the hedged item; {within[0]:.0%} to {within[1]:.0%} is highly effective.",
    )


def notional_match(notional: Sequence[float], balance: Sequence[float]) -> Test:
    """Test whether a swap's notional stays within the loan's balance.

    Parameters
    ----------
    notional, balance
        At each date. [USD]
    """
    if len(notional) != len(balance):
        raise refused("hedge", f"{len(notional)} notionals stand against {len(balance)} balances.")
    finite("hedge", notional=sum(notional), balance=sum(balance))
    over = [max(n - b, 0.0) for n, b in zip(notional, balance, strict=True)]
    worst = max(over, default=0.0)
    return computed(
        "hedge-notional",
        cite("IFRS 9.6.4.1"),
        worst <= 0.005,
        {"largest over-hedge": worst},
        f"The notional is above the balance by {worst:,.0f} at most."
        if worst > 0.005
        else "The notional is within the balance on every date.",
    )

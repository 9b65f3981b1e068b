"""A sample of party cash flows from the entity's own value and the ranking of its claims.

For textbook cases and quick structuring, where no run exists: the entity's value on each path goes to claims in order
of rank, each up to what it is due; what is left goes to the residual holders. A guarantee adds to the value when it
falls short of an amount, or tops up one claim, and the guarantor's column is minus what it pays plus any premium.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ringfence.accounting.expected_losses import Tier
from ringfence.accounting.party_cash import Floats, Sample, make_sample
from ringfence.errors import DealError
from ringfence.terms.findings import finding

RULE = "waterfall-sample: claims are amounts due, and residual shares add to one"


@dataclass(frozen=True)
class Claim:
    """A claim on the entity's value.

    Parameters
    ----------
    holder
        Party.
    due
        Amount it ranks for, one number or one for each path. [USD]
    """

    holder: str
    due: float | Sequence[float]


@dataclass(frozen=True)
class Promise:
    """A guarantee of value or of a claim.

    Parameters
    ----------
    giver
        Party that pays.
    amount
        Of value: it pays the shortfall of the entity's value under this. [USD]
    claim
        Of a claim: it pays what the claims of this holder are short of. Exactly one of the two.
    cap
        Most that it pays; None: no limit. [USD]
    premium
        Paid to the giver ahead of all claims, whatever the path. [USD]
    """

    giver: str
    amount: float | None = None
    claim: str | None = None
    cap: float | None = None
    premium: float = 0.0


def waterfall_sample(
    value: ArrayLike,
    claims: Sequence[Claim],
    residual: Mapping[str, float],
    *,
    promises: Sequence[Promise] = (),
    probabilities: ArrayLike | None = None,
) -> Sample:
    """Share the entity's value among its holders on every path.

    Parameters
    ----------
    value
        Of the entity exclusive of all interests, by path. [USD]
    claims
        First rank first.
    residual
        Holder -> share of what is left; the shares add to one. [ratio]
    promises
        Guarantees.
    probabilities
        Of the paths; left out: all alike. [ratio]

    Returns
    -------
    Sample
        The columns add to the entity's value.

    Examples
    --------
    >>> s = waterfall_sample([120, 60], [Claim("bank", 100)], {"equity": 1}, promises=[Promise("lessee", amount=80)])
    >>> {p: s.column(p).tolist() for p in s.parties}
    {'bank': [100.0, 80.0], 'equity': [20.0, 0.0], 'lessee': [0.0, -20.0]}
    """
    _check(claims, residual, promises)
    own = np.asarray(value, float)
    columns: dict[str, Floats] = {}
    left = own.copy()
    for promise in promises:
        paid = _of_value(promise, own)
        _add(columns, promise.giver, promise.premium - paid)
        left = left + paid - promise.premium
    unpaid: dict[str, Floats] = {}
    for claim in claims:
        taken = np.clip(left, 0.0, np.asarray(claim.due, float))
        _add(columns, claim.holder, taken)
        _add(unpaid, claim.holder, np.asarray(claim.due, float) - taken)
        left = left - taken
    for promise in promises:
        if promise.claim is not None:
            topped = _capped(unpaid[promise.claim], promise.cap)
            _add(columns, promise.claim, topped)
            _add(columns, promise.giver, -topped)
            unpaid[promise.claim] = unpaid[promise.claim] - topped
    for holder, share in residual.items():
        _add(columns, holder, left * share)
    ranked = dict.fromkeys([*(c.holder for c in claims), *residual, *(p.giver for p in promises)])
    return make_sample(list(ranked), np.column_stack([columns[name] for name in ranked]), probabilities)


def tiers_of(claims: Sequence[Claim], residual: Mapping[str, float], fair_value: float) -> tuple[Tier, ...]:
    """Order of subordination for bottom-up allocation: residual holders at fair value, then claims from the last rank.

    Parameters
    ----------
    claims
        First rank first, each with one amount due.
    residual
        Holder -> share of what is left. [ratio]
    fair_value
        Of all residual interests together. [USD]
    """
    last = [Tier({c.holder: float(np.mean(c.due))}) for c in reversed(claims)]
    return (Tier({holder: share * fair_value for holder, share in residual.items()}), *last)


def _of_value(promise: Promise, value: Floats) -> Floats:
    if promise.amount is None:
        return np.zeros_like(value)
    return _capped(np.maximum(promise.amount - value, 0.0), promise.cap)


def _capped(amount: Floats, cap: float | None) -> Floats:
    return amount if cap is None else np.minimum(amount, cap)


def _add(columns: dict[str, Floats], party: str, amount: Floats) -> None:
    columns[party] = columns[party] + amount if party in columns else amount


def _check(claims: Sequence[Claim], residual: Mapping[str, float], promises: Sequence[Promise]) -> None:
    found = []
    holders = {c.holder for c in claims}
    if any(np.min(c.due) < 0 for c in claims):
        found.append(finding(RULE, "A claim is due a negative amount.", fix="claims are magnitudes"))
    if abs(sum(residual.values()) - 1) > 1e-9:
        text = f"The residual shares add to {sum(residual.values()):g}, not to 1."
        found.append(finding(RULE, text, fix="correct the shares"))
    for p in promises:
        if (p.amount is None) == (p.claim is None) or (p.claim is not None and p.claim not in holders):
            text = f"The promise of {p.giver} names neither an amount of value nor a claim of the entity."
            found.append(finding(RULE, text, fix="give amount, or claim, one of the two"))
    if found:
        raise DealError(found)

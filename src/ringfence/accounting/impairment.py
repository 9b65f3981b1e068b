"""Impairment: carrying amount above what can be recovered (IAS 36, ASC 360), and components with their own lives.

IAS 36 compares with the higher of fair value less costs of disposal and value in use (pre-tax, discounted) and reverses
when value comes back. ASC 360 first asks whether the *undiscounted* flows cover the carrying amount; only if they do
not is the loss down to fair value, and it never comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ringfence.accounting.citations import cite
from ringfence.accounting.payments import stepped
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import finite, magnitudes, refused
from ringfence.accounting.schedule import present_value

BUDGET_YEARS = 5
"""Years a budget may cover before flows follow a steady or declining rate (IAS 36.33(b)). [year]"""


@dataclass(frozen=True)
class ValueInUse:
    """PV of future flows. [USD]

    Attributes
    ----------
    discounted
        Each flow.
    amount
        Their sum.
    """

    discounted: tuple[float, ...]
    amount: float


def value_in_use(flows: Sequence[float], rate: Rate, *, every: float = 12.0) -> ValueInUse:
    """Discount net cash flows of an asset in its present condition.

    Parameters
    ----------
    flows
        Net inflows before tax and financing, at the end of each period; the last includes disposal. [USD]
    rate
        Pre-tax, for the asset's own risk (IAS 36.55).
    every
        Length of a period. [month]
    """
    finite("residual", **{f"flow_{k + 1}": x for k, x in enumerate(flows)})
    factors = [1.0 + rate.over(every * (k + 1)) for k in range(len(flows))]
    return ValueInUse(tuple(x / f for x, f in zip(flows, factors, strict=True)), _worth(flows, rate, every))


def _worth(flows: Sequence[float], rate: Rate, every: float) -> float:
    """PV from the rows of the sheet; outflows are valued on their own, for a payment is a magnitude. [USD]"""
    gains = stepped([max(x, 0.0) for x in flows], timing="arrears", every=every)
    costs = stepped([max(-x, 0.0) for x in flows], timing="arrears", every=every)
    return present_value(gains, rate) - present_value(costs, rate) if flows else 0.0


@dataclass(frozen=True)
class Impairment:
    """Answer of an impairment test. [USD]

    Attributes
    ----------
    carrying_amount, recoverable
        Before; recoverable amount (IAS 36) or fair value (ASC 360).
    loss
        In profit or loss; 0 if none.
    after
        Carrying amount afterwards.
    triggered
        ASC 360: whether step 1 failed; IAS 36: whether the carrying amount is above.
    sentence, paragraph
        In words.
    """

    carrying_amount: float
    recoverable: float
    loss: float
    after: float
    triggered: bool
    sentence: str
    paragraph: str


def impair_ifrs(
    carrying_amount: float, *, value_in_use: float | None = None, fair_value_less_costs: float | None = None
) -> Impairment:
    """Test under IAS 36.

    Parameters
    ----------
    carrying_amount
        [USD]
    value_in_use, fair_value_less_costs
        At least one of the two. [USD]
    """
    amounts = [x for x in (value_in_use, fair_value_less_costs) if x is not None]
    magnitudes("residual", carrying_amount=carrying_amount)
    finite("residual", value_in_use=value_in_use, fair_value_less_costs=fair_value_less_costs)
    if not amounts:
        raise refused(
            "residual", "no recoverable amount is given.", paragraph=cite("IAS 36.18"), fix="give one of the two"
        )
    recoverable = max(amounts)
    if recoverable < 0:  # below nothing there is no asset: a liability arises only where a standard asks (IAS 36.62)
        recoverable = 0.0
    loss = max(carrying_amount - recoverable, 0.0)
    words = f"Carrying amount {carrying_amount:,.0f} against a recoverable amount of {recoverable:,.0f}: "
    words += f"loss {loss:,.0f}." if loss else "no loss."
    return Impairment(
        carrying_amount, recoverable, loss, carrying_amount - loss, loss > 0, words, cite("IAS 36.18", "IAS 36.59")
    )


def impair_us(carrying_amount: float, *, undiscounted: float, fair_value: float) -> Impairment:
    """Test a held-and-used asset group under ASC 360-10-35-17 and 35-21.

    Parameters
    ----------
    carrying_amount
        [USD]
    undiscounted
        Future net cash flows, not discounted. [USD]
    fair_value
        [USD]
    """
    magnitudes("residual", carrying_amount=carrying_amount, fair_value=fair_value)
    finite("residual", undiscounted=undiscounted)
    failed = undiscounted < carrying_amount
    loss = max(carrying_amount - fair_value, 0.0) if failed else 0.0
    words = f"Undiscounted flows of {undiscounted:,.0f} {'do not cover' if failed else 'cover'} {carrying_amount:,.0f}"
    words += f"; fair value {fair_value:,.0f}: loss {loss:,.0f}." if failed else ": no loss, whatever fair value is."
    return Impairment(
        carrying_amount,
        fair_value,
        loss,
        carrying_amount - loss,
        failed,
        words,
        cite("ASC 360-10-35-17", "ASC 360-10-35-21"),
    )


def reverse_ifrs(carrying_amount: float, *, recoverable: float, depreciated_cost: float) -> float:
    """Return the reversal of an earlier loss: up to the carrying amount had there been none (IAS 36.117). [USD]

    Parameters
    ----------
    carrying_amount, recoverable
        [USD]
    depreciated_cost
        Carrying amount had no loss been recognised. [USD]
    """
    magnitudes("residual", carrying_amount=carrying_amount, depreciated_cost=depreciated_cost)
    finite("residual", recoverable=recoverable)
    return max(min(recoverable, depreciated_cost) - carrying_amount, 0.0)


@dataclass(frozen=True)
class UnitAsset:
    """An asset of a cash-generating unit. [USD]

    Parameters
    ----------
    carrying_amount
        [USD]
    floor
        Highest of its own fair value less costs, value in use and 0, as far as known (IAS 36.105).
    goodwill
        Whether it is goodwill, which goes first.
    """

    carrying_amount: float
    floor: float = 0.0
    goodwill: bool = False

    def __post_init__(self) -> None:
        magnitudes("residual", carrying_amount=self.carrying_amount, floor=self.floor)


def allocate_loss(loss: float, assets: Mapping[str, UnitAsset]) -> dict[str, float]:
    """Share the loss of a cash-generating unit: goodwill first, then pro rata, no asset below its floor.

    Parameters
    ----------
    loss
        Of the unit. [USD]
    assets
        By name.

    Returns
    -------
    dict
        Loss by asset; adds to the loss as far as the floors allow (IAS 36.104-105). [USD]
    """
    magnitudes("residual", loss=loss)
    shares = dict.fromkeys(assets, 0.0)
    left = loss
    for name, asset in assets.items():
        if asset.goodwill:
            shares[name] = min(left, asset.carrying_amount)
            left -= shares[name]
    open_ = {n: a for n, a in assets.items() if not a.goodwill and a.carrying_amount > a.floor}
    while left > 1e-9 and open_:
        base = sum(a.carrying_amount for a in open_.values())
        asked = {n: left * a.carrying_amount / base for n, a in open_.items()}
        room = {n: a.carrying_amount - max(a.floor, 0.0) - shares[n] for n, a in open_.items()}
        full = [n for n in open_ if asked[n] >= room[n]]
        for n in full or list(open_):
            taken = room[n] if full else asked[n]
            shares[n] += taken
            left -= taken
        if not full:
            break
        for n in full:
            del open_[n]
    return shares


# --- components ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Component:
    """A part of an asset with its own life (IAS 16.43).

    Parameters
    ----------
    name
        ``chips``, ``servers``, ``network``, ``power``, ``shell``.
    cost, residual
        [USD]
    life
        [month]
    """

    name: str
    cost: float
    life: float
    residual: float = 0.0

    def __post_init__(self) -> None:
        if self.life <= 0 or not 0 <= self.residual <= self.cost:
            raise refused(
                "residual",
                f"{self.name} costs {self.cost:,.2f}, lives {self.life:g} months and leaves {self.residual:,.2f}.",
                paragraph=cite("IAS 16.43", "IAS 16.51"),
                fix="a life is above 0 and a residual between 0 and the cost",
            )

    def carrying(self, month: float) -> float:
        """Return the carrying amount at an age. [USD]"""
        return self.cost - (self.cost - self.residual) * min(max(month, 0.0), self.life) / self.life


def depreciate(components: Sequence[Component], months: Sequence[float]) -> dict[str, tuple[float, ...]]:
    """Return depreciation by component between dates, and in total.

    Parameters
    ----------
    components
        Parts with their own lives.
    months
        Ages, rising; one amount for each step. [month]

    Returns
    -------
    dict
        Component, and ``total``, to depreciation. [USD]
    """
    if list(months) != sorted(months):
        raise refused("life", f"ages are given as {list(months)}.", fix="give them rising")
    if len({c.name for c in components}) < len(components):
        raise refused("life", "two components have one name.", fix="name each component once")
    found = {c.name: tuple(c.carrying(a) - c.carrying(b) for a, b in pairwise(months)) for c in components}
    whole = tuple(sum(x) for x in zip(*found.values(), strict=True)) if found else ()
    return {**found, "total": whole}

"""Expected losses and residual returns of an entity, and who absorbs them (ASC 810-10-20, 55-42 to 55-49).

The input is any sample of what each party receives from the entity: paths x parties with probabilities, from a few
named scenarios or from a Monte Carlo. The entity's own value on a path is the sum over the parties, that is, its cash
exclusive of variable interests; so the interests of *all* holders must be in the sample, a guarantor's payments as
negative amounts.

    E   = sum p CF            EL  = sum p max(0, E - CF)            ERR = sum p max(0, CF - E) = EL

Three ways of allocating, chosen once and all shown:

    top_down    sum over paths with CF < E of p (E_j - CF_j): adds exactly to EL; an interest out of phase is negative
    bottom_up   EL is poured through the order of subordination, each tier up to its fair value
    one_sided   sum p max(0, E_j - CF_j): overstates in total; its shares are normalised

The figures support a conclusion and never make it: the text of ASC 810 asks for a qualitative assessment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ringfence.accounting.party_cash import TOLERANCE, Floats, Sample, make_sample, present_values
from ringfence.accounting.refusals import magnitudes, one_of, refused
from ringfence.errors import DealError
from ringfence.terms.findings import finding

Method = Literal["top_down", "bottom_up", "one_sided"]
METHODS: tuple[Method, ...] = ("top_down", "bottom_up", "one_sided")


@dataclass(frozen=True)
class Variability:
    """Spread of one value around its expectation.

    Parameters
    ----------
    expected
        Probability-weighted mean E. [USD]
    losses, returns
        Expected losses EL and expected residual returns ERR; equal under one rate. [USD]
    """

    expected: float
    losses: float
    returns: float

    @property
    def total(self) -> float:
        """Expected variability EL + ERR. [USD]"""
        return self.losses + self.returns


@dataclass(frozen=True)
class Tier:
    """A rank of subordination: who stands in it, and for how much.

    Parameters
    ----------
    interests
        Party -> fair value of its interest at this rank; losses are shared by it. [USD]
    """

    interests: Mapping[str, float]

    def __post_init__(self) -> None:
        magnitudes("sample", **dict(self.interests))
        if not self.interests:
            raise refused("sample", "a tier has no holder.", fix="name who stands in it, and for how much")

    @property
    def capacity(self) -> float:
        """What the tier can lose. [USD]"""
        return float(sum(self.interests.values()))


@dataclass(frozen=True)
class Allocation:
    """Expected losses and residual returns by party, under one method.

    Parameters
    ----------
    method
        How they were allocated.
    entity
        Spread of the entity's own value.
    losses, returns
        By party. [USD]
    """

    method: Method
    entity: Variability
    losses: Mapping[str, float]
    returns: Mapping[str, float]

    @property
    def applies(self) -> bool:
        """Whether there is any variability to share (docs/convention.md 4.2)."""
        return sum(self.losses.values()) > TOLERANCE * max(abs(self.entity.expected), 1.0)

    @property
    def loss_shares(self) -> dict[str, float]:
        """Share of expected losses by party, adding to one; all 0 where none applies. [ratio]"""
        return _shares(self.losses, self.applies)

    @property
    def return_shares(self) -> dict[str, float]:
        """Share of expected residual returns by party, adding to one; all 0 where none applies. [ratio]"""
        return _shares(self.returns, self.applies)

    def share(self, party: str) -> float:
        """Larger of a party's shares of losses and of returns, 0 for a stranger. [ratio]"""
        return max(self.loss_shares.get(party, 0.0), self.return_shares.get(party, 0.0))


def variability(values: ArrayLike, probabilities: ArrayLike | None = None) -> Variability:
    """Return expectation, expected losses and expected residual returns of a value.

    Parameters
    ----------
    values
        Present value by path. [USD]
    probabilities
        Of the paths; left out: all alike. [ratio]
    """
    sample = make_sample(["entity"], np.asarray(values, float).reshape(-1, 1), probabilities)
    return _variability(sample.entity, sample.probabilities)


def expected_variability(
    cash: ArrayLike, probabilities: ArrayLike, *, rate: float, years: ArrayLike = 1.0
) -> tuple[float, Variability]:
    """Return expected cash undiscounted, and the variability of its present value (FIN 46(R) Appendix A).

    Parameters
    ----------
    cash
        By path, all at the same time; or paths x periods. [USD]
    probabilities
        Of the paths. [ratio]
    rate
        Risk-free rate, effective. [1/year]
    years
        Years to the cash, one number or one for each period. [year]
    """
    flows = np.asarray(cash, float)
    flows = flows[:, None] if flows.ndim == 1 else flows
    plain = variability(flows.sum(axis=1), probabilities)
    worth = present_values(flows, np.atleast_1d(np.asarray(years, float)), rate)
    return plain.expected, variability(worth, probabilities)


def allocate(sample: Sample, method: Method = "top_down", *, tiers: Sequence[Tier] = ()) -> Allocation:
    """Allocate expected losses and residual returns to the parties.

    Parameters
    ----------
    sample
        Party cash flows.
    method
        One of :data:`METHODS`.
    tiers
        For ``bottom_up``: who bears losses first, first; the last tier bears whatever is left. Residual returns go
        to the first.

    Returns
    -------
    Allocation
        By party, adding to the entity's EL (``one_sided`` may add to more).

    Examples
    --------
    >>> allocate(make_sample(["bank", "equity"], [[100, 40], [100, 0]])).loss_shares
    {'bank': 0.0, 'equity': 1.0}
    """
    one_of("method", method, METHODS)
    entity = _variability(sample.entity, sample.probabilities)
    if method == "bottom_up":
        if not tiers:
            text = "Pouring losses through subordination needs the order of the tiers."
            raise DealError([finding("tiers: bottom-up allocation knows who bears losses first", text)])
        returns = pour(entity.returns, [tiers[0]])
        return Allocation(method, entity, pour(entity.losses, tiers), returns)
    split = _top_down if method == "top_down" else _one_sided
    losses, returns = split(sample)
    return Allocation(method, entity, losses, returns)


def pour(amount: float, tiers: Sequence[Tier]) -> dict[str, float]:
    """Pour expected losses through tiers, each up to its fair value, the last without limit. [USD]

    Parameters
    ----------
    amount
        Expected losses. [USD]
    tiers
        In the order in which they bear losses.

    Examples
    --------
    >>> pour(26_667, [Tier({"equity": 20_000}), Tier({"sub": 30_000}), Tier({"senior": 700_000})])
    {'equity': 20000.0, 'sub': 6667.0, 'senior': 0.0}
    """
    magnitudes("sample", amount=amount)
    if not tiers:
        raise refused("sample", "losses are poured through no tier.", fix="give the tiers in their order")
    out: dict[str, float] = {}
    left = float(amount)
    for number, tier in enumerate(tiers):
        taken = left if number == len(tiers) - 1 else min(left, tier.capacity)
        left -= taken
        for party, value in tier.interests.items():
            share = value / tier.capacity if tier.capacity > 0 else 1 / len(tier.interests)
            out[party] = out.get(party, 0.0) + taken * share
    return out


def normal_expected_losses(sigma: float) -> float:
    """Expected losses of a normal value: ``sigma / sqrt(2 pi)``, the closed form that a sample is tested by. [USD]"""
    magnitudes("sample", sigma=sigma)
    return sigma / math.sqrt(2 * math.pi)


def standard_errors(
    sample: Sample, method: Method = "top_down", *, draws: int = 200, seed: int = 0
) -> dict[str, float]:
    """Return the bootstrap standard error of each party's share of expected losses. [ratio]

    Parameters
    ----------
    sample
        Paths of a Monte Carlo; named scenarios have no sampling error.
    method
        ``top_down`` or ``one_sided``.
    draws
        Resamples.
    seed
        Of the resampling.
    """
    random = np.random.default_rng(seed)
    count = len(sample.cash)
    shares = []
    for _ in range(draws):
        chosen = random.choice(count, count, p=sample.probabilities)
        again = Sample(sample.parties, sample.cash[chosen], np.full(count, 1 / count))
        shares.append(list(allocate(again, method).loss_shares.values()))
    return dict(zip(sample.parties, np.std(shares, axis=0, ddof=1).tolist(), strict=True))


def fin46r_consolidator(allocation: Allocation) -> str | None:
    """Return who would have consolidated before 2010: majority of losses, else majority of returns, else nobody.

    Parameters
    ----------
    allocation
        Expected losses and returns by party (FIN 46(R) paragraph 14; superseded by the power test of ASU 2009-17).
    """
    for shares in (allocation.loss_shares, allocation.return_shares):
        for party, share in shares.items():
            if share > 0.5:
                return party
    return None


def _variability(values: Floats, weights: Floats) -> Variability:
    expected = float(weights @ values)
    gap = values - expected
    return Variability(expected, float(weights @ np.maximum(-gap, 0.0)), float(weights @ np.maximum(gap, 0.0)))


def _top_down(sample: Sample) -> tuple[dict[str, float], dict[str, float]]:
    weights, entity = sample.probabilities, sample.entity
    expected = weights @ sample.cash
    gap = entity - float(weights @ entity)
    losses = (weights * (gap < 0)) @ (expected - sample.cash)
    returns = (weights * (gap > 0)) @ (sample.cash - expected)
    return _named(sample, losses), _named(sample, returns)


def _one_sided(sample: Sample) -> tuple[dict[str, float], dict[str, float]]:
    weights = sample.probabilities
    gap = sample.cash - weights @ sample.cash
    return _named(sample, weights @ np.maximum(-gap, 0.0)), _named(sample, weights @ np.maximum(gap, 0.0))


def _named(sample: Sample, amounts: Floats) -> dict[str, float]:
    return dict(zip(sample.parties, (float(x) for x in amounts), strict=True))


def _shares(amounts: Mapping[str, float], applies: bool) -> dict[str, float]:
    whole = math.fsum(amounts.values())
    return {party: amount / whole if applies and whole else 0.0 for party, amount in amounts.items()}

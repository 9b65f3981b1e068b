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
from numpy.typing import ArrayLike, NDArray

from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding

Floats = NDArray[np.float64]
Method = Literal["top_down", "bottom_up", "one_sided"]
METHODS: tuple[Method, ...] = ("top_down", "bottom_up", "one_sided")
TOLERANCE = 1e-9
PROBABILITY_RULE = "probabilities: those of a sample are not negative and add to one"
SAMPLE_RULE = "sample: party cash flows are finite amounts, paths x parties, a column for each party"


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
class Sample:
    """Present value of what each party receives from the entity, path by path.

    Parameters
    ----------
    parties
        Holders of variable interests, in the order of the columns.
    cash
        Paths x parties; negative where the party pays. [USD]
    probabilities
        Of the paths; they add to one. [ratio]
    """

    parties: tuple[str, ...]
    cash: Floats
    probabilities: Floats

    @property
    def entity(self) -> Floats:
        """Value of the entity exclusive of variable interests, by path. [USD]"""
        return np.asarray(self.cash.sum(axis=1))

    def column(self, party: str) -> Floats:
        """What one party receives, by path. [USD]"""
        return np.asarray(self.cash[:, self.parties.index(party)])

    def grouped(self, groups: Mapping[str, Sequence[str]]) -> Sample:
        """Return the sample with parties added together, such as a sponsor and its de facto agents.

        Parameters
        ----------
        groups
            Name of the group -> its parties; parties of no group stand alone.
        """
        of = {party: name for name, members in groups.items() for party in members}
        names = tuple(dict.fromkeys(of.get(party, party) for party in self.parties))
        columns = [
            sum((self.column(p) for p in self.parties if of.get(p, p) == name), np.zeros(len(self.cash)))
            for name in names
        ]
        return Sample(names, np.column_stack(columns), self.probabilities)


@dataclass(frozen=True)
class Tier:
    """A rank of subordination: who stands in it, and for how much.

    Parameters
    ----------
    interests
        Party -> fair value of its interest at this rank; losses are shared by it. [USD]
    """

    interests: Mapping[str, float]

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


def make_sample(parties: Sequence[str], cash: ArrayLike, probabilities: ArrayLike | None = None) -> Sample:
    """Check and keep a sample of party cash flows.

    Parameters
    ----------
    parties
        One name for each column.
    cash
        Present values, paths x parties. [USD]
    probabilities
        Of the paths; left out: all alike. [ratio]

    Returns
    -------
    Sample
        The sample.

    Raises
    ------
    DealError
        With every finding of :func:`check_sample`.

    Examples
    --------
    >>> s = make_sample(["bank", "equity"], [[100, 40], [100, 0]])
    >>> allocate(s).loss_shares
    {'bank': 0.0, 'equity': 1.0}
    """
    values = np.asarray(cash, float)
    if values.ndim == 1:
        values = values[:, None]
    count = len(values)
    weights = np.full(count, 1 / count) if probabilities is None and count else np.asarray(probabilities, float)
    if wrong := check_sample(parties, values, weights):
        raise DealError(wrong)
    return Sample(tuple(parties), values, weights)


def check_sample(parties: Sequence[str], cash: Floats, probabilities: Floats) -> list[Finding]:
    """Return what is wrong with a sample; nothing is raised."""
    found: list[Finding] = []
    if cash.ndim != 2 or cash.shape[1] != len(parties) or not len(parties) or not len(cash):
        text = f"The sample has the shape {cash.shape}, but {len(parties)} parties."
        found.append(finding(SAMPLE_RULE, text, fix="give one row for each path and one column for each party"))
    elif not np.isfinite(cash).all():
        path, column = map(int, np.argwhere(~np.isfinite(cash))[0])
        text = f"Path {path} gives {parties[column]} {cash[path, column]}."
        found.append(finding(SAMPLE_RULE, text, fix="leave out paths that failed, and say how many"))
    if len(set(parties)) != len(parties):
        text = f"A party stands twice in {', '.join(parties)}."
        found.append(finding(SAMPLE_RULE, text, fix="add the two columns"))
    return found + check_probabilities(probabilities, len(cash))


def check_probabilities(probabilities: Floats, paths: int) -> list[Finding]:
    """Return what is wrong with the probabilities of `paths` paths."""
    if probabilities.shape != (paths,):
        text = f"There are {probabilities.size} probabilities for {paths} paths."
        return [finding(PROBABILITY_RULE, text, fix="give one for each path")]
    if not np.isfinite(probabilities).all() or (probabilities < 0).any():
        text = f"A probability is {probabilities[~(probabilities >= 0)][0]:g}."
        return [finding(PROBABILITY_RULE, text, fix="give shares from 0 to 1")]
    whole = math.fsum(probabilities)
    if abs(whole - 1) > TOLERANCE:
        text = f"The probabilities add to {whole:.10g}, not to 1."
        return [finding(PROBABILITY_RULE, text, fix="correct them, or divide each by their sum and say so")]
    return []


def present_values(cash: ArrayLike, times: ArrayLike, rate: float) -> Floats:
    """Discount cash flows over their last axis: ``sum CF_t / (1 + rate)^t`` (ASC 810-10-55-42 on).

    Parameters
    ----------
    cash
        ... x periods. [USD]
    times
        Years to each flow. [year]
    rate
        Effective: the risk-free rate in the cash-flow approach, a market rate in the fair-value approach. [1/year]

    Returns
    -------
    array
        Present values, without the last axis. [USD]
    """
    discount = (1 + rate) ** -np.asarray(times, float)
    return np.asarray((np.asarray(cash, float) * discount).sum(axis=-1))


def fair_value_rate(cash: ArrayLike, times: ArrayLike, probabilities: ArrayLike, fair_value: float) -> float:
    """Return the rate at which expected cash is worth `fair_value` (the fair-value approach). [1/year]

    Parameters
    ----------
    cash
        Paths x periods. [USD]
    times
        Years to each period. [year]
    probabilities
        Of the paths. [ratio]
    fair_value
        Of the entity's net assets. [USD]

    Raises
    ------
    DealError
        Where no rate between -99 % and 10,000 % gives it.
    """
    expected = np.asarray(probabilities, float) @ np.asarray(cash, float)
    low, high = -0.99, 100.0

    def excess(rate: float) -> float:
        return float(present_values(expected, times, rate)) - fair_value

    if not excess(low) * excess(high) < 0:
        text = f"No rate makes expected cash of {expected.sum():,.0f} USD worth {fair_value:,.0f} USD."
        raise DealError([finding("rate", text, fix="check the fair value and the expected cash")])
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(low) * excess(middle) > 0 else (low, middle)
    return (low + high) / 2


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
    expected = float(np.asarray(probabilities, float) @ flows.sum(axis=1))
    return expected, variability(present_values(flows, np.atleast_1d(np.asarray(years, float)), rate), probabilities)


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
    """
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

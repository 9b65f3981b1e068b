"""Samples of party cash flows: what each holder of an interest receives from an entity, path by path.

Paths are a few named scenarios or a Monte Carlo; probabilities add to one. The entity's own value on a path is the sum
over the parties, so all holders must be in the sample, a guarantor with negative amounts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ringfence.errors import DealError, Finding, did_you_mean, nearest
from ringfence.terms.findings import finding

Floats = NDArray[np.float64]
TOLERANCE = 1e-9
PROBABILITY_RULE = "probabilities: those of a sample are not negative and add to one"
HOLDERS_RULE = "sample-holders: a sample has a column for each interest holder of the vehicle, and no other"
SAMPLE_RULE = "sample: party cash flows are finite amounts, paths x parties, a column for each party"


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
    >>> make_sample(["bank", "equity"], [[100, 40], [100, 0]]).entity
    array([140., 100.])
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


def check_holders(sample: Sample, holders: Sequence[str], vehicle: str) -> list[Finding]:
    """Return where the columns of a sample and the interest holders of a vehicle part; nothing is raised.

    A party that holds nothing would count as a holder of risk, and a holder left out as one that bears none.

    Parameters
    ----------
    sample
        The sample.
    holders
        Every holder of a variable interest in the vehicle.
    vehicle
        The vehicle.
    """
    fix = f"give one column for each of {', '.join(holders)}"
    found = []
    if strange := [party for party in sample.parties if party not in holders]:
        near = nearest(strange[0], holders)
        text = f"The sample has a column {strange[0]}, which holds no interest in {vehicle}"
        text += did_you_mean(near)
        found.append(finding(HOLDERS_RULE, text, fix=fix))
    if missing := [party for party in holders if party not in sample.parties]:
        text = f"The sample has no column for {', '.join(missing)}, who holds an interest in {vehicle}."
        found.append(finding(HOLDERS_RULE, text, fix=fix))
    return found


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
    flows, years = np.asarray(cash, float), np.asarray(times, float)
    if flows.shape[-1:] != years.shape:
        text = f"{flows.shape[-1]} cash flows stand against {years.size} times."
        raise DealError([finding(SAMPLE_RULE, text, fix="give the years to each flow")])
    if not math.isfinite(rate) or rate <= -1:
        text = f"The rate is {rate:.2%} a year."
        raise DealError([finding("discount-rate: a rate is above -100% a year", text, fix="state a rate above -100%")])
    return np.asarray((flows * (1 + rate) ** -years).sum(axis=-1))


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

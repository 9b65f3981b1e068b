"""GPUs that fail: a Poisson number every period, at a rate that nobody knows well.

Rows added for a factor ``x``:

    x.expected     failures expected by the deal, from its rate and the GPUs bought            [ratio]
    x.true_rate    the path's true rate over the deal's, with mean 1                           [ratio]
    x.mean         failures the true rate expects                                              [ratio]
    x.count        failures of the period                                                      [ratio]
    x.over_rate    failures over those expected; 1 where none are                              [ratio]

A Poisson number is the inverse of its distribution at the drawn chance. Where the deal expects fewer than ten in
every period it is summed term by term, and exact. Where it expects more it is read off a normal by the second-order
expansion of Cornish and Fisher (1938), floor(m + root(m) z + (z^2 - 1) / 6 + 1/2), whose mean and variance are m to
within a tenth of a failure.
"""

from __future__ import annotations

from math import ceil, sqrt

from ringfence.risk.factors.normal import add_normal_cdf
from ringfence.risk.factors.reverting import root
from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Expr, Row, choose, constant, exp, floor, less_than, most
from ringfence.terms.asset import GpuFleet
from ringfence.terms.risk import GpuFailures
from ringfence.units import PER_YEAR, RATIO, YEAR

LABEL = "failures over those expected"
FEW = 10.0
A_YEAR = constant(1.0, YEAR)


def add_failures(f: FactorSheet, id: str, term: GpuFailures) -> tuple[Row, ...]:
    """Add the rows of the failures of a fleet.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    fleet = f.deal.assets[term.fleet]
    assert isinstance(fleet, GpuFleet)
    where = f.deal.where(f"assets.{term.fleet}.failures.rate")
    rate = fleet.failures.rate if fleet.failures is not None else 0.0
    yearly = f.cell(f"{id}.rate", rate, PER_YEAR, where, "share of the fleet that fails in a year")
    gpus = f.cell(f"{id}.gpus", fleet.count, RATIO, f.deal.where(f"assets.{term.fleet}.count"), "GPUs of the fleet")
    expected = s.row(f"{id}.expected", yearly * s["period.years"] * gpus, label="failures the deal expects")
    spread = f.parameter(id, term, "spread", RATIO, entry="failures", label="spread of the true rate, in logs")
    drawn = exp(spread * f.normal(id, "rate", series=False) - 0.5 * (spread * spread))
    true = s.row(f"{id}.true_rate", drawn, label="true rate over the deal's")
    mean = s.row(f"{id}.mean", expected * true, label="failures the true rate expects")
    most_expected = rate * fleet.count * max(p.months for p in f.timeline.periods) / 12.0
    normal = f.main_normal(id, series=True)
    count = _few(f, id, mean, normal, most_expected) if most_expected < FEW else _many(mean, normal)
    counted = s.row(f"{id}.count", count, label="failures of the period")
    some = less_than(0, expected)
    over = s.row(f"{id}.over_rate", choose(some, counted / choose(some, expected, 1), 1), label=LABEL)
    f.feed(f"{term.fleet}.failures.rate.shock", over)
    return over, counted


def _many(mean: Expr, z: Row) -> Expr:
    near = mean + root(mean) * z + (z * z - 1) / 6 + 0.5
    return choose(less_than(0, mean), most(floor(near), 0), 0)


def _few(f: FactorSheet, id: str, mean: Row, z: Row, expected: float) -> Expr:
    """Count the terms of the distribution that lie below the chance drawn."""
    chance = add_normal_cdf(f.sheet, f"{id}.chance", z)
    most_mean = FAR * expected
    longest = ceil(most_mean + 6 * sqrt(most_mean) + 6)
    share: Expr = exp(-mean)
    below = share
    count: Expr = less_than(below, chance)
    for k in range(1, longest):
        share = f.sheet.row(f"{id}.share_{k}", share * mean / float(k), label=f"chance of {k} failures")
        below = f.sheet.row(f"{id}.below_{k}", below + share, label=f"chance of at most {k}")
        count = count + less_than(below, chance)
    return count


FAR = 3.0
"""The sum goes as far as a true rate that many times the deal's, and six standard deviations beyond."""

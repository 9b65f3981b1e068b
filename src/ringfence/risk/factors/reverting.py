"""Noise that returns to zero: the exact steps of dx = -speed x dt + volatility dW, whatever the lengths of the periods.

Rows added by :func:`add_reverting` for a name ``n``:

    n.kept        share of a departure that is left after the period                    [ratio]
    n.deviation   standard deviation of what the period adds                            [unit of volatility]
    n.variance    variance of the state at the end of the period, seen from close       [unit squared]
    n.state       the state at the end of the period                                    [unit of volatility]

A speed of 0 is a random walk. Volatility is per root of a year. The first three rows are the same on every path.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import NIL, Expr, Row, choose, constant, exp, less_than, power, previous
from ringfence.units import PER_YEAR, RATIO, YEAR

HALF = log(2.0)


@dataclass(frozen=True)
class Reverting:
    """State, and its variance seen from close, at the end of each period; `kept` over the period."""

    state: Row
    variance: Row
    kept: Row


def add_reverting(f: FactorSheet, name: str, noise: Expr, *, speed: Expr, volatility: Expr) -> Reverting:
    """Add noise that returns to zero.

    Parameters
    ----------
    f
        The factor sheet.
    name
        Prefix of the rows.
    noise
        Standard normals, one a period. [ratio]
    speed
        Of the return; 0 never returns. [1/year]
    volatility
        Per root of a year. [any]

    Returns
    -------
    Reverting
        The rows.
    """
    s, years = f.sheet, f.sheet["period.years"]
    unit = volatility.unit or RATIO
    kept = s.row(f"{name}.kept", exp(-speed * years), label="share of a departure left after the period")
    returns = less_than(NIL, speed)
    twice = 2 * choose(returns, speed, constant(1.0, PER_YEAR)) * constant(1.0, YEAR)
    time = choose(returns, (1 - kept * kept) / twice, years / constant(1.0, YEAR))
    step = s.row(f"{name}.deviation", volatility * root(time), label="standard deviation of what the period adds")
    before = previous(s.ref(f"{name}.variance", unit=unit * unit))
    variance = s.row(f"{name}.variance", before * kept * kept + step * step, label="variance, seen from close")
    last = previous(s.ref(f"{name}.state", unit=unit))
    state = s.row(f"{name}.state", last * kept + step * noise, label="state at the end of the period")
    return Reverting(state, variance, kept)


def root(x: Expr) -> Expr:
    """Return the square root of a ratio that is not negative. [ratio]"""
    some = less_than(NIL, x)
    return choose(some, power(choose(some, x, 1), 0.5), NIL)


def lognormal(path: Reverting) -> Expr:
    """Return e to the state, made to have mean 1: the deal's own figure stays the mean of the paths. [ratio]"""
    return exp(path.state - 0.5 * path.variance)


def speed_of(half_life: Expr, months_per_year: Expr) -> Expr:
    """Turn a half-life [month] into the speed of the return. [1/year]"""
    return constant(HALF) * months_per_year / half_life

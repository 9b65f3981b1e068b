"""A base rate: one factor, normal, mean-reverting, fitted to the deal's forward curve (Hull and White 1990).

Rows added for a factor ``r``, besides those of its noise:

    r.at_start       state at the start of the period, when the rate of the period is fixed     [1/year]
    r.convexity      what the mean rate lies above the forward, so that bonds are priced right  [1/year]
    r.spread         rate of the period above the forward curve                                 [1/year]

With x the state and f the forward, the rate of period i is f + x + c. c is the one term for which the mean of
exp(-sum of rate x length) is exp(-sum of forward x length) to the end of every period: the covariance of x_i with the
sum of x before it, plus half of its variance x length. Lengths are months / 12.
"""

from __future__ import annotations

from ringfence.risk.factors.reverting import add_reverting
from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row, previous
from ringfence.terms.risk import BaseRate
from ringfence.units import PER_YEAR

LABEL = "base rate over its forward curve"


def add_base_rate(f: FactorSheet, id: str, term: BaseRate) -> tuple[Row, ...]:
    """Add the rows of a base rate.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    from ringfence.blocks.context import cell_name

    s, years = f.sheet, f.sheet["period.years"]
    speed = f.parameter(id, term, "mean_reversion", PER_YEAR, entry="base_rate", label="speed of the return")
    volatility = f.parameter(id, term, "volatility", PER_YEAR, entry="base_rate", label="normal volatility")
    x = add_reverting(f, id, f.main_normal(id, series=True), speed=speed, volatility=volatility)
    start = s.row(f"{id}.at_start", previous(x.state), label="state at the start of the period")
    width = s.row(f"{id}.at_start.variance", previous(x.variance), label="its variance, seen from close")
    shared = s.ref(f"{id}.at_start.shared", unit=PER_YEAR)
    carried = previous(x.kept, first=1) * previous(shared + width * years)
    s.row(f"{id}.at_start.shared", carried, unit=PER_YEAR, label="covariance with the rates before, added up")
    convexity = s.row(f"{id}.convexity", shared + 0.5 * (width * years), label="mean rate above the forward")
    spread = s.row(f"{id}.spread", start + convexity, unit=PER_YEAR, label=LABEL)
    f.feed(f"curve.{cell_name(term.curve)}.shock", spread)
    return spread, start

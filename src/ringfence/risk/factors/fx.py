"""A currency in which prices of the deal are fixed: a random walk around the forward the deal's own figures stand for.

Rows added for a factor ``c``, besides those of its noise:

    c.level    dollars per unit of the currency, over the forward: what prices fixed in it are multiplied by    [ratio]
"""

from __future__ import annotations

from ringfence.risk.factors.moves import moved
from ringfence.risk.factors.reverting import add_reverting, lognormal
from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row
from ringfence.terms.risk import Fx
from ringfence.units import PER_YEAR, RATIO

LABEL = "exchange rate over its forward"


def add_fx(f: FactorSheet, id: str, term: Fx) -> tuple[Row, ...]:
    """Add the rows of an exchange rate.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    volatility = f.parameter(id, term, "volatility", RATIO, entry="fx", label="per root of a year")
    never = f.cell(f"{id}.mean_reversion", 0.0, PER_YEAR, "a random walk", "speed of the return")
    x = add_reverting(f, id, f.main_normal(id, series=True), speed=never, volatility=volatility)
    level = f.sheet.row(f"{id}.level", lognormal(x), label=LABEL)
    for shock in moved(f, term.moves):
        f.feed(shock, level)
    return (level,)

"""The market price of energy: log, mean-reverting to the prices of the deal, which stay the mean of the paths.

Rows added for a factor ``p``, besides those of its noise:

    p.level    price over the price the deal expects for the period    [ratio]
"""

from __future__ import annotations

from ringfence.risk.factors.moves import moved
from ringfence.risk.factors.reverting import add_reverting, lognormal, speed_of
from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row
from ringfence.terms.risk import PowerPrice
from ringfence.units import MONTH, RATIO

LABEL = "market price of energy"
MARKET = (".merchant.price", ".electricity", ".fuel.price")
"""What a price of energy moves if the deal does not say: ends of the names of values."""


def add_power_price(f: FactorSheet, id: str, term: PowerPrice) -> tuple[Row, ...]:
    """Add the rows of a price of energy.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    volatility = f.parameter(id, term, "volatility", RATIO, entry="power_price", label="per root of a year")
    half_life = f.parameter(id, term, "half_life", MONTH, entry="power_price", label="half of a departure is gone")
    speed = speed_of(half_life, f.sheet["period.months_per_year"])
    x = add_reverting(f, id, f.main_normal(id, series=True), speed=speed, volatility=volatility)
    level = f.sheet.row(f"{id}.level", lognormal(x), label=LABEL)
    for shock in moved(f, term.moves, MARKET):
        f.feed(shock, level)
    return (level,)

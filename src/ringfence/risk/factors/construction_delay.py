"""Plants that come late: the time construction takes over the time planned is lognormal; early is on time.

Rows added for a factor ``d`` and each plant ``<p>`` of it:

    d.ratio        time taken over time planned                                  [ratio]
    d.<p>.delay    months that commercial operation comes late, never below 0    [month]

The plants of one factor are late together, each by its own planned time. Money goes on being spent as planned: the cost
does not know of the delay.
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row, exp, most
from ringfence.terms.asset import Plant
from ringfence.terms.risk import ConstructionDelay
from ringfence.units import MONTH, RATIO

LABEL = "delay of construction"


def add_construction_delay(f: FactorSheet, id: str, term: ConstructionDelay) -> tuple[Row, ...]:
    """Add the rows of a delay of construction.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    plants = {x: asset for x in term.assets if isinstance(asset := f.deal.assets[x], Plant)}
    entry = f"construction_delay-{next(iter(plants.values())).type}"
    median = f.parameter(id, term, "median", RATIO, entry=entry, label="median of time taken over planned")
    sigma = f.parameter(id, term, "sigma", RATIO, entry=entry, label="standard deviation of its logarithm")
    ratio = s.row(f"{id}.ratio", median * exp(sigma * f.main_normal(id, series=False)), label="time over planned")
    rows = []
    for x, plant in plants.items():
        time = 0.0 if plant.construction is None else plant.construction.time
        planned = f.cell(f"{id}.{x}.time", time, MONTH, f.deal.where(f"assets.{x}.construction.time"), "time planned")
        late = s.row(f"{id}.{x}.delay", most(planned * (ratio - 1), 0), unit=MONTH, label=f"months {x} comes late")
        f.feed(f"{x}.construction.delay.shock", late)
        rows.append(late)
    return (*rows, ratio)

"""A grid connection that comes late: the time it takes over the time planned is lognormal; early is on time.

Rows added for a factor ``d``:

    d.ratio    time taken over time planned                             [ratio]
    d.delay    months every step of power comes late, never below 0     [month]
"""

from __future__ import annotations

from datetime import date

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row, exp, most
from ringfence.terms.asset import DataCentre
from ringfence.terms.risk import GridDelay
from ringfence.units import MONTH, RATIO

LABEL = "delay of the grid connection"


def add_grid_delay(f: FactorSheet, id: str, term: GridDelay) -> tuple[Row, ...]:
    """Add the rows of a delay of power at a site.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    planned = _add_time(f, id, term)
    median = f.parameter(id, term, "median", RATIO, entry="grid_delay", label="median of time taken over planned")
    sigma = f.parameter(id, term, "sigma", RATIO, entry="grid_delay", label="standard deviation of its logarithm")
    ratio = s.row(f"{id}.ratio", median * exp(sigma * f.main_normal(id, series=False)), label="time over planned")
    late = s.row(f"{id}.delay", most(planned * (ratio - 1), 0), unit=MONTH, label="months power comes late")
    f.feed(f"{term.site}.delay.shock", late)
    return late, ratio


def _add_time(f: FactorSheet, id: str, term: GridDelay) -> Row:
    """Add the time planned: as written, else from close to the first step of power. [month]"""
    label = "time planned for the connection"
    if term.time is not None:
        return f.cell(f"{id}.time", term.time, MONTH, f.deal.where(f"risk.factors.{id}.time"), label)
    site = f.deal.assets[term.site]
    assert isinstance(site, DataCentre)
    day = site.power[0].date
    months = f.timeline.to_month(day) if isinstance(day, date) else day
    return f.cell(f"{id}.time", max(months, 0.0), MONTH, f.deal.where(f"assets.{term.site}.power.0.date"), label)

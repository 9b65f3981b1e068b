"""The weather of solar and wind plants: a weather year drawn every year, and a mean that may have been estimated wrong.

Rows added for a factor ``w``:

    w.year         number of the year of the period, counted from close                    [ratio]
    w.drawn        what was drawn for the year, held until the next                        [ratio]
    w.mean_error   what the estimated mean is off by on this path, with mean 1             [ratio]
    w.output       output over the expected output                                         [ratio]

Plants of one factor are under the same weather. Measured years, if the deal has any, are drawn with equal chances. The
spread of a year's output is the root of yearly^2 + estimate^2, that of a mean over N years the root of yearly^2 / N +
estimate^2. Output is never below zero.
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Expr, Row, choose, constant, floor, less_than, lookup, most, previous
from ringfence.terms.asset import Wind
from ringfence.terms.risk import Weather
from ringfence.units import RATIO, YEAR

LABEL = "output under the weather drawn"
ONE = 1.0
A_YEAR = constant(1.0, YEAR)


def add_weather(f: FactorSheet, id: str, term: Weather) -> tuple[Row, ...]:
    """Add the rows of a weather.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    blows = any(isinstance(f.deal.assets.get(x), Wind) for x in term.assets)
    entry = f"weather-{'wind' if blows else 'solar'}"
    estimate = f.parameter(id, term, "estimate", RATIO, entry=entry, label="spread of the estimated mean")
    wrong = ONE + estimate * f.normal(id, "mean", series=False)
    mean = s.row(f"{id}.mean_error", wrong, label="what the estimated mean is off by on this path")
    output = s.row(f"{id}.output", most(mean * _year(f, id, term, entry), 0), label=LABEL)
    for asset in term.assets:
        f.feed(f"{asset}.yield.shock", output)
    return output, mean


def _year(f: FactorSheet, id: str, term: Weather, entry: str) -> Expr:
    """Output of the year over the mean. [ratio]"""
    if not term.years:
        yearly = f.parameter(id, term, "yearly", RATIO, entry=entry, label="spread of a year's output")
        return ONE + yearly * _held(f, id, f.main_normal(id, series=True))
    mean = sum(term.years) / len(term.years)
    shares = [y / mean for y in term.years]
    table = f.sheet.table(
        f"{id}.years",
        xs=[float(k) for k in range(len(shares) + 1)],
        ys=[*shares, shares[-1]],
        source=f.deal.where(f"risk.factors.{id}.years"),
        label="measured years over their mean",
    )
    drawn = _held(f, id, f.uniform(id, "which", series=True))
    return lookup(table, drawn * float(len(shares)), how="step")


def _held(f: FactorSheet, id: str, draw: Row) -> Row:
    """Hold what is drawn in the first period of a year until the next year. [ratio]"""
    s = f.sheet
    a_year = s["period.months_per_year"] * A_YEAR
    year = s.row(f"{id}.year", floor(s["period.start"] / a_year), label="number of the year, from close")
    new = less_than(previous(year, first=-1), year)
    before = previous(s.ref(f"{id}.drawn", unit=RATIO), first=draw)
    return s.row(f"{id}.drawn", choose(new, draw, before), label="what was drawn for the year")

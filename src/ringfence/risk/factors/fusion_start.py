"""A fusion plant that may never run: it never comes by some chance, else later than stated by a lognormal time.

Rows added for a factor ``x``:

    x.comes    1 if it ever comes                                       [flag]
    x.date     commercial operation; a date that never comes if not     [month]

This date stands in the place of the deal's own, so a deal or scenario that has the plant run runs it at this risk. It
brings cash only where a contract buys what the plant makes.
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row, choose, exp, least, less_than
from ringfence.terms.risk import FusionStart
from ringfence.units import MONTH, RATIO

LABEL = "first operation of the fusion plant"


def add_fusion_start(f: FactorSheet, id: str, term: FusionStart) -> tuple[Row, ...]:
    """Add the rows of a start of fusion.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s, entry = f.sheet, "fusion_start"
    never = f.parameter(id, term, "never", RATIO, entry=entry, label="chance that it never comes")
    stated = f.parameter(id, term, "stated", MONTH, entry=entry, label="operation as its developer states it")
    median = f.parameter(id, term, "delay", MONTH, entry=entry, label="median delay, if it comes")
    sigma = f.parameter(id, term, "sigma", RATIO, entry=entry, label="standard deviation of its logarithm")
    comes = s.row(f"{id}.comes", less_than(never, f.uniform(id, "whether", series=False)), label="1 if it ever comes")
    day = stated + median * exp(sigma * f.main_normal(id, series=False))
    end = s["period.never"]
    date = s.row(f"{id}.date", choose(comes, least(day, end), end), unit=MONTH, label=LABEL)
    f.feed(f"{term.asset}.operation.shock", date)
    return date, comes

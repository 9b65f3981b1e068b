"""The resale value of a fleet over its resale curve: it follows the market's rent, and no curve is sure.

Rows added for a factor ``v``:

    v.curve_error    what the curve is off by on this path, with mean 1           [ratio]
    v.over_curve     resale value over the curve, or over the agreed share        [ratio]

`over_curve` is (market rent over plan) to the power `to_rent`, times the error of the curve. The plan is the neutral
point because the curve already falls as rents are expected to fall. Without a ``gpu_rent`` factor on the same fleet
only the error of the curve is left.
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Expr, Row, constant, exp, power
from ringfence.terms.risk import Resale
from ringfence.units import RATIO

LABEL = "resale value of GPUs over the curve"


def add_resale(f: FactorSheet, id: str, term: Resale) -> tuple[Row, ...]:
    """Add the rows of a resale value.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    s = f.sheet
    spread = f.parameter(id, term, "spread", RATIO, entry="resale", label="what the curve may be off, in logs")
    error = exp(spread * f.main_normal(id, series=False) - 0.5 * (spread * spread))
    off = s.row(f"{id}.curve_error", error, label="what the curve is off by on this path")
    follows: Expr = constant(1.0)
    if term.fleet in f.market:
        share = f.parameter(id, term, "to_rent", RATIO, entry="resale", label="change per change in rent, in logs")
        follows = power(f.market[term.fleet], share)
    else:
        f.notices.append(
            f"{id}: no gpu_rent factor moves the market of {term.fleet}, so resale follows its curve alone."
        )
    over = s.row(f"{id}.over_curve", off * follows, label=LABEL)
    f.feed(f"{term.fleet}.resale.shock", over)
    return over, off

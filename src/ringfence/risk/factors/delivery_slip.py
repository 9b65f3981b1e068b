"""A vendor that delivers late: the slip of all deliveries of a fleet is lognormal.

Rows added for a factor ``d``:

    d.delay    months every delivery comes late    [month]
"""

from __future__ import annotations

from ringfence.risk.factors.sheet import FactorSheet
from ringfence.sheet import Row, exp
from ringfence.terms.risk import DeliverySlip
from ringfence.units import MONTH, RATIO

LABEL = "slip of the vendor's deliveries"


def add_delivery_slip(f: FactorSheet, id: str, term: DeliverySlip) -> tuple[Row, ...]:
    """Add the rows of a slip of deliveries.

    Parameters
    ----------
    f, id, term
        Factor sheet, id and parameters.
    """
    median = f.parameter(id, term, "median", MONTH, entry="delivery_slip", label="median slip")
    sigma = f.parameter(id, term, "sigma", RATIO, entry="delivery_slip", label="standard deviation of its logarithm")
    slip = median * exp(sigma * f.main_normal(id, series=False))
    late = f.sheet.row(f"{id}.delay", slip, unit=MONTH, label="months every delivery comes late")
    f.feed(f"{term.fleet}.delay.shock", late)
    return (late,)

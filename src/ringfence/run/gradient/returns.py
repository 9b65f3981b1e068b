"""Slopes of ``irr`` and ``npv`` by every flow, every date and the rate.

An IRR is the rate at which the flows are worth nothing, so its slopes follow from what keeps them worth nothing: with
u = log(1 + rate) and worth(u) = sum of flow x exp(-u x time),

    slope of u by a flow  =  exp(-u x time)  /  sum of flow x time x exp(-u x time)

Where that sum is 0 two roots meet, and the IRR has no slope.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError

Line = NDArray[np.float64]
#: The sum above counts as 0 below this share of its terms.
_FLAT = 1e-12


def irr_slopes(rate: float, flow: Line, times: Line) -> tuple[Line, Line]:
    """Slopes of an IRR by each flow [1/year per USD] and by each date [1/year per year].

    Parameters
    ----------
    rate
        The IRR quoted. [1/year]
    flow, times
        The flows [USD] and when each is paid [years].
    """
    u = np.log1p(rate)
    years = times - times.min()
    weights = np.exp(-u * years - np.max(-u * years))
    terms = flow * years * weights
    total = float(terms.sum())
    if abs(total) <= _FLAT * float(np.abs(terms).sum()):
        raise RunError(f"an IRR of {rate:.4%} is where two roots meet; it has no slope there")
    scale = (1.0 + rate) / total
    return scale * weights, -scale * u * flow * weights


def npv_slopes(flow: Line, rate: float, times: Line) -> tuple[Line, float, Line]:
    """Slopes of a present value by each flow, by the rate, and by each date.

    Parameters
    ----------
    flow
        [USD]
    rate
        [1/year]
    times
        [years]
    """
    discount = np.exp(-np.log1p(rate) * times)
    worth = flow * discount
    return discount, -float((worth * times).sum()) / (1.0 + rate), -np.log1p(rate) * worth

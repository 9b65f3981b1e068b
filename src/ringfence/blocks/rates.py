"""What a loan costs: index, floor, margin steps, day count and the swap.

Rows added by :func:`add_rates` for a loan ``X``:

    X.margin        margin in force [1/year]
    X.rate          most(index, floor) + margin, the rate the lender charges [1/year]
    X.fixed_rate    the rate the schedule is cut on: index swapped to fixed for the hedged share [1/year]
    X.year          day-count fraction of the period [year]
    curve.<name>    forward curve read at the start of each period [1/year]

In a sheet that is open to a path's own rates (``shocks.py``) the rate charged reads ``curve.<name>.realised``, and what
was fixed at signing goes on reading the forward curve:

    X.rate.forward  the rate charged if the forward curve comes true [1/year]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from ringfence.blocks.context import Build, cell_name
from ringfence.blocks.shocks import plus, times
from ringfence.sheet import Row, at_most, choose, lookup, most
from ringfence.terms.contract.loan import Loan
from ringfence.terms.contract.support import Swap
from ringfence.units import MONTH, PER_YEAR, RATIO

CURVE_UNITS = {"%": (0.01, PER_YEAR), "ratio": (1.0, RATIO)}


@dataclass(frozen=True)
class Rates:
    """Rate rows of one loan: `index` and `charged` as they come, `forward` and `fixed` as known at signing."""

    year: Row
    index: Row | None
    charged: Row
    forward: Row
    fixed: Row
    swap_id: str | None
    swap_share: Row | None
    swap_fixed: Row | None


def add_curve(b: Build, name: str) -> Row:
    """Add the period series of a forward curve: linear between its dates, flat beyond them. [per year or ratio]"""
    row_name = f"curve.{cell_name(name).lower()}"
    if row_name in b.sheet:
        return b.sheet[row_name]
    term = b.deal.curves[name]
    scale, unit = CURVE_UNITS[term.unit]
    points = sorted((b.timeline.to_month(day), value * scale) for day, value in term.points.items())
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if len(xs) == 1:
        xs, ys = [xs[0], xs[0] + 1.0], [ys[0], ys[0]]
    where = b.where(f"curves.{name}")
    table = b.sheet.table(f"{row_name}.points", xs=xs, ys=ys, x_unit=MONTH, unit=unit, source=where)
    value = lookup(table, b.sheet["period.start"], how="linear", ends="hold")
    return b.sheet.row(row_name, value, unit=unit, source=where, label=f"{name} forward curve")


def realised(b: Build, name: str) -> Row:
    """Return what a curve comes out at, period by period: the curve, and a path's own shock on it. [per year or ratio]

    Parameters
    ----------
    b
        The build.
    name
        Curve of the deal.
    """
    curve = add_curve(b, name)
    if curve.unit == RATIO:
        return cast(Row, times(b, curve.name, curve, f"index {name}"))
    return cast(Row, plus(b, curve.name, curve, f"{name} above its forward curve"))


def add_rates(b: Build, loan_id: str, loan: Loan) -> Rates:
    """Add the rate rows of a loan and of the swap that hedges it."""
    s, path = b.sheet, f"contracts.{loan_id}"
    year = b.clock.year_fraction[loan.day_count]
    margin = _add_margin(b, loan_id, loan)
    index = add_curve(b, loan.pricing.index) if loan.pricing.index else None
    where = b.where(f"{path}.pricing")
    if index is None:
        charged = s.row(f"{loan_id}.rate", margin + 0, unit=PER_YEAR, source=where, label="interest rate")
        return Rates(year, None, charged, charged, charged, None, None, None)
    floor = b.scalar(f"{path}.floor", loan.floor, PER_YEAR, "floor of the index")
    comes = realised(b, loan.pricing.index or "")
    charged = s.row(f"{loan_id}.rate", most(comes, floor) + margin, source=where, label="interest rate")
    forward = charged
    if comes is not index:
        words = "interest rate if the forward curve comes true"
        forward = s.row(f"{loan_id}.rate.forward", most(index, floor) + margin, source=where, label=words)
    swap_id, swap = swap_of(b, loan_id)
    if swap is None:
        return Rates(year, comes, charged, forward, forward, None, None, None)
    share = b.scalar(f"contracts.{swap_id}.share", swap.share, RATIO, "share of the balance swapped to fixed")
    fixed = b.scalar(f"contracts.{swap_id}.fixed", swap.fixed, PER_YEAR, "fixed rate paid under the swap")
    hedged = forward + share * (fixed - index)
    label = "rate the schedule is cut on: index swapped to fixed"
    cut_on = s.row(f"{loan_id}.fixed_rate", hedged, label=label)
    return Rates(year, comes, charged, forward, cut_on, swap_id, share, fixed)


def swap_of(b: Build, loan_id: str) -> tuple[str | None, Swap | None]:
    """The swap that hedges a loan, if there is one."""
    for swap_id, swap in b.deal.of_type("swap").items():
        if swap.hedges == loan_id:
            return swap_id, swap
    return None, None


def _add_margin(b: Build, loan_id: str, loan: Loan) -> Row:
    """Margin in force: the first margin, then each step from its date. [1/year]"""
    path = f"contracts.{loan_id}"
    margin = b.scalar(f"{path}.pricing.margin", loan.pricing.margin, PER_YEAR, "margin or fixed rate")
    value = margin + 0
    for k, step in enumerate(loan.margin_steps):
        start = b.when(f"{path}.margin_steps.{k}.start", step.start, "date of the margin step")
        stepped = b.scalar(f"{path}.margin_steps.{k}.margin", step.margin, PER_YEAR, "margin from that date")
        value = choose(at_most(start, b.sheet["period.start"]), stepped, value)
    return (
        b.sheet.row(f"{loan_id}.margin", value, unit=PER_YEAR, label="margin in force") if loan.margin_steps else margin
    )

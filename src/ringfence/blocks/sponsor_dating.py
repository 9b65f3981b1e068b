"""Rent on its own date where the grid is coarser: what a liability is more for rent that falls inside a period.

The lease's books date rent at the end of the period it falls in (docs/convention.md 2.3), so on quarters a liability is
a little small. Rent paid before the end of a period saves its interest until then: that saving, paid on no date and
never in cash, is measured like a payment beside the rent, and taken off interest as it falls due. The liability is then
that of the exact dates, on any grid; where rent falls on period ends every row is zero. A lease that commences inside a
period is recognised at its end: its right of use is a little larger, by what that part of a period would have cost.

Rows added, `<d>` being ``sponsor.dated_<ifrs|us>.<tranche>``: ``<d>.saved`` [USD], and the schedule of
``lessee_schedule.py``.
"""

from __future__ import annotations

from ringfence.blocks.clock import clip, dates_until, instalments, years
from ringfence.blocks.context import Build
from ringfence.blocks.lessee_schedule import LesseeRows, Phase, add_lessee_schedule
from ringfence.sheet import NIL, Expr, Row, at_most, choose, constant, floor, growth, least, less_than, most, power
from ringfence.terms.contract.lease import Lease
from ringfence.units import MONTH, USD

A_MOMENT = 1e-6
"""Less than any distance between two dates. [month]"""


def add_dated(
    b: Build, name: str, lease: str, tranche: str, *, renewals: int, operating: bool
) -> tuple[LesseeRows, Row]:
    """Add what a tranche's liability is more on exact dates.

    Parameters
    ----------
    b
        The build; the lease's books are in its sheet.
    name
        Prefix of the rows.
    lease, tranche
        Whose rent.
    renewals
        How many renewals are in the lease term.
    operating
        Whether its cost is straight line (ASC 842).

    Returns
    -------
    tuple
        The schedule, and interest saved in the period. [USD]
    """
    s, term = b.sheet, b.deal.contracts[lease]
    assert isinstance(term, Lease)
    key = f"{lease}.{tranche}"
    saved = add_saved(b, name, lease, tranche, renewals=renewals, rate=s[f"{lease}.lessee_rate"])
    nothing = s[f"{lease}.no_payment"]
    advance = term.due == "in_advance"
    phase = Phase(
        s[f"{key}.commences"],
        saved if advance else nothing,
        nothing if advance else saved,
        s[f"{lease}.lessee_growth"],
        s[f"{key}.share_of_term"],
        operating=operating,
    )
    rows = add_lessee_schedule(s, name, [phase], hindsight=term.index is not None)
    return rows, s[f"{name}.liability.{'advance' if advance else 'arrears'}"]


def add_saved(b: Build, name: str, lease: str, tranche: str, *, renewals: int, rate: Row) -> Row:
    """Add the interest that rent inside periods saves until their ends. [USD]

    Parameters
    ----------
    b, name
        The build, prefix of the row.
    lease, tranche, renewals
        Whose rent, and how many renewals are in the lease term.
    rate
        Effective. [1/year]
    """
    s, term = b.sheet, b.deal.contracts[lease]
    assert isinstance(term, Lease)
    key = f"{lease}.{tranche}"
    found: Expr = NIL
    for part in (key, *(f"{key}.renewal_{n + 1}" for n in range(renewals))):
        found = found + s[f"{part}.measured"] * (_weight(b, lease, term, part, rate) - 1)
    return s.row(f"{name}.saved", found, unit=USD, label="interest saved by rent paid inside the period")


def _weight(b: Build, lease: str, term: Lease, part: str, rate: Row) -> Expr:
    """What a dollar of the period's rent has grown to at the end of the period. [ratio]"""
    s, clock = b.sheet, b.clock
    every, lag = s[f"{lease}.every"], s[f"{lease}.payment_lag"]
    first, end = s[f"{part}.first_rent"] + NIL, s[f"{part}.end"] + NIL
    if term.due == "in_advance":
        end = end - constant(A_MOMENT, MONTH)  # no rental period starts on the day the lease ends
        last = first + every * (dates_until(clock.end - lag, first, every, end) - 1)
    else:
        whole = first + every * most(floor((clock.end - lag - first) / every), NIL)
        last = choose(at_most(end, clock.end - lag), end, least(whole, end))
    late = clip(clock.end - (last + lag), NIL, clock.months)
    count = instalments(clock, first + lag, every, end + lag)
    several = less_than(constant(1.5), count)
    step = growth(rate, years(clock, every))
    safe = choose(less_than(constant(1.0), step), step, constant(2.0))
    mean = choose(several, (power(safe, count) - 1) / ((safe - 1) * most(count, constant(1.0))), constant(1.0))
    flat = less_than(constant(1.0), step)
    return choose(flat, growth(rate, years(clock, late)) * mean, constant(1.0))

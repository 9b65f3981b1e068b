"""A swap at fair value, and what of its gain waits in equity while the interest it hedges has not come.

Rows added by :func:`add_swap_value` for a swap `<w>` of a loan, all [USD]:

    <w>.notional, .hedged    the balance as scheduled (before conversion: as drawn), and what of it is still owed
    <w>.value            PV of what it still receives less pays, on its notional: the schedule of the loan
    <w>.hypothetical     the same on what is hedged: the balance, where a sweep left less than the schedule (B6.5.5)
    <w>.reserve_ifrs     the lower of the two, if they have one sign (IFRS 9.6.5.11)
    <w>.reserve_us       the whole value: highly effective (ASC 815-30-35)

Discounted at the curve the swap receives. A value on curves that a path may move is hindsight; no cash reads it, and
settlements reach income with the interest, as the engine books them. Without hedge documentation there is no reserve:
the whole change is income.
"""

from __future__ import annotations

from ringfence.blocks.context import Build
from ringfence.sheet import NIL, Expr, Row, choose, following, least, less_than, most
from ringfence.terms.contract.loan import Loan
from ringfence.units import USD

SOURCE = "IFRS 9.6.5.11; IFRS 9.B6.5.5 [verify]; ASC 815-30-35 [verify]"


def add_swap_value(b: Build, swap: str, *, designated: bool) -> tuple[Row, Row, Row]:
    """Add a swap at fair value.

    Parameters
    ----------
    b
        The build.
    swap
        Its id.
    designated
        Whether hedge accounting is documented.

    Returns
    -------
    tuple
        Value, and the reserve under IFRS and US GAAP.
    """
    s, term = b.sheet, b.deal.contracts[swap]
    if f"{swap}.value" in s:
        return s[f"{swap}.value"], s[f"{swap}.reserve_ifrs"], s[f"{swap}.reserve_us"]
    loan = b.deal.contracts[term.hedges]  # type: ignore[union-attr]
    assert isinstance(loan, Loan)
    x = term.hedges  # type: ignore[union-attr]
    index = s[f"curve.{(loan.pricing.index or '').lower().replace('-', '_')}"]
    year = b.clock.year_fraction[loan.day_count]
    gain = s[f"{swap}.share"] * (index - s[f"{swap}.fixed"]) * year
    built = s[f"{x}.building"]
    begun = less_than(NIL, b.clock.months)
    agreed = begun * (built * s[f"{x}.opening"] + (1 - built) * s[f"{x}.planned.opening"])
    planned = s.row(f"{swap}.notional", agreed, unit=USD, label="scheduled balance the swap is on")
    hedged = s.row(f"{swap}.hedged", least(planned, s[f"{x}.opening"]), unit=USD, label="of it, still owed")
    factor = 1 + index * year

    def ahead(item: str, receipt: Expr, label: str) -> Row:
        name = f"{swap}.{item}"
        later = s.ref(name, unit=USD)
        worth = following((later + receipt) / factor)
        return s.row(name, worth, unit=USD, source=SOURCE, label=label, looks_ahead="hindsight")

    value = ahead("value", gain * planned, "fair value of the swap; may be negative")
    item = ahead("hypothetical", gain * hedged, "the same on what is hedged")
    lower = choose(less_than(NIL, value), most(least(value, item), NIL), least(most(value, item), NIL))
    rows = []
    for tag, expr in (("ifrs", lower), ("us", value + NIL)):
        kept = expr if designated else NIL * value
        rows.append(s.row(f"{swap}.reserve_{tag}", kept, unit=USD, source=SOURCE, label="hedge reserve"))
    return value, rows[0], rows[1]

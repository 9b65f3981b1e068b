"""A finance lease modified in the lessor's books, when it is no separate lease.

If it would have been operating had the change been there from the start, the old lease ends: the asset comes back at
the net investment of the day and an operating lease begins (IFRS 16.80(a); ASC 842-10-25-15(b)). Otherwise the net
investment stays and is measured by the payments to come: under IFRS 9 at the rate before, with the difference in profit
or loss (IFRS 16.80(b), IFRS 9.5.4.3); under ASC 842 with the rate solved anew, so that nothing changes on the day
(842-10-25-15 to 25-16).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.lessor import LessorMeasurement
from ringfence.accounting.payments import Payment, Payments, from_date
from ringfence.accounting.rates import Rate, solve_rate
from ringfence.accounting.refusals import magnitudes, one_of, refused
from ringfence.accounting.schedule import present_value


@dataclass(frozen=True)
class LessorChange:
    """What a modification did in the lessor's books. [USD]

    Attributes
    ----------
    before
        Net investment of the day, rent due that day in advance not yet received.
    after
        Net investment afterwards; 0 if the asset came back.
    asset
        Carrying amount of the asset that came back.
    gain
        In profit or loss.
    rate
        On the net investment from then on; None for an operating lease.
    paragraph
        Of the rule.
    """

    before: float
    after: float
    asset: float
    gain: float
    rate: Rate | None
    paragraph: str


def modify_lessor(
    m: LessorMeasurement,
    month: float,
    payments: Payments,
    *,
    term: float,
    residual: float = 0.0,
    framework: Literal["IFRS 16", "ASC 842"] = "IFRS 16",
    would_be_operating: bool = False,
) -> LessorChange:
    """Measure a modification of a finance lease.

    Parameters
    ----------
    m
        The lease before.
    month
        Effective date, months since commencement. [month]
    payments
        All payments from then on, dated since commencement; guaranteed residual among them.
    term
        New end, months since commencement. [month]
    residual
        Unguaranteed residual then. [USD]
    framework
        IFRS 16 or ASC 842.
    would_be_operating
        Whether the modified lease is classified operating.

    Returns
    -------
    LessorChange
        Net investment before and after.
    """
    one_of("framework", framework, ("IFRS 16", "ASC 842"))
    magnitudes("residual", residual=residual)
    if m.lease.kind == "operating":
        raise refused("change", "the lease is operating: rent is spread anew, no net investment is measured.")
    if not 0 < month < term:
        raise refused("lease-dates", f"a change is dated month {month:g}; the changed lease ends in month {term:g}.")
    before = m.schedule.at("net.reported", month)
    if would_be_operating:
        return LessorChange(before, 0.0, before, 0.0, None, cite("IFRS 16.80(a)", "ASC 842-10-25-15"))
    flows = list(from_date(payments, month))
    if residual:
        flows.append(Payment(term, residual, "arrears", "residual"))
    if framework == "ASC 842":
        since = [Payment(p.month - month, p.amount, p.timing, p.kind) for p in flows]
        rate = solve_rate(since, before, like=m.net_rate).rate
        return LessorChange(before, before, 0.0, 0.0, rate, cite("ASC 842-10-25-15", "ASC 842-10-25-16"))
    after = present_value(flows, m.net_rate, at=month)
    return LessorChange(before, after, 0.0, after - before, m.net_rate, cite("IFRS 16.80(b)", "IFRS 9.5.4.3"))

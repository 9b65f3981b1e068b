"""Payments that may wait for assets that come late, and how long.

Rows added by :func:`add_waiting` for a loan ``X`` with `waits_for`:

    X.ready          date on which the last of the assets is accepted, or in operation        [month]
    X.ready.agreed   the same as signed                                                        [month]
    X.late           how much later it comes than signed                                       [month]
    X.overdue        principal and interest due and not paid                                   [USD]
    X.may_wait       debt service that fell due no longer ago than the assets are late         [USD]
    X.waits          1 while something is overdue that may wait
    X.missed         1 while something is overdue that may not

A lender whose repayment comes from an asset ties the one to the other: each payment may be as late as the assets are,
and no later than the long-stop date. What waits stays owed, bears interest, ranks as before and keeps cash from equity;
it is no default. What is overdue for longer, behind the long stop, or with assets on time, is missed. The dates and the
amounts of the schedule stay as signed.
"""

from __future__ import annotations

from collections.abc import Container

from ringfence.blocks.context import Build
from ringfence.blocks.signing import add_signed
from ringfence.sheet import NIL, Expr, Row, at_most, less_than, most, positive, previous, sum_of
from ringfence.terms.contract.loan import Loan
from ringfence.units import MONTH, RATIO, USD


def add_waiting(b: Build, x: str, loan: Loan, flags: list[Row]) -> None:
    """Add what is overdue, what of it may wait, and what is missed.

    Parameters
    ----------
    b, x, loan
        Build in progress and the loan.
    flags
        Principal, interest due and not paid: 0 or 1. [ratio]
    """
    if not loan.waits_for or loan.long_stop is None:
        return
    s, path = b.sheet, f"contracts.{x}"
    late = _add_lateness(b, x, loan)
    stop = b.when(f"{path}.long_stop", loan.long_stop, "last date to which payments may wait for late assets")
    owed = s[f"{x}.arrears"] + s[f"{x}.interest.unpaid"]
    overdue = s.row(f"{x}.overdue", owed, unit=USD, label="principal and interest due and not paid")
    recent = sum_of(_fell_due(b, x, late, ago) for ago in range(_periods_of_waiting(b, x, stop)))
    may = s.row(f"{x}.may_wait", recent, unit=USD, label="fell due no longer ago than the assets are late")
    cents = b.scalar("deal.one_dollar", 1.0, USD, "amount under which a balance counts as nothing")
    allowed = less_than(NIL, late) * at_most(b.clock.end, stop) * at_most(overdue, may + cents)
    due = most(*flags)
    waits = s.row(f"{x}.waits", due * allowed, unit=RATIO, label=f"payment that waits for {', '.join(loan.waits_for)}")
    s.row(f"{x}.missed", due - waits, unit=RATIO, label="payment overdue that may not wait")


def missed_rows(known: Container[str], x: str) -> tuple[str, ...]:
    """Return the flags any of which says that a loan is not paid in full and may not wait.

    Parameters
    ----------
    known
        Names of the rows there are.
    x
        The loan.
    """
    missed = f"{x}.missed"
    return (missed,) if missed in known else (f"{x}.arrears.alert", f"{x}.interest.unpaid.alert")


def _periods_of_waiting(b: Build, x: str, stop: Row) -> int:
    """Periods in which something may have fallen due and still wait: those between conversion and the long stop."""
    converts = next(b.sheet[name] for name in (f"{x}.conversion", f"{x}.availability") if name in b.sheet)
    first, last = (float(cell.value) for cell in (converts, stop))
    return max(1, sum(first < p.end_month <= last for p in b.timeline.periods))


def _fell_due(b: Build, x: str, late: Row, ago: int) -> Expr:
    """Debt service of some periods ago, if that is not longer ago than the assets are late. [USD]"""
    service, end = b.sheet[f"{x}.debt_service"], b.clock.end
    if not ago:
        return service + NIL
    return previous(service, ago) * less_than(end, previous(end, ago) + late)


def _add_lateness(b: Build, x: str, loan: Loan) -> Row:
    """Add how much later the last of the assets is ready than it was at signing. [month]"""
    s, where = b.sheet, b.where(f"contracts.{x}.waits_for")
    days: list[Expr] = [day for asset in loan.waits_for for day in _ready(b, asset)]
    last = days[0] if len(days) == 1 else most(*days)
    ready = s.row(f"{x}.ready", last + NIL, unit=MONTH, source=where, label="last of the assets ready")
    agreed = add_signed(b, f"{x}.ready.agreed", ready + NIL, unit=MONTH, label="last of the assets ready", source=where)
    return s.row(f"{x}.late", positive(ready - agreed), unit=MONTH, label="assets later than signed")


def _ready(b: Build, asset: str) -> list[Row]:
    """Dates on which a fleet's batches are accepted, or a plant is in operation. [month]"""
    s, found, n = b.sheet, [], 1
    if f"{asset}.cod" in s:
        return [s[f"{asset}.cod"]]
    while f"{asset}.batch_{n}.accepted" in s:
        found.append(s[f"{asset}.batch_{n}.accepted"])
        n += 1
    return found

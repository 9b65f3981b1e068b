"""The repayment schedule of a loan, as it would be signed.

Rows added by :func:`add_profile` for a loan ``X``; the schedule starts one interval before the first repayment:

    X.pays           1 in the period of an interest date; before the first repayment too
    X.due            1 in the period of a repayment date
    X.accrual        rate x day count collected since the last repayment date
    X.discount       discount factor from the start, at the schedule's own rate, on repayment dates
    X.shape          debt service asked for at each date before it is scaled to the amount
    X.unit.closing   balance per USD lent
and by :func:`add_planned`, once the amount is known:

    X.planned.repayment, X.planned.interest, X.planned.service, X.planned.closing   [USD]

A sculpted repayment is never negative: in a window whose debt service does not cover interest nothing is repaid, and
the last date clears what is left. With ``contracted_cash`` or ``depreciated_cost`` the balance after each date is the
least of the plain profile, what contracted cash still to come supports, and depreciated cost (CoreWeave's second
facility, 8-K of 16 May 2024: the greater of the two repayments).
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.books import AssetAccount
from ringfence.blocks.clock import instalments, on, share_of_period
from ringfence.blocks.context import Build
from ringfence.blocks.rates import Rates
from ringfence.blocks.signing import add_signed
from ringfence.blocks.windows import add_window, safe_ratio
from ringfence.sheet import (
    NIL,
    Expr,
    Row,
    at_most,
    choose,
    floor,
    following,
    least,
    lookup,
    positive,
    previous,
    sum_of,
    total,
)
from ringfence.terms.contract.loan import Loan
from ringfence.units import MONTH, RATIO, USD


@dataclass(frozen=True)
class Dates:
    """Dates of a loan as cells [month] and flags as rows."""

    availability: Row
    conversion: Row
    first: Row
    every: Row
    last: Row
    count: Row
    pays: Row
    due: Row
    final: Row
    building: Row


@dataclass(frozen=True)
class Profile:
    """The schedule per USD lent, and what sizing needs of it."""

    accrual: Row
    discount: Row
    shape: Row
    shape_value: Row
    unit_closing: Row


def add_dates(b: Build, loan_id: str, loan: Loan) -> Dates:
    """Add the dates of a loan and the flags that follow from them."""
    s, path, r = b.sheet, f"contracts.{loan_id}", loan.repayment
    availability = b.when(f"{path}.availability", loan.availability, "last date of drawing")
    every = b.scalar(f"{path}.repayment.every", r.every, MONTH, "interval between payments")
    count = b.scalar(f"{path}.repayment.count", r.count, RATIO, "number of repayments")
    if loan.conversion is None:
        conversion = availability
    else:
        conversion = b.when(f"{path}.conversion", loan.conversion, "end of interest during construction")
    if r.first is None:
        first = s.row(f"{loan_id}.first", conversion + every, unit=MONTH, label="first repayment date")
    else:
        first = b.when(f"{path}.repayment.first", r.first, "first repayment date")
    last = s.row(f"{loan_id}.last", first + every * (count - 1), unit=MONTH, label="last repayment date")
    aligned = first - every * floor((first - every) / every)
    pays = s.row(f"{loan_id}.pays", instalments(b.clock, aligned, every, last), unit=RATIO, label="interest date")
    due = s.row(f"{loan_id}.due", instalments(b.clock, first, every, last), unit=RATIO, label="repayment date")
    final = s.row(f"{loan_id}.final", on(b.clock, last), unit=RATIO, label="last repayment date")
    building = s.row(f"{loan_id}.building", at_most(s["period.end"], conversion), unit=RATIO, label="before conversion")
    return Dates(availability, conversion, first, every, last, count, pays, due, final, building)


def add_profile(b: Build, loan_id: str, loan: Loan, dates: Dates, rates: Rates, service: Expr) -> Profile:
    """Add the schedule per USD lent.

    Parameters
    ----------
    b, loan_id, loan, dates, rates
        The loan being built.
    service
        Debt service that cash supports in each payment window at the loan's cover, after loans that rank ahead; used by
        the sculpted profile. [USD]
    """
    s = b.sheet
    in_repayment = share_of_period(b.clock, dates.first - dates.every, dates.last)
    growth = rates.fixed * rates.year * in_repayment
    accrual = add_window(s, f"{loan_id}.accrual", growth, dates.pays, unit=RATIO, label="interest per USD")
    before = previous(s.ref(f"{loan_id}.discount", unit=RATIO), 1, first=1)
    discount = s.row(
        f"{loan_id}.discount", choose(dates.due, before / (1 + accrual), before), unit=RATIO, label="discount factor"
    )
    if loan.repayment.profile == "sculpted":
        shape = s.row(f"{loan_id}.shape", dates.due * positive(service), unit=USD, label="debt service cash supports")
    else:
        shape = s.row(f"{loan_id}.shape", dates.due + 0, unit=RATIO, label="level debt service")
    value = s.row(
        f"{loan_id}.shape_value", total(discount * shape), label="PV of the shape at the start", looks_ahead="signing"
    )
    closing = _add_unit_balance(b, loan_id, loan, dates, accrual, discount, shape, value)
    return Profile(accrual, discount, shape, value, closing)


def _add_unit_balance(
    b: Build, loan_id: str, loan: Loan, dates: Dates, accrual: Row, discount: Row, shape: Row, value: Row
) -> Row:
    """Balance per USD lent; 1 until the first repayment, 0 after the last."""
    s = b.sheet
    opening = s.row(
        f"{loan_id}.unit.opening",
        previous(s.ref(f"{loan_id}.unit.closing", unit=RATIO), 1, first=1),
        label="balance per USD lent, opening",
        looks_ahead="signing",
    )
    asked = _asked(b, loan_id, loan, dates, opening * accrual, discount, shape, value)
    repaid = dates.due * choose(dates.final, opening, least(opening, positive(asked)))
    repayment = s.row(
        f"{loan_id}.unit.repayment", repaid, unit=RATIO, label="repayment per USD lent", looks_ahead="signing"
    )
    return s.row(
        f"{loan_id}.unit.closing",
        opening - repayment,
        unit=RATIO,
        label="balance per USD lent, closing",
        looks_ahead="signing",
    )


def _asked(
    b: Build, loan_id: str, loan: Loan, dates: Dates, interest: Expr, discount: Row, shape: Row, value: Row
) -> Expr:
    """Principal asked for at a date before the last, per USD lent."""
    r = loan.repayment
    path = f"contracts.{loan_id}.repayment"
    balloon = b.scalar(f"{path}.balloon", r.balloon, RATIO, "share repaid with the last instalment")
    if r.profile == "bullet":
        return NIL
    if r.profile == "linear":
        return (1 - balloon) / dates.count
    if r.profile == "custom":
        table = b.sheet.table(
            f"{loan_id}.shares",
            xs=[float(k) for k in range(1, len(r.shares) + 1)],
            ys=list(r.shares),
            x_unit=RATIO,
            unit=RATIO,
            source=b.where(f"{path}.shares"),
        )
        number = (b.sheet["period.end"] - dates.first) / dates.every + 1
        return lookup(table, number, how="step", ends="hold")
    end = total(dates.final * discount)
    return safe_ratio(shape * (1 - balloon * end), value) - interest


def add_planned(
    b: Build, loan_id: str, loan: Loan, dates: Dates, profile: Profile, amount: Row, caps: list[Row]
) -> dict[str, Row]:
    """Add the schedule in USD: signed repayments, the interest on them and the service they make.

    Parameters
    ----------
    amount
        Commitment. [USD]
    caps
        Balances that may not be exceeded after each repayment date (contracted cash, depreciated cost). [USD]
    """
    s = b.sheet
    sized_opening = previous(s.ref(f"{loan_id}.schedule.closing", unit=USD), 1, first=amount)
    target: Expr = amount * profile.unit_closing
    if caps:
        target = least(target, *caps)
    sized = dates.due * positive(sized_opening - target)
    repayment = add_signed(
        b,
        f"{loan_id}.planned.repayment",
        sized,
        unit=USD,
        label="scheduled repayment",
        source=b.where(f"contracts.{loan_id}.repayment"),
        series=True,
    )
    fresh = s[f"{loan_id}.planned.repayment.sized"]
    s.row(
        f"{loan_id}.schedule.closing",
        sized_opening - fresh,
        unit=USD,
        label="balance of the schedule being cut",
        looks_ahead="signing",
    )
    opening = s.row(
        f"{loan_id}.planned.opening",
        previous(s.ref(f"{loan_id}.planned.closing", unit=USD), 1, first=amount),
        unit=USD,
        label="scheduled balance, opening",
    )
    interest = add_signed(
        b,
        f"{loan_id}.planned.interest",
        dates.due * opening * profile.accrual,
        unit=USD,
        label="scheduled interest",
        source=b.where(f"contracts.{loan_id}.pricing"),
        series=True,
    )
    closing = s.row(f"{loan_id}.planned.closing", opening - repayment, unit=USD, label="scheduled balance, closing")
    service = s.row(f"{loan_id}.planned.service", interest + repayment, unit=USD, label="scheduled debt service")
    return {"repayment": repayment, "interest": interest, "closing": closing, "service": service}


def add_cash_cap(b: Build, loan_id: str, cover: Row, cash: Expr, rates: Rates, dates: Dates) -> Row:
    """Add what contracted cash to the last repayment supports: its PV at the schedule's rate over the cover. [USD]"""
    s, name = b.sheet, f"{loan_id}.contracted.value"
    inside = s.row(
        f"{loan_id}.contracted",
        cash * at_most(b.clock.end, dates.last),
        unit=USD,
        label="contracted cash in the loan's life",
        looks_ahead="signing",
    )
    ahead = (s.ref(name, unit=USD) + positive(inside)) / (1 + rates.fixed * rates.year)
    value = s.row(
        name, following(ahead, 1, last=NIL), unit=USD, label="PV of contracted cash to come", looks_ahead="signing"
    )
    return s.row(
        f"{loan_id}.cap.contracted",
        value / cover,
        unit=USD,
        label="balance contracted cash supports",
        looks_ahead="signing",
    )


def add_cost_cap(b: Build, loan_id: str, loan: Loan, assets: list[AssetAccount]) -> Row:
    """Add the depreciated cost of the assets: each straight to zero over the agreed life from its payment. [USD]"""
    s, path = b.sheet, f"contracts.{loan_id}.repayment"
    life = b.scalar(f"{path}.depreciated_cost", loan.repayment.depreciated_cost or 0.0, MONTH, "life of the write-down")
    advance = b.scalar(f"{path}.advance", loan.repayment.advance, RATIO, "share of depreciated cost")
    opening = s.opening(f"{loan_id}.depreciated", unit=USD)
    cost = s.row(
        f"{loan_id}.depreciated.cost", sum_of([a.capex for a in assets]), unit=USD, label="cost the loan finances"
    )
    old = _cost_before(b, cost, life)
    fall = s.row(
        f"{loan_id}.depreciated.fall", least(opening, old * b.clock.months / life), label="write-down of the period"
    )
    closing = s.close(f"{loan_id}.depreciated", opening, add=[cost], less=[fall])
    return s.row(f"{loan_id}.cap.cost", advance * closing, unit=USD, label="balance depreciated cost supports")


def _cost_before(b: Build, cost: Row, life: Row) -> Expr:
    """Cost paid before this period, all of it written down over the life from its own payment. [USD]"""
    name = f"{cost.name}.so_far"
    so_far = b.sheet.row(
        name, previous(b.sheet.ref(name, unit=USD), 1, first=NIL) + cost, unit=USD, label="cost so far"
    )
    return previous(so_far, 1, first=NIL)

"""The account of a loan: what is owed, what falls due, what is paid.

Rows added by :func:`add_account` for a loan ``X``, all [USD] unless said:

    X.opening, .drawdown, .capitalised, .repayment, .prepayment, .closing     the principal
    X.interest.accrued        opening x rate x day-count fraction
    X.interest.payable        accrued and unpaid, in the period of an interest date
    X.idc                     interest before conversion paid from sources
    X.interest.due, .paid     what the waterfall is asked for, and what it pays
    X.repayment.due           scheduled instalment and arrears; everything from the last date on
    X.arrears                 principal due and not paid
    <swap>.idc, .due, .receive   net settlement of the swap on its share of the balance
    X.debt_service            scheduled interest, repayment and fees of the window: the divisor of DSCR

Interest accrues on the opening balance (docs/convention.md 7). After a sweep the schedule goes on until the balance is
repaid, so prepayment shortens the loan (inverse order).
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.books import Silo
from ringfence.blocks.construction import LoanParts, add_agency
from ringfence.blocks.context import Build
from ringfence.blocks.rates import swap_of
from ringfence.blocks.windows import add_window, safe_ratio
from ringfence.sheet import NIL, Expr, Row, at_most, choose, least, less_than, positive, previous
from ringfence.terms.contract.support import Swap
from ringfence.units import RATIO, USD


@dataclass(frozen=True)
class Account:
    """Rows of a loan account that its neighbours read. [USD]"""

    parts: LoanParts
    opening: Row
    closing: Row
    accrued: Row
    idc: Row
    capitalised: Row
    interest_due: Row
    repayment_due: Row
    scheduled: Row
    fees_due: Row | None
    swap_pay: Row | None
    swap_receive: Row | None
    swap_accrued: Row | None
    swap: Swap | None
    debt_service: Row

    @property
    def id(self) -> str:
        """Id of the loan."""
        return self.parts.id


def add_account(b: Build, silo: Silo, p: LoanParts) -> Account:
    """Add the account of a loan; the waterfall later defines what is paid.

    Parameters
    ----------
    b, silo
        Build in progress and the borrower's business.
    p
        Terms, dates, rates and amount of the loan.
    """
    s, x = b.sheet, p.id
    opening = s.opening(x, unit=USD)
    built = _add_built_balance(b, p)
    bearing = built + (1 - p.dates.building) * opening
    accrued = s.row(f"{x}.interest.accrued", bearing * p.rates.charged * p.rates.year, label="interest accrued")
    idc, capitalised, due = _add_interest(b, p, built, accrued)
    scheduled, repayment_due = _add_repayment(b, p, opening)
    closing = s.close(
        x,
        opening,
        add=[s[f"{x}.drawdown"], capitalised],
        less=[s.ref(f"{x}.repayment", unit=USD), s.ref(f"{x}.prepayment", unit=USD)],
    )
    swap_rows = _add_swap(b, p, built, opening)
    fees = add_agency(b, p) if p.loan.agency_fee else None
    service = _add_debt_service(b, p, accrued, capitalised, scheduled, fees, swap_rows[2])
    _, swap = swap_of(b, x)
    return Account(
        p, opening, closing, accrued, idc, capitalised, due, repayment_due, scheduled, fees, *swap_rows, swap, service
    )


def _add_built_balance(b: Build, p: LoanParts) -> Row:
    """Add the balance before conversion, from what was drawn and added alone: sources never wait for the waterfall."""
    s, x = b.sheet, p.id
    before = previous(s.ref(f"{x}.drawn", unit=USD), 1, first=NIL)
    added = previous(s.ref(f"{x}.idc.added", unit=USD), 1, first=NIL)
    balance = p.dates.building * (before + added)
    return s.row(f"{x}.idc.balance", balance, unit=USD, label="balance that bears interest before conversion")


def _add_interest(b: Build, p: LoanParts, built: Row, accrued: Row) -> tuple[Row, Row, Row]:
    """Interest owed, and how it is met: from sources, by adding it to the loan, or from cash."""
    s, x, mode = b.sheet, p.id, p.loan.idc
    growth = built * p.rates.charged * p.rates.year
    window = add_window(s, f"{x}.idc.window", growth, p.dates.pays, unit=USD, label="interest before conversion")
    building = p.dates.building * p.dates.pays * window
    idc = s.row(f"{x}.idc", building if mode == "funded" else NIL, unit=USD, label="interest during construction")
    so_far = previous(s.ref(f"{x}.idc.added", unit=USD), 1, first=NIL)
    capital = s.row(
        f"{x}.idc.capitalised",
        building if mode == "capitalised" else NIL,
        unit=USD,
        label="interest added before conversion",
    )
    s.row(f"{x}.idc.added", so_far + capital, unit=USD, label="interest added before conversion, so far")
    owed = s.opening(f"{x}.interest_owed", unit=USD)
    payable = s.row(f"{x}.interest.payable", p.dates.pays * (owed + accrued), label="interest payable on its date")
    capitalised = s.row(
        f"{x}.capitalised", capital + _in_kind(b, p, payable), unit=USD, label="interest added to the balance"
    )
    due = s.row(f"{x}.interest.due", payable - idc - capitalised, label="interest due from cash")
    s.close(f"{x}.interest_owed", owed, add=[accrued], less=[idc, capitalised, s.ref(f"{x}.interest.paid", unit=USD)])
    return idc, capitalised, due


def _in_kind(b: Build, p: LoanParts, payable: Row) -> Expr:
    """Interest paid in kind after conversion; the last date takes cash, for nothing falls due after it. [USD]"""
    loan, path = p.loan, f"contracts.{p.id}"
    if not loan.pik:
        return NIL
    share = b.scalar(f"{path}.pik", loan.pik, RATIO, "share of interest added to the balance")
    flag: Expr = (1 - p.dates.building) * less_than(b.clock.end, p.dates.last)
    if loan.pik_until is not None:
        flag = flag * at_most(b.clock.end, b.when(f"{path}.pik_until", loan.pik_until, "last date of payment in kind"))
    return flag * share * payable


def _add_repayment(b: Build, p: LoanParts, opening: Row) -> tuple[Row, Row]:
    s, x = b.sheet, p.id
    if p.loan.idc == "capitalised":
        drawn_share = safe_ratio(s[f"{x}.carried"], p.amount)
    else:
        drawn_share = least(safe_ratio(s[f"{x}.drawn"], p.amount), 1)
    plan = p.planned["repayment"] * drawn_share
    scheduled = s.row(f"{x}.repayment.scheduled", least(opening, plan), label="scheduled repayment")
    arrears = previous(s.ref(f"{x}.arrears", unit=USD), 1, first=NIL)
    matured = at_most(p.dates.last, b.clock.end)
    due = s.row(f"{x}.repayment.due", choose(matured, opening, least(opening, plan + arrears)), label="principal due")
    s.row(f"{x}.arrears", due - s.ref(f"{x}.repayment", unit=USD), label="principal due and not paid")
    return scheduled, due


def _add_swap(b: Build, p: LoanParts, built: Row, opening: Row) -> tuple[Row | None, Row | None, Row | None]:
    """Net settlement of the swap: fixed leg less index on the hedged share of the balance."""
    r, s = p.rates, b.sheet
    if r.swap_id is None or r.swap_share is None or r.swap_fixed is None or r.index is None:
        return None, None, None
    x, gap = r.swap_id, r.swap_share * (r.swap_fixed - r.index) * r.year
    first = s.row(f"{x}.accrued.building", built * gap, label="swap accrued before conversion, net")
    later = s.row(
        f"{x}.accrued.later", (1 - p.dates.building) * opening * gap, label="swap accrued after conversion, net"
    )
    at_cost = (
        p.dates.building
        * p.dates.pays
        * add_window(s, f"{x}.window.building", first, p.dates.pays, unit=USD, label="swap")
    )
    net = (
        p.dates.pays * add_window(s, f"{x}.window", first + later, p.dates.pays, unit=USD, label="swap accrued")
        - at_cost
    )
    funded: Expr = at_cost if p.loan.idc != "paid" else NIL
    idc = s.row(f"{x}.idc", positive(funded), unit=USD, label="swap settlement before conversion")
    unpaid = previous(s.ref(f"{x}.unpaid", unit=USD), 1, first=NIL)
    pay = s.row(f"{x}.due", positive(net + at_cost) - idc + unpaid, unit=USD, label="swap payment due")
    s.row(f"{x}.unpaid", pay - s.ref(f"{x}.paid", unit=USD), label="swap payment due and not paid")
    receive = s.row(f"{x}.receive", positive(-net - at_cost), unit=USD, label="swap receipt")
    return pay, receive, s.row(f"{x}.accrued", first + later, label="swap accrued, net")


def _add_debt_service(
    b: Build, p: LoanParts, accrued: Row, capitalised: Row, scheduled: Row, fees: Row | None, swap: Row | None
) -> Row:
    """Scheduled interest, repayment and fees of the window that ends in this period, arrears left out. [USD]"""
    s, x = b.sheet, p.id
    cost: Expr = accrued if swap is None else accrued + swap
    if fees is not None:
        cost = cost + fees
    window = add_window(s, f"{x}.service.window", cost, p.dates.pays, unit=USD, label="interest and fees")
    after = 1 - p.dates.building
    return s.row(
        f"{x}.debt_service",
        p.dates.pays * after * positive(window - capitalised) + after * scheduled,
        unit=USD,
        label="scheduled debt service",
    )

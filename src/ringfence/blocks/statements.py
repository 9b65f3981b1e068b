"""Income statement, balance sheet and cash flow of a silo.

Rows added by :func:`add_statements` for a silo ``S``, all [USD]:

    S.revenue, S.costs, S.ebitda, S.depreciation, S.interest_expense, S.amortisation, S.cost_of_sales,
    S.tax.expense, S.net_income
    S.fixed_assets, S.financing_costs, S.receivable, S.investments, S.reserves, S.cash.closing,
    S.assets
    S.debt, S.interest_owed, S.payables, S.deferred_income, S.liabilities
    S.paid_in, S.retained, S.equity
    S.balance_difference     assets - liabilities - equity: zero in every period

Every line comes from the account that made it (loan, reserve, lease, asset), so the balance proves that the accounts
and the waterfall tell one story. A security deposit is held apart: restricted cash against what is owed back. Interest,
fees, closing costs and contingency before conversion are carried as financing and development costs and written off on
a straight line to the last repayment, or to the end of the deal without debt.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.books import Line, Silo, add_sum
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.loan import Account
from ringfence.blocks.reserves import Reserve
from ringfence.blocks.tax import is_taxed
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import NIL, Expr, Row, at_most, choose, least, most, positive, previous, sum_of
from ringfence.units import MONTH, USD


@dataclass(frozen=True)
class Ledger:
    """What the statements of one silo are drawn from. [USD]"""

    silo: Silo
    earned: Row
    incurred: Row
    accounts: dict[str, Account]
    reserves: dict[str, Reserve]
    contributions: dict[str, Row]
    receipts: dict[str, Row]


def add_statements(b: Build, g: Ledger) -> None:
    """Add the three statements of a silo and the row that proves its balance sheet."""
    income = _add_income(b, g)
    assets = _add_assets(b, g)
    liabilities = _add_liabilities(b, g)
    equity = _add_equity(b, g, income)
    key = g.silo.key
    b.sheet.row(f"{key}.balance_difference", assets - liabilities - equity, label="assets - liabilities - equity")


def _running(b: Build, name: str, change: Expr, label: str) -> Row:
    """A balance that starts at zero and moves by `change`. [USD]"""
    before = previous(b.sheet.ref(name, unit=USD), 1, first=NIL)
    return b.sheet.row(name, before + change, unit=USD, label=label)


def _add_income(b: Build, g: Ledger) -> Row:
    s, key, silo = b.sheet, g.silo.key, g.silo
    revenue = s.row(f"{key}.revenue", g.earned + 0, label="revenue")
    costs = s.row(f"{key}.costs", g.incurred + 0, label="running costs")
    ebitda = s.row(f"{key}.ebitda", revenue - costs, label="EBITDA")
    depreciation = add_sum(s, f"{key}.depreciation", [a.depreciation for a in silo.assets], label="depreciation")
    amortisation = _add_financing_costs(b, g)
    interest = add_sum(
        s, f"{key}.interest_expense", [_interest(b, a) for a in g.accounts.values()], label="interest expense"
    )
    sold = [a.disposal for a in silo.assets if a.disposal is not None]
    sold_cost = add_sum(s, f"{key}.cost_of_sales", sold, label="carrying amount of assets sold")
    tax = s.row(f"{key}.tax.expense", s[f"{key}.tax.charge"] + 0 if is_taxed(silo) else NIL, unit=USD, label="tax")
    silo.revenue += [Line(x.label, x.earned) for x in silo.incomes]
    silo.expense += [Line(x.label, x.earned) for x in silo.costs]
    return s.row(
        f"{key}.net_income", ebitda - depreciation - amortisation - interest - sold_cost - tax, label="net income"
    )


def _interest(b: Build, a: Account) -> Row:
    """Interest expense of a loan: accrued after conversion, the swap with it, and fees. [USD]"""
    built = a.parts.dates.building if a.parts.loan.idc != "paid" else NIL
    cost: Expr = (1 - built) * a.accrued
    if a.swap_accrued is not None:
        cost = cost + (1 - built) * a.swap_accrued
    if a.fees_due is not None:
        cost = cost + a.fees_due
    return b.sheet.row(f"{a.id}.interest_expense", cost, unit=USD, label="interest expense")


def _add_financing_costs(b: Build, g: Ledger) -> Row:
    """Carry and write off what was spent on financing and development before conversion."""
    s, key, silo = b.sheet, g.silo.key, g.silo
    parts: list[Expr] = []
    for a in g.accounts.values():
        parts.append(s[f"{a.id}.fees.at_cost"])
        if a.parts.loan.idc != "paid":
            parts.append(a.parts.dates.building * a.accrued)
            if a.swap_accrued is not None:
                parts.append(a.parts.dates.building * a.swap_accrued)
    parts += [s[f"{x}.charge.at_cost"] for x in silo.letters]
    parts += [s[name] for name in (f"{key}.uses.closing_costs", f"{key}.contingency.paid") if name in s]
    added = s.row(f"{key}.financing_costs.added", sum_of(parts), unit=USD, label="spent on financing and development")
    opening = s.opening(f"{key}.financing_costs", unit=USD)
    start, end = _life(b, g)
    left = positive(end - most(b.clock.start, start))
    share = choose(above_zero(left), least(safe_ratio(b.clock.months, left), 1), at_most(end, b.clock.start) + 0)
    off = s.row(
        f"{key}.amortisation", opening * share * at_most(start, b.clock.start), label="write-off of financing costs"
    )
    s.close(f"{key}.financing_costs", opening, add=[added], less=[off])
    return off


def _life(b: Build, g: Ledger) -> tuple[Expr, Expr]:
    """First conversion and last repayment of the silo's loans; close and the end of the deal without loans. [month]"""
    dates = [a.parts.dates for a in g.accounts.values()]
    if not dates:
        end = b.scalar("timeline.until", b.timeline.periods[-1].end_month, MONTH, "end of the deal")
        return NIL + end - end, end
    starts, ends = [d.conversion for d in dates], [d.last for d in dates]
    return (least(*starts), most(*ends)) if len(dates) > 1 else (starts[0], ends[0])


def _add_assets(b: Build, g: Ledger) -> Row:
    s, key, silo = b.sheet, g.silo.key, g.silo
    fixed = add_sum(s, f"{key}.fixed_assets", [a.carrying for a in silo.assets], label="fixed assets")
    receivable = _add_receivables(b, silo)
    held = _running(
        b, f"{key}.investments", sum_of([s[f"{e}.contribution"] for e in silo.holdings]), "investments at cost"
    )
    cash = [s[f"{r.name}.closing"] for r in g.reserves.values() if f"{r.name}.opening" in s]
    reserves = add_sum(s, f"{key}.reserves", cash, label="reserve accounts")
    lines = [
        Line("fixed assets", fixed),
        Line("financing costs", s[f"{key}.financing_costs.closing"]),
        Line("receivable", receivable),
        Line("investments", held),
        Line("reserves", reserves),
        Line("deposits held", _deposits(b, silo)),
        Line("cash", s[f"{key}.cash.closing"]),
    ]
    silo.balance_assets += lines
    return add_sum(s, f"{key}.assets", [x.row for x in lines], label="assets")


def _deposits(b: Build, silo: Silo) -> Row:
    """Security deposits held, restricted: an asset and a liability of the same amount. [USD]"""
    return add_sum(b.sheet, f"{silo.key}.deposits", silo.deposits, label="security deposits held")


def _add_receivables(b: Build, silo: Silo) -> Row:
    """Receivable or deferred income of every contract; each balance is one or the other. [USD]"""
    s, key = b.sheet, silo.key
    due, deferred = [], []
    for k, stream in enumerate(silo.incomes, 1):
        if stream.cash is stream.earned:
            continue
        balance = _running(
            b, f"{key}.income{k}.balance", stream.earned - stream.cash, f"{stream.label}: earned less received"
        )
        due.append(positive(balance))
        deferred.append(positive(-balance))
    s.row(f"{key}.deferred_income", sum_of(deferred), unit=USD, label="deferred income")
    return s.row(f"{key}.receivable", sum_of(due), unit=USD, label="receivable")


def _add_liabilities(b: Build, g: Ledger) -> Row:
    s, key, silo = b.sheet, g.silo.key, g.silo
    debt = add_sum(s, f"{key}.debt", [a.closing for a in g.accounts.values()], label="debt")
    owed: list[Expr] = [s[f"{a.id}.interest_owed.closing"] for a in g.accounts.values()]
    owed += [_swap_owed(b, a) for a in g.accounts.values() if a.swap_accrued is not None]
    owed += [s[f"{a.id}.fees.unpaid"] for a in g.accounts.values() if a.fees_due is not None]
    interest = s.row(f"{key}.interest_owed", sum_of(owed), unit=USD, label="interest, fees and swap owed")
    unpaid = [_accrued_cost(b, silo, k, x) for k, x in enumerate(silo.costs, 1)]
    payables = s.row(f"{key}.payables", sum_of(unpaid), unit=USD, label="costs owed")
    tax = s.row(f"{key}.tax_owed", s[f"{key}.tax.unpaid"] + 0 if is_taxed(silo) else NIL, unit=USD, label="tax owed")
    letters = add_sum(
        s, f"{key}.letters_owed", [s[f"{x}.owed"] for x in silo.letters if f"{x}.owed" in s], label="owed to issuers"
    )
    lines = [
        Line("debt", debt),
        Line("interest owed", interest),
        Line("payables", payables),
        Line("tax owed", tax),
        Line("letters of credit drawn", letters),
        Line("deferred income", s[f"{key}.deferred_income"]),
        Line("deposits owed back", s[f"{key}.deposits"]),
    ]
    silo.balance_liabilities += lines
    return add_sum(s, f"{key}.liabilities", [x.row for x in lines], label="liabilities")


def _swap_owed(b: Build, a: Account) -> Row:
    s, x = b.sheet, a.parts.rates.swap_id
    moved = a.swap_accrued - s[f"{x}.idc"] - s[f"{x}.paid"] + s[f"{x}.receive"]  # type: ignore[operator]
    return _running(b, f"{x}.owed", moved, "swap accrued and not settled")


def _accrued_cost(b: Build, silo: Silo, k: int, stream: Stream) -> Row:
    moved = stream.earned - b.sheet[f"{silo.key}.cost{k}.paid"]
    return _running(b, f"{silo.key}.cost{k}.owed", moved, f"{stream.label}: incurred less paid")


def _add_equity(b: Build, g: Ledger, income: Row) -> Row:
    s, key = b.sheet, g.silo.key
    paid_in = _running(b, f"{key}.paid_in", sum_of(list(g.contributions.values())), "capital paid in")
    out = sum_of([s[f"{e}.{key}.distribution"] for e in g.silo.equity])
    retained = _running(b, f"{key}.retained", income - out, "income less distributions")
    return s.row(f"{key}.equity", paid_in + retained, label="equity")

"""Tax of a vehicle, enough for a pass-through or a company taxed at one rate, and for owners taxed on its income.

Rows added by :func:`add_tax` for a silo ``S``, all [USD]:

    S.tax.depreciation        deduction for the assets
    S.tax.exempt              tax credits sold, where there are any: no income of the seller (26 USC 6418(b)(2))
    S.tax.income              earned revenue - exempt - costs - depreciation - interest and fees
    S.tax.losses.closing      losses carried forward
    S.tax.charge              tax on the income of the period
    S.tax.due, S.tax.refund   what is paid and what comes back, in the same period

Tax is charged on the income of the period it arises in; instalments and year ends come with the tax systems. Interest
is deducted as it accrues, so tax needs no same-period loop.
"""

from __future__ import annotations

from ringfence.blocks.books import AssetAccount, Silo
from ringfence.blocks.clock import overlap
from ringfence.blocks.context import Build
from ringfence.blocks.loan import Account
from ringfence.sheet import NIL, Expr, Row, at_most, constant, floor, least, lookup, positive, previous, sum_of, total
from ringfence.terms.contract.offtake import TaxCredit
from ringfence.terms.party import Tax
from ringfence.units import MONTH, RATIO, USD, YEAR

MACRS = {
    "macrs_3": (0.3333, 0.4445, 0.1481, 0.0741),
    "macrs_5": (0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576),
    "macrs_7": (0.1429, 0.2449, 0.1749, 0.1249, 0.0893, 0.0892, 0.0893, 0.0446),
    "macrs_15": (0.05, 0.095, 0.0855, 0.077, 0.0693, 0.0623, 0.059, 0.059, 0.0591, 0.059, 0.0591, 0.059, 0.0591, 0.059,
                 0.0591, 0.0295),
    "macrs_20": (0.0375, 0.07219, 0.06677, 0.06177, 0.05713, 0.05285, 0.04888, 0.04522, 0.04462, 0.04461, 0.04462,
                 0.04461, 0.04462, 0.04461, 0.04462, 0.04461, 0.04462, 0.04461, 0.04462, 0.04461, 0.02231),
}  # fmt: skip
"""Half-year convention shares of cost by year. Source: IRS Publication 946, table A-1."""


def is_taxed(silo: Silo) -> bool:
    """Whether the vehicle pays tax itself."""
    return silo.party.tax.status == "taxed"


def add_tax(b: Build, silo: Silo, accounts: dict[str, Account], earned: Row, incurred: Row) -> None:
    """Add the tax of a silo.

    Parameters
    ----------
    b, silo, accounts
        Build in progress, the business, its loans.
    earned, incurred
        Revenue and running costs of the period, on an accrual basis. [USD]
    """
    if silo.party.tax.status == "pass_through":
        return
    s, key, tax = b.sheet, silo.key, silo.party.tax
    rate = b.scalar(f"parties.{silo.vehicle}.tax.rate", tax.rate, RATIO, "tax rate")
    depreciation = s.row(f"{key}.tax.depreciation", _depreciation(b, silo, tax), unit=USD, label="tax depreciation")
    finance = sum_of([_finance_cost(b, a, tax) for a in accounts.values()])
    credits = [x.earned for x in silo.incomes if isinstance(b.deal.contracts.get(x.contract), TaxCredit)]
    revenue: Expr = earned + 0
    if credits:
        revenue = earned - s.row(f"{key}.tax.exempt", sum_of(credits), unit=USD, label="tax credits sold, not taxed")
    income = s.row(f"{key}.tax.income", revenue - incurred - depreciation - finance, label="taxable income")
    if tax.losses == "refunded":
        charge = s.row(f"{key}.tax.charge", rate * income, label="tax on the income of the period")
    else:
        charge = _add_carry_forward(b, key, rate, income)
    if not is_taxed(silo):
        return
    unpaid = previous(s.ref(f"{key}.tax.unpaid", unit=USD), 1, first=NIL)
    due = s.row(f"{key}.tax.due", positive(charge) + unpaid, label="tax due")
    s.row(f"{key}.tax.unpaid", due - s.ref(f"{key}.tax.paid", unit=USD), label="tax unpaid")
    s.row(f"{key}.tax.refund", positive(-charge), label="tax refunded")


def _add_carry_forward(b: Build, key: str, rate: Row, income: Row) -> Row:
    s = b.sheet
    opening = s.opening(f"{key}.tax.losses", unit=USD)
    used = s.row(f"{key}.tax.losses.used", least(opening, positive(income)), label="losses used")
    made = s.row(f"{key}.tax.losses.made", positive(-income), label="loss of the period")
    s.close(f"{key}.tax.losses", opening, add=[made], less=[used])
    return s.row(f"{key}.tax.charge", rate * (positive(income) - used), label="tax on the income of the period")


def _finance_cost(b: Build, a: Account, tax: Tax) -> Expr:
    """Interest accrued, the swap and fees of a loan, deducted in the period. [USD]"""
    s, cost = b.sheet, a.accrued + 0
    at_cost = s[f"{a.id}.fees.at_cost"] if tax.fees == "when_paid" else None
    for row in (a.swap_accrued, a.fees_due, at_cost):
        if row is not None:
            cost = cost + row
    return cost


def _depreciation(b: Build, silo: Silo, tax: Tax) -> Expr:
    """Deduction of the period; under `book` what a sale or closure takes off the books is deducted too. [USD]"""
    if tax.depreciation.method == "book":
        return sum_of([a.depreciation + a.disposal if a.disposal is not None else a.depreciation for a in silo.assets])
    return sum_of([_by_method(b, silo, a, tax) for a in silo.assets])


def _basis(b: Build, silo: Silo, a: AssetAccount, tax: Tax) -> Expr:
    """Cost to deduct: what was paid, less the agreed share of any investment credit on it. [USD]"""
    basis = total(a.capex)
    for x, credit in b.deal.of_type("tax_credit").items():
        if credit.asset == a.id and credit.investment is not None:
            path = f"parties.{silo.vehicle}.tax.depreciation.basis_reduction"
            cut = b.scalar(path, tax.depreciation.basis_reduction, RATIO, "share of the credit taken off the basis")
            rate = b.scalar(f"contracts.{x}.investment", credit.investment, RATIO, "credit, share of cost")
            basis = basis - cut * rate * b.sheet[f"{a.id}.capital_cost"]
    return basis


def _by_method(b: Build, silo: Silo, a: AssetAccount, tax: Tax) -> Expr:
    """Share of cost deducted in the period, from the date the asset is in service. [USD]"""
    method, path = tax.depreciation.method, f"parties.{silo.vehicle}.tax.depreciation"
    basis = _basis(b, silo, a, tax)
    if method == "straight_line":
        life = b.scalar(f"{path}.life", tax.depreciation.life or 0.0, MONTH, "tax life")
        return basis * overlap(b.clock, a.in_service, a.in_service + life) / life
    shares = tax.depreciation.shares if method == "custom" else MACRS[method]
    name = f"{silo.key}.tax.shares" if method == "custom" else f"tax.{method}"
    if name not in b.sheet:
        xs, ys = [-1.0, *(float(k) for k in range(len(shares) + 1))], [0.0, *shares, 0.0]
        source = b.where(f"{path}.shares") if method == "custom" else "IRS Publication 946, table A-1"
        b.sheet.table(name, xs=xs, ys=ys, x_unit=RATIO, unit=RATIO, source=source)
    a_year = b.clock.months_per_year * constant(1.0, YEAR)
    year = floor((b.clock.start - a.in_service) / a_year)
    share = lookup(b.sheet[name], year, how="step", ends="hold")
    started = at_most(a.in_service, b.clock.start)
    return started * basis * share * (b.clock.months / a_year)

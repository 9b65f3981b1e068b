"""Tax of the sponsor on what the deal does to a column: paid or saved at once, and deferred on a lease.

A share of the vehicle's income is not taxed. Rent is deducted when it is paid; what a lease measures otherwise is a
difference, asset and liability apart.

Source: IAS 12.15, 12.22A, 12.24 (ASC 740-10-25).
"""

from __future__ import annotations

from ringfence.blocks.context import Build
from ringfence.blocks.sponsor_ledger import Entries, before_tax
from ringfence.blocks.sponsor_policy import SponsorPlan
from ringfence.sheet import NIL, Expr, Row, positive, previous
from ringfence.units import RATIO


def tax_cell(b: Build, plan: SponsorPlan) -> Row:
    """Return the sponsor's tax rate, added once. [ratio]"""
    name = "sponsor.tax_rate"
    if name in b.sheet:
        return b.sheet[name]
    return b.sheet.scalar(name, plan.tax_rate or 0.0, unit=RATIO, label="tax rate of the sponsor")


def taxed(b: Build, plan: SponsorPlan, e: Entries) -> Entries:
    """Return a column with tax on its income, paid or saved at once.

    Parameters
    ----------
    b, plan
        The build, and the rate; without one nothing is taxed.
    e
        The column before tax.
    """
    if plan.tax_rate is None:
        return e
    due = tax_cell(b, plan) * before_tax(e.income)
    return Entries(e.balances, e.cash - due, {**e.income, "tax": due}, e.minority, e.oci, e.given_out)


def lease_taxed(b: Build, plan: SponsorPlan, e: Entries, owed: Expr, held: Expr) -> Entries:
    """Return the lease column with tax: rent is deducted when paid, the rest is deferred (IAS 12.22A).

    Parameters
    ----------
    b, plan, e
        As for :func:`taxed`.
    owed, held
        Liability and right of use. [USD]
    """
    if plan.tax_rate is None:
        return e
    cell = tax_cell(b, plan)
    ahead = e.balances["prepaid rent"] - e.balances["other liabilities"]
    due = cell * before_tax(e.income)
    asset, liability = cell * (owed + positive(NIL - ahead)), cell * (held + positive(ahead))
    net = liability - asset
    balances = {**e.balances, "deferred tax asset": asset, "deferred tax liability": liability}
    now = due - (net - previous(net, 1, first=NIL))
    return Entries(balances, e.cash - now, {**e.income, "tax": due}, e.minority, e.oci, e.given_out)

"""Debt as an agency might adjust it: what is added, what is taken off, switch by switch.

Every switch is a term (``accounting.adjusted_debt``) with a default. No agency's model is reproduced: agencies differ
from each other, and from year to year. Amounts are those of the books, the lease report and the deal's contracts.

Source: the shape of a published corporate method, gross debt + leases + other debt-like items - surplus cash (2019,
recalled); agencies disagree on vehicles of large lessees.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.exposure import exposure
from ringfence.accounting.lease_basis import length_of, renewals_in
from ringfence.accounting.payments import Payment
from ringfence.accounting.schedule import NEAR, present_value
from ringfence.accounting.sponsor_books import SponsorBooks, SponsorSheet, Structure, Tag
from ringfence.terms.accounting_sponsor import AdjustedDebtTerms

RECALLED = "recalled"
POLICY = "policy of the deal"


@dataclass(frozen=True)
class Adjustment:
    """One step from reported to adjusted debt.

    Attributes
    ----------
    switch
        Its name under ``accounting.adjusted_debt``; empty for what is reported.
    label
        In words.
    amount
        Added if above 0. [USD]
    on
        Whether the switch is on; an amount that is off is shown and not counted.
    source
        Where the adjustment comes from.
    """

    switch: str
    label: str
    amount: float
    on: bool
    source: str


@dataclass(frozen=True)
class AdjustedDebt:
    """Adjusted debt of a column on a date. [USD]"""

    structure: Structure
    steps: tuple[Adjustment, ...]

    @property
    def total(self) -> float:
        """What is reported and every adjustment that is on. [USD]"""
        return sum(x.amount for x in self.steps if x.on)

    def __getitem__(self, switch: str) -> Adjustment:
        return next(x for x in self.steps if x.switch == switch)


def adjusted_debt(books: SponsorBooks, sheet: SponsorSheet, tag: Tag, structure: Structure) -> AdjustedDebt:
    """Return the adjusted debt of a column.

    Parameters
    ----------
    books, sheet
        The sponsor's books, and the date.
    tag, structure
        Framework and column.

    Returns
    -------
    AdjustedDebt
        Every step, on or off.
    """
    return AdjustedDebt(structure, (*_owed(books, sheet, tag, structure), *_like_debt(books, sheet, tag, structure)))


def _owed(books: SponsorBooks, sheet: SponsorSheet, tag: Tag, structure: Structure) -> list[Adjustment]:
    """What the balance sheet itself shows as owed."""
    a, column = _terms(books), sheet[structure]
    lease = column["lease liability"]
    operating = tag == "us" and books.report.lessee_us.kind == "operating"
    financial, plain = (0.0, lease) if operating else (lease, 0.0)
    return [
        Adjustment("", "borrowings", column["borrowings"], True, "reported"),
        Adjustment("", "financing obligation", column["financing obligation"], True, "reported"),
        Adjustment("leases", "lease liabilities", financial, a.leases, RECALLED),
        Adjustment("operating_leases", "US operating lease liabilities", plain, a.operating_leases, RECALLED),
    ]


def _like_debt(books: SponsorBooks, sheet: SponsorSheet, tag: Tag, structure: Structure) -> list[Adjustment]:
    """What is promised beside it, and what is taken off."""
    a, column = _terms(books), sheet[structure]
    e = exposure(books.result, books.report, sheet)
    with_lease, kept_apart = structure == "lease", structure in ("lease", "service", "failed_sale")
    guarantee = _guarantee(books, sheet, tag, a) if with_lease else 0.0
    renewals = _renewals(books, sheet) if with_lease else 0.0
    firm = _firm(books, sheet) if structure == "service" else 0.0
    cash = -max(column["cash"], 0.0) * (1 - a.haircut)
    answered = (e.letters + e.support) * kept_apart
    residual = f"residual guarantee, {a.residual_guarantee}, beyond the liability"
    return [
        Adjustment("residual_guarantee", residual, guarantee, a.residual_guarantee != "none", POLICY),
        Adjustment("renewals", "PV of renewals outside the term", renewals, a.renewals, POLICY),
        Adjustment("take_or_pay", "PV of firm rent in no liability", firm, a.take_or_pay, RECALLED),
        Adjustment("guarantees", "letters of credit and guarantees", answered, a.guarantees, RECALLED),
        Adjustment("retirement", "provisions for restoration", column["provisions"], a.retirement, RECALLED),
        Adjustment("pensions", "pension deficit", a.pensions, bool(a.pensions), RECALLED),
        Adjustment("vehicle", "the SPV's debt in place of the lease", _vehicle(sheet, structure), a.vehicle, POLICY),
        Adjustment("cash", f"accessible cash, {a.haircut:.0%} haircut", cash, a.cash, RECALLED),
    ]


def _terms(books: SponsorBooks) -> AdjustedDebtTerms:
    policy = books.result.deal.accounting
    return policy.adjusted_debt if policy is not None else AdjustedDebtTerms()


def _vehicle(sheet: SponsorSheet, structure: Structure) -> float:
    """The vehicle's debt less what its lease already shows of it. [USD]"""
    if structure not in ("lease", "service"):
        return 0.0
    return sheet.vehicle["debt"] - sheet[structure]["lease liability"] - sheet[structure]["financing obligation"]


def _guarantee(books: SponsorBooks, sheet: SponsorSheet, tag: Tag, a: AdjustedDebtTerms) -> float:
    """Guaranteed residual beyond what the liability holds: expected, or the whole cap, discounted. [USD]"""
    report, facts = books.report, books.report.facts
    found = report.guarantee
    if found is None or not facts.guarantor_is_lessee:
        return 0.0
    held = books.plan.owed.get(tag, 0.0) * facts.hardware
    whole = facts.guaranteed if a.residual_guarantee == "cap" else found.expected_payable
    due = [
        Payment(t.start + length_of(facts, t, report.term) - sheet.month, t.hardware / facts.hardware, "arrears")
        for t in facts.tranches
    ]
    left = [p for p in due if p.month > NEAR]
    return max(whole - held, 0.0) * present_value(left, report.rate.rate) if left else 0.0


def _renewals(books: SponsorBooks, sheet: SponsorSheet) -> float:
    """PV of the rents of renewals that are not in the lease term. [USD]"""
    report, facts = books.report, books.report.facts
    counted = renewals_in(facts, report.term)
    left = [
        Payment(t.start + p.month - sheet.month, p.amount, p.timing)
        for t in facts.tranches
        for rents in t.renewals[counted:]
        for p in rents
        if t.start + p.month > sheet.month + NEAR
    ]
    return present_value(left, report.rate.rate) if left else 0.0


def _firm(books: SponsorBooks, sheet: SponsorSheet) -> float:
    """PV of firm rent still to be paid, where the contract is no lease. [USD]"""
    report, facts = books.report, books.report.facts
    left = [
        Payment(t.start + p.month - sheet.month, p.amount, p.timing)
        for t in facts.tranches
        for p in t.payments
        if t.start + p.month > sheet.month + NEAR
    ]
    return present_value(left, report.rate.rate) if left else 0.0

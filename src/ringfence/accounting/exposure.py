"""What the sponsor could lose by a vehicle it does not consolidate, and how each amount is computed.

Source: IFRS 12.29, IFRS 12.B26 (ASC 810-10-50-4).
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.cash_evidence import RunDeal
from ringfence.accounting.lease_basis import payments_of
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_books import SponsorSheet


@dataclass(frozen=True)
class Exposure:
    """What the sponsor could lose by the vehicle on a date (IFRS 12.29, ASC 810-10-50-4). [USD]

    Parameters
    ----------
    interest, guarantee, letters
        Carrying amount of its interest; residual guaranteed; letters of credit it answers for.
    rents
        Firm rents still to be paid, undiscounted: owed whatever becomes of the vehicle, and not part of the maximum.
    loans, commitments, support
        Lent to the vehicle; promised to it as equity, not yet paid in and not under a letter; guaranteed of its debt.
    prepaid
        Rent paid to it ahead.
    """

    interest: float
    guarantee: float
    letters: float
    rents: float
    loans: float = 0.0
    commitments: float = 0.0
    support: float = 0.0
    prepaid: float = 0.0

    @property
    def maximum(self) -> float:
        """Everything but the rents. [USD]"""
        own = self.interest + self.loans + self.commitments + self.prepaid
        return own + self.guarantee + self.letters + self.support


def exposure(result: RunDeal, report: LeaseReport, sheet: SponsorSheet) -> Exposure:
    """Return the most the sponsor could lose by the vehicle, on the date of a sheet.

    Parameters
    ----------
    result, report, sheet
        The run, its lease, and the date.
    """
    facts, deal = report.facts, result.deal
    me, vehicle = facts.terms.lessee, facts.terms.lessor
    mine = [c for c in deal.of_type("letter_of_credit").values() if c.applicant == me]
    backed = sum(c.amount for c in mine if c.stands_for == "equity")  # a letter stands for a promise: not counted twice
    rents = sum(
        p.amount
        for t in facts.tranches
        for p in payments_of(facts, t, report.term)
        if t.start + p.month > sheet.month + NEAR
    )
    k = next(n for n, e in enumerate(result.run.line("period.end")) if abs(e - sheet.month) <= NEAR)
    lent = [x for x, c in deal.of_type("loan").items() if c.lender == me and c.borrower == vehicle]
    promised = 0.0
    for x, c in deal.of_type("equity").items():
        if c.holder == me and c.vehicle == vehicle:
            promised += sum(float(v) for v in result.run.line(f"{x}.contribution")[k + 1 :])
    return Exposure(
        interest=sheet.carried,
        guarantee=facts.guaranteed if facts.guarantor_is_lessee else 0.0,
        letters=sum(c.amount for c in mine),
        rents=rents,
        loans=sum(float(result.run.line(f"{x}.closing")[k]) for x in lent),
        commitments=max(promised - backed, 0.0),
        support=answered_for(result, sheet, me, vehicle),
        prepaid=sheet["lease"]["prepaid rent"],
    )


def answered_for(result: RunDeal, sheet: SponsorSheet, party: str, vehicle: str) -> float:
    """Return the vehicle's debt that a party guarantees, or that has recourse to it; never more than the debt. [USD]

    Parameters
    ----------
    result, sheet
        The run, and the date.
    party, vehicle
        Who answers, and for whose debt.
    """
    deal, whole = result.deal, sheet.vehicle["debt"]
    k = next(n for n, e in enumerate(result.run.line("period.end")) if abs(e - sheet.month) <= NEAR)
    loans = {x: c for x, c in deal.of_type("loan").items() if c.borrower == vehicle}
    owed = {x: float(result.run.line(f"{x}.closing")[k]) for x in loans}
    found = sum(owed[x] for x, c in loans.items() if party in c.recourse)
    for c in deal.of_type("guarantee").values():
        if c.guarantor == party and c.obligor == vehicle:
            covered = sum(owed.get(x, 0.0) for x in c.covers) if c.covers else whole
            found += min(covered, covered if c.cap is None else c.cap) * c.share
    return min(found, whole)

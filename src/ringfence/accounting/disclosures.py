"""What the notes must say about the lease and the vehicle: maturities, leases not commenced, presentation, exposure.

Source: IFRS 16.53, 16.53(i), 16.58, 16.59(b), IFRS 7.39, 7.B11, IFRS 12.24-31; ASC 842-20-50-4, 50-6,
50-3(b), 842-40-50, 810-10-50-4.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ringfence.accounting.lease_basis import length_of, payments_of
from ringfence.accounting.lease_facts import TrancheFacts
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_books import SponsorBooks, SponsorSheet, Tag

YEAR = 12.0


@dataclass(frozen=True)
class LeaseNote:
    """The lease in the notes, on one date. [USD]

    Attributes
    ----------
    maturities
        Undiscounted payments of leases that have commenced, by year from the date.
    interest_to_come
        What discounting takes off them: the table reconciles to the liability.
    liability, current
        Of the balance sheet, what the buyer of a sale lent above fair value in it; the part that is
        principal of the next twelve months, None where no period ends then.
    not_commenced
        Undiscounted payments of deliveries not leased yet, and how many deliveries.
    renewals, guarantee_cap
        Undiscounted rents of renewals outside the term; residual guaranteed.
    cash_paid, variable
        For leases in the twelve months before the date; rent no liability measures.
    financing, gain
        Of the liability: lent by the buyer of a sale; gain on a sale and leaseback in the twelve months to the date.
    remaining_term, rate
        Weighted by liability. [year], [1/year effective]
    """

    maturities: tuple[float, ...]
    interest_to_come: float
    liability: float
    current: float | None
    not_commenced: tuple[float, int]
    renewals: float
    guarantee_cap: float
    cash_paid: float
    variable: float
    financing: float
    gain: float
    remaining_term: float
    rate: float


def lease_note(books: SponsorBooks, sheet: SponsorSheet, tag: Tag) -> LeaseNote:
    """Return the lease in the notes.

    Parameters
    ----------
    books, sheet
        The sponsor's books, and the date.
    tag
        Framework.
    """
    report, facts, now = books.report, books.report.facts, sheet.month
    begun = [t for t in facts.tranches if t.start <= now + NEAR]
    later = [t for t in facts.tranches if t.start > now + NEAR]
    left = {t.name: _left(books, t, now) for t in begun}
    whole = [x for found in left.values() for x in found]
    liability = sheet.rent_owed
    years = max(1, ceil((max((m for m, _ in whole), default=0.0) - NEAR) / YEAR))
    table = [0.0] * years
    for month, amount in whole:
        table[min(years - 1, max(ceil((month - NEAR) / YEAR) - 1, 0))] += amount
    guaranteed = books.plan.owed.get(tag, 0.0) * facts.hardware
    if guaranteed and begun:
        table[-1] += guaranteed * sum(t.hardware for t in begun) / facts.hardware
    ends = [t.start + length_of(facts, t, report.term) - now for t in begun]
    weights = [t.hardware for t in begun]
    counted = len(facts.terms.renewal) - sum(1 for _ in _outside(books))
    return LeaseNote(
        maturities=tuple(table),
        interest_to_come=sum(table) - liability,
        liability=liability,
        current=_current(books, tag, now, liability),
        not_commenced=(sum(p.amount for t in later for p in payments_of(facts, t, report.term)), len(later)),
        renewals=sum(p.amount for t in facts.tranches for rents in t.renewals[counted:] for p in rents),
        guarantee_cap=facts.guaranteed if facts.guarantor_is_lessee else 0.0,
        cash_paid=_paid(books, tag, now),
        variable=_over(books, f"sponsor.{tag}.lease.rent_not_measured", now),
        financing=sheet["lease"]["financing obligation"],
        gain=_over(books, f"sponsor.{tag}.lease.income.disposal", now),
        remaining_term=sum(e * w for e, w in zip(ends, weights, strict=True)) / sum(weights) / YEAR if begun else 0.0,
        rate=report.rate.rate.effective,
    )


def _outside(books: SponsorBooks) -> range:
    """Numbers of the renewals that are not in the lease term."""
    return range(books.plan.renewals, len(books.report.facts.terms.renewal))


def _left(books: SponsorBooks, t: TrancheFacts, now: float) -> list[tuple[float, float]]:
    """Months from the date, and amount, of the payments still to be made. [month], [USD]"""
    found = [(t.start + p.month - now, p.amount) for p in payments_of(books.report.facts, t, books.report.term)]
    return [(m, a) for m, a in found if m > NEAR]


def _current(books: SponsorBooks, tag: Tag, now: float, liability: float) -> float | None:
    """Liability less what is left of it a year on. [USD]"""
    for k, end in enumerate(books.ends):
        if abs(end - now - YEAR) <= NEAR:
            lines = ("lease liability", "financing obligation")
            return liability - min(sum(books.row(tag, "lease", x)[k] for x in lines), liability)
    return liability if now + YEAR > books.ends[-1] else None


def _over(books: SponsorBooks, row: str, now: float) -> float:
    """Sum of a row over the twelve months to a date, the day of close included in the first. [USD]"""
    since = -1.0 if now <= YEAR + NEAR else now - YEAR
    return sum(x for e, x in zip(books.ends, books.line(row), strict=True) if since + NEAR < e <= now + NEAR)


def _paid(books: SponsorBooks, tag: Tag, now: float) -> float:
    lease, names = books.plan.lease, books.plan.tranches
    items = ("advance", "arrears")
    return sum(_over(books, f"{lease}.lessee_{tag}.{t}.liability.{x}", now) for t in names for x in items)

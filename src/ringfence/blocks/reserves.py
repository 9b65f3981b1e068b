"""Reserve accounts and the letters of credit that stand for them.

Rows added by :func:`add_reserve` for the reserve of loan ``X``, all [USD]:

    X.dsra.target     scheduled debt service of the next payment dates, scaled to the balance outstanding
    X.dsra.initial    paid in from sources at conversion
    X.dsra.opening, .topup, .release, .drawn, .closing

and by :func:`add_letter` for a letter of credit ``L`` that lenders may draw:

    L.undrawn, L.drawn, L.owed, L.reimbursed, L.fee_paid

The reserve never borrows: a shortfall shows as closing < target and as an alert.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ringfence.blocks.books import Line, Silo
from ringfence.blocks.clock import on
from ringfence.blocks.construction import LoanParts
from ringfence.blocks.context import Build, Stream, outstanding
from ringfence.blocks.windows import add_next
from ringfence.sheet import NIL, Expr, Row, choose, constant, least, most, positive, previous, sum_of
from ringfence.terms.contract.support import LetterOfCredit
from ringfence.units import PER_YEAR, USD


@dataclass
class Reserve:
    """A pot that payments may draw on. `drawn` collects what each step has taken so far. [USD]"""

    name: str
    target: Row
    initial: Row | None
    release: Expr
    available: Expr
    drawn: list[Row]
    letter: LetterOfCredit | None = None


def add_reserve(b: Build, p: LoanParts) -> Reserve | None:
    """Add the target of a loan's reserve and, if it holds cash, its opening, release and initial funding."""
    terms, s, x = p.loan.reserve, b.sheet, p.id
    if terms is None:
        return None
    every = p.loan.repayment.every
    intervals = terms.months / every
    count = max(1, ceil(intervals - 1e-9))
    ahead = add_next(s, f"{x}.dsra", p.planned["service"], p.dates.due, count, unit=USD, label="scheduled debt service")
    if count - intervals > 1e-9:
        part = b.sheet.scalar(f"{x}.dsra.part", intervals - count + 1, label="part of the last instalment that counts")
        ahead = ahead - (1 - part) * s[f"{x}.dsra.next{count}"]
    opening = s.ref(f"{x}.opening", unit=USD)
    planned = s[f"{x}.planned.opening"]
    owed = outstanding(b, planned)
    scale = owed * opening / choose(owed, planned, constant(1.0, USD))
    source = b.where(f"contracts.{x}.reserve")
    if terms.funding == "letter_of_credit":
        target = s.row(
            f"{x}.dsra.target", ahead * least(scale, 1), label="debt service reserve asked for", source=source
        )
        return Reserve(f"{x}.dsra", target, None, NIL, NIL, [])
    initial = None
    at_conversion = on(b.clock, p.dates.conversion)
    target = s.row(
        f"{x}.dsra.target",
        (1 - p.dates.building) * ahead * least(scale, 1) + at_conversion * ahead,
        label="debt service reserve asked for",
        source=source,
    )
    if terms.funding == "at_close":
        initial = s.row(f"{x}.dsra.initial", at_conversion * ahead, label="reserve funded from sources")
    dsra = s.opening(f"{x}.dsra", unit=USD)
    release = s.row(f"{x}.dsra.release", positive(dsra - target), label="reserve above target")
    return Reserve(f"{x}.dsra", target, initial, release, dsra - release, [])


def close_reserve(b: Build, r: Reserve, topup: Row | None) -> None:
    """Close a cash reserve once the waterfall has said what goes in and what is drawn."""
    s = b.sheet
    if f"{r.name}.opening" not in s:
        return
    added = [row for row in (r.initial, topup) if row is not None]
    s.close(r.name, s[f"{r.name}.opening"], add=added, less=[s[f"{r.name}.release"], *r.drawn])


def add_letter(b: Build, silo: Silo, letter_id: str, letter: LetterOfCredit) -> Reserve:
    """Add a letter of credit: its fee as a cost, and what may be drawn under it."""
    s, path = b.sheet, f"contracts.{letter_id}"
    amount = b.scalar(f"{path}.amount", letter.amount, USD, "face amount")
    rate = b.scalar(f"{path}.fee", letter.fee, PER_YEAR, "fee on the face")
    owed = previous(s.ref(f"{letter_id}.owed", unit=USD), 1, first=NIL)
    undrawn = s.row(f"{letter_id}.undrawn", positive(amount - owed), label="undrawn face at the start of the period")
    life = s.row(f"{letter_id}.life", _life(b, silo), label="1 while a loan of the business is outstanding")
    year = b.clock.months / b.clock.months_per_year
    building = _building(b, silo)
    fee = s.row(f"{letter_id}.charge", amount * rate * year * life, label="letter of credit fee, on the face")
    at_cost = s.row(f"{letter_id}.charge.at_cost", building * fee, label="letter of credit fee before conversion")
    later = s.row(f"{letter_id}.charge.later", fee - at_cost, label="letter of credit fee after conversion")
    silo.uses.append(Line(at_cost.name, at_cost, "fees"))
    b.books.flow(silo.vehicle, letter.issuer, at_cost, f"{letter_id} fee", letter_id)
    silo.costs.append(Stream(f"{letter_id} fee", silo.vehicle, letter.issuer, later, later, letter_id))
    return Reserve(letter_id, undrawn, None, NIL, undrawn * life, [], letter)


def _building(b: Build, silo: Silo) -> Expr:
    """Flag: the first-ranking loan of the business has not converted; 0 without a loan."""
    ranked = silo.ranked()
    return b.sheet[f"{ranked[0][0]}.building"] if ranked else NIL


def _life(b: Build, silo: Silo) -> Expr:
    """Flag: some loan of the business has a repayment still to come."""
    from ringfence.sheet import at_most

    if not silo.loans:
        return at_most(b.clock.start, b.clock.end)
    lasts = [b.sheet.ref(f"{x}.last", unit=b.clock.end.unit) for x in silo.loans]
    return at_most(b.clock.end, most(*lasts) if len(lasts) > 1 else lasts[0])


def close_letter(b: Build, r: Reserve, reimbursed: Row) -> None:
    """Close the reimbursement account of a letter of credit. [USD]"""
    s = b.sheet
    drawn: Expr = NIL
    for row in r.drawn:
        drawn = drawn + row
    s.row(f"{r.name}.drawn", drawn, unit=USD, label="drawn under the letter of credit")
    before = previous(s.ref(f"{r.name}.owed", unit=USD), 1, first=NIL)
    s.row(f"{r.name}.owed", before + s[f"{r.name}.drawn"] - reimbursed, unit=USD, label="reimbursement owed")


def add_call_letters(b: Build) -> None:
    """Add the fee of letters of credit behind uncalled capital, paid by the investor who gave them. [USD]"""
    s = b.sheet
    for letter_id, letter in b.deal.of_type("letter_of_credit").items():
        if letter.applicant in b.deal.vehicles:
            continue
        path = f"contracts.{letter_id}"
        face = b.scalar(f"{path}.amount", letter.amount, USD, "face amount")
        rate = b.scalar(f"{path}.fee", letter.fee, PER_YEAR, "fee on the undrawn face")
        called = sum_of(
            [s[f"{x}.contribution"] for x, e in b.deal.of_type("equity").items() if e.backed_by == letter_id]
        )
        before = previous(s.ref(f"{letter_id}.called", unit=USD), 1, first=NIL)
        so_far = s.row(f"{letter_id}.called", before + called, unit=USD, label="capital called so far")
        uncalled = positive(face - previous(so_far, 1, first=NIL))
        year = b.clock.months / b.clock.months_per_year
        fee = s.row(
            f"{letter_id}.fee_paid", uncalled * rate * year, label="fee on uncalled capital", source=b.where(path)
        )
        b.books.flow(letter.applicant, letter.issuer, fee, "letter of credit fee", letter_id)

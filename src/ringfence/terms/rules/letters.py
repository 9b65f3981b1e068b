"""A letter of credit stands where it is named: for a reserve of its own business, or for equity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import LetterOfCredit, Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.reach import Silo, silo_of, silos

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_letters(deal: Deal) -> list[Finding]:
    """Refuse a reserve without its letter, with one it does not use, or with one of another business or purpose."""
    every = silos(deal)
    found: list[Finding] = []
    for x, c in deal.contracts.items():
        if isinstance(c, Loan) and c.reserve is not None and (home := silo_of(every, c.borrower, c.business)):
            found += _reserve(deal, x, c, home)
    for x, e in deal.of_type("equity").items():
        letter = deal.contracts.get(e.backed_by or "")
        if isinstance(letter, LetterOfCredit) and letter.stands_for != "equity":
            message = (
                f"contracts.{x}.backed_by is {e.backed_by}, but that letter of credit stands for a {letter.stands_for}."
            )
            where = [deal.where(f"contracts.{x}.backed_by"), deal.where(f"contracts.{e.backed_by}.stands_for")]
            found.append(
                finding("letter-of-credit", message, where=where, fix=f"write stands_for: equity under {e.backed_by}")
            )
    return found


def _reserve(deal: Deal, x: str, loan: Loan, home: Silo) -> list[Finding]:
    path, reserve = f"contracts.{x}.reserve", loan.reserve
    if reserve is None:
        return []
    by_letter, word = reserve.funding == "letter_of_credit", reserve.letter_of_credit
    where = [deal.where(f"{path}.funding"), deal.where(f"{path}.letter_of_credit")]
    if by_letter and word is None:
        message = f"{path}.funding is letter_of_credit, but no letter of credit is named."
        fix = "name a letter of credit, or write funding: at_close or from_cash"
        return [finding("letter-of-credit", message, where=where[:1], fix=fix)]
    if not by_letter and word is not None:
        message = f"{path} names letter of credit {word}, but its funding is {reserve.funding}."
        return [
            finding(
                "letter-of-credit", message, where=where, fix="write funding: letter_of_credit, or take the letter out"
            )
        ]
    letter = deal.contracts.get(word or "")
    if not isinstance(letter, LetterOfCredit):
        return []
    if letter.stands_for != "reserve":
        message = f"{path}.letter_of_credit is {word}, but that letter stands for {letter.stands_for}."
        places = [where[1], deal.where(f"contracts.{word}.stands_for")]
        return [
            finding("letter-of-credit", message, where=places, fix="write stands_for: reserve, or name another letter")
        ]
    if word not in home.letters:
        whose = letter.applicant + (f".{letter.business}" if letter.business else "")
        message = f"{path}.letter_of_credit is {word}, for the account of {whose}, but {x} is owed by {home.key}."
        places = [where[1], deal.where(f"contracts.{word}.{'business' if letter.business else 'applicant'}")]
        fix = f"write applicant: {home.vehicle}" + (f" and business: {home.business}" if home.business else "")
        return [finding("letter-of-credit", message, where=places, fix=f"{fix} under {word}")]
    return []

"""A loan is drawn, converted, repaid and gone, in that order and within the deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, LoanDates, day_of, end_of, loan_dates, month_of

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_loan_dates(deal: Deal) -> list[Finding]:
    """Refuse loans whose dates cannot follow each other."""
    return [
        found
        for x, loan in deal.of_type("loan").items()
        if loan.repayment.every > 0
        for found in _wrong(deal, x, loan, loan_dates(deal, loan))
    ]


Wrong = tuple[str, tuple[str, ...], str]
"""What is wrong, the places of the terms concerned, and a way out."""


def _wrong(deal: Deal, x: str, loan: Loan, d: LoanDates) -> list[Finding]:
    close, until, path = f"close is {deal.timeline.close}", deal.timeline.until, f"contracts.{x}"
    opens, closes = (
        f"availability ends on {day_of(deal, d.availability)}",
        f"conversion is {day_of(deal, d.conversion)}",
    )
    first, last = (
        f"the first repayment is on {day_of(deal, d.first)}",
        f"the last repayment is on {day_of(deal, d.last)}",
    )
    converts = f"{path}.conversion" if loan.conversion is not None else f"{path}.availability"
    starts = f"{path}.repayment.first" if loan.repayment.first is not None else converts
    count, every = f"{path}.repayment.count", f"{path}.repayment.every"
    found: list[Wrong] = []
    if d.availability < -EPS:
        found.append(
            (f"{opens}, but {close}", (f"{path}.availability", "timeline.close"), "let it end at close or later")
        )
    if loan.conversion is not None and d.conversion < -EPS:
        found.append((f"{closes}, but {close}", (converts, "timeline.close"), "move conversion to close or later"))
    if d.first < d.conversion - EPS:
        found.append((f"{first}, but {closes}", (starts, converts), "repay from conversion on, or convert earlier"))
    if d.availability > d.last + EPS:
        fix = "end availability before the last repayment, or repay later"
        found.append((f"{opens}, but {last}", (f"{path}.availability", count, every), fix))
    found += _waiting_wrong(deal, x, loan, d)
    if d.last > end_of(deal) + EPS:
        fix = "lower repayment.count, repay earlier, or move timeline.until"
        found.append((f"{last}, but the deal ends on {until}", (count, every, starts, "timeline.until"), fix))
    return [
        finding("loan-dates", f"{x}: {message}.", where=[deal.where(place) for place in places], fix=fix)
        for message, places, fix in found
    ]


def _waiting_wrong(deal: Deal, x: str, loan: Loan, d: LoanDates) -> list[Wrong]:
    """Refuse a long stop without assets to wait for, assets without a long stop, and one before anything is due."""
    path = f"contracts.{x}"
    if bool(loan.waits_for) != (loan.long_stop is not None):
        there, missing = ("long_stop", "waits_for") if loan.long_stop is not None else ("waits_for", "long_stop")
        words = "names no assets that they may wait for" if missing == "waits_for" else "sets no date as its long stop"
        said = "lets payments wait to a long stop" if there == "long_stop" else "lets payments wait for late assets"
        return [(f"it {said}, but {words}", (f"{path}.{there}",), f"write {missing} too, or take {there} out")]
    if loan.long_stop is None or month_of(deal, loan.long_stop) >= d.conversion - EPS:
        return []
    stop = f"the long stop is on {day_of(deal, month_of(deal, loan.long_stop))}"
    message = f"{stop}, but nothing falls due before conversion on {day_of(deal, d.conversion)}"
    converts = f"{path}.conversion" if loan.conversion is not None else f"{path}.availability"
    return [(message, (f"{path}.long_stop", converts), "move the long stop behind conversion")]

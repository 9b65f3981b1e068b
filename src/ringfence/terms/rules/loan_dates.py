"""A loan is drawn, converted, repaid and gone, in that order and within the deal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, LoanDates, day_of, end_of, loan_dates

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


def _wrong(deal: Deal, x: str, loan: Loan, d: LoanDates) -> list[Finding]:
    path = f"contracts.{x}"
    first = f"{path}.repayment.first"
    conversion = f"{path}.conversion" if loan.conversion is not None else f"{path}.availability"
    count = f"{path}.repayment.count"
    rows: list[tuple[bool, str, float, str, float, tuple[str, ...], str]] = [
        (
            d.availability < -EPS,
            "availability ends on",
            d.availability,
            "close is",
            0.0,
            (f"{path}.availability", "timeline.close"),
            "move availability to close or later",
        ),
        (
            loan.conversion is not None and d.conversion < -EPS,
            "conversion is",
            d.conversion,
            "close is",
            0.0,
            (conversion, "timeline.close"),
            "move conversion to close or later",
        ),
        (
            d.first < d.conversion - EPS,
            "the first repayment is on",
            d.first,
            "conversion is",
            d.conversion,
            (first, conversion),
            "move repayment.first behind conversion, or conversion before it",
        ),
        (
            d.availability > d.last + EPS,
            "availability ends on",
            d.availability,
            "the last repayment is on",
            d.last,
            (f"{path}.availability", count),
            "end availability before the last repayment, or repay later",
        ),
        (
            d.last > end_of(deal) + EPS,
            "the last repayment is on",
            d.last,
            "the deal ends on",
            end_of(deal),
            (
                count,
                f"{path}.repayment.every",
                first if loan.repayment.first is not None else conversion,
                "timeline.until",
            ),
            "lower repayment.count, repay earlier, or move timeline.until",
        ),
    ]
    return [
        finding(
            "loan-dates",
            f"{x}: {what} {day_of(deal, month)}, but {other} {day_of(deal, limit)}.",
            where=[deal.where(p) for p in places],
            fix=fix,
        )
        for wrong, what, month, other, limit, places, fix in rows
        if wrong
    ]

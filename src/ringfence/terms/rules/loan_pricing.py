"""Margin steps follow each other, interest in kind has its time, and a swap hedges a floating loan once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.terms.contract import Loan
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, loan_dates, month_of
from ringfence.terms.rules.reach import share

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_loan_pricing(deal: Deal) -> list[Finding]:
    """Refuse margin steps out of order; warn of interest in kind that never acts and of a floor without an index."""
    found: list[Finding] = []
    for x, loan in deal.of_type("loan").items():
        found += _steps(deal, x, loan) + _in_kind(deal, x, loan) + _floor(deal, x, loan)
    return found


def _steps(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    starts = [month_of(deal, step.start) for step in loan.margin_steps]
    found = []
    for k, (a, b) in enumerate(pairwise(starts)):
        if b <= a + EPS:
            paths = [f"contracts.{x}.margin_steps.{n}.start" for n in (k, k + 1)]
            message = (
                f"{x}: margin step {k + 2} starts on {day_of(deal, b)}, not after step {k + 1} on {day_of(deal, a)}."
            )
            fix = "list the steps by date, each date once"
            found.append(finding("margin-steps", message, where=[deal.where(p) for p in paths], fix=fix))
    return found


def _in_kind(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    path = f"contracts.{x}"
    if loan.pik_until is None:
        return []
    until, conversion = month_of(deal, loan.pik_until), loan_dates(deal, loan).conversion
    where = [deal.where(f"{path}.pik_until")]
    if not loan.pik:
        message = f"{path}.pik_until is {day_of(deal, until)}, but the share of interest paid in kind is 0."
        return [
            finding(
                "interest-in-kind", message, where=where, fix="write pik: 100%, or take pik_until out", level="warning"
            )
        ]
    if until > conversion + EPS:
        return []
    message = (
        f"{x} pays {share(loan.pik)} in kind until {day_of(deal, until)}, but payment in kind starts at conversion, "
        f"{day_of(deal, conversion)}: it never acts."
    )
    where.append(deal.where(f"{path}.conversion" if loan.conversion is not None else f"{path}.availability"))
    fix = "move pik_until behind conversion, or write idc: capitalised for interest before it"
    return [finding("interest-in-kind", message, where=where, fix=fix, level="warning")]


def _floor(deal: Deal, x: str, loan: Loan) -> list[Finding]:
    if not loan.floor or loan.pricing.floating:
        return []
    message = f"contracts.{x}.floor is {share(loan.floor)}, but {x} is fixed at {share(loan.pricing.margin)}."
    where = [deal.where(f"contracts.{x}.floor"), deal.where(f"contracts.{x}.pricing")]
    fix = "take floor out, or write pricing as an index and a margin"
    return [finding("margin-steps", message, where=where, fix=fix, level="warning")]

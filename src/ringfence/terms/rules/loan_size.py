"""Each limit on a loan is one test, with what that test needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract.loan import Constraint
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal

TESTS = ("amount", "gearing", "dscr", "llcr", "ltv")


def check_loan_size(deal: Deal) -> list[Finding]:
    """Refuse a limit with no test or several, and an LTV without its curve."""
    return [
        found
        for x, loan in deal.of_type("loan").items()
        for k, limit in enumerate(loan.size.min)
        for found in _wrong(deal, f"contracts.{x}.size.min.{k}", limit)
    ]


def _wrong(deal: Deal, path: str, limit: Constraint) -> list[Finding]:
    named = [test for test in TESTS if getattr(limit, test) is not None]
    if len(named) != 1:
        told = f"{len(named)} tests ({', '.join(named)})" if named else f"none of the tests {', '.join(TESTS)}"
        where = [deal.where(f"{path}.{test}") for test in named] or [deal.where(path)]
        fix = "make each test a limit of its own: the least of all is lent" if named else "name one test"
        return [finding("loan-size", f"{path} has {told}, but a limit is one test.", where=where, fix=fix)]
    if limit.ltv is not None and limit.curve is None:
        message = f"{path}.ltv is {limit.ltv:g}, but no resale curve says what the assets are worth."
        fix = f"write {path}.curve: one of the fleet's resale curves"
        return [finding("loan-size", message, where=[deal.where(f"{path}.ltv")], fix=fix)]
    return []

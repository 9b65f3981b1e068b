"""A loan is repaid while contracts still bring in the cash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.contract import Lease, Loan, Ppa, TaxCredit, Tolling
from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, lease_end, length, loan_dates, offtake_window
from ringfence.terms.rules.reach import Silo, share, silos, stressed

if TYPE_CHECKING:
    from ringfence.errors import Finding, Level
    from ringfence.terms.deal import Deal


def check_debt_tail(deal: Deal) -> list[Finding]:
    """Warn of a loan that outlasts its contracts, with the uncontracted share; refuse one under its own `min_tail`."""
    every = silos(deal)
    return [
        found
        for silo in every
        if silo.assets
        for x, loan in silo.loans.items()
        if loan.repayment.every > 0
        for found in _outlasts(deal, silo, x, loan)
    ]


def contract_ends(deal: Deal, silo: Silo, loan: Loan) -> dict[str, float]:
    """End of every contract that brings cash a loan counts, by id. [month]"""
    ends: dict[str, float] = {}
    for x, c in deal.contracts.items():
        asset = getattr(c, "asset", None)
        if asset not in silo.assets or not _counts(loan, x, asset):
            continue
        if isinstance(c, Lease) and (end := lease_end(deal, c)) is not None:
            ends[x] = end
        elif isinstance(c, TaxCredit) and x not in loan.cfads.only:
            continue
        elif isinstance(c, Ppa | Tolling | TaxCredit) and (window := offtake_window(deal, c)) is not None:
            ends[x] = window[1]
    return ends


def _counts(loan: Loan, contract: str, asset: str) -> bool:
    """Whether a loan counts the cash of a contract."""
    if loan.cfads.only:
        return contract in loan.cfads.only or asset in loan.cfads.only
    return contract not in loan.cfads.without


def _outlasts(deal: Deal, silo: Silo, x: str, loan: Loan) -> list[Finding]:
    ends = contract_ends(deal, silo, loan)
    last = loan_dates(deal, loan).last
    end = max(ends.values(), default=0.0)
    tail, asked = last - end, "min_tail" in loan.model_fields_set
    too_short = asked and -tail < loan.min_tail - EPS
    if last <= 0 or (tail <= EPS and not too_short):
        return []
    places = [f"contracts.{x}.repayment.count", *(f"contracts.{c}.term" for c in ends)]
    level: Level = "error" if too_short and not stressed(deal) else "warning"
    if too_short:
        places.append(f"contracts.{x}.min_tail")
    fix = f"repay earlier, lengthen the {'contract' if ends else 'list of contracts'}"
    fix += (
        f", or set contracts.{x}.min_tail"
        if too_short
        else f", or count on the market for {share(max(tail, 0) / last)}"
    )
    if not ends:
        fix = "add a lease or an offtake contract, or size the loan on market revenue"
    return [
        finding(
            "debt-tail",
            _told(deal, x, loan, ends, last, too_short),
            where=[deal.where(p) for p in places],
            fix=fix,
            level=level,
        )
    ]


def _told(deal: Deal, x: str, loan: Loan, ends: dict[str, float], last: float, too_short: bool) -> str:
    repaid = f"{x} is repaid until {day_of(deal, last)}"
    if not ends:
        return f"{repaid}, but no contract brings in cash: 100% of its {length(last)} is uncontracted."
    name, end = max(ends.items(), key=lambda item: item[1])
    told = f"{repaid}, but {name} ends on {day_of(deal, end)}"
    if last > end + EPS:
        told += f": {length(last - end)} of {length(last)} from close, {share((last - end) / last)}, is uncontracted"
    else:
        told += f", a tail of {length(end - last)}"
    return f"{told}; min_tail is {length(loan.min_tail)}." if too_short else f"{told}."

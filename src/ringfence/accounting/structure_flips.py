"""Where the tests of a lease trip: firm term, guarantee and take-or-pay share, found by bisection.

Nothing is computed here. Every trial makes the change in the deal file, reads the lease again and asks the tests and
the schedules that :mod:`ringfence.accounting.lease_report` asks. Tests are taken to trip once, upwards: a longer term,
a larger guarantee or a larger take-or-pay share never takes a lease back under a mark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from ringfence.accounting.classification import Classification
from ringfence.accounting.lease_classified import Classified, classified
from ringfence.accounting.lease_facts import DealLease, read_lease
from ringfence.accounting.lease_report import answers_of
from ringfence.accounting.structures import Structure, changes_of, lease_terms
from ringfence.terms.contract.lease import ResidualGuarantee
from ringfence.terms.read import revise

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

EXACT = 1e-7
"""Shares are found to this. [ratio]"""

TERM_TESTS: dict[str, Callable[[Classified], tuple[Classification, str]]] = {
    "lessee, ASC 842 (c): term / life": lambda c: (c.lessee_us, "842-10-25-2(c)"),
    "lessee, ASC 842 (d): PV / fair value": lambda c: (c.lessee_us, "842-10-25-2(d)"),
    "lessor, ASC 842 (d): PV / fair value": lambda c: (c.lessor_us, "842-10-25-2(d)"),
    "lessor, IFRS 16.63(d), a policy": lambda c: (c.lessor_ifrs, "16.63(d)"),
}
"""Tests that a longer firm term trips, by what they are called on the page."""


@dataclass(frozen=True)
class TermFlip:
    """The firm term at which a test trips.

    Attributes
    ----------
    test
        What it is called.
    month
        First whole month of firm term at which it is met; None: at none up to the end of the asset's life. [month]
    instalments
        First whole number of rental periods at which it is met.
    every
        Length of a rental period. [month]
    """

    test: str
    month: int | None
    instalments: int | None
    every: float


@dataclass(frozen=True)
class TermPoint:
    """A firm term, without renewals, against the marks.

    Attributes
    ----------
    term
        [month]
    life_share, ratio, lessor_ratio
        Term / life; PV / fair value of the lessee and of the lessor. [ratio]
    highest
        Largest guarantee of the lessee under which its test (d) is not met, share of the hardware price; None where
        none passes. [ratio]
    hardware
        The price. [USD]
    """

    term: float
    life_share: float
    ratio: float
    lessor_ratio: float
    highest: float | None
    hardware: float


@dataclass(frozen=True)
class UsageFlip:
    """Take-or-pay shares of the rent at which something ends; None: at no share. [ratio]

    Attributes
    ----------
    nothing_leaves
        Share from which the lease liability is all of the vehicle's debt.
    no_relief
        Share from which it is what borrowing and buying would show.
    test_d
        Share from which the lessee's test (d) is met.
    """

    nothing_leaves: float | None
    no_relief: float | None
    test_d: float | None


def term_flips(deal: Deal) -> tuple[TermFlip, ...]:
    """Return the firm term at which each test trips, without renewals, the rest as agreed.

    Parameters
    ----------
    deal
        The deal.
    """
    _, terms = lease_terms(deal)
    life = ceil(read_lease(deal).life)
    seen: dict[float, Classified] = {}

    def at(months: float) -> Classified:
        if months not in seen:
            seen[months] = _classified(deal, Structure(term=months, renewals=()))
        return seen[months]

    found = []
    for name, ask in TERM_TESTS.items():

        def met(months: float, ask: Callable[[Classified], tuple[Classification, str]] = ask) -> bool:
            where, test = ask(at(months))
            return where.test(test).passed

        first = floor(terms.holiday) + 1
        month = first_true(lambda m, met=met: met(float(m)), first, life)  # type: ignore[misc]
        count = first_true(
            lambda n, met=met: met(n * terms.every),  # type: ignore[misc]
            max(1, ceil((terms.holiday + 1e-9) / terms.every)),
            int(life // terms.every),
        )
        found.append(TermFlip(name, month, count, terms.every))
    return tuple(found)


def term_point(deal: Deal, months: float) -> TermPoint:
    """Return a firm term against the marks, with the largest guarantee that passes.

    Parameters
    ----------
    deal
        The deal.
    months
        Firm term, without renewals. [month]
    """
    facts, given = _read(deal, Structure(term=months, renewals=(), guarantee=0.0))
    bare = classified(facts, given)

    def trips(share: float) -> bool:
        return classified(_guaranteed(facts, share), given).lessee_us.test("842-10-25-2(d)").passed

    highest = None if trips(0.0) else 1.0 if not trips(1.0) else _crossing(trips, 0.0, 1.0)
    life, ratio = bare.lessee_us.life_share, bare.lessee_us.ratio
    return TermPoint(months, life, ratio, bare.lessor_us.ratio, highest, facts.hardware)


def usage_flip(deal: Deal, owed: Callable[[dict[str, Any]], float], *, debt: float, borrowed: float) -> UsageFlip:
    """Return the take-or-pay shares at which nothing leaves, no relief is left, and test (d) trips.

    The rent is by use over the firm term as agreed, without renewals.

    Parameters
    ----------
    deal
        The deal.
    owed
        Lease liability on the sponsor's sheet at completion, under changes of the deal. [USD]
    debt
        Of the vehicle on that date. [USD]
    borrowed
        What borrowing and buying would show. [USD]
    """

    def liability(share: float) -> float:
        return owed(changes_of(deal, Structure(renewals=(), usage=share)))

    def met(share: float) -> bool:
        return _classified(deal, Structure(renewals=(), usage=share)).lessee_us.test("842-10-25-2(d)").passed

    def reach(amount: float) -> float | None:
        if whole < amount:
            return None
        return _crossing(lambda x: liability(x) >= amount, 0.0, 1.0, guess=amount / whole)

    whole = liability(1.0)
    return UsageFlip(reach(debt), reach(borrowed), _crossing(met, 0.0, 1.0) if met(1.0) else None)


def first_true(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the first whole number from `low` to `high` at which a rising condition holds, by bisection.

    Examples
    --------
    >>> first_true(lambda n: n * n >= 50, 1, 100), first_true(lambda n: n > 9, 1, 5)
    (8, None)
    """
    if high < low or not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _crossing(holds: Callable[[float], bool], low: float, high: float, guess: float | None = None) -> float:
    """Return the last share at which a rising condition does not hold, to :data:`EXACT`; a good guess saves trials."""
    if guess is not None:
        below, above = max(low, guess - EXACT / 2), min(high, guess + EXACT / 2)
        low, high = (below, high) if not holds(below) else (low, below)
        if low == below and above < high:
            low, high = (low, above) if holds(above) else (above, high)
    if holds(low):
        return low
    while high - low > EXACT:
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low


def _read(deal: Deal, structure: Structure) -> tuple[DealLease, dict[str, bool | None]]:
    variant = revise(deal, changes_of(deal, structure, firm_only=True))
    return read_lease(variant), answers_of(variant)


def _classified(deal: Deal, structure: Structure) -> Classified:
    return classified(*_read(deal, structure))


def _guaranteed(facts: DealLease, share: float) -> DealLease:
    guarantee = ResidualGuarantee(share=share) if share > 0 else None
    return replace(facts, terms=facts.terms.model_copy(update={"residual_value_guarantee": guarantee}))

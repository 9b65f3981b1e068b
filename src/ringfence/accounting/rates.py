"""Discount rates: the convention always said, the rate implicit in a lease, and which rate a lessee uses.

A rate is an annual number **and** how it compounds. ``effective(0.06)`` grows 6.00 % a year whatever the payments;
``nominal(0.06, 12)`` grows 0.5 % a month, which is 6.17 % a year. The same number read both ways moves a three-year
monthly lease by 0.2 % (convention of the source decides: PwC's vehicle case is nominal/12).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, log1p
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, judged
from ringfence.accounting.payments import Payment
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused

Convention = Literal["effective", "nominal"]
LATE = 1e-6
"""Dates closer than this are one date. [month]"""
SAME_RATE = 1e-7
"""Rates closer than this are one rate, found twice. [1/year]"""
ZERO = 1e-9
"""Largest present value at a rate that solves it, as a share of all payments. [ratio]"""
RATE_LESSEE = ("IFRS 16.26", "ASC 842-20-30-3")
IMPLICIT = "IFRS 16 App. A [verify]; ASC 842-10-20 [verify]: rate implicit in the lease"


@dataclass(frozen=True)
class Rate:
    """An annual rate with its convention.

    Parameters
    ----------
    annual
        As quoted. [1/year]
    convention
        ``effective``: grows by `annual` in a year; ``nominal``: by annual / compounding, `compounding` times a year.
    compounding
        Times a year; read for a nominal rate only.

    Examples
    --------
    >>> round(Rate(0.06, "nominal", 12).effective, 6)
    0.061678
    """

    annual: float
    convention: Convention = "effective"
    compounding: int = 1

    def __post_init__(self) -> None:
        one_of("convention", self.convention, get_args(Convention))
        finite("discount-rate", rate=self.annual)
        times = self.compounding if self.convention == "nominal" else 1
        if times < 1 or times % 1 != 0 or self.annual / times <= -1:
            raise refused(
                "discount-rate",
                f"a rate of {self.annual:.4%} ({self.convention}, {self.compounding} times a year) leaves nothing.",
                fix="state a rate above -100% and a whole number of compoundings a year",
            )

    @property
    def effective(self) -> float:
        """Growth in a year. [1/year]"""
        if self.convention == "effective":
            return self.annual
        return expm1(self.compounding * log1p(self.annual / self.compounding))

    def over(self, months: float) -> float:
        """Growth over a stretch of time. [ratio]

        Parameters
        ----------
        months
            Length; twelve are a year. [month]
        """
        return expm1(log1p(self.effective) * months / 12.0)

    def like(self, growth: float) -> Rate:
        """Return a rate of this convention that grows by `growth` in a year.

        Parameters
        ----------
        growth
            Effective. [1/year]
        """
        if self.convention == "effective":
            return Rate(growth)
        return nominal(self.compounding * expm1(log1p(growth) / self.compounding), self.compounding)

    def __str__(self) -> str:
        how = "effective" if self.convention == "effective" else f"nominal/{self.compounding}"
        return f"{self.annual:.4%} {how}"


def effective(annual: float) -> Rate:
    """Return a rate that grows by `annual` in a year. [1/year]"""
    return Rate(annual)


def nominal(annual: float, compounding: int = 12) -> Rate:
    """Return a rate that grows by annual / compounding, `compounding` times a year. [1/year]"""
    return Rate(annual, "nominal", compounding)


@dataclass(frozen=True)
class Solved:
    """A rate that was solved.

    Attributes
    ----------
    rate
        The rate to use.
    solved
        What the equation gives, before a floor. [1/year effective]
    floored
        Whether the floor of 0 was used.
    """

    rate: Rate
    solved: float
    floored: bool = False


def solve_rate(
    payments: Sequence[Payment], amount: float, *, like: Rate | None = None, floor: float | None = None
) -> Solved:
    """Find the rate at which payments are worth an amount on the day they are dated from.

    Parameters
    ----------
    payments
        Dated in months since that day.
    amount
        What they are worth together. [USD]
    like
        A rate whose convention the answer takes; effective if none is given.
    floor
        Least rate; a solved rate below it is replaced. [1/year]

    Returns
    -------
    Solved
        The rate.

    Raises
    ------
    DealError
        If no rate, or more than one, solves it.
    """
    import numpy as np

    from ringfence.run.irr import irr

    finite("rate-unsolvable", amount=amount)

    by_date = {0.0: -amount}
    for p in payments:
        by_date[p.month] = by_date.get(p.month, 0.0) + p.amount
    flows = np.array(list(by_date.values()), dtype=np.float64)
    times = np.array(list(by_date), dtype=np.float64) / 12.0
    root = irr(flows, times)
    total = sum(p.amount for p in payments)
    found = [r for r in root.roots if abs(float(flows @ (1.0 + r) ** -times)) <= ZERO * float(np.abs(flows).sum())]
    value = min(found, key=lambda r: abs(r)) if found else None
    if floor is not None and (value is None or value < floor) and total <= amount:
        return Solved((like or Rate(0.0)).like(floor), -1.0 if value is None else value, True)
    if value is None or max(found) - min(found) > SAME_RATE:
        raise refused(
            "rate-unsolvable",
            f"no single rate makes payments of {total:,.2f} worth {amount:,.2f}: {root.reason}.",
            paragraph=IMPLICIT,
            fix="check the fair value, the residual and the dates of the payments, or state the rate",
        )
    return Solved((like or Rate(0.0)).like(value), value)


def implicit_rate(
    payments: Sequence[Payment],
    *,
    fair_value: float,
    residual: float,
    term: float,
    initial_direct_costs: float = 0.0,
    tax_credit: float = 0.0,
    like: Rate | None = None,
) -> Solved:
    """Find the rate implicit in a lease: payments and residual are worth fair value and the lessor's direct costs.

    Parameters
    ----------
    payments
        Lease payments; guarantees not among them belong in `residual`.
    fair_value
        Of the asset at the date of the test. [USD]
    residual
        Expected value at the end of the term, guaranteed or not. [USD]
    term
        [month]
    initial_direct_costs
        Of the lessor, deferred (IFRS; ASC 842 where no selling profit arises). [USD]
    tax_credit
        Investment tax credit the lessor keeps (ASC 842). [USD]
    like
        A rate whose convention the answer takes.

    Returns
    -------
    Solved
        Floored at zero (ASC 842; PwC leases 4-9).
    """
    finite("residual", residual=residual, fair_value=fair_value)
    magnitudes("lease-amounts", initial_direct_costs=initial_direct_costs, tax_credit=tax_credit)
    if residual < 0 or fair_value <= 0 or tax_credit >= fair_value:
        raise refused(
            "residual",
            f"the residual is {residual:,.2f}, the fair value {fair_value:,.2f} and the tax credit {tax_credit:,.2f}.",
            paragraph=IMPLICIT,
            fix="a residual is 0 or more, and a fair value above 0 and above the tax credit",
        )
    late = max((p.month for p in payments), default=0.0)
    if late > term + LATE:
        raise refused("lease-dates", f"a payment is dated month {late:g}, after the end of the term in month {term:g}.")
    flows = [*payments, Payment(term, residual, "arrears", "residual")] if residual else list(payments)
    return solve_rate(flows, fair_value + initial_direct_costs - tax_credit, like=like, floor=0.0)


@dataclass(frozen=True)
class LesseeRate:
    """The rate a lessee uses, and why."""

    rate: Rate
    kind: Literal["implicit", "incremental borrowing rate"]
    test: Test


def lessee_rate(
    *, borrowing: Rate, implicit: Rate | None = None, readily_determinable: bool | None = None
) -> LesseeRate:
    """Choose the lessee's rate: the implicit rate if it can be readily determined, else its own.

    Parameters
    ----------
    borrowing
        Incremental borrowing rate for term, security and amount of the lease.
    implicit
        Rate implicit in the lease, as far as known.
    readily_determinable
        The attested judgement; None if nobody has. Without a yes the borrowing rate is used.
    """
    use = bool(readily_determinable) and implicit is not None
    words = {
        True: "The implicit rate is attested as readily determinable and is used.",
        False: "The implicit rate is attested as not readily determinable; the incremental borrowing rate is used.",
        None: "Nobody has attested whether the lessee can readily determine the implicit rate; the incremental "
        "borrowing rate is used. A sponsor that designed the vehicle may know it.",
    }
    evidence = {"incremental borrowing rate": borrowing.effective} | (
        {"implicit rate": implicit.effective} if implicit else {}
    )
    test = judged("discount-rate", cite(*RATE_LESSEE), readily_determinable, evidence, words[readily_determinable])
    if use and implicit is not None:
        return LesseeRate(implicit, "implicit", test)
    return LesseeRate(borrowing, "incremental borrowing rate", test)

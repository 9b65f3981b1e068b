"""Payments of a lease: dated, in advance or in arrears, and which of them the liability measures.

Amounts are what the lessee pays, dated in months since commencement. A payment *in advance* is for the rental period
that starts on its day, *in arrears* for the one that ends. On a reporting date that is also a payment date the payment
in arrears has been made and the payment in advance has not: that is the balance accounts report.

Measured: fixed and in-substance fixed payments less incentives receivable, payments on an index at its value on the day
of measurement, amounts under a residual guarantee, options and penalties that are reasonably certain (IFRS 16.27;
ASC 842-10-30-5). Usage counts with its floor only (IFRS 16.28, 16.B42).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ringfence.accounting.refusals import finite, magnitudes, one_of, refused, shares

Timing = Literal["advance", "arrears"]
Kind = Literal[
    "fixed", "index", "in_substance_fixed", "guarantee", "purchase", "penalty", "incentive", "residual", "put"
]


@dataclass(frozen=True)
class Payment:
    """One payment.

    Parameters
    ----------
    month
        Months since commencement. [month]
    amount
        Paid by the lessee; an incentive receivable is negative. [USD]
    timing
        For the rental period that starts (``advance``) or ends (``arrears``) on that day.
    kind
        What it is; decides what measures it.
    """

    month: float
    amount: float
    timing: Timing = "arrears"
    kind: Kind = "fixed"

    def __post_init__(self) -> None:
        one_of("timing", self.timing, get_args(Timing))
        one_of("kind", self.kind, get_args(Kind))
        finite("lease-dates", month=self.month)
        finite("lease-amounts", amount=self.amount)
        if self.month < 0:
            raise refused(
                "lease-dates",
                f"a payment of {self.amount:,.2f} is dated {-self.month:g} months before commencement.",
                paragraph="IFRS 16.24(b)",
                fix="give it as a prepayment",
            )
        if self.amount != 0 and (self.amount < 0) != (self.kind == "incentive"):
            raise refused(
                "lease-amounts",
                f"a {self.kind} payment in month {self.month:g} is {self.amount:,.2f}.",
                fix="state what the lessee pays as a magnitude, and what it receives as an incentive, below 0",
            )


Payments = tuple[Payment, ...]


def level(
    amount: float,
    n: int,
    *,
    timing: Timing,
    every: float = 12.0,
    growth: float = 0.0,
    start: float = 0.0,
    kind: Kind = "fixed",
) -> Payments:
    """Return n regular payments.

    Parameters
    ----------
    amount
        The first. [USD]
    n
        How many.
    timing
        In advance or in arrears.
    every
        Rental period. [month]
    growth
        From one payment to the next. [ratio]
    start
        Start of the first rental period. [month]
    kind
        What they are.
    """
    amounts = [amount * (1 + growth) ** k for k in _count(n)]
    return stepped(amounts, timing=timing, every=every, start=start, kind=kind)


def _count(n: int) -> range:
    """Numbers of n rental periods."""
    if n < 1 or n % 1 != 0:
        raise refused("lease-dates", f"a lease has {n} rental periods.", fix="state a whole number above 0")
    return range(int(n))


def stepped(
    amounts: Iterable[float], *, timing: Timing, every: float = 12.0, start: float = 0.0, kind: Kind = "fixed"
) -> Payments:
    """Return regular payments of any amounts.

    Parameters
    ----------
    amounts
        One a rental period. [USD]
    timing, every, start, kind
        As for :func:`level`.
    """
    if every <= 0:
        raise refused("lease-dates", f"a rental period lasts {every:g} months.", fix="state a length above 0")
    first = start if timing == "advance" else start + every
    return tuple(Payment(first + k * every, a, timing, kind) for k, a in enumerate(amounts))


def escalating(
    amount: float, n: int, *, timing: Timing, every: float, rate: float, step: float = 12.0, start: float = 0.0
) -> Payments:
    """Return payments that step up every `step` months, as an annual escalator does.

    Parameters
    ----------
    amount, n, timing, every, start
        As for :func:`level`.
    rate
        Step. [ratio]
    step
        [month]
    """
    if step <= 0:
        raise refused("lease-dates", f"rent steps up every {step:g} months.", fix="state a length above 0")
    growths = [(1 + rate) ** int((k * every + 1e-9) // step) for k in _count(n)]
    return stepped([amount * g for g in growths], timing=timing, every=every, start=start)


def option(price: float, month: float, *, kind: Kind = "purchase", timing: Timing = "advance") -> Payment:
    """Return the price of an option or a penalty, due after the accounts of that day. [USD]"""
    return Payment(month, price, timing, kind)


def incentive(amount: float, month: float, *, timing: Timing = "advance") -> Payment:
    """Return an incentive still to be received: a magnitude. [USD]"""
    magnitudes("lease-amounts", incentive=amount)
    return Payment(month, -amount, timing, "incentive")


def indexed(payments: Iterable[Payment], factor: float, *, since: float = 0.0, kinds: Sequence[Kind] = ()) -> Payments:
    """Return the payments from a date on at the index of that date.

    Parameters
    ----------
    payments
        As measured so far.
    factor
        Index now / index of the payments. [ratio]
    since
        First payment date revised; one in arrears on that day is for the past and stays. [month]
    kinds
        Kinds that follow the index; fixed and index payments if none are named.
    """
    follow = kinds or ("fixed", "index", "in_substance_fixed")
    return tuple(replace(p, amount=p.amount * factor) if p.kind in follow and _later(p, since) else p for p in payments)


def _later(payment: Payment, month: float) -> bool:
    return payment.month > month + 1e-9 or (abs(payment.month - month) <= 1e-9 and payment.timing == "advance")


def from_date(payments: Iterable[Payment], month: float) -> Payments:
    """Return what is not yet paid in the accounts of a date.

    Parameters
    ----------
    payments
        Any.
    month
        The date. [month]
    """
    return tuple(p for p in payments if _later(p, month))


def undiscounted(payments: Iterable[Payment]) -> float:
    """Sum payments. [USD]"""
    return float(sum(p.amount for p in payments))


def usage_floor(paths: Sequence[Sequence[float]], *, timing: Timing, every: float, start: float = 0.0) -> Payments:
    """Return the in-substance fixed part of usage rent: the least that any modelled path pays in each rental period.

    Parameters
    ----------
    paths
        Payments by path and rental period. [USD]
    timing, every, start
        As for :func:`level`.

    Returns
    -------
    tuple of Payment
        Floors above 0; none where usage may be nothing (IFRS 16.28, 16.B42; ASC 842-10-30-6).
    """
    if not paths or len({len(p) for p in paths}) != 1:
        raise refused("sample", "paths of usage rent have no or different numbers of rental periods.")
    least = [min(column) for column in zip(*paths, strict=True)]
    finite(
        "lease-amounts", **{f"rent_of_period_{k + 1}": sum(column) for k, column in enumerate(zip(*paths, strict=True))}
    )
    if min(least, default=0.0) < 0:
        raise refused("lease-amounts", f"usage rent is {min(least):,.2f} on a path.", fix="rent is a magnitude")
    found = stepped(least, timing=timing, every=every, start=start, kind="in_substance_fixed")
    return tuple(p for p in found if p.amount > 0)


def take_or_pay(
    full: float, share: float, n: int, *, timing: Timing, every: float = 12.0, start: float = 0.0
) -> Payments:
    """Return the payments of a usage contract that must be paid whatever is used.

    Parameters
    ----------
    full
        Payment at full use. [USD per rental period]
    share
        Minimum, as a share of it. [ratio]
    n, timing, every, start
        As for :func:`level`.
    """
    shares("share", share=share)
    if share == 0:
        return ()
    return level(full * share, n, timing=timing, every=every, start=start, kind="in_substance_fixed")


def with_floor(payments: Iterable[Payment], least: float) -> Payments:
    """Return payments of which each is at least a floor, whatever its index or usage does. [USD]"""
    magnitudes("lease-amounts", least=least)
    return tuple(p if p.kind == "incentive" else replace(p, amount=max(p.amount, least)) for p in payments)


# --- components ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Allocation:
    """Consideration of a contract by component. [USD]"""

    parts: Mapping[str, float]
    expedient: bool

    def __getitem__(self, component: str) -> float:
        return self.parts[component]


def allocate(
    consideration: float, standalone: Mapping[str, float], *, lease: str = "lease", expedient: bool = False
) -> Allocation:
    """Share the consideration of a contract over its components by stand-alone price.

    Parameters
    ----------
    consideration
        Payment of the contract. [USD]
    standalone
        Observable stand-alone price by component. [USD]
    lease
        The lease component that absorbs the rest under the expedient.
    expedient
        Not to separate non-lease components (IFRS 16.15; ASC 842-10-15-37). Increases the liability.

    Returns
    -------
    Allocation
        Adds to the consideration (IFRS 16.13-16; ASC 842-10-15-33).
    """
    magnitudes("lease-amounts", consideration=consideration)
    finite("lease-amounts", **dict(standalone))
    prices = sum(standalone.values())
    if min(standalone.values(), default=0.0) < 0 or prices <= 0:
        raise refused(
            "lease-amounts",
            f"stand-alone prices of {', '.join(standalone) or 'no component'} add up to {prices:,.2f}.",
            paragraph="IFRS 16.13",
            fix="give each component a stand-alone price, and at least one above 0",
        )
    if expedient:
        one_of("lease", lease, standalone)
        return Allocation({name: consideration if name == lease else 0.0 for name in standalone}, True)
    return Allocation({name: consideration * price / prices for name, price in standalone.items()}, False)

"""Sale and leaseback: was it a sale, and what is left on the seller's books if it was not.

First the test: control must pass (IFRS 15 / ASC 606); a repurchase right blocks it; under ASC 842 a leaseback that is
itself finance or sales-type is no sale (842-40-25-2). A sale under IFRS 16 recognises only the gain on what was
transferred; under ASC 842 the whole gain. A price above fair value is financing, below it prepaid rent. A failed sale
leaves the asset in the books and the proceeds as a loan.

A sponsor that controlled the asset before the vehicle bought it is a seller-lessee too: ``control_first.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, computed, judged
from ringfence.accounting.payments import Payment, Payments, from_date
from ringfence.accounting.rates import Rate, solve_rate
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused
from ringfence.accounting.schedule import NEAR, Schedule, open_grid, present_value
from ringfence.sheet import constant, least
from ringfence.units import MONTH, USD

Framework = Literal["IFRS 16", "ASC 842"]


@dataclass(frozen=True)
class SaleFacts:
    """What decides whether a transfer is a sale.

    Parameters
    ----------
    control_passes
        Attested: the buyer obtains control under IFRS 15 / ASC 606; None if nobody has.
    repurchase_option
        Whether the seller may or must buy back.
    option_at_fair_value, alternatives_available
        ASC 842-40-25-3: the strike is fair value at exercise, and substantially the same assets are readily available.
    leaseback_finance
        ASC 842: whether the leaseback is classified finance or sales-type.
    """

    control_passes: bool | None = None
    repurchase_option: bool = False
    option_at_fair_value: bool = False
    alternatives_available: bool = False
    leaseback_finance: bool = False


@dataclass(frozen=True)
class SaleTest:
    """Whether a transfer is a sale: all tests pass."""

    framework: Framework
    tests: tuple[Test, ...]

    @property
    def sale(self) -> bool:
        """A sale beyond doubt; an unattested transfer of control is none."""
        return all(t.passed for t in self.tests)


def sale_test(facts: SaleFacts, framework: Framework) -> SaleTest:
    """Test whether a transfer is a sale.

    Parameters
    ----------
    facts
        Of the transfer and the leaseback.
    framework
        IFRS 16 or ASC 842.

    Returns
    -------
    SaleTest
        The tests in order.
    """
    one_of("framework", framework, get_args(Framework))
    us = framework == "ASC 842"
    control = judged(
        "control",
        cite("ASC 842-40-25-1") if us else cite("IFRS 16.99"),
        facts.control_passes,
        {},
        {
            True: "The buyer obtains control of the asset.",
            False: "The buyer does not obtain control of the asset.",
            None: "Whether the buyer obtains control is not attested.",
        }[facts.control_passes],
    )
    allowed = us and facts.option_at_fair_value and facts.alternatives_available
    option = computed(
        "repurchase",
        cite("ASC 842-40-25-3") if us else cite("IFRS 15.B64"),
        not facts.repurchase_option or allowed,
        {
            "repurchase option": facts.repurchase_option,
            "at fair value": facts.option_at_fair_value,
            "alternatives readily available": facts.alternatives_available,
        },
        "No right or duty to buy back."
        if not facts.repurchase_option
        else "The option is at fair value and the like is readily available."
        if allowed
        else "The seller may buy back: control does not pass.",
    )
    if not us:
        return SaleTest(framework, (control, option))
    leaseback = computed(
        "leaseback",
        cite("ASC 842-40-25-2"),
        not facts.leaseback_finance,
        {"finance": facts.leaseback_finance},
        "The leaseback is a finance lease: no sale."
        if facts.leaseback_finance
        else "The leaseback is an operating lease.",
    )
    return SaleTest(framework, (control, option, leaseback))


@dataclass(frozen=True)
class SaleAndLeaseback:
    """A sale with leaseback in the seller-lessee's books. [USD]

    Attributes
    ----------
    present_value
        Of the leaseback payments, expected variable ones included.
    financing
        Sale price above fair value: a loan from the buyer.
    prepaid
        Sale price below fair value: rent paid ahead.
    liability
        Lease liability: PV less the financing.
    rou
        Right retained.
    gain, gain_retained
        Recognised; left in the right of use (IFRS).
    paragraphs
        Of the rule.
    """

    framework: Framework
    present_value: float
    financing: float
    prepaid: float
    liability: float
    rou: float
    gain: float
    gain_retained: float
    paragraphs: str

    @property
    def total_liability(self) -> float:
        """Lease liability and financing. [USD]"""
        return self.liability + self.financing


def sale_and_leaseback(
    framework: Framework,
    *,
    sale_price: float,
    fair_value: float,
    carrying_amount: float,
    payments: Sequence[Payment] = (),
    rate: Rate | None = None,
    present: float | None = None,
) -> SaleAndLeaseback:
    """Measure a transfer that is a sale.

    Parameters
    ----------
    framework
        IFRS 16.100-102A or ASC 842-40-25-4, 30-1 to 30-3.
    sale_price, fair_value, carrying_amount
        Of the asset on the day. [USD]
    payments, rate
        Leaseback payments and discount rate; expected variable payments too under IFRS (102A), so that no gain is
        recognised on the right retained.
    present
        PV of the leaseback payments, instead of the two. [USD]

    Returns
    -------
    SaleAndLeaseback
        Liability, right of use, gain. Payments worth more than the asset keep more than all of it: the formula of
        16.100(a) then gives a loss, and says that rate or rent is off market.
    """
    one_of("framework", framework, get_args(Framework))
    finite("sale-and-leaseback", sale_price=sale_price, fair_value=fair_value, carrying_amount=carrying_amount)
    magnitudes("sale-and-leaseback", present=present)
    if min(sale_price, fair_value) <= 0 or carrying_amount < 0:
        raise refused(
            "sale-and-leaseback",
            f"sale price {sale_price:,.2f}, fair value {fair_value:,.2f}, carrying amount {carrying_amount:,.2f}.",
            paragraph=cite("IFRS 16.100"),
            fix="state amounts above 0",
        )
    if (present is None) == (not payments):
        raise refused(
            "sale-and-leaseback",
            "neither payments nor a present value are given." if present is None else "payments and a present value.",
            fix="give payments and their rate, or their present value",
        )
    if present is None:
        if rate is None:
            raise refused("sale-and-leaseback", "the payments have no rate.", fix="give one")
        present = present_value(payments, rate)
    financing, prepaid = max(sale_price - fair_value, 0.0), max(fair_value - sale_price, 0.0)
    liability = present - financing
    whole = fair_value - carrying_amount
    if liability < 0:
        raise refused(
            "sale-and-leaseback",
            f"the price exceeds fair value by {financing:,.2f}, but the leaseback is worth only {present:,.2f}.",
            paragraph=cite("IFRS 16.101"),
            fix="check the fair value and the payments",
        )
    if framework == "ASC 842":
        paragraphs = cite("ASC 842-40-25-4", "ASC 842-40-30-2")
        return SaleAndLeaseback(
            framework, present, financing, prepaid, liability, liability + prepaid, whole, 0.0, paragraphs
        )
    retained = (liability + prepaid) / fair_value
    return SaleAndLeaseback(
        framework,
        present,
        financing,
        prepaid,
        liability,
        carrying_amount * retained,
        whole * (1 - retained),
        whole * retained,
        cite("IFRS 16.100", "IFRS 16.101", "IFRS 16.102A"),
    )


@dataclass(frozen=True)
class FailedSale:
    """A transfer that is no sale: the asset stays, the proceeds are a loan. [USD]

    Attributes
    ----------
    rate
        On the liability, after the adjustment of ASC 842-40-30-6.
    adjusted
        Why the rate was adjusted, or empty.
    schedule
        Rows ``liability.*`` and ``asset.*``.
    """

    rate: Rate
    adjusted: str
    schedule: Schedule
    paragraphs: str

    @property
    def liability(self) -> tuple[float, ...]:
        """Liability on each anniversary. [USD]"""
        return self.schedule.year_ends("liability.reported")

    @property
    def interest(self) -> tuple[float, ...]:
        """By year. [USD]"""
        return self.schedule.yearly("liability.interest")

    @property
    def asset(self) -> tuple[float, ...]:
        """Carrying amount of the asset on each anniversary. [USD]"""
        return self.schedule.year_ends("asset.closing")

    @property
    def gain_at_end(self) -> float:
        """Liability less carrying amount when the leaseback ends without repurchase. [USD]"""
        return self.liability[-1] - self.asset[-1]


def failed_sale(
    framework: Framework,
    *,
    proceeds: float,
    payments: Payments,
    rate: Rate,
    term: float,
    carrying_amount: float,
    depreciation_pa: float,
    name: str = "failed_sale",
) -> FailedSale:
    """Measure a failed sale in the seller-lessee's books.

    Parameters
    ----------
    framework
        IFRS 16.103 (IFRS 9 at the rate that the payments imply or `rate`) or ASC 842-40-25-5, 30-6.
    proceeds
        Received from the buyer. [USD]
    payments
        Of the leaseback.
    rate
        Incremental borrowing rate.
    term
        Of the leaseback. [month]
    carrying_amount, depreciation_pa
        Of the asset, kept. [USD], [USD per year]
    name
        Prefix of the rows.

    Returns
    -------
    FailedSale
        Under ASC 842 the rate is lowered where the liability would grow over the term, and raised where the asset
        would end above the liability.
    """
    one_of("framework", framework, get_args(Framework))
    finite("sale-and-leaseback", proceeds=proceeds, term=term)
    magnitudes("sale-and-leaseback", carrying_amount=carrying_amount, depreciation_pa=depreciation_pa)
    if proceeds <= 0 or term <= 0:
        raise refused(
            "sale-and-leaseback", f"proceeds are {proceeds:,.2f} and the term {term:g} months.", fix="state both"
        )
    late = max((p.month for p in payments), default=0.0)
    if late > term + NEAR:
        raise refused("lease-dates", f"a payment is dated month {late:g}, after the leaseback ends in month {term:g}.")
    end = max(carrying_amount - depreciation_pa * term / 12.0, 0.0)
    why = ""
    if framework == "ASC 842":
        left = _balance(proceeds, payments, rate, term)
        if left > proceeds + 1e-9 * proceeds:
            rate, why = _ending(proceeds, payments, term, proceeds, rate), "no negative amortisation: 842-40-30-6(a)"
        elif left < end - 1e-9 * max(end, 1.0):
            rate, why = _ending(proceeds, payments, term, end, rate), "asset not above the liability: 842-40-30-6(b)"
    paragraphs = cite("ASC 842-40-25-5", "ASC 842-40-30-6") if framework == "ASC 842" else cite("IFRS 16.103")
    return FailedSale(
        rate, why, _failed_rows(name, proceeds, payments, rate, term, carrying_amount, depreciation_pa), paragraphs
    )


def _balance(proceeds: float, payments: Sequence[Payment], rate: Rate, month: float) -> float:
    """Liability at a date, rent of the day in arrears paid. [USD]"""
    growth = 1.0 + rate.over(month)
    paid = [p for p in payments if p not in from_date(payments, month)]
    return growth * (proceeds - present_value(paid, rate)) if paid else growth * proceeds


def _ending(proceeds: float, payments: Sequence[Payment], term: float, left: float, like: Rate) -> Rate:
    """Rate at which the liability ends at a given amount."""
    paid = [p for p in payments if p not in from_date(payments, term)]
    return solve_rate([*paid, Payment(term, left)], proceeds, like=like).rate


def _failed_rows(
    name: str, proceeds: float, payments: Payments, rate: Rate, term: float, carrying: float, depreciation: float
) -> Schedule:
    grid = open_grid(name, [*(p.month for p in payments), term])
    s, first = grid.sheet, grid.flag("starts", 0.0)
    opening = s.opening(f"{name}.liability", unit=USD)
    lent = grid.series("liability.proceeds", [proceeds, *[0.0] * (len(grid.months) - 1)], "proceeds of the transfer")
    interest = s.row(
        f"{name}.liability.interest", opening * (grid.growth("rate", rate) - 1), unit=USD, label="interest"
    )
    arrears = grid.paid("liability.arrears", payments, "arrears")
    s.row(f"{name}.liability.reported", opening + lent + interest - arrears, unit=USD, label="before rent due that day")
    advance = grid.paid("liability.advance", payments, "advance")
    s.close(f"{name}.liability", opening, add=[lent, interest], less=[arrears, advance])
    cost = s.scalar(f"{name}.asset.cost", carrying, unit=USD, label="carrying amount at the transfer")
    a_year = s.scalar(f"{name}.asset.depreciation_pa", depreciation, unit=USD, label="depreciation of a year")
    held = s.opening(f"{name}.asset", unit=USD)
    kept = s.row(f"{name}.asset.kept", first * cost, unit=USD, label="asset not derecognised")
    year = constant(12.0, MONTH)
    worn = s.row(f"{name}.asset.depreciation", least(held, a_year * grid.length / year), unit=USD, label="depreciation")
    s.close(f"{name}.asset", held, add=[kept], less=[worn])
    return grid.finish()

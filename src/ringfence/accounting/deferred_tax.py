"""Deferred tax on a lease: asset and liability separately, from the temporary differences of its schedule.

IAS 12.22A (2021): the initial recognition exemption does not apply where the lease gives equal taxable and deductible
differences, so both are recognised on day one. What the tax law deducts decides which side has a tax base: cash rent
(deduction belongs to the liability: tax base of both is nil) or depreciation and interest (then no difference at all).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.lessee import LesseeMeasurement
from ringfence.accounting.refusals import finite, one_of, refused

Deduction = Literal["cash", "expense"]


@dataclass(frozen=True)
class DeferredTax:
    """Deferred tax on each reporting date; the first is commencement. [USD]

    Attributes
    ----------
    months
        Reporting dates. [month]
    asset
        On the lease liability.
    liability
        On the right-of-use asset.
    paragraph
        Of the rule.
    """

    months: tuple[float, ...]
    asset: tuple[float, ...]
    liability: tuple[float, ...]
    paragraph: str

    @property
    def net(self) -> tuple[float, ...]:
        """Asset less liability; they may be offset under IAS 12.74. [USD]"""
        return tuple(a - b for a, b in zip(self.asset, self.liability, strict=True))

    @property
    def expense(self) -> tuple[float, ...]:
        """Deferred tax expense of each period after the first; negative is income. [USD]"""
        return tuple(a - b for a, b in zip(self.net, self.net[1:], strict=False))


def deferred_tax(measured: LesseeMeasurement, tax_rate: float, *, deduction: Deduction = "cash") -> DeferredTax:
    """Return deferred tax on a lease.

    Parameters
    ----------
    measured
        The lease in the lessee's books.
    tax_rate
        Enacted. [ratio]
    deduction
        ``cash``: rent is deducted when paid; ``expense``: interest and amortisation are, so that bases equal
        carrying amounts.

    Returns
    -------
    DeferredTax
        At commencement, on each anniversary and at the end.
    """
    one_of("deduction", deduction, get_args(Deduction))
    if not 0 <= tax_rate < 1:
        raise refused(
            "discount-rate", f"the tax rate is {tax_rate:.2%}.", paragraph=cite("IAS 12.47"), fix="0% to 100%"
        )
    s = measured.schedule
    marks = (0.0, *(min(12.0 * (k + 1), s.months[-1]) for k in range(s.years)))
    share = tax_rate if deduction == "cash" else 0.0
    owed = [s.at("liability.closing", 0.0), *(s.at("liability.reported", m) for m in marks[1:])]
    held = [s.at("rou.closing", m) for m in marks]
    return DeferredTax(
        marks,
        tuple(share * x for x in owed),
        tuple(share * x for x in held),
        cite("IAS 12.15", "IAS 12.22A", "IAS 12.24"),
    )


def unremitted_profit(profit: float, tax_rate: float, *, controls_reversal: bool, expected: bool) -> float:
    """Return the deferred tax liability on undistributed profit of a vehicle.

    Parameters
    ----------
    profit
        Undistributed share. [USD]
    tax_rate
        On distribution. [ratio]
    controls_reversal
        Whether the holder controls when it is paid out.
    expected
        Whether it will be paid out in the foreseeable future.

    Returns
    -------
    float
        None where the holder controls the timing and does not expect it (IAS 12.39). [USD]
    """
    finite("lease-amounts", profit=profit)
    if not 0 <= tax_rate < 1:
        raise refused(
            "discount-rate", f"the tax rate is {tax_rate:.2%}.", paragraph=cite("IAS 12.47"), fix="0% to 100%"
        )
    if profit < 0:
        return 0.0  # a loss is no liability; whether it is an asset is asked by IAS 12.44
    return 0.0 if controls_reversal and not expected else profit * tax_rate

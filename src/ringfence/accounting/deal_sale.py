"""Had the sponsor the GPUs first: whether the transfer to the vehicle is a sale, and what the sponsor then books.

The tests are those of ``sale_leaseback.py``; what they ask is read from the deal: a purchase option is a right to buy
back, the leaseback is classified as the lease is, and control under IFRS 15 is a judgement the deal states or leaves
open. A sale that is not beyond doubt is none: the sponsor's column is then the failed sale.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.lease_basis import renewals_in
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.sale_leaseback import (
    Framework,
    SaleAndLeaseback,
    SaleFacts,
    SaleTest,
    sale_and_leaseback,
    sale_test,
)
from ringfence.accounting.schedule import present_value
from ringfence.terms.accounting_sponsor import SaleTerms


@dataclass(frozen=True)
class DealSale:
    """The transfer in the sponsor's books.

    Attributes
    ----------
    test
        Whether it is a sale.
    measured
        Liability, right retained and gain if it is one and the carrying amount is known; else None.
    obligation
        Financing obligation if it is none: the proceeds. [USD]
    """

    test: SaleTest
    measured: SaleAndLeaseback | None
    obligation: float

    @property
    def transferred(self) -> bool:
        """Whether it is a sale if no lease follows: how the leaseback is classified then says nothing."""
        return all(t.passed for t in self.test.tests if t.id != "leaseback")


def _by_use(report: LeaseReport) -> float:
    """PV of the rent by use that is expected beyond take-or-pay: a seller measures it too (IFRS 16.102A). [USD]"""
    counted = 1 + renewals_in(report.facts, report.term)
    return sum(
        present_value(payments, report.rate.rate)
        for t in report.facts.tranches
        for payments in t.by_use[:counted]
        if payments
    )


def deal_sale(report: LeaseReport, framework: Framework) -> DealSale:
    """Test the transfer of a deal.

    Parameters
    ----------
    report
        Its lease.
    framework
        IFRS 16 or ASC 842.
    """
    facts, option = report.facts, report.facts.terms.purchase_option
    stated = facts.accounting.sale or SaleTerms(carrying_amount=1.0)
    test = sale_test(
        SaleFacts(
            control_passes=stated.control_passes,
            repurchase_option=option is not None,
            option_at_fair_value=option is not None and option.price == "market",
            alternatives_available=stated.alternatives_available,
            leaseback_finance=report.lessee_us.kind == "finance",
        ),
        framework,
    )
    measured = None
    if test.sale and facts.accounting.sale is not None:
        books = report.ifrs if framework == "IFRS 16" else report.us
        measured = sale_and_leaseback(
            framework,
            sale_price=facts.hardware,
            fair_value=facts.fair_value,
            carrying_amount=stated.carrying_amount * facts.hardware,
            present=books.present_value + (_by_use(report) if framework == "IFRS 16" else 0.0),
        )
    return DealSale(test, measured, 0.0 if test.sale else facts.hardware)

"""Borrowing costs capitalised into an asset that takes long to get ready.

Specific borrowings: actual cost less what the money earned meanwhile (IAS 23.12; US GAAP does not deduct it, ASC
835-20, except on tax-exempt borrowings). General borrowings: a weighted rate on the expenditure not covered by specific
ones, for the months it was outstanding, and never more than was incurred (IAS 23.14). Capitalising starts with
expenditure, cost and activity together (17), stops while work is suspended (20) and ends when the asset is ready (22).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Test, judged
from ringfence.accounting.refusals import finite, magnitudes, one_of, refused

Framework = Literal["IAS 23", "ASC 835-20"]


@dataclass(frozen=True)
class Borrowing:
    """A loan over the period.

    Parameters
    ----------
    amount
        Weighted average outstanding. [USD]
    rate
        [1/year]
    interest
        Cost of the year, instead of the rate. [USD]
    """

    amount: float
    rate: float | None = None
    interest: float | None = None

    def __post_init__(self) -> None:
        finite("borrowing-costs", amount=self.amount)
        magnitudes("borrowing-costs", rate=self.rate, interest=self.interest)
        if self.amount <= 0 or (self.rate is None) == (self.interest is None):
            raise refused(
                "borrowing-costs",
                f"a loan of {self.amount:,.2f} has rate {self.rate} and interest {self.interest}.",
                paragraph=cite("IAS 23.14"),
                fix="state an amount above 0 and either rate or interest",
            )

    @property
    def cost(self) -> float:
        """Cost of a year. [USD]"""
        return self.interest if self.interest is not None else self.amount * (self.rate or 0.0)


@dataclass(frozen=True)
class Placement:
    """Borrowed money invested until it is needed: amount [USD], rate [1/year], months."""

    amount: float
    rate: float
    months: float

    def __post_init__(self) -> None:
        magnitudes("borrowing-costs", amount=self.amount, rate=self.rate, months=self.months)

    @property
    def income(self) -> float:
        """Earned. [USD]"""
        return self.amount * self.rate * self.months / 12.0


@dataclass(frozen=True)
class Expenditure:
    """Money spent on the asset: amount [USD] and months from then to the end of capitalisation, less suspensions."""

    amount: float
    months: float

    def __post_init__(self) -> None:
        finite("borrowing-costs", amount=self.amount, months=self.months)
        if self.amount < 0 or self.months < 0:
            raise refused(
                "borrowing-costs",
                f"expenditure of {self.amount:,.2f} is outstanding for {self.months:g} months.",
                paragraph=cite("IAS 23.17", "IAS 23.22"),
                fix="date it before the asset is ready, and take suspended months off",
            )


def specific_costs(
    borrowing: Borrowing,
    months: float,
    placements: Sequence[Placement] = (),
    *,
    framework: Framework = "IAS 23",
    tax_exempt: bool = False,
) -> float:
    """Return the capitalised cost of a loan taken for the asset.

    Parameters
    ----------
    borrowing
        The loan.
    months
        Of capitalisation, without suspended ones. [month]
    placements
        What it earned before it was spent.
    framework
        ASC 835-20 does not deduct income, except on tax-exempt borrowings.
    tax_exempt
        US: whether the borrowing is tax-exempt.

    Returns
    -------
    float
        IAS 23.12; nothing where the money earned more than it cost. [USD]
    """
    one_of("framework", framework, get_args(Framework))
    magnitudes("borrowing-costs", months=months)
    for p in placements:
        if p.amount > borrowing.amount or p.months > months:
            raise refused(
                "borrowing-costs",
                f"{p.amount:,.2f} is placed for {p.months:g} months, of a loan of {borrowing.amount:,.2f} over "
                f"{months:g} months.",
                paragraph=cite("IAS 23.12"),
                fix="state what of the loan was not yet spent, for months inside the capitalisation period",
            )
    cost = borrowing.cost * months / 12.0
    deducted = framework == "IAS 23" or tax_exempt
    return max(cost - (sum(p.income for p in placements) if deducted else 0.0), 0.0)


def capitalisation_rate(borrowings: Sequence[Borrowing]) -> float:
    """Return the weighted average cost of general borrowings (IAS 23.14). [1/year]

    Parameters
    ----------
    borrowings
        Outstanding in the period, without specific ones for assets not finished.
    """
    if not borrowings:
        raise refused("borrowing-costs", "there are no general borrowings.", paragraph=cite("IAS 23.14"))
    return sum(b.cost for b in borrowings) / sum(b.amount for b in borrowings)


@dataclass(frozen=True)
class Capitalised:
    """Borrowing costs that enter the asset. [USD]

    Attributes
    ----------
    rate
        Capitalisation rate of general borrowings. [1/year]
    specific, general
        By kind of borrowing.
    capped
        Whether the general part was cut to what was incurred.
    """

    rate: float
    specific: float
    general: float
    capped: bool

    @property
    def total(self) -> float:
        """Together. [USD]"""
        return self.specific + self.general


def general_costs(
    borrowings: Sequence[Borrowing],
    expenditures: Sequence[Expenditure],
    *,
    incurred: float | None = None,
    specific: float = 0.0,
) -> Capitalised:
    """Return the capitalised cost of general borrowings.

    Parameters
    ----------
    borrowings
        General borrowings.
    expenditures
        Financed by them: without what specific borrowings paid.
    incurred
        Borrowing cost incurred in the period; left out: a year of every loan. [USD]
    specific
        Capitalised from specific borrowings. [USD]
    """
    magnitudes("borrowing-costs", incurred=incurred, specific=specific)
    rate = capitalisation_rate(borrowings)
    asked = rate * sum(e.amount * e.months / 12.0 for e in expenditures)
    most = sum(b.cost for b in borrowings) if incurred is None else incurred
    return Capitalised(rate, specific, min(asked, most), asked > most)


def avoidable_interest(
    expenditures: Sequence[Expenditure], *, specific: Sequence[Borrowing] = (), general: Sequence[Borrowing] = ()
) -> Capitalised:
    """Return the interest that ASC 835-20-30 capitalises: what would have been avoided without the asset.

    Parameters
    ----------
    expenditures
        Of the period, financed in whatever way; weighted by the time they were outstanding. A full year, or the part
        of it until the asset was ready.
    specific
        Loans taken for the asset: their rate up to their amount.
    general
        Other loans: their weighted rate on the rest.

    Returns
    -------
    Capitalised
        Never more than the interest incurred on the loans given, of a year.
    """
    spent = sum(e.amount * e.months / 12.0 for e in expenditures)
    own = sum(b.amount for b in specific)
    cost = sum(b.cost for b in specific)
    part = min(spent, own)
    avoided = cost * part / own if own else 0.0
    if spent <= own or not general:
        return Capitalised(cost / own if own else 0.0, avoided, 0.0, spent > own)
    found = general_costs(general, [Expenditure(spent - part, 12.0)], specific=avoided)
    return Capitalised(found.rate, avoided, found.general, found.capped)


def qualifies(answer: bool | None, *, months: float, kind: str = "") -> Test:
    """Test whether an asset takes a substantial time to get ready.

    Parameters
    ----------
    answer
        Attested; None if nobody has.
    months
        From first expenditure to ready. [month]
    kind
        Of the asset: a data hall or a power plant usually does, off-the-shelf racks usually do not.
    """
    return judged(
        "qualifying-asset",
        cite("IAS 23.5", "ASC 835-20-15"),
        answer,
        {"months to ready": months, "asset": kind},
        f"{kind or 'The asset'} takes {months:g} months to get ready.",
    )

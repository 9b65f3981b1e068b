"""A loan: who lends how much on what test, how it is drawn, priced, repaid, reserved and watched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Factor, Money, Pricing, Rate, Share

When = Duration | Day


class Constraint(Term):
    """One limit on the amount of a loan. Exactly one of the tests is named; the least of all limits is lent."""

    amount: Money | None = None
    gearing: Share | None = Field(
        None, description="of the cost of the assets in `of`, or of all uses if `of` is left out"
    )
    of: tuple[str, ...] = Field((), description="asset ids whose cost counts")
    dscr: Factor | None = Field(None, description="sculpting cover: CFADS / debt service")
    llcr: Factor | None = Field(None, description="PV of CFADS over the loan life / debt")
    ltv: Factor | None = Field(None, description="debt / market value of the assets in `of` on `curve` at `at`")
    curve: str | None = Field(None, description="resale curve for ltv")
    at: When | None = Field(None, description="date of the ltv test; left out: every payment date")
    case: str | None = Field(None, description="named case the test is run on; left out: the base case")

    @property
    def test(self) -> str:
        """Name of the one test."""
        return next((t for t in ("amount", "gearing", "dscr", "llcr", "ltv") if getattr(self, t) is not None), "")


class Size(Term):
    """The amount of a loan: the least of several limits."""

    min: tuple[Constraint, ...] = Field(min_length=1)


class Repayment(Term):
    """How principal comes back."""

    profile: Literal["level", "linear", "bullet", "sculpted", "custom"] = "level"
    first: When | None = Field(None, description="first repayment date; left out: one interval after conversion")
    every: Duration = Field(3.0, description="interval between payments")
    count: int = Field(gt=0, le=1200, description="number of repayments")
    balloon: Share = Field(0.0, description="share of the amount repaid with the last instalment")
    shares: tuple[Share, ...] = Field((), description="custom: share of the amount at each repayment")
    contracted_cash: Factor | None = Field(None, description="cover under which contracted cash must carry the balance")
    depreciated_cost: Duration | None = Field(
        None, description="life over which cost is written down to cap the balance"
    )
    advance: Factor = Field(1.0, description="share of depreciated cost that may stay outstanding")


class Reserve(Term):
    """Debt service reserve account."""

    months: Duration = Field(6.0, description="debt service ahead that it must hold")
    funding: Literal["at_close", "from_cash", "letter_of_credit"] = "at_close"
    letter_of_credit: str | None = Field(None, description="id of the letter of credit that stands for the cash")


class LtvCovenant(Term):
    """Loan to value covenant against a resale curve."""

    max: Factor
    curve: str
    of: tuple[str, ...] = ()


class Covenants(Term):
    """Tests on the way: what locks distributions up, what is a default."""

    lock_up: Factor | None = Field(None, description="DSCR under which nothing is distributed")
    minimum: Factor | None = Field(None, description="DSCR under which the covenant is breached")
    default: Factor | None = Field(None, description="DSCR under which it is an event of default")
    test: Duration | None = Field(None, description="trailing test period; left out: since the last payment date")
    looks: Literal["back", "forward"] = Field(
        "back", description="forward: the tests read scheduled CFADS and service of the next test period"
    )
    first_test: When | None = None
    ltv: LtvCovenant | None = None


class Cfads(Term):
    """What counts as cash flow available for debt service."""

    basis: Literal["earned", "received"] = Field("earned", description="rent in advance counts in the period it covers")
    tax: Literal["before", "after"] = "before"
    only: tuple[str, ...] = Field((), description="count only these contracts or assets")
    without: tuple[str, ...] = Field((), description="leave these contracts or assets out")


class MarginStep(Term):
    """A margin that applies from a date."""

    start: When
    margin: Rate


class Loan(Term):
    """A loan from a lender to a vehicle."""

    type: Literal["loan"]
    lender: str
    borrower: str
    business: str | None = None
    rank: int = Field(1, ge=1, le=99, description="1 is paid first")
    size: Size
    availability: When = Field(description="last date of drawing")
    conversion: When | None = Field(
        None, description="end of interest during construction; left out: end of availability"
    )
    security: tuple[str, ...] = Field((), description="assets and contracts the lender may reach")
    recourse: tuple[str, ...] = Field((), description="parties beyond the borrower that the lender may reach")
    pricing: Pricing
    floor: Rate = 0.0
    margin_steps: tuple[MarginStep, ...] = ()
    day_count: Literal["ACT/360", "ACT/365F", "ACT/ACT", "30/360"] = "ACT/360"
    upfront_fee: Share = 0.0
    commitment_fee: Rate = 0.0
    agency_fee: Money = Field(0.0, description="per year")
    original_issue_discount: Share = 0.0
    idc: Literal["funded", "capitalised", "paid"] = "funded"
    pik: Share = Field(0.0, description="share of interest added to the balance instead of paid")
    pik_until: When | None = None
    repayment: Repayment
    reserve: Reserve | None = None
    covenants: Covenants = Covenants()
    cfads: Cfads = Cfads()
    waits_for: tuple[str, ...] = Field((), description="assets whose lateness lets payments wait, to the long stop")
    long_stop: When | None = Field(None, description="last date to which payments may wait for late assets")
    min_tail: Duration = Field(0.0, description="contract life that must be left after the last repayment")

"""Parties: who signs. A vehicle also says how its cash is ranked, how it is taxed and what it ring-fences."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Money, Rate, Share

Role = Literal["sponsor", "vehicle", "lender", "investor", "vendor", "offtaker", "operator", "market", "state"]
Form = Literal["gk-tk", "tmk", "delaware-llc", "corporation", "partnership", "trust"]


class Depreciation(Term):
    """How an asset's cost is deducted for tax."""

    method: Literal["straight_line", "macrs_3", "macrs_5", "macrs_7", "macrs_15", "macrs_20", "custom", "book"] = Field(
        "book", description="book follows the accounts; MACRS tables are half-year convention"
    )
    life: Duration | None = Field(None, description="tax life under straight_line")
    shares: tuple[Share, ...] = Field(
        (),
        description="custom: share of cost deducted in each year of service; a bonus, a half year or a mix of classes",
    )
    basis_reduction: Share = Field(
        0.5, description="share of an investment credit that is taken off the cost to deduct; 50 % by 26 USC 50(c)(3)"
    )


class Tax(Term):
    """Tax status of a vehicle; tax systems come later. Sold tax credits are no income, 26 USC 6418(b)."""

    status: Literal["pass_through", "taxed", "owners"] = Field(
        "pass_through", description="owners: a pass-through whose owners' tax on its income is computed, at `rate`"
    )
    rate: Rate = Field(0.0, description="all-in rate on taxable income; state s and federal f make s + f (1 - s)")
    depreciation: Depreciation = Depreciation()
    losses: Literal["carried_forward", "refunded"] = Field(
        "carried_forward", description="refunded: in the year of the loss; with owners, set against their other income"
    )
    fees: Literal["when_paid", "never"] = Field(
        "when_paid", description="whether loan fees paid from sources are deducted when paid or never"
    )


class When(Term):
    """A condition on a waterfall step. All that are named must hold."""

    passed: tuple[str, ...] = Field((), description="loans whose lock-up test must have passed")
    breached: tuple[str, ...] = Field((), description="loans whose lock-up test must have failed")
    after: Duration | Day | None = Field(None, description="not before this long after close, or this date")


class Step(Term):
    """One step of a waterfall: exactly one verb, then its order, limit, condition and support."""

    pay: str | None = Field(None, description="costs, tax, or <loan>.fees, <loan>.interest, <loan>.repayment")
    fund: str | None = Field(None, description="the reserve of a loan: <loan>.dsra")
    sweep: str | None = Field(None, description="the loan prepaid from surplus cash")
    distribute: tuple[str, ...] | None = Field(None, description="equity contracts, in order of rank or pro rata")
    share: Share = Field(1.0, description="share of the cash left that a sweep or distribution takes")
    when: When | None = None
    keep: tuple[str, ...] = Field((), description="distribute: loans whose next scheduled service stays in the account")
    support: tuple[str, ...] = Field((), description="reserves and letters of credit drawn if cash is short")

    @property
    def verb(self) -> str:
        """The one verb of the step."""
        return next((v for v in ("pay", "fund", "sweep", "distribute") if getattr(self, v) is not None), "")

    @property
    def object(self) -> str:
        """What the verb acts on, as one word."""
        value = getattr(self, self.verb)
        return value if isinstance(value, str) else "equity"


class Contingency(Term):
    """Money set aside for overruns, spent in step with the assets unless a scenario says otherwise."""

    amount: Money | None = Field(None, description="fixed amount; leave out when it is the plug of uses")
    share: Share | None = Field(None, description="share of asset cost")
    spent: Share = Field(1.0, description="share that is really spent; the rest is never called")


class Business(Term):
    """A ring-fenced business of a vehicle: its own cash, costs, waterfall and creditors."""

    assets: tuple[str, ...] = Field((), description="assets of the vehicle that belong here; others go to the first")
    waterfall: tuple[Step, ...] | None = Field(None, description="left out: costs, tax, loans by rank, then equity")
    funding: Literal["deliveries", "pro_rata", "equity_first", "debt_first"] = Field(
        "deliveries", description="how loans and equity share the uses of funds"
    )
    contingency: Contingency | None = None
    minimum_cash: Money = Field(0.0, description="cash kept back before anything is distributed")
    costs_at_close: Money = Field(0.0, description="legal, arranging and structuring costs paid at close")
    distributions: Literal["payment_dates", "every_period"] = Field(
        "payment_dates", description="when equity may be paid: with the first-ranking loan, or whenever there is cash"
    )


class Party(Term):
    """A party to the deal."""

    role: Role
    name: str | None = None
    jurisdiction: str | None = None
    framework: Literal["IFRS", "US GAAP", "JGAAP"] | None = None
    rating: str | None = None
    related_to: str | None = Field(None, description="party it is a related party of, or acts for (IAS 24, ASC 850)")
    form: Form | None = None
    tax: Tax = Tax()
    businesses: dict[str, Business] = Field(default_factory=dict, description="vehicles only; the first is the default")
    waterfall: tuple[Step, ...] | None = Field(None, description="of a vehicle with a single business")
    funding: Literal["deliveries", "pro_rata", "equity_first", "debt_first"] | None = None
    contingency: Contingency | None = None
    costs_at_close: Money = 0.0
    minimum_cash: Money = 0.0
    distributions: Literal["payment_dates", "every_period"] = "payment_dates"

    @property
    def books(self) -> dict[str, Business]:
        """Businesses by id; a plain vehicle has one, with the empty id."""
        if self.businesses:
            return dict(self.businesses)
        plain = Business.model_construct(
            assets=(),
            waterfall=self.waterfall,
            funding=self.funding or "deliveries",
            contingency=self.contingency,
            costs_at_close=self.costs_at_close,
            minimum_cash=self.minimum_cash,
            distributions=self.distributions,
        )
        return {"": plain}

"""A small deal language, to test the reader by itself."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import Finding
from ringfence.terms.findings import finding
from ringfence.terms.model import Document, Term
from ringfence.terms.quantity import Count, Day, Duration, Factor, Money, Pricing, Rate, Share, amount_in


class Delivery(Term):
    on: Duration | Day
    count: Count


class Gpus(Term):
    type: Literal["gpus"]
    owner: str
    unit_price: Money
    rent: Annotated[float, amount_in("USD/GPU-h")] | None = None
    deliveries: tuple[Delivery, ...] = Field((), max_length=3)


class Plant(Term):
    type: Literal["solar", "wind"]
    owner: str
    capex: Annotated[float, amount_in("USD/kW", sign="positive")]


class Loan(Term):
    type: Literal["loan"]
    lender: str = Field(description="the party that lends")
    amount: Money
    tenor: Duration
    margin: Pricing = Pricing(None, 0.0)
    upfront: Rate = 0.0
    gearing: Share = 1.0
    cover: Factor = 1.3
    net: bool = False
    steps: dict[Day, float] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _long_enough(self) -> Loan:
        if self.tenor < 1:
            raise ValueError(f"the tenor is {self.tenor:g} months, but a loan lasts at least one month")
        return self


class Rent(Term):
    type: Literal["lease"]
    term: Duration


class Small(Document):
    """Enough of a deal to be wrong in every way."""

    deal: str
    close: Day
    assets: dict[str, Annotated[Gpus | Plant, Field(discriminator="type")]] = Field(default_factory=dict)
    contracts: dict[str, Annotated[Loan | Rent, Field(discriminator="type")]] = Field(default_factory=dict)

    def check(self) -> list[Finding]:
        """Warn where there is no contract."""
        return [] if self.contracts else [finding("term", "There is no contract.", level="warning")]


TEXT = """\
deal: meadow
close: 2026-03-31
assets:
  gpus:
    type: gpus
    owner: spv
    unit_price: 55_000 USD
    rent: 1.60 USD/GPU-h
    deliveries:
      - {on: 3m, count: 100_000}
      - {on: 2026-09-30, count: 50_000}
  sun: {type: solar, owner: spv, capex: 900 USD/kW}
contracts:
  senior:
    type: loan
    lender: banks
    amount: 5.5 USDbn
    tenor: 5y
    margin: SOFR + 3.00%
    steps: {2027-01-01: 0.01}
  rent: {type: lease, term: 1y6m}
scenarios:
  wide:
    description: the margin of a BB borrower
    contracts.senior.margin: 450bp
  late:
    after: wide
    assets: {gpus: {deliveries: {0: {on: 9m}}}, sun: null}
"""

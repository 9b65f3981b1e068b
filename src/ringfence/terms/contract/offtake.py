"""Contracts that buy what a power plant makes: power purchase, tolling and capacity, tax credits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, OpenShare, Rate, Share, amount_in

When = Duration | Day
TAX_CREDIT_RULE = "tax-credit: a credit is per MWh made or a share of cost"
EnergyPrice = Annotated[float, amount_in("USD/MWh")]
PowerRent = Annotated[float, amount_in("USD/kW-month")]


class Tail(Term):
    """Sale at market after the contract, to the end of the plant's life."""

    price: EnergyPrice
    escalator: Rate = 0.0
    buyer: str | None = Field(None, description="left out: the contract's buyer")


class Ppa(Term):
    """Power purchase agreement."""

    type: Literal["ppa"]
    seller: str
    buyer: str
    asset: str
    price: EnergyPrice
    escalator: Rate = Field(0.0, description="growth of the price at each anniversary of the start")
    start: When | None = Field(None, description="the term counts from it; left out: from commercial operation")
    term: Duration
    share: Share = Field(1.0, description="share of the plant's output")
    merchant: Tail | None = None
    take_or_pay: bool = Field(False, description="recorded; acts with curtailment in the hour-by-hour model")
    every: Duration = Field(0.0, description="interval between payments; 0 pays in the period of delivery")


class Tolling(Term):
    """Payment for capacity made available: tolling of storage, or a capacity contract of any plant."""

    type: Literal["tolling", "capacity"]
    seller: str
    buyer: str
    asset: str
    price: PowerRent
    escalator: Rate = 0.0
    start: When | None = Field(None, description="the term counts from it; left out: from commercial operation")
    term: Duration
    share: Share = Field(1.0, description="share of the plant's power")
    every: Duration = Field(0.0, description="interval between payments; 0 pays in the period of delivery")


class TaxCredit(Term):
    """Sale of tax credits: per MWh made (production credit) or on cost at operation (investment credit)."""

    type: Literal["tax_credit"]
    seller: str
    buyer: str
    asset: str
    production: EnergyPrice | None = Field(None, description="credit per MWh")
    investment: Share | None = Field(None, description="credit as a share of the plant's cost")
    price: OpenShare = Field(1.0, description="what the buyer pays for one dollar of credit")
    term: Duration = Field(120.0, description="production credit: from commercial operation")
    escalator: Rate = Field(0.0, description="growth of the production credit")
    lag: Duration = Field(0.0, description="investment credit: from commercial operation to the cash")
    every: Duration = Field(0.0, description="production credit: interval between sales; 0 sells every period")

    @model_validator(mode="after")
    def _one(self) -> TaxCredit:
        if (self.production is None) == (self.investment is None):
            raise QuantityError("but a tax credit is production or investment, one of the two", rule=TAX_CREDIT_RULE)
        return self

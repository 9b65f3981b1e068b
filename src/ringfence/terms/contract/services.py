"""Contracts for running things: services, management, hosting. One party pays another a fee by time, cost or power."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Rate, amount_in

When = Duration | Day
FEE_RULE = "fee: a running fee is counted in one way, on an asset where it needs one"
FEES = ("per_month", "per_year", "share_of_cost", "per_power")


class Services(Term):
    """A running fee. Exactly one of the four ways of counting it is named."""

    type: Literal["services", "management", "hosting"]
    payer: str
    payee: str
    asset: str | None = Field(None, description="asset it serves; share_of_cost and per_power count on it")
    per_month: Annotated[float, amount_in("USD/month")] | None = None
    per_year: Annotated[float, amount_in("USD/y")] | None = None
    share_of_cost: Rate | None = Field(None, description="share of the asset's cost, per year")
    per_power: Annotated[float, amount_in("USD/kW-month")] | None = None
    escalator: Rate = Field(0.0, description="growth in whole years from the start")
    start: When | None = Field(None, description="left out: when the asset starts to work, else close")
    until: When | None = Field(
        None, description="first day without the fee; left out: when the asset stops, else the end of the deal"
    )
    every: Duration = Field(0.0, description="interval between payments; 0 pays as it accrues")

    @model_validator(mode="after")
    def _one(self) -> Services:
        named = [f for f in FEES if getattr(self, f) is not None]
        if len(named) != 1:
            raise QuantityError(f"but it names {len(named)} of {', '.join(FEES)}, not one", rule=FEE_RULE)
        if named[0] in FEES[2:] and self.asset is None:
            raise QuantityError(f"but {named[0]} needs the asset it counts on", rule=FEE_RULE)
        return self

    @property
    def counted(self) -> str:
        """Name of the one way of counting the fee."""
        return next(f for f in FEES if getattr(self, f) is not None)

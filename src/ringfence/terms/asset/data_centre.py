"""A data centre: how much power reaches the GPUs, from when, and what site and electricity cost."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Factor, Power, Share, amount_in

When = Duration | Day
POWER_RULE = "power-steps: the power of a site rises from date to date"
PowerRent = Annotated[float, amount_in("USD/kW-month")]
EnergyPrice = Annotated[float, amount_in("USD/MWh")]


class PowerStep(Term):
    """Facility power available from a date on: the whole of it, not an addition."""

    date: When
    power: Power


class Overflow(Term):
    """Space elsewhere for GPUs that the site cannot power yet."""

    start: When = Field(description="first date on which GPUs can be powered there")
    cost: PowerRent = Field(0.0, description="colocation cost on IT power")
    electricity: EnergyPrice | None = Field(None, description="left out: the site's price")
    pue: Factor | None = Field(None, description="left out: the site's PUE")
    operator: str | None = Field(None, description="party paid for it; left out: the site's operator")


class DataCentre(Term):
    """A site that powers GPU fleets."""

    type: Literal["data_centre"]
    owner: str
    fleet: str = Field(description="id of the GPU fleet it powers")
    power: tuple[PowerStep, ...] = Field(min_length=1, description="facility power by date")
    pue: Factor = Field(description="facility energy / IT energy")
    share: Share = Field(1.0, description="share of the site's power kept for the fleet")
    delay: Duration = Field(0.0, description="moves every step of power; a scenario's handle")
    cost: PowerRent = Field(0.0, description="site cost on IT power in use")
    electricity: EnergyPrice = 0.0
    operator: str | None = Field(None, description="party paid for the site; left out: its owner")
    supplier: str | None = Field(None, description="party paid for electricity; left out: the operator")
    overflow: Overflow | None = None

    @model_validator(mode="after")
    def _rises(self) -> DataCentre:
        for before, after in zip(self.power, self.power[1:], strict=False):
            ordered = type(before.date) is not type(after.date) or before.date < after.date  # type: ignore[operator]
            if after.power < before.power or not ordered:
                raise QuantityError(
                    f"but its power of {after.power:g} MW follows {before.power:g} MW",
                    fix="list the steps by date, each with the whole power from then on",
                    rule=POWER_RULE,
                )
        return self

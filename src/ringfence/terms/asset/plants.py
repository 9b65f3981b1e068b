"""Power plants: what they cost and when, what they make, what they need."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Money, OpenShare, Power, Rate, Share, amount_in

When = Duration | Day
CAPACITY_FACTOR_RULE = "capacity-factor: output is one capacity factor, twelve, or the energy of a year"
PLANT_DATES_RULE = "plant-dates: a plant has a date of operation or a construction, and a life"
UnitCost = Annotated[float, amount_in("USD/kW")]
YearlyCost = Annotated[float, amount_in("USD/kW-y")]
YearlyEnergy = Annotated[float, amount_in("MWh/y")]
EnergyPrice = Annotated[float, amount_in("USD/MWh")]
MONTHS = 12


class Construction(Term):
    """When the plant is built and how its cost is spread."""

    start: When = Field(description="first spending")
    time: Duration = Field(description="from first spending to commercial operation; 0 is overnight")
    delay: Duration = Field(0.0, description="moves commercial operation; a scenario's handle")
    delayed_spend: Literal["stretch", "keep", "shift"] = Field(
        "stretch", description="under delay, spend over the longer time, as planned, or start later"
    )
    profile: Literal["s_curve", "level"] = Field("s_curve", description="s_curve is the cumulative share u^2 (3 - 2u)")


class Outage(Term):
    """A planned outage."""

    start: When
    time: Duration


class Fuel(Term):
    """Fuel burnt per unit of output."""

    heat_rate: OpenShare = Field(1.0, description="MWh of fuel per MWh made; 1 MMBtu is 0.29307 MWh")
    price: EnergyPrice = Field(description="per MWh of fuel")
    escalator: Rate = 0.0
    supplier: str | None = None


class Plant(Term):
    """What all plants share."""

    owner: str
    power: Power = Field(description="rated output of the whole plant")
    share: Share = Field(1.0, description="share of the plant that the owner builds, owns and runs")
    cost: UnitCost = Field(0.0, description="capital cost per kW of rated output")
    vendor: str | None = Field(None, description="party paid for construction; left out: a purchase contract names it")
    operator: str | None = Field(None, description="party paid for operation")
    construction: Construction | None = None
    operation: Literal["never"] | When | None = Field(
        None, description="commercial operation; left out: end of construction. `never` until a scenario says when"
    )
    life: Duration = Field(description="from commercial operation to closure")
    availability: Share = 1.0
    outage: Share = Field(0.0, description="share of every year in planned outage")
    outages: tuple[Outage, ...] = Field((), description="further outages with a date")
    degradation: Rate = Field(0.0, description="loss of output per year of operation")
    fixed_cost: YearlyCost = Field(0.0, description="fixed operating cost")
    variable_cost: EnergyPrice = Field(0.0, description="variable operating cost per MWh made")
    inflation: Rate = Field(0.0, description="growth of operating cost, in whole years from `prices_of`")
    prices_of: When | None = Field(None, description="date whose prices the costs are in; left out: close")
    decommissioning: UnitCost = Field(0.0, description="cost of closure, in prices of `prices_of`")
    book_life: Duration | None = Field(None, description="left out: the life")
    book_residual: Share = 0.0

    @model_validator(mode="after")
    def _has_dates(self) -> Plant:
        if self.construction is None and self.operation is None:
            raise QuantityError("but it has neither construction nor operation", rule=PLANT_DATES_RULE)
        if self.life <= 0 or (self.book_life is not None and self.book_life <= 0):
            raise QuantityError("but a life must be longer than 0", rule=PLANT_DATES_RULE)
        if self.degradation >= 1:
            raise QuantityError("but it loses all its output in a year", rule=CAPACITY_FACTOR_RULE)
        return self


class Generator(Plant):
    """A plant that makes energy by capacity factor."""

    capacity_factor: Share | tuple[Share, ...] | None = Field(
        None, description="one figure, or twelve from January to December"
    )
    energy: YearlyEnergy | None = Field(
        None, description="output of a whole year, spread evenly over its months, in place of a capacity factor"
    )
    yield_factor: OpenShare = Field(1.0, alias="yield", description="output as a share of P50; a case's handle")
    yield_cases: dict[str, OpenShare] = Field(default_factory=dict, description="yield by case: {p90: 0.93, p99: 0.87}")

    @model_validator(mode="after")
    def _twelve(self) -> Generator:
        if (self.capacity_factor is None) == (self.energy is None):
            raise QuantityError("but it needs capacity_factor or energy, one of the two", rule=CAPACITY_FACTOR_RULE)
        if isinstance(self.capacity_factor, tuple) and len(self.capacity_factor) != MONTHS:
            raise QuantityError(
                f"but capacity_factor has {len(self.capacity_factor)} values",
                fix="write one value, or twelve from January to December",
                rule=CAPACITY_FACTOR_RULE,
            )
        return self


class Solar(Generator):
    """A photovoltaic plant; power is alternating current."""

    type: Literal["solar"]


class Wind(Generator):
    """A wind farm."""

    type: Literal["wind"]


class Nuclear(Generator):
    """A nuclear plant."""

    type: Literal["nuclear"]
    fuel: Fuel | None = None


class Gas(Generator):
    """A gas plant."""

    type: Literal["gas"]
    fuel: Fuel


class Payment(Term):
    """A payment towards a plant."""

    date: When
    amount: Money
    label: str = ""


class Fusion(Generator):
    """A fusion plant: payments at milestones, and operation that may never come."""

    type: Literal["fusion"]
    payments: tuple[Payment, ...] = Field((), description="paid by the owner whether or not the plant ever runs")
    payments_delay: Duration = Field(0.0, description="moves every payment; a scenario's handle")


class Storage(Plant):
    """A battery: earns by a tolling or capacity payment."""

    type: Literal["storage"]
    hours: Annotated[float, Field(gt=0, le=1000, description="hours at rated output; 1,920 MWh is 4 h of 480 MW")]
    efficiency: Share = Field(1.0, description="round trip; for the hour-by-hour model")

"""A GPU fleet: what is bought, when it arrives, what it costs to keep, what it is worth later."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Count, Day, Duration, Money, OpenShare, Power, Rate, Share

When = Duration | Day
DELIVERIES_RULE = "deliveries: the batches of a fleet add up to its count"
GPU_MODEL_RULE = "gpu-model: a fleet states its power, or a model of the catalogue"
LIFE_RULE = "life: an asset lives longer than no time"
PAYMENTS_RULE = "payments: the milestones of a purchase add up to the whole cost"
RESALE_RULE = "resale: a resale curve has one value for each of its rising ages, or is in the catalogue"
MONTHS_PER_YEAR = 12.0
Stage = Literal["close", "order", "delivery", "installation", "acceptance"]


class Delivery(Term):
    """One batch of GPUs."""

    date: When = Field(description="delivery, before any delay")
    count: Count
    unit_price: Money | None = Field(None, description="left out: the fleet's unit price")


class Ramp(Term):
    """Equal batches at a steady pace."""

    start: When = Field(description="delivery of the first batch")
    batches: Annotated[int, Field(ge=1, le=120)]
    every: Duration = Field(1.0, description="months between two batches")
    count: Count | None = Field(None, description="GPUs in the whole ramp; left out: the fleet's count")


class Milestone(Term):
    """A payment to the vendor: a share of a batch's cost at a stage of the batch."""

    share: Share
    at: Stage
    lag: Duration = Field(0.0, description="time after the stage")


class Failures(Term):
    """GPUs that fail and are replaced (RMA: return of material)."""

    rate: Rate = Field(description="share of the fleet replaced per year")
    replacement: OpenShare = Field(0.0, description="owner's cost of a replacement, share of the unit price")
    downtime: Duration = Field(0.0, description="time a failed GPU is out of service")


class ResaleCurve(Term):
    """Value of a GPU by age, as a share of its price; straight lines between the ages, the last value held."""

    ages: tuple[Duration, ...] = Field(min_length=1)
    values: tuple[OpenShare, ...] = Field(min_length=1)
    source: str = ""

    @model_validator(mode="after")
    def _rising(self) -> ResaleCurve:
        if len(self.ages) != len(self.values):
            raise QuantityError(f"but {len(self.ages)} ages stand against {len(self.values)} values", rule=RESALE_RULE)
        if any(b <= a for a, b in zip(self.ages, self.ages[1:], strict=False)):
            raise QuantityError("but ages must rise from one to the next", rule=RESALE_RULE)
        return self


class Drop(Term):
    """A fall in the value of GPUs already delivered, when the next generation ships in volume."""

    date: When
    drop: Share


class Sale(Term):
    """How the fleet is sold at the end."""

    at: Literal["lease_end"] | Day | Duration = Field(
        "lease_end", description="end of each batch's lease, a date, or an age counted from delivery"
    )
    lag: Duration = Field(0.0, description="time from that date to the cash")
    share: OpenShare | None = Field(None, description="proceeds as a share of the hardware price")
    curve: str | None = Field(None, description="resale curve that sets the proceeds when `share` is left out")
    cost: Share = Field(0.0, description="selling cost as a share of proceeds")


class GpuFleet(Term):
    """GPUs owned by a vehicle."""

    type: Literal["gpu_fleet"]
    owner: str
    model: str = Field("", description="model in the GPU catalogue")
    count: Count
    unit_price: Money = Field(description="hardware price of one GPU")
    power: Power | None = Field(None, description="IT power per GPU, all in; left out: the catalogue's for the model")
    vendor: str | None = Field(None, description="party paid for the GPUs; left out: a purchase contract names it")

    network: OpenShare = Field(0.0, description="network, as a share of the hardware price")
    storage: OpenShare = Field(0.0, description="storage, as a share of the hardware price")
    spares: OpenShare = Field(0.0, description="spares bought with the fleet, as a share of the hardware price")
    freight: OpenShare = Field(0.0, description="freight, duty, tax not refunded, share of the hardware price")
    network_per_gpu: Money = 0.0
    storage_per_gpu: Money = 0.0

    deliveries: Ramp | tuple[Delivery, ...] = Field(description="list of batches, or a ramp")
    payments: tuple[Milestone, ...] = Field((Milestone(share=1.0, at="delivery"),), min_length=1)
    lead_time: Duration = Field(0.0, description="from order to delivery")
    installation: Duration = Field(0.0, description="from delivery to installed")
    acceptance: Duration = Field(0.0, description="from installed to accepted")
    delay: Duration = Field(0.0, description="moves every delivery; a scenario's handle")

    failures: Failures | None = None
    availability: Share = Field(1.0, description="share of powered hours a GPU can work, before failures")
    load: Share = Field(1.0, description="average electrical load as a share of `power`")
    opex: Rate = Field(0.0, description="owner's running cost per year, as a share of the hardware price")
    opex_per_gpu: Money = Field(0.0, description="owner's running cost per GPU and year")
    operator: str | None = Field(None, description="party paid for running the fleet")

    life: Duration = Field(60.0, description="economic life, counted from acceptance; book depreciation runs over it")
    book_residual: Share = Field(0.0, description="book value left at the end of the life, as a share of cost")
    resale: dict[str, ResaleCurve] | tuple[str, ...] = Field(
        default_factory=dict, description="resale value curves by name, or names of curves in the catalogue"
    )
    generations: tuple[Drop, ...] = ()
    sale: Sale | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> GpuFleet:
        paid = sum(m.share for m in self.payments)
        if abs(paid - 1.0) > 1e-9:
            raise QuantityError(f"but its payments add up to {paid:.2%} of the cost, not 100%", rule=PAYMENTS_RULE)
        if self.life <= 0:
            raise QuantityError("but its life must be longer than 0", rule=LIFE_RULE)
        if self.count == 0 or self.power == 0:
            raise QuantityError("but a fleet has GPUs, and they draw power", rule=DELIVERIES_RULE)
        if isinstance(self.deliveries, tuple) and not self.deliveries:
            raise QuantityError("but deliveries holds no batch", rule=DELIVERIES_RULE)
        delivered = self.delivered
        if abs(delivered - self.count) > 1e-6 * self.count:
            raise QuantityError(
                f"but its deliveries bring {delivered:,.0f} GPUs and its count is {self.count:,.0f}",
                fix="make the batches add up to the count",
                rule=DELIVERIES_RULE,
            )
        self._known_to_the_catalogue()
        if self.sale and self.sale.curve and self.sale.curve not in self.resale:
            raise QuantityError(f"but sale.curve {self.sale.curve!r} is not among its resale curves", rule=RESALE_RULE)
        return self

    def _known_to_the_catalogue(self) -> None:
        from ringfence.catalogue import load, names

        if self.power is None and self.model not in names("gpus"):
            raise QuantityError(
                f"but its model {self.model!r} is not in the catalogue and it states no power",
                fix=f"write power: 1.85 kW, or one of the models {', '.join(names('gpus'))}",
                rule=GPU_MODEL_RULE,
            )
        curves = [name for name, facts in load("resale")["entries"].items() if "ages" in facts]
        unknown = [] if isinstance(self.resale, dict) else [c for c in self.resale if c not in curves]
        if unknown:
            raise QuantityError(
                f"but its resale curve {unknown[0]!r} is not in the catalogue",
                fix=f"write ages and values, or one of {', '.join(curves)}",
                rule=RESALE_RULE,
            )

    @property
    def curves(self) -> dict[str, ResaleCurve]:
        """Resale curves by name, those of the catalogue filled in."""
        if isinstance(self.resale, dict):
            return dict(self.resale)
        return {name: _from_catalogue(name) for name in self.resale}

    @property
    def delivered(self) -> float:
        """GPUs in all deliveries together. [GPU]"""
        if isinstance(self.deliveries, Ramp):
            return float(self.deliveries.count or self.count)
        return float(sum(d.count for d in self.deliveries))


def _from_catalogue(name: str) -> ResaleCurve:
    from ringfence.catalogue import resale

    facts = resale(name).facts
    ages, values = facts["ages"], facts["values"]
    return ResaleCurve.model_construct(
        ages=tuple(MONTHS_PER_YEAR * float(a) for a in ages.value),  # type: ignore[union-attr,arg-type]
        values=tuple(float(v) for v in values.value),  # type: ignore[union-attr,arg-type]
        source=f"catalogue resale.yaml {name}: {values}",
    )

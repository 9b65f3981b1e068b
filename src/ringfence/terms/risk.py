"""The `risk:` block: what nobody knows about a deal, one factor at a time, and how the factors move together.

    risk:
      factors:
        sofr: {type: base_rate, curve: SOFR}
        rent: {type: gpu_rent, fleet: gpus, volatility: 45%}
        late: {type: construction_delay, assets: [solar, storage]}
      correlation:
        rent: {power: 20%}

A parameter left out is the catalogue's (``catalogue/risk.yaml``), with its source. A factor that is not written does
not move. Nothing here changes the deal as agreed.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Count, Day, Duration, Factor, OpenShare, Quantity, Rate, Share
from ringfence.terms.written import PERCENT, is_number

When = Duration | Day
Drawn = Literal["period", "path", "none"]
CORRELATION_RULE = "correlation"
FACTOR_RULE = "risk-factor"
DEFAULT = "leave it out for the catalogue's"
MOST_GENERATIONS = 40
MOST_DROP = 0.9
"""Most a generation can take off rents. [ratio]"""
MOST_SPREAD = 3.0
"""Most a standard deviation of a logarithm may be; e to 3 is twenty times the median. [ratio]"""
MOST_TO_RENT = 5.0
MOST_TIMES = 100.0
"""Most a market may open above the contract, or a median lie above the plan. [ratio]"""
MOST_YEAR = 1e6
"""Most a measured year may have, in whatever it was measured; only its share of the mean counts."""
ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = ("feed", "period")


def parse_correlation(value: Any) -> float:
    """Read a correlation: ``-30%`` or -0.3. [ratio]

    Examples
    --------
    >>> parse_correlation("-30%"), parse_correlation(0.2)
    (-0.3, 0.2)
    """
    match = PERCENT.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 40 else None
    if match is None and not is_number(value):
        raise QuantityError("but a correlation is written -30% or -0.3", fix="write a number", rule=CORRELATION_RULE)
    found = float(value) if match is None else float(match[1].replace("_", "")) / (100 if match[2] == "%" else 10_000)
    if not -1 <= found <= 1:
        percent = match is None and abs(found) <= 100
        fix = f"write {found:g}% if percent is meant" if percent else "write it from -100% to 100%"
        raise QuantityError("but a correlation lies between -1 and 1", fix=fix, rule=CORRELATION_RULE)
    return found


_WRITTEN = [{"type": "number", "minimum": -1, "maximum": 1}, {"type": "string", "pattern": r"^\s*-?[0-9.]+\s*%\s*$"}]
Correlation = Annotated[
    float,
    Quantity(
        float,
        parse_correlation,
        float,
        {"anyOf": _WRITTEN, "description": "A correlation, from -1 to 1.", "examples": ["-30%", 0.2]},
    ),
]


RUNGS = {
    "Aaa": "AAA", "Aa1": "AA", "Aa2": "AA", "Aa3": "AA", "A1": "A", "A2": "A", "A3": "A", "Baa1": "BBB+",
    "Baa2": "BBB", "Baa3": "BBB-", "Ba1": "BB+", "Ba2": "BB", "Ba3": "BB-", "B1": "B+", "B2": "B", "B3": "B-",
    "Caa1": "CCC", "Caa2": "CCC", "Caa3": "CCC", "AA+": "AA", "AA-": "AA", "A+": "A", "A-": "A", "CCC+": "CCC",
    "CCC-": "CCC",
}  # fmt: skip
"""Other names of the rungs of the hazard table in ``catalogue/risk.yaml``."""


class RiskFactor(Term):
    """What all factors share. Volatilities are per root of a year."""

    measure: ClassVar[Literal["risk-neutral", "real-world"]] = "real-world"
    type: str
    note: str = Field("", description="why these parameters")

    @property
    def drawn(self) -> Drawn:
        """Whether its main normal is drawn once a period or once a path; only those drawn alike can be correlated."""
        return "period"

    @property
    def acts_on(self) -> tuple[str, ...]:
        """Ids of the curve, assets or contract it acts on."""
        for name in ("curve", "fleet", "site", "asset", "lease"):
            if hasattr(self, name):
                return (str(getattr(self, name)),)
        return tuple(getattr(self, "assets", ()))

    @property
    def _most(self) -> dict[str, float]:
        """Parameter -> the most it may be; beyond, a path is no future of anything."""
        return {"volatility": MOST_SPREAD, "sigma": MOST_SPREAD, "spread": MOST_SPREAD, "to_rent": MOST_TO_RENT}

    @model_validator(mode="after")
    def _in_range(self) -> RiskFactor:
        for name in ("half_life", "every", "median", "delay", "time", "stated"):
            value = getattr(self, name, None)
            if isinstance(value, int | float) and value <= 0:
                raise _refused(f"but its {name} must be above zero")
        for name in ("mean_reversion", "volatility", "hazard"):
            if (getattr(self, name, None) or 0.0) < 0:
                raise _refused(f"but its {name} cannot be negative")
        for name, most in self._most.items():
            if (value := getattr(self, name, None) or 0.0) > most:
                raise _refused(f"but its {name} is {value:g}, and {most:g} is the most it may be")
        return self


def _refused(text: str) -> QuantityError:
    return QuantityError(text, fix=DEFAULT, rule=FACTOR_RULE)


class BaseRate(RiskFactor):
    """A base rate around its forward curve: one factor, normal, mean-reverting, fitted to the curve."""

    measure = "risk-neutral"
    type: Literal["base_rate"]
    curve: str = Field(description="curve of the deal")
    mean_reversion: Rate | None = Field(None, description="speed at which the rate returns to its curve")
    volatility: Rate | None = Field(None, description="normal volatility, as in 90bp")


class GpuRent(RiskFactor):
    """The market's rent of a fleet's GPUs: log, mean-reverting to a falling trend, with a drop at each generation."""

    type: Literal["gpu_rent"]
    fleet: str
    opening: Factor | None = Field(None, description="market rent at close over the rent of the contract")
    occupancy: Share | None = Field(None, description="share of hours let at market")
    volatility: OpenShare | None = None
    half_life: Duration | None = Field(None, description="time in which half of a departure from the trend is gone")
    fall: Rate | None = Field(None, description="fall of the trend per year while the GPU is young")
    fall_later: Rate | None = Field(None, description="fall of the trend per year once it is not")
    young: Duration | None = Field(None, description="how long a GPU is young, from its launch")
    launch: When | None = Field(None, description="volume launch of the GPU; left out: the catalogue's for the model")
    generations: Count | None = Field(None, description="generations to come")
    first_generation: When | None = Field(None, description="planned launch of the next; left out: `every` on")
    every: Duration | None = Field(None, description="planned time between two generations")
    every_spread: Duration | None = Field(None, description="standard deviation of that time")
    drop: Share | None = Field(None, description="fall of rents at each generation")
    drop_spread: Share | None = Field(None, description="standard deviation of that fall")
    after_term: bool = Field(False, description="GPUs that serve on after their lease are let at market")

    @property
    def _most(self) -> dict[str, float]:
        """As for others; a generation leaves some of a rent, or there is no market to plan with."""
        most = {"opening": MOST_TIMES, "drop": MOST_DROP, "drop_spread": MOST_DROP}
        return super()._most | most

    @model_validator(mode="after")
    def _leaves_some(self) -> GpuRent:
        if max(self.fall or 0.0, self.fall_later or 0.0) >= 1:
            raise _refused("but a rent that falls by all of itself in a year is no rent")
        if (self.generations or 0) > MOST_GENERATIONS:
            raise _refused(f"but it may count at most {MOST_GENERATIONS} generations")
        return self


class Resale(RiskFactor):
    """The resale value of a fleet: follows the market's rent, and no curve is sure."""

    type: Literal["resale"]
    fleet: str
    to_rent: OpenShare | None = Field(None, description="change in value per change in market rent, in logs")
    spread: OpenShare | None = Field(None, description="standard deviation of what the curve may be off, in logs")

    @property
    def drawn(self) -> Drawn:
        """Once a path."""
        return "path"


class PowerPrice(RiskFactor):
    """The market price of energy: log, mean-reverting to the prices of the deal."""

    type: Literal["power_price"]
    moves: tuple[str, ...] = Field((), description="values it moves; left out: every market price of energy and fuel")
    volatility: OpenShare | None = None
    half_life: Duration | None = None


class Fx(RiskFactor):
    """A currency in which some of the deal's prices are fixed: a random walk around the forward."""

    measure = "risk-neutral"
    type: Literal["fx"]
    moves: tuple[str, ...] = Field(description="values fixed in that currency, such as sakai.electricity", min_length=1)
    volatility: OpenShare | None = None


class Weather(RiskFactor):
    """Solar or wind yield: a weather year drawn every year, and an estimate of the mean that may be off."""

    type: Literal["weather"]
    assets: tuple[str, ...] = Field(description="plants under the same weather", min_length=1)
    yearly: Share | None = Field(None, description="standard deviation of a year's output, share of the mean")
    estimate: Share | None = Field(None, description="standard deviation of the estimated mean, one draw a path")
    years: tuple[Factor, ...] = Field((), description="measured years over their mean, drawn in place of `yearly`")

    @model_validator(mode="after")
    def _are_years(self) -> Weather:
        if max(self.years, default=0.0) > MOST_YEAR:
            raise _refused(f"but one of its years has {max(self.years):g}, and {MOST_YEAR:g} is the most it may have")
        return self

    @property
    def drawn(self) -> Drawn:
        """Measured years are drawn by chance, not by a normal."""
        return "none" if self.years else "period"


class GpuFailures(RiskFactor):
    """GPUs that fail: as many as a Poisson law gives at the fleet's rate, and a rate nobody knows well."""

    type: Literal["failures"]
    fleet: str
    spread: OpenShare | None = Field(None, description="standard deviation of the true rate, in logs; one draw a path")


class ConstructionDelay(RiskFactor):
    """Plants that come late: the time they take over the time planned, lognormal."""

    type: Literal["construction_delay"]
    assets: tuple[str, ...] = Field(description="plants that are late together", min_length=1)
    median: Factor | None = Field(None, description="median of time taken over time planned")
    sigma: OpenShare | None = Field(None, description="standard deviation of its logarithm")

    @property
    def _most(self) -> dict[str, float]:
        """As for others, and no median of a hundred times the plan."""
        return super()._most | {"median": MOST_TIMES}

    @property
    def drawn(self) -> Drawn:
        """Once a path."""
        return "path"


class GridDelay(RiskFactor):
    """A grid connection that comes late: the time it takes over the time planned, lognormal."""

    type: Literal["grid_delay"]
    site: str
    time: Duration | None = Field(None, description="time planned; left out: from close to the first step of power")
    median: Factor | None = None
    sigma: OpenShare | None = None

    @property
    def _most(self) -> dict[str, float]:
        """As for others, and no median of a hundred times the plan."""
        return super()._most | {"median": MOST_TIMES}

    @property
    def drawn(self) -> Drawn:
        """Once a path."""
        return "path"


class DeliverySlip(RiskFactor):
    """A vendor that delivers late: the slip of all deliveries of a fleet, lognormal."""

    type: Literal["delivery_slip"]
    fleet: str
    median: Duration | None = None
    sigma: OpenShare | None = None

    @property
    def drawn(self) -> Drawn:
        """Once a path."""
        return "path"


class FusionStart(RiskFactor):
    """A fusion plant that may never run: with a probability it never comes, else later than stated, lognormal."""

    type: Literal["fusion_start"]
    asset: str
    never: Share | None = Field(None, description="probability that it never comes")
    stated: When | None = Field(None, description="operation as its developer states it")
    delay: Duration | None = Field(None, description="median delay from that date, if it comes")
    sigma: OpenShare | None = None

    @property
    def drawn(self) -> Drawn:
        """Once a path."""
        return "path"


class LesseeDefault(RiskFactor):
    """A lessee that stops paying, at a hazard from its rating; the GPUs are let again after a void."""

    type: Literal["lessee_default"]
    lease: str
    rating: str | None = Field(None, description="left out: the rating of the lessee under parties")
    hazard: Rate | None = Field(None, description="in place of a rating: defaults per year")
    to_rent: OpenShare | None = Field(
        None, description="rise of the hazard per fall of the market's rent under plan, in logs; 0: none"
    )
    void: Duration | None = Field(None, description="from the default to the first rent of the next lessee")

    @property
    def drawn(self) -> Drawn:
        """A chance, not a normal; `to_rent` ties it to the market's rent."""
        return "none"


AnyFactor = Annotated[
    BaseRate
    | GpuRent
    | Resale
    | PowerPrice
    | Fx
    | Weather
    | GpuFailures
    | ConstructionDelay
    | GridDelay
    | DeliverySlip
    | FusionStart
    | LesseeDefault,
    Field(discriminator="type"),
]


class RiskTerms(Term):
    """The risks of a deal."""

    factors: dict[str, AnyFactor] = Field(default_factory=dict, description="what may come otherwise, by id")
    correlation: dict[str, dict[str, Correlation]] = Field(
        default_factory=dict, description="correlation of two factors, written once: {rent: {power: 0.2}}"
    )

    @field_validator("factors")
    @classmethod
    def _ids(cls, factors: dict[str, Any]) -> dict[str, Any]:
        for key in factors:
            if not ID.fullmatch(key) or key in RESERVED:
                raise QuantityError(
                    f"but {key!r} cannot be the id of a factor",
                    fix=f"write lower-case letters, digits and _, at most 40, and none of {', '.join(RESERVED)}",
                    rule=FACTOR_RULE,
                )
        return factors

"""A lease of GPUs: the rent, when it starts and ends, what reduces it, and the options and promises around it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Factor, Money, OpenShare, Rate, Share, parse_amount, parse_rate

When = Duration | Day
DEPOSIT_RULE = "deposit: a deposit is an amount or months of rent"
LEASE_TERM_RULE = "lease-term: a lease has a term, rental periods, and rent left after its holiday"
RENEWAL_RULE = "renewal: a renewal counted in cash has a known rent, and follows on those before it"
RENT_RULE = "rent: a rent is per GPU-hour, per GPU and month, per month, or a share of cost a year"
Basis = Literal["gpu_hour", "gpu_month", "month", "cost"]
UNITS: dict[Basis, str] = {"gpu_hour": "USD/GPU-h", "gpu_month": "USD/GPU-month", "month": "USD/month"}
OF_COST = re.compile(r"(.+?)\s*(?:of cost)?\s*(?:/y|/year|per year|a year|p\.a\.)\s*(?:of cost)?")


@dataclass(frozen=True)
class Rent:
    """A rent and what it is counted on.

    Parameters
    ----------
    amount
        USD per GPU-hour, per GPU and month, or per month for the whole fleet; or a share of cost per year.
    basis
        Which of the four.

    Examples
    --------
    >>> parse_rent("1.60 USD/GPU-h"), parse_rent("25.5%/y of cost")
    (Rent(amount=1.6, basis='gpu_hour'), Rent(amount=0.255, basis='cost'))
    """

    amount: float
    basis: Basis

    def __str__(self) -> str:
        """Return the rent as a term sheet writes it."""
        return f"{self.amount * 100:g}%/y of cost" if self.basis == "cost" else f"{self.amount!r} {UNITS[self.basis]}"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by :func:`parse_rent`."""
        return core_schema.no_info_plain_validator_function(
            parse_rent,
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return what an editor needs."""
        return {
            "type": "string",
            "description": "Rent per GPU-hour, per GPU and month, per month for the fleet, or a share of cost a year.",
            "examples": ["1.60 USD/GPU-h", "1_168 USD/GPU-month", "10 USDm/month", "25.5%/y of cost"],
        }


def parse_rent(value: Any) -> Rent:
    """Read a rent.

    Parameters
    ----------
    value
        As written, for example ``1.60 USD/GPU-h``.

    Returns
    -------
    Rent
        Amount and basis.

    Raises
    ------
    QuantityError
        Where the value is none of the four forms.
    """
    if isinstance(value, Rent):
        return value
    if isinstance(value, str) and len(value) < 80:
        match = OF_COST.fullmatch(value.strip())
        if match and "%" in match[1]:
            return Rent(parse_rate(match[1]), "cost")
        for basis, unit in UNITS.items():
            try:
                return Rent(parse_amount(value, unit), basis)
            except QuantityError as error:
                if error.rule == "sign":
                    raise
    raise QuantityError(
        "but a rent is per GPU-hour, per month or a share of cost a year",
        fix="write 1.60 USD/GPU-h, 1_168 USD/GPU-month, 10 USDm/month or 25.5%/y of cost",
        rule=RENT_RULE,
    )


class RentIndex(Term):
    """Rent follows an index, fixed at the start of every rental period."""

    curve: str = Field(description="curve of the deal that holds the index")
    base: Factor | None = Field(None, description="index level at which rent is as agreed; left out: at close")
    floor: OpenShare | None = Field(None, description="least rent, as a share of the agreed rent")
    cap: OpenShare | None = Field(None, description="most rent, as a share of the agreed rent")


class Renewal(Term):
    """Right of the lessee to extend, from the end of the term before it."""

    term: Duration
    rent: Rent | Literal["market", "same"] = "market"
    notice: Duration = 0.0
    certain: bool = Field(False, description="reasonably certain to be exercised, for the lease term in the accounts")
    exercised: bool = Field(False, description="whether the cash of this deal counts its rents; never firm cash")


class Usage(Term):
    """Rent by use: the lessee pays for the hours it uses, and for a share of the contracted hours in any case."""

    take_or_pay: Share = Field(description="share of the rent that is owed whatever is used")
    expected: Share = Field(1.0, description="use in the cash of this deal, share of the contracted hours")


class Termination(Term):
    """Right to end the lease early. Kept, not exercised."""

    by: Literal["lessee", "lessor"] = "lessee"
    after: Duration
    fee: Money | None = None
    fee_months: Duration | None = Field(None, description="fee in months of rent")
    notice: Duration = 0.0


class PurchaseOption(Term):
    """Right of the lessee to buy at the end. Kept, not exercised."""

    at: Duration | None = Field(None, description="from the start of the lease; left out: its end")
    price: Literal["market"] | Money | Share = Field("market", description="an amount, or a share of cost")


class ResidualGuarantee(Term):
    """The lessee, or another party, makes good a fall of the sale proceeds under a share of the hardware price."""

    share: Share
    guarantor: str | None = Field(None, description="left out: the lessee")


class Deposit(Term):
    """Security deposit: paid at the start of the first lease, returned at the end of the last, without interest."""

    amount: Money | None = None
    months: Duration | None = Field(None, description="months of full rent, when no amount is given")

    @model_validator(mode="after")
    def _one(self) -> Deposit:
        if (self.amount is None) == (self.months is None):
            raise QuantityError("but a deposit is an amount or months of rent, one of the two", rule=DEPOSIT_RULE)
        return self


class Lease(Term):
    """A lease of a GPU fleet from a vehicle to a lessee."""

    type: Literal["lease"]
    lessor: str
    lessee: str
    asset: str
    term: Duration = Field(description="non-cancellable term")
    expiry: Literal["per_batch", "common"] = Field(
        "per_batch", description="each batch runs its own term, or all end when the last batch's term ends"
    )
    expires: When | None = Field(None, description="common expiry: first day after the lease, whatever the term")
    rent: Rent
    due: Literal["in_advance", "in_arrears"] = "in_arrears"
    every: Duration = Field(3.0, description="length of a rental period")
    payment_lag: Duration = Field(0.0, description="from the date rent is due to the cash")
    escalator: Rate = Field(0.0, description="growth of rent at each anniversary of a batch's start")
    index: RentIndex | None = None
    holiday: Duration = Field(0.0, description="time at the start without rent")
    start: Literal["delivery", "acceptance", "powered"] = Field("acceptance", description="what starts a batch's lease")
    long_stop: When | None = Field(None, description="start at the latest: a date, or a time after delivery")
    usage: Usage | None = Field(None, description="rent by use; left out: rent is owed whatever is used")
    net: Literal["triple", "gross"] = "triple"
    hell_or_high_water: bool = True
    deposit: Deposit | None = None
    residual_value_guarantee: ResidualGuarantee | None = None
    renewal: tuple[Renewal, ...] = ()
    termination: tuple[Termination, ...] = ()
    purchase_option: PurchaseOption | None = None

    @model_validator(mode="after")
    def _lasts(self) -> Lease:
        if self.term <= 0 or self.every <= 0:
            raise QuantityError("but term and every must be longer than 0", rule=LEASE_TERM_RULE)
        if self.holiday >= self.term:
            raise QuantityError(
                f"but its holiday of {self.holiday:g} months leaves no rent in {self.term:g}", rule=LEASE_TERM_RULE
            )
        return self

    @model_validator(mode="after")
    def _renews(self) -> Lease:
        before = True
        for n, renewal in enumerate(self.renewal):
            if renewal.exercised and renewal.rent == "market":
                raise QuantityError(
                    f"but renewal {n + 1} is exercised at the market's rent, which nobody has stated",
                    fix="write its rent, or rent: same",
                    rule=RENEWAL_RULE,
                )
            if renewal.exercised and not before:
                raise QuantityError(
                    f"but renewal {n + 1} is exercised and renewal {n} is not",
                    fix=f"exercise renewal {n} too, or neither",
                    rule=RENEWAL_RULE,
                )
            before = renewal.exercised
        return self

"""The deal: parties, assets and contracts, each with an id, on one timeline.

The file reads like the structure chart on a banker's wall; see docs/convention.md for timing and signs.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from ringfence.errors import Finding
from ringfence.terms.accounting import AccountingTerms
from ringfence.terms.asset import Asset
from ringfence.terms.attestation import Attestation
from ringfence.terms.contract import Contract
from ringfence.terms.model import Document, Term
from ringfence.terms.party import Party
from ringfence.terms.quantity import Day, Money, Rate
from ringfence.terms.risk import RiskTerms

PeriodName = Literal["month", "quarter", "half_year", "year"]
ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
RESERVED = {"period", "deal", "curve", "sponsor"}


class Segment(Term):
    """A run of equal periods; the last segment needs no count."""

    period: PeriodName
    count: int | None = Field(None, gt=0, le=1200)


class TimelineTerms(Term):
    """The dates of the deal: financial close, the grid, the end."""

    close: Day
    until: Day
    period: PeriodName | None = Field(None, description="one grid for the whole deal")
    segments: tuple[Segment, ...] = Field((), description="months for 24 periods, then quarters, ...")
    calendar: str = Field("none", description="USA, Japan, UK, TARGET, joined by +")
    business_days: Literal["unadjusted", "following", "modified_following", "preceding"] = "unadjusted"

    @property
    def grid(self) -> tuple[tuple[str, int | None], ...]:
        """Segments as (period, count) pairs."""
        if self.segments:
            return tuple((s.period, s.count) for s in self.segments)
        return ((self.period or "month", None),)


class Curve(Term):
    """A forward curve or index, by date; linear between dates, held beyond the last only if it says so."""

    points: dict[Day, float] = Field(min_length=1)
    unit: str = Field("%", description="% per year for rates; ratio for an index")
    source: str = ""
    vintage: Day | None = None
    hold: bool = Field(
        True, description="hold the last value to the end of the deal; false makes a short curve an error"
    )


class Uses(Term):
    """Target for all uses of the deal, closed by a business's contingency."""

    total: Money
    plug: str = Field(description="business whose contingency closes the total: vehicle or vehicle.business")


class Returns(Term):
    """How returns are quoted."""

    time_basis: Literal["ACT/365F", "30/360", "ACT/360", "ACT/ACT"] = "ACT/365F"
    discount_rate: Rate = Field(0.08, description="for present values shown to investors")


class SponsorView(Term):
    """What the sponsor compares the lease with."""

    party: str
    own_debt_rate: Rate = Field(description="rate at which the sponsor would borrow to buy")
    market_rent: float | None = Field(None, description="market all-in rent per GPU-hour", ge=0)


class Case(Term):
    """A case a sizing constraint may name: the inputs it changes."""

    set: dict[str, Any]
    note: str = ""


class Deal(Document):
    """A whole deal."""

    deal: Annotated[str, Field(max_length=80)]
    title: str = ""
    currency: Literal["USD"] = "USD"
    report_date: Day | None = None
    story_date: Day | None = None
    timeline: TimelineTerms
    curves: dict[str, Curve] = Field(default_factory=dict)
    parties: dict[str, Party]
    assets: dict[str, Asset] = Field(default_factory=dict)
    contracts: dict[str, Contract] = Field(default_factory=dict)
    uses: Uses | None = None
    returns: Returns = Returns()
    sponsor: SponsorView | None = None
    cases: dict[str, Case] = Field(default_factory=dict)
    accounting: AccountingTerms | None = Field(None, description="policies of the accounts, facts of each lease")
    attestations: dict[str, Attestation] = Field(
        default_factory=dict, description="accounting judgements, by question: who answered what, why and when"
    )
    risk: RiskTerms | None = Field(None, description="what may come otherwise, and how it moves together")
    hand_table: dict[str, Money] = Field(
        default_factory=dict, description="somebody's hand figures, printed beside the measures of the same name"
    )

    @field_validator("parties", "assets", "contracts")
    @classmethod
    def _ids(cls, group: dict[str, Any]) -> dict[str, Any]:
        for key in group:
            if not ID.fullmatch(key) or key in RESERVED:
                raise ValueError(
                    f"{key!r} cannot be an id: lower-case letters, digits and _, at most 40, and none of "
                    f"{', '.join(sorted(RESERVED))}"
                )
        return group

    def check(self) -> list[Finding]:
        """Contradictions between terms, from the rules; see ``terms/rules``."""
        from ringfence.terms.rules import check_deal

        return check_deal(self)

    @property
    def vehicles(self) -> dict[str, Party]:
        """The parties that are vehicles."""
        return {k: p for k, p in self.parties.items() if p.role == "vehicle"}

    def of_type(self, *types: str) -> dict[str, Any]:
        """Contracts of the given types, by id."""
        return {k: c for k, c in self.contracts.items() if c.type in types}

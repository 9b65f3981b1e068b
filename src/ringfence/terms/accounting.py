"""How the deal is accounted for: policies, and facts about a lease that the contract itself does not say.

    accounting:
      marks: {major_part: 75%, substantially_all: 90%}     # policy; IFRS 16 has none
      leases:
        rent:
          ibr: 6.8%
          rate_convention: effective
          initial_direct_costs: 5m USD
          life: 6y

Judgements are not written here but attested (``attestations:``).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.accounting_sponsor import (
    AdjustedDebtTerms,
    ComponentTerms,
    OpeningBooks,
    SaleTerms,
    check_components,
)
from ringfence.terms.model import Term
from ringfence.terms.quantity import Duration, Money, OpenShare, Rate, Share

Standard = Literal["IFRS 16", "ASC 842"]
COMPONENTS_RULE = "components: a contract with services has a stand-alone price for the lease and for each service"
MARKS_RULE = "marks: a mark of a classification test lies above 0% and at most at 100%"


class MarksTerms(Term):
    """Marks of the tests: a policy, applied to every lease of the deal."""

    major_part: Share = Field(0.75, description="term / remaining economic life from which a lease is finance")
    substantially_all: Share = Field(0.90, description="PV / fair value from which a lease is finance")
    end_of_life: Share = Field(0.25, description="last part of the whole life in which the life test does not apply")
    probable: Share = Field(0.70, description="chance of a payout from which a guarantee is probable of being owed")
    reasonably_certain: Share = Field(
        0.70, description="share of paths on which renewing is cheaper that speaks for a renewal"
    )

    @model_validator(mode="after")
    def _above_nil(self) -> MarksTerms:
        if min(self.major_part, self.substantially_all) <= 0:
            raise QuantityError("but its marks leave nothing to test", fix="write 75% and 90%", rule=MARKS_RULE)
        return self


class LeaseAccounting(Term):
    """What the books of a lease need beside its terms."""

    ibr: Rate | None = Field(None, description="lessee's incremental borrowing rate; left out: the sponsor's own rate")
    rate_convention: Literal["effective", "nominal"] = Field(
        "effective", description="how the rate compounds: a year's growth, or shared over the compoundings of a year"
    )
    compounding: int = Field(12, ge=1, le=365, description="times a year, of a nominal rate")
    implicit_readily_determinable: bool | None = Field(
        None, description="whether the lessee can readily determine the lessor's implicit rate; left out: not attested"
    )
    initial_direct_costs: Money = Field(0.0, description="of the lessee, over all deliveries")
    lessor_direct_costs: Money = Field(0.0, description="of the lessor, over all deliveries")
    incentives: Money = Field(0.0, description="received by the lessee at or before commencement")
    prepaid: Money = Field(0.0, description="rent paid before commencement")
    restoration: Money = Field(0.0, description="PV of restoring the site or the asset at the end")
    life: Duration | None = Field(None, description="economic life of the asset when new; left out: the asset's own")
    residual: OpenShare | None = Field(
        None, description="expected value at the end of the lease, share of cost; left out: as the asset is sold"
    )
    residual_volatility: Share | None = Field(None, description="of that value, per year; left out: a single estimate")
    fair_value: Money | None = Field(None, description="of the whole fleet at commencement; left out: its cost")
    standalone: dict[str, Money] = Field(
        default_factory=dict, description="stand-alone price of the lease and of each service in the rent"
    )
    combine_components: bool = Field(False, description="expedient: services stay in the lease and raise the liability")
    short_term_exemption: bool = Field(False, description="election: rent of a short-term lease is expensed")
    variable_payments: bool = Field(False, description="whether there are significant payments that follow no index")
    guarantee_pooled: bool = Field(False, description="whether the residual guarantee sets gains off against losses")

    @model_validator(mode="after")
    def _priced(self) -> LeaseAccounting:
        if self.standalone and ("lease" not in self.standalone or self.standalone["lease"] <= 0):
            raise QuantityError(
                f"but its components are {', '.join(self.standalone)}",
                fix="give the lease itself a stand-alone price above 0, under the name lease",
                rule=COMPONENTS_RULE,
            )
        return self


class AccountingTerms(Term):
    """Policies of the deal's accounts."""

    frameworks: tuple[Standard, ...] = Field(("IFRS 16", "ASC 842"), description="frameworks to report under")
    marks: MarksTerms = MarksTerms()
    tax_rate: Share | None = Field(None, description="of the sponsor, for deferred tax on its leases")
    risk_free: Rate | None = Field(
        None, description="rate of expected losses; left out: the index of the vehicle's loans at close"
    )
    impairment_rate: Rate | None = Field(None, description="pre-tax rate of a value in use; left out: no test is made")
    impairment_curve: str | None = Field(
        None, description="resale curve that gives fair value less costs; left out: value in use alone"
    )
    components: dict[str, dict[str, ComponentTerms]] = Field(
        default_factory=dict, description="parts of an asset with their own lives, by asset and name"
    )
    qualifying_assets: dict[str, str] = Field(
        default_factory=dict, description="assets that take long to get ready, and why; others capitalise no interest"
    )
    hedge_accounting: dict[str, str] = Field(
        default_factory=dict, description="swaps designated as hedges, and where that is documented"
    )
    opening: OpeningBooks | None = Field(None, description="the sponsor before the deal")
    adjusted_debt: AdjustedDebtTerms = AdjustedDebtTerms()
    sale: SaleTerms | None = Field(None, description="where the sponsor had the GPUs first")
    leases: dict[str, LeaseAccounting] = Field(default_factory=dict, description="by id of the lease")

    @model_validator(mode="after")
    def _whole(self) -> AccountingTerms:
        check_components(self.components)
        return self

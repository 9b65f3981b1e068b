"""The sponsor's own books: where they start, and the policies around the deal that its contracts do not say.

    accounting:
      opening: {cash: 12bn USD, property: 30bn USD, borrowings: 18bn USD, ebitda: 9bn USD, source: annual report}
      adjusted_debt: {residual_guarantee: cap, haircut: 25%}
      components:
        gpus: {chips: {share: 60%, life: 4y}, network: {share: 25%, life: 6y}, racks: {share: 15%, life: 10y}}
      qualifying_assets: {solar: eighteen months to build}
      hedge_accounting: {senior_swap: designated at close, memo 7}

What is left out is never filled with a figure: no opening, and the columns hold the effects of the deal alone; no
component, and the fleet has one life; an asset nobody calls qualifying capitalises no interest.
"""

from __future__ import annotations

import builtins
from typing import Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day, Duration, Money, OpenShare, Share, SignedMoney

OPENING_RULE = (
    "opening: the sponsor's opening balance sheet balances (assets = liabilities + equity; IAS 1.54 [verify])"
)
COMPONENTS_RULE = "asset-components: the parts of an asset add up to the whole asset (IAS 16.43 [verify])"
HALF_A_CENT = 0.005


class OpeningBooks(Term):
    """The sponsor before the deal: a balance sheet, and a year of its income to carry on at."""

    date: Day | None = None
    source: str = ""
    cash: Money = 0.0
    property: Money = 0.0
    right_of_use: Money = 0.0
    equity_method: Money = 0.0
    other_assets: Money = 0.0
    borrowings: Money = 0.0
    lease_liability: Money = 0.0
    provisions: Money = 0.0
    other_liabilities: Money = 0.0
    non_controlling_interests: Money = 0.0
    equity: SignedMoney | None = Field(None, description="left out: what balances the rest")
    ebitda: SignedMoney | None = Field(
        None, description="of a year; left out: no leverage ratio of the whole sponsor is shown"
    )
    depreciation: Money = Field(0.0, description="of a year")
    interest: Money = Field(0.0, description="of a year")

    @builtins.property  # `property` is a line of the balance sheet here
    def assets(self) -> float:
        """All assets. [USD]"""
        return self.cash + self.property + self.right_of_use + self.equity_method + self.other_assets

    @builtins.property  # `property` is a line of the balance sheet here
    def owed(self) -> float:
        """Liabilities and non-controlling interests. [USD]"""
        owed = self.borrowings + self.lease_liability + self.provisions + self.other_liabilities
        return owed + self.non_controlling_interests

    @builtins.property  # `property` is a line of the balance sheet here
    def own_equity(self) -> float:
        """Equity as stated, or what balances. [USD]"""
        return self.assets - self.owed if self.equity is None else self.equity

    @model_validator(mode="after")
    def _balances(self) -> OpeningBooks:
        claims = self.owed + self.own_equity
        gap = self.assets - claims
        if abs(gap) > HALF_A_CENT:
            raise QuantityError(
                f"but its assets are {self.assets:,.0f} and its liabilities and equity {claims:,.0f}",
                fix=f"correct a line by {abs(gap):,.0f}, or leave equity out: it is then what balances",
                rule=OPENING_RULE,
            )
        return self


class AdjustedDebtTerms(Term):
    """What an agency-style adjusted debt adds and takes away; not the model of any agency."""

    leases: bool = Field(True, description="finance and IFRS 16 lease liabilities")
    operating_leases: bool = Field(True, description="US operating lease liabilities, their cost back in EBITDA")
    residual_guarantee: Literal["none", "expected", "cap"] = Field(
        "expected", description="residual value guaranteed: what is expected beyond the liability, or the whole cap"
    )
    renewals: bool = Field(False, description="PV of the rents of renewals that are not in the lease term")
    take_or_pay: bool = Field(True, description="PV of firm rent that is not in a liability: a service contract")
    guarantees: bool = Field(True, description="letters of credit and guarantees the sponsor answers for")
    retirement: bool = Field(True, description="provisions for restoring sites and assets")
    pensions: Money = Field(0.0, description="pension deficit after tax")
    vehicle: bool = Field(False, description="the vehicle's debt in place of the lease, whoever consolidates")
    cash: bool = Field(True, description="take accessible cash off")
    haircut: Share = Field(0.0, description="part of the cash that is not accessible")


class ComponentTerms(Term):
    """A part of an asset with its own life (IAS 16.43)."""

    share: Share = Field(description="of the asset's cost")
    life: Duration
    residual: Share = Field(0.0, description="book value left at the end of the life, share of the part's cost")

    @model_validator(mode="after")
    def _lives(self) -> ComponentTerms:
        if self.life <= 0 or self.share <= 0:
            raise QuantityError(
                f"but a part of {self.share:.0%} that lives {self.life:g} months is none",
                fix="state a share and a life above 0",
                rule=COMPONENTS_RULE,
            )
        return self


class SaleTerms(Term):
    """The sponsor's own GPUs that the vehicle bought, where it had them first."""

    carrying_amount: OpenShare = Field(description="in the sponsor's books on the day, share of the price paid")
    control_passes: bool | None = Field(None, description="under IFRS 15 and ASC 606; left out: not attested")
    in_opening: bool = Field(
        False, description="whether accounting.opening holds them in property; left out: they come in on the day"
    )
    alternatives_available: bool = Field(
        False, description="whether substantially the same assets are readily available (ASC 842-40-25-3 [verify])"
    )


def check_components(parts: dict[str, dict[str, ComponentTerms]]) -> None:
    """Refuse parts that do not add up to their asset.

    Parameters
    ----------
    parts
        By asset and name.

    Raises
    ------
    QuantityError
        With the sum.
    """
    for asset, named in parts.items():
        whole = sum(p.share for p in named.values())
        if abs(whole - 1.0) > 1e-9:
            raise QuantityError(
                f"but the components of {asset} add up to {whole:.2%} of its cost, not 100%",
                fix="correct a share, or name what is missing",
                rule=COMPONENTS_RULE,
            )

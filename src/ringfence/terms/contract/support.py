"""Contracts that support a loan: swaps, letters of credit, guarantees; and the purchase of assets."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ringfence.terms.model import Term
from ringfence.terms.quantity import Factor, Money, Rate, Share


class Swap(Term):
    """Interest-rate swap: the vehicle pays fixed and receives the loan's index on a share of the scheduled balance."""

    type: Literal["swap"]
    counterparty: str
    vehicle: str
    hedges: str = Field(description="id of the loan")
    share: Share = 1.0
    fixed: Rate


class LetterOfCredit(Term):
    """Letter of credit: a bank's promise in place of cash."""

    type: Literal["letter_of_credit"]
    issuer: str
    applicant: str
    business: str | None = None
    amount: Money
    fee: Rate = 0.0
    stands_for: Literal["reserve", "equity"] = "reserve"


class Guarantee(Term):
    """Guarantee by one party of what another owes. Recorded and shown; calls come with defaults."""

    type: Literal["guarantee"]
    guarantor: str
    obligor: str
    beneficiary: str
    covers: tuple[str, ...] = Field((), description="contracts whose payments are guaranteed")
    cap: Money | None = None
    share: Factor = 1.0


class Purchase(Term):
    """Purchase of an asset from a vendor: names the vendor paid for the asset's capital cost."""

    type: Literal["purchase"]
    vendor: str
    buyer: str
    asset: str

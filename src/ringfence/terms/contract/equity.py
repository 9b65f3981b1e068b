"""Equity: who holds which interest in a vehicle or in one of its businesses."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ringfence.terms.model import Term
from ringfence.terms.quantity import Money, Rate, Share


class Equity(Term):
    """An equity interest, a tracking interest (TK) or a subordinated note that ranks with equity."""

    type: Literal["equity"]
    holder: str
    holder_business: str | None = Field(None, description="business of a holder that is itself a vehicle")
    vehicle: str
    businesses: tuple[str, ...] = Field((), description="tracking interest: the businesses it shares; left out: all")
    kind: Literal["shares", "tracking", "note"] = "shares"
    commitment: Money | None = Field(None, description="left out: the plug that closes sources")
    share: Share | None = Field(None, description="share of distributions; left out: by capital paid in")
    preferred: Rate = Field(0.0, description="preferred return, compounding, paid before other distributions")
    backed_by: str | None = Field(None, description="letter of credit behind uncalled capital")

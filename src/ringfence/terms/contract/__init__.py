"""Contracts: what two parties agreed. A new kind of contract is one file and one line in :data:`Contract`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringfence.terms.contract.equity import Equity
from ringfence.terms.contract.lease import Lease
from ringfence.terms.contract.loan import Loan
from ringfence.terms.contract.offtake import Ppa, TaxCredit, Tolling
from ringfence.terms.contract.services import Services
from ringfence.terms.contract.support import Guarantee, LetterOfCredit, Purchase, Swap

Contract = Annotated[
    Loan | Equity | Swap | LetterOfCredit | Guarantee | Purchase | Lease | Ppa | Tolling | TaxCredit | Services,
    Field(discriminator="type"),
]

__all__ = [
    "Contract",
    "Equity",
    "Guarantee",
    "Lease",
    "LetterOfCredit",
    "Loan",
    "Ppa",
    "Purchase",
    "Services",
    "Swap",
    "TaxCredit",
    "Tolling",
]

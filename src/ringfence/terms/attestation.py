"""A judgement somebody has made and signs for: answer, reason, person, date, evidence, and what it leaned on.

    attestations:
      A2:                                   # a question; A2-solar_co asks the same of another vehicle
        answer: no
        reason: The servicer remarkets returned GPUs under its own mandate
        person: Controller, Group Accounting
        date: 2024-09-20
        evidence: [servicing agreement cl. 7]
        leans_on: {contracts.rent.term: 5y, contracts.rent.purchase_option: null, senior.dscr.min: 1.25}

``leans_on`` keeps the value each place had when the judgement was made: a path of the deal file in the words of the
file (null: it was not there), or a measure of the run. When one of them changes the judgement is open again
(``accounting/attest.py``). The list of questions lives there too.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ringfence.errors import QuantityError
from ringfence.terms.model import Term
from ringfence.terms.quantity import Day

RULE = "attestation: a judgement has an answer, a reason, a person and a date, and does not lapse before it is made"
Leaned = str | int | float | bool | None


class Attestation(Term):
    """One attested judgement."""

    answer: Literal["yes", "no"]
    reason: str = Field(min_length=1, max_length=2000, description="why, in a sentence an auditor can test")
    person: str = Field(min_length=1, max_length=200, description="who signs for it")
    date: Day = Field(description="when it was made")
    evidence: tuple[str, ...] = Field((), description="documents, clauses, computed figures it rests on")
    leans_on: dict[str, Leaned] = Field(
        default_factory=dict, description="paths of the deal, or measures, with the value each had when it was made"
    )
    valid_until: Day | None = Field(None, description="last day it stands without being looked at again")

    @model_validator(mode="after")
    def _stands(self) -> Attestation:
        if not self.reason.strip() or not self.person.strip():
            raise QuantityError("but a judgement names its reason and the person who signs for it", rule=RULE)
        if self.valid_until is not None and self.valid_until < self.date:
            raise QuantityError(
                f"but it is dated {self.date} and lapses before that, on {self.valid_until}",
                fix="correct date or valid_until",
                rule=RULE,
            )
        return self

    @property
    def holds(self) -> bool:
        """Whether the answer is yes."""
        return self.answer == "yes"

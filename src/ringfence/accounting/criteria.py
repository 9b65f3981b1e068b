"""The criteria of classification: what they read, and each as a test with its evidence and its sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringfence.accounting.citations import cite
from ringfence.accounting.outcome import Figure, Test, computed, judged
from ringfence.accounting.payments import Payment, Payments
from ringfence.accounting.rates import LATE, Rate
from ringfence.accounting.refusals import finite, magnitudes, refused, shares
from ringfence.accounting.schedule import present_value
from ringfence.sheet.ops import tolerance


@dataclass(frozen=True)
class Marks:
    """Marks of the tests; policy, configurable. [ratio]

    Parameters
    ----------
    major_part
        Term / remaining economic life.
    substantially_all
        PV / fair value.
    end_of_life
        Last part of the total life in which the life test does not apply (ASC 842-10-55-2).
    """

    major_part: float = 0.75
    substantially_all: float = 0.90
    end_of_life: float = 0.25

    def __post_init__(self) -> None:
        shares(
            "share",
            major_part=self.major_part,
            substantially_all=self.substantially_all,
            end_of_life=self.end_of_life,
        )


POLICY = Marks()
TITLE: dict[bool | None, str] = {
    True: "Title passes to the lessee by the end of the term.",
    False: "Title stays with the lessor.",
    None: "Whether title passes is not attested.",
}
BARGAIN: dict[bool | None, str] = {
    True: "A purchase option is reasonably certain to be used.",
    False: "No purchase option is reasonably certain to be used.",
    None: "Whether the purchase option is reasonably certain to be used is not attested.",
}
SPECIALISED: dict[bool | None, str] = {
    True: "The lessor has no other use for the asset at the end of the term.",
    False: "The lessor can lease or sell the asset to others.",
    None: "Whether the lessor has another use for the asset is not attested.",
}
COLLECTION: dict[bool | None, str] = {
    True: "Collection is probable.",
    False: "Collection is not probable.",
    None: "Whether collection is probable is not attested.",
}


@dataclass(frozen=True)
class LeaseFacts:
    """What the classification tests read.

    Parameters
    ----------
    payments
        Lease payments without residual guarantees (ASC 842-10-30-5 (a) to (e); IFRS 16.70).
    rate
        The lessee's rate for the lessee, the implicit rate for the lessor.
    term
        Lease term. [month]
    fair_value
        At commencement (ASC 842) or inception (IFRS 16). [USD]
    life
        Remaining economic life. [month]
    total_life
        Whole economic life of the asset when new; left out: `life`. [month]
    transfers_ownership
        Whether title passes by the end of the term; None if nobody has attested it.
    option_certain
        Whether a purchase option is reasonably certain to be used; None if not attested; False without an option.
    no_alternative_use
        Whether the asset is so specialised that the lessor has no other use for it; None if not attested.
    lessee_guarantee
        Most the lessee can owe under its residual value guarantee. [USD]
    guarantee_measured
        Part of it that is already among the payments. [USD]
    third_party_guarantee
        Most an unrelated third party can owe. [USD]
    pooled
        Whether the guarantee covers a pool whose losses offset gains (ASC 842-10-55-10): it does not count.
    collection_probable
        Whether the lessor's collection is probable; None if not attested.
    variable
        Whether there are significant payments that depend on no index.
    day_one_loss
        Selling loss if the lease were sales-type or direct financing. [USD]
    tax_credit
        Investment tax credit the lessor keeps; taken off fair value (ASC 842). [USD]
    """

    payments: Payments
    rate: Rate
    term: float
    fair_value: float
    life: float
    total_life: float | None = None
    transfers_ownership: bool | None = None
    option_certain: bool | None = None
    no_alternative_use: bool | None = None
    lessee_guarantee: float = 0.0
    guarantee_measured: float = 0.0
    third_party_guarantee: float = 0.0
    pooled: bool = False
    collection_probable: bool | None = None
    variable: bool = False
    day_one_loss: float = 0.0
    tax_credit: float = 0.0

    def __post_init__(self) -> None:
        finite("residual", fair_value=self.fair_value, day_one_loss=self.day_one_loss)
        finite("life", term=self.term, life=self.life, total_life=self.total_life)
        finite("residual", lessee_guarantee=self.lessee_guarantee, third_party_guarantee=self.third_party_guarantee)
        magnitudes("residual", guarantee_measured=self.guarantee_measured, tax_credit=self.tax_credit)
        if self.fair_value <= 0 or min(self.lessee_guarantee, self.third_party_guarantee) < 0:
            raise refused(
                "residual",
                f"fair value is {self.fair_value:,.2f} and guarantees are {self.lessee_guarantee:,.2f} and "
                f"{self.third_party_guarantee:,.2f}.",
                paragraph=cite("ASC 842-10-25-2(d)"),
                fix="a fair value is above 0 and a guarantee 0 or more",
            )
        if self.guarantee_measured > self.lessee_guarantee * (1 + 1e-9):
            raise refused(
                "residual",
                f"of a guarantee of {self.lessee_guarantee:,.2f} the payments hold {self.guarantee_measured:,.2f}.",
                paragraph=cite("ASC 842-10-25-2(d)"),
                fix="state the whole guarantee",
            )
        if self.tax_credit >= self.fair_value:
            raise refused(
                "residual",
                f"the tax credit is {self.tax_credit:,.2f} and the fair value {self.fair_value:,.2f}.",
                paragraph=cite("ASC 842-10-25-2(d)"),
                fix="state a tax credit below fair value",
            )
        if self.term <= 0 or self.life <= 0:
            raise refused(
                "life", f"the term is {self.term:g} months and the economic life {self.life:g}.", fix="state both"
            )
        if self.total_life is not None and self.total_life < self.life - LATE:
            raise refused(
                "life",
                f"of an economic life of {self.total_life:g} months {self.life:g} are left.",
                paragraph=cite("ASC 842-10-55-2"),
                fix="state the whole life of the asset when new, or leave it out",
            )
        late = max((p.month for p in self.payments), default=0.0)
        if late > self.term + LATE:
            raise refused(
                "lease-dates", f"a payment is dated month {late:g}, after the end of the term in month {self.term:g}."
            )


def value_of(facts: LeaseFacts, guarantee: float) -> float:
    """PV of payments and of the part of a guarantee that is not among them. [USD]"""
    extra = max(guarantee - facts.guarantee_measured, 0.0)
    flows: Sequence[Payment] = facts.payments
    if extra:
        flows = (*facts.payments, Payment(facts.term, extra, "arrears", "guarantee"))
    return present_value(flows, facts.rate)


def tests_842(facts: LeaseFacts, marks: Marks) -> tuple[Test, ...]:
    """Return the five tests of ASC 842-10-25-2, in order."""
    guarantee = 0.0 if facts.pooled else facts.lessee_guarantee
    ratio = value_of(facts, guarantee) / _fair_value(facts)
    return (
        ownership_test(facts, "842-10-25-2(a)", "ASC 842-10-25-2(a)"),
        bargain_test(facts, "842-10-25-2(b)", "ASC 842-10-25-2(b)"),
        life_test(facts, marks, "842-10-25-2(c)", cite("ASC 842-10-25-2(c)", "ASC 842-10-55-2"), near_end=True),
        value_test(facts, marks, "842-10-25-2(d)", cite("ASC 842-10-25-2(d)"), ratio),
        specialised_test(facts, "842-10-25-2(e)", "ASC 842-10-25-2(e)"),
    )


def _fair_value(facts: LeaseFacts) -> float:
    return facts.fair_value - facts.tax_credit


def ownership_test(facts: LeaseFacts, id: str, paragraph: str) -> Test:
    """Test whether title passes."""
    return _answered(id, paragraph, facts.transfers_ownership, TITLE)


def bargain_test(facts: LeaseFacts, id: str, paragraph: str) -> Test:
    """Test whether a purchase option is reasonably certain to be used."""
    return _answered(id, paragraph, facts.option_certain, BARGAIN)


def specialised_test(facts: LeaseFacts, id: str, paragraph: str) -> Test:
    """Test whether the lessor has no other use for the asset."""
    return _answered(id, paragraph, facts.no_alternative_use, SPECIALISED)


def _answered(id: str, paragraph: str, answer: bool | None, words: Mapping[bool | None, str]) -> Test:
    """A judgement as a test, with the sentence that goes with its answer."""
    return judged(id, cite(paragraph), answer, {}, words[answer])


def life_test(
    facts: LeaseFacts, marks: Marks, id: str, paragraph: str, *, policy: bool = False, near_end: bool
) -> Test:
    """Test the term against the economic life left."""
    share = facts.term / facts.life
    whole = facts.total_life or facts.life
    evidence: dict[str, Figure] = {
        "term in months": facts.term,
        "life in months": facts.life,
        "share": share,
        "mark": marks.major_part,
    }
    if near_end and facts.life <= marks.end_of_life * whole + 1e-9:
        words = f"Commencement falls in the last {marks.end_of_life:.0%} of the life: the test does not apply."
        return computed(id, paragraph, False, evidence, words)
    note = " (a policy mark: the standard has none)" if policy else ""
    words = f"The term is {share:.1%} of the economic life left, against a mark of {marks.major_part:.0%}{note}."
    return computed(id, paragraph, _at_least(share, marks.major_part), evidence, words)


def value_test(facts: LeaseFacts, marks: Marks, id: str, paragraph: str, ratio: float, *, policy: bool = False) -> Test:
    """Test present value against fair value."""
    evidence: dict[str, Figure] = {
        "rate": facts.rate.effective,
        "PV": ratio * (facts.fair_value if policy else _fair_value(facts)),
        "fair value": facts.fair_value,
        "lessee's guarantee": facts.lessee_guarantee,
        "ratio": ratio,
        "mark": marks.substantially_all,
    }
    note = " (a policy mark: the standard has none)" if policy else ""
    words = f"PV is {ratio:.1%} of fair value, against a mark of {marks.substantially_all:.0%}{note}."
    if facts.pooled:
        words += " The guarantee covers a pool and does not count."
    return computed(id, paragraph, _at_least(ratio, marks.substantially_all), evidence, words)


def direct_financing_tests(facts: LeaseFacts, marks: Marks) -> tuple[Test, Test]:
    """Return the two tests of ASC 842-10-25-3(b)."""
    guarantee = facts.third_party_guarantee + (0.0 if facts.pooled else facts.lessee_guarantee)
    ratio = value_of(facts, guarantee) / _fair_value(facts)
    paragraph = cite("ASC 842-10-25-3")
    return (
        computed(
            "842-10-25-3(b)(1)",
            paragraph,
            _at_least(ratio, marks.substantially_all),
            {"ratio": ratio, "third party's guarantee": facts.third_party_guarantee, "mark": marks.substantially_all},
            f"With every guarantee PV is {ratio:.1%} of fair value.",
        ),
        _answered("842-10-25-3(b)(2)", "ASC 842-10-25-3", facts.collection_probable, COLLECTION),
    )


def _at_least(value: float, mark: float) -> bool:
    return value >= mark - tolerance(value, mark)

"""Classification: finance or operating, for the lessor under IFRS 16 and for both sides under ASC 842.

The IFRS lessee classifies nothing. IFRS 16 gives the lessor indicators without bright lines; the marks 75/90 used here
are a policy of this product and every sentence says so. ASC 842-10-25-2 is tested at commencement: any one of five
tests makes the lease finance (lessee) or sales-type (lessor). Test (d) of both sides counts the whole of the lessee's
residual guarantee, however unlikely it is to be called; a third party's counts for the lessor's direct financing test
only (842-10-25-3).

A judgement that nobody attested is not taken as favourable: the lease is then shown as finance until it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.criteria import (
    POLICY,
    LeaseFacts,
    Marks,
    bargain_test,
    direct_financing_tests,
    life_test,
    ownership_test,
    specialised_test,
    tests_842,
    value_of,
    value_test,
)
from ringfence.accounting.outcome import Outcome, Test, computed, judged
from ringfence.accounting.refusals import finite, refused

__all__ = [
    "Classification",
    "Kind",
    "LeaseFacts",
    "Marks",
    "classify_lessee",
    "classify_lessor",
    "classify_lessor_ifrs",
    "variance_borne",
]

Kind = Literal["finance", "operating", "sales_type", "direct_financing"]


@dataclass(frozen=True)
class Classification:
    """A classification with its tests.

    Attributes
    ----------
    kind
        The classification to use: an open judgement is taken as speaking for finance.
    if_attested
        The classification if every open judgement is attested "no".
    tests
        In the order of the standard.
    pv
        PV of lease payments, and of the guarantee that counts. [USD]
    ratio
        The last figure over fair value. [ratio]
    life_share
        Term over remaining economic life. [ratio]
    sentence
        In words.
    """

    kind: Kind
    if_attested: Kind
    tests: tuple[Test, ...]
    pv: float
    ratio: float
    life_share: float
    sentence: str

    @property
    def settled(self) -> bool:
        """Whether no open judgement could change the answer."""
        return self.kind == self.if_attested

    @property
    def open(self) -> tuple[Test, ...]:
        """Judgements not attested or contradicted."""
        return tuple(t for t in self.tests if t.outcome in (Outcome.NOT_ATTESTED, Outcome.CONTRADICTED))

    def test(self, id: str) -> Test:
        """Return a test by its id."""
        return next(t for t in self.tests if t.id == id)


def classify_lessee(facts: LeaseFacts, marks: Marks = POLICY) -> Classification:
    """Classify a lease for the lessee under ASC 842-10-25-2.

    Parameters
    ----------
    facts
        With the lessee's own discount rate.
    marks
        Policy marks.

    Returns
    -------
    Classification
        ``finance`` or ``operating``.
    """
    return _settle(facts, tests_842(facts, marks), "finance", "operating", "Lessee, ASC 842")


def classify_lessor(facts: LeaseFacts, marks: Marks = POLICY, *, asu_2021_05: bool = True) -> Classification:
    """Classify a lease for the lessor under ASC 842-10-25-2, 25-3 and 25-3A.

    Parameters
    ----------
    facts
        With the implicit rate.
    marks
        Policy marks.
    asu_2021_05
        Whether variable payments with a day-one loss make the lease operating (in force since 2022).

    Returns
    -------
    Classification
        ``sales_type``, ``direct_financing`` or ``operating``.
    """
    tests = tests_842(facts, marks)
    extra = direct_financing_tests(facts, marks)
    other: Kind = "direct_financing" if all(t.passed for t in extra) else "operating"
    found = _settle(facts, tests, "sales_type", other, "Lessor, ASC 842")
    tests = (*found.tests, *extra)
    if not asu_2021_05:
        return Classification(
            found.kind, found.if_attested, tests, found.pv, found.ratio, found.life_share, found.sentence
        )
    loss = facts.variable and facts.day_one_loss > 0
    variable = computed(
        "842-10-25-3A",
        cite("ASC 842-10-25-3A"),
        loss and found.kind != "operating",
        {"variable payments": facts.variable, "day-one loss": facts.day_one_loss},
        f"Payments that depend on no index and a day-one selling loss of {facts.day_one_loss:,.0f}: operating."
        if loss
        else "No day-one selling loss from payments that depend on no index.",
    )
    tests = (*tests, variable)
    if loss:
        return Classification(
            "operating",
            "operating",
            tests,
            found.pv,
            found.ratio,
            found.life_share,
            f"Lessor, ASC 842: {variable.sentence}",
        )
    return Classification(found.kind, found.if_attested, tests, found.pv, found.ratio, found.life_share, found.sentence)


def classify_lessor_ifrs(
    facts: LeaseFacts,
    marks: Marks = POLICY,
    *,
    cancellation_losses: bool | None = False,
    residual_risk: bool | None = False,
    bargain_renewal: bool | None = False,
) -> Classification:
    """Classify a lease for the lessor under IFRS 16.61-66.

    Parameters
    ----------
    facts
        With the implicit rate; the whole of every guarantee counts, a third party's too (16.70(c)).
    marks
        Policy marks; the standard has none.
    cancellation_losses, residual_risk, bargain_renewal
        Indicators 16.64(a) to (c): whether met; None if not attested.

    Returns
    -------
    Classification
        ``finance`` or ``operating``. Indicators are not conclusive (16.65).
    """
    value = value_of(facts, facts.lessee_guarantee + facts.third_party_guarantee)
    ratio, share = value / facts.fair_value, facts.term / facts.life
    tests = (
        ownership_test(facts, "16.63(a)", "IFRS 16.63(a)"),
        bargain_test(facts, "16.63(b)", "IFRS 16.63(b)"),
        life_test(facts, marks, "16.63(c)", cite("IFRS 16.63(c)"), policy=True, near_end=False),
        value_test(facts, marks, "16.63(d)", cite("IFRS 16.63(d)"), ratio, policy=True),
        specialised_test(facts, "16.63(e)", "IFRS 16.63(e)"),
        judged("16.64(a)", cite("IFRS 16.64"), cancellation_losses, {}, "The lessee bears the losses of cancellation."),
        judged(
            "16.64(b)", cite("IFRS 16.64"), residual_risk, {}, "Gains and losses of residual value fall to the lessee."
        ),
        judged("16.64(c)", cite("IFRS 16.64"), bargain_renewal, {}, "The lessee may renew far below market."),
    )
    kind, sentence = _outcome(tests, "finance", "operating")
    return Classification(
        kind, _attested(tests, "finance", "operating"), tests, value, ratio, share, f"Lessor, IFRS 16: {sentence}"
    )


def _outcome(tests: Sequence[Test], yes: Kind, no: Kind) -> tuple[Kind, str]:
    met = [t for t in tests if t.passed]
    if met:
        return yes, f"{_word(yes)}, by {', '.join(t.id for t in met)}. {met[0].sentence}"
    open_ = [t.id for t in tests if t.outcome in (Outcome.NOT_ATTESTED, Outcome.CONTRADICTED)]
    if open_:
        return (
            yes,
            f"{_word(no)} only once {', '.join(open_)} is attested as not met; shown as {_word(yes)} until then.",
        )
    return no, f"{_word(no)}: no test is met."


def _attested(tests: Sequence[Test], yes: Kind, no: Kind) -> Kind:
    return yes if any(t.passed for t in tests) else no


def _settle(facts: LeaseFacts, tests: tuple[Test, ...], yes: Kind, no: Kind, who: str) -> Classification:
    kind, sentence = _outcome(tests, yes, no)
    ratio = float(tests[3].evidence["ratio"])
    pv = float(tests[3].evidence["PV"])
    return Classification(
        kind, _attested(tests, yes, no), tests, pv, ratio, facts.term / facts.life, f"{who}: {sentence}"
    )


def _word(kind: Kind) -> str:
    return kind.replace("_", "-" if kind == "sales_type" else " ")


def variance_borne(lessee: Sequence[float], residual: Sequence[float], weights: Sequence[float] | None = None) -> float:
    """Return the share of the variance of the asset's residual that the lessee's guarantee and options bear. [ratio]

    Parameters
    ----------
    lessee
        The lessee's cash under guarantee and options, by path. [USD]
    residual
        Value of the asset at the end of the term, by path. [USD]
    weights
        Probability of each path; equal if left out.
    """
    import numpy as np

    if len(lessee) != len(residual) or not len(residual):
        raise refused("sample", f"{len(lessee)} payouts stand against {len(residual)} residuals.")
    if weights is not None and (len(weights) != len(residual) or abs(sum(weights) - 1) > 1e-9 or min(weights) < 0):
        raise refused("sample", f"weights add up to {sum(weights):.6f}.", fix="give probabilities that add up to 1")
    finite("sample", lessee=sum(lessee), residual=sum(residual))
    w = np.full(len(residual), 1.0 / len(residual)) if weights is None else np.asarray(weights, dtype=np.float64)
    spread = [float(w @ (x - w @ x) ** 2) for x in (np.asarray(lessee, np.float64), np.asarray(residual, np.float64))]
    return spread[0] / spread[1] if spread[1] > 0 else 0.0

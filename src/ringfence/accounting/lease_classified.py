"""A deal's lease as both sides classify it: term, rates and tests, read once and used by report and search alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ringfence.accounting.classification import (
    Classification,
    Marks,
    classify_lessee,
    classify_lessor,
    classify_lessor_ifrs,
)
from ringfence.accounting.lease_basis import (
    Answers,
    age_at_end,
    day_one_loss,
    implicit_of,
    option_certain,
    strike_share,
    term_of,
    tests_read,
)
from ringfence.accounting.lease_facts import DealLease, TrancheFacts
from ringfence.accounting.lease_term import LeaseTerm
from ringfence.accounting.rates import LesseeRate, Solved, lessee_rate


@dataclass(frozen=True)
class Classified:
    """Term, rates and classifications of a lease.

    Attributes
    ----------
    facts
        As read, with the value expected at the end of the lease term.
    term
        Lease term.
    rate, implicit
        Rate of the lessee; rate implicit in the lease.
    lessee_us, lessor_us, lessor_ifrs
        Classifications. The IFRS lessee classifies nothing.
    """

    facts: DealLease
    term: LeaseTerm
    rate: LesseeRate
    implicit: Solved
    lessee_us: Classification
    lessor_us: Classification
    lessor_ifrs: Classification


def marks_of(facts: DealLease) -> Marks:
    """Return the marks of the tests, a policy of the deal."""
    marks = facts.accounting.marks
    return Marks(marks.major_part, marks.substantially_all, marks.end_of_life)


def classified(facts: DealLease, given: Answers) -> Classified:
    """Classify a deal's lease for both sides under both frameworks.

    Parameters
    ----------
    facts
        What the deal says.
    given
        Attested answers by question.

    Returns
    -------
    Classified
        Over all tranches together.
    """
    term, marks = term_of(facts, given), marks_of(facts)
    facts = facts.at_age(age_at_end(facts, term))
    facts = replace(facts, owns=bool(option_certain(facts, given)), bought=strike_share(facts, given))
    implicit = implicit_of(facts, term)
    rate = lessee_rate(
        borrowing=facts.borrowing,
        implicit=implicit.rate,
        readily_determinable=facts.policy.implicit_readily_determinable,
    )
    lessor = tests_read(facts, facts.tranches, term, implicit.rate, given)
    if lessor.variable:
        lessor = replace(lessor, day_one_loss=day_one_loss(facts, lessor))
    return Classified(
        facts,
        term,
        rate,
        implicit,
        classify_lessee(tests_read(facts, facts.tranches, term, rate.rate, given), marks),
        classify_lessor(lessor, marks),
        classify_lessor_ifrs(lessor, marks),
    )


def by_tranche(facts: DealLease, found: Classified, given: Answers) -> dict[str, Classification]:
    """Return the lessee's classification under ASC 842, tranche by tranche."""

    def of(tranche: TrancheFacts) -> Classification:
        return classify_lessee(tests_read(facts, (tranche,), found.term, found.rate.rate, given), marks_of(facts))

    return {t.name: of(t) for t in facts.tranches}

"""The lease of a deal in the books of both sides: identified, termed, discounted, classified, measured, with evidence.

:func:`lease_report` reads the deal's own rows and its attestations, and nothing else. Judgements that nobody attested
are answered with ``not attested`` and help nobody. :func:`lease_rows` gives the function that appends the same lease to
the deal's sheet, so that explain and a workbook show it like any other number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ringfence.accounting.classification import Classification
from ringfence.accounting.lease_basis import (
    guarantee_of,
    length_of,
    notes_of,
    option_certain,
    payments_of,
    renewals_in,
    reporting_dates,
    strikes,
)
from ringfence.accounting.lease_classified import by_tranche, classified
from ringfence.accounting.lease_facts import DealLease, read_lease
from ringfence.accounting.lease_identification import ContractFacts, Identification, identify
from ringfence.accounting.lease_term import LeaseTerm, short_term
from ringfence.accounting.lessee import Framework, LesseeLease, LesseeMeasurement, exempt_cost, measure_lessee
from ringfence.accounting.outcome import Figure, Test
from ringfence.accounting.payments import Payment, undiscounted
from ringfence.accounting.rates import LesseeRate, Solved
from ringfence.accounting.residual_guarantee import GuaranteeAmounts
from ringfence.accounting.schedule import NEAR
from ringfence.blocks.lease_books import BooksPlan, lease_books
from ringfence.errors import DealError
from ringfence.terms.deal import Deal

if TYPE_CHECKING:
    from ringfence.blocks.context import Build
    from ringfence.run.result import Measure

FRAMEWORKS: tuple[Framework, ...] = ("IFRS 16", "ASC 842")


class Ran(Protocol):
    """A deal that was run."""

    @property
    def deal(self) -> Deal:
        """The deal."""

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Figures of the run, by name."""


@dataclass(frozen=True)
class LesseeBooks:
    """The lessee's books of all tranches.

    Attributes
    ----------
    framework
        IFRS 16 or ASC 842.
    starts
        Commencement of each tranche, months since close. [month]
    tranches
        Measured, in the same order.
    """

    framework: Framework
    starts: tuple[float, ...]
    tranches: tuple[LesseeMeasurement, ...]

    @property
    def present_value(self) -> float:
        """Of all payments, at each commencement, added up. [USD]"""
        return sum(t.present_value for t in self.tranches)

    @property
    def liability(self) -> float:
        """Day one: payments not yet made at each commencement, added up. [USD]"""
        return sum(t.liability for t in self.tranches)

    @property
    def rou(self) -> float:
        """Day one: right-of-use assets at each commencement, added up. [USD]"""
        return sum(t.rou for t in self.tranches)

    def balance(self, item: str, month: float) -> float:
        """Return a balance of all tranches on a reporting date of the report. [USD]

        Parameters
        ----------
        item
            ``liability.reported``, ``liability.closing``, ``rou.closing``.
        month
            Months since close. [month]
        """
        total = 0.0
        for start, m in zip(self.starts, self.tranches, strict=True):
            since = month - start
            if -NEAR <= since <= m.schedule.months[-1] + NEAR:
                total += m.schedule.at(item, max(since, 0.0))
        return total

    def flow(self, item: str, after: float, until: float) -> float:
        """Sum a movement of all tranches over the periods that end in (after, until]. [USD]

        Parameters
        ----------
        item
            ``liability.interest``, ``rou.amortisation``, ``cost``, ``liability.advance``.
        after, until
            Months since close. [month]
        """
        return sum(
            x
            for start, m in zip(self.starts, self.tranches, strict=True)
            for end, x in zip(m.schedule.months, m.schedule[item], strict=True)
            if after + NEAR < start + end <= until + NEAR
        )

    @property
    def expense(self) -> float:
        """Cost of the whole lease. [USD]"""
        return sum(sum(t.expense) for t in self.tranches)


@dataclass(frozen=True)
class LeaseReport:
    """The lease of a deal in the accounts.

    Attributes
    ----------
    facts
        As the deal says.
    identification, term
        Is it a lease, for how long.
    short_term, short_term_us
        May it be exempt, under IFRS 16 and under ASC 842.
    rate, implicit
        Rate of the lessee; rate implicit in the lease.
    lessee_us, lessor_us, lessor_ifrs
        Classifications. The IFRS lessee classifies nothing.
    by_tranche
        Classification of the lessee under ASC 842, tranche by tranche.
    ifrs, us
        The lessee's books.
    guarantee
        The four amounts, or None without a guarantee.
    dates
        Reporting dates, each year from close and those asked for, months since close. [month]
    evidence
        Computed figures behind the answers.
    notes
        What was assumed, in words.
    """

    facts: DealLease
    identification: Identification
    term: LeaseTerm
    short_term: Test
    short_term_us: Test
    rate: LesseeRate
    implicit: Solved
    lessee_us: Classification
    lessor_us: Classification
    lessor_ifrs: Classification
    by_tranche: Mapping[str, Classification]
    ifrs: LesseeBooks
    us: LesseeBooks
    guarantee: GuaranteeAmounts | None
    dates: tuple[float, ...]
    evidence: Mapping[str, Figure]
    notes: tuple[str, ...]

    @property
    def ratio_d(self) -> float:
        """PV of payments and full lessee guarantee over fair value, at the lessee's rate (842-10-25-2(d)). [ratio]"""
        return self.lessee_us.ratio

    @property
    def open(self) -> tuple[Test, ...]:
        """Judgements that are not settled and could change an answer."""
        tests = (*self.identification.tests, *self.term.tests, self.rate.test, *self.lessee_us.tests)
        return tuple(t for t in tests if t.outcome.value in ("not attested", "contradicted"))

    def deferred_tax(self) -> dict[float, tuple[float, float]]:
        """Return deferred tax asset and liability on each reporting date; empty without a tax rate. [USD]"""
        rate = self.facts.accounting.tax_rate
        if rate is None:
            return {}
        return {d: (rate * owed, rate * held) for d, (owed, held) in self.year_ends().items()}

    def year_ends(self, framework: Framework = "IFRS 16") -> dict[float, tuple[float, float]]:
        """Return liability and right of use on each reporting date. [USD]"""
        books = self.ifrs if framework == "IFRS 16" else self.us
        return {d: (books.balance("liability.reported", d), books.balance("rou.closing", d)) for d in self.dates}


def lease_report(
    result: Ran | Deal,
    lease: str | None = None,
    *,
    answers: Mapping[str, bool | None] | None = None,
    dates: Sequence[float] = (),
) -> LeaseReport:
    """Account for the lease of a deal.

    Parameters
    ----------
    result
        A deal that was run, or a deal as read; a run lets attestations lean on its measures.
    lease
        Id of the lease; left out: the sponsor's.
    answers
        Attested answers by question (``L1``, ``L2``, ``L5``, ``L6``, ``L7``, ``L8``); left out: the deal's own.
    dates
        Reporting dates beside the anniversaries of close, months since close. [month]

    Returns
    -------
    LeaseReport
        Under both frameworks.
    """
    deal, measures = (result, None) if isinstance(result, Deal) else (result.deal, result.measures)
    read = read_lease(deal, lease)
    given = answers if answers is not None else answers_of(deal, measures)
    found = classified(read, given)
    facts, term, rate = found.facts, found.term, found.rate
    guarantee = guarantee_of(facts, term)
    ends = tuple(sorted({*reporting_dates(facts, term), *dates}))
    exempt = {f: _short_term(facts, term, given, f) for f in FRAMEWORKS}
    elected = {f: test.passed and facts.policy.short_term_exemption for f, test in exempt.items()}
    operating = found.lessee_us.kind == "operating"
    return LeaseReport(
        facts=facts,
        identification=_identification(facts, given),
        term=term,
        short_term=exempt["IFRS 16"],
        short_term_us=exempt["ASC 842"],
        rate=rate,
        implicit=found.implicit,
        lessee_us=found.lessee_us,
        lessor_us=found.lessor_us,
        lessor_ifrs=found.lessor_ifrs,
        by_tranche=by_tranche(facts, found, given),
        ifrs=_books(facts, term, rate, ends, "IFRS 16", guarantee, given, exempt=elected["IFRS 16"]),
        us=_books(facts, term, rate, ends, "ASC 842", guarantee, given, operating=operating, exempt=elected["ASC 842"]),
        guarantee=guarantee,
        dates=ends,
        evidence=_evidence(facts, term, rate, found.implicit, found.lessee_us),
        notes=notes_of(facts, term),
    )


def lease_rows(report: LeaseReport) -> Callable[[Build], None]:
    """Return the function that appends the lease's books to the deal's sheet: ``build(deal, extra=[...])``.

    Parameters
    ----------
    report
        Of the deal; its rates and classifications are handed down. Rows cover the lease term in the accounts.
    """
    facts, policy = report.facts, report.facts.policy
    costs = policy.initial_direct_costs + policy.prepaid + policy.restoration - policy.incentives
    return lease_books(
        facts.id,
        BooksPlan(
            rate=report.rate.rate.effective,
            implicit=report.implicit.rate.effective,
            us_operating=report.lessee_us.kind == "operating",
            lessor_operating=report.lessor_ifrs.kind == "operating",
            direct_costs=costs / facts.hardware,
            residual_share=facts.recovered_share,
            guaranteed_share=facts.assured_share,
            lease_share=facts.lease_share,
            renewals=renewals_in(facts, report.term),
            owned=facts.life if facts.owns else None,
        ),
    )


def answers_of(deal: Deal, measures: Mapping[str, Measure] | None = None) -> dict[str, bool | None]:
    """Return the attested answers of a deal by question; none where it has no vehicle and sponsor to ask about.

    Parameters
    ----------
    deal
        The deal.
    measures
        Measures of its run, for attestations that lean on them.
    """
    from ringfence.accounting.attest import needed

    try:
        found = needed(deal, measures=measures)
    except DealError:
        return {}
    return {answer.question.id: answer.value for answer in found}


# --- the parts -------------------------------------------------------------------------------------------------


def _short_term(facts: DealLease, term: LeaseTerm, given: Mapping[str, bool | None], framework: Framework) -> Test:
    """The exemption under each framework's own rule: any option bars it (IFRS), or one that is certain (US)."""
    return short_term(
        term.months,
        framework=framework,
        purchase_option=facts.terms.purchase_option is not None,
        option_certain=option_certain(facts, given),
    )


def _identification(facts: DealLease, given: Mapping[str, bool | None]) -> Identification:
    leased = sum(t.units for t in facts.tranches)
    return identify(
        ContractFacts(
            identified=given.get("L1"),
            spare_units=facts.fleet.spares * facts.fleet.count,
            leased_units=leased,
            substantive_substitution=given.get("L2"),
            capacity_share=leased / facts.fleet.count,
            distinct=True,
            output_share=1.0,
            directs_use=given.get("L5"),
        ),
        substantially_all=facts.accounting.marks.substantially_all,
    )


def _books(
    facts: DealLease,
    term: LeaseTerm,
    rate: LesseeRate,
    dates: tuple[float, ...],
    framework: Framework,
    guarantee: GuaranteeAmounts | None,
    given: Mapping[str, bool | None],
    *,
    operating: bool = False,
    exempt: bool = False,
) -> LesseeBooks:
    policy, whole = facts.policy, facts.hardware
    owed, buys = 0.0, bool(given.get("L7")) and facts.terms.purchase_option is not None
    if guarantee is not None and facts.guarantor_is_lessee and not buys:
        owed = guarantee.expected_payable if framework == "IFRS 16" else guarantee.probable
    measured = []
    for t in facts.tranches:
        share, length = t.hardware / whole, length_of(facts, t, term)
        payments = (*payments_of(facts, t, term), *strikes(facts, t, term, given))
        if owed:
            payments = (*payments, Payment(length, owed * share, "arrears", "guarantee"))
        lease = LesseeLease(
            payments,
            rate.rate,
            length,
            framework,
            operating=operating,
            initial_direct_costs=policy.initial_direct_costs * share,
            incentives=policy.incentives * share,
            prepaid=policy.prepaid * share,
            restoration=policy.restoration * share,
            ownership=buys,
            life=facts.life - t.age,
        )
        name = f"{facts.id}.{t.name}"
        if exempt:
            measured.append(exempt_cost(lease, name=name))
        else:
            marks = [d - t.start for d in dates if 0 < d - t.start < length]
            measured.append(measure_lessee(lease, name=name, dates=marks))
    return LesseeBooks(framework, tuple(t.start for t in facts.tranches), tuple(measured))


def _evidence(
    facts: DealLease, term: LeaseTerm, rate: LesseeRate, implicit: Solved, classified: Classification
) -> dict[str, Figure]:
    return {
        "GPUs leased": sum(t.units for t in facts.tranches),
        "tranches": len(facts.tranches),
        "first commencement, months since close": min(t.start for t in facts.tranches),
        "last commencement, months since close": max(t.start for t in facts.tranches),
        "lease term, months": term.months,
        "economic life, months": facts.life,
        "term / life": classified.life_share,
        "payments, undiscounted": undiscounted(p for t in facts.tranches for p in payments_of(facts, t, term)),
        "fair value at commencement": facts.fair_value,
        "lessee's rate": rate.rate.effective,
        "implicit rate": implicit.rate.effective,
        "residual expected": facts.residual,
        "residual guaranteed": facts.guaranteed,
        "PV of payments and full guarantee": classified.pv,
        "ratio (d)": classified.ratio,
    }

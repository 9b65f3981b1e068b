"""Who consolidates the vehicle, under IFRS 10 and under ASC 810, and what that hangs on.

:func:`consolidation_report` takes the base case and scenarios with probabilities. It computes the evidence (expected
losses, drivers of value, cover of the debt), tests every attested answer against the deal's own terms, evaluates both
frameworks for every interest holder, runs X1 to X12, and finds the open questions on which the sponsor's answer turns:
a set of them that would settle it, and each of which is needed.

Nothing here decides for an auditor. An open question is counted against the sponsor.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ringfence.accounting.attest import Answer, Answers, check_attestations, needed
from ringfence.accounting.cash_evidence import (
    RunDeal,
    Scenario,
    check_scenarios,
    coverage_of,
    debt_of,
    drivers_of,
    risk_free_rate,
    sample_of,
    subordination,
)
from ringfence.accounting.consolidation_answer import ConsolidationReport, Framework
from ringfence.accounting.consolidation_judge import Judge
from ringfence.accounting.contradictions import contradictions, warnings
from ringfence.accounting.control_ifrs10 import Conclusion
from ringfence.accounting.deal_claims import (
    LeaseView,
    claims_of,
    debt_rate,
    fleet_price,
    residual_risk,
    sponsor_guarantee,
)
from ringfence.accounting.deal_facts import (
    Subject,
    Values,
    activities,
    contradicting,
    scope_facts,
    silo_facts,
    variable_interest_list,
    vie_facts,
)
from ringfence.accounting.evidence import Coverage
from ringfence.accounting.expected_losses import METHODS, Allocation, Method, allocate
from ringfence.accounting.logic import is_open
from ringfence.accounting.outcome import FAIL, PASS, Outcome, Test
from ringfence.accounting.party_cash import Sample
from ringfence.accounting.power import influences
from ringfence.accounting.primary_beneficiary import (
    BENEFICIARY_MARKS,
    BeneficiaryMarks,
)
from ringfence.accounting.principal_agent import MARKS, Marks
from ringfence.accounting.related import silo
from ringfence.accounting.variable_interests import implicit_interest, variable_interests
from ringfence.accounting.vie_asc810 import in_scope, vie
from ringfence.errors import DealError

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


def consolidation_report(
    result: RunDeal,
    scenarios: Sequence[Scenario] = (),
    *,
    vehicle: str | None = None,
    risk_free: float | None = None,
    method: Method = "top_down",
    sample: Sample | None = None,
    drivers: Mapping[str, float] | None = None,
    view: LeaseView | None = None,
    as_of: dt.date | None = None,
    marks: Marks = MARKS,
    beneficiary_marks: BeneficiaryMarks = BENEFICIARY_MARKS,
) -> ConsolidationReport:
    """Answer who consolidates a vehicle and why.

    Parameters
    ----------
    result
        The base case.
    scenarios
        Runs with probabilities adding to one, the base case among them. Without any there are no expected losses,
        and every share that would rest on them is open.
    vehicle
        Vehicle under test; left out: the lessor of the sponsor's lease.
    risk_free
        Rate for expected losses; left out: the index of the vehicle's loans at close. [1/year]
    method
        How expected losses are allocated for the tests; all methods are shown.
    sample, drivers
        Party cash flows and influence of activities from elsewhere, such as a Monte Carlo, in place of those of the
        scenarios.
    view
        What the lease was measured with.
    as_of
        Reporting date, for attestations.
    marks, beneficiary_marks
        Policy.

    Returns
    -------
    ConsolidationReport
        The report.

    Raises
    ------
    DealError
        For probabilities that do not add to one, or a deal without vehicle or sponsor.
    """
    answers = needed(result.deal, vehicle=vehicle, measures=result.measures, as_of=as_of)
    scope = answers.scope
    given = _evidence(result, scenarios, scope.vehicle, risk_free, sample, method, drivers)
    subject = _subject(result, answers, given.chosen, given.drivers)
    attested, values = _standing(answers, subject)
    judge = Judge(subject, marks, beneficiary_marks)
    ifrs, us = (_framework(judge, f, answers, values) for f in (judge.ifrs, judge.us))
    coverage = _coverage(subject, given.found)
    crossed = _crossed(subject, values, given.found, coverage, view or LeaseView(), (ifrs, us))
    findings = (*check_attestations(result.deal, measures=result.measures, as_of=as_of), *warnings(crossed))
    told, paths = scenarios if given.known is not None else (), len(given.sample.cash)
    return ConsolidationReport(
        vehicle=scope.vehicle,
        sponsor=scope.sponsor,
        debt=float(debt_of(result, scope.vehicle).max()),
        liability=(view.liability if view is not None else None) or 0.0,
        answers=answers,
        attested=attested,
        ifrs=ifrs,
        us=us,
        scope=in_scope(scope_facts(subject, values)),
        interests=_interests(subject, values),
        vie=vie(vie_facts(subject, values)),
        silos=tuple(silo(f) for f in silo_facts(subject, values)),
        silos_us=tuple(silo(f, "US GAAP") for f in silo_facts(subject, values)),
        silo_losses=_silo_losses(subject, given.found, given.known or 0.0),
        residual_risk=residual_risk(subject, given.found),
        sample=given.sample,
        allocations=given.allocations,
        drivers=subject.drivers,
        coverage=coverage,
        contradictions=crossed,
        findings=findings,
        notes=_notes(told, given.known, method, subject, paths, given=drivers is not None),
    )


@dataclass(frozen=True)
class _Evidence:
    """What is computed before anything is judged: scenarios, samples, who bears what, what drives value."""

    found: Sequence[Scenario]
    known: float | None
    sample: Sample
    allocations: tuple[Allocation, ...]
    chosen: Allocation
    drivers: Mapping[str, float]


def _evidence(
    result: RunDeal,
    scenarios: Sequence[Scenario],
    vehicle: str,
    risk_free: float | None,
    sample: Sample | None,
    method: Method,
    drivers: Mapping[str, float] | None,
) -> _Evidence:
    found = list(scenarios) or [Scenario("base case", result, 1.0)]
    check_scenarios(found)
    known = _rate(result.deal, vehicle) if risk_free is None else risk_free
    if known is None:
        found = found[:1] if len(found) == 1 else [Scenario("base case", result, 1.0)]
    rate = known or 0.0
    sample = sample_of(found, vehicle, rate=rate) if sample is None else sample
    tiers = subordination(result, vehicle)
    allocations = tuple(allocate(sample, m, tiers=tiers) for m in METHODS if m != "bottom_up" or tiers)
    chosen = next(a for a in allocations if a.method == method)
    influence = drivers_of(found, vehicle, rate=rate) if drivers is None else drivers
    return _Evidence(found, known, sample, allocations, chosen, influence)


def _crossed(
    subject: Subject,
    values: Values,
    found: Sequence[Scenario],
    coverage: Coverage | None,
    view: LeaseView,
    frameworks: tuple[Framework, Framework],
) -> tuple[Test, ...]:
    """What the deal's own figures speak against: X1 to X12."""
    concluded = [c for x in frameworks for c in (x.conclusion, *x.others)]
    claims = claims_of(
        subject,
        values,
        found,
        coverage,
        view=view,
        consolidators=_parties(c for c in concluded if c.outcome is PASS),
        possible=_parties(c for c in concluded if is_open(c.outcome)),
        powerful=_powerful(subject, values),
    )
    return contradictions(claims)


def _subject(result: RunDeal, answers: Answers, allocation: Allocation, drivers: Mapping[str, float]) -> Subject:
    found = Subject(result, answers.scope, drivers=drivers if sum(drivers.values()) > 0 else {})
    if not allocation.applies:
        return found
    shares = {party: allocation.share(party) for party in allocation.losses}
    return replace(found, shares=shares, expected_losses=allocation.entity.losses)


def _standing(answers: Answers, s: Subject) -> tuple[tuple[Test, ...], dict[str, bool | None]]:
    """Every answer as a test, and its value where it stands uncontradicted."""
    against = contradicting(s)
    tests = {a.question.id: a.test(against.get(a.question.id, "")) for a in answers}
    values = {a.question.id: a.value if tests[a.question.id].outcome in (PASS, FAIL) else None for a in answers}
    return tuple(tests.values()), values


def _framework(
    judge: Judge, evaluate: Callable[[str, Values], Conclusion], answers: Answers, values: Mapping[str, bool | None]
) -> Framework:
    sponsor = judge.subject.scope.sponsor
    others = tuple(evaluate(party, values) for party in judge.subject.holders if party != sponsor)
    unsettled = [a for a in answers if values[a.question.id] is None and a.question.topic == "consolidation"]
    best = {**values, **{a.question.id: _helpful(a) for a in unsettled}}
    worst = {**values, **{a.question.id: not _helpful(a) for a in unsettled}}
    kept_off, lost = evaluate(sponsor, best).outcome, evaluate(sponsor, worst).outcome
    turning = _turning(lambda v: evaluate(sponsor, v).outcome, unsettled, best) if kept_off is FAIL else ()
    return Framework(evaluate(sponsor, values), others, kept_off, lost, turning)


def _turning(
    outcome: Callable[[Values], Outcome], unsettled: Sequence[Answer], best: Mapping[str, bool | None]
) -> tuple[str, ...]:
    """Leave open, one after the other, every question without which the answer still holds; the rest is needed."""
    values = dict(best)
    for answer in reversed(unsettled):
        without = {**values, answer.question.id: None}
        values = without if outcome(without) is FAIL else values
    return tuple(a.key for a in unsettled if values[a.question.id] is not None)


def _helpful(answer: Answer) -> bool:
    return answer.question.helps == "yes"


def _interests(s: Subject, values: Values) -> tuple[Test, ...]:
    """Every contract, and whether the sponsor would support the vehicle without being bound to."""
    implicit = implicit_interest(values.get("A6"), s.scope.sponsor)
    return (*variable_interests(variable_interest_list(s, values)), implicit)


def _rate(deal: Deal, vehicle: str) -> float | None:
    """Risk-free rate, or None where nothing says it: expected losses are then not computed. [1/year]"""
    try:
        return risk_free_rate(deal, vehicle)
    except DealError:
        return None


def _silo_losses(s: Subject, scenarios: Sequence[Scenario], rate: float) -> dict[str, Allocation]:
    """Expected losses of each business of the vehicle, top down, where it has several (ASC 810-10-25-57)."""
    vehicle = s.scope.vehicle
    books = s.deal.parties[vehicle].books
    if len(books) < 2:
        return {}
    samples = {x: sample_of(scenarios, vehicle, rate=rate, business=x) for x in books}
    return {f"{vehicle}.{x}": allocate(sample, "top_down") for x, sample in samples.items() if sample.parties}


def _parties(conclusions: Iterable[Conclusion]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.party for c in conclusions))


def _coverage(s: Subject, scenarios: Sequence[Scenario]) -> Coverage | None:
    """Cover by the sponsor's firm rents and guarantees, at the vehicle's cost of debt."""
    cost = debt_rate(s)
    if s.lease is None or cost is None or s.lease.lessee != s.scope.sponsor:
        return None
    amount = sponsor_guarantee(s) * fleet_price(s)
    return coverage_of(scenarios, s.scope.vehicle, s.scope.sponsor, rate=cost, guarantee=amount)


def _powerful(s: Subject, values: Values) -> str | None:
    """Party that directs most of what matters, as far as is known."""
    found = activities(s, values)
    weights = influences(found)
    held: dict[str, float] = {}
    for activity in found:
        if activity.directed_by:
            held[activity.directed_by] = held.get(activity.directed_by, 0.0) + weights[activity.name]
    return max(held, key=held.__getitem__, default=None)


def _notes(
    scenarios: Sequence[Scenario], rate: float | None, method: Method, s: Subject, paths: int, *, given: bool
) -> tuple[str, ...]:
    notes = [
        "No loan of the vehicle floats and no rate is stated: expected losses are not computed (accounting.risk_free)."
        if rate is None
        else f"Present values of expected losses at {rate:.2%}, allocated {method.replace('_', ' ')}."
    ]
    if paths > max(1, len(scenarios)):
        notes.append(f"Expected losses from a sample of {paths:,} paths.")
    elif len(scenarios) < 2:
        notes.append("No scenarios were given: expected losses and the ranking of activities are not computed.")
    else:
        listed = ", ".join(f"{x.name} {x.probability:.1%}" for x in scenarios)
        notes.append(f"Scenarios and the probabilities given for them: {listed}.")
    if given and s.drivers:
        notes.append("Influence of activities: shares of the variance of the equity's value on random paths.")
    elif s.drivers:
        notes.append("Influence of activities: from the scenarios, each of which moves one; no random path was drawn.")
    if not s.drivers:
        notes.append("Activities are weighed alike, for want of scenarios that move them one at a time.")
    notes.append("Support for a conclusion, no audit opinion. Paragraphs marked [verify] are recalled.")
    return tuple(notes)

"""The answer on consolidation: both frameworks, the evidence, what hangs on open judgements; and its plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.accounting.attest import Answers
from ringfence.accounting.control_ifrs10 import Conclusion
from ringfence.accounting.evidence import Coverage
from ringfence.accounting.expected_losses import Allocation, fin46r_consolidator
from ringfence.accounting.logic import is_open
from ringfence.accounting.outcome import FAIL, NOT_ATTESTED, PASS, Outcome, Test
from ringfence.accounting.party_cash import Sample
from ringfence.accounting.vie_asc810 import Vie
from ringfence.accounting.what_leaves import WhatLeaves, what_leaves
from ringfence.errors import Finding

PARTS = {
    "consolidated": "stays",
    "comes back as lease liability": "back",
    "hanging": "hangs",
    "not consolidated": "leaves",
}
"""Parts of a vehicle's debt as the report says them, and their names in :class:`WhatLeaves`."""


@dataclass(frozen=True)
class Framework:
    """The answer of one framework for the sponsor.

    Parameters
    ----------
    conclusion
        Whether the sponsor consolidates.
    others
        The other interest holders' conclusions.
    best, worst
        Outcome if every open question is answered as helps the sponsor, and as does not.
    hangs_on
        Keys of the open questions that, attested as helps the sponsor, settle it in its favour while the others stay
        open; each of them is needed. Empty where nothing attested could.
    """

    conclusion: Conclusion
    others: tuple[Conclusion, ...]
    best: Outcome
    worst: Outcome
    hangs_on: tuple[str, ...]

    @property
    def hanging(self) -> bool:
        """Whether the vehicle's debt leaves or stays by judgements that are open."""
        return is_open(self.conclusion.outcome) and self.best is FAIL


@dataclass(frozen=True)
class ConsolidationReport:
    """Everything about the consolidation of one vehicle.

    Parameters
    ----------
    vehicle, sponsor
        Who is under test, and whose balance sheet.
    debt, liability
        Largest debt of the vehicle; lease liability that whoever measured the lease gave beside it. [USD]
    answers
        The questions with their standing.
    attested
        Each as a test of the favourable statement.
    ifrs, us
        IFRS 10 and ASC 810.
    scope, interests, vie
        ASC 810: scope, variable interests, marks of a VIE.
    silos, silos_us
        Businesses of the vehicle as entities of their own, under IFRS 10 and under ASC 810.
    silo_losses
        Expected losses of each business, by who bears them; of use where it is a silo (ASC 810-10-25-57).
    residual_risk
        Share of the variance of the residual that the sponsor bears by its guarantee; None where none varies. [ratio]
    sample
        Value to each interest holder by scenario.
    allocations
        Expected losses by method.
    drivers
        Influence of each activity on the value of equity. [ratio]
    coverage
        Cover of the debt by firm rents and guarantees; None without a lease.
    contradictions
        X1 to X12.
    findings
        Warnings: contradictions, judgements open again, wrong ids.
    notes
        What the figures rest on.
    """

    vehicle: str
    sponsor: str
    debt: float
    liability: float
    answers: Answers
    attested: tuple[Test, ...]
    ifrs: Framework
    us: Framework
    scope: Test
    interests: tuple[Test, ...]
    vie: Vie
    silos: tuple[Test, ...]
    silos_us: tuple[Test, ...]
    silo_losses: Mapping[str, Allocation]
    residual_risk: float | None
    sample: Sample
    allocations: tuple[Allocation, ...]
    drivers: Mapping[str, float]
    coverage: Coverage | None
    contradictions: tuple[Test, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def debt_split(
        self,
        framework: Framework,
        *,
        debt: float | None = None,
        liability: float | None = None,
        financing: float = 0.0,
        possible: float = 0.0,
        helped: bool = False,
    ) -> WhatLeaves:
        """Return what becomes of the vehicle's debt: the one account of it, on any date.

        Parameters
        ----------
        framework
            `ifrs` or `us`.
        debt, liability
            On the date; left out: those of the report. [USD]
        financing
            Obligation that stands in place of the lease if the sponsor is attested to have controlled the asset first
            (S1). [USD]
        possible
            Liability if open judgements on the lease went against the sponsor. [USD]
        helped
            As if every open question on consolidation were attested as helps.
        """
        kept, released = self._standing("S1"), self._standing("S2")
        owed = self.liability if liability is None else liability
        outcome = framework.best if helped else framework.conclusion.outcome
        if kept is FAIL:
            owed = max(owed, financing)
        if released is FAIL:
            outcome = PASS
        elif outcome is FAIL and not helped and any(x is not PASS for x in (kept, released)):
            outcome = NOT_ATTESTED
        return what_leaves(
            self.debt if debt is None else debt, owed, outcome, framework.best, possible=0.0 if helped else possible
        )

    @property
    def control_open(self) -> bool:
        """Whether it is not attested, one way or the other, that the sponsor controlled the assets first (S1)."""
        return self._standing("S1") not in (PASS, FAIL)

    def _standing(self, question: str) -> Outcome:
        """Whether a question is attested as helps; one that the deal does not ask stands in nobody's way."""
        key = self.answers.scope.key(question)
        return next((t.outcome for t in self.attested if t.id == key), PASS)

    @property
    def pre_2010(self) -> str | None:
        """Who would have consolidated by expected losses alone (FIN 46(R)); shown, never used."""
        return fin46r_consolidator(self.allocations[0])


def report_lines(report: ConsolidationReport) -> list[str]:
    """Return the report as plain text, a line each.

    Parameters
    ----------
    report
        The report.
    """
    lines = [f"Does {report.sponsor} consolidate {report.vehicle}, with debt of {_bn(report.debt)}?"]
    for framework in (report.ifrs, report.us):
        lines += ["", *_framework_lines(report, framework)]
    lines += ["", f"ASC 810: {report.scope.sentence} {report.vie.sentence}"]
    lines += [_line(t) for t in (*report.vie.tests, *report.interests)]
    if report.silos:
        lines += ["", "Silos", *(_line(t) for t in (*report.silos, *report.silos_us)), *_silo_lines(report)]
    lines += ["", *_evidence_lines(report)]
    lines += ["", "Contradictions", *(_line(t) for t in report.contradictions)]
    lines += ["", "Attestations", *(_line(t) for t in report.attested)]
    return [*lines, "", *report.notes]


def _silo_lines(report: ConsolidationReport) -> list[str]:
    """Expected losses of each business by who bears them."""
    lines = []
    for name, a in report.silo_losses.items():
        shares = ", ".join(f"{party} {share:.1%}" for party, share in a.loss_shares.items()) if a.applies else ""
        lines.append(f"  {name}: expected losses {_bn(a.entity.losses)}{': ' if shares else ''}{shares}")
    return lines


def _framework_lines(report: ConsolidationReport, framework: Framework) -> list[str]:
    c = framework.conclusion
    split = report.debt_split(framework)
    amounts = {word: getattr(split, name) for word, name in PARTS.items() if getattr(split, name) > 0}
    lines = [f"{c.framework}: {c.sentence}", *(f"  {k}: {_bn(v)} of debt" for k, v in amounts.items())]
    if framework.hangs_on:
        lines.append(f"  hangs on {', '.join(framework.hangs_on)}")
    lines += [_line(t) for t in c.tests]
    return lines + [f"  {o.party}: {o.sentence}" for o in framework.others]


def _evidence_lines(report: ConsolidationReport) -> list[str]:
    lines = ["Evidence"]
    for name, share in sorted(report.drivers.items(), key=lambda item: -item[1]):
        lines.append(f"  {name} explains {share:.0%} of the spread of the value of equity")
    for a in report.allocations:
        if a.applies:
            shares = ", ".join(f"{party} {share:.1%}" for party, share in a.loss_shares.items())
            lines.append(f"  expected losses {_bn(a.entity.losses)}, {a.method.replace('_', ' ')}: {shares}")
    if report.allocations[0].applies:
        lines.append(f"  by expected losses alone, as before 2010: {report.pre_2010 or 'nobody'} would consolidate")
    if report.coverage is not None and report.coverage.least is not None:
        peak, least = report.coverage.at_peak or 0.0, report.coverage.least
        lines.append(f"  firm rents and guarantees cover the largest debt {peak:.2f} times, at the least {least:.2f}")
    if report.residual_risk is not None:
        lines.append(
            f"  {report.sponsor} bears {report.residual_risk:.0%} of the variance of the residual by guarantee"
        )
    return lines


def _line(test: Test) -> str:
    return f"  {test.outcome!s:<13}{test.id}: {test.sentence} ({test.paragraph})"


def _bn(amount: float) -> str:
    return f"{amount / 1e9:,.3f} USD bn"

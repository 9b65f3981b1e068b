"""The answer on consolidation: both frameworks, the evidence, what hangs on open judgements; and its plain text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringfence.accounting.attest import Answers
from ringfence.accounting.control_ifrs10 import Conclusion
from ringfence.accounting.evidence import Coverage
from ringfence.accounting.expected_losses import Allocation, fin46r_consolidator
from ringfence.accounting.logic import is_open
from ringfence.accounting.outcome import FAIL, Outcome, Test
from ringfence.accounting.party_cash import Sample
from ringfence.accounting.vie_asc810 import Vie
from ringfence.errors import Finding


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
    debt
        Largest debt of the vehicle. [USD]
    answers
        The questions with their standing.
    attested
        Each as a test of the favourable statement.
    ifrs, us
        IFRS 10 and ASC 810.
    scope, interests, vie
        ASC 810: scope, variable interests, marks of a VIE.
    silos
        Businesses of the vehicle as entities of their own, under IFRS 10.
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
    answers: Answers
    attested: tuple[Test, ...]
    ifrs: Framework
    us: Framework
    scope: Test
    interests: tuple[Test, ...]
    vie: Vie
    silos: tuple[Test, ...]
    residual_risk: float | None
    sample: Sample
    allocations: tuple[Allocation, ...]
    drivers: Mapping[str, float]
    coverage: Coverage | None
    contradictions: tuple[Test, ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]

    def debt_split(self, framework: Framework) -> dict[str, float]:
        """The vehicle's debt by standing: consolidated, hanging on open judgements, not consolidated. [USD]

        Parameters
        ----------
        framework
            `ifrs` or `us`. Not consolidated says nothing of what comes back as a lease liability.
        """
        outcome = framework.conclusion.outcome
        return {
            "consolidated": self.debt if outcome is not FAIL and not framework.hanging else 0.0,
            "hanging": self.debt if framework.hanging else 0.0,
            "not consolidated": self.debt if outcome is FAIL else 0.0,
        }

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
    lines += ["", "Silos", *(_line(t) for t in report.silos)] if report.silos else []
    lines += ["", *_evidence_lines(report)]
    lines += ["", "Contradictions", *(_line(t) for t in report.contradictions)]
    lines += ["", "Attestations", *(_line(t) for t in report.attested)]
    return [*lines, "", *report.notes]


def _framework_lines(report: ConsolidationReport, framework: Framework) -> list[str]:
    c = framework.conclusion
    amounts = {k: v for k, v in report.debt_split(framework).items() if v > 0}
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

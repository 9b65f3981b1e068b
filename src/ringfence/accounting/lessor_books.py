"""The lessor's books of a deal's lease, tranche by tranche, as classified by its report."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.classification import Kind
from ringfence.accounting.lease_basis import length_of, payments_of
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.lessee import Framework
from ringfence.accounting.lessor import LessorLease, LessorMeasurement, measure_lessor


@dataclass(frozen=True)
class LessorBooks:
    """A lease in the lessor's books, all tranches.

    Attributes
    ----------
    framework, kind
        IFRS 16 or ASC 842, and the classification under it.
    starts
        Commencement of each tranche, months since close. [month]
    tranches
        Measured, in the same order.
    """

    framework: Framework
    kind: Kind
    starts: tuple[float, ...]
    tranches: tuple[LessorMeasurement, ...]

    @property
    def net_investment(self) -> float:
        """At each commencement, rent of the day received, added up; 0 for an operating lease. [USD]"""
        return sum(t.net_investment for t in self.tranches)

    @property
    def profit(self) -> float:
        """Of the days of commencement. [USD]"""
        return sum(t.profit for t in self.tranches)

    @property
    def income(self) -> float:
        """Over the whole lease. [USD]"""
        return sum(sum(t.income) for t in self.tranches)


def lessor_books(report: LeaseReport, framework: Framework = "IFRS 16") -> LessorBooks:
    """Measure a deal's lease in the lessor's books.

    Parameters
    ----------
    report
        Of the deal.
    framework
        IFRS 16 or ASC 842.

    Returns
    -------
    LessorBooks
        The asset is carried at its hardware price.
    """
    facts, term = report.facts, report.term
    kind = (report.lessor_ifrs if framework == "IFRS 16" else report.lessor_us).kind
    measured = []
    for t in facts.tranches:
        share = t.hardware / facts.hardware
        lease = LessorLease(
            payments_of(facts, t, term),
            report.implicit.rate,
            length_of(facts, t, term),
            kind,
            t.fair_value,
            t.hardware,
            facts.recovered_share * t.hardware,
            facts.assured_share * t.hardware,
            facts.policy.lessor_direct_costs * share,
        )
        measured.append(measure_lessor(lease, name=f"{facts.id}.lessor.{t.name}"))
    return LessorBooks(framework, kind, tuple(t.start for t in facts.tranches), tuple(measured))

"""The accounts of a run that the accounting page prints: lease, consolidation, the sponsor's sheets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from ringfence.accounting.activity_scenarios import activity_scenarios
from ringfence.accounting.attest import needed, scope_of, yaml_of_open
from ringfence.accounting.cash_evidence import Scenario
from ringfence.accounting.consolidation import consolidation_report
from ringfence.accounting.consolidation_answer import ConsolidationReport
from ringfence.accounting.consolidation_answer import Framework as Answered
from ringfence.accounting.deal_claims import LeaseView
from ringfence.accounting.exposure import answered_for
from ringfence.accounting.lease_report import LeaseReport, lease_report
from ringfence.accounting.lessee import Framework
from ringfence.accounting.party_cash import Sample
from ringfence.accounting.sponsor_books import (
    SponsorSheet,
    completion,
    sponsor_sheets,
)
from ringfence.accounting.what_leaves import WhatLeaves
from ringfence.desk.session import run
from ringfence.errors import DealError

if TYPE_CHECKING:
    from ringfence.desk.risk.activities import ActivityEvidence
    from ringfence.timeline import Timeline

FRAMEWORKS: tuple[Framework, ...] = ("IFRS 16", "ASC 842")
BRINGS_BACK = ("L6", "L7")
"""Judgements on the lease whose yes makes the liability larger; while one is open what it would bring back hangs."""


@dataclass(frozen=True)
class Accounts:
    """Everything the page prints.

    Parameters
    ----------
    result
        The run.
    lease, consolidation
        Reports on its lease and its vehicle.
    sheets
        The sponsor's sheets by framework, at completion and at each later year of the lease.
    moved
        Which activity drives the vehicle's value on random paths; None: scenarios say.
    open_lease
        Judgements on the lease that nobody has attested and that could bring more of the debt back.
    against
        The lease were they all answered against the sponsor; None where none is open.
    """

    result: Any
    lease: LeaseReport
    consolidation: ConsolidationReport
    sheets: dict[Framework, tuple[SponsorSheet, ...]]
    moved: ActivityEvidence | None = None
    open_lease: tuple[str, ...] = ()
    against: LeaseReport | None = None

    def answered(self, framework: Framework) -> Answered:
        """Return the answer on consolidation that goes with a lease standard."""
        return self.consolidation.ifrs if framework == "IFRS 16" else self.consolidation.us

    def split(self, framework: Framework, sheet: SponsorSheet | None = None, *, helped: bool = False) -> WhatLeaves:
        """Return what becomes of the vehicle's debt.

        Parameters
        ----------
        framework
            IFRS 16 with IFRS 10, or ASC 842 with ASC 810.
        sheet
            Date; left out: completion.
        helped
            As if every open question on consolidation were attested as helps the sponsor.
        """
        at = sheet or self.sheets[framework][0]
        return self.consolidation.debt_split(
            self.answered(framework),
            debt=at.vehicle["debt"],
            liability=self.liability(framework, at),
            financing=at["failed_sale"]["financing obligation"],
            possible=self.possible(framework, at),
            helped=helped,
        )

    def possible(self, framework: Framework, sheet: SponsorSheet) -> float:
        """Lease liability on a date if open judgements on the lease went against the sponsor; 0: none is open. [USD]"""
        if self.against is None or not self.lease.identification.is_lease:
            return 0.0
        books = self.against.ifrs if framework == "IFRS 16" else self.against.us
        return books.balance("liability.closing", sheet.month)

    def liability(self, framework: Framework, sheet: SponsorSheet) -> float:
        """Lease liability on a date, and what a sale's buyer lent above fair value; none only where no lease. [USD]"""
        same = next(s for s in self.sheets[framework] if s.month == sheet.month)
        return same.rent_owed if self.lease.identification.is_lease else 0.0


def accounts(
    result: Any,
    scenarios: Sequence[Scenario] = (),
    sample: Sample | None = None,
    moved: ActivityEvidence | None = None,
    as_of: dt.date | None = None,
) -> Accounts:
    """Account for a run.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    scenarios
        Runs with probabilities, for expected losses; see :func:`evidence`.
    sample
        Party cash flows from elsewhere, such as random paths, for expected losses in place of the scenarios'.
    moved
        Which activity drives value on random paths, in place of the scenarios' answer; where the value does not vary on
        them the scenarios' stands.
    as_of
        Day on which attestations must stand: none made later or lapsed by then counts. Left out: the date of the first
        balance sheet.

    Returns
    -------
    Accounts
        Lease, consolidation and the sponsor's sheets.
    """
    first = completion(result, lease_report(result))
    day = reporting_day(result.model.timeline, first) if as_of is None else as_of
    answers = needed(result.deal, measures=result.measures, as_of=day)
    given = {a.question.id: a.value for a in answers}
    lease = lease_report(result, answers=given, dates=[first])
    recognised = lease.guarantee.expected_payable if lease.guarantee else None
    owed = lease.ifrs.balance("liability.closing", first)
    view = LeaseView(lease.facts.fair_value, lease.facts.life, lease.rate.rate.effective, recognised, liability=owed)
    drivers = moved.drivers if moved is not None else None
    found = consolidation_report(
        result, scenarios, vehicle=lease.facts.terms.lessor, view=view, sample=sample, drivers=drivers, as_of=day
    )
    if wrong := [f for f in found.findings if f.level == "error"]:
        raise DealError(wrong)
    sheets = {f: sponsor_sheets(result, lease, framework=f) for f in FRAMEWORKS}
    opened = tuple(q for q in BRINGS_BACK if q in given and given[q] is None)
    against = None
    if opened:
        dates = [s.month for s in sheets["IFRS 16"]]
        against = lease_report(result, answers=given | dict.fromkeys(opened, True), dates=dates)
    return Accounts(result, lease, found, sheets, moved if drivers else None, opened, against)


def reporting_day(timeline: Timeline, month: float) -> dt.date:
    """Return the day on which a period ends, to the month.

    Parameters
    ----------
    timeline
        Of the deal.
    month
        Months since close. [month]
    """
    return timeline.to_date(ceil(month - 1e-6))


def evidence(result: Any) -> list[Scenario]:
    """Run the scenarios that each move one activity of the vehicle, probabilities illustrative.

    Parameters
    ----------
    result
        The base case.
    """
    terms = activity_scenarios(result.deal, scope_of(result.deal).vehicle)
    return [
        Scenario(t.name, run(result.deal, changes=t.changes) if t.changes else result, t.probability, t.activity)
        for t in terms
    ]


def attest_text(result: Any, a: Accounts) -> str:
    """Return the block to paste into the deal file for everything that is open.

    Parameters
    ----------
    result, a
        The run and its accounts.
    """
    return yaml_of_open(a.consolidation.answers, result.deal)


def sentence(a: Accounts, framework: Framework) -> str:
    """Return the headline of a framework in one sentence, every word with its amount.

    Parameters
    ----------
    a, framework
        The accounts; IFRS 16 or ASC 842.
    """
    w, c, at = a.split(framework), a.consolidation, a.sheets[framework][0]
    words = (
        f"Of {c.vehicle}'s debt of {usd_m(w.debt)} ({at.label}), {usd_m(w.leaves)} really leaves {c.sponsor}'s balance "
        f"sheet, {usd_m(w.back)} comes back as lease liability, {usd_m(w.hangs)} hangs on judgements not yet attested"
    )
    if w.hangs and a.open_lease and not a.answered(framework).hanging:
        words += f" ({', '.join(a.open_lease)}: the lease liability may be {usd_m(a.possible(framework, at))})"
    words += f", {usd_m(w.stays)} stays because {c.vehicle} is consolidated." if w.stays else "."
    if w.beyond and not w.stays:
        words += f" The lease liability is {usd_m(w.liability)}: {usd_m(w.beyond)} more than the debt, for rent"
        words += " pays the equity too."
    answered = answered_for(a.result, at, c.sponsor, c.vehicle)
    if answered > 0 and not w.stays:
        words += f" {c.sponsor} guarantees {usd_m(answered)} of the debt, or is liable for it, whoever shows it."
    if a.answered(framework).hanging:
        settled = ", ".join(a.answered(framework).hangs_on) or "no one set of answers is enough"
        words += f" Until attested otherwise ({settled}), {c.vehicle} counts as consolidated"
        words += f", its {usd_m(w.debt)} as the group's borrowings."
    return words


def usd_m(amount: float) -> str:
    """Write an amount in USD m."""
    return f"USD {amount / 1e6:,.0f}m"

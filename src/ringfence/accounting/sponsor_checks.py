"""What must hold before the sponsor's books are built: whose lease it is, and that term, cash and timeline agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.accounting.cash_evidence import RunDeal
from ringfence.accounting.citations import cite
from ringfence.accounting.lease_basis import length_of
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.refusals import refused
from ringfence.accounting.schedule import NEAR

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal


def check_horizon(result: RunDeal, report: LeaseReport) -> None:
    """Refuse a lease that outlasts the deal's timeline: rents after its end would be in no liability.

    Parameters
    ----------
    result, report
        The run, and its lease.
    """
    facts, ends = report.facts, float(result.run.line("period.end")[-1])
    last = max(t.start + length_of(facts, t, report.term) for t in facts.tranches)
    if last > ends + NEAR:
        deal = result.deal
        raise refused(
            "lease-dates",
            f"the lease term of {facts.id} ends in month {last:g} after close, the deal's timeline in month {ends:g}: "
            "rents between the two would be in no liability.",
            paragraph=cite("IFRS 16.26", "ASC 842-20-30-1"),
            where=[deal.where("timeline.until"), *facts.places[:1]],
            fix="move timeline.until to the end of the lease, or shorten its term",
        )


def check_lessee(deal: Deal, report: LeaseReport) -> None:
    """Refuse a lease of somebody else: its liability is not the sponsor's, nor that of a party related to it.

    Parameters
    ----------
    deal, report
        The deal and its lease.
    """
    facts, sponsor = report.facts, deal.sponsor.party if deal.sponsor is not None else None
    lessee = facts.terms.lessee
    if sponsor is None or lessee == sponsor or deal.parties[lessee].related_to == sponsor:
        return
    raise refused(
        "named",
        f"{facts.id} is leased to {lessee}, but the balance sheet asked about is that of {sponsor}.",
        where=[deal.where(f"contracts.{facts.id}.lessee"), deal.where("sponsor.party")],
        fix=f"name {lessee} as sponsor.party, {sponsor} as lessee, or say that {lessee} is related_to {sponsor}",
    )


def check_term(report: LeaseReport) -> None:
    """Refuse a term that ends before the deal's cash does: what is paid afterwards would be in no schedule.

    Parameters
    ----------
    report
        The lease.
    """
    facts, term = report.facts, report.term
    firm = max(t.term for t in facts.tranches)
    if term.months < firm - NEAR:
        raise refused(
            "lease-options",
            f"the lease is attested to end early in month {term.months:g} (L10), but the deal's cash pays rent to "
            f"month {firm:g}.",
            paragraph=cite("IFRS 16.18(b)", "ASC 842-10-30-1"),
            where=facts.places[:1],
            fix=f"agree on a term of {term.months:g}m, and on what follows as a renewal of {firm - term.months:g}m "
            "that the cash exercises",
        )

"""What the sponsor's columns are kept by, drawn from a deal and the report on its lease."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ringfence.accounting.citations import cite
from ringfence.accounting.deal_borrowing_costs import qualifying
from ringfence.accounting.deal_sale import deal_sale
from ringfence.accounting.lease_basis import length_of, payments_of, renewals_in
from ringfence.accounting.lease_facts import TrancheFacts
from ringfence.accounting.refusals import refused
from ringfence.accounting.sale_leaseback import failed_sale
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_checks import check_lessee, check_term
from ringfence.blocks.sponsor_kept import KeptPlan
from ringfence.blocks.sponsor_ledger import Start
from ringfence.blocks.sponsor_lessor import LessorPlan
from ringfence.blocks.sponsor_policy import Own, SponsorPlan
from ringfence.blocks.sponsor_sale import SalePlan
from ringfence.blocks.sponsor_vehicle import VehiclePlan
from ringfence.terms.accounting_sponsor import OpeningBooks

if TYPE_CHECKING:
    from ringfence.accounting.lease_report import LeaseReport
    from ringfence.terms.deal import Deal

LINES = ("cash", "property", "right_of_use", "equity_method", "other_assets")
OWED = ("borrowings", "lease_liability", "provisions", "other_liabilities", "non_controlling_interests")
NAMES = {"non_controlling_interests": "non-controlling interests"}


def sponsor_plan(deal: Deal, report: LeaseReport, opening: Mapping[str, float] | None = None) -> SponsorPlan:
    """Return what the sponsor's books are kept by.

    Parameters
    ----------
    deal, report
        The deal and its lease.
    opening
        Balances before the deal by line, instead of ``accounting.opening``. [USD]
    """
    from ringfence.accounting.sponsor_around import hedges_of, restated_of

    facts, policy = report.facts, report.facts.policy
    check_lessee(deal, report)
    check_term(report)
    names = tuple(t.name for t in facts.tranches)
    renewals = renewals_in(facts, report.term)
    residual, sale = facts.fleet.book_residual, _sale(deal, report)
    carrying = 1.0 if sale is None else sale.carrying

    def kept(rates: list[float], sold: float | None = None) -> KeptPlan:
        return KeptPlan(facts.id, names, rates, facts.life, residual, sold, renewals, carrying)

    tests = {"ifrs": report.short_term, "us": report.short_term_us}
    exempt = frozenset(tag for tag, test in tests.items() if test.passed and policy.short_term_exemption)
    return SponsorPlan(
        lease=facts.id,
        asset=facts.terms.asset,
        tranches=names,
        vehicle=VehiclePlan(
            facts.terms.lessor, facts.terms.lessee, frozenset(qualifying(deal)), _lessor(report, names, renewals)
        ),
        buy=kept([facts.borrowing.effective] * len(names), facts.residual_share),
        failed={
            "ifrs": kept([report.implicit.rate.effective] * len(names)),
            "us": kept([_failed_rate(report, t) for t in facts.tranches]),
        },
        renewals=renewals,
        upfront=policy.initial_direct_costs + policy.prepaid - policy.incentives,
        restoration=policy.restoration,
        lease_share=facts.lease_share,
        owed=_owed(report),
        us_operating=report.lessee_us.kind == "operating",
        owns=facts.owns,
        exempt=exempt,
        tax_rate=facts.accounting.tax_rate,
        sale=sale,
        restore=restated_of(deal),
        hedge=hedges_of(deal, facts.terms.lessor),
        own=_own(facts.accounting.opening) if opening is None else Own(_start(opening)),
    )


def _lessor(report: LeaseReport, names: tuple[str, ...], renewals: int) -> LessorPlan | None:
    """The lease in the vehicle's own books, where some framework takes the GPUs off them."""
    facts = report.facts
    found = {"ifrs": report.lessor_ifrs.kind, "us": report.lessor_us.kind}
    kinds = {tag: kind for tag, kind in found.items() if kind != "operating"}
    if not kinds:
        return None
    return LessorPlan(
        facts.id,
        facts.terms.asset,
        names,
        kinds,
        renewals,
        facts.recovered_share,
        facts.assured_share,
        facts.lease_share,
    )


def _sale(deal: Deal, report: LeaseReport) -> SalePlan | None:
    """What the sponsor sold to the vehicle, where the deal states it; under which framework that is a sale."""
    facts, stated = report.facts, report.facts.accounting.sale
    if stated is None:
        return None
    if stated.in_opening:
        _check_opening(deal, facts.accounting.opening, stated.carrying_amount * facts.hardware)
    found = {"ifrs": deal_sale(report, "IFRS 16"), "us": deal_sale(report, "ASC 842")}
    return SalePlan(
        carrying=stated.carrying_amount,
        fair=facts.fair_value / facts.hardware,
        leased_back=frozenset(tag for tag, sale in found.items() if sale.test.sale),
        transferred=frozenset(tag for tag, sale in found.items() if sale.transferred),
        opening=stated.in_opening,
    )


def _check_opening(deal: Deal, opening: OpeningBooks | None, carrying: float) -> None:
    """Refuse GPUs in an opening property that is smaller than they are."""
    held = 0.0 if opening is None else opening.property
    if held + NEAR >= carrying:
        return
    raise refused(
        "sale-opening",
        f"accounting.sale says opening property holds the GPUs, carried at {carrying:,.0f}, but it is {held:,.0f}.",
        paragraph=cite("IAS 1.54"),
        where=[deal.where("accounting.sale.in_opening"), deal.where("accounting.opening.property")],
        fix="state the property that holds them under accounting.opening, or leave accounting.sale.in_opening out",
    )


def _failed_rate(report: LeaseReport, t: TrancheFacts) -> float:
    """Rate on the financing obligation under ASC 842, adjusted by 842-40-30-6. [1/year effective]"""
    facts, term = report.facts, report.term
    stated = facts.accounting.sale
    carrying = 1.0 if stated is None else stated.carrying_amount
    yearly = t.hardware * max(carrying - facts.fleet.book_residual, 0.0) / (facts.life / 12.0)
    payments, length = payments_of(facts, t, term), length_of(facts, t, term)
    if not payments:
        return report.implicit.rate.effective
    return failed_sale(
        "ASC 842",
        proceeds=t.hardware,
        payments=payments,
        rate=report.implicit.rate,
        term=length,
        carrying_amount=t.hardware * carrying,
        depreciation_pa=yearly,
    ).rate.effective


def _owed(report: LeaseReport) -> dict[str, float]:
    """Payment at the end that the lessee's liability holds: the price of a purchase, or its guarantee. [ratio]"""
    facts, found = report.facts, report.guarantee
    if facts.owns:
        return dict.fromkeys(("ifrs", "us"), facts.bought or 0.0)
    if found is None or not facts.guarantor_is_lessee:
        return {}
    return {"ifrs": found.expected_payable / facts.hardware, "us": found.probable / facts.hardware}


def _own(books: OpeningBooks | None) -> Own:
    if books is None:
        return Own()
    amounts = {x: float(getattr(books, x)) for x in (*LINES, *OWED)}
    return Own(_start(amounts), books.ebitda or 0.0, books.depreciation, books.interest)


def _start(amounts: Mapping[str, float]) -> Start:
    """Opening balances by line; equity is what balances them. [USD]"""
    lines = {NAMES.get(x, x.replace("_", " ")): value for x, value in amounts.items()}
    assets = sum(lines.get(x.replace("_", " "), 0.0) for x in LINES)
    owed = sum(lines.get(NAMES.get(x, x.replace("_", " ")), 0.0) for x in OWED)
    owed += sum(v for x, v in lines.items() if x in ("financing obligation", "deferred tax liability"))
    return Start({**lines, "equity": assets - owed})

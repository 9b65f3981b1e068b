"""The search over structures: how much debt leaves under each, and what lenders and equity make of it.

    search    every structure run and accounted for, and where the tests of a lease trip
    study     one structure

Each structure is a variant of the deal (``accounting/structures.py``), run four times: on the debt as signed and on
debt sized on its firm rents alone; with the firm rents alone, and with its renewals exercised and use as expected. It
is accounted for by the functions of the accounting page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ringfence.accounting.cash_evidence import debt_of
from ringfence.accounting.lessee import Framework
from ringfence.accounting.outcome import CONTRADICTED
from ringfence.accounting.structure_flips import (
    TermFlip,
    TermPoint,
    UsageFlip,
    term_flips,
    term_point,
    usage_flip,
)
from ringfence.accounting.structures import (
    YEAR,
    Structure,
    agreed_length,
    changes_of,
    filled,
    lease_terms,
    told,
)
from ringfence.accounting.what_leaves import WhatLeaves
from ringfence.desk.accounting.answers import Accounts, accounts, evidence
from ringfence.desk.session import Result, run

if TYPE_CHECKING:
    from ringfence.run.result import Measure
    from ringfence.terms.deal import Deal

SHORTEST, MOST = 24.0, 5
"""Shortest firm term tried, and how many of them. [month]"""
SHARES = (0.0, 0.6, 0.9)
"""Take-or-pay shares tried. [ratio]"""


@dataclass(frozen=True)
class Cover:
    """What lenders and equity see in one run.

    Attributes
    ----------
    debt
        Of the vehicle at completion. [USD]
    dscr
        Lowest DSCR of the senior loan.
    irr
        Of the outside equity.
    unpaid
        Of all loans of the vehicle at the end of the deal. [USD]
    """

    debt: float
    dscr: Measure
    irr: Measure
    unpaid: float = 0.0


@dataclass(frozen=True)
class Study:
    """A structure, run and accounted for.

    Attributes
    ----------
    structure, label
        What was changed, and in a few words.
    changes, firm_changes
        The same, path to value: with renewals exercised and use as expected; with firm rents alone.
    accounts
        On the debt as signed.
    kinds
        Lessee under ASC 842, lessor under IFRS 16 and under ASC 842: classification, and what it would be with every
        open judgement attested as no.
    firm, expected
        On the debt as signed: firm rents alone; renewals exercised, use as expected.
    sized_firm, sized
        The same on debt sized on the firm rents alone.
    """

    structure: Structure
    label: str
    changes: dict[str, Any]
    firm_changes: dict[str, Any]
    accounts: Accounts
    kinds: dict[str, tuple[str, str]]
    firm: Cover
    expected: Cover
    sized_firm: Cover
    sized: Cover

    def split(self, framework: Framework, *, helped: bool = False, sized: bool = False) -> WhatLeaves:
        """Return what becomes of the vehicle's debt at completion.

        Parameters
        ----------
        framework
            IFRS 16 with IFRS 10, or ASC 842 with ASC 810.
        helped
            As if every open question on consolidation were attested as helps.
        sized
            On the debt sized on firm rents.
        """
        sheet = self.accounts.sheets[framework][0]
        if sized:
            sheet = replace(sheet, vehicle={**sheet.vehicle, "debt": self.sized.debt})
        return self.accounts.split(framework, sheet, helped=helped)

    @property
    def needs_renewals(self) -> bool:
        """Whether it contradicts itself: renewals not reasonably certain, and debt that outlasts the firm term (X2)."""
        tests = self.accounts.consolidation.contradictions
        return any(t.id == "X2" and t.outcome is CONTRADICTED for t in tests)


@dataclass(frozen=True)
class Search:
    """All that was tried.

    Attributes
    ----------
    deal
        The deal.
    senior, equity
        Loan whose DSCR, and equity whose IRR is shown.
    studies
        One a structure, in order.
    flips, points
        Firm term at which each test trips; firm terms against the marks.
    usage
        Take-or-pay shares at which something ends.
    """

    deal: Deal
    senior: str
    equity: str
    studies: tuple[Study, ...]
    flips: tuple[TermFlip, ...]
    points: tuple[TermPoint, ...]
    usage: UsageFlip


def usual_structures(deal: Deal, base: Accounts) -> list[Structure]:
    """Return the structures a desk would try first.

    The lease as agreed; firm terms by whole years, filled up to the agreed length by renewals of a year; on the
    longest of them that stays under every mark while debt leaves: renewals reasonably certain, the largest guarantee
    that passes, a guarantee of all the debt of that day; and rent by use over the whole length.

    Parameters
    ----------
    deal
        The deal.
    base
        Its accounts as agreed.
    """
    _, terms = lease_terms(deal)
    length = agreed_length(terms)
    years = [x for x in _years(length) if x < length]
    found = [Structure(), *(Structure(x, filled(x, length)) for x in years)]
    if terms.renewal:
        found.append(Structure(length, ()))
    best = _longest(deal, base, years)
    if best is not None:
        found.append(Structure(best.term, filled(best.term, length), certain=True))
        found += _guarantees(base, best.term, filled(best.term, length), best)
    return [*found, *(Structure(length, (), usage=x) for x in SHARES)]


def _longest(deal: Deal, base: Accounts, years: Sequence[float]) -> TermPoint | None:
    """The longest firm term under every mark at which part of the debt could leave, or else under every mark."""
    marks, sheet = base.lease.facts.accounting.marks, base.sheets["IFRS 16"][0]
    points = [term_point(deal, x) for x in years]
    under = [p for p in points if p.life_share < marks.major_part and p.ratio < marks.substantially_all]
    leaving = [p for p in under if p.ratio * p.hardware < sheet.vehicle["debt"]]
    return max(leaving or under, key=lambda p: p.term, default=None)


def _years(length: float) -> list[float]:
    count = int((length - SHORTEST) // YEAR) + 1
    step = YEAR * max(1, -(-count // MOST))
    return [SHORTEST + step * n for n in range(max(count, 0)) if SHORTEST + step * n <= length]


def _guarantees(base: Accounts, term: float, renewals: tuple[float, ...], point: TermPoint) -> list[Structure]:
    """The largest guarantee that passes, cut to a tenth of a per cent, and one of all the debt at the firm end."""
    found = []
    if point.highest:
        share = int(point.highest * 1000) / 1000
        found.append(Structure(term, renewals, guarantee=share, why="the largest that passes"))
    first = min(t.start for t in base.lease.facts.tranches)
    later = [s for s in base.sheets["IFRS 16"] if s.month >= first + term - 1e-6]
    share = later[0].vehicle["debt"] / point.hardware if later else 0.0
    if 0.0 < share <= 1.0:
        found.append(Structure(term, renewals, guarantee=round(share, 3), why="all the debt of that day"))
    return found


@dataclass(frozen=True)
class _Seen:
    """The vehicle's loans, the first of them in rank, and the equity that is shown."""

    loans: tuple[str, ...]
    equity: str

    @property
    def senior(self) -> str:
        return self.loans[0] if self.loans else ""

    def cover(self, result: Any, debt: float) -> Cover:
        unpaid = sum(_measure(result, f"{x}.repaid_short").value or 0.0 for x in self.loans)
        dscr, irr = _measure(result, f"{self.senior}.dscr.min"), _measure(result, f"{self.equity}.irr")
        return Cover(debt, dscr, irr, unpaid if unpaid > 1.0 else 0.0)


def study(deal: Deal, structure: Structure, seen: _Seen | None = None) -> Study:
    """Run and account for one structure.

    Parameters
    ----------
    deal
        The deal.
    structure
        What to try.
    seen
        Loan and equity to show; left out: found in the deal.
    """
    from ringfence.terms.read import revise

    seen = seen or _shown(deal)
    changes, firm_changes = changes_of(deal, structure), changes_of(deal, structure, firm_only=True)
    expected, firm = run(revise(deal, changes)), run(revise(deal, firm_changes))
    sized_firm = run(revise(deal, firm_changes), resize=True)
    sized = _on_the_debt_of(sized_firm, revise(deal, changes))
    booked = _booked(expected)
    lease, month = booked.lease, booked.sheets["IFRS 16"][0].month
    kinds = {
        "lessee, ASC 842": lease.lessee_us,
        "lessor, IFRS 16": lease.lessor_ifrs,
        "lessor, ASC 842": lease.lessor_us,
    }
    owed, resized = (_debt(x, lease.facts.terms.lessor, month) for x in (expected, sized))
    return Study(
        structure,
        told(deal, structure),
        changes,
        firm_changes,
        booked,
        {side: (c.kind, c.if_attested) for side, c in kinds.items()},
        seen.cover(firm, owed),
        seen.cover(expected, owed),
        seen.cover(sized_firm, resized),
        seen.cover(sized, resized),
    )


def _booked(result: Result) -> Accounts:
    """Accounts as the page has them; scenarios weigh answers, so that a deal without any does not wait for them."""
    return accounts(result, evidence(result) if result.deal.attestations else ())


def _debt(result: Result, vehicle: str, month: float) -> float:
    """Debt of a vehicle at the end of the period that ends on a date. [USD]"""
    ends = result.run.line("period.end")
    at = next(k for k, end in enumerate(ends) if abs(end - month) < 1e-6)
    return float(debt_of(result, vehicle)[at])


def _on_the_debt_of(sized: Result, deal: Deal) -> Result:
    """Run a variant on the debt that another run sized."""
    from ringfence.blocks.build import build
    from ringfence.solve import complete, run_signed, sign

    model = build(deal)
    terms = sign(sized.model.sheet, sized.model.books.signed, sized.run)
    found = run_signed(model.sheet, complete(terms, model.sheet, model.books.signed))
    return Result(deal, model, found, True, 0.0)


def _shown(deal: Deal) -> _Seen:
    """The vehicle's loans by rank, and its largest equity that is not the sponsor's own."""
    _, terms = lease_terms(deal)
    loans = {x: c for x, c in deal.of_type("loan").items() if c.borrower == terms.lessor}
    shares = {x: c for x, c in deal.of_type("equity").items() if c.vehicle == terms.lessor}
    outside = {x: c for x, c in shares.items() if c.holder != terms.lessee} or shares
    ranked = sorted(loans, key=lambda x: loans[x].rank)
    return _Seen(tuple(ranked), max(outside, key=lambda x: outside[x].commitment or 0.0, default=""))


def _measure(result: Any, name: str) -> Measure:
    from ringfence.run.result import Measure
    from ringfence.units import RATIO

    found = result.measures.get(name)
    return found if found is not None else Measure(None, RATIO, "n/a", reason="the deal has none")


def search(
    deal: Deal,
    structures: Sequence[Structure] | None = None,
    *,
    told_of: Callable[[int, int, str], None] | None = None,
) -> Search:
    """Search structures of a deal's lease.

    Parameters
    ----------
    deal
        The deal.
    structures
        What to try; left out: :func:`usual_structures`.
    told_of
        Called with the number of a structure, how many there are, and what it is, as each begins.

    Returns
    -------
    Search
        Structures and flip points.
    """
    base = run(deal)
    booked = _booked(base)
    asked = list(structures) if structures is not None else usual_structures(deal, booked)
    seen = _shown(deal)
    studies = []
    for n, structure in enumerate(asked):
        if told_of is not None:
            told_of(n, len(asked) + 1, told(deal, structure))
        studies.append(study(deal, structure, seen))
    if told_of is not None:
        told_of(len(asked), len(asked) + 1, "where the tests trip")
    _, terms = lease_terms(deal)
    tried = sorted({x.structure.term or terms.term for x in studies})
    points = tuple(term_point(deal, x) for x in tried)
    return Search(deal, seen.senior, seen.equity, tuple(studies), term_flips(deal), points, _usage(deal, booked))


def _usage(deal: Deal, base: Accounts) -> UsageFlip:
    """Where rent by use flips, at completion of the deal as agreed."""
    from ringfence.accounting.lease_report import lease_report
    from ringfence.accounting.sponsor_books import sponsor_sheets

    first = base.sheets["IFRS 16"][0]

    def liability(changes: Mapping[str, Any]) -> float:
        variant = run(deal, changes=changes)
        report = lease_report(variant, dates=[first.month])
        return sponsor_sheets(variant, report, months=[first.month])[0]["lease"]["lease liability"]

    return usage_flip(deal, liability, debt=first.vehicle["debt"], borrowed=first["buy"].debt)

"""The sponsor's books of a run: six columns by period under each framework, and its balance sheet on a date.

:func:`sponsor_books` appends the lease's books and the sponsor's columns to the deal's own sheet
(``blocks/sponsor_columns.py``), runs it on the terms the run was signed on, and reads everything from those rows:
balance sheets (:func:`sponsor_sheets`), income by year (``income_statement.py``), adjusted debt, disclosures, journal.

Columns hold effects of the deal, on top of the opening balance sheet if the deal states one. Cash is what the sponsor
paid and received because of the deal; what the GPUs earn it is no part of the deal.

Source: IFRS 10.B86, IAS 28.10, IFRS 16.47, IFRS 16.103 (ASC 810-10-45-1, 323-10-35, 842-20-45, 842-40-25-5).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from ringfence.accounting.cash_evidence import RunDeal
from ringfence.accounting.lease_basis import length_of
from ringfence.accounting.lease_report import LeaseReport, lease_rows
from ringfence.accounting.lessee import Framework
from ringfence.accounting.refusals import refused
from ringfence.accounting.schedule import NEAR
from ringfence.accounting.sponsor_checks import check_horizon
from ringfence.accounting.sponsor_plan import sponsor_plan
from ringfence.blocks.sponsor_columns import COLUMNS, sponsor_columns
from ringfence.blocks.sponsor_ledger import ASSETS, CLAIMS, DEBT, INCOME, slug
from ringfence.blocks.sponsor_policy import SponsorPlan
from ringfence.blocks.sponsor_vehicle import slug_of

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.run.explain import Explanation
    from ringfence.run.result import Run

__all__ = [
    "ASSETS", "CLAIMS", "DEBT", "INCOME", "TITLES", "Column", "SponsorBooks", "SponsorSheet", "Structure", "completion",
    "sponsor_books", "sponsor_sheets", "tag_of",
]  # fmt: skip

Structure = Literal["as_is", "buy", "consolidated", "lease", "service", "failed_sale"]
Tag = Literal["ifrs", "us"]
TITLES: dict[Structure, str] = {
    "as_is": "as is",
    "buy": "borrow, buy",
    "consolidated": "consolidated",
    "lease": "lease",
    "service": "service",
    "failed_sale": "failed sale",
}
KEPT = 4


def tag_of(framework: Framework) -> Tag:
    """Return the name a framework has in rows."""
    return "ifrs" if framework == "IFRS 16" else "us"


@dataclass(frozen=True)
class Column:
    """A balance sheet of the sponsor under one structure. [USD]

    Parameters
    ----------
    structure
        Which of the six.
    items
        Amount by line of :data:`ASSETS` and :data:`CLAIMS`.
    """

    structure: Structure
    items: Mapping[str, float]

    def __getitem__(self, item: str) -> float:
        return self.items.get(item, 0.0)

    @property
    def assets(self) -> float:
        """All assets. [USD]"""
        return sum(self[x] for x in ASSETS)

    @property
    def claims(self) -> float:
        """Liabilities, non-controlling interests and equity. [USD]"""
        return sum(self[x] for x in CLAIMS)

    @property
    def difference(self) -> float:
        """Assets less claims: nothing. [USD]"""
        return self.assets - self.claims

    @property
    def debt(self) -> float:
        """Borrowings, lease liability, financing obligation and provisions: what leverage counts. [USD]"""
        return sum(self[x] for x in DEBT)


@dataclass(frozen=True)
class SponsorSheet:
    """The six columns on one date.

    Parameters
    ----------
    month, label
        Months since close, and the period of the run that ends then. [month]
    columns
        By structure.
    vehicle
        The vehicle's balance sheet in these accounts: assets, debt, liabilities, equity. [USD]
    interest
        Carrying amount of the sponsor's interest by the equity method, on the vehicle's books as the group sees them
        (:attr:`carried` is that of the lease column), losses beyond it left out. [USD]
    share
        Of the sponsor in what is paid in, by business. [ratio]
    """

    month: float
    label: str
    columns: Mapping[Structure, Column]
    vehicle: Mapping[str, float]
    interest: float
    share: Mapping[str, float]

    def __getitem__(self, structure: Structure) -> Column:
        return self.columns[structure]

    @property
    def carried(self) -> float:
        """Carrying amount of the interest in the lease column: on the vehicle's own books, unearned gains off. [USD]"""
        return self["lease"]["equity method"] - self["as_is"]["equity method"]

    @property
    def rent_owed(self) -> float:
        """What the rents repay in the lease column: the lease liability, and financing above fair value. [USD]"""
        return self["lease"]["lease liability"] + self["lease"]["financing obligation"]

    def relief(self, structure: Structure) -> float:
        """Debt of borrowing and buying less that of a structure. [USD]"""
        return self["buy"].debt - self[structure].debt


@dataclass(frozen=True)
class SponsorBooks:
    """The deal's sheet with the sponsor's columns in it, run.

    Attributes
    ----------
    result, report, plan
        The run it extends, its lease, and what the columns are kept by.
    model, run
        The longer sheet and its rows.
    """

    result: RunDeal
    report: LeaseReport
    plan: SponsorPlan
    model: Model = field(repr=False)
    run: Run = field(repr=False)

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the periods."""
        return self.model.timeline.labels

    @property
    def ends(self) -> list[float]:
        """End of each period, months since close. [month]"""
        return self.line("period.end")

    def line(self, name: str) -> list[float]:
        """Return a row over the periods; a cell repeats. [unit of the row]

        Parameters
        ----------
        name
            Any row of the sheet; one a column does not have is nothing.
        """
        count = len(self.model.timeline.periods)
        if name not in self.run:
            return [0.0] * count
        value = self.run[name]
        return [float(value)] * count if isinstance(value, float) else [float(x) for x in value]

    def row(self, tag: Tag, structure: Structure, item: str) -> list[float]:
        """Return a line of a column over the periods. [USD]

        Parameters
        ----------
        tag, structure
            Framework and column.
        item
            A line of the balance sheet, or a row of ``sponsor_ledger.py``: ``net_income``, ``income.interest``.
        """
        return self.line(f"sponsor.{tag}.{structure}.{slug(item)}")

    def explain(self, row: str, period: str | int, *, depth: int = 2) -> Explanation:
        """Say why a row of the sponsor's books is what it is.

        Parameters
        ----------
        row
            Its name, as ``sponsor.ifrs.lease.lease_liability``.
        period
            Label, date or number.
        depth
            Levels of precedents.
        """
        from ringfence.run.explain import explain

        number = self.model.timeline.find(str(period))
        return explain(self.model.sheet, self.run, row, period=number, depth=depth, labels=self.labels)

    def at(self, month: float) -> int:
        """Return the period that ends on a date.

        Parameters
        ----------
        month
            Months since close. [month]
        """
        for k, end in enumerate(self.ends):
            if abs(end - month) <= NEAR:
                return k
        raise refused(
            "lease-dates",
            f"no period of the deal ends {month:g} months after close.",
            fix=f"choose the end of a period, such as {self.ends[min(1, len(self.ends) - 1)]:g}",
        )

    def dates(self) -> list[float]:
        """Return when every delivery is leased, and each later year of the lease on which a period ends. [month]"""
        first, last = max(t.start for t in self.report.facts.tranches), min(self.over)
        years = (12.0 * (n + 1) for n in range(int((last + NEAR) // 12.0)))
        whole = [d for d in sorted({*self.report.dates, *years}) if first - NEAR <= d <= last + NEAR]
        return [d for d in whole if any(abs(e - d) <= NEAR for e in self.ends)]

    @property
    def over(self) -> list[float]:
        """End of each tranche: of its lease term, or of the renewals that are used if that is later. [month]"""
        facts, term = self.report.facts, self.report.term
        renewed = self.line(f"{facts.id}.renewed")[-1]
        return [t.start + max(length_of(facts, t, term), t.term + renewed) for t in facts.tranches]


_kept: OrderedDict[tuple[int, int], SponsorBooks] = OrderedDict()


def sponsor_books(result: RunDeal, report: LeaseReport, *, opening: Mapping[str, float] | None = None) -> SponsorBooks:
    """Return the deal's sheet with the sponsor's books in it, run on the terms the deal was signed on.

    Parameters
    ----------
    result
        A deal that was run.
    report
        Its lease.
    opening
        Balances of the sponsor before the deal by line; left out: those of the deal. [USD]

    Returns
    -------
    SponsorBooks
        The last few are kept, so that a page builds them once.
    """
    key = (id(result), id(report))
    found = _kept.get(key)
    if opening is None and found is not None and found.result is result and found.report is report:
        return found
    check_horizon(result, report)
    plan = sponsor_plan(result.deal, report, opening)
    model, run = _run(result, report, plan)
    books = SponsorBooks(result, report, plan, model, run)
    if opening is None:
        _kept[key] = books
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return books


def _run(result: RunDeal, report: LeaseReport, plan: SponsorPlan) -> tuple[Model, Run]:
    """Build the longer sheet and run it, everything signed as it was."""
    from ringfence.blocks.build import build
    from ringfence.solve import SignedTerms, run_signed
    from ringfence.solve.signing import SWITCH

    model = build(result.deal, extra=[lease_rows(report), sponsor_columns(plan)])
    held = {x: result.run[x.removesuffix(".signed")] for x in result.model.books.signed}
    solved = {x: result.run[x] for x in result.model.sheet.solved_inputs}
    return model, run_signed(model.sheet, SignedTerms({SWITCH: 1.0, **held, **solved}))


def completion(result: RunDeal, report: LeaseReport) -> float:
    """Return the end of the first period by which every delivery is leased, months since close. [month]

    Parameters
    ----------
    result, report
        The run, and its lease.
    """
    check_horizon(result, report)
    last = max(t.start for t in report.facts.tranches)
    return next(float(e) for e in result.run.line("period.end") if e >= last - NEAR)


def sponsor_sheets(
    result: RunDeal,
    report: LeaseReport,
    *,
    framework: Framework = "IFRS 16",
    months: Sequence[float] | None = None,
    opening: Mapping[str, float] | None = None,
) -> tuple[SponsorSheet, ...]:
    """Return the sponsor's balance sheet in six columns on several dates.

    Parameters
    ----------
    result, report
        A deal that was run, and its lease.
    framework
        IFRS 16 with IFRS 10, or ASC 842 with ASC 810.
    months
        Dates, months since close; left out: those of the report on which every delivery is leased and a period of the
        run ends. [month]
    opening
        Amounts of the sponsor before the deal by line of :data:`ASSETS` and :data:`CLAIMS`; its equity is what balances
        them. Left out: those of the deal. [USD]

    Returns
    -------
    tuple of SponsorSheet
        In order of date.
    """
    books = sponsor_books(result, report, opening=opening)
    dates = books.dates() if months is None else list(months)
    return tuple(_sheet(books, tag_of(framework), month) for month in dates)


def lease_interest(books: SponsorBooks, row: str) -> list[float]:
    """Return the interest that the lease column shows: of the vehicle's own books where it is a finance lessor. [USD]

    Parameters
    ----------
    books
        The sponsor's books.
    row
        Prefix of the business's rows, ``sponsor.ifrs.vehicle.spv_gpu``.
    """
    own = f"{row}.lessor.interest.closing"
    return books.line(own if own in books.run else f"{row}.interest.closing")


def _sold_in_group(books: SponsorBooks, tag: Tag, k: int) -> float:
    """What a sale by the sponsor takes off the vehicle's GPUs in the group, and off opening property. [USD]"""
    rows = (f"sponsor.{tag}.sale.consolidated.unearned.closing", "sponsor.sale.advance", "sponsor.sale.left_opening")
    return sum(books.line(x)[k] for x in rows) if books.plan.sale is not None else 0.0


def _sheet(books: SponsorBooks, tag: Tag, month: float) -> SponsorSheet:
    k = books.at(month)
    columns: dict[Structure, Column] = {}
    for structure in COLUMNS:
        items = {x: books.row(tag, structure, x)[k] for x in (*ASSETS, *CLAIMS)}  # type: ignore[arg-type]
        columns[structure] = Column(structure, items)  # type: ignore[index,arg-type]
    silos = {s.key: slug_of(s) for s in books.model.books.of(books.plan.vehicle.vehicle)}
    rows = {x: f"sponsor.{tag}.vehicle.{name}" for x, name in silos.items()}
    engine = {x: sum(books.line(f"{s}.{x}")[k] for s in silos) for x in ("cash.closing", "debt", "liabilities")}
    equity = sum(books.line(f"{row}.equity")[k] for row in rows.values())
    swaps = sum(min(books.line(f"{row}.swaps")[k], 0.0) for row in rows.values())
    liabilities = engine["liabilities"] - swaps
    vehicle = {
        "cash": engine["cash.closing"],
        "property": columns["consolidated"]["property"] - columns["as_is"]["property"] + _sold_in_group(books, tag, k),
        "debt": engine["debt"],
        "liabilities": liabilities,
        "equity": equity,
        "assets": liabilities + equity,
    }
    held = sum(books.line(f"{row}.interest.closing")[k] for row in rows.values())
    share = {x: books.line(f"{row}.share")[k] for x, row in rows.items()}
    return SponsorSheet(month, books.labels[k], columns, vehicle, held, share)

"""The sponsor's balance sheet in six columns: effects of the deal, on top of an opening balance sheet if there is one.

    as_is          before the deal
    buy            the sponsor borrows the hardware price at its own rate, level over the lease term, and owns the GPUs
    consolidated   the vehicle is consolidated; lease, prepaid rent and the sponsor's interest are eliminated
    lease          the vehicle is not consolidated: right of use, lease liability, interest by the equity method
    service        the contract is no lease: rent is expensed as it is earned
    failed_sale    the sponsor controlled the GPUs: it keeps them, and the rent repays a financing obligation

Amounts of the vehicle are the engine's rows; those of the lease are the lease report's. Nothing is scheduled a second
time. Cash is what the sponsor paid and received because of the deal, so it is negative while rent goes out; what the
GPUs earn the sponsor is no part of the deal. Equity is added up from income, not from the other lines, so that a column
that balances is a proof.

Source: IFRS 10.B86, IAS 28.10, IFRS 16.47, IFRS 16.103 (ASC 810-10-45-1, 323-10-35, 842-20-45, 842-40-25-5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ringfence.accounting.cash_evidence import RunDeal
from ringfence.accounting.lease_basis import length_of, payments_of
from ringfence.accounting.lease_facts import TrancheFacts
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.lessee import Framework
from ringfence.accounting.payments import Payment, Payments
from ringfence.accounting.rates import Rate
from ringfence.accounting.sale_leaseback import failed_sale
from ringfence.accounting.schedule import NEAR, Schedule, present_value
from ringfence.terms.contract.equity import Equity

Structure = Literal["as_is", "buy", "consolidated", "lease", "service", "failed_sale"]
ASSETS = ("cash", "property", "right of use", "equity method", "prepaid rent", "other assets")
DEBT = ("borrowings", "lease liability", "financing obligation", "provisions")
CLAIMS = (*DEBT, "other liabilities", "non-controlling interests", "equity")
TITLES: dict[Structure, str] = {
    "as_is": "as is",
    "buy": "borrow, buy",
    "consolidated": "consolidated",
    "lease": "lease",
    "service": "service",
    "failed_sale": "failed sale",
}
QUARTER = 3.0


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
        The vehicle's own balance sheet: assets, debt, liabilities, equity. [USD]
    interest
        Carrying amount of the sponsor's interest in the vehicle by the equity method, losses beyond it left out. [USD]
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

    def relief(self, structure: Structure) -> float:
        """Debt of borrowing and buying less that of a structure. [USD]"""
        return self["buy"].debt - self[structure].debt


@dataclass(frozen=True)
class Exposure:
    """What the sponsor could lose by the vehicle on a date (IFRS 12.29, ASC 810-10-50-4). [USD]

    Parameters
    ----------
    interest, guarantee, letters
        Carrying amount of its interest; residual guaranteed; letters of credit it answers for.
    rents
        Firm rents still to be paid, undiscounted: owed whatever becomes of the vehicle, and not part of the maximum.
    """

    interest: float
    guarantee: float
    letters: float
    rents: float

    @property
    def maximum(self) -> float:
        """Interest, guarantee and letters. [USD]"""
        return self.interest + self.guarantee + self.letters


def completion(result: RunDeal, report: LeaseReport) -> float:
    """Return the end of the first period by which every delivery is leased, months since close. [month]

    Parameters
    ----------
    result, report
        The run, and its lease.
    """
    last = max(t.start for t in report.facts.tranches)
    return next(e for e in _line(result, "period.end") if e >= last - NEAR)


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
    result
        A deal that was run.
    report
        Its lease, measured on these dates.
    framework
        Whose lease schedule the lease column takes.
    months
        Dates, months since close; left out: those of the report on which every delivery is leased and a period of the
        run ends. [month]
    opening
        Amounts of the sponsor before the deal by line of :data:`ASSETS` and :data:`CLAIMS`; its equity is what balances
        them. Left out: effects of the deal alone. [USD]

    Returns
    -------
    tuple of SponsorSheet
        In order of date.
    """
    books = _Books(result, report, framework, dict(opening or {}))
    dates = books.dates() if months is None else list(months)
    return tuple(books.sheet(month, dates) for month in dates)


def exposure(result: RunDeal, report: LeaseReport, sheet: SponsorSheet) -> Exposure:
    """Return the most the sponsor could lose by the vehicle, on the date of a sheet.

    Parameters
    ----------
    result, report, sheet
        The run, its lease, and the date.
    """
    facts, deal = report.facts, result.deal
    letters = [c.amount or 0.0 for c in deal.of_type("letter_of_credit").values() if c.applicant == facts.terms.lessee]
    rents = sum(
        p.amount
        for t in facts.tranches
        for p in payments_of(facts, t, report.term)
        if t.start + p.month > sheet.month + NEAR
    )
    guarantee = facts.guaranteed if facts.guarantor_is_lessee else 0.0
    return Exposure(sheet.interest, guarantee, sum(letters), rents)


@dataclass
class _Books:
    """Reads rows of the run and the report, and puts them into columns."""

    result: RunDeal
    report: LeaseReport
    framework: Framework
    opening: dict[str, float]
    _ends: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self._ends = _line(self.result, "period.end")

    @property
    def sponsor(self) -> str:
        return self.report.facts.terms.lessee

    def dates(self) -> list[float]:
        facts, term = self.report.facts, self.report.term
        first = max(t.start for t in facts.tranches)
        last = min(t.start + length_of(facts, t, term) for t in facts.tranches)
        whole = [d for d in self.report.dates if first - NEAR <= d <= last + NEAR]
        return [d for d in whole if any(abs(e - d) <= NEAR for e in self._ends)]

    def sheet(self, month: float, dates: Sequence[float]) -> SponsorSheet:
        k = next(n for n, e in enumerate(self._ends) if abs(e - month) <= NEAR)
        lease = self.report.facts.id
        rent = {x: self._sum(f"{lease}.{x}", k) for x in ("cash", "earned", "due")}
        stakes = self._stakes(k)
        paid = sum(s.paid_in - s.received for s in stakes.values())
        raw = sum(s.carrying for s in stakes.values())
        held = sum(max(s.carrying, 0.0) for s in stakes.values())
        vehicle = self._vehicle(k)
        prepaid = rent["cash"] - rent["earned"]
        columns: dict[Structure, dict[str, float]] = {
            "as_is": {},
            "buy": self._buy(month, k, dates),
            "consolidated": _consolidated(vehicle, self._upfront(month), -rent["cash"] - paid, prepaid, raw)
            | {"equity": -rent["earned"] + raw - paid - self._upfront(month)},
            "lease": self._lease(month, rent, paid, held),
            "service": {
                "cash": -rent["cash"] - paid,
                "prepaid rent": max(prepaid, 0.0),
                "other liabilities": max(-prepaid, 0.0),
                "equity method": held,
                "equity": -rent["earned"] + held - paid,
            },
            "failed_sale": self._failed(month, rent, paid, held, dates),
        }
        return SponsorSheet(
            month,
            str(self.result.model.timeline.periods[k].label),
            {name: Column(name, self._opened(items)) for name, items in columns.items()},
            vehicle,
            held,
            {key: s.share for key, s in stakes.items()},
        )

    # --- rows -----------------------------------------------------------------------------------------------

    def _sum(self, name: str, k: int) -> float:
        return sum(_line(self.result, name)[: k + 1])

    def _silos(self) -> list[str]:
        return [s.key for s in self.result.model.books.of(self.report.facts.terms.lessor)]

    def _vehicle(self, k: int) -> dict[str, float]:
        """The vehicle's own balance sheet, all businesses."""
        rows = {"cash": "cash.closing", "property": "fixed_assets", "debt": "debt", "assets": "assets"}
        rows |= {"liabilities": "liabilities", "equity": "equity"}
        return {x: sum(_line(self.result, f"{s}.{row}")[k] for s in self._silos()) for x, row in rows.items()}

    def _stakes(self, k: int) -> dict[str, _Stake]:
        """The sponsor's interest in each business: a constant share, of what is paid in over the whole deal."""
        found = {}
        for silo in self.result.model.books.of(self.report.facts.terms.lessor):
            whole, mine = 0.0, 0.0
            paid_in = received = 0.0
            for id, terms in silo.equity.items():
                total = sum(_line(self.result, f"{id}.{silo.key}.contribution"))
                whole += total
                if self._own(terms):
                    mine += total
                    paid_in += self._sum(f"{id}.{silo.key}.contribution", k)
                    received += self._sum(f"{id}.{silo.key}.distribution", k)
            share = mine / whole if whole > 0 else 0.0
            found[silo.key] = _Stake(share, paid_in, received, self._sum(f"{silo.key}.net_income", k))
        return found

    def _own(self, terms: Equity) -> bool:
        return terms.holder == self.sponsor

    def _running(self, k: int) -> tuple[float, float]:
        """Running costs of the GPUs: paid, incurred."""
        asset, vehicle = self.report.facts.terms.asset, self.report.facts.terms.lessor
        costs = [c for s in self.result.model.books.of(vehicle) for c in s.costs if c.contract == asset]
        return sum(self._sum(c.cash.name, k) for c in costs), sum(self._sum(c.earned.name, k) for c in costs)

    def _opened(self, items: dict[str, float]) -> dict[str, float]:
        start = dict(self.opening)
        if start:
            owed = sum(start.get(x, 0.0) for x in CLAIMS if x != "equity")
            start["equity"] = sum(start.get(x, 0.0) for x in ASSETS) - owed
        return {x: start.get(x, 0.0) + items.get(x, 0.0) for x in (*ASSETS, *CLAIMS)}

    def _commenced(self, month: float) -> list[TrancheFacts]:
        return [t for t in self.report.facts.tranches if t.start <= month + NEAR]

    def _part(self, month: float) -> float:
        """Hardware leased by a date, share of all. [ratio]"""
        return sum(t.hardware for t in self._commenced(month)) / self.report.facts.hardware

    def _upfront(self, month: float) -> float:
        """Paid by the lessee beside rent: direct costs and prepayments less incentives. [USD]"""
        policy = self.report.facts.policy
        return (policy.initial_direct_costs + policy.prepaid - policy.incentives) * self._part(month)

    # --- columns --------------------------------------------------------------------------------------------

    def _lease(self, month: float, rent: Mapping[str, float], paid: float, held: float) -> dict[str, float]:
        books = self.report.ifrs if self.framework == "IFRS 16" else self.report.us
        facts, upfront = self.report.facts, self._upfront(month)
        in_lease = self._scheduled(month)
        return {
            "cash": -rent["cash"] - paid - upfront,
            "right of use": books.balance("rou.closing", month),
            "equity method": held,
            "lease liability": books.balance("liability.closing", month),
            "provisions": facts.policy.restoration * self._part(month),
            "other liabilities": rent["due"] - rent["cash"],
            "equity": -books.flow("cost", -1.0, month) - (rent["due"] - in_lease) + held - paid,
        }

    def _scheduled(self, month: float) -> float:
        """Rent in the lease's schedules up to a date; the rest of it is variable or for services. [USD]"""
        facts, term = self.report.facts, self.report.term
        return sum(
            p.amount for t in facts.tranches for p in payments_of(facts, t, term) if t.start + p.month <= month + NEAR
        )

    def _buy(self, month: float, k: int, dates: Sequence[float]) -> dict[str, float]:
        rate = self.report.facts.borrowing
        loans = [(t, self._financed(t, self._level(t, rate), rate, dates)) for t in self._commenced(month)]
        paid, incurred = self._running(k)
        served = sum(_flows(s, "liability.arrears", month - t.start) for t, s in loans)
        return {
            "cash": -served - paid,
            "property": _balances(loans, "asset.closing", month),
            "borrowings": _balances(loans, "liability.closing", month),
            "other liabilities": incurred - paid,
            "equity": -_costs(loans, month) - incurred,
        }

    def _failed(
        self, month: float, rent: Mapping[str, float], paid: float, held: float, dates: Sequence[float]
    ) -> dict[str, float]:
        facts, term, rate = self.report.facts, self.report.term, self.report.implicit.rate
        kept = [(t, self._financed(t, payments_of(facts, t, term), rate, dates)) for t in self._commenced(month)]
        return {
            "cash": -rent["cash"] - paid,
            "property": _balances(kept, "asset.closing", month),
            "equity method": held,
            "financing obligation": _balances(kept, "liability.closing", month),
            "other liabilities": rent["due"] - rent["cash"],
            "equity": -_costs(kept, month) - (rent["due"] - self._scheduled(month)) + held - paid,
        }

    def _level(self, t: TrancheFacts, rate: Rate) -> Payments:
        """Level payments each quarter in arrears that repay the hardware price over the lease. [USD]"""
        count = max(1, round(length_of(self.report.facts, t, self.report.term) / QUARTER))
        unit = tuple(Payment(QUARTER * (n + 1), 1.0, "arrears") for n in range(count))
        amount = t.hardware / present_value(unit, rate)
        return tuple(Payment(p.month, amount, p.timing) for p in unit)

    def _financed(self, t: TrancheFacts, payments: Payments, rate: Rate, dates: Sequence[float]) -> Schedule:
        """A delivery kept in the books with the loan that paid for it; payments of nothing mark reporting dates."""
        facts = self.report.facts
        length = length_of(facts, t, self.report.term)
        marks = tuple(Payment(d - t.start, 0.0, "arrears") for d in dates if 0 <= d - t.start < length)
        return failed_sale(
            "IFRS 16",
            proceeds=t.hardware,
            payments=(*payments, *marks),
            rate=rate,
            term=length,
            carrying_amount=t.hardware,
            depreciation_pa=t.hardware * (1.0 - facts.fleet.book_residual) / (facts.life / 12.0),
            name=f"{facts.id}.kept.{t.name}",
        ).schedule


@dataclass(frozen=True)
class _Stake:
    """An interest in one business: share of what is paid in, paid in and received, income of the business."""

    share: float
    paid_in: float
    received: float
    net_income: float

    @property
    def carrying(self) -> float:
        """Cost less distributions plus the share of income (IAS 28.10); below nothing losses are not recognised."""
        return self.paid_in - self.received + self.share * self.net_income


def _consolidated(
    vehicle: Mapping[str, float], upfront: float, cash: float, prepaid: float, interest: float
) -> dict[str, float]:
    """Sponsor plus vehicle, less prepaid rent against deferred income and the interest against the vehicle's equity."""
    owed_by, owed_to = max(prepaid, 0.0), max(-prepaid, 0.0)
    return {
        "cash": cash - upfront + vehicle["cash"],
        "property": vehicle["property"],
        "other assets": vehicle["assets"] - vehicle["cash"] - vehicle["property"] - owed_to,
        "borrowings": vehicle["debt"],
        "other liabilities": vehicle["liabilities"] - vehicle["debt"] - owed_by,
        "non-controlling interests": vehicle["equity"] - interest,
    }


def _balances(held: Sequence[tuple[TrancheFacts, Schedule]], item: str, month: float) -> float:
    return sum(s.at(item, max(month - t.start, 0.0)) for t, s in held)


def _flows(s: Schedule, item: str, until: float) -> float:
    return sum(x for end, x in zip(s.months, s[item], strict=True) if end <= until + NEAR)


def _costs(held: Sequence[tuple[TrancheFacts, Schedule]], month: float) -> float:
    """Interest and depreciation up to a date. [USD]"""
    items = ("liability.interest", "asset.depreciation")
    return sum(_flows(s, item, month - t.start) for t, s in held for item in items)


def _line(result: RunDeal, name: str) -> list[float]:
    value = result.run[name]
    count = len(result.model.timeline.periods)
    return [float(value)] * count if isinstance(value, float) else [float(x) for x in value]

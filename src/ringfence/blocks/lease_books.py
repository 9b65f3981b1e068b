"""A deal's lease in the books of both sides, appended to the deal's sheet.

Rows added by the function that :func:`lease_books` returns, `<l>` being the lease and `<t>` a tranche:

    <l>.lessee_ifrs.<t>.*, <l>.lessee_us.<t>.*    schedule of the tranche (see ``lessee_schedule.py``)
    <l>.lessor.<t>.*                              schedule of the tranche (see ``lessor_schedule.py``)
    <l>.lessee_ifrs.liability, .rou, .interest, .amortisation, .cost      sums over the tranches [USD]
    <l>.lessee_us.liability, .rou, .interest, .amortisation, .cost        [USD]
    <l>.lessor.income, .balance                   [USD]

Every tranche is a lease of its own, which commences when its rent period starts, and lasts as long as the lease term
in the accounts: the firm term and the renewals that are reasonably certain. Cash is dated as the deal dates it
(docs/convention.md 2.3), so on a coarse grid payments fall on period ends. Rent by use is measured at the share that
is take-or-pay. Rent that follows an index is measured at the index of commencement; the resets of the forecast are in
``index_resets.py``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ringfence.blocks.assets_sheet import build_assets
from ringfence.blocks.clock import on, overlap, years
from ringfence.blocks.context import Build, cell_name
from ringfence.blocks.index_resets import IndexedTranche, add_index_resets
from ringfence.blocks.lessee_schedule import LesseeRows, Phase, add_lessee_schedule
from ringfence.blocks.lessor_schedule import LessorRows, Receipts, add_net_investment, add_operating_rent
from ringfence.sheet import NIL, Expr, Row, Sheet, both, choose, constant, growth, less_than, most, sum_of, total
from ringfence.terms.contract.lease import Lease
from ringfence.terms.rules.dates import lease_end
from ringfence.units import GPU, MONTH, PER_YEAR, RATIO, USD

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

ONE_MONTH, ONE_GPU = constant(1.0, MONTH), constant(1.0, GPU)


@dataclass(frozen=True)
class BooksPlan:
    """What the books of a lease are kept by; classified and solved above, handed down as plain numbers.

    Attributes
    ----------
    rate
        Lessee's discount rate. [1/year effective]
    implicit
        Rate implicit in the lease. [1/year effective]
    us_operating
        Whether ASC 842 classifies it operating for the lessee.
    lessor_operating
        Whether the lessor keeps the asset.
    direct_costs
        Lessee's initial direct costs, prepayments and restoration less incentives, share of hardware price. [ratio]
    residual_share, guaranteed_share
        Of hardware price: expected value at the end; part of it guaranteed. [ratio]
    lease_share
        Part of the rent that is for the lease, not for services. [ratio]
    renewals
        How many renewals are in the lease term.
    owned
        Economic life from acceptance, over which the right is amortised where the lessee will buy; None: the term.
        [month]
    """

    rate: float
    implicit: float
    us_operating: bool = False
    lessor_operating: bool = False
    direct_costs: float = 0.0
    residual_share: float = 0.0
    guaranteed_share: float = 0.0
    lease_share: float = 1.0
    renewals: int = 0
    owned: float | None = None


def tranches_of(b: Build, lease: str) -> list[str]:
    """Names of the tranches of a lease, in the order of the sheet."""
    found = re.compile(rf"{re.escape(lease)}\.(batch_\d+(?:\.step_\d+)?)\.due\Z")
    return [match[1] for name in b.sheet.rows if (match := found.match(name))]


def lease_books(lease: str, plan: BooksPlan) -> Callable[[Build], None]:
    """Return the function that appends the books of a lease to a deal's sheet.

    Parameters
    ----------
    lease
        Id of the lease.
    plan
        Rates and classification.

    Returns
    -------
    Callable
        For ``build(deal, extra=[...])``.
    """

    def add(b: Build) -> None:
        term = b.deal.contracts[lease]
        assert isinstance(term, Lease)
        s = b.sheet
        rate = s.scalar(f"{lease}.lessee_rate", plan.rate, unit=PER_YEAR, label="lessee's discount rate, effective")
        implicit = s.scalar(f"{lease}.implicit_rate", plan.implicit, unit=PER_YEAR, label="rate implicit in the lease")
        lessee = _growth(b, f"{lease}.lessee_growth", rate)
        lessor = _growth(b, f"{lease}.lessor_growth", implicit)
        parts = add_tranches(b, lease, plan)
        found: list[list[LesseeRows]] = []
        for tag, operating in (("lessee_ifrs", False), ("lessee_us", plan.us_operating)):
            rows = [
                add_lessee_schedule(
                    s,
                    f"{lease}.{tag}.{t.name}",
                    [t.phase(lessee, operating=operating)],
                    at_start=t.direct_costs,
                    hindsight=term.index is not None,
                )
                for t in parts
            ]
            _add_lessee_sums(b, f"{lease}.{tag}", rows)
            found.append(rows)
        if term.index is not None:
            ifrs, us = found
            indexed = [
                IndexedTranche(t.counted, t.starts, t.paid, t.share, x, y)
                for t, x, y in zip(parts, ifrs, us, strict=True)
            ]
            add_index_resets(b, lease, indexed)
        held = [t.lessor(lessor) for t in parts]
        _add_lessor_sums(b, f"{lease}.lessor", held)

    return add


def add_tranches(b: Build, lease: str, plan: BooksPlan) -> list[Tranche]:
    """Add what the books of each tranche of a lease read: when it commences, the rent measured, the time left."""
    term = b.deal.contracts[lease]
    assert isinstance(term, Lease)
    label = "nothing"
    nothing = b.sheet.series(f"{lease}.no_payment", [0.0] * b.sheet.periods, unit=USD, term=True, label=label)
    return [Tranche(b, lease, name, term, plan, nothing) for name in tranches_of(b, lease)]


def build_lease(deal: Deal, lease: str, *, lease_share: float = 1.0) -> tuple[Sheet, list[str]]:
    """Return a sheet of the assets and the payments of one lease, month by month: no loans, no waterfall, no books.

    It lasts until the last renewal could end, even where the deal's own timeline is shorter.

    Parameters
    ----------
    deal
        The deal.
    lease
        Id of the lease.
    lease_share
        Part of the rent that is for the lease, not for services. [ratio]

    Returns
    -------
    tuple
        The sheet, and the names of the lease's tranches.
    """
    b = build_assets(deal, until=_last_renewal(deal, lease))
    parts = add_tranches(b, lease, BooksPlan(0.0, 0.0, lease_share=lease_share))
    return b.sheet, [part.name for part in parts]


def _last_renewal(deal: Deal, lease: str) -> dt.date:
    """Day after which no payment of a lease can fall, or the end of the deal if that is later."""
    term = deal.contracts[lease]
    assert isinstance(term, Lease)
    end = lease_end(deal, term) or 0.0
    months = ceil(end + sum(r.term for r in term.renewal) + term.payment_lag) + 1
    close = deal.timeline.close
    year, month = divmod(close.year * 12 + close.month - 1 + months, 12)
    return max(deal.timeline.until, dt.date(year, month + 1, 1) - dt.timedelta(days=1))


class Tranche:
    """A tranche as a lease of its own."""

    def __init__(self, b: Build, lease: str, name: str, term: Lease, plan: BooksPlan, nothing: Row) -> None:
        self.b, self.lease, self.name, self.plan = b, lease, name, plan
        s, clock, key = b.sheet, b.clock, f"{lease}.{name}"
        parts = [key, *(f"{key}.renewal_{n + 1}" for n in range(len(term.renewal)))]
        self.counted = tuple(parts[: 1 + plan.renewals])
        counted = self.counted
        start, end = s[f"{key}.start"], s[f"{counted[-1]}.end"]
        live = less_than(NIL, s[f"{key}.units"])
        self.starts = s.row(f"{key}.commences", both(live, on(clock, start)), unit=RATIO, label="the lease commences")
        until: Expr = end + NIL
        if plan.owned is not None:
            life = s.scalar(f"{key}.owned_life", plan.owned, unit=MONTH, label="economic life of what will be owned")
            until = s[f"{term.asset}.{name.partition('.')[0]}.accepted"] + life
        left = until - most(start, clock.start)
        rest = less_than(NIL, left)
        taken = choose(rest, overlap(clock, start, until) / choose(rest, left, ONE_MONTH), NIL)
        self.share = s.row(f"{key}.share_of_term", taken, unit=RATIO, label="part of the time left")
        rents = [self._measured(part, key, term) for part in parts]
        measured = rents[0]
        if plan.renewals:
            whole = sum_of(rents[: 1 + plan.renewals])
            measured = s.row(f"{key}.measured_term", whole, unit=USD, label="rent of the term in the accounts")
        self.advance = measured if term.due == "in_advance" else nothing
        self.arrears = nothing if term.due == "in_advance" else measured
        self.paid: Expr = sum_of(self._owed(s[f"{part}.due"], term) for part in counted)
        self.nothing, self.end = nothing, end
        batch = name.partition(".")[0]
        self.hardware: Expr = s[f"{term.asset}.{batch}.hardware"]
        if batch != name:
            whole = sum_of(s[f"{lease}.{x}.units"] for x in tranches_of(b, lease) if x.startswith(f"{batch}."))
            self.hardware = self.hardware * s[f"{key}.units"] / most(whole, ONE_GPU)
        self.hardware = s.row(f"{key}.hardware", self.hardware, unit=USD, label="hardware price of the tranche")
        self.direct_costs: Expr = self.hardware * plan.direct_costs

    def _measured(self, part: str, key: str, term: Lease) -> Row:
        """Rent of the firm term or of a renewal as the liability measures it. [USD]"""
        s = self.b.sheet
        due: Expr = s[f"{part}.due"]
        if term.index is not None:
            due = due / s[f"{part}.index"] * total(self.starts * s[f"{key}.index"])
        return s.row(f"{part}.measured", self._owed(due, term), unit=USD, label="rent the liability measures")

    def _owed(self, due: Expr, term: Lease) -> Expr:
        """Part of a rent that is for the lease and owed whatever is used. [USD]"""
        if term.usage is not None:
            due = due * self.b.sheet[cell_name(f"contracts.{self.lease}.usage.take_or_pay")]
        return due * self.plan.lease_share

    def phase(self, growth_row: Row, *, operating: bool) -> Phase:
        """Return the tranche as the lessee measures it."""
        return Phase(self.starts, self.advance, self.arrears, growth_row, self.share, operating=operating)

    def lessor(self, growth_row: Row) -> LessorRows:
        """Add the tranche in the lessor's books."""
        b, plan = self.b, self.plan
        s, key = b.sheet, f"{self.lease}.lessor.{self.name}"
        back = on(b.clock, self.end) * self.hardware
        kept = s.row(
            f"{key}.returns", back * (plan.residual_share - plan.guaranteed_share), unit=USD, label="asset back"
        )
        assured = s.row(
            f"{key}.assured", self.arrears + back * plan.guaranteed_share, unit=USD, label="rent, guarantee"
        )
        receipts = Receipts(self.starts, self.advance, assured, kept, growth_row, self.share)
        if plan.lessor_operating:
            plain = Receipts(self.starts, self.advance, self.arrears, kept, growth_row, self.share)
            return add_operating_rent(s, key, plain)
        return add_net_investment(s, key, receipts)


def _growth(b: Build, name: str, rate: Row) -> Row:
    return b.sheet.row(name, growth(rate, years(b.clock, b.clock.months)), unit=RATIO, label="growth of the period")


def _add_lessee_sums(b: Build, name: str, rows: Sequence[LesseeRows]) -> None:
    for item, label in (
        ("liability", "lease liability"),
        ("rou", "right-of-use asset"),
        ("interest", "interest on the liability"),
        ("amortisation", "amortisation of the right"),
        ("cost", "lease cost"),
    ):
        b.sheet.row(f"{name}.{item}", sum_of(getattr(r, item) for r in rows), unit=USD, label=label)


def _add_lessor_sums(b: Build, name: str, rows: Sequence[LessorRows]) -> None:
    b.sheet.row(f"{name}.income", sum_of(r.income for r in rows), unit=USD, label="income of the lessor")
    b.sheet.row(f"{name}.balance", sum_of(r.closing for r in rows), unit=USD, label="net investment, or deferred rent")

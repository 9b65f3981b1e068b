"""The sponsor's books in six columns, period by period, under each framework, as rows of the deal's own sheet.

    as_is          before the deal: its opening balances, held
    buy            it borrows the hardware price at its own rate, level over the lease, and owns the GPUs
    consolidated   the vehicle is consolidated; lease, prepaid rent and the sponsor's interest are eliminated
    lease          the vehicle is not consolidated: right of use, lease liability, interest by the equity method
    service        the contract is no lease: rent is expensed as it is earned
    failed_sale    the sponsor controlled the GPUs first: it keeps them, and the rent repays a financing obligation

Rows added by the function that :func:`sponsor_columns` returns, `<f>` being ``ifrs`` or ``us``:

    sponsor.<f>.<column>.*                   its balances, income and cash (``sponsor_ledger.py``)
    sponsor.<f>.vehicle.*                    the vehicle as accounts see it (``sponsor_vehicle.py``)
    sponsor.<f>.<buy|failed_sale>.<t>.*      GPUs kept, and the debt that pays for them (``sponsor_kept.py``)
    sponsor.guaranteed_<f>.<t>.*             the guarantee's part of the lessee's liability
    sponsor.sale.*, sponsor.<f>.sale.*       a sale to the vehicle (``sponsor_sale.py``, ``sponsor_sold.py``)
    sponsor.renewed_<f>.<t>.*                renewals that are used though the lease term left them out
    sponsor.dated_<f>.<t>.*                  rent on its own date inside a period (``sponsor_dating.py``)

Schedules of the lease are those of ``lease_books.py``.

The sponsor's own business goes on as it opened: a year's EBITDA, depreciation and interest as stated, capital
expenditure equal to depreciation, income distributed; so its balances stay and only the deal moves a column.

Source: IFRS 10.B86, 10.25, IAS 28.10, IFRS 16.47, 16.103, IAS 12.22A (ASC 810-10-45-1, 323-10-35, 842-20-45,
842-40-25-5, 740-10-25).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.blocks.clock import on
from ringfence.blocks.context import Build
from ringfence.blocks.sponsor_flows import Rent, add_own, add_rent, counted
from ringfence.blocks.sponsor_kept import add_kept
from ringfence.blocks.sponsor_lease import add_dated_rent, add_guaranteed, add_owned, add_renewed
from ringfence.blocks.sponsor_ledger import Entries, add_ledger, in_order, running
from ringfence.blocks.sponsor_policy import SponsorPlan
from ringfence.blocks.sponsor_sale import (
    GROUP,
    UNEARNED,
    ByUse,
    Transfer,
    Unearned,
    add_by_use,
    add_leased_back,
    add_transfer,
    add_unearned,
)
from ringfence.blocks.sponsor_sold import eliminated, kept_first, transferred, unearned_share
from ringfence.blocks.sponsor_tax import lease_taxed, tax_cell, taxed
from ringfence.blocks.sponsor_vehicle import (
    SiloBooks,
    add_vehicle,
    vehicle_balances,
)
from ringfence.sheet import NIL, Expr, Row, choose, constant, less_than, positive, previous, sum_of
from ringfence.terms.contract.lease import Lease
from ringfence.units import RATIO, USD

TAGS = ("ifrs", "us")
COLUMNS = ("as_is", "buy", "consolidated", "lease", "service", "failed_sale")
SOURCES = {
    "as_is": "",
    "buy": "IAS 16.50, IFRS 9.5.4.1 [verify]",
    "consolidated": "IFRS 10.B86 [verify]; ASC 810-10-45-1 [verify]",
    "lease": "IFRS 16.29-36 [verify]; ASC 842-20-35 [verify]; IAS 28.10 [verify]",
    "service": "IAS 1.27 [verify]; IAS 28.10 [verify]",
    "failed_sale": "IFRS 16.103 [verify]; ASC 842-40-25-5; ASC 842-40-30-6",
}


def sponsor_columns(plan: SponsorPlan) -> Callable[[Build], None]:
    """Return the function that appends the sponsor's books to a deal's sheet.

    Parameters
    ----------
    plan
        Rates, classifications and policies. The lease's own books (``lease_books``) are appended before it.

    Returns
    -------
    Callable
        For ``build(deal, extra=[...])``.
    """

    def add(b: Build) -> None:
        rent = add_rent(b, plan)
        own = add_own(b, plan.own)
        sold = plan.sale
        sale = None if sold is None else add_transfer(b, sold, plan.lease, plan.asset, tuple(plan.tranches))
        proofs = []
        for tag in TAGS:
            proofs += _Columns(b, plan, tag, rent, own, sale).add()
        b.sheet.row("sponsor.difference", sum_of([_size(p) for p in proofs]), unit=USD, label="of all columns: zero")

    return add


def _size(x: Row) -> Expr:
    return choose(less_than(x, NIL), NIL - x, x)


@dataclass
class _Columns:
    """The six columns of one framework."""

    b: Build
    plan: SponsorPlan
    tag: str
    rent: Rent
    own: Entries
    sale: Transfer | None = None

    def add(self) -> list[Row]:
        """Add them, and return the differences."""
        plan, tag = self.plan, self.tag
        fleets = plan.restore(self.b, tag) if plan.restore else {}
        hedges = plan.hedge(self.b, tag) if plan.hedge else {}
        self.fleets = fleets
        self.silos = add_vehicle(self.b, f"sponsor.{tag}.vehicle", plan.vehicle, tag, fleets, hedges)
        entries = {
            "as_is": Entries(),
            "buy": self._buy(),
            "consolidated": self._consolidated(),
            "lease": self._lease(),
            "service": self._service(),
            "failed_sale": self._failed(),
        }
        return [self._ledger(column, entries[column]) for column in COLUMNS]

    def _ledger(self, column: str, e: Entries) -> Row:
        lines = dict(e.income)
        for x, value in self.own.income.items():
            lines[x] = lines.get(x, NIL) + value
        income = {x: lines[x] for x in in_order(lines)}
        whole = Entries(e.balances, e.cash, income, e.minority, e.oci, self.own.given_out + e.given_out)
        return add_ledger(self.b, f"sponsor.{self.tag}.{column}", whole, self.plan.own.start, source=SOURCES[column])

    # --- the columns ----------------------------------------------------------------------------------------

    def _buy(self) -> Entries:
        kept = add_kept(self.b, f"sponsor.{self.tag}.buy", self.plan.buy, source=SOURCES["buy"])
        paid, incurred, owed = self._running()
        income = {"running costs": incurred, "depreciation": kept.depreciation, "disposal": kept.disposal}
        income["interest"] = kept.interest
        balances = {"property": kept.asset, "borrowings": kept.debt, "other liabilities": owed}
        return self._first(taxed(self.b, self.plan, Entries(balances, kept.cash - paid, income)))

    def _service(self) -> Entries:
        balances, upfront, sale = self._prepaid() | self._interest(), self._upfront(), self.sale
        income = {"running costs": upfront, "rent": self.rent.earned}
        sold = sale is not None and self.plan.sale is not None and self.tag in self.plan.sale.transferred
        if sold and sale is not None:
            income["disposal"] = sale.profit
        e = Entries(balances, NIL - self.rent.cash - upfront + self._holding(), income, oci=self._oci())
        e = self._held(taxed(self.b, self.plan, e))
        return self._sold(e, "service", sale.profit) if sold and sale is not None else e

    def _failed(self) -> Entries:
        s, x, tag = self.b.sheet, self.plan.lease, self.tag
        rents = {t: s[f"{x}.{t}.{self._term()}"] for t in self.plan.tranches}
        kept = add_kept(
            self.b, f"sponsor.{tag}.failed_sale", self.plan.failed[tag], rents, source=SOURCES["failed_sale"]
        )
        extra, variable, ahead = self._extra("failed_sale", self.plan.renewals)
        upfront = self._upfront()
        income = {"running costs": upfront, "rent": extra, "depreciation": kept.depreciation}
        income |= {"disposal": kept.disposal, "interest": kept.interest}
        balances = {"property": kept.asset, "financing obligation": kept.debt} | ahead | self._interest()
        cash = kept.cash - variable - sum_of(rents.values()) - upfront + self._holding()
        return self._first(self._held(taxed(self.b, self.plan, Entries(balances, cash, income, oci=self._oci()))))

    def _lease(self) -> Entries:
        if self.tag in self.plan.exempt:
            return self._service()
        s, x, tag = self.b.sheet, self.plan.lease, self.tag
        plain, operating = f"{x}.lessee_{tag}", tag == "us" and self.plan.us_operating
        owed = add_guaranteed(self.b, self.plan, tag, operating=operating)
        dated = add_dated_rent(self.b, self.plan, tag, operating=operating)
        more = add_renewed(self.b, self.plan, tag, operating=operating)
        liability, rou, interest, worn = (
            s[f"{plain}.{y}"] + owed[y] + dated[y] + more[y] for y in ("liability", "rou", "interest", "amortisation")
        )
        by_use = self._by_use()
        extra, variable, ahead = self._extra("lease", self._renewals(), by_use)
        if by_use is not None:
            liability, rou = liability + by_use.liability, rou + by_use.rou
            interest, worn = interest + by_use.interest, worn + by_use.amortisation
        upfront, owing = self._upfront(), self._amount("restoration", self.plan.restoration)
        restoration, restored = (self._part() - self._returned()) * owing, _change(self._returned()) * owing
        measured = sum_of([s[f"{plain}.{t}.liability.{y}"] for t in self.plan.tranches for y in ("arrears", "advance")])
        paid = measured + owed["paid"] + more["paid"] + (NIL if by_use is None else by_use.paid)
        income = {"rent": extra}
        if operating:
            income["rent"] = extra + interest + worn
        else:
            income |= {"depreciation": worn, "interest": interest}
        cash = NIL - paid - variable - upfront - restored + self._holding()
        owned = add_owned(self.b, self.plan, tag) if self.plan.owns else NIL + NIL
        balances = {"right of use": rou - owned, "lease liability": liability, "provisions": restoration} | ahead
        balances["property"] = owned
        sold = self.plan.sale is not None and tag in self.plan.sale.leased_back
        gain = NIL + NIL
        if sold:
            back = add_leased_back(self.b, x, tag, tuple(self.plan.tranches), operating=operating)
            gain, rou = back.gain, rou + back.rou
            balances |= {"right of use": rou - owned, "lease liability": liability - back.financing}
            balances["financing obligation"] = back.financing
            income["disposal"] = gain
            if operating:
                income |= {"rent": income["rent"] + back.worn - back.interest, "interest": back.interest}
            else:
                income["depreciation"] = income["depreciation"] + back.worn
        interest, oci = sum_of([x.leased.interest for x in self.silos]), sum_of([x.leased.oci for x in self.silos])
        e = Entries(balances | {"equity method": interest}, cash, income, oci=oci)
        e = self._held(
            lease_taxed(self.b, self.plan, e, liability + restoration, rou),
            sum_of([x.leased.result for x in self.silos]),
        )
        return self._sold(e, "lease", gain) if sold else e

    def _consolidated(self) -> Entries:
        books, silos, rent = vehicle_balances(self.b, self.silos), self.silos, self.rent
        ahead, behind = positive(rent.ahead), positive(NIL - rent.ahead)
        income: dict[str, Expr] = {}
        for x in silos:
            for line, value in x.income.items():
                income[line] = income.get(line, NIL) + value
        income["revenue"] = income["revenue"] - rent.earned
        balances = dict(books)
        balances.pop("cash")
        balances["other assets"] = books["other assets"] - behind
        balances["other liabilities"] = books["other liabilities"] - ahead
        others = sum_of([x.equity - self._raw(x) for x in silos])
        balances["non-controlling interests"] = others
        upfront = self._upfront()
        income["running costs"] = income["running costs"] + upfront
        own_tax = NIL
        if self.plan.tax_rate is not None:
            own_tax = tax_cell(self.b, self.plan) * (rent.earned + upfront)
            income["tax"] = income["tax"] - own_tax
        before = books["cash"] - previous(books["cash"], 1, first=NIL)
        cash = before - rent.cash + self._holding() - upfront + own_tax
        minority = sum_of([(1 - x.share) * x.net_income for x in silos])
        oci = sum_of([x.reserve - previous(x.reserve, 1, first=NIL) - x.minority_oci for x in silos])
        return self._group(Entries(balances, cash, income, minority, oci))

    # --- a sale to the vehicle --------------------------------------------------------------------------------

    def _first(self, e: Entries) -> Entries:
        return e if self.sale is None else kept_first(e, self.sale)

    def _sold(self, e: Entries, column: str, gain: Expr) -> Entries:
        assert self.sale is not None
        silo, unearned = self._unearned(column, gain, None)
        name, interest = (
            f"sponsor.{self.tag}.sale.{column}",
            silo.leased.interest if column == "lease" else silo.interest,
        )
        return transferred(unearned_share(self.b, name, e, unearned, interest + NIL), self.sale)

    def _group(self, e: Entries) -> Entries:
        if self.sale is None:
            return e
        silo, unearned = self._unearned("consolidated", self.sale.profit, 1 + NIL)
        asset = next(a for a in silo.silo.assets if a.id == self.plan.asset)
        tax = None if self.plan.tax_rate is None else tax_cell(self.b, self.plan) + 0
        return eliminated(e, self.sale, unearned, asset, tax)

    def _unearned(self, column: str, gain: Expr, share: Expr | None) -> tuple[SiloBooks, Unearned]:
        """The business that bought, and the gain that is not earned while it has the GPUs."""
        silo = next(x for x in self.silos if any(a.id == self.plan.asset for a in x.silo.assets))
        asset = next(a for a in silo.silo.assets if a.id == self.plan.asset)
        carrying = self.fleets[asset.id].carrying if asset.id in self.fleets else asset.carrying
        part, source = (silo.share + 0, UNEARNED) if share is None else (share, GROUP)
        name = f"sponsor.{self.tag}.sale.{column}.unearned"
        return silo, add_unearned(self.b, name, gain, part, asset, carrying, source)

    # --- parts of columns -----------------------------------------------------------------------------------

    def _raw(self, x: SiloBooks) -> Row:
        return self.b.sheet[x.interest.name.removesuffix("closing") + "unlimited"]

    def _interest(self) -> dict[str, Expr]:
        return {"equity method": sum_of([x.interest for x in self.silos])}

    def _holding(self) -> Expr:
        """Received from the vehicle as an owner, less paid in. [USD]"""
        return sum_of([x.received - x.contributed for x in self.silos])

    def _oci(self) -> Expr:
        return sum_of([x.oci for x in self.silos])

    def _held(self, e: Entries, taken: Expr | None = None) -> Entries:
        result = sum_of([x.result for x in self.silos]) if taken is None else taken
        return Entries(e.balances, e.cash, {**e.income, "equity method": result}, e.minority, e.oci, e.given_out)

    def _prepaid(self) -> dict[str, Expr]:
        return {"prepaid rent": positive(self.rent.ahead), "other liabilities": positive(NIL - self.rent.ahead)}

    def _by_use(self) -> ByUse | None:
        """Rent by use that a seller measures (IFRS 16.102A); None for any other lessee."""
        plan = self.plan
        if plan.sale is None or self.tag != "ifrs" or "ifrs" not in plan.sale.leased_back:
            return None
        return add_by_use(self.b, plan.lease, tuple(plan.tranches), plan.renewals, plan.lease_share)

    def _extra(self, column: str, renewals: int, by_use: ByUse | None = None) -> tuple[Expr, Expr, dict[str, Expr]]:
        """Rent that no schedule measures: its cost as it is earned, as it is paid, and what is paid ahead. [USD]"""
        b, plan, s, x = self.b, self.plan, self.b.sheet, self.plan.lease
        take = s[f"{x}.usage.take_or_pay"] if f"{x}.usage.take_or_pay" in s else constant(1.0)
        within = counted(b, plan, "earned", renewals) * take * plan.lease_share
        name = f"sponsor.{self.tag}.{column}.rent_not_measured"
        if by_use is not None:
            within = within + by_use.earned
        cost = s.row(name, self.rent.earned - within, unit=USD, label="rent no schedule measures, as earned")
        rest = self.rent.cash - counted(b, plan, "measured", renewals)
        if by_use is not None:
            rest = rest - by_use.paid
        paid = s.row(f"{name}.paid", rest, unit=USD, label="rent no schedule measures, as paid; may be negative")
        ahead = running(b, f"{name}.ahead", paid - cost, label="paid ahead of it")
        return cost + NIL, paid + NIL, {"prepaid rent": positive(ahead), "other liabilities": positive(NIL - ahead)}

    def _renewals(self) -> int:
        """All renewals of the lease: those that are used are measured, in its term or as they come back."""
        term = self.b.deal.contracts[self.plan.lease]
        assert isinstance(term, Lease)
        return len(term.renewal)

    def _term(self) -> str:
        """Row of a tranche that holds the rents of the term in the accounts."""
        return "measured_term" if self.plan.renewals else "measured"

    def _running(self) -> tuple[Expr, Expr, Expr]:
        """Running costs of the GPUs: paid, incurred, still owed. [USD]"""
        costs = [
            c for s in self.b.books.of(self.plan.vehicle.vehicle) for c in s.costs if c.contract == self.plan.asset
        ]
        paid, incurred = sum_of([c.cash for c in costs]), sum_of([c.earned for c in costs])
        owed = running(self.b, f"sponsor.{self.tag}.buy.costs_owed", incurred - paid, label="running costs owed")
        return paid, incurred, owed + NIL

    def _upfront(self) -> Expr:
        """Paid by the lessee beside rent as deliveries are leased: direct costs, prepayments, less incentives. [USD]"""
        return _change(self._part()) * self._amount("upfront", self.plan.upfront)

    def _part(self) -> Row:
        """Hardware leased so far, share of all. [ratio]"""
        return self._so_far("leased_so_far", "hardware leased so far, share of all", ended=False)

    def _returned(self) -> Row:
        """Hardware whose lease has ended, share of all. [ratio]"""
        return self._so_far("returned_so_far", "hardware whose lease has ended, share of all", ended=True)

    def _so_far(self, item: str, label: str, *, ended: bool) -> Row:
        s, x, name = self.b.sheet, self.plan.lease, f"sponsor.{item}"
        if name in s:
            return s[name]
        last = f".renewal_{self.plan.renewals}.end" if self.plan.renewals else ".end"
        price = {
            t: choose(less_than(NIL, s[f"{x}.{t}.units"]), s[f"{x}.{t}.hardware"], NIL) for t in self.plan.tranches
        }
        now = {t: on(self.b.clock, s[f"{x}.{t}{last}"]) if ended else s[f"{x}.{t}.commences"] for t in price}
        moved = sum_of([now[t] * price[t] for t in price]) / sum_of(price.values())
        before = previous(s.ref(name, unit=RATIO), 1, first=NIL)
        return s.row(name, before + moved, unit=RATIO, label=label)

    def _amount(self, item: str, amount: float) -> Row:
        name = f"sponsor.{item}"
        if name in self.b.sheet:
            return self.b.sheet[name]
        return self.b.sheet.scalar(name, amount, unit=USD, label=f"{item}, all deliveries")


def _change(x: Expr) -> Expr:
    return x - previous(x, 1, first=NIL)

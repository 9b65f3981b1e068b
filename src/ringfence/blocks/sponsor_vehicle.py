"""The vehicle as the sponsor's accounts see it: its engine's books, with the policies the engine does not know.

Rows added by :func:`add_vehicle`, `<v>` being ``sponsor.<ifrs|us>.vehicle`` and `<s>` a business, all [USD]:

    <v>.<s>.idc_expensed, .idc_restored     interest before conversion of assets that do not qualify (IAS 23.5)
    <v>.<s>.idc.closing                     what the engine still carries of it
    <v>.<s>.written_down                    assets stand so much under the engine's: impairment, components, interest
    <v>.<s>.hedge_reserve                   gain on swaps that waits in equity; <v>.<s>.swaps their fair value
    <v>.<s>.net_income, .equity             after these
    <v>.<s>.interest.*                      the sponsor's interest by the equity method
    <v>.<s>.lessor.*                        its own books where it is a finance lessor (``sponsor_lessor.py``), and the
                                            interest that takes up their profit: that of the lease column

What the engine calls financing costs holds interest before conversion. Where the asset qualifies it is part of its cost
and stays; elsewhere it is an expense of the period, and its later write-off is not charged twice.

Source: IAS 28.10, 28.38-39, IAS 23.5, 23.8, IAS 36.59 (ASC 323-10-35, 835-20, 360-10-35).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ringfence.blocks.books import AssetAccount, Silo
from ringfence.blocks.context import Build
from ringfence.blocks.equity_interest import SOURCE, add_equity_interest
from ringfence.blocks.sponsor_lessor import LessorPlan, LessorView, add_lessor_view
from ringfence.sheet import NIL, Expr, Row, choose, constant, less_than, positive, previous, sum_of, total
from ringfence.units import RATIO, USD

BORROWING = "IAS 23.8; ASC 835-20 [verify]"
ONE = constant(1.0, USD)


@dataclass(frozen=True)
class Restated:
    """A fleet as accounts carry it, where that is not what the engine carries. [USD]

    Attributes
    ----------
    carrying
        At the end of the period.
    impairment
        Loss less reversal of the period.
    """

    carrying: Row
    impairment: Expr


@dataclass(frozen=True)
class Hedged:
    """The swaps of a business in the accounts. [USD]"""

    value: Row
    reserve: Row


@dataclass(frozen=True)
class VehiclePlan:
    """What the accounts of the vehicle need beside its rows.

    Attributes
    ----------
    vehicle, holder
        Ids of the vehicle and of the sponsor.
    qualifying
        Assets that take long to get ready: their share of interest before conversion is part of their cost.
    lessor
        The lease in which it is a finance lessor under some framework; None: under none.
    """

    vehicle: str
    holder: str
    qualifying: frozenset[str] = frozenset()
    lessor: LessorPlan | None = None


@dataclass(frozen=True)
class Taken:
    """What the equity method takes up. [USD]"""

    interest: Row
    result: Row
    oci: Row


@dataclass(frozen=True)
class SiloBooks:
    """One business in the sponsor's accounts. [USD]

    All is as the group sees it, but `own`, its books as a finance lessor, and `leased`, the interest that takes them
    up: without such books the same interest.
    """

    silo: Silo
    net_income: Row
    equity: Row
    written_down: Row
    property_down: Expr
    swaps: Expr
    reserve: Expr
    income: Mapping[str, Expr]
    share: Row
    interest: Row
    result: Row
    oci: Row
    contributed: Row
    received: Row
    minority_oci: Expr
    own: LessorView | None
    leased: Taken


def slug_of(silo: Silo) -> str:
    """Name of a business in a row: ``spv_gpu``."""
    return silo.key.replace(".", "_")


def add_vehicle(
    b: Build, name: str, plan: VehiclePlan, tag: str, fleets: Mapping[str, Restated], hedges: Mapping[str, Hedged]
) -> list[SiloBooks]:
    """Add the vehicle's books as accounts see them, and the sponsor's interest in each business.

    Parameters
    ----------
    b
        The build, all blocks done.
    name
        Prefix of the rows.
    plan
        Whose books, and what qualifies.
    tag
        Framework, ``ifrs`` or ``us``.
    fleets
        Restated fleets by id.
    hedges
        Swaps by business.

    Returns
    -------
    list
        One a business.
    """
    return [
        _add_silo(b, f"{name}.{slug_of(s)}", plan, tag, s, fleets, hedges.get(s.key)) for s in b.books.of(plan.vehicle)
    ]


def _add_silo(
    b: Build, name: str, plan: VehiclePlan, tag: str, silo: Silo, fleets: Mapping[str, Restated], hedge: Hedged | None
) -> SiloBooks:
    s, key = b.sheet, silo.key
    expensed, restored, held = _add_idc(b, name, silo, plan.qualifying)
    own = [(a, fleets[a.id]) for a in silo.assets if a.id in fleets]
    down = sum_of([a.carrying - r.carrying for a, r in own])
    written = s.row(f"{name}.written_down", down + held, unit=USD, label="assets stand under the engine's by this")
    value, reserve = (hedge.value + NIL, hedge.reserve + NIL) if hedge else (NIL, NIL)
    gain = value - previous(value, 1, first=NIL) - (reserve - previous(reserve, 1, first=NIL)) if hedge else NIL
    income = _income(b, silo, own, expensed - restored - gain)
    change = written - previous(written, 1, first=NIL)
    net = s.row(f"{name}.net_income", s[f"{key}.net_income"] - change + gain, unit=USD, label="net income")
    equity = s.row(f"{name}.equity", s[f"{key}.equity"] - written + value, unit=USD, label="equity")
    share = _add_share(b, name, silo, plan.holder)
    moved = reserve - previous(reserve, 1, first=NIL) if hedge else NIL
    rows = _add_interest(b, name, silo, plan.holder, share, net, moved)
    minority = (1 - share) * moved
    view, leased = _add_lessor(b, name, plan, tag, silo, fleets, (net, equity)), Taken(*rows[:3])
    if view is not None:
        leased = Taken(*_add_interest(b, f"{name}.lessor", silo, plan.holder, share, view.earned, moved)[:3])
    return SiloBooks(
        silo, net, equity, written, down, value, reserve, income, share, *rows, minority, own=view, leased=leased
    )


def _add_lessor(
    b: Build,
    name: str,
    plan: VehiclePlan,
    tag: str,
    silo: Silo,
    fleets: Mapping[str, Restated],
    books: tuple[Row, Row],
) -> LessorView | None:
    """The business's own books where it is a finance lessor under this framework."""
    lease = plan.lessor
    asset = None if lease is None else next((a for a in silo.assets if a.id == lease.asset), None)
    if lease is None or asset is None or tag not in lease.kinds:
        return None
    carrying = fleets[asset.id].carrying if asset.id in fleets else asset.carrying
    return add_lessor_view(b, f"{name}.lessor", lease, tag, books, asset, carrying)


def _add_idc(b: Build, name: str, silo: Silo, qualifying: frozenset[str]) -> tuple[Row, Row, Row]:
    """Interest before conversion that is an expense, and what of it the engine still carries and writes off later."""
    s, key = b.sheet, silo.key
    cost = total(sum_of([a.capex for a in silo.assets]))
    plain = total(sum_of([a.capex for a in silo.assets if a.id not in qualifying]))
    value = choose(less_than(NIL, cost), plain / choose(less_than(NIL, cost), cost, ONE), 1) if silo.assets else NIL + 1
    share = s.row(f"{name}.not_qualifying", value, unit=RATIO, label="part of cost that does not qualify")
    before: list[Expr] = []
    for x in silo.loans:
        if f"{x}.building" in s and silo.loans[x].idc != "paid":
            before.append(s[f"{x}.building"] * s[f"{x}.interest.accrued"])
            before += [
                s[f"{x}.building"] * s[f"{w}.accrued"]
                for w, c in b.deal.of_type("swap").items()
                if c.hedges == x and f"{w}.accrued" in s
            ]
    new = s.row(f"{name}.idc_expensed", share * sum_of(before), unit=USD, source=BORROWING, label="interest expensed")
    opening = s.opening(f"{name}.idc", unit=USD, source=BORROWING)
    whole = s[f"{key}.financing_costs.opening"]
    part = choose(less_than(NIL, whole), s[f"{key}.amortisation"] / choose(less_than(NIL, whole), whole, ONE), NIL)
    back = s.row(f"{name}.idc_restored", opening * part, unit=USD, source=BORROWING, label="not written off twice")
    held = s.close(
        f"{name}.idc", opening, add=[new], less=[back], source=BORROWING, label="interest the engine still carries"
    )
    return new, back, held


def _income(b: Build, silo: Silo, own: Sequence[tuple[AssetAccount, Restated]], interest: Expr) -> dict[str, Expr]:
    """Income statement of the business by line. [USD]"""
    s, key = b.sheet, silo.key
    sales = sum_of([x.earned for x in silo.incomes if x.sale])
    worn, gone, lost = _restated(own)
    return {
        "revenue": s[f"{key}.revenue"] - sales,
        "running costs": s[f"{key}.costs"] + NIL,
        "depreciation": s[f"{key}.depreciation"] + worn,
        "impairment": lost,
        "disposal": sales - s[f"{key}.cost_of_sales"] + gone,
        "interest": s[f"{key}.interest_expense"] + s[f"{key}.amortisation"] + interest,
        "tax": s[f"{key}.tax.expense"] + NIL,
    }


def _restated(own: Sequence[tuple[AssetAccount, Restated]]) -> tuple[Expr, Expr, Expr]:
    """Depreciation added, book value less on disposal, impairment: what moves a restated fleet. [USD]"""
    worn, gone, lost = [], [], []
    for asset, fleet in own:
        down = asset.carrying - fleet.carrying
        before = previous(asset.carrying, 1, first=NIL) - previous(fleet.carrying, 1, first=NIL)
        rest = down - before - fleet.impairment
        sold = less_than(NIL, asset.disposal) if asset.disposal is not None else NIL
        worn.append(choose(sold, NIL, rest))
        gone.append(choose(sold, NIL - rest, NIL))
        lost.append(fleet.impairment)
    return sum_of(worn), sum_of(gone), sum_of(lost)


def _add_share(b: Build, name: str, silo: Silo, holder: str) -> Row:
    """Constant share of the sponsor: of what is paid in over the whole deal. [ratio]"""
    s, key = b.sheet, silo.key
    paid = {x: s[f"{x}.{key}.contribution"] for x in silo.equity}
    whole = total(sum_of(paid.values()))
    mine = total(sum_of([paid[x] for x, c in silo.equity.items() if c.holder == holder]))
    value = choose(less_than(NIL, whole), mine / choose(less_than(NIL, whole), whole, ONE), NIL) if paid else NIL
    return s.row(f"{name}.share", value, unit=RATIO, label="the sponsor's share of what is paid in")


def _add_interest(
    b: Build, name: str, silo: Silo, holder: str, share: Row, net: Row, moved: Expr
) -> tuple[Row, Row, Row, Row, Row]:
    """The sponsor's interest by the equity method: it stops at nothing, and losses beyond wait for later profits."""
    s, key = b.sheet, silo.key
    mine = [x for x, c in silo.equity.items() if c.holder == holder]

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.interest.{item}", expr, unit=USD, source=SOURCE, label=label)

    paid = row("contributed", sum_of([s[f"{x}.{key}.contribution"] for x in mine]), "paid in by the sponsor")
    got = row("received", sum_of([s[f"{x}.{key}.distribution"] for x in mine]), "distributed to the sponsor")
    earned = row("share_of_income", share * net, "share of net income")
    other = row("share_of_oci", share * moved, "share of other comprehensive income")
    i = add_equity_interest(
        s, f"{name}.interest", paid=paid + NIL, received=got + NIL, earned=earned + NIL, other=other + NIL
    )
    return i.carried, i.result, i.oci, paid, got


def vehicle_balances(b: Build, books: list[SiloBooks]) -> dict[str, Expr]:
    """Return the vehicle's balances, all businesses: cash, property, other assets, debt, other liabilities. [USD]"""
    s = b.sheet

    def every(item: str) -> Expr:
        return sum_of([s[f"{x.silo.key}.{item}"] for x in books])

    swaps = sum_of([x.swaps for x in books])
    down = sum_of([x.written_down for x in books])
    below = sum_of([x.property_down for x in books])
    cash, fixed, debt = every("cash.closing"), every("fixed_assets"), every("debt")
    return {
        "cash": cash,
        "property": fixed - below,
        "other assets": every("assets") - cash - fixed - (down - below) + positive(swaps),
        "borrowings": debt,
        "other liabilities": every("liabilities") - debt + positive(NIL - swaps),
    }

"""Cash between parties: one picture of how the deal is paid for, one of how it pays back, and the table behind both.

A payment belongs to building when it is a source or a use of funds: money drawn or paid in, assets bought, and the fees
and interest that sources pay. Everything else belongs to running. Every payment has a payer and a payee in the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.report.charts.sankey import LOOKS, Band, Kind, Stop, sankey
from ringfence.desk.report.model import Chart, Paragraph, Section
from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import ONE_DOLLAR, View

if TYPE_CHECKING:
    from ringfence.blocks.books import Flow

BUILDING = (".drawdown", ".contribution", ".capex", ".idc", ".at_cost", ".contingency.paid", ".uses.closing_costs")
_OUTSIDE = {"market": "others", "state": "tax authority"}
_SMALL, _MOST = 0.004, 18


@dataclass(frozen=True)
class Payment:
    """What one party pays another for one purpose over the life of the deal. [USD]"""

    payer: str
    payee: str
    kind: Kind
    amount: float
    building: bool


def structure(view: View) -> Section | None:
    """Return the section; None for a deal without a payment.

    Parameters
    ----------
    view
        The result.
    """
    found = payments(view)
    if not found:
        return None
    words = Paragraph(
        "Read from left to right: who pays, the vehicles, who is paid. The width of a band is the amount over the life "
        "of the deal. A party that both pays and is paid stands on both sides."
    )
    charts = [
        chart
        for chart in (
            _chart(view, [p for p in found if p.building], "building", "How it is paid for"),
            _chart(view, [p for p in found if not p.building], "running", "How it pays back"),
        )
        if chart is not None
    ]
    return Section("structure", "Structure: cash between the parties", (words, *charts))


def payment_table(view: View) -> Section | None:
    """Return every payment behind the pictures, added up by payer, payee and purpose; None for a deal without one.

    Parameters
    ----------
    view
        The result.
    """
    found = payments(view)
    return Section("payments", "Payments between the parties", (_table(view, found),)) if found else None


def payments(view: View) -> list[Payment]:
    """Return every payment between parties, added up by payer, payee, purpose and phase, largest first.

    Parameters
    ----------
    view
        The result.
    """
    sums: dict[tuple[str, str, Kind, bool], float] = {}
    for flow in view.result.model.books.flows:
        amount = view.total(flow.row.name)
        payer, payee = (flow.payer, flow.payee) if amount >= 0 else (flow.payee, flow.payer)
        key = (payer, payee, kind_of_flow(view, flow), flow.row.name.endswith(BUILDING))
        sums[key] = sums.get(key, 0.0) + abs(amount)
    found = [Payment(payer, payee, kind, v, b) for (payer, payee, kind, b), v in sums.items() if v > ONE_DOLLAR]
    return sorted(found, key=lambda p: (not p.building, -p.amount, p.payer, p.payee))


def kind_of_flow(view: View, flow: Flow) -> Kind:
    """Return what a payment is for.

    Parameters
    ----------
    view, flow
        The result and the payment.
    """
    contract = view.deal.contracts.get(flow.contract)
    kind = getattr(contract, "type", "")
    name = flow.row.name
    if kind == "loan":
        return "principal" if name.endswith((".drawdown", ".repayment")) or ".sweep_" in name else "interest"
    if kind == "equity":
        return "costs" if flow.payee == "state" or flow.payer == "state" else "equity"
    if kind in ("letter_of_credit", "swap"):
        return "support" if ".for_" in name or name.endswith(".reimbursed") else "interest"
    if name.endswith((".capex", ".contingency.paid", ".uses.closing_costs")):
        return "assets"
    if flow.payee in view.deal.vehicles and flow.payer != "state":
        return "revenue"
    return "costs"


def name_of(view: View, party: str) -> str:
    """Return what a party is called.

    Parameters
    ----------
    view, party
        The result, and the id of the party.
    """
    known = view.deal.parties.get(party)
    return _OUTSIDE.get(party, party) if known is None else known.name or party


def _chart(view: View, found: Sequence[Payment], key: str, title: str) -> Chart | None:
    if not found:
        return None
    stops, bands = _laid(view, found, owned_first=key == "running")
    shown = f"{title}, USD m over the life of the deal"
    told = "; ".join(
        f"{name_of(view, p.payer)} pays {name_of(view, p.payee)} {p.amount / 1e6:,.0f} ({LOOKS[p.kind][1]})"
        for p in found[:12]
    )
    drawn = {f"{p.payer}>{p.payee}:{p.kind}": (p.amount,) for p in found}
    return Chart(f"structure-{key}", shown, sankey(stops, bands), f"{shown}. Largest: {told}.", drawn)


def _laid(view: View, found: Sequence[Payment], *, owned_first: bool) -> tuple[list[Stop], list[Band]]:
    """Put payers left, vehicles between in order of ownership, payees right; the smallest payments share a box."""
    depth = _depths(view, {p.payer for p in found} | {p.payee for p in found})
    deepest = max(depth.values(), default=0)
    column = {v: 1 + (deepest - d if owned_first else d) for v, d in depth.items()}
    last = 2 + deepest if depth else 1
    least = _SMALL * sum(p.amount for p in found)
    payers = _large(found, least, lambda p: p.payer)
    payees = _large(found, least, lambda p: p.payee)
    sums: dict[tuple[Stop, Stop, Kind], float] = {}
    for p in found:
        ends = (column.get(p.payer, 0), column.get(p.payee, last))
        if ends[0] < ends[1]:
            start = _stop(view, p.payer, ends[0], p.payer in payers or p.payer in column)
            end = _stop(view, p.payee, ends[1], p.payee in payees or p.payee in column)
        else:  # against the order of ownership: the vehicle is paid as an outsider would be
            start, end = _stop(view, p.payer, ends[0], True), _stop(view, p.payee, last, True)
        sums[start, end, p.kind] = sums.get((start, end, p.kind), 0.0) + p.amount
    stops = list(dict.fromkeys(s for start, end, _ in sums for s in (start, end)))
    return stops, [Band(a.key, b.key, v / 1e6, kind) for (a, b, kind), v in sums.items()]


def _large(found: Iterable[Payment], least: float, side: object) -> set[str]:
    sums: dict[str, float] = {}
    for p in found:
        party = side(p)  # type: ignore[operator]
        sums[party] = sums.get(party, 0.0) + p.amount
    largest = sorted(sums, key=lambda party: (-sums[party], party))[:_MOST]
    return {party for party in largest if sums[party] >= least}


def _stop(view: View, party: str, column: int, large: bool) -> Stop:
    if not large:
        return Stop(f"{column}:", column, "small payments")
    return Stop(f"{column}:{party}", column, name_of(view, party))


def _depths(view: View, used: set[str]) -> dict[str, int]:
    """How many vehicles stand above each vehicle."""
    holders: dict[str, list[str]] = {}
    for equity in view.deal.of_type("equity").values():
        if equity.holder in view.deal.vehicles:
            holders.setdefault(equity.vehicle, []).append(equity.holder)

    def depth(vehicle: str) -> int:
        return max((1 + depth(h) for h in holders.get(vehicle, ())), default=0)

    return {v: depth(v) for v in view.deal.vehicles if v in used}


def _table(view: View, found: Sequence[Payment]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for building in (True, False):
        mine = [p for p in found if p.building is building]
        if mine:
            rows.append(("Paying for it" if building else "Paying back", None, None, None))
        for p in mine:
            rows.append((f"  {name_of(view, p.payer)}", name_of(view, p.payee), LOOKS[p.kind][1], Figure(p.amount)))
    heads = ("payer", "payee", "for", "amount")
    title = "Payments between parties over the life of the deal, USD m"
    return Table("payments", title, heads, tuple(rows), left=frozenset({0, 1, 2}))

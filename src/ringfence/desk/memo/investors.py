"""Investors: what each pays in and gets out, and the rate it earns, in words where there is no one rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View

if TYPE_CHECKING:
    from ringfence.terms.contract.equity import Equity


def investor_table(view: View) -> Table:
    """Return one row per equity contract, with what businesses still hold at the end."""
    heads = ("interest", "holder", "in", "paid in", "received", "IRR", "MOIC", "paid back", "NPV")
    rows: list[tuple[Cell, ...]] = []
    for x, equity in _outside_first(view):
        where = ", ".join(f"{equity.vehicle}.{b}" for b in equity.businesses) or equity.vehicle
        payback = view.measure(f"{x}.payback")
        rows.append(
            (
                x,
                equity.holder,
                where,
                Figure(view.value(f"{x}.invested")),
                Figure(view.value(f"{x}.distributions")),
                irr_text(view, x),
                Figure(view.value(f"{x}.moic"), "times"),
                view.period_of_month(payback.value if payback else None),
                Figure(view.value(f"{x}.npv")),
            )
        )
    rows += [
        (
            "all",
            holder,
            f"{count} contracts",
            Figure(view.value(f"{holder}.invested")),
            Figure(view.value(f"{holder}.distributions")),
            irr_text(view, holder),
            Figure(view.value(f"{holder}.moic"), "times"),
            None,
            None,
        )
        for holder, count in _several(view).items()
    ]
    rate = view.deal.returns.discount_rate
    return Table(
        "investors",
        f"Investors, USD m (NPV at {rate:.1%}; IRR effective per year, {view.deal.returns.time_basis})",
        heads,
        tuple(rows),
        left=frozenset({0, 1, 2}),
        notes=tuple(_trapped(view)),
    )


def _outside_first(view: View) -> list[tuple[str, Equity]]:
    """Equity contracts, those that one vehicle holds in another last."""
    found: list[tuple[str, Equity]] = list(view.deal.of_type("equity").items())
    return sorted(found, key=lambda item: view.deal.parties[item[1].holder].role == "vehicle")


def _several(view: View) -> dict[str, int]:
    """Investors with more than one contract, and how many."""
    count: dict[str, int] = {}
    for _, equity in _outside_first(view):
        count[equity.holder] = count.get(equity.holder, 0) + 1
    return {holder: n for holder, n in count.items() if view.measure(f"{holder}.irr") is not None}


def _trapped(view: View) -> list[str]:
    held = [(s.key, view.cell(f"{s.key}.cash.closing") + view.cell(f"{s.key}.reserves")) for s in view.silos]
    kept = [f"{key} {Figure(cash).text()}" for key, cash in held if cash > 1.0]
    notes = [f"Still held in accounts at the end of the deal, USD m: {', '.join(kept)}."] if kept else []
    for silo in view.silos:
        worst, periods = view.value(f"{silo.key}.trapped.max"), view.value(f"{silo.key}.trapped.count")
        if worst and worst > 1.0:
            notes.append(
                f"Trapped by a lock-up in {silo.key}: USD {Figure(worst).text()} m at most, {periods:.0f} periods."
            )
    return notes


def irr_text(view: View, x: str) -> str:
    """Return the IRR of an equity contract in a few characters: a rate, ``none``, ``several`` or ``n/a``."""
    m = view.measure(f"{x}.irr")
    if m is None or m.status == "n/a":
        return "n/a"
    if m.status == "no_root":
        return "none"
    if m.status == "several":
        return "several: " + ", ".join(Figure(r, "percent").text() for r in m.roots)
    return Figure(m.value, "percent").text()


def irr_words(view: View, x: str) -> str:
    """Return the IRR of an equity contract as the headline says it."""
    m = view.measure(f"{x}.irr")
    if m is None or m.status == "n/a":
        return "no IRR (nothing paid in)"
    if m.status == "no_root":
        return f"no IRR ({m.reason or 'no rate brings the flows to zero'})"
    if m.status == "several":
        return f"no single IRR ({', '.join(Figure(r, 'percent').text() for r in m.roots)} all solve it)"
    return f"IRR {Figure(m.value, 'percent').text()}"

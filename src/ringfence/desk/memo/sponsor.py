"""The lessee's side: rent, cost per GPU-hour, leasing against buying and against the market."""

from __future__ import annotations

from ringfence.desk.table import Cell, Figure, Kind, Table
from ringfence.desk.view import View

LINES: tuple[tuple[str, str, Kind], ...] = (
    ("USD per powered, available GPU-hour, all-in (rent + power + site)", "sponsor.usd_per_gpu_hour", "price"),
    ("USD per contracted GPU-hour, all-in", "sponsor.usd_per_contracted_hour", "price"),
    ("  of which rent", "sponsor.rent_per_contracted_hour", "price"),
    ("present value of leasing, USD m", "sponsor.pv.lease", "usd_m"),
    ("  of buying with its own debt, USD m", "sponsor.pv.buy", "usd_m"),
    ("  of renting the same hours at market, USD m", "sponsor.pv.market", "usd_m"),
)


def sponsor_table(view: View) -> Table:
    """Return what the sponsor pays, and what the alternatives cost; no rows without a lease."""
    leases = view.deal.of_type("lease")
    rows: list[tuple[Cell, ...]] = [(f"{x} over the lease, USD m", Figure(view.value(f"{x}.total"))) for x in leases]
    rows += [(label, Figure(view.value(name), kind)) for label, name, kind in LINES if view.measure(name) is not None]
    terms = view.deal.sponsor
    party = terms.party if terms else ", ".join(dict.fromkeys(lease.lessee for lease in leases.values()))
    notes = tuple(_notes(view)) if rows and terms else ()
    return Table("sponsor", f"What {party} pays", ("", ""), tuple(rows), notes=notes)


def _notes(view: View) -> list[str]:
    terms = view.deal.sponsor
    if terms is None:
        return []
    notes = [
        f"Present values at {terms.party}'s own borrowing rate, {terms.own_debt_rate:.2%}; power and site in all three."
    ]
    if terms.market_rent is not None:
        notes.append(f"Market: {terms.market_rent:.2f} USD per contracted GPU-hour, power and site included.")
    return notes

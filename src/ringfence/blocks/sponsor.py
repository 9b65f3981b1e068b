"""What the sponsor pays: rent, power and site, per GPU-hour, against buying and against the market.

Measures added when the deal has a ``sponsor`` and a lease to it:

    rent.total                        rent over the whole lease [USD]
    sponsor.usd_per_gpu_hour          rent + power + site per powered, available GPU-hour [USD/GPU-h]
    sponsor.usd_per_contracted_hour   the same cost per contracted GPU-hour
    sponsor.pv.lease, .pv.buy, .pv.market   present values at the sponsor's own borrowing rate [USD]

Buying means paying the fleet's cost as it falls due and its running costs, and selling it when the lease would end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ringfence.blocks.context import Build
from ringfence.blocks.reletting import rent_as_paid
from ringfence.blocks.windows import above_zero, safe_ratio
from ringfence.sheet import Expr, Row, npv, sum_of, total
from ringfence.units import GPU_HOUR, PER_YEAR, USD

if TYPE_CHECKING:
    from ringfence.terms.deal import SponsorView


def add_sponsor_measures(b: Build) -> None:
    """Add the total of every lease, and the sponsor's view of all leases to it together."""
    s, view = b.sheet, b.deal.sponsor
    leases = b.deal.of_type("lease")
    for lease_id in leases:
        where = b.where(f"contracts.{lease_id}")
        s.measure(f"{lease_id}.total", total(rent_as_paid(s, lease_id, "earned")), label="rent in all", source=where)
    mine = {x: lease.asset for x, lease in leases.items() if view is not None and lease.lessee == view.party}
    if view is not None and mine:
        _add_costs(b, view, mine)
        _add_present_values(b, view, mine)


def _sum(b: Build, names: Iterable[str]) -> Expr:
    return sum_of([b.sheet[name] for name in names])


def _add_costs(b: Build, view: SponsorView, leases: dict[str, str]) -> None:
    """Cost per GPU-hour, powered and contracted. `leases` gives the fleet of each lease."""
    s = b.sheet
    paid = sum_of([rent_as_paid(s, x, "earned") for x in leases])
    rent = s.row("sponsor.rent", paid, unit=USD, label="rent, all leases")
    cost = s.row("sponsor.cost", rent + _paid_by(b, view.party), unit=USD, label="rent, power and site")
    powered = _sum(b, (f"{fleet}.available_hours" for fleet in dict.fromkeys(leases.values())))
    hours = s.row("sponsor.powered_hours", powered, unit=GPU_HOUR, label="hours that powered GPUs can work")
    sold = _sum(b, (f"{x}.gpu_hours" for x in leases))
    contracted = s.row("sponsor.contracted_hours", sold, unit=GPU_HOUR, label="contracted hours")
    for name, amount, per, words in (
        ("usd_per_gpu_hour", cost, hours, "all-in cost per powered, available GPU-hour"),
        ("usd_per_contracted_hour", cost, contracted, "all-in cost per contracted GPU-hour"),
        ("rent_per_contracted_hour", rent, contracted, "rent per contracted GPU-hour"),
    ):
        value = safe_ratio(total(amount), total(per))
        s.measure(f"sponsor.{name}", value, unit=USD / GPU_HOUR, applies=above_zero(total(per)), label=words)


def _add_present_values(b: Build, view: SponsorView, leases: dict[str, str]) -> None:
    """Leasing, buying with own debt and renting at market, at the sponsor's own borrowing rate."""
    s = b.sheet
    rate = b.scalar("sponsor.own_debt_rate", view.own_debt_rate, PER_YEAR, "sponsor's own borrowing rate")
    site, times = s["sponsor.site_cost"], s["period.time"]
    leased = sum_of([rent_as_paid(s, x, "cash") for x in leases]) + site
    bought = sum_of([_buying(b, fleet) for fleet in dict.fromkeys(leases.values())]) + site
    choices = [("lease", leased, "leasing"), ("buy", bought, "buying with the sponsor's own debt")]
    if view.market_rent is not None:
        market = b.scalar("sponsor.market_rent", view.market_rent, USD / GPU_HOUR, "market rent, all in")
        choices.append(("market", market * s["sponsor.contracted_hours"], "renting the same hours at market"))
    for name, cash, words in choices:
        row = s.row(f"sponsor.{name}_cash", cash, unit=USD, label=f"cash paid when {words}")
        s.measure(f"sponsor.pv.{name}", npv(row, rate, times), unit=USD, label=f"PV of {words}")


def _paid_by(b: Build, party: str) -> Row:
    """Power and site the sponsor pays for. [USD]"""
    rows = [
        f.row
        for f in b.books.flows
        if f.payer == party and f.label.startswith(("site", "electricity", "power", "hosting", "colocation"))
    ]
    return b.sheet.row("sponsor.site_cost", sum_of(rows), unit=USD, label="power, site and hosting the sponsor pays")


def _buying(b: Build, fleet: str) -> Row:
    s = b.sheet
    net = s[f"{fleet}.capex"] + s[f"{fleet}.running_cost"] + s[f"{fleet}.rma"] - s[f"{fleet}.sale.proceeds"]
    return s.row(f"{fleet}.buy_cash", net, unit=USD, label="cost, running cost and sale of the fleet")

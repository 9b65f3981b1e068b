"""What the sponsor pays: rent, power and site, per GPU-hour, against buying and against the market.

Measures added when the deal has a ``sponsor`` and a lease to it:

    rent.total                        rent over the whole lease [USD]
    sponsor.usd_per_gpu_hour          rent + power + site per powered, available GPU-hour [USD/GPU-h]
    sponsor.usd_per_contracted_hour   the same cost per contracted GPU-hour
    sponsor.pv.lease, .pv.buy, .pv.market   present values at the sponsor's own borrowing rate [USD]

Buying means paying the fleet's cost as it falls due and its running costs, and selling it when the lease would end.
"""

from __future__ import annotations

from ringfence.blocks.books import summed
from ringfence.blocks.context import Build
from ringfence.blocks.windows import positive, safe_ratio
from ringfence.sheet import Row, npv, total
from ringfence.units import GPU_HOUR, PER_YEAR, USD


def add_sponsor_measures(b: Build) -> None:
    """Add the sponsor's measures for every lease of a fleet."""
    for lease_id, lease in b.deal.of_type("lease").items():
        s = b.sheet
        where = b.where(f"contracts.{lease_id}")
        s.measure(f"{lease_id}.total", total(s[f"{lease_id}.earned"]), label="rent in all", source=where)
        if b.deal.sponsor is not None and lease.lessee == b.deal.sponsor.party:
            _add_view(b, lease_id, lease.asset)


def _add_view(b: Build, lease_id: str, fleet: str) -> None:
    view, s = b.deal.sponsor, b.sheet
    if view is None:
        return
    site = _paid_by(b, view.party)
    cost = s.row("sponsor.cost", s[f"{lease_id}.earned"] + site, unit=USD, label="rent, power and site")
    hours, contracted = s[f"{fleet}.available_hours"], s[f"{lease_id}.gpu_hours"]
    for name, per, words in (
        ("usd_per_gpu_hour", hours, "all-in cost per powered, available GPU-hour"),
        ("usd_per_contracted_hour", contracted, "all-in cost per contracted GPU-hour"),
    ):
        flag = positive(total(per))
        s.measure(
            f"sponsor.{name}", safe_ratio(total(cost), total(per)), unit=USD / GPU_HOUR, applies=flag, label=words
        )
    s.measure(
        "sponsor.rent_per_contracted_hour",
        safe_ratio(total(s[f"{lease_id}.earned"]), total(contracted)),
        unit=USD / GPU_HOUR,
        applies=positive(total(contracted)),
        label="rent per contracted GPU-hour",
    )
    rate = b.scalar("sponsor.own_debt_rate", view.own_debt_rate, PER_YEAR, "sponsor's own borrowing rate")
    times = s["period.time"]
    lease_cash = s.row("sponsor.lease_cash", s[f"{lease_id}.cash"] + site, unit=USD, label="cash paid under the lease")
    s.measure("sponsor.pv.lease", npv(lease_cash, rate, times), unit=USD, label="PV of leasing")
    bought = s.row(
        "sponsor.buy_cash", _buying(b, fleet) + site, unit=USD, label="cash paid if the sponsor bought the fleet"
    )
    s.measure("sponsor.pv.buy", npv(bought, rate, times), unit=USD, label="PV of buying with the sponsor's own debt")
    if view.market_rent is not None:
        market = b.scalar("sponsor.market_rent", view.market_rent, USD / GPU_HOUR, "market rent, all in")
        rented = s.row("sponsor.market_cash", market * contracted, unit=USD, label="the same hours at the market")
        s.measure("sponsor.pv.market", npv(rented, rate, times), unit=USD, label="PV of renting at market")


def _paid_by(b: Build, party: str) -> Row:
    """Power and site the sponsor pays for. [USD]"""
    rows = [
        f.row
        for f in b.books.flows
        if f.payer == party and f.label.startswith(("site", "electricity", "power", "hosting", "colocation"))
    ]
    return b.sheet.row("sponsor.site_cost", summed(rows), unit=USD, label="power, site and hosting the sponsor pays")


def _buying(b: Build, fleet: str) -> Row:
    s = b.sheet
    net = s[f"{fleet}.capex"] + s[f"{fleet}.running_cost"] + s[f"{fleet}.rma"] - s[f"{fleet}.sale.proceeds"]
    return s.row("sponsor.fleet_cash", net, unit=USD, label="cost, running cost and sale of the fleet")

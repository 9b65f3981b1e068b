"""Dates of a deal, from its terms alone: months since close, first and last dates of loans, leases and plants.

Dates are those agreed. ``delay``, a scenario's handle, is left out: a late delivery is a result, not a contradiction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import TYPE_CHECKING

from ringfence.errors import TimelineError
from ringfence.terms.asset import DataCentre, Fusion, GpuFleet, Plant
from ringfence.terms.contract import Lease, Loan, Ppa, TaxCredit, Tolling
from ringfence.terms.rules.reach import batches_of
from ringfence.timeline import PERIODS, Timeline

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

MONTH = 30.4375
"""Days of a mean month, for dates that no calendar reaches."""
EPS = 1e-6


def month_of(deal: Deal, when: float | date) -> float:
    """Return a date as months since close; a duration counts from close. [month]"""
    if not isinstance(when, date):
        return float(when)
    close = deal.timeline.close
    try:
        return Timeline(close, (), ()).to_month(when)
    except TimelineError:
        return (when - close).days / MONTH


def day_of(deal: Deal, month: float) -> str:
    """Return the date so many months after close, as it is written."""
    try:
        return Timeline(deal.timeline.close, (), ()).to_date(month).isoformat()
    except TimelineError:
        return f"{month:,.0f} months after close"


def end_of(deal: Deal) -> float:
    """First day after the deal's timeline. [month]"""
    until = deal.timeline.until
    month = month_of(deal, until)
    if month.is_integer() or until == date.max:
        return month
    return month_of(deal, until + timedelta(days=1))


def length(months: float) -> str:
    """Return a length of time as a term sheet writes it: ``5y``, ``15m``, ``1.5m``."""
    whole = months >= 24 and abs(months % 12) < EPS
    return f"{months / 12:.0f}y" if whole else f"{months:.4g}m"


@dataclass(frozen=True)
class LoanDates:
    """Dates of a loan. [month]"""

    availability: float
    conversion: float
    first: float
    last: float


def loan_dates(deal: Deal, loan: Loan) -> LoanDates:
    """Return the dates of a loan as the schedule reads them."""
    r = loan.repayment
    availability = month_of(deal, loan.availability)
    conversion = availability if loan.conversion is None else month_of(deal, loan.conversion)
    first = conversion + r.every if r.first is None else month_of(deal, r.first)
    return LoanDates(availability, conversion, first, first + r.every * (r.count - 1))


def deliveries(deal: Deal, fleet: GpuFleet) -> list[tuple[float, float, float]]:
    """Date [month], GPUs and hardware price [USD] of each batch."""
    found = []
    for when, count, price in batches_of(fleet):
        start, later = when if isinstance(when, tuple) else (when, 0.0)
        found.append((month_of(deal, start) + later, count, count * price))
    return found


def operation(deal: Deal, plant: Plant) -> float | None:
    """Commercial operation of a plant, or None if it never comes. [month]"""
    if plant.operation == "never":
        return None
    if plant.operation is not None:
        return month_of(deal, plant.operation)
    built = plant.construction
    return None if built is None else month_of(deal, built.start) + built.time


def spending(deal: Deal, asset: GpuFleet | Plant) -> list[tuple[float, float]]:
    """Dates [month] on which an asset is paid for and what is paid [USD], in order; nothing is paid before close."""
    paid = _fleet_spending(deal, asset) if isinstance(asset, GpuFleet) else _plant_spending(deal, asset)
    return sorted((max(0.0, month), amount) for month, amount in paid if amount > 0)


def _fleet_spending(deal: Deal, fleet: GpuFleet) -> list[tuple[float, float]]:
    paid = []
    for delivered, _, hardware in deliveries(deal, fleet):
        installed = delivered + fleet.installation
        stages = {
            "close": 0.0,
            "order": delivered - fleet.lead_time,
            "delivery": delivered,
            "installation": installed,
            "acceptance": installed + fleet.acceptance,
        }
        paid += [(stages[m.at] + m.lag, m.share * hardware) for m in fleet.payments]
    return paid


def _plant_spending(deal: Deal, plant: Plant) -> list[tuple[float, float]]:
    cost = plant.cost * plant.power * plant.share
    paid = [(month_of(deal, p.date), p.amount) for p in plant.payments] if isinstance(plant, Fusion) else []
    built = plant.construction
    if built is None:
        cod = operation(deal, plant)
        return paid if cod is None else [*paid, (cod, cost)]
    start, steps = month_of(deal, built.start), max(1, round(built.time))
    if built.time <= 0:
        return [*paid, (start, cost)]
    done = [k / steps if built.profile == "level" else (k / steps) ** 2 * (3 - 2 * k / steps) for k in range(steps + 1)]
    return paid + [(start + built.time * k / steps, cost * (done[k] - done[k - 1])) for k in range(1, steps + 1)]


def last_start(deal: Deal, lease: Lease) -> float | None:
    """Start of a lease's last batch; None where the fleet is unknown or the start never comes. [month]"""
    fleet = deal.assets.get(lease.asset)
    if not isinstance(fleet, GpuFleet):
        return None
    starts = lease_starts(deal, lease, fleet)
    return max(starts) if starts else None


def lease_starts(deal: Deal, lease: Lease, fleet: GpuFleet) -> list[float]:
    """Start of each batch's lease, of those that ever start; all of the fleet waits for power that carries it whole."""
    found = []
    for delivered, _, _ in deliveries(deal, fleet):
        trigger: float | None = delivered
        if lease.start != "delivery":
            trigger = delivered + fleet.installation + fleet.acceptance
        if lease.start == "powered" and (site := site_of(deal, lease.asset)) is not None:
            powered = powered_from(deal, site, fleet)
            trigger = None if powered is None or trigger is None else max(trigger, powered)
        if lease.long_stop is not None:
            stop = month_of(deal, lease.long_stop)
            stop = stop if isinstance(lease.long_stop, date) else delivered + stop
            trigger = max(delivered, stop if trigger is None else min(trigger, stop))
        if trigger is not None:
            found.append(trigger)
    return found


def lease_end(deal: Deal, lease: Lease) -> float | None:
    """End of the last lease of a fleet, without renewals. [month]"""
    if lease.expires is not None:
        return month_of(deal, lease.expires)
    start = last_start(deal, lease)
    return None if start is None else start + lease.term


def offtake_window(deal: Deal, contract: Ppa | Tolling | TaxCredit) -> tuple[float, float] | None:
    """Start and end of a power contract; None where its plant never runs. [month]"""
    plant = deal.assets.get(contract.asset)
    start = operation(deal, plant) if isinstance(plant, Plant) else None
    if start is None:
        return None
    if isinstance(contract, TaxCredit):
        return start, start + (contract.term if contract.production is not None else contract.lag)
    if contract.start is not None:
        start = month_of(deal, contract.start)
    return start, start + contract.term


def site_of(deal: Deal, fleet: str) -> DataCentre | None:
    """The data centre that powers a fleet."""
    return next((a for a in deal.assets.values() if isinstance(a, DataCentre) and a.fleet == fleet), None)


def gpu_power(fleet: GpuFleet) -> float:
    """IT power of one GPU, the catalogue's where none is written. [MW]"""
    if fleet.power is not None:
        return fleet.power
    from ringfence.catalogue import gpu

    return gpu(fleet.model).number("power")


def carried(site: DataCentre, fleet: GpuFleet, step: int) -> float:
    """GPUs that a step of power carries. [GPU]"""
    return site.power[step].power * site.share / site.pue / gpu_power(fleet)


def powered_from(deal: Deal, site: DataCentre, fleet: GpuFleet) -> float | None:
    """Date from which the whole fleet has power, on the site or elsewhere; None where that never comes. [month]"""
    enough = [
        month_of(deal, step.date)
        for k, step in enumerate(site.power)
        if carried(site, fleet, k) >= fleet.delivered * (1 - EPS)
    ]
    if site.overflow is not None:
        enough.append(month_of(deal, site.overflow.start))
    return min(enough) if enough else None


def grid_of(deal: Deal) -> list[tuple[float, float, int, str]]:
    """Start, end, length [month] and name of each run of equal periods."""
    runs, start, end = [], 0.0, end_of(deal)
    for name, count in deal.timeline.grid:
        stop = end if count is None else start + count * PERIODS[name]
        runs.append((start, min(stop, end), PERIODS[name], name))
        start = stop
    return runs


def period_end(deal: Deal, month: float) -> float:
    """End of the period that a payment of this date is dated with. [month]"""
    for start, end, months, _ in grid_of(deal):
        if month <= end + EPS:
            return min(end, start + months * ceil((month - start) / months - EPS))
    return month

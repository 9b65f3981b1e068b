"""Compute: a fleet, its data centre and its lease, added in the order in which they need each other."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.blocks.context import Build, Stream
from ringfence.blocks.data_centre import PowerUse, Site, add_data_centre, add_power_use
from ringfence.blocks.fleet_operation import Operation, add_fleet_operation, lease_end_or_life
from ringfence.blocks.gpu_fleet import Fleet, add_gpu_fleet
from ringfence.blocks.lease import LeaseRows, add_lease, add_residual_guarantee
from ringfence.blocks.reletting import add_after_term, add_reletting, while_paying
from ringfence.sheet import Row
from ringfence.terms.asset.data_centre import DataCentre
from ringfence.terms.asset.gpu_fleet import GpuFleet
from ringfence.terms.contract.lease import Lease


@dataclass(frozen=True)
class Compute:
    """A fleet at work with everything around it.

    Attributes
    ----------
    fleet, operation
        As bought, and at work.
    site, lease
        None where the deal has none.
    use
        Power, hours and what they cost.
    streams
        Rent, running cost, failures, sale, guarantee, site and electricity: every payment but capex and deposit;
        the deposit's rows are ``lease.deposit_paid`` and ``lease.deposit_returned``.
    """

    fleet: Fleet
    operation: Operation
    site: Site | None
    lease: LeaseRows | None
    use: PowerUse
    streams: tuple[Stream, ...]


def add_compute(
    b: Build,
    fleet: tuple[str, GpuFleet],
    *,
    site: tuple[str, DataCentre] | None = None,
    lease: tuple[str, Lease] | None = None,
    index: Row | None = None,
) -> Compute:
    """Add a fleet, the site that powers it and the lease it earns by.

    Parameters
    ----------
    b
        The build.
    fleet, site, lease
        Id and terms of each.
    index
        Level of the rent index by period. [ratio]

    Returns
    -------
    Compute
        All rows and payments.
    """
    bought = add_gpu_fleet(b, *fleet)
    powered = add_data_centre(b, *site, bought) if site else None
    let = add_lease(b, *lease, bought, site=powered, index=index) if lease else None
    let = add_reletting(b, let) if let else None
    ends = lease_end_or_life(b, bought, let.ends) if let else None
    operation = add_fleet_operation(b, bought, lease_ends=ends)
    use = add_power_use(
        b,
        bought,
        operation,
        site=powered,
        earning=let.earning if let else None,
        payer=let.site_payer if let else bought.owner,
        lessee_bears=bool(let and let.lessee_bears_power),
    )
    guarantee = while_paying(b, let, add_residual_guarantee(b, let, bought, operation)) if let else None
    streams = [*_own_streams(bought, operation), *use.streams]
    streams += [*let.streams, *add_after_term(b, let, operation)] if let else []
    streams += [guarantee] if guarantee else []
    return Compute(bought, operation, powered, let, use, tuple(streams))


def _own_streams(fleet: Fleet, operation: Operation) -> list[Stream]:
    """Costs and sale of the owner."""
    operator = fleet.term.operator or "market"
    vendor = fleet.term.vendor or "market"
    running, rma, sale = operation.running_cost, operation.rma, operation.proceeds
    return [
        Stream("running cost", fleet.owner, operator, running, running, fleet.id),
        Stream("failures", fleet.owner, vendor, rma, rma, fleet.id),
        Stream("sale of GPUs", "market", fleet.owner, sale, sale, fleet.id, firm=False, sale=True),
    ]

"""Assets and the contracts they earn by, put into the books of the business that owns them.

Every fleet brings its site and its lease, every plant its power contracts; a contract about an asset belongs to the
business that owns the asset. What one outside party pays another (the sponsor's power bill) is recorded as a flow only.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.blocks.books import AssetAccount, Silo
from ringfence.blocks.compute import Compute, add_compute
from ringfence.blocks.context import Build, Stream
from ringfence.blocks.offtake import Offtake, add_ppa, add_tax_credit, add_tolling
from ringfence.blocks.operations import add_services, served_fleet, served_plant
from ringfence.blocks.plants import PlantRows, add_plant
from ringfence.blocks.rates import realised
from ringfence.terms.asset import DataCentre, GpuFleet, Plant
from ringfence.terms.contract import Ppa, TaxCredit, Tolling


def add_assets(b: Build) -> None:
    """Add every fleet and plant with what it earns and costs, and every service contract."""
    served = {}
    for x, term in b.deal.assets.items():
        if isinstance(term, GpuFleet):
            served[x] = served_fleet(b, _add_fleet(b, x, term))
        elif isinstance(term, Plant):
            served[x] = served_plant(_add_plant(b, x, term))
    for x, term in b.deal.of_type("services", "management", "hosting").items():
        place(b, [add_services(b, x, term, served.get(term.asset or ""))], asset=term.asset)


def vendor_of(b: Build, asset: str, default: str | None = None) -> str:
    """Party paid for an asset: its purchase contract names it, else the asset, else the market."""
    for contract in b.deal.of_type("purchase").values():
        if contract.asset == asset:
            return str(contract.vendor)
    return default or "market"


def home(b: Build, asset: str) -> Silo:
    """Business that owns an asset."""
    term = b.deal.assets[asset]
    for silo in b.books.of(term.owner):
        if asset in silo.terms.assets:
            return silo
    return b.books.silo(term.owner)


def place(b: Build, streams: Iterable[Stream], asset: str | None = None) -> None:
    """Put payment streams into the books of whoever pays and receives them; what a party owes itself moves no cash."""
    vehicles = b.deal.vehicles
    for stream in streams:
        if stream.payer == stream.payee:
            continue
        inside = False
        for party, attr in ((stream.payee, "incomes"), (stream.payer, "costs")):
            if party in vehicles:
                getattr(_silo_for(b, party, asset), attr).append(stream)
                inside = True
        if not inside:
            b.books.flow(stream.payer, stream.payee, stream.cash, stream.label, stream.contract)


def _silo_for(b: Build, vehicle: str, asset: str | None) -> Silo:
    if asset is not None and asset in b.deal.assets and b.deal.assets[asset].owner == vehicle:
        return home(b, asset)
    return b.books.silo(vehicle)


def _add_fleet(b: Build, x: str, term: GpuFleet) -> Compute:
    deal = b.deal
    lease = next(((k, c) for k, c in deal.of_type("lease").items() if c.asset == x), None)
    site = next(((k, a) for k, a in deal.assets.items() if isinstance(a, DataCentre) and a.fleet == x), None)
    index = realised(b, lease[1].index.curve) if lease and lease[1].index else None
    compute = add_compute(b, (x, term), site=site, lease=lease, index=index)
    place(b, compute.streams, asset=x)
    o = compute.operation
    silo = home(b, x)
    _add_deposit(b, silo, compute)
    silo.assets.append(
        AssetAccount(
            id=x,
            vendor=vendor_of(b, x, term.vendor),
            capex=compute.fleet.capex,
            depreciation=o.depreciation,
            carrying=o.book,
            in_service=compute.fleet.batches[0].accepted,
            disposal=o.sale_book_value,
            market_value=o.market_value,
        )
    )
    return compute


def _add_deposit(b: Build, silo: Silo, compute: Compute) -> None:
    """Put a security deposit into the books: held apart from the waterfall until it goes back."""
    lease = compute.lease
    if lease is None or lease.deposit_paid is None or lease.deposit_returned is None:
        return
    lessee = lease.term.lessee
    b.books.flow(lessee, silo.vehicle, lease.deposit_paid, "security deposit", lease.id)
    b.books.flow(silo.vehicle, lessee, lease.deposit_returned, "security deposit returned", lease.id)
    held = f"{lease.id}.deposit.held.closing"
    silo.deposits.append(b.sheet[held if held in b.sheet else f"{lease.id}.deposit.closing"])


def _add_plant(b: Build, x: str, term: Plant) -> PlantRows:
    plant = add_plant(b, x, term)
    offtakes: list[Offtake] = []
    for k, c in b.deal.contracts.items():
        if isinstance(c, Ppa) and c.asset == x:
            offtakes.append(add_ppa(b, k, c, plant))
        elif isinstance(c, TaxCredit) and c.asset == x:
            offtakes.append(add_tax_credit(b, k, c, plant))
        elif isinstance(c, Tolling) and c.asset == x:
            offtakes.append(add_tolling(b, k, c, plant))
    place(b, [*plant.streams, *(s for o in offtakes for s in o.streams)], asset=x)
    home(b, x).assets.append(
        AssetAccount(
            id=x,
            vendor=vendor_of(b, x, term.vendor),
            capex=plant.capex,
            depreciation=plant.depreciation,
            carrying=plant.book,
            in_service=plant.cod,
            disposal=plant.written_off,
        )
    )
    return plant

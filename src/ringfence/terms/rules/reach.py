"""Who owns what: the ring-fenced businesses of a deal, what belongs to each, and the paths of their terms.

A :class:`Silo` is one business of a vehicle, or the whole vehicle when it has only one. What names a party or a
business that the deal does not have belongs to no silo; ``references.py`` says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre, Fusion, GpuFleet, Plant
from ringfence.terms.contract import Equity, LetterOfCredit, Loan, Services

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal
    from ringfence.terms.party import Business, Party, Step

OUTSIDE = ("market", "state")
"""Parties that need not be declared."""


@dataclass(frozen=True)
class Silo:
    """One ring-fenced business and what belongs to it."""

    vehicle: str
    business: str
    party: Party
    terms: Business
    loans: dict[str, Loan] = field(default_factory=dict)
    letters: dict[str, LetterOfCredit] = field(default_factory=dict)
    equity: dict[str, Equity] = field(default_factory=dict)
    holdings: dict[str, Equity] = field(default_factory=dict)
    assets: dict[str, GpuFleet | Plant] = field(default_factory=dict)
    services: dict[str, Services] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """``spv.gpu``, or ``solar_co`` for a vehicle with one business."""
        return f"{self.vehicle}.{self.business}" if self.business else self.vehicle

    @property
    def path(self) -> str:
        """Path of the business's terms in the deal file."""
        return f"parties.{self.vehicle}" + (f".businesses.{self.business}" if self.business else "")

    @property
    def steps(self) -> list[tuple[str, Step]]:
        """Path and step of the waterfall that is written; none where the usual order is left to the model."""
        return [(f"{self.path}.waterfall.{k}", step) for k, step in enumerate(self.terms.waterfall or ())]

    @property
    def ranked(self) -> list[tuple[str, Loan]]:
        """Loans, first rank first."""
        return sorted(self.loans.items(), key=lambda item: item[1].rank)


def silos(deal: Deal) -> list[Silo]:
    """Every business of every vehicle, with its contracts and assets."""
    found = [Silo(v, x, p, terms) for v, p in deal.vehicles.items() for x, terms in p.books.items()]
    for x, c in deal.contracts.items():
        if isinstance(c, Loan) and (silo := silo_of(found, c.borrower, c.business)):
            silo.loans[x] = c
        elif isinstance(c, LetterOfCredit) and (silo := silo_of(found, c.applicant, c.business)):
            silo.letters[x] = c
        elif isinstance(c, Services) and (silo := home_of(found, c.payer, c.asset or "")):
            silo.services[x] = c
        elif isinstance(c, Equity):
            for silo in found:
                if silo.vehicle == c.vehicle and (not c.businesses or silo.business in c.businesses):
                    silo.equity[x] = c
            if holder := silo_of(found, c.holder, c.holder_business):
                holder.holdings[x] = c
    for x, asset in deal.assets.items():
        if not isinstance(asset, DataCentre) and (silo := home_of(found, asset.owner, x)):
            silo.assets[x] = asset
    return found


def silo_of(among: Iterable[Silo], vehicle: str, business: str | None) -> Silo | None:
    """The business of a vehicle; its first where none is named, None where there is no such."""
    return next((s for s in among if s.vehicle == vehicle and business in (None, "", s.business)), None)


def home_of(among: list[Silo], vehicle: str, asset: str) -> Silo | None:
    """The business an asset belongs to: the one that lists it, else the vehicle's first."""
    own = [s for s in among if s.vehicle == vehicle]
    return next((s for s in own if asset in s.terms.assets), own[0] if own else None)


def financed(silo: Silo, loan: Loan) -> dict[str, GpuFleet | Plant]:
    """Assets a loan finances: those its limits name, else all of the business."""
    named = {x for c in loan.size.min for x in c.of}
    return {x: a for x, a in silo.assets.items() if not named or x in named}


def cost_of(asset: object) -> float:
    """What an asset costs to build or buy, its adders included. [USD]"""
    if isinstance(asset, GpuFleet):
        hardware = sum(count * price for _, count, price in batches_of(asset))
        adders = 1 + asset.network + asset.storage + asset.spares + asset.freight
        return hardware * adders + asset.delivered * (asset.network_per_gpu + asset.storage_per_gpu)
    if isinstance(asset, Plant):
        milestones = sum(p.amount for p in asset.payments) if isinstance(asset, Fusion) else 0.0
        return asset.cost * asset.power * asset.share + milestones
    return 0.0


def batches_of(fleet: GpuFleet) -> list[tuple[object, float, float]]:
    """Date as agreed (a date or months, the ramp's interval added), GPUs and price of each batch."""
    ramp = fleet.deliveries
    if isinstance(ramp, tuple):
        return [(d.date, float(d.count), fleet.unit_price if d.unit_price is None else d.unit_price) for d in ramp]
    each = fleet.delivered / ramp.batches
    return [((ramp.start, k * ramp.every), each, fleet.unit_price) for k in range(ramp.batches)]


def stressed(deal: Deal) -> bool:
    """Whether values were laid over what was agreed: a scenario or a change. What then falls short is a result."""
    return any(s.via or s.file == "--set" for s in deal.sources.values())


def usd(amount: float) -> str:
    """Return an amount as it is read aloud: ``3.850bn USD``, ``20.0m USD``, ``55,000 USD``."""
    size = abs(amount)
    if size >= 1e9:
        return f"{amount / 1e9:.3f}bn USD"
    return f"{amount / 1e6:.1f}m USD" if size >= 1e6 else f"{amount:,.0f} USD"


def share(x: float) -> str:
    """Return a share in percent: ``16%``, ``0.4%``."""
    return f"{100 * x:.3g}%" if abs(x) < 1 else f"{100 * x:.4g}%"

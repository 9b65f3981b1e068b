"""What the sponsor's books are kept by: classified and solved above, handed down to the rows as plain numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.blocks.context import Build
from ringfence.blocks.sponsor_kept import KeptPlan
from ringfence.blocks.sponsor_ledger import Start
from ringfence.blocks.sponsor_sale import SalePlan
from ringfence.blocks.sponsor_vehicle import Hedged, Restated, VehiclePlan

Hook = Callable[[Build, str], Mapping[str, Restated]]
"""Adds the restated fleets of a framework, by id."""
Hedge = Callable[[Build, str], Mapping[str, Hedged]]
"""Adds the swaps of a framework, by business."""


@dataclass(frozen=True)
class Own:
    """The sponsor's own business: opening balances by line [USD], and a year's flows [USD per year]."""

    start: Start = field(default_factory=Start)
    ebitda: float = 0.0
    depreciation: float = 0.0
    interest: float = 0.0


@dataclass(frozen=True)
class SponsorPlan:
    """What the columns are kept by; classified and solved above, handed down as plain numbers.

    Attributes
    ----------
    lease, asset, tranches, renewals
        The lease, its fleet, its tranches, how many renewals are in its term.
    vehicle
        The vehicle's accounts.
    buy
        The GPUs bought.
    failed
        The GPUs of a sale that failed, by framework.
    sale
        The sale to the vehicle, where the deal states one.
    upfront, restoration
        Direct costs and prepayments less incentives; restoration; both over all deliveries. [USD]
    lease_share
        Part of the rent that is for the lease. [ratio]
    owed
        Payment at the end by framework, share of the price: expected, or probable, under the lessee's guarantee; or
        that of a purchase which is reasonably certain. [ratio]
    owns
        Whether the lessee is reasonably certain to buy.
    us_operating
        Whether ASC 842 classifies the lease operating.
    exempt
        Frameworks under which the short-term exemption is used: no liability, rent as it is earned.
    tax_rate
        Of the sponsor; None: no tax is shown.
    restore, hedge
        Rows of restated fleets and of swaps.
    own
        The sponsor's own business.
    """

    lease: str
    asset: str
    tranches: Sequence[str]
    vehicle: VehiclePlan
    buy: KeptPlan
    failed: Mapping[str, KeptPlan]
    renewals: int = 0
    upfront: float = 0.0
    restoration: float = 0.0
    lease_share: float = 1.0
    owed: Mapping[str, float] = field(default_factory=dict)
    us_operating: bool = False
    owns: bool = False
    exempt: frozenset[str] = frozenset()
    tax_rate: float | None = None
    sale: SalePlan | None = None
    restore: Hook | None = None
    hedge: Hedge | None = None
    own: Own = field(default_factory=Own)

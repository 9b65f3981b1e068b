"""Borrowing costs of a deal's construction: how much each loan capitalises, and whether its assets qualify.

The deal capitalises interest during construction into the cost of what it builds. Accounts do so only for an asset that
takes a substantial time to get ready (IAS 23.5; ASC 835-20-15): a power plant usually does, racks delivered and
installed within weeks usually do not. Where it does not, the same interest is an expense of the period.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ringfence.accounting.attest import needed
from ringfence.accounting.borrowing_costs import qualifies
from ringfence.accounting.outcome import Outcome, Test
from ringfence.errors import DealError
from ringfence.terms.asset import GpuFleet, Plant

if TYPE_CHECKING:
    from ringfence.run.result import Run
    from ringfence.terms.deal import Deal


class Ran(Protocol):
    """A deal that was run."""

    @property
    def deal(self) -> Deal:
        """The deal."""

    @property
    def run(self) -> Run:
        """Its rows."""


@dataclass(frozen=True)
class DealBorrowingCosts:
    """Interest during construction of a deal. [USD]

    Attributes
    ----------
    by_loan
        Capitalised by the deal, by loan.
    by_vehicle
        The same by borrower.
    tests
        Whether each asset qualifies, by asset.
    """

    by_loan: Mapping[str, float]
    by_vehicle: Mapping[str, float]
    tests: Mapping[str, Test]

    @property
    def total(self) -> float:
        """All loans. [USD]"""
        return sum(self.by_loan.values())

    @property
    def open(self) -> tuple[str, ...]:
        """Assets nobody has judged."""
        return tuple(x for x, t in self.tests.items() if t.outcome is Outcome.NOT_ATTESTED)


def deal_borrowing_costs(result: Ran, answers: Mapping[str, bool | None] | None = None) -> DealBorrowingCosts:
    """Return the borrowing costs a deal capitalises.

    Parameters
    ----------
    result
        A deal that was run.
    answers
        Whether an asset qualifies, by id; one left out is as the deal attests it (M1 of its owner).
    """
    given = {**dict.fromkeys(qualifying(result.deal), True), **_attested(result.deal), **(answers or {})}
    by_loan: dict[str, float] = {}
    by_vehicle: dict[str, float] = {}
    for x, loan in result.deal.of_type("loan").items():
        value = result.run.values.get(f"{x}.idc", 0.0)
        by_loan[x] = value if isinstance(value, float) else float(value.sum())
        by_vehicle[loan.borrower] = by_vehicle.get(loan.borrower, 0.0) + by_loan[x]
    tests: dict[str, Test] = {}
    for x, asset in result.deal.assets.items():
        if isinstance(asset, GpuFleet):
            months = asset.installation + asset.acceptance
            tests[x] = qualifies(given.get(x), months=months, kind=f"{x} (racks, delivery to acceptance)")
        elif isinstance(asset, Plant) and asset.construction is not None:
            tests[x] = qualifies(given.get(x), months=asset.construction.time, kind=f"{x} ({asset.type})")
    return DealBorrowingCosts(by_loan, by_vehicle, tests)


def qualifying(deal: Deal) -> dict[str, str]:
    """Return the assets that capitalise interest before conversion, and why: as attested (M1), or by the deal.

    Parameters
    ----------
    deal
        The deal. An asset of which nobody says so is not among them.
    """
    attested = {x: "attested (M1)" for x, yes in _attested(deal).items() if yes}
    stated = deal.accounting.qualifying_assets if deal.accounting is not None else {}
    return {**attested, **stated}


def _attested(deal: Deal) -> dict[str, bool | None]:
    """Whether the leased asset qualifies, by the attestation of its owner; of other assets nobody is asked."""
    try:
        found = needed(deal)
    except DealError:
        return {}
    return {found.scope.asset: found.value("M1")} if found.scope.asset else {}

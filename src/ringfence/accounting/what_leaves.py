"""How much of a vehicle's debt really leaves the sponsor's balance sheet: four parts that add up to the debt.

    stays     consolidated for certain: the debt is the group's own borrowing
    back      comes back as lease liability whoever consolidates, never more than the debt
    hangs     what would come back if judgements on the lease that nobody has attested went against the sponsor; the
              whole rest of the debt, while consolidation turns on such judgements
    leaves    the rest of the debt, once it is certain that the sponsor does not consolidate

An open judgement never helps: what hangs is not counted as leaving, and a contract that is not attested to be no lease
is a lease.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.logic import is_open
from ringfence.accounting.outcome import FAIL, Outcome


@dataclass(frozen=True)
class WhatLeaves:
    """The vehicle's debt by what becomes of it in the sponsor's books. [USD]

    Parameters
    ----------
    debt
        Of the vehicle on the date.
    liability
        Lease liability of the sponsor on the same date, were it not to consolidate.
    stays, back, hangs, leaves
        The parts of the debt.
    """

    debt: float
    liability: float
    stays: float
    back: float
    hangs: float
    leaves: float

    @property
    def beyond(self) -> float:
        """Lease liability beyond the debt: rent also pays the equity. [USD]"""
        return max(self.liability - self.debt, 0.0)


def what_leaves(
    debt: float, liability: float, outcome: Outcome, best: Outcome | None = None, *, possible: float = 0.0
) -> WhatLeaves:
    """Split a vehicle's debt.

    Parameters
    ----------
    debt, liability
        On one date. [USD]
    outcome
        Whether the sponsor consolidates: ``PASS`` it does, ``FAIL`` it certainly does not, else it is open.
    best
        The answer if every open question were attested as helps; left out: `outcome`.
    possible
        Liability if renewals and purchases that nobody has attested to be uncertain were in it. [USD]

    Returns
    -------
    WhatLeaves
        Parts that add up to `debt`.

    Examples
    --------
    >>> what_leaves(100.0, 80.0, FAIL).leaves
    20.0
    >>> what_leaves(100.0, 80.0, Outcome.NOT_ATTESTED, FAIL).hangs
    20.0
    >>> what_leaves(100.0, 60.0, FAIL, possible=85.0).hangs
    25.0
    """
    back = min(max(liability, 0.0), debt)
    rest = debt - back
    if outcome is FAIL:
        hangs = max(min(possible, debt) - back, 0.0)
        return WhatLeaves(debt, liability, 0.0, back, hangs, rest - hangs)
    if is_open(outcome) and best is FAIL:
        return WhatLeaves(debt, liability, 0.0, back, rest, 0.0)
    return WhatLeaves(debt, liability, debt, 0.0, 0.0, 0.0)

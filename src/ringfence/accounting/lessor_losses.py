"""What a lessor may lose: rent it may not recognise yet, expected credit losses, a residual estimated lower.

A sale whose collection is not probable leaves a deposit (842-30-25-3). Credit losses come off the net investment over
its whole life (IFRS 9.5.5.15; ASC 326-20-30). Unguaranteed residuals are reviewed: a fall is a loss of the day, at the
rate implicit in the lease (IFRS 16.77); a rise is not recognised. ASC 842-30-35-3 tests the net investment as a whole,
the residual in it, by the credit loss and impairment guidance it refers to: the same fall at the same rate.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.accounting.lessor import LessorMeasurement
from ringfence.accounting.payments import Payment, from_date, undiscounted
from ringfence.accounting.rates import Rate
from ringfence.accounting.refusals import magnitudes, refused, shares
from ringfence.accounting.schedule import present_value


def deposit_liability(payments: Sequence[Payment], month: float, *, returned: float = 0.0) -> float:
    """Return what a lessor owes who may not recognise the sale because collection is not probable.

    Parameters
    ----------
    payments
        Received under the lease.
    month
        Reporting date. [month]
    returned
        Paid back. [USD]

    Returns
    -------
    float
        Payments so far, until collection is probable, the contract ended or the asset came back (842-30-25-3). [USD]
    """
    magnitudes("lease-amounts", returned=returned)
    held = undiscounted(payments) - undiscounted(from_date(payments, month))
    if returned > held + 0.005:
        raise refused("lease-amounts", f"{returned:,.2f} was paid back of {held:,.2f} received.")
    return held - returned


def loss_allowance(exposures: Sequence[float], probabilities: Sequence[float], loss_share: float, rate: Rate) -> float:
    """Return lifetime expected credit losses on a net investment.

    Parameters
    ----------
    exposures
        Net investment at the end of each year. [USD]
    probabilities
        Probability of default in each year. [ratio]
    loss_share
        Loss given default, after the asset is recovered. [ratio]
    rate
        Rate on the net investment.

    Returns
    -------
    float
        IFRS 9.5.5.15; ASC 326-20-30. [USD]
    """
    if len(exposures) != len(probabilities):
        raise refused("sample", f"{len(exposures)} exposures stand against {len(probabilities)} probabilities.")
    magnitudes("lease-amounts", **{f"exposure_of_year_{k + 1}": e for k, e in enumerate(exposures)})
    shares("share", loss_share=loss_share, all_years=sum(probabilities))
    shares("share", **{f"probability_of_year_{k + 1}": p for k, p in enumerate(probabilities)})
    losses = tuple(
        Payment(12.0 * (k + 1), e * p * loss_share)
        for k, (e, p) in enumerate(zip(exposures, probabilities, strict=True))
    )
    return present_value(losses, rate)


def residual_loss(measurement: LessorMeasurement, month: float, unguaranteed: float) -> float:
    """Return the loss of the day when the unguaranteed residual is estimated lower (IFRS 16.77). [USD]

    Parameters
    ----------
    measurement
        The lease.
    month
        Date of the estimate. [month]
    unguaranteed
        New estimate of the residual nobody guarantees. [USD]
    """
    lease = measurement.lease
    magnitudes("residual", unguaranteed=unguaranteed)
    if not 0 <= month <= lease.term:
        raise refused("lease-dates", f"an estimate is dated month {month:g} of a lease of {lease.term:g} months.")
    fall = lease.unguaranteed - unguaranteed
    if fall <= 0:
        return 0.0
    return present_value([Payment(lease.term, fall)], lease.rate, at=month)

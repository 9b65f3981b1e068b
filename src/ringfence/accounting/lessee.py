"""The lessee's books: what a lease puts on the balance sheet, and what it costs year by year.

:func:`measure_lessee` builds the lease's own small sheet, runs it, and returns day-one figures, the schedule and the
journal. Under IFRS 16 and for an ASC 842 finance lease cost is interest plus straight-line amortisation; an ASC 842
operating lease costs the same every period until it is measured again or impaired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ringfence.accounting.citations import cite
from ringfence.accounting.lessee_lease import Framework, LesseeLease
from ringfence.accounting.lessee_rows import add_impairment, add_phases, add_variable, phase_ends
from ringfence.accounting.modification import IFRS_ONLY, Change
from ringfence.accounting.payments import undiscounted
from ringfence.accounting.rates import Solved, solve_rate
from ringfence.accounting.refusals import refused
from ringfence.accounting.schedule import NEAR, Schedule, open_grid
from ringfence.blocks.lessee_schedule import add_lessee_schedule
from ringfence.sheet import constant
from ringfence.units import USD

__all__ = [
    "Framework",
    "LesseeLease",
    "LesseeMeasurement",
    "Remeasurement",
    "exempt_cost",
    "measure_lessee",
    "rate_for",
]
INITIAL = {
    "IFRS 16": ("IFRS 16.22", "IFRS 16.24", "IFRS 16.26"),
    "ASC 842": ("ASC 842-20-30-1", "ASC 842-20-30-5"),
}


@dataclass(frozen=True)
class Remeasurement:
    """What a change did. [USD]

    Attributes
    ----------
    change
        The change.
    before
        Liability before it, rent of the day in arrears paid.
    rou_before
        Right of use before it.
    forgone, surrendered
        Liability and right given up with a decrease in scope.
    adjustment
        Liability measured anew less what was kept of it.
    liability, rou
        After it, before rent of the day in advance is paid.
    gain
        In profit or loss.
    """

    change: Change
    before: float
    rou_before: float
    forgone: float
    surrendered: float
    adjustment: float
    liability: float
    rou: float
    gain: float


@dataclass(frozen=True)
class LesseeMeasurement:
    """A lease in the lessee's books. [USD]

    Attributes
    ----------
    lease
        As given.
    present_value
        Of all measured payments, that of the commencement day included.
    liability
        Payments not yet made: after the payment of the commencement day.
    rou
        Right-of-use asset on day one.
    schedule
        All rows.
    remeasurements
        One a change that was measured.
    paragraphs
        Of the first measurement.
    """

    lease: LesseeLease
    present_value: float
    liability: float
    rou: float
    schedule: Schedule
    remeasurements: tuple[Remeasurement, ...] = ()
    paragraphs: str = ""

    @property
    def interest(self) -> tuple[float, ...]:
        """Interest on the liability by year. [USD]"""
        return self.schedule.yearly("liability.interest")

    @property
    def amortisation(self) -> tuple[float, ...]:
        """Amortisation of the right by year. [USD]"""
        return self.schedule.yearly("rou.amortisation")

    @property
    def expense(self) -> tuple[float, ...]:
        """Lease cost, variable cost, write-downs and gains by year. [USD]"""
        parts = zip(*(self.schedule.yearly(x) for x in ("cost", "variable", "rou.impairment", "gain")), strict=True)
        return tuple(cost + variable + lost - gain for cost, variable, lost, gain in parts)

    @property
    def year_ends(self) -> tuple[float, ...]:
        """Liability on each anniversary, before rent due that day in advance. [USD]"""
        return self.schedule.year_ends("liability.reported")

    @property
    def rou_year_ends(self) -> tuple[float, ...]:
        """Right-of-use asset on each anniversary. [USD]"""
        return self.schedule.year_ends("rou.closing")


def measure_lessee(lease: LesseeLease, *, name: str = "lease", dates: Sequence[float] = ()) -> LesseeMeasurement:
    """Measure a lease in the lessee's books.

    Parameters
    ----------
    lease
        Payments, rate, term and what changes.
    name
        Prefix of the rows.
    dates
        Reporting dates beside anniversaries and payment dates, months since commencement. [month]

    Returns
    -------
    LesseeMeasurement
        Day one, schedule, remeasurements.

    Examples
    --------
    >>> from ringfence.accounting.payments import level
    >>> from ringfence.accounting.rates import effective
    >>> m = measure_lessee(LesseeLease(level(50_000, 10, timing="advance"), effective(0.05), 120))
    >>> round(m.liability), round(m.rou)
    (355391, 405391)
    """
    measured = tuple(c for c in lease.changes if lease.framework == "IFRS 16" or c.reason not in IFRS_ONLY)
    ends = phase_ends(lease, measured)
    marks = [p.month for made in (lease.payments, *(c.payments for c in lease.changes)) for p in made]
    marks += [*(c.month for c in lease.changes), *(m for m, _ in lease.impairments), *ends]
    marks += [*(p.month for p in lease.variable), *(d for d in dates if d > 0)]
    grid = open_grid(name, marks)
    impairment = add_impairment(grid, lease)
    rows = add_lessee_schedule(
        grid.sheet,
        name,
        add_phases(grid, lease, measured, ends),
        at_start=constant(lease.at_start, USD),
        impairment=impairment,
        source=cite(*INITIAL[lease.framework]),
    )
    add_variable(grid, lease, measured)
    schedule = grid.finish()
    _check_right(lease, schedule)
    value = float(schedule[rows.value.name.removeprefix(f"{name}.")][0])
    return LesseeMeasurement(
        lease,
        value,
        schedule["liability.closing"][0],
        schedule["rou.closing"][0],
        schedule,
        tuple(_told(schedule, c) for c in measured),
        cite(*INITIAL[lease.framework]),
    )


def _check_right(lease: LesseeLease, s: Schedule) -> None:
    """Refuse a right that incentives or an impairment would take below nothing."""
    if s["rou.closing"][0] < -0.005:
        raise refused(
            "lease-amounts",
            f"incentives of {lease.incentives:,.2f} are {-s['rou.closing'][0]:,.2f} more than the right of use costs.",
            paragraph=cite("IFRS 16.24"),
            fix="check incentives and payments",
        )
    for month, amount in lease.impairments:
        taken = s.at("rou.impairment", month)
        if sum(x for m, x in lease.impairments if abs(m - month) <= NEAR) > taken + 0.005:
            raise refused(
                "lease-amounts",
                f"an impairment of {amount:,.2f} in month {month:g} meets a right of use of {taken:,.2f}.",
                paragraph=cite("IFRS 16.33"),
                fix="write off no more than is carried",
            )


def _told(s: Schedule, change: Change) -> Remeasurement:
    at = change.month
    worn = s.at("rou.opening", at) - s.at("rou.amortisation", at)
    return Remeasurement(
        change,
        before=s.at("liability.carried", at),
        rou_before=worn,
        forgone=s.at("liability.forgone", at),
        surrendered=s.at("rou.surrendered", at),
        adjustment=s.at("liability.remeasured", at),
        liability=s.at("liability.reported", at),
        rou=s.at("rou.closing", at),
        gain=s.at("gain", at),
    )


def rate_for(lease: LesseeLease, *, liability: float | None = None, present_value: float | None = None) -> Solved:
    """Find the rate at which a lease has a given liability or present value on day one.

    Parameters
    ----------
    lease
        The lease; its own rate gives the convention.
    liability
        After the payment of the commencement day. [USD]
    present_value
        Payment of the commencement day included. [USD]

    Returns
    -------
    Solved
        The rate; ``replace(lease, rate=...)`` uses it.
    """
    first = undiscounted(p for p in lease.payments if p.month <= NEAR and p.timing == "advance")
    if (liability is None) == (present_value is None):
        given = "neither is" if liability is None else "both are"
        words = f"of a liability and a present value {given} given."
        raise refused("rate-unsolvable", words, fix="give one of the two")
    amount = present_value if present_value is not None else (liability or 0.0) + first
    return solve_rate(lease.payments, amount, like=lease.rate)


def exempt_cost(lease: LesseeLease, *, name: str = "lease") -> LesseeMeasurement:
    """Measure a lease under the short-term exemption: no liability, payments straight line.

    Parameters
    ----------
    lease
        A lease that passes ``lease_term.short_term``.
    name
        Prefix of the rows.

    Returns
    -------
    LesseeMeasurement
        Liability 0; the right of use holds rent paid ahead of its cost.

    Notes
    -----
    IFRS 16.6; ASC 842-20-25-2: cost = payments / term, so a schedule at a rate of zero without recognition.
    """
    grid = open_grid(name, [*(p.month for p in lease.payments), lease.term])
    whole = undiscounted(lease.payments) + lease.initial_direct_costs - lease.incentives
    left = grid.sheet.opening(f"{name}.unexpensed", unit=USD)
    agreed = grid.series("unexpensed.agreed", [whole, *[0.0] * (len(grid.months) - 1)], "payments of the whole lease")
    cost = grid.sheet.row(f"{name}.cost", left * grid.share("term", lease.term), unit=USD, label="rent, straight line")
    grid.sheet.close(f"{name}.unexpensed", left, add=[agreed], less=[cost])
    for item in (
        "liability.interest",
        "liability.closing",
        "liability.reported",
        "rou.amortisation",
        "rou.closing",
        "rou.impairment",
        "gain",
    ):
        grid.series(item, [0.0] * len(grid.months))
    add_variable(grid, replace(lease, changes=()), ())
    return LesseeMeasurement(lease, 0.0, 0.0, 0.0, grid.finish(), (), cite("IFRS 16.6", "ASC 842-20-25-2"))

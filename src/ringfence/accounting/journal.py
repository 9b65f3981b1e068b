"""Journal entries of a lease, period by period; debits equal credits in every entry.

Entries are read off the rows of the schedule, so they hold no amount of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.accounting.lessee import LesseeMeasurement
from ringfence.accounting.lessor import LessorMeasurement
from ringfence.accounting.schedule import Schedule


@dataclass(frozen=True)
class Line:
    """One line of an entry; exactly one side is above 0. [USD]"""

    account: str
    debit: float
    credit: float


@dataclass(frozen=True)
class Entry:
    """One entry.

    Attributes
    ----------
    month
        Months since commencement. [month]
    text
        What happened.
    lines
        Debits and credits.
    """

    month: float
    text: str
    lines: tuple[Line, ...]

    @property
    def difference(self) -> float:
        """Debits less credits. [USD]"""
        return sum(x.debit - x.credit for x in self.lines)


def _entry(month: float, text: str, *moves: tuple[str, float]) -> list[Entry]:
    """Positive amounts are debits; nothing is written for what is 0."""
    lines = tuple(Line(a, max(x, 0.0), max(-x, 0.0)) for a, x in moves if abs(x) > 1e-9)
    return [Entry(month, text, lines)] if lines else []


def lessee_journal(m: LesseeMeasurement) -> tuple[Entry, ...]:
    """Return the lessee's entries.

    Parameters
    ----------
    m
        The lease in its books. Under the short-term exemption only rent and its accrual are booked.
    """
    s = m.schedule
    if "liability.recognised" not in s:
        return tuple(_exempt(s))
    lease = m.lease
    found = _entry(
        0.0,
        "commencement",
        ("right-of-use asset", s["rou.recognised"][0]),
        ("lease liability", s["liability.advance"][0] - s["liability.recognised"][0]),
        ("cash: rent due that day", -s["liability.advance"][0]),
        ("cash: initial direct costs", -lease.initial_direct_costs),
        ("prepaid rent", -lease.prepaid),
        ("cash: incentives", lease.incentives),
        ("restoration provision", -lease.restoration),
    )
    for k, month in enumerate(s.months):
        if k == 0:
            continue
        found += _period(s, k, month, operating=lease.operating)
    return tuple(found)


def _period(s: Schedule, k: int, month: float, *, operating: bool) -> list[Entry]:
    interest, worn, paid = s["liability.interest"][k], s["rou.amortisation"][k], s["liability.arrears"][k]
    if operating:
        found = _entry(
            month,
            "lease cost",
            ("lease cost", interest + worn),
            ("lease liability", -interest),
            ("right-of-use asset", -worn),
        )
    else:
        found = _entry(month, "interest", ("interest expense", interest), ("lease liability", -interest))
        found += _entry(month, "amortisation", ("amortisation", worn), ("right-of-use asset", -worn))
    found += _entry(month, "rent in arrears", ("lease liability", paid), ("cash", -paid))
    forgone, given, gain = s["liability.forgone"][k], s["rou.surrendered"][k], s["gain"][k]
    moved, adjusted = s["liability.remeasured"][k], s["rou.remeasured"][k]
    found += _entry(
        month,
        "change of the lease",
        ("lease liability", forgone - moved),
        ("right-of-use asset", adjusted - given),
        ("gain on the change", -gain),
    )
    lost = s["rou.impairment"][k]
    found += _entry(month, "impairment", ("impairment loss", lost), ("right-of-use asset", -lost))
    rent = s["liability.advance"][k]
    found += _entry(month, "rent in advance", ("lease liability", rent), ("cash", -rent))
    variable = s["variable"][k]
    return found + _entry(month, "variable rent", ("variable lease cost", variable), ("cash", -variable))


def _exempt(s: Schedule) -> list[Entry]:
    found: list[Entry] = []
    for k, month in enumerate(s.months):
        cost = s["cost"][k]
        found += _entry(month, "rent", ("lease cost", cost), ("prepaid or accrued rent", -cost))
    return found


def lessor_journal(m: LessorMeasurement) -> tuple[Entry, ...]:
    """Return the lessor's entries.

    Parameters
    ----------
    m
        The lease in its books.
    """
    s, lease = m.schedule, m.lease
    found: list[Entry] = []
    if lease.kind == "operating":
        for k, month in enumerate(s.months):
            found += _entry(
                month, "rent received", ("cash", s["prepaid.received"][k]), ("deferred rent", -s["prepaid.received"][k])
            )
            found += _entry(month, "rent earned", ("deferred rent", s["income"][k]), ("rent income", -s["income"][k]))
            spent = s["costs.expensed"][k]
            found += _entry(month, "direct costs", ("cost of leasing", spent), ("initial direct costs", -spent))
        return tuple(found)
    net = s["net.recognised"][0]
    costs = lease.initial_direct_costs
    found += _entry(
        0.0,
        "commencement",
        ("net investment in the lease", net),
        ("asset", -lease.carrying_amount),
        ("cash: initial direct costs", -costs),
        ("initial direct costs expensed", m.expensed_costs),
        ("rent received before", lease.prepaid),
        ("selling profit", -(net + m.expensed_costs + lease.prepaid - lease.carrying_amount - costs)),
    )
    for k, month in enumerate(s.months):
        income, received, back = s["net.income"][k], s["net.received"][k], s["residual.returned"][k]
        found += _entry(month, "interest income", ("net investment in the lease", income), ("interest income", -income))
        found += _entry(month, "rent received", ("cash", received), ("net investment in the lease", -received))
        found += _entry(month, "asset returned", ("asset", back), ("net investment in the lease", -back))
    return tuple(found)

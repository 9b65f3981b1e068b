"""Where a lease stands in the statements: lines, current and non-current parts, cash flow classes, maturities.

IFRS 16.47-50: the lease liability is a financial liability; interest and principal paid are financing. ASC 842-20-45:
finance and operating leases never share a line, and an operating lease liability is an operating, not a debt, item; its
rent is an operating cash flow and its cost one line.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

from ringfence.accounting.citations import cite
from ringfence.accounting.lessee import LesseeMeasurement
from ringfence.accounting.schedule import NEAR

CashClass = Literal["operating", "financing"]


@dataclass(frozen=True)
class Presented:
    """A lease in the lessee's statements of a year. [USD]

    Attributes
    ----------
    asset_line, liability_line
        Names of the lines.
    rou
        Right-of-use asset at the date.
    current, non_current
        Liability that falls due in principal within twelve months, and later.
    cost
        By line of the income statement, for the year that ends on the date.
    cash
        Paid in that year, by class.
    is_debt
        Whether the framework regards the liability as debt.
    paragraph
        Of the rule.
    """

    asset_line: str
    liability_line: str
    rou: float
    current: float
    non_current: float
    cost: dict[str, float]
    cash: dict[CashClass, float]
    is_debt: bool
    paragraph: str

    @property
    def liability(self) -> float:
        """Both parts. [USD]"""
        return self.current + self.non_current


def present(m: LesseeMeasurement, month: float) -> Presented:
    """Present a lease on an anniversary.

    Parameters
    ----------
    m
        The lease in the lessee's books.
    month
        A period end of its schedule, 0 or an anniversary. [month]
    """
    s, lease = m.schedule, m.lease
    owed = s.at("liability.reported", month)
    later = s.at("liability.reported", min(month + 12.0, s.months[-1])) if month < s.months[-1] - NEAR else 0.0
    owed = m.liability if month <= NEAR else owed
    current = owed - min(later, owed)
    interest, worn = _year(m, "liability.interest", month), _year(m, "rou.amortisation", month)
    variable = _year(m, "variable", month)
    paid = _paid(m, month)
    if lease.operating:
        return Presented(
            "operating lease right-of-use assets",
            "operating lease liabilities",
            s.at("rou.closing", month),
            current,
            owed - current,
            {"operating lease cost": interest + worn, "variable lease cost": variable},
            {"operating": paid + variable, "financing": 0.0},
            False,
            cite("ASC 842-20-45-1", "ASC 842-20-45-5"),
        )
    us = lease.framework == "ASC 842"
    return Presented(
        "finance lease right-of-use assets" if us else "right-of-use assets",
        "finance lease liabilities" if us else "lease liabilities",
        s.at("rou.closing", month),
        current,
        owed - current,
        {"depreciation": worn, "interest": interest, "variable lease cost": variable},
        {"operating": variable + (interest if us else 0.0), "financing": paid - (interest if us else 0.0)},
        True,
        cite("ASC 842-20-45-1", "ASC 842-20-45-5") if us else cite("IFRS 16.47", "IFRS 16.49", "IFRS 16.50"),
    )


def maturities(m: LesseeMeasurement, month: float = 0.0) -> tuple[float, ...]:
    """Return undiscounted payments still to be made after a date, year by year (IFRS 16.58; ASC 842-20-50-6). [USD]

    Parameters
    ----------
    m
        The lease in the lessee's books.
    month
        Reporting date; rent due that day in advance is still to be paid, except on day one. [month]
    """
    s = m.schedule
    found = [0.0] * max(1, ceil((s.months[-1] - month - NEAR) / 12.0))
    for k, end in enumerate(s.months):
        since = end - month
        early = s["liability.advance"][k] if since > NEAR or (abs(since) <= NEAR < month) else 0.0
        late = s["liability.arrears"][k] if since > NEAR else 0.0
        if early or late:
            year = min(len(found) - 1, int((since + NEAR) // 12.0))
            found[year] += early
            found[min(len(found) - 1, ceil((since - NEAR) / 12.0) - 1) if since > NEAR else 0] += late
    while len(found) > 1 and found[-1] == 0.0:
        found.pop()  # what will be owned is amortised for longer than anything is paid
    return tuple(found)


def _year(m: LesseeMeasurement, item: str, month: float) -> float:
    s = m.schedule
    return sum(x for end, x in zip(s.months, s[item], strict=True) if month - 12.0 + NEAR < end <= month + NEAR)


def _paid(m: LesseeMeasurement, month: float) -> float:
    """Rent paid in the year that ends on a date, rent due that day in advance left to the next. [USD]"""
    s = m.schedule
    early = sum(
        x
        for end, x in zip(s.months, s["liability.advance"], strict=True)
        if month - 12.0 - NEAR <= end < month - NEAR and (end > NEAR or month > NEAR)
    )
    return early + _year(m, "liability.arrears", month)

"""The grid is at least as fine as the payments on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.findings import finding
from ringfence.terms.rules.dates import EPS, day_of, grid_of, lease_end, length, loan_dates

if TYPE_CHECKING:
    from ringfence.errors import Finding, Level
    from ringfence.terms.deal import Deal


def check_grid_coarser(deal: Deal) -> list[Finding]:
    """Refuse loans paid more often than the periods of their time; warn of leases, whose rents are then gathered."""
    found: list[Finding] = []
    for x, loan in deal.of_type("loan").items():
        last = loan_dates(deal, loan).last
        found += _coarse(deal, f"contracts.{x}.repayment.every", x, loan.repayment.every, last, "error")
    for x, lease in deal.of_type("lease").items():
        end = lease_end(deal, lease)
        if end is not None:
            found += _coarse(deal, f"contracts.{x}.every", x, lease.every, end, "warning")
    return found


def _coarse(deal: Deal, path: str, x: str, every: float, last: float, level: Level) -> list[Finding]:
    run = next((r for r in grid_of(deal) if r[0] < min(last, r[1]) - EPS and r[2] > every + EPS), None)
    if run is None or not every:
        return []
    start, _, months, name = run
    terms = deal.timeline
    grid = (
        f"timeline.segments.{[str(s.period) for s in terms.segments].index(name)}.period"
        if terms.segments
        else "timeline.period"
    )
    message = f"{x} is paid every {length(every)}, but the periods from {day_of(deal, start)} last {length(months)}"
    message += "." if level == "error" else ": its rents are gathered and dated at the end of the period."
    fix = f"make the periods {length(every)} or shorter until {day_of(deal, last)}, or pay every {length(months)}"
    return [
        finding("grid-coarser-than-payments", message, where=[deal.where(path), deal.where(grid)], fix=fix, level=level)
    ]

"""When something happened to a loan: payments missed, tests failed."""

from __future__ import annotations

from ringfence.blocks.long_stop import missed_rows
from ringfence.desk.view import View

TESTS = (
    ("lock_up", "lock-up (no distributions)"),
    ("breach", "minimum DSCR breached"),
    ("default", "default DSCR breached"),
    ("ltv_breach", "LTV covenant breached"),
)


def missed_payments(view: View, x: str) -> list[int]:
    """Return the periods in which principal or interest of loan `x` was due, unpaid, and not one that may wait."""
    lines = [view.line(name) for name in missed_rows(view.result.run, x)]
    return view.when(map(max, zip(*lines, strict=True)))


def waiting_payments(view: View, x: str) -> list[int]:
    """Return the periods in which a payment of loan `x` waits for late assets, as its lender agreed."""
    return view.when(view.line(f"{x}.waits"))

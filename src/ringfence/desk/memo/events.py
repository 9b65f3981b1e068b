"""When something happened to a loan: payments missed, tests failed."""

from __future__ import annotations

from ringfence.desk.view import ONE_DOLLAR, View

TESTS = (
    ("lock_up", "lock-up (no distributions)"),
    ("breach", "minimum DSCR breached"),
    ("default", "default DSCR breached"),
    ("ltv_breach", "LTV covenant breached"),
)


def missed_payments(view: View, x: str) -> list[int]:
    """Return the periods in which principal or interest of loan `x` fell due and was not paid in full."""
    principal = view.line(f"{x}.arrears")
    due, paid = view.line(f"{x}.interest.due"), view.line(f"{x}.interest.paid")
    return [k for k in range(len(principal)) if max(principal[k], due[k] - paid[k]) > ONE_DOLLAR]

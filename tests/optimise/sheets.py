"""Small sheets whose best structure is known in closed form."""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.sheet import Sheet, least, most
from ringfence.solve.structure import Aim, Built, Lever, Limit, Problem, exact


def bowl() -> Sheet:
    """f = -(x - 2)^2 - (y - 1)^2, g = x + y."""
    s = Sheet(periods=2)
    x, y = s.scalar("x", 0.2), s.scalar("y", 0.1)
    s.measure("f", 0 - (x - 2) * (x - 2) - (y - 1) * (y - 1))
    s.measure("g", x + y)
    s.measure("h", x - y)
    return s


def roof() -> Sheet:
    """f = least(x + y, 2 - x + y, 3 - 2 y): a corner at x = 1, y = 2/3, where f = 5/3."""
    s = Sheet(periods=2)
    x, y = s.scalar("x", 0.2), s.scalar("y", 0.1)
    s.measure("f", least(x + y, 2 - x + y, 3 - 2 * y))
    s.measure("g", x + y)
    return s


def two_hills() -> Sheet:
    """f = most of two hills: 1 at x = 0.25 and 2 at x = 2.5; a search from the left alone finds the lower."""
    s = Sheet(periods=2)
    x, y = s.scalar("x", 0.0), s.scalar("y", 0.0)
    s.measure("f", most(1 - 4 * (x - 0.25) * (x - 0.25), 2 - 16 * (x - 2.5) * (x - 2.5)) + 0 * y)
    s.measure("g", x + y)
    return s


def asked(
    sheet: Sheet,
    limits: Iterable[Limit] = (),
    *,
    aim: Aim | None = None,
    low: float = 0.0,
    high: float = 3.0,
    by_difference: bool = False,
) -> Problem:
    """Return the question: the largest f by x and y between two bounds."""
    levers = tuple(Lever(name, low, high, float(sheet[name].value), cell=name) for name in ("x", "y"))
    derivatives = None if by_difference else exact
    return Problem(levers, aim or Aim("f"), tuple(limits), lambda steps: Built(sheet, values=steps), derivatives)

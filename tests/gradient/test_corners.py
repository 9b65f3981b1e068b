"""Where a figure turns or jumps: the row, the period and the operation are found."""

import numpy as np
import pytest

from ringfence.run import reference
from ringfence.run.gradient.corners import Corners
from ringfence.sheet import NIL, Sheet, at_most, choose, least, lookup, most, previous, smallest, total
from ringfence.solve.implicit import derivatives


def deal():
    """Cash that is capped, locked up below a cover, and kept in an account."""
    s = Sheet(periods=6)
    cash = s.series("cash", [5, 10, 8, 4, 9, 12])
    level, cap, start = s.scalar("level", 4), s.scalar("cap", 10), s.scalar("start", 2)
    late = s.row("late", at_most(start, s.series("clock", range(6))), label="paid from here on")
    paid = s.row("paid", least(cash, cap) * late, label="cash paid, capped")
    locked = s.row("locked", at_most(cash, level), label="locked up")
    s.row("kept", previous(s.ref("kept"), first=NIL) + most(cash - cap, 0), label="kept")
    s.measure("out", total(choose(locked, NIL, paid)))
    s.measure("lowest", smallest(paid, when=late))
    s.measure("rate", lookup(s.table("curve", xs=[0, 2, 4], ys=[0, 1, 4]), start, "linear", "hold"))
    return s


def corners(target, name, place, step):
    """Corners of one measure around one input."""
    s = deal()
    sides = []
    for sign in (-1, 1):
        value = np.array(s[name].value, dtype=float)
        value[() if place is None else place] += sign * step
        sides.append(reference.run(s, {name: float(value) if place is None else value}))
    return Corners(s, target, reference.run(s)).between(*sides)


@pytest.mark.parametrize(
    ("target", "name", "place", "found"),
    [
        ("out", "cap", None, []),
        ("out", "cash", 5, []),
        ("out", "level", None, [("locked", 3, "at_most(cash, level)", True)]),
        ("out", "cash", 3, [("locked", 3, "at_most(cash, level)", True)]),
        ("out", "start", None, [("late", 2, "at_most(start, clock)", True)]),
        ("lowest", "cash", 2, []),
        ("rate", "start", None, [("rate", None, "lookup(curve, start, 'linear', 'hold')", False)]),
    ],
)
def test_corner_is_found(target, name, place, found):
    """A lock-up at its level, a date on a boundary and a table at a point are corners; the rest is smooth."""
    got = corners(target, name, place, 1e-4)

    assert [(c.row, c.period, c.operation, c.jump) for c in got] == found


def test_cap_that_binds_exactly():
    """Where the cap equals the cash, paid turns there, in that period, and the label says what it is."""
    s = deal()
    low, base, high = ({"cap": cap} for cap in (8.999, 9.0, 9.001))
    runs = [reference.run(s, inputs) for inputs in (low, base, high)]
    found = Corners(s, "out", runs[1]).between(runs[0], runs[2])

    assert [(c.row, c.period, c.label) for c in found] == [("paid", 4, "cash paid, capped")]


def test_lowest_of_equal_periods_is_a_corner():
    """Where two periods share the lowest number, raising one of them does not raise it: the measure itself turns."""
    s = deal()
    cash = np.array([5, 10, 8, 4, 4, 12], dtype=float)
    runs = [reference.run(s, {"cash": cash + step * np.eye(6)[3]}) for step in (-1e-4, 0, 1e-4)]

    assert [(c.row, c.jump) for c in Corners(s, "lowest", runs[1]).between(runs[0], runs[2])] == [("lowest", False)]


def test_opposite_corners_in_one_place():
    """What is due and what is received of nothing meet at one corner; a hair away they belong together."""
    s = Sheet(periods=2)
    x = s.scalar("fixed", 0.03) - s.scalar("floating", 0.03)
    s.measure("net", total(s.row("due", most(x, 0)) - s.row("receive", most(NIL - x, 0)) + s.series("zero", [0, 0])))
    found = derivatives(s, {}, ["net"])["net"]

    assert found["fixed"] == 2.0
    assert found["floating"] == -2.0

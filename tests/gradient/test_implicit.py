"""Derivatives through what is solved, on sheets small enough to work by hand."""

import re

import numpy as np
import pytest

from ringfence.errors import RunError
from ringfence.run.gradient import nudged
from ringfence.sheet import Sheet, previous, total
from ringfence.solve.implicit import derivatives


def solved_line():
    """x = 0.5 x + p + 0.1 x of the period before, so x is 2 p in period 0 and 2 p + 0.2 x after."""
    s = Sheet(periods=3)
    x = s.solved("x", [1.0, 1.0, 1.0], target="wanted")
    p = s.scalar("p", 3.0)
    s.row("wanted", x * 0.5 + p + previous(x, first=0.0) * 0.1)
    s.measure("sum", total(x))
    return s


def test_solved_series_worked_by_hand():
    """Three solved cells that lean on each other: each follows the input through the ones before it."""
    s = solved_line()
    found = derivatives(s, {}, ["sum", ("x", 2)])
    by_p = [2, 2 + 0.2 * 2, 2 + 0.2 * 2.4]

    np.testing.assert_allclose(found.run["x"], 3 * np.array(by_p), rtol=1e-9)
    assert found["sum"]["p"] == pytest.approx(sum(by_p), rel=1e-9)
    assert found[("x", 2)]["p"] == pytest.approx(by_p[2], rel=1e-9)
    np.testing.assert_array_equal(found["sum"]["x"], [0, 0, 0])


def test_held_when_signed():
    """With deal.signed = 1 nothing is solved: the solved cells are inputs, and p no longer reaches them."""
    s = solved_line()
    s.scalar("deal.signed", 0.0)
    found = derivatives(s, {"deal.signed": 1.0, "x": [1.0, 2.0, 3.0]}, ["sum"])

    assert found.signed
    assert found.values["sum"] == 6.0
    assert found["sum"]["p"] == 0.0
    np.testing.assert_array_equal(found["sum"]["x"], [1, 1, 1])


def test_input_that_does_not_move_its_residual():
    """A solved input that equals its target whatever it is cannot be differentiated, and is named."""
    s = Sheet(periods=1)
    x = s.solved("x", 2.0, target="same")
    s.row("same", x * s.scalar("one", 1.0))
    s.measure("figure", x * 3)

    with pytest.raises(RunError, match="x does not move its own residual"):
        derivatives(s, {}, ["figure"])


def test_inputs_that_cannot_be_told_apart():
    """Two solved inputs of which only the sum is fixed are named together."""
    s = Sheet(periods=1)
    x, y = s.solved("x", 1.0, target="x.wanted"), s.solved("y", 1.0, target="y.wanted")
    gap = (x + y - s.scalar("sum", 2.0)) * 1.0
    s.row("x.wanted", x + gap)
    s.row("y.wanted", y + gap)
    s.measure("figure", x * 3)

    with pytest.raises(RunError, match="the solved inputs x, y move together"):
        derivatives(s, {}, ["figure"])


def test_figures_without_value_are_left_out_with_their_reason():
    """A measure that does not apply has no derivative; the others are answered, and asking for it says why."""
    s = Sheet(periods=2)
    a = s.series("a", [1.0, 2.0])
    s.measure("sum", total(a))
    s.measure("never", total(a), applies=s.row("flag", total(a) * 0))
    found = derivatives(s, {}, ["sum", "never"])

    assert found.values == {"sum": 3.0, "never": None}
    assert list(found) == ["sum"]
    assert "never" not in found
    with pytest.raises(RunError, match="never has no value in this run, so it has no derivative"):
        found["never"]
    with pytest.raises(RunError, match=re.escape("sun was not asked for; did you mean sum?")):
        found["sun"]


def test_a_hair_is_less_than_any_flag_forgives():
    """Scalars and table values move by less than comparisons forgive; series and the xs of tables stay."""
    s = Sheet(periods=2)
    s.scalar("size", 1e10)
    s.scalar("none", 0.0)
    s.series("clock", [0.0, 1.0])
    s.table("curve", xs=[0.0, 1.0], ys=[5.0, 0.0])
    got = nudged(s, {"size": 2e10, "clock": [1.0, 2.0]})

    assert 0 < got["size"] / 2e10 - 1 < 1e-9 / 2
    assert 0 < got["none"] < 1e-9 / 2
    assert got["clock"] == [1.0, 2.0]
    assert got["curve"][0] == (0.0, 1.0)
    assert (got["curve"][1] > [5.0, 0.0]).all()

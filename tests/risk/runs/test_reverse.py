"""The most probable breaking move against moves known in closed form."""

import numpy as np
import pytest

from ringfence.risk.reverse import Breaks, reverse_stress
from ringfence.run import native
from ringfence.sheet import Sheet, choose, exp, less_than, total


def searched(s, draws, factors, limit=0.0, above=False):
    """Look for what brings the measure `cover` under a limit."""
    return reverse_stress(s, draws, factors, Breaks("cover", limit, above, "cover"))


def test_a_plane_is_reached_along_its_normal():
    """3 + x - 2 y under 0: beta is 3 / sqrt(5), at (-0.6, 1.2); y carries four fifths of it."""
    s = Sheet(periods=1, name="plane")
    x, y = s.scalar("x", 0.0), s.scalar("y", 0.0)
    s.measure("cover", x - y * 2 + 3)

    found = searched(s, {"x": native.normal(0), "y": native.normal(1)}, {"x": [0], "y": [1]})

    assert found.beta == pytest.approx(3 / 5**0.5, rel=1e-3)
    assert found.probability == pytest.approx(0.0899, rel=0.01)
    assert found.inputs["x"] == pytest.approx(-0.6, abs=0.01)
    assert found.inputs["y"] == pytest.approx(1.2, abs=0.01)
    assert [(m.factor, round(m.share, 2)) for m in found.moves] == [("y", 0.8), ("x", 0.2)]
    assert found.before == 3
    assert found.after <= 0
    assert found.alone == {"x": pytest.approx(3, rel=1e-3), "y": pytest.approx(1.5, rel=1e-3)}


def test_a_shock_every_period_is_gathered_where_it_matters():
    """A sum of 24 normals under -6 is at a distance of 6 / sqrt(24), the same in each period."""
    s = Sheet(periods=24, name="walk")
    s.measure("cover", total(s.series("x", [0.0] * 24)) + 6)

    found = searched(s, {"x": native.normal(0)}, {"x": [0]})

    assert found.beta == pytest.approx(6 / 24**0.5, rel=1e-3)
    np.testing.assert_allclose(found.inputs["x"], -6 / 24, atol=0.01)


def test_a_jump_is_found_although_it_has_no_slope():
    """A lessee that defaults where its uniform is under 2 %: beta is 2.054, and nothing else moves."""
    s = Sheet(periods=1, name="jump")
    u, x = s.scalar("u", 0.5), s.scalar("x", 0.0)
    s.measure("cover", choose(less_than(u, 0.02), -1, 1) + exp(x * 0.01) * 0.1)

    found = searched(s, {"u": native.uniform(0), "x": native.normal(1)}, {"lessee": [0], "rent": [1]})

    assert found.beta == pytest.approx(2.0537, abs=0.01)
    assert found.moves[0].factor == "lessee"
    assert found.moves[0].share == pytest.approx(1, abs=1e-3)
    assert found.alone["rent"] is None


def test_what_nothing_breaks_and_what_is_broken_already():
    """A cover no factor reaches has no move; one that is under its limit as signed needs none."""
    s = Sheet(periods=1, name="safe")
    s.measure("cover", s.scalar("x", 0.0) * 0.001 + 1)
    draws, factors = {"x": native.normal(0)}, {"x": [0]}

    safe, broken = searched(s, draws, factors), searched(s, draws, factors, limit=2.0)

    assert (safe.beta, safe.moves, safe.after) == (None, (), 1)
    assert broken.beta == 0
    assert searched(s, draws, factors, limit=0.997, above=True).beta == 0

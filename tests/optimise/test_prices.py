"""Shadow prices, frontiers and conflicts, against closed forms and against asking the question again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from tests.optimise.sheets import asked, bowl, roof

from ringfence.sheet import Sheet
from ringfence.solve.structure import (
    Aim,
    Built,
    Lever,
    Limit,
    Problem,
    conflict,
    frontier,
    shadow_prices,
    solve_structure,
)
from ringfence.solve.structure.conflict import feasible

STEPS = {"x": 0.01, "y": 0.01, "g": 0.01, "h": 0.01, "f": 0.01}


def test_the_price_of_a_straight_limit() -> None:
    """f* = -(3 - c)^2 / 2 under x + y <= c, so at c = 2 a step of 0.01 costs 0.01 at the margin and 0.01005 in full."""
    found = solve_structure(asked(bowl(), [Limit("g", "<=", 2.0)]))
    (price,) = shadow_prices(found, STEPS)

    assert price.slope == pytest.approx(-0.01, abs=1e-8)
    assert price.tighter == pytest.approx(-0.01005, abs=1e-8)
    assert price.looser == pytest.approx(0.00995, abs=1e-8)


def test_the_price_of_an_equality() -> None:
    """f* = -(3 - c)^2 / 2 on x + y = c: below the top a higher c gains, above it it costs."""
    for bound, up, down in ((2.0, 0.00995, -0.01005), (4.0, -0.01005, 0.00995)):
        found = solve_structure(asked(bowl(), [Limit("g", "==", bound)]))
        (price,) = shadow_prices(found, STEPS)

        assert found.figure(found.problem.limits[0]) == pytest.approx(bound, abs=1e-8)
        assert list(found.levers.values()) == pytest.approx([bound / 2 + 0.5, bound / 2 - 0.5], abs=1e-4)
        assert price.slope == pytest.approx(0.01 * (3 - bound), abs=1e-8)
        assert (price.tighter, price.looser) == (pytest.approx(up, abs=1e-8), pytest.approx(down, abs=1e-8))


def test_equalities_that_cannot_be_met_together() -> None:
    """x + y = 5 and x - y = 3 would need x = 4; each is told as near as it comes while the other is met."""
    found = conflict(asked(bowl(), [Limit("g", "==", 5.0), Limit("h", "==", 3.0)]))

    assert [x.name for x in found.limits] == ["g", "h"]
    assert found.reach["g"] == pytest.approx(3.0, abs=1e-6)
    assert found.reach["h"] == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("bound", [0.7, 1.3, 2.0, 2.6])
def test_the_price_is_what_asking_again_gives(bound: float) -> None:
    """The multiplier is the slope of the best aim over the bound: a central difference of two fresh answers."""
    problem = asked(bowl(), [Limit("g", "<=", bound), Limit("h", ">=", 0.3)])
    price = next(p for p in shadow_prices(solve_structure(problem), STEPS) if p.name == "g")
    low, high = (
        solve_structure(replace(problem, limits=(Limit("g", "<=", bound + by), problem.limits[1]))).value
        for by in (-1e-3, 1e-3)
    )

    assert low is not None
    assert high is not None
    assert -price.slope / price.step == pytest.approx((high - low) / 2e-3, rel=1e-4, abs=1e-6)


def test_the_price_of_a_bound_of_a_term() -> None:
    """With x at most 1.5 the bowl loses 2 x 0.5 a unit: 0.01 less costs 0.01 at the margin and 0.0101 in full."""
    problem = asked(bowl())
    levers = (replace(problem.levers[0], high=1.5), problem.levers[1])
    (price,) = shadow_prices(solve_structure(replace(problem, levers=levers)), STEPS)

    assert (price.name, price.side, price.of_lever) == ("x", "<=", True)
    assert price.slope == pytest.approx(-0.01, abs=1e-8)
    assert price.tighter == pytest.approx(-0.0101, abs=1e-8)
    assert price.looser is None


def test_two_limits_share_the_cost() -> None:
    """At (1, 0.5), held by g <= 1.5 and h <= 0.5, the slopes (2, 1) are 1.5 times those of g and 0.5 of h."""
    found = solve_structure(asked(bowl(), [Limit("g", "<=", 1.5), Limit("h", "<=", 0.5)]))
    prices = {p.name: p.slope for p in shadow_prices(found, STEPS)}

    assert prices["g"] == pytest.approx(-0.015, abs=1e-7)
    assert prices["h"] == pytest.approx(-0.005, abs=1e-7)


def test_a_limit_with_room_costs_nothing() -> None:
    """A limit that does not bind has no price."""
    assert shadow_prices(solve_structure(asked(bowl(), [Limit("g", "<=", 4.0)])), STEPS) == ()


def test_tightening_beyond_what_can_be_kept() -> None:
    """Where one step more leaves no structure at all, the price of that step is none, and the slope remains."""
    found = solve_structure(asked(bowl(), [Limit("g", "<=", 0.005)]))
    (price, *_) = shadow_prices(found, STEPS)

    assert price.tighter is None
    assert price.slope < 0


# Frontier ------------------------------------------------------------------------------------------


def test_the_frontier_of_a_bowl_is_a_parabola() -> None:
    """With x + y held to c the best of f is -(3 - c)^2 / 2 as long as both terms are above 0."""
    best = solve_structure(asked(bowl()))
    points = frontier(best, Aim("g", maximise=False), 7)

    assert [p.other for p in points] == pytest.approx([3.0, 2.5, 2.0, 1.5, 1.0, 0.5, 0.0], abs=1e-6)
    assert [p.value for p in points[:5]] == pytest.approx([0, -0.125, -0.5, -1.125, -2.0], abs=1e-5)


@pytest.mark.parametrize("sheet", [bowl, roof])
@pytest.mark.parametrize("maximise", [False, True])
def test_a_frontier_never_turns_back(sheet: object, maximise: bool) -> None:
    """The tighter the second aim is held, the less is left of the first: on smooth sheets and on corners."""
    assert callable(sheet)
    best = solve_structure(asked(sheet(), [Limit("g", "<=", 2.5)]))
    points = frontier(best, Aim("g", maximise=maximise), 6)
    values, others = [p.value for p in points], [p.other for p in points]

    assert all(b <= a + 1e-6 for a, b in pairwise(values))
    assert all((b - a) * (1 if maximise else -1) >= -1e-6 for a, b in pairwise(others))
    assert all(p.structure.kept for p in points)


def test_two_aims_that_agree_have_no_frontier() -> None:
    """Where the best for one aim is the best for the other too there is nothing to trade."""
    best = solve_structure(asked(bowl()))

    assert frontier(best, Aim("f"), 5) == ()


# Conflicts -----------------------------------------------------------------------------------------


def test_the_conflicting_pair_is_found_among_three() -> None:
    """x + y <= 1 and x - y >= 2 leave no point between 0 and 3; f >= -20 has no part in it and is not named."""
    limits = [Limit("f", ">=", -20.0, 20.0), Limit("g", "<=", 1.0), Limit("h", ">=", 2.0)]
    problem = asked(bowl(), limits)
    found = solve_structure(problem)
    clash = conflict(problem)

    assert not found.kept
    assert {x.name for x in clash.limits} == {"g", "h"}
    assert clash.reach == pytest.approx({"g": 2.0, "h": 1.0}, abs=1e-6)
    assert clash.levers["h"] == pytest.approx({"x": 1.0, "y": 0.0}, abs=1e-6)


def test_one_limit_alone_can_be_too_much() -> None:
    """No point of the roof is above 5/3: the limit conflicts with the bounds of the terms alone."""
    clash = conflict(asked(roof(), [Limit("g", "<=", 2.0), Limit("f", ">=", 2.0)]))

    assert [x.name for x in clash.limits] == ["f"]
    assert clash.reach["f"] == pytest.approx(5 / 3, abs=1e-4)


@pytest.mark.parametrize(("bound", "possible"), [(5 / 3 - 1e-3, True), (5 / 3 + 1e-3, False)])
def test_the_elastic_search_finds_a_narrow_room(bound: float, possible: bool) -> None:
    """A thousandth under the ridge of the roof a point is found; a thousandth above none exists."""
    assert feasible(asked(roof(), [Limit("f", ">=", bound)])) is possible


def test_a_conflict_over_stepped_terms() -> None:
    """If no value of the stepped term helps, the conflict says how far each of them gets."""
    sheet = Sheet(periods=1)
    x, y = sheet.scalar("x", 0.0), sheet.scalar("y", 0.0)
    sheet.measure("f", x + y)
    sheet.measure("g", x - y)
    levers = (Lever("x", 0.0, 1.0, 0.0, cell="x"), Lever("y", 0.0, 2.0, 0.0, values=(0.0, 1.0, 2.0)))
    limits = (Limit("f", ">=", 2.5), Limit("g", ">=", -0.5))
    problem = Problem(levers, Aim("f"), limits, lambda steps: Built(sheet, {"y": steps["y"]}, dict(steps)))
    clash = conflict(problem)

    assert {limit.name for limit in clash.limits} == {"f", "g"}
    assert clash.reach == pytest.approx({"f": 2.0, "g": -1.0}, abs=1e-6)
    assert np.isclose(clash.levers["f"]["y"], 1.0)

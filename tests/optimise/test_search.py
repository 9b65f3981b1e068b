"""The search between bounds, against optima known in closed form."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.optimise.sheets import asked, bowl, roof, two_hills

from ringfence.errors import DealError, MissingExtraError, RunError
from ringfence.sheet import Sheet, irr, total
from ringfence.solve.structure import Aim, Built, Lever, Limit, Problem, find_kinks, solve_structure
from ringfence.solve.structure.search import halton, ways
from ringfence.terms.findings import finding
from ringfence.units import PER_YEAR, USD, YEAR


@pytest.mark.parametrize("by_difference", [False, True], ids=["exact", "differences"])
def test_a_bowl_under_a_straight_limit(by_difference: bool) -> None:
    """The point of x + y <= 2 nearest to (2, 1) is (1.5, 0.5), a squared distance of 0.5 away."""
    found = solve_structure(asked(bowl(), [Limit("g", "<=", 2.0)], by_difference=by_difference))

    assert found.kept
    assert found.levers == pytest.approx({"x": 1.5, "y": 0.5}, abs=1e-6)
    assert found.value == pytest.approx(-0.5, abs=1e-9)


def test_no_limit_binds() -> None:
    """Without a limit in the way the top of the bowl is found."""
    found = solve_structure(asked(bowl(), [Limit("g", "<=", 5.0)]))

    assert found.levers == pytest.approx({"x": 2.0, "y": 1.0}, abs=1e-6)


def test_the_smallest_instead_of_the_largest() -> None:
    """Made small, the bowl ends in the corner of the ranges furthest from (2, 1)."""
    found = solve_structure(asked(bowl(), aim=Aim("f", maximise=False)))

    assert found.levers == {"x": 0.0, "y": 3.0}
    assert found.value == -8.0


def test_a_corner_is_found_though_no_slope_is_zero_there() -> None:
    """Three planes meet at (1, 2/3): the poll finds the corner where a search by slopes alone stops short."""
    found = solve_structure(asked(roof()))

    assert found.levers == pytest.approx({"x": 1.0, "y": 2 / 3}, abs=1e-4)
    assert found.value == pytest.approx(5 / 3, abs=1e-4)
    assert found.evaluator.settled


def test_a_search_that_was_stopped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no polls allowed nothing is claimed about the neighbours."""
    from ringfence.solve.structure import search

    monkeypatch.setattr(search, "ROUNDS", 0)

    assert not solve_structure(asked(roof())).evaluator.settled


def test_a_corner_is_named_with_its_two_slopes() -> None:
    """At the corner of the roof f rises by 1 towards it and falls by 1 behind it, along x."""
    found = solve_structure(asked(roof()))
    kinks = {k.lever.name: k for k in find_kinks(found.evaluator, found.found)}

    assert kinks["x"].below == pytest.approx(1.0, abs=0.05)
    assert kinks["x"].above == pytest.approx(-1.0, abs=0.05)
    assert find_kinks(*_top_of_the_bowl()) == ()


def _top_of_the_bowl() -> Any:
    found = solve_structure(asked(bowl()))
    return found.evaluator, found.found


def test_the_higher_of_two_hills() -> None:
    """Starts spread over the ranges: the hill at 2.5 is found from a deal at the foot of the other."""
    found = solve_structure(asked(two_hills()))

    assert found.levers["x"] == pytest.approx(2.5, abs=1e-5)


def test_a_term_that_makes_no_difference_stays_as_agreed() -> None:
    """y moves nothing, so it is left where it was, and the stretch on which it is idle is its whole range."""
    sheet = two_hills()
    found = solve_structure(asked(sheet))
    (idle,) = (k for k in find_kinks(found.evaluator, found.found) if k.lever.name == "y")

    assert found.levers["y"] == sheet["y"].value
    assert (idle.idle_from, idle.idle_to) == (0.0, 3.0)


@settings(max_examples=25)
@given(st.floats(0.2, 2.8), st.floats(0.2, 2.8), st.floats(0.5, 5.5))
def test_the_nearest_point_of_any_line(a: float, b: float, limit: float) -> None:
    """For any bowl and any limit on x + y the best is the projection of the top, as far as the bounds let it."""
    s = Sheet(periods=1)
    x, y = s.scalar("x", 0.0), s.scalar("y", 3.0)
    s.measure("f", 0 - (x - a) * (x - a) - (y - b) * (y - b))
    s.measure("g", x + y)
    over = max(0.0, a + b - limit)
    x_best, y_best = a - over / 2, b - over / 2
    if x_best < 0:
        x_best, y_best = 0.0, limit
    elif y_best < 0:
        x_best, y_best = limit, 0.0

    found = solve_structure(asked(s, [Limit("g", "<=", limit)], by_difference=True))

    assert found.kept
    assert found.value == pytest.approx(-((x_best - a) ** 2) - (y_best - b) ** 2, abs=2e-6)


def test_limits_are_kept_to_the_one_tolerance() -> None:
    """The answer misses no limit by more than 1e-9 of its scale."""
    limits = [Limit("g", "<=", 2.0), Limit("h", ">=", 0.5)]
    found = solve_structure(asked(bowl(), limits))

    assert all(limit.room(found.figure(limit) or 0.0) >= -1e-9 for limit in limits)


def test_the_same_question_gives_the_same_bits() -> None:
    """Starts, searches and polls hold no chance."""
    first, second = (solve_structure(asked(roof(), [Limit("g", "<=", 1.4)])) for _ in range(2))

    assert first.levers == second.levers
    assert first.runs == second.runs


def stepped(refuse: float | None = None) -> Problem:
    """The bowl with y built anew for 0, 1, 2 and 3, one of which may be refused."""
    sheets = {value: bowl() for value in (0.0, 1.0, 2.0, 3.0)}
    for value, sheet in sheets.items():
        sheet["y"].value = value

    def build(steps: Mapping[str, float]) -> Built:
        if steps["y"] == refuse:
            raise DealError([finding("debt-tail", f"y is {refuse:g}.")])
        return Built(sheets[steps["y"]], values=dict(steps))

    levers = (Lever("x", 0.0, 3.0, 0.2, cell="x"), Lever("y", 0.0, 3.0, 0.0, values=tuple(sheets)))
    return Problem(levers, Aim("f"), (Limit("g", "<=", 2.2),), build)


def test_stepped_terms_are_enumerated() -> None:
    """With y a whole number and x + y <= 2.2 the best is y = 0, x = 2 or y = 1, x = 1.2, whichever is nearer: y = 1."""
    found = solve_structure(stepped())

    assert [c.steps["y"] for c in found.candidates] == [0.0, 1.0, 2.0, 3.0]
    assert [c.value for c in found.candidates[:3]] == pytest.approx([-1.0, -0.64, -4.24], abs=1e-6)
    assert not found.candidates[3].kept
    assert found.levers == pytest.approx({"x": 1.2, "y": 1.0}, abs=1e-6)


def test_a_refused_combination_is_kept_with_its_reason() -> None:
    """What the deal refuses is passed over, and the table says why."""
    found = solve_structure(stepped(refuse=1.0))

    assert found.levers["y"] == 0.0
    assert found.candidates[1].refused == "debt-tail: y is 1."


def test_every_combination_refused() -> None:
    """If the deal takes none of the values, its own finding is raised."""

    def build(steps: Mapping[str, float]) -> Built:
        raise DealError([finding("debt-tail", "never.")])

    lever = Lever("y", 0.0, 1.0, 0.0, values=(0.0, 1.0))
    with pytest.raises(DealError, match="never"):
        solve_structure(Problem((lever,), Aim("f"), (), build))

    def broken(steps: Mapping[str, float]) -> Built:
        raise RunError("no such cell")

    with pytest.raises(RunError, match="no combination"):
        solve_structure(Problem((lever,), Aim("f"), (), broken))


def test_a_measure_without_a_value_is_no_aim_and_keeps_no_limit() -> None:
    """Where nothing comes back there is no rate of return; the search walks out of that region."""
    s = Sheet(periods=3)
    paid, back = s.scalar("x", 5.0, unit=USD), s.scalar("y", 0.0, unit=USD)
    first, last = s.series("first", [1, 0, 0]), s.series("last", [0, 0, 1])
    flow = s.row("flow", last * back - first * paid)
    times = s.series("time", [0, 1, 2], unit=YEAR, term=True)
    s.measure("f", irr(flow, times), unit=PER_YEAR, applies=total(first))
    s.measure("g", total(last * back))
    levers = (Lever("x", 1.0, 9.0, 5.0, cell="x"), Lever("y", 0.0, 9.0, 0.0, cell="y"))
    limit = Limit("f", "<=", 0.5)
    found = solve_structure(Problem(levers, Aim("f"), (limit,), lambda steps: Built(s)))

    assert found.evaluator.room(limit, np.array([0.5, 0.0])) < 0
    assert found.kept
    assert found.value == pytest.approx(0.5, abs=1e-8)


def test_a_ratio_that_does_not_apply_keeps_its_limit() -> None:
    """A cover of a loan that is not there stands in no one's way."""
    s = Sheet(periods=1)
    x, y = s.scalar("x", 0.0), s.scalar("y", 0.0)
    s.measure("f", 0 - x - y)
    s.measure("g", x / (x + 1), applies=x)
    limit = Limit("g", ">=", 0.9)
    found = solve_structure(asked(s, [limit]))

    assert found.levers == {"x": 0.0, "y": 0.0}
    assert found.figure(limit) is None


def test_a_figure_handed_in_may_be_a_limit_and_move_in_steps() -> None:
    """A share of 200 fixed draws under x stands for a probability: the best x has 30 % of them under it."""
    draws = np.sort(np.random.default_rng(5).uniform(0.0, 3.0, 200))
    seen: list[float] = []

    def share(built: Built, levers: Mapping[str, float]) -> float:
        seen.append(levers["x"])
        return float(np.mean(draws < levers["x"]))

    limit = Limit("P(low)", "<=", 0.30, scale=0.30, handed=share)
    found = solve_structure(asked(bowl(), [limit]))

    assert found.kept
    assert np.mean(draws < found.levers["x"]) == 0.30
    assert draws[59] < found.levers["x"] <= draws[60]
    assert found.levers["x"] == pytest.approx(draws[60], abs=3 * 0.001 * 3.0)
    assert seen


def test_a_figure_handed_in_is_asked_for_only_where_it_may_decide() -> None:
    """A limit that the best point keeps without being asked costs a few figures; one that binds, more than that."""
    calls = {}
    for bound in (0.9, 0.3):
        seen: set[float] = set()

        def share(built: Built, levers: Mapping[str, float], seen: set[float] = seen) -> float:
            seen.add(levers["x"])
            return levers["x"] / 3.0

        limit = Limit("P(low)", "<=", bound, scale=0.3, handed=share)
        found = solve_structure(asked(bowl(), [limit, Limit("g", "<=", 5.0)]))
        assert found.kept and found.evaluator.settled
        assert found.levers["x"] == pytest.approx(min(2.0, 3 * bound), abs=3e-3)
        calls[bound] = len(seen)

    assert calls[0.9] <= 4 < calls[0.3]


def test_a_problem_without_free_terms_needs_no_search() -> None:
    """Stepped terms alone are enumerated, without SciPy."""
    sheet = bowl()
    lever = Lever("y", 0.0, 1.0, 0.0, values=(0.0, 1.0))
    found = solve_structure(Problem((lever,), Aim("f"), (), lambda steps: Built(sheet, {"y": steps["y"]}, steps)))

    assert found.levers == {"y": 1.0}


def test_scipy_missing_names_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the search says how to get it."""
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("scipy"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"pip install 'ringfence\[optimise\]'"):
        solve_structure(asked(bowl()))


def test_starts_spread_and_polls_look_everywhere() -> None:
    """Halton points start at 1/2, 1/3, 1/5; three levers have 6 single and 12 paired directions."""
    np.testing.assert_allclose(halton(1, 3), [1 / 2, 1 / 3, 1 / 5])
    np.testing.assert_allclose(halton(2, 3), [1 / 4, 2 / 3, 2 / 5])
    assert len(list(ways(3))) == 18
    assert len({tuple(w) for w in ways(3)}) == 18

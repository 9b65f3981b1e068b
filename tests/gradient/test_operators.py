"""Every operator of the closed list against slopes worked by hand; breaking any meaning turns one of them red."""

import re

import numpy as np
import pytest

from ringfence import sheet as words
from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.run.gradient import Linear, meaning
from ringfence.run.gradient.returns import irr_slopes
from ringfence.sheet import NIL, Sheet
from ringfence.sheet.ops import OPERATORS
from ringfence.units import PER_YEAR, YEAR

E = float(np.exp(0.5))
#: operator -> formula of the inputs a = [2, 0.5, -1], b = [4, 0.25, 3], c = 0.5 and a table; slopes of its total.
CASES = {
    "add": (lambda s: s["a"] + s["b"], {"a": [1, 1, 1], "b": [1, 1, 1]}),
    "sub": (lambda s: s["a"] - s["b"], {"a": [1, 1, 1], "b": [-1, -1, -1]}),
    "mul": (lambda s: s["a"] * s["b"], {"a": [4, 0.25, 3], "b": [2, 0.5, -1]}),
    "div": (lambda s: s["a"] / s["b"], {"a": [0.25, 4, 1 / 3], "b": [-2 / 16, -0.5 * 16, 1 / 9]}),
    "least": (lambda s: words.least(s["a"], s["b"]), {"a": [1, 0, 1], "b": [0, 1, 0]}),
    "most": (lambda s: words.most(s["a"], s["b"]), {"a": [0, 1, 0], "b": [1, 0, 1]}),
    "floor": (lambda s: words.floor(s["b"] * 1.1) * s["a"], {"a": [4, 0, 3], "b": [0, 0, 0]}),
    "exp": (lambda s: words.exp(s["c"] * words.most(s["a"], 0)),
            {"c": 2 * E**2 + 0.5 * E**0.5, "a": [E**2 / 2, E**0.5 / 2, 0]}),
    "log": (lambda s: words.log(s["b"]), {"b": [0.25, 4, 1 / 3]}),
    "log back": (lambda s: words.exp(words.log(s["b"])), {"b": [1, 1, 1]}),
    "choose times": (lambda s: words.choose(words.less_than(s["a"], 1), s["c"], s["b"]) * s["a"],
                     {"a": [4, 0.5, 0.5], "b": [2, 0, 0], "c": -0.5}),
    "less_than": (lambda s: words.less_than(s["a"], s["b"]) * s["b"], {"a": [0, 0, 0], "b": [1, 0, 1]}),
    "at_most": (lambda s: words.at_most(s["a"], s["b"]) * s["b"], {"a": [0, 0, 0], "b": [1, 0, 1]}),
    "equal": (lambda s: words.equal(s["a"], 0.5) * s["b"], {"a": [0, 0, 0], "b": [0, 1, 0]}),
    "choose": (lambda s: words.choose(words.less_than(s["a"], 1), s["a"] / s["b"], s["b"] * s["c"]),
               {"a": [0, 4, 1 / 3], "b": [0.5, -8, 1 / 9], "c": 4}),
    "lookup": (lambda s: words.lookup(s["curve"], s["a"], "linear", "zero"),
               {"a": [0, 3, -16 / 3], "curve": ([32 / 9, 16 / 9 - 1.5, -1.5, 0], [2 / 3, 1 / 3 + 0.5, 0.5, 0])}),
    "lookup held": (lambda s: words.lookup(s["curve"], s["a"], "linear", "hold"),
                    {"a": [0, 3, -16 / 3], "curve": ([32 / 9, 16 / 9 - 1.5, -1.5, 0], [2 / 3, 1 / 3 + 0.5, 0.5, 1])}),
    "lookup step": (lambda s: words.lookup(s["curve"], s["a"], "step", "hold"),
                    {"a": [0, 0, 0], "curve": ([0, 0, 0, 0], [1, 1, 0, 1])}),
    "previous": (lambda s: words.previous(s["a"] * s["b"], 2, first=s["b"]), {"a": [4, 0, 0], "b": [1 + 2, 1, 0]}),
    "following": (lambda s: words.following(s["a"], 1, s["c"]), {"a": [0, 1, 1], "c": 1}),
    "total": (lambda s: words.total(s["a"], when=words.less_than(s["a"], 1)) * s["c"] / 3,
              {"a": [0, 0.5, 0.5], "c": -0.5}),
    "smallest": (lambda s: words.smallest(s["a"] * s["c"]) / 3, {"a": [0, 0, 0.5], "c": -1}),
    "largest": (lambda s: words.largest(s["b"], when=words.less_than(s["a"], 1)) / 3, {"b": [0, 0, 1], "a": [0, 0, 0]}),
    "at": (lambda s: words.at(s["a"], s["c"] * 4) * s["b"] / 3, {"a": [0, 0, 7.25 / 3], "b": [-1 / 3] * 3, "c": 0}),
    "count": (lambda s: words.count(words.less_than(s["a"], 1)) * s["c"] / 3, {"a": [0, 0, 0], "c": 2}),
    "first_when": (lambda s: words.first_when(words.less_than(s["a"], 1)) * s["c"] / 3, {"a": [0, 0, 0], "c": 1}),
    "account": (lambda s: s.close("acc", s.opening("acc", first=s["c"]), add=[s["a"]]), {"a": [3, 2, 1], "c": 3}),
    "both ways": (lambda s: _both_ways(s), {"a": [1, 1.5, 1.75], "b": [2, 1, 0]}),
}  # fmt: skip
MEASURES = {
    "irr": (lambda s: words.irr(s["flow"], s["time"]), {"flow": [1 / 1.1, 1 / 1.21, 1 / 1.331], "time": None}),
    "npv": (lambda s: words.npv(s["flow"], s["rate"], s["time"]), {"flow": [1, 1 / 1.5, 1 / 2.25]}),
}


def _both_ways(s):
    """A state that halves, and the sum of what is still to come of another line."""
    state = s.row("state", words.previous(s.ref("state"), first=NIL) * 0.5 + s["a"])
    ahead = s.row("ahead", words.following(s.ref("ahead") + s["b"], last=NIL))
    return state + ahead * NIL + words.previous(s["b"], 1, first=NIL) + words.previous(s["b"], 2, first=s["b"] * 0)


CASES["both ways"] = (CASES["both ways"][0], {"a": [1.75, 1.5, 1], "b": [2, 1, 0]})


def sheet_of(formula):
    """The inputs, one row of the formula, and its total as a measure."""
    s = Sheet(periods=3)
    s.series("a", [2, 0.5, -1])
    s.series("b", [4, 0.25, 3])
    s.series("flow", [-100, 60, 66])
    s.series("time", [0, 1, 2], unit=YEAR)
    s.scalar("c", 0.5)
    s.scalar("rate", 0.5, unit=PER_YEAR)
    s.table("curve", xs=[-1.5, 0, 1, 1.5], ys=[7, -1, 2, 5])
    row = s.row("row", formula(s)) if formula is not None else None
    return s, row


def slopes(formula, measure=None):
    """Derivatives by every input."""
    s, row = sheet_of(None if measure else formula)
    s.measure("figure", formula(s) if measure else words.total(row))
    return {name: np.asarray(v)[0] if not isinstance(v, tuple) else tuple(p[0] for p in v)
            for name, v in Linear(s, reference.run(s)).pull(["figure"]).by_input.items()}  # fmt: skip


def wrong(name):
    """Inputs by which a case has another slope than worked by hand; what is not named has none."""
    formula, wanted = CASES[name]
    got = slopes(formula)
    full = {"a": [0] * 3, "b": [0] * 3, "c": 0, "curve": ([0] * 4, [0] * 4), **wanted}
    return [
        n for n, slope in full.items() if not np.allclose(np.asarray(got[n]), np.asarray(slope), rtol=1e-13, atol=1e-13)
    ]


@pytest.mark.parametrize("name", CASES)
def test_slopes_worked_by_hand(name):
    """The slope by every input is the one worked by hand, and 0 by every other."""
    assert wrong(name) == []


def test_every_operator_has_a_case():
    """The closed list is covered."""
    assert {name.partition(" ")[0] for name in (*CASES, *MEASURES)} >= set(OPERATORS)


@pytest.mark.parametrize("name", MEASURES)
def test_returns(name):
    """An IRR by its flows is the discount factors over the duration; a present value by its flows is the factors."""
    got = slopes(MEASURES[name][0], measure=True)

    if name == "npv":
        np.testing.assert_allclose(got["flow"], MEASURES["npv"][1]["flow"], rtol=1e-14)
        assert got["rate"] == pytest.approx(-60 / 1.5**2 - 2 * 66 / 1.5**3, rel=1e-14)
        return
    rate = reference.run(_irr_sheet()).measures["figure"].value
    factors = (1 + rate) ** -np.arange(3.0)
    duration = (np.arange(3.0) * [-100, 60, 66] * factors / (1 + rate)).sum()
    np.testing.assert_allclose(got["flow"], factors / duration, rtol=1e-12)
    np.testing.assert_allclose(got["time"], -np.log1p(rate) * np.array([-100, 60, 66]) * factors / duration, rtol=1e-12)


def _irr_sheet():
    s, _ = sheet_of(None)
    s.measure("figure", MEASURES["irr"][0](s))
    return s


BROKEN = {
    **{("slopes", op): lambda worth, *rest: tuple(None for _ in rest[1:]) for op in meaning.SLOPES},
    **{
        ("value", op): lambda *args: args[0] * 0.0 + 0.7
        for op in meaning.VALUE
        if op not in ("add", "sub", "least", "most")
    },
}


@pytest.mark.parametrize(("table", "op"), BROKEN)
def test_broken_meaning_is_caught(table, op, monkeypatch):
    """With this one meaning broken, at least one case goes red."""
    monkeypatch.setitem(meaning.SLOPES if table == "slopes" else meaning.VALUE, op, BROKEN[table, op])

    assert any(wrong(name) for name in CASES)


def test_untaken_branch_leaves_no_trace():
    """A division by zero and a logarithm of nothing in the branch not taken give slopes of 0, not nan."""
    s = Sheet(periods=2)
    x = s.series("x", [0.0, 2.0])
    s.measure("figure", words.total(words.choose(words.less_than(0, x), 1 / x, x)))
    s.measure("wild", words.total(words.choose(words.less_than(5, x), words.log(x) / x * words.exp(1 / x), x)))
    worth = Linear(s, reference.run(s)).pull(["figure", "wild"]).by_input

    np.testing.assert_array_equal(worth["x"], [[1.0, -0.25], [1.0, 1.0]])


def test_two_roots_in_one_place_have_no_slope():
    """Where two roots of an IRR meet, a slope is refused and the rate is named."""
    flow, times = np.array([-100.0, 220.0, -121.0]), np.arange(3.0)

    with pytest.raises(RunError, match=r"an IRR of 10.0000% is where two roots meet"):
        irr_slopes(0.10, flow, times)


@pytest.mark.parametrize(
    ("target", "words_of"),
    [
        ("figur", "there is no row or measure figur; did you mean figure?"),
        ("row", "row differs by period; name one: ('row', 12)"),
        (("row", 3), "row has periods 0 to 2, not 3"),
        ("curve", "there is no row or measure curve"),
    ],
)
def test_unknown_target_is_refused(target, words_of):
    """What has no one number is refused in words."""
    s, row = sheet_of(CASES["add"][0])
    s.measure("figure", words.total(row))

    with pytest.raises(RunError, match=re.escape(words_of)):
        Linear(s, reference.run(s)).pull([target])


def test_any_cell_and_several_at_once():
    """One pass serves measures, one-cell rows and single cells together."""
    s, row = sheet_of(CASES["account"][0])
    s.measure("figure", words.total(row))
    s.row("sum", words.total(row) * s["c"])
    worth = Linear(s, reference.run(s)).pull(["figure", "sum", ("row", 1), ("acc.opening", 2)])

    np.testing.assert_allclose(worth.by(s["a"]), [[3, 2, 1], [1.5, 1, 0.5], [1, 1, 0], [1, 1, 0]])
    np.testing.assert_allclose(worth.by(s["c"]), [3, 1.5 + 7.5, 1, 1])
    np.testing.assert_allclose(worth.by(s["row"])[2], [0, 1, 0])

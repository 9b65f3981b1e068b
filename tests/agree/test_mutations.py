"""Breaking the meaning of any operator in any backend turns a case red; the table is printed with -s."""

import pytest
from case import read_cases

from ringfence.run import meaning, oracle, reference

NUMBER = {
    "add": "({0} - {1})",
    "sub": "({1} - {0})",
    "mul": "({0} + {1})",
    "div": "({0} * {1})",
    "least": "({0} if {0} >= {1} else {1})",
    "most": "({0} if {0} <= {1} else {1})",
    "floor": "float(int({0}))",
    "exp": "(1.0 + {0})",
    "log": "({0} - 1.0)",
    "less_than": "(1.0 if {0} < {1} else 0.0)",
    "at_most": "(1.0 if {0} <= {1} else 0.0)",
    "equal": "(1.0 if {0} == {1} else 0.0)",
    "choose": "({2} if {0} > 0.5 else {1})",
    "lookup": "{0}.step({1}, {hold})",
    "previous": "({shifted} if t > {n} else {1})",
    "following": "({shifted} if t < T - {n} - 1 else {1})",
    "total": "largest({0})",
    "smallest": "largest({0})",
    "largest": "smallest({0})",
    "at": "at({0}, {1} + 1)",
    "count": "total({0})",
    "first_when": "count({0})",
    "irr": "irr({0}, {1} * 2)",
    "npv": "npv({0}, 0.0, {2})",
}
LINE = {
    **{name: NUMBER[name] for name in ("add", "sub", "mul", "div")},
    "least": "maximum({0}, {1})",
    "most": "minimum({0}, {1})",
    "floor": "({0} // 1.0)",
    "exp": "(1.0 + {0})",
    "log": "({0} - 1.0)",
    "less_than": "({0} < {1}) * 1.0",
    "at_most": "({0} <= {1}) * 1.0",
    "equal": "({0} == {1}) * 1.0",
    "choose": "where({0} > 0.3, {1}, {2})",
    "lookup": "{0}.linear_line({1}, {hold})",
    "previous": "shift_back({0}, {n} + 1, {1}, T)",
    "following": "shift_ahead({0}, {n}, 0.0, T)",
}
GUARDED = {
    "div": "({0} / where({mask}, 1.0, 1.0))",
    "log": "log_line(where({mask}, 1.0, 1.0))",
    "exp": "exp_line({0} + 1.0)",
}
UNCONDITIONAL = {
    name: f"(lambda x, when=None: {name}(x))({{0}})"  # the condition dropped
    for name in ("total", "smallest", "largest")
}
ORACLE = [
    (oracle.NUMBER, "add", lambda a, b: a - b),
    (oracle.NUMBER, "sub", lambda a, b: b - a),
    (oracle.NUMBER, "mul", lambda a, b: a + b),
    (oracle.NUMBER, "div", lambda a, b: a * b),
    (oracle.NUMBER, "least", max),
    (oracle.NUMBER, "most", min),
    (oracle.NUMBER, "floor", lambda x: x // 1.0),
    (oracle.NUMBER, "exp", lambda x: 1 + x),
    (oracle.NUMBER, "log", lambda x: x - 1),
    (oracle.NUMBER, "less_than", lambda a, b: float(a < b)),
    (oracle.NUMBER, "at_most", lambda a, b: float(a <= b)),
    (oracle.NUMBER, "equal", lambda a, b: float(a == b)),
    (oracle.TAKEN, "choose", lambda condition: 1 if condition > 0.3 else 2),
    (oracle.SHIFT, "previous", -2),
    (oracle.SHIFT, "following", 2),
    (oracle.REDUCE, "total", lambda xs: max(xs, default=0.0)),
    (oracle.REDUCE, "smallest", lambda xs: max(xs, default=0.0)),
    (oracle.REDUCE, "largest", lambda xs: min(xs, default=0.0)),
    (oracle.REDUCE, "count", sum),
    (oracle.REDUCE, "first_when", lambda xs: 0.0),
    (oracle.OTHER, "at", lambda xs, k: xs[0]),
    (oracle.OTHER, "lookup", lambda points, x, how, ends: oracle._lookup(points, x, "step", ends)),
    (oracle.OTHER, "irr", lambda flow, times: oracle.irr(oracle.np.array(flow), oracle.np.array(times) * 2)),
    (oracle.OTHER, "npv", lambda flow, rate, times: sum(flow)),
]
MUTATIONS = [
    *[("reference", "number", meaning.NUMBER, name, broken) for name, broken in NUMBER.items()],
    *[("reference", "line", meaning.LINE, name, broken) for name, broken in LINE.items()],
    *[("reference", "guarded", meaning.GUARDED, name, broken) for name, broken in GUARDED.items()],
    *[("reference", "number", meaning.NUMBER, name, broken) for name, broken in UNCONDITIONAL.items()],
    *[("oracle", "number", table, name, broken) for table, name, broken in ORACLE],
]
CASES = read_cases()


@pytest.fixture(autouse=True)
def _fresh_programs():
    reference.clear_programs()
    yield
    reference.clear_programs()


@pytest.mark.parametrize(
    ("backend", "kind", "table", "name", "broken"),
    MUTATIONS,
    ids=[f"{m[0]}-{m[1]}-{m[3]}-{k}" for k, m in enumerate(MUTATIONS)],
)
def test_broken_operator_is_caught(backend, kind, table, name, broken, monkeypatch):
    """With this one meaning broken, at least one case goes red."""
    monkeypatch.setitem(table, name, broken)
    reference.clear_programs()

    red = next((case.name for case in CASES if _is_red(case, backend)), None)

    print(f"{backend:<10} {kind:<8} {name:<11} {broken!s:<46.46} caught by {red}")
    assert red is not None


def _is_red(case, backend):
    try:
        return bool(case.problems(backend))
    except Exception:
        return True


def test_every_meaning_has_a_mutation():
    """The tables above break every entry of the engines' tables."""
    assert set(NUMBER) == set(meaning.NUMBER)
    assert set(LINE) == set(meaning.LINE)
    assert set(GUARDED) == set(meaning.GUARDED)
    broken = {name for _, name, _ in ORACLE}
    assert broken == {*oracle.NUMBER, *oracle.TAKEN, *oracle.SHIFT, *oracle.REDUCE, *oracle.OTHER}

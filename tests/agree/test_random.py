"""On any sheet, the reference equals the oracle to 1e-12, row by row."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence import sheet as words
from ringfence.run import oracle, reference
from ringfence.run.explain import evaluate_printed, explain
from ringfence.sheet import NIL, Sheet, choose, least, less_than, most

PERIODS = 7
SIZE = 64.0

number = st.integers(-32, 32).map(lambda n: n / 8)
pick = st.integers(0, 40)
kind = st.sampled_from((
    "add", "sub", "mul", "div", "least", "most", "floor", "exp", "log", "less_than", "at_most", "equal", "choose",
    "guarded", "linear", "step", "previous", "following", "total", "smallest", "largest", "at", "count", "first_when",
    "account", "backward", "shared", "loop",
))  # fmt: skip
recipe = st.tuples(kind, pick, pick, pick, number)


def bounded(x):
    """Keep a row within +-SIZE, so that long products stay comparable."""
    return least(most(x, -SIZE), SIZE)


def build(series, cells, recipes):
    """Make a sheet of one row (or account) per recipe, each reading any rows before it."""
    s = Sheet(periods=PERIODS)
    lines = [s.series(f"line{k}", values) for k, values in enumerate(series)]
    ones = [s.scalar(f"cell{k}", value) for k, value in enumerate(cells)]
    table = s.table("curve", xs=[-2, 0, 1.5], ys=[4, -1, 2])
    pool = [*lines, *ones]
    for k, (op, i, j, m, value) in enumerate(recipes):
        a, b, c = (pool[n % len(pool)] for n in (i, j, m))
        one = ones[j % len(ones)]
        expr = formula(s, f"x{k}", op, a, b, c, value, table, one, m)
        row = s.row(f"row{k}", expr if op == "loop" else bounded(expr))
        (ones if op in ("total", "smallest", "largest", "at", "count", "first_when") else lines).append(row)
        pool.append(row)
    return s


def formula(s, name, op, a, b, c, value, table, one, n):
    """One formula of the asked kind."""

    def first():
        return words.previous(s.ref(f"{name}.state"), 1 + n % 4, first=c)

    match op:
        case "add":
            return a + b
        case "sub":
            return a - b
        case "mul":
            return a * b
        case "less_than" | "at_most" | "equal" | "least" | "most":
            return getattr(words, op)(a, b) + value
        case "div":
            return a / (1 + most(b, -b))
        case "floor":
            return words.floor(a * 0.25)
        case "exp":
            return words.exp(least(most(a, -3), 3))
        case "log":
            return words.log(1 + most(a, -a))
        case "choose":
            return choose(less_than(a, b), b, c)
        case "guarded":
            return choose(words.equal(a, 0), value, choose(less_than(b, 0), words.log(-least(b, -1)) + c / a, b / a))
        case "linear" | "step":
            return words.lookup(table, a, op, "zero" if n % 2 else "hold")
        case "previous" | "following":
            return getattr(words, op)(a - b, 1 + n % 3, c)
        case "total" | "smallest" | "largest":
            return getattr(words, op)(a, when=less_than(b, c))
        case "at":
            return words.at(a, n % 9)
        case "count" | "first_when":
            return getattr(words, op)(less_than(a, value))
        case "account":
            opening = s.opening(name)
            paid = s.row(f"{name}.paid", least(most(opening, 0), most(a, 0)))
            return s.close(name, opening, add=[s.row(f"{name}.in", bounded(b))], less=[paid]) * 0.5
        case "backward":
            state = s.ref(f"{name}.state")
            return s.row(f"{name}.state", bounded(words.following(state, 1 + n % 4, last=c) * 0.5 + a)) + b
        case "shared":
            part = (a + b) * 0.5
            return s.row(f"{name}.one", part - c) + part
        case "loop":
            other = s.row(f"{name}.other", bounded(choose(less_than(first(), b), first() * 0.5 + a, b - one)))
            return s.row(f"{name}.state", bounded(least(other, most(first() + value, NIL))))
    raise AssertionError(op)


sheets = st.builds(
    build,
    st.lists(st.lists(number, min_size=PERIODS, max_size=PERIODS), min_size=2, max_size=3),
    st.lists(number, min_size=1, max_size=2),
    st.lists(recipe, min_size=1, max_size=18),
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(sheets)
def test_reference_equals_oracle(sheet):
    """Every row agrees to 1e-12 of the largest number in play, and has the same shape."""
    got, wanted = reference.run(sheet), oracle.run(sheet)

    for name in wanted:
        assert np.shape(got[name]) == np.shape(wanted[name])
        np.testing.assert_allclose(got[name], wanted[name], rtol=0, atol=1e-12 * SIZE, err_msg=name)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sheets, st.integers(0, PERIODS - 1))
def test_printed_formula_gives_the_printed_value(sheet, period):
    """For every row, the formula as printed, on the run's numbers, gives the value that is printed."""
    result = reference.run(sheet)

    for row in sheet:
        if row.expr is not None:
            explained = explain(sheet, result, row.name, period, depth=1)
            assert abs(evaluate_printed(sheet, row, result, period) - explained.value) <= 1e-10


@settings(max_examples=40, deadline=None, derandomize=True)
@given(sheets, pick)
def test_subset_equals_the_whole(sheet, which):
    """Running only what one row needs gives that row the same value."""
    name = list(sheet.rows)[which % len(sheet.rows)]
    if sheet[name].kind == "table":
        return
    prepared = reference.prepare(sheet)

    np.testing.assert_array_equal(prepared.run_subset([name])[name], prepared.run()[name])

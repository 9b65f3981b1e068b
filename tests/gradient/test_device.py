"""The JAX reading: values and gradients of many paths; the same tests on a processor and, marked gpu, on a GPU."""

import builtins
import re
from pathlib import Path

import numpy as np
import pytest
from case import read_cases
from test_random import formula

import ringfence as rf
from ringfence import sheet as words
from ringfence.desk.signed import signed
from ringfence.errors import MissingExtraError, RunError
from ringfence.run import reference
from ringfence.run.gradient import Linear, device, nudged
from ringfence.sheet import NIL, Sheet
from ringfence.units import PER_YEAR, YEAR

EXAMPLE = Path(__file__).parents[2] / "examples" / "softbank-10bn" / "deal.yaml"
KINDS = ("linear", "step", "previous", "following", "account", "backward", "loop", "guarded", "shared", "floor", "exp",
         "log", "choose", "at", "count", "first_when", "smallest", "largest", "total")  # fmt: skip


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def jax_on(request):
    """JAX with one kind of device as its default; skipped where there is none."""
    jax = pytest.importorskip("jax")
    found = device.devices(request.param)
    if not found:
        pytest.skip(f"this machine has no {request.param} that JAX can reach")
    with jax.default_device(found[0]):
        yield jax


def every_kind():
    """A sheet of every kind of row the random sheets have, each reading those before it, and the measures of a deal."""
    s = Sheet(periods=7)
    a = s.series("a", [0.31, -1.2, 2.07, 0.4, -0.73, 1.9, 0.11])
    b = s.series("b", [1.13, 0.7, -0.4, 2.3, 0.57, -1.1, 0.9])
    c = s.scalar("c", 0.83)
    s.scalar("unused", 1.0)
    rate = s.scalar("rate", 0.09, unit=PER_YEAR)
    table = s.table("curve", xs=[-2, 0, 1.5], ys=[4.1, -1.3, 2.2])
    times = s.series("times", np.arange(7.0), unit=YEAR)
    parts = []
    for k, kind in enumerate(KINDS):
        x = s.row(
            f"row{k}", words.least(words.most(formula(s, f"x{k}", kind, a, b, c, 0.37, table, c, 3 + k), -50), 50)
        )
        parts.append(x)
        a, b = (b, x) if k % 2 else (x + a * 0.3, b)
    s.measure("sum", words.total(words.sum_of([part * (1 + 0.1 * k) for k, part in enumerate(parts)]) + NIL * a))
    flow = s.row(
        "flow", a * 0.1 + words.choose(words.less_than(0.5, times / words.constant(1.0, YEAR)), 3 + b * 0.01, -10)
    )
    s.measure("irr", words.irr(flow, times))
    s.measure("npv", words.npv(flow, rate, times))
    s.measure("lowest", words.smallest(flow, when=words.less_than(5, flow)))
    return s


def one_path(sheet, run=None):
    """The sheet's own inputs as one path."""
    return {
        row.name: np.asarray(row.value[1] if row.kind == "table" else row.value, dtype=float)[None]
        for row in sheet
        if row.is_input
    }


@pytest.mark.slow
def test_every_kind_of_row_agrees(jax_on):
    """Values equal the reference, derivatives the reverse pass, by every input at once; what is n/a is nan."""
    s = every_kind()
    base = reference.run(s)
    outputs = ["sum", "irr", "npv", "lowest"]
    program = device.compile(s, outputs, [row.name for row in s if row.is_input], run=base)
    got = program.gradient(one_path(s))
    straight = Linear(s, base).pull(["sum", "irr", "npv"])

    assert base.measures["irr"].status == "ok"
    assert base.measures["lowest"].status == "n/a"
    assert np.isnan(got["lowest"][0])
    assert not got.failed.any()
    for place, name in enumerate(("sum", "irr", "npv")):
        np.testing.assert_allclose(got[name][0], base.measures[name].value, rtol=1e-11)
        for row in s:
            if row.is_input:
                wanted = straight.by(row)
                wanted = wanted[1][place] if row.kind == "table" else wanted[place]
                np.testing.assert_allclose(got.by[name][row.name][0], wanted, rtol=1e-9, atol=1e-11, err_msg=row.name)


def small_loan():
    """A loan of five periods: a recursion forward, one backward, and rows no path input reaches."""
    s = Sheet(periods=5)
    rent, margin = s.scalar("rent", 30.0), s.scalar("margin", 0.05)
    fixed = s.row("fixed", s.series("cost", [1, 2, 3, 4, 5]) * 2)
    opening = s.opening("loan", first=100.0)
    interest = s.row("interest", opening * margin)
    paid = s.row("paid", words.least(opening + interest, words.most(rent - fixed, 0)))
    s.close("loan", opening, add=[interest], less=[paid])
    s.row("ahead", words.following(s.ref("ahead"), last=NIL) / (1 + margin) + paid)
    s.measure("worth", words.at(s["ahead"], 0) / rent)
    return s


@pytest.mark.slow
def test_many_paths_equal_runs_one_by_one(jax_on):
    """Paths in blocks equal the reference path by path; shared rows are not computed on them."""
    s = small_loan()
    rents, margins = np.linspace(20, 40, 10), np.linspace(0.02, 0.1, 10)  # three blocks of four, two paths short
    program = device.compile(s, ["worth", "loan.closing"], ["rent", "margin"], run=reference.run(s))
    got = program.run({"rent": rents, "margin": margins}, block=4)

    assert id(s["fixed"]) not in program.moved
    assert program.path_rows == len([row for row in s if row.expr is not None])  # and the measure, less the shared row
    assert got["worth"].shape == (10,)
    assert got["loan.closing"].shape == (10, 5)
    for k in range(10):
        run = reference.run(s, {"rent": rents[k], "margin": margins[k]})
        np.testing.assert_allclose(got["worth"][k], run.measures["worth"].value, rtol=1e-13)
        np.testing.assert_allclose(got["loan.closing"][k], run["loan.closing"], rtol=1e-13, atol=1e-12)


@pytest.mark.slow
def test_paths_of_the_example(jax_on):
    """On the $10bn deal, paths in several blocks equal the reference, and their slopes the reverse pass."""
    base = signed(rf.read(EXAMPLE))
    s, of = base.model.sheet, "gpu_equity.irr"
    inputs = nudged(s, base.terms.inputs)  # the swap is struck at the market: exactly there, rounding picks the side
    moved = {
        "rent.rent": [1.5, 1.6, 1.9],
        "gpus.opex": [0.02, 0.015, 0.01],
        "senior.pricing.margin": [0.03, 0.05, 0.02],
    }
    program = device.compile(s, [of, "senior.dscr.min"], list(moved), run=reference.run(s, inputs))
    got = program.gradient(moved, block=2)

    assert not got.failed.any()
    for k in range(3):
        there = {**inputs, **{name: values[k] for name, values in moved.items()}}
        run = reference.run(s, there)
        worth = Linear(s, run).pull([of])
        for name in (of, "senior.dscr.min"):
            np.testing.assert_allclose(got[name][k], run.measures[name].value, rtol=1e-10)
        for name in moved:
            np.testing.assert_allclose(got.by[of][name][k], worth.by(s[name])[0], rtol=1e-9, err_msg=name)


def test_blocks_shrink_until_they_fit(monkeypatch):
    """Where the device runs out of memory, blocks of half the size are tried; a size that was asked for is kept."""
    jax = pytest.importorskip("jax")
    s = small_loan()
    program = device.compile(s, ["worth"], ["rent"], run=reference.run(s))
    sizes = []

    def called(what, part):
        sizes.append(len(part["rent"]))
        if sizes[-1] > 1000:
            raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")
        return {"worth": part["rent"]}, part["rent"] < 0, {}

    monkeypatch.setattr(program, "_called", called)
    monkeypatch.setattr(program, "_fitting", lambda what: 4096)
    rents = np.arange(3000.0)

    np.testing.assert_array_equal(program.run({"rent": rents})["worth"], rents)
    assert sizes == [3000, 1500, 1000, 1000, 1000]
    with pytest.raises(jax.errors.JaxRuntimeError, match="RESOURCE_EXHAUSTED"):
        program.run({"rent": rents}, block=2000)


@pytest.mark.slow
def test_failing_path_is_marked(jax_on):
    """A path that divides by zero where the branch is taken is marked; the others keep their values and slopes."""
    s = Sheet(periods=2)
    x = s.scalar("x", 2.0)
    state = s.ref("state")
    s.row("state", words.previous(state, first=NIL) + words.choose(words.less_than(-1, x), 1 / x, x))
    s.measure("worth", words.at(s["state"], 1))
    got = device.compile(s, ["worth"], ["x"], run=reference.run(s)).gradient({"x": [2.0, 0.0, -4.0]})

    np.testing.assert_array_equal(got.failed, [False, True, False])
    np.testing.assert_allclose(got["worth"][[0, 2]], [1.0, -8.0])
    np.testing.assert_allclose(got.by["worth"]["x"][[0, 2]], [-0.5, 2.0])


@pytest.mark.slow
@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_cases(jax_on, case):
    """Every hand-worked case comes out of the JAX reading too."""
    s = case.sheet()
    base = reference.run(s)
    rows = [name for name in case.data["expected"] if s[name].kind != "table"]
    inputs = [row.name for row in s if row.is_input]
    got = device.compile(s, rows, inputs, run=base).run(one_path(s))

    assert not got.failed.any()
    for name in rows:
        np.testing.assert_allclose(got[name][0], case.data["expected"][name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("outputs", "inputs", "said"),
    [
        (["wort"], ["rent"], "there is no row or measure wort; did you mean worth?"),
        (["worth"], ["rnt"], "there is no input rnt; did you mean rent?"),
        ([], ["rent"], "a program needs at least one output and one path input"),
    ],
)
def test_unknown_names_are_refused(outputs, inputs, said):
    """What is not there is named, with the nearest name."""
    s = small_loan()

    with pytest.raises(RunError, match=re.escape(said)):
        device.compile(s, outputs, inputs, run=reference.run(s))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rent": [1.0]}, "path input margin is not given"),
        ({"rent": [1.0, 2.0], "margin": [0.1]}, "path input margin has 1 paths, rent has 2"),
        ({"rent": [[1.0]], "margin": [0.1]}, "path input rent has shape (1, 1), not ('paths',)"),
    ],
)
def test_wrong_paths_are_refused(given, said):
    """Inputs that are missing, unequal in number or of another shape are refused with both numbers."""
    pytest.importorskip("jax")
    s = small_loan()
    program = device.compile(s, ["worth"], ["rent", "margin"], run=reference.run(s))

    with pytest.raises(RunError, match=re.escape(said)):
        program.run(given)


def test_without_jax_the_install_line_is_printed(monkeypatch):
    """Where JAX is not installed, compiling says how to install it, and there are no devices."""
    there = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == "jax":
            raise ImportError(name)
        return there(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)

    with pytest.raises(MissingExtraError, match=re.escape("pip install 'ringfence[gradient]'")):
        device.compile(small_loan(), ["worth"], ["rent"], run=reference.run(small_loan()))
    assert device.devices("gpu") == []

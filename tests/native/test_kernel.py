"""The kernel as a whole: same bits however it is run, draws, failed paths, kept code, refusals."""

import numpy as np
import pytest

from ringfence.errors import RunError, SheetError
from ringfence.run import native, reference
from ringfence.run.native import cache, machine
from ringfence.run.native.emit import emit
from ringfence.sheet import NIL, Sheet, at, choose, equal, exp, irr, largest, log, lookup, previous, smallest, total
from ringfence.sheet.plan import plan
from ringfence.units import USD, YEAR


def loan(periods=25):
    """Return a loan with a floating rate, a lookup, a logarithm and every kind of measure."""
    s = Sheet(periods=periods, name="loan")
    shock = s.series("shock", [0.0] * periods)
    rate = s.row("rate", previous(s.ref("rate"), first=0.05) * 0.9 + 0.005 + 0.002 * shock)
    opening = s.opening("loan", unit=USD, first=s.scalar("amount", 100, unit=USD))
    paid = s.row("paid", opening * 0.04 * exp(0.1 * shock))
    interest = s.row("interest", opening * rate)
    s.close("loan", opening, less=[paid])
    curve = s.table("curve", xs=list(range(40)), ys=[1 / (1 + k) for k in range(40)])
    s.row("looked_up", lookup(curve, 10 + 5 * shock) + log(1 + interest * interest / (opening * opening)))
    years = s.series("years", [k * 30.4 / 365 for k in range(periods)], unit=YEAR)
    first = s.series("first", [1.0] + [0.0] * (periods - 1))
    s.row("flow", paid + interest - 60 * first * (s["amount"] / 100))
    s.measure("interest.total", total(interest))
    s.measure("rate.least", smallest(rate))
    s.measure("rate.most", largest(rate))
    s.measure("yield", irr(s["flow"], years))
    return s


OUTPUTS = ["interest.total", "rate.least", "rate.most", "yield", "looked_up", "rate"]
DRAWN = {"shock": native.normal(3), "amount": "given"}


def bits(got):
    """Return everything in a result as bytes."""
    return b"".join(np.ascontiguousarray(got[name]).tobytes() for name in OUTPUTS)


@pytest.fixture(scope="module")
def kernel():
    """Return the loan, compiled once."""
    return native.compile(loan(), OUTPUTS, DRAWN, keep=False)


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("block", [1, 8, 24, 1000, None])
def test_threads_and_blocks_do_not_change_a_bit(kernel, threads, block):
    """Any number of threads, any size of block: the same bits."""
    amounts = 100 + np.arange(203.0)
    wanted = kernel.run(203, path_inputs={"amount": amounts}, seed=7, threads=1, block=8)

    got = kernel.run(203, path_inputs={"amount": amounts}, seed=7, threads=threads, block=block)

    assert bits(got) == bits(wanted)


@pytest.mark.parametrize("cut", [1, 8, 77])
def test_a_run_taken_up_again_has_the_same_bits(kernel, cut):
    """Two calls, the second starting where the first ended, at any path, equal one call."""
    amounts = 100 + np.arange(203.0)
    whole = kernel.run(203, path_inputs={"amount": amounts}, seed=7)
    head = kernel.run(cut, path_inputs={"amount": amounts[:cut]}, seed=7)
    tail = kernel.run(203 - cut, path_inputs={"amount": amounts[cut:]}, seed=7, first=cut)

    for name in OUTPUTS:
        np.testing.assert_array_equal(np.concatenate([head[name], tail[name]]), whole[name])


def test_host_and_generic_code_give_the_same_bits():
    """Code for this processor and code for any x86-64: draws, exp, log, lookups, Newton, all bits equal."""
    amounts = 100 + np.arange(1003.0)
    results = [
        native.compile(loan(), OUTPUTS, DRAWN, processor=processor, keep=False).run(
            1003, path_inputs={"amount": amounts}, seed=11
        )
        for processor in (native.HOST, native.GENERIC)
    ]

    assert bits(results[0]) == bits(results[1])


@pytest.mark.parametrize("processor", [native.HOST, native.GENERIC])
def test_no_multiplication_is_fused_and_lanes_are_vectors(processor):
    """The assembly has no fused multiply-add, and adds and multiplies vectors."""
    text = emit(plan(loan()), ["interest", "looked_up"], {"shock": native.normal(0)}, False).text
    code = machine.assembly(text, processor)

    assert "fmadd" not in code and "fnmadd" not in code and "fmsub" not in code
    assert "mulpd" in code and "addpd" in code


def test_paths_equal_runs_of_their_own(kernel):
    """Three paths, each run alone by the reference on the numbers it drew."""
    draws = native.compile(loan(), ["shock"], DRAWN, keep=False).run(3, seed=5)["shock"]
    got = kernel.run(3, path_inputs={"amount": [90.0, 100.0, 110.0]}, seed=5)

    for path, amount in enumerate((90.0, 100.0, 110.0)):
        wanted = reference.run(loan(), {"shock": draws[path], "amount": amount})
        for name in ("looked_up", "rate"):
            np.testing.assert_allclose(got[name][path], wanted[name], rtol=1e-12)
        for name in OUTPUTS[:4]:
            assert got[name][path] == pytest.approx(wanted.measures[name].value, rel=1e-12)


def test_a_failed_path_is_marked_and_the_others_are_not():
    """A division by zero on one path leaves nan and a mark there, and figures everywhere else."""
    s = Sheet(periods=3)
    x = s.series("x", [1.0, 2.0, 3.0])
    s.row("ratio", 1 / x)
    s.row("guarded", choose(equal(x, 0), 0, 1 / x))
    s.measure("sum", total(s["ratio"]))
    xs = np.full((9, 3), 2.0)
    xs[4, 1] = 0.0

    got = native.compile(s, ["sum"], {"x": "given"}).run(9, path_inputs={"x": xs})
    assert list(np.nonzero(got.failed)[0]) == [4]
    np.testing.assert_array_equal(got["sum"], [1.5] * 4 + [np.nan] + [1.5] * 4)
    assert not native.compile(s, ["guarded"], {"x": "given"}).run(9, path_inputs={"x": xs}).failed.any()


@pytest.mark.parametrize("formula", [lambda x: log(x - 2), lambda x: exp(1000 * x), lambda x: x * 1e308 * x])
def test_every_way_to_have_no_value_is_marked(formula):
    """The logarithm of nothing, an exponential or a product that is too large."""
    s = Sheet(periods=2)
    s.row("y", formula(s.scalar("x", 2.0)))

    got = native.compile(s, ["y"], {"x": "given"}).run(
        2, path_inputs={"x": [0.5 if formula(NIL).op == "exp" else 1.5, 2]}
    )
    assert got.failed.any()


def test_a_shared_row_without_a_value_stops_the_run_with_its_place():
    """The reference's own message, for a row that no path input reaches."""
    s = Sheet(periods=2)
    s.row("ratio", 1 / s.scalar("zero", 0.0), source="deal.yaml:4")
    s.row("sum", s["ratio"] + s.series("x", [1, 2]))

    with pytest.raises(RunError, match=r"ratio has no value in period 0: 1 is divided by zero"):
        native.compile(s, ["sum"], {"x": "given"}).run(3)


def test_measures_that_do_not_apply_say_so():
    """smallest over no period is n/a on that path only, an irr of gifts has no root."""
    s = Sheet(periods=3)
    when, flow = s.series("when", [1, 1, 0]), s.series("flow", [-1.0, 1.0, 1.0], unit=USD)
    s.measure("least", smallest(s.series("x", [3, 2, 1]), when=when))
    s.measure("yield", irr(flow, s.series("years", [0, 1, 2], unit=YEAR)))
    kernel = native.compile(s, None, {"when": "given", "flow": "given"})
    got = kernel.run(2, path_inputs={"when": [[1, 1, 0], [0, 0, 0]], "flow": [[-1, 1, 1], [1, 1, 1]]})

    assert [native.STATUSES[k] for k in got.status["least"]] == ["ok", "n/a"]
    assert [native.STATUSES[k] for k in got.status["yield"]] == ["ok", "no_root"]
    np.testing.assert_array_equal(got["least"], [2, np.nan])


def test_tables_may_differ_by_path():
    """Two paths with their own ys, one with the sheet's; steps and lines, inside and outside."""
    s = Sheet(periods=5)
    curve = s.table("curve", xs=[0, 1, 2.5], ys=[1, 2, 3])
    x = s.series("x", [-1, 0.5, 1, 2, 9])
    s.row("line", lookup(curve, x))
    s.row("step", lookup(curve, x, "step", "zero"))
    got = native.compile(s, ["line", "step"], {"curve": "given"}).run(2, path_inputs={"curve": [[1, 2, 3], [4, 0, 8]]})

    for path, ys in enumerate(([1, 2, 3], [4, 0, 8])):
        wanted = reference.run(s, {"curve": ([0, 1, 2.5], ys)})
        for name in ("line", "step"):
            np.testing.assert_allclose(got[name][path], wanted[name], rtol=1e-15)


@pytest.mark.parametrize("count", [3, 12, 40, 300])
@pytest.mark.parametrize("even", [True, False])
def test_tables_of_any_size_read_as_the_reference_reads_them(count, even):
    """Short and long, even and uneven, read at, beside, before and after every point."""
    rng = np.random.default_rng(count)
    xs = np.arange(count) * 1.0 if even else np.cumsum(rng.exponential(size=count) ** 3 + 1e-9)
    ys = rng.normal(size=count)
    points = np.concatenate([xs, np.nextafter(xs, -9e9), np.nextafter(xs, 9e9), rng.uniform(-1, xs[-1] + 1, 50)])
    s = Sheet(periods=len(points))
    curve, x = s.table("curve", xs=xs, ys=ys), s.series("x", points)
    ways = [(how, ends) for how in ("linear", "step") for ends in ("hold", "zero")]
    for how, ends in ways:
        s.row(f"{how}.{ends}", lookup(curve, x, how, ends))
    names = [f"{how}.{ends}" for how, ends in ways]
    wanted = reference.run(s)

    for by_path in ({}, {"x": "given"}, {"curve": "given"}):
        got = native.compile(s, names, by_path).run(2)
        for name in names:
            np.testing.assert_allclose(got[name][1], wanted[name], rtol=0, atol=1e-12 * np.abs(ys).max())


def test_compiled_code_is_kept_and_a_broken_file_is_made_again(monkeypatch):
    """The second compile reads the file; one flipped byte is noticed, and the kernel compiled anew."""
    first = native.compile(loan(), ["rate"], {"shock": native.normal(0)}).run(8)
    (file,) = cache.directory().iterdir()
    with monkeypatch.context() as patch:
        patch.setattr(machine, "compile_object", lambda *_: pytest.fail("compiled again"))
        again = native.compile(loan(), ["rate"], {"shock": native.normal(0)}).run(8)
    np.testing.assert_array_equal(again["rate"], first["rate"])
    for spoil in (lambda data: data[:-40] + bytes([data[-40] ^ 1]) + data[-39:], lambda data: data[:50], lambda _: b""):
        file.write_bytes(spoil(file.read_bytes()))
        spoiled = native.compile(loan(), ["rate"], {"shock": native.normal(0)}).run(8)
        np.testing.assert_array_equal(spoiled["rate"], first["rate"])


def test_another_sheet_is_another_kernel_and_other_numbers_are_not():
    """Values, labels and sources do not matter to the fingerprint; formulas, periods and outputs do."""
    one = loan()
    other = loan()
    other["amount"].value = 7.0
    changed = loan()
    changed.row("more", changed["rate"] + 1)

    assert cache.fingerprint(one) == cache.fingerprint(other)
    assert len({cache.fingerprint(s) for s in (one, changed, loan(24))}) == 3
    assert cache.fingerprint(one, "a") != cache.fingerprint(one, "b")


def test_a_factor_sheet_feeds_inputs():
    """Joined, a factor row stands where the input stood, and any engine runs the joined sheet."""
    factors = Sheet(periods=25, name="factors")
    noise = factors.series("noise", [0.0] * 25)
    factors.row("shock", previous(factors.ref("shock")) * 0.5 + noise)
    factors.row("amount", exp(0.2 * at(noise, 0)) * s_usd(factors), unit=USD)
    joined = native.join(loan(), factors, {"shock": "shock", "amount": "amount"})
    got = native.compile(joined, ["factor:noise", *OUTPUTS], {"factor:noise": native.normal(1)}).run(9, seed=3)

    wanted = reference.run(joined, {"factor:noise": got["factor:noise"][4]})
    np.testing.assert_allclose(got["looked_up"][4], wanted["looked_up"], rtol=1e-12)
    assert got["yield"][4] == pytest.approx(wanted.measures["yield"].value, rel=1e-12)
    alone = reference.run(loan(), {"shock": wanted["shock"], "amount": wanted["amount"]})
    np.testing.assert_array_equal(alone["rate"], wanted["rate"])


def s_usd(sheet):
    """Return an input of 100 dollars."""
    return sheet.scalar("size", 100.0, unit=USD)


def test_a_factor_in_the_wrong_shape_is_refused():
    """A line does not feed a cell, and periods must match."""
    factors = Sheet(periods=25)
    factors.series("noise", [0.0] * 25, unit=USD)
    with pytest.raises(SheetError, match="amount is one cell, but noise has a value in every period"):
        native.join(loan(), factors, {"amount": "noise"})
    with pytest.raises(SheetError, match="has 24 periods"):
        native.join(loan(), Sheet(periods=24, name="factors"), {})


@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize("path", [0, 70, 129])
def test_one_bad_number_in_a_large_input_is_found(layout, path):
    """Whichever way the array lies and wherever the number is."""
    shocks = np.zeros((130, 25))
    shocks[path, 11] = np.inf
    kernel = native.compile(loan(), ["rate"], {"shock": "given"})

    with pytest.raises(RunError, match=f"shock is not finite on path {path}"):
        kernel.run(130, path_inputs={"shock": np.array(shocks, order=layout)})


@pytest.mark.parametrize("lanes", [8, 16, 32])
def test_lanes_and_layout_of_inputs_do_not_change_a_bit(lanes):
    """Any number of lanes, inputs by path or by period, whole tiles or not, any block: the same bits."""
    shocks = np.random.default_rng(0).normal(size=(203, 25))
    wanted = native.compile(loan(), OUTPUTS, {"shock": "given"}, lanes=8).run(203, path_inputs={"shock": shocks})
    kernel = native.compile(loan(), OUTPUTS, {"shock": "given"}, lanes=lanes)

    for array in (shocks, np.asfortranarray(shocks)):
        for block in (8, 40, 64, 1000):
            assert bits(kernel.run(203, path_inputs={"shock": array}, block=block)) == bits(wanted)


def test_refusals():
    """What does not fit is refused by name."""
    s = loan()
    kernel = native.compile(s, ["rate"], {"shock": "given"})
    for call, message in (
        (lambda: native.compile(s, ["rat"]), "there is no row or measure rat; did you mean rate?"),
        (lambda: native.compile(s, ["rate"], {"rate": "given"}), "there is no input rate"),
        (lambda: native.compile(s, ["rate"], {"curve": native.normal(0)}), "curve is a table"),
        (lambda: native.compile(s, ["rate"], {"shock": "drawn"}), "not 'given'"),
        (lambda: kernel.run(0), "at least one path"),
        (lambda: kernel.run(2, seed=-1), "seed -1"),
        (lambda: kernel.run(2, block=0), "a block has at least one path"),
        (lambda: kernel.run(2, path_inputs={"shock": [1, 2, 3]}), r"has shape \(3,\), but 2 paths need \(2, 25\)"),
        (lambda: kernel.run(2, path_inputs={"shock": [1, np.nan]}), "not finite on path 1"),
        (lambda: kernel.run(2, path_inputs={"amount": [1, 2]}), "was not declared as a path input"),
        (lambda: kernel.run(2, inputs={"shock": 1.0}), "differs by path"),
        (lambda: kernel.run(2, inputs={"rat": 1.0}), "there is no input rat"),
    ):
        with pytest.raises(RunError, match=message):
            call()

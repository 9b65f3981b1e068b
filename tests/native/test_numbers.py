"""Random numbers and functions of one number: known answers, moments, last bits."""

import ctypes
import math

import numpy as np
import pytest

from ringfence.run import native
from ringfence.run.native import machine, maths
from ringfence.run.native.draws import philox
from ringfence.run.native.lanes import LANES, Code
from ringfence.sheet import Sheet, exp

# The first three are the known answers published with the generator (Salmon et al. 2011, Random123 1.09).
KNOWN = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def plain_philox(counter, key):
    """Return the generator in plain Python."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return tuple(c)


def drawn(kind, periods=6, paths=9, seed=1, first=0, factor=0):
    """Draw one factor."""
    s = Sheet(periods=periods)
    s.series("x", [0.0] * periods)
    return native.compile(s, ["x"], {"x": kind(factor)}).run(paths, seed=seed, first=first)["x"]


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_generator_gives_the_published_answers(counter, key, words):
    """The plain generator and the one written in lanes give the known words."""
    assert plain_philox(counter, key) == words
    assert lanes_philox(counter, key) == words


def lanes_philox(counter, key):
    """Run the generator as it is written for lanes."""
    code = Code("define void @philox(ptr %out)", LANES)
    made = philox(code, tuple(map(code.integer, counter)), tuple(map(code.integer, key)))
    for k, word in enumerate(made):
        code.put(f"store {code.whole} {word}, ptr {code.address('%out', k * code.bytes)}, align 8")
    code.put("ret void")
    out = np.zeros((4, LANES), dtype=np.int64)
    call(code.text(), "philox", ctypes.c_void_p(out.ctypes.data))
    assert (out == out[:, :1]).all()
    return tuple(int(x) for x in out[:, 0])


def call(text, name, *args):
    """Compile a few functions and call one."""
    llvm = machine.binding()
    module, target = machine.optimised(text, machine.HOST)
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    ctypes.CFUNCTYPE(None, *map(type, args))(engine.get_function_address(name))(*args)


def test_a_uniform_is_made_of_the_words_of_its_key():
    """Seed, path, factor and half the period make the counter; 52 bits of two words make the number."""
    seed, first, factor = 0x1234567890ABCDEF, (7 << 32) + 3, 11
    got = drawn(native.uniform, seed=seed, first=first, factor=factor)

    for path in range(9):
        number = first + path
        for t in range(6):
            words = plain_philox((number & 0xFFFFFFFF, number >> 32, t // 2, factor), (seed & 0xFFFFFFFF, seed >> 32))
            high, low = words[2 * (t % 2) : 2 * (t % 2) + 2]
            assert got[path, t] == (((high << 20) & (2**52 - 1)) | (low >> 12)) * 2.0**-52 + 2.0**-53


def test_normals_have_the_moments_and_tails_of_a_normal():
    """A million numbers: mean, variance, skewness, kurtosis and tail shares within four standard errors."""
    x = drawn(native.normal, periods=10, paths=100_000).ravel()
    n = x.size

    assert abs(x.mean()) < 4 / math.sqrt(n)
    assert abs(x.var() - 1) < 4 * math.sqrt(2 / n)
    assert abs((x**3).mean()) < 4 * math.sqrt(15 / n)
    assert abs((x**4).mean() - 3) < 4 * math.sqrt(96 / n)
    for limit in (1.0, 2.0, 3.0, 4.0):
        share = math.erfc(limit / math.sqrt(2)) / 2
        for tail in ((x > limit).mean(), (x < -limit).mean()):
            assert abs(tail - share) < 4 * math.sqrt(share / n)


def test_factors_periods_paths_and_seeds_are_independent():
    """No two of them are correlated beyond four standard errors, and none repeats."""
    one = drawn(native.normal, periods=4, paths=50_000)
    others = [drawn(native.normal, 4, 50_000, factor=1), drawn(native.normal, 4, 50_000, seed=2)]

    series = [*one.T, *(other[:, 0] for other in others), np.roll(one[:, 0], 1)]
    correlation = np.corrcoef(series) - np.eye(len(series))
    assert np.abs(correlation).max() < 4 / math.sqrt(50_000)
    assert len(np.unique(one)) == one.size


def evaluate(name, xs):
    """Apply one of the functions to numbers, eight at a time."""
    code = Code("define void @apply(ptr %x)", LANES)
    code.store(code.call(f"{name}{LANES}", code.load("%x")), "%x")
    code.put("ret void")
    llvm = machine.binding()
    module, target = machine.optimised(maths.functions(LANES) + "\n" + code.text(), machine.HOST)
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    apply = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(engine.get_function_address("apply"))
    out = np.array(xs, dtype=np.float64)
    for k in range(0, out.size, LANES):
        apply(out[k:].ctypes.data)
    return out


@pytest.mark.parametrize(
    ("name", "low", "high", "right"),
    [("exp", -700, 700, math.exp), ("exp", -1, 1, math.exp), ("log", 1e-9, 3, math.log), ("log", 1, 1e12, math.log)],
)
def test_exp_and_log_are_within_one_unit_in_the_last_place(name, low, high, right):
    """Sixteen thousand numbers beside the C library's, which is itself within half a unit or so."""
    xs = np.random.default_rng(1).uniform(low, high, 16_384)
    got = evaluate(name, xs)
    wanted = np.array([right(x) for x in xs])
    apart = np.abs(got - wanted) / np.spacing(np.abs(wanted))

    print(f"{name} on [{low}, {high}]: {(apart > 0).mean():.1%} differ, by at most {apart.max():.0f} ulp")
    assert apart.max() <= 1


def test_edges_of_exp_and_log():
    """Zero, one, the smallest and largest numbers."""
    given = [0, -746, -1000, 5e-324, -0.0, 1, 709.78, -745.1]
    got = evaluate("exp", given)
    np.testing.assert_array_equal(got[:5], [1, 0, 0, 1, 1])
    np.testing.assert_allclose(got[5:], np.exp(given[5:]), rtol=3e-16)
    given = [1, 5e-324, 1.7976931348623157e308, 2, 0.5, 1 + 2**-52, 1 - 2**-53, 2.2e-308]
    got = evaluate("log", given)
    assert got[0] == 0
    np.testing.assert_allclose(got, np.log(given), rtol=3e-16)


def test_inverse_normal_undoes_the_distribution():
    """From 1e-300 to one half, to 1e-13 of the probability per unit of the number."""
    us = np.concatenate([10.0 ** -np.arange(1, 300, 3), np.linspace(0.001, 0.5, 156)])
    us = us[: us.size // LANES * LANES]
    zs = evaluate("inverse_normal", us)
    back = np.array([math.erfc(-z / math.sqrt(2)) / 2 for z in zs])

    assert (np.abs(back / us - 1) < 1e-13 * np.maximum(1, zs * zs)).all()


def test_an_exponential_of_nothing_has_the_same_bits_however_it_is_reached():
    """A group of paths that are all 0 takes the short way, one with a single other number the long: 1 both times."""
    s = Sheet(periods=1)
    s.row("y", exp(s.scalar("x", 0.0)))
    kernel = native.compile(s, ["y"], {"x": "given"})
    short = np.zeros(8 * LANES)
    short[1::2] = -0.0
    mixed = short.copy()
    mixed[::LANES] = 0.7
    a, b = (np.asarray(kernel.run(len(x), path_inputs={"x": x})["y"]).ravel() for x in (short, mixed))

    assert (a == 1.0).all()
    assert (b[mixed == 0] == 1.0).all()
    assert (b[mixed != 0] == b[0]).all()
    assert b[0] == pytest.approx(math.exp(0.7), rel=1e-15)

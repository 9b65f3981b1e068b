"""The path kernel beside a C kernel and NumPy, its random numbers and compile times, a million paths of the example.

``python -m benchmarks.bench_native [paths of the example]`` prints every figure of one run as ratios; the functions
below time the same things one by one.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np
from benchmarks.native_deal import OUTPUTS, PERIODS, build_c, run_numpy, small_deal

from ringfence.run import native
from ringfence.sheet import Expr, Sheet, exp, total
from ringfence.units import RATIO

EXAMPLE = Path(__file__).parent.parent / "examples" / "softbank-10bn" / "deal.yaml"
PATHS = 16_000
#: Vectors of so many paths leave NumPy no cache to work in.
MANY = 256_000
#: Inputs of the example that differ by path: drawn, times exp(share x normal).
MOVED = {"rent.rent": 0.2, "senior.pricing.margin": 0.1, "mezz.pricing.margin": 0.1, "energy_loan.pricing.margin": 0.1,
         "gpus.opex_per_gpu": 0.1, "gpus.failures.rate": 0.3, "sakai.cost": 0.2, "sakai.electricity": 0.3,
         "solar.capacity_factor": 0.05, "solar_ppa.price": 0.1, "smr.cost": 0.3, "fusion.cost": 0.4}  # fmt: skip


def best(call: Callable[[], Any], rounds: int = 5) -> float:
    """Return the best time of a few rounds. [s]"""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return min(times)


def market(paths: int, periods: int = PERIODS) -> tuple[Any, Any]:
    """Return prices and rates by period and path."""
    rng = np.random.default_rng(0)
    return 1 + 0.3 * rng.random((periods, paths)), 0.02 + 0.04 * rng.random((periods, paths))


def small_kernel() -> native.Kernel:
    """Return the small deal with price and rate by path."""
    return native.compile(small_deal(), OUTPUTS, {"price": "given", "rate": "given"}, keep=False)


def against_c_and_numpy(paths: int, rounds: int = 20) -> None:
    """Print ns per row, period and path of the three, on the same numbers, with one thread."""
    price, rate = market(paths)
    kernel, by_hand = small_kernel(), build_c()
    given = {"price": price.T, "rate": rate.T}
    got = kernel.run(paths, path_inputs=given, threads=1)
    by_cell = native.compile(small_deal(), OUTPUTS, {"capex": "given"}, keep=False)
    took, one_cell, by_c = 9e9, 9e9, 9e9
    for _ in range(rounds):  # in turns, so that all meet the same neighbours
        took = min(took, best(lambda: kernel.run(paths, path_inputs=given, threads=1), 1))
        one_cell = min(one_cell, best(lambda: by_cell.run(paths, threads=1), 1))
        if by_hand is not None:
            by_c = min(by_c, best(lambda: by_hand(price, rate), 1))
    results = {"numpy": (run_numpy(price, rate), best(lambda: run_numpy(price, rate), 2))}
    if by_hand is not None:
        results["C"] = by_hand(price, rate), by_c
    rows = kernel.path_rows + kernel.shared_rows
    print(f"small deal: {rows} rows ({kernel.shared_rows} shared), {PERIODS} periods, {paths} paths, one thread")
    _line("native", took, rows * PERIODS * paths, 1.0, price.nbytes + rate.nbytes)
    for name, (values, seconds) in results.items():
        apart = max(np.abs(got[out] - value).max() for out, value in zip(OUTPUTS, values, strict=True))
        _line(name, seconds, rows * PERIODS * paths, seconds / took, price.nbytes + rate.nbytes, apart)
    print(f"  native with one cell by path instead: {1e9 * one_cell / (rows * PERIODS * paths):.4f} ns")
    for threads in (1, 2):
        seconds = best(lambda t=threads: kernel.run(paths, path_inputs=given, threads=t))
        print(f"  native on {threads} threads: {1000 * seconds:.1f} ms")


def _line(name: str, seconds: float, cells: int, ratio: float, read: int, apart: float | None = None) -> None:
    said = "" if apart is None else f"   largest difference {apart:.1e}"
    ns = 1e9 * seconds / cells
    print(f"  {name:<8} {ns:8.4f} ns/row-period-path   x {ratio:6.2f}   inputs {read / seconds / 1e9:5.1f} GB/s{said}")


def normals(factors: int = 8) -> None:
    """Print ns per normal, one thread."""
    s = Sheet(periods=PERIODS)
    outputs = []
    for k in range(factors):
        s.measure(f"sum{k}", total(s.series(f"x{k}", [0.0] * PERIODS)))
        outputs.append(f"sum{k}")
    for kind in (native.normal, native.uniform):
        kernel = native.compile(s, outputs, {f"x{k}": kind(k) for k in range(factors)}, keep=False)
        seconds = best(lambda kernel=kernel: kernel.run(PATHS, threads=1), 3)
        print(f"{kind.__name__}: {1e9 * seconds / (factors * PERIODS * PATHS):.2f} ns each, with its sum")


def example() -> Sheet:
    """Return the example's sheet with a factor sheet in front."""
    import ringfence as rf

    sheet = rf.run(rf.read(EXAMPLE)).model.sheet
    factors = Sheet(periods=sheet.periods, name="factors")
    feeds = {}
    for k, (name, share) in enumerate((n, v) for n, v in MOVED.items() if n in sheet):
        row, noise = sheet[name], factors.scalar(f"noise{k}", 0.0)
        factors.row(f"f{k}", factors.scalar(f"base{k}", row.value, unit=row.unit) * exp(noise * share), unit=row.unit)
        feeds[name] = f"f{k}"
    return native.join(sheet, factors, feeds)


def compile_example(sheet: Sheet, keep: bool = True) -> native.Kernel:
    """Compile the example for all its measures and a sum of every row, so that no row is left out."""
    drawn = {row.name: native.normal(k) for k, row in enumerate(r for r in sheet if r.name.startswith("factor:noise"))}
    return native.compile(sheet, None, drawn, keep=keep)


def all_rows(sheet: Sheet) -> Sheet:
    """Return the sheet with measures that read every row, so that none is left out: totals of sums of fifty rows."""
    rows = [row for row in list(sheet) if row.kind == "formula"]
    for k in range(0, len(rows), 50):
        found: Expr = rows[k]
        for row in rows[k + 1 : k + 50]:
            found = Expr("add", (found, row), None, RATIO)  # whatever their units: this sum means nothing
        sheet.measure(f"checksum.{k}", total(sheet.row(f"checksum.line.{k}", found, unit=RATIO)))
    return sheet


def example_figures(paths: int) -> None:
    """Print compile times, speed by number of paths, and time and memory of a large run of the example."""
    sheet = all_rows(example())
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp()
    start = perf_counter()
    compile_example(sheet)
    cold = perf_counter() - start
    warm = best(lambda: compile_example(sheet), 3)
    kernel = compile_example(sheet)
    rows = kernel.path_rows + kernel.shared_rows
    print(f"example: compiled cold in {cold:.2f} s, from the cache in {warm:.3f} s")
    print(
        f"  {len(sheet)} rows: {kernel.path_rows} formulas by path, {kernel.shared_rows} shared;"
        f" {sheet.periods} periods"
    )
    for count in [10**k for k in range(3, 8) if 10**k <= paths]:
        block = min(count, 65_536)
        start, busy = perf_counter(), process_time()
        for first in range(0, count, block):
            kernel.run(min(block, count - first), seed=1, first=first)
        took, busy = perf_counter() - start, process_time() - busy
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = count * sheet.periods
        print(
            f"  {count:>9,} paths: {took:7.3f} s on two threads ({busy:.3f} s of processor);"
            f" {1e9 * took / cells / rows:.3f} ns/row-period-path of all rows,"
            f" {1e9 * took / cells / kernel.path_rows:.3f} of those by path; at most {memory:.0f} MB"
        )


def bench_small_deal(benchmark: Any) -> None:
    """Time the small deal, one thread."""
    price, rate = market(4096)
    kernel = small_kernel()
    benchmark(lambda: kernel.run(4096, path_inputs={"price": price.T, "rate": rate.T}, threads=1))


def bench_native_compile_cached(benchmark: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Time the example's kernel from the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    sheet = example()
    compile_example(sheet)
    benchmark.extra_info.update(target_s=0.1)
    benchmark.pedantic(compile_example, args=(sheet,), rounds=5)


def bench_native_example(benchmark: Any) -> None:
    """Time ten thousand paths of the example, draws included, two threads."""
    kernel = compile_example(example(), keep=False)
    benchmark.pedantic(lambda: kernel.run(10_000), rounds=3)


if __name__ == "__main__":
    against_c_and_numpy(PATHS)
    against_c_and_numpy(MANY, rounds=3)
    normals()
    example_figures(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

"""One gradient of all inputs beside one run of the same engine, and beside JAX.

``python -m benchmarks.bench_gradient [--jax] [rounds]`` prints every figure of one run as ratios: the reverse pass on
the $10bn example by number of measures, a cold ``ringfence sensitivities``, and with ``--jax`` compile and run times
of the JAX reading on sheets of growing size (minutes), and many paths of the example: a million where there is a GPU.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import ringfence as rf
from ringfence.blocks.build import build
from ringfence.desk.signed import signed
from ringfence.run import reference
from ringfence.run.gradient import Linear, device
from ringfence.solve.implicit import derivatives

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "softbank-10bn" / "deal.yaml"
TEMPLATES = ROOT / "src" / "ringfence" / "desk" / "templates"
MEASURE = "gpu_equity.irr"
#: Inputs that differ by path on a GPU, with the spread of each.
MOVED = {"rent.rent": 0.2, "gpus.opex": 0.1, "gpus.failures.rate": 0.3, "sakai.electricity": 0.3}


def best(call: Callable[[], Any], rounds: int, clock: Callable[[], float] = perf_counter) -> float:
    """Return the best time of some rounds. [s]"""
    times = []
    for _ in range(rounds):
        start = clock()
        call()
        times.append(clock() - start)
    return min(times)


def against_the_reference(rounds: int) -> None:
    """Print what all derivatives of some measures cost, in runs of the reference that computes every row.

    One thread does both, and its processor time is taken, so that a busy machine does not blur the ratio.
    """
    base = signed(rf.read(EXAMPLE))
    sheet, inputs = base.model.sheet, base.terms.inputs
    prepared = reference.prepare(sheet)
    run = prepared.run(inputs)
    named = [name for name, measure in run.measures.items() if measure.value is not None]
    cells = sum(_cells(row) for row in sheet if row.is_input)
    one = best(lambda: prepared.run(inputs), rounds, process_time)
    print(f"{len(sheet)} rows x {sheet.periods} periods, {cells} input cells; one run {1000 * one:.1f} ms")
    for measures in ([MEASURE], named[:30], named):
        pull = best(lambda m=measures: Linear(sheet, run).pull(m, keep=False), rounds, process_time)
        whole = best(lambda m=measures: derivatives(sheet, inputs, m), rounds, process_time)
        words = f"{len(measures):>3} measures: the pass {pull / one:.2f} runs, with its own two {whole / one:.2f}"
        print(f"  {words}; by differences {2 * cells:,}")


def _cells(row: Any) -> int:
    return 1 if row.kind == "scalar" else len(row.value) if row.kind == "series" else 2 * len(row.value[0])


def cold_command(rounds: int) -> None:
    """Print how long a new process needs for the page."""
    words = [sys.executable, "-m", "ringfence.cli", "sensitivities", str(EXAMPLE), "--of", MEASURE]
    seconds = best(lambda: subprocess.run(words, check=True, capture_output=True), rounds)
    print(f"ringfence sensitivities, cold: {seconds:.1f} s (to reach: 10 s)")


def against_jax() -> None:
    """Print compile and run times of the JAX reading, by all inputs, on sheets of growing size."""
    small = rf.read(ROOT / "examples" / "sam" / "dscr130.yaml")
    for title, deal, measure in (
        ("plant, annual", small, "equity.irr"),
        ("leased fleet", rf.read(TEMPLATES / "gpu-lease.yaml"), "shares.irr"),
        ("$10bn example", rf.read(EXAMPLE), MEASURE),
    ):
        sheet = build(deal).sheet
        run = reference.run(sheet)
        inputs = [row.name for row in sheet if row.is_input]
        given = {name: _own(sheet[name])[None] for name in inputs}
        program = device.compile(sheet, [measure], inputs, run=run)
        prepared = reference.prepare(sheet)
        one = best(lambda p=prepared, m=measure: p.run_subset([m]), 5)
        print(f"{title}: {program.path_rows} rows by path, one run of the reference {1000 * one:.1f} ms", flush=True)
        for words, call in (("values", program.run), ("gradient", program.gradient)):
            first = compiling(lambda c=call, g=given: c(g))
            later = best(lambda c=call, g=given: c(g), 5)
            print(f"  {words}: first {first}, later {1000 * later:.1f} ms", flush=True)


def compiling(call: Callable[[], Any]) -> str:
    """Return what a first call takes: waiting, and of the processor, which a busy machine does not blur."""
    start, before = perf_counter(), process_time()
    call()
    return f"{perf_counter() - start:.1f} s ({process_time() - before:.1f} s of processor)"


def _own(row: Any) -> Any:
    return np.asarray(row.value[1] if row.kind == "table" else row.value, dtype=float)


def many_paths(on_a_gpu: int = 1_000_000, on_a_processor: int = 20_000) -> None:
    """Print many paths of the example, values and gradient: on a GPU where JAX reaches one, else on the processor."""
    import jax

    found = device.devices("gpu") or device.devices("cpu")
    paths = on_a_gpu if device.devices("gpu") else on_a_processor

    base = signed(rf.read(EXAMPLE))
    sheet = base.model.sheet
    rng = np.random.default_rng(0)
    drawn = {n: sheet[n].value * np.exp(share * rng.standard_normal(paths)) for n, share in MOVED.items()}
    with jax.default_device(found[0]):
        program = device.compile(sheet, [MEASURE], list(MOVED), run=reference.run(sheet, base.terms.inputs))
        print(f"{found[0]}: {paths:,} paths, {program.path_rows} rows by path", flush=True)
        for words, call in (("values", program.run), ("gradient", program.gradient)):
            first, later = compiling(lambda c=call: c(drawn)), best(lambda c=call: c(drawn), 3)
            print(f"  {words}: first {first}, later {later:.2f} s, {1e6 * later / paths:.1f} us a path", flush=True)


def bench_gradient(benchmark: Any) -> None:
    """Time all derivatives of a measure of the example, its runs included."""
    base = signed(rf.read(EXAMPLE))
    sheet, inputs = base.model.sheet, base.terms.inputs
    benchmark.pedantic(lambda: derivatives(sheet, inputs, [MEASURE]), rounds=10, warmup_rounds=1)


def bench_sensitivities(benchmark: Any) -> None:
    """Time the answer behind the page, the deal already signed."""
    deal = rf.read(EXAMPLE)
    benchmark.extra_info.update(target_s=10.0)
    benchmark.pedantic(lambda: rf.sensitivities(deal, MEASURE), rounds=3, warmup_rounds=1)


if __name__ == "__main__":
    given = [word for word in sys.argv[1:] if word != "--jax"]
    count = int(given[0]) if given else 10
    against_the_reference(count)
    cold_command(3)
    if "--jax" in sys.argv:
        against_jax()
        many_paths()

"""Random paths through the desk: seconds and peak memory as paths grow, where the time goes, beside the bare kernel.

``python -m benchmarks.bench_risk [most paths]`` prints the scaling table 1e3 ... 1e6 (or 1e7) of the example with every
factor that its risk block may name, each number of paths in a process of its own so that its peak memory is its own;
the functions below time the same things one by one. To reach: a million paths under 30 s on two cores and 1.5 GB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "softbank-10bn" / "deal.yaml"
#: Every kind of factor the example can have; used where it has no risk block of its own.
RISKS = """
risk:
  factors:
    sofr: {type: base_rate, curve: SOFR}
    rent: {type: gpu_rent, fleet: gpus}
    resale: {type: resale, fleet: gpus}
    lessee: {type: lessee_default, lease: rent}
    slip: {type: delivery_slip, fleet: gpus}
    grid: {type: grid_delay, site: sakai}
    failures: {type: failures, fleet: gpus}
    sun: {type: weather, assets: [solar]}
    late: {type: construction_delay, assets: [solar, storage]}
    smr_late: {type: construction_delay, assets: [smr]}
    fusion: {type: fusion_start, asset: fusion}
    yen: {type: fx, moves: [sakai.electricity]}
"""


def example() -> Any:
    """Return the example, ready to run on random paths."""
    import ringfence as rf
    from ringfence.desk.risk import prepare

    deal = rf.read(EXAMPLE)
    if deal.risk is not None:
        return prepare(deal)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deal.yaml"
        path.write_text(EXAMPLE.read_text(encoding="utf-8") + RISKS, encoding="utf-8")
        return prepare(rf.read(path))


def one(paths: int) -> dict[str, float]:
    """Run so many paths; return seconds, processor seconds and peak memory [MB] of this process."""
    import resource

    from ringfence.desk.risk import run_risk

    start = perf_counter()
    prepared = example()
    job = prepared.job(paths, seed=1)
    kernel = job.kernel()
    ready, busy = perf_counter(), process_time()
    result = run_risk(prepared, paths=paths, seed=1)
    took, worked = perf_counter() - ready, process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = result.probability("senior", "missed")
    return {
        "paths": paths,
        "prepare": ready - start,
        "paths_s": result.seconds,
        "all_s": took,
        "processor_s": worked,
        "memory": memory,
        "rows": kernel.path_rows,
        "outputs": len(job.outputs),
        "missed": share.value if share else 0.0,
    }


def scaling(most: int) -> None:
    """Print the table; each line is a process of its own."""
    print("     paths   prepare     paths   with fans   processor    us/path   peak memory   senior missed")
    for power in range(3, 8):
        if 10**power > most:
            break
        text = subprocess.run(
            [sys.executable, "-m", "benchmarks.bench_risk", "--one", str(10**power)],
            check=True,
            capture_output=True,
            text=True,
            cwd=Path(__file__).parent.parent,
        ).stdout
        m = json.loads(text)
        print(
            f"{m['paths']:>10,} {m['prepare']:>7.2f} s {m['paths_s']:>7.2f} s {m['all_s']:>9.2f} s "
            f"{m['processor_s']:>9.2f} s {1e6 * m['paths_s'] / m['paths']:>10.2f} {m['memory']:>10.0f} MB "
            f"{m['missed']:>14.3%}"
        )
    print(f"{m['rows']} rows by path, {m['outputs']} figures kept, two threads; prepared with the kernel in the cache.")


def by_factor(paths: int = 16_384) -> None:
    """Print what each factor alone costs, one thread: processor microseconds a path."""
    from ringfence.desk.risk import prepare
    from ringfence.risk.job import compute

    prepared = example()
    for ids in [[f.id] for f in prepared.model.factors] + [[f.id for f in prepared.model.factors]]:
        job = prepare(prepared.deal, factors=ids).job(paths)
        kernel, best = job.kernel(), float("inf")
        for _ in range(3):
            busy = process_time()
            compute(job, 0, 1)
            best = min(best, process_time() - busy)
        name = ids[0] if len(ids) == 1 else "all"
        print(f"  {name:<10} {kernel.path_rows:>5} rows by path {1e6 * best / paths:>8.2f} us a path")


@pytest.fixture(scope="module")
def prepared() -> Any:
    """Return the example, ready to run."""
    return example()


def bench_risk_prepare(benchmark: Any) -> None:
    """Time the deal signed before: factors in front, what a lender loses behind."""
    benchmark.pedantic(example, rounds=3)


def bench_risk_paths(benchmark: Any, prepared: Any) -> None:
    """Time a block of 16,384 paths with its reduction, two threads."""
    from ringfence.risk.runner import run

    job = prepared.job(16_384)
    job.kernel()
    benchmark.pedantic(lambda: run(job, periods=prepared.periods), rounds=3)


def bench_risk_reduce(benchmark: Any, prepared: Any) -> None:
    """Time the reduction alone of a block of 16,384 paths into sketches."""
    from ringfence.risk.job import compute
    from ringfence.risk.runner import Totals

    job = prepared.job(1_000_000)
    block = compute(job, 0, 2)
    benchmark.pedantic(lambda: Totals(job, prepared.periods).add(block), rounds=5)


def bench_risk_stress(benchmark: Any, prepared: Any) -> None:
    """Time the seven named cases."""
    from ringfence.desk.risk.more import stress

    benchmark.pedantic(lambda: stress(prepared), rounds=3)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(int(sys.argv[2]))))
    else:
        scaling(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
        by_factor()

"""What a person waits for at the prompt: each round is a new process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).parent / "ringfence"


def _process(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


def bench_bare_python(benchmark: Any) -> None:
    """Time a process that does nothing."""
    benchmark.pedantic(_process, args=(sys.executable, "-c", "pass"), rounds=10, warmup_rounds=1)


def bench_import(benchmark: Any) -> None:
    """Time a process that imports ringfence."""
    benchmark.extra_info.update(target_s=0.3, net_of="bare_python")
    benchmark.pedantic(_process, args=(sys.executable, "-c", "import ringfence"), rounds=10, warmup_rounds=1)


def bench_cold_command(benchmark: Any, example: Path) -> None:
    """Time `ringfence run` of the example; the warm-up round leaves bytecode behind."""
    benchmark.extra_info.update(target_s=2.5)
    benchmark.pedantic(_process, args=(COMMAND, "run", example), rounds=5, warmup_rounds=1)

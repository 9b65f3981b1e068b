"""What a person waits for in a notebook: one process, everything imported."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf

MARGIN = "contracts.senior.pricing"


@pytest.fixture
def margins() -> Iterator[str]:
    """Return margins no earlier round has used, so that nothing remembered answers."""
    return (f"SOFR + {3 + k / 10_000:.4f}%" for k in count(1))


def bench_read(benchmark: Any, example: Path) -> None:
    """Time deal file to deal."""
    benchmark.pedantic(rf.read, args=(example,), rounds=10, warmup_rounds=1)


def bench_run(benchmark: Any, example: Path) -> None:
    """Time deal to results, the debt sized and signed; every round has a deal of its own."""
    benchmark.pedantic(rf.run, setup=lambda: ((rf.read(example),), {}), rounds=5, warmup_rounds=1)


@pytest.mark.parametrize("resize", [False, True], ids=["signed", "resized"])
def bench_rerun(benchmark: Any, deal: Any, margins: Iterator[str], resize: bool) -> None:
    """Time one changed value and every measure, on the signed schedule or with the debt sized anew."""

    def rerun(margin: str) -> Any:
        return rf.run(deal, changes={MARGIN: margin}, resize=resize).measures

    rf.run(deal)
    benchmark.extra_info.update(target_s=0.15)
    benchmark.pedantic(rerun, setup=lambda: ((next(margins),), {}), rounds=15, warmup_rounds=2)


def bench_explain(benchmark: Any, result: Any) -> None:
    """Time one explained figure of a finished run."""
    benchmark.pedantic(lambda: str(rf.explain(result, "senior.dscr", "2027-06")), rounds=10, warmup_rounds=1)

"""The yardstick: one NREL SAM Single Owner run, through PySAM."""

from __future__ import annotations

from typing import Any


def bench_sam_single_owner(benchmark: Any) -> None:
    """Time SAM's own default Single Owner case, on a plant that makes 50 MW by day."""
    import PySAM.Singleowner as single_owner

    case = single_owner.default("PVWattsSingleOwner")
    case.SystemOutput.gen = [50_000.0 if 8 < hour % 24 < 16 else 0.0 for hour in range(8760)]
    benchmark.pedantic(case.execute, rounds=20, warmup_rounds=2)

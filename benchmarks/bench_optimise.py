"""What a person waits for when the terms are searched: the example's own question, slopes, and one structure."""

from __future__ import annotations

from typing import Any

import pytest

from ringfence.desk.optimise import optimise

ASKED = {
    "maximise": "gpu_equity.irr",
    "subject_to": ["senior.dscr.min >= 1.15", "sponsor.usd_per_gpu_hour <= 2.40"],
}


@pytest.mark.parametrize("terms", [2, 3], ids=["two_terms", "three_terms"])
def bench_structure(benchmark: Any, deal: Any, terms: int) -> None:
    """Time the question of the example with terms the sheet can move: search, prices, corners and the fresh run."""
    by = ["senior.margin=200bp..450bp", "rent.rate=1.40..2.20", "senior.gearing=50%..80%"][:terms]
    found = benchmark.pedantic(lambda: optimise(deal, by=by, **ASKED), rounds=2, warmup_rounds=0)
    benchmark.extra_info.update(runs=found.structure.runs)


def bench_structure_stepped(benchmark: Any, deal: Any) -> None:
    """Time the same with a stepped term: three lengths of the lease, the deal built again for each."""
    by = ["senior.margin=200bp..450bp", "rent.rate=1.40..2.20", "rent.term=4y..6y step 1y"]
    found = benchmark.pedantic(lambda: optimise(deal, by=by, **ASKED), rounds=1, warmup_rounds=0)
    benchmark.extra_info.update(runs=found.structure.runs)


@pytest.mark.parametrize("way", ["exact", "differences"])
def bench_slopes(benchmark: Any, result: Any, way: str) -> None:
    """Time the slopes of aim and limits by three terms at a point not seen before, by either way."""
    import numpy as np

    from ringfence.desk.optimise.ranges import choices
    from ringfence.solve.structure import Aim, Built, Limit, Problem, exact
    from ringfence.solve.structure.evaluate import Evaluator

    by = ["senior.margin=200bp..450bp", "rent.rate=1.40..2.20", "senior.gearing=50%..80%"]
    levers = tuple(c.lever for c in choices(result.deal, result.model, by))
    limits = (Limit("senior.dscr.min", ">=", 1.15), Limit("sponsor.usd_per_gpu_hour", "<=", 2.40))
    derivatives = exact if way == "exact" else None
    problem = Problem(levers, Aim("gpu_equity.irr"), limits, lambda steps: Built(result.model.sheet), derivatives)
    e = Evaluator(problem, problem.build({}))
    points = iter(np.random.default_rng(1).uniform(0.2, 0.8, (40, 3)))
    benchmark.pedantic(e.score_slope, setup=lambda: ((next(points),), {}), rounds=15, warmup_rounds=1)

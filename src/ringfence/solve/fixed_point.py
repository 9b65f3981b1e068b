"""Inputs that must come out equal to a row: total uses that hold interest on the debt they size.

Each round runs only what the targets need and moves every solved input to its target, by the secant rule where two
rounds agree on a slope. The residual rows prove the result; they are checks of the deal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.sheet import Sheet

ROUNDS = 60
CLOSE = 1e-13
"""Largest residual left, relative to the figure."""


def solve_inputs(sheet: Sheet, inputs: dict[str, Any]) -> dict[str, Any]:
    """Solve every solved input of a sheet.

    Parameters
    ----------
    sheet
        Sheet with inputs declared by ``Sheet.solved``.
    inputs
        Other inputs of the run; figures already held there are starting values.

    Returns
    -------
    dict
        Solved input name -> value.

    Raises
    ------
    RunError
        If the figures do not settle: names the worst and its last two values.
    """
    names = dict(sheet.solved_inputs)
    if not names:
        return {}
    prepared = reference.prepare(sheet)
    now = {name: inputs.get(name, sheet[name].value) for name in names}
    before: dict[str, tuple[Any, Any]] = {}
    for _ in range(ROUNDS):
        run = prepared.run_subset(list(names.values()), {**inputs, **now})
        got = {name: run[target] for name, target in names.items()}
        if all(_settled(now[n], got[n]) for n in names):
            return now
        after = {n: _next(before.get(n), now[n], got[n]) for n in names}
        before = {n: (now[n], got[n]) for n in names}
        now = after
    worst = max(names, key=lambda n: float(np.max(np.abs(np.asarray(got[n]) - now[n]))))
    raise RunError(f"{worst} does not settle: {now[worst]} against {got[worst]} after {ROUNDS} rounds")


def _settled(value: Any, target: Any) -> bool:
    gap = np.max(np.abs(np.asarray(target) - np.asarray(value)))
    return bool(gap <= CLOSE * max(1.0, float(np.max(np.abs(np.asarray(target))))))


def _next(before: tuple[Any, Any] | None, value: Any, target: Any) -> Any:
    """Next try: the target itself, or where the secant through the last two rounds meets it."""
    if before is None or not isinstance(value, float):
        return target
    x0, y0 = before
    slope = (target - y0) / (value - x0) if value != x0 else 0.0
    return target if abs(1.0 - slope) < 0.1 else value + (target - value) / (1.0 - slope)

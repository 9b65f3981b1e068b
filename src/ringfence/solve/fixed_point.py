"""Inputs that must come out equal to a row: total uses that hold interest on the debt they size.

Each round runs only what the targets need, then moves all solved inputs together to where the straight lines through
the last rounds meet (Anderson 1965): exact in as many rounds as there are inputs where the targets are straight, which
they are between the corners of ``least`` and ``most``. A try that is worse than the best so far is dropped, and a few
plain rounds (each figure set to its target) follow. The residual rows prove the result; they are checks of the deal.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.sheet import Sheet

ROUNDS = 90
CLOSE = 1e-13
"""Largest residual left, relative to the figure."""
MEMORY = 8
"""Rounds remembered, at most."""


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
    search = Search(size=_flat(now).size)
    for _ in range(ROUNDS):
        run = prepared.run_subset(list(names.values()), {**inputs, **now})
        got = {name: run[target] for name, target in names.items()}
        if all(_settled(now[n], got[n]) for n in names):
            return now
        now = _shaped(search.next(_flat(now), _flat(got)), now)
    worst = max(names, key=lambda n: float(np.max(np.abs(np.asarray(got[n]) - now[n]))))
    raise RunError(f"{worst} does not settle: {now[worst]} against {got[worst]} after {ROUNDS} rounds")


class Search:
    """Anderson's method: the next try from the last ones, for all figures at once.

    Parameters
    ----------
    size
        Number of figures.
    """

    def __init__(self, size: int) -> None:
        self.memory = min(size, MEMORY)
        self.tries: list[np.ndarray] = []
        self.gaps: list[np.ndarray] = []
        self.best = np.inf
        self.start = np.zeros(size)
        self.plain = 0

    def next(self, tried: np.ndarray, got: np.ndarray) -> np.ndarray:
        """Return the next try, given what the last one gave."""
        scale = np.maximum(1.0, np.abs(got))
        gap = got - tried
        size = float(np.max(np.abs(gap / scale)))
        if size < self.best:
            self.best, self.start = size, got
        elif self.plain == 0:
            self.tries, self.gaps, self.plain = [], [], self.memory + 2
            return self.start
        self.plain = max(0, self.plain - 1)
        self.tries = [*self.tries, tried][-self.memory - 1 :]
        self.gaps = [*self.gaps, gap][-self.memory - 1 :]
        if len(self.tries) == 1 or self.plain:
            return got
        steps = np.array([b - a for a, b in zip(self.tries, self.tries[1:], strict=False)]).T
        falls = np.array([b - a for a, b in zip(self.gaps, self.gaps[1:], strict=False)]).T
        share, *_ = np.linalg.lstsq(falls / scale[:, None], gap / scale, rcond=1e-12)
        after = tried + gap - (steps + falls) @ share
        return after if np.all(np.isfinite(after)) else got


def _flat(values: dict[str, Any]) -> np.ndarray:
    return np.concatenate([np.atleast_1d(np.asarray(v, dtype=float)) for v in values.values()])


def _shaped(flat: np.ndarray, like: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    at = 0
    for name, value in like.items():
        count = np.atleast_1d(np.asarray(value)).size
        out[name] = float(flat[at]) if np.ndim(value) == 0 else flat[at : at + count]
        at += count
    return out


def _settled(value: Any, target: Any) -> bool:
    gap = np.max(np.abs(np.asarray(target) - np.asarray(value)))
    return bool(gap <= CLOSE * max(1.0, float(np.max(np.abs(np.asarray(target))))))

"""Small deals whose figures come out by hand, and the few formulas to do so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyxirr

import ringfence as rf

DEALS = Path(__file__).parent / "deals"
M = 1e6


def run(deal: str, changes: Mapping[str, Any] | None = None) -> rf.Result:
    """One of the deals of this folder with changes, its debt sized on them."""
    if not changes:
        return as_written(deal)
    return rf.run(rf.read(DEALS / f"{deal}.yaml", set=changes), resize=True)


@cache
def as_written(deal: str) -> rf.Result:
    """One of the deals of this folder, run once."""
    return rf.run(rf.read(DEALS / f"{deal}.yaml"))


def value(result: rf.Result, name: str) -> float:
    """A measure that has a value."""
    found = result.measures[name].value
    assert found is not None, name
    return float(found)


def row(result: rf.Result, name: str) -> np.ndarray:
    """A row over all periods."""
    return np.broadcast_to(np.asarray(result.run[name], dtype=float), (len(result.labels),))


def figures(result: rf.Result) -> dict[str, float | None]:
    """Every measure, for comparisons that must be exact."""
    return {name: m.value for name, m in result.measures.items()}


def level(amount: float, rate: float, count: int) -> float:
    """Payment of a level loan, per period."""
    return amount * rate / (1 - (1 + rate) ** -count)


def annuity(rate: float, count: int) -> float:
    """Value of 1 a period."""
    return (1 - (1 + rate) ** -count) / rate


def irr(flows: Sequence[float]) -> float:
    """IRR of yearly flows, by another library."""
    found = pyxirr.irr(list(flows))
    assert found is not None
    return float(found)


def close_to(got: Any, want: Any) -> None:
    """Two amounts or rows agree to 1e-12 of the largest, and at least to a millionth of a cent."""
    got, want = np.asarray(got, dtype=float), np.asarray(want, dtype=float)
    np.testing.assert_allclose(got, want, rtol=0, atol=max(1e-8, 1e-12 * float(np.max(np.abs(want)))))

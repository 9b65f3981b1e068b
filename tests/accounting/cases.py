"""The reference cases by name, and how near a figure must come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parent / "cases.json"


@lru_cache(maxsize=1)
def cases() -> dict[str, dict[str, Any]]:
    """Return every case by its id."""
    return {case["id"]: case for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]}


def case(name: str) -> tuple[dict[str, Any], dict[str, Any], float]:
    """Return inputs, expected values and tolerance of a case."""
    found = cases()[name]
    return found["inputs"], found["expected"], float(found["tolerance"])


def near(got: float | Sequence[float], wanted: Any, tolerance: float, what: str = "") -> None:
    """Assert that a figure, or each of several, is within the case's tolerance."""
    if isinstance(wanted, list):
        assert not isinstance(got, float)
        assert len(got) >= len(wanted), f"{what}: {len(got)} figures for {len(wanted)}"
        for g, w in zip(got, wanted, strict=False):
            assert g == pytest.approx(w, abs=tolerance), f"{what}: {got} for {wanted}"
        return
    assert got == pytest.approx(wanted, abs=tolerance), f"{what}: {got} for {wanted}"

"""The deal every specification uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parent.parent / "examples" / "softbank-10bn" / "deal.yaml"


@pytest.fixture(scope="session")
def example() -> Path:
    """Return the path of the example deal."""
    if not EXAMPLE.exists():
        pytest.fail(f"{EXAMPLE} is missing")
    return EXAMPLE


@pytest.fixture(scope="session")
def deal(example: Path) -> Any:
    """Return the example, read."""
    import ringfence as rf

    return rf.read(example)


@pytest.fixture(scope="session")
def result(deal: Any) -> Any:
    """Return the example, run once."""
    import ringfence as rf

    return rf.run(deal)

"""One small deal, quarterly, for the questions a desk asks."""

from __future__ import annotations

from pathlib import Path

import pytest

import ringfence as rf
from ringfence.terms.deal import Deal

TEMPLATE = Path(rf.__file__).parent / "desk/templates/gpu-lease.yaml"


@pytest.fixture(scope="session")
def lease_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scaffolded GPU lease, on quarters, with a third scenario."""
    path = tmp_path_factory.mktemp("deals") / "lease.yaml"
    text = TEMPLATE.read_text(encoding="utf-8").replace("period: month ", "period: quarter ")
    assert "period: quarter " in text
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def lease(lease_file: Path) -> Deal:
    """The deal of that file."""
    return rf.read(lease_file)

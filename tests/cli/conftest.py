"""A small deal and a way to type commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ringfence.cli import main
from ringfence.desk.scaffold import template


@dataclass(frozen=True)
class Typed:
    """What a command printed and returned."""

    code: int
    out: str
    err: str


Ringfence = Callable[..., Typed]


@pytest.fixture
def ringfence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Ringfence:
    """Type a command and read what comes back."""

    def typed(*words: object) -> Typed:
        monkeypatch.setattr(sys, "argv", ["ringfence", *map(str, words)])
        code: Any = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return Typed(int(code), printed.out, printed.err)

    return typed


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GPU lease that ``ringfence new`` writes."""
    path = tmp_path_factory.mktemp("deals") / "fleet.yaml"
    path.write_text(template("gpu-lease", "fleet"), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def result(fleet: Path) -> Any:
    """Its result."""
    import ringfence as rf

    return rf.run(rf.read(fleet))

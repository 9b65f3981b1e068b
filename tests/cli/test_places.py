"""A file that cannot be written or read is refused in a sentence, and before any work is done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.docs.pages import command

DEAL = Path(__file__).parents[2] / "src/ringfence/desk/templates/gpu-lease.yaml"
WRITERS = (
    f"ringfence rows {DEAL} --out",
    f"ringfence workbook {DEAL} --out",
    f"ringfence report {DEAL} --out",
    f"ringfence report {DEAL} --html",
    f"ringfence journal {DEAL} --out",
    f"ringfence optimise {DEAL} --by rent.rent --maximise shares.irr --out",
    f"ringfence risk {DEAL} --parties",
)


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(*_: Any, **__: Any) -> None:
        raise AssertionError("a deal was run before the place was looked at")

    monkeypatch.setattr("ringfence.terms.files._bytes", run)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("line", WRITERS)
def test_a_folder_is_no_file_to_write(line: str) -> None:
    """Every command that writes a file refuses a folder."""
    assert command(f"{line} .") == ". is a folder; name a file in it\n"


@pytest.mark.parametrize("line", WRITERS)
def test_a_folder_must_be_there(line: str) -> None:
    """No command makes folders for a file that was named wrongly."""
    assert "there is no folder nowhere; make it first" in command(f"{line} nowhere/file.pdf")


def test_a_closed_file_may_not_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions are looked at too."""
    monkeypatch.setattr("ringfence.cli.places.os.access", lambda *_: False)

    assert "may not be written" in command(f"{WRITERS[0]} file.csv")


def test_a_comparison_is_written_as_a_report_or_not_at_all() -> None:
    """The ending decides the writer, so another ending is refused before the runs."""
    assert "does not end in .pdf or .html" in command(f"ringfence compare {DEAL} @late --report deal.doc")

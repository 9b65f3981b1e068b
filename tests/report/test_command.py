"""The command: files written, refusals in a sentence, and the line that installs what is missing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.report.made import BRIDGE, PLAN, packed, pdf_text

Typed = Callable[..., tuple[int, str, str]]
BLOCK = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {name!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name={name!r})

sys.meta_path.insert(0, Absent())
sys.argv = ["ringfence", *{words!r}]
from ringfence.cli import main
main()
"""


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in this process; its exit code, output and errors."""
    from ringfence.cli import main

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ringfence", *map(str, words)])
        code: Any = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        printed = capsys.readouterr()
        return int(code), printed.out, printed.err

    return run


def lacking(package: str, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, as if a package were not installed."""
    script = BLOCK.format(name=package, words=[str(word) for word in words])
    command = [sys.executable, "-c", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_both_files_are_written_and_named(tmp_path: Path, typed: Typed):
    """A deal gives a PDF and a page; both are named on standard error and nothing is printed beside."""
    pdf, page = tmp_path / "deal.pdf", tmp_path / "deal.html"
    done = typed("report", BRIDGE, "--out", pdf, "--html", page, "--set", "contracts.senior.pricing=9%")
    assert done == (0, "", f"wrote {pdf}\nwrote {page}\n")
    assert pdf.read_bytes().startswith(b"%PDF-1.7")
    assert packed("Changed: contracts.senior.pricing = 9%") in packed(pdf_text(pdf.read_bytes()))
    assert "changed terms, on the schedule as signed" in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["typst", "matplotlib"])
def test_what_is_missing_is_named_with_its_install_line(name: str, tmp_path: Path):
    """Without the extra a sentence says what to type; no file is left behind."""
    done = lacking(name, "report", BRIDGE, "--out", tmp_path / "deal.pdf")
    assert done.returncode == 2
    assert "pip install 'ringfence[report]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_rest_of_ringfence_does_not_ask_for_it():
    """A deal runs where neither package is installed."""
    assert lacking("matplotlib", "check", BRIDGE).returncode == 0


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, typed: Typed):
    """Where nothing can be written the deal is not even run."""
    code, _, said = typed("report", BRIDGE, "--out", tmp_path / "no" / "deal.pdf")
    assert code == 2
    assert f"there is no folder {tmp_path / 'no'}" in said


@pytest.mark.slow
def test_a_comparison_is_written_both_ways(tmp_path: Path, typed: Typed):
    """``compare --report`` writes what changed and who moved it, as a PDF or as a page."""
    for name in ("change.pdf", "change.html"):
        code, _, said = typed("compare", PLAN, "@sakai-only", "--report", tmp_path / name)
        assert code == 0, said
        assert f"wrote {tmp_path / name}" in said
    text = packed(pdf_text((tmp_path / "change.pdf").read_bytes()))
    for words in ("What changed", "Who moved what", "Side by side", "What moved", "assets.sakai.overflow"):
        assert packed(words) in text
    assert "<script" not in (tmp_path / "change.html").read_text(encoding="utf-8")


@pytest.fixture
def never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every run of a deal an error of its own, exit code 4."""
    import ringfence

    def run(*_: Any, **__: Any) -> None:
        raise AssertionError("the deal was run")

    monkeypatch.setattr(ringfence, "run", run)


CHANGE = ("compare", BRIDGE, "--set", "contracts.senior.pricing=9%")


@pytest.mark.parametrize(
    ("words", "file", "said"),
    [
        ((*CHANGE, "--report"), "a.doc", "does not end in .pdf or .html or .htm"),
        ((*CHANGE, "--report"), "no/a.pdf", "there is no folder"),
        ((*CHANGE, "--report"), ".", "is a folder"),
        (("report", BRIDGE, "--out"), "a.doc", "does not end in .pdf"),
        (("report", BRIDGE, "--out"), ".", "is a folder"),
        (("report", BRIDGE, "--html"), "a.pdf", "does not end in .html or .htm"),
        (("workbook", BRIDGE, "--out"), "a.doc", "does not end in .xlsx"),
        (("workbook", BRIDGE, "--out"), "no/a.xlsx", "there is no folder"),
        (("workbook", BRIDGE, "--out"), ".", "is a folder"),
        (("read-workbook", "nowhere.xlsx", "--out"), "a.doc", "does not end in .yaml or .yml"),
    ],
)
@pytest.mark.usefixtures("never_run")
def test_a_file_that_cannot_be_written_is_refused_before_the_run(
    tmp_path: Path, typed: Typed, words: tuple[object, ...], file: str, said: str
):
    """A wrong ending, no folder, a folder itself: a sentence, exit code 2, and nothing has been run."""
    code, printed, errors = typed(*words, tmp_path / file)
    assert (code, printed) == (2, "")
    assert said in errors
    assert list(tmp_path.iterdir()) == []

"""The workbook commands: a deal to Excel and back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BRIDGE = Path(__file__).parents[2] / "examples" / "bridge" / "deal.yaml"


def ringfence(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "ringfence.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_deal_goes_to_excel_and_comes_back_byte_for_byte(tmp_path: Path):
    """An unedited book gives the deal file it was made from."""
    book, back = tmp_path / "deal.xlsx", tmp_path / "back.yaml"
    assert ringfence("workbook", BRIDGE, "-o", book).returncode == 0
    read = ringfence("read-workbook", book, "-o", back)
    assert (read.returncode, read.stdout) == (0, "nothing was edited\n")
    assert back.read_bytes() == BRIDGE.read_bytes()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    """Writing where nothing can be written is a usage error with a way out."""
    refused = ringfence("workbook", BRIDGE, "-o", tmp_path / "missing" / "deal.xlsx")
    assert refused.returncode == 2
    assert "there is no folder" in refused.stderr


def test_a_file_that_is_no_book_is_refused():
    """A text file is no workbook: one sentence, exit code 2."""
    refused = ringfence("read-workbook", BRIDGE)
    assert refused.returncode == 2
    assert "is not a workbook" in refused.stderr

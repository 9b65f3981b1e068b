"""What a terminal shows: rich tables within its width, colour only as an addition, a bar for long work."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from rich.console import Console

from ringfence.cli import progress as bar
from ringfence.cli.show import print_table
from ringfence.desk.memo import memo


@pytest.mark.parametrize("width", [80, 100, 120])
def test_every_table_fits_the_terminal(result: Any, width: int) -> None:
    """No line is wider than the terminal and no figure is cut."""
    for table in memo(result, statements=True):
        for part in table.split(width - 4, gap=3):
            shown = _shown(part, width)
            assert max(map(len, shown.splitlines())) <= width
            for row in part.cells():
                for k, cell in enumerate(row):
                    assert k in part.left or cell in shown


def test_the_words_are_the_same_without_colour(result: Any) -> None:
    """Colour and weight add nothing that the words do not say."""
    for table in memo(result):
        plain = _shown(table, 120, no_color=True)
        assert "\x1b[3" not in plain and table.title in plain


def _shown(table: Any, width: int, *, no_color: bool = False) -> str:
    out = io.StringIO()
    colours: Any = {"force_terminal": True, "no_color": True} if no_color else {}
    print_table(Console(file=out, width=width, highlight=False, emoji=False, markup=False, **colours), table)
    return out.getvalue()


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_comes_after_a_second_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short work shows nothing; long work shows what is being done, on standard error."""
    monkeypatch.setattr(bar, "PATIENCE", 0.05)
    short, long = _Screen(), _Screen()
    monkeypatch.setattr("sys.stderr", short)
    with bar.progress("reading"):
        pass
    monkeypatch.setattr("sys.stderr", long)
    with bar.progress("running deal.yaml"):
        time.sleep(0.4)
    assert short.getvalue() == "" and "running deal.yaml" in long.getvalue()


def test_no_bar_away_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log gets no bar."""
    monkeypatch.setattr(bar, "PATIENCE", 0.0)
    log = io.StringIO()
    monkeypatch.setattr("sys.stderr", log)
    with bar.progress("running"):
        time.sleep(0.02)
    assert log.getvalue() == ""

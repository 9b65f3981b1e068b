"""The list of commands that ``ringfence --help`` prints."""

from __future__ import annotations

import typer
from tests.docs.pages import command
from tests.docs.reference import COMMANDS

from ringfence.cli import app
from ringfence.cli.overview import SECTIONS


def test_every_command_stands_under_one_heading() -> None:
    """A command that is written is listed, once, and documented on the reference page."""
    placed = [name for names in SECTIONS.values() for name in names]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(typer.main.get_command(app).commands) == set(COMMANDS)  # type: ignore[attr-defined]


def test_no_line_of_help_is_cut() -> None:
    """On a terminal of 80 columns every command keeps its whole line."""
    lines = [value.get_short_help_str(200) for value in typer.main.get_command(app).commands.values()]  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80 - 17
    for width in ("80", "110"):
        shown = command("ringfence --help", width)
        assert not [line for line in shown.splitlines()[1:] if line.endswith("...")]
        assert "Compare two deals: terms, figures, and who moved what.\n" in shown

"""The list of commands as ``ringfence --help`` prints it: by what a reader wants, not by when they were written."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

SECTIONS = {
    "The deal": ("new", "check", "run", "rows", "explain", "scenarios", "compare"),
    "Whose books": ("accounting", "headline", "journal"),
    "What may come": ("calibrate", "risk", "sensitivities", "optimise"),
    "To hand over": ("report", "workbook", "read-workbook"),
    "The program": ("schema", "version"),
}
"""Every command, under one heading each."""


class Overview(TyperGroup):
    """Commands under headings; each with one whole line of help."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, in the order of the headings."""
        placed = [name for names in SECTIONS.values() for name in names if name in self.commands]
        return placed + [name for name in self.commands if name not in placed]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write a heading and its commands, for each heading; names stand in one column throughout."""
        width = max(map(len, self.commands))
        for heading, names in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:<{width}}", self.commands[name].get_short_help_str(80)) for name in names])

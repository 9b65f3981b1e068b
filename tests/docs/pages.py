"""Pages whose printed output is made anew: README and docs/howto.

A page is read from top to bottom in an empty folder beside a link to ``examples``:

- a ``yaml`` block that begins with ``# file: NAME`` is written to that file;
- a ``console`` block holds commands (``$ ringfence ...``), each followed by what it prints;
- a ``python`` block holds ``>>>`` lines, each followed by what it prints; all blocks of a page share their names.

:func:`fresh` returns the page with everything printed made anew, so a page is up to date where nothing changes.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs/howto").glob("*.md"))]
_BLOCK = re.compile(r"```(yaml|console|python)\n(.*?)```", re.DOTALL)
_WIDTH = "100"


def fresh(page: str) -> str:
    """Return a page with the output of all its blocks made anew."""
    names: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        Path("examples").symlink_to(ROOT / "examples")
        # A later file may be named by an earlier one, so files come first.
        for match in _BLOCK.finditer(page):
            if match[1] == "yaml" and match[2].startswith("# file: "):
                Path(match[2].splitlines()[0].removeprefix("# file: ")).write_text(match[2], encoding="utf-8")
        return _BLOCK.sub(lambda match: _block(match[1], match[2], names), page)


def _block(kind: str, text: str, names: dict[str, Any]) -> str:
    if kind == "console":
        text = "".join(f"{line}\n{command(line[2:])}" for line in text.splitlines() if line.startswith("$ "))
    elif kind == "python":
        text = "".join(f"{line}\n{_spoken(line[4:], names)}" for line in text.splitlines() if line.startswith(">>> "))
    return f"```{kind}\n{text}```"


def command(line: str, width: str = _WIDTH) -> str:
    """Return everything a ``ringfence ...`` command prints on so many columns, without its trailing blanks."""
    from ringfence.cli import main

    printed = io.StringIO()
    with (
        mock.patch.object(sys, "argv", shlex.split(line)),
        mock.patch.dict(os.environ, {"COLUMNS": width, "NO_COLOR": "1"}),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(printed),
        contextlib.suppress(SystemExit),
    ):
        main()
    return "".join(f"{text.rstrip()}\n" for text in printed.getvalue().splitlines())


def _spoken(line: str, names: dict[str, Any]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(line, "<page>", "single"), names)
    return printed.getvalue()

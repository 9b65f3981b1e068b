"""Where a command may write: asked when the command line is read, before any work is done."""

from __future__ import annotations

import os
from pathlib import Path

from ringfence.cli.refusals import UsageError


def new_file(path: Path | None) -> Path | None:
    """Return the file, or nothing where none was named.

    Parameters
    ----------
    path
        As typed after ``--out`` and its like.

    Raises
    ------
    UsageError
        Where it is a folder, stands in no folder, or may not be written.
    """
    if path is None:
        return None
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}; make it first, or name another file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"{path} may not be written; name another file, or change its permissions")
    return path


def report_file(path: Path | None) -> Path | None:
    """Return a file that a report can be written to, by its ending.

    Parameters
    ----------
    path
        As typed.

    Raises
    ------
    UsageError
        Where :func:`new_file` refuses it, or it is neither a PDF nor a page of HTML.
    """
    if path is not None and path.suffix not in (".pdf", ".html"):
        raise UsageError(f"a report is a .pdf or a .html file; {path} is neither")
    return new_file(path)

"""Files a command is asked to write, refused before anything is run where they cannot be."""

from __future__ import annotations

import os
from pathlib import Path

from ringfence.cli.refusals import UsageError


def check_targets(*paths: Path | None, kinds: tuple[str, ...] = (), what: str = "") -> None:
    """Refuse files that could not be written: no such folder, a folder itself, no permission, another kind, one twice.

    Parameters
    ----------
    *paths
        Files to write; None for one that is not asked for.
    kinds
        Endings it may have; none for any.
    what
        What is written, with its article, for the refusal of another ending.

    Raises
    ------
    UsageError
        At the first that cannot be written.
    """
    asked = [path for path in paths if path is not None]
    for k, path in enumerate(asked):
        if not path.parent.is_dir():
            raise UsageError(f"there is no folder {path.parent}; make it first, or name another file")
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file in it")
        if kinds and path.suffix.lower() not in kinds:
            raise UsageError(f"{what} is a {' or a '.join(kinds)} file, and {path} is not; give it that ending")
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise UsageError(f"{path} may not be written; name another file, or change its permissions")
        if any(path.resolve() == other.resolve() for other in asked[:k]):
            raise UsageError(f"{path} is named twice; give each file its own name")

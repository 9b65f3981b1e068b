"""Where a command may write: asked when the command line is read, before any work is done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from ringfence.cli.refusals import UsageError


def new_file(*kinds: str) -> Callable[[Path | None], Path | None]:
    """Return what looks at the file that an option names, for its ``callback``.

    Parameters
    ----------
    *kinds
        Endings it may have, as ``.pdf``; none for any.

    Returns
    -------
    callable
        Gives the file back, or nothing where none was named. Raises :class:`UsageError` where it has another ending,
        is a folder, stands in no folder, or may not be written.
    """

    def looked_at(path: Path | None) -> Path | None:
        if path is not None and (wrong := _wrong(path, kinds)):
            raise UsageError(wrong)
        return path

    return looked_at


def _wrong(path: Path, kinds: tuple[str, ...]) -> str:
    if path.is_dir():
        return f"{path} is a folder; name a file in it"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}; make it first, or name another file"
    if kinds and path.suffix.lower() not in kinds:
        return f"{path} does not end in {' or '.join(kinds)}; give it that ending"
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        return f"{path} may not be written; name another file, or change its permissions"
    return ""

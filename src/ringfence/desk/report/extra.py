"""What a report needs beside the core: asked for before a deal is run for nothing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ringfence.errors import MissingExtraError

PACKAGES = {"matplotlib": "Matplotlib", "typst": "Typst"}


def needed(package: str) -> Any:
    """Return a package of the extra ``report``.

    Parameters
    ----------
    package
        ``matplotlib`` or ``typst``.

    Raises
    ------
    MissingExtraError
        If it is not installed, with the line that installs it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        text = f"a report needs {PACKAGES[package]}: pip install 'ringfence[report]'"
        raise MissingExtraError(text) from None


def all_needed() -> None:
    """Refuse early where a package of the extra is missing.

    Raises
    ------
    MissingExtraError
        With the line that installs it.
    """
    for package in PACKAGES:
        needed(package)

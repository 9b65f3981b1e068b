"""Corkscrews: opening + additions - reductions = closing, and the next opening is this closing."""

from __future__ import annotations

from dataclasses import dataclass

from ringfence.sheet.row import Row


@dataclass(frozen=True)
class Corkscrew:
    """One account of the sheet.

    Parameters
    ----------
    name
        The account; its rows are ``<name>.opening`` and ``<name>.closing``.
    opening, closing
        Balance before and after the period's movements. [unit of the account]
    additions, reductions
        The movements, as magnitudes. [unit of the account]
    """

    name: str
    opening: Row
    additions: tuple[Row, ...]
    reductions: tuple[Row, ...]
    closing: Row

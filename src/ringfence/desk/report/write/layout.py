"""How a table fits a page: which columns share the width, which are as wide as they need, where it is cut in two."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from ringfence.desk.table import Table

PAGE = 126
"""Letters of table text across a page, the space between columns counted as letters."""

GAP = 3
_NARROW = 16
_WIDEST = 64
_TOGETHER = 40


@dataclass(frozen=True)
class Laid:
    """A table with its cells as text and its place on a page.

    Parameters
    ----------
    table
        One that fits.
    cells
        Every cell as text, blanks in front stripped.
    indents
        Of the first cell of each row, in steps.
    shares
        Of each column in the width that is left over, None for one that is as wide as it needs.
    full
        Whether it takes the whole width.
    together
        Whether it is short enough to stand on one page.
    """

    table: Table
    cells: list[list[str]]
    indents: list[int]
    shares: list[float | None]
    full: bool
    together: bool

    def is_title(self, row: int) -> bool:
        """Say whether a row holds nothing but its first cell, as a title over the rows below it."""
        cells = self.cells[row]
        return len(cells) > 1 and bool(cells[0]) and not any(cells[1:]) and not self.indents[row]

    def is_ruled(self, row: int) -> bool:
        """Say whether a line stands over a row: over the first of several totals."""
        totals = self.table.totals
        return row > 0 and row in totals and row - 1 not in totals


def lay_out(table: Table) -> list[Laid]:
    """Return a table as parts that fit a page.

    Parameters
    ----------
    table
        Any table.
    """
    return [_laid(part) for part in table.split(PAGE, gap=GAP)]


def _laid(table: Table) -> Laid:
    raw = table.cells()
    indents = [(len(row[0]) - len(row[0].lstrip())) // 2 if row else 0 for row in raw]
    cells = [[cell.strip() for cell in row] for row in raw]
    widths = [max(len(row[k]) for row in [list(table.heads), *cells]) for k in range(len(table.heads))]
    natural = sum(widths) + GAP * (len(widths) - 1)
    shares, full = _shares(table, widths, natural)
    lines = _lines(cells, widths, shares)
    return Laid(table, cells, indents, shares, full, lines <= _TOGETHER)


def _shares(table: Table, widths: list[int], natural: int) -> tuple[list[float | None], bool]:
    none: list[float | None] = [None] * len(widths)
    if natural <= PAGE * 0.62:
        return none, False
    if natural <= PAGE:
        return [float(w) if k in table.left else None for k, w in enumerate(widths)], True
    wide = [k for k, w in enumerate(widths) if k in table.left and w > _NARROW]
    return [float(min(w, _WIDEST)) ** 0.75 if k in wide else None for k, w in enumerate(widths)], True


def _lines(cells: list[list[str]], widths: list[int], shares: list[float | None]) -> int:
    """Lines a table takes, roughly: each row as many as its longest cell needs."""
    fixed = sum(w for w, s in zip(widths, shares, strict=True) if s is None) + GAP * (len(widths) - 1)
    whole = sum(s for s in shares if s is not None) or 1.0
    room = [w if s is None else max((PAGE - fixed) * s / whole, 8.0) for w, s in zip(widths, shares, strict=True)]
    return sum(max((ceil(len(c) / r) for c, r in zip(row, room, strict=True) if c), default=1) for row in cells)

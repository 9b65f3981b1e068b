"""A table as plain data, and as text a terminal, a log or a memo can hold.

A cell is text, a :class:`Figure`, or None for nothing. Figures keep their number; how it is written (USD m, 1.43x,
7.1%, 2027-06) is decided when the table is printed, so that JSON, CSV and a web page read the same rows.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from html import escape
from math import isfinite
from typing import Literal

Kind = Literal["usd_m", "usd", "times", "percent", "count", "years", "price", "flag", "plain"]
WIDTH = 112
NARROWEST = 28
_SMALL = ((10e6, 3), (100e6, 2))


@dataclass(frozen=True)
class Figure:
    """A number and the way it is written.

    Parameters
    ----------
    value
        In base units; None is written `missing`.
    kind
        ``usd_m`` USD in millions, ``usd`` to the cent, ``times`` 1.43x, ``percent`` of a fraction, ``count`` with
        thousands separators, ``years``, ``price`` two decimals, ``plain`` six digits.
    missing
        What stands where there is no value.
    """

    value: float | None
    kind: Kind = "usd_m"
    missing: str = "n/a"

    def text(self, decimals: int = 1) -> str:
        """Return the figure as it is printed.

        Parameters
        ----------
        decimals
            Digits after the point of USD in millions.
        """
        value = self.value
        if value is None or not isfinite(value):
            return self.missing
        return unsigned(_WRITE[self.kind](value, decimals))


def unsigned(text: str) -> str:
    """Return a number as it is printed without the sign of a nothing: 0.00x for -0.00x, 0.00 for +0.00.

    Parameters
    ----------
    text
        A printed number; a dash alone stays.
    """
    nothing = "0" in text and not any(digit in text for digit in "123456789")
    return text.lstrip("+-") if nothing else text


def _usd_m(value: float, decimals: int) -> str:
    return "-" if abs(value) < 0.005 else f"{value / 1e6:,.{decimals}f}"


_WRITE: dict[Kind, Callable[[float, int], str]] = {
    "usd_m": _usd_m,
    "usd": lambda value, _: f"{value:,.2f}",
    "times": lambda value, _: f"{value:.2f}x",
    "percent": lambda value, _: f"{value * 100:.2f}%" if abs(value) < 10 else f"{value * 100:,.0f}%",
    "count": lambda value, _: f"{value:,.0f}",
    "years": lambda value, _: f"{value:.1f}",
    "price": lambda value, _: f"{value:,.2f}",
    "flag": lambda value, _: "yes" if value > 0.5 else "no",
    "plain": lambda value, _: f"{value:,.6g}",
}

Cell = str | Figure | None
Rows = tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Table:
    """Rows under column heads.

    Parameters
    ----------
    key
        Short name a program asks for: ``loans``.
    title
        Line above the table, with the unit of its amounts.
    heads
        Column heads; all empty for a list of facts.
    rows
        Cells, a row of them each as long as `heads`.
    totals
        Indices of rows that are set off by a rule above them.
    notes
        Lines under the table.
    left
        Indices of columns that are aligned left; the others are aligned right.
    decimals
        Digits after the point of USD in millions; left out: more of them the smaller the largest amount is.
    """

    key: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()
    left: frozenset[int] = frozenset({0})
    decimals: int | None = None

    @property
    def part(self) -> str:
        """Part of the memo it belongs to: ``power`` for ``power:gpus``."""
        return self.key.partition(":")[0]

    def cells(self) -> list[list[str]]:
        """Return every cell as text; USD in millions share one number of decimals."""
        decimals = self.digits
        return [[_text(cell, decimals) for cell in row] for row in self.rows]

    @property
    def digits(self) -> int:
        """Digits after the point of its USD in millions."""
        if self.decimals is not None:
            return self.decimals
        values = [abs(c.value or 0.0) for row in self.rows for c in row if isinstance(c, Figure) and c.kind == "usd_m"]
        largest = max(values, default=0.0)
        return next((digits for limit, digits in _SMALL if largest < limit), 1)

    def text(self, width: int = WIDTH) -> str:
        """Return the table as text at most `width` characters wide where its columns allow it.

        Parameters
        ----------
        width
            Characters a line may have.
        """
        return "\n\n".join(part._text(width) for part in self.split(width - 2))

    def _text(self, width: int) -> str:
        return "\n".join([self.title, *(f"  {line}".rstrip() for line in self._lines(width - 2)), *self._noted(width)])

    def split(self, width: int, gap: int = 2) -> list[Table]:
        """Return the table itself if its columns fit, else several with a few columns each, the first one repeated.

        Parameters
        ----------
        width
            Characters a line may have.
        gap
            Characters between two columns.
        """
        cells = [list(self.heads), *self.cells()]
        widths = [max(len(row[k]) for row in cells) for k in range(len(self.heads))]
        kept = next((k for k in range(len(widths)) if k not in self.left), len(widths))
        rest = range(kept, len(widths))
        start = sum(min(w, NARROWEST) + gap for w in widths[:kept])
        if not any(self.heads) or start + sum(widths[k] + gap for k in rest) - gap <= width:
            return [self]
        groups: list[list[int]] = [[*range(kept)]]
        room = width - start
        for k in rest:
            if room < widths[k]:
                groups.append([0])
                room = width - min(widths[0], NARROWEST) - gap
            groups[-1].append(k)
            room -= widths[k] + gap
        return [self._part(group, n, len(groups)) for n, group in enumerate(groups, 1)]

    def _part(self, columns: list[int], number: int, parts: int) -> Table:
        if parts == 1:
            return self
        return replace(
            self,
            title=f"{self.title} ({number} of {parts})",
            heads=tuple(self.heads[k] for k in columns),
            rows=tuple(tuple(row[k] for k in columns) for row in self.rows),
            left=frozenset(n for n, k in enumerate(columns) if k in self.left),
            notes=self.notes if number == parts else (),
            decimals=self.digits,
        )

    def _noted(self, width: int) -> list[str]:
        wrapped = (textwrap.wrap(n, width - 2, initial_indent="  ", subsequent_indent="    ") for n in self.notes)
        return [line for lines in wrapped for line in lines]

    def _lines(self, width: int) -> list[str]:
        body = self.cells()
        shown = ([list(self.heads)] if any(self.heads) else []) + body
        widths = fitted([[len(row[k]) for row in shown] for k in range(len(self.heads))], width, self.left)
        lines: list[str] = []
        if any(self.heads):
            lines += self._row(list(self.heads), widths)
            lines.append("  ".join("-" * w for w in widths))
        for k, row in enumerate(body):
            if k and k in self.totals and k - 1 not in self.totals:
                lines.append("  ".join(("-" if cell else " ") * w for cell, w in zip(row, widths, strict=True)))
            lines += self._row(row, widths)
        return lines

    def _row(self, cells: list[str], widths: list[int]) -> list[str]:
        parts = [_wrapped(cell, w) for cell, w in zip(cells, widths, strict=True)]
        height = max((len(p) for p in parts), default=1)
        return [
            "  ".join(
                (p[i] if i < len(p) else "").ljust(w) if k in self.left else (p[i] if i < len(p) else "").rjust(w)
                for k, (p, w) in enumerate(zip(parts, widths, strict=True))
            ).rstrip()
            for i in range(height)
        ]

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        sides = ["left" if k in self.left else "right" for k in range(len(self.heads))]

        def line(tag: str, cells: Iterable[str]) -> str:
            pairs = zip(sides, cells, strict=True)
            return "<tr>" + "".join(f"<{tag} style='text-align:{s}'>{escape(c)}</{tag}>" for s, c in pairs) + "</tr>"

        head = line("th", self.heads)
        body = "".join(line("td", row) for row in self.cells())
        notes = "".join(f"<p>{escape(n)}</p>" for n in self.notes)
        return f"<table><caption>{escape(self.title)}</caption>{head}{body}</table>{notes}"


def _text(cell: Cell, decimals: int) -> str:
    return cell.text(decimals) if isinstance(cell, Figure) else cell or ""


def _wrapped(cell: str, width: int) -> list[str]:
    indent = " " * (len(cell) - len(cell.lstrip()))
    return textwrap.wrap(cell.strip(), max(width, 8), initial_indent=indent, subsequent_indent=indent + "  ") or [""]


def fitted(lengths: Sequence[Iterable[int]], width: int, left: frozenset[int]) -> list[int]:
    """Return column widths that fit `width`, taking from the widest left-aligned columns first.

    Parameters
    ----------
    lengths
        Lengths of the cells, column by column.
    width
        Characters a line may have.
    left
        Left-aligned columns, wrapped first; figures are too short to be wrapped.
    """
    widths = [max(column, default=0) for column in lengths]
    over = sum(widths) + 2 * (len(widths) - 1) - width
    while over > 0:
        wide = [k for k in left if widths[k] > 24] or [k for k in range(len(widths)) if widths[k] > 14]
        if not wide:
            break
        widths[max(wide, key=lambda k: widths[k])] -= 1
        over -= 1
    return widths

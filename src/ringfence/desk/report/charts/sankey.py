"""Cash between parties as bands: from who pays, left, through vehicles, to who is paid, right.

A band that passes a column without stopping there keeps a lane of its own, so that no band runs behind a box. Columns
are ordered by sweeping left and right, each box moving to the middle of what it is tied to.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ringfence.desk.report.charts import style as st

Kind = Literal["principal", "interest", "equity", "revenue", "assets", "costs", "support"]
LOOKS: dict[Kind, tuple[str, str]] = {
    "principal": (st.BLUE, "loan principal"),
    "interest": (st.SKY, "interest and fees"),
    "equity": (st.ORANGE, "equity"),
    "revenue": (st.GREEN, "revenue"),
    "assets": (st.PINK, "assets and building"),
    "costs": (st.GREY, "running costs, tax"),
    "support": (st.RED, "letters of credit drawn"),
}
BOX, GAP, SIDE, HEAD = 0.11, 0.13, 1.45, 0.08
_LABEL = 0.19
_READABLE = 0.125
_SWEEPS, _TALLEST, _LARGE = 12, 4.2, 1000.0


@dataclass(frozen=True)
class Stop:
    """A box: its column from the left and its name."""

    key: str
    column: int
    name: str


@dataclass(frozen=True)
class Band:
    """Cash from one box to another further right. [USD m]"""

    start: str
    end: str
    amount: float
    kind: Kind


@dataclass
class _Box:
    stop: Stop
    lane: bool = False
    size: float = 0.0
    top: float = 0.0
    left: list[_Piece] = field(default_factory=list)
    right: list[_Piece] = field(default_factory=list)

    @property
    def middle(self) -> float:
        return self.top + self.size / 2


@dataclass
class _Piece:
    """A band between two neighbouring columns."""

    a: _Box
    b: _Box
    band: Band
    first: bool
    at_a: float = 0.0
    at_b: float = 0.0


def sankey(stops: Sequence[Stop], bands: Sequence[Band], *, height: float = 0.0) -> str:
    """Return the picture of bands between boxes.

    Parameters
    ----------
    stops, bands
        Boxes and what flows between them, always to a column further right.
    height
        Of the picture at least; left out: by how many boxes stand in a column. [inch]
    """
    columns, pieces, scale, height = stacked(stops, bands, height=height)
    digits = 0 if sum(b.amount for b in bands) >= _LARGE else 1
    with st.drawing():
        figure = st.canvas(height)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, st.WIDE)
        axes.set_ylim(height, 0)
        xs = _places(len(columns))
        for chain in _chains(pieces):
            _band(axes, chain, xs, scale)
        for column in columns:
            for box in column:
                _box(axes, box, xs, len(columns), digits)
        for piece in pieces:
            _note(axes, piece, xs, scale, digits)
        _legend(axes, list(dict.fromkeys(b.kind for b in bands)), height)
        return st.svg_of(figure)


def stacked(
    stops: Sequence[Stop], bands: Sequence[Band], *, height: float = 0.0
) -> tuple[list[list[_Box]], list[_Piece], float, float]:
    """Return boxes column by column, the pieces of bands between them, inches per USD m, and the height. [inch]

    Parameters
    ----------
    stops, bands, height
        As for :func:`sankey`.
    """
    columns, pieces = _lanes(stops, bands)
    most = max(len(c) for c in columns)
    height = max(height, min(_TALLEST, 1.9 + 0.3 * most), HEAD + 0.45 + most * (GAP + _LABEL))
    scale = _scale(columns, height - HEAD - 0.4)
    for box in (box for column in columns for box in column):
        box.size = max(sum(p.band.amount for p in box.left), sum(p.band.amount for p in box.right)) * scale
    _order(columns, height - HEAD - 0.4)
    _dock(pieces, scale)
    return columns, pieces, scale, height


def _places(count: int) -> list[float]:
    room = st.WIDE - 2 * SIDE - BOX
    return [SIDE + room * k / max(count - 1, 1) for k in range(count)]


def _lanes(stops: Sequence[Stop], bands: Sequence[Band]) -> tuple[list[list[_Box]], list[_Piece]]:
    """Put boxes in columns and cut each band into pieces between neighbouring columns."""
    boxes = {s.key: _Box(s) for s in stops}
    columns: list[list[_Box]] = [[] for _ in range(max(s.column for s in stops) + 1)]
    for box in boxes.values():
        columns[box.stop.column].append(box)
    pieces: list[_Piece] = []
    for band in bands:
        here, there = boxes[band.start], boxes[band.end]
        first = True
        for column in range(here.stop.column + 1, there.stop.column + 1):
            if column == there.stop.column:
                onward = there
            else:
                onward = _Box(Stop("", column, ""), lane=True)
                columns[column].append(onward)
            piece = _Piece(here, onward, band, first)
            here.right.append(piece)
            onward.left.append(piece)
            pieces.append(piece)
            here, first = onward, False
    return columns, pieces


def _scale(columns: list[list[_Box]], room: float) -> float:
    """Inches per USD m: as large as the fullest column allows, a box never closer to the next than its label needs."""

    def amount(box: _Box) -> float:
        return max(sum(p.band.amount for p in box.left), sum(p.band.amount for p in box.right))

    def fits(scale: float) -> bool:
        return all(sum(_slot(amount(box) * scale, box) for box in c) <= room for c in columns)

    low, high = 0.0, room / max(max(sum(amount(b) for b in c) for c in columns), 1e-9)
    for _ in range(40):
        mid = (low + high) / 2
        low, high = (mid, high) if fits(mid) else (low, mid)
    return low


def _slot(size: float, box: _Box) -> float:
    """Room a box takes with the space under it; a label needs a line even beside the thinnest box."""
    return size + GAP / 2 if box.lane else max(size, _LABEL) + GAP


def _order(columns: list[list[_Box]], room: float) -> None:
    for column in columns:
        column.sort(key=lambda box: -box.size)
        _stack(column, room)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda box: _pull(box, sweep))
            _stack(column, room)


def _pull(box: _Box, sweep: int) -> float:
    """Where the boxes on one side draw this one, weighted by amount; on both sides in the last sweeps."""
    ties = box.left if sweep % 2 == 0 else box.right
    if sweep >= _SWEEPS - 3:
        ties = [*box.left, *box.right]
    others = [(p.a if p.b is box else p.b, p.band.amount) for p in ties]
    weight = sum(amount for _, amount in others)
    return sum(other.middle * amount for other, amount in others) / weight if weight else box.middle


def _stack(column: list[_Box], room: float) -> None:
    used = sum(_slot(box.size, box) for box in column)
    top, spare = HEAD, max(room - used, 0.0)
    gap = spare / (len(column) + 1)
    for box in column:
        top += gap
        box.top = top + (max(box.size, _LABEL) - box.size) / 2 * (not box.lane) + 0.09 * (not box.lane)
        top += _slot(box.size, box)


def _dock(pieces: list[_Piece], scale: float) -> None:
    """Give each band its place on the boxes it joins, in the order of where it comes from or goes to."""
    for box in {id(b): b for p in pieces for b in (p.a, p.b)}.values():
        at = box.top
        for piece in sorted(box.right, key=lambda p: (p.b.middle, p.band.kind)):
            piece.at_a, at = at, at + piece.band.amount * scale
        at = box.top
        for piece in sorted(box.left, key=lambda p: (p.a.middle, p.band.kind)):
            piece.at_b, at = at, at + piece.band.amount * scale


def _chains(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Pieces of one band together, from its start to its end."""
    chains: list[list[_Piece]] = []
    for piece in pieces:
        if piece.first:
            chains.append([])
        chains[-1].append(piece)
    return chains


def _band(axes: Any, chain: list[_Piece], xs: list[float], scale: float) -> None:
    """Draw a band: along its upper edge through every lane, and back along the lower one."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    band = chain[0].band
    wide = band.amount * scale
    over = [point for p in chain for point in _edge(p, xs)]
    points = [over[0], *(q for k in range(0, len(over), 4) for q in over[k + 1 : k + 4])]
    under = [(x, y + wide) for x, y in reversed(points)]
    curves = [Path.CURVE4] * (len(points) - 1)
    codes = [Path.MOVETO, *curves, Path.LINETO, *curves, Path.CLOSEPOLY]
    shape = Path([*points, *under, points[0]], codes)
    edge = {"linewidth": 0.3, "edgecolor": "#ffffff"} if wide > 0.03 else {"linewidth": 0}
    axes.add_patch(PathPatch(shape, facecolor=LOOKS[band.kind][0], alpha=0.55, **edge))


def _edge(p: _Piece, xs: list[float]) -> list[tuple[float, float]]:
    """Upper edge of a piece: begin, two handles, end."""
    x0 = xs[p.a.stop.column] + BOX * (0.5 if p.a.lane else 1)
    x1 = xs[p.b.stop.column] + BOX * (0.5 if p.b.lane else 0)
    bend = (x1 - x0) * 0.5
    return [(x0, p.at_a), (x0 + bend, p.at_a), (x1 - bend, p.at_b), (x1, p.at_b)]


def _box(axes: Any, box: _Box, xs: list[float], count: int, digits: int) -> None:
    from matplotlib.patches import Rectangle

    if box.lane:
        return
    x = xs[box.stop.column]
    axes.add_patch(Rectangle((x, box.top), BOX, max(box.size, 0.012), facecolor=st.INK, linewidth=0))
    amount = max(sum(p.band.amount for p in box.left), sum(p.band.amount for p in box.right))
    if 0 < box.stop.column < count - 1:
        text = f"{st.words(box.stop.name, 22)} {_amount(amount, digits)}"
        axes.text(x + BOX / 2, box.top - 0.07, text, ha="center", va="center", fontsize=st.SMALL, weight="bold")
        return
    left = box.stop.column == 0
    lines = _named(box.stop.name, _amount(amount, digits))
    for k, text in enumerate(lines):  # line by line: a block of text would be set with the widths of another font
        at = box.middle + (k - (len(lines) - 1) / 2) * 0.115
        beside = {"x": x - 0.06, "ha": "right"} if left else {"x": x + BOX + 0.06, "ha": "left"}
        axes.text(y=at, s=text, va="center", fontsize=st.SMALL, **beside)


def _amount(amount: float, digits: int) -> str:
    return f"{amount:,.{digits}f}"


def _named(name: str, amount: str) -> list[str]:
    """Name and amount on one line, or on two where it is long."""
    letters = round(SIDE * 17)
    whole = f"{st.words(name, 60)} {amount}"
    return textwrap.wrap(whole, letters, max_lines=2, placeholder=f"\u2026 {amount}")


def _note(axes: Any, p: _Piece, xs: list[float], scale: float, digits: int) -> None:
    """Write the amount on a band that is thick enough to hold it."""
    wide = p.band.amount * scale
    if p.first and wide >= _READABLE:
        x = xs[p.a.stop.column] + BOX + 0.05
        text = f"{LOOKS[p.band.kind][1].split(',')[0]} {_amount(p.band.amount, digits)}"
        axes.text(x, p.at_a + wide / 2, text, va="center", fontsize=6.2)


def _legend(axes: Any, kinds: list[Kind], height: float) -> None:
    from matplotlib.patches import Rectangle

    x = 0.05
    for kind in (k for k in LOOKS if k in kinds):
        colour, words = LOOKS[kind]
        axes.add_patch(Rectangle((x, height - 0.17), 0.12, 0.09, facecolor=colour, alpha=0.55, linewidth=0))
        axes.text(x + 0.17, height - 0.12, words, va="center", fontsize=st.SMALL)
        x += 0.36 + 0.05 * len(words)

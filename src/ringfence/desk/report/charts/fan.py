"""Spreads over time, two beside each other: the median and two bands around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.desk.report.charts import style as st

_COLUMNS, _LEFT, _RIGHT, _BOTTOM, _TOP = 2, 0.55, 0.12, 0.28, 0.26
_INNER, _OUTER = 0.5, 0.25
HEADROOM = 2.0
"""Of an axis that is cut, over the highest median."""


@dataclass(frozen=True)
class Spread:
    """Percentiles of a row over time.

    Parameters
    ----------
    title
        What it is, with its unit.
    xs
        Decimal years.
    values
        Five lines: the 1st, 10th, 50th, 90th and 99th percentile. [unit of the title]
    kind
        How its axis is written: ``percent``, ``times``, or an amount.
    cut
        Whether its axis ends at :func:`highest_ratio`.
    """

    title: str
    xs: Sequence[float]
    values: Sequence[Sequence[float]]
    kind: str
    cut: bool = False


def fans(spreads: Sequence[Spread], *, height: float = 1.6) -> str:
    """Return spreads two to a row, each with its own axes.

    Parameters
    ----------
    spreads
        In order.
    height
        Of a row. [inch]
    """
    rows = -(-len(spreads) // _COLUMNS)
    with st.drawing():
        total, wide = height * rows, st.WIDE / _COLUMNS
        figure = st.canvas(total)
        for k, spread in enumerate(spreads):
            row, column = divmod(k, _COLUMNS)
            left, right = wide * column + _LEFT, wide * (_COLUMNS - 1 - column) + _RIGHT
            axes = st.panel(figure, left, total - height * (row + 1) + _BOTTOM, right, height * row + _TOP)
            _draw(axes, spread)
        return st.svg_of(figure)


def highest_ratio(middle: Sequence[float]) -> float:
    """Return where the axis of a cover or of a loan to value ends: a last small divisor would press it flat. [ratio]"""
    return HEADROOM * max(1.0, *middle)


def _draw(axes: Any, spread: Spread) -> None:
    low, lower, middle, upper, high = spread.values
    axes.fill_between(spread.xs, low, high, color=st.SKY, alpha=_OUTER, linewidth=0)
    axes.fill_between(spread.xs, lower, upper, color=st.BLUE, alpha=_INNER, linewidth=0)
    axes.plot(spread.xs, middle, color=st.INK, linewidth=1.3)
    for line in (lower, upper):  # edges, so that a copy in grey shows where a band ends
        axes.plot(spread.xs, line, color=st.BLUE, linewidth=0.5, linestyle=(0, (4, 2)))
    if spread.cut:
        axes.set_ylim(top=min(axes.get_ylim()[1], highest_ratio(middle)))
    axes.set_title(st.words(spread.title, 44))
    st.over_time(axes, spread.xs[0], spread.xs[-1])
    {"percent": st.in_percent, "times": st.in_times}.get(spread.kind, st.in_millions)(axes)

"""Amounts on top of each other: areas that hold over a period, columns by year; each has its colour and hatch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.desk.report.charts import style as st
from ringfence.desk.report.text import printed

_RIGHT, _LEFT, _BOTTOM, _TOP, _ROW = 0.12, 0.55, 0.3, 0.08, 0.155
_TITLE = 0.2
_NAME = 34


@dataclass(frozen=True)
class Series:
    """One layer: its name and its amounts, one per period or per year; None where there is none. [USD m, or a count]"""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Columns:
    """Columns by year under a title: layers from the bottom up, and lines over them."""

    title: str
    layers: Sequence[Series]
    lines: Sequence[Series] = ()


def stacked_areas(
    edges: Sequence[float], layers: Sequence[Series], *, lines: Sequence[Series] = (), height: float = 2.2
) -> str:
    """Return layers over time, each value holding from its edge to the next.

    Parameters
    ----------
    edges
        Where periods begin, and the end of the last: one more than values. [year]
    layers
        From the bottom up.
    lines
        Drawn over the layers, not on top of them.
    height
        Of the axes. [inch]
    """
    with st.drawing():
        top = _head([*layers, *lines], "")
        figure = st.canvas(height + top + _BOTTOM)
        axes = st.panel(figure, _LEFT, _BOTTOM, _RIGHT, top)
        below = [0.0] * len(edges)
        for k, layer in enumerate(layers):
            values = [v or 0.0 for v in (*layer.values, layer.values[-1])]
            above = [b + v for b, v in zip(below, values, strict=True)]
            axes.fill_between(
                edges, below, above, step="post", label=st.words(layer.name, _NAME), **(_fill(k) | {"linewidth": 0})
            )
            below = above
        for k, line in enumerate(lines):
            look = {"color": st.INK, "linestyle": st.DASHES[(k + 1) % 8], "linewidth": 1.1}
            axes.step(edges, [*line.values, line.values[-1]], where="post", label=st.words(line.name, _NAME), **look)
        _finish(axes, edges[0], edges[-1])
        return st.svg_of(figure)


def stacked_columns(years: Sequence[int], panels: Sequence[Columns], *, height: float = 1.75) -> str:
    """Return columns by year in panels below each other.

    Parameters
    ----------
    years
        Calendar years, one column each.
    panels
        In order; amounts under nothing hang below the axis.
    height
        Of the axes of a panel. [inch]
    """
    with st.drawing():
        heads = [_head([*p.layers, *p.lines], p.title) for p in panels]
        total = sum(heads) + (height + _BOTTOM) * len(panels)
        figure = st.canvas(total)
        above = 0.0
        for panel, head in zip(panels, heads, strict=True):
            axes = st.panel(figure, _LEFT, total - above - head - height, _RIGHT, above + head)
            _columns(axes, years, panel)
            rows = st.legend_rows(_names([*panel.layers, *panel.lines]), st.WIDE - _LEFT)[1]
            if panel.title:
                axes.set_title(printed(panel.title), pad=5 + 72 * _ROW * rows)
            _finish(axes, years[0] - 0.6, years[-1] + 0.6)
            above += head + height + _BOTTOM
        return st.svg_of(figure)


def _names(series: Sequence[Series]) -> list[str]:
    return [st.words(s.name, _NAME) for s in series]


def _head(series: Sequence[Series], title: str) -> float:
    """Room above the axes for title and legend. [inch]"""
    return _TOP + (_TITLE if title else 0.0) + _ROW * st.legend_rows(_names(series), st.WIDE - _LEFT)[1]


def _columns(axes: Any, years: Sequence[int], panel: Columns) -> None:
    up, down = [0.0] * len(years), [0.0] * len(years)
    for k, layer in enumerate(panel.layers):
        values = [v or 0.0 for v in layer.values]
        base = [u if v >= 0 else d for u, d, v in zip(up, down, values, strict=True)]
        axes.bar(years, values, 0.74, bottom=base, label=st.words(layer.name, _NAME), **_fill(k))
        up = [u + max(v, 0.0) for u, v in zip(up, values, strict=True)]
        down = [d + min(v, 0.0) for d, v in zip(down, values, strict=True)]
    for k, line in enumerate(panel.lines):
        known = [(y, v) for y, v in zip(years, line.values, strict=True) if v is not None]
        look = {"color": st.INK, "marker": st.MARKERS[k], "linewidth": 1.1, "label": st.words(line.name, _NAME)}
        axes.plot([y for y, _ in known], [v for _, v in known], **look)


def _fill(k: int) -> dict[str, Any]:
    return {"facecolor": st.FILLS[k % 8], "hatch": st.HATCHES[k % 8], "edgecolor": "#ffffff", "linewidth": 0.4}


def _finish(axes: Any, first: float, last: float) -> None:
    st.over_time(axes, first, last)
    low, high = axes.dataLim.y0, axes.dataLim.y1
    low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low) * 0.05 or 1.0
    axes.set_ylim(low - room if low < 0 else 0.0, high + room)
    st.in_millions(axes)
    if low < 0:
        axes.axhline(0, color=st.SOFT, linewidth=0.6)
    handles, _ = axes.get_legend_handles_labels()
    if handles:
        bars = [h for h in handles if not hasattr(h, "get_linestyle") or hasattr(h, "get_hatch")]
        st.legend(axes, [*bars, *(h for h in handles if h not in bars)], st.WIDE - _LEFT)

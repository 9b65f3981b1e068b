"""Lines over time, in one or several panels: each line is named where it ends, each level at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.desk.report.charts import style as st
from ringfence.desk.report.charts.style import Unit
from ringfence.desk.report.text import printed

_RIGHT, _LEFT, _BOTTOM, _TOP, _UNTITLED = 1.25, 0.55, 0.3, 0.26, 0.08


@dataclass(frozen=True)
class Line:
    """A line over time.

    Parameters
    ----------
    name
        What stands at its end.
    xs
        Decimal years.
    ys
        Values. [unit of the chart; USD in millions]
    marked
        Whether each value is a reading of its own (a test date) and gets a mark.
    steps
        Whether a value holds until the next.
    """

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    marked: bool = False
    steps: bool = False


@dataclass(frozen=True)
class Panel:
    """Lines over one pair of axes, and level lines with their names."""

    title: str
    lines: Sequence[Line]
    levels: Sequence[tuple[str, float]] = ()
    from_zero: bool = False


def line_panels(panels: Sequence[Panel], unit: Unit, span: tuple[float, float], *, height: float = 1.75) -> str:
    """Return panels below each other over one time axis.

    Parameters
    ----------
    panels
        In order.
    unit
        Of all of them.
    span
        First and last year of the axis. [year]
    height
        Of a panel. [inch]
    """
    with st.drawing():
        total = height * len(panels)
        figure = st.canvas(total)
        for k, panel in enumerate(panels):
            below, top = total - height * (k + 1), _TOP if panel.title else _UNTITLED
            axes = st.panel(figure, _LEFT, below + _BOTTOM, _RIGHT, height * k + top)
            _draw(axes, panel, unit, span, height - _BOTTOM - top)
        return st.svg_of(figure)


def _draw(axes: Any, panel: Panel, unit: Unit, span: tuple[float, float], inches: float) -> None:
    for k, line in enumerate(panel.lines):
        if not line.xs:
            continue
        look = {"color": st.COLOURS[k % 8], "linestyle": st.DASHES[k % 8], "zorder": 3}
        if line.marked:
            look |= {"marker": st.MARKERS[k % 8], "linewidth": 1.0}
        axes.plot(line.xs, line.ys, drawstyle="steps-post" if line.steps else "default", **look)
    for _, level in panel.levels:
        axes.axhline(level, color=st.INK, linewidth=0.7, linestyle=(0, (4, 2)), zorder=2)
    if panel.title:
        axes.set_title(printed(panel.title))
    st.over_time(axes, *span)
    _limits(axes, panel)
    st.AXES[unit](axes)
    _label(axes, panel, unit, inches)


def _limits(axes: Any, panel: Panel) -> None:
    values = [y for line in panel.lines for y in line.ys] + [level for _, level in panel.levels]
    low, high = min(values, default=0.0), max(values, default=1.0)
    low = min(low, 0.0) if panel.from_zero else low
    room = (high - low) * 0.08 or max(abs(high) * 0.05, 0.05)
    axes.set_ylim(low - (0.0 if panel.from_zero and low == 0 else room), high + room)
    if low < 0 < high:
        axes.axhline(0, color=st.SOFT, linewidth=0.6, zorder=1)


def _label(axes: Any, panel: Panel, unit: Unit, inches: float) -> None:
    """Name lines and levels in the right margin; a line that ends early is named where it ends."""
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    ends = [(k, line.xs[-1], line.ys[-1], line.name) for k, line in enumerate(panel.lines) if line.xs and line.name]
    late = [end for end in ends if end[1] > right - 0.06 * (right - left)]
    levels = [(f"{st.words(name, 18)} {_written(level, unit)}".strip(), level) for name, level in panel.levels]
    least = (high - low) / inches * 9.5 / 72
    wanted = [y for _, _, y, _ in late] + [level for _, level in levels]
    placed = st.spread(wanted, least, low + least / 2, high - least / 2)
    margin = right + (right - left) * 0.012
    for (k, x, y, name), at in zip(late, placed, strict=False):
        _name(axes, st.words(name, 24), (x, y), (margin, at), st.COLOURS[k % 8])
    for (text, level), at in zip(levels, placed[len(late) :], strict=True):
        _name(axes, text, (right, level), (margin, at), st.INK)
    early = [end for end in ends if end not in late]
    for (k, x, _, name), at in zip(early, st.spread([e[2] for e in early], least, low, high), strict=True):
        colour = st.TEXT_ON_WHITE.get(st.COLOURS[k % 8], st.COLOURS[k % 8])
        look = {"textcoords": "offset points", "va": "center", "fontsize": st.SMALL, "color": colour}
        axes.annotate(st.words(name, 24), (x, at), (5, 0), **look)


def _name(axes: Any, text: str, end: tuple[float, float], at: tuple[float, float], colour: str) -> None:
    """Write a name in the margin, and a thin leader to what it names."""
    arrow = {"arrowstyle": "-", "color": colour, "lw": 0.4, "shrinkA": 1, "shrinkB": 1, "relpos": (0, 0.5)}
    said = st.TEXT_ON_WHITE.get(colour, colour)
    place = {"annotation_clip": False, "va": "center", "fontsize": st.SMALL, "color": said}
    axes.annotate(text, xy=end, xytext=at, arrowprops=arrow, **place)


def _written(level: float, unit: Unit) -> str:
    if unit == "times":
        return f"{level:.2f}x"
    return f"{level * 100:,.0f}%" if unit == "percent" else f"{level:,.0f}"

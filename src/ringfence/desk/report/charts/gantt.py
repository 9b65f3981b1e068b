"""Who does what when: bars over time in groups, dates as diamonds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ringfence.desk.report.charts import style as st
from ringfence.desk.report.text import printed

Kind = Literal["build", "draw", "earn", "repay", "date"]
LOOKS: dict[Kind, tuple[str, str, str]] = {
    "build": (st.GREY, "////", "delivery, construction"),
    "draw": (st.SKY, "----", "drawing"),
    "earn": (st.GREEN, "", "operation, term"),
    "repay": (st.BLUE, "\\\\\\\\", "repayment"),
    "date": (st.RED, "", "date"),
}
_ROW, _LEFT, _RIGHT = 0.185, 1.75, 0.2


@dataclass(frozen=True)
class Bar:
    """A line of the timetable: label, spans (from, to, kind) in decimal years; a date is a span without length."""

    group: str
    label: str
    spans: Sequence[tuple[float, float, Kind]]


def gantt(bars: Sequence[Bar], span: tuple[float, float]) -> str:
    """Return the timetable.

    Parameters
    ----------
    bars
        In order; bars of a group follow each other.
    span
        First and last year of the axis. [year]
    """
    groups = list(dict.fromkeys(b.group for b in bars))
    lines = len(bars) + len(groups)
    with st.drawing():
        figure = st.canvas(_ROW * lines + 0.62)
        axes = st.panel(figure, _LEFT, 0.32, _RIGHT, 0.26)
        labels: list[tuple[float, str]] = []
        row = 0
        for group in groups:
            axes.text(-0.315, row, printed(group), transform=axes.get_yaxis_transform(), weight="bold", va="center")
            axes.axhline(row - 0.5, color=st.FAINT, linewidth=0.5)
            row += 1
            for bar in (b for b in bars if b.group == group):
                _bar(axes, bar, row)
                labels.append((row, st.words(bar.label, 30)))
                row += 1
        axes.set_yticks([at for at, _ in labels], [text for _, text in labels])
        axes.set_ylim(lines - 0.5, -0.6)
        st.over_time(axes, span[0] - 0.012 * (span[1] - span[0]), span[1] + 0.012 * (span[1] - span[0]))
        axes.grid(True, axis="x")
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set_visible(False)
        _legend(axes, {kind for b in bars for _, _, kind in b.spans})
        return st.svg_of(figure)


def _bar(axes: Any, bar: Bar, row: int) -> None:
    for first, last, kind in bar.spans:
        colour, hatch, _ = LOOKS[kind]
        if kind == "date":
            axes.plot([first], [row], marker="D", markersize=4, color=colour, linestyle="none", zorder=4, clip_on=False)
        else:
            look = {"color": colour, "hatch": hatch, "edgecolor": "#ffffff", "linewidth": 0.4}
            axes.barh(row, last - first, 0.6, first, zorder=3, **look)


def _legend(axes: Any, kinds: set[Kind]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    for kind, (colour, hatch, words) in LOOKS.items():
        if kind in kinds and kind != "date":
            handles.append(Patch(facecolor=colour, hatch=hatch, edgecolor="#ffffff", label=words))
        elif kind in kinds:
            handles.append(Line2D([], [], marker="D", markersize=4, color=colour, linestyle="none", label=words))
    st.legend(axes, handles, st.WIDE - _LEFT)

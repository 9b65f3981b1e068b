"""A few amounts beside each other, each with its figure."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.desk.report.charts import style as st

_ROW, _LEFT, _RIGHT = 0.25, 2.0, 0.75


def bars(items: Sequence[tuple[str, float]]) -> str:
    """Return horizontal bars from nothing, the figure behind each.

    Parameters
    ----------
    items
        Label and amount. [USD m]
    """
    with st.drawing():
        figure = st.canvas(_ROW * len(items) + 0.42)
        axes = st.panel(figure, _LEFT, 0.32, _RIGHT, 0.06)
        most = max(max((v for _, v in items), default=1.0), 0.0)
        least = min(min((v for _, v in items), default=0.0), 0.0)
        for k, (_, value) in enumerate(items):
            look = {"color": st.FILLS[k % 8], "hatch": st.HATCHES[k % 8], "edgecolor": "#ffffff", "linewidth": 0.4}
            axes.barh(k, value, 0.62, **look)
            text = f"{value:,.1f}".replace("-", "\u2212")
            axes.text(max(value, 0.0) + (most - least) * 0.008, k, text, va="center", fontsize=st.SMALL)
        axes.set_yticks(range(len(items)), [st.words(label, 38) for label, _ in items])
        axes.set_ylim(len(items) - 0.4, -0.6)
        axes.set_xlim(least, (most - least) * 1.02 + least or 1.0)
        st.in_millions(axes, which="x")
        return st.svg_of(figure)

"""A cash waterfall, read from the top: what comes in, what each step takes, what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ringfence.desk.report.charts import style as st
from ringfence.desk.report.charts.style import Unit

Kind = Literal["total", "costs", "interest", "principal", "equity", "other", "up", "down"]
LOOKS: dict[Kind, tuple[str, str]] = {
    "total": (st.INK, ""),
    "costs": (st.GREY, "////"),
    "interest": (st.SKY, "----"),
    "principal": (st.BLUE, ""),
    "equity": (st.ORANGE, "\\\\\\\\"),
    "other": (st.PINK, "xxxx"),
    "up": (st.BLUE, ""),
    "down": (st.ORANGE, "\\\\\\\\"),
}
_ROW, _LEFT, _RIGHT = 0.19, 2.0, 0.75


@dataclass(frozen=True)
class Step:
    """A bar from one amount to another. [USD m]"""

    label: str
    start: float
    end: float
    kind: Kind


def bridge(steps: Sequence[Step], *, unit: Unit = "usd_m") -> str:
    """Return the steps as bars below each other, each starting where the one above ended.

    Parameters
    ----------
    steps
        From the top.
    unit
        Of the axis and the figures; amounts are in USD m, covers as times, rates as fractions.
    """
    with st.drawing():
        figure = st.canvas(_ROW * len(steps) + 0.42)
        axes = st.panel(figure, _LEFT, 0.32, _RIGHT, 0.06)
        high = max(s.end for s in steps)
        low = min(s.end for s in steps) if unit != "usd_m" else min(min(s.start, s.end, 0.0) for s in steps)
        low = low - 0.15 * (high - low) if unit != "usd_m" else low
        for k, s in enumerate(steps):
            colour, hatch = LOOKS[s.kind]
            look = {"color": colour, "hatch": hatch, "edgecolor": "#ffffff", "linewidth": 0.4}
            if s.kind == "total" and unit != "usd_m":  # a bar from an axis cut at will would mislead
                axes.plot([s.end], [k], marker="D", color=colour, markersize=5)
            else:
                axes.barh(k, abs(s.end - s.start), 0.66, min(s.start, s.end), **look)
            if k + 1 < len(steps):
                axes.plot([s.end, s.end], [k - 0.33, k + 1.33], color=st.SOFT, linewidth=0.5)
            text = _written(s, unit)
            at = s.end if s.kind == "total" else max(s.start, s.end)
            axes.text(at + (high - low) * (0.008 if unit == "usd_m" else 0.02), k, text, va="center", fontsize=st.SMALL)
        axes.set_yticks(range(len(steps)), [st.words(s.label, 38) for s in steps])
        axes.set_ylim(len(steps) - 0.4, -0.6)
        axes.set_xlim(low, high + (high - low) * 0.02 or 1.0)
        st.AXES[unit](axes, which="x")
        return st.svg_of(figure)


def _written(s: Step, unit: Unit) -> str:
    """The figure beside a bar: where a total stands, by how much a step moves."""
    value, sign = (s.end, "") if s.kind == "total" else (s.end - s.start, "+" if unit != "usd_m" else "")
    forms = {"usd_m": f"{value:,.1f}", "count": f"{value:{sign},.4g}", "times": f"{value:{sign}.2f}x"}
    forms["percent"] = f"{value * 100:.2f}%" if s.kind == "total" else f"{value * 100:+.2f} points"
    return forms[unit].replace("-", "\u2212")

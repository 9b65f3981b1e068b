"""Fans as tables with a line of blocks, and as pictures where matplotlib is installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.tables import kind_of
from ringfence.risk.fans import FAN_PATHS, SHARES, Fan
from ringfence.risk.files import whole

if TYPE_CHECKING:
    from ringfence.desk.risk.run import RiskResult

_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 32
#: Fans narrower than this share of the row's largest figure are not shown.
_APART = 0.01
#: Percentiles shown, highest first: what is exceeded with 10, 50 and 90 % probability.
_SHOWN = {"P10": 3, "P50": 2, "P90": 1}


def fan_table(fans: Sequence[Fan]) -> Table:
    """Return fans as one table.

    Parameters
    ----------
    fans
        Spread of rows over time.
    """
    rows: list[tuple[Cell, ...]] = []
    for fan in fans:
        rows += _fan_rows(fan)
    heads = ("", "", "over time", "first", "lowest", "highest", "last")
    notes = (
        f"From the first {min(FAN_PATHS, fans[0].paths):,} paths, over the periods in which the row applies on at "
        "least 5% of them. Blocks run from the lowest figure of the three lines to one that a twelfth of them exceed.",
    )
    return Table("fans", "How it spreads over time", heads, tuple(rows), notes=notes, left=frozenset({0, 1, 2}))


def _fan_rows(fan: Fan) -> list[tuple[Cell, ...]]:
    known = ~np.isnan(fan.values[2])
    if not known.any() or not _spreads(fan.values[:, known]):
        return []
    kind = kind_of(fan.unit, fan.of.row)
    shown = fan.values[:, known]
    low, high = _scale(shown[1:4])
    rows: list[tuple[Cell, ...]] = []
    for n, (name, k) in enumerate(_SHOWN.items()):
        line = shown[k]
        ends = (float(line[0]), float(line.min()), float(line.max()), float(line[-1]))
        figures = [Figure(value, kind) for value in ends]
        rows.append((fan.of.label if not n else "", name, sparkline(line, low, high), *figures))
    return rows


def _scale(values: Any) -> tuple[float, float]:
    """What the lowest and the highest block stand for: all but the highest twelfth of the figures."""
    return float(values.min()), float(np.quantile(values, 11 / 12))


def _spreads(values: Any) -> bool:
    """Whether the outer percentiles are ever apart by a hundredth of what the row reaches."""
    return bool((values[-1] - values[0]).max() > _APART * np.abs(values).max())


def sparkline(values: Sequence[float], low: float, high: float, width: int = _WIDTH) -> str:
    """Return numbers as a line of blocks.

    Parameters
    ----------
    values
        In order.
    low, high
        What the lowest and the highest block stand for. [unit of the values]
    width
        Most blocks; values are taken evenly from first to last.
    """
    chosen = np.asarray(values, dtype=float)
    if len(chosen) > width:
        chosen = chosen[np.round(np.linspace(0, len(chosen) - 1, width)).astype(int)]
    span = high - low if high > low else 1.0
    places = np.clip((chosen - low) / span * len(_BLOCKS), 0, len(_BLOCKS) - 1).astype(int)
    return "".join(_BLOCKS[p] for p in places)


def write_fans(result: RiskResult, folder: Path) -> list[Path]:
    """Draw the fans as ``fans.svg`` and ``fans.png``; nothing where matplotlib is not installed.

    Parameters
    ----------
    result
        The run.
    folder
        Where to.
    """
    try:
        from matplotlib.figure import Figure as Drawing
    except ImportError:
        return []
    shown = [fan for fan in result.fans if _fan_rows(fan)]
    if not shown:
        return []
    columns = 2
    lines = -(-len(shown) // columns)
    drawing = Drawing(figsize=(5.4 * columns, 2.5 * lines), layout="constrained")
    axes = np.atleast_1d(drawing.subplots(lines, columns, squeeze=False)).ravel()
    times = [p.end for p in result.prepared.model.timeline.periods]
    for axis, fan in zip(axes, shown, strict=False):
        _draw(axis, times, fan)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    drawing.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, fontsize=8, frameon=False)
    paths = [folder / "fans.svg", folder / "fans.png"]
    for path in paths:
        kind = path.suffix[1:]
        with whole(path) as part:
            drawing.savefig(part, format=kind, dpi=120, metadata={"Date": None} if kind == "svg" else None)
    return paths


def _draw(axis: Any, times: Sequence[object], fan: Fan) -> None:
    known = np.flatnonzero(~np.isnan(fan.values[2]))
    scale, unit = (1e6, "USD m") if fan.unit == "USD" else (1.0, "" if fan.unit == "ratio" else fan.unit)
    dates, values = [times[int(k)] for k in known], fan.values[:, known] / scale
    axis.fill_between(dates, values[0], values[4], color="#c6d4e8", linewidth=0, label="1% to 99%")
    axis.fill_between(dates, values[1], values[3], color="#7f9fcb", linewidth=0, label="10% to 90%")
    axis.plot(dates, values[2], color="#1f3a68", linewidth=1.4, label="median")
    low, high = _scale(values)
    axis.set_ylim(low - 0.04 * (high - low), high + 0.08 * (high - low))
    axis.set_title(fan.of.label + (f", {unit}" if unit else ""), fontsize=9, loc="left")
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.25)


def fan_lines(result: RiskResult) -> tuple[list[str], list[list[object]]]:
    """Return the fans as columns and lines of a file: row, period, date, share of paths, percentiles.

    Parameters
    ----------
    result
        The run.
    """
    periods = result.prepared.model.timeline.periods
    lines: list[list[object]] = []
    for fan in result.fans:
        for k, period in enumerate(periods):
            values = [None if np.isnan(v) else float(v) for v in fan.values[:, k]]
            lines.append([fan.of.row, fan.unit, k, str(period.end), float(fan.applies[k]), *values])
    heads = ["row", "unit", "period", "end", "applies", *(f"p{round(share * 100):02d}" for share in SHARES)]
    return heads, lines

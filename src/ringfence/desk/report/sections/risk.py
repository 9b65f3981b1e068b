"""Risk: the page of a run on random paths, its fans as pictures, and when things happen.

``RiskPages`` wraps a result of :func:`ringfence.desk.risk.run_risk`, so that a report takes it like any other result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from ringfence.desk.report.charts.fan import HEADROOM, Spread, fans
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.charts.style import year_of
from ringfence.desk.report.model import Block, Chart, Section, numbered, paged
from ringfence.desk.tables import kind_of

if TYPE_CHECKING:
    from ringfence.desk.risk import RiskResult
    from ringfence.risk.fans import Fan

_EVENTS = (("lock_up", "lock-up"), ("missed", "missed"))
_NAME = "fans"
_APART, _PANELS = 0.01, 10
_TITLE = "How it spreads over time: median, 10 to 90 %, 1 to 99 % of the paths"


@dataclass(frozen=True)
class RiskPages:
    """A run on random paths that wants a section.

    Parameters
    ----------
    result
        What :func:`ringfence.desk.risk.run_risk` returned.
    """

    result: RiskResult

    def report_section(self) -> Section | None:
        """Return the section: the tables of the risk page, pictures behind them."""
        tables = [t for t in self.result.tables() if t.key != _NAME]
        charts = [c for c in (*_fans(self.result), _events(self.result)) if c is not None]
        blocks: tuple[Block, ...] = (*tables, *charts)
        return Section("risk", "Risk: random futures on the schedule as signed", blocks) if blocks else None


def _fans(r: RiskResult) -> list[Chart]:
    ends = [year_of(p.end) for p in r.prepared.model.timeline.periods]
    shown = [(fan, spread) for fan in r.fans if (spread := _spread(fan, ends)) is not None]
    groups = paged(shown, _PANELS)
    return [_fan(g, numbered(_TITLE, n, len(groups)), n) for n, g in enumerate(groups, 1)]


def _fan(shown: Sequence[tuple[Fan, Spread]], title: str, number: int) -> Chart:
    paths = shown[0][0].paths
    told = "; ".join(f"{fan.of.label}: median ends at {s.values[2][-1]:,.2f}" for fan, s in shown)
    drawn = {f"{fan.of.row}:median": tuple(float(v) for v in fan.values[2] if not isnan(v)) for fan, _ in shown}
    note = f"From the first {paths:,} paths, over the periods in which a row applies on at least 1 % of them."
    if any(spread.cut for _, spread in shown):
        note += f" Axes of covers and loans to value end at {HEADROOM:g} times the highest median; more is cut."
    return Chart(f"risk-fans-{number}", title, fans([s for _, s in shown]), f"{title}. {told}.", drawn, (note,))


def _spread(fan: Fan, ends: list[float]) -> Spread | None:
    known = [k for k in range(len(ends)) if not isnan(fan.values[2][k])]
    if not known or fan.unit == "month":  # a date that may never come has no axis of its own
        return None
    kind = kind_of(fan.unit, fan.of.row)
    scale = 1e6 if kind == "usd_m" else 1.0
    values = [[float(line[k]) / scale for k in known] for line in fan.values]
    widest = max(high - low for low, high in zip(values[0], values[-1], strict=True))
    if widest <= _APART * max(abs(v) for line in values for v in line):
        return None
    unit = {"usd_m": ", USD m", "times": ""}.get(kind, "" if fan.unit == "ratio" else f", {fan.unit}")
    return Spread(
        f"{fan.of.label}{unit}", [ends[k] for k in known], values, kind, kind == "times" or ".ltv" in fan.of.row
    )


def _events(r: RiskResult) -> Chart | None:
    """When things happen: the probability that an event of a loan has happened by the end of a period."""
    ends = [year_of(p.end) for p in r.prepared.model.timeline.periods]
    lines, drawn = [], dict[str, tuple[float, ...]]()
    for x, loan in r.prepared.loans.items():
        for event, words in _EVENTS:
            whole = r.probability(x, event) if event in loan.events else None
            if whole is None or not whole.value:
                continue
            values = [_value(r.probability(x, event, k)) for k in range(len(ends))]
            drawn[f"{x}:{event}"] = tuple(values)
            lines.append(Line(f"{x}, {words}", ends, values, steps=True))
    if not lines:
        return None
    title = "Probability that it has happened by then"
    told = "; ".join(f"{line.name} {line.ys[-1]:.2%} in all" for line in lines)
    svg = line_panels([Panel("", lines, from_zero=True)], "percent", (ends[0], ends[-1]), height=2.3)
    return Chart("risk-events", title, svg, f"{title}. {told}.", drawn)


def _value(share: Any) -> float:
    return 0.0 if share is None else float(share.value)

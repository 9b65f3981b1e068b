"""A comparison of two runs as a report: what changed, what moved, who moved it, and both runs in the same pictures.

    found = compare(a, b, attribute=True)
    report = comparison_report(found, a, b, ("as agreed", "bb-ladder"))
    write_pdf(report, "change.pdf")

Tables are those ``ringfence compare`` prints; the bridges take the average reading of the attribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ringfence.desk.export import engine
from ringfence.desk.report.charts.bridge import Step, bridge
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.charts.style import Unit
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.identity import UNITS, run_id
from ringfence.desk.report.model import Block, Chart, Paragraph, Report, Section, numbered, paged
from ringfence.desk.table import Figure, Kind
from ringfence.desk.tables import kind_of
from ringfence.desk.view import ONE_DOLLAR, View

if TYPE_CHECKING:
    from ringfence.desk.compare import Comparison
    from ringfence.desk.compare.attribution import Move, Reading

_BRIDGES, _PANELS = 5, 6
_AXIS: dict[Kind, Unit] = {"usd_m": "usd_m", "percent": "percent", "times": "times"}
_TOLD = 6


def comparison_report(found: Comparison, a: Any, b: Any, names: tuple[str, str], of: Sequence[str] = ()) -> Report:
    """Return a comparison as a report.

    Parameters
    ----------
    found
        What :func:`ringfence.desk.compare.compare` returned for `a` and `b`.
    a, b
        The two results.
    names
        What they are called.
    of
        Measures to attribute; left out: the most telling ones that moved.
    """
    views, tables = (View(a), View(b)), found.tables(*names, of)
    terms = [t for t in tables if t.key in ("inputs", "structure")]
    moved = [t for t in tables if t.key == "measures"]
    shared = [t for t in tables if t.key not in ("inputs", "structure", "measures")]
    pictures = _pictures(views, names)
    sections = [
        Section("answer", "What it comes to", (Paragraph(_words(found, names), "lead"),)),
        Section("changed", "What changed", tuple(terms)),
        Section("shared", "Who moved what", (*_bridges(found, names, of), *shared)) if shared else None,
        Section("pictures", "Side by side", pictures) if pictures else None,
        Section("moved", "What moved", tuple(moved)),
    ]
    made, deal = engine(), a.deal
    facts = (
        ("A", f"{deal.title or deal.deal}, {names[0]}"),
        ("B", f"{b.deal.title or b.deal.deal}, {names[1]}"),
        ("Written by", f"{made['name']} {made['version']}"),
        ("Run", f"{run_id(a)} against {run_id(b)}"),
    )
    title = deal.title or deal.deal
    dated = deal.report_date or deal.timeline.close
    kept = tuple(s for s in sections if s is not None)
    return Report(f"{title}: {names[0]} against {names[1]}", "What changed, and what it did", facts, UNITS, dated, kept)


def _words(found: Comparison, names: tuple[str, str]) -> str:
    """What changed and what it did to the figures a committee knows, in a few sentences."""
    terms = [f"{c.path} is {c.b or 'not written'} in place of {c.a or 'nothing'}" for c in found.changes[:_TOLD]]
    more = len(found.changes) - len(terms)
    rest = f", and {more} further terms differ" if more > 0 else ""
    parts = [f"From {names[0]} to {names[1]}: {'; '.join(terms)}{rest}." if terms else "No term differs."]
    told = [text for m in found.measures if m[0].endswith(_TELLING) and (text := _moved(*m))][:_TOLD]
    if told:
        parts.append(f"With that, {'; '.join(told)}.")
    return " ".join(parts)


_TELLING = (".dscr.min", ".irr", "deal.uses.total", ".amount", "sponsor.usd_per_gpu_hour")


def _moved(name: str, unit: str, a: float | None, b: float | None) -> str:
    kind = kind_of(unit, name)
    before, after = Figure(a, kind).text(), Figure(b, kind).text()
    return f"{name} moves from {before} to {after}" if before != after else ""


def _bridges(found: Comparison, names: tuple[str, str], of: Sequence[str]) -> list[Block]:
    from ringfence.desk.compare.tables import telling

    charts: list[Block] = []
    for reading in found.attribution.readings if found.attribution is not None else ():
        for name in telling(reading.moves, of)[:_BRIDGES]:
            move = reading.moves[name]
            if len(move.parts) > 1 and move.a is not None and move.b is not None:
                charts.append(_bridge(move, reading, names, len(charts)))
    return charts


def _bridge(move: Move, reading: Reading, names: tuple[str, str], number: int) -> Chart:
    """From A to B, one bar a change: its part of the move averaged over orders, so that the bars meet B."""
    kind = kind_of(move.unit, move.measure)
    unit: Unit = (
        "usd_m" if kind == "usd_m" else "percent" if kind == "percent" else "times" if kind == "times" else "count"
    )
    scale, start, end = (1e6 if unit == "usd_m" else 1.0), move.a or 0.0, move.b or 0.0
    steps = [Step(names[0], 0.0, start / scale, "total")]
    for part in move.parts:
        steps.append(
            Step(part.lever, steps[-1].end, steps[-1].end + part.average / scale, "up" if part.average >= 0 else "down")
        )
    steps.append(Step(names[1], 0.0, end / scale, "total"))
    words = {"usd_m": ", USD m", "percent": "", "times": "", "count": f", {move.unit}" if move.unit != "ratio" else ""}
    title = f"{move.measure}{words[unit]}, debt {reading.name}: each change averaged over orders"
    told = "; ".join(f"{p.lever} {Figure(p.average, kind).text()}" for p in move.parts)
    drawn = {f"{move.measure}:{p.lever}": (p.average,) for p in move.parts}
    return Chart(f"bridge-{number}", title, bridge(steps, unit=unit), f"{title}. {told}.", drawn)


def _pictures(views: tuple[View, View], names: tuple[str, str]) -> tuple[Block, ...]:
    loans = [x for x in views[0].deal.of_type("loan") if views[1].has(f"{x}.dscr")]
    equity = [x for x in views[0].deal.of_type("equity") if views[1].has(f"{x}.so_far")]
    found = [
        _overlaid(
            views, names, [f"{x}.dscr" for x in loans], "times", "dscr", "Debt service cover, A and B", tested=True
        ),
        _overlaid(views, names, [f"{x}.closing" for x in loans], "usd_m", "owed", "Debt outstanding, A and B, USD m"),
        _overlaid(
            views, names, [f"{x}.so_far" for x in equity], "usd_m", "net", "Net cash of investors, A and B, USD m"
        ),
    ]
    return tuple(chart for charts in found for chart in charts)


def _overlaid(
    views: tuple[View, View],
    names: tuple[str, str],
    rows: Sequence[str],
    unit: Unit,
    key: str,
    title: str,
    *,
    tested: bool = False,
) -> list[Chart]:
    """Rows of both runs in one panel each, where the two differ."""
    clocks, panels, drawn = [Clock(v) for v in views], [], dict[str, tuple[float, ...]]()
    scale = 1e6 if unit == "usd_m" else 1.0
    for row in rows:
        lines, both = [], []
        for view, clock, name in zip(views, clocks, names, strict=True):
            at = view.when(view.line(f"{row}.applies")) if tested else range(len(clock.ends))
            both.append([view.line(row)[k] for k in at])
            xs = [clock.ends[k] for k in at]
            lines.append(Line(name, xs, [v / scale for v in both[-1]], marked=tested, steps=not tested))
        if any(both) and _differ(both, scale):
            drawn |= {f"{row}:{n}": tuple(v) for n, v in zip(names, both, strict=True)}
            panels.append(Panel(row, lines))
    used = [f"{panel.title}.applies" if tested else panel.title for panel in panels]
    spans = [clock.span(*used) for clock in clocks]
    span = (min(start for start, _ in spans), max(end for _, end in spans))
    panels = [replace(panel, lines=[_until(line, span[1]) for line in panel.lines]) for panel in panels]
    groups, charts = paged(panels, _PANELS), []
    for n, group in enumerate(groups, 1):
        words, mine = numbered(title, n, len(groups)), tuple(f"{panel.title}:" for panel in group)
        kept = {name: values for name, values in drawn.items() if name.startswith(mine)}
        charts.append(
            Chart(f"compared-{key}-{n}", words, line_panels(group, unit, span, height=1.5), f"{words}.", kept)
        )
    return charts


def _until(line: Line, end: float) -> Line:
    """Return a line cut where its axis ends; what follows is nothing."""
    kept = [k for k, x in enumerate(line.xs) if x <= end]
    return replace(line, xs=[line.xs[k] for k in kept], ys=[line.ys[k] for k in kept])


def _differ(both: list[list[float]], scale: float) -> bool:
    least = ONE_DOLLAR if scale > 1 else 0.005
    same = len(both[0]) == len(both[1])
    return not same or any(abs(x - y) > least for x, y in zip(*both, strict=True))

"""The timetable: deliveries, building, drawing, terms and repayment, each as long as its row is in use."""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.desk.report.charts.gantt import Bar, Kind, gantt
from ringfence.desk.report.charts.style import year_of
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Chart, Section, numbered, paged
from ringfence.desk.table import Cell, Table
from ringfence.desk.view import ONE_DOLLAR, View

ASSETS, LOANS, CONTRACTS = "Assets", "Loans", "Contracts"
_NEVER = "never in this deal"
_DAY, _LINES = 1.5 / 365, 36
_TITLE = "Timetable: as long as money, goods or power flow"


def timetable(view: View) -> Section:
    """Return the section.

    Parameters
    ----------
    view
        The result.
    """
    clock = Clock(view)
    found = [b for b in (*_dates(view, clock), *_assets(view, clock), *_contracts(view, clock), *_loans(view, clock))]
    bars = [b for b in found if b.spans]
    span = (clock.starts[0], max((end for b in bars for _, end, _ in b.spans), default=clock.ends[-1]))
    groups = paged(bars, _LINES)
    charts = [_chart(g, span, numbered(_TITLE, n, len(groups)), n) for n, g in enumerate(groups, 1)]
    return Section("timetable", "Timetable", (*charts, _table(view, clock)))


def _chart(bars: Sequence[Bar], span: tuple[float, float], title: str, number: int) -> Chart:
    told = "; ".join(f"{b.label} {a:.1f} to {z:.1f}" for b in bars for a, z, _ in b.spans[:1])
    return Chart(f"timetable-{number}", title, gantt(bars, span), f"{title}. {told}.")


def _dates(view: View, clock: Clock) -> list[Bar]:
    close, end = clock.starts[0], clock.ends[-1]
    return [Bar("Deal", "close and end", [(close, close, "date"), (end, end, "date")])]


def _assets(view: View, clock: Clock) -> list[Bar]:
    bars = []
    for x, asset in view.deal.assets.items():
        spans: list[tuple[float, float, Kind]] = []
        if asset.type == "gpu_fleet":
            months = [view.cell(name) for name in view.result.run if _is_delivery(name, x)]
            days = sorted(_year(view, m) for m in months)
            spans += [(days[0], days[-1], "build")] if len(set(days)) > 1 else [(y, y, "date") for y in days[:1]]
            begun = days[-1] if days else clock.starts[0]
            runs = clock.stretches(clock.used(f"{x}.installed", least=0.5))
            spans += [(max(a, begun), b, "earn") for a, b in runs if b > begun]
        elif view.has(f"{x}.capex"):
            spans += [(a, b, "build" if b - a > _DAY else "date") for a, b in _before(clock, x)]
            spans += [(a, b, "earn") for a, b in clock.stretches(clock.used(f"{x}.operating", least=1e-6))]
        bars.append(Bar(ASSETS, f"{x} ({asset.type.replace('_', ' ')})", spans))
    return bars


def _is_delivery(name: str, x: str) -> bool:
    return ":" not in name and name.startswith(f"{x}.batch_") and name.endswith(".delivered")


def _before(clock: Clock, x: str) -> list[tuple[float, float]]:
    """Building: from the first to the last payment for the plant; a payment on one day counts as its period."""
    found = clock.stretch(clock.used(f"{x}.capex", least=ONE_DOLLAR))
    return [found] if found else []


def _year(view: View, months: float) -> float:
    return year_of(view.result.model.timeline.to_date(months))


def _contracts(view: View, clock: Clock) -> list[Bar]:
    bars = []
    for x, c in view.deal.contracts.items():
        rows = [name for name in (f"{x}.earning", f"{x}.earned", f"{x}.cash") if view.has(name)]
        if c.type not in ("loan", "equity", "swap", "letter_of_credit") and rows:
            spans: list[tuple[float, float, Kind]] = [(a, b, "earn") for a, b in clock.stretches(clock.used(rows[0]))]
            bars.append(Bar(CONTRACTS, f"{x} ({c.type.replace('_', ' ')})", spans))
    return bars


def _loans(view: View, clock: Clock) -> list[Bar]:
    bars = []
    for x in view.deal.of_type("loan"):
        spans: list[tuple[float, float, Kind]] = []
        drawn = clock.stretch(clock.used(f"{x}.drawdown", least=ONE_DOLLAR))
        repaid = clock.stretch(clock.used(f"{x}.principal_paid", least=ONE_DOLLAR))
        if drawn:  # a loan drawn on one day is a date, not a time
            spans.append((*drawn, "draw" if drawn[1] - drawn[0] > _DAY else "date"))
        if repaid:
            spans.append((*repaid, "repay"))
        bars.append(Bar(LOANS, x, spans))
    return bars


def _table(view: View, clock: Clock) -> Table:
    timeline = view.result.model.timeline
    rows: list[tuple[Cell, ...]] = [
        ("close", str(timeline.periods[0].start), "", ""),
        *(_loan_row(view, clock, x) for x in view.deal.of_type("loan")),
        *(_asset_row(view, clock, x) for x in view.deal.assets if view.has(f"{x}.capex")),
        ("end of the deal", str(timeline.periods[-1].end), "", ""),
    ]
    heads = ("", "first payment", "last payment", "then")
    note = "Payments are dated at the end of their period."
    return Table("dates", "Dates", heads, tuple(rows), left=frozenset({0, 3}), notes=(note,))


def _loan_row(view: View, clock: Clock, x: str) -> tuple[Cell, ...]:
    drawn, paid = clock.used(f"{x}.drawdown", least=ONE_DOLLAR), clock.used(f"{x}.principal_paid", least=ONE_DOLLAR)
    if not drawn:
        return f"{x}, drawn", _NEVER, "", ""
    ends = f"repaid {view.labels[paid[0]]} to {view.labels[paid[-1]]}" if paid else "not repaid in this deal"
    return f"{x}, drawn", view.labels[drawn[0]], view.labels[drawn[-1]], ends


def _asset_row(view: View, clock: Clock, x: str) -> tuple[Cell, ...]:
    spent, name = clock.used(f"{x}.capex", least=ONE_DOLLAR), f"{x}, paid for"
    runs = clock.used(f"{x}.operating", f"{x}.installed", least=1e-6)
    then = f"in service {view.labels[runs[0]]} to {view.labels[runs[-1]]}" if runs else "in service " + _NEVER
    if not spent:
        return name, _NEVER, "", then
    return name, view.labels[spent[0]], view.labels[spent[-1]], then

"""Loan to value: what is owed against what the security would fetch, on every resale curve of the deal."""

from __future__ import annotations

from ringfence.desk.memo.cover import cover_tables
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Block, Chart, Section, numbered, paged
from ringfence.desk.view import View

_TITLE, _PANELS = "Loan to value on each resale curve", 5


def value(view: View) -> Section | None:
    """Return the section; None for a deal without a resale curve under a loan.

    Parameters
    ----------
    view
        The result.
    """
    names = {x: curves for x in view.deal.of_type("loan") if (curves := curves_of(view, x))}
    if not names:
        return None
    groups = paged(list(names.items()), _PANELS)
    charts = [_chart(view, dict(g), numbered(_TITLE, n, len(groups)), n) for n, g in enumerate(groups, 1)]
    blocks: list[Block] = [*charts, *(t for t in cover_tables(view)[1:] if t.rows)]
    return Section("value", "Loan to value against resale curves", tuple(blocks))


def curves_of(view: View, x: str) -> list[str]:
    """Return the names of the resale curves a loan is measured on.

    Parameters
    ----------
    view, x
        The result and the loan.
    """
    found = [name.split(".") for name in view.result.run if name.startswith(f"{x}.ltv.") and ":" not in name]
    return list(dict.fromkeys(n[2] for n in found if len(n) == 3))


def _chart(view: View, names: dict[str, list[str]], title: str, number: int) -> Chart:
    clock, drawn, panels, told = Clock(view), dict[str, tuple[float, ...]](), [], []
    rows = [f"{x}.ltv.{curve}" for x, curves in names.items() for curve in curves]
    span = clock.span(*(f"{row}.applies" for row in rows))
    for x, curves in names.items():
        lines = []
        for curve in curves:
            row = f"{x}.ltv.{curve}"
            tested = view.when(view.line(f"{row}.applies"))
            values = [view.line(row)[k] for k in tested]
            drawn[row] = tuple(values)
            lines.append(Line(curve, [clock.ends[k] for k in tested], values))
            told.append(f"{x} on {curve} at most {max(values, default=0.0):.1%}")
        limit = view.deal.contracts[x].covenants.ltv
        levels = [("value", 1.0)] + ([(f"covenant, {limit.curve}", limit.max)] if limit is not None else [])
        panels.append(Panel(f"{x}, loans ahead included", lines, levels, from_zero=True))
    svg = line_panels(panels, "percent", span, height=1.75)
    return Chart(f"ltv-{number}", title, svg, f"{title}. {'; '.join(told)}.", drawn)

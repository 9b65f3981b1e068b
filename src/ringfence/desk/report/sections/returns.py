"""Returns: what investors pay in and get out, and when they have their money back."""

from __future__ import annotations

from ringfence.desk.memo.investors import investor_table
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Chart, Section
from ringfence.desk.view import ONE_DOLLAR, View


def returns(view: View) -> Section | None:
    """Return the section; None for a deal without equity.

    Parameters
    ----------
    view
        The result.
    """
    if not view.deal.of_type("equity"):
        return None
    table = investor_table(view)
    chart = _chart(view)
    return Section("returns", "Returns", (table,) if chart is None else (table, chart))


def outside(view: View) -> list[str]:
    """Return equity contracts whose holder is no vehicle of the deal.

    Parameters
    ----------
    view
        The result.
    """
    found = view.deal.of_type("equity").items()
    return [x for x, e in found if view.deal.parties[e.holder].role != "vehicle"]


def _chart(view: View) -> Chart | None:
    clock = Clock(view)
    held = [x for x in outside(view) if (view.value(f"{x}.invested") or 0.0) > ONE_DOLLAR]
    if not held:
        return None
    lines = [Line(x, clock.ends, [v / 1e6 for v in view.line(f"{x}.so_far")], steps=True) for x in held]
    title = "Net cash of each investor so far, USD m; at zero it has its money back"
    drawn = {f"{x}.so_far": tuple(view.line(f"{x}.so_far")) for x in held}
    told = "; ".join(f"{x} ends at {view.cell(f'{x}.so_far') / 1e6:,.1f}" for x in held)
    svg = line_panels([Panel("", lines)], "usd_m", (clock.starts[0], clock.ends[-1]), height=2.7)
    return Chart("returns", title, svg, f"{title}. {told}.", drawn)

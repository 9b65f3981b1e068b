"""Debt and cover: what is owed, what covers it against what was agreed, and cash against debt service."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from ringfence.desk.memo.cover import cover_tables
from ringfence.desk.memo.loans import loan_tables
from ringfence.desk.memo.reach import reach_table
from ringfence.desk.report.charts.lines import Line, Panel, line_panels
from ringfence.desk.report.charts.stacked import Columns, Series, stacked_areas, stacked_columns
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Block, Chart, Section, numbered, paged
from ringfence.desk.view import ONE_DOLLAR, View

LEVELS = (("lock_up", "lock-up"), ("minimum", "minimum"), ("default", "default"))
_CUT, _HIGHEST, _PANELS = 1.6, 4.0, 5
_COVER = "Debt service cover on each test date, with the levels agreed"
_SERVICE = "Cash available for debt service against debt service, by calendar year"


def debt(view: View) -> Section | None:
    """Return the section; None for a deal without a loan.

    Parameters
    ----------
    view
        The result.
    """
    loans = [x for x in view.deal.of_type("loan") if (view.value(f"{x}.drawn") or 0.0) > ONE_DOLLAR]
    if not view.deal.of_type("loan"):
        return None
    clock = Clock(view)
    groups = paged(loans, _PANELS)
    covers = [_cover(view, clock, g, numbered(_COVER, n, len(groups)), n) for n, g in enumerate(groups, 1)]
    services = [_service(view, clock, g, numbered(_SERVICE, n, len(groups)), n) for n, g in enumerate(groups, 1)]
    lowest = [t for t in cover_tables(view)[:1] if t.rows]
    owed = [_owed(view, clock, loans)] if loans else []
    blocks: list[Block | None] = [*loan_tables(view), *owed, *lowest, *covers, reach_table(view), *services]
    return Section("debt", "Debt and cover", tuple(b for b in blocks if b is not None))


def ahead_of(view: View, x: str) -> list[str]:
    """Return loans whose service counts in the cover of a loan before its own.

    Parameters
    ----------
    view, x
        The result and the loan.
    """
    return [o for o in view.deal.of_type("loan") if view.has(f"{x}.with.{o}")]


def _owed(view: View, clock: Clock, loans: list[str]) -> Chart:
    last = max(clock.used(*(f"{x}.closing" for x in loans), least=ONE_DOLLAR), default=len(clock.ends) - 1)
    layers = [Series(x, [v / 1e6 for v in view.line(f"{x}.closing")[: last + 1]]) for x in loans]
    edges = [*clock.ends[: last + 1], clock.ends[min(last + 1, len(clock.ends) - 1)] + 1e-6]
    title = "Debt outstanding after the payments of each period, USD m"
    drawn = {f"{x}.closing": tuple(view.line(f"{x}.closing")[: last + 1]) for x in loans}
    most = {x: max(values) for x, values in drawn.items()}
    told = "; ".join(f"{x.removesuffix('.closing')} at most {v / 1e6:,.0f}" for x, v in most.items())
    return Chart("debt-outstanding", title, stacked_areas(edges, layers), f"{title}. {told}.", drawn)


def _cover(view: View, clock: Clock, loans: Sequence[str], title: str, number: int) -> Chart | None:
    panels, drawn, told = [], dict[str, tuple[float, ...]](), []
    span = clock.span(*(f"{x}.dscr.applies" for x in loans))
    for x in loans:
        names = [name for name in (f"{x}.dscr", f"{x}.dscr.forward") if view.when(view.line(f"{name}.applies"))]
        if not names:
            continue
        tested = {name: view.when(view.line(f"{name}.applies")) for name in names}
        drawn |= {name: tuple(view.line(name)[k] for k in tested[name]) for name in names}
        levels = [(words, view.cell(f"{x}.covenants.{k}")) for k, words in LEVELS if view.has(f"{x}.covenants.{k}")]
        low, high = min(min(drawn[n]) for n in names), max(max(drawn[n]) for n in names)
        told.append(f"{x} from {low:.2f}x to {high:.2f}x" + "".join(f", {w} {v:.2f}x" for w, v in levels))
        # A last test on a nearly repaid loan may be tens of times covered; the axis stops where the question does.
        usual = 1.25 * median(v for n in names for v in drawn[n])
        top = max(_CUT * max([1.0, *(v for _, v in levels)]), min(usual, _HIGHEST))
        lines = [
            Line(
                "looking ahead" if n.endswith("forward") else "looking back" if len(names) > 1 else "",
                [clock.ends[k] for k in tested[n]],
                [min(v, top) for v in drawn[n]],
                marked=True,
            )
            for n in names
        ]
        cut = f" (above {top:.2f}x not shown)" if high > top else ""
        panels.append(Panel(f"{x}{cut}", lines, levels or [("", 1.0)]))
    if not panels:
        return None
    svg = line_panels(panels, "times", span, height=1.42)
    return Chart(f"dscr-{number}", title, svg, f"{title}. {'; '.join(told)}.", drawn)


def _service(view: View, clock: Clock, loans: Sequence[str], title: str, number: int) -> Chart | None:
    panels, drawn = [], dict[str, tuple[float, ...]]()
    used = clock.used(*(f"{x}.debt_service" for x in loans), least=ONE_DOLLAR)
    if not used:
        return None
    years = [y for y in clock.years if int(view.years[used[0]]) <= y <= int(view.years[used[-1]])]
    for x in loans:
        layers = [(o, view.by_year(view.line(f"{o}.debt_service"))) for o in (*ahead_of(view, x), x)]
        service, cfads = layers[-1][1], view.by_year(view.line(f"{x}.cfads"))
        drawn |= {
            f"{x}.debt_service": tuple(view.line(f"{x}.debt_service")),
            f"{x}.cfads": tuple(view.line(f"{x}.cfads")),
        }
        mine = [y for y in years if service[str(y)] > ONE_DOLLAR]
        bars = [
            Series(f"debt service of {o}", [by[str(y)] / 1e6 if y in mine else None for y in years]) for o, by in layers
        ]
        line = Series("CFADS of the test dates", [cfads[str(y)] / 1e6 if y in mine else None for y in years])
        panels.append(Columns(f"{x}, USD m a year", bars, [line]))
    return Chart(
        f"service-{number}", title, stacked_columns(years, panels, height=0.95), f"{title}, loan by loan.", drawn
    )

"""What becomes of the cash: every step of the waterfall over the life of the deal, and year by year.

A step takes the cash left before it less the cash left after it. What support (a reserve, a letter of credit) pays into
a step is not taken from cash and so is not in its bar.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.report.charts.bridge import Kind, Step, bridge
from ringfence.desk.report.charts.stacked import Columns, Series, stacked_columns
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Chart, Section
from ringfence.desk.view import ONE_DOLLAR, View

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo

_LAYERS, _FEWEST, _DUST = 8, 2, 1e-4


@dataclass(frozen=True)
class Taken:
    """What one step takes, period by period. [USD]"""

    label: str
    amounts: list[float]
    kind: Kind

    @property
    def total(self) -> float:
        """Over the life of the deal. [USD]"""
        return sum(self.amounts)


def waterfall(view: View) -> Section | None:
    """Return the section; None for a deal whose businesses move no cash.

    Parameters
    ----------
    view
        The result.
    """
    charts = [chart for silo in view.silos for chart in _charts(view, silo)]
    return Section("waterfall", "Cash waterfall", tuple(charts)) if charts else None


def steps_of(view: View, silo: Silo) -> list[Taken]:
    """Return what each step of a business takes, in order.

    Parameters
    ----------
    view, silo
        The result and the business.
    """
    sheet, before = view.result.model.sheet, view.line(f"{silo.key}.cash.available")
    found = []
    for name in sheet.rows:
        if name.startswith(f"{silo.key}.waterfall.") and name.rpartition(".")[2][:2].isdigit() and view.has(name):
            after = view.line(name)
            label = sheet[name].label.partition(": ")[2] or name
            found.append(Taken(label, [b - a for b, a in zip(before, after, strict=True)], _kind(label)))
            before = after
    return found


def _kind(label: str) -> Kind:
    verb, _, what = label.partition(" ")
    if verb == "distribute":
        return "equity"
    if verb == "sweep" or what.endswith(".repayment"):
        return "principal"
    if what.endswith((".interest", ".fees")):
        return "interest"
    return "costs" if what in ("costs", "tax") else "other"


def _charts(view: View, silo: Silo) -> list[Chart]:
    key, steps = silo.key, [s for s in steps_of(view, silo) if abs(s.total) > ONE_DOLLAR]
    opening, available = view.line(f"{key}.cash.opening"), view.line(f"{key}.cash.available")
    incoming = sum(a - o for a, o in zip(available, opening, strict=True))
    if len(steps) < _FEWEST or incoming <= ONE_DOLLAR:
        return []
    rows = [Step("cash after uses of funds", 0.0, incoming / 1e6, "total")]
    for s in steps:
        rows.append(Step(s.label, rows[-1].end, rows[-1].end - s.total / 1e6, s.kind))
    left = view.cell(f"{key}.cash.closing")
    rows.append(Step("cash at the end of the deal", 0.0, left / 1e6, "total"))
    title = f"{key}: waterfall over the life of the deal, USD m"
    told = ", ".join(f"{s.label} {s.total / 1e6:,.1f}" for s in steps)
    drawn = {f"{key}.waterfall:{s.label}": tuple(s.amounts) for s in steps}
    drawn |= {f"{key}.cash.closing": (left,)}
    words = f"{title}. Cash {incoming / 1e6:,.1f}; {told}."
    return [Chart(f"waterfall-{key}", title, bridge(rows), words, drawn), *_by_year(view, silo, steps)]


def _by_year(view: View, silo: Silo, steps: list[Taken]) -> list[Chart]:
    if not silo.loans or len(steps) > _LAYERS:
        return []
    clock = Clock(view)
    sums = [view.by_year(s.amounts) for s in steps]
    least = _DUST * max(abs(v) for by in sums for v in by.values())
    used = [y for y in clock.years if any(abs(by[str(y)]) > least for by in sums)]
    years = [y for y in clock.years if used[0] <= y <= used[-1]]
    layers = [Series(s.label, [by[str(y)] / 1e6 for y in years]) for s, by in zip(steps, sums, strict=True)]
    title = f"{silo.key}: what each step takes by calendar year, USD m"
    svg = stacked_columns(years, [Columns("", layers)])
    return [Chart(f"waterfall-years-{silo.key}", title, svg, f"{title}.")]

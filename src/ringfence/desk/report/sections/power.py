"""Power: which GPUs have it, which wait for it and who bears that; what the plants make."""

from __future__ import annotations

from ringfence.desk.memo.power import power_tables
from ringfence.desk.report.charts.stacked import Columns, Series, stacked_areas, stacked_columns
from ringfence.desk.report.clock import Clock
from ringfence.desk.report.model import Block, Chart, Section
from ringfence.desk.view import View

LAYERS = (("powered_here", "with power on site"), ("powered_elsewhere", "hosted elsewhere"), ("unpowered", "no power"))


def power(view: View) -> Section | None:
    """Return the section; None for a deal without a fleet or a plant.

    Parameters
    ----------
    view
        The result.
    """
    fleets = [x for x, a in view.deal.assets.items() if a.type == "gpu_fleet"]
    charts = [c for c in (*(_fleet(view, x) for x in fleets), _plants(view)) if c is not None]
    tables = power_tables(view)
    blocks: tuple[Block, ...] = (*charts, *tables)
    return Section("power", "Power", blocks) if blocks else None


def _fleet(view: View, x: str) -> Chart | None:
    rows = [(f"{x}.{item}", words) for item, words in LAYERS if any(view.line(f"{x}.{item}"))]
    if not rows:
        rows = [(f"{x}.installed", "installed")]
    lined = [(f"{x}.bought", "delivered"), (f"{x}.installed", "installed")]
    lined = [(name, words) for name, words in lined if view.has(name) and name not in dict(rows)]
    clock = Clock(view)
    used = clock.used(*(name for name, _ in (*rows, *lined)))
    if not used:
        return None
    last = min(used[-1] + 1, len(clock.ends) - 1)
    edges = [clock.starts[0], *clock.ends[: last + 1]]
    layers = [Series(words, view.line(name)[: last + 1]) for name, words in rows]
    lines = [Series(words, view.line(name)[: last + 1]) for name, words in lined]
    title = f"GPUs of {x} by where their power comes from, average over each period"
    drawn = {name: tuple(view.line(name)[: last + 1]) for name, _ in (*rows, *lined)}
    told = "; ".join(f"{words} at most {max(view.line(name)):,.0f}" for name, words in rows)
    return Chart(f"power-{x}", title, stacked_areas(edges, layers, lines=lines), f"{title}. {told}.", drawn)


def _plants(view: View) -> Chart | None:
    clock = Clock(view)
    plants = [x for x in view.deal.assets if view.has(f"{x}.generation") and view.total(f"{x}.generation") > 0]
    if not plants:
        return None
    sums = {x: view.by_year(view.line(f"{x}.generation")) for x in plants}
    layers = [Series(x, [by[str(y)] / 1e3 for y in clock.years]) for x, by in sums.items()]
    title = "Energy made, the owner's share, GWh by calendar year"
    drawn = {f"{x}.generation": tuple(view.line(f"{x}.generation")) for x in plants}
    svg = stacked_columns(clock.years, [Columns("", layers)])
    return Chart("generation", title, svg, f"{title}.", drawn)

"""GPUs bought, installed, powered and earning; which constraint binds and who bears it. One row per stretch of time."""

from __future__ import annotations

from typing import Any

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View

CONSTRAINTS = ("none", "delivery", "acceptance", "power", "lease not begun")
BEARERS = ("-", "lessee", "vehicle")
COUNTS = ("bought", "installed", "powered_here", "powered_elsewhere", "unpowered")


def power_tables(view: View) -> list[Table]:
    """Return a table per GPU fleet and, where there are plants, one of what they make."""
    fleets = [x for x, a in view.deal.assets.items() if a.type == "gpu_fleet"]
    return [t for t in (*(_fleet(view, x) for x in fleets), _plants(view)) if t.rows]


def _fleet(view: View, x: str) -> Table:
    lease = next((y for y, c in view.deal.of_type("lease").items() if c.asset == x), None)
    sited = view.has(f"{x}.powered")
    names = [f"{x}.{c}" for c in COUNTS if view.has(f"{x}.{c}")] if sited else [f"{x}.bought", f"{x}.installed"]
    if lease:
        names.append(f"{lease}.earning")
    columns = [view.line(name) for name in names]
    codes, bearers = view.line(f"{x}.constraint"), view.line(f"{x}.constraint_bearer")
    stretches = _stretches([tuple(map(round, key)) for key in zip(*columns, codes, bearers, strict=True)])
    rows: list[tuple[Cell, ...]] = []
    for first, last, values in stretches:
        if not any(values[: len(names)]):
            continue
        counts: list[Cell] = [Figure(float(v), "count") for v in values[: len(names)]]
        words: list[Cell] = [_word(CONSTRAINTS, values[-2]), _word(BEARERS, values[-1])] if sited else []
        rows.append((_span(view, first, last), *counts, *words))
    words_of = {"powered_here": "on site", "powered_elsewhere": "elsewhere", "unpowered": "no power"}
    shown = [words_of.get(item, item) for item in (n.rsplit(".", 1)[-1] for n in names)]
    heads = ("periods", *shown, *(("held back by", "borne by") if sited else ()))
    return Table(f"power:{x}", f"GPUs of {x}, average over the period", heads, tuple(rows))


def _stretches(keys: list[tuple[int, ...]]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Return runs of equal keys as (first, last, key)."""
    out: list[tuple[int, int, tuple[int, ...]]] = []
    for k, key in enumerate(keys):
        if out and out[-1][2] == key:
            out[-1] = (out[-1][0], k, key)
        else:
            out.append((k, k, key))
    return out


def _span(view: View, first: int, last: int) -> str:
    return view.labels[first] if first == last else f"{view.labels[first]} to {view.labels[last]}"


def _word(words: tuple[str, ...], code: int) -> str:
    return words[code] if 0 <= code < len(words) else str(code)


def _plants(view: View) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for x, a in view.deal.assets.items():
        if view.has(f"{x}.generation") or view.has(f"{x}.available_power"):
            rows.append(_plant(view, x, a))
    heads = ("plant", "type", "MW owned", "operates", "GWh a year", "cost, USD m")
    title = "Power plants (owner's share; GWh in the first full year of operation)"
    return Table("plants", title, heads, tuple(rows), left=frozenset({0, 1}))


def _plant(view: View, x: str, asset: Any) -> tuple[Cell, ...]:
    cod = view.cell(f"{x}.cod") if view.has(f"{x}.cod") else None
    running = view.has(f"{x}.operating") and view.total(f"{x}.operating") > 0
    return (
        x,
        asset.type,
        Figure(view.cell(f"{x}.power_owned"), "count"),
        view.date_of_month(cod) if running else "never",
        Figure(_first_full_year(view, x), "count", "-"),
        Figure(view.total(f"{x}.capex")),
    )


def _first_full_year(view: View, x: str) -> float | None:
    """Energy of the first calendar year in which the plant ran in every period. [GWh]"""
    if not view.has(f"{x}.generation"):
        return None
    made, operating = view.line(f"{x}.generation"), view.line(f"{x}.operating")
    for year in view.calendar()[1:]:
        periods = [k for k, y in enumerate(view.years) if y == year]
        if all(operating[k] > 0.999 for k in periods):
            return sum(made[k] for k in periods) / 1000 or None
    return None

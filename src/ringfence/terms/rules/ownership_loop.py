"""Vehicles do not own each other in a circle."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_ownership_loop(deal: Deal) -> list[Finding]:
    """Refuse a circle of equity contracts between vehicles; the circle is printed."""
    links = {(c.holder, c.vehicle): x for x, c in deal.of_type("equity").items() if c.holder in deal.vehicles}
    graph: dict[str, set[str]] = {v: set() for v in deal.vehicles}
    for holder, vehicle in links:
        graph[holder].add(vehicle)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        return [_told(deal, links, list(reversed(cycle.args[1])))]
    return []


def _told(deal: Deal, links: dict[tuple[str, str], str], circle: list[str]) -> Finding:
    pairs = list(pairwise(circle))
    message = f"{' owns '.join(circle)}: {len(pairs)} vehicles own each other in a circle."
    if len(pairs) == 1:
        message = f"{circle[0]} owns itself."
    where = [deal.where(f"contracts.{links[pair]}") for pair in pairs if pair in links]
    return finding("ownership-loop", message, where=where, fix="take one of the equity contracts out")

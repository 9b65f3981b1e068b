"""Where everything lies: the memory all paths share, and the memory of a group of paths.

Shared memory holds numbers; the memory of a group holds vectors. In both a cell takes one place and a line
one a period, with a zero on either side, so that looking one period too far reads 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.run.native.tables import TablePlace, places, room
from ringfence.sheet.plan import Plan
from ringfence.sheet.row import Expr, Row

#: Different distances between neighbouring times that are kept.
STEPS = 16


@dataclass
class Memory:
    """A growing piece of memory.

    Parameters
    ----------
    periods
        Periods of the sheet.
    unit
        Bytes of one place.
    """

    periods: int
    unit: int
    size: int = 0
    places: dict[int, int] = field(default_factory=dict)

    def take(self, count: int = 1) -> int:
        """Take places; return the offset of the first. [bytes]"""
        start = self.size
        self.size += count
        return start * self.unit

    def line(self) -> int:
        """Take a line; return the offset of period 0. [bytes]"""
        stride = self.periods + 2
        return self.take(stride + (stride % 2 == 0)) + self.unit

    def cell_of(self, key: int) -> int:
        """Return the place of a cell, taking one if it has none."""
        if key not in self.places:
            self.places[key] = self.take()
        return self.places[key]

    def line_of(self, key: int) -> int:
        """Return period 0 of a line, taking places if it has none."""
        if key not in self.places:
            self.places[key] = self.line()
        return self.places[key]


@dataclass
class Layout:
    """The two memories of a kernel.

    Parameters
    ----------
    plan
        The plan.
    shared
        What is the same for every path.
    group
        What a group of paths needs.
    tables
        Tables in shared memory, by id.
    steps
        Distances between the times of an irr, by id of the times. [bytes]
    """

    plan: Plan
    shared: Memory
    group: Memory
    tables: dict[int, TablePlace] = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan, lanes: int) -> Layout:
        """Start an empty layout for groups of some paths."""
        periods = plan.sheet.periods
        return cls(plan, Memory(periods, 8), Memory(periods, 8 * lanes))

    def steps_of(self, times: Expr) -> int:
        """Return the place of the distances between times, taking places if they have none. [bytes]"""
        if id(times) not in self.steps:
            self.steps[id(times)] = self.shared.take(1 + STEPS + self.plan.sheet.periods)
        return self.steps[id(times)]

    def table(self, row: Row) -> TablePlace:
        """Return the place of a table, taking one if it has none."""
        place = self.tables.get(id(row))
        if place is None:
            points = room(len(row.value[0]))
            place = TablePlace(self.shared.take(places(points)) // self.shared.unit, points)
            self.tables[id(row)] = place
        return place

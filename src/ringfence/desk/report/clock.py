"""Where the periods of a deal stand on a time axis."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ringfence.desk.report.charts.style import year_of
from ringfence.desk.view import View


class Clock:
    """Decimal years of the periods of a result.

    Parameters
    ----------
    view
        The result.
    """

    def __init__(self, view: View) -> None:
        self.view = view
        self.periods = view.result.model.timeline.periods

    @cached_property
    def starts(self) -> list[float]:
        """Where each period begins. [year]"""
        return [year_of(p.start) for p in self.periods]

    @cached_property
    def ends(self) -> list[float]:
        """Where each period ends; its cash is dated here. [year]"""
        return [year_of(p.end) for p in self.periods]

    @cached_property
    def years(self) -> list[int]:
        """Calendar years of the deal."""
        return [int(y) for y in self.view.calendar()]

    def used(self, *names: str, least: float = 0.5) -> list[int]:
        """Return the periods in which any of the rows is above `least`, in order."""
        lines = [self.view.line(name) for name in names if self.view.has(name)]
        return [k for k in range(len(self.periods)) if any(abs(line[k]) > least for line in lines)]

    def stretch(self, periods: Iterable[int]) -> tuple[float, float] | None:
        """Return from where the first period begins to where the last one ends. [year]"""
        found = list(periods)
        return (self.starts[found[0]], self.ends[found[-1]]) if found else None

    def stretches(self, periods: Iterable[int]) -> list[tuple[float, float]]:
        """Return runs of neighbouring periods as (begin, end). [year]"""
        runs: list[tuple[float, float]] = []
        last = -2
        for k in periods:
            if k == last + 1 and runs:
                runs[-1] = (runs[-1][0], self.ends[k])
            else:
                runs.append((self.starts[k], self.ends[k]))
            last = k
        return runs

    def span(self, *names: str, least: float = 0.5) -> tuple[float, float]:
        """Return from close to the last period in which any of the rows is in use. [year]"""
        found = self.used(*names, least=least)
        return (self.starts[0], self.ends[found[-1]] if found else self.ends[-1])

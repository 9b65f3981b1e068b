"""The desk's core: read a deal, run it, ask why.

A deal as written is sized on its own terms. Under a scenario, a ``--set`` or a change, the same deal is first sized
as agreed and then run with the change on the signed schedule; ``resize`` sizes afresh (docs/convention.md 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from os import PathLike
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ringfence.errors import Finding, RingfenceError

if TYPE_CHECKING:
    from ringfence.blocks.build import Model
    from ringfence.run.explain import Explanation
    from ringfence.run.result import Measure, Run
    from ringfence.terms.deal import Deal


@dataclass(frozen=True)
class Check:
    """A rule that must hold: `worst` is the largest residual over all periods. [USD unless said]"""

    name: str
    label: str
    ok: bool
    worst: float


@dataclass(frozen=True)
class Alert:
    """Something about the deal a lender wants to hear of: in how many periods, and when first."""

    name: str
    label: str
    count: int
    first: str


@dataclass(frozen=True, repr=False)
class Result:
    """A deal with its figures.

    Attributes
    ----------
    deal
        The deal that was run.
    model
        Its sheet, timeline and books.
    run
        Every row and measure.
    signed
        Whether it ran on a schedule signed under other terms.
    seconds
        Time taken. [s]
    """

    deal: Deal
    model: Model
    run: Run
    signed: bool
    seconds: float

    @property
    def measures(self) -> Mapping[str, Measure]:
        """Figures by name."""
        return self.run.measures

    @property
    def labels(self) -> tuple[str, ...]:
        """Label of each period: ``close``, then the last month in it."""
        return self.model.timeline.labels

    @property
    def scenario(self) -> str | None:
        """Scenario the deal was read under."""
        return self.deal.scenario

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and notes about the terms."""
        return self.deal.findings

    @property
    def checks(self) -> tuple[Check, ...]:
        """Every rule that must hold, with its worst residual."""
        return tuple(_check(self, *item) for item in self.model.books.checks)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Alerts that ring."""
        found = (_alert(self, *item) for item in self.model.books.alerts)
        return tuple(a for a in found if a.count)

    def __repr__(self) -> str:
        from ringfence.desk.memo import memo

        return "\n\n".join(table.text() for table in memo(self))

    def _repr_html_(self) -> str:
        from ringfence.desk.memo import memo

        return "".join(table._repr_html_() for table in memo(self))

    def rows(self, pattern: str = "*") -> Table:
        """Rows whose names match a shell pattern, e.g. ``senior.*``.

        Parameters
        ----------
        pattern
            Shell pattern; ``*`` matches dots too.

        Raises
        ------
        RingfenceError
            If no row matches; the nearest names are given.
        """
        names = [row.name for row in self.model.sheet if fnmatchcase(row.name, pattern) and row.name in self.run]
        if not names:
            from ringfence.errors import meant

            known = [row.name for row in self.model.sheet]
            raise RingfenceError(f"no row matches {pattern}{meant(pattern, known)}")
        units = {name: str(self.model.sheet[name].unit) for name in names}
        return Table(self.labels, {name: self.run[name] for name in names}, units)


@dataclass(frozen=True)
class Table:
    """Rows over periods; prints itself in a terminal and in a notebook."""

    labels: tuple[str, ...]
    values: Mapping[str, Any]
    units: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __iter__(self) -> Any:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def cells(self, name: str) -> list[float]:
        """Values of a row, one per period; a one-cell row repeats. [unit of the row]"""
        value = self.values[name]
        return [value] * len(self.labels) if isinstance(value, float) else [float(x) for x in value]

    def __repr__(self) -> str:
        from ringfence.desk.tables import table_text

        return table_text(self)

    def _repr_html_(self) -> str:
        from ringfence.desk.tables import table_html

        return table_html(self)


def read(
    path: str | PathLike[str], *, scenario: str | None = None, set: Mapping[str, Any] | Iterable[str] = ()
) -> Deal:
    """Read a deal file.

    Parameters
    ----------
    path
        The deal file.
    scenario
        Name of one of its scenarios.
    set
        Changes: ``{"contracts.senior.pricing": "SOFR + 4.5%"}``, or ``["path=value"]``.

    Returns
    -------
    Deal
        The deal; run it with :func:`run`.

    Raises
    ------
    DealError
        With every finding.
    """
    from ringfence.terms.read import read_deal, revise

    if isinstance(set, Mapping):
        deal = read_deal(path, scenario=scenario)
        return revise(deal, set) if set else deal
    return read_deal(path, scenario=scenario, sets=set)


def agreed(deal: Deal) -> Deal:
    """The deal as signed: without its scenario and its changes."""
    from ringfence.terms.read import as_agreed

    return as_agreed(deal)


def run(deal: Deal, *, resize: bool = False, changes: Mapping[str, Any] | None = None) -> Result:
    """Run a deal.

    Parameters
    ----------
    deal
        The deal, as read.
    resize
        Size the debt on these terms, even where a scenario or a change departs from the deal as agreed.
    changes
        Changes to make first, path to value.

    Returns
    -------
    Result
        Figures, rows, checks and alerts.
    """
    from ringfence.blocks.build import build
    from ringfence.desk.signed import signed
    from ringfence.solve import complete, run_fresh, run_signed
    from ringfence.terms.read import revise

    start = perf_counter()
    asked = revise(deal, changes) if changes else deal
    if asked._agreed is None:
        base = signed(asked)
        return Result(asked, base.model, base.run, False, perf_counter() - start)
    model = build(asked)
    if resize:
        return Result(asked, model, run_fresh(model.sheet), False, perf_counter() - start)
    terms = complete(signed(asked).terms, model.sheet, model.books.signed)
    return Result(asked, model, run_signed(model.sheet, terms), True, perf_counter() - start)


def explain(result: Result, row: str, period: str | int | None = None, *, depth: int = 2) -> Explanation:
    """Say why a row or measure is what it is: formula, numbers, precedents and sources.

    Parameters
    ----------
    result
        A run deal.
    row
        Row or measure name.
    period
        Label (``2027-06``), date or number of the period; a measure needs none.
    depth
        Levels of precedents.
    """
    from ringfence.run.explain import explain as explain_row

    of_measure = row in result.measures and row not in result.run
    number = None if period is None or of_measure else result.model.timeline.find(str(period))
    return explain_row(result.model.sheet, result.run, row, period=number, depth=depth, labels=result.labels)


def _check(result: Result, name: str, label: str, row: Any) -> Check:
    import numpy as np

    worst = float(np.max(np.abs(np.asarray(result.run[row.name]))))
    return Check(name, label, worst <= _tolerance(result), worst)


def _tolerance(result: Result) -> float:
    """A cent, or 1e-12 of the largest amount of the deal if that is more. [USD]"""
    uses = result.measures.get("deal.uses.total")
    return max(0.01, 1e-12 * (uses.value or 0.0)) if uses else 0.01


def _alert(result: Result, name: str, label: str, row: Any) -> Alert:
    import numpy as np

    flags = np.atleast_1d(np.asarray(result.run[row.name])) > 0.5
    first = result.labels[int(np.argmax(flags))] if flags.any() and flags.size > 1 else ""
    return Alert(name, label, int(flags.sum()), first)

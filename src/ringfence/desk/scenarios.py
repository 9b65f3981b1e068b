"""Every scenario of a deal side by side: measures, and the step each makes from the scenario it comes after.

A chain of scenarios, each ``after`` the one before, reads as a bridge from one figure to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from os import PathLike

from ringfence.desk.session import Result, read, run
from ringfence.desk.table import Cell, Figure, Kind, Table
from ringfence.desk.tables import kind_of
from ringfence.errors import RingfenceError, meant

USUAL = ("senior.dscr.min", "gpu_equity.irr")


def run_scenarios(path: str | PathLike[str], *, resize: bool = False) -> Iterator[tuple[str, str, Result]]:
    """Run a deal as agreed and under each of its scenarios.

    Parameters
    ----------
    path
        The deal file.
    resize
        Size the debt of each scenario on its own terms.

    Yields
    ------
    tuple
        Name, description and result; the deal as agreed comes first, with an empty name.
    """
    deal = read(path)
    yield "", deal.title or deal.deal, run(deal)
    for name, words in deal.scenarios.items():
        yield name, words or name, run(read(path, scenario=name), resize=resize)


def scenario_table(runs: Sequence[tuple[str, str, Result]], measures: Sequence[str], *, resize: bool = False) -> Table:
    """Return measures by scenario, each with its change from the scenario it comes after.

    Parameters
    ----------
    runs
        As :func:`run_scenarios` gives them.
    measures
        Measure names.
    resize
        Whether the debt was sized for each scenario; said in a note.
    """
    first = runs[0][2]
    kinds = [_kind(first, name) for name in measures]
    heads = ("scenario", *(head for name in measures for head in (name, "change")))
    rows: list[tuple[Cell, ...]] = []
    by_name = {name: result for name, _, result in runs}
    bases = first.deal.scenario_bases
    for name, words, result in runs:
        before = by_name[bases[name]] if name else None
        cells = [c for m, kind in zip(measures, kinds, strict=True) for c in _pair(result, before, m, kind)]
        rows.append((words, *cells))
    note = "Debt sized for each scenario." if resize else "Debt as signed on the deal as agreed."
    return Table("scenarios", f"Scenarios of {first.deal.deal}", heads, tuple(rows), notes=(note,))


def _kind(result: Result, name: str) -> Kind:
    if name not in result.measures:
        raise RingfenceError(f"there is no measure {name}{meant(name, list(result.measures))}")
    return kind_of(str(result.measures[name].unit), name)


def _pair(result: Result, before: Result | None, name: str, kind: Kind) -> tuple[Cell, Cell]:
    """A measure and its change; points for percentages."""
    value = result.measures[name].value if name in result.measures else None
    old = before.measures[name].value if before and name in before.measures else None
    if value is None or old is None:
        return Figure(value, kind), None
    if kind == "percent":
        return Figure(value, kind), f"{(value - old) * 100:+.2f} pts"
    return Figure(value, kind), Figure(value - old, kind)

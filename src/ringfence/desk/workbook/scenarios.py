"""The scenarios a book holds: those that change inputs and not rows, each with its figures as it was run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook.accounting import accounted

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.run.workbook import Scenario


def scenarios_of(result: Result, structural: Mapping[str, str], *, longer: bool) -> tuple[Scenario, ...]:
    """Return every scenario of a deal, with the inputs it changes or why it needs a book of its own.

    Parameters
    ----------
    result
        A run deal.
    structural
        Inputs that shape the book, with reasons.
    longer
        Whether the book shows accounts.
    """
    found = _scenarios(result, structural, longer=longer)
    return tuple(replace(scenario, figures=_figures_under(result, scenario.name)) for scenario in found)


def _scenarios(result: Result, structural: Mapping[str, str], *, longer: bool) -> Iterator[Scenario]:
    """Scenarios whose rows are the rows of this book; of the others, why they need one of their own."""
    from ringfence.blocks.build import build
    from ringfence.desk.session import run
    from ringfence.errors import RingfenceError
    from ringfence.run.reference import structure
    from ringfence.run.workbook import Scenario
    from ringfence.terms.read import under

    deal = result.deal
    if result.scenario or not deal.scenarios:
        return
    mine = structure(result.model.sheet)
    for name, words in deal.scenarios.items():
        try:
            other = accounted(run(under(deal, name))).model.sheet if longer else build(under(deal, name)).sheet
        except RingfenceError as error:
            yield Scenario(name, words or name, refused=str(error).splitlines()[0])
            continue
        if structure(other) != mine:
            yield Scenario(name, words or name, refused="it changes rows, not only inputs; write a book of it")
            continue
        changed = {
            row.name: row.value for row in other if row.is_input and row.value != result.model.sheet[row.name].value
        }
        odd = [n for n, value in changed.items() if n in structural or not _fits(result, n, value)]
        if odd:
            yield Scenario(name, words or name, refused=f"it changes {odd[0]}, which shapes the book")
        else:
            yield Scenario(name, words or name, changed)


def figures_of(result: Result) -> dict[str, float | None]:
    """Return every measure of a run; None where it has no one value.

    Parameters
    ----------
    result
        A run deal.
    """
    return {name: measure.value for name, measure in result.measures.items()}


def _figures_under(result: Result, scenario: str) -> dict[str, float | None]:
    """Figures of a run under a scenario, its debt sized or held as that of the book; none where it cannot be run."""
    from ringfence.desk.session import run
    from ringfence.errors import RingfenceError
    from ringfence.terms.read import under

    try:
        return figures_of(run(under(result.deal, scenario), resize=not result.signed))
    except RingfenceError:
        return {}


def _fits(result: Result, name: str, value: Any) -> bool:
    row = result.model.sheet[name]
    if row.kind == "series" or name.startswith("period."):
        return False
    return row.kind == "scalar" or bool(row.value[0] == value[0])

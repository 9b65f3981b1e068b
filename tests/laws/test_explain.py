"""What is printed is true: the printed formula, on the printed numbers, gives the printed value.

``evaluate_printed`` reads the text of a formula back and applies it to the run. The second test goes by the printed
page alone: it takes the formula and the values beside the names from the text of the explanation, as a reader with a
pocket calculator would.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import ringfence as rf
from ringfence.run.explain import evaluate_printed
from ringfence.run.explain import explain as explain_row

PATH = "examples/softbank-10bn/deal.yaml"
SCENARIOS = (None, "sakai-only")


@lru_cache(maxsize=2)
def example(scenario: str | None) -> Any:
    """Return the $10bn deal, run as written or under a scenario."""
    return rf.run(rf.read(PATH, scenario=scenario))


def periods_of(result: Any, name: str) -> tuple[int, ...]:
    """Return the periods to ask a row about: close, one that its name picks, and the last; one for a cell."""
    value = result.run[name]
    last = result.model.sheet.periods - 1
    return (0, sum(map(ord, name)) % last, last) if isinstance(value, np.ndarray) else (0,)


def formulas(result: Any) -> Iterator[Any]:
    """Yield the rows that have a formula."""
    yield from (row for row in result.model.sheet if row.expr is not None)


def close_to(got: float, want: float, size: float) -> bool:
    """Whether two values are one number to a backend."""
    return abs(got - want) <= 1e-9 * max(1.0, abs(want)) + 1e-12 * size


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_every_row_is_what_its_printed_formula_says(scenario: str | None) -> None:
    """For every row of the example, in three periods, the formula as printed gives the value."""
    result = example(scenario)
    size = result.measures["deal.uses.total"].value
    wrong = [
        (row.name, t)
        for row in formulas(result)
        for t in periods_of(result, row.name)
        if not close_to(
            evaluate_printed(result.model.sheet, row.name, result.run, t),
            float(np.broadcast_to(result.run[row.name], result.model.sheet.periods)[t]),
            size,
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_every_measure_is_what_its_printed_formula_says(scenario: str | None) -> None:
    """For every figure of the example that has a value, the formula as printed gives it."""
    result = example(scenario)
    size = result.measures["deal.uses.total"].value
    wrong = [
        name
        for name, measure in result.model.sheet.measures.items()
        if result.measures[name].value is not None
        and not close_to(evaluate_printed(result.model.sheet, measure, result.run), result.measures[name].value, size)
    ]
    assert wrong == []


def test_every_row_and_measure_explains_itself() -> None:
    """Every row and figure prints, and every input it reads names where it comes from."""
    result = example(None)
    bare: set[str] = set()
    for row in result.model.sheet:
        if row.kind == "table":
            continue
        period = periods_of(result, row.name)[-1]
        told = explain_row(result.model.sheet, result.run, row.name, period=period, labels=result.labels)
        assert row.name in str(told)
        if row.is_input and not row.source:
            bare.add(row.name)
    for name in result.model.sheet.measures:
        assert name in str(rf.explain(result, name))
    assert [name for name in sorted(bare) if not WRITTEN_BY_NOBODY.fullmatch(name)] == []


WRITTEN_BY_NOBODY = re.compile(r"deal\.signed|.*\.size\.code[0-9]+|.*\.equity\.total\.signed")
"""Cells that no deal writes: the switch, the codes of the limits, and what the switch holds."""


# --- the printed page alone ---------------------------------------------------------------------------------------

_TOKEN = re.compile(r"(?:[a-z0-9_]+:)*[a-z0-9_]+(?:\.[a-z0-9_]+)*(?:~[0-9]+)?|[-+*/(),]|\S")
_WORDS = {"least": "min", "most": "max"}


def by_hand(told: Any) -> float | None:
    """Evaluate the printed formula on the printed precedents; None where it looks across periods or chooses."""
    values = {p.name: p.value for p in told.precedents}
    words = []
    for token in _TOKEN.findall(told.formula):
        if token in values:
            words.append(repr(values[token]))
        elif token in _WORDS or token in "-+*/()," or re.fullmatch(r"[0-9.]+", token):
            words.append(_WORDS.get(token, token))
        else:
            return None
    return float(eval(" ".join(words), {"__builtins__": {}}, {"min": min, "max": max})) if words else None


def test_the_printed_numbers_give_the_printed_value() -> None:
    """Sums, products, quotients, least and most, worked by hand from the printed numbers, give the printed value."""
    result, worked, wrong = example(None), 0, []
    size = result.measures["deal.uses.total"].value
    for row in formulas(result):
        for t in periods_of(result, row.name):
            told = explain_row(result.model.sheet, result.run, row.name, period=t, depth=1, labels=result.labels)
            got = by_hand(told)
            if got is None:
                continue
            worked += 1
            if not close_to(got, told.value, size):
                wrong.append((row.name, t, got, told.value))
    assert wrong == []
    assert worked > 1000

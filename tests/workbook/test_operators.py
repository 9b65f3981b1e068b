"""Every operator means in Excel what it means in the reference."""

import numpy as np
import pytest
from case import read_cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recalculated import Recalculated, plain_book
from test_random import PERIODS, build, number, recipe

from ringfence.run import reference
from ringfence.run.workbook import write_workbook
from ringfence.run.workbook.lint import lint
from ringfence.run.workbook.meaning import EXCEL
from ringfence.sheet import Sheet, constant, previous
from ringfence.sheet.ops import OPERATORS


def test_the_table_is_complete():
    """Excel has a meaning for exactly the closed list."""
    assert EXCEL.keys() == OPERATORS.keys()


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_cases_recalculate_to_the_reference(case, tmp_path):
    """Every hand-worked case, typed as formulas, recalculates to the reference in every cell, and the file is clean."""
    sheet = case.sheet()
    layout, values = plain_book(sheet)
    write_workbook(tmp_path / "case.xlsx", layout, values)
    book = Recalculated(layout, tmp_path / "case.xlsx")
    book.evaluate()

    wrong, count = book.differences(values)

    assert wrong == []
    assert count > len(sheet)
    assert lint(tmp_path / "case.xlsx") == []


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_steps_change_no_number(case):
    """Cutting formulas into steps leaves every row and every figure as it was."""
    sheet = case.sheet()
    _, values = plain_book(sheet)
    run = reference.run(sheet)

    for name in run:
        np.testing.assert_allclose(values[name], run[name], rtol=1e-12, atol=1e-12)
    for name, measure in run.measures.items():
        if measure.status in ("ok", "several"):
            assert values[f"measure:{name}"] == pytest.approx(measure.value, rel=1e-9, abs=1e-12)
        else:
            assert values[f"measure:{name}"] == 0.0


lines = st.lists(st.lists(number, min_size=PERIODS, max_size=PERIODS), min_size=1, max_size=3)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lines, st.lists(number, min_size=1, max_size=3), st.lists(recipe, min_size=1, max_size=12))
def test_random_sheets_recalculate_to_the_reference(tmp_path, series, cells, recipes):
    """Any sheet the formula language can say recalculates to the reference in every cell."""
    sheet = build(series, cells, recipes)
    layout, values = plain_book(sheet)
    write_workbook(tmp_path / "random.xlsx", layout, values)
    book = Recalculated(layout, tmp_path / "random.xlsx")
    book.evaluate()

    assert book.differences(values)[0] == []


def test_a_shifted_number_is_a_line_of_its_own(tmp_path):
    """The value of the period before of a plain number, with another value at the edge, recalculates too."""
    sheet = Sheet(periods=4)
    rate = sheet.scalar("rate", 3.0)
    sheet.row("before", previous(constant(1.0), 1, first=rate) + sheet.series("x", [1.0, 2.0, 3.0, 4.0]))
    layout, values = plain_book(sheet)
    write_workbook(tmp_path / "shift.xlsx", layout, values)
    book = Recalculated(layout, tmp_path / "shift.xlsx")
    book.evaluate()

    assert list(values["before"]) == [4.0, 3.0, 4.0, 5.0]
    assert book.differences(values)[0] == []

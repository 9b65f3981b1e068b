"""Every backend gives every hand-worked case its expected rows and measures."""

import pytest
from case import BACKENDS, read_cases

from ringfence.sheet.formula import walk
from ringfence.sheet.ops import OPERATORS


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case.name)
def test_case(case, backend):
    """Rows equal the hand-worked values to 1e-12, measures their value, status and roots."""
    assert case.problems(backend) == []


def test_cases_use_every_operator():
    """No operator of the closed list is without a case."""
    used = set()
    for case in read_cases():
        sheet = case.sheet()
        for holder in [*sheet, *sheet.measures.values()]:
            if holder.expr is not None:
                used |= {node.op for node in walk(holder.expr)}
    assert set(OPERATORS) <= used

"""Any deal the desk can run becomes a book that is clean and recalculates to the engine."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from perturbed import joint, proved
from recalculated import Recalculated
from tests.laws.deals import read_random

from ringfence.desk.session import run
from ringfence.desk.workbook import make_book
from ringfence.errors import RingfenceError
from ringfence.run.workbook.lint import lint

calm = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], report_multiple_bugs=False
)


def prove(seed, path):
    """Write the book of a random deal, lint it, and recalculate it as written and under joint draws."""
    try:
        book = make_book(run(read_random(seed)))
    except RingfenceError:  # a deal the desk refuses has no book
        return
    book.write(path)
    assert lint(path) == []
    typed = Recalculated(book.layout, path)
    rng = random.Random(seed)
    assert proved(book, typed, [{}, *(joint(book, rng) for _ in range(2))])


@settings(calm, max_examples=3)
@given(st.integers(0, 100_000))
def test_random_deals(tmp_path, seed):
    """A few random deals: clean, and right under joint draws of their inputs."""
    prove(seed, tmp_path / "random.xlsx")


@pytest.mark.slow
@settings(calm, max_examples=40)
@given(st.integers(0, 100_000))
def test_many_random_deals(tmp_path, seed):
    """Many random deals: clean, and right under joint draws of their inputs."""
    prove(seed, tmp_path / "random.xlsx")

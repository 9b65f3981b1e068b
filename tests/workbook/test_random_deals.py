"""Any deal the desk can run becomes a book that is clean and recalculates to the engine."""

from __future__ import annotations

import random

import pytest
from recalculated import Recalculated
from test_perturbation import joint, proved
from tests.laws.deals import read_random

from ringfence.desk.session import run
from ringfence.desk.workbook import make_book
from ringfence.errors import RingfenceError
from ringfence.run.workbook.lint import lint

FAST = (0, 3)
SLOW = range(5, 35)


def book_of(seed):
    """Return the book of a random deal; None where the desk refuses it."""
    try:
        return make_book(run(read_random(seed)))
    except RingfenceError:
        return None


def prove(seed, path):
    """Write the book of a random deal, lint it, and recalculate it as written and under joint draws."""
    book = book_of(seed)
    if book is None:
        return
    book.write(path)
    assert lint(path) == []
    typed = Recalculated(book.layout, path)
    rng = random.Random(seed)
    proved(book, typed, [{}, *(joint(book, rng) for _ in range(2))])


@pytest.mark.parametrize("seed", FAST)
def test_random_deals(seed, tmp_path):
    """A few random deals: clean, and right under joint draws of their inputs."""
    prove(seed, tmp_path / "random.xlsx")


@pytest.mark.slow
@pytest.mark.parametrize("seed", SLOW)
def test_many_random_deals(seed, tmp_path):
    """Many random deals: clean, and right under joint draws of their inputs."""
    prove(seed, tmp_path / "random.xlsx")

"""Lets the tests of this folder import ``recalculated``; books of the examples, made once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parent.parent / "agree"))

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.fixture(scope="session")
def bridge():
    """Return the book of the hand calculation."""
    from ringfence.desk.session import read, run
    from ringfence.desk.workbook import make_book

    return make_book(run(read(EXAMPLES / "bridge" / "deal.yaml")))


@pytest.fixture(scope="session")
def plan_book():
    """Return the book of the $10bn plan."""
    from ringfence.desk.session import read, run
    from ringfence.desk.workbook import make_book

    return make_book(run(read(EXAMPLES / "softbank-10bn" / "deal.yaml")))


@pytest.fixture(scope="session")
def bridge_file(bridge, tmp_path_factory):
    """Return the book of the hand calculation as a file."""
    path = tmp_path_factory.mktemp("book") / "bridge.xlsx"
    bridge.write(path)
    return path

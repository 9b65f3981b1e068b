"""What random deals exercise, counted: see ``python -m tests.laws.coverage``."""

from __future__ import annotations

import pytest
from tests.laws.coverage import LEAST, UNUSED, cover


@pytest.mark.slow
def test_random_deals_exercise_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    """Every operator, block, verb and binding limit comes up in 20 of 300 deals; a third of them are large."""
    found = cover(range(300))
    with capsys.disabled():
        print(f"\n{found}")
    assert found.gaps() == []
    assert [name for name in UNUSED if found.counts[name[0]][name[1]] >= LEAST] == []
    assert 3 * found.three_loans >= found.drawn - found.refused
    assert 3 * found.two_vehicles >= found.drawn - found.refused

"""What the block tests share: an empty build on a monthly or other grid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from ringfence.blocks.clock import add_clock
from ringfence.blocks.context import Build
from ringfence.sheet import Sheet
from ringfence.timeline import build_timeline

MakeBuild = Callable[..., Build]


@pytest.fixture
def make_build() -> MakeBuild:
    """Return a function that starts a sheet at 2024-10-01 with a clock and nothing else."""

    def make(until: date = date(2031, 9, 30), period: str = "month", close: date = date(2024, 10, 1)) -> Build:
        timeline = build_timeline(close, [(period, None)], until)
        sheet = Sheet(periods=len(timeline))
        clock = add_clock(sheet, timeline)
        return Build(sheet=sheet, clock=clock, timeline=timeline, deal=None, where=str, books=None)  # type: ignore[arg-type]

    return make

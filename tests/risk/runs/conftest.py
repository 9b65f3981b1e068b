"""A small sheet with draws, and a small deal with risks; compiled code is kept out of the home directory."""

from pathlib import Path

import pytest

from ringfence.risk.job import Job
from ringfence.run import native
from ringfence.sheet import Sheet, exp, first_when, largest, less_than, total
from ringfence.units import RATIO

TEMPLATE = Path(__file__).parents[3] / "src/ringfence/desk/templates/gpu-lease.yaml"
RISKS = """
risk:
  factors:
    rent: {type: gpu_rent, fleet: gpus}
    resale: {type: resale, fleet: gpus}
    lessee: {type: lessee_default, lease: rent, hazard: 6%}
    slip: {type: delivery_slip, fleet: gpus}
"""


@pytest.fixture(autouse=True, scope="module")
def _own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


def drawn_sheet():
    """A series and a cell drawn, their sum, and the first period in which the series is high."""
    s = Sheet(periods=12, name="drawn")
    x, y = s.series("x", [0.0] * 12), s.scalar("y", 0.0)
    value = s.row("value", exp(x * 0.2 + y * 0.1))
    s.measure("sum", total(value), unit=RATIO)
    s.measure("high", largest(value), unit=RATIO)
    s.measure("first", first_when(less_than(1.4, value)), unit=RATIO)
    return s


@pytest.fixture
def job():
    """Ten blocks of the small sheet, the last one short."""
    draws = {"x": native.normal(0), "y": native.normal(5)}
    return Job(drawn_sheet(), draws, ("sum", "high", "first"), 9_500, seed=3, block=1_000)


@pytest.fixture(scope="module")
def deal_file(tmp_path_factory):
    """The deal of `ringfence new`, with four risks."""
    path = tmp_path_factory.mktemp("deal") / "deal.yaml"
    text = TEMPLATE.read_text(encoding="utf-8")
    assert "\nscenarios:" in text
    path.write_text(text.replace("\nscenarios:", f"{RISKS}\nscenarios:"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def prepared(deal_file):
    """That deal, ready to run."""
    import ringfence as rf
    from ringfence.desk.risk import prepare

    return prepare(rf.read(deal_file))

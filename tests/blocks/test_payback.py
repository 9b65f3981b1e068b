"""When an investor has its money back, against the plain reading of its net cash."""

from pathlib import Path

import pytest

from ringfence.desk.memo.investors import investor_table
from ringfence.desk.session import read, run
from ringfence.desk.view import View

EXAMPLES = Path(__file__).parent.parent.parent / "examples"


@pytest.mark.parametrize("name", ["bridge/deal.yaml", "headline-10bn/deal.yaml", "sam/geared.yaml"])
def test_payback_is_the_end_of_the_period_that_brings_the_money_back(name):
    """The last period under water does not pay back: the one after it does, and its cash is dated at its end."""
    result = run(read(EXAMPLES / name))
    periods = result.model.timeline.periods
    for x in result.deal.of_type("equity"):
        so_far = result.run.line(f"{x}.so_far")
        under = [k for k, cash in enumerate(so_far) if cash < -1.0]
        found = result.measures[f"{x}.payback"]
        assert found.value == periods[under[-1] + 1].end_month
        assert so_far[under[-1] + 1] > -1.0


def test_the_memo_names_that_period():
    """The table of investors shows the period as every other table does."""
    result = run(read(EXAMPLES / "bridge" / "deal.yaml"))
    table = investor_table(View(result))

    row = next(cells for cells in table.rows if cells[0] == "gpu_equity")
    assert row[table.heads.index("paid back")] == "2029-03"

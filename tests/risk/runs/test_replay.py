"""One path again on the reference."""

from dataclasses import replace

import numpy as np
import pytest

from ringfence.errors import RunError
from ringfence.risk.job import Job, compute
from ringfence.risk.replay import inputs_of, why_failed
from ringfence.risk.runner import run
from ringfence.run import native, reference
from ringfence.sheet import Sheet, log, total


@pytest.fixture
def risky() -> Job:
    """A job of which some paths have no value: the logarithm of a number that may be negative."""
    s = Sheet(periods=4, name="risky")
    z, base = s.series("z", [1.0] * 4), s.scalar("base", 1.5)
    s.measure("sum", total(s.row("x", log(base + z))))
    return Job(s, {"z": native.normal(7)}, ("sum",), paths=300, seed=5, block=100)


def test_the_reference_runs_a_path_as_the_kernel_did(risky):
    """Draws of any path, block and seed come back as inputs and give the figure of the path."""
    for number in (0, 2):
        block = compute(risky, number)
        good = int(np.argmin(block.failed))
        again = reference.run(risky.sheet, inputs_of(risky, block.first + good)).measures["sum"].value
        assert again == pytest.approx(block.values["sum"][good], rel=1e-13)
    reseeded = replace(risky, reseed={7: 99})
    assert not np.array_equal(inputs_of(reseeded, 3)["z"], inputs_of(risky, 3)["z"])


def test_the_first_failed_path_is_told_with_its_reason(risky):
    """Totals keep its number, whatever block it is in, and the reference says which row has no value where."""
    totals = run(risky)
    failed = np.concatenate([compute(risky, n).failed for n in range(3)])

    assert totals.failed == failed.sum() > 0
    assert totals.first_failed == int(np.argmax(failed))
    with pytest.raises(RunError) as refused:
        reference.run(risky.sheet, inputs_of(risky, totals.first_failed))
    assert why_failed(risky, totals.first_failed) == str(refused.value).partition("\n")[0].rstrip(".")
    assert why_failed(risky, totals.first_failed).startswith("x")

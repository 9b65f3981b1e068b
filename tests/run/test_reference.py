"""The reference run: inputs, failures with their place, subsets, kept programs."""

import numpy as np
import pytest

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.sheet import Sheet, log, previous, smallest
from ringfence.units import USD


def sheet(rate=0.1):
    """Return a small loan."""
    s = Sheet(periods=3, name="loan")
    r = s.scalar("rate", rate)
    opening = s.opening("loan", unit=USD, first=s.scalar("amount", 100, unit=USD))
    interest = s.row("loan.interest", opening * r, source="deal.yaml:4")
    s.close("loan", opening, add=[interest])
    s.row("loan.cover", s.series("cash", [50, 60, 70], unit=USD) / interest, source="deal.yaml:7")
    s.measure("loan.cover.min", smallest(s["loan.cover"]))
    return s


def test_inputs_stand_in_for_the_sheets_own():
    """A run with another rate differs, and leaves the sheet as it was."""
    s = sheet()
    assert reference.run(s, {"rate": 0.2})["loan.interest"][0] == 20
    assert reference.run(s)["loan.interest"][0] == 10


def test_a_series_input_may_be_one_number():
    """One number for a series is spread over the periods."""
    np.testing.assert_allclose(reference.run(sheet(), {"cash": 10})["loan.cover"], [1, 10 / 11, 10 / 12.1])


def test_division_by_zero_names_row_period_formula_and_source():
    """A cover ratio without interest stops the run and says where."""
    with pytest.raises(RunError) as refused:
        reference.run(sheet(), {"rate": 0})

    assert str(refused.value) == (
        "loan.cover has no value in period 0: 50 is divided by loan.interest, which is 0\n"
        "  where:  loan.cover = cash / loan.interest    deal.yaml:7\n"
        "  rule:   a row is a finite number in every period; where a ratio does not apply, a flag stands beside it\n"
        "  fix:    guard the formula with choose(), or mend the input that makes it so"
    )


def test_overflow_inside_a_loop_is_found():
    """A balance that grows beyond all bounds names its first period."""
    s = Sheet(periods=400)
    s.row("x", previous(s.ref("x"), first=1) * 10)
    with pytest.raises(RunError, match="x has no value in period 308: the number is too large"):
        reference.run(s)


def test_logarithm_of_nothing_is_found():
    """The logarithm of 0 stops the run."""
    s = Sheet(periods=2)
    s.row("x", log(s.series("y", [1, 0])))
    with pytest.raises(RunError, match="x has no value in period 1: the logarithm of y, which is 0 and not positive"):
        reference.run(s)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"rat": 1}, "there is no input rat; did you mean rate?"),
        ({"loan.interest": 1}, "loan.interest is computed, not an input"),
        ({"cash": [1, 2]}, "input cash has 2 values, but the sheet has 3 periods"),
        ({"cash": [1, 2, float("nan")]}, "input cash is not finite in period 2"),
        ({"rate": float("inf")}, "input rate is inf; inputs are finite numbers"),
    ],
)
def test_wrong_inputs_are_refused(inputs, message):
    """Unknown names, computed rows, wrong lengths and nan never reach the graph."""
    with pytest.raises(RunError) as refused:
        reference.run(sheet(), inputs)
    assert str(refused.value).startswith(message)


def test_subset_computes_only_what_is_needed():
    """Asking for the closing balance leaves the cover ratio out, so that its division cannot fail."""
    result = reference.prepare(sheet()).run_subset(["loan.closing"], {"rate": 0})
    np.testing.assert_array_equal(result["loan.closing"], [100, 100, 100])
    assert "loan.cover" not in result
    assert reference.prepare(sheet()).run_subset(["loan.cover.min"]).measures["loan.cover.min"].value == 5


def test_a_sheet_built_again_with_other_numbers_is_not_compiled_again():
    """The program is kept by structure, not by values; another formula is another program."""
    reference.clear_programs()
    reference.run(sheet(0.1))
    reference.run(sheet(0.3))
    assert len(reference._PROGRAMS) == 1
    other = sheet()
    other.row("more", other["rate"] * 2)
    assert reference.run(other)["more"] == pytest.approx(0.2)
    assert len(reference._PROGRAMS) == 2


def test_a_sheet_that_grows_is_planned_again():
    """A row added after a run is in the next run."""
    s = sheet()
    reference.run(s)
    s.row("more", s["rate"] * 2)
    assert reference.run(s)["more"] == pytest.approx(0.2)


def test_the_source_is_readable():
    """Each row is one statement with its name beside it."""
    assert "# loan.interest" in reference.prepare(sheet()).source

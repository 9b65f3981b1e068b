"""The planner: orders, passes, and loops refused by name."""

import time

import numpy as np
import pytest

from ringfence.errors import SheetError
from ringfence.run import reference
from ringfence.sheet import Sheet, following, least, previous, total
from ringfence.sheet.plan import plan
from ringfence.sheet.sweeps import sweeps


def test_a_loop_within_a_period_is_printed_row_by_row():
    """Fee on debt on uses on fee: the loop, each formula and source, the rule and the ways out."""
    s = Sheet(periods=3)
    s.row("fee", s.ref("debt") * 0.02, source="deal.yaml:9")
    s.row("uses", s.ref("fee") + 100, source="deal.yaml:3")
    s.row("debt", s.ref("uses") * 0.7, source="deal.yaml:5")

    with pytest.raises(SheetError) as refused:
        plan(s)

    assert str(refused.value) == (
        "rows need each other in the same period: fee <- debt <- uses <- fee\n"
        "  where:  fee = debt * 0.02    deal.yaml:9\n"
        "          debt = uses * 0.7    deal.yaml:5\n"
        "          uses = fee + 100    deal.yaml:3\n"
        "          fee = debt * 0.02    deal.yaml:9\n"
        "  rule:   no circular references: a row is computed once, from rows that are already known\n"
        "  fix:    read the opening balance or previous() of one of them, close the loop in algebra, or solve an input"
    )


def test_past_and_future_at_once_is_refused():
    """A row may lean on its own past or its own future, not on both."""
    s = Sheet(periods=3)
    s.row("x", previous(s.ref("x")) + following(s.ref("x")))
    with pytest.raises(SheetError, match="x reads an earlier x, x reads a later x"):
        plan(s)


def test_a_reduction_inside_a_recursion_is_refused():
    """A share of a total that depends on the share is circular."""
    s = Sheet(periods=3)
    s.row("x", previous(s.ref("x")) + total(s.ref("y")))
    s.row("y", s.ref("x") * 2)
    with pytest.raises(SheetError, match="x sums up y over all periods, which itself needs x"):
        plan(s)


def test_passes_alternate_and_respect_every_edge():
    """A forward account, the value of its future, and a row that adds both: three sweeps, totals between them."""
    s = Sheet(periods=4)
    x = s.series("x", [1, 2, 3, 4])
    s.row("before", x * 2)
    account = s.row("account", previous(s.ref("account")) + x)
    value = s.row("value", following(s.ref("value")) * 0.5 + account)
    whole = s.row("whole", total(account))
    s.row("last", previous(value) + whole)
    planned = plan(s)

    assert [(p.direction, [r.name for r in p.rows], [r.name for r in p.then]) for p in sweeps(planned).passes] == [
        ("forward", ["before", "account"], ["whole"]),
        ("backward", ["value"], []),
        ("forward", ["last"], []),
    ]
    assert {row.name for step in planned.steps for row in step.rows if planned.is_scalar(row)} == {"whole"}


def test_a_shared_formula_is_computed_once():
    """The same object in two rows becomes one auxiliary row; the same whole formula is read from the first row."""
    s = Sheet(periods=2)
    a = s.series("a", [1, 2])
    part = least(a, 1.5) * 3
    s.row("x", part + 1)
    s.row("y", part - 1)
    s.row("z", part)
    assert reference.prepare(s).source.count("minimum") == 1


def test_two_thousand_rows_are_planned_quickly():
    """A long chain of accounts plans without recursion limits, in far less than a second."""
    s = Sheet(periods=2)
    row = s.series("start", [1, 2])
    for k in range(1000):
        opening = s.opening(f"a{k}")
        row = s.close(f"a{k}", opening, add=[row])
    began = time.perf_counter()
    planned = plan(s)
    assert time.perf_counter() - began < 1.0
    assert len(planned.steps) == 1000
    np.testing.assert_array_equal(reference.run(s)["a999.closing"], [1, 1002])


def test_a_line_that_sums_up_another_waits_for_the_next_sweep():
    """A reduction inside the formula of a line needs the whole row, so the line cannot share its sweep."""
    s = Sheet(periods=4)
    x = s.row("x", s.series("a", [1, 2, 3, 4]) + previous(s.ref("x"), 1))
    y = s.row("y", x / total(x))
    s.row("z", y + previous(s.ref("z"), 1))
    swept = [[row.name for row in sweep.rows] for sweep in sweeps(plan(s)).passes if sweep.rows]
    assert swept[0] == ["x"]
    assert [name for sweep in swept[1:] for name in sweep] == ["y", "z"]


def test_rows_known_beforehand_make_fewer_sweeps():
    """Left out of the order, a value of the future needs no backward sweep, and what reads it runs at once."""
    s = Sheet(periods=4)
    value = s.row("value", following(s.ref("value")) + s.series("x", [1, 2, 3, 4]))
    last = s.row("last", previous(s.ref("last")) + value)
    planned = plan(s)
    assert [bool(p.rows) for p in sweeps(planned).passes] == [False, True, True]
    assert [p.rows for p in sweeps(planned, {id(last)}).passes] == [(last,)]

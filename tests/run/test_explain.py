"""explain: the sentence behind a cell."""

import pytest

from ringfence.errors import RunError
from ringfence.run import reference
from ringfence.run.explain import evaluate_printed, explain
from ringfence.sheet import Sheet, choose, irr, least, less_than, lookup, most, smallest, sum_ahead
from ringfence.units import USD, YEAR

MONTHS = ("2031-03", "2031-04", "2031-05", "2031-06")


def reserve():
    """Return the reserve account of the style guide, in USD m."""
    s = Sheet(periods=4)
    due = s.series("due", [10e6, 10e6, 10.8e6, 10.8e6], unit=USD, term=True, label="debt service")
    cash = s.series("cash.after_senior", [10.2e6, 10.2e6, 4.8e6, 1e6], unit=USD, label="waterfall step 3")
    target = s.row("dsra.target", sum_ahead(due, 2), label="debt service due in the next 2 months")
    opening = s.opening("dsra", unit=USD)
    source = "facility agreement cl. 11.3, meadow.yaml:57"
    topup = s.row("dsra.topup", least(cash, most(target - opening, 0)), source=source)
    release = s.row("dsra.release", most(opening - target, 0))
    s.close("dsra", opening, add=[topup], less=[release])
    return s


def test_prints_as_the_style_guide_shows():
    """Row, month, value, formula, each number with its words, and the source."""
    s = reserve()
    text = str(explain(s, reference.run(s), "dsra.topup", period=1, depth=1, labels=MONTHS))
    assert text == (
        "dsra.topup  2031-04   10.2 USD m\n"
        "  = least(cash.after_senior, most(dsra.target - dsra.opening, 0))\n"
        "      cash.after_senior   10.2 USD m   waterfall step 3\n"
        "      dsra.target         21.6 USD m   debt service due in the next 2 months\n"
        "      dsra.opening        10.2 USD m   opening balance\n"
        "  facility agreement cl. 11.3, meadow.yaml:57"
    )


def test_previous_shows_the_previous_months_label():
    """An opening balance is last month's closing."""
    s = reserve()
    text = str(explain(s, reference.run(s), "dsra.opening", period=1, depth=1, labels=MONTHS))
    assert "dsra.closing   10.2 USD m   dsra.closing 2031-03, closing balance" in text
    first = str(explain(s, reference.run(s), "dsra.opening", period=0, labels=MONTHS))
    assert "(previous(dsra.closing) reads before the start: 0)" in first


def test_two_levels_deep():
    """At depth two each precedent shows its own formula and numbers."""
    s = reserve()
    text = str(explain(s, reference.run(s), "dsra.topup", period=1, labels=MONTHS))
    assert "        = following(due) + following(due, n=2)\n" in text
    assert "due   10.8 USD m   due 2031-05, debt service" in text


def test_choose_says_which_branch_and_shows_only_it():
    """The condition in words, the branch taken, and no number of the other branch."""
    s = Sheet(periods=1)
    a, b = s.series("rent.due", [5]), s.series("rent.waived", [0])
    s.row("rent.paid", choose(less_than(a, 3), b, a))
    explained = explain(s, reference.run(s), "rent.paid", 0)
    assert explained.notes == ("less_than(rent.due, 3) is false, so rent.due",)
    assert [item.name for item in explained.precedents] == ["rent.due"]


def test_measure_says_which_period_gave_the_minimum():
    """The lowest cover ratio is opened in its own period."""
    s = Sheet(periods=4)
    s.series("applies", [0, 1, 1, 1])
    s.row("senior.dscr", s.series("cfads", [0, 3, 2, 4]) / 2, source="cl. 9")
    s.measure("senior.dscr.min", smallest(s["senior.dscr"], when=s["applies"]), label="minimum cover")
    text = str(explain(s, reference.run(s), "senior.dscr.min", labels=MONTHS))
    assert text.startswith("senior.dscr.min   1   minimum cover\n  = smallest(senior.dscr, when=applies)\n")
    assert "reached in 2031-05" in text
    assert "cfads   2" in text


def test_measure_without_a_value_says_why():
    """No root is a sentence, not a nan."""
    s = Sheet(periods=2)
    s.measure("irr", irr(s.series("flow", [1, 1]), s.series("years", [0, 1], unit=YEAR)))
    text = str(explain(s, reference.run(s), "irr"))
    assert "n/a" in text
    assert "no_root: nothing is ever paid in" in text


def test_lookup_says_where_the_table_was_read():
    """A curve shows the point it was read at."""
    s = Sheet(periods=2)
    curve = s.table("curve", xs=[0, 10], ys=[0, 100], label="resale value")
    s.row("value", lookup(curve, s.series("age", [1, 2])))
    assert "curve(...)   20   read at 2, resale value" in str(explain(s, reference.run(s), "value", 1))


def test_evaluate_printed_reads_the_text_back():
    """The printed formula on the run's numbers is the run's value."""
    s = reserve()
    result = reference.run(s)
    for row in s:
        if row.expr is not None:
            for period in range(4):
                assert evaluate_printed(s, row, result, period) == pytest.approx(result[row.name][period], abs=1e-6)


def test_what_cannot_be_explained_is_refused():
    """Unknown rows name the nearest; a line needs a period inside the sheet."""
    s = reserve()
    result = reference.run(s)
    with pytest.raises(RunError, match=r"there is no row or measure dsra.topu; did you mean dsra.topup\?"):
        explain(s, result, "dsra.topu", 1)
    with pytest.raises(RunError, match="say which of 0 to 3"):
        explain(s, result, "dsra.topup")
    with pytest.raises(RunError, match="period 4 is outside the sheet"):
        explain(s, result, "dsra.topup", 4)

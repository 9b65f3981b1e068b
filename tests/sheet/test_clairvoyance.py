"""No clairvoyance: what looks ahead is marked, and cash reads it only through the signed cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.errors import SheetError
from ringfence.run import reference
from ringfence.sheet import Sheet, at, choose, following, lookup, previous, smallest, sum_ahead, total
from ringfence.sheet.clairvoyance import check_clairvoyance, refuse_clairvoyance, shockable
from ringfence.units import MONTH


def sheet():
    """Return a sheet with a shockable price, a planned schedule and the clock."""
    s = Sheet(periods=6)
    s.series("price", [3, 1, 4, 1, 5, 9])
    s.series("schedule", [1, 1, 2, 2, 3, 3], term=True)
    s.series("period.end", range(6), unit=MONTH, term=True)
    s.scalar("deal.signed", 1)
    return s


def test_terms_may_be_read_ahead():
    """The scheduled service of the next months and the total of planned capex are known at signing."""
    s = sheet()
    target = s.row("target", sum_ahead(s["schedule"], 2) + total(s["schedule"]))
    s.row("pay", s["price"] + target)
    assert check_clairvoyance(s, ["pay"]) == ()
    assert shockable(s) == ("price",)


def test_cash_that_reads_the_future_is_refused_with_the_chain():
    """Paying by the lowest price to come is refused, from the payment to the reduction."""
    s = sheet()
    low = s.row("price.low", smallest(s["price"]), looks_ahead="hindsight", source="blocks:1")
    s.row("bonus", low * 2, source="blocks:2")
    pay = s.row("pay", s["price"] - s["bonus"], source="blocks:3")

    with pytest.raises(SheetError) as refused:
        refuse_clairvoyance(s, [pay])

    assert str(refused.value).splitlines()[0] == (
        "cash row pay reads the future of a path: pay <- bonus <- price.low <- smallest(price)."
    )
    assert s["bonus"].looks_ahead == "hindsight"


def test_a_row_that_looks_ahead_must_say_so():
    """Following a price without a mark is a finding that names the piece of formula."""
    s = sheet()
    s.row("gain", following(s["price"]) - s["price"], source="blocks:7")
    (finding,) = check_clairvoyance(s, [])
    assert finding.message == "gain reads the future: following(price)."
    assert finding.where == ("blocks:7  gain",)


def test_the_signed_cut_lets_cash_read_what_was_frozen():
    """choose(deal.signed, frozen, sized) counts as frozen; any other choose does not."""
    s = sheet()
    sized = s.row("debt.sized", total(s["price"]) * 0.5, looks_ahead="signing")
    frozen = s.scalar("debt.frozen", 10)
    s.row("debt", choose(s["deal.signed"], frozen, sized))
    s.row("wrong", choose(s.scalar("other", 1), frozen, sized))
    found = check_clairvoyance(s, ["debt", "wrong"])
    assert [f.message.split()[2] for f in found] == ["wrong"]


def test_a_table_that_paths_change_is_read_at_the_clock():
    """A spot curve at today's date is known today; a year ahead it is not."""
    s = sheet()
    curve = s.table("curve", xs=[0, 5], ys=[1, 2], x_unit=MONTH, term=False)
    s.row("spot", lookup(curve, s["period.end"]))
    s.row("forward", lookup(curve, s["period.end"] * 2))
    assert [f.message for f in check_clairvoyance(s, [])] == [
        "forward reads the future: lookup(curve, period.end * 2, 'linear', 'hold')."
    ]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 30), st.integers(0, 30)), max_size=12), st.integers(1, 5))
def test_law_a_shock_leaves_the_past_alone(recipe, k):
    """Shocking what may be shocked from period k on leaves every unmarked row before k unchanged."""
    s = sheet()
    pool = [s["price"], s["schedule"], s.scalar("size", 2)]
    makers = [
        lambda a, b: a + b,
        lambda a, b: a - b * 0.5,
        lambda a, b: previous(a, first=b),
        lambda a, b: following(a),
        lambda a, b: total(a) * 0.1,
        lambda a, b: at(a, 0) + b,
        lambda a, b: choose(s["deal.signed"], a, b),
        lambda a, b: at(a, 3),
        lambda a, b: smallest(a) + b,
    ]
    for n, (op, i, j) in enumerate(recipe):
        pool.append(s.row(f"row{n}", makers[op](pool[i % len(pool)], pool[j % len(pool)])))
    findings = check_clairvoyance(s, [])
    ahead = {f.where[0].split()[-1] for f in findings} | {row.name for row in s if row.looks_ahead}
    shocked = np.array(s["price"].value)
    shocked[k:] += 7.0
    one, two = reference.run(s), reference.run(s, {"price": shocked})

    for name in one:
        if name not in ahead:
            before = slice(None) if isinstance(one[name], float) else slice(0, k)
            np.testing.assert_array_equal(np.atleast_1d(one[name])[before], np.atleast_1d(two[name])[before], name)

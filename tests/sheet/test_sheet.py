"""Building sheets: units, names, promises, accounts, clones and printing."""

import numpy as np
import pytest

from ringfence.errors import SheetError
from ringfence.run import reference
from ringfence.sheet import NIL, Sheet, choose, exp, irr, less_than, lookup, total
from ringfence.units import MONTH, MWH, USD, YEAR, UnitError


@pytest.fixture
def s():
    """Return an empty sheet of three periods."""
    return Sheet(periods=3)


def test_adding_two_units_names_both_rows_units_and_sources(s):
    """USD and MWh do not add; the message shows who is what and where from."""
    a = s.series("rent.paid", [1, 2, 3], unit=USD, source="deal.yaml:41")
    b = s.series("solar.generation", [1, 2, 3], unit=MWH, source="deal.yaml:63")

    with pytest.raises(UnitError) as refused:
        a + b

    assert str(refused.value) == (
        "USD and MWh do not go together in '+'\n"
        "  where:  rent.paid  [USD]  deal.yaml:41\n"
        "          solar.generation  [MWh]  deal.yaml:63"
    )


def test_declared_unit_is_checked_against_the_formula(s):
    """A row declared in USD cannot hold MWh."""
    b = s.series("solar.generation", [1, 2, 3], unit=MWH)

    with pytest.raises(UnitError) as refused:
        s.row("solar.revenue", b * 2, unit=USD, source="deal.yaml:70")

    assert str(refused.value) == (
        "solar.revenue is declared in USD, but its formula is in MWh\n"
        "  where:  solar.revenue = solar.generation * 2\n"
        "  where:  deal.yaml:70"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        lambda a, b, t: exp(a),
        lambda a, b, t: choose(a, b, b),
        lambda a, b, t: choose(less_than(a, 0), a, b),
        lambda a, b, t: lookup(t, a),
        lambda a, b, t: less_than(a, 1),
        lambda a, b, t: total(a, when=b),
        lambda a, b, t: a - 1,
    ],
)
def test_units_are_checked_in_every_operator(s, wrong):
    """Powers and conditions are ratios, tables are read by their own unit, only 0 fits any unit."""
    a, b = s.series("a", [1, 2, 3], unit=USD), s.series("b", [1, 2, 3], unit=MWH)
    table = s.table("t", xs=[0, 1], ys=[1, 2], x_unit=MONTH)

    with pytest.raises(UnitError):
        wrong(a, b, table)


def test_zero_takes_any_unit(s):
    """The literal 0 compares and adds with USD."""
    a = s.series("a", [1, 2, 3], unit=USD)
    assert (a + NIL).unit == USD
    assert choose(less_than(a, 0), 0, a).unit == USD


def test_a_name_is_used_once(s):
    """The second definition is refused, with both places."""
    s.scalar("a", 1, source="x.yaml:1")
    with pytest.raises(SheetError, match=r"a is defined twice\n  where:  x.yaml:9\n  where:  x.yaml:1"):
        s.row("a", NIL, source="x.yaml:9")


@pytest.mark.parametrize("name", ["Senior", "a b", "", ".a", "a.", "a-b", "a..b", ":a"])
def test_names_are_lower_case_words_joined_by_dots(s, name):
    """Anything else is refused; a case prefix ends with a colon."""
    s.scalar("p99:solar.generation_2", 1)
    with pytest.raises(SheetError, match="is no row name"):
        s.scalar(name, 1)


def test_promises_must_be_kept(s):
    """A row that is used but never defined is named, with its users."""
    s.row("a", s.ref("b.c") + 1)
    with pytest.raises(SheetError, match=r"promised but never defined: b.c\n  used by: a"):
        reference.run(s)


def test_promised_unit_is_kept(s):
    """A row promised in USD cannot be defined in MWh."""
    s.row("a", s.ref("b", unit=USD) * 2)
    with pytest.raises(UnitError, match="b is used in USD, but its formula is in MWh"):
        s.row("b", s.scalar("x", 1, unit=MWH) * 1.5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: s.series("x", [1, 2]),
        lambda s: s.series("x", [1, float("nan"), 2]),
        lambda s: s.table("x", xs=[1, 1], ys=[1, 2]),
        lambda s: s.table("x", xs=[], ys=[]),
        lambda s: s.row("x", Sheet(periods=3).scalar("y", 1) + 1),
        lambda s: s.row("x", irr(s.series("y", [0, 0, 0]), s.series("z", [0, 1, 2], unit=YEAR))),
        lambda s: s.scalar("x", 1) / 0,
        lambda s: bool(s.scalar("x", 1)),
        lambda s: s.scalar("x", 1) < 2,
    ],
)
def test_what_cannot_be_built_is_refused(s, wrong):
    """Wrong lengths, nan, tables that do not rise, foreign rows, irr in a row, truth while building."""
    with pytest.raises(SheetError):
        wrong(s)


def test_corkscrew_closes_on_itself(s):
    """Opening + additions - reductions = closing, the next opening is this closing, and the account is kept."""
    opening = s.opening("senior", unit=USD, first=s.scalar("start", 100, unit=USD))
    closing = s.close(
        "senior",
        opening,
        add=[s.series("senior.drawdown", [50, 0, 0], unit=USD)],
        less=[s.series("senior.repayment", [0, 70, 80], unit=USD)],
    )
    result = reference.run(s)

    np.testing.assert_array_equal(result["senior.opening"], [100, 150, 80])
    np.testing.assert_array_equal(result["senior.closing"], [150, 80, 0])
    assert s.corkscrews["senior"].closing is closing


def test_clone_copies_only_what_depends_on_the_override(s):
    """A P99 case copies the revenue above cfads, not the cost, and the first case is untouched."""
    generation = s.series("solar.generation", [1, 2, 3], unit=MWH)
    price = s.scalar("price", 10, unit=USD / MWH)
    revenue = s.row("solar.revenue", generation * price)
    cost = s.row("solar.cost", s.scalar("opex", 5, unit=USD) * 1.0)
    s.row("cash.opening", s.ref("cash.closing", unit=USD) * 0.0 + 1 * revenue)
    s.row("cash.closing", s.series("flat", [1, 1, 1], unit=USD) + 0)
    s.row("cfads", revenue - cost)

    copies = s.clone(["cfads"], {"solar.generation": generation * 0.8}, "p99")
    result = reference.run(s)

    assert set(copies) == {"cfads", "solar.revenue"}
    assert copies["cfads"].name == "p99:cfads"
    np.testing.assert_allclose(result["p99:cfads"], [3, 11, 19])
    np.testing.assert_allclose(result["cfads"], [5, 15, 25])


def test_clone_carries_accounts(s):
    """A copied corkscrew leans on its own copy, not on the first."""
    draw = s.series("draw", [1, 2, 3])
    s.close("a", s.opening("a"), add=[draw])
    copies = s.clone(["a.closing"], {"draw": draw * 10}, "big")

    assert set(copies) == {"a.opening", "a.closing"}
    np.testing.assert_array_equal(reference.run(s)["big:a.closing"], [10, 30, 60])


def test_clone_waits_for_promised_rows(s):
    """A case cannot be copied while a row above it is only promised; the way to it is shown."""
    s.row("cfads", s.ref("tax") * 1.5)
    s.row("ratio", s["cfads"] / 2)
    with pytest.raises(
        SheetError, match=r"tax cannot be cloned before it is defined\n  read by: ratio <- cfads <- tax"
    ):
        s.clone(["ratio"], {}, "p99")


def test_solved_input_comes_with_its_proof(s):
    """The residual row is target - input and is 0 once the input is solved."""
    debt = s.solved("debt", 80, unit=USD, target="debt.supported")
    s.row("debt.supported", s.scalar("cost", 200, unit=USD) * 0.5)
    assert s.solved_inputs == {"debt": "debt.supported"}
    assert debt.kind == "scalar"
    assert reference.run(s)["debt.residual"] == 20
    assert reference.run(s, {"debt": 100})["debt.residual"] == 0


def test_sheets_print_themselves(s):
    """Rows and sheets show name, unit, formula and source; notebooks get a table."""
    a = s.series("a", [1, 2, 3], unit=USD, source="deal.yaml:3")
    b = s.row("b", a * 2, source="cl. 4")
    assert repr(b) == "<b [USD] = a * 2    cl. 4>"
    assert repr(s) == (
        "sheet: 2 rows, 0 measures, 3 periods\n"
        "row  unit  formula           source\n"
        "a    USD   input, 3 periods  deal.yaml:3\n"
        "b    USD   a * 2             cl. 4"
    )
    assert "<td>a * 2</td>" in b._repr_html_()
    assert "<th>formula</th>" in s._repr_html_()


def test_a_long_sum_is_one_formula(s):
    """Adding three thousand rows neither nests too deep nor loses a term."""
    rows = [s.scalar(f"r{k}", 1) for k in range(3000)]
    s.row("sum", sum(rows))
    assert reference.run(s)["sum"] == 3000

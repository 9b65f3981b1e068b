"""What a reader of the book relies on: the lint, the master check, scenarios, what is live and what is structural."""

import re
from pathlib import Path

import pytest
from recalculated import Recalculated, plain_book

from ringfence.desk.workbook import CALENDAR, MEANING, STRUCTURAL
from ringfence.run.workbook import write_workbook
from ringfence.run.workbook.file import read_pages
from ringfence.run.workbook.front import BASE
from ringfence.run.workbook.layout import INPUTS, SERIES, TIMELINE, TOTAL
from ringfence.run.workbook.lint import in_r1c1, lint
from ringfence.sheet import Sheet, sum_of
from ringfence.units import USD


def test_the_book_is_clean(bridge_file):
    """An auditor's lint finds nothing in the book of the hand calculation."""
    assert lint(bridge_file) == []


@pytest.mark.slow
def test_the_book_of_the_plan_is_clean(plan_book, tmp_path):
    """Nor in the book of the $10bn plan."""
    plan_book.write(tmp_path / "plan.xlsx")

    assert lint(tmp_path / "plan.xlsx") == []


def test_the_lint_sees_what_it_looks_for(tmp_path):
    """A book with one of everything forbidden: each is named."""
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "bad.xlsx") as book:
        sheet = book.add_worksheet("Bad")
        sheet.write_row(0, 7, [1, 2, 3])
        for column, formula in ((7, "=H1*2"), (8, "=I1*1"), (9, "=J1*1")):
            sheet.write_formula(1, column, formula)
        sheet.write_formula(2, 7, "=OFFSET(H1,0,0)")
        sheet.write_array_formula("H4:H4", "{=SUM(H1:J1)}")
        sheet.write_formula(4, 7, "=[other.xlsx]Sheet1!A1")
        sheet.write_string(5, 0, "=cmd()")
        sheet.set_row(6, None, None, {"hidden": True})
        sheet.write(6, 0, 1)
        book.add_worksheet("Secret").hide()
        book.define_name("Price", "=Bad!$H$1")

    found = "\n".join(lint(tmp_path / "bad.xlsx"))

    for words in ("number 2 stands", "2 different formulas", "OFFSET", "array formula", "another file", "=cmd()"):
        assert words in found
    for words in ("row 7 is hidden", "page Secret is hidden", "name Price"):
        assert words in found


def test_relative_form():
    """References are told from names, functions and text."""
    assert in_r1c1("LOG10(A1)+in_a1.x+'p 1'!B$2&\"A1\"", 1, 2) == "LOG10(R[0]C[-1])+in_a1.x+'p 1'!R2C[0]&\"A1\""


def test_every_check_of_the_book_passes(bridge, bridge_file):
    """As written, the master check passes on the cover."""
    book = Recalculated(bridge.layout, bridge_file)
    book.evaluate()

    assert book.master() == 1.0


@pytest.mark.parametrize("what", ["a number of the model", "the timeline", "the end", "a structural table"])
def test_editing_structure_turns_the_master_check_red(bridge, bridge_file, what):
    """One structural cell edited: the master check fails, and a live one does not do that."""
    book, out = Recalculated(bridge.layout, bridge_file), bridge.layout
    if what == "a number of the model":
        book.type("number:relative_tolerance", 2e-9)
    elif what == "the end":
        book.type("timeline.until", 72.0)
    elif what == "the timeline":
        grid = out.grids[TIMELINE]
        book._put(TIMELINE, grid.at["period.hours"], out.first + 3, 2_000.0)
    else:
        xs, ys = bridge.values["period.hours_since_close"]
        book.type("period.hours_since_close", (xs, (*ys[:-1], ys[-1] + 1)))
    book.evaluate()
    assert book.master() == 0.0

    book = Recalculated(bridge.layout, bridge_file)
    book.type("gpus.unit_price", 60_000.0)
    book.evaluate()
    assert book.master() == 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gpus.availability", 1.1),
        ("senior.repayment.count", 20.5),
        ("gpus.unit_price", -1.0),
        ("gpus.opex", -1.5),
        ("senior.size.min.0.gearing", 1.7),
        ("deal.signed", 0.5),
    ],
)
def test_an_input_out_of_its_range_turns_the_master_check_red(bridge, bridge_file, name, value):
    """What the engine would refuse to read in a deal file, the book computes, and says that it is out of range."""
    book, out = Recalculated(bridge.layout, bridge_file), bridge.layout
    assert book.cell("Inputs", out.input_at[name], TOTAL) == 1.0
    book.type(name, value)
    book.evaluate()

    assert (book.cell("Inputs", out.input_at[name], TOTAL), book.master()) == (0.0, 0.0)


def test_a_solved_input_left_alone_turns_the_master_check_red(tmp_path):
    """Fees on the debt that pays them: change the cost, and the book says it must be solved; solved, all agrees."""
    s = Sheet(periods=3)
    cost = s.scalar("cost", 100.0, unit=USD)
    debt = s.solved("debt", 125.0, unit=USD, target="uses")
    s.row("uses", cost + debt * 0.2, unit=USD)
    layout, values = plain_book(s)
    write_workbook(tmp_path / "solved.xlsx", layout, values)
    book = Recalculated(layout, tmp_path / "solved.xlsx")
    book.evaluate()
    assert book.master() == 1.0

    book.type("cost", 200.0)
    book.evaluate()
    assert book.master() == 0.0
    _, held = plain_book(s, {"cost": 200.0})
    assert held["debt.residual"] == 100.0
    assert book.differences(held)[0] == []

    book.type("debt", 250.0)
    book.evaluate()
    assert book.master() == 1.0
    assert book.differences(plain_book(s, {"cost": 200.0, "debt": 250.0})[1])[0] == []


@pytest.mark.slow
def test_the_scenario_switch_drives_the_book(plan_book, tmp_path):
    """A scenario chosen on the Inputs page gives the figures of a run under it, sized afresh and as signed."""
    from ringfence.desk.session import run
    from ringfence.terms.read import under

    held = [s for s in plan_book.layout.brief.scenarios if not s.refused]
    assert [s.name for s in held] == ["bb-ladder"]
    plan_book.write(tmp_path / "plan.xlsx")
    book, out = Recalculated(plan_book.layout, tmp_path / "plan.xlsx"), plan_book.layout
    for signed in (0.0, 1.0):
        book.switch(2)
        book.type("deal.signed", signed)
        book._put(INPUTS, out.input_at["deal.signed"], 7, signed)
        book.evaluate()
        result = run(under(plan_book.result.deal, "bb-ladder"), resize=not signed)
        for name, measure in result.measures.items():
            row = f"measure:{name}"
            at = out.grids[out.home[row]].at[row]
            if measure.status == "ok":
                assert book.cell(out.home[row], at, 3) == pytest.approx(measure.value, rel=1e-9, abs=1e-4)


DECISION = Path(__file__).parents[2] / "docs" / "decisions" / "0010-the-live-workbook.md"
NO_TERMS = re.compile(
    r"(period|number|check)[.:]|.*\.(size\.code\d+|code\.[a-z]+|holders|dsra\.part)\Z|deal\.(one|full)_|timeline\.until\Z"
)


def test_structural_inputs_are_few_and_have_reasons(bridge, capsys):
    """What is structural is the grid, the meaning of operators and what is no term of a deal; the lists are printed."""
    out = bridge.layout
    fixed = [row.name for row in bridge.expanded.sheet if row.is_input and out.fixed(row.name)]
    live = [row.name for row in bridge.expanded.sheet if row.is_input and not out.fixed(row.name)]
    with capsys.disabled():
        print(f"\nlive inputs ({len(live)}): {', '.join(live)}\nstructural ({len(fixed)}): {', '.join(fixed)}")

    assert all(NO_TERMS.match(name) for name in fixed)
    assert {name for name in fixed if not name.startswith(("number:", "check:"))} == set(out.brief.structural)
    assert all(out.brief.structural.values())


def test_every_structural_input_has_its_reason_in_the_decision(bridge):
    """The decision on the workbook names each reason for which a cell is locked, in the words of the book."""
    told = " ".join(DECISION.read_text(encoding="utf-8").split())

    assert set(bridge.layout.brief.structural.values()) <= {CALENDAR, MEANING, *(why for _, why in STRUCTURAL)}
    for why in (CALENDAR, MEANING, *(why for _, why in STRUCTURAL)):
        assert why in told


def test_every_number_in_the_file_is_the_number_meant(tmp_path):
    """Inputs are held to the last bit: a twelfth written to 16 digits is another number, and 6 x 1/6 no longer 1."""
    awkward = [1 / 6, 31 / 360, 0.1 + 0.2, 2.0**-40 / 3, -1e17 / 7, 17113.804606178255]
    sheet = Sheet(periods=len(awkward))
    series = sheet.series("share", awkward)
    cells = [sheet.scalar(f"x{k}", value) for k, value in enumerate(awkward)]
    sheet.row("sum", sum_of(cells) * series)
    layout, values = plain_book(sheet)
    write_workbook(tmp_path / "digits.xlsx", layout, values)
    pages = read_pages(tmp_path / "digits.xlsx")

    at = layout.grids[SERIES].at["share"]
    assert [pages[SERIES][at][layout.first + 1 + k].number for k in range(len(awkward))] == awkward
    assert [pages[INPUTS][layout.input_at[f"x{k}"]][BASE + 1].number for k in range(len(awkward))] == awkward

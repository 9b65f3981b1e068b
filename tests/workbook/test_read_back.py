"""A banker's edits return to the deal file, and nothing else in it moves."""

import re
import zipfile
from pathlib import Path

import pytest

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.desk.workbook.formulas import same_formula
from ringfence.desk.workbook.read import read_workbook
from ringfence.run.workbook.front import BASE
from ringfence.run.workbook.layout import TOTAL

pytest.importorskip("xlsxwriter", reason="needs the workbook extra: pip install 'ringfence[workbook]'")

DEAL = Path(__file__).parent.parent.parent / "examples" / "bridge" / "deal.yaml"


def edited(book, path, target, changes):
    """Copy a book with numbers typed over: (page, cell) -> number."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        order = re.findall(r'<sheet name="([^"]+)"', old.read("xl/workbook.xml").decode())
        for part in old.namelist():
            text = old.read(part)
            for (tab, cell), value in changes.items():
                if part == f"xl/worksheets/sheet{order.index(tab) + 1}.xml":
                    pattern = rf'(<c r="{cell}"[^>]*>)(?:<f>[^<]*</f>)?<v>[^<]*</v>'.encode()
                    text, count = re.subn(pattern, rb"\g<1><v>%s</v>" % repr(value).encode(), text)
                    assert count == 1, (tab, cell)
            new.writestr(part, text)


def cell(book, name):
    """Cell of an input in the column `as agreed`."""
    return "Inputs", f"{book.layout.columns[BASE]}{book.layout.input_at[name]}"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the book of the hand calculation with its deal file inside, and its path."""
    made = make_book(run(read(DEAL)), DEAL)
    path = tmp_path_factory.mktemp("read") / "bridge.xlsx"
    made.write(path)
    return made, path


def test_unedited_it_returns_byte_for_byte(book):
    """No edit: the same bytes, no change, nothing left over."""
    back = read_workbook(book[1])

    assert (back.content, back.changes, back.left) == (DEAL.read_bytes(), (), ())


@pytest.mark.parametrize(
    ("row", "value", "before", "after"),
    [
        ("rent.term", 72.0, "term: 5y", "term: 6y"),
        ("rent.term", 66.0, "term: 5y", "term: 66m"),
        ("senior.pricing.margin", 0.0735, "pricing: 7.1%", "pricing: 7.35%"),
        ("gpus.unit_price", 60_500.0, "unit_price: 55_000 USD", "unit_price: 60_500 USD"),
        ("gpus.sale.share", 0.125, "share: 10%", "share: 12.5%"),
        ("senior.size.min.0.gearing", 0.65, "{gearing: 70%,", "{gearing: 65%,"),
        ("gpus.delay", 2.0, "  gpus:\n", "  gpus:\n    delay: 2m\n"),
    ],
)
def test_one_edit_changes_one_token(book, tmp_path, row, value, before, after):
    """One edited cell changes only its token; comments and the way values are written stay."""
    made, path = book
    edited(made, path, tmp_path / "edited.xlsx", {cell(made, row): value})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert back.content.decode() == DEAL.read_text().replace(before, after, 1)
    assert len(back.changes) == 1


def test_a_book_saved_by_another_program_returns_what_was_typed(book, tmp_path):
    """IronCalc opens the book, takes a percentage and a tenor, and saves: two tokens move, and no formula."""
    ironcalc = pytest.importorskip("ironcalc", reason="needs IronCalc, which make setup installs")
    made, path = book
    model = ironcalc.load_from_xlsx(str(path), "en", "UTC")
    page = [p["name"] for p in model.get_worksheets_properties()].index("Inputs")
    for name, text in {"rent.term": "72", "senior.pricing.margin": "7.35%"}.items():
        model.set_user_input(page, made.layout.input_at[name], BASE + 1, text)
    model.evaluate()
    model.save_to_xlsx(str(tmp_path / "saved.xlsx"))

    back = read_workbook(tmp_path / "saved.xlsx")

    assert back.left == ()
    wanted = DEAL.read_text().replace("term: 5y", "term: 6y", 1).replace("pricing: 7.1%", "pricing: 7.35%", 1)
    assert back.content.decode() == wanted


@pytest.mark.parametrize(
    ("file", "ours", "same"),
    [
        ("A1+B1-C1", "A1+(B1-C1)", True),
        ("A1-B1-C1", "A1-(B1-C1)", False),
        ("A1*B1+C1", "A1*(B1+C1)", False),
        ("A1+B1>C1", "A1+(B1>C1)", False),
        ("-A1^2", "(-A1)^2", False),
        ("A1+-B1*2", "A1+(-B1)*2", True),
        ("MAX(A1+B1,0)", "MAX((A1+B1),0)", True),
        ("A1+B1*2", "(A1+B1)*2", False),
    ],
)
def test_brackets_that_change_nothing_are_no_edit(file, ours, same):
    """Another program drops needless brackets when it saves; a bracket that matters is still an edit."""
    assert same_formula(file, ours) is same


def test_thousands_of_brackets_in_a_file_are_an_edit_and_no_work():
    """A hostile formula nests brackets as deep as a cell holds: it is another formula, told without unwrapping it."""
    assert not same_formula("(" * 16_000 + "A1" + ")" * 16_000, "A1")
    assert not same_formula("A1", "(" * 16_000 + "A2" + ")" * 16_000)
    assert same_formula("A1+B1", "A1+" + "(" * 200 + "B1" + ")" * 200)


def test_an_edit_the_deal_refuses_is_told_with_the_reason(book, tmp_path):
    """A loan longer than the deal, and a date that is no whole day: neither returns, and each is told why."""
    made, path = book
    longer, late = cell(made, "mezz.repayment.count"), cell(made, "gpus.deliveries.0.date")
    edited(made, path, tmp_path / "edited.xlsx", {longer: 21.0, late: -0.01})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content == DEAL.read_bytes()
    assert back.left == (
        "gpus.deliveries.0.date is -0.01 in the book, which is no whole day; type 0 for 2024-10-01",
        "mezz.repayment.count is 21 in the book, and the deal would not hold with it: mezz: the last repayment is on "
        "2030-01-01, but the deal ends on 2029-09-30. Change what contradicts it too, or change "
        "contracts.mezz.repayment.count in the deal file by hand (deal.yaml:55  contracts.mezz.repayment.count = 20)",
    )


def test_the_number_of_gpus_follows_its_deliveries(book, tmp_path):
    """More GPUs in the one delivery: the fleet's own count, which no cell holds, goes with it."""
    made, path = book
    edited(made, path, tmp_path / "edited.xlsx", {cell(made, "gpus.deliveries.0.count"): 110_000.0})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert back.content.decode() == DEAL.read_text().replace("count: 100_000", "count: 110_000")
    assert [change.path for change in back.changes] == ["assets.gpus.deliveries.0.count", "assets.gpus.count"]


def test_edits_that_only_hold_together_return_together(tmp_path):
    """GPUs moved from one delivery to the next, and a longer loan on a longer lease: none holds alone, all do."""
    deal = tmp_path / "deal.yaml"
    one = "deliveries: [{date: 2024-10-01, count: 100_000}]"
    two = "deliveries: [{date: 2024-10-01, count: 60_000}, {date: 2024-10-01, count: 40_000}]"
    text = DEAL.read_text().replace(one, two).replace("until: 2029-09-30", "until: 2031-09-30")
    deal.write_text(text)
    made = make_book(run(read(deal)), deal)
    made.write(tmp_path / "deal.xlsx")
    typed = {"gpus.deliveries.0.count": 55_000.0, "gpus.deliveries.1.count": 45_000.0}
    typed |= {"senior.repayment.count": 24.0, "rent.term": 72.0}
    edited(made, tmp_path / "deal.xlsx", tmp_path / "edited.xlsx", {cell(made, x): v for x, v in typed.items()})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    wanted = text.replace("count: 60_000", "count: 55_000").replace("count: 40_000", "count: 45_000")
    wanted = wanted.replace("term: 5y", "term: 6y", 1).replace("count: 20}", "count: 24}", 1)
    assert back.content.decode() == wanted


def test_a_cost_set_to_nothing_returns(tmp_path):
    """A cost of 0 has no row any more; its token still becomes 0."""
    deal = tmp_path / "deal.yaml"
    text = DEAL.read_text().replace("form: gk-tk,", "form: gk-tk, costs_at_close: 20m USD,")
    deal.write_text(text)
    made = make_book(run(read(deal)), deal)
    made.write(tmp_path / "deal.xlsx")
    target = {cell(made, "spv.costs_at_close"): 0.0}
    edited(made, tmp_path / "deal.xlsx", tmp_path / "edited.xlsx", target)

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert back.content.decode() == text.replace("20m USD", "0m USD")


def test_what_cannot_return_is_reported(book, tmp_path):
    """A number outside Inputs, and an input that is no term of the deal, are listed and not dropped in silence."""
    made, path = book
    out = made.layout
    at = out.grids["spv"].at["senior.interest.accrued"]
    formula = ("spv", f"{out.columns[out.first + 3]}{at}")
    edited(made, path, tmp_path / "edited.xlsx", {cell(made, "deal.signed"): 1.0, formula: 5.0})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content == DEAL.read_bytes()
    assert any("deal.signed" in text for text in back.left)
    assert any(text.startswith("spv!") and "a formula was replaced" in text for text in back.left)


def test_a_deal_that_extends_another_returns_as_an_overlay(tmp_path):
    """A value of the file below becomes a line of the file on top; the file below is left alone."""
    (tmp_path / "base.yaml").write_bytes(DEAL.read_bytes())
    top = tmp_path / "top.yaml"
    top.write_text("extends: base.yaml\ndeal: top   # a variant\n")
    made = make_book(run(read(top)), top)
    made.write(tmp_path / "top.xlsx")
    edited(made, tmp_path / "top.xlsx", tmp_path / "edited.xlsx", {cell(made, "rent.term"): 72.0})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content.decode() == top.read_text() + "contracts:\n  rent:\n    term: 72m\n"
    assert back.left == ()


SCENES = """
curves:
  SOFR: {points: {2024-10-01: 4.00, 2027-10-01: 3.50}}    # two points
scenarios:
  dear-money:
    description: a wider margin   # said by the bank
    contracts.senior.pricing: 8.1%
  slow: {assets.gpus.delay: 3m}
"""


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Return the same deal with a curve and two scenarios: deal file, book and its path."""
    folder = tmp_path_factory.mktemp("scenes")
    deal, path = folder / "deal.yaml", folder / "deal.xlsx"
    deal.write_text(DEAL.read_text().replace("pricing: 11%", "pricing: SOFR + 7.00%") + SCENES)
    made = make_book(run(read(deal)), deal)
    made.write(path)
    return deal, made, path


def knot(book, name, k, column):
    """Cell of a knot of a table: its value as agreed, or where it stands."""
    return "Tables", f"{book.layout.columns[column]}{book.layout.tables[name][0] + k}"


@pytest.mark.parametrize(
    ("row", "k", "column", "value", "before", "after"),
    [
        ("curve.sofr.points", 1, BASE, 0.0335, "2027-10-01: 3.50", "2027-10-01: 3.35"),
        ("curve.sofr.points", 1, TOTAL, 24.0, "2027-10-01: 3.50", "2026-10-01: 3.50"),
        ("gpus.resale.spotwire", 2, BASE, 0.57, "0.60, 0.46", "0.57, 0.46"),
        ("gpus.resale.spotwire", 2, TOTAL, 30.0, "1y, 2y, 3y, 4y]", "1y, 30m, 3y, 4y]"),
    ],
)
def test_a_point_of_a_curve_returns(scenes, tmp_path, row, k, column, value, before, after):
    """A value, a date or an age of a table changes its one token; everything else in the file stays."""
    deal, made, path = scenes
    edited(made, path, tmp_path / "edited.xlsx", {knot(made, row, k, column): value})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert before in deal.read_text()
    assert back.content.decode() == deal.read_text().replace(before, after, 1)


@pytest.mark.parametrize(
    ("row", "scenario", "value", "before", "after"),
    [
        ("senior.pricing.margin", 1, 0.085, "senior.pricing: 8.1%", "senior.pricing: 8.5%"),
        ("gpus.delay", 2, 4.0, "gpus.delay: 3m", "gpus.delay: 4m"),
        ("rent.term", 1, 72.0, "  dear-money:\n", "  dear-money:\n    contracts.rent.term: 6y\n"),
        ("senior.pricing.margin", 2, 0.09, "slow: {", "slow: {contracts.senior.pricing: 9.0%, "),
    ],
)
def test_a_scenario_column_returns(scenes, tmp_path, row, scenario, value, before, after):
    """A number in a scenario's column changes its override, or becomes one; the deal as agreed does not move."""
    deal, made, path = scenes
    at = f"{made.layout.columns[BASE + scenario]}{made.layout.input_at[row]}"
    edited(made, path, tmp_path / "edited.xlsx", {("Inputs", at): value})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    assert [change.path.split(".")[0] for change in back.changes] == ["scenarios"]
    assert back.content.decode() == deal.read_text().replace(before, after, 1)


def test_a_point_of_a_curve_typed_into_a_scenario_returns(scenes, tmp_path):
    """A curve's value typed into a scenario's column becomes its override, and the deal as agreed reads as before."""
    deal, made, path = scenes
    edited(made, path, tmp_path / "edited.xlsx", {knot(made, "curve.sofr.points", 1, BASE + 1): 0.05})

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.left == ()
    before = "  dear-money:\n"
    assert back.content.decode() == deal.read_text().replace(
        before, f"{before}    curves.SOFR.points.2027-10-01: 5.00\n", 1
    )


def test_a_series_that_is_no_term_is_reported_once(book, tmp_path):
    """The signed schedule is not in the deal file: typed over, it is listed by name and not cell by cell."""
    made, path = book
    name = "senior.planned.repayment.signed"
    tab, at = made.layout.home[name], made.layout.grids[made.layout.home[name]].at[name]
    first = made.layout.first
    typed = {(tab, f"{made.layout.columns[first + k]}{at}"): 123.0 + k for k in (2, 3)}
    edited(made, path, tmp_path / "edited.xlsx", typed)

    back = read_workbook(tmp_path / "edited.xlsx")

    assert back.content == DEAL.read_bytes()
    assert back.left == (f"{name} was changed in the book, but is no term of the deal file",)


def test_two_edits_return_together(book, tmp_path):
    """Several edits change several tokens, each proved on what the ones before made of the file."""
    made, path = book
    typed = {cell(made, "rent.term"): 72.0, cell(made, "gpus.unit_price"): 60_500.0}
    edited(made, path, tmp_path / "edited.xlsx", typed | {knot(made, "gpus.resale.spotwire", 1, BASE): 0.8})

    back = read_workbook(tmp_path / "edited.xlsx")

    wanted = DEAL.read_text().replace("term: 5y", "term: 6y", 1).replace("55_000 USD", "60_500 USD", 1)
    assert back.content.decode() == wanted.replace("[1.00, 0.78", "[1.00, 0.80", 1)
    assert (len(back.changes), back.left) == (3, ())

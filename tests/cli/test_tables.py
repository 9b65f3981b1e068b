"""Tables, statements, exports: what is shown is what was computed."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

import ringfence as rf
from ringfence.desk.export import cell, index_csv, statements_csv
from ringfence.desk.memo import KEYS, memo
from ringfence.desk.memo.statements import all_statements, statements
from ringfence.desk.scaffold import template
from ringfence.desk.table import Figure, Table
from ringfence.desk.view import View


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (Figure(3_850_000_000.0), "3,850.0"),
        (Figure(0.0), "-"),
        (Figure(-0.001), "-"),
        (Figure(-12_340_000.0), "-12.3"),
        (Figure(-20_000.0), "0.0"),
        (Figure(None), "n/a"),
        (Figure(float("nan")), "n/a"),
        (Figure(1.4349, "times"), "1.43x"),
        (Figure(0.0711, "percent"), "7.11%"),
        (Figure(-0.001, "usd"), "0.00"),
        (Figure(100_000.0, "count"), "100,000"),
    ],
)
def test_figures_read_as_a_banker_writes_them(figure: Figure, text: str) -> None:
    """Thousands separators, 1.43x, percent with two decimals, a dash for nothing, never nan."""
    assert figure.text() == text


def test_small_amounts_get_more_decimals() -> None:
    """A table whose largest amount is below 10 USD m shows three decimals, so that it still says something."""
    table = Table("t", "T", ("", "a"), (("x", Figure(1_234_567.0)), ("y", Figure(20_000.0))))
    assert [row[1] for row in table.cells()] == ["1.235", "0.020"]


def test_long_text_is_wrapped_and_figures_are_not() -> None:
    """A table keeps to its width by wrapping words."""
    table = Table("t", "T", ("what", "USD m"), (("a long story " * 20, Figure(1e9)),))
    lines = table.text(60).splitlines()
    assert max(map(len, lines)) <= 60 and sum("1,000.0" in line for line in lines) == 1


def test_a_table_is_safe_as_html() -> None:
    """What a user wrote is escaped in a notebook."""
    assert "<script>" not in Table("t", "<script>", ("<b>",), (("<i>",),))._repr_html_()


def test_every_part_has_a_name(result: Any) -> None:
    """Each table of a memo belongs to a part that ``--only`` knows."""
    assert {table.part for table in memo(result, base=result, statements=True)} <= set(KEYS)


def test_the_memo_is_in_the_order_of_a_credit_paper(result: Any) -> None:
    """Answers first, then funding, debt, equity, the sponsor, the assets, and the proof last."""
    parts = [table.part for table in memo(result)]
    assert parts == sorted(parts, key=KEYS.index) and parts[0] == "headline"


def test_annual_statements_add_up(result: Any) -> None:
    """Cash moves by what the statement lists; the balance sheet balances; income is what the rows say."""
    view = View(result)
    for silo in view.silos:
        found = {key: {line.label: line.amounts for line in lines} for key, _, lines in statements(view, silo)}
        cash = found["cash"]
        reserves = [amounts for label, amounts in cash.items() if label.startswith("reserve of ")]
        for year in view.calendar():
            parts = [cash[label][year] for label in ("From operations", "Uses of funds", "From financing")]
            assert sum(parts) + sum(r[year] for r in reserves) == pytest.approx(cash["Change in cash"][year], abs=0.01)
        balance = found["balance"]
        for year in view.calendar():
            assert balance["Assets"][year] == pytest.approx(
                balance["Liabilities"][year] + balance["Equity"][year], abs=0.01
            )
        assert sum(found["income"]["Net income"].values()) == pytest.approx(view.total(f"{silo.key}.net_income"))


def test_sources_equal_uses_to_the_cent(result: Any) -> None:
    """The last line of sources and uses is 0.00 in every column."""
    (table,) = [t for t in memo(result) if t.key == "funding"]
    assert set(table.cells()[-1][1:]) <= {"0.00", ""}


def test_statements_as_csv_are_those_of_the_memo(result: Any) -> None:
    """The exported statements carry every line and year."""
    lines = list(csv.DictReader(io.StringIO(statements_csv(result))))
    view = View(result)
    expected = sum(len(s.lines) for s in all_statements(view)) * len(view.calendar())
    assert len(lines) == expected


def test_the_index_names_every_row(result: Any) -> None:
    """Every row and measure is listed with its unit, formula and source."""
    lines = list(csv.DictReader(io.StringIO(index_csv(result))))
    sheet = result.model.sheet
    assert {line["name"] for line in lines if line["kind"] == "row"} == {row.name for row in sheet}
    assert {line["name"] for line in lines if line["kind"] == "measure"} == set(sheet.measures)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1"])
def test_no_spreadsheet_takes_text_for_a_formula(text: str) -> None:
    """Text that begins like a formula gets an apostrophe; other text is left alone."""
    assert cell(text) == f"'{text}"
    assert cell("rent") == "rent"


def test_a_wide_table_is_split_by_columns() -> None:
    """On a narrow terminal the columns go on below, the first one repeated; no figure is cut or lost."""
    figures = tuple(Figure(float(k) * 1e6) for k in range(1, 13))
    table = Table("t", "T", ("line", *(f"20{k}" for k in range(24, 36))), (("rent", *figures),), notes=("n",))
    parts = table.split(50)
    assert len(parts) > 1 and all(part.cells()[0][0] == "rent" for part in parts)
    assert [cell for part in parts for cell in part.rows[0][1:]] == list(figures)
    assert max(len(line) for line in table.text(50).splitlines()) <= 50
    assert [part.notes for part in parts] == [()] * (len(parts) - 1) + [("n",)]


def test_a_vehicle_is_the_sum_of_its_businesses(tmp_path: Path) -> None:
    """Where a vehicle ring-fences several businesses, its own statements add theirs, and still balance."""
    file = tmp_path / "deal.yaml"
    file.write_text(template("two-vehicles"), encoding="utf-8")
    view = View(rf.run(rf.read(file)))
    by_name = {(s.of, s.key): {line.label: line.amounts for line in s.lines} for s in all_statements(view)}
    whole, gpu, energy = (by_name[of, "balance"] for of in ("spv", "spv.gpu", "spv.energy"))
    for year in view.calendar():
        assert whole["Assets"][year] == pytest.approx(gpu["Assets"][year] + energy["Assets"][year])
        assert whole["Assets"][year] == pytest.approx(whole["Liabilities"][year] + whole["Equity"][year], abs=0.01)


def test_the_account_of_a_loan_closes(result: Any) -> None:
    """Drawn less repaid is the balance, year after year."""
    view = View(result)
    (lines,) = [{x.label: x.amounts for x in s.lines} for s in all_statements(view) if s.key == "account"]
    balance = 0.0
    for year in view.calendar():
        balance += sum(lines[label][year] for label in ("drawn", "interest added", "repaid", "swept"))
        assert balance == pytest.approx(lines["Balance at the end of the year"][year], abs=0.01)

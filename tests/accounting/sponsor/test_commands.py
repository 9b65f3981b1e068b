"""Commands that read the sponsor's books: journal, explain, rows."""

from __future__ import annotations

import csv
import io

import pytest
from tests.accounting.sponsor.conftest import EXAMPLES
from tests.cli.conftest import ringfence  # noqa: F401

HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"


def test_journal_prints_balanced_entries(ringfence):  # noqa: F811
    """One entry a period, debits equal to credits; the first books the right of use and the liability."""
    typed = ringfence("journal", HEADLINE, "--framework", "us", "--column", "lease")
    assert typed.code == 0
    lines = list(csv.DictReader(io.StringIO(typed.out)))
    by_period = {}
    for line in lines:
        by_period[line["period"]] = by_period.get(line["period"], 0.0) + float(line["debit"]) - float(line["credit"])
    assert len(by_period) == 21 and max(map(abs, by_period.values())) <= 0.05
    first = {x["account"]: float(x["debit"]) - float(x["credit"]) for x in lines if x["period"] == "close"}
    assert first["right of use"] == pytest.approx(10.0742e9, rel=1e-4)
    assert first["lease liability"] == pytest.approx(-9.4916e9, rel=1e-4)


def test_journal_writes_a_file_where_there_is_a_folder(ringfence, tmp_path):  # noqa: F811
    """It writes the file it is told to, and says so; without the folder it refuses."""
    out = tmp_path / "lease.csv"
    assert ringfence("journal", HEADLINE, "--out", out).code == 0
    assert out.read_text().startswith("period,months since close,account,debit,credit\n")
    assert "there is no folder" in ringfence("journal", HEADLINE, "--out", tmp_path / "no/lease.csv").err


def test_explain_and_rows_find_the_accounts(ringfence):  # noqa: F811
    """Rows of the accounts are appended when they are asked for, and an unknown name is refused as ever."""
    told = ringfence("explain", HEADLINE, "sponsor.ifrs.lease.right_of_use", "2027-12")
    assert told.code == 0 and "rent.lessee_ifrs.rou" in told.out
    shown = ringfence("rows", HEADLINE, "sponsor.us.buy.borrowings", "--format", "csv")
    assert shown.code == 0 and "10000000000" in shown.out
    wrong = ringfence("explain", HEADLINE, "sponsor.ifrs.rent", "2027-12")
    assert wrong.code != 0 and "sponsor.ifrs.rent" in wrong.err

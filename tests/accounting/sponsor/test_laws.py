"""Laws of the sponsor's books: they hold in every column, every period, every deal of the list."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from ringfence.accounting.income_statement import income_years, year_ends
from ringfence.accounting.loss_of_control import lose_control
from ringfence.accounting.period_journal import journal_csv, period_journal
from ringfence.accounting.sponsor_books import TITLES, sponsor_sheets
from ringfence.blocks.sponsor_vehicle import slug_of

NAMES = ["plain", "full", "headline ", "headline b", "headline b-rvg-25", "headline b-certain", "headline c-usage-60"]
TAGS = ("ifrs", "us")
CENT = 0.01


def total(books, row):
    """Sum of a row."""
    return sum(books.line(row))


@pytest.mark.parametrize("name", NAMES)
def test_every_column_balances_in_every_period(every, name):
    """Assets are claims, though cash comes from flows, equity from income and the rest from its own accounts."""
    books = every[name]
    for tag in TAGS:
        for column in TITLES:
            assert max(map(abs, books.row(tag, column, "difference"))) < CENT, (tag, column)
    assert max(books.line("sponsor.difference")) < 12 * CENT


@pytest.mark.parametrize("name", NAMES)
def test_equity_is_explained_in_every_year(every, name):
    """Opening equity, net income, OCI and what is distributed give closing equity, in every column and year."""
    books = every[name]
    for tag in TAGS:
        for column in TITLES:
            years = income_years(books, tag, column)
            assert len(years) == len(year_ends(books))
            assert max(abs(y.unexplained) for y in years) < CENT
            for before, after in pairwise(years):
                assert after.opening_equity == before.equity


@pytest.mark.parametrize("name", NAMES)
def test_liabilities_end_at_zero(every, name):
    """Lease liability, right of use, financing obligation and the loan of buying are nothing when the lease is over."""
    books = every[name]
    start = books.plan.own.start
    for tag in TAGS:
        for column, line in (
            ("lease", "lease liability"),
            ("lease", "right of use"),
            ("lease", "provisions"),
            ("failed_sale", "financing obligation"),
            ("failed_sale", "property"),
            ("buy", "borrowings"),
            ("buy", "property"),
        ):
            assert books.row(tag, column, line)[-1] - start[line] == pytest.approx(0, abs=CENT), (tag, column, line)


@pytest.mark.parametrize("name", ["plain", "headline ", "headline b", "headline c-usage-60"])
def test_cost_of_the_lease_is_what_is_paid(every, name):
    """Over its life a lease costs what is paid for it: rent and direct costs less incentives, in both frameworks."""
    books = every[name]
    upfront = books.plan.upfront
    rent = total(books, f"{books.plan.lease}.cash")
    for tag in TAGS:
        lines = ("rent", "depreciation", "interest", "running_costs")
        cost = sum(sum(books.row(tag, "lease", f"income.{x}")) for x in lines)
        assert cost == pytest.approx(rent + upfront, abs=1.0)


def test_all_columns_that_pay_the_rent_end_alike(headline, plain):
    """When everything is over, consolidated, lease, service and failed sale have cost the sponsor the same."""
    for books in (plain, headline[""], headline["b"], headline["c-usage-60"]):
        for tag in TAGS:
            last = [books.row(tag, x, "equity")[-1] for x in ("consolidated", "lease", "service", "failed_sale")]
            assert max(last) - min(last) == pytest.approx(0, abs=1.0)


@pytest.mark.parametrize("name", [x for x in NAMES if x != "full"])  # there tax on one income is paid by two companies
def test_consolidated_less_the_vehicle_is_the_service_column(every, name):
    """Eliminations reverse exactly: take the vehicle out, put prepaid rent and the interest back, line by line."""
    books = every[name]
    silos = [slug_of(s) for s in books.model.books.of(books.plan.vehicle.vehicle)]
    raw = sum(np.array(books.line(f"sponsor.ifrs.vehicle.{x}.interest.unlimited")) for x in silos)
    held = sum(np.array(books.line(f"sponsor.ifrs.vehicle.{x}.interest.closing")) for x in silos)
    equity = sum(np.array(books.line(f"sponsor.ifrs.vehicle.{x}.equity")) for x in silos)
    whole, alone = (
        np.array(books.row("ifrs", "consolidated", "equity")),
        np.array(books.row("ifrs", "service", "equity")),
    )
    other = np.array(books.row("ifrs", "consolidated", "non-controlling interests"))
    assert np.abs(other + raw - equity).max() < CENT
    assert np.abs(whole + held - raw - alone).max() < CENT


@pytest.mark.parametrize("name", NAMES)
def test_the_equity_method_stops_at_nothing(every, name):
    """The interest is never below nothing, and unrecognised losses are what it would be below."""
    books = every[name]
    for tag in TAGS:
        for silo in books.model.books.of(books.plan.vehicle.vehicle):
            row = f"sponsor.{tag}.vehicle.{slug_of(silo)}.interest"
            held, raw = np.array(books.line(f"{row}.closing")), np.array(books.line(f"{row}.unlimited"))
            assert held.min() >= 0
            assert np.abs(np.array(books.line(f"{row}.unrecognised")) - np.maximum(-raw, 0)).max() < CENT


def test_a_renewal_that_is_used_comes_back(headline):
    """Left out of the term and used all the same: its rents are a liability again from the day the firm term ends."""
    books = headline["b"]
    k = books.at(36.0)
    for tag in TAGS:
        owed = books.row(tag, "lease", "lease liability")
        assert owed[k - 1] == pytest.approx(0, abs=CENT)
        assert owed[k] == pytest.approx(sum(books.line("rent.cash")[k + j] / 1.065 ** (j / 4) for j in range(1, 8)))
        assert owed[-1] == pytest.approx(0, abs=CENT)


@pytest.mark.parametrize("name", ["plain", "full", "headline "])
@pytest.mark.parametrize("premium", [0.0, 0.1])
def test_losing_control_remeasures_the_interest(every, name, premium):
    """Group equity, the gain, and the lease now shown lead to the unconsolidated column with the interest at fair value
    (IFRS 10.25); at the carrying amount nothing is gained.
    """
    books = every[name]
    for sheet in sponsor_sheets(books.result, books.report):
        raw = sheet.vehicle["equity"] - (
            sheet["consolidated"]["non-controlling interests"] - sheet["as_is"]["non-controlling interests"]
        )
        if raw < 0:
            continue  # losses beyond the interest: nothing is kept to be measured
        fair = (1 + premium) * sheet.interest
        lost = lose_control(books, sheet, "ifrs", fair_value=fair)
        assert lost.remeasured == pytest.approx(premium * sheet.interest, abs=CENT)
        before = sheet["consolidated"]["equity"] + lost.remeasured + lost.lease
        after = sheet["lease"]["equity"] + fair - sheet.carried
        if books.plan.tax_rate is None:
            assert before == pytest.approx(after, abs=1.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_lease_column_is_the_report_on_any_grid(every, name):
    """Balances are those of the exact dates of rent, though the deal's later periods are quarters."""
    books = every[name]
    for tag, of in (("ifrs", books.report.ifrs), ("us", books.report.us)):
        for month in books.dates():
            k = books.at(month)
            if month > min(books.over) - books.line("rent.renewed")[-1] - 1e-6:
                continue  # a renewal used beyond the lease term is back in the column, and not in the report
            for line, item in (("lease liability", "liability.closing"), ("right of use", "rou.closing")):
                got = books.row(tag, "lease", line)[k] - books.plan.own.start[line]
                assert got == pytest.approx(of.balance(item, month), abs=CENT), (tag, month, line)


@pytest.mark.parametrize("name", ["plain", "full", "headline "])
def test_debits_are_credits(every, name):
    """Every entry of the journal balances, and its lines add up to the balance sheet."""
    books = every[name]
    for tag in TAGS:
        for column in TITLES:
            entries = period_journal(books, tag, column)
            assert max((abs(x.entry.difference) for x in entries), default=0.0) < 1.0
            owed = sum(x.credit - x.debit for e in entries for x in e.entry.lines if x.account == "borrowings")
            start = books.plan.own.start["borrowings"]
            assert owed == pytest.approx(books.row(tag, column, "borrowings")[-1] - start, abs=1.0)
    text = journal_csv(period_journal(books, "ifrs", "lease"))
    assert text.startswith("period,months since close,account,debit,credit\nclose,0,cash,")


def test_a_row_explains_itself(plain):
    """Explain walks from a line of a column to the rows of the deal it comes from."""
    told = str(plain.explain("sponsor.ifrs.lease.lease_liability", "2026-09", depth=4))
    assert "rent.lessee_ifrs" in told and "sponsor.dated_ifrs" in told
    assert "spv.gpu.debt" in str(plain.explain("sponsor.ifrs.consolidated.borrowings", "2026-09", depth=3))

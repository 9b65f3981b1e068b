"""The accounts inside a book are live rows like any other, and every scenario stands beside the one in use."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from perturbed import joint, one_at_a_time, proved
from recalculated import MONEY, Recalculated, same, unit_of

from ringfence.desk.session import read, run
from ringfence.desk.workbook import make_book
from ringfence.desk.workbook.accounting import LEASES, SPONSORS, VIEW, accounted
from ringfence.desk.workbook.read import read_workbook
from ringfence.errors import RingfenceError
from ringfence.run.workbook import pages
from ringfence.run.workbook.answers import SCENARIOS
from ringfence.run.workbook.front import BASE, held
from ringfence.run.workbook.lint import lint

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
HEADLINE = EXAMPLES / "headline-10bn" / "deal.yaml"


@pytest.fixture(scope="module")
def headline(tmp_path_factory):
    """Return the book of a deal that states accounting terms, and its path."""
    path = tmp_path_factory.mktemp("accounts") / "headline.xlsx"
    book = make_book(run(read(HEADLINE)), HEADLINE)
    book.write(path)
    return book, path


@pytest.fixture(scope="module")
def typed(headline):
    """Return the book in IronCalc."""
    book, path = headline
    return Recalculated(book.layout, path)


def test_a_deal_with_accounting_terms_has_its_accounts_in_the_book(headline):
    """Pages for the lease, for the sponsor under either framework, and one that shows what a reader asks for."""
    book, path = headline
    tabs = [tab for tab, _ in pages(book.layout, book.values)]

    assert {LEASES, VIEW, *SPONSORS.values()} <= set(tabs)
    assert book.layout.home["rent.lessee_ifrs.liability"] == LEASES
    assert book.layout.home["sponsor.us.lease.debt"] == SPONSORS["us"]
    assert lint(path) == []


def test_the_numbers_are_those_of_the_accounts(headline):
    """The liability in the book is the liability of the accounting page, period by period."""
    from ringfence.accounting.lease_report import lease_report
    from ringfence.accounting.sponsor_books import sponsor_books

    book, _ = headline
    result = run(read(HEADLINE))
    books = sponsor_books(result, lease_report(result))

    for name in ("rent.lessee_ifrs.liability", "sponsor.ifrs.lease.debt", "sponsor.us.buy.net_income"):
        assert list(book.values[name]) == pytest.approx(books.line(name), rel=1e-9, abs=1e-4)


def test_accounts_follow_every_kind_of_input(headline, typed):
    """A sample of inputs a tenth up and down, and joint draws: every formula cell, accounts included."""
    book, _ = headline
    rng = random.Random(3)
    draws = [*rng.sample(list(one_at_a_time(book)), 12), *(joint(book, rng) for _ in range(3))]

    assert proved(book, typed, draws) == len(draws)


@pytest.mark.parametrize(
    ("name", "share", "passes"),
    [
        ("rent.rent", 0.9, False),
        ("gpus.sale.share", 0.9, False),
        ("gpus.book_residual", None, False),
        ("sponsor.own_debt_rate", 1.1, False),
        ("rent.payment_lag", None, False),
        ("senior.pricing.margin", 1.1, True),
        ("gpus.opex", None, True),
    ],
)
def test_terms_the_accounts_were_decided_on_are_watched(headline, typed, name, share, passes):
    """A term that classification and rates were decided on turns the master check red; another term does not."""
    book, _ = headline
    typed.type(name, book.values[name] * share if share else 0.01 if name != "rent.payment_lag" else 3.0)
    typed.evaluate()
    found = typed.master()
    typed.type(name, book.values[name])
    typed.evaluate()

    assert (found, typed.master()) == (float(passes), 1.0)


@pytest.mark.slow
def test_accounts_follow_every_input(headline, typed):
    """Every input of the book, a tenth up and down."""
    book, _ = headline
    draws = list(one_at_a_time(book))

    assert proved(book, typed, draws) == len(draws)


def test_a_book_with_accounts_returns_byte_for_byte(headline):
    """The accounts add nothing to what returns to the deal file."""
    back = read_workbook(headline[1])

    assert (back.content, back.changes, back.left) == (HEADLINE.read_bytes(), (), ())


def test_accounts_are_left_out_where_the_deal_does_not_ask(bridge):
    """A deal without accounting terms gets them only when asked, and a refusal says what is missing."""
    assert LEASES not in bridge.layout.grids
    solar = run(read(EXAMPLES / "sam" / "capped.yaml"))
    with pytest.raises(RingfenceError):
        accounted(solar)
    assert make_book(solar, accounting=False).layout.grids
    with pytest.raises(RingfenceError):
        make_book(solar, accounting=True)


def test_every_scenario_comes_out_as_it_was_run(headline, typed):
    """Chosen on the Inputs page, each scenario gives the figures that stand in its column of the Scenarios page."""
    book, _ = headline
    assert held(book.layout)
    names = [scenario.name for scenario in book.layout.brief.scenarios]
    for number, scenario in enumerate(held(book.layout), start=2):
        typed.switch(number)
        typed.evaluate()
        column = BASE + 1 + names.index(scenario.name)
        wrong = _live_against_written(book, typed, column)
        typed.switch(1)
        assert wrong == []
    typed.evaluate()
    assert _live_against_written(book, typed, BASE) == []


def _live_against_written(book, typed, column):
    """Figures of the Scenarios page whose live cell is not the number written in a column."""
    wrong = []
    for at, cells in dict(pages(book.layout, book.values))[SCENARIOS]:
        written = {place: value for place, formula, value, _ in cells if formula is None}
        live = next((place for place, formula, _, look in cells if formula is not None and look[0] == "link"), None)
        if live is not None and isinstance(written.get(column), float):
            got = typed.cell(SCENARIOS, at, live)
            if not same(got, written[column], money=unit_of(cells) in MONEY):
                wrong.append((written.get(1), got, written[column]))
    return wrong

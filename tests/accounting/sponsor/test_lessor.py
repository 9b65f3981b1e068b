"""The vehicle's own books where it is a finance lessor, and what the equity method takes up of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.accounting.sponsor.conftest import EXAMPLES, booked
from tests.accounting.sponsor.test_shapes import SHAPES

import ringfence as rf
from ringfence.accounting import sponsor_books as made
from ringfence.accounting.lessor_books import lessor_books
from ringfence.accounting.sponsor_books import TITLES
from ringfence.blocks.sponsor_lessor import LessorPlan
from ringfence.blocks.sponsor_vehicle import slug_of
from ringfence.desk.accounting.answers import accounts
from ringfence.desk.accounting.lessor import lessor_tables
from ringfence.terms.read import revise

HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"
CENT = 0.01
OWNED = {"contracts.equity.holder": "group"}
LAST = {"timeline.until": "2032-12-31"}
THIRD = {"contracts.rent.residual_value_guarantee": {"share": "33.5%", "guarantor": "banks"}}


def views(books):
    """Prefix of the rows of each business that is a finance lessor, by framework."""
    for tag in ("ifrs", "us"):
        for silo in books.model.books.of(books.plan.vehicle.vehicle):
            row = f"sponsor.{tag}.vehicle.{slug_of(silo)}"
            if f"{row}.lessor.net_income" in books.run:
                yield tag, row


def line(books, name):
    """A row as an array."""
    return np.array(books.line(name))


@pytest.fixture(scope="module")
def owned():
    """Five years firm, the sponsor holds the whole equity."""
    return booked(revise(rf.read(HEADLINE), OWNED))


@pytest.mark.parametrize("name", ["plain", "full", "headline ", "headline b-rvg-25", "headline b-certain"])
def test_both_views_earn_the_same_in_the_end(every, name):
    """Net income by lines is net income by balances in every period; over their life both views' totals are one."""
    books = every[name]
    found = list(views(books))
    assert [tag for tag, _ in found] == ["ifrs", "us"]
    for _, row in found:
        assert np.abs(line(books, f"{row}.lessor.difference")).max() < CENT
        group = line(books, f"{row}.net_income").sum()
        for item in ("net_income", "earned"):
            assert line(books, f"{row}.lessor.{item}").sum() == pytest.approx(group, abs=1.0)
        assert line(books, f"{row}.lessor.written_down")[-1] == pytest.approx(0, abs=CENT)
        assert line(books, f"{row}.lessor.equity")[-1] == pytest.approx(line(books, f"{row}.equity")[-1], abs=CENT)
        assert np.abs(line(books, f"{row}.lessor.net_income") - line(books, f"{row}.net_income")).max() > 1e6


@pytest.mark.parametrize("shape", SHAPES)
def test_the_views_agree_on_every_shape_of_lease(shape):
    """Arrears, lags, escalators, services, use, coarse grids: the same laws, and every column balances."""
    b = booked(revise(rf.read(HEADLINE), {**LAST, **OWNED, **SHAPES[shape]}), resize=True)
    found = list(views(b))
    for tag, row in found:
        assert np.abs(line(b, f"{row}.lessor.difference")).max() < CENT
        assert line(b, f"{row}.lessor.earned").sum() == pytest.approx(line(b, f"{row}.net_income").sum(), abs=1.0)
        assert np.abs(b.row(tag, "lease", "difference")).max() < CENT
    assert found or shape == "half used"


@pytest.mark.parametrize("shape", ["in arrears", "monthly on quarters", "yearly grid", "paid a month late"])
def test_the_net_investment_is_that_of_exact_dates(shape):
    """On any grid the net investment is that of rent on its own dates, so no profit is made of a grid."""
    b = booked(revise(rf.read(HEADLINE), {**LAST, **SHAPES[shape]}), resize=True)
    for tag, row in views(b):
        want = lessor_books(b.report, "IFRS 16" if tag == "ifrs" else "ASC 842")
        assert line(b, f"{row}.lessor.profit").sum() == pytest.approx(want.profit, abs=10.0)
        income = line(b, f"{row}.lessor.income").sum()
        assert income == pytest.approx(want.income, rel=1e-9)


def test_a_quarter_by_hand(owned):
    """First quarter: 9.417bn at 10 % a year less 7.5bn at 8 %: the vehicle earns 81m, not the 20m of straight rent."""
    row = "sponsor.ifrs.vehicle.spv"
    interest = (10e9 - owned.line("rent.cash")[0]) * (1.10**0.25 - 1)
    paid = 7.5e9 * (1.08**0.25 - 1)
    assert owned.line(f"{row}.lessor.net_income")[1] == pytest.approx(interest - paid, abs=1e3)
    assert owned.row("ifrs", "lease", "income.equity method")[1] == pytest.approx(interest - paid, abs=1e3)
    assert owned.line(f"{row}.net_income")[1] == pytest.approx(
        sum(owned.line("rent.cash")[0:20]) / 20 - 5e9 / 12 - paid, abs=1e3
    )


def test_the_group_keeps_its_gpus(owned):
    """Without the view every column but lease is what it was; the lease column differs in the interest alone."""
    plan = replace(owned.plan, vehicle=replace(owned.plan.vehicle, lessor=None))
    model, run = made._run(owned.result, owned.report, plan)
    bare = replace(owned, plan=plan, model=model, run=run)
    for tag in ("ifrs", "us"):
        for column in TITLES:
            for item in ("property", "borrowings", "equity", "net_income", "non-controlling interests", "cash"):
                if column == "lease" and item in ("equity", "net_income"):
                    continue
                assert owned.row(tag, column, item) == pytest.approx(bare.row(tag, column, item), abs=CENT), (
                    column,
                    item,
                )
        apart = np.array(owned.row(tag, "lease", "equity")) - np.array(bare.row(tag, "lease", "equity"))
        held = np.array(owned.row(tag, "lease", "equity method")) - np.array(bare.row(tag, "lease", "equity method"))
        assert apart == pytest.approx(held, abs=CENT) and np.abs(apart).max() > 1e8
        assert apart[-1] == pytest.approx(0, abs=1.0)
        assert owned.row(tag, "consolidated", "property")[0] == pytest.approx(10e9)


@pytest.mark.parametrize(("value", "profit"), [("11bn USD", 1e9), ("9bn USD", -1e9)])
def test_profit_of_the_day_is_earned_with_the_right_and_a_loss_at_once(value, profit):
    """Fair value above cost: the lessee's share of the vehicle's profit waits and is used straight; a loss does not."""
    b = booked(revise(rf.read(HEADLINE), {**OWNED, "accounting.leases.rent.fair_value": value}))
    row = "sponsor.ifrs.vehicle.spv.lessor"
    assert b.line(f"{row}.profit")[0] == pytest.approx(profit, abs=1e3)
    waiting = b.line(f"{row}.upstream")
    if profit < 0:
        assert max(waiting) == 0
        assert b.row("ifrs", "lease", "equity")[0] == pytest.approx(profit, abs=1e3)
        return
    assert waiting == pytest.approx([profit * (1 - k / 20) for k in range(21)], abs=1e3)
    assert b.row("ifrs", "lease", "equity")[0] == pytest.approx(0, abs=1e3)


def relet(books, **kinds):
    """The same books with the vehicle's lease classified otherwise."""
    lessor = books.plan.vehicle.lessor or LessorPlan("rent", "gpus", books.plan.tranches, residual=0.4)
    plan = replace(books.plan, vehicle=replace(books.plan.vehicle, lessor=replace(lessor, kinds=kinds)))
    model, run = made._run(books.result, books.report, plan)
    return replace(books, plan=plan, model=model, run=run)


def test_direct_financing_defers_its_profit():
    """A third party guarantees: under US GAAP a profit of the day is earned with the interest, and is all earned."""
    changes = {**OWNED, **THIRD, "accounting.leases.rent.fair_value": "10.5bn USD"}
    b = relet(booked(revise(rf.read(HEADLINE, scenario="b"), changes)), us="direct_financing")
    row = "sponsor.us.vehicle.spv.lessor"
    assert b.line(f"{row}.profit")[0] == pytest.approx(0, abs=CENT)
    assert b.line(f"{row}.deferred")[0] == pytest.approx(5e8, rel=1e-3)
    assert b.line(f"{row}.deferred")[-1] == pytest.approx(0, abs=CENT)
    assert np.abs(line(b, f"{row}.difference")).max() < CENT
    assert line(b, f"{row}.net_income").sum() == pytest.approx(
        line(b, "sponsor.us.vehicle.spv.net_income").sum(), abs=1.0
    )


def test_one_framework_may_take_the_gpus_off_alone():
    """Operating under IFRS, sales-type under US GAAP: one view is laid over, the other column reads the books kept."""
    b = relet(booked(revise(rf.read(HEADLINE, scenario="b"), OWNED)), us="sales_type")
    assert [tag for tag, _ in views(b)] == ["us"]
    row = "sponsor.us.vehicle.spv"
    assert np.abs(line(b, f"{row}.lessor.difference")).max() < CENT
    assert line(b, f"{row}.lessor.net_income").sum() == pytest.approx(line(b, f"{row}.net_income").sum(), abs=1.0)
    assert b.row("us", "lease", "equity method") == pytest.approx(b.line(f"{row}.lessor.interest.closing"), abs=CENT)
    assert b.row("ifrs", "lease", "equity method") == pytest.approx(
        b.line("sponsor.ifrs.vehicle.spv.interest.closing"), abs=CENT
    )


def test_the_page_shows_the_way_to_the_group(plain):
    """Own books plus both eliminations is the group, line by line; the years show both profiles."""
    a = accounts(plain.result)
    group, years = lessor_tables(a)
    for words, own, gpus, rent, whole in group.rows:
        assert own.value + gpus.value + rent.value == pytest.approx(whole.value, abs=1.0), words
    labels = [row[0] for row in years.rows]
    assert labels[0] == "both: interest on the net investment" and labels[-1] == "both: on the group's view"
    assert lessor_tables(accounts(rf.run(rf.read(HEADLINE, scenario="b")))) == []

"""Around the columns: impairment, components, interest before conversion, swaps, tax, opening, from terms to lines."""

from __future__ import annotations

import numpy as np
import pytest
from tests.accounting.sponsor.conftest import EXAMPLES, booked

import ringfence as rf
from ringfence.accounting.impairment import Component, depreciate, impair_ifrs, impair_us
from ringfence.accounting.income_statement import income_years
from ringfence.accounting.sponsor_books import sponsor_sheets
from ringfence.terms.read import revise

CENT = 0.01
HEADLINE = EXAMPLES / "headline-10bn/deal.yaml"


def plain_deal(**changes):
    """The $10bn delivery with accounting terms changed."""
    return booked(revise(rf.read(HEADLINE), {k.replace("__", "."): v for k, v in changes.items()}))


@pytest.fixture(scope="module")
def impaired():
    """Half of the residual, and a rate at which the rents are worth less than the GPUs."""
    changes = {"accounting.impairment_rate": "25%", "assets.gpus.sale.share": "2%"}
    return booked(revise(rf.read(HEADLINE), changes))


def test_impairment_is_what_the_standards_say(impaired):
    """First loss: carrying amount less the higher of value in use and fair value; US: only if flows do not cover it."""
    b = impaired
    k = next(n for n, x in enumerate(b.line("gpus.ifrs.loss")) if x > 0)
    test = impair_ifrs(b.line("gpus.book.closing")[k], value_in_use=b.line("gpus.test.value_in_use")[k])
    assert test.loss == pytest.approx(b.line("gpus.ifrs.loss")[k])
    assert b.line("gpus.test.indicator")[k] == 1
    held = b.line("gpus.us.closing")[k] + b.line("gpus.us.loss")[k]
    us = impair_us(
        held, undiscounted=b.line("gpus.test.undiscounted")[k], fair_value=b.line("gpus.test.recoverable")[k]
    )
    assert b.line("gpus.us.loss")[k] == pytest.approx(us.loss)


def test_value_in_use_is_the_cash_to_come_discounted(impaired):
    """At close: nineteen rents and the sale, each discounted on its own at the pre-tax rate."""
    b = impaired
    cash, ends = b.line("gpus.test.net_cash"), b.ends
    worth = sum(c / 1.25 ** (e / 12) for c, e in zip(cash[1:], ends[1:], strict=True))
    assert b.line("gpus.test.value_in_use")[0] == pytest.approx(worth)


def test_a_loss_reaches_the_group_and_no_further(impaired):
    """Loss is in the consolidated income and property; it moves time, not the sum: all is written off in the end."""
    b, bare = impaired, booked(revise(rf.read(HEADLINE), {"assets.gpus.sale.share": "2%"}))
    group, before = income_years(b, "ifrs", "consolidated"), income_years(bare, "ifrs", "consolidated")
    net = sum(b.line("gpus.ifrs.loss")[:5]) - sum(b.line("gpus.ifrs.reversal")[:5])
    assert group[0]["impairment"] == pytest.approx(net)
    assert group[0]["impairment"] > 1e9 > before[0]["impairment"] == 0
    assert group[0].net_income < before[0].net_income - 1e9
    assert sum(y.net_income for y in group) == pytest.approx(sum(y.net_income for y in before), abs=1.0)
    short = np.array(bare.row("ifrs", "consolidated", "property")) - np.array(b.row("ifrs", "consolidated", "property"))
    assert short == pytest.approx(np.array(b.line("gpus.ifrs.written_down")), abs=CENT)
    for column in ("buy", "lease", "service"):
        assert b.row("ifrs", column, "net_income") == pytest.approx(bare.row("ifrs", column, "net_income"), abs=CENT)


def test_components_wear_on_their_own(full, plain):
    """Parts depreciate as IAS 16.43 has them; their sum replaces the one life in the group's property."""
    parts = [Component("chips", 0.6 * 10e9, 48.0), Component("network", 0.4 * 10e9, 120.0, 1e9)]
    b = plain_deal(
        accounting__components={
            "gpus": {
                "chips": {"share": "60%", "life": "4y"},
                "network": {"share": "40%", "life": "10y", "residual": "25%"},
            }
        }
    )
    worn = depreciate(parts, b.ends)["total"]
    assert b.line("gpus.components.depreciation")[1:] == pytest.approx(worn)
    before_sale = slice(0, len(b.ends) - 1)
    closing = b.line("gpus.components.closing")
    assert b.row("ifrs", "consolidated", "property")[before_sale] == pytest.approx(closing[before_sale])
    assert closing[-1] == pytest.approx(0, abs=CENT)
    assert full.line("gpus.components.closing")[20] < plain.line("gpus.book.closing")[20]


def test_interest_before_conversion_is_an_expense_unless_it_qualifies(plain):
    """Racks do not qualify: interest of the delivery months is expensed, and not written off a second time later."""
    whole = sum(plain.line("sponsor.ifrs.vehicle.spv_gpu.idc_expensed"))
    assert whole > 100e6
    assert sum(plain.line("sponsor.ifrs.vehicle.spv_gpu.idc_restored")) == pytest.approx(whole)
    deal = revise(
        rf.read(EXAMPLES / "softbank-10bn/deal.yaml"), {"accounting": {"qualifying_assets": {"gpus": "argued"}}}
    )
    kept = booked(deal)
    assert sum(kept.line("sponsor.ifrs.vehicle.spv_gpu.idc_expensed")) == 0
    first = [income_years(b, "ifrs", "consolidated")[0] for b in (plain, kept)]
    assert first[0]["interest"] > first[1]["interest"] + 50e6
    last = [b.row("ifrs", "consolidated", "equity")[-1] for b in (plain, kept)]
    assert last[0] == pytest.approx(last[1], abs=1.0)


RISING = {"curves.SOFR.points": {"2026-01-01": 4.0, "2031-01-01": 6.0}}


def test_a_designated_swap_waits_in_equity():
    """Designated: value in OCI, nothing in income; not designated: every change is income. Both end at nothing."""
    named = booked(revise(rf.read(HEADLINE), {**RISING, "accounting.hedge_accounting": {"swap": "memo 7"}}))
    bare = booked(revise(rf.read(HEADLINE), RISING))
    for b in (named, bare):
        assert b.line("swap.value")[0] > 100e6 and b.line("swap.value")[-1] == pytest.approx(0, abs=CENT)
        assert b.line("swap.value") == pytest.approx(b.line("swap.hypothetical"))
    moved = named.line("swap.value")[4]
    assert named.line("sponsor.ifrs.vehicle.spv.hedge_reserve")[4] == pytest.approx(moved)
    assert sum(named.line("sponsor.ifrs.vehicle.spv.net_income")) == pytest.approx(
        sum(bare.line("sponsor.ifrs.vehicle.spv.net_income")), abs=1.0
    )
    assert bare.line("sponsor.ifrs.vehicle.spv.net_income")[0] == pytest.approx(bare.line("swap.value")[0], abs=CENT)
    assert named.line("sponsor.ifrs.vehicle.spv.net_income")[0] == pytest.approx(0, abs=CENT)


def test_the_value_of_a_swap_is_its_settlements_discounted():
    """At close: index less fixed on the scheduled balance, each period's receipt discounted along the curve."""
    b = booked(revise(rf.read(HEADLINE), RISING))
    index, held = b.line("curve.sofr"), b.line("senior.planned.opening")
    worth, factor = 0.0, 1.0
    for k in range(1, len(b.ends)):
        factor *= 1 + index[k] * 0.25
        worth += (index[k] - 0.04) * 0.25 * held[k] / factor
    assert b.line("swap.value")[0] == pytest.approx(worth, rel=1e-9)


def test_tax_on_a_lease_is_paid_as_rent_is_paid(full):
    """Current tax is the rate on rent and direct costs paid, total tax the rate on cost; the rest is deferred."""
    b = full
    for tag in ("ifrs", "us"):
        charge = np.array(b.row(tag, "lease", "income.tax"))
        asset, liability = (np.array(b.row(tag, "lease", f"deferred tax {x}")) for x in ("asset", "liability"))
        deferred = np.diff(liability - asset, prepend=0.0)
        spent = np.array(b.line("rent.cash"))
        part = np.diff(b.line("sponsor.leased_so_far"), prepend=0.0) * b.plan.upfront
        back = np.diff(b.line("sponsor.returned_so_far"), prepend=0.0) * b.plan.restoration
        assert charge - deferred == pytest.approx(-0.30 * (spent + part + back), abs=CENT)
        lines = ("rent", "depreciation", "interest")
        own = np.array(b.line("sponsor.own.depreciation")) + np.array(b.line("sponsor.own.interest"))
        cost = sum(np.array(b.row(tag, "lease", f"income.{x}")) for x in lines) - own
        assert charge == pytest.approx(-0.30 * cost, abs=CENT)
        assert asset[-1] == pytest.approx(0, abs=CENT) and liability[-1] == pytest.approx(0, abs=CENT)


def test_deferred_tax_of_the_rows_is_that_of_the_report(headline):
    """Asset on the liability and liability on the right, day by day as the report has them."""
    b = plain_deal(accounting__tax_rate="30%")
    for month in b.dates():
        k = b.at(month)
        assert b.row("ifrs", "lease", "deferred tax asset")[k] == pytest.approx(
            0.3 * b.report.ifrs.balance("liability.closing", month), abs=CENT
        )


def test_opening_balances_carry_through(full):
    """As is stays as it opened; every other column is the opening and the deal's effect; own income is distributed."""
    b, start = full, full.plan.own.start
    assert start["equity"] == pytest.approx(25e9)
    for line in ("cash", "property", "borrowings", "equity"):
        assert b.row("ifrs", "as_is", line) == pytest.approx([start[line]] * len(b.ends))
    year = income_years(b, "ifrs", "as_is")[1]
    assert (year.ebitda, year.net_income, year.distributions) == pytest.approx((8e9, 4e9, 4e9), rel=1e-9)
    assert year.leverage == pytest.approx((20e9 - 10e9) / 8e9) and year.cover == pytest.approx(8.0)


def test_leverage_needs_the_sponsors_own_ebitda(plain, full):
    """Without an opening no ratio is shown; with one, borrowing to buy raises it and service leaves the debt out."""
    assert {y.leverage for y in income_years(plain, "ifrs", "lease")} == {None}
    at = {x: income_years(full, "ifrs", x)[1] for x in ("as_is", "buy", "lease", "service")}
    assert at["buy"].leverage > at["as_is"].leverage
    assert at["service"].debt == pytest.approx(20e9) and at["lease"].debt > 24e9
    assert at["lease"].ebitda > at["service"].ebitda


def test_an_operating_lease_costs_a_straight_line(headline):
    """Operating under ASC 842, renewed twice: the same rent cost each quarter, in EBITDA; under IFRS none of it is."""
    b = headline["b"]
    us = b.row("us", "lease", "income.rent")
    running = [x for x in us if abs(x) > 1]
    assert running == pytest.approx([running[0]] * 20)
    assert sum(running) == pytest.approx(sum(b.line("rent.cash")), abs=1.0)
    assert sum(b.row("ifrs", "lease", "income.rent")) == pytest.approx(0, abs=CENT)
    assert income_years(b, "ifrs", "lease")[0].ebitda > income_years(b, "us", "lease")[0].ebitda + 2e9


def test_the_guarantee_is_in_the_liability_where_it_is_expected(headline):
    """Expected payout at 25 % volatility: 0.29bn more than without, and paid or released at the end."""
    one, bare = headline["b-rvg-25"], headline["b"]
    more = one.row("ifrs", "lease", "lease liability")[0] - bare.row("ifrs", "lease", "lease liability")[0]
    assert more == pytest.approx(one.report.guarantee.expected_payable / 1.065**3)
    assert sponsor_sheets(one.result, one.report)[0]["lease"]["lease liability"] == pytest.approx(
        one.report.ifrs.liability
    )

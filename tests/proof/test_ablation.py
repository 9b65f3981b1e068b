"""Switch each protection, fee and option on: it moves the quoted figures by the amount worked out by hand where it
binds, and by exactly nothing where it does not.

The deals are those of ``deals/``: a plant with CFADS of 12 USDm for twelve years and 60 USDm of debt at 6 % over ten,
the same plant built over two years, and a fleet of GPUs let at 18 USDm a year for four years.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small import M, annuity, as_written, close_to, figures, irr, level, row, run, value

import ringfence as rf
from ringfence.desk.session import read

SERVICE = level(60 * M, 0.06, 10)
FLOWS = [-40 * M] + [12 * M - SERVICE] * 10 + [12 * M] * 2
RENT, RENT_SERVICE = 18 * M, level(30 * M, 0.08, 4)
FLEET_FLOWS = [-20 * M] + [RENT - RENT_SERVICE] * 3 + [RENT - RENT_SERVICE + 5 * M]
DEBT, LEASE = "contracts.debt", "contracts.rent"


def with_irr(result: rf.Result, flows: list[float]) -> None:
    """Equity flows and their IRR are as by hand."""
    close_to(row(result, "equity.net")[: len(flows)], flows)
    assert value(result, "equity.irr") == pytest.approx(irr(flows), abs=1e-9)


def test_deals_by_hand() -> None:
    """The deals everything is measured against come out by hand."""
    with_irr(run("plant"), FLOWS)
    with_irr(run("fleet"), FLEET_FLOWS)
    assert value(run("plant"), "debt.dscr.min") == pytest.approx(12 * M / SERVICE, rel=1e-12)
    assert value(run("fleet"), "debt.dscr.min") == pytest.approx(RENT / RENT_SERVICE, rel=1e-12)


NEVER_BINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("no upfront fee", "plant", {f"{DEBT}.upfront_fee": "0%"}),
    ("commitment fee, all drawn at close", "plant", {f"{DEBT}.commitment_fee": "1%"}),
    ("no agency fee", "plant", {f"{DEBT}.agency_fee": "0 USD"}),
    ("no discount at issue", "plant", {f"{DEBT}.original_issue_discount": "0%"}),
    ("lock-up under the cover", "plant", {f"{DEBT}.covenants.lock_up": 1.20}),
    ("covenants, which only report", "plant", {f"{DEBT}.covenants.minimum": 1.60, f"{DEBT}.covenants.default": 1.05}),
    ("floor under the curve", "floating", {f"{DEBT}.floor": "1%"}),
    ("margin step after the end of the deal", "plant", {f"{DEBT}.margin_steps": [{"start": "144m", "margin": "9%"}]}),
    ("minimum cash of nothing", "plant", {"parties.co.minimum_cash": "0 USD"}),
    ("refund of losses there are none of", "taxed", {"parties.co.tax.losses": "refunded"}),
    ("cap by contracted cash that is ample", "plant", {f"{DEBT}.repayment.contracted_cash": 1.0}),
    ("cap by depreciated cost that is ample", "plant", {f"{DEBT}.repayment.depreciated_cost": "240m"}),
    ("guarantee under the resale", "fleet", {f"{LEASE}.residual_value_guarantee": {"share": "5%"}}),
    ("no failures", "fleet", {"assets.gpus.failures": {"rate": "0%", "replacement": "50%"}}),
    ("no rent holiday", "fleet", {f"{LEASE}.holiday": "0m"}),
    ("no escalator", "fleet", {f"{LEASE}.escalator": "0%"}),
    ("no degradation", "plant", {"assets.plant.degradation": "0%"}),
    ("a limit above the amount", "plant", {f"{DEBT}.size": {"min": [{"amount": "60 USDm"}, {"dscr": 1.2}]}}),
]


@pytest.mark.parametrize(("deal", "changes"), [x[1:] for x in NEVER_BINDS], ids=[x[0] for x in NEVER_BINDS])
def test_moves_nothing_where_it_does_not_bind(deal: str, changes: dict[str, Any]) -> None:
    """What does not bind moves no quoted figure at all: equal, not close."""
    before, after = figures(as_written(deal)), figures(run(deal, changes))
    assert {name: after[name] for name in before} == before


# --- fees ------------------------------------------------------------------------------------------------------------


def test_upfront_fee_is_paid_by_equity_at_close() -> None:
    """2 % of 60 USDm is 1.2 USDm of uses, paid by equity at close: its IRR falls, the lender's rises, no DSCR moves."""
    got = run("plant", {f"{DEBT}.upfront_fee": "2%"})
    assert value(got, "deal.uses.fees") == 1.2 * M
    with_irr(got, [FLOWS[0] - 1.2 * M, *FLOWS[1:]])
    assert value(got, "debt.all_in_cost") == pytest.approx(irr([-58.8 * M] + [SERVICE] * 10), abs=1e-9)
    assert value(got, "debt.dscr.min") == value(run("plant"), "debt.dscr.min")


def test_original_issue_discount_costs_what_a_fee_of_the_same_size_costs() -> None:
    """A discount of 1 % on 60 USDm: 0.6 USDm of uses, in the lender's return as if 59.4 had been lent."""
    got = run("plant", {f"{DEBT}.original_issue_discount": "1%"})
    assert value(got, "deal.uses.fees") == 0.6 * M
    with_irr(got, [FLOWS[0] - 0.6 * M, *FLOWS[1:]])
    assert value(got, "debt.all_in_cost") == pytest.approx(irr([-59.4 * M] + [SERVICE] * 10), abs=1e-9)


def test_agency_fee_is_debt_service() -> None:
    """0.1 USDm a year while the loan runs: out of cash, into the divisor of DSCR, nothing after the last repayment."""
    got = run("plant", {f"{DEBT}.agency_fee": "0.1 USDm"})
    with_irr(got, [FLOWS[0]] + [x - 0.1 * M for x in FLOWS[1:11]] + FLOWS[11:])
    assert value(got, "debt.dscr.min") == pytest.approx(12 * M / (SERVICE + 0.1 * M), rel=1e-12)


def test_commitment_fee_on_two_draws() -> None:
    """60 USDm drawn half after one year, half after two, 1 % on the undrawn: 0.6 in year 1 and 0.3 in year 2."""
    got = run("building", {f"{DEBT}.commitment_fee": "1%"})
    close_to(row(got, "debt.drawdown")[:3], [0, 30 * M, 30 * M])
    close_to(row(got, "debt.commitment_fee_paid")[:4], [0, 0.6 * M, 0.3 * M, 0])
    assert value(got, "deal.uses.fees") == pytest.approx(0.9 * M, rel=1e-12)
    base = run("building")
    close_to(row(got, "equity.net")[:3], row(base, "equity.net")[:3] - [0, 0.6 * M, 0.3 * M])
    close_to(row(got, "equity.net")[3:], row(base, "equity.net")[3:])


# --- reserves --------------------------------------------------------------------------------------------------------


def test_reserve_at_close_is_lent_by_equity_and_comes_back_with_the_last_payment() -> None:
    """A year's service at close, released when no service is ahead: equity pays 8.152 more, back in year 10."""
    got = run("plant", {f"{DEBT}.reserve": {"months": "12m", "funding": "at_close"}})
    flows = list(FLOWS)
    flows[0] -= SERVICE
    flows[10] += SERVICE
    with_irr(got, flows)
    assert value(got, "deal.uses.reserve") == pytest.approx(SERVICE, rel=1e-12)
    assert value(got, "debt.dscr.min") == value(run("plant"), "debt.dscr.min")


def test_reserve_from_cash_takes_the_first_years_of_equity() -> None:
    """Built from the 3.848 a year left after debt service: nothing for two years, part of the third, all back in 10."""
    got = run("plant", {f"{DEBT}.reserve": {"months": "12m", "funding": "from_cash"}})
    spare = 12 * M - SERVICE
    flows = list(FLOWS)
    flows[1] = flows[2] = 0
    flows[3] = 3 * spare - SERVICE
    flows[10] += SERVICE
    with_irr(got, flows)
    assert value(got, "equity.invested") == 40 * M


LETTER = {
    f"{DEBT}.reserve": {"months": "12m", "funding": "letter_of_credit", "letter_of_credit": "lc"},
    "contracts.lc": {"type": "letter_of_credit", "issuer": "bank", "applicant": "co", "amount": "9 USDm", "fee": "2%"},
}


def test_letter_of_credit_costs_its_fee_while_a_loan_runs() -> None:
    """9 USDm of face at 2 %: 0.18 USDm a year for ten years, before debt service, and no cash at close."""
    got = run("plant", LETTER)
    with_irr(got, [FLOWS[0]] + [x - 0.18 * M for x in FLOWS[1:11]] + FLOWS[11:])
    assert value(got, "debt.dscr.min") == pytest.approx((12 * M - 0.18 * M) / SERVICE, rel=1e-12)
    assert value(got, "deal.uses.total") - value(got, "deal.uses.cash") == 9 * M


def test_letter_of_credit_pays_when_cash_is_short_and_is_repaid() -> None:
    """In a year without output the letter pays the whole service; it is repaid from the cash of the years after."""
    outage = {"assets.plant.outages": [{"start": "24m", "time": "12m"}]}
    got = run("plant", {**LETTER, **outage})
    drawn = row(got, "lc.drawn")
    assert drawn[3] == pytest.approx(SERVICE, rel=1e-12)
    assert row(got, "debt.arrears")[3] == 0
    assert row(got, "lc.owed")[-1] == pytest.approx(0, abs=1e-6)
    without = run("plant", outage)
    assert row(without, "debt.arrears")[3] > 0


# --- tests and what they stop ----------------------------------------------------------------------------------------


def test_lock_up_moves_the_irr_and_never_the_dscr() -> None:
    """Under a lock-up of 1.60 nothing is distributed until the loan is repaid, then all; no DSCR moves."""
    got, base = run("plant", {f"{DEBT}.covenants.lock_up": 1.60}), run("plant")
    flows = [FLOWS[0]] + [0.0] * 9 + [10 * (12 * M - SERVICE)] + FLOWS[11:]
    with_irr(got, flows)
    assert value(got, "debt.lock_up.count") == 10
    np.testing.assert_array_equal(row(got, "debt.dscr"), row(base, "debt.dscr"))
    assert value(got, "equity.distributions") == pytest.approx(value(base, "equity.distributions"), rel=1e-12)


def test_covenants_count_breaches() -> None:
    """A covenant of 1.60 against a DSCR of 1.47 is breached on all ten dates; a default level of 1.05 on none."""
    got = run("plant", {f"{DEBT}.covenants.minimum": 1.60, f"{DEBT}.covenants.default": 1.05})
    assert value(got, "debt.breach.count") == 10
    assert value(got, "debt.default.count") == 0


STEPS: list[dict[str, Any]] = [{"pay": "costs"}, {"pay": "debt.interest"}, {"pay": "debt.repayment"}]


def test_sweep_prepays_from_surplus() -> None:
    """Half of what is left after service prepays the loan, which then ends early; equity gets the other half."""
    steps = [*STEPS, {"sweep": "debt", "share": "50%"}, {"distribute": ["equity"]}]
    got = run("plant", {"parties.co.waterfall": steps})
    balance, flows = 60 * M, [FLOWS[0]]
    plan = row(run("plant"), "debt.repayment")
    for year in range(1, 13):
        interest, cash = 0.06 * balance, 12 * M
        repaid = min(balance, plan[year])
        swept = min(0.5 * (cash - interest - repaid), balance - repaid)
        flows.append(cash - interest - repaid - swept)
        balance -= repaid + swept
    with_irr(got, flows)


def test_sweep_that_waits_for_a_breach_takes_nothing() -> None:
    """A full sweep when the lock-up test fails takes exactly nothing while it passes."""
    base = {f"{DEBT}.covenants.lock_up": 1.20, "parties.co.waterfall": [*STEPS, {"distribute": ["equity"]}]}
    sweep = {"sweep": "debt", "when": {"breached": ["debt"]}}
    armed = {**base, "parties.co.waterfall": [*STEPS, sweep, {"distribute": ["equity"]}]}
    before, after = figures(run("plant", base)), figures(run("plant", armed))
    assert {name: after[name] for name in before} == before


def test_minimum_cash_waits_to_the_end() -> None:
    """1 USDm always kept: the first distribution is 1 less, the last 1 more."""
    got = run("plant", {"parties.co.minimum_cash": "1 USDm"})
    with_irr(got, [FLOWS[0], FLOWS[1] - M, *FLOWS[2:12], FLOWS[12] + M])


def test_keep_leaves_the_next_service_in_the_account() -> None:
    """Distributions that leave the next payment behind: 8.152 is collected over three years and let go in year 10."""
    got = run("plant", {"parties.co.waterfall": [*STEPS, {"distribute": ["equity"], "keep": ["debt"]}]})
    spare = 12 * M - SERVICE
    flows = list(FLOWS)
    flows[1] = flows[2] = 0
    flows[3] = 3 * spare - SERVICE
    flows[10] += SERVICE
    with_irr(got, flows)


# --- uses and equity -------------------------------------------------------------------------------------------------


def test_contingency_costs_what_is_spent() -> None:
    """A contingency of 5 USDm is a use of 5 when spent, of 2 when 40 % is, and of nothing when none is."""
    for spent in (1.0, 0.4, 0.0):
        got = run("plant", {"parties.co.contingency": {"amount": "5 USDm", "spent": spent}})
        assert value(got, "deal.uses.contingency") == pytest.approx(5 * M * spent, abs=1e-6)
        with_irr(got, [FLOWS[0] - 5 * M * spent, *FLOWS[1:]])


def test_preferred_return_comes_first() -> None:
    """8 % on a holder's 10 USDm is paid before the rest is shared by capital, 10 to 30."""
    holders = {
        "contracts.pref": {
            "type": "equity",
            "holder": "bank",
            "vehicle": "co",
            "commitment": "10 USDm",
            "preferred": "8%",
        },
    }
    got = run("plant", holders)
    spare = 12 * M - SERVICE
    close_to(row(got, "pref.distribution")[1], 0.8 * M + 0.25 * (spare - 0.8 * M))
    close_to(row(got, "equity.distribution")[1], 0.75 * (spare - 0.8 * M))
    plain = run("plant", {"contracts.pref": {**holders["contracts.pref"], "preferred": "0%"}})
    close_to(row(plain, "pref.distribution")[1], 0.25 * spare)
    assert value(got, "debt.dscr.min") == value(plain, "debt.dscr.min")


# --- rates -----------------------------------------------------------------------------------------------------------


def test_floor_lifts_the_index() -> None:
    """An index of 2 % under a floor of 3 %, plus 4 %, costs exactly what 7 % fixed costs."""
    floored, fixed = run("floating", {f"{DEBT}.floor": "3%"}), run("plant", {f"{DEBT}.pricing": "7%"})
    close_to(row(floored, "debt.interest.paid"), row(fixed, "debt.interest.paid"))
    assert value(floored, "equity.irr") == pytest.approx(value(fixed, "equity.irr"), abs=1e-12)


def test_swap_makes_a_floating_loan_fixed() -> None:
    """Index 2 % + 4 %, wholly swapped at 3 %: equity and cover are those of a loan at 7 % fixed."""
    swap = {"type": "swap", "counterparty": "bank", "vehicle": "co", "hedges": "debt", "fixed": "3%"}
    hedged, fixed = run("floating", {"contracts.swap": swap}), run("plant", {f"{DEBT}.pricing": "7%"})
    close_to(row(hedged, "equity.net"), row(fixed, "equity.net"))
    assert value(hedged, "debt.dscr.min") == pytest.approx(value(fixed, "debt.dscr.min"), rel=1e-12)


def test_swap_at_the_index_pays_nothing() -> None:
    """A swap at 2 % against an index of 2 % moves nothing."""
    swap = {"type": "swap", "counterparty": "bank", "vehicle": "co", "hedges": "debt", "fixed": "2%"}
    before, after = figures(run("floating")), figures(run("floating", {"contracts.swap": swap}))
    assert {name: after[name] for name in before} == before


def test_margin_step_raises_interest_from_its_date() -> None:
    """6 %, and 7 % from year 5 on: each payment is the scheduled principal and the rate in force on the balance."""
    got = run("plant", {f"{DEBT}.margin_steps": [{"start": "48m", "margin": "7%"}]})
    opening = row(got, "debt.opening")
    rates = np.array([0.0] + [0.06] * 4 + [0.07] * 8)
    close_to(row(got, "debt.interest.paid"), opening * rates)


# --- operation and tax -----------------------------------------------------------------------------------------------


def test_degradation_lowers_revenue_year_by_year() -> None:
    """1 % a year: revenue of year k is 15 x 0.99^(k-1), cost and debt service unmoved."""
    got = run("plant", {"assets.plant.degradation": "1%"})
    lost = [15 * M * (1 - 0.99**k) for k in range(12)]
    with_irr(got, [FLOWS[0], *(x - y for x, y in zip(FLOWS[1:], lost, strict=True))])
    assert value(got, "debt.dscr.min") == pytest.approx((12 * M - lost[9]) / SERVICE, rel=1e-12)


def test_losses_refunded_or_carried_forward() -> None:
    """25 % tax with losses in the early years: refunded at once, or set against later income; the sum is the same."""
    tax = {"status": "taxed", "rate": "25%", "depreciation": {"method": "macrs_5"}, "losses": "refunded"}
    refunded = run("plant", {"parties.co.tax": tax})
    carried = run("plant", {"parties.co.tax": {**tax, "losses": "carried_forward"}})
    shares = [0.20, 0.32, 0.192, 0.1152, 0.1152, 0.0576] + [0.0] * 6
    interest = row(run("plant"), "debt.interest.paid")[1:]
    income = [12 * M - 100 * M * x - y for x, y in zip(shares, interest, strict=True)]
    close_to(row(refunded, "equity.net")[1:], [x - 0.25 * y for x, y in zip(FLOWS[1:], income, strict=True)])
    losses, paid = 0.0, []
    for x in income:
        used = min(losses, max(x, 0.0))
        losses += max(-x, 0.0) - used
        paid.append(0.25 * (max(x, 0.0) - used))
    close_to(row(carried, "equity.net")[1:], [x - y for x, y in zip(FLOWS[1:], paid, strict=True)])
    assert value(refunded, "equity.irr") > value(carried, "equity.irr")
    assert value(refunded, "debt.dscr.min") == value(carried, "debt.dscr.min") == value(run("plant"), "debt.dscr.min")


# --- lease -----------------------------------------------------------------------------------------------------------


def test_rent_holiday_costs_its_months() -> None:
    """Three months without rent, then quarterly: 4.5 USDm less in year 1, in cover and in equity."""
    got = run("fleet", {f"{LEASE}.holiday": "3m", f"{LEASE}.every": "3m"})
    with_irr(got, [FLEET_FLOWS[0], FLEET_FLOWS[1] - 4.5 * M, *FLEET_FLOWS[2:]])
    assert value(got, "debt.dscr.min") == pytest.approx((RENT - 4.5 * M) / RENT_SERVICE, rel=1e-12)


def test_escalator_grows_the_rent() -> None:
    """3 % a year: rent of year k is 18 x 1.03^(k-1)."""
    got = run("fleet", {f"{LEASE}.escalator": "3%"})
    more = [RENT * (1.03**k - 1) for k in range(4)]
    with_irr(got, [FLEET_FLOWS[0], *(x + y for x, y in zip(FLEET_FLOWS[1:], more, strict=True))])


def test_residual_guarantee_fills_up_a_poor_sale() -> None:
    """A guarantee of 15 % of cost above a sale at 10 %: the lessee pays 2.5 USDm at the end, outside DSCR."""
    got = run("fleet", {f"{LEASE}.residual_value_guarantee": {"share": "15%"}})
    with_irr(got, [*FLEET_FLOWS[:4], FLEET_FLOWS[4] + 2.5 * M])


def test_failures_cost_their_replacement_under_a_gross_lease() -> None:
    """4 % of 1,000 GPUs fail a year and cost half their price: 1 USDm a year, the vehicle's under a gross lease."""
    gross = {f"{LEASE}.net": "gross"}
    failing = {**gross, "assets.gpus.failures": {"rate": "4%", "replacement": "50%", "downtime": "0d"}}
    before, after = run("fleet", gross), run("fleet", failing)
    close_to(row(before, "equity.net")[1:] - row(after, "equity.net")[1:], [M] * 4)


def test_hosting_is_a_running_cost() -> None:
    """Hosting of 1.4 MW at 100 USD/kW-month: 1.68 USDm a year, out of cover and equity."""
    hosting = {"type": "hosting", "payer": "co", "payee": "vendor", "asset": "gpus", "per_power": "100 USD/kW-month"}
    got = run("fleet", {"contracts.hosting": hosting})
    with_irr(got, [FLEET_FLOWS[0], *(x - 1.68 * M for x in FLEET_FLOWS[1:])])
    assert value(got, "debt.dscr.min") == pytest.approx((RENT - 1.68 * M) / RENT_SERVICE, rel=1e-12)


def test_deposit_is_held_and_given_back() -> None:
    """A deposit of 2 USDm comes in at the start, goes back at the end, and is never cover for debt."""
    got, base = run("fleet", {f"{LEASE}.deposit": {"amount": "2 USDm"}}), run("fleet")
    np.testing.assert_array_equal(row(got, "debt.dscr"), row(base, "debt.dscr"))
    assert value(got, "equity.irr") == value(base, "equity.irr")
    close_to(row(got, "co.deposits")[1:4], [2 * M] * 3)
    assert row(got, "co.deposits")[4] == pytest.approx(0, abs=1e-6)


# --- schedule and signing --------------------------------------------------------------------------------------------


def test_contracted_cash_caps_the_balance() -> None:
    """With a contract of eight years the balance may not exceed what its cash still carries at a cover of 1.1."""
    short = {"contracts.ppa.term": "8y", "contracts.ppa.merchant": {"price": "150 USD/MWh"}}
    got = run("plant", {**short, f"{DEBT}.repayment.contracted_cash": 1.1})
    plain = row(run("plant", short), "debt.closing")
    cash = [12 * M] * 8 + [
        0.0
    ] * 2  # merchant cash is no contracted cash; costs of the last two years leave less than 0
    caps = [sum(x / 1.06 ** (j + 1) for j, x in enumerate(cash[k:])) / 1.1 for k in range(11)]
    want = [min(plain[k], caps[k]) for k in range(1, 11)]
    close_to(row(got, "debt.closing")[1:11], np.minimum.accumulate(want))
    assert row(got, "debt.closing")[8] == pytest.approx(0, abs=1e-6)


def test_depreciated_cost_caps_the_balance() -> None:
    """Cost written down over eight years at an advance of 60 %: the balance falls by 7.5 where the plan is slower."""
    got = run("plant", {f"{DEBT}.repayment.depreciated_cost": "96m", f"{DEBT}.repayment.advance": 0.6})
    plain = row(run("plant"), "debt.closing")
    caps = [60 * M * max(0.0, 1 - k / 8) for k in range(13)]
    close_to(row(got, "debt.closing"), np.minimum(plain, caps))


def test_a_scenario_runs_on_the_signed_schedule_and_resize_asks_for_a_new_one() -> None:
    """10 % less output: as signed, amount and repayments stay, cover falls; resized, cover stays, less is lent."""
    deal = "sculpted"
    signed = rf.run(read(_path(deal), set={"assets.plant.energy": "90_000 MWh/y"}))
    fresh = run(deal, {"assets.plant.energy": "90_000 MWh/y"})
    base = as_written(deal)
    assert signed.signed
    assert value(signed, "debt.amount") == value(base, "debt.amount") == pytest.approx(12 / 1.4 * annuity(0.06, 10) * M)
    np.testing.assert_array_equal(row(signed, "debt.repayment"), row(base, "debt.repayment"))
    assert value(signed, "debt.dscr.min") == pytest.approx(1.4 * 10.5 / 12, rel=1e-12)
    assert value(fresh, "debt.dscr.min") == pytest.approx(1.4, rel=1e-12)
    assert value(fresh, "debt.amount") == pytest.approx(10.5 / 1.4 * annuity(0.06, 10) * M, rel=1e-12)


def _path(deal: str) -> Any:
    from small import DEALS

    return DEALS / f"{deal}.yaml"

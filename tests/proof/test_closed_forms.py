"""Where a figure has a formula, the sheet gives what the formula gives."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from small import M, annuity, as_written, close_to, level, row, run, value

DEBT = "contracts.debt"
SIZE = f"{DEBT}.size"
REPAYMENT = f"{DEBT}.repayment"
V = 1 / 1.06


# --- schedules -------------------------------------------------------------------------------------------------------


GROWING = {"assets.plant.degradation": "1.5%", "contracts.ppa.escalator": "4%", "assets.plant.inflation": "2%"}


def test_sculpted_dscr_is_flat_and_equals_llcr() -> None:
    """Whatever shape cash has, a sculpted loan's DSCR is its target on every date to 1e-12, and so is its LLCR."""
    got = run("sculpted", GROWING)
    assert np.ptp(row(got, "co.cfads.earned")[1:11]) > 3 * M
    np.testing.assert_allclose(row(got, "debt.dscr")[1:11], 1.40, rtol=1e-12)
    np.testing.assert_allclose(row(got, "debt.llcr")[1:10], 1.40, rtol=1e-12)
    assert row(got, "debt.closing")[10] == pytest.approx(0, abs=1e-6)
    cash = row(got, "co.cfads.earned")[1:11]
    assert value(got, "debt.amount") == pytest.approx(sum(c / 1.4 * V**k for k, c in enumerate(cash, 1)), rel=1e-12)


def test_level_loan() -> None:
    """Payment p = D i / (1 - (1+i)^-n); balance after k payments = p (1 - (1+i)^-(n-k)) / i."""
    got = run("plant")
    service = level(60 * M, 0.06, 10)
    close_to(row(got, "debt.debt_service")[1:11], [service] * 10)
    close_to(row(got, "debt.closing")[:11], [service * annuity(0.06, 10 - k) for k in range(10)] + [0])


def test_level_loan_by_actual_days_ends_at_zero() -> None:
    """Under ACT/360 the payment is debt / sum of discount factors: level in every quarter, the last balance zero."""
    got = run("quarters", {f"{DEBT}.day_count": "ACT/360"})
    service = row(got, "debt.debt_service")[1:41]
    np.testing.assert_allclose(service, service[0], rtol=1e-12)
    assert row(got, "debt.closing")[40] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("day_count", ["ACT/360", "ACT/365F", "30/360"])
def test_interest_by_day_count(day_count: str) -> None:
    """Interest of a quarter is opening balance x 6 % x days / 360, days / 365, or a quarter."""
    got = run("quarters", {f"{DEBT}.day_count": day_count})
    ends = [date(2024 + (9 + 3 * k) // 12, (9 + 3 * k) % 12 + 1, 1) for k in range(9)]
    days = [(b - a).days for a, b in pairwise(ends)]
    year = {"ACT/360": [d / 360 for d in days], "ACT/365F": [d / 365 for d in days], "30/360": [0.25] * 8}[day_count]
    close_to(row(got, "debt.interest.paid")[1:9], row(got, "debt.opening")[1:9] * 0.06 * np.array(year))


def test_balloon() -> None:
    """30 % with the last instalment: level payments on what it leaves, (D - B v^n) / a, and B on top at the end."""
    got = run("plant", {f"{REPAYMENT}.balloon": "30%"})
    pay = (60 * M - 18 * M * V**10) / annuity(0.06, 10)
    close_to(row(got, "debt.debt_service")[1:11], [pay] * 9 + [pay + 18 * M])


def test_bullet_linear_custom() -> None:
    """What falls due. Bullet: all at the end. Linear: a tenth a year. Custom: the shares agreed."""
    close_to(row(run("plant", {f"{REPAYMENT}.profile": "bullet"}), "debt.repayment.due")[1:11], [0] * 9 + [60 * M])
    close_to(row(run("plant", {f"{REPAYMENT}.profile": "linear"}), "debt.repayment")[1:11], [6 * M] * 10)
    shares = [0.02, 0.05, 0.08, 0.1, 0.1, 0.12, 0.13, 0.15, 0.15, 0.1]
    agreed = {"profile": "custom", "every": "12m", "count": 10, "shares": [f"{100 * x:g}%" for x in shares]}
    close_to(row(run("plant", {REPAYMENT: agreed}), "debt.repayment")[1:11], [60 * M * x for x in shares])


def test_interest_in_kind() -> None:
    """Half of the interest of three years is added to the balance; the plan goes on, the last date clears the rest."""
    got = run("plant", {f"{DEBT}.pik": "50%", f"{DEBT}.pik_until": "36m"})
    plan, balance, closing = row(run("plant"), "debt.repayment"), 60 * M, []
    for year in range(1, 10):
        added = 0.03 * balance if year <= 3 else 0.0
        balance += added - plan[year]
        closing.append(balance)
    close_to(row(got, "debt.closing")[1:10], closing)
    close_to(row(got, "debt.repayment.due")[10], closing[-1])


# --- building --------------------------------------------------------------------------------------------------------


def test_interest_during_construction_funded() -> None:
    """30 USDm drawn for the second year at 6 %: 1.8 USDm of uses; the balance at conversion is what was drawn, 60."""
    got = run("building")
    assert value(got, "deal.uses.idc") == pytest.approx(1.8 * M, rel=1e-12)
    assert row(got, "debt.closing")[2] == 60 * M


def test_interest_during_construction_capitalised() -> None:
    """Added to the loan: draws of 60 / 2.06 in each year, and interest brings the balance to the amount."""
    got = run("building", {f"{DEBT}.idc": "capitalised"})
    close_to(row(got, "debt.drawdown")[1:3], [60 * M / 2.06] * 2)
    assert row(got, "debt.closing")[2] == pytest.approx(60 * M, rel=1e-14)
    assert value(got, "deal.uses.idc") == 0


def test_gearing_of_all_uses_with_fees_and_interest() -> None:
    """60 % of uses that hold fees of 2 % and 1 % and interest on the debt itself: D = 60 / (1 - 0.6 x 0.065)."""
    changes = {f"{SIZE}.min": [{"gearing": "60%"}], f"{DEBT}.upfront_fee": "2%", f"{DEBT}.commitment_fee": "1%"}
    got = run("building", changes)
    per_usd = 0.02 + 0.01 * (1 + 0.5) + 0.06 * 0.5
    debt = 60 * M / (1 - 0.6 * per_usd)
    assert value(got, "debt.amount") == pytest.approx(debt, rel=1e-12)
    assert value(got, "deal.uses.total") == pytest.approx(100 * M + per_usd * debt, rel=1e-12)
    residual = got.run["co.uses.planned"] - got.run["co.uses.grand_total"]
    assert abs(residual) <= 1e-12 * 100 * M
    assert [c.name for c in got.checks if not c.ok] == []


def funding(kind: str) -> tuple[list[float], list[float]]:
    """Draws and contributions of the two building years."""
    got = run("building", {"parties.co.funding": kind})
    return list(row(got, "debt.drawdown")[1:3] / M), list(row(got, "equity.contribution")[1:3] / M)


def test_funding_pro_rata() -> None:
    """Debt pays one share of each year's uses, 50 and 50 + 6 % of the first draw: U^2 - 100 U - 180 = 0."""
    uses = 50 + (50**2 + 180) ** 0.5
    first = 60 * 50 / uses
    draws, paid = funding("pro_rata")
    assert draws == pytest.approx([first, 60 - first], rel=1e-12)
    assert paid == pytest.approx([50 - first, uses - 50 - (60 - first)], rel=1e-12)


def test_funding_equity_first() -> None:
    """Equity of U - 60 pays first: of year 1's 50 the loan pays 10 / 1.06, then the rest of its 60."""
    first = 10 / 1.06
    draws, paid = funding("equity_first")
    assert draws == pytest.approx([first, 60 - first], rel=1e-12)
    assert paid == pytest.approx([50 - first, 50 + 0.06 * first - (60 - first)], rel=1e-12)


def test_funding_debt_first() -> None:
    """The loan pays all of year 1's 50, its last 10 in year 2; equity pays 40 and the interest of 3."""
    draws, paid = funding("debt_first")
    assert draws == pytest.approx([50, 10], rel=1e-12)
    assert paid == pytest.approx([0, 43], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("kind", "draws"),
    [
        ("deliveries", [60 / 2.06, 60 / 2.06]),
        ("pro_rata", [60 / 2.06, 60 / 2.06]),
        ("equity_first", [10 / 1.06, 50]),
        ("debt_first", [50, 60 - 50 * 1.06]),
    ],
)
def test_capitalised_interest_reaches_the_amount_under_every_funding(kind: str, draws: list[float]) -> None:
    """Draws d1 and d2 with d1 x 1.06 + d2 = 60 under every rule of funding: the balance at conversion is the amount."""
    got = run("building", {"parties.co.funding": kind, f"{DEBT}.idc": "capitalised"})
    assert list(row(got, "debt.drawdown")[1:3] / M) == pytest.approx(draws, rel=1e-12)
    assert row(got, "debt.closing")[2] == pytest.approx(60 * M, rel=1e-12)
    assert row(got, "debt.closing")[12] == pytest.approx(0, abs=1e-6)
    assert [c.name for c in got.checks if not c.ok] == []


@pytest.mark.parametrize("day_count", ["30/360", "ACT/360"])
@pytest.mark.parametrize("kind", ["deliveries", "pro_rata", "equity_first", "debt_first"])
def test_capitalised_interest_by_quarters(kind: str, day_count: str) -> None:
    """On quarters, with a fee, an S-curve and real days: the balance at conversion is the amount."""
    changes = {
        "parties.co.funding": kind,
        "assets.plant.construction": {"start": "0m", "time": "24m"},
        f"{DEBT}.availability": "24m",
        f"{DEBT}.upfront_fee": "1%",
        f"{DEBT}.commitment_fee": "0.5%",
        f"{DEBT}.idc": "capitalised",
        f"{DEBT}.day_count": day_count,
    }
    got = run("quarters", changes)
    assert row(got, "debt.closing")[8] == pytest.approx(60 * M, rel=1e-12)
    assert [c.name for c in got.checks if not c.ok] == []


@pytest.mark.parametrize("kind", ["deliveries", "pro_rata", "equity_first", "debt_first"])
def test_issue_discount_and_two_loans_under_every_funding(kind: str) -> None:
    """Two loans, one at a discount of 1 %: both wholly drawn, the discount 1 % of what is drawn, cash adds up."""
    mezz = {
        "type": "loan",
        "lender": "bank",
        "borrower": "co",
        "rank": 2,
        "size": {"min": [{"amount": "10 USDm"}]},
        "availability": "24m",
        "pricing": "9%",
        "day_count": "30/360",
        "repayment": {"profile": "level", "every": "12m", "count": 8},
    }
    got = run("building", {"parties.co.funding": kind, "contracts.mezz": mezz, f"{DEBT}.original_issue_discount": "1%"})
    assert row(got, "debt.drawdown").sum() == pytest.approx(60 * M, rel=1e-12)
    assert row(got, "mezz.drawdown").sum() == pytest.approx(10 * M, rel=1e-12)
    close_to(row(got, "debt.discount_at_issue"), 0.01 * row(got, "debt.drawdown"))
    assert [c.name for c in got.checks if not c.ok] == []


# --- size ------------------------------------------------------------------------------------------------------------


def binding(result: Any) -> int:
    """Number of the limit that binds; 0 is cost."""
    return int(result.run["debt.size.binding"])


def test_llcr_sizing() -> None:
    """LLCR 1.50: the amount is the value of ten years of CFADS at 6 %, over 1.50, and so is every LLCR."""
    got = run("plant", {f"{SIZE}.min": [{"llcr": 1.5}]})
    assert value(got, "debt.amount") == pytest.approx(12 * M * annuity(0.06, 10) / 1.5, rel=1e-12)
    np.testing.assert_allclose(row(got, "debt.llcr")[1:10], 1.5, rtol=1e-12)


RESALE = {"assets.gpus.resale": {"street": {"ages": ["0y", "1y", "2y", "3y", "4y"], "values": [1, 0.5, 0.4, 0.3, 0.2]}}}


def test_ltv_sizing_at_a_date() -> None:
    """LTV 50 % after two years: half of 20 USDm of value, over the share of the loan outstanding then."""
    limit = {"ltv": 0.5, "of": ["gpus"], "curve": "street", "at": "24m"}
    got = run("fleet", {**RESALE, f"{SIZE}.min": [limit]})
    left = annuity(0.08, 2) / annuity(0.08, 4)
    assert value(got, "debt.amount") == pytest.approx(10 * M / left, rel=1e-12)
    assert row(got, "debt.ltv.street")[2] == pytest.approx(0.5, rel=1e-12)


def test_ltv_sizing_at_every_date_takes_the_worst() -> None:
    """Without a date the test holds after every payment, and is met exactly at the worst of them."""
    limit = {"ltv": 0.8, "of": ["gpus"], "curve": "street"}
    got = run("fleet", {**RESALE, f"{SIZE}.min": [limit]})
    left = [annuity(0.08, 4 - k) / annuity(0.08, 4) for k in (1, 2, 3)]
    room = [0.8 * 50 * M * v / x for v, x in zip((0.5, 0.4, 0.3), left, strict=True)]
    assert value(got, "debt.amount") == pytest.approx(min(room), rel=1e-12)


@pytest.mark.parametrize(("p99", "cash", "cover", "number"), [(0.70, 7.5, 1.0, 2), (0.95, 12.0, 1.3, 1)])
def test_lesser_of_p50_and_p99(p99: float, cash: float, cover: float, number: int) -> None:
    """P50 at 1.30x or P99 at 1.00x, whichever lends less; the limit that binds is named."""
    changes = {
        "assets.plant.yield_cases": {"p99": p99},
        f"{SIZE}.min": [{"dscr": 1.30}, {"dscr": 1.00, "case": "p99"}],
    }
    got = run("sculpted", changes)
    assert value(got, "debt.amount") == pytest.approx(cash / cover * annuity(0.06, 10) * M, rel=1e-12)
    assert binding(got) == number


def test_debt_never_exceeds_cost() -> None:
    """A cover of 0.80 would carry 110 USDm; the loan is the 100 the plant costs, and cost is named as the limit."""
    got = run("sculpted", {f"{SIZE}.min": [{"dscr": 0.80}]})
    assert value(got, "debt.amount") == 100 * M
    assert binding(got) == 0
    assert value(got, "equity.invested") == 0


def test_years_of_negative_cash_carry_no_debt_service() -> None:
    """A year without output has CFADS of -3: it adds nothing to the size, repays nothing, and no balance goes wrong."""
    got = run("sculpted", {"assets.plant.outages": [{"start": "48m", "time": "12m"}]})
    years = [k for k in range(1, 11) if k != 5]
    assert row(got, "co.cfads.earned")[5] == pytest.approx(-3 * M, rel=1e-12)
    assert value(got, "debt.amount") == pytest.approx(sum(12 / 1.4 * V**k for k in years) * M, rel=1e-12)
    assert row(got, "debt.repayment.scheduled")[5] == 0
    assert np.all(row(got, "debt.closing") >= 0)
    assert np.all(row(got, "debt.planned.repayment") >= 0)
    assert row(got, "debt.planned.closing")[10] == pytest.approx(0, abs=1e-6)
    assert [c.name for c in got.checks if not c.ok] == []


def test_all_cash_negative_lends_nothing() -> None:
    """A plant whose costs are above its revenue carries no sculpted debt at all; equity pays for it."""
    got = run("sculpted", {"contracts.ppa.price": "20 USD/MWh"})
    assert value(got, "debt.amount") == 0
    assert value(got, "equity.invested") == 100 * M
    assert got.measures["debt.dscr.min"].value is None


# --- rates -----------------------------------------------------------------------------------------------------------


def test_a_wholly_swapped_loan_costs_what_a_fixed_one_costs() -> None:
    """On a curve that rises from 2 to 6 %, floating + swap at 3 % pays 7 % a year on the balance to 1e-12."""
    curve = {"curves.IDX.points": {"2024-12-31": 2.0, "2034-12-31": 6.0}}
    swap = {"type": "swap", "counterparty": "bank", "vehicle": "co", "hedges": "debt", "fixed": "3%"}
    got = run("floating", {**curve, "contracts.swap": swap})
    fixed = run("plant", {f"{DEBT}.pricing": "7%"})
    paid = row(got, "debt.interest.paid") + row(got, "swap.paid") - row(got, "swap.receive")
    np.testing.assert_allclose(paid, row(fixed, "debt.interest.paid"), rtol=1e-12, atol=1e-6)
    np.testing.assert_allclose(row(got, "debt.debt_service"), row(fixed, "debt.debt_service"), rtol=1e-12, atol=1e-6)
    close_to(row(got, "debt.closing"), row(fixed, "debt.closing"))


def test_floating_rate_is_the_curve_at_the_start_of_the_year() -> None:
    """From 2 to 6 % over ten years the index of year k is 2 % + 0.4 % (k - 1), by months; the margin comes on top."""
    got = run("floating", {"curves.IDX.points": {"2024-12-31": 2.0, "2034-12-31": 6.0}})
    close_to(row(got, "debt.rate")[1:11], [0.06 + 0.004 * k for k in range(10)])


def test_deals_are_sound() -> None:
    """Every check holds in every deal of this folder."""
    for deal in ("plant", "building", "fleet", "floating", "sculpted", "taxed", "quarters"):
        assert [c.name for c in as_written(deal).checks if not c.ok] == [], deal

"""Plants, what they sell and what running them costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from ringfence.blocks.offtake import add_ppa, add_tax_credit, add_tolling
from ringfence.blocks.operations import add_services, served_plant
from ringfence.blocks.plants import add_plant
from ringfence.run import reference
from ringfence.terms.asset import Asset
from ringfence.terms.contract import Ppa, Services, TaxCredit, Tolling

READ = TypeAdapter(Asset)
BUILD = {"start": "2024-10-01", "time": "18m"}
END = date(2034, 9, 30)


def plant(kind: str = "solar", **changes: Any):
    """Return 100 MW built in eighteen months, with changes."""
    terms: dict[str, Any] = {
        "type": kind,
        "owner": "co",
        "power": "100 MW",
        "cost": "1_000 USD/kW",
        "construction": BUILD,
        "life": "5y",
    }
    if kind == "storage":
        terms["hours"] = 4
    elif "energy" not in changes:
        terms["capacity_factor"] = 0.25
    return READ.validate_python({**terms, **changes})


def run(b, terms, inputs=None, **contracts):
    """Add the plant and its contracts and run the sheet."""
    rows = add_plant(b, "p", terms)
    for id, term in contracts.items():
        if isinstance(term, Services):
            add_services(b, id, term, served_plant(rows) if term.asset else None)
        else:
            {Ppa: add_ppa, Tolling: add_tolling, TaxCredit: add_tax_credit}[type(term)](b, id, term, rows)
    return reference.run(b.sheet, inputs=inputs or {})


def contract(model, **terms: Any):
    """Return a contract on the plant."""
    parties = {"payer": "co", "payee": "x"} if model is Services else {"seller": "co", "buyer": "x"}
    return model.model_validate({"asset": "p", **parties, **terms})


def test_spending_follows_an_s_curve(make_build):
    """u^2 (3 - 2u): half is spent at half time, a quarter of time has spent 10/64, the whole adds up to the cost."""
    got = run(make_build(until=END), plant(construction={"start": "2024-10-01", "time": "16m"}))

    np.testing.assert_allclose(got["p.spent"][[0, 4, 8, 16, 40]], [0, 10 / 64, 0.5, 1, 1], rtol=1e-12)
    assert got["p.capex"].sum() == pytest.approx(100e6, rel=1e-14)
    assert got["p.capital_cost"] == 100e6


@pytest.mark.parametrize(
    ("spend", "half"), [("stretch", 12), ("keep", 9), ("shift", 15)], ids=["stretch", "keep", "shift"]
)
def test_delay(make_build, spend, half):
    """Six months' delay moves operation by six months; spending stretches, stays, or starts later; the sum stays."""
    terms = plant(construction={**BUILD, "delayed_spend": spend})
    got = run(make_build(until=END), terms, inputs={"p.construction.delay": 6.0})

    assert got["p.cod"] == 24
    assert got["p.spent"][half] == pytest.approx(0.5)
    assert got["p.capex"].sum() == pytest.approx(100e6, rel=1e-14)
    np.testing.assert_array_equal(got["p.generation"][[24, 25]] > 0, [False, True])


def test_overnight_cost_is_paid_at_close(make_build):
    """No time between first spending and operation: all of it is cash of period 0, energy from period 1."""
    got = run(make_build(until=END), plant(construction={"start": "2024-10-01", "time": "0m"}))

    assert got["p.capex"][0] == 100e6 == got["p.capex"].sum()
    assert got["p.generation"][1] == pytest.approx(100 * 0.25 * 744)


def test_energy_by_month_with_loss_outage_and_yield(make_build):
    """Twelve factors meet their months; 2% is lost every year of operation; a dated outage stops a month."""
    shape = [0.10, 0.12, 0.16, 0.20, 0.24, 0.26, 0.27, 0.25, 0.20, 0.15, 0.11, 0.09]
    terms = plant(
        capacity_factor=shape,
        degradation="2%",
        availability="98%",
        outages=[{"start": "2027-05-01", "time": "1m"}],
        **{"yield": 0.95},
    )
    got = run(make_build(until=END), terms)["p.generation"]

    april_2026, april_2027, may_2027 = 19, 31, 32
    assert got[18] == 0
    assert got[april_2026] == pytest.approx(100 * 0.20 * 720 * 0.98 * 0.95)
    assert got[april_2027] == pytest.approx(got[april_2026] * 0.98)
    assert got[may_2027] == pytest.approx(0, abs=1e-9)


def test_energy_of_a_year_ignores_leap_days(make_build):
    """438,000 MWh a year is 438,000 MWh in every year, on a yearly grid and in twelve equal months."""
    terms = plant(energy="438_000 MWh/y", construction={"start": "2024-10-01", "time": "0m"})
    yearly = run(make_build(until=date(2029, 9, 30), period="year"), terms)
    monthly = run(make_build(until=date(2029, 9, 30)), terms)

    np.testing.assert_allclose(yearly["p.generation"], [0, *[438_000] * 5], rtol=1e-14)
    np.testing.assert_allclose(monthly["p.generation"][1:], 36_500, rtol=1e-14)


def test_costs(make_build):
    """Fixed per kW and year, variable per MWh, both grow 3% a year; closure is paid when the life ends."""
    terms = plant(fixed_cost="24 USD/kW-y", variable_cost="2 USD/MWh", inflation="3%", decommissioning="10 USD/kW")
    got = run(make_build(until=END), terms)

    assert got["p.fixed_costs"][19] == pytest.approx(100_000 * 24 / 12 * 1.03)
    assert got["p.variable_costs"][25] == pytest.approx(got["p.generation"][25] * 2 * 1.03**2)
    assert got["p.closure"] == 78
    assert got["p.decommissioning_cost"][78] == got["p.decommissioning_cost"].sum() == pytest.approx(1e6 * 1.03**6)
    assert got["p.fixed_costs"][79:].sum() == got["p.generation"][79:].sum() == 0


def test_book_value_ends_at_the_residual_and_then_at_nothing(make_build):
    """100m less 10% over five years of operation; closure writes the rest off."""
    got = run(make_build(until=END), plant(book_residual="10%"))

    assert got["p.depreciation"].sum() == pytest.approx(90e6)
    assert got["p.book.closing"][77] == pytest.approx(10e6 + 90e6 / 60)
    assert got["p.written_off"][78] == pytest.approx(10e6)
    np.testing.assert_allclose(got["p.book.closing"][78:], 0, atol=1e-5)


def test_a_quarter_of_a_plant(make_build):
    """A 25% share of 300 MW at 8,000 USD/kW costs 600m and makes the energy of 75 MW."""
    got = run(make_build(until=END), plant("nuclear", power="300 MW", share="25%", cost="8_000 USD/kW"))

    assert got["p.capex"].sum() == pytest.approx(600e6)
    assert got["p.generation"][19] == pytest.approx(75 * 0.25 * 720)


def test_gas_burns_fuel(make_build):
    """Two MWh of fuel per MWh at 10 USD, growing 5% a year."""
    got = run(make_build(until=END), plant("gas", fuel={"heat_rate": 2, "price": "10 USD/MWh", "escalator": "5%"}))

    assert got["p.fuel_costs"][25] == pytest.approx(got["p.generation"][25] * 20 * 1.05**2)


def test_fusion_pays_and_may_never_run(make_build):
    """Milestones are paid whatever happens; no energy until a scenario gives a date."""
    payments = [{"date": "2024-01-01", "amount": "100 USDm"}, {"date": "2026-10-01", "amount": "200 USDm"}]
    terms = plant("fusion", cost=0, construction=None, operation="never", payments=payments)
    never = run(make_build(until=END), terms)
    some_day = run(make_build(until=END), terms, inputs={"p.operation": 60.0})

    assert never["p.capex"][0] == 100e6 and never["p.capex"][24] == 200e6 and never["p.capital_cost"] == 300e6
    assert never["p.generation"].sum() == never["p.depreciation"].sum() == 0
    assert some_day["p.generation"][61] > 0 and some_day["p.generation"][60] == 0


def test_ppa_and_merchant_tail(make_build):
    """48 USD/MWh growing 2% a year for three years on 80% of output, then 30 USD/MWh to closure."""
    ppa = contract(
        Ppa, type="ppa", price="48 USD/MWh", escalator="2%", term="3y", share="80%", merchant={"price": "30 USD/MWh"}
    )
    got = run(make_build(until=END), plant(), ppa=ppa)
    energy = got["p.generation"]

    np.testing.assert_allclose(got["ppa.earned"][[19, 31, 54]], energy[[19, 31, 54]] * 0.8 * 48 * [1, 1.02, 1.02**2])
    assert got["ppa.earned"][55] == 0
    np.testing.assert_allclose(got["ppa.merchant_sales"][[54, 55, 78, 79]], [0, *energy[[55, 78]] * 0.8 * 30, 0])
    np.testing.assert_array_equal(got["ppa.cash"], got["ppa.earned"])


def test_a_late_plant_loses_contract_time(make_build):
    """A PPA from a stated date ends on its date; one from operation moves with the plant."""
    late = {**BUILD, "delay": "6m"}
    stated = contract(Ppa, type="ppa", price="48 USD/MWh", term="3y", start="2026-04-01")
    moving = contract(Ppa, type="ppa", price="48 USD/MWh", term="3y")
    got = run(make_build(until=END), plant(construction=late), stated=stated, moving=moving)

    assert [got[f"stated.{x}"] for x in ("first", "end")] == [24, 54]
    assert [got[f"moving.{x}"] for x in ("first", "end")] == [24, 60]


def test_tolling_of_storage(make_build):
    """8 USD/kW-month on what is available, paid every quarter; all that is earned is paid."""
    tolling = contract(Tolling, type="tolling", price="8 USD/kW-month", term="4y1m", every="3m")
    got = run(make_build(until=END), plant("storage", availability="97%"), toll=tolling)

    assert got["toll.earned"][19] == pytest.approx(100_000 * 8 * 0.97)
    np.testing.assert_allclose(got["toll.cash"][[19, 20, 21]], [0, 0, 3 * 100_000 * 8 * 0.97])
    assert got["toll.cash"].sum() == pytest.approx(49 * 100_000 * 8 * 0.97)
    assert got["toll.unpaid.closing"][-1] == 0


def test_tax_credits(make_build):
    """30 USD/MWh at 93 cents for three years; 30% of cost at 93 cents two months after operation."""
    production = contract(TaxCredit, type="tax_credit", production="30 USD/MWh", price=0.93, term="3y")
    investment = contract(TaxCredit, type="tax_credit", investment="30%", price=0.93, lag="2m")
    got = run(make_build(until=END), plant(), ptc=production, itc=investment)

    assert got["ptc.earned"].sum() == pytest.approx(got["p.generation"][19:55].sum() * 30 * 0.93)
    assert got["itc.cash"][20] == got["itc.cash"].sum() == pytest.approx(100e6 * 0.3 * 0.93)


def test_fees(make_build):
    """A fee per year from close to a date, one on cost and one on power while the plant runs."""
    flat = contract(Services, type="management", per_year="1.2 USDm/y", escalator="2%", until="2026-10-01", asset=None)
    cost = contract(Services, type="services", share_of_cost="1%", every="6m")
    power = contract(Services, type="hosting", per_power="2 USD/kW-month")
    got = run(make_build(until=END), plant(), flat=flat, om=cost, host=power)

    np.testing.assert_allclose(got["om.cash"][[18, 24, 30]], [0, 0.5e6, 0.5e6])
    assert got["om.cash"].sum() == pytest.approx(5e6)
    np.testing.assert_allclose(got["host.cash"][[18, 19, 78, 79]], [0, 200_000, 200_000, 0])
    np.testing.assert_allclose(got["flat.cash"][[0, 1, 12, 13, 24, 25]], 1e5 * np.array([0, 1, 1, 1.02, 1.02, 0]))

"""Fleet, site and lease together: batches, power, rent."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from ringfence.blocks.compute import add_compute
from ringfence.run import reference
from ringfence.terms.asset import DataCentre, GpuFleet
from ringfence.terms.contract import Lease
from ringfence.units import RATIO

RAMP = {"start": "1m", "batches": 9, "every": "1m"}
SAKAI = [{"date": "2025-01-01", "power": "150 MW"}, {"date": "2028-04-01", "power": "250 MW"}]


def fleet(**changes: Any) -> GpuFleet:
    """Return 100,000 GPUs delivered at close, with changes."""
    terms: dict[str, Any] = {
        "type": "gpu_fleet",
        "owner": "spv",
        "count": 100_000,
        "unit_price": "55_000 USD",
        "power": "1.85 kW",
        "deliveries": [{"date": "2024-10-01", "count": 100_000}],
        "sale": {"share": "10%"},
    }
    return GpuFleet.model_validate({**terms, **changes})


def lease(**changes: Any) -> Lease:
    """Return five years at 1.60 USD per GPU-hour, with changes."""
    terms: dict[str, Any] = {
        "type": "lease",
        "lessor": "spv",
        "lessee": "sponsor",
        "asset": "gpus",
        "term": "5y",
        "rent": "1.60 USD/GPU-h",
    }
    return Lease.model_validate({**terms, **changes})


def site(**changes: Any) -> DataCentre:
    """Return 150 MW from 2025 and 250 MW from April 2028, with changes."""
    terms: dict[str, Any] = {"type": "data_centre", "owner": "sponsor", "fleet": "gpus", "power": SAKAI, "pue": 1.20}
    return DataCentre.model_validate({**terms, **changes})


def run(b, fleet_terms, *, at=None, by=None, index=None, inputs=None):
    """Add fleet, site and lease and run the sheet."""
    level = None if index is None else b.sheet.series("index", index, unit=RATIO, term=True)
    add_compute(
        b,
        ("gpus", fleet_terms),
        site=("sakai", at) if at else None,
        lease=("rent", by) if by else None,
        index=level,
    )
    return reference.run(b.sheet, inputs=inputs or {})


# --- fleet -----------------------------------------------------------------------------------------------------


def test_ramp_and_lags(make_build):
    """Nine equal batches from month 1, installed a month later, accepted half a month after that."""
    got = run(make_build(), fleet(deliveries=RAMP, installation="1m", acceptance="0.5m"), by=lease())
    one = 100_000 / 9

    np.testing.assert_allclose(got["gpus.bought"][:12], [0, 0, *[one * n for n in range(1, 10)], 100_000], rtol=1e-12)
    np.testing.assert_allclose(got["gpus.installed"][:5], [0, 0, 0, one, 2 * one], rtol=1e-12)
    np.testing.assert_allclose(got["gpus.accepted"][:6], [0, 0, 0, one / 2, one * 1.5, one * 2.5], rtol=1e-12)
    assert got["gpus.batch_9.accepted"] == pytest.approx(10.5)


def test_delay_moves_everything_by_its_length(make_build):
    """Two months' delay moves deliveries, capex, rent and sale by exactly two months."""
    terms, by = fleet(deliveries=RAMP, installation="1m"), lease(rent="1_168 USD/GPU-month", due="in_advance")
    base = run(make_build(), terms, by=by)
    late = run(make_build(), terms, by=by, inputs={"gpus.delay": 2.0})

    for row in ("gpus.bought", "gpus.capex", "rent.cash", "rent.earned", "gpus.sale.proceeds", "gpus.depreciation"):
        np.testing.assert_allclose(late[row][2:], base[row][:-2], rtol=1e-12, atol=1e-3, err_msg=row)


def test_milestones(make_build):
    """20% on order six months before delivery, but not before close; 70% on delivery, 10% a month after acceptance."""
    payments = [
        {"share": "20%", "at": "order"},
        {"share": "70%", "at": "delivery"},
        {"share": "10%", "at": "acceptance", "lag": "1m"},
    ]
    terms = fleet(
        payments=payments,
        lead_time="6m",
        installation="1m",
        spares="2%",
        network_per_gpu="1_000 USD",
        deliveries=[{"date": "2024-12-01", "count": 50_000}, {"date": "2025-06-01", "count": 50_000}],
    )
    got = run(make_build(), terms)
    half = 50_000 * (55_000 * 1.02 + 1_000)

    want = np.zeros(14)
    want[[0, 2, 4]] += np.array([0.2, 0.7, 0.1]) * half
    want[[2, 8, 10]] += np.array([0.2, 0.7, 0.1]) * half
    np.testing.assert_allclose(got["gpus.capex"][:14], want, rtol=1e-12)
    assert got["gpus.capex"].sum() == pytest.approx(got["gpus.cost"], rel=1e-14)
    assert got["gpus.capex.spares"].sum() == pytest.approx(0.02 * 5.5e9)


def test_book_value(make_build):
    """Straight line over the life to the residual; the sale takes out what is left; nothing stays behind."""
    sold = run(make_build(), fleet(life="6y", book_residual="10%"), by=lease())
    kept = run(make_build(until=date(2032, 9, 30)), fleet(life="6y", book_residual="10%", sale=None), by=lease())

    assert sold["gpus.depreciation"][1] == pytest.approx(5.5e9 * 0.9 / 72)
    assert sold["gpus.sale.book_value"][60] == pytest.approx(5.5e9 * (1 - 0.9 * 60 / 72))
    np.testing.assert_allclose(sold["gpus.book.closing"][60:], 0, atol=1e-3)
    assert kept["gpus.book.closing"][-1] == pytest.approx(0.55e9)


def test_resale_value_and_generations(make_build):
    """A year old on the curve 1.00, 0.78, 0.60; a drop of 12% in month 6 hits what was delivered before it."""
    curve = {"ages": ["0m", "1y", "2y"], "values": [1.0, 0.78, 0.60]}
    terms = fleet(
        count=20,
        deliveries=[{"date": "0m", "count": 10}, {"date": "12m", "count": 10}],
        resale={"anchor": curve},
        generations=[{"date": "6m", "drop": "12%"}],
        sale={"at": "30m", "curve": "anchor", "cost": "1%"},
    )
    got = run(make_build(), terms)
    value = got["gpus.market_value.anchor"]

    np.testing.assert_allclose(value[[0, 5]], [550_000, 550_000 * (1 - 0.22 * 5 / 12)])
    assert value[12] == pytest.approx(550_000 * (0.78 * 0.88 + 1))
    sold = 550_000 * 0.99 * 0.60
    assert got["gpus.sale.proceeds"][30] == pytest.approx(sold * 0.88)
    assert got["gpus.sale.proceeds"][42] == pytest.approx(sold)
    assert value[42] == 0


def test_catalogue_fills_power_and_curves(make_build):
    """A GB200 without a stated power draws 1.85 kW; a curve of the catalogue is read by its name, ages in months."""
    got = run(make_build(), fleet(model="GB200", power=None, resale=["harsh-upper"]), at=site())

    assert got["gpus.power"] == pytest.approx(0.00185)
    assert got["gpus.market_value.harsh_upper"][24] == pytest.approx(0.45 * 5.5e9)


@pytest.mark.parametrize("terms", [{"model": "H900", "power": None}, {"resale": ["optimism"]}, {"count": 99_000}])
def test_a_fleet_that_does_not_add_up_is_refused(terms):
    """An unknown model without power, an unknown curve, batches that miss the count."""
    with pytest.raises(ValidationError):
        fleet(**terms)


def test_running_costs_and_failures(make_build):
    """1.5% a year of 5.5bn; 5% a year fail for half a month at 20% of the price."""
    failures = {"rate": "5%", "replacement": 0.2, "downtime": "0.5m"}
    got = run(make_build(), fleet(opex="1.5%", failures=failures, availability="98%"), by=lease())

    assert got["gpus.running_cost"][1:13].sum() == pytest.approx(82.5e6)
    assert got["gpus.rma"][1:13].sum() == pytest.approx(0.05 * 0.2 * 5.5e9)
    assert got["gpus.available_hours"][1] == pytest.approx(100_000 * 744 * 0.98 * (1 - 0.05 * 0.5 / 12))


# --- power -----------------------------------------------------------------------------------------------------


def test_power_limits_the_fleet(make_build):
    """150 MW at PUE 1.20 and 1.85 kW carry 67,568 GPUs; 250 MW carry all; before any power none."""
    got = run(make_build(), fleet(), at=site(), by=lease())

    assert got["sakai.capacity"][4] == pytest.approx(150 / 1.2 / 0.00185) == pytest.approx(67_567.57, abs=0.01)
    np.testing.assert_allclose(got["gpus.powered"][[1, 3, 4, 42, 43]], [0, 0, 67_567.57, 67_567.57, 100_000], atol=0.01)
    np.testing.assert_array_equal(got["gpus.constraint"][[1, 4, 42, 43, 61]], [3, 3, 3, 0, 0])
    np.testing.assert_array_equal(got["gpus.constraint_bearer"][[1, 4, 42, 43]], [1, 1, 1, 0])


def test_who_bears_missing_power(make_build):
    """Hell or high water: the rent stays whole. Gross: the vehicle loses the rent and bears the constraint."""
    firm = run(make_build(), fleet(), at=site(), by=lease())
    gross = run(make_build(), fleet(availability="90%"), at=site(), by=lease(net="gross"))

    assert firm["rent.earned"][10] == pytest.approx(firm["rent.contracted"][10])
    assert gross["rent.earned"][10] == pytest.approx(firm["rent.earned"][10] * 0.6756757 * 0.9, rel=1e-6)
    assert gross["rent.cash"].sum() == pytest.approx(gross["rent.earned"].sum(), rel=1e-12)
    assert gross["rent.credit.closing"][-1] == pytest.approx(0, abs=1e-3)
    assert gross["gpus.constraint_bearer"][10] == 2


def test_rent_that_starts_with_power_loses_it_only_once(make_build):
    """Gross and from power on: a GPU without power is not leased yet, so only availability reduces the rent."""
    by = lease(net="gross", start="powered")
    got = run(make_build(until=date(2034, 9, 30)), fleet(availability="90%"), at=site(), by=by)

    np.testing.assert_allclose(got["rent.earned"][10], got["rent.contracted"][10] * 0.9)
    assert got["rent.contracted"][10] == pytest.approx(67_567.5676 * 1.6 * got["period.hours"][10], rel=1e-8)


def test_a_hundred_and_twenty_batches(make_build):
    """A long ramp stays a shallow formula."""
    ramp = {"start": "1m", "batches": 120, "every": "1m"}
    got = run(make_build(until=date(2040, 9, 30)), fleet(deliveries=ramp), at=site(), by=lease(start="powered"))

    assert got["rent.last"] == 180
    assert got["rent.cash"].sum() == pytest.approx(got["rent.earned"].sum(), rel=1e-12)


def test_overflow_hosts_the_rest(make_build):
    """What the site cannot carry is hosted elsewhere from the stated date at the stated cost."""
    at = site(
        cost="100 USD/kW-month",
        electricity="120 USD/MWh",
        overflow={"start": "2025-01-01", "cost": "200 USD/kW-month"},
    )
    got = run(make_build(), fleet(), at=at, by=lease())
    here = 150 / 1.2 / 0.00185
    hours = got["period.hours"][10]

    assert got["gpus.powered"][10] == pytest.approx(100_000)
    assert got["sakai.rent"][10] == pytest.approx(125_000 * 100)
    assert got["sakai.electricity_cost"][10] == pytest.approx(150 * hours * 120)
    elsewhere = (100_000 - here) * 1.85
    assert got["sakai.elsewhere_cost"][10] == pytest.approx(elsewhere * (200 + 1.2 * hours * 0.120))
    assert got["gpus.constraint"][10] == 0


def test_a_late_site_moves_power(make_build):
    """Six months' delay of the site moves both steps by six months."""
    got = run(make_build(), fleet(), at=site(), by=lease(), inputs={"sakai.delay": 6.0})

    np.testing.assert_allclose(got["gpus.powered"][[9, 10, 48, 49]], [0, 67_567.57, 67_567.57, 100_000], atol=0.01)


# --- rent ------------------------------------------------------------------------------------------------------


def test_in_advance_and_in_arrears(make_build):
    """Same total, same accrual; in advance each quarter is paid three months earlier, the first at close."""
    before = run(make_build(), fleet(), by=lease(due="in_advance"))
    after = run(make_build(), fleet(), by=lease(due="in_arrears"))
    first = (31 + 30 + 31) * 24 * 1.6 * 100_000

    assert before["rent.cash"][0] == pytest.approx(first) == pytest.approx(after["rent.cash"][3])
    np.testing.assert_allclose(before["rent.cash"][:-3], after["rent.cash"][3:], rtol=1e-12)
    np.testing.assert_allclose(before["rent.earned"], after["rent.earned"])
    assert before["rent.cash"].sum() == pytest.approx(1826 * 24 * 1.6 * 100_000, rel=1e-14)
    assert before["rent.cash"][60:].sum() == 0
    assert (before["rent.deferred.closing"] >= -1e-3).all() and (after["rent.receivable.closing"] >= -1e-3).all()


def test_every_batch_runs_its_own_term(make_build):
    """60 months from each batch's acceptance, or together when the last batch ends."""
    own = run(make_build(), fleet(deliveries=RAMP), by=lease(due="in_advance"))
    shared = run(make_build(), fleet(deliveries=RAMP), by=lease(expiry="common"))
    one = 100_000 / 9

    np.testing.assert_allclose(own["rent.earning"][60:71], [100_000, *[one * n for n in range(9, -1, -1)]], atol=1e-6)
    assert own["rent.batch_1.due"].sum() == pytest.approx(own["rent.batch_1.earned"].sum(), rel=1e-12)
    assert [own[f"rent.batch_{n}.end"] for n in (1, 9)] == [61, 69]
    assert [shared[f"rent.batch_{n}.end"] for n in (1, 9)] == [69, 69]
    np.testing.assert_allclose(own["gpus.bought"], own["rent.earning"], atol=1e-6)


def test_rent_starts_with_power(make_build):
    """Rent only when powered: 67,568 from the first step, the rest from the second, each for its own five years."""
    b = make_build(until=date(2034, 9, 30))
    got = run(b, fleet(deliveries=RAMP), at=site(), by=lease(start="powered"))

    leased = slice(0, 62)  # until the first lease ends
    np.testing.assert_allclose(got["rent.earning"][leased], got["gpus.powered"][leased], rtol=1e-9, atol=1e-6)
    assert got["rent.earning"][30] == pytest.approx(150 / 1.2 / 0.00185)
    assert got["rent.earning"][43] == pytest.approx(100_000)
    assert got["rent.last"] == 42 + 60
    np.testing.assert_array_equal(got["gpus.constraint"][[5, 20, 50]], [1, 3, 0])
    assert got["gpus.constraint"][80] == 4  # the part of batch 7 whose lease has ended waits for the rest of it
    np.testing.assert_array_equal(got["gpus.constraint_bearer"][[5, 20, 50]], [2, 2, 0])  # not leased yet
    units = sum(got[name] for name in b.sheet.rows if name.startswith("rent.") and name.endswith(".units"))
    assert units == pytest.approx(100_000)


def test_long_stop_starts_rent_without_power(make_build):
    """Powered or eighteen months after delivery, whichever comes first."""
    by = lease(start="powered", long_stop="18m")
    got = run(make_build(until=date(2034, 9, 30)), fleet(), at=site(), by=by)

    np.testing.assert_allclose(got["rent.earning"][[3, 4, 18, 19]], [0, 67_567.57, 67_567.57, 100_000], atol=0.01)


@pytest.mark.parametrize("period", ["month", "quarter", "half_year", "year"])
@pytest.mark.parametrize("due", ["in_advance", "in_arrears"])
@pytest.mark.parametrize("every", ["1m", "3m", "6m"])
def test_rent_is_conserved_on_every_grid(make_build, period, due, every):
    """Any grid, any rental period, odd dates, holiday, lag and escalator: all rent earned is paid, none twice."""
    terms = fleet(deliveries=[{"date": "2024-11-15", "count": 60_000}, {"date": "2025-02-03", "count": 40_000}])
    by = lease(due=due, every=every, term="4y5m", holiday="2m", payment_lag="10d", escalator="3%")
    got = run(make_build(until=date(2031, 9, 30), period=period), terms, by=by)

    assert got["rent.cash"].sum() == pytest.approx(got["rent.earned"].sum(), rel=1e-12)
    last = got["rent.deferred.closing" if due == "in_advance" else "rent.receivable.closing"][-1]
    assert last == pytest.approx(0, abs=1e-2)
    monthly = run(make_build(until=date(2031, 9, 30)), terms, by=by)
    assert got["rent.earned"].sum() == pytest.approx(monthly["rent.earned"].sum(), rel=1e-12)


def test_escalator_steps_at_anniversaries(make_build):
    """1,000 a month per GPU; from month 13 on 3% more; the second anniversary 3% more again."""
    got = run(make_build(), fleet(), by=lease(rent="1_000 USD/GPU-month", escalator="3%"))

    np.testing.assert_allclose(got["rent.earned"][[1, 12, 13, 24, 25]], 1e8 * np.array([1, 1, 1.03, 1.03, 1.0609]))


def test_share_of_cost_and_fleet_rent(make_build):
    """25.5% of cost a year is 116.875m a month; 10m a month for the fleet is 10m a month."""
    share = run(make_build(), fleet(), by=lease(rent="25.5%/y of cost"))
    flat = run(make_build(), fleet(deliveries=RAMP), by=lease(rent="10 USDm/month"))

    assert share["rent.earned"][1] == pytest.approx(5.5e9 * 0.255 / 12)
    assert flat["rent.earned"][30] == pytest.approx(10e6)


def test_index_is_fixed_for_a_rental_period(make_build):
    """The index at the start of a quarter holds for the quarter, within floor and cap; advance and arrears agree."""
    level = [1.0, 1.0, 1.0, 1.2, 5.0, 5.0, 0.5, *[1.0] * 78]
    terms = {"rent": "1_000 USD/GPU-month", "index": {"curve": "h100", "floor": 0.8, "cap": 1.1}}
    before = run(make_build(), fleet(), by=lease(due="in_advance", **terms), index=level)
    after = run(make_build(), fleet(), by=lease(**terms), index=level)

    want = 1e8 * np.array([0, 1, 1, 1, 1.1, 1.1, 1.1, 0.8, 0.8, 0.8, 1.0])
    np.testing.assert_allclose(before["rent.earned"][:11], want)
    np.testing.assert_allclose(after["rent.earned"][:11], want)
    np.testing.assert_allclose(before["rent.cash"][[0, 3, 6, 9]], 3e8 * np.array([1, 1.1, 0.8, 1]))
    np.testing.assert_allclose(after["rent.cash"][[3, 6, 9, 12]], 3e8 * np.array([1, 1.1, 0.8, 1]))


def test_deposit_and_residual_guarantee(make_build):
    """Three months' rent in and out; a guarantee of 20% tops up a sale at 10%."""
    by = lease(rent="1_000 USD/GPU-month", deposit={"months": "3m"}, residual_value_guarantee={"share": "20%"})
    got = run(make_build(), fleet(), by=by)

    assert got["rent.deposit.paid"][0] == got["rent.deposit.returned"][60] == pytest.approx(3e8)
    assert got["rent.deposit.closing"][-1] == 0
    assert got["rent.residual_guarantee"][60] == pytest.approx(0.10 * 5.5e9)


def test_rent_in_advance_reads_no_future(make_build):
    """A longer timeline changes nothing in the periods both have."""
    short = run(make_build(until=date(2026, 9, 30)), fleet(deliveries=RAMP), by=lease(due="in_advance"))
    long = run(make_build(), fleet(deliveries=RAMP), by=lease(due="in_advance"))

    for row in ("rent.cash", "rent.earned", "gpus.capex", "gpus.book.closing"):
        np.testing.assert_allclose(short[row], long[row][:25], rtol=1e-13, err_msg=row)


def test_power_that_falls_is_refused():
    """Steps of power rise from date to date."""
    with pytest.raises(ValidationError, match="follows 250 MW"):
        site(power=SAKAI[::-1])

"""A lessee that stops paying, worked by hand: what is paid, what is earned, what the next lessee brings."""

from __future__ import annotations

import numpy as np
import pytest

from ringfence.blocks.build import Model, build
from ringfence.run.result import Run
from ringfence.solve import run_fresh
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text

DEAL = """
deal: small
timeline: {{close: 2026-01-01, until: 2027-12-31}}
parties: {{spv: {{role: vehicle}}, fund: {{role: investor}}, user: {{role: offtaker}}}}
assets:
  gpus:
    type: gpu_fleet
    owner: spv
    count: 100
    unit_price: 50_000 USD
    power: 1.85 kW
    deliveries: {{start: 0m, batches: 1}}
    life: 2y
    sale: {{at: {sale}, share: 20%}}
contracts:
  rent:
    {{type: lease, lessor: spv, lessee: user, asset: gpus, term: 1y, rent: 1 USDm/month, every: 3m, due: {due}{more}}}
  shares: {{type: equity, holder: fund, vehicle: spv}}
"""
MILLION = 1e6


def opened(due: str, more: str = "", sale: str = "lease_end") -> Model:
    """Return the small deal, open to everything."""
    deal = read_text(DEAL.format(due=due, more=more, sale=sale), Deal)
    return build(deal, open_to=build(deal).shocks)


def run(model: Model, **shocks: float) -> Run:
    """Run it with shocks by the last words of their names."""
    given = {name: v for key, v in shocks.items() for name in model.shocks if name.endswith(f"{key}.shock")}
    assert len(given) == len(shocks)
    return run_fresh(model.sheet, given)


def test_rent_in_advance_by_hand() -> None:
    """Default at 7.5 months: rent paid to month 9 is kept and earned in month 8, let again at half from month 9.5."""
    got = run(opened("in_advance"), default=7.5, void=2.0, market=0.5)
    paid = np.zeros(25)
    paid[[0, 3, 6]] = 3.0
    earned = np.array([0, *[1.0] * 7, 2.0, *[0.0] * 16])
    again = np.array([0.0] * 10 + [0.25, 0.5, 0.5] + [0.0] * 12)
    np.testing.assert_allclose(got["rent.paid.cash"] / MILLION, paid, atol=1e-9)
    np.testing.assert_allclose(got["rent.paid.earned"] / MILLION, earned, atol=1e-9)
    np.testing.assert_allclose(got["rent.relet"] / MILLION, again, atol=1e-9)


def test_rent_in_arrears_by_hand() -> None:
    """The same in arrears: what months 7 earned and nobody will pay is lost in month 8."""
    got = run(opened("in_arrears"), default=7.5, void=2.0, market=0.5)
    paid = np.zeros(25)
    paid[[3, 6]] = 3.0
    earned = np.array([0, *[1.0] * 7, -1.0, *[0.0] * 16])
    np.testing.assert_allclose(got["rent.paid.cash"] / MILLION, paid, atol=1e-9)
    np.testing.assert_allclose(got["rent.paid.earned"] / MILLION, earned, atol=1e-9)


@pytest.mark.parametrize("due", ["in_advance", "in_arrears"])
@pytest.mark.parametrize("default", [0.0, 3.0, 5.2, 11.9, 12.0, 40.0])
def test_all_that_is_earned_is_paid(due: str, default: float) -> None:
    """Whenever the lessee stops, cash and earnings of the lease come out equal, and the balance sheet balances."""
    model = opened(due)
    got = run(model, default=default)
    assert np.sum(got["rent.paid.cash"]) == pytest.approx(np.sum(got["rent.paid.earned"]), abs=1e-6)
    assert all(np.max(np.abs(got[row.name])) < 0.01 for _, _, row in model.books.checks)


def test_the_contract_goes_on_saying_what_was_agreed() -> None:
    """Twelve months of rent are contracted whether they are paid or not."""
    got = run(opened("in_advance"), default=7.5)
    assert np.sum(got["rent.cash"]) == pytest.approx(12 * MILLION)


def test_a_share_of_the_rent() -> None:
    """A lessee that pays six tenths pays six tenths of every instalment."""
    got = run(opened("in_arrears"), paid=0.6)
    np.testing.assert_allclose(got["rent.paid.cash"], 0.6 * got["rent.cash"])


def test_gpus_that_serve_on_are_let_at_market() -> None:
    """Sold at month 18, let at 70 % of the agreed rent from month 12 to 18; without the shock they stand idle."""
    model = opened("in_advance", sale="18m")
    after = np.zeros(25)
    after[13:19] = 0.7
    np.testing.assert_allclose(run(model, after=0.7)["rent.after_term"] / MILLION, after, atol=1e-9)
    assert not run(model)["rent.after_term"].any()


def test_who_pays_whom() -> None:
    """The lessee pays its rent, the market what the next lessee brings: the cash between parties says so."""
    model = opened("in_advance")
    got = run(model, default=7.5, void=2.0)
    flows = [(f.payer, float(np.sum(got[f.row.name]))) for f in model.books.flows if f.contract == "rent"]
    assert sum(cash for payer, cash in flows if payer == "user") == pytest.approx(9 * MILLION)
    assert sum(cash for payer, cash in flows if payer == "market") == pytest.approx(2.5 * MILLION)


def test_a_deposit_is_taken_for_rent() -> None:
    """Two months of rent held: taken in the month of the default, and never given back; else returned at the end."""
    model = opened("in_advance", ", deposit: {amount: 2 USDm}")
    taken = np.zeros(25)
    taken[8] = 2.0
    gone, stays = run(model, default=7.5), run(model)
    np.testing.assert_allclose(gone["rent.deposit.held.taken"] / MILLION, taken)
    assert gone["rent.deposit.held.closing"][-1] == 0.0
    assert not stays["rent.deposit.held.taken"].any()
    np.testing.assert_array_equal(stays["rent.deposit.held.closing"], stays["rent.deposit.closing"])
    moved = {"spv": 0.0, "user": 0.0}
    for f in model.books.flows:
        for party, sign in ((f.payee, 1.0), (f.payer, -1.0)):
            if party in moved:
                moved[party] += sign * float(np.sum(gone[f.row.name]))
    assert moved["spv"] == pytest.approx(float(gone["spv.cash.closing"][-1]), abs=0.01)
    paid = 9 * MILLION + 2 * MILLION
    assert moved["user"] == pytest.approx(-paid)
    assert all(np.max(np.abs(gone[row.name])) < 0.01 for _, _, row in model.books.checks)


def test_a_lessee_that_is_gone_guarantees_nothing() -> None:
    """Sold for 20 % of their price with 50 % guaranteed: the lessee tops up 1.5 million, or nothing after a default."""
    model = opened("in_advance", ", residual_value_guarantee: {share: 50%}")
    assert np.sum(run(model)["rent.residual_guarantee.paid"]) == pytest.approx(1.5 * MILLION)
    assert not run(model, default=7.5)["rent.residual_guarantee.paid"].any()


def test_what_the_lessee_paid_in_all() -> None:
    """The measure of all rent is what was paid for: nine months after a default, twelve without."""
    model = opened("in_advance")
    assert run(model).measures["rent.total"].value == pytest.approx(12 * MILLION)
    assert run(model, default=7.5).measures["rent.total"].value == pytest.approx(9 * MILLION)

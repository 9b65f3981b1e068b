"""Named lender cases: each equals the deal with its terms changed, run on the schedule it signed."""

import numpy as np
import pytest

import ringfence as rf
from ringfence.desk.risk.more import More, stress
from ringfence.errors import DealError
from ringfence.risk.stress import CASES, check_cases


@pytest.fixture(scope="module")
def cases(prepared):
    """Every case of the small deal, by id."""
    found = stress(prepared)
    return found, {r.case.id: r.run for r in found.runs}


def test_rent_down_is_the_lease_at_a_lower_rent(cases, prepared):
    """Rent -40 % gives the cover and the return of the deal with its rent times 0.6."""
    right = rf.run(prepared.deal, changes={"contracts.rent.rent": "0.96 USD/GPU-h"})

    for name in ("senior.dscr.min", "shares.moic", "senior.repaid_short"):
        assert cases[1]["rent"].measures[name].value == pytest.approx(right.measures[name].value, rel=1e-9, abs=1e-6)


def test_delay_is_acceptance_a_year_later(cases, prepared):
    """GPUs are paid for on time and accepted twelve months late."""
    right = rf.run(prepared.deal, changes={"assets.gpus.installation": "12m"})

    for name in ("senior.dscr.min", "shares.moic", "senior.drawn"):
        assert cases[1]["delay"].measures[name].value == pytest.approx(right.measures[name].value, rel=1e-9, abs=1e-6)


def test_the_lessee_pays_until_month_18_and_the_next_one_after_six_more(cases):
    """Rent stops with month 18, nothing comes for six months, then less than was agreed."""
    model, run = cases[0].model, cases[1]["lessee"]
    ends = np.array([model.timeline.to_month(p.end) for p in model.timeline.periods])
    paid, relet = np.asarray(run["rent.paid.cash"]), np.asarray(run["rent.relet"])

    assert paid[ends < 18].sum() > 0
    assert paid[ends >= 18].sum() == 0
    assert relet[ends <= 24].sum() == 0
    assert 0 < relet[ends > 24].sum() < np.asarray(run["rent.due"])[ends > 24].sum()


def test_a_case_that_moves_nothing_is_said(cases):
    """The small deal has a fixed rate and no plant: what finds nothing is named, not shown as calm."""
    assert {c.id for c in cases[0].silent} == {"base", "power"}


def test_all_at_once_is_no_better_than_any_alone(cases, prepared):
    """What the equity gets back, all together, is at most what it gets in each."""
    returned = {name: run.measures["shares.distributions"].value for name, run in cases[1].items()}

    assert returned["all"] <= min(returned.values()) + 1e-6
    assert More(prepared, stress=cases[0]).share_missed("senior") == pytest.approx(
        np.mean([cases[0].missed(run, "senior") is not None for name, run in cases[1].items() if name != "all"])
    )


def test_base_rates_and_power_move_the_ten_billion_deal():
    """+300bp is the curve three points higher; power a year late is the site and the plants twelve months late."""
    from ringfence.desk.signed import signed
    from ringfence.risk.model import open_model
    from ringfence.risk.stress import run_stress, shocks_of

    deal = rf.read("examples/softbank-10bn/deal.yaml")
    base = signed(deal)
    model = open_model(deal, base.terms)
    got = {r.case.id: r for r in run_stress(model.sheet, {}, shocks_of(model, base.run, ["base", "power", "resale"]))}
    floating = np.asarray(got["base"].run["senior.rate"]) - np.asarray(base.run["senior.rate"])
    late = {f"assets.{x}.construction.delay": "12m" for x in ("solar", "storage", "smr")}
    late |= {f"assets.{x}.construction.delayed_spend": "keep" for x in ("solar", "storage", "smr")}
    right = rf.run(deal, changes={"assets.sakai.delay": "12m", **late}).measures["co_smr.npv"].value

    assert floating == pytest.approx(0.03)
    places = ("sakai", "solar.construction", "storage.construction", "smr.construction")
    assert set(got["power"].inputs) == {f"{x}.delay.shock" for x in places}
    assert got["power"].run.measures["co_smr.npv"].value == pytest.approx(right, rel=1e-9)
    ratio = np.asarray(got["resale"].run["gpus.market_value.spotwire"])
    harsh = np.asarray(base.run["gpus.market_value.harsh"])
    np.testing.assert_allclose(ratio[5:40], np.minimum(harsh, np.asarray(base.run["gpus.market_value.spotwire"]))[5:40])


def test_an_unknown_case_is_a_finding():
    """The nearest name is offered."""
    with pytest.raises(DealError, match="There is no stress case lessees; did you mean lessee"):
        check_cases(["lessees"])
    check_cases([case.id for case in CASES])

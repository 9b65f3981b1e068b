"""Default, exposure and loss of a loan, against the rows of the very run."""

import numpy as np
import pytest

from ringfence.risk.credit import LIQUIDATION, add_credit
from ringfence.risk.model import open_model
from ringfence.run import reference


@pytest.fixture(scope="module")
def opened(prepared):
    """The deal open to its shocks, with the rows of default and loss."""
    model = open_model(prepared.deal, prepared.terms)
    return model, add_credit(model.sheet, model)["senior"]


def ran(opened, share):
    """Run with the lessee paying a share of its rent."""
    model, loan = opened
    return reference.run(model.sheet, {"rent.paid.shock": share}), loan


def test_nothing_is_lost_where_nothing_is_missed(opened):
    """As signed: no default, no exposure, no loss, and a loss given default that does not apply."""
    run, loan = ran(opened, 1.0)

    assert run.measures[loan.events["missed"]].value == opened[0].sheet.periods
    assert run.measures[loan.exposure].value == 0
    assert all(run.measures[name].value == 0 for name in loan.losses.values())
    assert all(run.measures[name].status == "n/a" for name in loan.lgds.values())


def test_a_default_by_hand(opened):
    """At 60 % of the rent: the first missed payment, what is owed on that date, and four ways of selling."""
    run, loan = ran(opened, 0.6)
    unpaid = np.asarray(run["senior.arrears"]) + np.asarray(run["senior.interest.unpaid"])
    first = int(np.argmax(unpaid > 1.0))
    owed = sum(
        float(np.asarray(run[f"senior.{item}"])[first])
        for item in ("closing", "interest_owed.closing", "interest.unpaid")
    )
    cash = float(np.asarray(run["vehicle.cash.closing"])[first] + np.asarray(run["vehicle.reserves"])[first])
    (asset,) = opened[0].books.silos["vehicle"].assets
    value = next(iter(asset.market_value.values()), asset.carrying)
    worth = float(np.asarray(run[value.name])[first])

    assert run.measures[loan.events["missed"]].value == first > 0
    assert run.measures[loan.exposure].value == pytest.approx(owed)
    for way, (share, _) in LIQUIDATION.items():
        loss = owed - min(owed, max(0.0, worth * share + cash))
        assert run.measures[loan.losses[way]].value == pytest.approx(loss, abs=1.0)
        assert run.measures[loan.lgds[way]].value == pytest.approx(loss / owed, abs=1e-8)


def test_events_are_the_first_periods_of_the_deals_own_tests(opened):
    """Lock-up and default dates are those of the sheet's covenant rows."""
    run, loan = ran(opened, 0.8)

    for event in ("lock_up", "default"):
        flags = np.asarray(run[f"senior.{event}"]) > 0.5
        first = int(np.argmax(flags)) if flags.any() else opened[0].sheet.periods
        assert run.measures[loan.events[event]].value == first


def plan_with_rents(first, later):
    """The $10bn deal, its loans and a run on shares of its rents: to the end of 2026, and after."""
    import ringfence as rf
    from ringfence.desk.signed import signed

    deal = rf.read("examples/softbank-10bn/deal.yaml")
    base = signed(deal)
    model = open_model(deal, base.terms, ["rent.paid.shock"])
    loans = add_credit(model.sheet, model)
    ends = np.array([p.end.year for p in model.timeline.periods])
    run = reference.run(model.sheet, {"rent.paid.shock": np.where(ends <= 2026, first, later)})
    return model, loans, run


def test_a_lender_behind_stands_still_while_the_first_is_paid():
    """On the $10bn deal at 85 % of the rent to 2026: mezz misses, nothing is sold, it loses what is never paid."""
    model, loans, run = plan_with_rents(0.85, 1.0)
    senior, mezz = loans["senior"], loans["mezz"]

    assert run.measures[senior.events["missed"]].value == model.sheet.periods
    assert run.measures[mezz.events["missed"]].value < model.sheet.periods
    assert run.measures[senior.exposure].value == 0
    left = float(np.asarray(run["risk.mezz.owed"])[-1])
    assert run.measures[mezz.exposure].value > 1e8
    assert all(run.measures[name].value == pytest.approx(left, abs=1.0) for name in mezz.losses.values())


def test_interest_of_the_time_until_the_sale_is_no_loss_of_its_own():
    """Mezz misses first, the senior enforces later: mezz loses the share of its claim left unpaid, of what it lent."""
    _, loans, run = plan_with_rents(0.85, 0.2)
    mezz = loans["mezz"]
    owed, lent = np.asarray(run["risk.mezz.owed"]), np.asarray(run["mezz.drawdown"])
    first = int(run.measures[mezz.events["missed"]].value)
    sold = int(np.argmax(np.asarray(run["risk.spv.gpu.sale"]) > 0.5))
    exposure = owed[first] + lent[first + 1 : sold + 1].sum()
    ahead = float(np.asarray(run["risk.senior.owed"])[sold])
    pot = float(np.asarray(run["risk.spv.gpu.cash"])[sold])

    assert first < sold
    assert owed[sold] > exposure  # interest has grown on it
    assert run.measures[mezz.exposure].value == pytest.approx(exposure)
    for way, (share, _) in LIQUIDATION.items():
        brought = max(0.0, float(np.asarray(run["risk.spv.gpu.collateral"])[sold]) * share + pot - ahead)
        left = 1.0 - min(1.0, brought / owed[sold])
        assert run.measures[mezz.lgds[way]].value == pytest.approx(left, abs=1e-9)
        assert run.measures[mezz.losses[way]].value == pytest.approx(left * exposure, abs=1.0)

"""Payments that wait for late assets: as late as the assets, to the long stop, and for no other reason."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from ringfence.desk.signed import signed
from ringfence.risk.credit import add_credit
from ringfence.risk.model import open_model
from ringfence.run import reference
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text

BRIDGE = """
deal: bridge
timeline: {close: 2026-01-01, until: 2029-12-31, period: month}
parties:
  spv: {role: vehicle}
  bank: {role: lender}
  fund: {role: investor}
assets:
  sun:
    type: solar
    owner: spv
    power: 10 MW
    cost: 1_000 USD/kW
    construction: {start: 0m, time: 12m}
    capacity_factor: 25%
    life: 30y
  box:
    type: storage
    owner: spv
    power: 1 MW
    hours: 1
    cost: 1 USD/kW
    construction: {start: 0m, time: 12m}
    life: 20y
contracts:
  bridge:
    type: loan
    lender: bank
    borrower: spv
    size: {min: [{amount: 2.8m USD}]}
    availability: 12m
    pricing: 0%
    repayment: {profile: bullet, first: 15m, every: 3m, count: 1}
    waits_for: [sun]
    long_stop: 18m
  itc: {type: tax_credit, seller: spv, buyer: market, asset: sun, investment: 30%, price: 100%, lag: 3m}
  sales: {type: ppa, seller: spv, buyer: market, asset: sun, price: 0.01 USD/MWh, term: 2y}
  toll: {type: tolling, seller: spv, buyer: market, asset: box, price: 0.01 USD/kW-month, term: 2y}
  shares: {type: equity, holder: fund, vehicle: spv}
"""
DUE = 15
"""Month in which the bridge is due; the credit is sold three months after operation in month 12."""


@cache
def model(text: str = BRIDGE) -> Any:
    """The deal on its signed terms, open to every shock, with what its lender loses."""
    base = signed(read_text(text, Deal))
    opened = open_model(base.deal, base.terms)
    return opened, add_credit(opened.sheet, opened)["bridge"]


def months(run: Any, row: str) -> list[int]:
    """Months in which a flag is up."""
    return [int(k) for k in np.flatnonzero(np.asarray(run[row]) > 0.5)]


def shocked(sun: float, text: str = BRIDGE, box: float = 0.0) -> Any:
    """Run with the plants so many months late."""
    return reference.run(
        model(text)[0].sheet, {"sun.construction.delay.shock": sun, "box.construction.delay.shock": box}
    )


def test_on_time_nothing_waits() -> None:
    """As signed the bridge is repaid in month 15 from the credit: nothing waits, nothing is missed."""
    run = shocked(0.0)

    assert run["bridge.ready"] == run["bridge.ready.agreed"] == 12.0
    assert np.asarray(run["bridge.repayment"])[DUE] == pytest.approx(2.8e6)
    assert months(run, "bridge.waits") == months(run, "bridge.missed") == []


def test_a_payment_is_as_late_as_the_asset() -> None:
    """Two months late: the credit comes in month 17, months 15 and 16 wait, and nothing is missed."""
    run = shocked(2.0)

    assert run["bridge.late"] == 2.0
    assert np.asarray(run["bridge.repayment"])[DUE + 2] == pytest.approx(2.8e6, abs=100)  # sales paid a little before
    assert months(run, "bridge.waits") == [15, 16]
    assert months(run, "bridge.missed") == []


def test_the_long_stop_ends_it() -> None:
    """Five months late: the credit comes in month 20, months 15 to 18 wait, and month 19 is a missed payment."""
    run = shocked(5.0)

    assert months(run, "bridge.waits") == [15, 16, 17, 18]
    assert months(run, "bridge.missed") == [19]
    assert run.measures[model()[1].events["missed"]].value == 19
    assert run.measures[model()[1].events["waits"]].value == DUE
    assert run.measures[model()[1].wait].value == 4


def test_it_waits_no_longer_than_the_asset_it_names() -> None:
    """Waiting for a store one month late, while the plant that pays is three: month 15 waits, 16 and 17 are missed."""
    run = shocked(3.0, BRIDGE.replace("waits_for: [sun]", "waits_for: [box]"), box=1.0)

    assert months(run, "bridge.waits") == [15]
    assert months(run, "bridge.missed") == [16, 17]


def test_for_no_other_reason() -> None:
    """With the asset it names on time, what is overdue is missed at once."""
    run = shocked(2.0, BRIDGE.replace("waits_for: [sun]", "waits_for: [box]"))

    assert months(run, "bridge.waits") == []
    assert months(run, "bridge.missed") == [15, 16]


def test_without_the_clause_it_is_missed_by_construction() -> None:
    """The same bridge without it misses its date whenever its source is late, and the money is the same."""
    plain = BRIDGE.replace("    waits_for: [sun]\n    long_stop: 18m\n", "")
    with_, without = shocked(2.0), shocked(2.0, plain)

    assert without.measures[model(plain)[1].events["missed"]].value == DUE
    np.testing.assert_array_equal(with_["bridge.repayment"], without["bridge.repayment"])
    np.testing.assert_array_equal(with_["spv.cash.closing"], without["spv.cash.closing"])


@pytest.mark.slow
def test_the_example_waits_for_what_pays_it() -> None:
    """Half a month late, the $10bn deal sells its credits a quarter later: the bridge waits once, the rest is paid."""
    import ringfence as rf

    base = signed(rf.read("examples/softbank-10bn/deal.yaml"))
    opened = open_model(base.deal, base.terms)
    run = reference.run(opened.sheet, {f"{x}.construction.delay.shock": 0.5 for x in ("solar", "storage")})

    (k,) = months(run, "tax_bridge.waits")
    assert opened.timeline.periods[k].end_month == 24
    assert np.asarray(run["tax_bridge.arrears"])[k] > 100e6
    assert np.asarray(run["tax_bridge.arrears"])[k + 1] == 0
    assert months(run, "tax_bridge.missed") == []


@pytest.mark.parametrize("late", [0, 2, 5, 9])
def test_a_run_without_risks_says_of_a_delay_what_a_path_says(late: int, tmp_path: Any) -> None:
    """A scenario in which the plant is late waits and misses on the dates on which the sheet's own flags say so."""
    import ringfence as rf
    from ringfence.desk.memo.events import missed_payments, waiting_payments
    from ringfence.desk.memo.headline import headline
    from ringfence.desk.view import View

    place = tmp_path / "bridge.yaml"
    scenario = f"scenarios:\n  late:\n    description: late\n    assets.sun.construction.time: {12 + late}m\n"
    place.write_text(BRIDGE + scenario, encoding="utf-8")
    view = View(rf.run(rf.read(place, scenario="late")))
    path = shocked(float(late))

    assert waiting_payments(view, "bridge") == months(path, "bridge.waits")
    assert missed_payments(view, "bridge") == months(path, "risk.bridge.missed")
    said = " ".join(headline(view).text().split())
    assert ("payments of bridge wait for late assets" in said) == (late == 2)
    assert ("payments wait for sun on 2 dates from 2027-03, as agreed" in said) == (late == 2)
    assert ("LATE" in said) == (late in (5, 9))

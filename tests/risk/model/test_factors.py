"""Each factor against its closed form, through the native kernel, within four standard errors on fixed seeds."""

from __future__ import annotations

from math import erf, erfc, exp, log, sqrt
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.risk.model.small import model, paths

Array = NDArray[np.float64]
COUNT = 60_000
SIGMAS = 4.0


def phi(x: float) -> float:
    """Return the chance that a standard normal lies below x."""
    return 0.5 * erfc(-x / sqrt(2.0))


def ends(risks: Any) -> Array:
    """Return the ends of the periods in years. [year]"""
    return np.array([p.end_month for p in risks.timeline.periods]) / 12.0


def near(sample: Array, expected: Any) -> None:
    """Assert that the mean of a sample is as expected, period by period."""
    error = sample.std(axis=0) / np.sqrt(len(sample))
    off = np.abs(sample.mean(axis=0) - expected)
    assert np.all(off <= SIGMAS * error + 1e-12), (off / np.maximum(error, 1e-300)).max()


def near_variance(sample: Array, expected: Any) -> None:
    """Assert the same of the variance, by the mean of squared departures from a mean of zero."""
    near(sample**2, expected)


def near_chance(flags: Array, expected: Any) -> None:
    """Assert that a share of paths is as expected, by the binomial error of the expected chance."""
    p = np.asarray(expected, dtype=float)
    error = np.sqrt(p * (1 - p) / len(flags))
    assert np.all(np.abs(flags.mean(axis=0) - p) <= SIGMAS * error + 1e-12)


# --- rates and prices --------------------------------------------------------------------------------------------


def test_base_rate_has_the_moments_of_vasicek() -> None:
    """The rate over its curve has mean 0 and variance s^2 (1 - e^-2at) / 2a at every date."""
    risks = model("r: {type: base_rate, curve: SOFR, mean_reversion: 20%, volatility: 120bp}")
    got = paths(risks, ["r.state"], COUNT)["factor:r.state"]
    t, a, s = ends(risks), 0.20, 0.012
    near(got, 0.0)
    near_variance(got, s**2 * (1 - np.exp(-2 * a * t)) / (2 * a))


def test_base_rate_prices_every_bond_of_the_curve() -> None:
    """Fitted: the mean of e^-(sum of spread x length) is 1 to the end of every period, so bonds are the curve's."""
    risks = model("r: {type: base_rate, curve: SOFR, mean_reversion: 20%, volatility: 120bp}")
    got = paths(risks, ["r.spread"], COUNT)["factor:r.spread"]
    lengths = np.diff(ends(risks), prepend=0.0)
    near(np.exp(-np.cumsum(got * lengths, axis=1)), 1.0)


def test_base_rate_of_the_coming_period_is_known() -> None:
    """The rate of the first period is fixed at its start, so it is the curve's on every path, convexity included."""
    risks = model("r: {type: base_rate, curve: SOFR, mean_reversion: 20%, volatility: 120bp}")
    got = paths(risks, ["r.spread"], 64)["factor:r.spread"]
    np.testing.assert_array_equal(got[:, :2], 0.0)


def test_base_rate_reaches_the_loan() -> None:
    """The rate a floating loan is charged is the curve, its shock and the margin, path by path."""
    from ringfence.run import native

    risks = model("r: {type: base_rate, curve: SOFR, volatility: 120bp}")
    names = ["senior.rate", "factor:r.spread", "curve.sofr"]
    got = native.compile(risks.sheet, names, risks.draws).run(64)
    floored = np.maximum(got["curve.sofr"] + got["factor:r.spread"], 0.0)
    np.testing.assert_allclose(got["senior.rate"], floored + 0.03, atol=1e-15)


def test_price_of_energy_keeps_its_mean() -> None:
    """A lognormal price has the deal's price as its mean, and logs of variance s^2 (1 - e^-2at) / 2a."""
    risks = model("p: {type: power_price, volatility: 40%, half_life: 9m}")
    got = paths(risks, ["p.level"], COUNT)["factor:p.level"]
    a, s, t = log(2.0) / 0.75, 0.40, ends(risks)
    v = s**2 * (1 - np.exp(-2 * a * t)) / (2 * a)
    near(got, 1.0)
    near(np.log(got), -v / 2)
    near((np.log(got) + v / 2) ** 2, v)


def test_exchange_rate_is_a_walk() -> None:
    """An exchange rate keeps its forward as its mean and has logs of variance s^2 t."""
    risks = model("c: {type: fx, volatility: 10%, moves: [site.electricity]}")
    got = paths(risks, ["c.level"], COUNT)["factor:c.level"]
    v = 0.10**2 * ends(risks)
    near(got, 1.0)
    near((np.log(got) + v / 2) ** 2, v)


def test_a_barrier_is_touched_as_often_as_it_should_be() -> None:
    """The chance that a walk has ever stood above a level at the end of a period, by stepping its density on a grid."""
    risks = model("c: {type: fx, volatility: 20%, moves: [site.electricity]}")
    state = paths(risks, ["c.state"], COUNT)["factor:c.state"]
    level, t = 0.25, ends(risks)
    near_chance((state >= level).any(axis=1), _touched(level, 0.20, np.diff(t)))


def _touched(level: float, volatility: float, steps: Array) -> float:
    """Return the chance that a walk that starts at zero is ever at or above a level, seen at the ends of steps."""
    width = 0.0015
    x = np.arange(-4.0, level, width) + width / 2
    alive: Array | None = None
    for step in steps:
        spread = volatility * sqrt(step)
        if alive is None:
            edges = np.append(x - width / 2, x[-1] + width / 2)
            alive = np.diff([0.5 * (1 + erf(e / spread / sqrt(2))) for e in edges])
            continue
        reach = np.arange(-int(8 * spread / width), int(8 * spread / width) + 1) * width
        kernel = np.exp(-0.5 * (reach / spread) ** 2)
        alive = np.convolve(alive, kernel / kernel.sum(), mode="same")
    assert alive is not None
    return float(1.0 - alive.sum())


# --- rents and values --------------------------------------------------------------------------------------------

PLAIN = "g: {type: gpu_rent, fleet: gpus, volatility: 30%, half_life: 10m, generations: 0, launch: 0m, young: 24m}"
NEXT = (
    "g: {type: gpu_rent, fleet: gpus, volatility: 0%, generations: 3, first_generation: 12m, every: 12m, "
    "every_spread: 3m, drop: 12%, drop_spread: 0%, fall: 0%, fall_later: 0%}"
)


def test_rent_follows_its_falling_trend() -> None:
    """Without generations the mean rent is the trend: 25 % a year for two years, then 20 %."""
    risks = model(PLAIN)
    got = paths(risks, ["g.level"], COUNT)["factor:g.level"]
    t = ends(risks)
    near(got, 0.75 ** np.minimum(t, 2.0) * 0.80 ** np.maximum(t - 2.0, 0.0))


def test_rent_over_plan_has_mean_one() -> None:
    """Without generations, rent over plan is lognormal with mean 1 and the variance of its noise."""
    risks = model(PLAIN)
    got = paths(risks, ["g.over_plan"], COUNT)["factor:g.over_plan"]
    a, s, t = log(2.0) / (10 / 12), 0.30, ends(risks)
    v = s**2 * (1 - np.exp(-2 * a * t)) / (2 * a)
    near(got, 1.0)
    near(got**2, np.exp(v))


def test_generations_ship_when_they_should() -> None:
    """The n-th ships on a normal date of n gaps: the chance that it has, and the mean of what is left of rents."""
    risks = model(NEXT)
    got = paths(risks, ["g.generation_1", "g.generation_2", "g.level"], COUNT)
    months = ends(risks) * 12
    first = got["factor:g.generation_1"]
    chances = [phi((m - 12) / 3) for m in months]
    near_chance(first[:, None] <= months[None, :], chances)
    shipped = [np.array([phi((m - 12 * n) / (3 * sqrt(n))) for m in months]) for n in (1, 2, 3)]
    left = 1 - 0.12 * (shipped[0] + 0.88 * shipped[1] + 0.88**2 * shipped[2])
    open_ = (months > 1) & (months < 45)  # beyond, hardly a path is undecided and its error says nothing
    near(got["factor:g.level"][:, open_], left[open_])
    gap = got["factor:g.generation_2"] - first
    assert gap.min() >= 1.0
    near(gap, 12.0)


def test_rents_drop_for_good() -> None:
    """After the third of three generations rents stand at (1 - drop) ^ 3, and plan says the same."""
    risks = model(NEXT)
    got = paths(risks, ["g.level", "g.over_plan"], 500)
    np.testing.assert_allclose(got["factor:g.level"][:, -1], 0.88**3)
    np.testing.assert_allclose(got["factor:g.over_plan"][:, -1], 1.0)


def test_resale_follows_rent() -> None:
    """Without an error of its own, value over the curve is (rent over plan) ^ to_rent; the error has mean 1."""
    risks = model(PLAIN + "\nv: {type: resale, fleet: gpus, to_rent: 50%, spread: 0%}")
    got = paths(risks, ["g.over_plan", "v.over_curve"], 200)
    np.testing.assert_allclose(got["factor:v.over_curve"], np.sqrt(got["factor:g.over_plan"]), rtol=1e-13)
    alone = model("v: {type: resale, fleet: gpus, spread: 20%}")
    error = paths(alone, ["v.curve_error"], COUNT)["factor:v.curve_error"]
    near(error, 1.0)
    near(np.log(error), -0.02)
    near((np.log(error) + 0.02) ** 2, 0.04)


# --- weather and failures ----------------------------------------------------------------------------------------


def test_weather_years() -> None:
    """Output has mean 1, variance yearly^2 + estimate^2, one draw a year, and years that differ by yearly alone."""
    risks = model("w: {type: weather, assets: [sun], yearly: 6%, estimate: 8%}")
    got = paths(risks, ["w.output", "w.drawn"], COUNT)
    output, drawn = got["factor:w.output"], got["factor:w.drawn"]
    near(output, 1.0)
    near((output - 1.0) ** 2, 0.08**2 + 0.06**2 + (0.08 * 0.06) ** 2)
    np.testing.assert_array_equal(drawn[:, 1:12], drawn[:, [1]] * np.ones((1, 11)))
    near(drawn[:, 1] * drawn[:, 13], 0.0)
    near((output[:, 1] - 1) * (output[:, 13] - 1), 0.08**2)


def test_measured_years_are_drawn_alike() -> None:
    """Of four measured years over their mean, each is drawn a quarter of the time, and no other output is."""
    risks = model("w: {type: weather, assets: [sun], estimate: 0%, years: [0.90, 1.00, 1.04, 1.06]}")
    output = paths(risks, ["w.output"], COUNT)["factor:w.output"]
    assert sorted(set(np.round(output.ravel(), 12))) == [0.90, 1.00, 1.04, 1.06]
    for level in (0.90, 1.00, 1.04, 1.06):
        near_chance(np.isclose(output[:, [1, 13, 30]], level), 0.25)


def test_few_failures_are_poisson() -> None:
    """At 120 GPUs and 5 % a year, every count of failures has its Poisson chance, in months and in quarters."""
    risks = model("x: {type: failures, fleet: gpus, spread: 0%}")
    got = paths(risks, ["x.count"], COUNT)["factor:x.count"]
    for period, mean in ((5, 0.5), (30, 1.5)):
        chance = exp(-mean)
        for k in range(8):
            near_chance(got[:, period] == k, chance)
            chance *= mean / (k + 1)
    assert not got[:, 0].any()


@pytest.mark.parametrize("mean", [12.0, 400.0])
def test_many_failures_are_poisson(mean: float) -> None:
    """Where many fail, mean and variance are Poisson's to a tenth of a failure, and so is every tenth of the law."""
    from ringfence.risk.factors.failures import _many
    from ringfence.run import native
    from ringfence.sheet import Sheet

    s = Sheet(periods=1)
    z, m = s.scalar("z", 0.0), s.scalar("m", mean)
    s.row("count", _many(m, z))
    got = native.compile(s, ["count"], {"z": native.normal(0)}, keep=False).run(200_000)["count"]
    assert got.mean() == pytest.approx(mean, abs=0.1 + SIGMAS * sqrt(mean / 200_000))
    assert got.var() == pytest.approx(mean, abs=0.15 + SIGMAS * mean * sqrt(2 / 200_000) * 1.2)
    chances = _poisson(mean)
    for k in range(int(mean - 3 * sqrt(mean)), int(mean + 3 * sqrt(mean)), max(1, int(sqrt(mean) / 2))):
        assert (got <= k).mean() == pytest.approx(chances[k], abs=0.004)


def _poisson(mean: float) -> Array:
    """Return the chance of at most k, k from 0."""
    k = np.arange(int(mean + 12 * sqrt(mean)) + 2)
    logs = k * log(mean) - mean - np.cumsum(np.log(np.maximum(k, 1)))
    return np.cumsum(np.exp(logs))


def test_a_rate_nobody_knows() -> None:
    """With a spread the true rate is lognormal with mean 1, one draw a path, and failures follow it on average."""
    risks = model("x: {type: failures, fleet: gpus, spread: 40%}")
    got = paths(risks, ["x.true_rate", "x.over_rate"], COUNT)
    near(got["factor:x.true_rate"], 1.0)
    near(got["factor:x.over_rate"][:, 1:], 1.0)


# --- dates -------------------------------------------------------------------------------------------------------


def test_construction_is_late_as_a_lognormal_is() -> None:
    """Months late over time planned, plus one, is lognormal above one: its chance of any delay, and of doubling."""
    risks = model("d: {type: construction_delay, assets: [reactor], median: 1.5, sigma: 50%}")
    late = paths(risks, ["d.reactor.delay"], COUNT)["factor:d.reactor.delay"]
    assert late.min() >= 0.0
    near_chance(late > 1e-9, phi(log(1.5) / 0.5))
    near_chance(late > 60.0, phi(log(1.5 / 2.0) / 0.5))


def test_a_nuclear_delay_has_a_fat_tail() -> None:
    """By the catalogue a reactor takes twice its time in more than a quarter of cases, a solar plant in none."""
    risks = model("n: {type: construction_delay, assets: [reactor]}\ns: {type: construction_delay, assets: [sun]}")
    got = paths(risks, ["n.ratio", "s.ratio"], COUNT)
    assert (got["factor:n.ratio"] > 2).mean() > 0.25
    assert (got["factor:s.ratio"] > 2).mean() < 1e-3


def test_power_and_chips_are_late() -> None:
    """Half of the connections take more than the median of the time planned; half of the slips are above theirs."""
    risks = model("d: {type: grid_delay, site: site, median: 1.3}\nc: {type: delivery_slip, fleet: gpus, median: 2m}")
    got = paths(risks, ["d.delay", "c.delay"], COUNT)
    near_chance(got["factor:d.delay"] > 12 * 0.3, 0.5)
    near_chance(got["factor:c.delay"] > 2.0, 0.5)


def test_fusion_may_never_come() -> None:
    """It never comes as often as said; by the end of 2035 it has come in 15 % of cases, by the catalogue."""
    risks = model("f: {type: fusion_start, asset: star}")
    got = paths(risks, ["f.date", "f.comes"], COUNT)
    near_chance(got["factor:f.comes"], 0.30)
    from datetime import date

    end = risks.timeline.to_month(date(2035, 12, 31))
    stated = risks.timeline.to_month(date(2028, 1, 1))
    near_chance(got["factor:f.date"] <= end, 0.30 * phi(log((end - stated) / 96.0) / 0.6))
    assert (got["factor:f.date"] <= end).mean() == pytest.approx(0.15, abs=0.005)
    assert set(np.unique(got["factor:f.date"][got["factor:f.comes"] < 0.5])) == {120_000.0}


# --- default -----------------------------------------------------------------------------------------------------


def test_default_comes_at_its_hazard() -> None:
    """With a constant hazard, the chance of a default within t years is 1 - e^-ht at the end of every period."""
    risks = model("l: {type: lessee_default, lease: rent, hazard: 4%}")
    date = paths(risks, ["l.date"], COUNT)["factor:l.date"]
    t = ends(risks)
    near_chance(date <= 12 * t[None, :] + 1e-9, 1 - np.exp(-0.04 * t))
    happened = date[:, -1] < 120
    assert np.all(date[happened, -1] > 0)
    near_chance(date[:, -1] <= 12 * 3.37, 1 - exp(-0.04 * 3.37))


def test_a_default_is_told_when_it_comes() -> None:
    """The date stands at never before the period in which it falls, and stays what it was from then on."""
    risks = model("l: {type: lessee_default, lease: rent, hazard: 30%}")
    date = paths(risks, ["l.date"], 400)["factor:l.date"]
    for line in date[date[:, -1] < 120_000]:
        k = int(np.argmax(line < 120_000))
        months = 12 * ends(risks)
        assert months[k - 1] < line[k] <= months[k] + 1e-9
        assert np.all(line[:k] == 120_000.0)
        assert np.all(line[k:] == line[k])


def test_a_rating_is_a_hazard() -> None:
    """A lessee rated BB defaults at the table's rate, and so does one rated Ba2."""
    from ringfence.catalogue import hazard

    for more in ("", ", rating: Ba2"):
        risks = model(f"l: {{type: lessee_default, lease: rent{more}}}")
        assert risks.sheet["factor:l.base"].value == hazard("BB").number("hazard")


def test_defaults_come_when_rents_fall() -> None:
    """With to_rent, paths that default have had lower rents over plan before; without, they have not."""
    gone = {}
    for to_rent in ("0%", "150%"):
        risks = model(f"{PLAIN}\nl: {{type: lessee_default, lease: rent, hazard: 6%, to_rent: {to_rent}}}")
        got = paths(risks, ["g.over_plan", "l.date"], COUNT)
        died = got["factor:l.date"][:, 30] < 120_000
        rent = got["factor:g.over_plan"][:, 24]
        error = rent.std() / sqrt(died.sum())
        gone[to_rent] = (rent[died].mean() - rent.mean()) / error
    assert abs(gone["0%"]) < SIGMAS
    assert gone["150%"] < -SIGMAS

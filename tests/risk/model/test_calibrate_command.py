"""``ringfence calibrate``: known parameters are found again and written as a deal; a broken file is findings."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.docs.pages import command
from tests.risk.model.small import DEAL

import ringfence as rf
from ringfence.desk.risk.calibrate import calibrate_deal
from ringfence.errors import DealError

TRUE = {"rents": (0.40, 1.6, -0.35), "energy": (0.30, 0.9, 0.0)}
"""Volatility, speed and drift that the history was drawn with."""
TOGETHER = 0.5


@pytest.fixture(scope="module")
def deal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small deal with four factors a history fits, and one it does not."""
    risks = """risk:
  factors:
    rents: {type: gpu_rent, fleet: gpus, volatility: 45%}
    energy: {type: power_price}
    yen: {type: fx, moves: [site.electricity]}
    sofr: {type: base_rate, curve: SOFR}
    slip: {type: delivery_slip, fleet: gpus}
  correlation:
    energy: {rents: 20%}
"""
    path = tmp_path_factory.mktemp("calibrate") / "deal.yaml"
    path.write_text(DEAL[: DEAL.index("risk:")] + risks, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def history(deal: Path) -> Path:
    """Fifteen years of months, drawn with the parameters of TRUE; the second series begins a year late."""
    rng = np.random.default_rng(5)
    days = [dt.date(2010 + k // 12, k % 12 + 1, 1) for k in range(180)]
    state = dict.fromkeys(TRUE, 0.0)
    lines = ["date,h100,energy"]
    for k, day in enumerate(days):
        t = (day - days[0]).days / 365.25
        h = (day - days[k - 1]).days / 365.25 if k else 0.0
        a = rng.standard_normal()
        noise = {"rents": a, "energy": TOGETHER * a + np.sqrt(1 - TOGETHER**2) * rng.standard_normal()}
        for name, (volatility, speed, _) in TRUE.items():
            width = (1 - np.exp(-2 * speed * h)) / (2 * speed)
            state[name] = state[name] * np.exp(-speed * h) + volatility * np.sqrt(width) * noise[name]
        levels = [float(np.exp(TRUE[name][2] * t + x)) for name, x in state.items()]
        lines.append(f"{day},{8 * levels[0]:.6f},{70 * levels[1]:.6f}" if k >= 12 else f"{day},{8 * levels[0]:.6f},")
    path = deal.parent / "levels.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_known_parameters_lie_within_their_stated_errors(deal: Path, history: Path) -> None:
    """What the history was drawn with lies within three standard errors of what is printed, and so do two together."""
    found = calibrate_deal(rf.read(deal), history, ["rents=h100", "energy"])

    for name, (volatility, speed, drift) in TRUE.items():
        fit = found.factors[name]
        assert abs(fit.volatility.value - volatility) < 3 * fit.volatility.error
        assert abs(fit.mean_reversion.value - speed) < 3 * fit.mean_reversion.error
        assert abs(fit.drift.value - drift) < 3 * fit.drift.error
        assert fit.goodness.normal > 0.01
        assert fit.goodness.independent > 0.01
    both = found.pairs["rents", "energy"]
    assert abs(both.value - TOGETHER) < 3 * both.error
    assert both.count == 180 - 12 - 1


def test_the_deal_that_is_written_has_them(deal: Path, history: Path) -> None:
    """The overlay extends the deal, has the fitted parameters and correlation in the deal's own place, and runs."""
    out = deal.parent / "fitted.yaml"
    printed = command(
        f"ringfence calibrate {deal} --csv {history} --factor rents=h100 --factor energy=energy --out {out}"
    )
    found = calibrate_deal(rf.read(deal), history, ["rents=h100", "energy"])
    risk = rf.read(out).risk
    assert risk is not None

    assert f"wrote {out}" in printed
    rents = risk.factors["rents"]
    assert rents.volatility == pytest.approx(found.factors["rents"].volatility.value, abs=1e-6)  # type: ignore[union-attr]
    assert rents.half_life == pytest.approx(found.factors["rents"].half_life, abs=0.01)  # type: ignore[union-attr]
    assert rents.generations == 0  # type: ignore[union-attr]
    assert risk.correlation == {"energy": {"rents": pytest.approx(found.pairs["rents", "energy"].value, abs=1e-3)}}
    assert "slip" in risk.factors
    assert "64 paths, seed 0, on the debt as signed; none failed" in command(f"ringfence risk {out} -n 64")


def test_what_is_printed(deal: Path, history: Path) -> None:
    """Fitted, error, what the deal has and where, the catalogue's default with its source, and how well it fits."""
    printed = command(f"ringfence calibrate {deal} --csv {history} --factor rents=h100 --factor energy")

    line = next(x for x in printed.splitlines() if x.split()[:2] == ["rents", "volatility"])
    assert "45.00%" in line
    assert "deal.yaml:" in line
    assert "30.00%" in line
    assert "rents.volatility, catalogue: judgement, 2026-11: per root of a year" in printed
    assert "rents with energy" in printed
    assert "20%" in printed[printed.index("Correlations") :]


def test_json_is_one_object(deal: Path, history: Path) -> None:
    """Every figure of the tables, numbers in base units."""
    got = json.loads(command(f"ringfence calibrate {deal} --csv {history} --factor energy --json"))

    assert got["factors"]["energy"]["parameters"]["volatility"]["deal"] == 0.35
    assert got["factors"]["energy"]["levels"] == 168
    assert got["findings"] == []


def test_a_gap_is_a_warning_and_is_not_filled(deal: Path, history: Path) -> None:
    """A year without levels is said with its line; the fit goes on."""
    lines = history.read_text().splitlines()
    short = deal.parent / "gap.csv"
    short.write_text("\n".join(lines[:60] + lines[72:]) + "\n")
    printed = command(f"ringfence calibrate {deal} --csv {short} --factor rents=h100")

    assert "warning:" in printed
    assert "gap.csv:61" in printed
    assert "has no level between 2014-11-01 and 2015-12-01, 395 days" in printed
    assert "Parameters" in printed


def test_a_trend_that_is_none_leaves_the_falls_of_the_deal(deal: Path, history: Path) -> None:
    """Rents fitted to a series without a trend keep the deal's falls and generations, and say so."""
    found = calibrate_deal(rf.read(deal), history, ["rents=energy"])

    assert [p.fitted.name for p in found.parameters["rents"]] == ["volatility", "half_life"]
    assert any("cannot be told from none" in text for text in found.factors["rents"].notices)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("rnts=h100", "There is no factor rnts; did you mean rents"),
        ("slip=h100", "slip is a delivery_slip factor, which no history of levels fits"),
        ("rents", "rents has no column of its name among h100, energy"),
        ("rents=h10", "no column h10; did you mean h100"),
        ("rents=h100 --factor rents=energy", "rents is asked for twice"),
        ("rents=h100 --out /nowhere/x.yaml", "there is no folder"),
        ("rents=h100 --out fitted.csv", "does not end in .yaml or .yml"),
    ],
)
def test_what_cannot_be_asked_is_said(deal: Path, history: Path, asked: str, said: str) -> None:
    """Each refusal names what was asked and a way out."""
    printed = command(f"ringfence calibrate {deal} --csv {history} --factor {asked}")

    assert said in printed
    assert "error of its own" not in printed


MONTHS = "".join(f"2020-{k:02d}-01,{2 + 0.1 * (k % 3)}\n" for k in range(1, 12))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,level\n2026-01-01,1,234\n", "Line 2 has 3 cells, but 2 are expected"),
        ("date,level,level\n", "two columns called level"),
        ("date,level\n2026-01-01,1e300\n", "lies beyond 1e-12 to 1e+12"),
        ("date,level\n" + MONTHS, "has 11 levels, but 12 are needed"),
        ("date,level\n" + '"' + "x" * 140_000 + '",1\n', "is no CSV on line"),
        ("date,level\n,2\n2026-01-01,\nx,y\n", "The date on line 2 is empty"),
    ],
)
def test_a_broken_file_is_a_finding(deal: Path, text: str, said: str) -> None:
    """Too many cells, one name twice, no CSV, too few levels: said with line and way out, never a traceback."""
    path = deal.parent / "broken.csv"
    path.write_text(text, encoding="utf-8")
    printed = command(f"ringfence calibrate {deal} --csv {path} --factor rents")

    assert said in printed
    assert "fix:" in printed
    assert "error of its own" not in printed


def test_levels_on_a_straight_line_have_no_volatility(deal: Path) -> None:
    """An interpolated history is refused, rather than fitted with a volatility of nothing."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=30 * k) for k in range(40)]
    path = deal.parent / "line.csv"
    path.write_text("date,level\n" + "".join(f"{d},{2 * 0.99**k!r}\n" for k, d in enumerate(days)), encoding="utf-8")

    with pytest.raises(DealError, match="straight trend from the first date to the last"):
        calibrate_deal(rf.read(deal), path, ["rents"])


def test_a_mean_that_cannot_be_told_is_unknown(deal: Path) -> None:
    """Levels that never return have no mean: the page says so, and prints none far outside of all levels."""
    rng = np.random.default_rng(4)
    level, lines = 10.0, []
    for k in range(60):
        level += 0.03 * k + 0.3 * rng.standard_normal()
        lines.append(f"{2015 + k // 12}-{k % 12 + 1:02d}-01,{level!r}\n")
    path = deal.parent / "away.csv"
    path.write_text("date,sofr\n" + "".join(lines), encoding="utf-8")
    found = calibrate_deal(rf.read(deal), path, ["sofr"])
    fit = next(line for table in found.tables() for line in table.text().splitlines() if " base_rate " in line).split()

    assert not np.isfinite(found.factors["sofr"].drift.error)
    assert fit[6:8] == ["unknown", "unknown"]


def test_the_reading_of_rates_is_said(deal: Path) -> None:
    """A base rate in percent or in fractions is fitted alike, and the page says how it was read."""
    rng = np.random.default_rng(1)
    level, lines = 0.04, []
    for k in range(60):
        level += 0.3 * (0.04 - level) / 12 + 0.003 * rng.standard_normal()
        lines.append((dt.date(2015 + k // 12, k % 12 + 1, 1), level))
    found = []
    for scale, said in ((1.0, "fractions"), (100.0, "percent")):
        path = deal.parent / "rates.csv"
        path.write_text("date,sofr\n" + "".join(f"{d},{x * scale!r}\n" for d, x in lines), encoding="utf-8")
        fit = calibrate_deal(rf.read(deal), path, ["sofr"]).factors["sofr"]
        assert f"levels are read as {said}" in fit.notices[0]
        found.append(fit.volatility.value)
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    assert found[0] == pytest.approx(0.003 * 12**0.5, rel=0.3)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=300), st.text(alphabet='0123456789-,.;eE"\n\r \x00ndate', max_size=300)))
def test_any_bytes_end_in_findings(deal: Path, body: bytes | str) -> None:
    """Whatever a file holds, it is refused with findings that each have a way out: nothing else is raised."""
    path = deal.parent / "any.csv"
    path.write_bytes(b"date,rents\n" + (body if isinstance(body, bytes) else body.encode()))
    with pytest.raises(DealError) as caught:
        calibrate_deal(rf.read(deal), path, ["rents"])
    assert all(f.message and f.fix for f in caught.value.findings)

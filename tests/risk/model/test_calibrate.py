"""Parameters from a history: known ones are found again, errors are honest, broken files are findings."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.risk.model.small import DEAL

from ringfence.errors import DealError
from ringfence.risk.calibrate import Calibration, Levels, calibrate, read_levels
from ringfence.terms.deal import Deal
from ringfence.terms.read import read_text

DAY = dt.date(2015, 1, 1)


def history(
    seed: int,
    *,
    speed: float,
    volatility: float,
    mean: float = 0.0,
    drift: float = 0.0,
    logs: bool = True,
    count: int = 400,
) -> Levels:
    """Draw unevenly spaced levels of noise that returns to a straight trend; about a fortnight apart."""
    rng = np.random.default_rng(seed)
    days = np.concatenate([[0], np.cumsum(rng.integers(5, 25, count - 1))])
    t = days / 365.25
    x = np.zeros(count)
    for k in range(1, count):
        step = t[k] - t[k - 1]
        width = (1 - np.exp(-2 * speed * step)) / (2 * speed) if speed else step
        x[k] = x[k - 1] * np.exp(-speed * step) + volatility * np.sqrt(width) * rng.standard_normal()
    y = mean + drift * t + x
    values = np.exp(y) if logs else y
    return Levels("drawn", tuple(DAY + dt.timedelta(days=int(d)) for d in days), tuple(float(v) for v in values))


def scores(found: list[Any], name: str, true: float) -> np.ndarray:
    """Return how many standard errors each estimate is off."""
    return np.array([(getattr(c, name).value - true) / getattr(c, name).error for c in found])


def test_rent_parameters_are_found_again() -> None:
    """Over thirty drawn histories, trend and volatility are unbiased, and off by about one standard error."""
    found = [calibrate(history(s, speed=1.5, volatility=0.35, mean=1.0, drift=-0.3), "gpu_rent") for s in range(30)]
    for name, true in (("volatility", 0.35), ("drift", -0.3)):
        z = scores(found, name, true)
        assert abs(z.mean()) < 4 / np.sqrt(len(z)) + 0.2, name
        assert 0.7 < z.std() < 1.45, name
    speeds = np.array([c.mean_reversion.value for c in found])
    assert 1.5 < speeds.mean() < 1.5 + 2 * 4 / found[0].years


def test_base_rate_parameters_are_found_again() -> None:
    """A rate in percent, levels rather than logs: mean, volatility in basis points, and speed."""
    levels = history(3, speed=0.8, volatility=0.9, mean=3.5, logs=False, count=3000)
    got = calibrate(levels, "base_rate")
    assert got.volatility.value == pytest.approx(0.009, abs=4 * got.volatility.error)
    assert got.drift.value == pytest.approx(0.035, abs=4 * got.drift.error)
    assert got.mean_reversion.value == pytest.approx(0.8, abs=4 * got.mean_reversion.error)
    assert 0.5 < got.mean_reversion.error / np.sqrt(2 * 0.8 / got.years) < 2.0


def test_an_exchange_rate_by_hand() -> None:
    """Logs that move by 2 % and -1 % in turn every year: drift by the ends, variance by squares around it, n - 1."""
    moves = np.array([0.02, -0.01] * 7)
    days = [DAY + dt.timedelta(days=round(365.25 * k)) for k in range(15)]
    got = calibrate(Levels("by hand", tuple(days), tuple(np.exp(np.concatenate([[0], np.cumsum(moves)])))), "fx")
    assert got.drift.value == pytest.approx(0.005, rel=1e-3)
    assert got.volatility.value == pytest.approx(np.sqrt(np.sum((moves - 0.005) ** 2) / 13), rel=2e-3)
    assert got.volatility.error == pytest.approx(got.volatility.value / np.sqrt(26))


def test_the_likelihood_is_at_its_top() -> None:
    """No parameter moved either way by a hundredth of its error, the others held, makes the history more likely."""
    from ringfence.risk.calibrate import _minus_log_likelihood, _profile

    levels = history(11, speed=2.0, volatility=0.4, mean=0.5, drift=-0.2)
    got = calibrate(levels, "power_price")
    t, y = np.array(levels.years), np.log(levels.values)
    mean = _profile(t, y, got.mean_reversion.value, trend=True)[1]
    best = _minus_log_likelihood(t, y, got.mean_reversion.value, mean, got.volatility.value, trend=True)
    for way in (0.01, -0.01):
        speed = got.mean_reversion.value + way * got.mean_reversion.error
        volatility = got.volatility.value + way * got.volatility.error
        assert _minus_log_likelihood(t, y, speed, mean, got.volatility.value, trend=True) >= best
        assert _minus_log_likelihood(t, y, got.mean_reversion.value, mean, volatility, trend=True) >= best
        assert (
            _minus_log_likelihood(t, y, got.mean_reversion.value, mean + way * 0.01, got.volatility.value, trend=True)
            >= best
        )


def test_a_walk_has_no_return() -> None:
    """Fitted as a price that returns, a walk says that its return cannot be told from none."""
    got = calibrate(history(5, speed=0.0, volatility=0.2, count=200), "power_price")
    assert any("cannot be told from none" in note or "too fast by about" in note for note in got.notices)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("gpu_rent", {"fleet": "gpus"}),
        ("power_price", {}),
        ("base_rate", {"curve": "SOFR"}),
        ("fx", {"moves": ["site.electricity"]}),
    ],
)
def test_the_fragment_is_read_as_a_risk_block(kind: Any, names: dict[str, Any]) -> None:
    """What is printed can be pasted into a deal: the factor then has the estimates as its parameters."""
    logs = kind != "base_rate"
    got = calibrate(history(2, speed=1.2, volatility=0.3 if logs else 0.01, mean=0.04, logs=logs), kind)
    text = DEAL[: DEAL.index("risk:")] + got.fragment("mine", **names)
    term = read_text(text, Deal).risk.factors["mine"]  # type: ignore[union-attr]
    assert term.type == kind
    assert term.volatility == pytest.approx(got.volatility.value, abs=1e-6)  # type: ignore[union-attr]
    if kind in ("gpu_rent", "power_price"):
        assert term.half_life == pytest.approx(got.half_life, abs=0.01)  # type: ignore[union-attr]
    assert "400 levels" in term.note


def test_it_prints_itself() -> None:
    """Estimates and errors are a table in words, with what to be careful of."""
    text = repr(calibrate(history(4, speed=1.5, volatility=0.35, drift=-0.3, count=80), "gpu_rent"))
    assert "80 levels over" in text
    assert "standard error" in text
    assert "note:" in text


# --- files -------------------------------------------------------------------------------------------------------


def written(folder: Path, text: str) -> Path:
    """Write a CSV."""
    path = folder / "levels.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


def test_a_history_is_read(tmp_path: Path) -> None:
    """Date and level in any order, blank lines and a byte-order mark left out."""
    path = written(tmp_path, "\ufeffLevel,Date\n2.5,2026-01-01\n\n2.25,2026-02-01\n")
    got = read_levels(path)
    assert got.days == (dt.date(2026, 1, 1), dt.date(2026, 2, 1))
    assert got.values == (2.5, 2.25)
    assert got.years[1] == pytest.approx(31 / 365.25)


def test_one_of_several_columns(tmp_path: Path) -> None:
    """A column is named where there are several; a misspelt one is answered with the nearest."""
    path = written(tmp_path, "date,h100,b200\n2026-01-01,2.5,5.1\n")
    assert read_levels(path, "b200").values == (5.1,)
    with pytest.raises(DealError, match="2 columns of levels: h100, b200"):
        read_levels(path)
    with pytest.raises(DealError, match="no column b300; did you mean b200"):
        read_levels(path, "b300")


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("", "has the header of nothing", ""),
        ("day;level\n", "without a date and a level", ":1"),
        ("date,level\n", "a header and no levels", ":1"),
        ("date,level\n2026-01-01,2.1\n01.02.2026,2.2\n", "date on line 3 is 01.02.2026", ":3  column 1 = 01.02.2026"),
        ("date,level\n2026-02-30,2.1\n", "date on line 2 is 2026-02-30", ":2  column 1"),
        ("date,level\n2026-01-01,\n", "level on line 2 is empty, which is no number", ":2  column 2 = empty"),
        ("date,level\n2026-01-01,nan\n", "level on line 2 is nan", ":2  column 2"),
        ("date,level\n2026-01-01,2.1\n2026-01-01,2.2\n", "is 2026-01-01, but 2026-01-01 stands before it", ":3"),
        ("date,level\n2026-01-01,-2\n", "is -2, but a price above zero is expected", ":2  column 2 = -2"),
        ("date,level\n2026-01-01\n", "Line 2 has 1 cells, but 2 are expected", ":2"),
    ],
)
def test_a_broken_file_is_a_finding(tmp_path: Path, text: str, message: str, place: str) -> None:
    """Each fault names its line, column and value, the rule, and a way out."""
    with pytest.raises(DealError) as caught:
        read_levels(written(tmp_path, text), positive=True)
    (found,) = caught.value.findings
    assert message in found.message
    assert f"levels.csv{place}" in found.where[0]
    assert found.name == "history"
    assert found.fix


def test_all_faults_are_found_at_once(tmp_path: Path) -> None:
    """Three broken lines are three findings, in their order."""
    path = written(tmp_path, "date,level\nx,1\n2026-01-02,y\n2026-01-03,2\n2026-01-02,3\n")
    with pytest.raises(DealError) as caught:
        read_levels(path)
    assert [f.where[0].split(":")[-1].split()[0] for f in caught.value.findings] == ["2", "3", "5"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file, a folder, and bytes that are no text are findings too."""
    (tmp_path / "bytes.csv").write_bytes(b"date,level\n\xff\xfe")
    for name, message in (("none.csv", "cannot be read"), (".", "cannot be read"), ("bytes.csv", "is not UTF-8 text")):
        with pytest.raises(DealError, match=message):
            read_levels(tmp_path / name)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ([2.0, 2.1, 2.2], "gpu_rent", "has 3 levels, but 12 are needed"),
        ([2.0] * 30, "gpu_rent", "is 2 on every date, so it has no volatility"),
        ([2.0] * 29 + [-1.0], "fx", "falls to -1, but a price above zero"),
        ([2.0, 3.0] * 20, "gpu_rnt", "did you mean gpu_rent"),
    ],
)
def test_a_history_that_says_nothing_is_refused(values: list[float], kind: Any, message: str) -> None:
    """Too short, flat, below zero, or of no known kind: a finding, never a number."""
    days = tuple(DAY + dt.timedelta(days=30 * k) for k in range(len(values)))
    with pytest.raises(DealError, match=message):
        calibrate(Levels("drawn", days, tuple(values)), kind)


def test_the_class_is_what_it_returns() -> None:
    """A calibration is frozen, and knows its kind and length."""
    got = calibrate(history(1, speed=1.0, volatility=0.3), "power_price")
    assert isinstance(got, Calibration)
    assert (got.kind, got.observations) == ("power_price", 400)

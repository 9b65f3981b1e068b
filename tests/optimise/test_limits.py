"""Aims and limits as they are written, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

import ringfence as rf
from ringfence.desk.optimise.limits import Asked, figure_words, gain_text, price_step, read_limits, step_text
from ringfence.errors import DealError
from ringfence.solve.structure import Built
from ringfence.terms.deal import Deal


@pytest.fixture(scope="module")
def measures(lease: Deal) -> Mapping[str, object]:
    """The measures of the small deal."""
    return rf.run(lease).model.sheet.measures


def one(measures: Mapping[str, object], text: str) -> Asked:
    """Read one limit."""
    (asked,) = read_limits([text], measures, None)  # type: ignore[arg-type]
    return asked


@pytest.mark.parametrize(
    ("text", "sense", "bound", "words"),
    [
        ("senior.dscr.min >= 1.15", ">=", 1.15, "senior.dscr.min >= 1.15x"),
        ("senior.dscr.min>=1.15x", ">=", 1.15, "senior.dscr.min >= 1.15x"),
        ("shares.irr >= 12%", ">=", 0.12, "shares.irr >= 12.00%"),
        ("shares.irr >= -5%", ">=", -0.05, "shares.irr >= -5.00%"),
        ("shares.irr ≥ 0.12", ">=", 0.12, "shares.irr >= 12.00%"),
        ("senior.all_in_cost =< 800bp", "<=", 0.08, "senior.all_in_cost <= 8.00%"),
        ("senior.amount <= 0.4bn USD", "<=", 4e8, "senior.amount <= USD 400.0 m"),
        ("senior.repaid_short <= 0", "<=", 0.0, "senior.repaid_short <= USD - m"),
        ("sponsor.usd_per_gpu_hour <= 2.40", "<=", 2.4, "sponsor.usd_per_gpu_hour <= 2.40 USD/GPU-h"),
        ("sponsor.usd_per_gpu_hour <= 2.40 USD/GPU-h", "<=", 2.4, "sponsor.usd_per_gpu_hour <= 2.40 USD/GPU-h"),
        ("senior.average_life <= 3y6m", "<=", 3.5, "senior.average_life <= 3.5"),
        ("shares.payback <= 4y", "<=", 48.0, "shares.payback <= 48 month"),
        ("senior.lock_up.count <= 0", "<=", 0.0, "senior.lock_up.count <= 0"),
        ("senior.dscr.min == 1.3", "==", 1.3, "senior.dscr.min == 1.30x"),
        ("senior.amount = 0.4bn USD", "==", 4e8, "senior.amount == USD 400.0 m"),
    ],
)
def test_a_limit_is_read_in_the_unit_of_its_measure(
    measures: Mapping[str, object], text: str, sense: str, bound: float, words: str
) -> None:
    """Covers, rates, amounts, prices and times are read as a term sheet writes them, and said back the same way."""
    asked = one(measures, text)

    assert (asked.limit.sense, asked.limit.bound) == (sense, pytest.approx(bound))
    assert asked.words == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("senior.dscr.mim >= 1.15", "did you mean senior.dscr.min"),
        ("zzz >= 1", "one of: "),
        ("senior.dscr.min > 1.15", "write senior.dscr.min >= 1.15"),
        ("senior.dscr.min 1.15", "is not a measure, >=, <= or ==, and a bound"),
        ("senior.amount <= 400", "an amount carries its unit"),
        ("senior.amount <= 400 EUR", "but EUR is not a known unit"),
        ("shares.irr >= 12", "write 12% if percent is meant"),
        ("senior.dscr.min >= high", "a plain number is expected"),
        ("P(senior.default) <= 2%", "nothing here draws random futures"),
    ],
)
def test_a_limit_nobody_can_read_is_refused(measures: Mapping[str, object], text: str, words: str) -> None:
    """An unknown measure, a strict or missing sign, a bound in another unit: each with the way to write it."""
    with pytest.raises(DealError, match=words):
        one(measures, text)


def test_limits_that_contradict_each_other(measures: Mapping[str, object]) -> None:
    """A floor above a ceiling on the same measure needs no search."""
    with pytest.raises(DealError, match=r"senior\.dscr\.min >= 1\.50x and senior\.dscr\.min <= 1\.20x contradict"):
        read_limits(["senior.dscr.min >= 1.5", "senior.dscr.min <= 1.2"], measures, None)  # type: ignore[arg-type]
    with pytest.raises(DealError, match=r"senior\.dscr\.min == 1\.50x and senior\.dscr\.min == 1\.20x contradict"):
        read_limits(["senior.dscr.min == 1.5", "senior.dscr.min == 1.2"], measures, None)  # type: ignore[arg-type]


def test_a_probability_meets_no_bound_exactly(measures: Mapping[str, object]) -> None:
    """A count moves in steps, so an equality on it is refused with the two ways to write it."""
    with pytest.raises(DealError, match=r"write P\(senior\.default\) <= 2% or P\(senior\.default\) >= 2%"):
        read_limits(["P(senior.default) == 2%"], measures, lambda event: lambda built, at: 0.0)  # type: ignore[arg-type]


def test_a_probability_is_handed_in(measures: Mapping[str, object]) -> None:
    """Whoever knows the event gives its figure; the limit only compares."""
    asked_for: list[str] = []

    def known(event: str) -> object:
        asked_for.append(event)
        return lambda built, levers: 0.017

    (asked,) = read_limits(["P(senior.dscr.min < 1.05) <= 2%"], measures, known)  # type: ignore[arg-type]

    assert asked_for == ["senior.dscr.min < 1.05"]
    assert asked.words == "P(senior.dscr.min < 1.05) <= 2.00%"
    assert asked.limit.handed is not None
    assert asked.limit.room(asked.limit.handed(Built(rf_sheet()), {})) > 0
    with pytest.raises(DealError, match="a share is at most 1"):
        read_limits(["P(senior.default) <= 3"], measures, known)  # type: ignore[arg-type]


def rf_sheet() -> object:
    """A sheet that a handed figure may ignore."""
    from ringfence.sheet import Sheet

    return Sheet(periods=1)


def test_words_of_steps_and_gains() -> None:
    """Prices are told in basis points, hundredths, cents and round amounts."""
    cases = [
        ("x.irr", "1/year", 0.12),
        ("x.dscr.min", "ratio", 1.2),
        ("x.usd_per_gpu_hour", "USD/GPU-h", 2.4),
        ("x.amount", "USD", 385e6),
        ("P(x)", "ratio", 0.02),
    ]

    assert [step_text(n, u, price_step(n, u, v)) for n, u, v in cases] == [
        "10bp",
        "0.01",
        "1 cent",
        "USD 5.0 m",
        "1 point",
    ]
    assert gain_text("x.irr", "1/year", -0.0021) == "0.21 points"
    assert gain_text("x.irr", "1/year", -0.0000021) == "0.00021 points"
    assert gain_text("x.usd_per_gpu_hour", "USD/GPU-h", 0.0391) == "0.0391"
    assert gain_text("x.npv", "USD", 3.1e6) == "USD 3.1 m"
    assert figure_words("x.dscr.min", "ratio", None) == "n/a"

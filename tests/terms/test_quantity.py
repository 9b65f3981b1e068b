"""What a term sheet writes is read exactly, and what would need a guess is refused."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ringfence.errors import QuantityError
from ringfence.terms import quantity as q
from ringfence.terms.model import Term

READ = [
    (q.Money, "55_000 USD", 55_000.0),
    (q.Money, "0.5bn USD", 5e8),
    (q.Money, "5.5 USDbn", 5.5e9),
    (q.Money, "10 USD m", 1e7),
    (q.Money, "10m USD", 1e7),
    (q.Money, "10 USDm", 1e7),
    (q.Money, "3 USDk", 3e3),
    (q.Money, "1e9 USD", 1e9),
    (q.Money, ".5 USD", 0.5),
    (q.Money, 0, 0.0),
    (q.SignedMoney, "-3 USD", -3.0),
    (q.Power, "150 MW", 150.0),
    (q.Power, "0.5 GW", 500.0),
    (q.Power, "150MW", 150.0),
    (q.Energy, "2 GWh", 2000.0),
    (q.Share, "70%", 0.70),
    (q.Share, 0.7, 0.7),
    (q.Share, 1, 1.0),
    (q.Share, "5bp", 0.0005),
    (q.OpenShare, "115%", 1.15),
    (q.Rate, "7.1%", 0.071),
    (q.Rate, "300bp", 0.03),
    (q.Rate, "60 bps", 0.006),
    (q.Rate, 0.071, 0.071),
    (q.Rate, "-0.5%", -0.005),
    (q.Duration, "5y", 60.0),
    (q.Duration, "18m", 18.0),
    (q.Duration, "2q", 6.0),
    (q.Duration, "1y6m", 18.0),
    (q.Duration, "1y 6m", 18.0),
    (q.Duration, "2.5 years", 30.0),
    (q.Duration, "30d", 30 / 30.4375),
    (q.Duration, "6w", 42 / 30.4375),
    (q.Duration, 0, 0.0),
    (q.Day, "2024-02-29", dt.date(2024, 2, 29)),
    (q.Day, dt.date(2024, 2, 29), dt.date(2024, 2, 29)),
    (q.Pricing, "SOFR + 3.00%", q.Pricing("SOFR", 0.03)),
    (q.Pricing, "SOFR+300bp", q.Pricing("SOFR", 0.03)),
    (q.Pricing, "TIBOR + 60bp", q.Pricing("TIBOR", 0.006)),
    (q.Pricing, "SOFR - 10bp", q.Pricing("SOFR", -0.001)),
    (q.Pricing, "SOFR", q.Pricing("SOFR", 0.0)),
    (q.Pricing, "7.1%", q.Pricing(None, 0.071)),
    (q.Pricing, 0.071, q.Pricing(None, 0.071)),
    (q.Factor, 1.3, 1.3),
    (q.Factor, "1.30x", 1.3),
    (q.Count, 100_000, 100_000),
    (q.Count, 1e5, 100_000),
    (q.Name, "senior_2", "senior_2"),
]

REFUSED = [
    (q.Money, 5000, "carries its unit", "5_000 USD"),
    (q.Money, "5000", "carries its unit", "5000 USD"),
    (q.Money, "5m", "carries its unit", "5m USD"),
    (q.Money, "5 MWh", "amount in USD", "write it in USD"),
    (q.Money, "5 JPY", "JPY is not a known unit", "only currency"),
    (q.Money, "-5 USD", "negative", "minus sign"),
    (q.Money, "55,000 USD", "amount in USD", "55_000 USD"),
    (q.Money, "five USD", "amount in USD", "55_000 USD"),
    (q.Money, "1e400 USD", "finite", ""),
    (q.Money, True, "amount in USD", ""),
    (q.Money, None, "amount in USD", ""),
    (q.Money, math.nan, "amount in USD", ""),
    (q.Money, "9" * 500 + " USD", "amount in USD", ""),
    (q.Power, "5 USD", "amount in MW", "write it in MW"),
    (q.Share, 70, "at most 1", "70%"),
    (q.Share, "170%", "at most 1", "100%"),
    (q.Share, -0.1, "negative", ""),
    (q.Share, "0.7", "70% or 0.70", ""),
    (q.Share, True, "70% or 0.70", ""),
    (q.Rate, 7.1, "710% a year", "7.1%"),
    (q.Rate, "250%", "above 200%", ""),
    (q.Rate, -1, "-100%", ""),
    (q.Rate, "7", "7.1%, 300bp or 0.071", ""),
    (q.Duration, 5, "carries its unit", "5y, 5m or 5d"),
    (q.Duration, "5", "written 5y", ""),
    (q.Duration, "-5y", "written 5y", "minus sign"),
    (q.Duration, "5y2y", "written 5y", ""),
    (q.Duration, "5 parsecs", "written 5y", ""),
    (q.Duration, "9999y", "1000 years", ""),
    (q.Day, "2026-02-30", "February 2026 has 28 days", ""),
    (q.Day, "2026-13-01", "no month 13", ""),
    (q.Day, "2026-01-01T00:00", "time of day", ""),
    (q.Day, dt.datetime(2026, 1, 1), "time of day", ""),
    (q.Day, "01/02/2026", "2026-03-31", ""),
    (q.Day, 20260101, "2026-03-31", ""),
    (q.Day, "9999-00-01", "no month 0", ""),
    (q.Pricing, "SOFR + 3", "index and a margin", ""),
    (q.Pricing, 3, "300% a year", "3%"),
    (q.Pricing, False, "index and a margin", ""),
    (q.Factor, 0, "above zero", ""),
    (q.Factor, "much", "plain number", ""),
    (q.Count, 1.5, "whole number", ""),
    (q.Count, -1, "negative", ""),
    (q.Count, True, "whole number", ""),
    (q.Name, "a.b", "letters, digits", ""),
]


def refusal(kind, value):
    """Return the QuantityError that a type answers with."""
    with pytest.raises(ValueError) as caught:
        TypeAdapter(kind).validate_python(value)
    return caught.value.errors()[0]["ctx"]["error"]


@pytest.mark.parametrize(("kind", "value", "expected"), READ, ids=lambda x: str(x)[:30])
def test_written_forms_are_read(kind, value, expected):
    """Every form the module's head shows gives its number in base units."""
    got = TypeAdapter(kind).validate_python(value)

    assert got == (pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(("kind", "value", "problem", "fix"), REFUSED, ids=lambda x: str(x)[:30])
def test_guesses_are_refused(kind, value, problem, fix):
    """A value that needs a guess, or cannot be, is refused with what is expected and the way to write it."""
    error = refusal(kind, value)

    assert isinstance(error, QuantityError)
    assert problem in error.problem
    assert fix in error.fix


@pytest.mark.parametrize(
    ("unit", "text", "expected"),
    [
        ("USD/GPU-h", "1.60 USD/GPU-h", 1.6),
        ("USD/kW", "900 USD/kW", 900_000.0),
        ("USD/kW", "0.9 USDm/MW", 900_000.0),
        ("USD/MWh", "0.05 USDk/MWh", 50.0),
        ("USD/kW-month", "120 USD/kW-month", 120_000.0),
    ],
)
def test_amounts_in_any_unit(unit, text, expected):
    """An amount in any unit is stored in base units."""
    assert q.parse_amount(text, unit) == pytest.approx(expected, rel=1e-15)


def test_sign_is_a_term():
    """Zero is refused where the term must be positive; a minus sign is read where any sign is allowed."""
    with pytest.raises(QuantityError, match="above zero"):
        q.parse_amount("0 USD/kW", "USD/kW", sign="positive")
    assert q.parse_amount("-30 USD/MWh", "USD/MWh", sign="any") == -30.0


class Sheet(Term):
    money: q.Money = 0.0
    rate: q.Rate = 0.0
    tenor: q.Duration | q.Day = 0.0
    pricing: q.Pricing = q.Pricing(None, 0.0)


@given(
    st.builds(
        Sheet.model_construct,
        money=st.floats(0, 1e12),
        rate=st.floats(-0.99, 2),
        tenor=st.one_of(st.floats(0, 1200), st.dates(dt.date(1900, 1, 1), dt.date(2200, 1, 1))),
        pricing=st.builds(q.Pricing, st.sampled_from([None, "SOFR"]), st.integers(-99, 2000).map(lambda bp: bp / 1e4)),
    )
)
def test_what_is_written_reads_back(terms):
    """Terms written as JSON read back to the same terms, bit for bit (a margin to the last decimal written)."""
    again = Sheet.model_validate(terms.model_dump(mode="json"))

    assert (again.money, again.rate, again.tenor) == (terms.money, terms.rate, terms.tenor)
    assert again.pricing.index == terms.pricing.index
    assert again.pricing.margin == pytest.approx(terms.pricing.margin, abs=1e-15)


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.integers()), st.binary()))
def test_nothing_else_escapes(value):
    """Whatever is written, a parser gives a value or a QuantityError."""
    parsers = (q.parse_share, q.parse_rate, q.parse_duration, q.parse_day, q.parse_pricing, q.parse_factor)
    for parse in (*parsers, q.parse_count, q.parse_name, lambda v: q.parse_amount(v, "USD/kW")):
        try:
            parse(value)
        except QuantityError as error:
            assert error.problem

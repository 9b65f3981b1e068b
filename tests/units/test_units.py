"""Units: what may be written, how it prints, how it multiplies."""

import pytest

from ringfence.units import GPU_HOUR, MONTH, MW, MWH, RATIO, USD, WORDS, YEAR, Unit, UnitError, parse_unit


@pytest.mark.parametrize(
    ("text", "unit", "scale"),
    [
        ("USD", USD, 1),
        ("USDbn", USD, 1e9),
        ("USD/GPU-h", USD / GPU_HOUR, 1),
        ("USD/kW-month", USD / MW / MONTH, 1000),
        ("USD/MWh", USD / MWH, 1),
        ("USD/kWh", USD / MWH, 1000),
        ("kWh", MWH, 1e-3),
        ("%/year", RATIO / YEAR, 0.01),
        ("bp", RATIO, 1e-4),
        ("flag", RATIO, 1),
        ("USDk/GPU/y", USD / Unit((0, 0, 1, 0, 0, 0)) / YEAR, 1000),
    ],
)
def test_reads_what_a_term_sheet_writes(text, unit, scale):
    """Words joined by - and / give the unit and the exact factor to base units."""
    assert parse_unit(text) == (unit, scale)


@pytest.mark.parametrize("text", ["USD/GPU-h", "USD/MWh", "MWh", "USD/MW-month", "1/year", "ratio", "USD^2/MWh", "h"])
def test_prints_as_it_is_read(text):
    """A unit in base words prints as itself."""
    assert str(parse_unit(text)[0]) == text


@pytest.mark.parametrize("word", WORDS)
def test_every_word_survives_the_round_trip(word):
    """What a word prints as reads back as the same unit."""
    unit, _ = parse_unit(word)
    assert parse_unit(str(unit))[0] == unit


def test_unknown_unit_names_the_nearest():
    """The message names the word, the whole unit, and the nearest known word."""
    with pytest.raises(UnitError, match="'mwh' in unit 'USD/mwh' is not a known unit; did you mean 'MWh'"):
        parse_unit("USD/mwh")


@pytest.mark.parametrize("text", ["", "USD//MWh", "EUR", "USD/", "-", "1e3"])
def test_nonsense_is_refused(text):
    """Nothing but words of the closed list is read."""
    with pytest.raises(UnitError):
        parse_unit(text)

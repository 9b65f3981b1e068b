from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from ringfence import catalogue
from ringfence.errors import RingfenceError
from ringfence.units import parse_unit

SECTIONS = {"plants": ("entries", "profiles", "spending")}
ENTRIES = [
    (name, section, each)
    for name in catalogue.CATALOGUES
    for section in SECTIONS.get(name, ("entries",))
    for each in catalogue.names(name, section)
]
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def test_every_file_is_listed():
    """Every YAML file of the package is a catalogue, and every catalogue has its file."""
    from importlib.resources import files

    found = {f.name.removesuffix(".yaml") for f in files(catalogue).iterdir() if f.name.endswith(".yaml")}
    assert found == set(catalogue.CATALOGUES)


@pytest.mark.parametrize(("name", "section", "each"), ENTRIES)
def test_every_value_is_sourced(name, section, each):
    """Every fact carries a known unit, a known tag, a vintage and a source, and lies inside its own range."""
    entry = catalogue.entry(name, each, section)
    for field, fact in entry.facts.items():
        assert fact.tag in catalogue.TAGS, field
        assert fact.vintage, field
        assert len(fact.origin) > 3, field
        assert fact.unit in ("text", "date") or parse_unit(fact.unit), field
        values = fact.value if isinstance(fact.value, tuple) else (fact.value,)
        for value in values:
            if isinstance(value, float):
                low, high = fact.low, fact.high
                assert low is None or isinstance(fact.value, tuple) or low <= value, field
                assert high is None or isinstance(fact.value, tuple) or value <= high, field
        assert fact.origin in entry.source(field)


def test_no_unknown_keys():
    """A fact is written with the known keys only, so that a misspelt one cannot be lost."""
    known = {"value", "low", "high", "unit", "tag", "date", "source", "note"}
    for name in catalogue.CATALOGUES:
        for key, section in catalogue.load(name).items():
            facts = [] if key == "about" else section.values() if key == "indices" else _facts(section)
            assert all(set(fact) <= known for fact in facts), (name, key)


def _facts(section):
    return [fact for entry in section.values() for fact in entry.values()]


def test_base_units():
    """Prices come in USD per GPU and power in MW: 100,000 GB200 need 185 MW of IT and cost 5.5 bn."""
    gb200 = catalogue.gpu("GB200")
    assert gb200.price * 100_000 == 5.5e9
    assert gb200.power * 100_000 == pytest.approx(185)
    assert gb200.power * 100_000 * catalogue.site("sakai").pue == pytest.approx(222)
    assert catalogue.plant("solar").capex[0] == pytest.approx(1_379_000)  # USD/MW
    assert catalogue.site("colocation").hosting == pytest.approx(200_000)  # USD/MW-month


def test_gpus_are_dated_and_sorted():
    """Each model has a launch date, and the newer models come later."""
    dates = [catalogue.gpu(name).launch for name in catalogue.names("gpus")]
    assert all(isinstance(d, date) for d in dates)
    assert dates == sorted(dates)


@pytest.mark.parametrize("name", [n for n in catalogue.names("resale") if n != "market"])
def test_resale_curves_start_at_cost_and_fall(name):
    """A residual curve is 1 at delivery, has one value per age and never rises."""
    curve = catalogue.resale(name)
    assert curve.values[0] == 1
    assert curve.ages[0] == 0
    assert len(curve.ages) == len(curve.values)
    assert all(a > b for a, b in pairwise(curve.values))


@pytest.mark.parametrize("name", catalogue.names("plants", "profiles"))
def test_profiles_average_to_their_mean(name):
    """Twelve months, weighted by days, average to the annual capacity factor within a hundredth of a point."""
    profile = catalogue.profile(name)
    mean = sum(cf * days for cf, days in zip(profile.months, DAYS, strict=True)) / 365
    assert mean == pytest.approx(profile.mean, abs=1e-4)


@pytest.mark.parametrize("name", catalogue.names("plants", "spending"))
def test_spending_ends_at_the_whole_cost(name):
    """A spending curve runs from nothing to everything and never falls."""
    curve = catalogue.spending(name)
    assert (curve.spent[0], curve.spent[-1]) == (0, 1)
    assert len(curve.spent) == len(curve.time)
    assert all(a <= b for a, b in pairwise(curve.spent))


@pytest.mark.parametrize("name", [n for n in catalogue.names("tax") if n.startswith("macrs")])
def test_macrs_tables_write_off_the_whole_cost(name):
    """Half-year MACRS tables have one year more than their class and sum to one."""
    shares = catalogue.tax(name).shares
    assert len(shares) == int(name.removeprefix("macrs-")) + 1
    assert sum(shares) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("name", [n for n in catalogue.names("curves") if "rates" in catalogue.curve(n).facts])
def test_curves_have_one_rate_per_month_point(name):
    """A forward curve starts at its own date and has one rate for every point."""
    curve = catalogue.curve(name)
    assert curve.months[0] == 0
    assert len(curve.months) == len(curve.rates)


def test_unknown_names_say_what_is_near():
    """An unknown catalogue, entry or field names the nearest known one."""
    with pytest.raises(RingfenceError, match="Did you mean gpus"):
        catalogue.load("gpu")
    with pytest.raises(RingfenceError, match="Did you mean GB200"):
        catalogue.gpu("GB20O")
    with pytest.raises(RingfenceError, match="Did you mean price"):
        catalogue.gpu("GB200").source("prise")


def test_a_number_is_asked_for_as_such():
    """Asking one number of a list, or a list of one number, is refused by name."""
    with pytest.raises(RingfenceError, match=r"plants: solar\.capex is"):
        catalogue.plant("solar").number("capex")
    with pytest.raises(RingfenceError, match=r"gpus: GB200\.price is"):
        catalogue.gpu("GB200").numbers("price")


def test_licensed_index_levels_are_not_shipped():
    """Rental indices are named without values: their providers' terms forbid storing them."""
    assert all(fact["value"] is None for fact in catalogue.load("curves")["indices"].values())

"""Defaults with a source: GPUs, plants, resale curves, base rates, credit terms, sites, taxes and risks.

Each file ``<catalogue>.yaml`` holds named entries; each field of an entry is a *fact*: a value with its unit,
how far it can be trusted (its tag), its vintage and where it comes from. Nothing here is a price forecast.

    tag   meaning
    S     sourced: read at the source named
    S2    second-hand: a note quotes the source
    C     computed from tagged values
    GK    general knowledge, to be verified
    J     judgement, a recommended default

An :class:`Entry` gives values in base units (USD, MW, GPU, h, month, year); :func:`load` gives the file as written.
Where two sources disagree the fact keeps the range (`low`, `high`) and says so in its note.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ringfence.catalogue.facts import TAGS, Entry, Fact, Value, pick, unknown
from ringfence.errors import RingfenceError
from ringfence.units import parse_unit

__all__ = ["CATALOGUES", "TAGS", "Entry", "Fact", "credit", "curve", "entry", "gpu", "load"]
__all__ += ["hazard", "names", "plant", "profile", "resale", "risk", "site", "spending", "tax"]

CATALOGUES = ("gpus", "resale", "plants", "curves", "credit", "sites", "tax", "risk")
_UNITLESS = ("text", "date")


@cache
def load(name: str) -> Mapping[str, Any]:
    """Return the catalogue file `name` as written: sections, entries, fields. Read once, when first asked."""
    if name not in CATALOGUES:
        raise RingfenceError(unknown(name, CATALOGUES, "the catalogues", "catalogue"))
    from ruamel.yaml import YAML

    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    return MappingProxyType(data)


def names(catalogue: str, section: str = "entries") -> tuple[str, ...]:
    """Return the names of the entries in a section of a catalogue, in the file's order."""
    return tuple(load(catalogue)[section])


@cache
def entry(catalogue: str, name: str, section: str = "entries") -> Entry:
    """Return one entry; an unknown name raises :class:`RingfenceError` with the nearest known one."""
    fields = pick(load(catalogue)[section], name, catalogue, "entry")
    return Entry(catalogue, name, MappingProxyType({field: _fact(written) for field, written in fields.items()}))


def gpu(name: str) -> Entry:
    """Return a GPU: price, chip_price, chip_power, power, announced, launch, rma_rate, spares, availability, life."""
    return entry("gpus", name)


def resale(name: str) -> Entry:
    """Return a residual value curve: `ages` [year] and `values` [ratio], linear between, `ends` hold or zero."""
    return entry("resale", name)


def plant(name: str) -> Entry:
    """Return a plant: capex by capex_years, O&M, capacity factor, degradation, life, build time, decommissioning."""
    return entry("plants", name)


def profile(name: str) -> Entry:
    """Return a monthly profile: `months`, twelve capacity factors, January first [ratio]; their `mean`."""
    return entry("plants", name, "profiles")


def spending(name: str) -> Entry:
    """Return a spending curve: cumulative share `spent` by share of construction `time` [ratio]."""
    return entry("plants", name, "spending")


def curve(name: str) -> Entry:
    """Return a forward curve: `months` after `as_of` and `rates` [1/year], or a level."""
    return entry("curves", name)


def credit(name: str) -> Entry:
    """Return a rung of the pricing ladder, or the usual `terms` and `sizing` ratios."""
    return entry("credit", name)


def site(name: str) -> Entry:
    """Return a data-centre site: facility MW by date, PUE, costs."""
    return entry("sites", name)


def tax(name: str) -> Entry:
    """Return a depreciation table (`shares` by tax year) or a country's rates."""
    return entry("tax", name)


def risk(name: str) -> Entry:
    """Return the default parameters of a risk factor, such as ``gpu_rent`` or ``construction_delay-solar``."""
    return entry("risk", name)


def hazard(rating: str) -> Entry:
    """Return what a rating says of default: `hazard`, defaults per year [1/year]."""
    return entry("risk", rating, "hazards")


def _fact(written: Mapping[str, Any]) -> Fact:
    scale = 1.0 if written["unit"] in _UNITLESS else parse_unit(written["unit"])[1]
    value = written["value"]
    based: Value = tuple(_based(v, scale) for v in value) if isinstance(value, list) else _based(value, scale)
    low, high = (None if written.get(k) is None else written[k] * scale for k in ("low", "high"))
    return Fact(
        based,
        written["unit"],
        written["tag"],
        str(written["date"]),
        written["source"],
        low,
        high,
        written.get("note", ""),
    )


def _based(value: Any, scale: float) -> Any:
    return float(value) * scale if isinstance(value, int | float) else value

"""Units: exponent vectors over a closed list of bases.

A unit is a product of powers of six bases:

    USD     money
    MW      power (MWh is MW times h)
    GPU     accelerators
    h       hours
    year    a day-count year fraction
    month   calendar months: the unit of every date and tenor inside a sheet

`month` and `year` do not convert into each other: a calendar month is not a twelfth of a day-count year.
Everything is stored in base units; :func:`parse_unit` gives the factor that brings a written unit there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from ringfence.errors import UnitError

__all__ = [
    "BASES",
    "GPU",
    "GPU_HOUR",
    "HOUR",
    "MONTH",
    "MW",
    "MWH",
    "PER_MONTH",
    "PER_YEAR",
    "RATIO",
    "USD",
    "WORDS",
    "YEAR",
    "Unit",
    "UnitError",
    "parse_unit",
]

BASES = ("USD", "MW", "GPU", "h", "year", "month")


@dataclass(frozen=True)
class Unit:
    """A product of powers of the bases.

    Parameters
    ----------
    exponents
        Power of each of :data:`BASES`, in that order.

    Examples
    --------
    >>> str(USD / MWH), str(GPU * HOUR), str(USD / USD)
    ('USD/MWh', 'GPU-h', 'ratio')
    """

    exponents: tuple[int, ...]

    def __mul__(self, other: Unit) -> Unit:
        return _times(self, other)

    def __truediv__(self, other: Unit) -> Unit:
        return _over(self, other)

    def __pow__(self, power: int) -> Unit:
        return Unit(tuple(e * power for e in self.exponents))

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return f"Unit({_text(self)})"


@lru_cache(maxsize=4096)
def _times(a: Unit, b: Unit) -> Unit:
    return Unit(tuple(x + y for x, y in zip(a.exponents, b.exponents, strict=True)))


@lru_cache(maxsize=4096)
def _over(a: Unit, b: Unit) -> Unit:
    return Unit(tuple(x - y for x, y in zip(a.exponents, b.exponents, strict=True)))


@lru_cache(maxsize=4096)
def _text(unit: Unit) -> str:
    powers = dict(zip(BASES, unit.exponents, strict=True))
    above = _side({base: max(power, 0) for base, power in powers.items()})
    below = _side({base: max(-power, 0) for base, power in powers.items()})
    if not below:
        return above or "ratio"
    return f"{above or '1'}/{below}"


def _side(powers: dict[str, int]) -> str:
    energy = min(powers["MW"], powers["h"])
    counts = {
        "USD": powers["USD"],
        "MWh": energy,
        "MW": powers["MW"] - energy,
        "GPU": powers["GPU"],
        "h": powers["h"] - energy,
        "year": powers["year"],
        "month": powers["month"],
    }
    return "-".join(name if n == 1 else f"{name}^{n}" for name, n in counts.items() if n)


def _base(name: str) -> Unit:
    return Unit(tuple(int(name == base) for base in BASES))


RATIO = Unit((0,) * len(BASES))
USD, MW, GPU, HOUR, YEAR, MONTH = (_base(name) for name in BASES)
MWH = MW * HOUR
GPU_HOUR = GPU * HOUR
PER_YEAR = RATIO / YEAR
PER_MONTH = RATIO / MONTH

#: Every word a unit may be written with: what it is, and how many base units it holds.
WORDS: dict[str, tuple[Unit, float]] = {
    "USD": (USD, 1.0),
    "USDk": (USD, 1e3),
    "USDm": (USD, 1e6),
    "USDbn": (USD, 1e9),
    "W": (MW, 1e-6),
    "kW": (MW, 1e-3),
    "MW": (MW, 1.0),
    "GW": (MW, 1e3),
    "Wh": (MWH, 1e-6),
    "kWh": (MWH, 1e-3),
    "MWh": (MWH, 1.0),
    "GWh": (MWH, 1e3),
    "TWh": (MWH, 1e6),
    "GPU": (GPU, 1.0),
    "h": (HOUR, 1.0),
    "hour": (HOUR, 1.0),
    "year": (YEAR, 1.0),
    "y": (YEAR, 1.0),
    "month": (MONTH, 1.0),
    "m": (MONTH, 1.0),
    "%": (RATIO, 1e-2),
    "bp": (RATIO, 1e-4),
    "ratio": (RATIO, 1.0),
    "flag": (RATIO, 1.0),
    "1": (RATIO, 1.0),
}

_FACTOR = re.compile(r"(?P<word>[A-Za-z%]+|1)(?:\^(?P<power>[1-9]))?$")


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> tuple[Unit, float]:
    """Read a unit as a term sheet writes it.

    Parameters
    ----------
    text
        Words joined by ``-`` (times) and ``/`` (over; everything after it up to the next ``/`` divides),
        for example ``USD/kW-month`` or ``USD/GPU-h``.

    Returns
    -------
    tuple[Unit, float]
        The unit, and the factor from the written unit to base units.

    Raises
    ------
    UnitError
        If a word is not on the closed list; the nearest known word is named.

    Examples
    --------
    >>> parse_unit("USD/kW-month")
    (Unit(USD/MW-month), 1000.0)
    """
    unit, scale = RATIO, 1.0
    for position, side in enumerate(text.strip().split("/")):
        for factor in side.strip().split("-"):
            word_unit, word_scale = _factor(factor.strip(), text)
            if position == 0:
                unit, scale = unit * word_unit, scale * word_scale
            else:
                unit, scale = unit / word_unit, scale / word_scale
    return unit, _tidy(scale)


def _factor(factor: str, text: str) -> tuple[Unit, float]:
    match = _FACTOR.match(factor)
    if match is None or match["word"] not in WORDS:
        raise UnitError(_unknown(factor, text))
    unit, scale = WORDS[match["word"]]
    power = int(match["power"] or 1)
    return unit**power, scale**power


def _unknown(factor: str, text: str) -> str:
    by_case = [word for word in WORDS if word.lower() == factor.lower()]
    near = by_case or get_close_matches(factor, WORDS, n=1, cutoff=0.4)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{factor!r} in unit {text!r} is not a known unit{hint}\n  known: {', '.join(WORDS)}"


def _tidy(scale: float) -> float:
    """Powers of ten multiplied and divided come back to the exact power of ten where there is one."""
    return float(f"{scale:.15g}")

"""An entry of a catalogue and the facts it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, TypeVar

from ringfence.errors import RingfenceError

TAGS: Mapping[str, str] = MappingProxyType(
    {"S": "sourced", "S2": "second-hand", "C": "computed", "GK": "general knowledge", "J": "judgement"}
)
T = TypeVar("T")
Value = float | str | date | tuple[float, ...] | tuple[str, ...] | tuple[date, ...] | None


@dataclass(frozen=True)
class Fact:
    """One default and where it comes from.

    Parameters
    ----------
    value
        Number, date or text, or a tuple of one of them; None where the provider's terms forbid storing it.
        Numbers are in base units.
    unit
        Unit as written in the file, such as ``USD/kW-month``.
    tag
        One of :data:`TAGS`.
    vintage
        The date or period the value speaks of, as written.
    origin
        Where it comes from.
    low, high
        Range seen, in base units, or None.
    note
        What disagrees, or empty.
    """

    value: Value
    unit: str
    tag: str
    vintage: str
    origin: str
    low: float | None = None
    high: float | None = None
    note: str = ""

    def __str__(self) -> str:
        """Return the provenance in one line: tag, vintage, source and note."""
        return f"{TAGS[self.tag]}, {self.vintage}: {self.origin}" + (f" ({self.note})" if self.note else "")


@dataclass(frozen=True)
class Entry:
    """One named entry of a catalogue; its fields read as attributes, in base units.

    Parameters
    ----------
    catalogue
        Name of the file, such as ``gpus``.
    name
        Name of the entry, such as ``GB200``.
    facts
        The fields.

    Examples
    --------
    >>> from ringfence.catalogue import gpu, tax
    >>> gpu("GB200").price                                      # [USD/GPU]
    55000.0
    >>> round(gpu("GB200").power * 100_000, 1)                  # 100,000 GPUs [MW]
    185.0
    >>> tax("macrs-5").shares
    (0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576)
    """

    catalogue: str
    name: str
    facts: Mapping[str, Fact]

    def fact(self, field: str) -> Fact:
        """Return the fact behind `field`; an unknown field raises :class:`RingfenceError`."""
        return pick(self.facts, field, f"{self.catalogue}.{self.name}", "field")

    def source(self, field: str) -> str:
        """Return one line saying where `field` comes from and how far to trust it."""
        return f"catalogue/{self.catalogue}.yaml {self.name}.{field}: {self.fact(field)}"

    def number(self, field: str) -> float:
        """Return `field` as one number. [base unit of the field]"""
        value = self.fact(field).value
        if not isinstance(value, float):
            raise RingfenceError(f"catalogue {self.catalogue}: {self.name}.{field} is {value!r}, not one number.")
        return value

    def numbers(self, field: str) -> tuple[float, ...]:
        """Return `field` as a tuple of numbers. [base unit of the field]"""
        value = self.fact(field).value
        if not isinstance(value, tuple) or not all(isinstance(v, float) for v in value):
            raise RingfenceError(
                f"catalogue {self.catalogue}: {self.name}.{field} is {value!r}, not a list of numbers."
            )
        return tuple(v for v in value if isinstance(v, float))

    def __getattr__(self, field: str) -> Any:
        if field.startswith("_") or field == "facts" or field not in self.facts:
            raise AttributeError(f"catalogue {self.catalogue}: {self.name} has no field {field!r}")
        return self.facts[field].value


def pick(among: Mapping[str, T], name: str, where: str, kind: str) -> T:
    """Return `among[name]`; an unknown name raises :class:`RingfenceError` with the nearest known one."""
    if name not in among:
        raise RingfenceError(unknown(name, tuple(among), f"catalogue {where}", kind))
    return among[name]


def unknown(name: str, known: tuple[str, ...], where: str, kind: str) -> str:
    """Return the sentence for an unknown name: what is missing, the nearest known name, all of them."""
    folded = {k.lower(): k for k in known}
    near = get_close_matches(name.lower(), folded, n=1, cutoff=0.4)
    hint = f"Did you mean {folded[near[0]]}? " if near else ""
    return f"{where} has no {kind} named {name!r}. {hint}Known: {', '.join(known)}."

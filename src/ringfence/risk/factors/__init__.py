"""Random factors, one kind a file. A new kind is a term in ``terms/risk.py``, a file here and a line in :data:`KINDS`.

A factor feeds inputs of the deal's sheet that are neutral unless fed (``blocks/shocks.py``):

| factor | feeds | measure |
|---|---|---|
| `base_rate` | `curve.<curve>.shock` | risk-neutral |
| `gpu_rent` | `<lease>.market.shock`, `<lease>.after.shock`, `curve.<index>.shock` | real-world |
| `resale` | `<fleet>.resale.shock` | real-world |
| `power_price` | `<ppa>.merchant.price.shock`, `<site>.electricity.shock`, `<plant>.fuel.price.shock` | real-world |
| `fx` | the values it names, such as `sakai.electricity.shock` | risk-neutral |
| `weather` | `<plant>.yield.shock` | real-world |
| `failures` | `<fleet>.failures.rate.shock` | real-world |
| `construction_delay` | `<plant>.construction.delay.shock` | real-world |
| `grid_delay` | `<site>.delay.shock` | real-world |
| `delivery_slip` | `<fleet>.delay.shock` | real-world |
| `fusion_start` | `<plant>.operation.shock` | real-world |
| `lessee_default` | `<lease>.default.shock`, `<lease>.void.shock` | real-world |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ringfence.risk.factors.sheet import Factor, FactorSheet
from ringfence.sheet import Row

__all__ = ["KINDS", "Factor", "FactorSheet", "Kind", "kind_of"]


@dataclass(frozen=True)
class Kind:
    """A kind of factor.

    Attributes
    ----------
    type
        Its word in the deal language, and the name of its module.
    follows
        Whether it reads the market rent of a fleet, and so comes after the factor that makes it.
    """

    type: str
    follows: bool = False

    @property
    def add(self) -> Callable[[FactorSheet, str, Any], tuple[Row, ...]]:
        """The function that adds a factor's rows and returns those that tell it."""
        found: Callable[[FactorSheet, str, Any], tuple[Row, ...]]
        found = getattr(import_module(f"ringfence.risk.factors.{self.type}"), f"add_{self.type}")
        return found

    @property
    def label(self) -> str:
        """What the factor is."""
        return str(import_module(f"ringfence.risk.factors.{self.type}").LABEL)


KINDS: Mapping[str, Kind] = {
    kind.type: kind
    for kind in (
        Kind("base_rate"),
        Kind("gpu_rent"),
        Kind("resale", follows=True),
        Kind("power_price"),
        Kind("fx"),
        Kind("weather"),
        Kind("failures"),
        Kind("construction_delay"),
        Kind("grid_delay"),
        Kind("delivery_slip"),
        Kind("fusion_start"),
        Kind("lessee_default", follows=True),
    )
}


def kind_of(term: Any) -> Kind:
    """Return the kind of a factor of the deal."""
    return KINDS[term.type]

"""A site uses at least the energy of its GPUs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.terms.asset import DataCentre
from ringfence.terms.findings import finding

if TYPE_CHECKING:
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal


def check_data_centre_power(deal: Deal) -> list[Finding]:
    """Refuse a PUE below 1: facility energy is IT energy and more."""
    found = []
    for x, site in deal.assets.items():
        if not isinstance(site, DataCentre):
            continue
        rows = [(f"assets.{x}.pue", site.pue)]
        rows += [(f"assets.{x}.overflow.pue", site.overflow.pue)] if site.overflow and site.overflow.pue else []
        for path, pue in rows:
            if pue < 1:
                message = f"{path} is {pue:g}, but facility energy is at least 1 times IT energy."
                found.append(
                    finding("pue", message, where=[deal.where(path)], fix="write facility energy / IT energy, as 1.20")
                )
    return found

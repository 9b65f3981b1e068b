"""Assets: what a vehicle owns. A new kind of asset is one file and one line in :data:`Asset`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringfence.terms.asset.data_centre import DataCentre
from ringfence.terms.asset.gpu_fleet import GpuFleet
from ringfence.terms.asset.plants import Fusion, Gas, Generator, Nuclear, Plant, Solar, Storage, Wind

Asset = Annotated[
    GpuFleet | DataCentre | Solar | Wind | Storage | Nuclear | Gas | Fusion,
    Field(discriminator="type"),
]

__all__ = [
    "Asset",
    "DataCentre",
    "Fusion",
    "Gas",
    "Generator",
    "GpuFleet",
    "Nuclear",
    "Plant",
    "Solar",
    "Storage",
    "Wind",
]

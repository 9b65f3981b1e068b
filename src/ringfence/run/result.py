"""What a run gives back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError, meant
from ringfence.units import Unit

Status = Literal["ok", "n/a", "no_root", "several"]
Line = NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One figure about the whole sheet.

    Parameters
    ----------
    value
        The figure, None where it is n/a or has no root. [unit]
    unit
        Its unit.
    status
        ``ok``; ``n/a``: does not apply; ``no_root``: no rate solves it; ``several``: more than one does.
    roots
        Every root of an ``irr``, rising. [1/year]
    reason
        One sentence where the status is not ``ok``.
    """

    value: float | None
    unit: Unit
    status: Status = "ok"
    roots: tuple[float, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Run:
    """Every row and measure of one run.

    Parameters
    ----------
    values
        Row name -> a float (one cell) or an array over periods, in base units.
    measures
        Measure name -> figure.
    inputs
        The inputs that stood in for the sheet's own values.
    """

    values: Mapping[str, float | Line]
    measures: Mapping[str, Measure]
    inputs: Mapping[str, object] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float | Line:
        if name not in self.values:
            raise RunError(f"the run has no row {name}{meant(name, self.values)}")
        return self.values[name]

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def line(self, name: str) -> Line:
        """Return a row as an array over periods, whatever it is.

        Parameters
        ----------
        name
            Row name; a one-cell row is refused, for its length is unknown here.
        """
        value = self[name]
        if isinstance(value, float):
            raise RunError(f"{name} is one cell, not a line over the periods")
        return value

    def cell(self, name: str) -> float:
        """Return a one-cell row as a float.

        Parameters
        ----------
        name
            Row name.
        """
        value = self[name]
        if not isinstance(value, float):
            raise RunError(f"{name} is a line over the periods, not one cell")
        return value

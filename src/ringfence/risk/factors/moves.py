"""Which values of a deal a price moves: those it names, else all that end like a market price."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringfence.blocks.context import cell_name
from ringfence.blocks.shocks import SUFFIX
from ringfence.risk.factors.sheet import FactorSheet


def moved(f: FactorSheet, named: Sequence[str], ends: Iterable[str] = ()) -> list[str]:
    """Return the shocks of the values a factor moves.

    Parameters
    ----------
    f
        The factor sheet; it knows what the deal may be opened to.
    named
        Values the deal names; a path of the deal file will do.
    ends
        Ends of the names of values that are moved if none is named.
    """
    if named:
        return [cell_name(name) + SUFFIX for name in named]
    tails = tuple(end + SUFFIX for end in ends)
    return [name for name in f.shocks if name.endswith(tails)]

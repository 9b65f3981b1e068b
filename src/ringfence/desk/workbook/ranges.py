"""The range of each input that is a term of the deal: found by asking the term itself what it would read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ringfence.errors import QuantityError

if TYPE_CHECKING:
    from ringfence.desk.optimise.terms import Leaf
    from ringfence.run.workbook.ranges import Range
    from ringfence.terms.deal import Deal

SIGNED = "deal.signed"


def ranges_of(deal: Deal, names: Iterable[str], values: Mapping[str, Any]) -> dict[str, Range]:
    """Return input -> its range; what may be any number has none.

    Parameters
    ----------
    deal
        The deal.
    names
        Inputs a reader may edit.
    values
        Their numbers, as agreed.
    """
    from ringfence.desk.optimise.terms import leaves
    from ringfence.run.workbook.ranges import holds

    wanted = set(names)
    found: dict[str, Range] = {SIGNED: "switch"} if SIGNED in wanted else {}
    found |= {leaf.cell: kind for leaf in leaves(deal) if leaf.cell in wanted and (kind := _range(leaf)) is not None}
    return {name: kind for name, kind in found.items() if holds(kind, float(values[name]))}


def _range(leaf: Leaf) -> Range | None:
    if leaf.kind == "rate":
        return "rate"
    if leaf.kind == "count":
        return "whole"
    if _reads(leaf, -0.5):
        return None
    return "share" if leaf.kind == "share" and not _reads(leaf, 1.5) else "not negative"


def _reads(leaf: Leaf, number: float) -> bool:
    """Whether a term would take a number."""
    try:
        leaf.parse(leaf.write(number))
    except (QuantityError, ValueError):
        return False
    return True

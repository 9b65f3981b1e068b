"""Two runs side by side: the terms that differ, the measures that moved, and by how much each term moved them.

found = compare(result_a, result_b, attribute=True)
found.changes                      path, both texts, both places
found.measures                     name, unit, value in A and in B
found.attribution.readings[0]      by how much each change moved each figure (see ``compare_attribution.py``)
found.tables("as agreed", "bb-ladder")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.desk.compare.inputs import InputChange, input_changes, structural_differences
from ringfence.desk.compare.tables import comparison_tables, moved_row
from ringfence.errors import RingfenceError, meant

if TYPE_CHECKING:
    from ringfence.desk.compare.attribution import Attribution
    from ringfence.desk.table import Table

__all__ = ["Comparison", "compare", "moved_row"]

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    Parameters
    ----------
    changes
        Terms that differ, with both texts and both places.
    measures
        Name, unit, value in A and in B; None where it is missing or n/a. [unit]
    same
        How many measures are the same in both.
    structure
        What is not in both: parties, assets, contracts, periods.
    attribution
        By how much each change moved each figure; None where it was not asked for.
    alone
        Measures that only one of the two has.
    """

    changes: tuple[InputChange, ...]
    measures: tuple[tuple[str, str, float | None, float | None], ...]
    same: int
    structure: tuple[str, ...] = ()
    attribution: Attribution | None = None
    alone: frozenset[str] = frozenset()

    @property
    def inputs(self) -> tuple[tuple[str, str, str], ...]:
        """Path of each term that differs, as written in A and in B; empty where it is not written."""
        return tuple((change.path, change.a, change.b) for change in self.changes)

    def tables(self, a: str = "A", b: str = "B", of: Sequence[str] = ()) -> list[Table]:
        """Return the comparison as the tables of a page.

        Parameters
        ----------
        a, b
            What the two runs are called.
        of
            Measures to attribute; left out: the most telling ones that moved.
        """
        return comparison_tables(self, a, b, of)

    def __str__(self) -> str:
        return "\n\n".join(t.text() for t in self.tables())


def compare(a: Any, b: Any, *, attribute: bool = False, resize: bool = False, of: Sequence[str] = ()) -> Comparison:
    """Compare two results.

    Parameters
    ----------
    a, b
        What :func:`ringfence.run` returned, twice.
    attribute
        Say by how much each term moved each figure; takes a run for every step.
    resize
        Attribute only with the debt sized afresh in every run, as A and B were.
    of
        Measures the reader will ask for; each must be a measure of one of the two.

    Returns
    -------
    Comparison
        Terms that differ and measures that moved, in the order of `a`.

    Raises
    ------
    RingfenceError
        If a measure asked for is in neither, or the two have no measure in common.
    """
    units = {n: str(m.unit) for r in (b, a) for n, m in r.measures.items()}
    _check(a, b, units, of)
    pairs = [(n, unit, _value(a.measures, n), _value(b.measures, n)) for n, unit in _ordered(a, b, units)]
    moved = tuple(p for p in pairs if _differ(p[2], p[3]))
    changes, structure = input_changes(a.deal, b.deal), structural_differences(a.deal, b.deal)
    shared = _shared(a, b, resize) if attribute else None
    alone = frozenset(a.measures.keys() ^ b.measures.keys())
    return Comparison(changes, moved, len(pairs) - len(moved), structure, shared, alone)


def _check(a: Any, b: Any, units: Mapping[str, str], of: Sequence[str]) -> None:
    for name in of:
        if name not in units:
            raise RingfenceError(f"there is no measure {name} in either deal{meant(name, list(units))}")
    if not a.measures.keys() & b.measures.keys():
        raise RingfenceError(
            f"{a.deal.deal} ({len(a.measures)} measures) and {b.deal.deal} ({len(b.measures)}) have no measure in "
            "common, so there is nothing to compare; give the same party, asset or contract the same id in both"
        )


def _shared(a: Any, b: Any, resize: bool) -> Attribution:
    from ringfence.desk.compare.attribution import attribute

    return attribute(a, b, resize=resize)


def _ordered(a: Any, b: Any, units: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, units[name]) for name in dict.fromkeys([*a.measures, *b.measures])]


def _value(measures: Mapping[str, Any], name: str) -> float | None:
    found = measures.get(name)
    return None if found is None else found.value


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a - b) > TOLERANCE * max(abs(a), abs(b), 1e-3)

"""Two runs side by side: the terms that differ and the measures that moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.tables import kind_of
from ringfence.terms.source import shorten

TOLERANCE = 1e-9
_LONGEST = 36


@dataclass(frozen=True)
class Comparison:
    """What differs between two runs.

    Parameters
    ----------
    inputs
        Path of the term, as written in A and in B; empty where it is not written.
    measures
        Name, unit, value in A and in B; None where it is missing or n/a. [unit]
    same
        How many measures are the same in both.
    """

    inputs: tuple[tuple[str, str, str], ...]
    measures: tuple[tuple[str, str, float | None, float | None], ...]
    same: int

    def tables(self, a: str = "A", b: str = "B") -> list[Table]:
        """Return the comparison as two tables.

        Parameters
        ----------
        a, b
            What the two runs are called.
        """
        return [_inputs(self, a, b), _measures(self, a, b)]

    def __str__(self) -> str:
        return "\n\n".join(t.text() for t in self.tables())


def compare(a: Any, b: Any) -> Comparison:
    """Compare two results.

    Parameters
    ----------
    a, b
        What :func:`ringfence.run` returned, twice.

    Returns
    -------
    Comparison
        Terms that differ and measures that moved, in the order of `a`.
    """
    units = {n: str(m.unit) for r in (b, a) for n, m in r.measures.items()}
    names = dict.fromkeys([*a.measures, *b.measures])
    pairs = [(n, units[n], _value(a.measures, n), _value(b.measures, n)) for n in names]
    moved = tuple(p for p in pairs if _differ(p[2], p[3]))
    return Comparison(_terms(_written(a.deal), _written(b.deal)), moved, len(pairs) - len(moved))


def _value(measures: Mapping[str, Any], name: str) -> float | None:
    found = measures.get(name)
    return None if found is None else found.value


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a - b) > TOLERANCE * max(abs(a), abs(b), 1e-3)


def _written(deal: Any) -> dict[str, str]:
    return {path: source.text for path, source in deal.sources.items() if source.text}


def _terms(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[tuple[str, str, str], ...]:
    paths = dict.fromkeys([*a, *b])
    differ = [p for p in paths if a.get(p) != b.get(p) and not p.startswith("scenarios.")]
    return tuple((p, a.get(p, ""), b.get(p, "")) for p in differ)


def _inputs(c: Comparison, a: str, b: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple((p, _shown(x), _shown(y)) for p, x, y in c.inputs)
    notes = () if rows else ("None.",)
    title = f"Terms that differ: {len(rows)}"
    return Table("inputs", title, ("term", a, b), rows, notes=notes, left=frozenset({0, 1, 2}))


def _shown(text: str) -> str:
    return shorten(text, _LONGEST) or "(not written)"


def _measures(c: Comparison, a: str, b: str) -> Table:
    rows: tuple[tuple[Cell, ...], ...] = tuple(moved_row(*m) for m in c.measures)
    note = f"{c.same} measures are the same in both."
    title = f"Measures that moved: {len(rows)} (USD in millions)"
    return Table("measures", title, ("measure", a, b, "change"), rows, notes=(note,))


def moved_row(name: str, unit: str, a: float | None, b: float | None) -> tuple[Cell, ...]:
    """Return a measure with its two values and the change between them.

    Parameters
    ----------
    name, unit
        Of the measure.
    a, b
        Its values, None where n/a. [unit]
    """
    kind = kind_of(unit, name)
    change = None if a is None or b is None else b - a
    words = Figure(change, kind)
    if kind == "percent" and change is not None:
        return name, Figure(a, kind), Figure(b, kind), f"{change * 100:+.2f} points"
    return name, Figure(a, kind), Figure(b, kind), words

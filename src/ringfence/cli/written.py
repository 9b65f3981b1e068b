"""A comparison as a JSON-ready object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence.desk.compare import Comparison
    from ringfence.desk.compare.attribution import Attribution, Move


def compared(found: Comparison, a: str, b: str) -> dict[str, Any]:
    """Return a comparison as one object.

    Parameters
    ----------
    found
        The comparison.
    a, b
        The deals as they were named.
    """
    return {
        "a": a,
        "b": b,
        "inputs": [
            {"path": x.path, "a": x.a, "b": x.b, "where_a": x.where_a, "where_b": x.where_b} for x in found.changes
        ],
        "structure": list(found.structure),
        "measures": {name: {"a": x, "b": y, "unit": unit} for name, unit, x, y in found.measures},
        "attribution": None if found.attribution is None else attributed(found.attribution),
    }


def attributed(found: Attribution) -> dict[str, Any]:
    """Return by how much each change moved each figure as one object.

    Parameters
    ----------
    found
        The attribution.
    """
    return {
        "changes": [{"name": lever.name, "paths": [c.path for c in lever.changes]} for lever in found.levers],
        "orders": found.orders,
        "runs": found.runs,
        "notes": list(found.notes),
        "readings": [
            {
                "debt": reading.name,
                "reaches_b": reading.reaches_b,
                "measures": {name: _move(move) for name, move in reading.moves.items()},
            }
            for reading in found.readings
        ],
    }


def _move(move: Move) -> dict[str, Any]:
    parts = [
        {"change": p.lever, "in_turn": p.turn, "alone": p.alone, "last": p.last, "average": p.average}
        for p in move.parts
    ]
    whole = {"unit": move.unit, "a": move.a, "b": move.b, "move": move.total}
    return {**whole, "interaction": move.interaction, "parts": parts} if parts else {**whole, "why": move.why}

"""A comparison as a JSON-ready object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ringfence.desk.compare import Comparison


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
        "inputs": [{"path": p, "a": x, "b": y} for p, x, y in found.inputs],
        "measures": {name: {"a": x, "b": y, "unit": unit} for name, unit, x, y in found.measures},
    }

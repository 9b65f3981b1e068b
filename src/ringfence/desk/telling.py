"""The period to look at when none is named: where a ratio is lowest, where an amount is largest."""

from __future__ import annotations

from typing import Any

from ringfence.desk.view import View


def telling_period(result: Any, row: str) -> tuple[str | None, str]:
    """Return a period's label and why it was chosen; None for a measure, one cell or an unknown row.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    row
        Row or measure.
    """
    view = View(result)
    if row in result.measures or not view.has(row) or isinstance(result.run[row], float):
        return None, ""
    lowest = view.lowest(row)
    if lowest is not None:
        return view.labels[lowest], f"{view.labels[lowest]} is where it is lowest"
    values = view.line(row)
    largest = max(range(len(values)), key=lambda k: abs(values[k]))
    return view.labels[largest], f"{view.labels[largest]} is where it is largest"

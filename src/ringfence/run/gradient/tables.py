"""Slopes of ``lookup``: by where the table is read, and by each of its points."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ringfence.run.meaning import Table
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE

Line = NDArray[np.float64]


def by_x(table: Table, x: Line, how: str) -> Line:
    """Slope of the value by where it is read: that of the straight line, 0 on a step and beyond the ends.

    Parameters
    ----------
    table
        The table.
    x
        Where it is read. [unit of xs]
    how
        ``step`` or ``linear``.
    """
    if how == "step":
        return np.zeros_like(x)
    found: Line = np.where(inside(table, x), table.slope[_left(table, x)], 0.0)
    return found


def by_points(table: Table, x: Line, how: str, ends: str) -> tuple[Line, Line]:
    """Slopes of the values by every point: (x positions, y values), each of shape (reads, points).

    Parameters
    ----------
    table
        The table.
    x
        Where it is read. [unit of xs]
    how, ends
        As in the formula.
    """
    rows = np.arange(x.size)
    on_x, on_y = np.zeros((x.size, table.x.size)), np.zeros((x.size, table.x.size))
    if how == "step":
        near = np.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * np.abs(x))
        k = np.searchsorted(table.x, x + near, side="right") - 1
        read = (k >= 0) & (x <= table.xs[-1] + near)
        on_y[rows, np.maximum(k, 0)] = 1.0 if ends == "hold" else read
        return on_x, on_y
    k = _left(table, x)
    within = inside(table, x)
    after = np.minimum(k + 1, table.x.size - 1)
    width = np.where(after > k, table.x[after] - table.x[k], 1.0)
    share = np.where(within, (x - table.x[k]) / width, 0.0)
    held = within | (ends == "hold") | (x == table.xs[-1])
    on_y[rows, k] = np.where(held, 1.0 - share, 0.0)
    on_y[rows, after] += np.where(within, share, 0.0)
    on_x[rows, k] = np.where(within, -table.slope[k] * (1.0 - share), 0.0)
    on_x[rows, after] -= np.where(within, table.slope[k] * share, 0.0)
    return on_x, on_y


def inside(table: Table, x: Line) -> NDArray[np.bool_]:
    """Whether the table is read between two of its points."""
    return np.asarray((x >= table.xs[0]) & (x < table.xs[-1]))


def _left(table: Table, x: Line) -> NDArray[np.intp]:
    """The point at or before x; the first where there is none."""
    return np.maximum(np.searchsorted(table.x, x, side="right") - 1, 0)

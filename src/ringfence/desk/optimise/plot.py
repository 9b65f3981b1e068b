"""The frontier as a plot in text: the second aim across, the first up."""

from __future__ import annotations

from itertools import pairwise

from ringfence.desk.optimise.answer import Answer
from ringfence.desk.optimise.limits import figure_words
from ringfence.desk.table import Table

WIDTH, HEIGHT = 56, 14


def plot(answer: Answer) -> Table:
    """Return the frontier as lines of text: ``o`` a point that was solved, ``.`` the straight line between two."""
    assert answer.other is not None
    other = answer.other
    unit = str(answer.before.model.sheet.measures[other.measure].unit)
    points = sorted((p.other, p.value) for p in answer.frontier)
    lines = drawn(points)
    top, bottom = (figure_words(answer.aim.measure, answer.unit, f(y for _, y in points)) for f in (max, min))
    ends = [figure_words(other.measure, unit, x) for x in (points[0][0], points[-1][0])]
    margin = max(len(top), len(bottom))
    labels = [top, *[""] * (len(lines) - 2), bottom]
    gap = max(1, WIDTH - len(ends[0]) - len(ends[1]))
    rows = [f"{label:>{margin}} |{line}".rstrip() for label, line in zip(labels, lines, strict=True)]
    rows += [f"{'':>{margin}} +{'-' * WIDTH}", f"{'':>{margin}}  {ends[0]}{' ' * gap}{ends[1]}"]
    title = f"{answer.aim.measure} (up) against {other.measure} (across)"
    return Table("plot", title, ("",), tuple((row,) for row in rows))


def drawn(points: list[tuple[float, float]]) -> list[str]:
    """Return the lines of the plot, the highest first.

    Parameters
    ----------
    points
        (across, up), rising across.
    """
    xs, ys = [x for x, _ in points], [y for _, y in points]
    grid = [[" "] * WIDTH for _ in range(HEIGHT)]
    for column in range(WIDTH):
        x = xs[0] + (xs[-1] - xs[0]) * column / (WIDTH - 1)
        y = _between(points, x)
        grid[_row(y, ys)][column] = "."
    for x, y in points:
        column = round((x - xs[0]) / (xs[-1] - xs[0]) * (WIDTH - 1)) if xs[-1] > xs[0] else 0
        grid[_row(y, ys)][column] = "o"
    return ["".join(row).rstrip() for row in grid]


def _row(y: float, ys: list[float]) -> int:
    low, high = min(ys), max(ys)
    share = (y - low) / (high - low) if high > low else 0.0
    return HEIGHT - 1 - round(share * (HEIGHT - 1))


def _between(points: list[tuple[float, float]], x: float) -> float:
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * ((x - x0) / (x1 - x0) if x1 > x0 else 0.0)
    return points[-1][1]

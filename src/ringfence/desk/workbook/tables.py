"""Tables of a book and the terms behind them: which point of which curve a cell is.

    curve.<name>.points        curves.<name>.points: a mapping of dates to values
    <fleet>.resale.<name>      assets.<fleet>.resale.<name>: lists ``ages`` and ``values``
    <loan>.shares              contracts.<loan>.repayment.shares: a list of values
    <business>.tax.shares      parties.<vehicle>.tax.depreciation.shares: a list, with an empty year on either side

Other tables are published figures and no terms of a deal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ringfence.blocks.context import cell_name

if TYPE_CHECKING:
    from ringfence.desk.workbook.edits import Edit
    from ringfence.sheet.row import Row
    from ringfence.terms.deal import Deal

Axis = Literal["y", "x", "date"]
Points = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Knot:
    """One number to write anew.

    Parameters
    ----------
    path
        Its path in the deal.
    before, after
        The number, in base units.
    axis
        A value, an age, or the date a point is keyed by.
    result
        The whole table once it is written; None for a scalar.
    """

    path: str
    before: float
    after: float
    axis: Axis = "y"
    result: Points | None = None


def table_path(deal: Deal, row: Row) -> str:
    """Return the path of the term a table was made from; empty where there is none.

    Parameters
    ----------
    deal
        The deal.
    row
        An input of its sheet.
    """
    if row.kind != "table":
        return ""
    head, _, last = row.name.rpartition(".")
    if row.name.startswith("curve."):
        found = (f"curves.{x}.points" for x in deal.curves if row.name == f"curve.{cell_name(x).lower()}.points")
        return next(found, "")
    owner, _, group = head.partition(".")
    if group == "resale" and owner in deal.assets:
        curves = getattr(deal.assets[owner], "curves", {})
        return next((f"assets.{owner}.resale.{x}" for x in curves if cell_name(x) == last), "")
    if last == "shares" and head in deal.contracts:
        return f"contracts.{head}.repayment.shares"
    if row.name.endswith(".tax.shares") and owner in deal.parties:
        business = f".businesses.{group.partition('.')[0]}" if group.count(".") else ""
        return f"parties.{owner}{business}.tax.depreciation.shares"
    return ""


def knots_of(path: str, edit: Edit, deal: Deal) -> list[Knot] | str:
    """Split an edited table into single numbers to write, in order; or say why it cannot be written.

    Parameters
    ----------
    path
        From :func:`table_path`.
    edit
        The edit.
    deal
        The deal as it was.
    """
    (xs, ys), (new_xs, new_ys) = edit.before, edit.after
    names = _names(path, deal, len(ys))
    if len(names) == 1 and len(ys) == 2:  # a curve of one point stands in the book as two equal knots
        if new_ys[0] != new_ys[1] or new_xs != xs:
            return f"{path} has one point; write its two values alike, or a second date in the deal file"
        return [Knot(f"{path}.{names[0][0]}", ys[0], new_ys[0], "y", (xs, new_ys))]
    found: list[Knot] = []
    now_xs, now_ys = list(xs), list(ys)
    for k, (y_name, x_name, axis) in enumerate(names):
        if y_name is None and (new_ys[k] != ys[k] or new_xs[k] != xs[k]):
            return f"the first and last line of {path} only close the table"
        if new_ys[k] != ys[k]:
            now_ys[k] = new_ys[k]
            found.append(Knot(f"{path}.{y_name}", ys[k], new_ys[k], "y", (tuple(now_xs), tuple(now_ys))))
        if new_xs[k] != xs[k]:
            if x_name is None:
                return f"the lines of {path} are numbered; their numbers are not terms"
            now_xs[k] = new_xs[k]
            found.append(Knot(f"{path}.{x_name}", xs[k], new_xs[k], axis, (tuple(now_xs), tuple(now_ys))))
    return found


def _names(path: str, deal: Deal, count: int) -> list[tuple[str | None, str | None, Axis]]:
    """Name of the value and of the place of each knot below the table's path."""
    if path.startswith("curves."):
        days = sorted(deal.curves[path.split(".")[1]].points)
        return [(str(day), str(day), "date") for day in days]
    if ".resale." in path:
        return [(f"values.{k}", f"ages.{k}", "x") for k in range(count)]
    if ".tax." in path:
        inside: list[tuple[str | None, str | None, Axis]] = [(str(k), None, "x") for k in range(count - 2)]
        return [(None, None, "x"), *inside, (None, None, "x")]
    return [(str(k), None, "x") for k in range(count)]

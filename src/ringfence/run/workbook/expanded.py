"""A sheet made fit for cells: what ``expand`` gives, and what the layout reads."""

from __future__ import annotations

from dataclasses import dataclass, field

from ringfence.run.workbook.verdicts import Test
from ringfence.sheet import Row, Sheet
from ringfence.sheet.plan import plan


@dataclass
class Expanded:
    """A sheet fit for cells.

    Attributes
    ----------
    sheet
        The rows, same names and numbers as before, with the steps.
    origin
        The sheet it was made from.
    owner
        Step -> the row, measure or check it belongs to.
    spread
        One-cell steps that stand in every period, because a reduction reads them.
    starts
        Input cell an IRR starts from -> measure.
    numbers
        Input cells that hold a literal -> the row that first needed it.
    checks, alerts
        As given.
    """

    sheet: Sheet
    origin: Sheet
    owner: dict[str, str] = field(default_factory=dict)
    spread: set[str] = field(default_factory=set)
    starts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    checks: tuple[Test, ...] = ()
    alerts: tuple[Test, ...] = ()

    def is_cell(self, row: Row) -> bool:
        """Whether a row stands in one cell of the constants column."""
        return plan(self.sheet).is_scalar(row) and row.name not in self.spread


def steps_of(expanded: Expanded) -> dict[str, list[str]]:
    """Steps by the row they belong to, in the order they are needed."""
    found: dict[str, list[str]] = {}
    for name in expanded.sheet.rows:
        if name in expanded.owner:
            found.setdefault(expanded.owner[name], []).append(name)
    return found

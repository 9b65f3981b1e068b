"""A workbook recalculated by IronCalc, cell by cell beside what a fresh run gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ringfence.run import reference
from ringfence.run.workbook import Brief, Layout, Page, Section, expand, lay_out, pages, values_of
from ringfence.run.workbook.front import BASE, SCENARIO_ROW
from ringfence.run.workbook.layout import INPUTS, TABLES, UNIT
from ringfence.sheet import Sheet

ironcalc = pytest.importorskip("ironcalc", reason="needs IronCalc, which make setup installs")
pytest.importorskip("xlsxwriter", reason="needs the workbook extra: pip install 'ringfence[workbook]'")

RELATIVE, DOLLARS, OTHER = 1e-9, 1e-4, 1e-12
MONEY = ("USD m", "USD", "USD m-year", "USD-year")
"""Units of amounts, and of amounts times the years they are out, as a page shows them."""


class Recalculated:
    """A written book in IronCalc: type into its inputs, recalculate, compare."""

    def __init__(self, layout: Layout, path: Path) -> None:
        self.layout = layout
        self.model = ironcalc.load_from_xlsx(str(path), "en", "UTC")
        self.sheets = {p["name"]: k for k, p in enumerate(self.model.get_worksheets_properties())}

    def type(self, name: str, value: Any) -> None:
        """Type into the input cells of a row: a number, a list by period, or (xs, ys) of a table."""
        out = self.layout
        if name in out.input_at:
            self._put(INPUTS, out.input_at[name], 3 if out.fixed(name) else BASE, value)
        elif name in out.tables:
            for k, (x, y) in enumerate(zip(*value, strict=True)):
                self._put(TABLES, out.tables[name][0] + k, 4, x)
                self._put(TABLES, out.tables[name][0] + k, 3 if out.fixed(name) else BASE, y)
        else:
            grid = out.grids[out.home[name]]
            for k, x in enumerate(np.broadcast_to(value, out.periods)):
                self._put(grid.tab, grid.at[name], out.first + k, x)

    def _put(self, tab: str, at: int, column: int, value: Any) -> None:
        self.model.update_cell_with_number(self.sheets[tab], at, column + 1, float(value))

    def switch(self, scenario: int) -> None:
        """Choose a scenario by number; 1 is the deal as agreed."""
        self._put(INPUTS, SCENARIO_ROW, 3, scenario)

    def evaluate(self) -> None:
        """Recalculate everything."""
        self.model.evaluate()

    def cell(self, tab: str, at: int, column: int) -> Any:
        """Value of a cell; column counted from 0."""
        return self.model.get_cell_value(self.sheets[tab], at, column + 1)

    def master(self) -> float:
        """Value of the master check, as the cover shows it."""
        return float(self.cell("Cover", 5, 2))

    def differences(self, values: dict[str, Any]) -> tuple[list[str], int]:
        """Formula cells that are not what the values say, and how many formula cells were compared."""
        return differing(self.layout, values, self.cell)


def differing(layout: Layout, values: dict[str, Any], read: Callable[[str, int, int], Any]) -> tuple[list[str], int]:
    """Formula cells that a program shows otherwise than the values say, and how many were compared.

    Parameters
    ----------
    layout, values
        The book, and the numbers it must show.
    read
        Page, Excel row, column from 0 -> what the program shows.
    """
    wrong: list[str] = []
    count = 0
    for tab, lines in pages(layout, values):
        for at, cells in lines:
            money = unit_of(cells) in MONEY
            for column, formula, wanted, _ in cells:
                if formula is None:
                    continue
                count += 1
                got = read(tab, at, column)
                if not same(got, wanted, money=money):
                    wrong.append(f"{tab}!{layout.columns[column]}{at}: {got!r} against {wanted!r}  {formula[:150]}")
    return wrong, count


def unit_of(cells: list[Any]) -> str:
    """Unit of a line of cells, as the page shows it; empty where it shows none."""
    return next((str(value) for column, _, value, _ in cells if column == UNIT), "")


def same(got: Any, wanted: Any, *, money: bool) -> bool:
    """Whether two cells agree: 1e-9 relative, or 1e-4 USD (for a year); 1e-12 of what is no money: a share, a rate."""
    if isinstance(wanted, str):
        return (got or "") == wanted
    if isinstance(wanted, date):
        wanted = float((wanted - date(1899, 12, 30)).days)
    if not isinstance(got, (int, float)):
        return False
    near = RELATIVE * max(abs(got), abs(wanted))
    return abs(got - wanted) <= max(near, DOLLARS if money else OTHER)


def plain_book(sheet: Sheet, inputs: dict[str, Any] | None = None) -> tuple[Layout, dict[str, Any]]:
    """Lay out any sheet on one page; return the layout and its numbers."""
    expanded = expand(sheet)
    rows = tuple(row.name for row in expanded.sheet if row.expr is not None and row.name not in expanded.owner)
    day = date(2024, 10, 1)
    brief = Brief(
        title=sheet.name,
        subtitle="",
        facts=(),
        labels=tuple(f"p{k}" for k in range(sheet.periods)),
        ends=tuple(day + timedelta(days=30 * k) for k in range(sheet.periods)),
        inputs=(),
        pages=(Page("Model", "Model", (Section("Rows", rows),)),),
        views=(),
        annual=(),
        charts=(),
        structural={},
        flows=frozenset(),
        key_figures=(Section("Figures", tuple(sheet.measures)),),
    )
    started = reference.run(sheet, inputs)
    starts = {start: started.measures[name].value for start, name in expanded.starts.items()}
    given = {**(inputs or {}), **{start: value for start, value in starts.items() if value is not None}}
    return lay_out(expanded, brief), values_of(expanded, reference.run(expanded.sheet, given))

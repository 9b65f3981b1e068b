"""A workbook recalculated by IronCalc, cell by cell beside what a fresh run gives."""

from __future__ import annotations

import re
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
from ringfence.run.workbook.style import MILLIONS, RESIDUAL
from ringfence.sheet import Sheet

ironcalc = pytest.importorskip("ironcalc", reason="needs IronCalc, which make setup installs")
pytest.importorskip("xlsxwriter", reason="needs the workbook extra: pip install 'ringfence[workbook]'")

RELATIVE, DOLLARS, OTHER, LAST_DIGITS, ROUNDING = 1e-9, 1e-4, 1e-12, 1e-12, 1e-15
REFERENCE = re.compile(r"\$?[A-Z]{1,3}\$?[0-9]+")


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
        page = list(lines)
        shown: dict[str, float] = {}
        units: dict[str, float] = {}
        for at, cells in page:
            for column, formula, wanted, look in cells:
                if formula is None:
                    continue
                count += 1
                got = read(tab, at, column)
                if same(got, wanted, dollars=look[1] in (MILLIONS, RESIDUAL)):
                    continue
                shown = shown or _numbers(layout, page)
                units = units or _units(page)
                if _last_digits(got, wanted, formula, shown, units.get(_unit(cells), 0.0)):
                    continue
                wrong.append(f"{tab}!{layout.columns[column]}{at}: {got!r} against {wanted!r}  {formula[:150]}")
    return wrong, count


def _numbers(layout: Layout, page: list[Any]) -> dict[str, float]:
    """Numbers of a page by cell."""
    return {
        f"{layout.columns[column]}{at}": abs(float(value))
        for at, cells in page
        for column, _, value, _ in cells
        if isinstance(value, (int, float))
    }


def _units(page: list[Any]) -> dict[str, float]:
    """Largest number of each unit on a page."""
    found: dict[str, float] = {}
    for _, cells in page:
        sizes = [abs(value) for _, _, value, _ in cells if isinstance(value, float)]
        found[_unit(cells)] = max([found.get(_unit(cells), 0.0), *sizes])
    return found


def _unit(cells: list[Any]) -> str:
    return next((str(value) for column, _, value, _ in cells if column == UNIT), "")


def _last_digits(got: Any, wanted: Any, formula: str, shown: dict[str, float], largest: float) -> bool:
    """Whether two numbers differ in last digits only: of what the formula reads, or of the largest of their unit.

    A difference holds no more digits than what it is taken of: 13,400 GPUs less 13,400 may leave 4e-12, on to the rows
    that read it.
    """
    if not isinstance(got, float) or not isinstance(wanted, float):
        return False
    read = max((shown.get(cell.replace("$", ""), 0.0) for cell in REFERENCE.findall(formula)), default=0.0)
    return abs(got - wanted) <= max(LAST_DIGITS * read, ROUNDING * largest)


def same(got: Any, wanted: Any, *, dollars: bool) -> bool:
    """Whether two cells agree: 1e-9 relative, or 1e-4 USD."""
    if isinstance(wanted, str):
        return (got or "") == wanted
    if isinstance(wanted, date):
        wanted = float((wanted - date(1899, 12, 30)).days)
    if not isinstance(got, (int, float)):
        return False
    near = RELATIVE * max(abs(got), abs(wanted))
    return abs(got - wanted) <= max(near, DOLLARS if dollars else OTHER)


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

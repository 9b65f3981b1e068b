"""A result as a live workbook.

    book = make_book(result)
    book.write("deal.xlsx")

``workbook_places.py`` says which row goes where, ``workbook_views.py`` what the statements and charts show,
``workbook_scenarios.py`` which scenarios a book holds, ``workbook_accounting.py`` what the accounts add.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook.accounting import accounted_if_it_can_be, accounting_page
from ringfence.desk.workbook.places import Placing
from ringfence.desk.workbook.ranges import ranges_of
from ringfence.desk.workbook.scenarios import figures_of, scenarios_of
from ringfence.desk.workbook.views import annual_of, charts_of, statements_of
from ringfence.errors import MissingExtraError, RunError

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.run.workbook import Brief, Expanded, Layout

CALENDAR = "the period grid: another close, end or period is another book"
MEANING = "part of what the operators mean"
STRUCTURAL = (
    (re.compile(r"timeline\.until\Z"), CALENDAR),
    (re.compile(r"\.size\.code\d+\Z|\.code\.[a-z]+\Z"), "the number that names a limit or a cause; it is no amount"),
    (re.compile(r"\.distributable\.\d+\.holders\Z"), "the number of parties that share a distribution"),
    (re.compile(r"\.dsra\.part\Z"), "the length of a reserve's window, past whole instalments"),
    (re.compile(r"deal\.(one_dollar|full_value)\Z"), "a unit of account: what counts as nothing, and as the whole"),
)
"""Scalar inputs that are no terms of a deal, each with the reason why the book locks them."""


@dataclass(frozen=True)
class Book:
    """A workbook ready to be written, and to be computed again with other inputs.

    Attributes
    ----------
    result
        What it shows.
    expanded
        Its sheet, fit for cells.
    layout
        Where everything stands.
    inputs
        Values of its input cells that differ from the sheet's own: signed terms, starts of searches.
    values
        Numbers of every row.
    """

    result: Result
    expanded: Expanded
    layout: Layout
    inputs: Mapping[str, Any]
    values: Mapping[str, Any]

    def write(self, path: str | PathLike[str]) -> None:
        """Write the file.

        Parameters
        ----------
        path
            ``.xlsx``.

        Raises
        ------
        MissingExtraError
            If XlsxWriter is not installed.
        RunError
            If the file cannot be written.
        """
        from ringfence.run.workbook import write_workbook

        try:
            write_workbook(path, self.layout, self.values)
        except ModuleNotFoundError as error:
            if error.name != "xlsxwriter":
                raise
            text = "a workbook needs XlsxWriter: pip install 'ringfence[workbook]'"
            raise MissingExtraError(text) from None
        except OSError as error:
            raise RunError(f"cannot write {path}: {error.strerror or error}") from None

    def recomputed(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Numbers of every row with other inputs, as the book must show them after recalculation.

        Parameters
        ----------
        inputs
            Input -> value, in base units.
        """
        from ringfence.run import reference
        from ringfence.run.workbook import values_of

        return values_of(self.expanded, reference.run(self.expanded.sheet, {**self.inputs, **inputs}))


def make_book(result: Result, path: str | PathLike[str] | None = None, *, accounting: bool | None = None) -> Book:
    """Lay a result out as a workbook.

    Parameters
    ----------
    result
        A run deal.
    path
        Its deal file, to be kept inside the book so that edits can return to it.
    accounting
        Whether the book shows the accounts of lease and sponsor; left out: where the deal states accounting terms.

    Raises
    ------
    RingfenceError
        If accounts are asked for and cannot be made; the refusal names the fact that is missing.
    """
    from ringfence.desk.report.identity import run_id
    from ringfence.run import reference
    from ringfence.run.workbook import Test, expand, lay_out, values_of

    known = run_id(result)
    result, unaccounted = accounted_if_it_can_be(result, accounting)
    books = result.model.books
    expanded = expand(
        result.model.sheet,
        checks=[Test(name, label, row.name) for name, label, row in books.checks],
        alerts=[Test(name, label, row.name) for name, label, row in books.alerts],
        scale="deal.uses.total",
    )
    inputs = {**_signed(result), **_starts(result, expanded)}
    run = reference.run(expanded.sheet, inputs)
    layout = lay_out(expanded, brief_of(result, expanded, sources_of(path), known, unaccounted))
    return Book(result, expanded, layout, inputs, values_of(expanded, run))


def _signed(result: Result) -> dict[str, Any]:
    """What the run held, and what it sized in the cells that hold the signed figures."""
    held = {name: result.run[row] for name, row in result.model.books.signed.items()}
    return {**held, **dict(result.run.inputs)}


def _starts(result: Result, expanded: Expanded) -> dict[str, float]:
    found = {start: result.measures[measure].value for start, measure in expanded.starts.items()}
    return {start: value for start, value in found.items() if value is not None}


def sources_of(path: str | PathLike[str] | None) -> dict[str, bytes]:
    """The deal file and those it extends, by the path from the deal's folder; the deal first.

    Parameters
    ----------
    path
        The deal file, or None.
    """
    from ringfence.terms.files import read_mapping

    found: dict[str, bytes] = {}
    opened = None if path is None else Path(path).resolve()
    here = opened
    while here is not None and opened is not None and len(found) < 9:
        content = here.read_bytes()
        found[os.path.relpath(here, opened.parent)] = content
        base = read_mapping(content, here.name).value.get("extends")
        here = None if base is None or base.value is None else (here.parent / str(base.value)).resolve()
    return found


def brief_of(result: Result, expanded: Expanded, source: Mapping[str, bytes], run: str, unaccounted: str = "") -> Brief:
    """Say in plain words and lists what the writer needs to know.

    Parameters
    ----------
    result
        A run deal.
    expanded
        Its sheet, fit for cells.
    source
        The deal file and those it extends.
    run
        Fingerprint of the run.
    unaccounted
        Why the accounts the deal asks for are not in the book; empty where they are.
    """
    from ringfence.run.workbook import Brief, Section

    deal, model = result.deal, result.model
    placed, structural = Placing(result, expanded), _structural(result)
    return Brief(
        title=deal.title or deal.deal,
        subtitle=_subtitle(result),
        facts=_facts(result, run),
        labels=result.labels,
        ends=tuple(max(period.start, period.end - timedelta(days=1)) for period in model.timeline.periods),
        inputs=tuple(placed.inputs()),
        pages=tuple(placed.pages()),
        views=(*statements_of(result), *accounting_page(result)),
        annual=annual_of(result),
        charts=charts_of(result),
        structural=structural,
        flows=_flows(result),
        key_figures=tuple(Section(title, rows) for title, rows in placed.figures()),
        scenarios=scenarios_of(result, structural, longer=bool(placed.accounting)),
        figures=figures_of(result),
        notes=_notes(result, unaccounted),
        vintages=_vintages(result),
        source=source,
        ranges=ranges_of(deal, (x for x in _scalars(result) if x not in structural), result.run.values),
    )


def _subtitle(result: Result) -> str:
    name = f", scenario {result.scenario}" if result.scenario else ""
    return f"{result.deal.deal}{name}, {len(result.labels)} periods to {result.labels[-1]}"


def _facts(result: Result, run: str) -> tuple[tuple[str, str], ...]:
    from importlib.metadata import version

    from ringfence.desk.export import engine

    made, timeline = engine(), result.deal.timeline
    terms = "held as signed" if result.signed else "sized on the terms of this book"
    return (
        ("Deal", result.deal.deal),
        ("Run", f"{run}, the fingerprint of its rows and of every input it ran on"),
        ("Written by", f"{made['name']} {made['version']}, NumPy {version('numpy')}"),
        ("Close and end", f"{timeline.close} to {result.model.timeline.periods[-1].end}"),
        ("Debt", terms),
        ("Rows", f"{len(result.model.sheet)} rows, {len(result.measures)} figures, {len(result.labels)} periods"),
    )


def _structural(result: Result) -> dict[str, str]:
    found = {}
    for row in result.model.sheet:
        if row.name.startswith("period."):
            found[row.name] = MEANING if row.kind == "scalar" else CALENDAR
        elif row.kind == "scalar":
            found.update((row.name, why) for pattern, why in STRUCTURAL if pattern.search(row.name))
    return {name: why for name, why in found.items() if result.model.sheet[name].is_input}


def _scalars(result: Result) -> list[str]:
    return [row.name for row in result.model.sheet if row.kind == "scalar"]


def _flows(result: Result) -> frozenset[str]:
    books, sheet = result.model.books, result.model.sheet
    found = {flow.row.name for flow in books.flows}
    for account in sheet.corkscrews.values():
        found.update(row.name for row in (*account.additions, *account.reductions))
    for silo in books.silos.values():
        lines = (*silo.uses, *silo.sources, *silo.revenue, *silo.expense)
        found.update(line.row.name for line in lines)
        found.update(row.name for stream in (*silo.incomes, *silo.costs) for row in (stream.cash, stream.earned))
        found.update(f"{silo.key}.{item}" for item in TOTALLED)
        found.update(name for name in sheet.rows if name.startswith(f"{silo.key}.waterfall.") and name.count(".") == 2)
    for x in result.deal.of_type("loan"):
        found.update(f"{x}.{item}" for item in ("interest.paid", "repayment", "debt_service", "cfads", "drawdown"))
    return frozenset(name for name in found if name in sheet)


TOTALLED = (
    *("receipts", "earned", "running", "incurred", "revenue", "costs", "ebitda", "depreciation", "interest_expense"),
    *("amortisation", "net_income", "tax.expense", "capex", "uses.total", "cfads.received", "cfads.earned"),
)


def _vintages(result: Result) -> dict[str, str]:
    """Whose figures a curve of the deal holds, and of when, by the table they stand in."""
    from ringfence.desk.workbook.tables import table_path

    tables = {table_path(result.deal, row): row.name for row in result.model.sheet if row.kind == "table"}
    told = ((tables.get(f"curves.{x}.points"), curve) for x, curve in result.deal.curves.items())
    return {name: f"{curve.source} {curve.vintage or ''}".strip() for name, curve in told if name is not None}


def _notes(result: Result, unaccounted: str) -> tuple[tuple[str, str], ...]:
    facts = [(name, f"{curve.source} {curve.vintage or ''}".strip()) for name, curve in result.deal.curves.items()]
    findings = [(f.level, f.message) for f in result.findings]
    missing = [("accounting", f"not in this book: {unaccounted}")] if unaccounted else []
    return (*facts, *findings, *missing)

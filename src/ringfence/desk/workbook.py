"""A result as a live workbook: which row goes on which page, and what stands around the rows.

    book = make_book(result)
    book.write("deal.xlsx")

Every vehicle has a page with a section per asset and contract; what belongs to no vehicle is on the pages Deal, Market
and Sponsor. The rules that place a row read the books: who owns an asset, who is party to a contract.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook_views import annual_of, charts_of, statements_of
from ringfence.errors import MissingExtraError

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.run.workbook import Brief, Expanded, Layout, Scenario

DEAL, MARKET, SPONSOR, RETURNS = "Deal", "Market", "Sponsor", "Returns"
TABS = (
    *(DEAL, MARKET, SPONSOR, RETURNS, "Cover", "Checks", "Key figures", "Annual", "Inputs", "Tables", "Timeline"),
    *("Series", "Statements", "Accounts", "Ratios", "Notes", "Source", "Other", "Measures", "Tests"),
)
HOLDERS = ("borrower", "lessor", "seller", "vehicle", "applicant", "provider", "manager", "buyer", "lessee")
"""Fields of a contract whose party keeps its rows, first match first."""
CALENDAR = "the period grid: another close, end or period is another book"
MEANING = "part of what the operators mean"


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
        """
        from ringfence.run.workbook import write_workbook

        try:
            write_workbook(path, self.layout, self.values)
        except ModuleNotFoundError as error:
            if error.name != "xlsxwriter":
                raise
            text = "a workbook needs XlsxWriter: pip install 'ringfence[workbook]'"
            raise MissingExtraError(text) from None

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


def make_book(result: Result, path: str | PathLike[str] | None = None) -> Book:
    """Lay a result out as a workbook.

    Parameters
    ----------
    result
        A run deal.
    path
        Its deal file, to be kept inside the book so that edits can return to it.
    """
    from ringfence.run import reference
    from ringfence.run.workbook import Test, expand, lay_out, values_of

    books = result.model.books
    expanded = expand(
        result.model.sheet,
        checks=[Test(name, label, row.name) for name, label, row in books.checks],
        alerts=[Test(name, label, row.name) for name, label, row in books.alerts],
        scale="deal.uses.total",
    )
    inputs = {**_signed(result), **_starts(result, expanded)}
    run = reference.run(expanded.sheet, inputs)
    layout = lay_out(expanded, brief_of(result, expanded, sources_of(path)))
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


def brief_of(result: Result, expanded: Expanded, source: Mapping[str, bytes]) -> Brief:
    """Say in plain words and lists what the writer needs to know.

    Parameters
    ----------
    result
        A run deal.
    expanded
        Its sheet, fit for cells.
    source
        The deal file and those it extends.
    """
    from ringfence.run.workbook import Brief, Section

    deal, model = result.deal, result.model
    placed = _Placing(result, expanded)
    scenarios = tuple(_scenarios(result))
    return Brief(
        title=deal.title or deal.deal,
        subtitle=_subtitle(result),
        facts=_facts(result),
        labels=result.labels,
        ends=tuple(max(period.start, period.end - timedelta(days=1)) for period in model.timeline.periods),
        inputs=tuple(placed.inputs()),
        pages=tuple(placed.pages()),
        views=statements_of(result),
        annual=annual_of(result),
        charts=charts_of(result),
        structural=_structural(result),
        flows=_flows(result),
        key_figures=tuple(Section(title, rows) for title, rows in placed.figures()),
        scenarios=scenarios,
        notes=_notes(result),
        source=source,
    )


def _subtitle(result: Result) -> str:
    name = f", scenario {result.scenario}" if result.scenario else ""
    return f"{result.deal.deal}{name}, {len(result.labels)} periods to {result.labels[-1]}"


def _facts(result: Result) -> tuple[tuple[str, str], ...]:
    from ringfence.desk.export import engine
    from ringfence.run.reference import structure

    made = engine()
    terms = "held as signed" if result.signed else "sized on the terms of this book"
    return (
        ("Deal", result.deal.deal),
        ("Run", structure(result.model.sheet)[:12]),
        ("Written by", f"{made['name']} {made['version']}"),
        ("Debt", terms),
        ("Rows", f"{len(result.model.sheet)} rows, {len(result.measures)} figures, {len(result.labels)} periods"),
    )


def _structural(result: Result) -> dict[str, str]:
    found = {}
    for row in result.model.sheet:
        if row.name.startswith("period."):
            found[row.name] = MEANING if row.kind == "scalar" else CALENDAR
    return {name: why for name, why in found.items() if result.model.sheet[name].is_input}


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


def _notes(result: Result) -> tuple[tuple[str, str], ...]:
    facts = [(name, f"{curve.source} {curve.vintage or ''}".strip()) for name, curve in result.deal.curves.items()]
    findings = [(f.level, f.message) for f in result.findings]
    return (*facts, *findings)


def _scenarios(result: Result) -> Iterator[Scenario]:
    """Scenarios whose rows are the rows of this book; of the others, why they need one of their own."""
    from ringfence.blocks.build import build
    from ringfence.errors import RingfenceError
    from ringfence.run.reference import structure
    from ringfence.run.workbook import Scenario
    from ringfence.terms.read import under

    deal = result.deal
    if result.scenario or not deal.scenarios:
        return
    mine = structure(result.model.sheet)
    for name, words in deal.scenarios.items():
        try:
            other = build(under(deal, name)).sheet
        except RingfenceError as error:
            yield Scenario(name, words or name, refused=str(error).splitlines()[0])
            continue
        if structure(other) != mine:
            yield Scenario(name, words or name, refused="it changes rows, not only inputs; write a book of it")
            continue
        changed = {
            row.name: row.value for row in other if row.is_input and row.value != result.model.sheet[row.name].value
        }
        odd = [n for n, value in changed.items() if not _fits(result, n, value)]
        if odd:
            yield Scenario(name, words or name, refused=f"it changes {odd[0]} over time")
        else:
            yield Scenario(name, words or name, changed)


def _fits(result: Result, name: str, value: Any) -> bool:
    row = result.model.sheet[name]
    if row.kind == "series" or name.startswith("period."):
        return False
    return row.kind == "scalar" or bool(row.value[0] == value[0])


class _Placing:
    """Which page and section a row belongs to."""

    def __init__(self, result: Result, expanded: Expanded) -> None:
        self.result = result
        self.expanded = expanded
        self.vehicles = list(dict.fromkeys(silo.vehicle for silo in result.model.books.silos.values()))
        self.holder = dict(self._holders())

    def _holders(self) -> Iterator[tuple[str, str]]:
        deal = self.result.deal
        for x, asset in deal.assets.items():
            yield x, asset.owner
        for x, contract in deal.contracts.items():
            parties = [getattr(contract, field, None) for field in HOLDERS]
            yield x, next((p for p in parties if p in self.vehicles), SPONSOR)

    def page(self, name: str) -> tuple[str, str]:
        """Tab and section of a row."""
        kind, _, rest = name.rpartition(":")
        test = next((t for t in (*self.expanded.checks, *self.expanded.alerts) if rest.startswith(f"{t.name}.")), None)
        if kind in ("check", "alert"):
            tab = self.page(test.row)[0] if test is not None else DEAL
            return tab, "Checks and alerts"
        if kind == "measure" and self._is_return(rest):
            return RETURNS, rest
        parts = rest.split(".")
        section = parts[0]
        vehicle = self.holder.get(section, section)
        if section in self.vehicles and ".".join(parts[:2]) in self.result.model.books.silos:
            section = ".".join(parts[:2])
        if kind == "measure":
            section = f"{section}: figures"
        elif kind:
            section = f"{section}, case {kind}"
        if vehicle in self.vehicles:
            return vehicle, section
        if parts[0] in ("deal", "uses", "returns", "timeline"):
            return DEAL, section
        return (MARKET if parts[0] == "curve" else SPONSOR), section

    def _is_return(self, measure: str) -> bool:
        return self.result.model.sheet.measures[measure].expr.op in ("irr", "npv")

    def pages(self) -> Iterator[Any]:
        from ringfence.run.workbook import Page, Section

        found: dict[str, dict[str, list[str]]] = {}
        for row in self.expanded.sheet:
            if row.expr is not None and row.name not in self.expanded.owner:
                tab, section = self.page(row.name)
                found.setdefault(tab, {}).setdefault(section, []).append(row.name)
        order = [MARKET, *self.vehicles, SPONSOR, DEAL, RETURNS]
        for tab in (t for t in order if t in found):
            sections = found[tab].items()
            last = [item for item in sections if item[0] == "Checks and alerts"]
            shown = [
                Section(self.words(title), tuple(rows))
                for title, rows in [*(s for s in sections if s not in last), *last]
            ]
            yield Page(self.tab(tab), self.title(tab), tuple(shown))

    def tab(self, name: str) -> str:
        """Name on a tab: at most 31 characters, and unlike any other."""
        taken = {t.lower() for t in TABS} if name in self.vehicles else set()
        short = name if len(name) <= 31 else f"{name[:27]} {self.vehicles.index(name) + 1}"
        return f"{short[:21]} (vehicle)" if short.lower() in taken else short

    def title(self, tab: str) -> str:
        """Title of a page."""
        party = self.result.deal.parties.get(tab)
        if party is None:
            return {
                RETURNS: "Returns: the search for each rate",
                MARKET: "Market curves",
                DEAL: "The deal as a whole",
            }.get(tab, "Sponsor and others")
        return f"{party.name or tab}, {party.form}" if party.form else party.name or tab

    def words(self, section: str) -> str:
        """Title of a section: the id, and what it is."""
        key = section.split(",")[0].split(":")[0]
        deal = self.result.deal
        thing = deal.assets.get(key) or deal.contracts.get(key)
        kind = thing.type.replace("_", " ") if thing is not None else ""
        return f"{section} ({kind})" if kind else section

    def inputs(self) -> Iterator[Any]:
        from ringfence.run.workbook import Section

        found: dict[str, list[str]] = {"Switches": ["deal.signed"]}
        for row in self.expanded.sheet:
            if row.kind == "scalar" and ":" not in row.name and not row.name.startswith("period."):
                if row.name == "deal.signed":
                    continue
                signed = row.name in self.result.model.books.signed
                tab, section = self.page(row.name)
                title = "Signed figures, read while deal.signed is 1" if signed else f"{tab}: {self.words(section)}"
                found.setdefault(title, []).append(row.name)
        return (Section(title, tuple(rows)) for title, rows in found.items())

    def figures(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Measures by contract or vehicle, returns first."""
        groups: dict[str, list[str]] = {}
        for name in self.result.measures:
            groups.setdefault(name.split(".")[0], []).append(name)
        first = sorted(groups, key=lambda g: (not any(n.endswith(".irr") for n in groups[g]), g != "deal"))
        for group in sorted(first, key=lambda g: g != "deal"):
            yield self.words(group), tuple(groups[group])

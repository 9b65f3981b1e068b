"""The accounts inside a book: the lease on both sides and the sponsor's columns, as live formulas like every other row.

    longer = accounted(result)      the same run on the deal's sheet with the accounting rows in it
    place_of(name)                  page and section of one of those rows, or None
    accounting_page(result)         the page that shows the lines a reader asks for, by framework

What stands above the rows stands above the book: whether the contract is a lease, its classification, the lessee's
discount rate and the rate implicit in it are decided once and come in as inputs, each with its label. A changed rent
moves every schedule in the book; it does not classify the lease anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook.decided import decided_on
from ringfence.errors import RingfenceError

if TYPE_CHECKING:
    from ringfence.desk.session import Result
    from ringfence.run.workbook import AnnualLine, Chart, Page

LEASES, VIEW = "Lease books", "Accounting"
SPONSORS = {"ifrs": "Sponsor IFRS", "us": "Sponsor US GAAP"}
STANDARDS = {"ifrs": "IFRS 16", "us": "ASC 842"}
COLUMNS = {
    "as_is": "before the deal",
    "buy": "borrow and buy",
    "consolidated": "vehicle consolidated",
    "lease": "lease, vehicle not consolidated",
    "service": "no lease: rent expensed",
    "failed_sale": "failed sale and leaseback",
    "vehicle": "the vehicle, as accounts see it",
    "sale": "a sale to the vehicle",
}
INPUTS = "Accounting: decided above the book"
_LEASE = re.compile(r"(?P<lease>.+?)\.(?P<side>lessee_ifrs|lessee_us|lessor)\.(?P<rest>.+)")
_BATCH = re.compile(r"batch_\d+(?:\.step_\d+)?(?:\.|\Z)")
_SPONSOR = re.compile(r"sponsor\.(?:(?P<how>dated|guaranteed)_)?(?P<tag>ifrs|us)\.(?P<column>[^.]+)(?P<rest>.*)")
SIDES = {"lessee_ifrs": "lessee, IFRS 16", "lessee_us": "lessee, ASC 842", "lessor": "lessor"}


def wanted(result: Result, asked: bool | None) -> bool:
    """Whether a book shows accounts: when asked, or when the deal states accounting terms.

    Parameters
    ----------
    result
        A run deal.
    asked
        True or False; None leaves it to the deal.
    """
    return result.deal.accounting is not None if asked is None else asked


def accounted(result: Result) -> Result:
    """Return the run on the deal's sheet with the books of its lease and of its sponsor appended.

    Parameters
    ----------
    result
        A run deal with a lease.

    Raises
    ------
    RingfenceError
        If the deal has no lease, or lacks a fact its accounts need; the refusal names it.
    """
    from ringfence.accounting.lease_report import lease_report, lease_rows
    from ringfence.accounting.sponsor_plan import sponsor_plan
    from ringfence.blocks.build import build
    from ringfence.blocks.sponsor_columns import sponsor_columns
    from ringfence.run import reference

    report = lease_report(result)
    extra = [lease_rows(report), sponsor_columns(sponsor_plan(result.deal, report, None))]
    held: dict[str, Any] = dict(result.run.inputs)
    first = reference.run(build(result.deal, extra=extra).sheet, held)
    model = build(result.deal, extra=[*extra, decided_on(report, first)])
    return replace(result, model=model, run=reference.run(model.sheet, held))


def accounted_if_it_can_be(result: Result, asked: bool | None) -> tuple[Result, str]:
    """Return the longer run where it is wanted, and why it could not be made where only the deal's terms want it.

    Parameters
    ----------
    result, asked
        As for :func:`wanted`.

    Raises
    ------
    RingfenceError
        If accounts were asked for and cannot be made.
    """
    if not wanted(result, asked):
        return result, ""
    try:
        return accounted(result), ""
    except RingfenceError as error:
        if asked:
            raise
        return result, str(error).splitlines()[0]


def rows_of(result: Result) -> frozenset[str]:
    """Names of the accounting rows of a longer run; none where it has none.

    Parameters
    ----------
    result
        From :func:`accounted`, or any run.
    """
    from ringfence.blocks.build import build

    sheet = result.model.sheet
    if not any(_LEASE.match(name) for name in sheet.rows):
        return frozenset()
    return frozenset(sheet.rows) - frozenset(build(result.deal).sheet.rows)


def place_of(name: str) -> tuple[str, str]:
    """Return page and section of an accounting row.

    Parameters
    ----------
    name
        One of :func:`rows_of`.
    """
    lease, sponsor = _LEASE.match(name), _SPONSOR.match(name)
    if name.startswith("accounts."):
        return LEASES, "the terms the accounts were decided on"
    if lease is not None:
        batch = _BATCH.match(lease["rest"])
        return LEASES, f"{lease['lease']}: {SIDES[lease['side']]}{_named(batch)}"
    if sponsor is None:
        return LEASES, "what both frameworks read"
    tab, column = SPONSORS[sponsor["tag"]], sponsor["column"]
    if sponsor["how"] is not None:
        words = "rent on its date inside a period" if sponsor["how"] == "dated" else "guarantee in the liability"
        return tab, f"{words}, {column}"
    rest = sponsor["rest"].removeprefix(".")
    section = COLUMNS.get(column, column)
    return tab, f"{section}{_named(_BATCH.match(rest))}"


def _named(batch: re.Match[str] | None) -> str:
    return "" if batch is None else f", {batch.group().rstrip('.')}"


def accounting_page(result: Result) -> tuple[Page, ...]:
    """Return the page of the lines a reader asks for; none where the run has no accounting rows.

    Parameters
    ----------
    result
        From :func:`accounted`, or any run.
    """
    from ringfence.run.workbook import Page, Section

    sections = [Section(title, rows) for title, rows in _lines(result) if rows]
    return (Page(VIEW, "The lease in both books, and the sponsor by structure", tuple(sections)),) if sections else ()


def _lines(result: Result) -> Iterator[tuple[str, tuple[str, ...]]]:
    sheet = result.model.sheet
    for lease in result.deal.of_type("lease"):
        for side, words in SIDES.items():
            items = ("liability", "rou", "interest", "amortisation", "cost", "balance", "income")
            names = (f"{lease}.{side}.{item}" for item in items)
            yield f"{lease}: {words}", tuple(name for name in names if name in sheet)
    for tag, standard in STANDARDS.items():
        for column, words in COLUMNS.items():
            names = (f"sponsor.{tag}.{column}.{item}" for item in ("assets", "debt", "equity", "ebitda", "net_income"))
            yield f"sponsor, {standard}: {words}", tuple(name for name in names if name in sheet)


def annual_lines(result: Result) -> tuple[tuple[str, tuple[AnnualLine, ...]], ...]:
    """Return the accounting lines of the annual page.

    Parameters
    ----------
    result
        From :func:`accounted`, or any run.
    """
    from ringfence.run.workbook import AnnualLine

    sheet = result.model.sheet
    found: list[tuple[str, tuple[AnnualLine, ...]]] = []
    for tag, standard in STANDARDS.items():
        lines = [
            AnnualLine(f"{lease} liability of the lessee, {standard}", f"{lease}.lessee_{tag}.liability", "end")
            for lease in result.deal.of_type("lease")
        ]
        for column, words in COLUMNS.items():
            lines.append(AnnualLine(f"sponsor's debt, {standard}: {words}", f"sponsor.{tag}.{column}.debt", "end"))
            lines.append(AnnualLine(f"net income, {standard}: {words}", f"sponsor.{tag}.{column}.net_income"))
        shown = tuple(line for line in lines if line.row in sheet and not _one_cell(result, line.row))
        if shown:
            found.append((f"Accounting, {standard}", shown))
    return tuple(found)


def _one_cell(result: Result, name: str) -> bool:
    from ringfence.sheet.plan import plan

    return plan(result.model.sheet).is_scalar(result.model.sheet[name])


def accounting_charts(lines: Any) -> tuple[Chart, ...]:
    """Return the charts over the accounting lines: the sponsor's debt by structure.

    Parameters
    ----------
    lines
        From :func:`annual_lines`.
    """
    from ringfence.run.workbook import Chart

    found = []
    for title, shown in lines:
        debt = tuple(line.label for line in shown if line.label.startswith("sponsor's debt"))
        if debt:
            standard = title.rpartition(", ")[2]
            found.append(Chart(f"Sponsor's debt at year end by structure, {standard}", debt))
    return tuple(found)

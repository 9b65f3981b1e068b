"""The pages of a workbook that show rows rather than compute them: statements, annual lines, charts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringfence.desk.workbook.accounting import accounting_charts, annual_lines
from ringfence.sheet.plan import plan

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo
    from ringfence.desk.session import Result
    from ringfence.run.workbook import AnnualLine, Chart, Page
    from ringfence.sheet import Corkscrew

INCOME = ("revenue", "costs", "ebitda", "depreciation", "amortisation", "interest_expense", "cost_of_sales")
AFTER = ("tax.expense", "net_income")
RATIOS = ("dscr", "dscr.forward", "llcr", "plcr", "lock_up", "breach", "default")


def statements_of(result: Result) -> tuple[Page, ...]:
    """Statements of every business and ratios of every loan.

    Parameters
    ----------
    result
        A run deal.
    """
    from ringfence.run.workbook import Page, Section

    sheet = result.model.sheet
    sections = []
    for silo in result.model.books.silos.values():
        for title, rows in _statements(silo, result):
            known = tuple(dict.fromkeys(name for name in rows if name in sheet))
            if known:
                sections.append(Section(f"{silo.key}: {title}", known))
    ratios = []
    for x in result.deal.of_type("loan"):
        names = [f"{x}.{item}" for item in RATIOS] + [n for n in sheet.rows if n.startswith(f"{x}.ltv.")]
        shown = tuple(n for n in names if n in sheet and not n.endswith((".over", ".applies")))
        before = tuple(n for n in (f"{x}.cfads", f"{x}.debt_service", f"{x}.closing") if n in sheet)
        ratios.append(Section(x, (*before, *shown)))
    accounts = tuple(Section(name, _account(account)) for name, account in sheet.corkscrews.items())
    found = [
        Page("Statements", "Sources and uses, income, cash, balance sheet", tuple(sections)),
        Page("Accounts", "Every account: opening, movements, closing", accounts),
        Page("Ratios", "Cover ratios and tests of every loan", tuple(ratios)),
    ]
    return tuple(page for page in found if page.sections)


def _account(account: Corkscrew) -> tuple[str, ...]:
    rows = (account.opening, *account.additions, *account.reductions, account.closing)
    return tuple(dict.fromkeys(row.name for row in rows))


def _statements(silo: Silo, result: Result) -> Iterator[tuple[str, list[str]]]:
    key = silo.key
    yield "sources and uses", [line.row.name for line in (*silo.sources, *silo.uses)]
    lines = [line.row.name for line in silo.revenue], [line.row.name for line in silo.expense]
    totals = [f"{key}.{item}" for item in INCOME]
    income = [*lines[0], totals[0], *lines[1], *totals[1:], *(f"{key}.{item}" for item in AFTER)]
    yield "income", income
    steps = [
        n for n in result.model.sheet.rows if n.startswith(f"{key}.waterfall.") and n.rsplit(".", 1)[-1][:2].isdigit()
    ]
    yield "cash, step by step", [f"{key}.cash.opening", f"{key}.cash.available", *steps, f"{key}.cash.closing"]
    assets, owed = ([line.row.name for line in side] for side in (silo.balance_assets, silo.balance_liabilities))
    equity = [f"{key}.{item}" for item in ("paid_in", "retained", "equity", "balance_difference")]
    yield "balance sheet", [*assets, f"{key}.assets", *owed, f"{key}.liabilities", *equity]


def annual_of(result: Result) -> tuple[tuple[str, tuple[AnnualLine, ...]], ...]:
    """Lines of the annual page, by business and loan.

    Parameters
    ----------
    result
        A run deal.
    """
    from ringfence.run.workbook import AnnualLine

    sheet = result.model.sheet
    planned = plan(sheet)
    lined = {row.name for row in sheet if not planned.is_scalar(row)}
    found = []
    for silo in result.model.books.silos.values():
        items = (
            ("revenue", "revenue"),
            ("EBITDA", "ebitda"),
            ("CFADS, earned", "cfads.earned"),
            ("net income", "net_income"),
        )
        flows = [AnnualLine(f"{silo.key} {words}", f"{silo.key}.{item}") for words, item in items]
        stocks = [AnnualLine(f"{silo.key} cash at year end", f"{silo.key}.cash.closing", "end")]
        lines = tuple(line for line in (*flows, *stocks) if line.row in lined)
        if lines:
            found.append((silo.key, lines))
    for x in result.deal.of_type("loan"):
        lines = (
            AnnualLine(f"{x} CFADS", f"{x}.cfads"),
            AnnualLine(f"{x} debt service", f"{x}.debt_service"),
            AnnualLine(f"{x} drawdown", f"{x}.drawdown"),
            AnnualLine(f"{x} balance at year end", f"{x}.closing", "end"),
            AnnualLine(f"{x} lowest DSCR", f"{x}.dscr", "smallest", f"{x}.dscr.applies"),
        )
        known = tuple(line for line in lines if line.row in lined)
        if known:
            found.append((x, known))
    return (*found, *annual_lines(result))


def charts_of(result: Result) -> tuple[Chart, ...]:
    """Charts over the annual lines.

    Parameters
    ----------
    result
        A run deal.
    """
    from ringfence.run.workbook import Chart

    labels = {line.label for _, lines in annual_of(result) for line in lines}
    silos = [silo.key for silo in result.model.books.silos.values()]
    loans = list(result.deal.of_type("loan"))

    def known(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in labels)

    found = [
        Chart("Revenue by business", known(*(f"{k} revenue" for k in silos)), kind="stacked"),
        Chart("Debt outstanding at year end", known(*(f"{x} balance at year end" for x in loans)), kind="stacked"),
    ]
    for x in loans:
        columns = known(f"{x} CFADS", f"{x} debt service")
        found.append(Chart(f"{x}: cash against debt service", columns, known(f"{x} lowest DSCR"), second=True))
    found += accounting_charts(annual_lines(result))
    return tuple(chart for chart in found if chart.columns)

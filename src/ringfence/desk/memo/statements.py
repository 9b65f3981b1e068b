"""Income statement, cash flow and balance sheet of every business, by calendar year of the deal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.memo.funding import use_words
from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo

YEARS = 8
Fold = Callable[[list[float]], dict[str, float]]


@dataclass(frozen=True)
class StatementLine:
    """One line of an annual statement: label, amounts by calendar year [USD], whether it is a total."""

    label: str
    amounts: dict[str, float]
    total: bool = False


def statement_tables(view: View) -> list[Table]:
    """Return the three statements of every business, a few years to a table."""
    tables: list[Table] = []
    for silo in view.silos:
        for key, title, lines in statements(view, silo):
            tables += _split(view, f"statements:{silo.key}.{key}", f"{silo.key}: {title}, USD m", lines)
    return tables


def statements(view: View, silo: Silo) -> list[tuple[str, str, list[StatementLine]]]:
    """Return (key, title, lines) of the income statement, the cash flow and the balance sheet of a business.

    Parameters
    ----------
    view, silo
        The result and the business.
    """
    return [
        ("income", "income statement", _income(view, silo)),
        ("cash", "cash flow", _cash(view, silo)),
        ("balance", "balance sheet at the end of the year", _balance(view, silo)),
    ]


def _split(view: View, key: str, title: str, lines: list[StatementLine]) -> list[Table]:
    years = _active(view, lines)
    blocks = [years[k : k + YEARS] for k in range(0, len(years), YEARS)]
    return [_table(key, title, block, lines) for block in blocks]


def _active(view: View, lines: list[StatementLine]) -> list[str]:
    """Calendar years up to the last with an amount."""
    years = view.calendar()
    used = [k for k, year in enumerate(years) if any(abs(line.amounts[year]) > 0.5 for line in lines)]
    return years[: used[-1] + 1] if used else []


def _table(key: str, title: str, years: list[str], lines: list[StatementLine]) -> Table:
    kept = [line for line in lines if line.total or any(abs(v) > 0.5 for v in line.amounts.values())]
    rows: list[tuple[Cell, ...]] = [(line.label, *(Figure(line.amounts[y]) for y in years)) for line in kept]
    totals = frozenset(k for k, line in enumerate(kept) if line.total)
    return Table(key, title, ("", *years), tuple(rows), totals=totals)


def _flow(view: View, label: str, *names: str, sign: float = 1.0, total: bool = False) -> StatementLine:
    return _lined(view, label, names, view.by_year, sign, total)


def _stock(view: View, label: str, name: str, total: bool = False) -> StatementLine:
    return _lined(view, label, (name,), view.at_year_end, 1.0, total)


def _lined(view: View, label: str, names: tuple[str, ...], fold: Fold, sign: float, total: bool) -> StatementLine:
    amounts = dict.fromkeys(view.calendar(), 0.0)
    for name in names:
        for year, value in fold(view.line(name)).items():
            amounts[year] += sign * value
    return StatementLine(label, amounts, total)


def _income(view: View, silo: Silo) -> list[StatementLine]:
    key, sells = silo.key, any(stream.sale for stream in silo.incomes)
    return [
        *(_flow(view, line.label, line.row.name) for line in silo.revenue),
        *(_flow(view, line.label, line.row.name, sign=-1) for line in silo.expense),
        _flow(view, "EBITDA" + (" and sales" if sells else ""), f"{key}.ebitda", total=True),
        _flow(view, "depreciation", f"{key}.depreciation", sign=-1),
        _flow(view, "carrying amount of assets sold", f"{key}.cost_of_sales", sign=-1),
        _flow(view, "write-off of financing costs", f"{key}.amortisation", sign=-1),
        _flow(view, "interest and fees", f"{key}.interest_expense", sign=-1),
        _flow(view, "tax", f"{key}.tax.expense", sign=-1),
        _flow(view, "Net income", f"{key}.net_income", total=True),
    ]


def _cash(view: View, silo: Silo) -> list[StatementLine]:
    key = silo.key
    names = [(stream.label, f"{key}.cost{k}.paid") for k, stream in enumerate(silo.costs, 1)]
    costs = [_flow(view, f"{label} paid", name, sign=-1) for label, name in names]
    lines = [
        *(_flow(view, stream.label, stream.cash.name) for stream in silo.incomes),
        *costs,
        _flow(view, "tax paid", f"{key}.tax.paid", sign=-1),
        _flow(view, "tax refunded", f"{key}.tax.refund"),
    ]
    lines.append(_sum(view, "From operations", lines))
    uses = _merged([_flow(view, use_words(line.label), line.row.name, sign=-1) for line in silo.uses])
    lines += [*uses, _sum(view, "Uses of funds", uses)]
    moves = [
        *(_flow(view, f"{x} drawn", f"{x}.drawdown") for x in silo.loans),
        *(_flow(view, f"{e} paid in", f"{e}.{key}.contribution") for e in silo.equity),
        *(line for x in silo.loans for line in _loan_cash(view, x)),
        *(_flow(view, f"{x} drawn", f"{x}.drawn") for x in silo.letters),
        *(_flow(view, f"{x} reimbursed", f"{x}.reimbursed", sign=-1) for x in silo.letters),
        *(_flow(view, f"distribution to {e}", f"{e}.{key}.distribution", sign=-1) for e in silo.equity),
    ]
    lines += [*moves, _sum(view, "From financing", moves)]
    reserves = [_reserve(view, x) for x in silo.loans if view.has(f"{x}.dsra.closing")]
    lines += reserves
    closing = view.line(f"{key}.cash.closing")
    change = view.by_year([now - before for now, before in zip(closing, [0.0, *closing], strict=False)])
    lines.append(StatementLine("Change in cash", change, total=True))
    lines.append(_stock(view, "Cash at the end of the year", f"{key}.cash.closing"))
    return lines


def _loan_cash(view: View, x: str) -> list[StatementLine]:
    swap = next((s for s, c in view.deal.of_type("swap").items() if c.hedges == x), None)
    lines = [
        _flow(view, f"interest on {x}", f"{x}.interest.paid", sign=-1),
        _flow(view, f"repayment of {x}", f"{x}.repayment", f"{x}.prepayment", sign=-1),
        _flow(view, f"fees of {x}", f"{x}.fees.paid", sign=-1),
    ]
    if swap:
        paid, got = view.line(f"{swap}.paid"), view.line(f"{swap}.receive")
        lines.append(StatementLine(f"swap of {x}, net", view.by_year([b - a for a, b in zip(paid, got, strict=True)])))
    return lines


def _reserve(view: View, x: str) -> StatementLine:
    """Cash into (-) and out of (+) a reserve; what uses of funds paid in at the start is counted there."""
    closing, start = view.line(f"{x}.dsra.closing"), view.line(f"{x}.dsra.initial")
    moved = [before - now + first for now, before, first in zip(closing, [0.0, *closing], start, strict=False)]
    return StatementLine(f"reserve of {x}, net", view.by_year(moved))


def _merged(lines: list[StatementLine]) -> list[StatementLine]:
    """Return lines of one label as one line, in the order they come."""
    by_label: dict[str, list[StatementLine]] = {}
    for line in lines:
        by_label.setdefault(line.label, []).append(line)
    years = lines[0].amounts if lines else {}
    return [
        StatementLine(label, {y: sum(x.amounts[y] for x in same) for y in years}) for label, same in by_label.items()
    ]


def _sum(view: View, label: str, lines: list[StatementLine]) -> StatementLine:
    amounts = {year: sum(line.amounts[year] for line in lines) for year in view.calendar()}
    return StatementLine(label, amounts, total=True)


def _balance(view: View, silo: Silo) -> list[StatementLine]:
    key = silo.key
    return [
        *(_stock(view, line.label, line.row.name) for line in silo.balance_assets),
        _stock(view, "Assets", f"{key}.assets", total=True),
        *(_stock(view, line.label, line.row.name) for line in silo.balance_liabilities),
        _stock(view, "Liabilities", f"{key}.liabilities", total=True),
        _stock(view, "paid in", f"{key}.paid_in"),
        _stock(view, "retained", f"{key}.retained"),
        _stock(view, "Equity", f"{key}.equity", total=True),
        _stock(view, "Assets less liabilities less equity", f"{key}.balance_difference"),
    ]

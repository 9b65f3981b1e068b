"""Income statement, cash flow and balance sheet of every business, by calendar year of the deal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ringfence.desk.memo.funding import use_words
from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View

if TYPE_CHECKING:
    from ringfence.blocks.books import Silo
    from ringfence.blocks.context import Stream

YEARS = 8
PAID_IN, RETAINED = "paid in", "retained"
Fold = Callable[[list[float]], dict[str, float]]


@dataclass(frozen=True)
class StatementLine:
    """One line of an annual statement: label, amounts by calendar year [USD], whether it is a total."""

    label: str
    amounts: dict[str, float]
    total: bool = False


def statement_tables(view: View) -> list[Table]:
    """Return the three statements of every business, a few years to a table."""
    return [table for s in all_statements(view) for table in _split(view, s)]


@dataclass(frozen=True)
class Statement:
    """A statement of a business, a whole vehicle or a loan: whose, which, title and lines."""

    of: str
    key: str
    title: str
    lines: list[StatementLine]


def all_statements(view: View) -> list[Statement]:
    """Return the statements of every business, of every vehicle with several, and the account of every loan.

    Parameters
    ----------
    view
        The result.
    """
    found: list[Statement] = []
    for vehicle in dict.fromkeys(silo.vehicle for silo in view.silos):
        silos = [silo for silo in view.silos if silo.vehicle == vehicle]
        each = [(silo.key, statements(view, silo)) for silo in silos]
        found += [Statement(of, *statement) for of, three in each for statement in three]
        if len(silos) > 1:
            together = zip(*(three for _, three in each), strict=True)
            found += [Statement(vehicle, *_added(same)) for same in together]
    return found + [Statement(x, "account", "loan account", _account(view, x)) for x in view.deal.of_type("loan")]


def _added(same: tuple[tuple[str, str, list[StatementLine]], ...]) -> tuple[str, str, list[StatementLine]]:
    """Add one statement over several businesses, section by section: lines of one label, then the total."""
    key, title, _ = same[0]
    sections = zip(*(_sections(lines) for _, _, lines in same), strict=True)
    lines: list[StatementLine] = []
    for parts in sections:
        lines += _merged([line for body, _ in parts for line in body])
        totals = [total for _, total in parts if total is not None]
        if totals:
            lines.append(replace(_merged([replace(t, label=totals[0].label) for t in totals])[0], total=True))
    return key, f"{title}, all businesses", lines


def _sections(lines: list[StatementLine]) -> list[tuple[list[StatementLine], StatementLine | None]]:
    """Cut a statement behind each of its totals."""
    found: list[tuple[list[StatementLine], StatementLine | None]] = []
    body: list[StatementLine] = []
    for line in lines:
        if line.total:
            found.append((body, line))
            body = []
        else:
            body.append(line)
    return [*found, (body, None)]


def _account(view: View, x: str) -> list[StatementLine]:
    """The principal of a loan, and what is paid on it."""
    return [
        _flow(view, "drawn", f"{x}.drawdown"),
        _flow(view, "interest added", f"{x}.capitalised"),
        _flow(view, "repaid", f"{x}.repayment", sign=-1),
        _flow(view, "swept", f"{x}.prepayment", sign=-1),
        _stock(view, "Balance at the end of the year", f"{x}.closing", total=True),
        _flow(view, "interest before conversion", f"{x}.idc"),
        _flow(view, "interest paid", f"{x}.interest.paid"),
        _flow(view, "fees", f"{x}.fees.at_cost", f"{x}.fees.paid"),
        _flow(view, "scheduled debt service", f"{x}.debt_service"),
        _flow(view, "CFADS of the test dates", f"{x}.cfads"),
    ]


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


def _split(view: View, s: Statement) -> list[Table]:
    years = _active(view, s.lines)
    blocks = [years[k : k + YEARS] for k in range(0, len(years), YEARS)]
    title, key = f"{s.of}: {s.title}, USD m", f"statements:{s.of}.{s.key}"
    decimals = _table(key, title, years, s.lines).digits
    return [replace(_table(key, title, block, s.lines), decimals=decimals) for block in blocks]


def _active(view: View, lines: list[StatementLine]) -> list[str]:
    """Calendar years up to the last with an amount, capital that only offsets losses left out."""
    years, counted = view.calendar(), [line for line in lines if line.label not in (PAID_IN, RETAINED)]
    used = [k for k, year in enumerate(years) if any(abs(line.amounts[year]) > 0.5 for line in counted)]
    return years[: used[-1] + 1] if used else []


def _table(key: str, title: str, years: list[str], lines: list[StatementLine]) -> Table:
    kept = [line for line in lines if line.total or any(abs(line.amounts[y]) > 0.5 for y in years)]
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
        *(_flow(view, label, x.earned.name) for label, x in _named(silo.incomes)),
        *(_flow(view, label, x.earned.name, sign=-1) for label, x in _named(silo.costs)),
        _flow(view, "EBITDA" + (" and sales" if sells else ""), f"{key}.ebitda", total=True),
        _flow(view, "depreciation", f"{key}.depreciation", sign=-1),
        _flow(view, "carrying amount of assets sold", f"{key}.cost_of_sales", sign=-1),
        _flow(view, "write-off of financing costs", f"{key}.amortisation", sign=-1),
        _flow(view, "interest and fees", f"{key}.interest_expense", sign=-1),
        _flow(view, "tax", f"{key}.tax.expense", sign=-1),
        _flow(view, "Net income", f"{key}.net_income", total=True),
    ]


def _named(streams: list[Stream]) -> list[tuple[str, Stream]]:
    """Streams with their labels; where two share one, the contract or asset tells them apart."""
    labels = [x.label for x in streams]
    return [(x.label if labels.count(x.label) == 1 else f"{x.label}, {x.contract}", x) for x in streams]


def _cash(view: View, silo: Silo) -> list[StatementLine]:
    key = silo.key
    names = [(label, f"{key}.cost{k}.paid") for k, (label, _) in enumerate(_named(silo.costs), 1)]
    costs = [_flow(view, f"{label} paid", name, sign=-1) for label, name in names]
    lines = [
        *(_flow(view, label, x.cash.name) for label, x in _named(silo.incomes)),
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
        _stock(view, PAID_IN, f"{key}.paid_in"),
        _stock(view, RETAINED, f"{key}.retained"),
        _stock(view, "Equity", f"{key}.equity", total=True),
        _stock(view, "Assets less liabilities less equity", f"{key}.balance_difference"),
    ]

"""Loans, a column each: what was lent on which limit, what covers it, what it is worth against, what it costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ringfence.desk.memo.events import TESTS, missed_payments, waiting_payments
from ringfence.desk.table import Cell, Figure, Kind, Table
from ringfence.desk.view import View

if TYPE_CHECKING:
    from ringfence.terms.contract.loan import Loan

COLUMNS = 4


def loan_tables(view: View) -> list[Table]:
    """Return the loans of the deal, a few columns at a time."""
    loans = list(view.deal.of_type("loan").items())
    blocks = [loans[k : k + COLUMNS] for k in range(0, len(loans), COLUMNS)]
    return [_table(view, dict(block)) for block in blocks]


def _table(view: View, loans: dict[str, Loan]) -> Table:
    rows: list[tuple[Cell, ...]] = []

    def add(label: str, cells: list[Cell]) -> None:
        if any(cell not in (None, "") for cell in cells):
            rows.append((label, *cells))

    def measures(label: str, item: str, kind: Kind = "usd_m") -> None:
        found = [view.measure(f"{x}.{item}") for x in loans]
        if any(m is not None for m in found):
            add(label, [None if m is None else Figure(m.value, kind) for m in found])

    add("borrower", [_borrower(loan) for loan in loans.values()])
    measures("amount, USD m", "amount")
    add("  set by", [binding(view, x, loan) for x, loan in loans.items()])
    measures("  drawn, USD m", "drawn")
    add("rate", [str(replace(loan.pricing, margin=round(loan.pricing.margin, 6))) for loan in loans.values()])
    add("  swapped", [_swap(view, x) for x in loans])
    add("repayments", [_repayments(loan) for loan in loans.values()])
    add("  profile", [loan.repayment.profile for loan in loans.values()])
    add("  last repayment", [_last(view, x) for x in loans])
    measures("  average life, years", "average_life", "years")
    measures("all-in cost (lender's IRR)", "all_in_cost", "percent")
    measures("DSCR, lowest", "dscr.min", "times")
    add("  on", [_on(view, view.lowest(f"{x}.dscr")) for x in loans])
    measures("  average", "dscr.average", "times")
    measures("LLCR, lowest", "llcr.min", "times")
    measures("PLCR, lowest", "plcr.min", "times")
    for curve in _curves(view, loans):
        measures(f"LTV, highest, on {curve}", f"ltv.{curve}.max", "percent")
        add("  on", [_on(view, view.highest(f"{x}.ltv.{curve}")) for x in loans])
    for row, words in TESTS:
        add(words, [view.span(view.when(view.line(f"{x}.{row}"))) if view.has(f"{x}.{row}") else None for x in loans])
    waits = {x: waiting_payments(view, x) for x in loans}
    if any(waits.values()):
        add("payments that wait for late assets", [view.span(periods) for periods in waits.values()])
    add("payments missed or late", [view.span(missed_payments(view, x)) for x in loans])
    add("unpaid at the end, USD m", [Figure(_clean(view.value(f"{x}.repaid_short"))) for x in loans])
    note = "Breaches: number of dates, and the first. LLCR and PLCR look ahead on this run and decide nothing."
    return Table("loans", "Loans", ("", *loans), tuple(rows), left=frozenset({0}), notes=(note,))


def _clean(value: float | None) -> float | None:
    return 0.0 if value is not None and abs(value) < 1.0 else value


def _borrower(loan: Loan) -> str:
    return loan.borrower + (f".{loan.business}" if loan.business else "")


def _swap(view: View, x: str) -> str:
    swap = next((s for s in view.deal.of_type("swap").values() if s.hedges == x), None)
    return "" if swap is None else f"{swap.share:.0%} at {swap.fixed:.2%}"


def _repayments(loan: Loan) -> str:
    months = loan.repayment.every
    words = {1.0: "monthly", 3.0: "quarterly", 6.0: "half-yearly", 12.0: "yearly"}
    return f"{loan.repayment.count} {words.get(months, f'every {months:g} months')}"


def _last(view: View, x: str) -> str:
    paid = view.when(view.line(f"{x}.principal_paid"), 1.0)
    return view.labels[paid[-1]] if paid else ""


def _on(view: View, period: int | None) -> str:
    return "" if period is None else view.labels[period]


def _curves(view: View, loans: dict[str, Loan]) -> list[str]:
    names = [name.split(".") for name in view.result.measures]
    return list(dict.fromkeys(n[2] for n in names if len(n) == 4 and n[0] in loans and n[1] == "ltv"))


def binding(view: View, x: str, loan: Loan) -> str:
    """Return the limit that set the amount of a loan, in words.

    Parameters
    ----------
    view, x, loan
        The result, the loan's id and terms.
    """
    if view.result.signed:
        return "as signed"
    code = view.cell(f"{x}.size.binding") if view.has(f"{x}.size.binding") else None
    if code is None:
        return ""
    k = round(float(code))
    if k == 0:
        return "cost"
    c = loan.size.min[k - 1]
    case = f" on {c.case}" if c.case else ""
    of = f" of {', '.join(c.of)}" if c.of else " of all uses" if c.test == "gearing" else ""
    mark = getattr(c, c.test)
    words = {
        "amount": "the agreed amount",
        "gearing": f"gearing {mark:.0%}{of}" if mark == round(mark, 2) else f"gearing {mark:.1%}{of}",
        "ltv": f"LTV {mark:.0%}" + (f" on {c.curve}" if c.curve else ""),
        "dscr": f"DSCR {mark:.2f}x",
        "llcr": f"LLCR {mark:.2f}x",
    }
    return words[c.test] + case

"""What the accounts were decided on: the terms behind classification and rates, watched by a check of the book.

    watch = decided_on(report, run)         for build(deal, extra=[..., watch])

Classification, the lessee's rate and the rate implicit in the lease are decided above the rows, from the rents and the
terms of the deal. A reader who types another rent into the book moves every schedule, but decides nothing anew. So each
figure the decisions read stands beside its value at the time, and the check is red while one of them has moved:

    accounts.decided.<what>         its value when the accounts were decided, an input
    accounts.decided.<what>.moved   1 where it is another now
    accounts.moved                  how many are
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from ringfence.blocks.context import cell_name
from ringfence.sheet import Row, equal, negate, sum_of, total
from ringfence.units import RATIO, USD

if TYPE_CHECKING:
    from ringfence.accounting.lease_report import LeaseReport
    from ringfence.blocks.context import Build
    from ringfence.run.result import Run

DECIDED = "accounts.decided"
_SUMS = (
    ("rents", "measured", "rents the lease counts"),
    ("value", "liability.recognised", "their present value to the lessee"),
    ("hardware", "hardware", "hardware price of what is leased"),
)


def decided_on(report: LeaseReport, run: Run) -> Callable[[Build], None]:
    """Return the function that adds the rows and the check to a sheet with accounts.

    Parameters
    ----------
    report
        The lease as decided.
    run
        Of a sheet with the same accounts, on the terms they were decided on.
    """

    def add(b: Build) -> None:
        moved = []
        for what, label, now, value in _read(b, report, run):
            then = b.sheet.scalar(f"{DECIDED}.{what}", value, unit=now.unit or RATIO, label=f"{label}, when decided")
            moved.append(b.sheet.row(f"{DECIDED}.{what}.moved", negate(equal(now, then)), label=f"{label} moved"))
        count = b.sheet.row("accounts.moved", sum_of(moved), label="terms that moved since the accounts were decided")
        b.books.checks.append(("accounts.decided", "the accounts were decided on the terms of this book", count))

    return add


def _read(b: Build, report: LeaseReport, run: Run) -> Iterator[tuple[str, str, Row, float]]:
    """What the decisions read: name, label, the row that says it now, and what it was. [unit of the row]"""
    s, lease, fleet = b.sheet, report.facts.id, report.facts.terms.asset
    for what, item, label in _SUMS:
        side = f"{lease}.lessee_ifrs" if what == "value" else lease
        rows = [s[name] for t in report.facts.tranches if (name := f"{side}.{t.name}.{item}") in s]
        if rows:
            parts = [row if isinstance(run[row.name], float) else total(row) for row in rows]
            value = sum(float(np.sum(run[row.name])) for row in rows)
            yield what, label, s.row(f"accounts.{what}", sum_of(parts), unit=USD, label=label), value
    for what, path, label in (
        ("life", f"assets.{fleet}.life", "economic life"),
        ("book_residual", f"assets.{fleet}.book_residual", "book value left"),
        ("sale", f"assets.{fleet}.sale.share", "proceeds of the sale"),
        ("term", f"contracts.{lease}.term", "non-cancellable term"),
        ("own_rate", "sponsor.own_debt_rate", "sponsor's own borrowing rate"),
    ):
        row = s.rows.get(cell_name(path))
        if row is not None and row.kind == "scalar":
            yield what, label, row, float(np.asarray(run[row.name]))

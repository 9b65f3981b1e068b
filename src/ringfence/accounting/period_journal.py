"""The sponsor's journal: one entry a period and column, every line the movement of a row; debits equal credits.

Balances and income come from different rows of the books, so an entry that balances is a proof and not a construction.
Equity has no line: it moves by the income lines, what is distributed, and what belongs to other holders.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from ringfence.accounting.journal import Entry, Line
from ringfence.accounting.sponsor_books import ASSETS, CLAIMS, INCOME, SponsorBooks, Structure, Tag

CENT = 0.005


@dataclass(frozen=True)
class Booked:
    """An entry with the label of its period."""

    period: str
    entry: Entry


def period_journal(books: SponsorBooks, tag: Tag, structure: Structure) -> tuple[Booked, ...]:
    """Return the journal of a column.

    Parameters
    ----------
    books
        The sponsor's books.
    tag, structure
        Framework and column.

    Returns
    -------
    tuple of Booked
        One a period in which anything moves.
    """
    start = books.plan.own.start
    held = [x for x in (*ASSETS, *CLAIMS) if x != "equity"]
    balances = {x: [start[x], *books.row(tag, structure, x)] for x in held}
    income = {x: books.row(tag, structure, f"income.{x}") for x in INCOME}
    rest = {x: books.row(tag, structure, x) for x in ("oci", "distributions")}
    found = []
    for k, end in enumerate(books.ends):
        moves = []
        for x, values in balances.items():
            change = values[k + 1] - values[k]
            moves.append((x, change if x in ASSETS else -change))
        moves += [(f"income: {x}", -INCOME[x] * values[k]) for x, values in income.items()]
        moves += [
            ("other comprehensive income", -rest["oci"][k]),
            ("distributed to shareholders", rest["distributions"][k]),
            ("income of other holders", books.row(tag, structure, "minority")[k]),
        ]
        lines = tuple(Line(a, max(m, 0.0), max(-m, 0.0)) for a, m in moves if abs(m) > CENT)
        if lines:
            found.append(Booked(books.labels[k], Entry(end, f"{structure}, {tag}", lines)))
    return tuple(found)


def journal_csv(entries: tuple[Booked, ...]) -> str:
    """Return a journal as comma-separated text: period, months since close, account, debit, credit. [USD]

    Parameters
    ----------
    entries
        Of :func:`period_journal`.
    """
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(("period", "months since close", "account", "debit", "credit"))
    for booked in entries:
        for line in booked.entry.lines:
            write.writerow(
                (booked.period, f"{booked.entry.month:g}", line.account, f"{line.debit:.2f}", f"{line.credit:.2f}")
            )
    return out.getvalue()

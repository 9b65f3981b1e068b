"""The accounting page: what a finance director would discuss before anything is signed.

One page by default (``page.py``); with its evidence in full:

    headline        of the vehicle's debt: what leaves, what comes back as lease liability, what hangs
    identification  is it a lease
    classification  lessee and lessor, IFRS 16 and ASC 842, with the marks
    year_ends       the vehicle's debt beside the lessee's liability and right of use
    consolidation   who consolidates, test by test with paragraphs
    activities      which activity drives the vehicle's value, on random paths or by scenarios
    sponsor         the sponsor's balance sheet in six columns, and its debt by year
    lessor          the vehicle's own books where it is a finance lessor, and the way to the group
    income          its income statement in each column, and income, equity and leverage by year
    adjusted_debt   debt as an agency might adjust it, switch by switch
    lease_notes     maturities, leases not commenced, presentation
    exposure        the most the sponsor could lose by the vehicle
    around          impairment, components, interest during construction, swaps, deferred tax, a sale to the vehicle
    open            judgements still to be attested
    contradictions  claims that the deal's own figures speak against

Every amount is a row of the run, a line of the lease report or of the sponsor's sheets; this page adds nothing up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ringfence.accounting.cash_evidence import Scenario
from ringfence.desk.accounting.answers import FRAMEWORKS, Accounts, accounts, attest_text, evidence, sentence
from ringfence.desk.accounting.around import around_tables
from ringfence.desk.accounting.headline import headline_table, parts_table
from ringfence.desk.accounting.income import income_tables
from ringfence.desk.accounting.lease import classification_table, identification_table, year_ends_table
from ringfence.desk.accounting.lessor import lessor_tables
from ringfence.desk.accounting.notes import adjusted_table, lease_notes_table
from ringfence.desk.accounting.sponsor import exposure_table, leverage_table, sponsor_table
from ringfence.desk.accounting.vehicle import activities_table, consolidation_table, contradictions_table, open_table
from ringfence.desk.table import Figure, Table

__all__ = [
    "FRAMEWORKS",
    "FULL",
    "Accounts",
    "accounting_page",
    "accounts",
    "attest_text",
    "evidence",
    "page_object",
    "page_of",
    "sentence",
]

Section = Callable[[Accounts], Table | Sequence[Table]]
FULL: tuple[Section, ...] = (
    headline_table,
    parts_table,
    lambda a: identification_table(a.lease),
    lambda a: classification_table(a.lease),
    year_ends_table,
    lambda a: consolidation_table(a.consolidation),
    activities_table,
    lambda a: sponsor_table(a, a.sheets["IFRS 16"][0]),
    leverage_table,
    lessor_tables,
    income_tables,
    adjusted_table,
    lease_notes_table,
    exposure_table,
    around_tables,
    lambda a: open_table(a.consolidation),
    lambda a: contradictions_table(a.consolidation),
)
"""The evidence in full, in order: each section gives a table, or several, of the accounts."""


def accounting_page(result: Any, scenarios: Sequence[Scenario] = ()) -> list[Table]:
    """Return the accounting page, in order.

    Parameters
    ----------
    result
        What :func:`ringfence.run` returned.
    scenarios
        Runs with probabilities, for expected losses; see :func:`evidence`.

    Returns
    -------
    list[Table]
        Tables that print themselves.
    """
    return page_of(accounts(result, scenarios))


def page_of(a: Accounts) -> list[Table]:
    """Return the tables of accounts already made.

    Parameters
    ----------
    a
        The accounts.
    """
    found: list[Table] = []
    for section in FULL:
        made = section(a)
        found += [made] if isinstance(made, Table) else made
    return found


def page_object(tables: Sequence[Table]) -> dict[str, Any]:
    """Return tables as one JSON-ready object: by key, title, heads, rows with amounts in USD, notes.

    Parameters
    ----------
    tables
        Of the page.
    """
    return {
        t.key: {
            "title": t.title,
            "heads": list(t.heads),
            "rows": [[c.value if isinstance(c, Figure) else c for c in row] for row in t.rows],
            "notes": list(t.notes),
        }
        for t in tables
    }

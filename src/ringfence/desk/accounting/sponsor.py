"""The sponsor on the accounting page: six columns on a date, leverage by year, exposure to the vehicle."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.exposure import exposure
from ringfence.accounting.sponsor_books import ASSETS, CLAIMS, TITLES, SponsorSheet
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.table import Cell, Figure, Rows, Table
from ringfence.terms.accounting_sponsor import OpeningBooks


def sponsor_table(a: Accounts, sheet: SponsorSheet) -> Table:
    """Return the sponsor's balance sheet in six columns on a date."""
    columns = list(sheet.columns.values())
    rows: list[tuple[Cell, ...]] = []
    for lines, total, words in ((ASSETS, "assets", "Assets"), (CLAIMS, "claims", "Liabilities and equity")):
        rows += [(x, *(Figure(c[x]) for c in columns)) for x in lines if any(abs(c[x]) > 0.5 for c in columns)]
        rows.append((words, *(Figure(getattr(c, total)) for c in columns)))
    rows.append(("Debt, lease and financing", *(Figure(c.debt) for c in columns)))
    rows.append(("Less than borrow and buy", None, *(Figure(sheet.relief(c.structure)) for c in columns[1:])))
    totals = frozenset(k for k, row in enumerate(rows) if str(row[0])[0].isupper())
    share = ", ".join(f"{s:.1%} of {key}" for key, s in sheet.share.items())
    opening = a.lease.facts.accounting.opening
    notes: tuple[str, ...] = (
        "Effects of the deal alone: what the sponsor has paid and received because of it (cash is below nothing), not "
        "what the GPUs earn it."
        if opening is None
        else f"On top of the sponsor before the deal{_sourced(opening)}, its own balances held; what the GPUs earn it "
        "is left out.",
        f"Equity method ({cite('IAS 28.10', 'ASC 323-10-35')}): {a.consolidation.sponsor} paid in {share}.",
        "Consolidated: the SPV line by line, the lease eliminated. Lease, service, failed sale: it is not.",
        "Borrow, buy: the hardware price at the sponsor's own rate, level over the lease term; the power projects are "
        "left out. Failed sale: at the implicit rate; the SPV's own income is left as it is.",
    )
    if a.lease.facts.accounting.sale is not None:
        notes = (*notes, "The sponsor had the GPUs first (accounting.sale): what its sale does is told under the sale.")
    heads = ("", *(TITLES[c.structure] for c in columns))
    title = f"{a.consolidation.sponsor}'s balance sheet in six columns, {at_end(sheet.label)}, IFRS, USD m"
    return Table("sponsor", title, heads, tuple(rows), totals, notes, decimals=0)


def leverage_table(a: Accounts) -> Table:
    """Return debt, lease and financing in each column, year by year."""
    sheets = a.sheets["IFRS 16"]
    names = [x for x in TITLES if x != "as_is"]
    rows: Rows = tuple((s.label, *(Figure(s[x].debt) for x in names)) for s in sheets)
    title = "Debt, lease and financing in each column, year by year, IFRS, USD m"
    return Table("leverage", title, ("end of", *(TITLES[x] for x in names)), rows, decimals=0)


def exposure_table(a: Accounts) -> Table:
    """Return the most the sponsor could lose by the vehicle."""
    sheet = a.sheets["IFRS 16"][0]
    e = exposure(a.result, a.lease, sheet)
    rows: Rows = (
        ("carrying amount of the interest", Figure(e.interest), "equity method, losses beyond it left out"),
        ("residual value guaranteed", Figure(e.guarantee), "the whole cap, however likely"),
        ("letters of credit it answers for", Figure(e.letters), "face amount, drawn or not"),
        ("promised as equity, not under a letter", Figure(e.commitments), "contributions still to come in this run"),
        ("lent, guaranteed, or with recourse to it", Figure(e.loans + e.support), "balance; guarantee up to its cap"),
        ("rent paid ahead, in no schedule", Figure(e.prepaid), "as booked"),
        ("Maximum exposure to loss", Figure(e.maximum), "the sum"),
        ("the SPV's debt, for comparison", Figure(sheet.vehicle["debt"]), "as booked by the SPV"),
        ("beside it: firm rents still to be paid", Figure(e.rents), "undiscounted, owed whatever becomes of the SPV"),
    )
    title = f"Exposure to {a.consolidation.vehicle}, {at_end(sheet.label)}, USD m"
    notes = (
        cite("IFRS 12.26", "IFRS 12.29", "IFRS 12.30", "ASC 810-10-50-4") + ".",
        f"Support given without obligation, and intentions to give it ({cite('IFRS 12.30-31')}), are for the sponsor "
        "to state.",
    )
    return Table("exposure", title, ("", "amount", "how computed"), rows, frozenset({6}), notes, frozenset({0, 2}))


def at_end(label: str) -> str:
    """Say the end of a period; close is a day of its own."""
    return f"at {label}" if label == "close" else f"end of {label}"


def _sourced(opening: OpeningBooks) -> str:
    """Date and source of an opening balance sheet, as far as stated."""
    said = ", ".join(str(x) for x in (opening.date, opening.source) if x)
    return f" ({said})" if said else ""

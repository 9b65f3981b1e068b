"""The notes on the accounting page: adjusted debt switch by switch, maturities, leases not commenced, exposure."""

from __future__ import annotations

from ringfence.accounting.adjusted_debt import adjusted_debt
from ringfence.accounting.citations import cite
from ringfence.accounting.disclosures import lease_note
from ringfence.accounting.sponsor_books import SponsorSheet, Structure, Tag, sponsor_books
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.accounting.sponsor import at_end
from ringfence.desk.table import Cell, Figure, Table

COLUMNS: tuple[Structure, ...] = ("buy", "consolidated", "lease", "service", "failed_sale")

HEADS: dict[Structure, str] = {
    "buy": "buy",
    "consolidated": "group",
    "lease": "lease",
    "service": "service",
    "failed_sale": "failed sale",
}


def adjusted_table(a: Accounts) -> Table:
    """Return adjusted debt in each column, with every switch."""
    books, sheet = sponsor_books(a.result, a.lease), a.sheets["IFRS 16"][0]
    found = [adjusted_debt(books, sheet, "ifrs", x) for x in COLUMNS]
    us = adjusted_debt(books, a.sheets["ASC 842"][0], "us", "lease")
    switches = ", ".join(f"{s.switch} {'on' if s.on else 'off'} ({s.source})" for s in found[0].steps if s.switch)
    rows: list[tuple[Cell, ...]] = []
    for n, step in enumerate(found[0].steps):
        amounts = [f.steps[n].amount for f in (*found, us)]
        if step.switch or any(abs(x) > 0.5 for x in amounts):
            label = step.label if step.on else f"({step.label}: off)"
            rows.append((label, *(Figure(x) for x in amounts)))
    rows.append(("Adjusted debt", *(Figure(f.total) for f in (*found, us))))
    heads = ("", *(HEADS[x] for x in COLUMNS), "lease, US")
    notes = [
        f"Switches, terms under accounting.adjusted_debt: {switches}. In brackets: off, shown and not counted.",
        "No agency's model is reproduced; agencies differ, and some count the vehicle of a large lessee (vehicle).",
    ]
    if a.result.deal.accounting is None or a.result.deal.accounting.opening is None:
        notes.append("Cash counts only above nothing, and the deal states no opening cash of the sponsor.")
    title = f"Adjusted debt, {at_end(sheet.label)}, IFRS, USD m"
    return Table(
        "adjusted_debt", title, heads, tuple(rows), frozenset({len(rows) - 1}), tuple(notes), frozenset({0, 1}), 0
    )


def lease_notes_table(a: Accounts) -> Table:
    """Return what the notes say about the lease, both frameworks."""
    books = sponsor_books(a.result, a.lease)
    dates: tuple[tuple[Tag, SponsorSheet], ...] = (("ifrs", a.sheets["IFRS 16"][0]), ("us", a.sheets["ASC 842"][0]))
    notes = [lease_note(books, sheet, tag) for tag, sheet in dates]
    count = max(len(n.maturities) for n in notes)
    rows: list[tuple[Cell, ...]] = []
    for k in range(count):
        rows.append((f"year {k + 1}", *(Figure(n.maturities[k] if k < len(n.maturities) else 0.0) for n in notes)))
    rows.append(("Undiscounted payments", *(Figure(sum(n.maturities)) for n in notes)))
    rows.append(("less interest to come", *(Figure(-n.interest_to_come) for n in notes)))
    rows.append(("Lease liability", *(Figure(n.liability) for n in notes)))
    sold = books.plan.sale is not None
    if any(n.financing for n in notes):
        rows.append(("of it financing by the buyer", *(Figure(n.financing) for n in notes)))
    rows.append(("of it current", *(Figure(n.current) for n in notes)))
    rows.append(("of it non-current", *(Figure(None if n.current is None else n.liability - n.current) for n in notes)))
    rows.append(("not commenced, undiscounted", *(Figure(n.not_commenced[0]) for n in notes)))
    rows.append(("renewals outside the term, undiscounted", *(Figure(n.renewals) for n in notes)))
    rows.append(("residual guaranteed, whole", *(Figure(n.guarantee_cap) for n in notes)))
    rows.append(("paid for leases, twelve months", *(Figure(n.cash_paid) for n in notes)))
    rows.append(("rent no liability measures, twelve months", *(Figure(n.variable) for n in notes)))
    if sold:
        rows.append(("gain on sale and leaseback, twelve months", *(Figure(n.gain) for n in notes)))
    rows.append(("remaining term, weighted, years", *(Figure(n.remaining_term, "years") for n in notes)))
    rows.append(("discount rate", *(Figure(n.rate, "percent") for n in notes)))
    totals = frozenset(
        k
        for k, row in enumerate(rows)
        if row[0] in ("Undiscounted payments", "Lease liability", "not commenced, undiscounted")
    )
    label = a.sheets["IFRS 16"][0].label
    return Table(
        "lease_notes",
        f"The lease in the notes, {at_end(label)}, USD m",
        ("", "IFRS", "US GAAP"),
        tuple(rows),
        totals,
        _said(a, sold=sold),
    )


def _said(a: Accounts, *, sold: bool) -> tuple[str, ...]:
    """Where the lease stands in the statements under each framework."""
    operating = a.lease.lessee_us.kind == "operating"
    line = (
        "operating lease liabilities, no debt in the statement's own terms"
        if operating
        else "finance lease liabilities"
    )
    flows = "rent is an operating cash flow" if operating else "interest operating, principal financing"
    said: tuple[str, ...] = (
        "IFRS: lease liabilities, a financial liability; interest and principal are financing cash flows "
        f"({cite('IFRS 16.47', 'IFRS 16.50(b)', 'IFRS 16.58', 'IFRS 7.39')}).",
        f"US GAAP: {line}; {flows} "
        f"({cite('ASC 842-20-45-1', 'ASC 842-20-45-5', 'ASC 842-20-50-4', 'ASC 842-20-50-6')}).",
    )
    if sold:
        said = (*said, f"Sale and leaseback: {cite('IFRS 16.53(i)', 'IFRS 16.59(d)', 'ASC 842-40-50')}.")
    return said

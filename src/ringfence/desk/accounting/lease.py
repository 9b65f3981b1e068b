"""The lease on the accounting page: what it is, how it is classified, what it leaves on the balance sheet by year."""

from __future__ import annotations

from ringfence.accounting.citations import cite
from ringfence.accounting.classification import Classification
from ringfence.accounting.lease_report import LeaseReport
from ringfence.accounting.outcome import Test
from ringfence.desk.accounting.answers import Accounts
from ringfence.desk.table import Cell, Figure, Table


def identification_table(r: LeaseReport) -> Table:
    """Return the tests that say whether the contract is a lease."""
    rows = tuple(_tested(t) for t in r.identification.tests)
    heads = ("test", "answer", "why", "paragraph")
    notes = (f"{r.identification.sentence} Term {r.term.months:g} months.",)
    return Table("identification", "Is it a lease?", heads, rows, notes=notes, left=frozenset(range(4)))


def classification_table(r: LeaseReport) -> Table:
    """Return the classification of both sides under both frameworks."""
    marks = r.facts.accounting.marks
    rows: list[tuple[Cell, ...]] = [
        ("lessee, IFRS 16", "one model", None, cite("IFRS 16.22"), None, None),
        _classified("lessee, ASC 842", r.lessee_us, cite("ASC 842-10-25-2")),
        _classified("lessor, IFRS 16", r.lessor_ifrs, cite("IFRS 16.61", "IFRS 16.63(c)", "IFRS 16.63(d)")),
        _classified("lessor, ASC 842", r.lessor_us, cite("ASC 842-10-25-2", "ASC 842-10-25-3")),
    ]
    heads = ("side", "classified", "open tests", "paragraph", "ratio (d)", "term / life")
    notes = (
        f"Marks, a policy: term {marks.major_part:.0%} of remaining life, PV {marks.substantially_all:.0%} of fair "
        f"value, life test not in the last {marks.end_of_life:.0%} of life.",
        f"Lessee's rate {r.rate.rate.effective:.2%}; rate implicit in the lease {r.implicit.rate.effective:.2%}.",
    )
    return Table("classification", "How is it classified?", heads, tuple(rows), notes=notes, left=frozenset(range(4)))


def _classified(side: str, c: Classification, paragraph: str) -> tuple[Cell, ...]:
    kind = c.kind.replace("_", "-")
    if not c.settled:
        kind += f" (if attested: {c.if_attested.replace('_', '-')})"
    opened = ", ".join(t.id.rpartition("-")[2] for t in c.open)
    return side, kind, opened or "none", paragraph, Figure(c.ratio, "percent"), Figure(c.life_share, "percent")


def year_ends_table(a: Accounts) -> Table:
    """Return the vehicle's debt beside liability and right of use, at completion and at each later year."""
    rows = []
    for ifrs, us in zip(a.sheets["IFRS 16"], a.sheets["ASC 842"], strict=True):
        lease, w = ifrs["lease"], a.split("IFRS 16", ifrs, helped=True)
        rows.append(
            (
                ifrs.label,
                Figure(ifrs.vehicle["debt"]),
                Figure(lease["lease liability"]),
                Figure(lease["right of use"]),
                Figure(us["lease"]["lease liability"]),
                Figure(us["lease"]["right of use"]),
                Figure(w.leaves),
                Figure(ifrs.carried),
            )
        )
    heads = (
        "end of", "SPV debt", "liability IFRS", "ROU IFRS", "liability US", "ROU US", "leaves at best", "equity method",
    )  # fmt: skip
    notes: tuple[str, ...] = (
        "First line: completion, the period in which the last delivery is leased; then each year. After the rent "
        "of the day. At best: under IFRS, with every open question answered as helps the sponsor.",
        "The right of use is not tested for impairment: it earns its cash with the sponsor's own business, and that "
        f"cash-generating unit is not in the deal ({cite('IFRS 16.33', 'IAS 36.66', 'ASC 842-20-35-9')}).",
    )
    if a.lease.facts.owns:
        notes = (*notes, next(x for x in a.lease.notes if x.startswith("A purchase")))
    return Table("year_ends", "Lease liability and right of use, USD m", heads, tuple(rows), notes=notes)


def _tested(t: Test) -> tuple[Cell, ...]:
    return t.id, str(t.outcome), t.sentence, t.paragraph

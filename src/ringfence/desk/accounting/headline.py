"""What really leaves, on the accounting page: in a sentence, and in parts that add up to the vehicle's debt."""

from __future__ import annotations

from ringfence.accounting.exposure import exposure
from ringfence.desk.accounting.answers import FRAMEWORKS, Accounts, sentence, usd_m
from ringfence.desk.table import Figure, Rows, Table


def headline_table(a: Accounts) -> Table:
    """Return the headline of each framework in a sentence."""
    rows: Rows = (("IFRS", sentence(a, "IFRS 16")), ("US GAAP", sentence(a, "ASC 842")))
    title = f"What really leaves {a.consolidation.sponsor}'s balance sheet, USD m"
    return Table("headline", title, ("", ""), rows, left=frozenset({0, 1}))


def parts_table(a: Accounts) -> Table:
    """Return the parts of the debt, today and with every open question on consolidation attested as helps."""
    found = [a.split(f, helped=h) for h in (False, True) for f in FRAMEWORKS]
    lines = (
        ("really leaves", "leaves"),
        ("comes back as lease liability, whoever consolidates", "back"),
        ("hangs on judgements not yet attested", "hangs"),
        ("stays: consolidated for certain", "stays"),
        ("the SPV's debt", "debt"),
        ("lease liability beyond the debt", "beyond"),
    )
    rows: Rows = tuple((label, *(Figure(getattr(w, name)) for w in found)) for label, name in lines)
    heads = ("", "IFRS", "US GAAP", "IFRS, if attested", "US GAAP, if attested")
    notes = ["If attested: every open question answered as helps the sponsor; the lease stays as it is measured."]
    if a.against is not None:
        sheet = a.sheets["IFRS 16"][0]
        notes.append(
            f"Not attested: {', '.join(a.open_lease)}. Answered against the sponsor the lease term is "
            f"{a.against.term.months:g} months, and the liability {usd_m(a.possible('IFRS 16', sheet))} for "
            f"{usd_m(found[0].liability)}."
        )
    if a.lease.identification.verdict == "open":
        notes.append(
            "That the contract is a lease is itself not attested (L1, L5); until it is, it counts as one. Attested "
            f"to be none, the liability of {usd_m(found[0].liability)} would not be shown, and {usd_m(_rents(a))} of "
            "firm rent would be a commitment in the notes."
        )
    if a.consolidation.control_open:
        kept = a.sheets["IFRS 16"][0]["failed_sale"]["financing obligation"]
        notes.append(
            f"Whether the sponsor controlled the GPUs first is not attested (S1): if it did, a financing obligation of "
            f"{usd_m(kept)} stands in place of the lease. Until S1 and S2 are attested nothing counts as leaving."
        )
    return Table("parts", "The parts of the debt, USD m", heads, rows, frozenset({4}), tuple(notes))


def _rents(a: Accounts) -> float:
    return exposure(a.result, a.lease, a.sheets["IFRS 16"][0]).rents

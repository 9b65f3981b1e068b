"""Rent on an index in the lessee's books: every reset of the forecast as rows.

Rows added by :func:`add_index_resets`, `<l>` being the lease and `<t>` a tranche, all [USD] unless said:

    <l>.lessee_ifrs.<t>.index.ratio         index in force / index of commencement                       [ratio]
    <l>.lessee_ifrs.<t>.index.remeasured    change of the liability when the index is fixed anew
    <l>.lessee_ifrs.<t>.index.liability     liability with every reset so far
    <l>.lessee_ifrs.<t>.index.rou.*         right of use, adjusted with it
    <l>.lessee_ifrs.<t>.index.interest, .late, .cost     interest; paid late at another index; lease cost
    <l>.lessee_us.<t>.index.variable        rent above (below: negative) what was measured, expensed as incurred
    <l>.lessee_ifrs.index.liability, .rou, .cost, <l>.lessee_us.index.variable       sums over the tranches

All payments follow one index, so a reset scales what is left of them: the liability at the unchanged rate is the one
measured at commencement times the ratio. US GAAP measures nothing anew for an index alone.

Source: IFRS 16.27(b), 42(b), 43; ASC 842-20-25-5, 842-10-35-4 to 35-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.blocks.clock import reached
from ringfence.blocks.context import Build
from ringfence.blocks.lessee_schedule import LesseeRows
from ringfence.sheet import NIL, Expr, Row, both, choose, less_than, most, previous, sum_of, total
from ringfence.units import RATIO, USD

SOURCE = "IFRS 16.42(b), 43 [verify]; ASC 842-20-25-5 [verify]"


@dataclass(frozen=True)
class IndexedTranche:
    """A tranche whose rent follows an index.

    Attributes
    ----------
    parts
        Prefixes of its rows: the firm term, then each renewal in the lease term.
    starts
        1 in the period at whose end the lease commences.
    paid
        Rent really paid of what is measured, at the index of its day. [USD]
    share
        Part of the time left at the start of the period that the period takes. [ratio]
    ifrs, us
        Its schedules, measured at the index of commencement.
    """

    parts: tuple[str, ...]
    starts: Row
    paid: Expr
    share: Row
    ifrs: LesseeRows
    us: LesseeRows


def add_index_resets(b: Build, lease: str, tranches: Sequence[IndexedTranche]) -> None:
    """Add the resets of every tranche, and their sums.

    Parameters
    ----------
    b
        The build; the schedules are in its sheet.
    lease
        Id of the lease.
    tranches
        In order.
    """
    found = [_add_tranche(b, t) for t in tranches]
    for name, rows, label in (
        (f"{lease}.lessee_ifrs.index.liability", [f[0] for f in found], "lease liability, index reset"),
        (f"{lease}.lessee_ifrs.index.rou", [f[1] for f in found], "right-of-use asset, index reset"),
        (f"{lease}.lessee_ifrs.index.cost", [f[2] for f in found], "lease cost, index reset"),
        (f"{lease}.lessee_us.index.variable", [f[3] for f in found], "variable lease cost by the index"),
    ):
        b.sheet.row(name, sum_of(rows), unit=USD, label=label, source=SOURCE)


def _add_tranche(b: Build, t: IndexedTranche) -> tuple[Row, Row, Row, Row]:
    s, name = b.sheet, f"{t.ifrs.name}.index"

    def row(item: str, expr: Expr, label: str) -> Row:
        return s.row(f"{name}.{item}", expr, unit=USD, source=SOURCE, label=label)

    ratio = s.row(f"{name}.ratio", _ratio(b, t), unit=RATIO, source=SOURCE, label="index, against commencement")
    before = previous(ratio, first=1)
    carried = s[f"{t.ifrs.name}.liability.carried"]
    remeasured = row("remeasured", (ratio - before) * carried, "liability measured anew for the index")
    liability = row("liability", t.ifrs.liability * ratio, "lease liability with every reset so far")
    held = s.opening(f"{name}.rou", unit=USD, source=SOURCE)
    amortisation = row("rou.amortisation", held * t.share, "amortisation of the right")
    adjusted = row("rou.adjusted", most(remeasured, amortisation - held), "with the liability, not below zero")
    rou = s.close(
        f"{name}.rou",
        held,
        add=[s[f"{t.ifrs.name}.rou.recognised"], adjusted],
        less=[amortisation],
        source=SOURCE,
        label="right-of-use asset",
    )
    arrears, advance = s[f"{t.ifrs.name}.liability.arrears"], s[f"{t.ifrs.name}.liability.advance"]
    late = row("late", t.paid - arrears * before - advance * ratio, "paid late, at an index fixed since")
    interest = row("interest", t.ifrs.interest * before, "interest on the liability")
    cost = row("cost", interest + amortisation + remeasured - adjusted + late, "lease cost with resets")
    variable = s.row(
        f"{t.us.name}.index.variable",
        t.paid - arrears - advance,
        unit=USD,
        source=SOURCE,
        label="rent beyond what is measured",
    )
    return liability, rou, cost, variable


def _ratio(b: Build, t: IndexedTranche) -> Expr:
    """Index in force over that of commencement; 1 before and where the lease never starts."""
    s = b.sheet
    first = total(t.starts * s[f"{t.parts[0]}.index"])
    now: Expr = s[f"{t.parts[0]}.index"]
    for part in t.parts[1:]:
        now = choose(reached(b.clock, s[f"{part}.start"]), s[f"{part}.index"], now)
    begun = reached(b.clock, s[f"{t.parts[0]}.start"])
    live = both(begun, less_than(NIL, first))
    return choose(live, now / choose(less_than(NIL, first), first, 1 + NIL * first), 1 + NIL * now)

"""The plug of uses: the contingency that brings all uses of the deal to the agreed total.

Row added: ``S.contingency.plug`` for the business the deal names, [USD]: agreed total, less every other use of every
vehicle, less reserves held as letters of credit. It is negative when the other uses already pass the total; the check
``deal.contingency`` says so.
"""

from __future__ import annotations

from ringfence.blocks.context import Build
from ringfence.sheet import positive, sum_of, total
from ringfence.units import USD


def add_plug(b: Build) -> None:
    """Add the contingency that closes the deal's uses, where the deal asks for one."""
    uses = b.deal.uses
    if uses is None:
        return
    s = b.sheet
    whole = b.scalar("uses.total", uses.total, USD, "agreed total of uses")
    rows = []
    for silo in b.books.silos.values():
        rows += [
            x.row
            for x in silo.uses
            if x.kind != "investment" and not (x.kind == "contingency" and silo.key == uses.plug)
        ]
    letters = [
        b.scalar(f"contracts.{x}.amount", lc.amount, USD, "face amount")
        for x, lc in b.deal.of_type("letter_of_credit").items()
        if lc.stands_for == "reserve"
    ]
    other = s.row(
        "deal.uses.other",
        total(sum_of(rows)) + sum_of(letters),
        unit=USD,
        label="uses other than the plug",
        looks_ahead="signing",
    )
    room = s.row("deal.uses.room", whole - other, unit=USD, label="left for the contingency", looks_ahead="signing")
    s.row(
        f"{uses.plug}.contingency.plug",
        positive(room),
        unit=USD,
        label="contingency that closes the total",
        looks_ahead="signing",
    )

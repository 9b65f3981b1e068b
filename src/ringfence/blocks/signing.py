"""What is fixed at signing: amounts, repayment schedules and commitments.

``add_signed`` adds three rows: ``<name>.sized`` what the sizing rules give on this run's inputs, ``<name>.signed`` an
input that holds the figure once the deal is signed, and ``<name>`` itself, which reads the first until ``deal.signed``
is 1 and the second from then on. Scenarios, stresses and random paths run with ``deal.signed`` = 1, so a sculpted
schedule is tested, never re-cut (docs/convention.md 8).
"""

from __future__ import annotations

from ringfence.blocks.context import Build
from ringfence.sheet import Expr, Row, choose
from ringfence.units import RATIO, Unit

SWITCH = "deal.signed"


def add_switch(b: Build) -> Row:
    """Add the switch ``deal.signed``: 0 sizes the debt on this run's inputs, 1 uses the signed figures."""
    return b.sheet.scalar(SWITCH, 0.0, unit=RATIO, source="", label="0 size afresh, 1 run on the signed terms")


def add_signed(
    b: Build, name: str, sized: Expr, *, unit: Unit, label: str, source: str = "", series: bool = False
) -> Row:
    """Add a figure that is sized once and then frozen.

    Parameters
    ----------
    b
        Build in progress; its sheet gains the three rows above.
    name
        Name of the row that everything else reads.
    sized
        What the sizing rules give; may look ahead, for it is fixed before the first path is run.
    unit
        Unit of the figure.
    label, source
        As for any row.
    series
        Whether the figure differs by period.

    Returns
    -------
    Row
        Row `name`.
    """
    s = b.sheet
    fresh = s.row(f"{name}.sized", sized, unit=unit, label=f"{label}, as sized", source=source, looks_ahead="signing")
    words = f"{label}, as signed"
    if series:
        frozen = s.series(f"{name}.signed", [0.0] * s.periods, unit=unit, source=source, label=words, term=True)
    else:
        frozen = s.scalar(f"{name}.signed", 0.0, unit=unit, source=source, label=words)
    b.books.signed[frozen.name] = fresh.name
    return s.row(name, choose(s[SWITCH], frozen, fresh), unit=unit, label=label, source=source)

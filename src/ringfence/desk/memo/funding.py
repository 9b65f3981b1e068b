"""Sources and uses: one column per business, what passes between vehicles taken out, the deal on the right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.desk.table import Cell, Figure, Table
from ringfence.desk.view import View

if TYPE_CHECKING:
    from ringfence.blocks.books import Line, Silo

COLUMNS = 6
BETWEEN = "investment in "
WORDS = {
    "upfront": "upfront fees",
    "discount_at_issue": "original issue discount",
    "building": "agency fees before conversion",
    "commitment_fee_paid": "commitment fees",
    "at_cost": "LC fees before conversion",
    "idc": "interest during construction",
    "dsra": "debt service reserves",
}
"""What a use that belongs to a loan is called; the same use of several loans is one line."""


@dataclass(frozen=True)
class Entry:
    """One use or source of one business. [USD]"""

    silo: str
    label: str
    amount: float
    inside: bool


def use_words(label: str) -> str:
    """Return what a use of funds is called: ``senior.upfront`` is ``upfront fees``.

    Parameters
    ----------
    label
        Label of a line of sources or uses.
    """
    return WORDS.get(label.rsplit(".", 1)[-1], label)


def funding_tables(view: View) -> list[Table]:
    """Return sources and uses, and the comparison with the hand table where the deal has one."""
    uses = [_entry(view, s, line, line.label.startswith(BETWEEN)) for s in view.silos for line in s.uses]
    sources = [_entry(view, s, line, _held_inside(view, s, line.label)) for s in view.silos for line in s.sources]
    keys = [s.key for s in view.silos]
    blocks = [keys[k : k + COLUMNS] for k in range(0, len(keys), COLUMNS)]
    tables = [_matrix(view, block, uses, sources, last=block is blocks[-1], many=len(keys) > 1) for block in blocks]
    return [*tables, *_hand_table(view)]


def _entry(view: View, silo: Silo, line: Line, inside: bool) -> Entry:
    return Entry(silo.key, use_words(line.label), view.total(line.row.name), inside)


def _held_inside(view: View, silo: Silo, label: str) -> bool:
    equity = silo.equity.get(label)
    return equity is not None and view.deal.parties[equity.holder].role == "vehicle"


def _matrix(view: View, keys: list[str], uses: list[Entry], sources: list[Entry], *, last: bool, many: bool) -> Table:
    """Uses above, sources below, each with its total; the difference in cents."""
    ends = ("between", "deal") if many and last else ()
    letters = _letters(view)
    rows: list[tuple[Cell, ...]] = []
    totals: set[int] = set()
    for word, entries in (("uses", uses), ("sources", sources)):
        entries = [*entries, *letters]
        rows.append((word.capitalize(), *[None] * (len(keys) + len(ends))))
        for label in dict.fromkeys(e.label for e in entries if e.silo in keys or (ends and not e.silo)):
            mine = [e for e in entries if e.label == label]
            if any(abs(e.amount) >= 0.005 for e in mine):
                rows.append(_row(f"  {label}", keys, mine, ends))
        totals.add(len(rows))
        rows.append(_row(f"Total {word}", keys, entries, ends))
    rows.append(_difference(keys, uses, sources, ends))
    heads = ("", *keys, *ends)
    title = "Sources and uses, USD m" + (" (between: what one vehicle puts into another, taken out)" if ends else "")
    return Table("funding", title, heads, tuple(rows), totals=frozenset(totals))


def _letters(view: View) -> list[Entry]:
    """Reserves held as letters of credit: a use and a source of the deal, never cash."""
    amount = view.cell("deal.letters") if view.has("deal.letters") else 0.0
    return [Entry("", "reserve by LC (not cash)", amount, False)] if amount else []


def _row(label: str, keys: list[str], entries: list[Entry], ends: tuple[str, ...]) -> tuple[Cell, ...]:
    cells: list[Cell] = [label]
    for key in keys:
        mine = [e.amount for e in entries if e.silo == key]
        cells.append(Figure(sum(mine)) if mine else None)
    if ends:
        inside = sum(e.amount for e in entries if e.inside)
        cells += [Figure(-inside) if inside else None, Figure(sum(e.amount for e in entries) - inside)]
    return tuple(cells)


def _difference(keys: list[str], uses: list[Entry], sources: list[Entry], ends: tuple[str, ...]) -> tuple[Cell, ...]:
    def gap(silos: list[str] | None, *, outside: bool = False) -> Figure:
        def total(entries: list[Entry]) -> float:
            return sum(e.amount for e in entries if (silos is None or e.silo in silos) and not (outside and e.inside))

        return Figure(total(sources) - total(uses), "usd")

    cells: list[Cell] = ["Sources less uses, USD", *(gap([key]) for key in keys)]
    return tuple([*cells, None, gap(None, outside=True)] if ends else cells)


def _hand_table(view: View) -> list[Table]:
    hand = view.deal.hand_table
    rows: list[tuple[Cell, ...]] = []
    for name, figure in hand.items():
        found = _named(view, name)
        gap = None if found is None else found - figure
        rows.append((name, Figure(float(figure)), Figure(found), Figure(gap)))
    if not rows:
        return []
    note = "By hand: quoted before the deal was modelled (hand_table in its file). Difference: here less by hand."
    heads = ("measure", "by hand", "here", "difference")
    return [Table("hand_table", "Against the hand table, USD m", heads, tuple(rows), notes=(note,))]


def _named(view: View, name: str) -> float | None:
    """A measure of this name, else the sum of a row of this name. [USD]"""
    value = view.value(name)
    return value if value is not None or not view.has(name) else view.total(name)

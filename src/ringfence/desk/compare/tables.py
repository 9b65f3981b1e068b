"""A comparison as tables: terms that differ, figures that moved, and who moved them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ringfence.desk.compare.inputs import shown
from ringfence.desk.table import Cell, Figure, Kind, Table, unsigned
from ringfence.desk.tables import kind_of

if TYPE_CHECKING:
    from ringfence.desk.compare.attribution import Attribution, Move, Reading
    from ringfence.desk.compare.comparison import Comparison
    from ringfence.desk.compare.inputs import InputChange

#: Figures attributed on the page where none are named, by how their names end, most telling first.
TELLING = (".irr", ".dscr.min", ".amount", "deal.uses.total", ".llcr.min", ".moic", "usd_per_gpu_hour")
#: Figures attributed on the page where none are named, at most.
FEW = 5
_LONGEST = 28
_HEADS = ("change", "in turn", "alone", "last", "average")


def comparison_tables(c: Comparison, a: str, b: str, of: Sequence[str] = ()) -> list[Table]:
    """Return a comparison as the tables of a page.

    Parameters
    ----------
    c
        The comparison.
    a, b
        What the two runs are called.
    of
        Measures to attribute; left out: the most telling ones that moved.
    """
    found = [_inputs(c, a, b)]
    if c.structure:
        rows: tuple[tuple[Cell, ...], ...] = tuple((text,) for text in c.structure)
        found.append(Table("structure", f"Not in both (A is {a}, B is {b})", ("difference",), rows))
    found.append(_measures(c, a, b))
    if c.attribution is not None:
        found += attribution_tables(c.attribution, a, b, of)
    return found


def moved_row(name: str, unit: str, a: float | None, b: float | None) -> tuple[Cell, ...]:
    """Return a measure with its two values and the change between them.

    Parameters
    ----------
    name, unit
        Of the measure.
    a, b
        Its values, None where n/a. [unit]
    """
    kind = kind_of(unit, name)
    change = _change(None if a is None or b is None else b - a, kind)
    return f"{name}{named_unit(unit)}", Figure(a, kind), Figure(b, kind), change


def named_unit(unit: str) -> str:
    """Return what stands behind the name of a measure of time, whose figures are bare numbers.

    Parameters
    ----------
    unit
        Of the measure.
    """
    return {"month": ", months", "year": ", years"}.get(unit, "")


def _change(value: float | None, kind: Kind) -> Cell:
    if kind == "percent" and value is not None:
        return unsigned(f"{value * 100:+.2f} points")
    return Figure(value, kind)


def _inputs(c: Comparison, a: str, b: str) -> Table:
    told = [x for x in c.changes if not _whole(x)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (x.path, shown(x.a, _LONGEST), shown(x.b, _LONGEST), _place(x)) for x in told
    )
    more = len(c.changes) - len(told)
    notes = () if rows or more else ("None.",)
    title = f"Terms that differ: {len(rows)}"
    if more:
        notes = (f"{more} parties, assets and contracts stand in one of the two only; see below.",)
    return Table("inputs", title, ("term", a, b, "written in"), rows, notes=notes, left=frozenset({0, 1, 2, 3}))


def _whole(change: InputChange) -> bool:
    """Whether a change is a party, an asset or a contract that only one of the two has."""
    whole = change.path.partition(".")[0] in ("parties", "assets", "contracts") and change.path.count(".") == 1
    return whole and not (change.a and change.b)


def _place(change: InputChange) -> str:
    """Where the term stands: in B, or in A where B does not have it."""
    return (change.where_b if change.b else change.where_a).partition(" (")[0]


def _measures(c: Comparison, a: str, b: str) -> Table:
    rows = tuple(moved_row(*m) for m in c.measures if m[0] not in c.alone)
    notes = [f"{c.same} measures are the same in both."]
    if c.alone:
        notes.append(f"{len(c.alone)} measures stand in one of the two only.")
    title = f"Measures that moved: {len(rows)} (USD in millions)"
    return Table("measures", title, ("measure", a, b, "change"), rows, notes=tuple(notes))


def telling(moves: dict[str, Move], of: Sequence[str] = ()) -> list[str]:
    """Return the figures a page attributes: those asked for, or the most telling that moved.

    Parameters
    ----------
    moves
        Figures that moved, by name.
    of
        Figures asked for.
    """
    if of:
        return [name for name in of if name in moves]
    seen = [name for name, move in moves.items() if _visible(move)]
    ranked = [(rank, name) for name in seen for rank, end in enumerate(TELLING) if name.endswith(end)]
    return list(dict.fromkeys(name for _, name in sorted(ranked, key=lambda pair: pair[0])))[:FEW]


def _visible(move: Move) -> bool:
    """Whether a figure moved by more than what is printed of it hides."""
    kind = kind_of(move.unit, move.measure)
    return Figure(move.a, kind).text() != Figure(move.b, kind).text()


def attribution_tables(found: Attribution, a: str, b: str, of: Sequence[str] = ()) -> list[Table]:
    """Return who moved what: one table a figure and a reading, then how to read them.

    Parameters
    ----------
    found
        From ``attribute``.
    a, b
        What the two runs are called.
    of
        Measures to show; left out: the most telling ones that moved.
    """
    tables = [table for reading in found.readings for table in _by_reading(reading, found, of)]
    notes = (*found.notes, *(_how_to_read(found, a, b) if tables else ()))
    if not notes:
        return tables
    if tables:
        return [*tables, Table("attribution", "How the moves are shared out", ("",), (), notes=notes)]
    return [Table("attribution", "Who moved what", ("",), (), notes=notes)]


def _by_reading(reading: Reading, found: Attribution, of: Sequence[str]) -> Iterator[Table]:
    for name in telling(reading.moves, of):
        yield _moved_by(reading.moves[name], reading, found)


def _moved_by(move: Move, reading: Reading, found: Attribution) -> Table:
    kind = kind_of(move.unit, move.measure)
    ends = f"{Figure(move.a, kind).text()} to {Figure(move.b, kind).text()}"
    unit = ", USD m" if kind == "usd_m" else named_unit(move.unit)
    title = f"{move.measure}{unit}: {ends}, debt {reading.name}"
    if not move.parts:
        return Table(f"moved:{move.measure}", title, ("",), (), notes=(f"Not shared out: {move.why}.",))
    rows: list[tuple[Cell, ...]] = [
        (p.lever, *(_change(x, kind) for x in (p.turn, p.alone, p.last, p.average))) for p in move.parts
    ]
    totals: frozenset[int] = frozenset()
    if len(found.levers) > 1:
        rows.append(("interaction", None, _change(move.interaction, kind), None, None))
        whole = _change(move.total, kind)
        rows.append(("the whole move", whole, whole, None, whole))
        totals = frozenset({len(rows) - 1})
        return Table(f"moved:{move.measure}", title, _HEADS, tuple(rows), totals)
    return Table(f"moved:{move.measure}", title, ("change", "moved it by"), tuple(row[:2] for row in rows))


def _how_to_read(found: Attribution, a: str, b: str) -> list[str]:
    n = len(found.levers)
    notes = []
    if n > 1:
        every = "both orders" if found.orders == 2 else f"all {found.orders} orders"
        over = every if found.exact else "the order listed and its reverse"
        notes += [
            f"in turn: one at a time from {a} to {b}, in the order listed; sums to the whole move.",
            f"alone: on {a}, nothing else changed; with the interaction it sums to the whole move. "
            f"last: what taking it back from {b} undoes.",
            f"average: over {over}; sums to the whole move.",
        ]
    for lever in found.levers:
        if len(lever.changes) > 1:
            notes.append(f"{lever.name}: {', '.join(x.path for x in lever.changes)}; made together.")
    notes.append(f"{found.runs} runs, each of a whole deal; nothing is scaled or differentiated.")
    for reading in found.readings:
        words = "the schedule that A signed is held in every run" if reading.name == "as signed" else "every run sizes"
        if len(found.readings) > 1 or not reading.reaches_b:
            end = "" if reading.reaches_b else f"; its last run is the terms of {b}, not {b} as it was run"
            notes.append(f"debt {reading.name}: {words}{end}.".replace("sizes.", "sizes its own debt."))
    return notes

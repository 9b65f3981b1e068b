"""No clairvoyance: what a period pays may not lean on what a path has not shown yet.

Every row is one of three, and passes it on:

    term    a function of inputs fixed at signing: scalars, tables, and series declared with ``term=True``
    now     leans on a series that a path may shock, up to this period
    ahead   leans on such a series in a later period: ``following`` or a reduction over a `now` row

A *term* may be read at any period: the total of planned capex or the scheduled debt service of the next six months is
known to everybody at signing. Nothing but inputs that are no terms may be shocked from some period on
(:func:`shockable`), so a row that is not *ahead* cannot change before that period. ``at(x, 0)`` is *now*. A table
declared with ``term=False`` may be read at the clock or earlier only.

A row that reads ahead must say why: ``looks_ahead="hindsight"`` (a figure reported afterwards) or ``"signing"`` (sizes
what is agreed at signing). Rows that read only marked rows inherit the mark. Cash may read a marked row through one
cut alone: ``choose(deal.signed, frozen, sized)``, which counts as `frozen`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ringfence.errors import Finding, SheetError
from ringfence.sheet.formula import formula_text, walk
from ringfence.sheet.ops import REDUCTIONS
from ringfence.sheet.plan import plan
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sheet import Sheet

TERM, NOW, AHEAD = 0, 1, 2
SIGNED = "deal.signed"
CLOCK = frozenset({"period.index", "period.start", "period.end", "period.before"})
RULE = "no-clairvoyance: cash reads nothing that a path has not shown yet"


@dataclass
class _Reading:
    """What is known of each row so far: its level, and what put it ahead (a row or a piece of formula)."""

    level: dict[int, int] = field(default_factory=dict)
    cause: dict[int, Row | str] = field(default_factory=dict)


def shockable(sheet: Sheet) -> tuple[str, ...]:
    """Name the inputs a path may change from some period on.

    Parameters
    ----------
    sheet
        Any sheet.
    """
    return tuple(row.name for row in sheet if row.kind in ("series", "table") and not row.term)


def check_clairvoyance(sheet: Sheet, cash_rows: Iterable[str | Row]) -> tuple[Finding, ...]:
    """Find look-ahead rows without a mark, and cash that reads one; marks are passed on to the rows that inherit them.

    Parameters
    ----------
    sheet
        Complete.
    cash_rows
        Rows that are paid.

    Returns
    -------
    tuple[Finding, ...]
        Errors, each with the chain from the row to what looks ahead; empty if all is well.
    """
    read = _read(sheet)
    findings = [
        _unmarked(row, read.cause[id(row)])
        for row in sheet
        if read.level.get(id(row)) == AHEAD and not row.looks_ahead and isinstance(read.cause[id(row)], str)
    ]
    _inherit(sheet, read)
    cash = [sheet[row] if isinstance(row, str) else row for row in cash_rows]
    return (*findings, *(_cash(row, read) for row in cash if read.level.get(id(row)) == AHEAD))


def refuse_clairvoyance(sheet: Sheet, cash_rows: Iterable[str | Row]) -> None:
    """Raise if :func:`check_clairvoyance` finds anything.

    Parameters
    ----------
    sheet, cash_rows
        As there.
    """
    findings = check_clairvoyance(sheet, cash_rows)
    if findings:
        raise SheetError("\n\n".join(map(str, findings)))


def _read(sheet: Sheet) -> _Reading:
    planned = plan(sheet)
    read = _Reading()
    for row in sheet:
        if row.is_input:
            read.level[id(row)] = TERM if row.term or row.kind == "scalar" else NOW
    for step in planned.steps:
        rows = [row for row in step.rows if row.name in sheet.rows]
        aux = [row for row in step.rows if row.name not in sheet.rows]
        for row in rows + aux:
            read.level.setdefault(id(row), TERM)
        changed = bool(rows)
        while changed:
            changed = any([_update(row, read) for row in rows])
    return read


def _update(row: Row, read: _Reading) -> bool:
    assert row.expr is not None
    level, cause = _formula_level(row.expr, read)
    if row.looks_ahead and level != AHEAD:
        level, cause = AHEAD, f"marked looks_ahead={row.looks_ahead!r}"
    if level == read.level[id(row)]:
        return False
    read.level[id(row)] = level
    if cause is not None:
        read.cause[id(row)] = cause
    return True


def _formula_level(root: Expr, read: _Reading) -> tuple[int, Row | str | None]:
    """Level of a formula and what puts it ahead; a piece of its own formula is named before a row it reads."""
    levels: dict[int, int] = {}
    causes: dict[int, Row | str | None] = {}
    for node in walk(root):
        level, cause = _node_level(node, levels, causes, read)
        levels[id(node)], causes[id(node)] = level, cause
    return levels[id(root)], causes[id(root)]


def _node_level(
    node: Expr, levels: dict[int, int], causes: dict[int, Row | str | None], read: _Reading
) -> tuple[int, Row | str | None]:
    if isinstance(node, Row):
        level = read.level.get(id(node), TERM)
        return level, node if level == AHEAD else None
    args = node.args
    if node.op == "choose" and isinstance(args[0], Row) and args[0].name == SIGNED:
        args = args[1:2]
    level = max((levels[id(arg)] for arg in args), default=TERM)
    found = [cause for arg in args if (cause := causes[id(arg)]) is not None]
    own = next((cause for cause in found if isinstance(cause, str)), None)
    if level == NOW and _looks_ahead(node, levels):
        return AHEAD, formula_text(node)
    if node.op == "lookup" and isinstance(args[0], Row) and not args[0].term and not _at_the_clock(args[1]):
        return AHEAD, own or formula_text(node)
    return level, own or (found[0] if found else None)


def _looks_ahead(node: Expr, levels: dict[int, int]) -> bool:
    if node.op == "following":
        return levels[id(node.args[0])] == NOW
    if node.op == "at" and node.args[1].op == "const" and node.args[1].param == 0:
        return False
    return node.op in REDUCTIONS


def _at_the_clock(x: Expr) -> bool:
    if isinstance(x, Row):
        return x.name in CLOCK
    if x.op == "sub":
        return _at_the_clock(x.args[0]) and x.args[1].op == "const" and x.args[1].param >= 0
    return x.op == "least" and any(_at_the_clock(arg) for arg in x.args)


def _inherit(sheet: Sheet, read: _Reading) -> None:
    for step in plan(sheet).steps:
        for row in step.rows:
            cause = read.cause.get(id(row))
            if read.level.get(id(row)) == AHEAD and not row.looks_ahead and isinstance(cause, Row):
                row.looks_ahead = cause.looks_ahead or "hindsight"


def _chain(row: Row, read: _Reading) -> list[Row | str]:
    chain: list[Row | str] = [row]
    seen = {id(row)}
    while isinstance(chain[-1], Row):
        cause = read.cause.get(id(chain[-1]))
        if cause is None or id(cause) in seen:
            break
        seen.add(id(cause))
        chain.append(cause)
    return chain


def _unmarked(row: Row, cause: Row | str) -> Finding:
    return Finding(
        "error",
        RULE,
        f"{row.name} reads the future: {cause}.",
        (f"{row.source or 'a formula'}  {row.name}",),
        'mark the row looks_ahead="hindsight" or "signing", or declare the input behind it a term (term=True)',
    )


def _cash(row: Row, read: _Reading) -> Finding:
    chain = _chain(row, read)
    named = " <- ".join(link.name if isinstance(link, Row) else link for link in chain)
    where = tuple(f"{link.source or 'a formula'}  {link.name}" for link in chain if isinstance(link, Row))
    return Finding(
        "error",
        RULE,
        f"cash row {row.name} reads the future of a path: {named}.",
        where,
        f"read the scheduled profile instead, or pass what is sized through choose({SIGNED}, frozen, sized)",
    )

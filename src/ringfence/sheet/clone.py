"""A second case in the same graph: the rows above some targets, copied with inputs overridden."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ringfence.errors import SheetError
from ringfence.sheet.formula import walk
from ringfence.sheet.row import Expr, Row, Value, as_expr, same_unit
from ringfence.sheet.sheet import Sheet


def clone(sheet: Sheet, targets: Iterable[str | Row], overrides: Mapping[str, Value], prefix: str) -> dict[str, Row]:
    """Copy rows; see :meth:`ringfence.sheet.Sheet.clone`. A copy made before under the same prefix is used again.

    Parameters
    ----------
    sheet
        Gains the copies.
    targets, overrides, prefix
        As for the method.
    """
    wanted = [sheet[target] if isinstance(target, str) else target for target in targets]
    swaps: dict[int, Expr] = {id(sheet[name]): _swap(sheet[name], value) for name, value in overrides.items()}
    above = _above(wanted, swaps)
    touched = _touched(above, swaps)
    copied = [old for old in above if id(old) in touched]
    made = {old.name for old in copied if f"{prefix}:{old.name}" in sheet}
    copies = {old.name: sheet.ref(f"{prefix}:{old.name}", unit=old.unit) for old in copied}
    swaps.update((id(sheet[name]), copy) for name, copy in copies.items())
    for name in copies:
        if name in made:
            continue
        old = sheet[name]
        assert old.expr is not None
        sheet.row(
            f"{prefix}:{name}",
            _rewrite(old.expr, swaps),
            unit=old.unit,
            source=old.source,
            label=old.label,
            looks_ahead=old.looks_ahead,
        )
    return {**{row.name: row for row in wanted if row.name not in overrides}, **copies}


def _swap(old: Row, value: Value) -> Expr:
    if isinstance(value, Row) and value.kind == "table":
        if old.kind != "table" or value.table_x != old.table_x:
            raise SheetError(f"table {value.name} cannot stand in for {old.name}")
        return value
    new = as_expr(value)
    same_unit(f"override of {old.name}", old, new)
    return new


def _above(targets: list[Row], swaps: Mapping[int, Expr]) -> list[Row]:
    found: dict[int, Row] = {}
    reader: dict[int, Row] = {}
    stack = list(targets)
    while stack:
        row = stack.pop()
        if id(row) in found or id(row) in swaps:
            continue
        found[id(row)] = row
        if row.kind == "ref":
            raise SheetError(_too_early(row, reader))
        for read in _reads(row):
            reader.setdefault(id(read), row)
            stack.append(read)
    return list(found.values())


def _too_early(row: Row, reader: Mapping[int, Row]) -> str:
    chain = [row]
    while id(chain[-1]) in reader and reader[id(chain[-1])] not in chain:
        chain.append(reader[id(chain[-1])])
    read_by = f"\n  read by: {' <- '.join(link.name for link in reversed(chain))}" if len(chain) > 1 else ""
    return f"{row.name} cannot be cloned before it is defined{read_by}"


def _reads(row: Row) -> list[Row]:
    return [] if row.expr is None else [node for node in walk(row.expr) if isinstance(node, Row)]


def _touched(above: list[Row], swaps: Mapping[int, Expr]) -> set[int]:
    readers: dict[int, list[Row]] = {}
    for row in above:
        for read in _reads(row):
            readers.setdefault(id(read), []).append(row)
    touched: set[int] = set()
    stack = list(swaps)
    while stack:
        for reader in readers.get(stack.pop(), []):
            if id(reader) not in touched:
                touched.add(id(reader))
                stack.append(id(reader))
    return touched


def _rewrite(expr: Expr, swaps: Mapping[int, Expr]) -> Expr:
    new: dict[int, Expr] = {}
    for node in walk(expr):
        if isinstance(node, Row):
            new[id(node)] = swaps.get(id(node), node)
            continue
        args = tuple(new[id(arg)] for arg in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        new[id(node)] = node if same else Expr(node.op, args, node.param, node.unit)
    return new[id(expr)]

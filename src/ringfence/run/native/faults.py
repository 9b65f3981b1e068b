"""Faults: where a division by zero or the like would stop the reference, the lane is marked.

A branch that is not taken is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.run.native import meaning
from ringfence.sheet.ops import MEASURES, REDUCTIONS, TIME
from ringfence.sheet.row import Expr, Row

if TYPE_CHECKING:
    from ringfence.run.native.write import Writer

_WHOLE = REDUCTIONS | MEASURES


def stop(w: Writer, flag: str) -> None:
    """Mark the lanes that have no value."""
    code, marks = w.code, marked(w)
    before = code.get(marks)
    code.set(marks, code.select(flag, code.most(before, code.const(1.0)), before))


def marked(w: Writer) -> str:
    """Return the variable that marks lanes within a function."""
    if not w.marks:
        w.marks = w.code.variable()
        w.code.variables.append(f" store {w.code.number} {w.code.const(0.0)}, ptr {w.marks}")
    return w.marks


def mark(w: Writer, row: Row) -> None:
    """Mark the lanes in which a row's formula would stop the run."""
    assert row.expr is not None
    if w.alias.get(id(row.expr), row) is not row or not may_fail(w, row.expr):
        return
    code, found = w.code, ""
    stack: list[tuple[Expr, str]] = [(row.expr, "")]
    seen: set[tuple[int, str]] = set()
    while stack:
        node, mask = stack.pop()
        held = isinstance(node, Row) or (node is not row.expr and id(node) in w.alias)
        if held or not node.args or (id(node), mask) in seen or not may_fail(w, node):
            continue
        seen.add((id(node), mask))
        if node.op in meaning.FAULT and not (node.op == "div" and node.args[1].op == "const"):
            flag = meaning.FAULT[node.op](code, *[w.value(arg) for arg in node.args])
            flag = code.both(mask, flag) if mask else flag
            found = code.either(found, flag) if found else flag
        if node.op == "choose":
            condition = w.truth(w.value(node.args[0]))
            taken = condition, code.negate(condition)
            masks = ["", *taken] if not mask else [mask, *(code.both(mask, flag) for flag in taken)]
            masks[0] = mask
            stack.extend(zip(node.args, masks, strict=True))
        elif node.op in TIME:
            outside = w.code.op(f"xor i1 {w.inside(meaning.SHIFT[node.op] * int(node.param))}, true")
            edge = code.splat(outside, "i1")
            stack.append((node.args[1], code.both(mask, edge) if mask else edge))
        elif node.op not in _WHOLE:
            stack.extend((arg, mask) for arg in node.args)
    if found:
        stop(w, found)


def may_fail(w: Writer, root: Expr) -> bool:
    """Whether anything in a formula can stop a run, rows apart."""
    known = w.risky.get(id(root))
    if known is None:
        known = w.risky[id(root)] = _may_fail(w, root)
    return known


def _may_fail(w: Writer, root: Expr) -> bool:
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if id(node) in seen or isinstance(node, Row) or (node is not root and id(node) in w.alias):
            continue
        seen.add(id(node))
        if node.op in meaning.FAULT and not (node.op == "div" and node.args[1].op == "const"):
            return True
        if node.op in TIME:
            stack.append(node.args[1])
        elif node.op not in _WHOLE:
            stack.extend(node.args)
    return False

"""Reductions: written into the sweep that computes their line, or in a loop of their own once the line is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ringfence.run.native import faults, meaning, rates
from ringfence.run.native.schedule import Folding, is_cell
from ringfence.sheet.row import NIL, Expr, Row, constant, sub

if TYPE_CHECKING:
    from ringfence.run.native.write import Writer


def start(w: Writer, folding: Folding) -> None:
    """Put the start value of a reduction in its place."""
    begin = meaning.REDUCE[folding.node.op].start
    number = float(w.periods) if isinstance(begin, str) else begin
    _keep(w, folding, w.code.const(number))
    if folding.node.op == "npv":
        raised = w.code.add(w.code.const(1.0), w.operand(folding.operands[1]))
        faults.stop(w, meaning.FAULT["log"](w.code, raised))
        value = meaning.NUMBER["log"](w.code, raised)
        w.code.store(value, w.code.address(w.base, w.own.cell_of(-id(folding.node))))


def step(w: Writer, folding: Folding) -> None:
    """Take one period into a reduction."""
    code = w.code
    operands = [w.operand(used) for used in folding.operands]
    if folding.node.op == "npv":
        factor = _discount(w, folding)
        operands[1:] = [code.load(code.address(w.base, w.own.cell_of(-id(folding.node)))), operands[2]]
        if factor is not None:
            operands = [operands[0], factor]
    index = code.splat(code.op(f"sitofp i64 {w.t} to double"))
    so_far = code.load(code.address(w.base, w.own.cell_of(id(folding.node))))
    _keep(w, folding, meaning.REDUCE[folding.node.op].step(code, so_far, operands, index))


def _discount(w: Writer, folding: Folding) -> str | None:
    """Discount factor of this period, where rate and times are the same for every path."""
    _, rate, times = folding.operands
    if not (w.is_shared(rate) and w.is_shared(times)):
        return None
    key = id(folding.node)
    if key not in w.factors:
        raised = Expr("log", (Expr("add", (constant(1.0), rate), None, None),), None, None)
        w.factors[key] = Expr("exp", (Expr("mul", (sub(NIL, raised), times), None, None),), None, None)
    return w.value(w.factors[key])


def finish(w: Writer, folding: Folding) -> None:
    """Put the result of a reduction in its place."""
    so_far = w.code.load(w.code.address(w.base, w.own.cell_of(id(folding.node))))
    _keep(w, folding, meaning.REDUCE[folding.node.op].finish(w.code, so_far))
    w.done.add(id(folding.node))


def late(w: Writer, folding: Folding) -> None:
    """Reduce lines that are complete, in a loop of their own."""
    if id(folding.node) in w.done:
        return
    w.done.add(id(folding.node))
    if folding.node.op in meaning.WHOLE:
        _whole(w, folding)
        return
    start(w, folding)
    with w.code.loop("0", str(w.periods)) as t:
        memo, w.memo, w.t = w.memo, {}, t
        step(w, folding)
        w.memo, w.t = memo, None
    w.flags = {}
    finish(w, folding)


def _keep(w: Writer, folding: Folding, value: str) -> None:
    """Store the value of a reduction."""
    w.code.store(value, w.code.address(w.base, w.own.cell_of(id(folding.node))))


def _whole(w: Writer, folding: Folding) -> None:
    """Call a function of whole lines."""
    flow, times = folding.operands
    shared = not w.alone and not is_cell(w.plan, times) and w.is_shared(times)
    name = f"{meaning.WHOLE[folding.node.op]}{w.code.width}{'s' if shared else 'o'}"
    key = -id(folding.node)
    if key not in w.own.places:
        w.own.places[key] = w.own.take(rates.RESULT)
    out = w.code.address(w.base, w.own.places[key])
    given = [_whole_line(w, flow, False), _whole_line(w, times, shared)]
    if shared:
        given.append(w.code.address("%shared", w.layout.steps_of(times)))
    pointers = ", ".join(f"ptr {pointer}" for pointer in [*given, out])
    w.code.put(f"call void @{name}({pointers})")
    _keep(w, folding, w.code.load(out))


def _whole_line(w: Writer, used: Expr, shared: bool) -> str:
    """Pointer to period 0 of a line; a line that is not laid out as asked is copied."""
    own = isinstance(used, Row) and not is_cell(w.plan, used) and (w.alone or not w.is_shared(used))
    if own:
        return w.code.address(w.base, w.own.line_of(id(used)))
    if shared:
        return w.code.address("%shared", w.layout.shared.line_of(id(used)))
    memory, base = (w.layout.shared, "%shared") if w.alone else (w.own, w.base)
    place = memory.line()
    with w.code.loop("0", str(w.periods)) as t:
        memo, w.memo, w.t = w.memo, {}, t
        w.code.store(w.operand(used), w.line_at(base, place, memory.unit))
        w.memo, w.t = memo, None
    return w.code.address(base, place)

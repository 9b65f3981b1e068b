"""Writes the rows of a schedule as code over lanes: cells, sweeps over the periods, reductions, faults.

One :class:`Writer` writes one function: all shared rows as plain numbers, or the rows of eight paths. Where a division
by zero or the like would stop the reference, the lane is marked; branches that are not taken are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ringfence.run.native import meaning, rates
from ringfence.run.native.lanes import Code
from ringfence.run.native.layout import Layout, Memory
from ringfence.run.native.schedule import Folding, Schedule, is_cell
from ringfence.run.native.tables import TableAt
from ringfence.sheet.formula import walk
from ringfence.sheet.ops import MEASURES, REDUCTIONS, TIME
from ringfence.sheet.plan import Pass
from ringfence.sheet.row import NIL, Expr, Row, constant, sub

_WHOLE = REDUCTIONS | MEASURES


@dataclass
class Shared:
    """Formula nodes that do not differ by path though the row around them does: computed once, by id."""

    varying: frozenset[int]
    places: dict[int, int] = field(default_factory=dict)
    nodes: list[tuple[Expr, bool]] = field(default_factory=list)
    known: dict[int, bool] = field(default_factory=dict)


class Writer:
    """Writes rows into functions, one for each sweep and one for the cells after it.

    Parameters
    ----------
    name
        What the functions are called, with a number after it.
    width
        Lanes.
    layout
        Where rows lie.
    schedule
        What to write, in which order.
    shared
        What is computed elsewhere; None in the function that computes it.
    """

    def __init__(self, name: str, width: int, layout: Layout, schedule: Schedule, shared: Shared | None) -> None:
        self.name = name
        self.width = width
        self.functions: list[Code] = []
        self.layout = layout
        self.plan = layout.plan
        self.alias = layout.plan.alias
        self.periods = layout.plan.sheet.periods
        self.schedule = schedule
        self.shared = shared
        self.alone = shared is None
        self.own: Memory = layout.shared if self.alone else layout.group
        self.base = "%shared" if self.alone else "%group"
        self.fault = self.own.take()
        self.states: dict[int, int] = {}
        self.factors: dict[int, Expr] = {}
        self.direct: dict[int, int] = {}
        self.marks = ""
        self.memo: dict[int, str] = {}
        self.flags: dict[str, str] = {}
        self.t: str | None = None
        self.now = ""
        self.before = ""
        self.done: set[int] = set()
        self.risky: dict[int, bool] = {}

    # -- the whole -------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write every row of the schedule."""
        with self.function():
            self.cells(self.schedule.before, -1)
        for number, sweep in enumerate(self.schedule.passes):
            if sweep.rows:
                with self.function():
                    self.sweep(number, sweep)
            with self.function():
                self.cells(sweep.then, number)

    @contextmanager
    def function(self) -> Iterator[None]:
        """Write what follows into a function of its own, so that compile time stays in step with the sheet."""
        head = f"define internal void @{self.name}{len(self.functions)}(ptr noalias %shared, ptr noalias %group)"
        self.code = Code(f"{head} nounwind noinline", self.width)
        self.section()
        self.marks = ""
        yield
        if self.marks:
            pointer = self.code.address(self.base, self.fault)
            self.code.store(self.code.most(self.code.load(pointer), self.code.get(self.marks)), pointer)
        if self.code.lines:
            self.code.put("ret void")
            self.functions.append(self.code)

    def text(self) -> str:
        """Return all functions."""
        return "\n".join(code.text() for code in self.functions)

    def calls(self) -> list[str]:
        """Return the calls that run them in order."""
        return [f"call void @{self.name}{k}(ptr %shared, ptr %group)" for k in range(len(self.functions))]

    def section(self) -> None:
        """Start where nothing is at hand."""
        self.code.forget()
        self.memo, self.flags = {}, {}

    def cells(self, rows: tuple[Row, ...], stage: int) -> None:
        """Write one-cell rows and the reductions that are known by now."""
        for row in rows:
            value = self.row(row)
            self.code.store(value, self.code.address(self.base, self.own.cell_of(id(row))))
            self.memo[id(row)] = value
            self.mark(row)
        for folding in self.schedule.foldings.values():
            if folding.late and folding.sweep == stage:
                self.fold_late(folding)

    # -- sweeps ----------------------------------------------------------------------------------------------

    def sweep(self, number: int, sweep: Pass) -> None:
        """Write one loop over the periods."""
        code = self.code
        foldings = [f for f in self.schedule.foldings.values() if f.sweep == number and not f.late]
        self.section()
        for folding in foldings:
            self.start_folding(folding)
        states = [row for row in sweep.rows if id(row) in self.schedule.held and not self.is_stored(row)]
        self.states = {id(row): place for place, row in enumerate(states)}
        first = self.own.take(2 * len(states)) if states else 0
        size = len(states) * self.own.unit
        for place in range(2 * len(states)):
            code.store(code.const(0.0), code.address(self.base, first + place * self.own.unit))
        now, before = code.variable(kind="ptr"), code.variable(kind="ptr")
        code.set(now, code.address(self.base, first), "ptr")
        code.set(before, code.address(self.base, first + size), "ptr")
        with code.loop("0", str(self.periods), back=sweep.direction == "backward") as t:
            self.section()
            self.t, self.now, self.before = t, code.get(now, "ptr"), code.get(before, "ptr")
            for row in sweep.rows:
                self.line(row)
            for folding in foldings:
                self.step_folding(folding)
            code.set(now, self.before, "ptr")
            code.set(before, self.now, "ptr")
        self.t, self.states = None, {}
        self.section()
        for folding in foldings:
            self.finish_folding(folding)

    def line(self, row: Row) -> None:
        """Write one period of a line."""
        value = self.row(row)
        self.memo[id(row)] = value
        if self.is_stored(row):
            self.code.store(value, self.line_at(self.base, self.own.line_of(id(row)), self.own.unit))
        if id(row) in self.states:
            self.code.store(value, self.code.address(self.now, self.states[id(row)] * self.own.unit))
        self.mark(row)

    def is_stored(self, row: Row) -> bool:
        """Whether every period of a line is kept."""
        return self.alone or id(row) in self.schedule.stored

    def line_at(self, base: str, offset: int, unit: int) -> str:
        """Pointer to a place of this period, a constant away from it."""
        assert self.t is not None
        return self.code.address(self.code.moved(base, self.t, unit), offset)

    # -- reductions ------------------------------------------------------------------------------------------

    def start_folding(self, folding: Folding) -> None:
        """Put the start value of a reduction in its place."""
        start = meaning.REDUCE[folding.node.op].start
        number = float(self.periods) if isinstance(start, str) else start
        self.keep(folding, self.code.const(number))
        if folding.node.op == "npv":
            raised = self.code.add(self.code.const(1.0), self.operand(folding.operands[1]))
            self.stop(meaning.FAULT["log"](self.code, raised))
            value = meaning.NUMBER["log"](self.code, raised)
            self.code.store(value, self.code.address(self.base, self.own.cell_of(-id(folding.node))))

    def step_folding(self, folding: Folding) -> None:
        """Take one period into a reduction."""
        code = self.code
        operands = [self.operand(used) for used in folding.operands]
        if folding.node.op == "npv":
            factor = self.discount(folding)
            operands[1:] = [code.load(code.address(self.base, self.own.cell_of(-id(folding.node)))), operands[2]]
            if factor is not None:
                operands = [operands[0], factor]
        index = code.splat(code.op(f"sitofp i64 {self.t} to double"))
        so_far = code.load(code.address(self.base, self.own.cell_of(id(folding.node))))
        self.keep(folding, meaning.REDUCE[folding.node.op].step(code, so_far, operands, index))

    def discount(self, folding: Folding) -> str | None:
        """Discount factor of this period, where rate and times are the same for every path."""
        _, rate, times = folding.operands
        if not (self.is_shared(rate) and self.is_shared(times)):
            return None
        key = id(folding.node)
        if key not in self.factors:
            raised = Expr("log", (Expr("add", (constant(1.0), rate), None, None),), None, None)
            self.factors[key] = Expr("exp", (Expr("mul", (sub(NIL, raised), times), None, None),), None, None)
        return self.value(self.factors[key])

    def finish_folding(self, folding: Folding) -> None:
        """Put the result of a reduction in its place."""
        so_far = self.code.load(self.code.address(self.base, self.own.cell_of(id(folding.node))))
        self.keep(folding, meaning.REDUCE[folding.node.op].finish(self.code, so_far))
        self.done.add(id(folding.node))

    def fold_late(self, folding: Folding) -> None:
        """Reduce lines that are complete, in a loop of their own."""
        if id(folding.node) in self.done:
            return
        self.done.add(id(folding.node))
        if folding.node.op in meaning.WHOLE:
            self.whole(folding)
            return
        self.start_folding(folding)
        with self.code.loop("0", str(self.periods)) as t:
            memo, self.memo, self.t = self.memo, {}, t
            self.step_folding(folding)
            self.memo, self.t = memo, None
        self.flags = {}
        self.finish_folding(folding)

    def keep(self, folding: Folding, value: str) -> None:
        """Store the value of a reduction."""
        self.code.store(value, self.code.address(self.base, self.own.cell_of(id(folding.node))))

    def whole(self, folding: Folding) -> None:
        """Call a function of whole lines."""
        flow, times = folding.operands
        shared = not self.alone and not is_cell(self.plan, times) and self.is_shared(times)
        name = f"{meaning.WHOLE[folding.node.op]}{self.code.width}{'s' if shared else 'o'}"
        key = -id(folding.node)
        if key not in self.own.places:
            self.own.places[key] = self.own.take(rates.RESULT)
        out = self.code.address(self.base, self.own.places[key])
        given = [self.whole_line(flow, False), self.whole_line(times, shared)]
        if shared:
            given.append(self.code.address("%shared", self.layout.steps_of(times)))
        pointers = ", ".join(f"ptr {pointer}" for pointer in [*given, out])
        self.code.put(f"call void @{name}({pointers})")
        self.keep(folding, self.code.load(out))

    def whole_line(self, used: Expr, shared: bool) -> str:
        """Pointer to period 0 of a line; a line that is not laid out as asked is copied."""
        own = isinstance(used, Row) and not is_cell(self.plan, used) and (self.alone or not self.is_shared(used))
        if own:
            return self.code.address(self.base, self.own.line_of(id(used)))
        if shared:
            return self.code.address("%shared", self.layout.shared.line_of(id(used)))
        memory, base = (self.layout.shared, "%shared") if self.alone else (self.own, self.base)
        place = memory.line()
        with self.code.loop("0", str(self.periods)) as t:
            memo, self.memo, self.t = self.memo, {}, t
            self.code.store(self.operand(used), self.line_at(base, place, memory.unit))
            self.memo, self.t = memo, None
        return self.code.address(base, place)

    # -- leaves ----------------------------------------------------------------------------------------------

    def operand(self, used: Expr) -> str:
        """Value of a row or a literal, in this period if it is a line."""
        return self.code.const(used.param) if used.op == "const" else self.leaf(used)

    def leaf(self, row: Expr) -> str:
        """Value of a row: at hand, or read from where it lies."""
        assert isinstance(row, Row)
        known = self.memo.get(id(row))
        if known is None:
            cell = id(row) in self.plan.scalars
            shared = not self.alone and id(row) not in self.shared_varying
            memory, base = (self.layout.shared, "%shared") if shared else (self.own, self.base)
            offset = memory.cell_of(id(row)) if cell else memory.line_of(id(row))
            pointer = self.code.address(base, offset) if cell else self.line_at(base, offset, memory.unit)
            if id(row) in self.direct:
                pointer = self.given_at(self.direct[id(row)])
            known = self.code.load_shared(pointer) if shared else self.code.load(pointer)
            self.memo[id(row)] = known
        return known

    def given_at(self, words: int) -> str:
        """Pointer to this period of an input that may lie in the caller's array."""
        code = self.code
        start = code.op(f"load ptr, ptr {code.address('%group', words)}, align 8")
        step = code.op(f"load i64, ptr {code.address('%group', words + 8)}, align 8")
        return code.op(f"getelementptr i8, ptr {start}, i64 {code.op(f'mul i64 {self.t}, {step}')}")

    @property
    def shared_varying(self) -> frozenset[int]:
        """Rows that differ by path."""
        assert self.shared is not None
        return self.shared.varying

    def is_shared(self, root: Expr) -> bool:
        """Whether a formula is the same for every path."""
        if self.shared is None:
            return False
        known = self.shared.known
        for node in walk(root) if id(root) not in known else ():
            if id(node) not in known:
                used = self.alias.get(id(node), node)
                if isinstance(used, Row):
                    known[id(node)] = id(used) not in self.shared.varying
                else:
                    known[id(node)] = all([known[id(arg)] for arg in node.args])
        return known[id(root)]

    def from_shared(self, node: Expr) -> str:
        """Read a node that is computed once for all paths."""
        assert self.shared is not None
        cell = self.is_one(node)
        if id(node) not in self.shared.places:
            memory = self.layout.shared
            self.shared.places[id(node)] = memory.take() if cell else memory.line()
            self.shared.nodes.append((node, cell))
        offset = self.shared.places[id(node)]
        pointer = self.code.address("%shared", offset) if cell else self.line_at("%shared", offset, 8)
        return self.code.load_shared(pointer)

    def is_one(self, root: Expr) -> bool:
        """Whether a formula has one value for all periods."""
        stack = [root]
        while stack:
            node = stack.pop()
            used = self.alias.get(id(node), node) if node is not root else node
            if isinstance(used, Row):
                if used.kind != "table" and id(used) not in self.plan.scalars:
                    return False
            elif used.op in TIME:
                return False
            elif used.op not in _WHOLE:
                stack.extend(used.args)
        return True

    # -- formulas --------------------------------------------------------------------------------------------

    def row(self, row: Row) -> str:
        """Value of a row's formula."""
        assert row.expr is not None
        own = self.alias.get(id(row.expr), row) is row
        return self.value(row.expr, own)

    def value(self, root: Expr, own: bool = False) -> str:
        """Value of a formula; `own` if it is not to be read from the row that holds it."""
        stack: list[tuple[Expr, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if id(node) in self.memo:
                continue
            if ready:
                self.memo[id(node)] = self.apply(node)
                continue
            found = self.simple(node, own and node is root)
            if found is not None:
                self.memo[id(node)] = found
                continue
            stack.append((node, True))
            stack.extend((arg, False) for arg in self.read_by(node))
        return self.memo[id(root)]

    def read_by(self, node: Expr) -> tuple[Expr, ...]:
        """Operands whose value is needed as it is in this period."""
        if node.op == "lookup" or node.op in TIME:
            return node.args[1:]
        return node.args

    def simple(self, node: Expr, own: bool) -> str | None:
        """Value of a node that needs no other: a literal, a row, or what lies in memory."""
        if node.op == "const":
            return self.code.const(node.param)
        if isinstance(node, Row):
            return self.leaf(node)
        if not own and id(node) in self.alias:
            return self.leaf(self.alias[id(node)])
        if self.shared is not None and self.is_shared(node):
            return self.from_shared(node)
        if node.op in _WHOLE:
            folding = self.schedule.foldings[id(node)]
            if folding.late:
                self.fold_late(folding)
            return self.code.load(self.code.address(self.base, self.own.cell_of(id(node))))
        return None

    def apply(self, node: Expr) -> str:
        """Apply an operator to operands at hand."""
        code = self.code
        if node.op in TIME:
            return self.shift(node)
        args = [self.memo[id(arg)] for arg in self.read_by(node)]
        if node.op in meaning.COMPARE:
            flag = meaning.COMPARE[node.op](code, *args)
            number = code.select(flag, code.const(1.0), code.const(0.0))
            self.flags[number] = flag
            return number
        if node.op == "choose":
            return self.choose(*args)
        if node.op == "lookup":
            return meaning.LOOKUP["lookup"](code, self.table(node.args[0]), args[0], *node.param)
        number = meaning.NUMBER[node.op](code, *args)
        if node.op in ("least", "most") and args[0] in self.flags and args[1] in self.flags:
            join = code.both if node.op == "least" else code.either
            self.flags[number] = join(self.flags[args[0]], self.flags[args[1]])
        return number

    def choose(self, condition: str, yes: str, no: str) -> str:
        """Pick a branch; a flag made of two literals stays a flag."""
        code, flag = self.code, self.truth(condition)
        number = meaning.CHOOSE["choose"](code, flag, yes, no)
        if (yes, no) == (code.const(0.0), code.const(1.0)):
            self.flags[number] = code.negate(flag)
        return number

    def truth(self, number: str) -> str:
        """Read a number as a flag."""
        flag = self.flags.get(number)
        return meaning.truth(self.code, number) if flag is None else flag

    def table(self, row: Expr) -> TableAt:
        """Where a table lies."""
        assert isinstance(row, Row)
        place = self.layout.table(row)
        own = not self.alone and id(row) in self.shared_varying
        ys = self.code.address(self.base, self.own.places[id(row)]) if own else ""
        return TableAt(self.code.address("%shared", 8 * place.offset), place.points, ys)

    # -- time ------------------------------------------------------------------------------------------------

    def shift(self, node: Expr) -> str:
        """Read a row some periods away, or the edge value."""
        code, n = self.code, int(node.param)
        used = self.alias.get(id(node.args[0]), node.args[0])
        edge = self.memo[id(node.args[1])]
        step = meaning.SHIFT[node.op] * n
        inside = self.inside(step)
        if is_cell(self.plan, used):
            return code.op(f"select i1 {inside}, {code.number} {self.operand(used)}, {code.number} {edge}")
        padded = edge == code.const(0.0) and abs(step) == 1
        if id(used) in self.states:
            found = code.load(code.address(self.before, self.states[id(used)] * self.own.unit))
        else:
            found = self.away(used, step, inside, padded)
        return found if padded else code.op(f"select i1 {inside}, {code.number} {found}, {code.number} {edge}")

    def inside(self, step: int) -> str:
        """Whether the period `step` away is one of the sheet's, as i1."""
        if step < 0:
            return self.code.op(f"icmp sge i64 {self.t}, {-step}")
        return self.code.op(f"icmp slt i64 {self.t}, {self.periods - step}")

    def away(self, used: Expr, step: int, inside: str, padded: bool) -> str:
        """Read a line `step` periods from now; anything where that is outside."""
        code = self.code
        shared = not self.alone and id(used) not in self.shared_varying
        memory, base = (self.layout.shared, "%shared") if shared else (self.own, self.base)
        offset = memory.line_of(id(used))
        if padded:
            pointer = self.line_at(base, offset + step * memory.unit, memory.unit)
        else:
            there = code.op(f"add i64 {self.t}, {step}")
            index = code.op(f"select i1 {inside}, i64 {there}, i64 0")
            pointer = code.address(code.moved(base, index, memory.unit), offset)
        return code.load_shared(pointer) if shared else code.load(pointer)

    # -- faults ----------------------------------------------------------------------------------------------

    def stop(self, flag: str) -> None:
        """Mark the lanes that have no value."""
        code, marks = self.code, self.marked()
        before = code.get(marks)
        code.set(marks, code.select(flag, code.most(before, code.const(1.0)), before))

    def marked(self) -> str:
        """Return the variable that marks lanes within a function."""
        if not self.marks:
            self.marks = self.code.variable()
            self.code.variables.append(f" store {self.code.number} {self.code.const(0.0)}, ptr {self.marks}")
        return self.marks

    def mark(self, row: Row) -> None:
        """Mark the lanes in which a row's formula would stop the run."""
        assert row.expr is not None
        if self.alias.get(id(row.expr), row) is not row or not self.may_fail(row.expr):
            return
        code, found = self.code, ""
        stack: list[tuple[Expr, str]] = [(row.expr, "")]
        seen: set[tuple[int, str]] = set()
        while stack:
            node, mask = stack.pop()
            held = isinstance(node, Row) or (node is not row.expr and id(node) in self.alias)
            if held or not node.args or (id(node), mask) in seen or not self.may_fail(node):
                continue
            seen.add((id(node), mask))
            if node.op in meaning.FAULT and not (node.op == "div" and node.args[1].op == "const"):
                flag = meaning.FAULT[node.op](code, *[self.value(arg) for arg in node.args])
                flag = code.both(mask, flag) if mask else flag
                found = code.either(found, flag) if found else flag
            if node.op == "choose":
                condition = self.truth(self.value(node.args[0]))
                taken = condition, code.negate(condition)
                masks = ["", *taken] if not mask else [mask, *(code.both(mask, flag) for flag in taken)]
                masks[0] = mask
                stack.extend(zip(node.args, masks, strict=True))
            elif node.op in TIME:
                outside = self.code.op(f"xor i1 {self.inside(meaning.SHIFT[node.op] * int(node.param))}, true")
                edge = code.splat(outside, "i1")
                stack.append((node.args[1], code.both(mask, edge) if mask else edge))
            elif node.op not in _WHOLE:
                stack.extend((arg, mask) for arg in node.args)
        if found:
            self.stop(found)

    def may_fail(self, root: Expr) -> bool:
        """Whether anything in a formula can stop a run, rows apart."""
        known = self.risky.get(id(root))
        if known is None:
            known = self.risky[id(root)] = self._may_fail(root)
        return known

    def _may_fail(self, root: Expr) -> bool:
        stack, seen = [root], set()
        while stack:
            node = stack.pop()
            if id(node) in seen or isinstance(node, Row) or (node is not root and id(node) in self.alias):
                continue
            seen.add(id(node))
            if node.op in meaning.FAULT and not (node.op == "div" and node.args[1].op == "const"):
                return True
            if node.op in TIME:
                stack.append(node.args[1])
            elif node.op not in _WHOLE:
                stack.extend(node.args)
        return False

"""Writes the rows of a schedule as code over lanes: cells, sweeps over the periods, formulas.

One :class:`Writer` writes one function: all shared rows as plain numbers, or the rows of eight paths. Reductions are
written by ``folding.py``, the marks of lanes without a value by ``faults.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ringfence.run.native import faults, folding, meaning, passing
from ringfence.run.native.lanes import Code
from ringfence.run.native.layout import Layout, Memory
from ringfence.run.native.schedule import Schedule, is_cell
from ringfence.run.native.tables import TableAt
from ringfence.sheet.formula import walk
from ringfence.sheet.ops import MEASURES, REDUCTIONS, TIME
from ringfence.sheet.row import Expr, Row
from ringfence.sheet.sweeps import Pass

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
            faults.mark(self, row)
        for found in self.schedule.foldings.values():
            if found.late and found.sweep == stage:
                folding.late(self, found)

    # -- sweeps ----------------------------------------------------------------------------------------------

    def sweep(self, number: int, sweep: Pass) -> None:
        """Write one loop over the periods."""
        code = self.code
        foldings = [f for f in self.schedule.foldings.values() if f.sweep == number and not f.late]
        self.section()
        for found in foldings:
            folding.start(self, found)
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
            for found in foldings:
                folding.step(self, found)
            code.set(now, self.before, "ptr")
            code.set(before, self.now, "ptr")
        self.t, self.states = None, {}
        self.section()
        for found in foldings:
            folding.finish(self, found)

    def line(self, row: Row) -> None:
        """Write one period of a line."""
        value = self.row(row)
        self.memo[id(row)] = value
        if self.is_stored(row):
            self.code.store(value, self.line_at(self.base, self.own.line_of(id(row)), self.own.unit))
        if id(row) in self.states:
            self.code.store(value, self.code.address(self.now, self.states[id(row)] * self.own.unit))
        faults.mark(self, row)

    def is_stored(self, row: Row) -> bool:
        """Whether every period of a line is kept."""
        return self.alone or id(row) in self.schedule.stored

    def line_at(self, base: str, offset: int, unit: int) -> str:
        """Pointer to a place of this period, a constant away from it."""
        assert self.t is not None
        return self.code.address(self.code.moved(base, self.t, unit), offset)

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
                known = self.given(self.direct[id(row)])
            else:
                known = self.code.load_shared(pointer) if shared else self.code.load(pointer)
            self.memo[id(row)] = known
        return known

    def given(self, words: int) -> str:
        """Read this period of an input that may lie in the caller's array; fetch that of paths further on meanwhile."""
        code = self.code
        pointer, coming = (self.moved_by(words + 16 * k) for k in range(2))
        for offset in range(0, code.bytes, 64):
            code.put(f"call void @llvm.prefetch.p0(ptr {code.address(coming, offset)}, i32 0, i32 3, i32 1)")
        value = code.load(pointer)
        passing.check(code, value, faults.marked(self))
        return value

    def moved_by(self, words: int) -> str:
        """Pointer to this period, given the address of the first and the bytes to the next."""
        start = self.code.op(f"load ptr, ptr {self.code.address('%group', words)}, align 8")
        step = self.code.op(f"load i64, ptr {self.code.address('%group', words + 8)}, align 8")
        return self.code.op(f"getelementptr i8, ptr {start}, i64 {self.code.op(f'mul i64 {self.t}, {step}')}")

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
            found = self.schedule.foldings[id(node)]
            if found.late:
                folding.late(self, found)
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

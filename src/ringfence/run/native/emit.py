"""Writes the module of a kernel: one function for what all paths share, one for the paths, a group at a time.

``@shared(shared)`` computes every row that no path input reaches, as plain numbers, once a run; it returns 1 if a
row has no value. ``@paths(shared, group, call, first, last)`` takes groups of 8 or 16 paths: it reads or draws their
inputs, sweeps over the periods and writes the outputs asked for. `call` is a list of 64-bit words:

    0  paths of the call        2, 3  the two words of the seed      5 ...  an address for each output
    1  number of the first      4     address of the failed flags    then, for each given input,
                                                                     address, bytes to next path, bytes to next period;
                                                                     then, for each drawn input, two words of its seed
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ringfence.run.native import folding, maths, passing, rates, tables
from ringfence.run.native.draws import Draw
from ringfence.run.native.lanes import LANES, Code
from ringfence.run.native.layout import Layout
from ringfence.run.native.schedule import Folding, Schedule, needed, schedule, varying
from ringfence.run.native.write import Shared, Writer
from ringfence.sheet.formula import walk
from ringfence.sheet.ops import MEASURES, REDUCTIONS
from ringfence.sheet.plan import Plan
from ringfence.sheet.row import Row

#: Words of `call` before the outputs.
HEADER = 5
GIVEN = "given"
#: Lines computed in one loop.
_CHUNK = 200
#: Lanes of a small sheet, and the most rows it has.
WIDE, _SMALL = 2 * LANES, 150
How = str | Draw


@dataclass(frozen=True)
class Emitted:
    """A kernel as text, and where its inputs and outputs lie.

    Parameters
    ----------
    text
        LLVM assembly.
    about
        Plain data for the run: sizes, inputs, outputs; see :func:`emit`.
    """

    text: str
    about: dict[str, Any]


def emit(
    plan: Plan, outputs: Sequence[str], path_inputs: Mapping[str, How], roots: bool, lanes: int | None = None
) -> Emitted:
    """Write a kernel.

    Parameters
    ----------
    plan
        The sheet, planned.
    outputs
        Rows, or measures as ``!name``, ``!name?`` (the flag) and ``!name!`` (status and roots of an irr).
    path_inputs
        Input -> given by the caller, or drawn.
    roots
        Whether every root of an irr is kept.
    lanes
        Paths side by side. If not given: one vector of the processor, or two where the sheet is so small that one
        alone would wait for itself.
    """
    if lanes is not None:
        return _Emitter(plan, outputs, path_inputs, roots, lanes).emit()
    written = _Emitter(plan, outputs, path_inputs, roots, LANES).emit()
    if 0 < written.about["path_rows"] <= _SMALL:
        return _Emitter(plan, outputs, path_inputs, roots, WIDE).emit()
    return written


class _Emitter:
    def __init__(
        self, plan: Plan, outputs: Sequence[str], path_inputs: Mapping[str, How], roots: bool, width: int
    ) -> None:
        self.plan = plan
        self.sheet = plan.sheet
        self.periods = plan.sheet.periods
        self.path_inputs = dict(path_inputs)
        self.roots = roots
        self.width = width
        self.layout = Layout.of(plan, width)
        self.outputs = {name: self.row_of(name) for name in outputs}
        self.wanted = needed(plan, self.outputs.values())
        self.path_inputs = {name: how for name, how in path_inputs.items() if id(self.sheet[name]) in self.wanted}
        self.lanes = varying(plan, self.wanted, self.path_inputs)
        self.about: dict[str, Any] = {"periods": self.periods, "lanes": width}

    def row_of(self, name: str) -> Row:
        return self.plan.hidden[name] if name.startswith("!") else self.sheet[name]

    def emit(self) -> Emitted:
        paths = self.paths()
        shared = self.shared()
        parts = [
            passing.PREFETCH,
            rates.constants(),
            *(maths.functions(width) for width in (1, self.width)),
            *(tables.functions(width) for width in (1, self.width)),
            rates.functions(1, self.periods, False),
            rates.functions(self.width, self.periods, True),
            rates.functions(self.width, self.periods, False),
            shared,
            paths,
            "!0 = !{}",
        ]
        self.about.update(
            times=[[self.layout.shared.line_of(key) // 8, at // 8] for key, at in self.layout.steps.items()],
            shared_places=self.layout.shared.size,
            group_places=self.layout.group.size,
            tables={
                row.name: [place.offset, place.points]
                for row in self.sheet
                if row.kind == "table" and (place := self.layout.tables.get(id(row)))
            },
            shared_inputs={
                row.name: [self.layout.shared.places[id(row)] // 8, row.kind]
                for row in self.sheet
                if row.kind in ("scalar", "series") and id(row) in self.layout.shared.places
            },
        )
        return Emitted("\n".join(parts) + "\n", self.about)

    # -- what is shared --------------------------------------------------------------------------------------

    def shared(self) -> str:
        rows = frozenset(key for key, row in self.wanted.items() if row.expr is not None and key not in self.lanes)
        order = schedule(self.plan, rows, None, ())
        writer = Writer("shared_", 1, self.layout, order, None)
        for row in self.wanted.values():
            if row.kind == "table":
                self.layout.table(row)
        writer.write()
        self.hoisted(writer)
        self.keep_shared()
        self.about["shared_rows"] = len(rows)
        code = Code("define i64 @shared(ptr noalias %shared, ptr noalias %group) nounwind", 1)
        fault = code.address("%shared", writer.fault)
        code.store(code.const(0.0), fault)
        for call in writer.calls():
            code.put(call)
        code.put(f"ret i64 {code.fresh(f'fptosi double {code.load(fault)} to i64')}")
        return "\n".join([writer.text(), code.text()])

    def hoisted(self, writer: Writer) -> None:
        """Formula nodes the paths read: cells first, then all lines in one loop."""
        memory = self.layout.shared
        with writer.function():
            for node, _ in self.part.nodes:
                for inner in walk(node):
                    if inner.op in REDUCTIONS | MEASURES and id(inner) not in writer.schedule.foldings:
                        operands = tuple(self.plan.alias.get(id(arg), arg) for arg in inner.args)
                        writer.schedule.foldings[id(inner)] = found = Folding(inner, -1, True, operands)
                        folding.late(writer, found)
            writer.section()
            for node, cell in self.part.nodes:
                if cell:
                    value = writer.value(node, True)
                    writer.code.store(value, writer.code.address("%shared", self.part.places[id(node)]))
        lines = [node for node, cell in self.part.nodes if not cell]
        for start in range(0, len(lines), _CHUNK):
            with writer.function(), writer.code.loop("0", str(self.periods)) as t:
                writer.section()
                writer.t = t
                for node in lines[start : start + _CHUNK]:
                    place = self.part.places[id(node)]
                    writer.code.store(writer.value(node, True), writer.line_at("%shared", place, memory.unit))
            writer.t = None

    def keep_shared(self) -> None:
        """Say where outputs that do not differ by path are read."""
        places = self.layout.shared.places
        found = {}
        for name, row in self.outputs.items():
            if id(row) not in self.lanes:
                cell = id(row) in self.plan.scalars
                at = self.layout.shared.cell_of(id(row)) if cell else self.layout.shared.line_of(id(row))
                found[name] = [at // 8, "cell" if cell else "line"]
                root = self.root_of(name)
                if root is not None and id(root) in {**places} and -id(root) in places:
                    found[f"{name}!"] = [places[-id(root)] // 8, "roots"]
        self.about["shared_outputs"] = found

    def root_of(self, name: str) -> Any:
        """Return the irr node of a measure, if it is one."""
        expr = self.outputs[name].expr
        while expr is not None and expr.op == "choose" and name.startswith("!"):
            expr = expr.args[1]
        return expr if expr is not None and expr.op == "irr" else None

    # -- the paths -------------------------------------------------------------------------------------------

    def paths(self) -> str:
        self.part = Shared(self.lanes)
        rows = frozenset(key for key in self.lanes if self.wanted[key].expr is not None)
        lines = [row for row in self.outputs.values() if id(row) in self.lanes and not self.plan.is_scalar(row)]
        order = schedule(self.plan, rows, self.lanes, lines)
        self.about.update(path_rows=len(rows), sweeps=[sweep.direction for sweep in order.passes])
        writer = Writer("paths_", self.width, self.layout, order, self.part)
        self.place_inputs(order, writer)
        writer.write()
        self.place_outputs()
        head = "define void @paths(ptr noalias %shared, ptr noalias %group, ptr noalias %call, i64 %first, i64 %last)"
        code = Code(f"{head} nounwind", self.width)
        fault = code.address("%group", writer.fault)
        with code.loop("%first", "%last") as number:
            at = code.op(f"mul i64 {number}, {self.width}")
            code.store(code.const(0.0), fault)
            passing.read_given(code, at, len(self.given), fault, HEADER + len(self.listed))
            passing.read_draws(code, at, len(self.drawn), HEADER + len(self.listed) + 3 * len(self.given))
            for call in writer.calls():
                code.put(call)
            passing.write_outputs(code, at, len(self.listed), fault, HEADER)
        code.put("ret void")
        tables = [("given", self.given), ("drawn", self.drawn), ("listed", self.listed)]
        return "\n".join(
            [*(passing.table(*each) for each in tables), passing.draw_functions(self.width), writer.text(), code.text()]
        )

    def place_inputs(self, order: Schedule, writer: Writer) -> None:
        """Give each path input its place; say where those that are handed over, or drawn, go."""
        memory = self.layout.group
        moved = {id(row) for row in self.outputs.values()}  # read out of their own period, or as whole lines
        moved |= {id(e.row) for key in order.rows for e in self.plan.edges[key] if e.kind in ("lag", "lead")}
        moved |= {id(used) for f in order.foldings.values() if f.node.op == "irr" for used in f.operands}
        self.given: list[tuple[int, ...]] = []
        self.drawn: list[tuple[int, ...]] = []
        self.about["given"] = []
        self.about["drawn"] = []
        for name, how in self.path_inputs.items():
            row = self.sheet[name]
            size = len(row.value[0]) if row.kind == "table" else 1 if row.kind == "scalar" else self.periods
            if row.kind == "table":
                memory.places[id(row)] = memory.take(self.layout.table(row).points + 1)
            offset = memory.cell_of(id(row)) if row.kind == "scalar" else memory.line_of(id(row))
            if isinstance(how, Draw):
                self.drawn.append((offset, size, how.factor, int(how.kind == "normal")))
                self.about["drawn"].append(how.factor)
            else:
                where = memory.take(passing.WHERE) if row.kind == "series" and id(row) not in moved else -1
                if where >= 0:
                    writer.direct[id(row)] = where
                self.given.append((offset, size, where))
                self.about["given"].append([name, row.kind, size])

    def place_outputs(self) -> None:
        """Say where outputs that differ by path are read, and how many numbers each has."""
        memory = self.layout.group
        self.listed: list[tuple[int, ...]] = []
        self.about["outputs"] = []
        for name, row in self.outputs.items():
            if id(row) not in self.lanes:
                continue
            line = not self.plan.is_scalar(row)
            offset = memory.line_of(id(row)) if line else memory.cell_of(id(row))
            self.listed.append((offset, self.periods if line else 1))
            self.about["outputs"].append([name, "line" if line else "cell", self.listed[-1][1]])
            root = self.root_of(name)
            if root is not None:
                size = 2 + rates.ROOTS if self.roots else 1
                self.listed.append((memory.places[-id(root)] + memory.unit, size))
                self.about["outputs"].append([f"{name}!", "roots", size])

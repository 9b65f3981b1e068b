"""The sheet made fit for cells: short formulas, visible steps, measures and checks as rows of their own.

    expanded = expand(sheet, checks=[...], alerts=[...])
    run = reference.run(expanded.sheet, inputs)        every cell of the book has its value here

The result is again a sheet over the same operators, so that the reference computes every helper row a reader of the
book sees. What changes:

- an operand that a formula would have to repeat, the argument of a time operator and of a reduction, and the largest
  part of a long formula become rows of their own, ``<owner>.step_<k>``, standing just above their owner;
- a literal other than 0 and 1 becomes an input cell, ``number:<digits>``;
- measures become rows ``measure:<name>`` with ``measure:<name>.applies``; an IRR is closed by steps (``returns.py``);
- checks and alerts become rows ``check:<name>.worst``, ``check:<name>.ok``, ``alert:<name>.count``, ``.first``.

A step that could divide by zero is guarded by the condition of the ``choose`` it was taken out of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ringfence.run.workbook import returns
from ringfence.run.workbook.verdicts import Test, add_verdicts
from ringfence.sheet import NIL, Expr, Row, Sheet
from ringfence.sheet.formula import formula_text, number_text, walk
from ringfence.sheet.ops import MAY_FAIL, REDUCTIONS
from ringfence.sheet.plan import Plan, plan
from ringfence.units import RATIO

#: Operators whose Excel form writes an operand more than once.
REPEATS = frozenset({"less_than", "at_most", "equal", "floor", "lookup"})
#: Longest formula, in characters before column letters are filled in; what is longer is cut into steps.
LONGEST = 190
_OWN_SIZE = {"less_than": 58, "at_most": 58, "equal": 62, "floor": 40, "lookup": 150, "choose": 12}
_LEAVES = ("row", "const")

Guard = tuple[tuple[Expr, bool], ...]


@dataclass
class Expanded:
    """A sheet fit for cells.

    Attributes
    ----------
    sheet
        The rows, same names and numbers as before, with the steps.
    origin
        The sheet it was made from.
    owner
        Step -> the row, measure or check it belongs to.
    spread
        One-cell steps that stand in every period, because a reduction reads them.
    starts
        Input cell an IRR starts from -> measure.
    numbers
        Input cells that hold a literal -> the row that first needed it.
    checks, alerts
        As given.
    """

    sheet: Sheet
    origin: Sheet
    owner: dict[str, str] = field(default_factory=dict)
    spread: set[str] = field(default_factory=set)
    starts: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    checks: tuple[Test, ...] = ()
    alerts: tuple[Test, ...] = ()

    def is_cell(self, row: Row) -> bool:
        """Whether a row stands in one cell of the constants column."""
        return plan(self.sheet).is_scalar(row) and row.name not in self.spread


def expand(sheet: Sheet, *, checks: Sequence[Test] = (), alerts: Sequence[Test] = (), scale: str = "") -> Expanded:
    """Make a sheet fit for cells.

    Parameters
    ----------
    sheet
        Complete.
    checks
        Rows that must be 0 in every period.
    alerts
        Flags that tell news about the deal.
    scale
        Measure that says how large the deal is, for the tolerance of checks. [USD]
    """
    solved = [Test(f"{name}.solved", f"{name} is solved", f"{name}.residual") for name in sheet.solved_inputs]
    known = {word for test in checks for word in (test.row, test.name)}
    tests = (*checks, *(test for test in solved if not known & {test.row, test.name}))
    maker = _Maker(
        sheet, Expanded(Sheet(periods=sheet.periods, name=sheet.name), sheet, checks=tests, alerts=(*alerts,))
    )
    with _deep():
        maker.rows()
        maker.measures()
    add_verdicts(maker.new, maker.out.checks, maker.out.alerts, maker.is_cell, scale)
    return maker.out


@contextmanager
def _deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Maker:
    def __init__(self, sheet: Sheet, out: Expanded) -> None:
        self.old = sheet
        self.plan: Plan = plan(sheet)
        self.out = out
        self.new = out.sheet
        self.steps: dict[object, Row] = {}
        self.counts: dict[str, int] = {}
        self.keys: dict[int, object] = {}
        self.sizes: dict[int, int] = {}
        self.kept: list[Expr] = []
        self.aliased: dict[int, Row] = {}
        self.current: Row | None = None
        self.owner = ""

    # -- rows --------------------------------------------------------------------------------------------------

    def rows(self) -> None:
        self.new.scalar("number:absolute_tolerance", 1e-9, label="largest difference at which two numbers are equal")
        self.new.scalar("number:relative_tolerance", 1e-9, label="the same, as a share of the larger of the two")
        self.new.scalar("number:true_above", 0.5, label="a flag is true above this")
        self.new.scalar("number:same", 1e-12, label="share by which a fingerprint may differ")
        self.new.scalar("number:periods", float(self.old.periods), label="number of periods, close included")
        for row in self.old:
            self._input(row) if row.is_input else self.new.ref(row.name, unit=row.unit)
        for row in self.old:
            if row.expr is not None:
                self._formula(row, row.name)

    def _input(self, row: Row) -> None:
        kwargs = {"unit": row.unit or RATIO, "source": row.source, "label": row.label}
        if row.kind == "scalar":
            self.new.scalar(row.name, row.value, **kwargs)  # type: ignore[arg-type]
        elif row.kind == "series":
            self.new.series(row.name, row.value, term=row.term, **kwargs)  # type: ignore[arg-type]
        else:
            xs, ys = row.value
            x_unit = row.table_x or RATIO
            self.new.table(row.name, xs=xs, ys=ys, x_unit=x_unit, term=row.term, **kwargs)  # type: ignore[arg-type]

    def _formula(self, row: Row, name: str) -> Row:
        assert row.expr is not None
        self.current, self.owner = row, name
        expr = self._rewrite(row.expr, ())
        return self._keep(name, expr, row, label=row.label)

    def _keep(self, name: str, expr: Expr, like: Row, *, label: str) -> Row:
        unit = like.unit or RATIO
        return self.new.row(name, _with_unit(expr, like), unit=unit, source=like.source, label=label)

    # -- formulas ----------------------------------------------------------------------------------------------

    def _rewrite(self, node: Expr, guard: Guard) -> Expr:
        found = self.plan.alias.get(id(node))
        if found is not None and found is not self.current:
            return self._alias(found)
        if isinstance(node, Row):
            return self.new[node.name]
        if node.op == "const":
            return self._number(node)
        if node.op == "choose":
            return self._choose(node, guard)
        if node.op in REDUCTIONS:
            return Expr(node.op, self._reduced(node), node.param, node.unit)
        args = [self._rewrite(arg, guard) for arg in node.args]
        if node.op in REPEATS:
            args = [self._leaf(arg, guard) for arg in args]
        if node.op in ("previous", "following"):
            args[0] = self._leaf(args[0], ())
            self._distance(node.param)
        return self._fit(node, args, guard)

    def _alias(self, row: Row) -> Expr:
        """A formula the planner gave a row of its own: written once, for all who read it."""
        if row.name in self.old.rows:
            return self.new[row.name]
        made = self.aliased.get(id(row))
        if made is None:
            outer = self.current, self.owner
            owner = _plain(row.name.split("~")[0])
            name = self._step_name(owner)
            made = self.aliased[id(row)] = self.new.ref(name, unit=row.unit or RATIO)
            self.out.owner[name] = owner
            self.current, self.owner = row, owner
            assert row.expr is not None
            self._keep(name, self._rewrite(row.expr, ()), row, label=self._words(row.expr))
            self.current, self.owner = outer
        return made

    def _choose(self, node: Expr, guard: Guard) -> Expr:
        condition = self._rewrite(node.args[0], guard)
        if condition.op not in _LEAVES and any(inner.op in MAY_FAIL for arg in node.args[1:] for inner in walk(arg)):
            condition = self._leaf(condition, guard)
        yes = self._rewrite(node.args[1], (*guard, (condition, True)))
        no = self._rewrite(node.args[2], (*guard, (condition, False)))
        return self._fit(node, [condition, yes, no], guard)

    def _fit(self, node: Expr, args: list[Expr], guard: Guard) -> Expr:
        """Put a node together; while it is too long, its longest part becomes a step."""
        while _OWN_SIZE.get(node.op, 6) + sum(map(self._size, args)) > LONGEST:
            longest = max(range(len(args)), key=lambda k: (args[k].op not in _LEAVES, self._size(args[k])))
            if args[longest].op in _LEAVES:
                break
            inner = guard
            if node.op == "choose" and longest:
                inner = (*guard, (args[0], longest == 1))
                if args[0].op not in _LEAVES:
                    args[0] = self._leaf(args[0], guard)
                    continue
            args[longest] = self._leaf(args[longest], inner)
        return self._note(Expr(node.op, tuple(args), node.param, node.unit))

    def _reduced(self, node: Expr) -> tuple[Expr, ...]:
        """Arguments of a reduction: lines, so that one range of cells holds them; the period of at() is a cell."""
        args = [self._leaf(self._rewrite(arg, ()), ()) for arg in node.args]
        lines = args[:1] if node.op == "at" else args
        return (*[self._line(arg) for arg in lines], *args[len(lines) :])

    def _line(self, arg: Expr) -> Row:
        old = self.old.rows.get(arg.name) if isinstance(arg, Row) else None
        one_cell = not isinstance(arg, Row) or (old is not None and self.plan.is_scalar(old)) or self._step_cell(arg)
        if not one_cell:
            assert isinstance(arg, Row)
            return arg
        key = ("spread", id(arg))
        if key not in self.steps:
            self.kept.append(arg)
            name = self._step_name(self.owner)
            step = self.new.row(name, arg, unit=arg.unit or RATIO, label="in every period")
            self.out.owner[name] = self.owner
            self.out.spread.add(name)
            self.steps[key] = step
        return self.steps[key]

    def _step_cell(self, row: Row) -> bool:
        """Whether a step is one cell: it reads cells only."""
        if row.name in self.old.rows or row.expr is None:
            return row.kind == "scalar"
        return all(
            node.op not in ("previous", "following") and (not isinstance(node, Row) or self.is_cell(node))
            for node in _outside_reductions(row.expr)
        )

    def is_cell(self, row: Row) -> bool:
        """Whether a row of the new sheet is one cell."""
        old = self.old.rows.get(row.name)
        return self.plan.is_scalar(old) if old is not None else self._step_cell(row)

    def _leaf(self, expr: Expr, guard: Guard) -> Expr:
        """Give a part of a formula a row of its own, unless it is one cell reference already."""
        if expr.op in _LEAVES:
            return expr
        used: Guard = guard if any(node.op in MAY_FAIL for node in walk(expr)) else ()
        key = (self._key(expr), tuple((self._key(condition), side) for condition, side in used))
        if key not in self.steps:
            body = expr
            for condition, side in reversed(used):
                branches = (body, NIL) if side else (NIL, body)
                body = Expr("choose", (condition, *branches), None, body.unit)
            name = self._step_name(self.owner)
            self.out.owner[name] = self.owner
            self.steps[key] = self.new.row(
                name, _with_unit(body, expr), unit=expr.unit or RATIO, label=self._words(expr)
            )
        return self.steps[key]

    def _words(self, expr: Expr) -> str:
        text = formula_text(expr)
        if len(text) > 64:
            return f"part of {self.owner}"
        return f"({text})" if text.startswith("-") else text

    def _number(self, node: Expr) -> Expr:
        if node.param in (0.0, 1.0):
            return node
        name = "number:" + number_text(node.param).replace("-", "minus_").replace(".", "_").replace("+", "")
        if name not in self.new:
            self.new.scalar(name, node.param, unit=node.unit or RATIO, label=f"number in {self.owner}")
            self.out.numbers[name] = self.owner
        return self.new[name]

    def _distance(self, n: int) -> None:
        """Hold the length of a shift in a cell, for the edges that need it."""
        name = f"number:{n}"
        if n > 1 and name not in self.new:
            self.new.scalar(name, float(n), label="periods a formula looks back or ahead")
            self.out.numbers[name] = self.owner

    def _step_name(self, owner: str) -> str:
        while True:
            self.counts[owner] = self.counts.get(owner, 0) + 1
            name = f"{owner}.step_{self.counts[owner]}"
            if name not in self.new.rows and name not in self.old.rows:
                return name

    def _note(self, expr: Expr) -> Expr:
        self.kept.append(expr)  # ids stay taken while the sheet is made
        return expr

    def _size(self, expr: Expr) -> int:
        size = self.sizes.get(id(expr))
        if size is None:
            leaf = 4 if expr.op == "row" else 1
            size = leaf if expr.op in _LEAVES else _OWN_SIZE.get(expr.op, 3) + sum(map(self._size, expr.args))
            if expr.op not in _LEAVES:
                self.kept.append(expr)
                self.sizes[id(expr)] = size
        return size

    def _key(self, expr: Expr) -> object:
        if isinstance(expr, Row):
            return expr.name
        if expr.op == "const":
            return expr.param
        key = self.keys.get(id(expr))
        if key is None:
            self.kept.append(expr)
            key = (expr.op, expr.param, *[self._key(arg) for arg in expr.args])
            self.keys[id(expr)] = key
        return key

    # -- measures ----------------------------------------------------------------------------------------------

    def measures(self) -> None:
        for name, measure in self.old.measures.items():
            label = f"measure:{name}"
            source, words = measure.source, measure.label
            self.owner, self.current = label, None
            applies: Expr | None = None
            if measure.applies is not None:
                flag = self._rewrite_whole(f"!{name}?", measure.applies)
                applies = self.new.row(f"{label}.applies", _choose_flag(flag), unit=RATIO, label="1 where it applies")
                self.out.owner[f"{label}.applies"] = label
            if measure.expr.op == "irr":
                flow, times = (self._line(self._leaf(self._rewrite(arg, ()), ())) for arg in measure.expr.args)
                start = returns.add_irr(self.new, label, flow, times, applies, source=source, words=words)
                self.out.starts[start] = name
                self.out.owner.update({r: label for r in self.new.rows if r.startswith(f"{label}.") and r != start})
                continue
            if measure.expr.op == "npv":
                paid, rate, dates = (self._leaf(self._rewrite(arg, ()), ()) for arg in measure.expr.args)
                value: Expr = returns.add_npv(self.new, label, self._line(paid), rate, self._line(dates), source)
                self.out.owner[f"{label}.worth"] = label
            else:
                value = self._rewrite_whole(f"!{name}", measure.expr, applies)
            if applies is not None:
                value = Expr("choose", (applies, value, NIL), None, measure.unit)
            self.new.row(label, _retype(value, measure.unit), unit=measure.unit, source=source, label=words)

    def _rewrite_whole(self, name: str, expr: Expr, applies: Expr | None = None) -> Expr:
        self.current = self.plan.hidden.get(name)
        guard: Guard = () if applies is None else ((applies, True),)
        return self._rewrite(expr, guard)


def steps_of(expanded: Expanded) -> dict[str, list[str]]:
    """Steps by the row they belong to, in the order they are needed."""
    found: dict[str, list[str]] = {}
    for name in expanded.sheet.rows:
        if name in expanded.owner:
            found.setdefault(expanded.owner[name], []).append(name)
    return found


def _plain(name: str) -> str:
    return f"measure:{name.strip('!?')}" if name.startswith("!") else name


def _outside_reductions(expr: Expr) -> Iterable[Expr]:
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        if node.op not in REDUCTIONS and node.op != "row":
            stack.extend(node.args)


def _one() -> Expr:
    return Expr("const", (), 1.0, RATIO)


def _choose_flag(flag: Expr) -> Expr:
    return Expr("choose", (flag, _one(), NIL), None, RATIO)


def _retype(expr: Expr, unit: object) -> Expr:
    if isinstance(expr, Row) or expr.unit == unit:
        return expr
    return Expr(expr.op, expr.args, expr.param, unit)  # type: ignore[arg-type]


def _with_unit(expr: Expr, like: Expr) -> Expr:
    """Carry the unit over: the units of the original were checked when it was built."""
    unit = like.unit or RATIO
    if expr.unit is None or expr.unit == unit or expr.op in _LEAVES:
        return expr
    return Expr(expr.op, expr.args, expr.param, unit)

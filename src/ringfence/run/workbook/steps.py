"""How a formula is cut: what Excel would have to repeat, and the longest part of what is too long, becomes a step.

A :class:`Cutter` rewrites the formulas of one sheet into another. A part that several rows share is cut once. A step
that could divide by zero is guarded by the condition of the ``choose`` it was taken out of.
"""

from __future__ import annotations

from collections.abc import Iterable

from ringfence.run.workbook.expanded import Expanded
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


class Cutter:
    """Rewrites the formulas of a sheet into the sheet that becomes the book.

    Parameters
    ----------
    sheet
        The sheet as it was built.
    out
        What is made of it.
    """

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

    def keep(self, name: str, expr: Expr, like: Row, *, label: str) -> Row:
        """Add a row under its own name, with unit and source of the row it stands for."""
        unit = like.unit or RATIO
        return self.new.row(name, _with_unit(expr, like), unit=unit, source=like.source, label=label)

    def rewrite(self, node: Expr, guard: Guard) -> Expr:
        """Return a formula in terms of the new sheet, cut where it must be; `guard` is what it stands under."""
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
        args = [self.rewrite(arg, guard) for arg in node.args]
        if node.op in REPEATS:
            args = [self.leaf(arg, guard) for arg in args]
        if node.op in ("previous", "following"):
            args[0] = self.leaf(args[0], ())
            if not isinstance(args[0], Row):  # a number, the same in every period
                args[0] = self.line(args[0])
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
            self.keep(name, self.rewrite(row.expr, ()), row, label=self._words(row.expr))
            self.current, self.owner = outer
        return made

    def _choose(self, node: Expr, guard: Guard) -> Expr:
        condition = self.rewrite(node.args[0], guard)
        if condition.op not in _LEAVES and any(inner.op in MAY_FAIL for arg in node.args[1:] for inner in walk(arg)):
            condition = self.leaf(condition, guard)
        yes = self.rewrite(node.args[1], (*guard, (condition, True)))
        no = self.rewrite(node.args[2], (*guard, (condition, False)))
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
                    args[0] = self.leaf(args[0], guard)
                    continue
            args[longest] = self.leaf(args[longest], inner)
        return self._note(Expr(node.op, tuple(args), node.param, node.unit))

    def _reduced(self, node: Expr) -> tuple[Expr, ...]:
        """Arguments of a reduction: lines, so that one range of cells holds them; the period of at() is a cell."""
        args = [self.leaf(self.rewrite(arg, ()), ()) for arg in node.args]
        lines = args[:1] if node.op == "at" else args
        return (*[self.line(arg) for arg in lines], *args[len(lines) :])

    def line(self, arg: Expr) -> Row:
        """Return a row with a cell in every period, for a reduction to read."""
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

    def leaf(self, expr: Expr, guard: Guard) -> Expr:
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

    def whole(self, name: str, expr: Expr, applies: Expr | None = None) -> Expr:
        """Return the formula of a measure, by the name the planner gave it."""
        self.current = self.plan.hidden.get(name)
        guard: Guard = () if applies is None else ((applies, True),)
        return self.rewrite(expr, guard)


def _plain(name: str) -> str:
    return f"measure:{name.strip('!?')}" if name.startswith("!") else name


def _outside_reductions(expr: Expr) -> Iterable[Expr]:
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        if node.op not in REDUCTIONS and node.op != "row":
            stack.extend(node.args)


def _with_unit(expr: Expr, like: Expr) -> Expr:
    """Carry the unit over: the units of the original were checked when it was built."""
    unit = like.unit or RATIO
    if expr.unit is None or expr.unit == unit or expr.op in _LEAVES:
        return expr
    return Expr(expr.op, expr.args, expr.param, unit)

"""Writes the Python source that computes a planned sheet: NumPy for whole lines, a plain loop for each recursion.

The source is meant to be read: one statement a row, in the order of the plan, with the row's name beside it. A node
used more than once in a formula gets a name. A branch of choose() that could stop the run (a division, a logarithm)
is computed only where it is taken: by an ``if`` for one number, by a guarded operand for a line. What a recursion
reads but does not change is computed as a line before the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringfence.run.meaning import GUARDED, LINE, NUMBER, REPEATS
from ringfence.sheet.formula import walk
from ringfence.sheet.ops import MAY_FAIL, MEASURES, REDUCTIONS, TIME, TRUE_ABOVE
from ringfence.sheet.plan import Plan, Step
from ringfence.sheet.row import Expr, Row

_WHOLE = REDUCTIONS | MEASURES
_SPINE = ("add", "sub", "mul")
_LONGEST = 160
#: Shifts up to this many periods are carried in variables of the loop.
_CARRIED = 3


def needed(plan: Plan, names: Iterable[str]) -> set[int]:
    """Collect the ids of all rows the named rows lean on, themselves included.

    Parameters
    ----------
    plan
        The plan.
    names
        Row names, or ``!measure``.
    """
    rows = [plan.hidden[name] if name in plan.hidden else plan.sheet[name] for name in names]
    found: set[int] = set()
    while rows:
        row = rows.pop()
        if id(row) in found:
            continue
        found.add(id(row))
        rows.extend(edge.row for edge in plan.edges.get(id(row), ()))
    return found


def generate(plan: Plan, wanted: set[int] | None = None) -> str:
    """Write the source of ``compute(given, T)``, which returns every row by name.

    Parameters
    ----------
    plan
        The plan.
    wanted
        ids of the rows to compute, closed under what they need; all if None.
    """
    return _Writer(plan, wanted).write()


class _Scope:
    """Where a statement stands: how numbers are named, what is known, and under which mask."""

    __slots__ = ("known", "mask", "mode", "outer")

    def __init__(self, mode: str, outer: _Scope | None = None, mask: str = "") -> None:
        self.mode = mode
        self.known: dict[int, str] = {}
        self.outer = outer
        self.mask = mask

    def find(self, key: int) -> str | None:
        scope: _Scope | None = self
        while scope is not None:
            text = scope.known.get(key)
            if text is not None:
                return text
            scope = scope.outer
        return None


class _Writer:
    def __init__(self, plan: Plan, wanted: set[int] | None) -> None:
        self.plan = plan
        self.alias = plan.alias
        self.wanted = wanted
        self.lines: list[str] = []
        self.indent = "    "
        self.numbers: dict[int, int] = {}
        self.temps = 0
        self.cells: dict[int, bool] = {}
        self.uses: dict[int, int] = {}
        self.inside: dict[int, int] = {}  # rows of the recursion being written -> place in what it keeps
        self.carried: set[tuple[int, int]] = set()
        self.lists: dict[int, str] = {}
        self.failing: dict[int, bool] = {}

    # -- the whole -------------------------------------------------------------------------------------------

    def write(self) -> str:
        sheet = self.plan.sheet
        steps = [step for step in self.plan.steps if self.wanted is None or id(step.rows[0]) in self.wanted]
        self.put("def compute(given, T):", indent="")
        for row in sheet:
            if row.is_input and (self.wanted is None or id(row) in self.wanted):
                self.put(f"{self.name(row)} = given[{row.name!r}]")
        for step in steps:
            self.step(step)
        self.put("return {")
        for row in sheet:
            if row.kind != "table" and (self.wanted is None or id(row) in self.wanted):
                self.put(f"    {row.name!r}: {self.name(row)},")
        for name, row in self.plan.hidden.items():
            if "~" not in name and (self.wanted is None or id(row) in self.wanted):
                self.put(f"    {name!r}: {self.name(row)},")
        self.put("}")
        return "\n".join(self.lines) + "\n"

    def put(self, text: str, indent: str | None = None) -> None:
        self.lines.append((self.indent if indent is None else indent) + text)

    def name(self, row: Row) -> str:
        number = self.numbers.setdefault(id(row), len(self.numbers))
        return f"r{number}"

    def temp(self, text: str) -> str:
        self.temps += 1
        self.put(f"v{self.temps} = {text}")
        return f"v{self.temps}"

    def step(self, step: Step) -> None:
        if step.kind in ("forward", "backward"):
            self.recursion(step)
            return
        row = step.rows[0]
        self.count_uses([row])
        scope = _Scope("cell" if step.kind == "scalar" else "line")
        text = self.formula(row, scope)
        if step.kind == "series":
            text = f"line({text}, T)"
        self.put(f"{self.name(row)} = {text}  # {row.name}")

    def count_uses(self, rows: Sequence[Row]) -> None:
        self.uses = {}
        uses = self.uses
        for row in rows:
            assert row.expr is not None
            for node in walk(row.expr):
                for arg in node.args:
                    if arg.args:
                        uses[id(arg)] = uses.get(id(arg), 0) + 1

    # -- recursions ------------------------------------------------------------------------------------------

    def recursion(self, step: Step) -> None:
        self.count_uses(step.rows)
        self.inside = {id(row): place for place, row in enumerate(step.rows)}
        self.carried, self.lists = set(), {}
        outer = _Scope("line")
        hoisted = self.hoist(step.rows, outer)
        head = self.indent
        before = len(self.lines)
        self.indent = head + "    "
        scope = _Scope("period", outer=None)
        scope.known.update(hoisted)
        for row in step.rows:
            text = self.formula(row, scope)
            self.put(f"x{self.number(row)} = {text}  # {row.name}")
        body = self.lines[before:]
        del self.lines[before:]
        self.indent = head
        self.loop(step, body)
        self.inside = {}

    def loop(self, step: Step, body: list[str]) -> None:
        back = step.kind == "backward"
        turn = "[::-1]" if back else ""
        for text in self.lists.values():
            source = text[1:]
            self.put(f"{text} = {source}.tolist()")
        for key, n in sorted(self.carried, key=lambda item: (self.inside[item[0]], item[1])):
            self.put(f"x{self.numbers[key]}_{n} = 0.0")
        externals = [(text, f"x{text[1:]}") for text in self.lists.values()]
        names = ", ".join(["t", *[value for _, value in externals]])
        sources = ", ".join([f"range(T){turn}", *[f"{text}{turn}" for text, _ in externals]])
        self.put("kept = []")
        self.put(f"for {names}, in zip({sources}):")
        self.lines.extend(body)
        values = ", ".join(f"x{self.number(row)}" for row in step.rows)
        self.put(f"    kept.append(({values},))")
        for key, n in sorted(self.carried, key=lambda item: (self.inside[item[0]], -item[1])):
            source = f"x{self.numbers[key]}" + (f"_{n - 1}" if n > 1 else "")
            self.put(f"    x{self.numbers[key]}_{n} = {source}")
        self.put(f"{', '.join(self.name(row) for row in step.rows)}, = columns(kept{turn})")

    def number(self, row: Row) -> int:
        self.name(row)
        return self.numbers[id(row)]

    def hoist(self, rows: Sequence[Row], outer: _Scope) -> dict[int, str]:
        """Compute before the loop what does not depend on the recursion; say how the loop reads it."""
        found: dict[int, str] = {}
        fixed = self.fixed_nodes(rows)
        for row in rows:
            assert row.expr is not None
            stack = [(row.expr, False)]
            while stack:
                node, maybe = stack.pop()
                if not node.args or id(node) in found or self.alias.get(id(node), row) is not row:
                    continue
                if fixed[id(node)] and not (maybe and self.may_fail(node)):
                    found[id(node)] = self.hoisted(node, outer)
                    continue
                branch = node.op == "choose"
                stack.extend((arg, maybe or (branch and place > 0)) for place, arg in enumerate(node.args))
        return found

    def hoisted(self, node: Expr, outer: _Scope) -> str:
        if self.is_cell(node):
            return self.temp(self.emit(node, _Scope("cell")))
        text = self.temp(f"line({self.emit(node, outer)}, T)")
        self.lists[id(node)] = f"L{text}"
        return f"x{text}"

    def fixed_nodes(self, rows: Sequence[Row]) -> dict[int, bool]:
        fixed: dict[int, bool] = {}
        for row in rows:
            assert row.expr is not None
            for node in walk(row.expr):
                used = self.alias.get(id(node), node)
                if used is not node or not node.args:
                    fixed[id(node)] = id(used) not in self.inside
                elif id(node) not in fixed:
                    fixed[id(node)] = all([fixed[id(arg)] for arg in node.args])
        fixed.update((id(row.expr), False) for row in rows)
        return fixed

    # -- formulas --------------------------------------------------------------------------------------------

    def may_fail(self, node: Expr) -> bool:
        known = self.failing.get(id(node))
        if known is None:
            known = self.failing[id(node)] = self._may_fail(node)
        return known

    def _may_fail(self, root: Expr) -> bool:
        stack, seen = [root], set()
        while stack:
            node = stack.pop()
            if id(node) in seen or (node is not root and id(node) in self.alias):
                continue
            seen.add(id(node))
            if node.op in MAY_FAIL and not (node.op == "div" and node.args[1].op == "const"):
                return True
            stack.extend(node.args)
        return False

    def is_cell(self, node: Expr) -> bool:
        """Whether a formula has one value for all periods."""
        known = self.cells.get(id(node))
        if known is None:
            known = self.cells[id(node)] = self._is_cell(node)
        return known

    def _is_cell(self, root: Expr) -> bool:
        stack = [root]
        while stack:
            node = stack.pop()
            used = self.alias.get(id(node))
            if used is not None and node is not root:
                if id(used) not in self.plan.scalars:
                    return False
            elif isinstance(node, Row):
                if node.kind != "table" and id(node) not in self.plan.scalars:
                    return False
            elif node.op in TIME:
                return False
            elif node.op not in _WHOLE:
                stack.extend(node.args)
        return True

    def leaf(self, row: Row, scope: _Scope) -> str:
        if row.kind == "table" or id(row) in self.plan.scalars or scope.mode == "line":
            return self.name(row)
        if id(row) not in self.inside:
            self.lists[id(row)] = f"L{self.name(row)}"
            return f"x{self.name(row)}"
        return f"x{self.number(row)}"

    def formula(self, row: Row, scope: _Scope) -> str:
        """Return the text of a row's formula, which may be held by another row."""
        assert row.expr is not None
        own = self.alias.get(id(row.expr), row) is row
        return self.emit(row.expr, scope, root=own)

    def emit(self, node: Expr, scope: _Scope, root: bool = False) -> str:
        """Return the text of a node; statements it needs are put before."""
        if isinstance(node, Row):
            return self.leaf(node, scope)
        if node.op == "const":
            return repr(node.param) if node.param >= 0 else f"({node.param!r})"
        if not root and id(node) in self.alias:
            return self.leaf(self.alias[id(node)], scope)
        known = scope.find(id(node))
        if known is not None:
            return known
        text = self.spine(node, scope) if node.op in _SPINE else self.operation(node, scope)
        if not root and (self.uses.get(id(node), 0) > 1 or len(text) > _LONGEST):
            text = scope.known[id(node)] = self.temp(text)
        return text

    def spine(self, node: Expr, scope: _Scope) -> str:
        """Write a long sum or product from its left end, without recursion."""
        chain = [node]
        while True:
            left = chain[-1].args[0]
            if left.op not in _SPINE or id(left) in self.alias or scope.find(id(left)) is not None:
                break
            chain.append(left)
        text = self.emit(chain[-1].args[0], scope)
        for link in reversed(chain):
            if len(text) > _LONGEST:
                text = self.temp(text)
            text = self.template(link, scope).format(text, self.emit(link.args[1], scope))
            if link is not node and self.uses.get(id(link), 0) > 1:
                text = scope.known[id(link)] = self.temp(text)
        return text

    def template(self, node: Expr, scope: _Scope) -> str:
        if scope.mode != "line":
            return NUMBER[node.op]
        if node.op in GUARDED and scope.mask:
            return GUARDED[node.op].replace("{mask}", scope.mask)
        if node.op in _WHOLE:
            return NUMBER[node.op]
        return (NUMBER if self.is_cell(node) and not scope.mask else LINE)[node.op]

    def operation(self, node: Expr, scope: _Scope) -> str:
        if node.op == "choose":
            return self.choose(node, scope)
        if node.op in TIME:
            return self.shift(node, scope)
        if node.op in _WHOLE:
            return self.reduction(node, scope)
        args = [self.emit(arg, scope) for arg in node.args]
        template = self.template(node, scope)
        if node.op == "lookup":
            how, ends = node.param
            return template.format(*args, how=how, hold=ends == "hold")
        if node.op in REPEATS and template is not LINE.get(node.op):
            args = [arg if arg.isidentifier() or _is_literal(arg) else self.temp(arg) for arg in args]
        return template.format(*args)

    def reduction(self, node: Expr, scope: _Scope) -> str:
        outer = _Scope("line")
        args = []
        for place, arg in enumerate(node.args):
            text = self.emit(arg, outer)
            one = place == 1 and node.op in ("at", "npv")
            args.append(text if one else f"line({text}, T)" if self.is_cell_row(arg) else text)
        if node.op in ("total", "smallest", "largest"):
            return NUMBER[node.op].format(", ".join(args))
        return NUMBER[node.op].format(*args)

    def is_cell_row(self, arg: Expr) -> bool:
        used = self.alias.get(id(arg), arg)
        return used.op == "const" or id(used) in self.plan.scalars

    def shift(self, node: Expr, scope: _Scope) -> str:
        edge = self.emit(node.args[1], scope)
        arg = node.args[0]
        used = self.alias.get(id(arg), arg)
        if scope.mode == "line":
            return LINE[node.op].format(self.emit(arg, scope), edge, n=node.param)
        return NUMBER[node.op].format("", edge, shifted=self.shifted(node, used), n=node.param)

    def shifted(self, node: Expr, used: Expr) -> str:
        n: int = node.param
        if used.op == "const":
            return repr(used.param)
        assert isinstance(used, Row)
        if id(used) in self.plan.scalars:
            return self.name(used)
        if id(used) not in self.inside:
            self.lists[id(used)] = f"L{self.name(used)}"
            return f"L{self.name(used)}[t {'-' if node.op == 'previous' else '+'} {n}]"
        if n > _CARRIED:
            return f"kept[-{n}][{self.inside[id(used)]}]"
        self.number(used)
        self.carried.update((id(used), k) for k in range(1, n + 1))
        return f"x{self.numbers[id(used)]}_{n}"

    def choose(self, node: Expr, scope: _Scope) -> str:
        condition = self.emit(node.args[0], scope)
        risky = any(self.may_fail(arg) for arg in node.args[1:])
        one = scope.mode != "line" or (self.is_cell(node.args[0]) and not scope.mask)
        if not risky:
            yes, no = (self.emit(arg, scope) for arg in node.args[1:])
            return (NUMBER if one else LINE)["choose"].format(condition, yes, no)
        if one:
            return self.branches(node, condition, scope)
        return self.masked(node, condition, scope)

    def branches(self, node: Expr, condition: str, scope: _Scope) -> str:
        self.temps += 1
        result, head = f"v{self.temps}", self.indent
        test = NUMBER["choose"].format(condition, True, False)
        for opening, arg in ((f"if {test}:", node.args[1]), ("else:", node.args[2])):
            self.put(opening)
            self.indent = head + "    "
            text = self.emit(arg, _Scope(scope.mode, scope, scope.mask))
            self.put(f"{result} = {text}")
            self.indent = head
        return result

    def masked(self, node: Expr, condition: str, scope: _Scope) -> str:
        condition = condition if condition.isidentifier() else self.temp(condition)
        taken = self.temp(f"line({condition}, T) > {TRUE_ABOVE}")
        texts = []
        for mask, arg in zip((taken, f"~{taken}"), node.args[1:], strict=True):
            both = f"({scope.mask} & {mask})" if scope.mask else mask
            inner = _Scope("line", scope, self.temp(both) if self.may_fail(arg) and both != taken else both)
            texts.append(self.emit(arg, inner))
        return LINE["choose"].format(condition, *texts)


def _is_literal(text: str) -> bool:
    return text.strip("()-").replace(".", "", 1).isdigit()

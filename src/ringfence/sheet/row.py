"""Formulas and rows: light, immutable nodes that know their unit and nothing about engines.

A formula is a tree (sharing allowed) of :class:`Expr` over the operators in ``ops.py``. A :class:`Row` is a named
cell or line of the sheet and is itself an `Expr`, so a row stands in formulas for its value. Units are checked
the moment two things are put together; the message names both sides, their units and their sources.

Nodes compare and hash by identity: the same object is computed once.
"""

from __future__ import annotations

from typing import Any, NoReturn, Union

from ringfence.errors import SheetError
from ringfence.sheet.formula import formula_text, walk
from ringfence.units import RATIO, Unit, UnitError

#: Deepest nesting of one formula (sums and products of any length count once).
DEEPEST = 100

Value = Union["Expr", float, int]


class Expr:
    """One node of a formula.

    Parameters
    ----------
    op
        Name of the operator, or ``const`` or ``row``.
    args
        The operands.
    param
        What is constant in the node: a number, a shift, how to look up.
    unit
        Unit of the value; None for the literal 0, which takes any unit.
    """

    __slots__ = ("args", "depth", "op", "param", "unit")

    name: str  # only rows have one
    source: str

    def __init__(self, op: str, args: tuple[Expr, ...], param: Any, unit: Unit | None) -> None:
        self.op = op
        self.args = args
        self.param = param
        self.unit = unit
        self.depth = _depth(op, args)
        if self.depth > DEEPEST:
            raise SheetError(f"a formula nests deeper than {DEEPEST} operators\n  fix:    give parts of it a row")

    def __add__(self, other: Value) -> Expr:
        return add(self, other)

    def __radd__(self, other: Value) -> Expr:
        return add(other, self)

    def __sub__(self, other: Value) -> Expr:
        return sub(self, other)

    def __rsub__(self, other: Value) -> Expr:
        return sub(other, self)

    def __mul__(self, other: Value) -> Expr:
        return mul(self, other)

    def __rmul__(self, other: Value) -> Expr:
        return mul(other, self)

    def __truediv__(self, other: Value) -> Expr:
        return div(self, other)

    def __rtruediv__(self, other: Value) -> Expr:
        return div(other, self)

    def __neg__(self) -> Expr:
        return sub(NIL, self)

    def __bool__(self) -> NoReturn:
        raise SheetError(f"{self} has no value while the sheet is being built; use choose(), both() or either()")

    def __lt__(self, other: object) -> NoReturn:
        raise SheetError("a formula compares with less_than(), at_most() or equal(), not with < or <=")

    __le__ = __gt__ = __ge__ = __lt__

    def __repr__(self) -> str:
        return f"<{formula_text(self)} [{self.unit or 'any'}]>"


def _depth(op: str, args: tuple[Expr, ...]) -> int:
    if not args or op == "row":
        return 0
    if op in ("add", "sub", "mul") and len(args) == 2:
        return max(args[0].depth, args[1].depth + 1)
    return 1 + max([arg.depth for arg in args])


class Row(Expr):
    """A named line of the sheet: an input, a table, or a formula.

    Attributes
    ----------
    name
        ``block.item``, lower case.
    kind
        ``scalar``, ``series`` or ``table`` (inputs), ``formula``, or ``ref`` (promised, not yet defined).
    expr
        The formula, None for inputs.
    value
        The input's value: a float, a tuple over periods, or (xs, ys). None for formulas.
    source, label
        Clause or file:line; what the row says in words.
    term
        For inputs: fixed at signing and known from then on, so that looking ahead at it is no clairvoyance.
    looks_ahead
        "" or "hindsight" or "signing".
    """

    __slots__ = ("expr", "kind", "label", "looks_ahead", "name", "source", "table_x", "term", "value")

    def __init__(
        self,
        name: str,
        kind: str,
        unit: Unit | None,
        *,
        expr: Expr | None = None,
        value: Any = None,
        source: str = "",
        label: str = "",
        term: bool = False,
        looks_ahead: str = "",
        table_x: Unit | None = None,
    ) -> None:
        super().__init__("row", (), None, unit)
        self.name = name
        self.kind = kind
        self.expr = expr
        self.value = value
        self.source = source
        self.label = label
        self.term = term
        self.looks_ahead = looks_ahead
        self.table_x = table_x

    @property
    def is_input(self) -> bool:
        """Whether the row is a scalar, a series or a table handed in from outside."""
        return self.kind in ("scalar", "series", "table")

    def __repr__(self) -> str:
        from ringfence.sheet.show import row_text

        return row_text(self)

    def _repr_html_(self) -> str:
        from ringfence.sheet.show import row_html

        return row_html(self)


def constant(value: float, unit: Unit | None = None) -> Expr:
    """Put a literal with a unit into a formula.

    Parameters
    ----------
    value
        The number, in base units. [unit]
    unit
        Its unit; a plain ratio if not given, except 0, which takes any unit.
    """
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise SheetError(f"a formula cannot contain {number}")
    return Expr("const", (), number, unit if unit is not None else (None if number == 0 else RATIO))


NIL = constant(0.0)


def as_expr(value: Value) -> Expr:
    """Turn a number into a node; leave nodes alone.

    Parameters
    ----------
    value
        A formula, a row or a plain number (a ratio; 0 takes any unit).
    """
    if isinstance(value, Expr):
        if isinstance(value, Row) and value.kind == "table":
            raise SheetError(f"{value.name} is a table; read it with lookup({value.name}, x)")
        return value
    if isinstance(value, (int, float)):
        return NIL if value == 0 else constant(value)
    raise SheetError(f"{value!r} is not a number, a row or a formula")


def add(a: Value, b: Value) -> Expr:
    """a + b, in one unit."""
    x, y = as_expr(a), as_expr(b)
    unit = same_unit("+", x, y)
    if is_number(x, 0):
        return y
    return x if is_number(y, 0) else Expr("add", (x, y), None, unit)


def sub(a: Value, b: Value) -> Expr:
    """a - b, in one unit."""
    x, y = as_expr(a), as_expr(b)
    unit = same_unit("-", x, y)
    return x if is_number(y, 0) else Expr("sub", (x, y), None, unit)


def mul(a: Value, b: Value) -> Expr:
    """a x b; units multiply."""
    x, y = as_expr(a), as_expr(b)
    if is_number(x, 1) and x.unit is RATIO:
        return y
    if is_number(y, 1) and y.unit is RATIO:
        return x
    unit = None if x.unit is None or y.unit is None else x.unit * y.unit
    return Expr("mul", (x, y), None, unit)


def div(a: Value, b: Value) -> Expr:
    """a / b; units divide. b = 0 stops the run."""
    x, y = as_expr(a), as_expr(b)
    if is_number(y, 0):
        raise SheetError(f"{formula_text(x)} is divided by the literal 0")
    if is_number(y, 1) and y.unit is RATIO:
        return x
    unit = None if x.unit is None or y.unit is None else x.unit / y.unit
    return Expr("div", (x, y), None, unit)


def is_number(expr: Expr, value: float) -> bool:
    """Whether a node is the literal `value`."""
    return expr.op == "const" and expr.param == value


def same_unit(what: str, *parts: Expr) -> Unit | None:
    """Unit shared by all parts, the literal 0 fitting any.

    Parameters
    ----------
    what
        Operator as written, for the message.
    parts
        Operands that must have one unit.

    Raises
    ------
    UnitError
        Naming both sides, their units and their sources.
    """
    unit: Unit | None = None
    holder = parts[0]
    for part in parts:
        if part.unit is None:
            continue
        if unit is None:
            unit, holder = part.unit, part
        elif part.unit is not unit and part.unit != unit:
            raise UnitError(_mismatch(what, holder, part))
    return unit


def want_ratio(what: str, part: Expr) -> None:
    """Refuse an operand that is not a plain ratio.

    Parameters
    ----------
    what
        Where it stands, for the message.
    part
        The operand.
    """
    if part.unit is not None and part.unit != RATIO:
        raise UnitError(f"{what} must be a ratio, but is in {part.unit}\n{where(part)}")


def _mismatch(what: str, a: Expr, b: Expr) -> str:
    return f"{a.unit} and {b.unit} do not go together in '{what}'\n{where(a, b)}"


def where(*parts: Expr) -> str:
    """The ``where:`` block of a message: each operand, its unit, and the sources of the rows in it.

    Parameters
    ----------
    parts
        Operands to show.
    """
    lines = [f"{formula_text(part)}  [{part.unit or 'any unit'}]{_sources(part)}" for part in parts]
    return "\n".join(("  where:  " if i == 0 else "          ") + line for i, line in enumerate(lines))


def _sources(part: Expr) -> str:
    known = [node.source for node in walk(part) if isinstance(node, Row) and node.source]
    return "  " + ", ".join(dict.fromkeys(known)) if known else ""

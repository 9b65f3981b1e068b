"""A formula as text: infix, with row names, the way `explain`, errors and notebooks print it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ringfence.sheet.row import Expr

_INFIX = {"add": (" + ", 1), "sub": (" - ", 1), "mul": (" * ", 2), "div": (" / ", 2)}
_ATOM = 9


def walk(expr: Expr) -> Iterator[Expr]:
    """Yield every node under `expr`, arguments before the node, each object once; rows are leaves.

    Parameters
    ----------
    expr
        Root of the formula. A row given as root is yielded alone.
    """
    seen: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(expr, False)]
    while stack:
        node, ready = stack.pop()
        if ready:
            yield node
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((arg, False) for arg in reversed(node.args))


def formula_text(expr: Expr) -> str:
    """Write a formula as one line of infix text.

    Parameters
    ----------
    expr
        The formula; a row is written as its name.

    Examples
    --------
    >>> from ringfence.sheet import Sheet, least
    >>> s = Sheet(periods=2)
    >>> cash, due = s.series("cash", [1, 2]), s.series("due", [2, 2])
    >>> formula_text(least(cash, due - 1) / 2)
    'least(cash, due - 1) / 2'
    """
    texts: dict[int, tuple[str, int]] = {}
    for node in walk(expr):
        texts[id(node)] = _node_text(node, [texts[id(arg)] for arg in node.args])
    return texts[id(expr)][0]


def _node_text(node: Expr, args: list[tuple[str, int]]) -> tuple[str, int]:
    if node.op == "row":
        return node.name, _ATOM
    if node.op == "const":
        text = number_text(node.param)
        return text, 2 if text.startswith("-") else _ATOM
    if node.op in _INFIX:
        return _infix_text(node.op, *args)
    return f"{node.op}({', '.join(_call(node, [text for text, _ in args]))})", _ATOM


def _call(node: Expr, args: list[str]) -> list[str]:
    if node.op in ("least", "most") and node.args[0].op == node.op:
        return [args[0][len(node.op) + 1 : -1], args[1]]  # least(least(a, b), c) is written least(a, b, c)
    if node.op in ("previous", "following"):
        edge = "first" if node.op == "previous" else "last"
        return args[:1] + [f"n={node.param}"] * (node.param != 1) + [f"{edge}={args[1]}"] * (args[1] != "0")
    if node.op in ("total", "smallest", "largest"):
        return args[:1] + [f"when={mask}" for mask in args[1:]]
    return args + ([repr(word) for word in node.param] if node.op == "lookup" else [])


def _infix_text(op: str, left: tuple[str, int], right: tuple[str, int]) -> tuple[str, int]:
    sign, strength = _INFIX[op]
    if op == "sub" and left[0] == "0":
        return f"-{_wrap(right, 2)}", 1
    return f"{_wrap(left, strength)}{sign}{_wrap(right, strength + 1)}", strength


def _wrap(side: tuple[str, int], needed: int) -> str:
    return side[0] if side[1] >= needed else f"({side[0]})"


def number_text(value: float) -> str:
    """Write a literal as short as it can be read back exactly.

    Parameters
    ----------
    value
        The literal.
    """
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))

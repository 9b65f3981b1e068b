"""What each operator means to JAX, on many paths at once: one table over numbers and lines, and the tables of a sheet.

A number is () or (paths,), a line (periods, 1) or (periods, paths), so that plain broadcasting puts them together. The
same table serves NumPy: what no path input reaches is computed while the program is written, not by it.

Divisions and logarithms are made safe, so that a branch of choose() that is not taken leaves no trace in a derivative;
what a taken one makes of such operands is told by :func:`fails`. Where operands tie, slopes follow the first, as in
``meaning.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, TRUE_ABOVE

LARGEST_EXPONENT = 700.0
#: Up to this many points of a table are compared one by one.
_FEW = 16


class Words:
    """The few array words the table is written in, for JAX or for NumPy.

    Parameters
    ----------
    jax
        The library; None for NumPy.
    """

    def __init__(self, jax: Any = None) -> None:
        self.jax = jax
        self.np: Any = np if jax is None else jax.numpy
        self.table = values(self)

    def where(self, condition: Any, yes: Any, no: Any) -> Any:
        """Return `yes` where the condition holds, else `no`: one operation, where ``jnp.where`` makes a call.

        Parameters
        ----------
        condition, yes, no
            Any shapes that broadcast.
        """
        if self.jax is None:
            return np.where(condition, yes, no)
        shape = np.broadcast_shapes(np.shape(condition), np.shape(yes), np.shape(no))
        spread = self.np.broadcast_to
        yes, no = (self.np.asarray(side, dtype=float) for side in (yes, no))
        return self.jax.lax.select_n(spread(condition, shape), spread(no, shape), spread(yes, shape))

    def cells(self, x: Any, places: Any) -> Any:
        """Cells of each path at its own places.

        Parameters
        ----------
        x
            (rows, paths)
        places
            Row numbers inside x, (places, paths).
        """
        if self.jax is None:
            return np.take_along_axis(x, places, axis=0)
        return self.np.take_along_axis(self.np.asarray(x), places, axis=0, mode="promise_in_bounds")

    def hold(self, x: Any) -> Any:
        """Return x as a number that has no derivative.

        Parameters
        ----------
        x
            A number or a line.
        """
        return x if self.jax is None or not is_traced(self.jax, x) else self.jax.lax.stop_gradient(x)


def is_traced(jax: Any, x: Any) -> bool:
    """Whether a value is known only when the program runs.

    Parameters
    ----------
    jax
        The library.
    x
        A number, a line, or the points of a table.
    """
    if isinstance(x, tuple):
        return any(is_traced(jax, part) for part in x)
    return isinstance(x, jax.Array)


def near(words: Words, a: Any, b: Any) -> Any:
    """Largest difference at which two numbers compare as equal.

    Parameters
    ----------
    words
        The array words.
    a, b
        The two numbers.
    """
    least = ABSOLUTE_TOLERANCE / RELATIVE_TOLERANCE
    if not np.ndim(b) and not (words.jax is not None and is_traced(words.jax, b)):
        return RELATIVE_TOLERANCE * words.np.maximum(words.np.abs(a), max(abs(float(b)), least))
    larger = words.np.abs(a) if a is b else words.np.maximum(words.np.abs(a), words.np.abs(b))
    return RELATIVE_TOLERANCE * words.np.maximum(larger, least)


def values(words: Words) -> dict[str, Callable[..., Any]]:
    """Operator -> value of the operands, numbers or lines.

    Parameters
    ----------
    words
        The array words.
    """
    xp, where = words.np, words.where

    def compared(holds: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        return lambda a, b: xp.asarray(holds(words.hold(a), words.hold(b)), dtype=float)

    def floor(x: Any) -> Any:
        held = words.hold(x)
        return xp.floor(held + near(words, held, held))

    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / _safe(words, b, lambda x: x == 0),
        "least": lambda a, b: where(a <= b, a, b),
        "most": lambda a, b: where(a >= b, a, b),
        "floor": floor,
        "exp": lambda x: xp.exp(where(x < LARGEST_EXPONENT, x, LARGEST_EXPONENT)),
        "log": lambda x: xp.log(_safe(words, x, lambda x: x <= 0)),
        "less_than": compared(lambda a, b: b - a > near(words, a, b)),
        "at_most": compared(lambda a, b: a - b <= near(words, a, b)),
        "equal": compared(lambda a, b: xp.abs(a - b) <= near(words, a, b)),
        "choose": lambda condition, yes, no: where(condition > TRUE_ABOVE, yes, no),
    }


def _safe(words: Words, x: Any, bad: Callable[[Any], Any]) -> Any:
    """1 where x is no operand; a number known beforehand to be one is left alone."""
    if not (words.jax is not None and is_traced(words.jax, x)) and not np.any(bad(np.asarray(x))):
        return x
    return words.where(bad(x), 1.0, x)


def fails(words: Words, op: str, args: list[Any]) -> Any:
    """Where an operation that is taken has no finite value: a division by 0, a logarithm of nothing, a huge power.

    Parameters
    ----------
    words
        The array words.
    op
        ``div``, ``log`` or ``exp``.
    args
        Operands.
    """
    if op == "div":
        return args[1] == 0
    return args[0] <= 0 if op == "log" else args[0] >= LARGEST_EXPONENT


def lookup(words: Words, points: tuple[Any, Any], x: Any, how: str, ends: str) -> Any:
    """Value of a table at x, as steps or straight lines.

    Parameters
    ----------
    words
        The array words.
    points
        The xs, the same on every path, and the ys, (points,) or (points, paths).
    x
        A number or a line.
    how, ends
        As in ``lookup``.
    """
    xp, where = words.np, words.where
    xs, ys = points
    x, last = xp.asarray(x, dtype=float), xs.shape[0] - 1
    if how == "step":
        k = _count_up_to(words, xs, x, forgive=True) - 1
        found = _at(words, ys, xp.maximum(k, 0))
        if ends == "hold":
            return found
        held = words.hold(x)
        return where((k < 0) | (held > xs[last] + near(words, held, held)), 0.0, found)
    k = xp.minimum(xp.maximum(_count_up_to(words, xs, x) - 1, 0), max(last - 1, 0))
    within = (x >= xs[0]) & (x < xs[last])
    if last:
        slopes = ((ys[1:] - ys[:-1]).T / (xs[1:] - xs[:-1])).T
        found = _at(words, ys[:-1], k) + _at(words, slopes, k) * (x - _at(words, xs, k))
    else:
        found = _at(words, ys, k)
    outside = where(x < xs[0], ys[0], ys[last]) if ends == "hold" else where(x == xs[last], ys[last], 0.0)
    return where(within, found, outside)


def _count_up_to(words: Words, xs: Any, x: Any, *, forgive: bool = False) -> Any:
    """How many xs are at most x, or with `forgive` at most a tolerance beyond it: few are all compared."""
    held = words.hold(x)
    reach = held + near(words, held, held) if forgive else held
    if len(xs) <= _FEW:
        return (xs.reshape(-1, *(1,) * np.ndim(x)) <= reach).sum(axis=0)
    return words.np.searchsorted(xs, reach, side="right")


def _at(words: Words, ys: Any, k: Any) -> Any:
    """Points k of a column of numbers, or of a column a path."""
    if ys.ndim == 1 or np.ndim(k) == 0:
        return _take(words, ys, k)
    if np.ndim(k) == 2 and k.shape[1] == 1:
        return _take(words, ys, k[:, 0])
    rows = k if np.ndim(k) == 2 else k[None]
    found = words.cells(ys, words.np.broadcast_to(rows, (rows.shape[0], ys.shape[1])))
    return found if np.ndim(k) == 2 else found[0]


def _take(words: Words, ys: Any, k: Any) -> Any:
    if words.jax is None:
        return ys[k]
    return words.np.asarray(ys).at[k].get(mode="promise_in_bounds", wrap_negative_indices=False)


def lines(xp: Any, value: Any, periods: int) -> Any:
    """Spread a number over the periods; leave a line alone.

    Parameters
    ----------
    xp
        ``numpy`` or ``jax.numpy``.
    value
        A number or a line.
    periods
        Number of periods.
    """
    if xp.ndim(value) == 2:
        return value
    flat = xp.asarray(value, dtype=float).reshape(-1)
    return xp.broadcast_to(flat[None], (periods, flat.shape[0]))

"""What each operator means to JAX: one table over numbers and lines alike, and the rates.

Divisions and logarithms are made safe, so that a branch of choose() that is not taken leaves no trace in a derivative;
what a taken one makes of such operands is told by :func:`fails`. Where operands tie, slopes follow the first, as in
``meaning.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ringfence.run.irr import _GRID as GRID
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, TRUE_ABOVE

_LARGEST_EXPONENT = 700.0
#: Halvings of the bracket around a root: from the widest one to the last bits.
_HALVINGS = 60


def near(jnp: Any, a: Any, b: Any) -> Any:
    """Largest difference at which two numbers compare as equal."""
    return jnp.maximum(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * jnp.maximum(jnp.abs(a), jnp.abs(b)))


def values(jnp: Any) -> dict[str, Callable[..., Any]]:
    """Operator -> value of the operands, numbers or lines.

    Parameters
    ----------
    jnp
        ``jax.numpy``.
    """

    def flag(condition: Any) -> Any:
        return jnp.where(condition, 1.0, 0.0)

    return {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / jnp.where(b == 0, 1.0, b),
        "least": lambda a, b: jnp.where(a <= b, a, b),
        "most": lambda a, b: jnp.where(a >= b, a, b),
        "floor": lambda x: jnp.floor(x + near(jnp, x, x)),
        "exp": lambda x: jnp.exp(jnp.where(x < _LARGEST_EXPONENT, x, _LARGEST_EXPONENT)),
        "log": lambda x: jnp.log(jnp.where(x > 0, x, 1.0)),
        "less_than": lambda a, b: flag(b - a > near(jnp, a, b)),
        "at_most": lambda a, b: flag(a - b <= near(jnp, a, b)),
        "equal": lambda a, b: flag(jnp.abs(a - b) <= near(jnp, a, b)),
        "choose": lambda condition, yes, no: jnp.where(condition > TRUE_ABOVE, yes, no),
    }


def fails(jnp: Any, op: str, args: list[Any]) -> Any:
    """Where an operation that is taken has no finite value: a division by 0, a logarithm of nothing, a huge power.

    Parameters
    ----------
    jnp
        ``jax.numpy``.
    op
        ``div``, ``log`` or ``exp``.
    args
        Operands.
    """
    if op == "div":
        return args[1] == 0
    return args[0] <= 0 if op == "log" else args[0] >= _LARGEST_EXPONENT


def lookup(jnp: Any, points: tuple[Any, Any], x: Any, how: str, ends: str) -> Any:
    """Value of a table at x, as steps or straight lines."""
    xs, ys = points
    last = xs.shape[0] - 1
    if how == "step":
        gap = near(jnp, x, x)
        k = jnp.searchsorted(xs, x + gap, side="right") - 1
        found = ys[jnp.maximum(k, 0)]
        return found if ends == "hold" else jnp.where((k < 0) | (x > xs[last] + gap), 0.0, found)
    k = jnp.maximum(jnp.searchsorted(xs, x, side="right") - 1, 0)
    after = jnp.minimum(k + 1, last)
    within = (x >= xs[0]) & (x < xs[last])
    width = jnp.where(after > k, xs[after] - xs[k], 1.0)
    found = ys[k] + jnp.where(within, (ys[after] - ys[k]) / width * (x - xs[k]), 0.0)
    return found if ends == "hold" else jnp.where(within | (x == xs[last]), found, 0.0)


def reductions(jnp: Any, periods: int) -> dict[str, Callable[..., Any]]:
    """Reduction -> one number from lines over all periods.

    Parameters
    ----------
    jnp
        ``jax.numpy``.
    periods
        Number of periods.
    """

    def extreme(x: Any, when: Any, sign: float) -> Any:
        used = jnp.full(periods, True) if when is None else when > TRUE_ABOVE
        place = jnp.argmin(jnp.where(used, sign * x, jnp.inf))
        return jnp.where(used.any(), x[place], 0.0)

    def at(x: Any, k: Any) -> Any:
        place = jnp.floor(k + near(jnp, k, k))
        inside = (place >= 0) & (place < periods)
        return jnp.where(inside, x[jnp.where(inside, place, 0.0).astype(int)], 0.0)

    return {
        "total": lambda x, when=None: (x if when is None else jnp.where(when > TRUE_ABOVE, x, 0.0)).sum(),
        "smallest": lambda x, when=None: extreme(x, when, 1.0),
        "largest": lambda x, when=None: extreme(x, when, -1.0),
        "at": at,
        "count": lambda flag: jnp.where(flag > TRUE_ABOVE, 1.0, 0.0).sum(),
        "first_when": lambda flag: jnp.where(
            (flag > TRUE_ABOVE).any(), jnp.argmax(flag > TRUE_ABOVE) * 1.0, float(periods)
        ),
        "npv": lambda flow, rate, times: (flow * jnp.exp(-jnp.log1p(rate) * times)).sum(),
    }


def irr(jax: Any, flow: Any, times: Any) -> Any:
    """The quoted rate of dated flows; nan where no rate on the grid makes them worth nothing.

    The root is closed in by halving its bracket, outside the derivative; one Newton step from it, whose slope is exact,
    carries the derivative (implicit function theorem).

    Parameters
    ----------
    jax
        The library.
    flow, times
        [USD], [years]
    """
    jnp = jax.numpy
    held, years = jax.lax.stop_gradient(flow), jax.lax.stop_gradient(times - times.min())
    points = jnp.asarray(GRID)
    worth = (jnp.exp(-points[:, None] * years[None, :]) * held[None, :]).sum(axis=1)
    changes = (worth[:-1] > 0) != (worth[1:] > 0)
    place = _quoted(jnp, points, changes, held, years)
    low, high = points[place], points[place + 1]
    rising = worth[place + 1] > worth[place]

    def halve(_: int, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        middle = 0.5 * (ends[0] + ends[1])
        left = ((jnp.exp(-middle * years) * held).sum() > 0) == rising
        return jnp.where(left, ends[0], middle), jnp.where(left, middle, ends[1])

    low, high = jax.lax.fori_loop(0, _HALVINGS, halve, (low, high))
    root = jax.lax.stop_gradient(0.5 * (low + high))
    factors = jnp.exp(-root * (times - jax.lax.stop_gradient(times.min())))
    slope = jax.lax.stop_gradient((held * years * jnp.exp(-root * years)).sum())
    step = (flow * factors).sum() / jnp.where(slope == 0, 1.0, slope)
    return jnp.where(changes.any(), jnp.expm1(root + step), jnp.nan)


def _quoted(jnp: Any, points: Any, changes: Any, flow: Any, years: Any) -> Any:
    """Bracket of the root that is quoted: the smallest above 0 if money is paid in first, else the nearest to 0."""
    count = points.shape[0] - 1
    order = jnp.arange(count)
    above = changes & (points[1:] > 0)
    middle = jnp.abs(jnp.expm1(0.5 * (points[1:] + points[:-1])))
    first = jnp.argmin(jnp.where(flow != 0, years, jnp.inf))
    smallest = jnp.argmin(jnp.where(above, order, count))
    nearest = jnp.argmin(jnp.where(changes, middle, jnp.inf))
    return jnp.where((flow[first] < 0) & above.any(), smallest, nearest)


def lines(jnp: Any, value: Any, periods: int) -> Any:
    """Spread one number over the periods; leave a line alone."""
    return value if np.ndim(value) else jnp.full(periods, value)

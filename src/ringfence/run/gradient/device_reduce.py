"""What each reduction and measure means to JAX: from lines over the periods to one number a path.

Lines are (periods, 1) or (periods, paths); results (1,) or (paths,).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ringfence.run.gradient.device_meaning import Words, is_traced, near
from ringfence.run.irr import _GRID as GRID
from ringfence.sheet.ops import TRUE_ABOVE

#: Halvings of the bracket around a root: from the widest one to the last bits.
_HALVINGS = 60


def reductions(words: Words, periods: int) -> dict[str, Callable[..., Any]]:
    """Reduction -> one number a path from lines over all periods.

    Parameters
    ----------
    words
        The array words.
    periods
        Number of periods.
    """
    xp, where = words.np, words.where

    def pick(x: Any, place: Any) -> Any:
        """Take the cell of each path at a whole number of periods."""
        wide = max(x.shape[1], place.shape[0])
        return words.cells(xp.broadcast_to(x, (periods, wide)), xp.broadcast_to(place, (1, wide)).astype(int))[0]

    def extreme(x: Any, when: Any, sign: float) -> Any:
        held = sign * words.hold(x)
        if when is None:
            return pick(x, xp.argmin(held, axis=0))
        used = when > TRUE_ABOVE
        found = pick(x, xp.argmin(where(used, held, np.inf), axis=0))
        return where(used.any(axis=0), found, 0.0)

    def at(x: Any, k: Any) -> Any:
        held = xp.asarray(words.hold(k), dtype=float).reshape(-1)
        place = xp.floor(held + near(words, held, held))
        inside = (place >= 0) & (place < periods)
        return where(inside, pick(x, where(inside, place, 0.0)), 0.0)

    def first_when(flag: Any) -> Any:
        true = flag > TRUE_ABOVE
        return where(true.any(axis=0), xp.asarray(xp.argmax(true, axis=0), dtype=float), float(periods))

    return {
        "total": lambda x, when=None: (x if when is None else where(when > TRUE_ABOVE, x, 0.0)).sum(axis=0),
        "smallest": lambda x, when=None: extreme(x, when, 1.0),
        "largest": lambda x, when=None: extreme(x, when, -1.0),
        "at": at,
        "count": lambda flag: xp.asarray(flag > TRUE_ABOVE, dtype=float).sum(axis=0),
        "first_when": first_when,
        "npv": lambda flow, rate, times: (flow * xp.exp(-xp.log1p(rate) * times)).sum(axis=0),
    }


def irr(words: Words, flow: Any, times: Any) -> Any:
    """Return the quoted rate of dated flows; nan where no rate on the grid makes them worth nothing.

    The root is closed in by halving its bracket, outside the derivative; one Newton step from it, whose slope is exact,
    carries the derivative (implicit function theorem).

    Parameters
    ----------
    words
        The array words, of JAX.
    flow, times
        [USD], [years]
    """
    jnp, where, jax = words.np, words.where, words.jax
    first = words.hold(times).min(axis=0)
    held, years = words.hold(flow), words.hold(times) - first
    worth = _worth_on_the_grid(words, held, years)
    changes = (worth[:-1] > 0) != (worth[1:] > 0)
    place = _quoted(words, changes, held, years)
    points = jnp.asarray(GRID)
    ends = words.cells(worth, jnp.stack([place, place + 1]))
    rising = ends[1] > ends[0]

    def halve(_: int, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        middle = 0.5 * (ends[0] + ends[1])
        left = ((jnp.exp(-middle * years) * held).sum(axis=0) > 0) == rising
        return where(left, ends[0], middle), where(left, middle, ends[1])

    low, high = jax.lax.fori_loop(0, _HALVINGS, halve, (points[place], points[place + 1]))
    root = words.hold(0.5 * (low + high))
    slope = words.hold((held * years * jnp.exp(-root * years)).sum(axis=0))
    step = (flow * jnp.exp(-root * (times - first))).sum(axis=0) / where(slope == 0, 1.0, slope)
    return where(changes.any(axis=0), jnp.expm1(root + step), jnp.nan)


def _worth_on_the_grid(words: Words, flow: Any, years: Any) -> Any:
    """Present value at every rate of the grid: (rates, paths)."""
    xp = words.np
    if not is_traced(words.jax, years) and years.shape[1] == 1:
        return xp.asarray(np.exp(-GRID[:, None] * years[:, 0])) @ flow
    return (xp.exp(-xp.asarray(GRID)[:, None, None] * years) * flow).sum(axis=1)


def _quoted(words: Words, changes: Any, flow: Any, years: Any) -> Any:
    """Bracket of the root that is quoted: the smallest above 0 if money is paid in first, else the nearest to 0."""
    xp, where = words.np, words.where
    above = changes & (GRID[1:] > 0)[:, None]
    middle = np.abs(np.expm1(0.5 * (GRID[1:] + GRID[:-1])))[:, None]
    nearest = xp.argmin(where(changes, middle, np.inf), axis=0)
    first = xp.argmin(where(flow != 0, years, np.inf), axis=0)
    pays = words.cells(flow, xp.broadcast_to(first, (1, flow.shape[1])))[0] < 0
    return xp.where(pays & above.any(axis=0), xp.argmax(above, axis=0), nearest)

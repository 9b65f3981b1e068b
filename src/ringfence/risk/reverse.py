"""Reverse stress: the most probable joint move of the factors that breaks a loan.

Every factor is driven by independent standard normals (a uniform draw is the normal's own probability). Among all moves
that break the loan the most probable is the one nearest to the origin; its distance is the *reliability index* beta,
and Phi(-beta) is the probability of the half-space beyond it (first-order reliability, Hasofer and Lind 1974): an
estimate to be held against the share of paths that break.

Found in three steps, all of them on the deal itself: directions in which one factor alone or a random mixture breaks
the loan; SciPy's SLSQP from the best of them, its gradients by central differences of all draws in one call of the
kernel; and a last step toward the origin along every factor until nothing can be taken back. The move is then run
again on the reference, and reported only with what that run says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import MissingExtraError
from ringfence.run import native, reference

if TYPE_CHECKING:
    from ringfence.run.native import Draw, Kernel
    from ringfence.sheet import Sheet

Array = NDArray[np.float64]
#: Moves farther than this are not looked for: beyond it lies 1 in 10**15. [standard deviations]
FARTHEST = 8.0
_STEP = 1e-3
_MIXTURES = 256
_STARTS = 3
_ROUNDS = 30


@dataclass(frozen=True)
class Breaks:
    """When a loan is broken.

    Parameters
    ----------
    measure
        Figure that is looked at.
    limit
        Broken under it, or above it.
    above
        Whether above.
    words
        For the report: ``DSCR of senior under 1.00x``.
    """

    measure: str
    limit: float
    above: bool
    words: str

    def margin(self, values: Array) -> Array:
        """Return how far each path is from breaking; negative where it breaks. [unit of the measure]"""
        return self.limit - values if self.above else values - self.limit


@dataclass(frozen=True)
class Move:
    """What one factor does in the breaking move.

    Parameters
    ----------
    factor
        Its id.
    share
        Of the squared distance: how much of the improbability it carries. [ratio]
    distance
        Length of its own part. [standard deviations]
    """

    factor: str
    share: float
    distance: float


@dataclass(frozen=True)
class ReverseStress:
    """The most probable breaking move.

    Parameters
    ----------
    breaks
        What was to be broken.
    beta
        Distance; None where nothing breaks it within :data:`FARTHEST`. [standard deviations]
    probability
        Phi(-beta). [ratio]
    moves
        By factor, largest share first.
    inputs
        Draw -> value at the move, for a run.
    before, after
        The measure with every factor at its centre, and at the move, by the reference run.
    alone
        Factor -> distance at which it breaks the loan alone; None where it cannot.
    """

    breaks: Breaks
    beta: float | None
    probability: float
    moves: tuple[Move, ...]
    inputs: Mapping[str, float | Array]
    before: float
    after: float
    alone: Mapping[str, float | None]


@dataclass(frozen=True)
class _Space:
    """The draws as one vector of standard normals: which entries belong to which draw and which factor."""

    sheet: Sheet
    kernel: Kernel
    draws: Mapping[str, Draw]
    breaks: Breaks
    spans: Mapping[str, slice]
    factors: Mapping[str, NDArray[np.int64]]

    @property
    def size(self) -> int:
        return max((int(span.stop) for span in self.spans.values()), default=0)

    def values(self, name: str, z: Array) -> Array:
        part = z[:, self.spans[name]]
        drawn = part if self.draws[name].kind == "normal" else _uniform(part)
        return drawn[:, 0] if self.sheet[name].kind == "scalar" else drawn

    def margin(self, z: Array) -> Array:
        """Distance from breaking of each row of z; a path on which the measure has no value does not break."""
        given = {name: self.values(name, z) for name in self.spans}
        got = self.kernel.run(len(z), path_inputs=given)
        found = self.breaks.margin(got[self.breaks.measure])
        return np.where(np.isfinite(found), found, np.inf)


def _uniform(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(np.clip(ndtr(z), 2.0**-53, 1 - 2.0**-53))


def reverse_stress(
    sheet: Sheet, draws: Mapping[str, Draw], factors: Mapping[str, Sequence[int]], breaks: Breaks, *, seed: int = 0
) -> ReverseStress:
    """Find the most probable move that breaks a loan.

    Parameters
    ----------
    sheet
        The deal behind its factors.
    draws
        Input -> how it is drawn.
    factors
        Factor -> numbers of its draws.
    breaks
        What breaks it.
    seed
        Of the random directions.

    Raises
    ------
    MissingExtraError
        If SciPy is not installed.
    """
    space = _space(sheet, draws, factors, breaks)
    origin = np.zeros((1, space.size))
    if not space.size:
        return _found(space, None, dict.fromkeys(factors))
    if float(space.margin(origin)[0]) < 0:
        return _found(space, origin[0], {})
    starts, singles = _starts(space, seed)
    for factor, point in singles.items():
        if len(space.factors[factor]) > 1:  # along a single draw the ray is all there is
            singles[factor] = _nearer(space, point, space.factors[factor])
    alone = {factor: _length(singles[factor]) if factor in singles else None for factor in space.factors}
    starts = sorted([*starts, *singles.values()], key=_length)
    best: Array | None = None
    for start in starts[:_STARTS]:
        near = _shrunk(space, _nearer(space, start))
        if best is None or _length(near) < _length(best):
            best = near
    return _found(space, best if best is None else _shrunk(space, _nearer(space, best)), alone)


def _space(sheet: Sheet, draws: Mapping[str, Draw], factors: Mapping[str, Sequence[int]], breaks: Breaks) -> _Space:
    try:
        import scipy  # noqa: F401
    except ImportError:
        text = "a reverse stress is found by SciPy, which is not installed: pip install 'ringfence[optimise]'"
        raise MissingExtraError(text) from None
    kernel = native.compile(sheet, [breaks.measure], dict.fromkeys(draws, native.GIVEN))
    felt = {name for name, _, _ in kernel.about["given"]}  # what the measure does not feel stays at its centre
    spans, start = {}, 0
    for name in (name for name in draws if name in felt):
        stop = start + (1 if sheet[name].kind == "scalar" else sheet.periods)
        spans[name], start = slice(start, stop), stop
    of = {
        factor: np.array(
            [k for name, span in spans.items() if draws[name].factor in numbers for k in range(span.start, span.stop)],
            dtype=np.int64,
        )
        for factor, numbers in factors.items()
    }
    return _Space(sheet, kernel, draws, breaks, spans, of)


# -- where to start ------------------------------------------------------------------------------------------


def _starts(space: _Space, seed: int) -> tuple[list[Array], dict[str, Array]]:
    """Breaking points along random mixtures of factors, and the nearest along each factor alone."""
    rays, names = [], []
    for factor, places in space.factors.items():
        for sign in (1.0, -1.0) if len(places) else ():
            ray = np.zeros(space.size)
            ray[places] = sign
            rays.append(ray)
            names.append(factor)
    rng = np.random.Generator(np.random.Philox(seed))
    members = [places for places in space.factors.values() if len(places)]
    for _ in range(_MIXTURES):
        ray = np.zeros(space.size)
        for places in members:
            ray[places] = rng.standard_normal() * (rng.random() < 0.5)
        rays.append(ray)
    points = _along(space, np.array(rays))
    singles: dict[str, Array] = {}
    for name, point in zip(names, points, strict=False):
        if point is not None and (name not in singles or _length(point) < _length(singles[name])):
            singles[name] = point
    return [point for point in points[len(names) :] if point is not None], singles


def _along(space: _Space, rays: Array) -> list[Array | None]:
    """Nearest breaking point on each ray, by steps and bisection; None where there is none near enough.

    A factor that moves every period goes by its distance per period here, so that a steady shift of two standard
    deviations in each of a hundred periods is tried too; SLSQP then gathers it where it matters.
    """
    length = np.abs(rays).max(axis=1, initial=0.0)
    length[length == 0] = 1.0
    unit = rays / length[:, None]
    low, high = np.zeros(len(rays)), np.full(len(rays), np.nan)
    for step in np.arange(0.25, FARTHEST + 0.01, 0.25):
        left = np.isnan(high)
        if not left.any():
            break
        broken = space.margin(unit[left] * step) < 0
        places = np.flatnonzero(left)
        high[places[broken]] = step
        low[places[~broken]] = step
    good = ~np.isnan(high)
    for _ in range(30):
        if not good.any():
            break
        middle = (low + high) / 2
        broken = space.margin(unit[good] * middle[good, None]) < 0
        places = np.flatnonzero(good)
        high[places[broken]], low[places[~broken]] = middle[places[broken]], middle[places[~broken]]
    return [unit[k] * high[k] if good[k] else None for k in range(len(rays))]


# -- nearer to the origin ------------------------------------------------------------------------------------


def _nearer(space: _Space, start: Array, places: NDArray[np.int64] | None = None) -> Array:
    """SLSQP: least squared distance such that the loan is broken; the start where it finds nothing nearer.

    With `places`, only these entries move.
    """
    from scipy.optimize import minimize

    free = np.arange(space.size) if places is None else places
    scale = max(1e-9, float(np.abs(space.margin(np.zeros((1, space.size)))[0])))
    ways = np.zeros((len(free), space.size))
    ways[np.arange(len(free)), free] = _STEP

    def whole(x: Array) -> Array:
        z = start.copy()
        z[free] = x
        return z

    def slope(x: Array) -> Array:
        values = space.margin(whole(x) + np.concatenate([ways, -ways]))
        up, down = values[: len(free)], values[len(free) :]
        gap = np.where(np.isfinite(up) & np.isfinite(down), up, 0.0) - np.where(np.isfinite(up + down), down, 0.0)
        return np.asarray(-gap / (2 * _STEP) / scale)

    def held(x: Array) -> float:
        value = float(space.margin(whole(x)[None, :])[0])
        return -value / scale if np.isfinite(value) else -1.0

    got = minimize(
        lambda x: float(x @ x) / 2,
        start[free],
        jac=lambda x: x,
        constraints=[{"type": "ineq", "fun": held, "jac": slope}],
        method="SLSQP",
        options={"maxiter": _ROUNDS, "ftol": 1e-8},
    )
    point = _just_broken(space, whole(np.asarray(got.x, dtype=np.float64)))
    return start if point is None or _length(point) >= _length(start) else point


def _just_broken(space: _Space, z: Array) -> Array | None:
    """Stretch or shrink a point along its own ray until it only just breaks; None if it does not near by."""
    stretched = z * np.linspace(0.9, 1.1, 201)[:, None]
    broken = np.flatnonzero(space.margin(stretched) < 0)
    return stretched[broken[0]] if broken.size else None


def _shrunk(space: _Space, z: Array) -> Array:
    """Take back whatever the break does not need, one factor after the other, then the whole."""
    parts = [places for places in space.factors.values() if len(places)]
    for _ in range(2):
        for places in sorted(parts, key=lambda p: float(np.linalg.norm(z[p]))):
            if not np.any(z[places]):
                continue
            tried = np.repeat(z[None, :], 65, axis=0)
            tried[:, places] *= np.linspace(0.0, 1.0, 65)[:, None]
            z = tried[int(np.argmax(space.margin(tried) < 0))] if (space.margin(tried) < 0).any() else z
    found = _just_broken(space, z)
    return z if found is None else found


# -- what it is ----------------------------------------------------------------------------------------------


def _found(space: _Space, z: Array | None, alone: Mapping[str, float | None]) -> ReverseStress:
    from scipy.special import ndtr

    centre = _reference(space, np.zeros(space.size))
    if z is None or _length(z) > FARTHEST:
        return ReverseStress(space.breaks, None, 0.0, (), {}, centre, centre, alone)
    beta = _length(z)
    moves = [
        Move(factor, float(z[places] @ z[places]) / max(beta * beta, 1e-300), _length(z[places]))
        for factor, places in space.factors.items()
    ]
    inputs = _inputs(space, z)
    moves = sorted((m for m in moves if m.share > 1e-6), key=lambda m: -m.share)
    after = _reference(space, z)
    return ReverseStress(space.breaks, beta, float(ndtr(-beta)), tuple(moves), inputs, centre, after, alone)


def _inputs(space: _Space, z: Array) -> dict[str, float | Array]:
    found: dict[str, float | Array] = {}
    for name in space.spans:
        value = space.values(name, z[None, :])[0]
        found[name] = float(value) if np.ndim(value) == 0 else value
    return found


def _reference(space: _Space, z: Array) -> float:
    """The measure by the reference: what verifies the move."""
    got = reference.run(space.sheet, _inputs(space, z)).measures[space.breaks.measure]
    return float("nan") if got.value is None else got.value


def _length(z: Array) -> float:
    return float(np.sqrt(z @ z))

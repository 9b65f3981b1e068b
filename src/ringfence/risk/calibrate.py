"""Parameters of a factor from a history of its levels: drift, mean reversion and volatility, with standard errors.

    found = calibrate(read_levels("h100.csv", positive=True), "gpu_rent")
    print(found)                             # estimates, standard errors, what to be careful of
    print(found.fragment("rent", fleet="gpus"))   # a risk: block to paste into the deal

The model of each kind is the factor's own: a base rate is a level that returns to a mean; a GPU rent, a price of energy
or an index is a logarithm that returns to a straight trend; an exchange rate is a logarithm that does not return. The
estimates maximise the exact likelihood of levels that may be unevenly spaced; standard errors come from its curvature.

Mean reversion is the weakest of the three: in a short history it comes out too fast, by about 4 / (years of history)
per year (Tang and Chen, Parameter estimation and bias correction for diffusion processes, 2009). A trend then looks
surer than it is, so its error is widened by the speed over the speed less that.

How well the model of the factor fits is asked of the innovations, what each level brought that the fit did not expect,
in standard deviations (``goodness.py``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import DealError, Finding, did_you_mean, nearest
from ringfence.risk.goodness import Goodness, goodness
from ringfence.risk.levels import RULE, Levels, read_levels
from ringfence.terms.findings import finding, listed

__all__ = ["FITTED", "Calibration", "Estimate", "Kind", "Levels", "Parameter", "calibrate", "read_levels"]

Kind = Literal["base_rate", "gpu_rent", "power_price", "fx"]
FITTED: tuple[str, ...] = get_args(Kind)
"""Types of factor that a history of levels fits."""
Array = NDArray[np.float64]
FEWEST = 12
FASTEST, SLOWEST = 200.0, 1e-4
Z95 = 1.959964
BIAS, WIDEST = 4.0, 3.0
MONTHS = 12.0
QUIET = 1e-9
"""Volatility under which a history is a straight line. [per root of a year]"""
PERCENT = 0.3
"""Rates whose median magnitude is above this are read as percent."""


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error."""

    value: float
    error: float

    @property
    def band(self) -> tuple[float, float]:
        """Where it lies with a confidence of 95 %, if its error is normal."""
        return self.value - Z95 * self.error, self.value + Z95 * self.error


class Parameter(NamedTuple):
    """A parameter of a factor as the deal language writes it.

    Attributes
    ----------
    name
        Field of the factor: ``half_life``.
    text
        Value as written: ``2.86m``.
    value, error
        The estimate and its standard error. [1/year, month or ratio]
    words
        What it was estimated from.
    """

    name: str
    text: str
    value: float
    error: float
    words: str


@dataclass(frozen=True, repr=False)
class Calibration:
    """What a history says of a factor.

    Attributes
    ----------
    kind
        Kind of factor.
    source
        File and column.
    observations, years
        Length of the history. [-], [year]
    drift
        Change of the trend per year, in logs; of a base rate its mean. [1/year]
    mean_reversion
        Speed of the return. [1/year]
    volatility
        Per root of a year.
    notices
        What to be careful of.
    days, innovations
        Date of each level, and what each after the first brought unexpected, in standard deviations.
    goodness
        Whether these are normal, and independent.
    """

    kind: Kind
    source: str
    observations: int
    years: float
    drift: Estimate
    mean_reversion: Estimate
    volatility: Estimate
    notices: tuple[str, ...]
    days: tuple[dt.date, ...]
    innovations: tuple[float, ...]
    goodness: Goodness

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What a factor of this kind reads; a trend that cannot be told from none is left to the deal."""
        return tuple(_parameters(self))

    @property
    def half_life(self) -> float:
        """Time in which half of a departure is gone. [month]"""
        return float(MONTHS * np.log(2.0) / self.mean_reversion.value)

    def __repr__(self) -> str:
        name = "mean" if self.kind == "base_rate" else "trend per year"
        lines = [f"{self.kind} from {self.source}: {self.observations} levels over {self.years:.1f} years"]
        rows = [(name, self.drift), ("volatility", self.volatility)]
        lines += [f"  {label:<24}{e.value:>9.2%}   standard error {_error(e.error, '.2%')}" for label, e in rows]
        if self.kind != "fx":
            e = self.mean_reversion
            lines.append(f"  {'mean reversion per year':<24}{e.value:>9.2f}   standard error {_error(e.error, '.2f')}")
        lines.append(f"  innovations: {self.goodness}")
        return "\n".join([*lines, *(f"  note: {text}" for text in self.notices)])

    def fragment(self, id: str, **names: object) -> str:
        """Return a ``risk:`` block with these parameters, to paste into a deal.

        Parameters
        ----------
        id
            Id of the factor.
        **names
            What it acts on: ``curve="SOFR"``, ``fleet="gpus"``, ``moves=["sakai.electricity"]``.
        """
        lines = ["risk:", "  factors:", f"    {id}:", f"      type: {self.kind}"]
        lines += [f"      {name}: {_yaml(value)}" for name, value in names.items()]
        lines += [f"      {f'{p.name}: {p.text}':<30}# {p.words}" for p in self.parameters]
        return "\n".join([*lines, f"      note: {_quoted(self.origin)}"]) + "\n"

    @property
    def origin(self) -> str:
        """Where the parameters come from, for the note of the factor."""
        return f"fitted to {self.source}: {self.observations} levels over {self.years:.1f} years"


def calibrate(levels: Levels, kind: Kind) -> Calibration:
    """Fit the parameters of a factor to a history.

    Parameters
    ----------
    levels
        The history. [any; a base rate as a fraction or in percent per year]
    kind
        ``base_rate``, ``gpu_rent``, ``power_price`` or ``fx``.

    Returns
    -------
    Calibration
        Estimates with standard errors.

    Raises
    ------
    DealError
        If the history is too short, flat, or holds prices that are not above zero.
    """
    if kind not in get_args(Kind):
        near = nearest(kind, get_args(Kind))
        text = f"{kind} is no kind of factor that a history fits" + did_you_mean(near)
        raise DealError([finding(RULE, text, fix=f"name one of: {listed(get_args(Kind))}")])
    _refuse_short(levels, kind)
    times = np.array(levels.years)
    values = np.array(levels.values)
    notices: list[str] = []
    if kind == "base_rate":
        percent = bool(np.median(np.abs(values)) > PERCENT)
        values = values / 100.0 if percent else values
        notices.append(_read_as(levels, percent))
        fit, fresh = _reverting(times, values, trend=False)
    elif kind == "fx":
        fit, fresh = _walk(times, np.log(values))
    else:
        fit, fresh = _reverting(times, np.log(values), trend=True)
    if not fit[2].value > QUIET:
        raise DealError([_straight(levels)])
    found = goodness(fresh)
    notices += [*_notices(levels, kind, fit), *found.notices]
    return Calibration(
        kind,
        levels.source,
        len(times),
        float(times[-1]),
        *fit,
        tuple(notices),
        levels.days,
        tuple(float(x) for x in fresh),
        found,
    )


def _read_as(levels: Levels, percent: bool) -> str:
    level = levels.values[0]
    words = "percent" if percent else "fractions"
    return f"levels are read as {words}: the first, {level:g}, is {level / (100.0 if percent else 1.0):.2%}"


def _straight(levels: Levels) -> Finding:
    text = f"{levels.source} lies on a straight trend from the first date to the last, so it has no volatility."
    return finding(RULE, text, where=[levels.source], fix="bring levels that were observed, not interpolated")


Fit = tuple[Estimate, Estimate, Estimate]


def _walk(times: Array, y: Array) -> tuple[Fit, Array]:
    """Fit a random walk with drift: exact, increments are independent normals."""
    steps, moves = np.diff(times), np.diff(y)
    drift = (y[-1] - y[0]) / times[-1]
    variance = float(np.mean((moves - drift * steps) ** 2 / steps)) * len(steps) / (len(steps) - 1)
    volatility = float(np.sqrt(variance))
    error = volatility / np.sqrt(2.0 * (len(steps) - 1))
    fit = (
        Estimate(float(drift), volatility / float(np.sqrt(times[-1]))),
        Estimate(0.0, 0.0),
        Estimate(volatility, error),
    )
    return fit, (moves - drift * steps) / np.sqrt(steps) / max(volatility, QUIET)


def _reverting(times: Array, y: Array, *, trend: bool) -> tuple[Fit, Array]:
    """Fit noise that returns to a mean, or to a straight trend, by its exact likelihood."""
    speed = _best(lambda k: _profile(times, y, k, trend=trend)[0])
    _, mean, variance = _profile(times, y, speed, trend=trend)
    at = np.array([speed, *mean, np.sqrt(variance)])
    errors = _errors(lambda p: _minus_log_likelihood(times, y, p[0], p[1:-1], p[-1], trend=trend), at)
    wider = speed / max(speed - BIAS / times[-1], speed / WIDEST)
    drift = Estimate(float(mean[1 if trend else 0]), float(errors[2 if trend else 1]) * wider)
    x, z, width = _parts(times, y, speed, trend=trend)
    fresh = (z - x @ mean) / np.sqrt(width) / max(float(at[-1]), QUIET)
    return (drift, Estimate(speed, float(errors[0])), Estimate(float(at[-1]), float(errors[-1]))), fresh


def _parts(times: Array, y: Array, speed: float, *, trend: bool) -> tuple[Array, Array, Array]:
    """Return what the mean explains of each step, what is explained, and its variance at a volatility of 1."""
    steps = np.diff(times)
    kept = np.exp(-speed * steps)
    width = -np.expm1(-2.0 * speed * steps) / (2.0 * speed)
    columns = [1.0 - kept]
    if trend:
        columns.append(times[1:] - kept * times[:-1])
    return np.column_stack(columns), y[1:] - kept * y[:-1], width


def _profile(times: Array, y: Array, speed: float, *, trend: bool) -> tuple[float, Array, float]:
    """Return minus the log likelihood at the best mean and volatility for a speed, and these two."""
    x, z, width = _parts(times, y, speed, trend=trend)
    root = np.sqrt(width)
    mean: Array = np.asarray(np.linalg.lstsq(x / root[:, None], z / root, rcond=None)[0], dtype=np.float64)
    variance = max(float(np.mean((z - x @ mean) ** 2 / width)), QUIET**4)
    return 0.5 * (len(z) * np.log(variance) + float(np.sum(np.log(width)))), mean, variance


def _minus_log_likelihood(
    times: Array, y: Array, speed: float, mean: Array, volatility: float, *, trend: bool
) -> float:
    x, z, width = _parts(times, y, speed, trend=trend)
    spread = width * volatility**2
    return float(0.5 * np.sum(np.log(spread) + (z - x @ mean) ** 2 / spread))


def _best(cost: Callable[[float], float]) -> float:
    """Return the speed of least cost: a grid in logs, then golden sections around its best."""
    grid = np.geomspace(SLOWEST, FASTEST, 121)
    costs = [cost(float(k)) for k in grid]
    k = int(np.argmin(costs))
    low, high = np.log(grid[max(k - 1, 0)]), np.log(grid[min(k + 1, len(grid) - 1)])
    ratio = (np.sqrt(5.0) - 1.0) / 2.0
    for _ in range(80):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, b) if cost(float(np.exp(a))) < cost(float(np.exp(b))) else (a, high)
    return float(np.exp((low + high) / 2))


def _errors(cost: Callable[[Array], float], at: Array) -> Array:
    """Return standard errors from the curvature of the cost at its least; infinite where it has none."""
    steps = np.maximum(np.abs(at), 1e-3) * 1e-4
    size = len(at)
    curve = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            a, b = np.eye(size)[i] * steps, np.eye(size)[j] * steps
            around = cost(at + a + b) - cost(at + a - b) - cost(at - a + b) + cost(at - a - b)
            curve[i, j] = around / (4.0 * steps[i] * steps[j])
    try:
        variances = np.diag(np.linalg.inv(curve))
    except np.linalg.LinAlgError:
        return np.full(size, np.inf)
    return np.where(variances > 0, np.sqrt(np.maximum(variances, 0.0)), np.inf)


def _refuse_short(levels: Levels, kind: Kind) -> None:
    values = levels.values
    problem, fix = "", "bring a longer history"
    if len(values) < FEWEST:
        problem = f"has {len(values)} levels, but {FEWEST} are needed to tell drift, return and volatility apart"
    elif kind != "base_rate" and min(values) <= 0:
        problem, fix = f"falls to {min(values):g}, but a price above zero is expected", "fit a base rate"
    elif max(values) - min(values) <= 1e-12 * max(abs(v) for v in values):
        problem, fix = f"is {values[0]:g} on every date, so it has no volatility", "bring levels that move"
    if problem:
        raise DealError([finding(RULE, f"{levels.source} {problem}.", where=[levels.source], fix=fix)])


def _notices(levels: Levels, kind: Kind, fit: Fit) -> tuple[str, ...]:
    if kind == "fx":
        return ()
    speed, years = fit[1], levels.years[-1]
    found = []
    if not np.isfinite(speed.error) or speed.value - Z95 * speed.error <= 0:
        found.append("a return to the mean cannot be told from none: its band reaches zero")
    if BIAS / years > 0.25 * speed.value:
        found.append(f"over {years:.1f} years the return comes out too fast by about {BIAS / years:.2f} a year")
    if kind == "gpu_rent":
        drift = fit[0]
        if not _told_from_none(drift):
            found.append("a fall cannot be told from none: its band holds zero, so the deal's falls stay")
        else:
            found.append("the trend holds the drops of its time, so no generations are counted beside it")
    return tuple(found)


def _told_from_none(drift: Estimate) -> bool:
    """Whether a history falls, beyond the error of its trend."""
    return bool(np.isfinite(drift.error)) and drift.value < -Z95 * drift.error


def _parameters(c: Calibration) -> list[Parameter]:
    v, k = c.volatility, c.mean_reversion
    volatility = Parameter("volatility", f"{v.value:.4%}", v.value, v.error, f"standard error {_error(v.error, '.2%')}")
    if c.kind == "fx":
        return [volatility]
    if c.kind == "base_rate":
        speed = min(k.value, FASTEST_RATE)
        return [Parameter("mean_reversion", f"{speed:.4%}", speed, k.error, _speed_words(c)), volatility]
    months = min(max(c.half_life, 0.05), 1200.0)
    half = Parameter("half_life", f"{months:.2f}m", months, months * k.error / k.value, _speed_words(c))
    return [volatility, half, *(_falls(c) if c.kind == "gpu_rent" and _told_from_none(c.drift) else ())]


def _falls(c: Calibration) -> tuple[Parameter, ...]:
    fall = -float(np.expm1(c.drift.value))
    text, error = f"{fall:.4%}", c.drift.error * (1.0 - fall)
    words = f"trend, standard error {_error(c.drift.error, '.2%')}"
    return (
        Parameter("fall", text, fall, error, words),
        Parameter("fall_later", text, fall, error, "the same"),
        Parameter("generations", "0", 0.0, 0.0, "in the trend"),
    )


FASTEST_RATE = 2.0
"""Fastest return that the deal language takes for a rate. [1/year]"""


def _error(error: float, form: str) -> str:
    return f"{error:{form}}" if np.isfinite(error) else "unknown"


def _speed_words(c: Calibration) -> str:
    return f"speed {c.mean_reversion.value:.2f} a year, standard error {_error(c.mean_reversion.error, '.2f')}"


def _yaml(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

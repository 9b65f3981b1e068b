"""Internal rate of return of dated flows: every root, or the reason why there is none.

The flows are worth ``sum(flow / (1 + rate) ** time)`` at a yearly rate. With ``u = log(1 + rate)`` this is smooth in
u. A grid over u from -99.9 % to +1e6 % (evenly spaced in u, finer near 0) is scanned for changes of sign; a local
extreme that does not reach zero on the grid is searched for a pair of roots hiding between two points; each root is
then closed in by bisection and secant steps to the last bits.

Where there are several roots the quoted one is the smallest positive root if money is paid in first, else the root
nearest to 0; all are reported.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ringfence.run.result import Status

#: Rates searched. [1/year]
LOWEST, HIGHEST = -0.999, 1e4
_GRID = np.log1p(np.concatenate((
    np.expm1(np.linspace(np.log1p(LOWEST), np.log1p(-0.5), 40, endpoint=False)),
    np.linspace(-0.5, 1.0, 301),
    np.expm1(np.linspace(np.log1p(1.0), np.log1p(HIGHEST), 80)[1:]),
)))  # fmt: skip
#: A present value this small beside the flows is zero.
_ZERO = 1e-13


@dataclass(frozen=True)
class Root:
    """Result of :func:`irr`: the quoted rate, the status, all roots, and the reason for any other status than ok."""

    value: float | None
    status: Status
    roots: tuple[float, ...] = ()
    reason: str = ""


def irr(flow: NDArray[np.float64], times: NDArray[np.float64]) -> Root:
    """Find the yearly rates at which dated flows are worth nothing.

    Parameters
    ----------
    flow
        Receipts less payments. [USD]
    times
        When each is paid. [years, any origin]

    Returns
    -------
    Root
        Roots between -99.9 % and +1,000,000 % a year. [1/year]

    Examples
    --------
    >>> irr(np.array([-100.0, 110.0]), np.array([0.0, 1.0])).status
    'ok'
    """
    used = flow != 0
    flow, times = flow[used], times[used]
    refused = _refused(flow)
    if refused:
        return Root(None, "no_root", (), refused)
    years = times - times.min()
    flow = flow / np.abs(flow).max()
    roots = tuple(float(np.expm1(u)) for u in _roots(flow, years))
    if not roots:
        return Root(None, "no_root", (), _why_none(flow, years))
    if len(roots) == 1:
        return Root(roots[0], "ok", roots)
    first_in = flow[np.argsort(years, kind="stable")][0] < 0
    value = _quoted(roots, first_in)
    listed = ", ".join(f"{root:.4%}" for root in roots)
    return Root(value, "several", roots, f"the flows change sign more than once; roots at {listed}")


def npv(flow: NDArray[np.float64], rate: float, times: NDArray[np.float64]) -> float:
    """Discount dated flows at a yearly rate. [unit of flow]

    Parameters
    ----------
    flow
        Receipts less payments. [USD]
    rate
        Yearly compounded. [1/year]
    times
        [years]
    """
    return float((flow * np.exp(-np.log1p(rate) * times)).sum())


def _refused(flow: NDArray[np.float64]) -> str:
    if flow.size == 0:
        return "there are no flows"
    if flow.min() > 0:
        return "nothing is ever paid in, so no rate makes the receipts worth nothing"
    if flow.max() < 0:
        return "nothing is ever paid back, so no rate recovers the payments"
    return ""


def _why_none(flow: NDArray[np.float64], years: NDArray[np.float64]) -> str:
    if years.max() == 0:
        return "all flows fall on one day"
    sign = "positive" if float(flow @ np.exp(-_GRID[len(_GRID) // 2] * years)) > 0 else "negative"
    return f"the present value stays {sign} at every rate from {LOWEST:.1%} to {HIGHEST:,.0%} a year"


def _quoted(roots: tuple[float, ...], paid_in_first: bool) -> float:
    above = [root for root in roots if root > 0]
    return above[0] if paid_in_first and above else min(roots, key=abs)


def _values(flow: NDArray[np.float64], years: NDArray[np.float64], us: NDArray[np.float64]) -> NDArray[np.float64]:
    """Present value at each u, each divided by the sum of magnitudes, so that 0 means the same everywhere."""
    powers = -np.outer(us, years)
    weights = np.exp(powers - powers.max(axis=1, keepdims=True))
    worth: NDArray[np.float64] = (weights @ flow) / (weights @ np.abs(flow))
    return worth


def _roots(flow: NDArray[np.float64], years: NDArray[np.float64]) -> list[float]:
    if years.max() == 0:
        return []
    worth = _values(flow, years, _GRID)
    brackets = [(float(_GRID[k]), float(_GRID[k + 1])) for k in np.nonzero(worth[:-1] * worth[1:] < 0)[0]]
    found = [float(_GRID[k]) for k in np.nonzero(np.abs(worth) <= _ZERO)[0]]
    brackets += _hidden(flow, years, worth)
    found += [_close_in(flow, years, low, high) for low, high in brackets]
    return _distinct(found)


def _hidden(
    flow: NDArray[np.float64], years: NDArray[np.float64], worth: NDArray[np.float64]
) -> list[tuple[float, float]]:
    """Pairs of roots between grid points, where the value dips towards zero and turns."""
    size = np.abs(worth)
    dips = np.nonzero((size[1:-1] <= size[:-2]) & (size[1:-1] <= size[2:]) & (size[1:-1] < 0.05))[0] + 1
    found: list[tuple[float, float]] = []
    for k in dips:
        if worth[k - 1] * worth[k] <= 0 or worth[k] * worth[k + 1] <= 0:
            continue
        fine = np.linspace(_GRID[k - 1], _GRID[k + 1], 201)
        values = _values(flow, years, fine)
        found += [(float(fine[j]), float(fine[j + 1])) for j in np.nonzero(values[:-1] * values[1:] < 0)[0]]
    return found


def _close_in(flow: NDArray[np.float64], years: NDArray[np.float64], low: float, high: float) -> float:
    """Bracketed secant (Illinois) with bisection when it stalls."""
    at_low, at_high = _value(flow, years, low), _value(flow, years, high)
    if at_low * at_high >= 0:  # a root at an end of the bracket: rounding decides on which side of it the end lies
        return low if abs(at_low) <= abs(at_high) else high
    for step in range(200):
        if high - low <= 1e-15 * max(1.0, abs(low)):
            break
        mid = 0.5 * (low + high) if step % 4 == 3 else high - at_high * (high - low) / (at_high - at_low)
        if not low < mid < high:
            mid = 0.5 * (low + high)
            if not low < mid < high:
                break
        at_mid = _value(flow, years, mid)
        if at_mid == 0:
            return mid
        if at_mid * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low *= 0.5
        high, at_high = mid, at_mid
        if low > high:
            low, at_low, high, at_high = high, at_high, low, at_low
    return 0.5 * (low + high)


def _value(flow: NDArray[np.float64], years: NDArray[np.float64], u: float) -> float:
    """Present value at one u, by the very arithmetic of :func:`_values`, so that signs agree on grid points."""
    return float(_values(flow, years, np.array([u]))[0])


def _distinct(found: list[float]) -> list[float]:
    kept: list[float] = []
    for root in sorted(found):
        if not kept or root - kept[-1] > 1e-9:
            kept.append(root)
    return kept

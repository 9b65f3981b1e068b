"""Internal rate of return in lanes: safeguarded Newton, and the reference's search where more than one root may be.

With u = log(1 + rate) the flows are worth ``sum(flow x exp(-u x years))``.

1. Newton's method on log(value of receipts / value of payments), which is nearly a straight line in u.
2. Its root is the only one if the balance still owed at that rate never changes sign: summed by parts, the value at
   any other rate is then a sum of terms of one sign. If it changes sign once (a fee received before a loan is drawn),
   there is at most one more root on either side (Laguerre), and none if the value has the right sign at both ends of
   the range. Most flows end here.
3. Where that fails, the grid of ``run/irr.py`` is scanned for changes of sign and for dips that hide two roots, but for
   the stretches where a bound on the slope rules a root out; each root is closed in by Newton inside its bracket. All
   roots are kept, up to :data:`ROOTS`.

A lane stops when it has converged, so its bits do not depend on the paths beside it.

The result is written as ``[value, status, number of roots, roots ...]``, a vector each; the status is an index into
:data:`STATUSES`. Without a root the value is 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from ringfence.run.irr import HIGHEST, LOWEST
from ringfence.run.native.flows import Flow, flow_of, head, memory_of, sweep_function, swept, weighted
from ringfence.run.native.lanes import Code, bits

#: Meanings of a status, by number.
STATUSES = ("ok", "n/a", "no_root", "several")
#: Roots kept of one flow.
ROOTS = 8
#: Vectors the result takes.
RESULT = 3 + ROOTS

_LOW, _HIGH = round(math.log1p(LOWEST), 12), round(math.log1p(HIGHEST), 12)
_CLOSE = 1e-9  # a Newton step this small leaves an error of the last bits
_ZERO = 1e-13
_APART = 1e-9
_MARGIN = 1e-9  # far above the rounding of a sum of flows, far below what a stretch of the grid amounts to
#: Points of the grid looked at together.
_STRETCH = 16


def grid() -> list[float]:
    """Values of u that are scanned: as in ``run/irr.py``, rounded to 12 digits so that every machine has the same."""
    low, high = (LOWEST, -0.5, 40), (1.0, HIGHEST, 79)
    parts = [_even(low[0], low[1], low[2])]
    parts.append([math.log1p(-0.5 + 0.005 * k) for k in range(301)])
    parts.append([*_even(high[0], high[1], high[2])[1:], math.log1p(high[1])])
    return [round(u, 12) for part in parts for u in part]


def _even(low: float, high: float, steps: int) -> list[float]:
    first, last = math.log1p(low), math.log1p(high)
    return [first + (last - first) * k / steps for k in range(steps)]


def functions(width: int, periods: int, shared: bool) -> str:
    """Write ``@irr<width><s|o>`` and the functions it calls.

    Parameters
    ----------
    width
        Lanes.
    periods
        Periods of the sheet.
    shared
        Whether all paths are paid at the same times.
    """
    suffix = f"{width}{'s' if shared else 'o'}"
    return "\n".join(write(width, suffix, shared, periods) for write in (sweep_function, _refine, _irr))


def constants() -> str:
    """Write the grid, and declare what the scan calls."""
    points = grid()
    least = "\n".join(f"declare i64 @llvm.{name}.i64(i64, i64)" for name in ("smin", "smax"))
    numbers = ", ".join(f"double {bits(u)}" for u in points)
    return f"{least}\n@grid = internal constant [{len(points)} x double] [{numbers}]"


def _refine(width: int, suffix: str, shared: bool, periods: int) -> str:
    """Close in the root between %low and %high, where the value is of the sign of %at_low at %low."""
    number = f"<{width} x double>" if width > 1 else "double"
    flag = f"<{width} x i1>" if width > 1 else "i1"
    extra = f"{number} %low, {number} %high, {number} %at_low, {flag} %wanted"
    code = Code(head(width, "", "refine", suffix, extra), width)
    flow, memory = flow_of(suffix, shared, periods), memory_of(code)
    low, high = code.variable("%low"), code.variable("%high")
    half = code.const(0.5)
    u = code.variable(code.mul(half, code.add("%low", "%high")))
    going = code.variable("%wanted", code.flag)
    with code.loop_while(200, going):
        active, here = code.get(going, code.flag), code.get(u)
        h, _, dh, _ = swept(code, flow, here, memory)
        same = code.compare("ogt", code.mul(h, "%at_low"), code.const(0.0))
        new_low = code.select(same, here, code.get(low))
        new_high = code.select(same, code.get(high), here)
        newton = code.add(here, code.div(h, dh))
        inside = code.both(code.compare("ogt", newton, new_low), code.compare("olt", newton, new_high))
        there = code.select(inside, newton, code.mul(half, code.add(new_low, new_high)))
        there = code.select(code.compare("oeq", h, code.const(0.0)), here, there)
        near = code.mul(code.const(1e-15), code.most(code.const(1.0), code.intrinsic("fabs", here)))
        moved = code.compare("ogt", code.intrinsic("fabs", code.sub(there, here)), near)
        for variable, value in ((low, new_low), (high, new_high), (u, there)):
            code.set(variable, code.select(active, value, code.get(variable)))
        code.set(going, code.both(active, moved), code.flag)
    code.put(f"ret {number} {code.get(u)}")
    return code.text()


class _Roots:
    """The roots found so far, rising."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.count = code.variable(code.const(0.0))
        self.last = code.variable(code.const(0.0))
        self.kept = [code.variable(code.const(0.0)) for _ in range(ROOTS)]

    def append(self, u: str, wanted: str) -> None:
        """Keep u in the lanes where it is wanted and not the root before."""
        code = self.code
        count, last = code.get(self.count), code.get(self.last)
        none = code.compare("oeq", count, code.const(0.0))
        apart = code.compare("ogt", code.sub(u, last), code.const(_APART))
        new = code.both(wanted, code.either(none, apart))
        for place, variable in enumerate(self.kept):
            here = code.both(new, code.compare("oeq", count, code.const(float(place))))
            code.set(variable, code.select(here, u, code.get(variable)))
        code.set(self.last, code.select(new, u, last))
        code.set(self.count, code.select(new, code.add(count, code.const(1.0)), count))


def _irr(width: int, suffix: str, shared: bool, periods: int) -> str:
    steps = "ptr %steps, " if shared else ""
    head = f"define internal void @irr{suffix}(ptr %flow, ptr %times, {steps}ptr %out) nounwind noinline"
    code = Code(head, width)
    live, first, start, span, rising = _survey(code, flow_of(suffix, shared, periods))
    flow = Flow("%flow", "%times", start, span, suffix, shared, periods)
    roots = _Roots(code)
    memory = memory_of(code)
    u, found = _newton(code, flow, live, memory)
    turns = _turns(code, flow, u, memory)
    never = code.both(found, code.both(rising, code.compare("oeq", turns, code.const(0.0))))
    alone = code.variable(never, code.flag)
    once = code.both(found, code.both(rising, code.compare("oeq", turns, code.const(1.0))))
    with code.when(code.any(once)):
        clear = code.both(once, _ends_agree(code, flow, u, memory))
        code.set(alone, code.either(never, clear), code.flag)
    sure = code.get(alone, code.flag)
    roots.append(u, sure)
    hard = code.both(live, code.negate(sure))
    with code.when(code.any(hard)):
        _scan(code, flow, roots, hard)
    _finish(code, roots, first)
    code.put("ret void")
    return code.text()


def _survey(code: Code, flow: Flow) -> tuple[str, str, str, str, str]:
    """Which lanes have flows of both signs on more than one day; first flow, first time, span, rising times."""
    zero, far = code.const(0.0), code.const(float("inf"))
    positive, negative = code.variable(code.false, code.flag), code.variable(code.false, code.flag)
    rising = code.variable(code.true, code.flag)
    low, high, first = code.variable(far), code.variable(code.neg(far)), code.variable(zero)
    before = code.variable(code.neg(far))
    flow = Flow(flow.flow, flow.times, zero, zero, flow.suffix, flow.shared, flow.periods)
    with code.loop("0", str(flow.periods)) as t:
        f, time = flow.at(code, t)
        up, down = code.compare("ogt", f, zero), code.compare("olt", f, zero)
        used = code.either(up, down)
        code.set(positive, code.either(code.get(positive, code.flag), up), code.flag)
        code.set(negative, code.either(code.get(negative, code.flag), down), code.flag)
        earliest = code.both(used, code.compare("olt", time, code.get(low)))
        code.set(first, code.select(earliest, f, code.get(first)))
        code.set(low, code.select(earliest, time, code.get(low)))
        latest = code.both(used, code.compare("ogt", time, code.get(high)))
        code.set(high, code.select(latest, time, code.get(high)))
        ordered = code.compare("oge", time, code.get(before))
        code.set(rising, code.both(code.get(rising, code.flag), ordered), code.flag)
        code.set(before, time)
    start = code.get(low)
    span = code.sub(code.get(high), start)
    both = code.both(code.get(positive, code.flag), code.get(negative, code.flag))
    live = code.both(both, code.compare("ogt", span, zero))
    return live, code.get(first), start, code.select(live, span, zero), code.get(rising, code.flag)


def _newton(code: Code, flow: Flow, live: str, memory: str) -> tuple[str, str]:
    """Newton from a rate of 0; the last u, and where it converged inside the range searched."""
    u, going = code.variable(code.const(0.0)), code.variable(live, code.flag)
    found = code.variable(code.false, code.flag)
    with code.loop_while(40, going):
        active, here = code.get(going, code.flag), code.get(u)
        h, a, dh, da = swept(code, flow, here, memory)
        receipts, payments = code.add(a, h), code.sub(a, h)
        g = code.call(f"log{code.width}", code.div(receipts, payments))
        slope = code.sub(code.div(code.add(da, dh), receipts), code.div(code.sub(da, dh), payments))
        step = code.div(g, slope)
        step = code.least(code.most(step, code.const(-2.0)), code.const(2.0))
        there = code.add(here, step)
        inside = code.both(code.compare("oge", there, code.const(_LOW)), code.compare("ole", there, code.const(_HIGH)))
        good = code.both(active, code.both(inside, code.compare("ogt", slope, code.const(0.0))))
        close = code.compare("ole", code.intrinsic("fabs", step), code.const(_CLOSE))
        code.set(u, code.select(active, there, here))
        code.set(found, code.either(code.get(found, code.flag), code.both(good, close)), code.flag)
        code.set(going, code.both(good, code.negate(close)), code.flag)
    return code.get(u), code.get(found, code.flag)


def _turns(code: Code, flow: Flow, u: str, memory: str) -> str:
    """Count how often the balance owed at rate u changes its sign before it ends at zero.

    A balance lost in rounding has no sign. If a flow follows one, the count is not to be trusted: it is then 2 or more.
    """
    zero, one = code.const(0.0), code.const(1.0)
    count, sign, owed = (code.variable(zero) for _ in range(3))
    begun = code.variable(code.false, code.flag)
    _, a, _, _ = swept(code, flow, u, memory)
    near = code.mul(code.const(_ZERO), a)

    def take(f: str, _: str, weight: str) -> None:
        so_far, before = code.get(owed), code.get(sign)
        now = code.add(so_far, code.mul(f, weight))
        code.set(owed, now)
        paid, was = code.compare("une", f, zero), code.get(begun, code.flag)
        lost = code.both(code.both(paid, was), code.compare("ole", code.intrinsic("fabs", so_far), near))
        code.set(begun, code.either(was, paid), code.flag)
        below = code.select(code.compare("olt", now, code.neg(near)), code.const(-1.0), before)
        after = code.select(code.compare("ogt", now, near), one, below)
        code.set(sign, after)
        turned = code.compare("olt", code.mul(before, after), zero)
        more = code.add(code.select(turned, one, zero), code.select(lost, code.const(2.0), zero))
        code.set(count, code.add(code.get(count), more))

    weighted(code, flow, u, take)
    return code.get(count)


def _ends_agree(code: Code, flow: Flow, u: str, memory: str) -> str:
    """Whether the value has the same sign just beside the root u and at either end of the range searched."""
    zero = code.const(0.0)
    _, _, slope, _ = swept(code, flow, u, memory)
    low, _, _, _ = swept(code, flow, code.const(_LOW), memory)
    high, _, _, _ = swept(code, flow, code.const(_HIGH), memory)
    below = code.compare("ogt", code.mul(low, slope), zero)
    above = code.compare("olt", code.mul(high, slope), zero)
    return code.both(below, above)


def _scan(code: Code, flow: Flow, roots: _Roots, hard: str) -> None:
    """Scan the grid, stretch by stretch, but for the stretches that are sure to hold no root."""
    memory, last = memory_of(code), len(grid()) - 1
    first = _Ratio.at(code, flow, "0", memory)
    kept = [code.variable(part) for part in first.parts()]
    with code.loop("0", str(-(-last // _STRETCH))) as number:
        begin = code.op(f"mul i64 {number}, {_STRETCH}")
        end = _clipped(code, code.op(f"add i64 {begin}, {_STRETCH}"), last)
        here = _Ratio(*(code.get(variable) for variable in kept))
        there = _Ratio.at(code, flow, end, memory)
        for variable, part in zip(kept, there.parts(), strict=True):
            code.set(variable, part)
        open_ = code.both(hard, code.negate(_sure(code, here, there)))
        with code.when(code.any(open_)):
            start = code.op(f"call i64 @llvm.smax.i64(i64 {code.op(f'sub i64 {begin}, 1')}, i64 0)")
            stop = _clipped(code, code.op(f"add i64 {end}, 1"), last)
            _search(code, flow, roots, open_, (start, code.op(f"add i64 {stop}, 1")))


def _clipped(code: Code, index: str, last: int) -> str:
    return code.op(f"call i64 @llvm.smin.i64(i64 {index}, i64 {last})")


@dataclass(frozen=True)
class _Ratio:
    """Log of receipts over payments at u, g, and the mean years of both, all weighted by value."""

    u: str
    g: str
    receipts: str
    payments: str

    def parts(self) -> tuple[str, str, str, str]:
        return self.u, self.g, self.receipts, self.payments

    @staticmethod
    def at(code: Code, flow: Flow, index: str, memory: str) -> _Ratio:
        u = code.splat(code.fresh(f"load double, ptr {code.moved('@grid', index, 8)}, align 8"))
        h, a, dh, da = swept(code, flow, u, memory)
        receipts, payments = code.add(a, h), code.sub(a, h)
        g = code.call(f"log{code.width}", code.div(receipts, payments))
        return _Ratio(u, g, code.div(code.add(da, dh), receipts), code.div(code.sub(da, dh), payments))


def _sure(code: Code, low: _Ratio, high: _Ratio) -> str:
    """Whether g has no root between two rates.

    The slope of g is the mean years of payments less those of receipts. Both means fall as u rises (their slope is
    minus a variance), so between `low` and `high` the slope lies between two known numbers, and g, of one sign at both
    ends, can only reach zero if its values there are together no larger than the largest slope times the distance.
    """
    steepest = code.most(
        code.intrinsic("fabs", code.sub(high.payments, low.receipts)),
        code.intrinsic("fabs", code.sub(low.payments, high.receipts)),
    )
    reach = code.add(code.mul(steepest, code.sub(high.u, low.u)), code.const(_MARGIN))
    far = code.compare("ogt", code.intrinsic("fabs", code.add(low.g, high.g)), reach)
    return code.both(far, code.compare("ogt", code.mul(low.g, high.g), code.const(0.0)))


def _search(code: Code, flow: Flow, roots: _Roots, hard: str, points: tuple[str, str]) -> None:
    """Scan some points of the grid for changes of sign and for dips."""
    memory, zero = memory_of(code), code.const(0.0)
    u1, u2, v1, v2 = (code.variable() for _ in range(4))
    for variable in (u1, u2, v1, v2):
        code.set(variable, zero)
    with code.loop(*points) as k:
        here = code.splat(code.fresh(f"load double, ptr {code.moved('@grid', k, 8)}, align 8"))
        v = _relative(code, flow, here, memory)
        before, one, two = code.get(u1), code.get(v1), code.get(v2)
        exact = code.both(hard, code.compare("ole", code.intrinsic("fabs", v), code.const(_ZERO)))
        crossed = code.both(hard, code.compare("olt", code.mul(one, v), zero))
        size, size1, size2 = (code.intrinsic("fabs", x) for x in (v, one, two))
        dip = code.both(code.compare("ole", size1, size2), code.compare("ole", size1, size))
        dip = code.both(dip, code.compare("olt", size1, code.const(0.05)))
        dip = code.both(dip, code.compare("ogt", code.mul(two, one), zero))
        dip = code.both(hard, code.both(dip, code.compare("ogt", code.mul(one, v), zero)))
        earlier = code.get(u2)
        with code.when(code.any(dip)):
            _fine(code, flow, roots, dip, earlier, here, two, memory)
        _cross(code, flow, roots, crossed, before, here, one)
        with code.when(code.any(exact)):
            roots.append(_polished(code, flow, here, memory), exact)
        for variable, value in ((u2, before), (u1, here), (v2, one), (v1, v)):
            code.set(variable, value)


def _polished(code: Code, flow: Flow, u: str, memory: str) -> str:
    """Take one more Newton step from a grid point that is a root within rounding."""
    h, _, dh, _ = swept(code, flow, u, memory)
    step = code.div(h, dh)
    small = code.compare("olt", code.intrinsic("fabs", step), code.const(_APART))
    return code.select(small, code.add(u, step), u)


def _fine(code: Code, flow: Flow, roots: _Roots, dip: str, low: str, high: str, at_low: str, memory: str) -> None:
    """Look between two grid points, in 200 steps, for the two roots a dip may hide."""
    u1, v1 = code.variable(), code.variable()
    code.set(u1, low)
    code.set(v1, at_low)
    width = code.mul(code.sub(high, low), code.const(1 / 200))
    with code.loop("1", "201") as j:
        here = code.add(low, code.mul(width, code.splat(code.op(f"sitofp i64 {j} to double"))))
        v = _relative(code, flow, here, memory)
        before, one = code.get(u1), code.get(v1)
        crossed = code.both(dip, code.compare("olt", code.mul(one, v), code.const(0.0)))
        _cross(code, flow, roots, crossed, before, here, one)
        code.set(u1, here)
        code.set(v1, v)


def _relative(code: Code, flow: Flow, u: str, memory: str) -> str:
    h, a, _, _ = swept(code, flow, u, memory)
    return code.div(h, a)


def _cross(code: Code, flow: Flow, roots: _Roots, crossed: str, low: str, high: str, at_low: str) -> None:
    with code.when(code.any(crossed)):
        numbers = ", ".join(f"{code.number} {x}" for x in (low, high, at_low))
        call = f"call {code.number} @refine{flow.suffix}({flow.given(code)}, {numbers}, {code.flag} {crossed})"
        roots.append(code.fresh(call), crossed)


def _finish(code: Code, roots: _Roots, first: str) -> None:
    """Write value, status, number of roots and the roots as yearly rates; the value quoted as in ``run/irr.py``."""
    zero, one = code.const(0.0), code.const(1.0)
    count = code.get(roots.count)
    rates = [code.sub(code.call(f"exp{code.width}", code.get(u)), one) for u in roots.kept]
    nearest, positive, any_above = rates[0], zero, code.false
    for place, rate in enumerate(rates):
        there = code.compare("ogt", count, code.const(float(place)))
        above = code.both(there, code.compare("ogt", rate, zero))
        positive = code.select(code.both(above, code.negate(any_above)), rate, positive)
        any_above = code.either(any_above, above)
        nearer = code.compare("olt", code.intrinsic("fabs", rate), code.intrinsic("fabs", nearest))
        nearest = code.select(code.both(there, nearer), rate, nearest)
    paid_in = code.compare("olt", first, zero)
    value = code.select(code.both(paid_in, any_above), positive, nearest)
    none = code.compare("oeq", count, zero)
    several = code.compare("ogt", count, one)
    status = code.select(several, code.const(float(STATUSES.index("several"))), zero)
    status = code.select(none, code.const(float(STATUSES.index("no_root"))), status)
    results = [code.select(none, zero, value), status, count, *rates]
    for place, result in enumerate(results):
        code.store(result, code.address("%out", place * code.bytes))


assert all(a < b for a, b in pairwise(grid()))

"""Dated flows in lanes: where they lie, and what they are worth at a rate, with the slope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.run.native.lanes import Code
from ringfence.run.native.layout import STEPS

#: Value, value of magnitudes, and both weighted by years.
SUMS = ("h", "a", "dh", "da")


@dataclass(frozen=True)
class Flow:
    """One dated flow: where it lies, and the span of its years."""

    flow: str
    times: str
    start: str
    span: str
    suffix: str
    shared: bool
    periods: int

    def at(self, code: Code, t: str) -> tuple[str, str]:
        """Return the flow of a period and its years since the first."""
        f = code.load(code.moved(self.flow, t, code.bytes))
        pointer = code.moved(self.times, t, 8 if self.shared else code.bytes)
        y = code.splat(code.fresh(f"load double, ptr {pointer}, align 8")) if self.shared else code.load(pointer)
        return f, code.sub(y, self.start)

    def given(self, code: Code) -> str:
        """Return the arguments that hand the flow to another function."""
        steps = ", ptr %steps" if self.shared else ""
        return f"ptr {self.flow}, ptr {self.times}{steps}, {code.number} {self.start}, {code.number} {self.span}"

    def weight(self, code: Code, u: str, years: str) -> str:
        """exp(-u x years), scaled so that the largest is 1."""
        top = code.most(code.neg(code.mul(u, self.span)), code.const(0.0))
        return code.call(f"exp{code.width}", code.sub(code.neg(code.mul(u, years)), top))


def flow_of(suffix: str, shared: bool, periods: int) -> Flow:
    """Return the flow a function is handed, by the names :func:`head` gives its arguments."""
    return Flow("%flow", "%times", "%start_at", "%span", suffix, shared, periods)


def head(code_width: int, result: str, name: str, suffix: str, extra: str) -> str:
    """Return the signature of a function of a flow; it returns numbers unless `result` says otherwise."""
    number = f"<{code_width} x double>" if code_width > 1 else "double"
    steps = "ptr %steps, " if suffix.endswith("s") else ""
    given = f"ptr %flow, ptr %times, {steps}{number} %start_at, {number} %span"
    return f"define internal {result or number} @{name}{suffix}({given}, {extra}) nounwind noinline"


def sweep_function(width: int, suffix: str, shared: bool, periods: int) -> str:
    """Value the flow at u, writing the four sums."""
    number = f"<{width} x double>" if width > 1 else "double"
    code = Code(head(width, "void", "sweep", suffix, f"{number} %u, ptr %out"), width)
    sums = [code.variable(code.const(0.0)) for _ in SUMS]
    weighted(code, flow_of(suffix, shared, periods), "%u", lambda *item: _take(code, sums, *item))
    for place, variable in enumerate(sums):
        code.store(code.get(variable), code.address("%out", place * code.bytes))
    code.put("ret void")
    return code.text()


def weighted(code: Code, flow: Flow, u: str, take: Callable[[str, str, str], None]) -> None:
    """Write a loop over the flows with their years and weights at u, all weights scaled alike.

    Where the times are few distances apart (months of 28 to 31 days), a weight is the weight before times the weight
    of its distance: one exponential a distance instead of one a period. `take` is then written twice.
    """
    if flow.shared:
        few = code.fresh(f"icmp sgt i64 {code.fresh('load i64, ptr %steps')}, 0")
        by_steps, by_period, done = code.label(), code.label(), code.label()
        code.put(f"br i1 {few}, label %{by_steps}, label %{by_period}")
        code.at(by_steps)
        _by_steps(code, flow, u, take)
        code.put(f"br label %{done}")
        code.at(by_period)
    with code.loop("0", str(flow.periods)) as t:
        f, years = flow.at(code, t)
        take(f, years, flow.weight(code, u, years))
    if flow.shared:
        code.put(f"br label %{done}")
        code.at(done)


def _by_steps(code: Code, flow: Flow, u: str, take: Callable[[str, str, str], None]) -> None:
    weights = code.variable(kind=f"[{STEPS} x {code.number}]")
    with code.loop("0", code.fresh("load i64, ptr %steps")) as j:
        distance = code.splat(code.fresh(f"load double, ptr {code.address(code.moved('%steps', j, 8), 8)}"))
        code.store(code.call(f"exp{code.width}", code.neg(code.mul(u, distance))), code.moved(weights, j, code.bytes))
    weight = code.variable()
    code.set(weight, code.const(1.0))
    which = code.address("%steps", 8 * (1 + STEPS))
    with code.loop("0", str(flow.periods)) as t:
        f, years = flow.at(code, t)
        j = code.fresh(f"load i64, ptr {code.moved(which, t, 8)}")
        now = code.mul(code.get(weight), code.load(code.moved(weights, j, code.bytes)))
        code.set(weight, now)
        take(f, years, now)


def _take(code: Code, sums: list[str], f: str, years: str, weight: str) -> None:
    item = code.mul(f, weight)
    size = code.intrinsic("fabs", item)
    for variable, value in zip(sums, (item, size, code.mul(years, item), code.mul(years, size)), strict=True):
        code.set(variable, code.add(code.get(variable), value))


def swept(code: Code, flow: Flow, u: str, memory: str) -> list[str]:
    """Call the sweep at u; return the sums."""
    code.put(f"call void @sweep{flow.suffix}({flow.given(code)}, {code.number} {u}, ptr {memory})")
    return [code.load(code.address(memory, place * code.bytes)) for place in range(len(SUMS))]


def memory_of(code: Code) -> str:
    """Return room for the sums."""
    return code.variable(kind=f"[{len(SUMS)} x {code.number}]")

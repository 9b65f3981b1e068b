"""Lookup tables in memory, and the functions that read them.

A table lies in shared memory as

    first x, last x, buckets per x, last bucket, most points in a bucket   (5 places)
    for each bucket, the number of points in the buckets before it
    for each point, x, y and the slope to the next point                    (3 places)
    a point at infinity

The bucket of x is found by one multiplication; the points in it are then compared one by one. A number is in a later
bucket than another only if it is larger, so the point found is exactly the one a search would find. Where every point
is the smallest number of a bucket of its own (months counted from close), the bucket is the point. A table with room
for no more than :data:`SHORT` points is compared with all of them instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.errors import RunError
from ringfence.run.native.lanes import Code
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE
from ringfence.sheet.sheet import check_table

#: Tables with room for so few points are read without looking for a place.
SHORT = 15
_HEAD = 5
_POINT = 3


@dataclass(frozen=True)
class TablePlace:
    """Where a table lies in shared memory, and room for how many points.

    Parameters
    ----------
    offset
        First place.
    points
        Most points.
    """

    offset: int
    points: int

    @property
    def buckets(self) -> int:
        """Number of buckets."""
        return buckets(self.points)


def room(given: int) -> int:
    """Points a table has room for, if the sheet gives it some.

    Parameters
    ----------
    given
        Points in the sheet.
    """
    return (1 << max(3, given.bit_length())) - 1


def buckets(points: int) -> int:
    """Buckets of a table with room for some points."""
    return 2 * (points + 1)


def places(points: int) -> int:
    """Places a table takes."""
    return _HEAD + buckets(points) + _POINT * (points + 1)


def place(memory: NDArray[np.float64], at: TablePlace, name: str, points: Any) -> None:
    """Write a table into shared memory.

    Parameters
    ----------
    memory
        Shared memory.
    at
        Where.
    name
        For messages.
    points
        (xs, ys).

    Raises
    ------
    RunError
        If it has more points than there is room for.
    """
    xs, ys = (tuple(map(float, part)) for part in points)
    check_table(name, (xs, ys))
    if not np.isfinite([*xs, *ys]).all():
        raise RunError(f"table {name} contains numbers that are not finite")
    if len(xs) > at.points:
        raise RunError(f"table {name} has {len(xs)} points, but was compiled for at most {at.points}")
    memory[at.offset : at.offset + places(at.points)] = _written(xs, ys, at)


def _written(xs: Sequence[float], ys: Sequence[float], at: TablePlace) -> NDArray[np.float64]:
    x, y = np.array(xs), np.array(ys)
    span = xs[-1] - xs[0]
    scale = at.buckets / span if span else 0.0
    direct = _direct(x)
    if direct:
        scale = (len(xs) - 1) / span
    bucket = _bucket(x, x[0], scale, at.buckets - 1.0)
    inside = np.bincount(bucket, minlength=at.buckets)
    out = np.zeros(places(at.points))
    out[:_HEAD] = xs[0], xs[-1], scale, at.buckets - 1.0, 0.0
    whole = out.view(np.int64)
    whole[_HEAD - 1] = 0 if direct else inside.max()
    whole[_HEAD : _HEAD + at.buckets] = np.concatenate(([0], np.cumsum(inside)[:-1]))
    records = out[_HEAD + at.buckets :].reshape(at.points + 1, _POINT)
    records[:, 0] = np.inf
    records[: len(xs), 0], records[: len(xs), 1] = x, y
    records[: len(xs) - 1, 2] = np.diff(y) / np.diff(x)
    return out


def _bucket(x: NDArray[np.float64], first: float, scale: float, top: float) -> NDArray[np.int64]:
    return np.minimum(np.floor((x - first) * scale), top).astype(np.int64)


def _direct(x: NDArray[np.float64]) -> bool:
    """Whether point k is the smallest number of bucket k, if there are as many buckets as steps."""
    if len(x) < 2:
        return False
    scale, top = (len(x) - 1) / (x[-1] - x[0]), float(len(x))
    own = _bucket(x, x[0], scale, top)
    below = _bucket(np.nextafter(x[1:], -np.inf), x[0], scale, top)
    return bool((own == np.arange(len(x))).all() and (below == np.arange(len(x) - 1)).all())


@dataclass(frozen=True)
class TableAt:
    """A table as code sees it: pointer, room, and the pointer to the ys of each path if they differ."""

    pointer: str
    points: int
    ys: str = ""


def read(code: Code, table: TableAt, x: str, how: str, ends: str) -> str:
    """Write the call that reads a table.

    Parameters
    ----------
    code
        Where to write.
    table
        Which.
    x
        Where to read it.
    how, ends
        As in a formula.
    """
    room_of = str(table.points) if table.points <= SHORT else ""
    name = f"{how}_{ends}{code.width}{'o' if table.ys else ''}{room_of}"
    given = f"ptr {table.pointer}, ptr {table.ys or table.pointer}, i64 {buckets(table.points)}"
    return code.op(f"call {code.number} @{name}({given}, {code.number} {x})")


def functions(width: int) -> str:
    """Write every way to read a table.

    Parameters
    ----------
    width
        Lanes.
    """
    return "\n".join(
        _function(width, how, ends, own, points)
        for how in ("linear", "step")
        for ends in ("hold", "zero")
        for own in ((False, True) if width > 1 else (False,))
        for points in (7, SHORT, 0)
    )


def _function(width: int, how: str, ends: str, own: bool, points: int) -> str:
    number = f"<{width} x double>" if width > 1 else "double"
    name = f"{how}_{ends}{width}{'o' if own else ''}{points or ''}"
    head = f"define internal {number} @{name}(ptr %table, ptr %ys, i64 %buckets, {number} %x) nounwind noinline"
    code = Code(head, width)
    first, last = (code.load_shared(code.address("%table", 8 * k)) for k in (0, 1))
    near = code.const(0.0)
    if how == "step":
        size = code.mul(code.const(RELATIVE_TOLERANCE), code.intrinsic("fabs", "%x"))
        near = code.most(size, code.const(ABSOLUTE_TOLERANCE))
    reach = code.add("%x", near) if how == "step" else "%x"
    inner = code.least(code.most(reach, first), last)
    records = code.moved(code.address("%table", 8 * _HEAD), "%buckets", 8)
    if points:
        found = _compared(code, records, inner, how, own, points)
    else:
        found = _value(code, records, _last_point(code, records, first, inner), inner, how, own)
    if ends == "zero":
        beyond = code.add(last, near)
        outside = code.either(code.compare("olt", reach, first), code.compare("ogt", "%x", beyond))
        found = code.select(outside, code.const(0.0), found)
    code.put(f"ret {number} {found}")
    return code.text()


def _last_point(code: Code, records: str, first: str, inner: str) -> str:
    """Index of the last point not after `inner`, which lies in the table."""
    scale, top = (code.load_shared(code.address("%table", 8 * k)) for k in (2, 3))
    bucket = code.least(code.intrinsic("floor", code.mul(code.sub(inner, first), scale)), top)
    index = code.op(f"fptosi {code.number} {bucket} to {code.whole}")
    most = code.op(f"load i64, ptr {code.address('%table', 8 * (_HEAD - 1))}, !invariant.load !0")
    found = code.variable(index, code.whole)
    with code.when(code.op(f"icmp ne i64 {most}, 0")):
        starts = code.address("%table", 8 * _HEAD)
        code.set(found, code.gather(starts, index, kind="i64"), code.whole)
        with code.loop("0", most):
            count = code.get(found, code.whole)
            inside = code.compare("ole", code.gather(records, count, scale=8 * _POINT), inner)
            more = code.whole_op("add", count, code.integer(1))
            picked = code.op(f"select {code.flag} {inside}, {code.whole} {more}, {code.whole} {count}")
            code.set(found, picked, code.whole)
        code.set(found, code.whole_op("sub", code.get(found, code.whole), code.integer(1)), code.whole)
    return code.get(found, code.whole)


def _compared(code: Code, records: str, inner: str, how: str, own: bool, points: int) -> str:
    """Value at `inner`, by comparing it with every point."""

    def at(k: int) -> tuple[str, str, str]:
        shared = [code.load_shared(code.address(records, 8 * (_POINT * k + place))) for place in range(_POINT)]
        return shared[0], code.load(code.address("%ys", k * code.bytes)) if own else shared[1], shared[2]

    x, y, slope = at(0)
    x1, y1 = at(1)[:2]
    for k in range(1, points):
        here, value, steep = at(k)
        passed = code.compare("ole", here, inner)
        x, y = code.select(passed, here, x), code.select(passed, value, y)
        if own and how == "linear":
            next_x, next_y, _ = at(k + 1)
            x1, y1 = code.select(passed, next_x, x1), code.select(passed, next_y, y1)
        elif how == "linear":
            slope = code.select(passed, steep, slope)
    if how == "step":
        return y
    if own:
        slope = code.div(code.sub(y1, y), code.sub(x1, x))
    return code.add(y, code.mul(slope, code.sub(inner, x)))


def _value(code: Code, records: str, k: str, inner: str, how: str, own: bool) -> str:
    def part(place: int, index: str) -> str:
        return code.gather(code.address(records, 8 * place), index, scale=8 * _POINT)

    def own_y(index: str) -> str:
        return code.gather("%ys", index, scale=code.bytes, own=True)

    y = own_y(k) if own else part(1, k)
    if how == "step":
        return y
    x = part(0, k)
    if own:
        after = code.whole_op("add", k, code.integer(1))
        slope = code.div(code.sub(own_y(after), y), code.sub(part(0, after), x))
    else:
        slope = part(2, k)
    return code.add(y, code.mul(slope, code.sub(inner, x)))

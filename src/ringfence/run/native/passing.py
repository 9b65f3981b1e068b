"""What goes into a group of paths and what comes out: given inputs, draws, outputs; driven by tables, not by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ringfence.run.native import draws
from ringfence.run.native.draws import Draw
from ringfence.run.native.lanes import Code

#: Paths further on that are fetched from a caller's array while a group of paths is computed.
FURTHER = 64
#: Numbers kept about where an input is read: see :func:`_say_where`.
WHERE = 4
_KINDS = ("uniform", "normal")
#: Declares what asks for memory ahead of its use.
PREFETCH = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"


def table(name: str, entries: Sequence[tuple[int, ...]]) -> str:
    """Write whole numbers as a constant.

    Parameters
    ----------
    name
        Its name.
    entries
        One tuple an entry, all of one length.
    """
    numbers = [f"i64 {number}" for entry in entries for number in entry] or ["i64 0"]
    return f"@{name} = internal constant [{len(numbers)} x i64] [{', '.join(numbers)}]"


def _entry(code: Code, name: str, index: str, size: int) -> list[str]:
    start = code.moved(f"@{name}", index, 8 * size)
    return [code.fresh(f"load i64, ptr {code.address(start, 8 * k)}") for k in range(size)]


def _word(code: Code, place: int) -> str:
    return code.op(f"load i64, ptr {code.address('%call', 8 * place)}, !invariant.load !0")


def check(code: Code, value: str, fault: str) -> None:
    """Mark with 2 the lanes in which an input is not finite.

    Parameters
    ----------
    code
        Where to write.
    value
        The input.
    fault
        Pointer to, or variable of, the marks.
    """
    finite = code.compare("olt", code.intrinsic("fabs", value), code.const(float("inf")))
    code.set(fault, code.select(finite, code.get(fault), code.const(2.0)))


def read_given(code: Code, at: str, count: int, fault: str, place: int) -> None:
    """Copy the given values of a group of paths side by side; beyond the last path, the last one again.

    A series read in its own period only, whose paths lie beside each other, is not copied: the sweeps read it there.

    Parameters
    ----------
    code
        Where to write.
    at
        First path of the group.
    count
        Given inputs.
    fault
        Pointer to the marks of the group.
    place
        First word of ``call`` about them.
    """
    if not count:
        return
    marks, fault = fault, code.variable(code.const(0.0))
    last = code.op(f"sub i64 {_word(code, 0)}, 1")
    paths = []
    for lane in range(code.width):
        path = code.op(f"add i64 {at}, {lane}")
        paths.append(code.op(f"select i1 {code.op(f'icmp slt i64 {path}, {last}')}, i64 {path}, i64 {last}"))
    with code.loop("0", str(count)) as number:
        one = _given(code, number, place)
        beside = code.op(f"icmp eq i64 {one.path_step}, 8")
        whole = code.op(f"icmp sle i64 {code.op(f'add i64 {at}, {code.width - 1}')}, {last}")
        fast = code.op(f"and i1 {beside}, {whole}")
        together, apart, done = code.label(), code.label(), code.label()
        code.put(f"br i1 {fast}, label %{together}, label %{apart}")
        code.at(together)
        _read_beside(code, one, at, fault)
        code.put(f"br label %{done}")
        code.at(apart)
        _read_apart(code, one, paths, fault)
        code.put(f"br label %{done}")
        code.at(done)
    code.store(code.get(fault), marks)


@dataclass(frozen=True)
class _Given:
    """Where one given input lies, as words of code: with the caller, and in the group's own memory."""

    start: str
    path_step: str
    period_step: str
    size: str
    where: str
    target: str


def _given(code: Code, number: str, place: int) -> _Given:
    offset, size, where = _entry(code, "given", number, 3)
    words = code.address(code.moved("%call", number, 24), 8 * place)
    start, path_step, period_step = (
        code.fresh(f"load i64, ptr {code.address(words, 8 * k)}, !invariant.load !0") for k in range(3)
    )
    target = code.op(f"getelementptr i8, ptr %group, i64 {offset}")
    return _Given(start, path_step, period_step, size, where, target)


def _read_beside(code: Code, one: _Given, at: str, fault: str) -> None:
    """Paths lie beside each other: a series the sweeps can read in place stays there, all else is copied in vectors."""
    row = code.op(f"add i64 {one.start}, {code.op(f'mul i64 {at}, 8')}")
    direct = code.op(f"icmp sge i64 {one.where}, 0")
    here, copied, read = code.label(), code.label(), code.label()
    code.put(f"br i1 {direct}, label %{here}, label %{copied}")
    code.at(here)
    further = code.op(f"add i64 {row}, {8 * FURTHER}")
    _say_where(code, one.where, row, one.period_step, further, one.period_step)
    code.put(f"br label %{read}")
    code.at(copied)
    with code.loop("0", one.size) as t:
        address = code.op(f"add i64 {row}, {code.op(f'mul i64 {t}, {one.period_step}')}")
        value = code.load(code.op(f"inttoptr i64 {address} to ptr"))
        check(code, value, fault)
        code.store(value, code.moved(one.target, t, code.bytes))
    _say_copied(code, one)
    code.put(f"br label %{read}")
    code.at(read)


def _read_apart(code: Code, one: _Given, paths: Sequence[str], fault: str) -> None:
    """Paths lie apart, or the last group is not whole: numbers are gathered one by one."""
    rows = [code.op(f"add i64 {one.start}, {code.op(f'mul i64 {path}, {one.path_step}')}") for path in paths]
    with code.loop("0", one.size) as t:
        moved = code.op(f"mul i64 {t}, {one.period_step}")
        vector = "poison"
        for lane, row in enumerate(rows):
            pointer = code.op(f"inttoptr i64 {code.op(f'add i64 {row}, {moved}')} to ptr")
            number = code.fresh(f"load double, ptr {pointer}, align 8")
            vector = code.op(f"insertelement {code.number} {vector}, double {number}, i32 {lane}")
        check(code, vector, fault)
        code.store(vector, code.moved(one.target, t, code.bytes))
    _say_copied(code, one)


def _say_copied(code: Code, one: _Given) -> None:
    with code.when(code.op(f"icmp sge i64 {one.where}, 0")):
        copied_to = code.op(f"ptrtoint ptr {one.target} to i64")
        _say_where(code, one.where, copied_to, str(code.bytes), copied_to, "0")


def _say_where(code: Code, where: str, start: str, step: str, coming: str, stride: str) -> None:
    """Write where an input is read in this group: the address of its first period and bytes to the next, twice.

    The second pair belongs to a group further on, in the caller's array, which is fetched meanwhile.
    """
    words = code.op(f"getelementptr i8, ptr %group, i64 {where}")
    for k, word in enumerate((start, step, coming, stride)):
        code.put(f"store i64 {word}, ptr {code.address(words, 8 * k)}, align 8")


def read_draws(code: Code, at: str, count: int, place: int) -> None:
    """Fill the drawn inputs of a group of paths.

    Parameters
    ----------
    code
        Where to write.
    at
        First path of the group.
    count
        Drawn inputs.
    place
        First word of ``call`` about them.
    """
    if not count:
        return
    start = code.op(f"add i64 {_word(code, 1)}, {at}")
    with code.loop("0", str(count)) as number:
        offset, size, factor, kind = _entry(code, "drawn", number, 4)
        words = code.address(code.moved("%call", number, 16), 8 * place)
        keys = ", ".join(
            f"i64 {code.fresh(f'load i64, ptr {code.address(words, 8 * k)}, !invariant.load !0')}" for k in range(2)
        )
        target = code.op(f"getelementptr i8, ptr %group, i64 {offset}")
        given = f"ptr {target}, i64 {size}, i64 {factor}, i64 {start}, {keys}"
        for k, name in enumerate(_KINDS):
            with code.when(code.fresh(f"icmp eq i64 {kind}, {k}")):
                code.put(f"call void @draw_{name}({given})")


def draw_functions(width: int) -> str:
    """Write ``@draw_uniform`` and ``@draw_normal``: one factor of a group of paths, two periods at a time.

    Parameters
    ----------
    width
        Lanes.
    """
    return "\n".join(_draw_function(name, width) for name in _KINDS)


def _draw_function(name: str, width: int) -> str:
    given = "ptr %out, i64 %size, i64 %factor, i64 %origin, i64 %key0, i64 %key1"
    code = Code(f"define internal void @draw_{name}({given}) nounwind noinline", width)
    steps = ", ".join(f"i64 {lane}" for lane in range(width))
    path = code.op(f"add {code.whole} {code.splat('%origin', 'i64')}, <{steps}>")
    key = code.splat("%key0", "i64"), code.splat("%key1", "i64")
    factor = code.splat("%factor", "i64")
    draw = Draw(0, "normal" if name == "normal" else "uniform")
    halves = code.op("lshr i64 %size, 1")
    with code.loop("0", halves) as half:
        both = draws.pair(code, draw, path, key, code.splat(half, "i64"), factor)
        pointer = code.moved("%out", half, 2 * code.bytes)
        for k, value in enumerate(both):
            code.store(value, code.address(pointer, k * code.bytes))
    with code.when(code.op("trunc i64 %size to i1")):
        one, _ = draws.pair(code, draw, path, key, code.splat(halves, "i64"), factor)
        code.store(one, code.moved("%out", code.op(f"mul i64 {halves}, 2"), code.bytes))
    code.put("ret void")
    return code.text()


def write_outputs(code: Code, at: str, count: int, fault: str, place: int) -> None:
    """Copy the outputs of a group of paths to where they are kept, and mark the paths that failed.

    Parameters
    ----------
    code
        Where to write.
    at
        First path of the group.
    count
        Outputs.
    fault
        Pointer to the marks of the group.
    place
        First word of ``call`` about the outputs.
    """
    padded = code.op(f"and i64 {code.op(f'add i64 {_word(code, 0)}, {code.width - 1}')}, {-code.width}")
    bad = code.variable(code.load(fault))
    with code.loop("0", str(count)) as number:
        offset, size = _entry(code, "listed", number, 2)
        word = code.address(code.moved("%call", number, 8), 8 * place)
        target = code.fresh(f"load ptr, ptr {word}, !invariant.load !0")
        source = code.op(f"getelementptr i8, ptr %group, i64 {offset}")
        with code.loop("0", size) as t:
            value = code.load(code.moved(source, t, code.bytes))
            finite = code.compare("olt", code.intrinsic("fabs", value), code.const(float("inf")))
            now = code.get(bad)
            code.set(bad, code.select(finite, now, code.most(now, code.const(1.0))))
            index = code.op(f"add i64 {code.op(f'mul i64 {t}, {padded}')}, {at}")
            code.store(value, code.moved(target, index, 8))
    marks = code.op(f"fptosi {code.number} {code.get(bad)} to <{code.width} x i8>")
    flags = code.op(f"inttoptr i64 {_word(code, 4)} to ptr")
    code.put(f"store <{code.width} x i8> {marks}, ptr {code.moved(flags, at, 1)}, align 1")

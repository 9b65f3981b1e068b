"""Writes LLVM assembly over a fixed number of lanes: one number each, or eight side by side.

One :class:`Code` is one function. Its methods emit an instruction and return the name of its value; the same
instruction asked for twice in one section is emitted once. Nothing here carries a fast-math flag, so every
operation is IEEE 754 double precision, rounded once, on any processor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

#: Lanes of the path kernel.
LANES = 8


def bits(value: float) -> str:
    """Write a double as LLVM reads it exactly.

    Parameters
    ----------
    value
        The number.

    Examples
    --------
    >>> bits(1.0)
    '0x3FF0000000000000'
    """
    return "0x" + struct.pack(">d", value).hex().upper()


class Code:
    """One function being written.

    Parameters
    ----------
    head
        Its signature: ``define void @name(ptr %a)``.
    width
        1 or :data:`LANES`.
    """

    def __init__(self, head: str, width: int) -> None:
        self.head = head
        self.width = width
        self.lines: list[str] = []
        self.variables: list[str] = []
        self.count = 0
        self.known: dict[str, str] = {}
        self.block = "entry"
        wide = width > 1
        self.number = f"<{width} x double>" if wide else "double"
        self.flag = f"<{width} x i1>" if wide else "i1"
        self.whole = f"<{width} x i64>" if wide else "i64"
        self.bytes = 8 * width

    def text(self) -> str:
        """Return the whole function."""
        return "\n".join([f"{self.head} {{", "entry:", *self.variables, " br label %start", "start:", *self.lines, "}"])

    # -- values ----------------------------------------------------------------------------------------------

    def put(self, instruction: str) -> None:
        """Emit an instruction without a value."""
        self.lines.append(f" {instruction}")

    def op(self, instruction: str) -> str:
        """Emit an instruction that depends on its operands only; once a section."""
        name = self.known.get(instruction)
        if name is None:
            name = self.known[instruction] = self.fresh(instruction)
        return name

    def fresh(self, instruction: str) -> str:
        """Emit an instruction whose value may differ each time (a load, a call)."""
        self.count += 1
        self.lines.append(f" %v{self.count} = {instruction}")
        return f"%v{self.count}"

    def forget(self) -> None:
        """Start a section: values named before may not be known there."""
        self.known = {}

    def const(self, value: float) -> str:
        """Return a literal in every lane."""
        return f"splat (double {bits(value)})" if self.width > 1 else bits(value)

    def integer(self, value: int) -> str:
        """Return a whole literal in every lane."""
        value &= (1 << 64) - 1
        signed = value - (1 << 64) if value >> 63 else value
        return f"splat (i64 {signed})" if self.width > 1 else str(signed)

    def splat(self, scalar: str, kind: str = "double") -> str:
        """Spread one number over the lanes."""
        if self.width == 1:
            return scalar
        vector = f"<{self.width} x {kind}>"
        one = self.op(f"insertelement {vector} poison, {kind} {scalar}, i32 0")
        return self.op(f"shufflevector {vector} {one}, {vector} poison, <{self.width} x i32> zeroinitializer")

    def add(self, a: str, b: str) -> str:
        """a + b."""
        return self.op(f"fadd {self.number} {a}, {b}")

    def sub(self, a: str, b: str) -> str:
        """a - b."""
        return self.op(f"fsub {self.number} {a}, {b}")

    def mul(self, a: str, b: str) -> str:
        """a x b."""
        return self.op(f"fmul {self.number} {a}, {b}")

    def div(self, a: str, b: str) -> str:
        """a / b."""
        return self.op(f"fdiv {self.number} {a}, {b}")

    def neg(self, a: str) -> str:
        """Return a with its sign turned."""
        return self.op(f"fneg {self.number} {a}")

    def compare(self, how: str, a: str, b: str) -> str:
        """Compare: ``ogt``, ``oge``, ``olt``, ``ole``, ``oeq``, ``une``; a flag."""
        return self.op(f"fcmp {how} {self.number} {a}, {b}")

    def select(self, flag: str, yes: str, no: str) -> str:
        """Return `yes` where the flag holds, else `no`."""
        return yes if yes == no else self.op(f"select {self.flag} {flag}, {self.number} {yes}, {self.number} {no}")

    def least(self, a: str, b: str) -> str:
        """Return the smaller; a where they are equal."""
        return self.select(self.compare("ole", a, b), a, b)

    def most(self, a: str, b: str) -> str:
        """Return the larger; a where they are equal."""
        return self.select(self.compare("oge", a, b), a, b)

    def call(self, name: str, *args: str) -> str:
        """Call a function of numbers."""
        given = ", ".join(f"{self.number} {arg}" for arg in args)
        return self.op(f"call {self.number} @{name}({given})")

    def intrinsic(self, name: str, x: str) -> str:
        """Call an exactly rounded intrinsic: ``fabs``, ``floor``, ``sqrt``."""
        return self.call(f"llvm.{name}.{self.suffix}", x)

    @property
    def suffix(self) -> str:
        """How LLVM names the type in an intrinsic."""
        return f"v{self.width}f64" if self.width > 1 else "f64"

    def both(self, a: str, b: str) -> str:
        """Flag: a and b."""
        return a if a == b else self.op(f"and {self.flag} {a}, {b}")

    def either(self, a: str, b: str) -> str:
        """Flag: a or b."""
        return a if a == b else self.op(f"or {self.flag} {a}, {b}")

    def negate(self, a: str) -> str:
        """Flag: not a."""
        return self.op(f"xor {self.flag} {a}, {self.true}")

    @property
    def true(self) -> str:
        """The flag that always holds."""
        return "splat (i1 true)" if self.width > 1 else "true"

    @property
    def false(self) -> str:
        """The flag that never holds."""
        return "zeroinitializer" if self.width > 1 else "false"

    def any(self, flag: str) -> str:
        """Whether a flag holds in any lane, as i1."""
        if self.width == 1:
            return flag
        return self.op(f"icmp ne i{self.width} {self.op(f'bitcast {self.flag} {flag} to i{self.width}')}, 0")

    # -- whole numbers ---------------------------------------------------------------------------------------

    def whole_op(self, name: str, a: str, b: str) -> str:
        """Emit an operation on whole numbers: ``add``, ``mul``, ``xor``, ``lshr``, ..."""
        return self.op(f"{name} {self.whole} {a}, {b}")

    def as_bits(self, x: str) -> str:
        """Read the bits of a double."""
        return self.op(f"bitcast {self.number} {x} to {self.whole}")

    def as_number(self, x: str) -> str:
        """Read bits as a double."""
        return self.op(f"bitcast {self.whole} {x} to {self.number}")

    def lanes(self, x: str) -> list[str]:
        """Return the whole number of each lane."""
        if self.width == 1:
            return [x]
        return [self.op(f"extractelement {self.whole} {x}, i32 {k}") for k in range(self.width)]

    # -- memory ----------------------------------------------------------------------------------------------

    def address(self, base: str, offset: int) -> str:
        """Move a pointer by a constant number of bytes."""
        return self.op(f"getelementptr i8, ptr {base}, i64 {offset}") if offset else base

    def moved(self, base: str, index: str, size: int) -> str:
        """Move a pointer by an index times a size in bytes."""
        return self.op(f"getelementptr i8, ptr {base}, i64 {self.op(f'mul i64 {index}, {size}')}")

    def load(self, pointer: str) -> str:
        """Load one number a lane."""
        return self.fresh(f"load {self.number}, ptr {pointer}, align 8")

    def load_shared(self, pointer: str) -> str:
        """Load one number for all lanes from memory that does not change meanwhile."""
        return self.splat(self.op(f"load double, ptr {pointer}, align 8, !invariant.load !0"))

    def store(self, value: str, pointer: str) -> None:
        """Store one number a lane."""
        self.put(f"store {self.number} {value}, ptr {pointer}, align 8")

    def gather(self, base: str, index: str, *, scale: int = 8, own: bool = False, kind: str = "double") -> str:
        """Read ``base[index]`` in each lane; `own` if each lane has a column of its own."""
        if self.width == 1:
            return self.fresh(f"load {kind}, ptr {self.moved(base, index, scale)}, align 8")
        out = "poison"
        for k, at in enumerate(self.lanes(index)):
            pointer = self.address(self.moved(base, at, scale), 8 * k if own else 0)
            one = self.fresh(f"load {kind}, ptr {pointer}, align 8")
            out = self.op(f"insertelement <{self.width} x {kind}> {out}, {kind} {one}, i32 {k}")
        return out

    # -- variables and loops ---------------------------------------------------------------------------------

    def variable(self, start: str | None = None, kind: str | None = None) -> str:
        """Declare a variable, kept in a register where one is free."""
        self.count += 1
        self.variables.append(f" %x{self.count} = alloca {kind or self.number}")
        name = f"%x{self.count}"
        if start is not None:
            self.set(name, start, kind)
        return name

    def get(self, variable: str, kind: str | None = None) -> str:
        """Read a variable."""
        return self.fresh(f"load {kind or self.number}, ptr {variable}")

    def set(self, variable: str, value: str, kind: str | None = None) -> None:
        """Write a variable."""
        self.put(f"store {kind or self.number} {value}, ptr {variable}")

    def label(self) -> str:
        """Return a name for a place in the code."""
        self.count += 1
        return f"b{self.count}"

    def at(self, label: str) -> None:
        """Stand at a label; what was known before is forgotten."""
        self.lines.append(f"{label}:")
        self.forget()

    @contextmanager
    def loop(self, start: str, end: str, *, back: bool = False) -> Iterator[str]:
        """Count an i64 from `start` up to, not including, `end`; or the same numbers from the top down."""
        index = self.variable(kind="i64")
        head, body, done = self.label(), self.label(), self.label()
        self.set(index, self.fresh(f"sub i64 {end}, 1") if back else start, "i64")
        self.put(f"br label %{head}")
        self.at(head)
        now = self.get(index, "i64")
        more = self.fresh(f"icmp sge i64 {now}, {start}" if back else f"icmp slt i64 {now}, {end}")
        self.put(f"br i1 {more}, label %{body}, label %{done}")
        self.at(body)
        yield now
        self.set(index, self.fresh(f"add i64 {now}, {-1 if back else 1}"), "i64")
        self.put(f"br label %{head}")
        self.at(done)

    @contextmanager
    def loop_while(self, limit: int, going: str) -> Iterator[None]:
        """Repeat while the flag variable `going` holds in any lane, at most `limit` times."""
        left = self.variable(str(limit), "i64")
        head, body, done = self.label(), self.label(), self.label()
        self.put(f"br label %{head}")
        self.at(head)
        count = self.get(left, "i64")
        alive = self.any(self.get(going, self.flag))
        more = self.fresh(f"and i1 {alive}, {self.fresh(f'icmp sgt i64 {count}, 0')}")
        self.put(f"br i1 {more}, label %{body}, label %{done}")
        self.at(body)
        self.set(left, self.fresh(f"sub i64 {count}, 1"), "i64")
        yield
        self.put(f"br label %{head}")
        self.at(done)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Do what follows only where the i1 holds."""
        body, done = self.label(), self.label()
        self.put(f"br i1 {condition}, label %{body}, label %{done}")
        self.at(body)
        yield
        self.put(f"br label %{done}")
        self.at(done)

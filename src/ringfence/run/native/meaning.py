"""What each operator means to the path kernel: how it is written as instructions over lanes.

Tables over exactly the operators of ``sheet/ops.py``. ``code`` is the function being written; operands are names of
values in it. Flags are 1.0 or 0.0, as everywhere; :func:`truth` reads them without making the number first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ringfence.run.native.lanes import Code
from ringfence.run.native.maths import EXP_LIMIT
from ringfence.run.native.tables import TableAt, read
from ringfence.sheet.ops import ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE, TRUE_ABOVE

INFINITE = float("inf")


def tolerance(code: Code, a: str, b: str) -> str:
    """Largest difference at which two numbers compare as equal.

    Parameters
    ----------
    code
        Where to write.
    a, b
        The numbers.
    """
    size = code.intrinsic("fabs", a)
    if a != b:
        size = code.most(size, code.intrinsic("fabs", b))
    scaled = code.mul(code.const(RELATIVE_TOLERANCE), size)
    return code.most(scaled, code.const(ABSOLUTE_TOLERANCE))


def _near_zero(code: Code, a: str, b: str) -> bool:
    """Whether one side is the literal 0: the tolerance then is the absolute one, whatever the other side."""
    return code.const(0.0) in (a, b)


def _tolerated(code: Code, a: str, b: str) -> str:
    return code.const(ABSOLUTE_TOLERANCE) if _near_zero(code, a, b) else tolerance(code, a, b)


def _less_than(code: Code, a: str, b: str) -> str:
    return code.compare("ogt", code.sub(b, a), _tolerated(code, a, b))


def _at_most(code: Code, a: str, b: str) -> str:
    return code.compare("ole", code.sub(a, b), _tolerated(code, a, b))


def _equal(code: Code, a: str, b: str) -> str:
    return code.compare("ole", code.intrinsic("fabs", code.sub(a, b)), _tolerated(code, a, b))


def _floor(code: Code, x: str) -> str:
    return code.intrinsic("floor", code.add(x, tolerance(code, x, x)))


#: Operators on numbers.
NUMBER: dict[str, Callable[..., str]] = {
    "add": Code.add,
    "sub": Code.sub,
    "mul": Code.mul,
    "div": Code.div,
    "least": Code.least,
    "most": Code.most,
    "floor": _floor,
    "exp": lambda code, x: code.call(f"exp{code.width}", x),
    "log": lambda code, x: code.call(f"log{code.width}", x),
}

#: Comparisons, as a flag of the processor.
COMPARE: dict[str, Callable[[Code, str, str], str]] = {
    "less_than": _less_than,
    "at_most": _at_most,
    "equal": _equal,
}

#: From the condition, as a number, to the flag that takes `yes`; and what is taken where it does not hold.
CHOOSE: dict[str, Callable[[Code, str, str, str], str]] = {"choose": Code.select}

#: How far, and which way, a time operator looks.
SHIFT: dict[str, int] = {"previous": -1, "following": 1}

#: Where an operator stops a path: a flag from its operands.
FAULT: dict[str, Callable[..., str]] = {
    "div": lambda code, a, b: code.compare("oeq", b, code.const(0.0)),
    "log": lambda code, x: code.negate(code.compare("ogt", x, code.const(0.0))),
    "exp": lambda code, x: code.compare("ogt", x, code.const(EXP_LIMIT)),
}


def truth(code: Code, number: str) -> str:
    """Read a number as a flag.

    Parameters
    ----------
    code
        Where to write.
    number
        True above one half.
    """
    return code.compare("ogt", number, code.const(TRUE_ABOVE))


#: Reading a table; see ``tables.py``.
LOOKUP: dict[str, Callable[[Code, TableAt, str, str, str], str]] = {"lookup": read}


# -- reductions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reduction:
    """How a line becomes one number: a start, a step for each period, a last word.

    Parameters
    ----------
    start
        Value before the first period; ``periods`` for the number of periods.
    step
        (code, so far, operands of the period, index of the period as a number) -> new value.
    finish
        (code, value) -> result.
    """

    start: float | str
    step: Callable[[Code, str, list[str], str], str]
    finish: Callable[[Code, str], str] = lambda code, value: value


def _total(code: Code, so_far: str, xs: list[str], t: str) -> str:
    item = xs[0] if len(xs) == 1 else code.select(truth(code, xs[1]), xs[0], code.const(0.0))
    return code.add(so_far, item)


def _extreme(pick: Callable[[Code, str, str], str]) -> Callable[[Code, str, list[str], str], str]:
    def step(code: Code, so_far: str, xs: list[str], t: str) -> str:
        picked = pick(code, so_far, xs[0])
        return picked if len(xs) == 1 else code.select(truth(code, xs[1]), picked, so_far)

    return step


def _or_nothing(code: Code, value: str) -> str:
    """0 where no period counted."""
    never = code.compare("oeq", code.intrinsic("fabs", value), code.const(INFINITE))
    return code.select(never, code.const(0.0), value)


def _at(code: Code, so_far: str, xs: list[str], t: str) -> str:
    return code.select(code.compare("oeq", t, _floor(code, xs[1])), xs[0], so_far)


def _count(code: Code, so_far: str, xs: list[str], t: str) -> str:
    return code.select(truth(code, xs[0]), code.add(so_far, code.const(1.0)), so_far)


def _first_when(code: Code, so_far: str, xs: list[str], t: str) -> str:
    return code.select(truth(code, xs[0]), code.least(so_far, t), so_far)


def _npv(code: Code, so_far: str, xs: list[str], t: str) -> str:
    """Operands: flow and discount factor, or flow, logarithm of 1 + rate and times."""
    if len(xs) == 2:
        return code.add(so_far, code.mul(xs[0], xs[1]))
    factor = code.call(f"exp{code.width}", code.mul(code.neg(xs[1]), xs[2]))
    return code.add(so_far, code.mul(xs[0], factor))


#: Reductions over the periods.
REDUCE: dict[str, Reduction] = {
    "total": Reduction(0.0, _total),
    "smallest": Reduction(INFINITE, _extreme(Code.least), _or_nothing),
    "largest": Reduction(-INFINITE, _extreme(Code.most), _or_nothing),
    "at": Reduction(0.0, _at),
    "count": Reduction(0.0, _count),
    "first_when": Reduction("periods", _first_when),
    "npv": Reduction(0.0, _npv),
}

#: Functions of whole lines; see ``rates.py``.
WHOLE: dict[str, str] = {"irr": "irr"}

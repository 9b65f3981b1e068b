"""What each operator means to the gradient engine: its value over the periods, and its slopes in each operand.

Two tables over the elementwise operators of ``sheet/ops.py``, on NumPy lines or single numbers. A slope function
takes what a change of the node is worth (`worth`), the node's value and its operands, and returns what a change of
each operand is worth; None where the operand has no slope. Comparisons and ``floor`` have none: they are flat but for
a jump.

Where two operands tie, ``least`` and ``most`` follow the one the run followed: the first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringfence.run.meaning import NAMES
from ringfence.sheet.ops import TRUE_ABOVE

Line = NDArray[np.float64]
Number = Any  # a float or a Line
Slopes = tuple[Number | None, ...]

#: Largest exponent taken in a branch of choose() that the run did not take.
_LARGEST_EXPONENT = 700.0


def _divisor(b: Number) -> Number:
    """A divisor that is 0 stands in a branch that was not taken: any number will do."""
    return np.where(b == 0, 1.0, b)


def _positive(x: Number) -> Number:
    return np.where(x > 0, x, 1.0)


#: Operator -> value of the operands.
VALUE: dict[str, Callable[..., Number]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / _divisor(b),
    "least": np.minimum,
    "most": np.maximum,
    "floor": NAMES["floor_line"],
    "exp": lambda x: np.exp(np.minimum(x, _LARGEST_EXPONENT)),
    "log": lambda x: np.log(_positive(x)),
    "less_than": NAMES["less_than"],
    "at_most": NAMES["at_most"],
    "equal": NAMES["equal"],
    "choose": lambda condition, yes, no: np.where(np.greater(condition, TRUE_ABOVE), yes, no),
}


def _div(worth: Number, out: Number, a: Number, b: Number) -> Slopes:
    to_a = worth / _divisor(b)
    return to_a, -to_a * out


def _least(worth: Number, out: Number, a: Number, b: Number) -> Slopes:
    first = np.less_equal(a, b)
    return np.where(first, worth, 0.0), np.where(first, 0.0, worth)


def _most(worth: Number, out: Number, a: Number, b: Number) -> Slopes:
    first = np.greater_equal(a, b)
    return np.where(first, worth, 0.0), np.where(first, 0.0, worth)


def _choose(worth: Number, out: Number, condition: Number, yes: Number, no: Number) -> Slopes:
    taken = np.greater(condition, TRUE_ABOVE)
    return None, np.where(taken, worth, 0.0), np.where(taken, 0.0, worth)


#: Operator -> what each operand is worth. Operators that are missing are flat.
SLOPES: dict[str, Callable[..., Slopes]] = {
    "add": lambda worth, out, a, b: (worth, worth),
    "sub": lambda worth, out, a, b: (worth, -worth),
    "mul": lambda worth, out, a, b: (worth * b, worth * a),
    "div": _div,
    "least": _least,
    "most": _most,
    "exp": lambda worth, out, x: (worth * out,),
    "log": lambda worth, out, x: (worth / _positive(x),),
    "choose": _choose,
}

#: Operators whose slope can change from one number to the next, or that jump.
DECIDING = frozenset({
    "least", "most", "floor", "less_than", "at_most", "equal", "lookup", "smallest", "largest", "at",
})  # fmt: skip

"""The closed list of operators, and the one tolerance every backend compares with.

A backend is a table from each name in :data:`OPERATORS` to a meaning. Nothing else may appear in a formula.

Meanings shared by all backends (docs/convention.md):

- A flag is true where it is above one half.
- Two numbers are equal when they differ by at most :func:`tolerance`. ``less_than`` is true only beyond it,
  ``at_most`` up to and including it. ``floor`` and a step ``lookup`` forgive the same amount.
- ``x / 0`` and ``log`` of a number that is not positive stop the run, naming row and period. The branch of
  ``choose`` that is not taken is not evaluated in this sense. The argument of a time operator and of a
  reduction is evaluated in every period.
- ``previous(x, n, first)`` in the first n periods is `first` of that same period; ``following`` likewise at the end.
- Reductions run over all periods, or those where `when` is true. Over no period at all ``total`` and ``count``
  are 0, and so are ``smallest`` and ``largest`` (as a measure they are n/a).
- ``at(x, k)`` reads period floor(k); outside the sheet it is 0. ``first_when`` is the number of periods if never.
- ``lookup`` outside its table holds the end value, or is zero, as `ends` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Largest difference at which two numbers still compare as equal, in absolute terms.
ABSOLUTE_TOLERANCE = 1e-9
#: The same, as a share of the larger magnitude of the two.
RELATIVE_TOLERANCE = 1e-9
#: A flag is true above this.
TRUE_ABOVE = 0.5

Family = Literal["elementwise", "lookup", "time", "reduction", "measure"]


@dataclass(frozen=True)
class Operator:
    """One operator of the closed list.

    Parameters
    ----------
    name
        The word a formula uses.
    family
        Where it may appear and how it moves through time.
    arguments
        Names of the row arguments, in order; constants of the node come after them.
    meaning
        One sentence a banker can check.
    """

    name: str
    family: Family
    arguments: tuple[str, ...]
    meaning: str


def _table(*operators: Operator) -> dict[str, Operator]:
    return {operator.name: operator for operator in operators}


OPERATORS = _table(
    Operator("add", "elementwise", ("a", "b"), "a + b"),
    Operator("sub", "elementwise", ("a", "b"), "a - b"),
    Operator("mul", "elementwise", ("a", "b"), "a x b"),
    Operator("div", "elementwise", ("a", "b"), "a / b; b must not be 0"),
    Operator("least", "elementwise", ("a", "b"), "the smaller of the two"),
    Operator("most", "elementwise", ("a", "b"), "the larger of the two"),
    Operator("floor", "elementwise", ("x",), "the largest whole number not above x"),
    Operator("exp", "elementwise", ("x",), "e to the power x"),
    Operator("log", "elementwise", ("x",), "natural logarithm of x, which must be positive"),
    Operator("less_than", "elementwise", ("a", "b"), "1 where a < b beyond the tolerance, else 0"),
    Operator("at_most", "elementwise", ("a", "b"), "1 where a <= b within the tolerance, else 0"),
    Operator("equal", "elementwise", ("a", "b"), "1 where a = b within the tolerance, else 0"),
    Operator("choose", "elementwise", ("condition", "yes", "no"), "`yes` where the condition is true, else `no`"),
    Operator("lookup", "lookup", ("table", "x"), "the table's value at x, as steps or straight lines"),
    Operator("previous", "time", ("x", "first"), "x n periods ago; `first` before that"),
    Operator("following", "time", ("x", "last"), "x n periods ahead; `last` after the end"),
    Operator("total", "reduction", ("x", "when"), "the sum over all periods"),
    Operator("smallest", "reduction", ("x", "when"), "the smallest over all periods"),
    Operator("largest", "reduction", ("x", "when"), "the largest over all periods"),
    Operator("at", "reduction", ("x", "k"), "x in period k"),
    Operator("count", "reduction", ("flag",), "the number of periods where the flag is true"),
    Operator("first_when", "reduction", ("flag",), "the first period where the flag is true"),
    Operator("irr", "measure", ("flow", "times"), "the yearly rate at which the dated flows are worth nothing"),
    Operator("npv", "measure", ("flow", "rate", "times"), "the dated flows discounted at a yearly rate"),
)

REDUCTIONS = frozenset(name for name, op in OPERATORS.items() if op.family == "reduction")
TIME = frozenset(name for name, op in OPERATORS.items() if op.family == "time")
MEASURES = frozenset(name for name, op in OPERATORS.items() if op.family == "measure")
#: Operators that stop a run on some operands.
MAY_FAIL = frozenset({"div", "log", "exp"})


def tolerance(a: float, b: float) -> float:
    """Largest difference at which `a` and `b` still compare as equal.

    Parameters
    ----------
    a, b
        The two numbers. [any unit, the same]

    Returns
    -------
    float
        [their unit]
    """
    return max(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * max(abs(a), abs(b)))

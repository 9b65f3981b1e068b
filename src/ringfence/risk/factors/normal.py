"""The distribution of a standard normal as rows.

    n         chance that a standard normal lies below x; within 1e-14                  [ratio]
    n.tail    chance that it lies above the magnitude of x                              [ratio]

Source: J. F. Hart et al., Computer Approximations (1968), algorithm 5666, in the form G. West printed in Better
approximations to cumulative normal functions, Wilmott (2005): a ratio of polynomials up to 7.07, a continued fraction
beyond.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringfence.sheet import Expr, Row, Sheet, choose, constant, exp, less_than, most

ABOVE = (
    0.0352624965998911,
    0.700383064443688,
    6.37396220353165,
    33.912866078383,
    112.079291497871,
    221.213596169931,
    220.206867912376,
)
UNDER = (
    0.0883883476483184,
    1.75566716318264,
    16.064177579207,
    86.7807322029461,
    296.564248779674,
    637.333633378831,
    793.826512519948,
    440.413735824752,
)
TURN = 7.07106781186547
ROOT_OF_TWO_PI = 2.506628274631


def add_normal_cdf(s: Sheet, name: str, x: Expr) -> Row:
    """Add the chance that a standard normal lies below x. [ratio]

    Parameters
    ----------
    s
        Sheet being built.
    name
        Of the row.
    x
        Any number. [ratio]
    """
    size = most(x, -x)
    bell = exp(-0.5 * (size * size))
    far = size + 0.65
    for k in (4.0, 3.0, 2.0, 1.0):
        far = size + constant(k) / far
    near = bell * _polynomial(ABOVE, size) / _polynomial(UNDER, size)
    tail = choose(less_than(size, TURN), near, bell / far / ROOT_OF_TWO_PI)
    row = s.row(f"{name}.tail", tail, label="chance beyond the magnitude")
    return s.row(name, choose(less_than(0, x), 1 - row, row), label="chance below")


def _polynomial(coefficients: Sequence[float], x: Expr) -> Expr:
    value: Expr = constant(coefficients[0])
    for c in coefficients[1:]:
        value = value * x + c
    return value

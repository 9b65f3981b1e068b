"""Random numbers by counter: Philox4x32-10 (Salmon et al. 2011), keyed by seed, path, factor and period.

The key of the generator is the seed (64 bits); its counter holds the path (64 bits), half the period, and the factor.
One block of 128 random bits serves two neighbouring periods. A number depends on nothing else, so any path of any
factor can be drawn again alone, in any order, on any machine.

A uniform has 52 random bits and lies strictly between 0 and 1; a normal is its inverse normal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ringfence.run.native.lanes import Code

_MULTIPLIERS = 0xD2511F53, 0xCD9E8D57
_WEYL = 0x9E3779B9, 0xBB67AE85
_LOW = 0xFFFFFFFF


@dataclass(frozen=True)
class Draw:
    """An input drawn inside the kernel: one number a period for a series, one for a scalar.

    Parameters
    ----------
    factor
        Number of the random factor, 0 or more; two inputs of one factor see the same numbers.
    kind
        ``normal``: mean 0, standard deviation 1; ``uniform``: between 0 and 1.
    """

    factor: int
    kind: Literal["normal", "uniform"] = "normal"


def normal(factor: int) -> Draw:
    """Draw standard normals for an input.

    Parameters
    ----------
    factor
        Number of the random factor.
    """
    return Draw(factor, "normal")


def uniform(factor: int) -> Draw:
    """Draw numbers between 0 and 1 for an input.

    Parameters
    ----------
    factor
        Number of the random factor.
    """
    return Draw(factor, "uniform")


def philox(code: Code, counter: tuple[str, str, str, str], key: tuple[str, str]) -> tuple[str, str, str, str]:
    """Write ten rounds of Philox4x32.

    Parameters
    ----------
    code
        Where to write.
    counter, key
        32-bit words, each in a 64-bit lane.

    Returns
    -------
    tuple[str, str, str, str]
        Four random words of 32 bits.
    """
    low, half = code.integer(_LOW), code.integer(32)
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0 = code.whole_op("mul", code.integer(_MULTIPLIERS[0]), c0)
        p1 = code.whole_op("mul", code.integer(_MULTIPLIERS[1]), c2)
        high0, high1 = (code.whole_op("lshr", p, half) for p in (p0, p1))
        c0, c2 = (
            code.whole_op("xor", code.whole_op("xor", high1, c1), k0),
            code.whole_op("xor", code.whole_op("xor", high0, c3), k1),
        )
        c1, c3 = code.whole_op("and", p1, low), code.whole_op("and", p0, low)
        k0 = code.whole_op("and", code.whole_op("add", k0, code.integer(_WEYL[0])), low)
        k1 = code.whole_op("and", code.whole_op("add", k1, code.integer(_WEYL[1])), low)
    return c0, c1, c2, c3


def unit(code: Code, high: str, low: str) -> str:
    """Turn two random words into a number strictly between 0 and 1.

    Parameters
    ----------
    code
        Where to write.
    high, low
        32 random bits each.
    """
    top = code.whole_op("shl", high, code.integer(20))
    rest = code.whole_op("lshr", low, code.integer(12))
    word = code.whole_op("or", code.whole_op("or", top, rest), code.integer(0x3FF0000000000000))
    return code.add(code.as_number(word), code.const(-1.0 + 2.0**-53))


def pair(code: Code, draw: Draw, path: str, key: tuple[str, str], half: str, factor: str) -> tuple[str, str]:
    """Draw the numbers of periods 2 x half and 2 x half + 1.

    Parameters
    ----------
    code
        Where to write.
    draw
        How they are distributed.
    path
        Number of the path in each lane.
    key
        The two words of the seed.
    half
        Half the period, in every lane.
    factor
        Number of the factor, in every lane.
    """
    low = code.whole_op("and", path, code.integer(_LOW))
    high = code.whole_op("lshr", path, code.integer(32))
    words = philox(code, (low, high, half, factor), key)
    units = unit(code, words[0], words[1]), unit(code, words[2], words[3])
    if draw.kind == "uniform":
        return units
    first, second = (code.call(f"inverse_normal{code.width}", u) for u in units)
    return first, second

"""Exponential, logarithm and inverse normal, written out, so that every processor gives the same bits.

``exp`` and ``log`` follow the argument reductions and polynomials of fdlibm (error below one unit in the last
place); the inverse normal is algorithm AS 241 PPND16 of Wichura (1988), relative error about 1e-16. They differ from
the C library's functions by at most the last bit or two.

Each is a function ``@exp1``, ``@exp8`` ... of the module, one for each number of lanes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ringfence.run.native.lanes import Code

#: Largest x whose exponential is a finite number.
EXP_LIMIT = math.log(1.7976931348623157e308)

_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves the nearest whole number in the low bits
_EXP = (
    4.13813679705723846039e-08,
    -1.65339022054652515390e-06,
    6.61375632143793436117e-05,
    -2.77777777770155933842e-03,
    1.66666666666666019037e-01,
)
_LOG = (
    1.479819860511658591e-01,
    1.531383769920937332e-01,
    1.818357216161805012e-01,
    2.222219843214978396e-01,
    2.857142874366239149e-01,
    3.999999999940941908e-01,
    6.666666666666735130e-01,
)
_SQRT_HALF = 0x3FE6A09E667F3BCD
_ONE = 0x3FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF

# AS 241, routine PPND16: numerator and denominator of the middle, the tail, the far tail; highest power first.
# fmt: off
_A = (2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
      1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0)
_B = (5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
      5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0)
_C = (7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258e0,
      3.64784832476320460504e0, 5.76949722146069140550e0, 4.63033784615654529590e0, 1.42343711074968357734e0)
_D = (1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
      6.89767334985100004550e-1, 1.67638483018380384940e0, 2.05319162663775882187e0, 1.0)
_E = (2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
      2.96560571828504891230e-1, 1.78482653991729133580e0, 5.46378491116411436990e0, 6.65790464350110377720e0)
_F = (2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
      1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0)
# fmt: on


def polynomial(code: Code, x: str, coefficients: Sequence[float]) -> str:
    """Evaluate a polynomial from its highest power down.

    Parameters
    ----------
    code
        Where to write.
    x
        The argument.
    coefficients
        Highest power first.
    """
    found = code.const(coefficients[0])
    for coefficient in coefficients[1:]:
        found = code.add(code.mul(found, x), code.const(coefficient))
    return found


def _exp(code: Code, x: str) -> str:
    """Exponential of x; 1 at once where every lane is 0, as growth at no rate is, and to the same bits."""
    result = code.variable(code.const(1.0))
    with code.when(code.any(code.compare("une", x, code.const(0.0)))):
        code.set(result, _exp_of(code, x))
    return code.get(result)


def _exp_of(code: Code, x: str) -> str:
    x = code.least(code.most(x, code.const(-746.0)), code.const(710.0))
    shifted = code.add(code.mul(x, code.const(1.44269504088896338700e00)), code.const(_ROUND))
    k = code.sub(shifted, code.const(_ROUND))
    high = code.sub(x, code.mul(k, code.const(_LN2_HIGH)))
    low = code.mul(k, code.const(_LN2_LOW))
    r = code.sub(high, low)
    square = code.mul(r, r)
    c = code.sub(r, code.mul(square, polynomial(code, square, _EXP)))
    quotient = code.div(code.mul(r, c), code.sub(code.const(2.0), c))
    y = code.sub(code.const(1.0), code.sub(code.sub(low, quotient), high))
    power = code.whole_op("sub", code.as_bits(shifted), code.as_bits(code.const(_ROUND)))
    half = code.whole_op("ashr", power, code.integer(1))
    rest = code.whole_op("sub", power, half)
    return code.mul(code.mul(y, _two_to(code, half)), _two_to(code, rest))


def _two_to(code: Code, k: str) -> str:
    return code.as_number(code.whole_op("shl", code.whole_op("add", k, code.integer(1023)), code.integer(52)))


def _log(code: Code, x: str) -> str:
    tiny = code.compare("olt", x, code.const(2.2250738585072014e-308))
    x = code.select(tiny, code.mul(x, code.const(2.0**54)), x)
    return _log_of(code, x, code.select(tiny, code.const(2.0**52 + 1023 + 54), code.const(2.0**52 + 1023)))


def _log_of(code: Code, x: str, bias: str) -> str:
    """Logarithm of a number that is not subnormal; `bias` is 2**52 plus the bias of its exponent."""
    raised = code.whole_op("add", code.as_bits(x), code.integer(_ONE - _SQRT_HALF))
    biased = code.whole_op("lshr", raised, code.integer(52))
    counted = code.as_number(code.whole_op("or", biased, code.integer(0x4330000000000000)))  # 2**52 + exponent
    k = code.sub(counted, bias)
    low_bits = code.whole_op("and", raised, code.integer(_MANTISSA))
    f = code.sub(code.as_number(code.whole_op("add", low_bits, code.integer(_SQRT_HALF))), code.const(1.0))
    s = code.div(f, code.add(code.const(2.0), f))
    z = code.mul(s, s)
    series = code.mul(z, polynomial(code, z, _LOG))
    half = code.mul(code.const(0.5), code.mul(f, f))
    inner = code.add(code.mul(s, code.add(half, series)), code.mul(k, code.const(_LN2_LOW)))
    return code.sub(code.mul(k, code.const(_LN2_HIGH)), code.sub(code.sub(half, inner), f))


def _inverse_normal(code: Code, u: str) -> str:
    """Standard normal with distribution value u, 0 < u < 1."""
    q = code.sub(u, code.const(0.5))
    tail = code.least(u, code.sub(code.const(1.0), u))
    r = code.intrinsic("sqrt", code.neg(_log_of(code, tail, code.const(2.0**52 + 1023))))
    central = code.compare("ole", code.intrinsic("fabs", q), code.const(0.425))
    middle = code.sub(code.const(0.180625), code.mul(q, q))
    x = code.select(central, middle, code.sub(r, code.const(1.6)))
    ratio = code.div(_one_of(code, central, x, _A, _C), _one_of(code, central, x, _B, _D))
    result = code.variable(ratio)
    is_far = code.compare("ogt", r, code.const(5.0))
    with code.when(code.any(is_far)):
        far = code.sub(r, code.const(5.0))
        value = code.div(polynomial(code, far, _E), polynomial(code, far, _F))
        code.set(result, code.select(is_far, value, ratio))
    found = code.get(result)
    signed = code.select(code.compare("olt", q, code.const(0.0)), code.neg(found), found)
    return code.select(central, code.mul(q, found), signed)


def _one_of(code: Code, flag: str, x: str, yes: Sequence[float], no: Sequence[float]) -> str:
    """Evaluate one of two polynomials in each lane: choosing coefficients is cheaper than a second polynomial."""
    pairs = [code.select(flag, code.const(a), code.const(b)) for a, b in zip(yes, no, strict=True)]
    found = pairs[0]
    for coefficient in pairs[1:]:
        found = code.add(code.mul(found, x), coefficient)
    return found


#: Function of one number -> how it is written.
FUNCTIONS: dict[str, Callable[[Code, str], str]] = {"exp": _exp, "log": _log, "inverse_normal": _inverse_normal}


def functions(width: int) -> str:
    """Write the functions for one number of lanes, and declare what they call.

    Parameters
    ----------
    width
        Lanes.
    """
    parts = []
    for name, write in FUNCTIONS.items():
        number = f"<{width} x double>" if width > 1 else "double"
        keep = "alwaysinline" if name == "inverse_normal" else "noinline"
        code = Code(f"define internal {number} @{name}{width}({number} %x) nounwind {keep}", width)
        code.put(f"ret {number} {write(code, '%x')}")
        parts.append(code.text())
        suffix = code.suffix
    parts += [f"declare {number} @llvm.{name}.{suffix}({number})" for name in ("fabs", "floor", "sqrt")]
    return "\n".join(parts)

"""Returns as rows: an IRR closed by a fixed number of steps, a present value as a discounted line.

The rate at which dated flows are worth nothing has no closed form, and the iterative functions of spreadsheets differ
from each other in the seventh digit. The book therefore shows the search. With u = log(1 + rate), A(u) the worth of
what is received and B(u) of what is paid, each step is Newton's on log(A / B), which for money paid first and
received later is nearly a straight line:

    u_next = u - log(A / B) / (DB - DA)        DA, DB: average time of receipts and of payments, by worth

The search starts from an input cell, the rate of the run the book was written from, so a changed input is followed
from there; ``.left`` is what remains of the worth after the last step, as a share of what is received. Where it is not
zero and the search has not run to the ends of its range, ``.ok`` is 0 and the master check is red.
"""

from __future__ import annotations

import math

from ringfence.sheet import NIL, Expr, Row, Sheet
from ringfence.units import PER_YEAR, RATIO, YEAR, Unit

#: Steps of the search; from a start 20 points away three reach the last digit for a usual flow, from 70 points eight.
STEPS = 8
#: Range of the search, as log(1 + rate): -99.9 % to 1,000,000 % a year.
LOWEST, HIGHEST = math.log(0.001), math.log(10_001.0)
#: Flows of a cent or less stand with the payments: that moves no root, and no flag hangs on a last bit. [USD]
SMALLEST = 0.01
#: Worth left over that counts as none.
LEFT = 1e-9


def add_irr(
    s: Sheet, name: str, flow: Row, times: Row, applies: Expr | None, *, source: str = "", words: str = ""
) -> str:
    """Add the rows of an IRR.

    Parameters
    ----------
    s
        Sheet that gains row `name` [1/year] and the steps ``<name>.``...
    name
        Row name of the measure.
    flow
        Receipts less payments. [USD]
    times
        [year]
    applies
        Flag, or None where it always applies.
    source, words
        Source and label of the measure.

    Returns
    -------
    str
        Name of the input cell the search starts from. [1/year]
    """
    start = s.scalar(f"{name}.start", 0.1, unit=PER_YEAR, label=f"rate the search for {name.split(':')[1]} starts from")
    low = _number(s, "number:lowest_log_rate", LOWEST, "lowest log(1 + IRR) looked for")
    high = _number(s, "number:highest_log_rate", HIGHEST, "highest log(1 + IRR) looked for")
    left_over = _number(s, "number:irr_left", LEFT, "share of worth left over that counts as none")
    cent = _number(s, "number:smallest_receipt", SMALLEST, "flow above which a period counts as one of receipts")
    receipt = _row(s, f"{name}.receipt", _op("less_than", cent, flow), RATIO, "1 where money is received")
    received = _row(s, f"{name}.received", _op("total", flow, receipt), flow.unit, "received in all")
    paid = _row(s, f"{name}.paid", _op("sub", received, _op("total", flow)), flow.unit, "paid in all")
    both = _op("least", _flag(_op("less_than", NIL, received)), _flag(_op("less_than", NIL, paid)))
    can = both if applies is None else _op("least", both, applies)
    searched = _row(s, f"{name}.searched", can, RATIO, "1 where money goes both ways")
    u = _row(s, f"{name}.log_0", _op("log", _op("add", _one(), start)), RATIO, "log(1 + rate), at the start")
    for k in range(1, STEPS + 1):
        u = _add_step(s, name, k, u, flow, times, receipt, searched, (low, high))
    worth = _row(s, f"{name}.worth", _worth(flow, u, times), flow.unit, "worth of each flow at the rate found")
    gained = _row(s, f"{name}.gained", _op("total", worth, receipt), flow.unit, "worth of what is received")
    share = _op("choose", searched, _op("div", _op("total", worth), gained), NIL)
    left = _row(s, f"{name}.left", share, RATIO, "worth left over, as a share")
    size = _row(s, f"{name}.left_size", _op("most", left, _op("sub", NIL, left)), RATIO, "its size")
    none = _row(s, f"{name}.closed", _op("at_most", size, left_over), RATIO, "1 where closed")
    found = _row(s, f"{name}.found", _op("least", searched, none), RATIO, "1 where a rate is found")
    inside = _op("least", _flag(_op("less_than", low, u)), _flag(_op("less_than", u, high)))
    ran_out = _row(s, f"{name}.inside", inside, RATIO, "1 where the search stays in its range")
    lost = _op("least", _op("least", searched, ran_out), _op("sub", _one(), none))
    s.row(f"{name}.ok", _typed(_op("sub", _one(), lost), RATIO), unit=RATIO, label="1 unless the search did not close")
    value = _op("choose", found, _op("sub", _op("exp", u), _one()), NIL)
    s.row(name, _typed(value, PER_YEAR), unit=PER_YEAR, source=source, label=words)
    return start.name


def add_npv(s: Sheet, name: str, flow: Row, rate: Expr, times: Row, source: str = "") -> Expr:
    """Add ``<name>.worth``, each flow discounted, and return its total.

    Parameters
    ----------
    s
        Sheet that gains the row.
    name
        Row name of the measure.
    flow
        Receipts less payments. [USD]
    rate
        Yearly compounded. [1/year]
    times
        [year]
    source
        Source of the measure.
    """
    per_year = _op("log", _op("add", _one(), rate))
    discounted = _op("mul", flow, _op("exp", _op("sub", NIL, _op("mul", per_year, times))))
    worth = s.row(f"{name}.worth", _typed(discounted, flow.unit), unit=flow.unit, source=source, label="worth today")
    return _op("total", worth)


def _add_step(
    s: Sheet, name: str, k: int, u: Row, flow: Row, times: Row, receipt: Row, searched: Row, ends: tuple[Row, Row]
) -> Row:
    """One step of the search."""
    worth = _row(s, f"{name}.worth_{k}", _worth(flow, u, times), flow.unit, f"worth of each flow, step {k}")
    by_time = (flow.unit or RATIO) * YEAR
    dated = _row(s, f"{name}.dated_{k}", _op("mul", worth, times), by_time, f"worth x time, step {k}")
    gained = _row(s, f"{name}.gained_{k}", _op("total", worth, receipt), flow.unit, "A: worth of receipts")
    spent = _row(s, f"{name}.spent_{k}", _op("sub", gained, _op("total", worth)), flow.unit, "B: worth of payments")
    at_gain = _op("total", dated, receipt)
    gain_time = _row(s, f"{name}.gain_time_{k}", at_gain, by_time, "A x average time of receipts")
    at_spent = _op("sub", gain_time, _op("total", dated))
    spent_time = _row(s, f"{name}.spent_time_{k}", at_spent, by_time, "B x average time of payments")
    slope = _op("choose", searched, _op("sub", _op("div", spent_time, spent), _op("div", gain_time, gained)), NIL)
    slope_row = _row(s, f"{name}.slope_{k}", slope, YEAR, "DB - DA")
    flat = _row(s, f"{name}.flat_{k}", _op("equal", slope_row, NIL), RATIO, "1 where there is no slope")
    jump = _op("choose", flat, NIL, _op("div", _op("log", _op("div", gained, spent)), slope_row))
    moved = _op("least", _op("most", _op("sub", u, jump), ends[0]), ends[1])
    return _row(s, f"{name}.log_{k}", moved, RATIO, f"log(1 + rate) less log(A / B) / (DB - DA), step {k}")


def _worth(flow: Row, u: Row, times: Row) -> Expr:
    return _op("mul", flow, _op("exp", _op("sub", NIL, _op("mul", u, times))))


def _number(s: Sheet, name: str, value: float, label: str) -> Row:
    return s[name] if name in s else s.scalar(name, value, label=label)


def _row(s: Sheet, name: str, expr: Expr, unit: Unit | None, label: str) -> Row:
    return s.row(name, _typed(expr, unit), unit=unit or RATIO, label=label)


def _typed(expr: Expr, unit: Unit | None) -> Expr:
    return expr if isinstance(expr, Row) else Expr(expr.op, expr.args, expr.param, unit or RATIO)


def _flag(expr: Expr) -> Expr:
    return _typed(expr, RATIO)


def _op(op: str, *args: Expr) -> Expr:
    return Expr(op, args, None, args[0].unit)


def _one() -> Expr:
    return Expr("const", (), 1.0, RATIO)

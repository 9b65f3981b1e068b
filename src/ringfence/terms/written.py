"""Parsers of what a term sheet writes: amounts, shares, rates, durations, dates.

Each takes a value as the deal file holds it (text or number) and returns it in base units, or raises
:class:`QuantityError` with what is expected and the way to write it. The annotated types built on them are in
``quantity.py``.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any, Literal

from ringfence.errors import QuantityError, RingfenceError
from ringfence.terms.source import shorten

DAYS_PER_MONTH = 30.4375
"""Days in a month where a tenor is written in weeks or days. [day/month]"""

Sign = Literal["positive", "not negative", "any"]

NUMBER = r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
_AMOUNT = re.compile(rf"({NUMBER})\s*(?:(k|m|mn|bn)\s*(?=USD))?(\S.*)?", re.ASCII)
PERCENT = re.compile(rf"({NUMBER})\s*(%|bps?)", re.ASCII)
_SCALED = re.compile(r"USD\s+(k|m|mn|bn)(?![A-Za-z])")
_MAGNITUDE = {None: 1.0, "k": 1e3, "m": 1e6, "mn": 1e6, "bn": 1e9}
_MONTHS = {"y": 12.0, "q": 3.0, "m": 1.0, "w": 7 / DAYS_PER_MONTH, "d": 1 / DAYS_PER_MONTH}
_WORDS = {
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), "y"),
    **dict.fromkeys(("q", "quarter", "quarters"), "q"),
    **dict.fromkeys(("m", "mo", "month", "months"), "m"),
    **dict.fromkeys(("w", "week", "weeks"), "w"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
_DURATION = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)\s*([a-zA-Z]+)\s*", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_LONGEST = 200


def refuse(problem: str, fix: str, rule: str) -> QuantityError:
    """Return the refusal of a value that has the right form."""
    return QuantityError(problem, fix=fix, rule=rule)


def unlike(problem: str, fix: str, rule: str) -> QuantityError:
    """Return the refusal of a value that has another form altogether."""
    return QuantityError(problem, fix=fix, rule=rule, near=False)


def word(value: Any) -> str | None:
    """Return a text of reasonable length without the blanks around it, else None."""
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else None


def _float(text: str) -> float:
    return float(text.replace("_", ""))


def is_number(value: Any) -> bool:
    """Whether a value is a finite number; a flag is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 10**300


def parse_amount(value: Any, unit: str, *, sign: Sign = "not negative") -> float:
    """Read an amount with its unit.

    Parameters
    ----------
    value
        As written: ``"1.60 USD/GPU-h"``, or a bare 0.
    unit
        Unit wanted, for example ``USD/GPU-h``; any multiple of it is accepted.
    sign
        Which signs are accepted.

    Returns
    -------
    float
        The amount in base units (USD, MW, GPU, hour, month, year).

    Raises
    ------
    QuantityError
        Where the value has no unit, another dimension, or a sign that is not accepted.

    Examples
    --------
    >>> parse_amount("5.5 USDbn", "USD"), parse_amount("55_000 USD", "USD"), parse_amount("0.5bn USD", "USD")
    (5500000000.0, 55000.0, 500000000.0)
    """
    if is_number(value):
        if value == 0:
            return _signed(0.0, sign)
        raise refuse("but an amount carries its unit", f"write the unit: {_plain(value)} {unit}", "amount")
    text = word(value)
    match = _AMOUNT.fullmatch(text) if text else None
    if match is None or (match[3] or "").startswith((",", ".", "'")):
        raise unlike(f"but an amount in {unit} is expected", _amount_fix(text or "", unit), "amount")
    number, magnitude, written = match.groups()
    scale = _scale(written, unit, number)
    amount = _float(number) * _MAGNITUDE[magnitude] * scale
    if not math.isfinite(amount):
        raise refuse("but an amount is a finite number", "", "amount")
    return _signed(amount, sign)


def _amount_fix(text: str, unit: str) -> str:
    if re.search(r"[0-9],[0-9]", text):
        return f"write digits without commas: {shorten(text.replace(',', '_'), 40)}"
    return f"write a number and its unit: 10 {unit}" if unit != "USD" else "write a number and its unit: 55_000 USD"


def _scale(written: str | None, unit: str, number: str) -> float:
    """Return the factor from the unit `written` to base units, if it is of the same dimension as `unit`."""
    from ringfence.units import parse_unit

    if not written or written in _MAGNITUDE:
        raise refuse("but an amount carries its unit", f"write the unit: {number}{written or ''} {unit}", "amount")
    try:
        got, scale = parse_unit(_SCALED.sub(r"USD\1", written).replace("USDmn", "USDm"))
    except (RingfenceError, ValueError) as error:
        fix = f"write it in {unit}" + (", the only currency so far" if unit == "USD" else "")
        raise refuse(f"but {shorten(written, 30)} is not a known unit", fix, "unit") from error
    if got != parse_unit(unit)[0]:
        raise refuse(f"but an amount in {unit} is expected", f"write it in {unit}", "unit")
    return float(scale)


def _signed(amount: float, sign: Sign) -> float:
    if amount < 0 and sign != "any":
        raise refuse("but it cannot be negative", "amounts are magnitudes: drop the minus sign", "sign")
    if amount == 0 and sign == "positive":
        raise refuse("but it must be above zero", "write an amount above zero, or leave the term out", "sign")
    return amount


def _plain(value: float) -> str:
    return shorten(f"{value:_}" if isinstance(value, int) else f"{value:_g}" if abs(value) < 1e15 else repr(value), 40)


def parse_share(value: Any, *, limit: float = 1.0) -> float:
    """Read a share: ``70%`` or 0.70; `limit` is the largest accepted. [ratio]"""
    share = _percentage(value, "but a share is written 70% or 0.70", "write a percentage or a fraction", "share")
    if share < 0:
        raise refuse("but a share cannot be negative", "write a share from 0% to 100%", "share")
    if share > limit:
        bare = is_number(value)
        fix = f"write {_plain(value)}% if percent is meant" if bare and value <= 100 else "write at most 100%"
        raise refuse("but a share is at most 1, that is 100%", fix, "share")
    return share


def parse_rate(value: Any) -> float:
    """Read a rate per year: ``7.1%``, ``300bp`` or 0.071; above 2 (200 %) it is refused. [1/year]"""
    rate = _percentage(
        value, "but a rate is written 7.1%, 300bp or 0.071", "write a percentage or basis points", "rate"
    )
    if rate > 2:
        if is_number(value):
            raise refuse(f"which is {rate:.0%} a year", f"write {_plain(value)}% if percent is meant", "rate")
        raise refuse("above 200% a year", "write a rate per year", "rate")
    if rate <= -1:
        raise refuse("but a rate cannot be -100% a year or less", "write a rate per year", "rate")
    return rate


def _percentage(value: Any, problem: str, fix: str, rule: str) -> float:
    """Read a number, a percentage or basis points as a fraction."""
    if is_number(value):
        return float(value)
    text = word(value)
    match = PERCENT.fullmatch(text) if text else None
    if match is None:
        raise unlike(problem, fix, rule)
    return _fraction(match[1], match[2], rule)


def _fraction(number: str, unit: str, rule: str) -> float:
    fraction = _float(number) / (100.0 if unit == "%" else 10_000.0)
    if not math.isfinite(fraction):
        raise refuse("but a finite number is expected", "", rule)
    return fraction


def parse_factor(value: Any) -> float:
    """Read a plain positive number, such as a cover of 1.30. [ratio]"""
    if isinstance(value, str) and (match := re.fullmatch(rf"({NUMBER})\s*x", value.strip()[:_LONGEST])):
        value = _float(match[1])
    if not is_number(value):
        raise unlike("but a plain number is expected", "write a number such as 1.30", "number")
    if value <= 0:
        raise refuse("but it must be above zero", "write a number above zero", "number")
    return float(value)


def parse_count(value: Any) -> int:
    """Read a whole number, not negative."""
    if not is_number(value) or value != int(value) or abs(value) > 1e15:
        raise unlike("but a whole number is expected", "write a whole number such as 100_000", "number")
    if value < 0:
        raise refuse("but a count cannot be negative", "write a whole number such as 100_000", "number")
    return int(value)


def parse_duration(value: Any) -> float:
    """Read a tenor: ``5y``, ``18m``, ``2q``, ``1y6m``, ``6w``, ``30d``. [month]

    Examples
    --------
    >>> parse_duration("5y"), parse_duration("1y6m"), parse_duration("2q")
    (60.0, 18.0, 6.0)
    """
    if is_number(value):
        if value == 0:
            return 0.0
        number = _plain(value)
        raise refuse("but a duration carries its unit", f"write {number}y, {number}m or {number}d", "duration")
    text = word(value) or ""
    parts = _DURATION.findall(text)
    units = [_WORDS.get(unit.lower(), "") for _, unit in parts]
    if text == "0":
        return 0.0
    if not parts or not all(units) or len(set(units)) < len(units) or _DURATION.sub("", text):
        raise unlike("but a duration is written 5y, 18m, 2q, 6w or 30d", _duration_fix(text), "duration")
    months = math.fsum(_float(number) * _MONTHS[unit] for (number, _), unit in zip(parts, units, strict=True))
    if months > 12_000:
        raise refuse("longer than 1000 years", "write a shorter duration", "duration")
    return months


def _duration_fix(text: str) -> str:
    if text.startswith("-"):
        return "a duration is not negative: drop the minus sign"
    return "write years, quarters, months, weeks or days, as in 5y or 1y6m"


def parse_day(value: Any) -> dt.date:
    """Read a date as ``2026-03-31``; a date with a time of day is refused."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = word(value) or ""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        timed = isinstance(value, dt.datetime) or re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", text)
        problem = "but a date has no time of day" if timed else "but a date is written 2026-03-31"
        raise (refuse if timed else unlike)(problem, "write year-month-day", "day")
    year, month, day = map(int, match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise refuse(_impossible(year, month), "write a date that exists", "day") from error


def _impossible(year: int, month: int) -> str:
    if not 1 <= month <= 12:
        return f"but there is no month {month}"
    if year < 1:
        return "but there is no year 0"
    last = (dt.date(year, month, 28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return f"but {last:%B} {year} has {last.day} days"


def parse_name(value: Any) -> str:
    """Read an id: letters, digits, ``_`` and ``-``."""
    if isinstance(value, str) and len(value) <= 60 and _NAME.fullmatch(value):
        return value
    raise unlike("but an id has only letters, digits, _ and -", "rename it, at most 60 characters", "name")

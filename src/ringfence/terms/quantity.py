"""What a term sheet writes, read into floats in base units.

Annotate a field with one of these types; the value is then a plain number:

    Money        [USD]      55_000 USD, 0.5bn USD, 5.5 USDbn, 10 USD m; never negative
    Power        [MW]       150 MW, 0.5 GW
    Energy       [MWh]      1_200 MWh
    Share        [ratio]    70% or 0.70, from 0 to 1
    OpenShare    [ratio]    the same without the upper limit
    Rate         [1/year]   7.1%, 300bp or 0.071
    Duration     [month]    5y, 18m, 2q, 6w, 30d, 1y6m; weeks and days count 30.4375 days to a month
    Day          date       2026-03-31
    Pricing      Pricing    SOFR + 3.00%, TIBOR + 60bp, 7.1%
    Factor       [ratio]    a plain positive number: 1.30
    Count        int        100_000
    Name         str        an id: lower or upper case letters, digits, _ and -

Any other unit: ``Annotated[float, amount_in("USD/kW")]``; ``sign="any"`` admits negative
amounts, ``sign="positive"`` refuses zero. An amount without its unit is refused, because nobody
can tell dollars from millions; only a bare 0 is the same in every unit. Percentages and basis
points exist at input only. What cannot be decided without guessing (``1,500``, ``70`` for a
share) is refused with the way to write it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticSerializationUnexpectedValue, core_schema

from ringfence.errors import QuantityError, RingfenceError
from ringfence.terms.source import shorten

DAYS_PER_MONTH = 30.4375
"""Days in a month where a tenor is written in weeks or days. [day/month]"""

Sign = Literal["positive", "not negative", "any"]

_NUMBER = r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?"
_AMOUNT = re.compile(rf"({_NUMBER})\s*(?:(k|m|mn|bn)\s*(?=USD))?(\S.*)?", re.ASCII)
_PERCENT = re.compile(rf"({_NUMBER})\s*(%|bps?)", re.ASCII)
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
_PRICING = re.compile(rf"([A-Za-z][A-Za-z0-9_-]*)(?:\s*([-+])\s*({_NUMBER}\s*(?:%|bps?)))?", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)
_LONGEST = 200


@dataclass(frozen=True)
class Quantity:
    """How a value is written: its parser, its writer and what the JSON Schema says of it.

    Parameters
    ----------
    kind
        Type of the value once read.
    parse
        Reads a written value; raises :class:`QuantityError` when it cannot.
    write
        Writes the value back so that it reads to the same number.
    schema
        JSON Schema of what may be written, with description and examples.
    """

    kind: type
    parse: Callable[[Any], Any]
    write: Callable[[Any], Any]
    schema: dict[str, Any] = field(compare=False, repr=False)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by the parser alone; write back the term-sheet form in JSON."""
        return core_schema.no_info_plain_validator_function(
            self.parse,
            serialization=core_schema.plain_serializer_function_ser_schema(self._written, when_used="json"),
        )

    def _written(self, value: Any) -> Any:
        """Write a value of this kind, and leave any other to the next member of a union."""
        if not isinstance(value, self.kind):
            raise PydanticSerializationUnexpectedValue(f"{value!r} is not a {self.kind.__name__}")
        return self.write(value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return what an editor needs to complete and check the value while it is typed."""
        return dict(self.schema)


def _refuse(problem: str, fix: str, rule: str) -> QuantityError:
    """Return the refusal of a value that has the right form."""
    return QuantityError(problem, fix=fix, rule=rule)


def _unlike(problem: str, fix: str, rule: str) -> QuantityError:
    """Return the refusal of a value that has another form altogether."""
    return QuantityError(problem, fix=fix, rule=rule, near=False)


def _text(value: Any) -> str | None:
    return value.strip() if isinstance(value, str) and len(value) <= _LONGEST else None


def _float(text: str) -> float:
    return float(text.replace("_", ""))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) if isinstance(value, float) else abs(value) < 10**300


# Amounts ------------------------------------------------------------------------------------------


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
    if _is_number(value):
        if value == 0:
            return _signed(0.0, sign)
        raise _refuse("but an amount carries its unit", f"write the unit: {_plain(value)} {unit}", "amount")
    text = _text(value)
    match = _AMOUNT.fullmatch(text) if text else None
    if match is None or (match[3] or "").startswith((",", ".", "'")):
        raise _unlike(f"but an amount in {unit} is expected", _amount_fix(text or "", unit), "amount")
    number, magnitude, written = match.groups()
    scale = _scale(written, unit, number)
    amount = _float(number) * _MAGNITUDE[magnitude] * scale
    if not math.isfinite(amount):
        raise _refuse("but an amount is a finite number", "", "amount")
    return _signed(amount, sign)


def _amount_fix(text: str, unit: str) -> str:
    if re.search(r"[0-9],[0-9]", text):
        return f"write digits without commas: {shorten(text.replace(',', '_'), 40)}"
    return f"write a number and its unit: 10 {unit}" if unit != "USD" else "write a number and its unit: 55_000 USD"


def _scale(written: str | None, unit: str, number: str) -> float:
    """Return the factor from the unit `written` to base units, if it is of the same dimension as `unit`."""
    from ringfence.units import parse_unit

    if not written or written in _MAGNITUDE:
        raise _refuse("but an amount carries its unit", f"write the unit: {number}{written or ''} {unit}", "amount")
    try:
        got, scale = parse_unit(_SCALED.sub(r"USD\1", written).replace("USDmn", "USDm"))
    except (RingfenceError, ValueError) as error:
        fix = f"write it in {unit}" + (", the only currency so far" if unit == "USD" else "")
        raise _refuse(f"but {shorten(written, 30)} is not a known unit", fix, "unit") from error
    if got != parse_unit(unit)[0]:
        raise _refuse(f"but an amount in {unit} is expected", f"write it in {unit}", "unit")
    return float(scale)


def _signed(amount: float, sign: Sign) -> float:
    if amount < 0 and sign != "any":
        raise _refuse("but it cannot be negative", "amounts are magnitudes: drop the minus sign", "sign")
    if amount == 0 and sign == "positive":
        raise _refuse("but it must be above zero", "write an amount above zero, or leave the term out", "sign")
    return amount


def _plain(value: float) -> str:
    return shorten(f"{value:_}" if isinstance(value, int) else f"{value:_g}" if abs(value) < 1e15 else repr(value), 40)


@lru_cache(maxsize=256)
def amount_in(unit: str, *, sign: Sign = "not negative") -> Quantity:
    """Return the marker of an amount in `unit`, for ``Annotated[float, amount_in("USD/kW")]``.

    Parameters
    ----------
    unit
        Unit wanted; the field's value is in base units, so ``USD/kW`` gives USD per MW.
    sign
        ``not negative`` (default), ``positive`` or ``any``.

    Returns
    -------
    Quantity
        The marker.
    """

    def parse(value: Any) -> float:
        return parse_amount(value, unit, sign=sign)

    def write(value: float) -> str:
        from ringfence.units import parse_unit

        return f"{value / parse_unit(unit)[1]!r} {unit}"

    return Quantity(float, parse, write, _amount_schema(unit))


_EXAMPLES = {"USD": ["55_000 USD", "0.5bn USD", "5.5 USDbn", "10 USD m"], "MW": ["150 MW", "0.5 GW"]}


def _amount_schema(unit: str) -> dict[str, Any]:
    text = {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*\S.*$"}
    return {
        "anyOf": [text, {"const": 0}],
        "description": f"An amount with its unit: {unit} or a multiple of it.",
        "examples": _EXAMPLES.get(unit, [f"1.60 {unit}"]),
        "x-unit": unit,
    }


# Shares, rates, plain numbers -----------------------------------------------------------------------


def parse_share(value: Any, *, limit: float = 1.0) -> float:
    """Read a share: ``70%`` or 0.70; `limit` is the largest accepted. [ratio]"""
    share = _percentage(value, "but a share is written 70% or 0.70", "write a percentage or a fraction", "share")
    if share < 0:
        raise _refuse("but a share cannot be negative", "write a share from 0% to 100%", "share")
    if share > limit:
        bare = _is_number(value)
        fix = f"write {_plain(value)}% if percent is meant" if bare and value <= 100 else "write at most 100%"
        raise _refuse("but a share is at most 1, that is 100%", fix, "share")
    return share


def parse_rate(value: Any) -> float:
    """Read a rate per year: ``7.1%``, ``300bp`` or 0.071; above 2 (200 %) it is refused. [1/year]"""
    rate = _percentage(
        value, "but a rate is written 7.1%, 300bp or 0.071", "write a percentage or basis points", "rate"
    )
    if rate > 2:
        if _is_number(value):
            raise _refuse(f"which is {rate:.0%} a year", f"write {_plain(value)}% if percent is meant", "rate")
        raise _refuse("above 200% a year", "write a rate per year", "rate")
    if rate <= -1:
        raise _refuse("but a rate cannot be -100% a year or less", "write a rate per year", "rate")
    return rate


def _percentage(value: Any, problem: str, fix: str, rule: str) -> float:
    """Read a number, a percentage or basis points as a fraction."""
    if _is_number(value):
        return float(value)
    text = _text(value)
    match = _PERCENT.fullmatch(text) if text else None
    if match is None:
        raise _unlike(problem, fix, rule)
    return _fraction(match[1], match[2], rule)


def _fraction(number: str, unit: str, rule: str) -> float:
    fraction = _float(number) / (100.0 if unit == "%" else 10_000.0)
    if not math.isfinite(fraction):
        raise _refuse("but a finite number is expected", "", rule)
    return fraction


def parse_factor(value: Any) -> float:
    """Read a plain positive number, such as a cover of 1.30. [ratio]"""
    if isinstance(value, str) and (match := re.fullmatch(rf"({_NUMBER})\s*x", value.strip()[:_LONGEST])):
        value = _float(match[1])
    if not _is_number(value):
        raise _unlike("but a plain number is expected", "write a number such as 1.30", "number")
    if value <= 0:
        raise _refuse("but it must be above zero", "write a number above zero", "number")
    return float(value)


def parse_count(value: Any) -> int:
    """Read a whole number, not negative."""
    if not _is_number(value) or value != int(value) or abs(value) > 1e15:
        raise _unlike("but a whole number is expected", "write a whole number such as 100_000", "number")
    if value < 0:
        raise _refuse("but a count cannot be negative", "write a whole number such as 100_000", "number")
    return int(value)


# Time -----------------------------------------------------------------------------------------------


def parse_duration(value: Any) -> float:
    """Read a tenor: ``5y``, ``18m``, ``2q``, ``1y6m``, ``6w``, ``30d``. [month]

    Examples
    --------
    >>> parse_duration("5y"), parse_duration("1y6m"), parse_duration("2q")
    (60.0, 18.0, 6.0)
    """
    if _is_number(value):
        if value == 0:
            return 0.0
        number = _plain(value)
        raise _refuse("but a duration carries its unit", f"write {number}y, {number}m or {number}d", "duration")
    text = _text(value) or ""
    parts = _DURATION.findall(text)
    units = [_WORDS.get(unit.lower(), "") for _, unit in parts]
    if text == "0":
        return 0.0
    if not parts or not all(units) or len(set(units)) < len(units) or _DURATION.sub("", text):
        raise _unlike("but a duration is written 5y, 18m, 2q, 6w or 30d", _duration_fix(text), "duration")
    months = math.fsum(_float(number) * _MONTHS[unit] for (number, _), unit in zip(parts, units, strict=True))
    if months > 12_000:
        raise _refuse("longer than 1000 years", "write a shorter duration", "duration")
    return months


def _duration_fix(text: str) -> str:
    if text.startswith("-"):
        return "a duration is not negative: drop the minus sign"
    return "write years, quarters, months, weeks or days, as in 5y or 1y6m"


def parse_day(value: Any) -> dt.date:
    """Read a date as ``2026-03-31``; a date with a time of day is refused."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = _text(value) or ""
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    if match is None:
        timed = isinstance(value, dt.datetime) or re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]", text)
        problem = "but a date has no time of day" if timed else "but a date is written 2026-03-31"
        raise (_refuse if timed else _unlike)(problem, "write year-month-day", "day")
    year, month, day = map(int, match.groups())
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise _refuse(_impossible(year, month), "write a date that exists", "day") from error


def _impossible(year: int, month: int) -> str:
    if not 1 <= month <= 12:
        return f"but there is no month {month}"
    if year < 1:
        return "but there is no year 0"
    last = (dt.date(year, month, 28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
    return f"but {last:%B} {year} has {last.day} days"


# Pricing --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pricing:
    """What a loan costs: an index and a margin over it, or a fixed rate.

    Parameters
    ----------
    index
        Name of the curve, for example ``SOFR``; None where the rate is fixed.
    margin
        Added to the index, or the fixed rate itself. [1/year]
    """

    index: str | None
    margin: float

    @property
    def floating(self) -> bool:
        """Whether the rate follows an index."""
        return self.index is not None

    def __str__(self) -> str:
        """Return the pricing as a term sheet writes it."""
        percent = f"{abs(self.margin) * 100:.10f}".rstrip("0")
        percent = percent + "0" * (2 - len(percent.partition(".")[2]))
        if self.index is None:
            return f"{'-' if self.margin < 0 else ''}{percent}%"
        return f"{self.index} {'-' if self.margin < 0 else '+'} {percent}%"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate by :func:`parse_pricing`."""
        return core_schema.no_info_plain_validator_function(
            parse_pricing,
            serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return what an editor needs."""
        return {
            "anyOf": [{"type": "string", "pattern": r"(%|bps?)\s*$|^[A-Za-z][A-Za-z0-9_-]*$"}, {"type": "number"}],
            "description": "An index and a margin, or a fixed rate per year.",
            "examples": ["SOFR + 3.00%", "TIBOR + 60bp", "7.1%"],
        }


def parse_pricing(value: Any) -> Pricing:
    """Read an index and a margin, or a fixed rate.

    Examples
    --------
    >>> parse_pricing("TIBOR + 60bp")
    Pricing(index='TIBOR', margin=0.006)
    """
    if isinstance(value, Pricing):
        return value
    if isinstance(value, Mapping) and set(value) == {"index", "margin"} and isinstance(value["index"], str | None):
        return Pricing(value["index"], parse_rate(value["margin"]))
    text = _text(value)
    match = _PRICING.fullmatch(text) if text else None
    if match is not None:
        index, sign, margin = match.groups()
        return Pricing(index, parse_rate(f"{sign if sign == '-' else ''}{margin.lstrip('+-')}") if margin else 0.0)
    if _is_number(value) or (text and _PERCENT.fullmatch(text)):
        return Pricing(None, parse_rate(value))
    raise _unlike(
        "but pricing is an index and a margin, or a fixed rate",
        "write SOFR + 3.00%, TIBOR + 60bp or 7.1%",
        "pricing",
    )


def parse_name(value: Any) -> str:
    """Read an id: letters, digits, ``_`` and ``-``."""
    if isinstance(value, str) and len(value) <= 60 and _NAME.fullmatch(value):
        return value
    raise _unlike("but an id has only letters, digits, _ and -", "rename it, at most 60 characters", "name")


# The types ------------------------------------------------------------------------------------------


def _schema(description: str, examples: list[Any], *forms: dict[str, Any]) -> dict[str, Any]:
    form = {"anyOf": list(forms)} if len(forms) > 1 else forms[0]
    return {**form, "description": description, "examples": examples}


def _duration_text(months: float) -> str:
    return f"{months!r}m"


_PERCENT_TEXT = {"type": "string", "pattern": rf"^\s*{_NUMBER}\s*(%|bps?)\s*$"}

Money = Annotated[float, amount_in("USD")]
SignedMoney = Annotated[float, amount_in("USD", sign="any")]
Power = Annotated[float, amount_in("MW")]
Energy = Annotated[float, amount_in("MWh")]
Share = Annotated[
    float,
    Quantity(
        float,
        parse_share,
        float,
        _schema("A share from 0 to 1.", ["70%", 0.7], _PERCENT_TEXT, {"type": "number", "minimum": 0, "maximum": 1}),
    ),
]
OpenShare = Annotated[
    float,
    Quantity(
        float,
        lambda value: parse_share(value, limit=math.inf),
        float,
        _schema("A share, not negative.", ["115%", 1.15], _PERCENT_TEXT, {"type": "number", "minimum": 0}),
    ),
]
Rate = Annotated[
    float,
    Quantity(
        float,
        parse_rate,
        float,
        _schema(
            "A rate per year.",
            ["7.1%", "300bp", 0.071],
            _PERCENT_TEXT,
            {"type": "number", "exclusiveMinimum": -1, "maximum": 2},
        ),
    ),
]
Duration = Annotated[
    float,
    Quantity(
        float,
        parse_duration,
        _duration_text,
        _schema(
            "A length of time, in months once read.",
            ["5y", "18m", "2q", "6w", "30d", "1y6m"],
            {"type": "string", "pattern": r"^\s*([0-9][0-9_]*(\.[0-9]+)?\s*[A-Za-z]+\s*)+$"},
            {"const": 0},
        ),
    ),
]
Day = Annotated[
    dt.date,
    Quantity(
        dt.date,
        parse_day,
        dt.date.isoformat,
        _schema("A date.", ["2026-03-31"], {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
    ),
]
Factor = Annotated[
    float,
    Quantity(
        float,
        parse_factor,
        float,
        _schema("A plain positive number.", [1.3], {"type": "number", "exclusiveMinimum": 0}),
    ),
]
Count = Annotated[
    int, Quantity(int, parse_count, int, _schema("A whole number.", [100_000], {"type": "integer", "minimum": 0}))
]
Name = Annotated[
    str,
    Quantity(
        str,
        parse_name,
        str,
        _schema("An id.", ["senior"], {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$"}),
    ),
]

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
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticSerializationUnexpectedValue, core_schema

from ringfence.terms.pricing import Pricing, parse_pricing
from ringfence.terms.written import (
    NUMBER,
    Sign,
    parse_amount,
    parse_count,
    parse_day,
    parse_duration,
    parse_factor,
    parse_name,
    parse_rate,
    parse_share,
)

__all__ = [
    "Count",
    "Day",
    "Duration",
    "Energy",
    "Factor",
    "Money",
    "Name",
    "OpenShare",
    "Power",
    "Pricing",
    "Quantity",
    "Rate",
    "Share",
    "Sign",
    "SignedMoney",
    "amount_in",
    "parse_amount",
    "parse_count",
    "parse_day",
    "parse_duration",
    "parse_factor",
    "parse_name",
    "parse_pricing",
    "parse_rate",
    "parse_share",
]


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
    text = {"type": "string", "pattern": rf"^\s*{NUMBER}\s*\S.*$"}
    return {
        "anyOf": [text, {"const": 0}],
        "description": f"An amount with its unit: {unit} or a multiple of it.",
        "examples": _EXAMPLES.get(unit, [f"1.60 {unit}"]),
        "x-unit": unit,
    }


def _schema(description: str, examples: list[Any], *forms: dict[str, Any]) -> dict[str, Any]:
    form = {"anyOf": list(forms)} if len(forms) > 1 else forms[0]
    return {**form, "description": description, "examples": examples}


def _duration_text(months: float) -> str:
    return f"{months!r}m"


_PERCENT_TEXT = {"type": "string", "pattern": rf"^\s*{NUMBER}\s*(%|bps?)\s*$"}

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

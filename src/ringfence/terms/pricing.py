"""What a loan costs: an index and a margin over it, or a fixed rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ringfence.terms.written import NUMBER, PERCENT, is_number, parse_rate, unlike, word

_PRICING = re.compile(rf"([A-Za-z][A-Za-z0-9_-]*)(?:\s*([-+])\s*({NUMBER}\s*(?:%|bps?)))?", re.ASCII)


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
    text = word(value)
    match = _PRICING.fullmatch(text) if text else None
    if match is not None:
        index, sign, margin = match.groups()
        return Pricing(index, parse_rate(f"{sign if sign == '-' else ''}{margin.lstrip('+-')}") if margin else 0.0)
    if is_number(value) or (text and PERCENT.fullmatch(text)):
        return Pricing(None, parse_rate(value))
    raise unlike(
        "but pricing is an index and a margin, or a fixed rate",
        "write SOFR + 3.00%, TIBOR + 60bp or 7.1%",
        "pricing",
    )

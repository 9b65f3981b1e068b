"""The JSON Schema lets an editor complete and check a deal while it is typed."""

from __future__ import annotations

from tests.terms.small import Small

from ringfence.terms.model import Document
from ringfence.terms.quantity import Money, Pricing
from ringfence.terms.schema import json_schema


class Described(Document):
    amount: Money
    """What is lent."""
    pricing: Pricing = Pricing("SOFR", 0.03)


def test_it_is_a_2020_12_schema_of_the_file():
    """The schema names its dialect and id and knows the keys that belong to the file."""
    schema = json_schema(Small)

    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["$id"]
    assert {"extends", "scenarios", "deal", "contracts"} <= set(schema["properties"])
    assert schema["additionalProperties"] is False


def test_quantities_say_how_they_are_written():
    """An amount carries pattern, unit and examples."""
    price = json_schema(Small)["$defs"]["Gpus"]["properties"]["unit_price"]

    assert price["x-unit"] == "USD"
    assert "5.5 USDbn" in price["examples"]


def test_docstrings_become_descriptions():
    """The docstring under a field is its description; a default is written as in a term sheet."""
    properties = json_schema(Described)["properties"]

    assert properties["amount"]["description"] == "What is lent."
    assert properties["pricing"]["default"] == "SOFR + 3.00%"

"""The JSON Schema of a deal file, for editors that complete and check while one types.

The schema is the models' own, with the descriptions of fields written as docstrings, and the two
keys that belong to the file rather than to the deal: ``extends`` and ``scenarios``.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from ringfence.terms.model import Document, Term
from ringfence.terms.overlay import SCENARIO_KEYS
from ringfence.terms.quantity import Pricing

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = "https://ringfence.dev/schema/deal.json"


class _Schema(GenerateJsonSchema):
    """Pydantic's generator without a title on every field: the key is its own title."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Say that no field needs a title."""
        return False

    def encode_default(self, default: Any) -> Any:
        """Write a default as a term sheet would."""
        return str(default) if isinstance(default, Pricing) else super().encode_default(default)


def json_schema(model: type[Document] | None = None) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a deal file.

    Parameters
    ----------
    model
        Another document model than :class:`Deal`.

    Returns
    -------
    dict
        The schema, ready for :func:`json.dump`.
    """
    if model is None:
        from ringfence.terms.deal import Deal

        model = Deal
    schema = model.model_json_schema(schema_generator=_Schema)
    for name, term in _terms(model):
        _describe(schema.get("$defs", {}).get(name, {}), term)
    _describe(schema, model)
    schema["properties"] |= _file_keys()
    return {"$schema": DIALECT, "$id": ID, **schema}


def _file_keys() -> dict[str, Any]:
    override = "a path (contracts.senior.margin) or a nested mapping of values to change"
    scenario = {
        "type": "object",
        "description": "Overrides by path or nested; null takes a key out.",
        "properties": {key: {"type": "string", "description": text} for key, text in SCENARIO_KEYS.items()},
        "additionalProperties": {"description": override},
    }
    return {
        "extends": {"type": "string", "pattern": r"\.ya?ml$", "description": "deal file that this one changes"},
        "scenarios": {
            "type": "object",
            "description": "Named sets of overrides.",
            "additionalProperties": scenario,
        },
    }


def _describe(schema: dict[str, Any], term: type[Term]) -> None:
    """Add field docstrings as descriptions where the field has none of its own."""
    properties = schema.get("properties", {})
    for name, text in field_docs(term).items():
        field = term.model_fields.get(name)
        key = str(field.validation_alias or field.alias or name) if field is not None else name
        if field is not None and field.description is None and key in properties:
            properties[key]["description"] = text


def _terms(base: type[Term]) -> Iterator[tuple[str, type[Term]]]:
    """Yield every term loaded so far, by class name."""
    stack = [Term]
    while stack:
        for term in stack.pop().__subclasses__():
            stack.append(term)
            if term is not base:
                yield term.__name__, term


@lru_cache(maxsize=512)
def field_docs(term: type[Term]) -> dict[str, str]:
    """Return the docstrings written under the fields of a term, read from its source.

    Parameters
    ----------
    term
        The model.

    Returns
    -------
    dict[str, str]
        Field name to docstring; empty where the source cannot be read.
    """
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(term))).body[0]
    except (OSError, TypeError, SyntaxError):
        return {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    return {
        field.target.id: inspect.cleandoc(doc.value.value)
        for field, doc in itertools.pairwise(statements)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(doc, ast.Expr)
        and isinstance(doc.value, ast.Constant)
        and isinstance(doc.value.value, str)
    }

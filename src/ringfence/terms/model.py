"""The base of every term: frozen, closed, without arithmetic.

A :class:`Term` refuses keys it does not know and values of the wrong kind: a flag is ``true``
or ``false`` (never ``no``, ``1`` or ``"yes"``), a number is a number (never ``"5"`` or ``true``).
What a term sheet writes in words (``5y``, ``300bp``) is read by the types of ``quantity.py``.

:class:`Document` is a whole file: a term that also remembers where each of its values was written.
"""

from __future__ import annotations

from typing import Any, ClassVar

import pydantic
from pydantic import ConfigDict, GetCoreSchemaHandler, PrivateAttr
from pydantic_core import CoreSchema

from ringfence.errors import Finding
from ringfence.terms.node import Node
from ringfence.terms.source import SourceMap

_EXACT = {"bool", "int", "float", "str", "date"}


class Term(pydantic.BaseModel):
    """A frozen model of something agreed; unknown keys are errors.

    Field descriptions may be written as ``Field(description=...)`` or as a docstring under the
    field; both reach the JSON Schema (``terms/schema.py``).
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(
        frozen=True,
        extra="forbid",
        allow_inf_nan=False,
        defer_build=True,
        populate_by_name=True,
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Build the validator with plain scalars read exactly, without conversion."""
        schema = handler(source)
        _read_exactly(schema)
        return schema

    def __repr_args__(self) -> Any:
        """Yield the fields that differ from their defaults, so that a repr stays readable."""
        fields = type(self).model_fields
        for name, value in super().__repr_args__():
            field = fields.get(name or "")
            if field is None or field.is_required() or value != field.get_default(call_default_factory=True):
                yield name, value


class Document(Term):
    """A term that is a whole file and knows where each of its values was written.

    A document built in Python has no sources; :meth:`where` then names the path alone.
    """

    _sources: SourceMap = PrivateAttr(default_factory=SourceMap)
    _findings: tuple[Finding, ...] = PrivateAttr(default=())
    _scenario: str | None = PrivateAttr(default=None)
    _scenarios: dict[str, Node] = PrivateAttr(default_factory=dict)
    _tree: Node | None = PrivateAttr(default=None)
    _agreed: Node | None = PrivateAttr(default=None)

    @property
    def sources(self) -> SourceMap:
        """File and line of every value that was written."""
        return self._sources

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Warnings and notes collected while reading; errors are raised instead."""
        return self._findings

    @property
    def scenario(self) -> str | None:
        """Name of the scenario this document was read under, or None."""
        return self._scenario

    @property
    def scenarios(self) -> dict[str, str]:
        """Every scenario of the file with its description."""
        found = {name: node.value.get("description") for name, node in self._scenarios.items()}
        return {name: str(node.value) if node is not None else "" for name, node in found.items()}

    @property
    def scenario_bases(self) -> dict[str, str]:
        """Scenario -> the scenario it is applied on top of; empty text for the deal as agreed."""
        found = {name: node.value.get("after") for name, node in self._scenarios.items()}
        return {name: str(node.value) if node is not None else "" for name, node in found.items()}

    def check(self) -> list[Finding]:
        """Return contradictions between terms; a model with such rules overrides this."""
        return []

    def where(self, path: str) -> str:
        """Return where `path` was written, as ``deal.yaml:41  contracts.senior.margin = SOFR + 3.00%``."""
        return self._sources.where(path)

    def __eq__(self, other: object) -> bool:
        """Compare what was agreed, not where it was written."""
        return type(self) is type(other) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]


def _read_exactly(schema: Any) -> None:
    """Make every plain scalar inside a core schema strict; keys of mappings are always text and stay lax."""
    if isinstance(schema, dict):
        if isinstance(kind := schema.get("type"), str) and kind in _EXACT:
            schema["strict"] = True
        for key, value in schema.items():
            if key not in ("keys_schema", "serialization", "metadata", "default"):
                _read_exactly(value)
    elif isinstance(schema, list | tuple):
        for item in schema:
            _read_exactly(item)

"""Terms are frozen, closed and read plain values exactly."""

from __future__ import annotations

import pytest
from pydantic import Field, ValidationError

from ringfence.terms.model import Document, Term
from ringfence.terms.quantity import Money
from ringfence.terms.source import Source, SourceMap


class Plain(Term):
    flag: bool = False
    count: int | None = Field(None, gt=0)
    number: float = 1.0
    word: str = ""
    by_name: dict[str, float] = Field(default_factory=dict)
    money: Money = 0.0


@pytest.mark.parametrize(
    "values",
    [
        {"flag": "no"},
        {"flag": 1},
        {"flag": "true"},
        {"count": True},
        {"count": "4"},
        {"count": 4.5},
        {"number": "3"},
        {"number": True},
        {"number": float("nan")},
        {"number": float("inf")},
        {"word": 5},
        {"by_name": {"a": "5"}},
        {"unknown": 1},
    ],
    ids=str,
)
def test_plain_values_are_not_converted(values):
    """A flag is true or false, a number a number, a word a word, and no key is unknown."""
    with pytest.raises(ValidationError):
        Plain.model_validate(values)


def test_whole_numbers_are_numbers():
    """A whole number may stand where a number is expected."""
    assert Plain.model_validate({"number": 3, "by_name": {"a": 1}}).number == 3.0


def test_terms_are_frozen():
    """A term cannot be changed after it was read."""
    with pytest.raises(ValidationError):
        Plain().flag = True  # type: ignore[misc]


def test_repr_shows_what_was_agreed():
    """A repr leaves out what is at its default."""
    assert repr(Plain.model_validate({"count": 3})) == "Plain(count=3)"


class Whole(Document):
    deal: str


def test_documents_compare_by_terms():
    """Two documents with the same terms are equal wherever they were written."""
    a, b = Whole(deal="x"), Whole(deal="x")
    a._sources = SourceMap({"deal": Source("a.yaml", 1, "x")})

    assert a == b
    assert a != Whole(deal="y")
    assert a.where("deal") == "a.yaml:1  deal = x"
    assert b.where("deal") == "deal"

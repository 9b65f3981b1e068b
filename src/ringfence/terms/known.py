"""Which keys a place of a deal may have, read off the models.

:func:`keys_at` walks the annotations beside the plain data, so that an unknown key is answered with
the nearest key of the very contract or asset it stands in.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ringfence.terms.model import Term

Path = tuple[str | int, ...]


def keys_at(model: type[Term], data: Any, path: Path) -> dict[str, str] | None:
    """Return the keys a mapping at `path` may have, with their descriptions.

    Parameters
    ----------
    model
        Model of the whole document.
    data
        Plain data of the whole document, as written; it decides between types (``type: loan``).
    path
        Place of the mapping.

    Returns
    -------
    dict[str, str] or None
        Keys with descriptions; None where keys are free (ids) or the place holds no mapping.
    """
    keys = {name: text for term in _terms_at(model, data, path) for name, (_, text) in _fields(term).items()}
    return keys or None


def words_at(model: type[Term], data: Any, path: Path, key: str) -> list[str]:
    """Return the words that `key` of the mapping at `path` may take, where it has a fixed list."""
    terms = _terms_at(model, data, path)
    annotations = [_fields(term)[key][0] for term in terms if key in _fields(term)]
    return [str(word) for a in annotations if get_origin(a) is Literal for word in get_args(a)]


def _terms_at(model: type[Term], data: Any, path: Path) -> list[type[Term]]:
    annotations: list[Any] = [model]
    for step in path:
        annotations = [below for a in _fitting(annotations, data) for below in _below(a, step)]
        data = _item(data, step)
    return [a for a in _fitting(annotations, data) if _is_term(a)]


def _fitting(annotations: Sequence[Any], data: Any) -> list[Any]:
    """Return the members of all unions; of several models, those whose fixed words agree with the data."""
    members = [m for a in annotations for m in _members(a)]
    terms = [m for m in members if _is_term(m)]
    if len(terms) < 2 or not isinstance(data, Mapping):
        return members
    agreeing = [term for term in terms if _agrees(term, data)]
    return [m for m in members if not _is_term(m) or m in (agreeing or terms)]


def _agrees(term: type[Term], data: Mapping[str, Any]) -> bool:
    for name, (annotation, _) in _fields(term).items():
        if get_origin(annotation) is Literal and name in data and data[name] not in get_args(annotation):
            return False
    return True


def _members(annotation: Any) -> Iterator[Any]:
    """Yield the alternatives of an annotation, without its markers."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    elif hasattr(annotation, "__value__"):
        yield from _members(annotation.__value__)
    else:
        yield annotation


def _below(annotation: Any, step: str | int) -> Iterator[Any]:
    """Yield what may stand one step below a place with this annotation."""
    if _is_term(annotation):
        found = _fields(annotation).get(str(step))
        if found:
            yield found[0]
        return
    origin, args = get_origin(annotation), get_args(annotation)
    if origin in (dict, Mapping) and len(args) == 2:
        yield args[1]
    elif isinstance(origin, type) and issubclass(origin, Sequence):
        yield from (a for a in args if a is not Ellipsis)


def _fields(term: type[Term]) -> dict[str, tuple[Any, str]]:
    """Return annotation and description of every key, by the name it is written with."""
    if not term.__pydantic_fields_complete__:
        term.model_rebuild(raise_errors=False)
    return {
        str(field.validation_alias or field.alias or name): (field.annotation, field.description or "")
        for name, field in term.model_fields.items()
    }


def _item(data: Any, step: str | int) -> Any:
    try:
        return data[step] if isinstance(data, Mapping) else data[int(step)] if isinstance(data, list) else None
    except (KeyError, IndexError, ValueError):
        return None


def _is_term(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Term)

"""Refusals of the models, said in the words of the deal.

:func:`translate` turns pydantic's errors into findings: the place with file and line, what was read,
what is allowed, and the nearest known key or word.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pydantic

from ringfence.errors import Finding, QuantityError, did_you_mean, nearest
from ringfence.terms.findings import finding, listed
from ringfence.terms.known import Path, keys_at, words_at
from ringfence.terms.model import Term
from ringfence.terms.source import SourceMap, shorten

MOST = 200
"""Mistakes that are said one by one; a file with more is not a deal with mistakes but another kind of file."""

_KINDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "date": "a date",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping of ids to terms",
    "mapping": "a mapping of ids to terms",
    "model": "a mapping of terms",
    "dataclass": "a mapping of terms",
    "none": "nothing",
}
_LIMITS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}


@dataclass(frozen=True)
class _Error:
    """One pydantic error, placed in the data as written."""

    kind: str
    path: Path
    branches: tuple[tuple[int, str], ...]
    key: bool
    value: Any
    context: Mapping[str, Any]
    message: str

    @property
    def name(self) -> str:
        return dotted(self.path)


@dataclass(frozen=True)
class _Desk:
    """What every sentence needs: the model, the data as written and where it was written."""

    model: type[Term]
    data: Any
    sources: SourceMap

    def read(self, error: _Error) -> str:
        """Return the value as it was read, ready to follow "is"."""
        value = error.value
        if shape := _shape(value):
            return shape
        source = None if error.key else self.sources.get(error.name)
        text = source.text if source and source.text else str(value)
        if isinstance(value, str) and error.kind.removesuffix("_type") in _KINDS:
            return f"the text {shorten(text, 60)!r}"
        return shorten(text, 60)

    def say(self, rule: str, error: _Error, problem: str, fix: str = "") -> Finding:
        """Return a finding "<path> is <value>, <problem>."."""
        subject = f"a key of {dotted(error.path[:-1])}" if error.key else error.name or "the deal"
        message = f"{subject} is {self.read(error)}, {problem}."
        return finding(rule, message, where=[self.sources.where(error.name)], fix=fix)


def _shape(value: Any) -> str:
    """Return what a value is called that has no text of its own, else an empty string."""
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, list | tuple) else "empty" if value is None else ""


def dotted(path: Path) -> str:
    """Return a path as it is written in findings and after ``--set``."""
    return ".".join(map(str, path))


def translate(error: pydantic.ValidationError, model: type[Term], data: Any, sources: SourceMap) -> list[Finding]:
    """Return one finding for each mistake.

    Parameters
    ----------
    error
        What the model raised.
    model
        The model.
    data
        Plain data the model was given.
    sources
        Where the data was written.

    Returns
    -------
    list of Finding
        In the order of the file; mistakes that are one and the same (``lendr`` unknown, ``lender``
        missing) are said once.
    """
    desk = _Desk(model, data, sources)
    told = error.errors(include_url=False, include_input=True)
    errors = [e for e in (_placed(details, data) for details in told[:MOST]) if not _echo(e)]
    findings = [_sentence(desk, group) for group in _groups(errors)]
    misspelt = {_suggestion(desk, e) for e in errors if e.kind == "extra_forbidden"}
    kept = [(f, path) for f, path in findings if path not in misspelt or f.name != "missing-key"]
    kept.sort(key=lambda found: _line(desk, found[1]))
    return [*dict.fromkeys(f for f, _ in kept), *_rest(len(told) - MOST)]


def _rest(more: int) -> list[Finding]:
    """Return what is said instead of the mistakes beyond the first few hundred."""
    return [finding("limits", f"{more:_} more mistakes are not listed.", level="note")] if more > 0 else []


def _line(desk: _Desk, path: Path) -> tuple[str, int]:
    source = desk.sources.nearest(dotted(path))
    return (source.file, source.line) if source else ("", 0)


# Placing -------------------------------------------------------------------------------------------


def _placed(details: Any, data: Any) -> _Error:
    """Place an error: keys of the data stay in the path, names of union members become the branch."""
    path: list[str | int] = []
    branches: list[tuple[int, str]] = []
    last = len(details["loc"]) - 1
    for position, step in enumerate(details["loc"]):
        if isinstance(data, Mapping) and str(step) in data:
            path.append(str(step))
            data = data[str(step)]
        elif isinstance(data, list) and isinstance(step, int) and step < len(data):
            path.append(step)
            data = data[step]
        elif position == last and details["type"] == "missing":
            path.append(step)
        elif step != "[key]":
            branches.append((len(path), str(step)))
    key = "[key]" in details["loc"]
    value = details["input"] if key else data
    return _Error(details["type"], tuple(path), tuple(branches), key, value, details.get("ctx", {}), details["msg"])


def _echo(error: _Error) -> bool:
    """Whether a list is called too short only because its entries were refused, which is said already."""
    return error.kind == "too_short" and len(error.value) >= error.context.get("min_length", 0)


def _groups(errors: Iterable[_Error]) -> Iterator[list[_Error]]:
    """Yield errors that are one mistake together; of a union, only the member that fits best."""
    errors = list(errors)
    labels: dict[tuple[Path, int], set[str]] = defaultdict(set)
    for error in errors:
        for depth, label in error.branches:
            labels[error.path[:depth], depth].add(label)
    unions: dict[Path, dict[str, list[_Error]]] = {}
    order: list[Path | _Error] = []
    for error in errors:
        branch = next((b for b in error.branches if len(labels[error.path[: b[0]], b[0]]) > 1), None)
        if branch is None:
            order.append(error)
        else:
            at = error.path[: branch[0]]
            order += [] if at in unions else [at]
            unions.setdefault(at, {}).setdefault(branch[1], []).append(error)
    for item in order:
        if isinstance(item, _Error):
            yield [item]
        else:
            yield from _best(item, unions[item])


def _best(path: Path, members: Mapping[str, list[_Error]]) -> Iterator[list[_Error]]:
    """Yield the errors of the union member that fits best, or one group of scalar alternatives."""
    if len(members) > 1 and not any(_inside(e, path) for errors in members.values() for e in errors):
        yield [e for errors in members.values() for e in errors]
        return
    best = min(members.values(), key=lambda errors: (any(not _inside(e, path) for e in errors), len(errors)))
    for error in best:
        yield [error]


def _inside(error: _Error, union: Path) -> bool:
    """Whether the error lies inside the member of a union rather than refusing the value whole."""
    return len(error.path) > len(union) or error.kind in ("missing", "extra_forbidden")


# Saying --------------------------------------------------------------------------------------------


def _sentence(desk: _Desk, group: list[_Error]) -> tuple[Finding, Path]:
    error = _nearest_form(group)
    if len({e.message for e in group}) > 1 and error is None:
        return _alternatives(desk, group), group[0].path
    error = error or group[0]
    return _say(desk, error), error.path


def _nearest_form(group: list[_Error]) -> _Error | None:
    """Return the alternative whose form was met, if exactly one was."""
    near = [e for e in group if isinstance(e.context.get("error"), QuantityError) and e.context["error"].near]
    return near[0] if len(near) == 1 or (near and len(group) == 1) else None


def _alternatives(desk: _Desk, group: list[_Error]) -> Finding:
    clauses = dict.fromkeys(_clause(e).removeprefix("but ") for e in group)
    fixes = dict.fromkeys(_fix(e) for e in group)
    rule = next((e.context["error"].rule for e in group if isinstance(e.context.get("error"), QuantityError)), "value")
    return desk.say(rule, group[0], "but " + " or ".join(clauses), "; or ".join(f for f in fixes if f))


def _clause(error: _Error) -> str:
    refused = error.context.get("error")
    if isinstance(refused, QuantityError):
        return refused.problem
    if error.kind in ("literal_error", "enum"):
        return f"but {_words(error.context.get('expected', ''))} is expected"
    return f"but {_expected(error)} is expected"


def _fix(error: _Error) -> str:
    refused = error.context.get("error")
    return refused.fix if isinstance(refused, QuantityError) else ""


def _expected(error: _Error) -> str:
    kind = error.kind.partition("_")[0]
    return _KINDS.get(kind, "another value")


def _say(desk: _Desk, error: _Error) -> Finding:
    if error.kind in _SENTENCES:
        return _SENTENCES[error.kind](desk, error)
    if error.kind in _LIMITS:
        return _range(desk, error)
    if error.kind.endswith(("_type", "_parsing")):
        return _type(desk, error)
    return desk.say("value", error, f"but {error.message.removeprefix('Input should be ')} is expected")


def _type(desk: _Desk, error: _Error) -> Finding:
    expected = _expected(error)
    fix = f"write {expected}"
    if error.kind == "string_type" and not isinstance(error.value, Mapping | list | None):
        fix = f'put it in quotes: "{desk.read(error)}"'
    if expected == "a mapping of terms":
        keys = keys_at(desk.model, desk.data, error.path)
        fix += f" with the keys {listed(keys)}" if keys else ""
    return desk.say("type", error, f"but {expected} is expected", fix)


def _range(desk: _Desk, error: _Error) -> Finding:
    key, words = _LIMITS[error.kind]
    limit = f"{words} {error.context.get(key):g}"
    return desk.say("range", error, f"but it must be {limit}", f"write a value {limit}")


def _length(desk: _Desk, error: _Error) -> Finding:
    least, most = error.context.get("min_length"), error.context.get("max_length")
    limit = f"at least {least}" if least is not None else f"at most {most}"
    if error.kind.startswith("string"):
        return desk.say("range", error, f"but {limit} characters are expected", f"write {limit} characters")
    count = len(error.value) if isinstance(error.value, Mapping | list) else 0
    entries = f"{count} entr{'y' if count == 1 else 'ies'}"
    message = f"{error.name} has {entries}, but {limit} {'is' if limit.endswith(' 1') else 'are'} expected."
    return finding("range", message, where=[desk.sources.where(error.name)], fix=f"write {limit}")


def _missing(desk: _Desk, error: _Error) -> Finding:
    parent, key = error.path[:-1], str(error.path[-1])
    described = (keys_at(desk.model, desk.data, parent) or {}).get(key, "")
    fix = f"add {key}: to {dotted(parent) or 'the file'}" + (f" ({described})" if described else "")
    return finding("missing-key", f"{error.name} is missing.", where=[desk.sources.where(dotted(parent))], fix=fix)


def _unknown(desk: _Desk, error: _Error) -> Finding:
    key, known = str(error.path[-1]), _known(desk, error.path[:-1])
    near = nearest(key, known)
    message = f"{shorten(error.name, 120)} is not a known key{did_you_mean(near)}"
    fix = f"write {near}" if near else f"remove it, or write one of: {listed(known)}"
    return finding("unknown-key", message, where=[desk.sources.where(error.name)], fix=fix)


def _known(desk: _Desk, path: Path) -> list[str]:
    """Return the keys a mapping may have; a whole file may also extend another and hold scenarios."""
    keys = list(keys_at(desk.model, desk.data, path) or ())
    return keys if path else [*keys, "extends", "scenarios"]


def _suggestion(desk: _Desk, error: _Error) -> Path:
    near = nearest(str(error.path[-1]), _known(desk, error.path[:-1]))
    return (*error.path[:-1], near or "")


def _choice(desk: _Desk, error: _Error) -> Finding:
    return _one_of(desk, error.path, error.value, str(error.context.get("expected", "")))


def _tag_unknown(desk: _Desk, error: _Error) -> Finding:
    key = str(error.context.get("discriminator", "type")).strip("'")
    value = error.value.get(key) if isinstance(error.value, Mapping) else error.context.get("tag")
    return _one_of(desk, (*error.path, key), value, str(error.context.get("expected_tags", "")))


def _tag_missing(desk: _Desk, error: _Error) -> Finding:
    key = str(error.context.get("discriminator", "type")).strip("'")
    fix = f"add {key}: to {error.name}, one of: {listed(words_at(desk.model, desk.data, error.path, key))}"
    message = f"{dotted((*error.path, key))} is missing."
    return finding("missing-key", message, where=[desk.sources.where(error.name)], fix=fix)


def _one_of(desk: _Desk, path: Path, value: Any, expected: str) -> Finding:
    words = [word.strip("'\"") for word in expected.replace("' or '", "', '").split(", ")]
    near = nearest(value, words) if isinstance(value, str) else None
    read = _shape(value) or shorten(str(value), 60)
    question = did_you_mean(near)
    message = f"{dotted(path)} is {read}, which is not one of its choices{question}"
    return finding("choice", message, where=[desk.sources.where(dotted(path))], fix=f"write {_words(expected)}")


def _words(expected: str) -> str:
    words = expected.replace("' or '", "', '").replace("'", "")
    return words.replace(", ", " or ") if words.count(",") < 3 else f"one of: {words}"


def _refused(desk: _Desk, error: _Error) -> Finding:
    refused = error.context.get("error")
    if isinstance(refused, QuantityError) and not (refused.near and isinstance(error.value, Mapping)):
        return desk.say(refused.rule, error, refused.problem, refused.fix)
    text = str(refused or error.message).strip().rstrip(".").removeprefix("but ")
    message = text if not error.name or text.startswith(error.name) else f"{error.name}: {text}"
    rule, fix = (refused.rule, refused.fix) if isinstance(refused, QuantityError) else ("term", "")
    return finding(rule, f"{message}.", where=[desk.sources.where(error.name)], fix=fix)


_SENTENCES: dict[str, Callable[[_Desk, _Error], Finding]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _choice,
    "enum": _choice,
    "union_tag_invalid": _tag_unknown,
    "union_tag_not_found": _tag_missing,
    "value_error": _refused,
    "assertion_error": _refused,
    "too_short": _length,
    "too_long": _length,
    "string_too_short": _length,
    "string_too_long": _length,
    "finite_number": lambda desk, error: desk.say("number", error, "but a finite number is expected", "write a number"),
}

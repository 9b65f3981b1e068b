"""One value in a deal file, written anew in the style it stands in.

:func:`candidates` proposes; whoever asked proves each proposal by reading the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ringfence.errors import RingfenceError
from ringfence.terms.files import read_mapping
from ringfence.terms.node import paths
from ringfence.terms.source import Source

_NUMBER = re.compile(r"[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DURATION = re.compile(r"(?:[0-9.]+[ymqwd])+\Z")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


@dataclass(frozen=True)
class Written:
    """A value of a deal file.

    Parameters
    ----------
    content, file
        The deal file and its name.
    path
        Dotted path of the value.
    unit
        Of the input cell.
    value
        What the file says now. [unit]
    timeline
        Turns months since close into dates.
    scenario
        Scenario whose override it is; empty for the deal as agreed.
    """

    content: bytes
    file: str
    path: str
    unit: str
    value: float
    timeline: Any
    scenario: str = ""

    @property
    def own(self) -> str:
        """Where the value stands if it stands in the file: its path, or that of the scenario's override."""
        return f"scenarios.{self.scenario}.{self.path}" if self.scenario else self.path


def candidates(written: Written, value: float) -> Iterator[tuple[bytes, str, str]]:
    """Propose new contents of the file, best first: content, text before, text after.

    Parameters
    ----------
    written
        The value as it stands.
    value
        What it shall be. [unit]
    """
    places = _places(written)
    held = _holder(places, written.own)
    if held:
        for after in _texts(written, places[held].text, value):
            yield from _replaced(written.content, places[held], after)
        return
    if written.scenario:
        yield from _overridden(written, places, value)
        return
    for after in _texts(written, "", value):
        for content in _inserted(written, places, after):
            yield content, "(not written)", after


def dated_keys(written: Written, value: float) -> Iterator[tuple[bytes, str, str]]:
    """Propose contents in which a point of a curve stands at another date; see :func:`candidates`.

    Parameters
    ----------
    written
        The date as it stands, the last step of its path.
    value
        Where it shall stand. [month]
    """
    source, old = _places(written).get(written.own), written.path.rpartition(".")[2]
    day = day_of(written.timeline, value)
    if source is not None and day is not None:
        yield from _replaced(written.content, replace(source, text=old), day.isoformat())


def texts_of(content: bytes, name: str) -> dict[str, str]:
    """Return the text of every value of a deal file, by its path.

    Parameters
    ----------
    content, name
        The deal file and its name.
    """
    return {path: source.text for path, source in paths(read_mapping(content, name)) if source.text}


def is_dated(content: bytes, name: str, path: str) -> bool:
    """Say whether a value is written as a date.

    Parameters
    ----------
    content, name, path
        The deal file, its name, path of the value.
    """
    return _DAY.match(texts_of(content, name).get(path, "")) is not None


def day_of(timeline: Any, months: float) -> date | None:
    """Return the day nearest to a number of months after close; None where the calendar has none.

    Parameters
    ----------
    timeline
        Of the deal.
    months
        Since close. [month]
    """
    try:
        found: date = timeline.to_date(months)
    except (RingfenceError, ValueError, TypeError, ArithmeticError):
        return None
    return found


def _places(written: Written) -> dict[str, Source]:
    return dict(paths(read_mapping(written.content, written.file)))


def _holder(places: dict[str, Source], path: str) -> str:
    """Path of the text that holds a value, alone or among others, as ``pricing: SOFR + 3.00%`` holds the margin."""
    while path not in places and "." in path:
        path = path.rpartition(".")[0]
    return path if path in places and places[path].text else ""


def _overridden(written: Written, places: dict[str, Source], value: float) -> Iterator[tuple[bytes, str, str]]:
    """Write an override into a scenario, in the style of the term it overrides."""
    held = _holder(places, written.path) or written.path
    before = places[held].text if held in places else ""
    for after in _texts(written, before, value):
        for content in _inserted(replace(written, path=held), places, after):
            yield content, "(as agreed)", after


def _texts(written: Written, before: str, value: float) -> Iterator[str]:
    """Ways to write a value, the style of `before` first."""
    if _DAY.match(before) or before == "never":
        day = day_of(written.timeline, value)
        if day is not None:
            yield day.isoformat()
        return
    numbers = list(_NUMBER.finditer(before))
    if _DURATION.match(before) and len(numbers) == 1:
        months = value / 12 if before.endswith("y") else value
        if not before.endswith(("y", "m")) or months == int(months):
            yield from _scaled(written, before, numbers[-1], value)
        yield f"{_short(value)}m"
        return
    if numbers:
        yield from _scaled(written, before, numbers[-1], value)
    unit = written.unit
    if unit == "1/year":
        yield f"{_short(value * 100)}%"
    elif unit == "month":
        yield f"{_short(value)}m"
        day = day_of(written.timeline, value)
        if day is not None:
            yield day.isoformat()
    elif unit == "ratio":
        yield _short(value)
        yield f"{_short(value * 100)}%"
    else:
        yield f"{_short(value)} {unit}"
        yield f"{_short(value)} USD"
        yield _short(value)


def _scaled(written: Written, before: str, number: re.Match[str], value: float) -> Iterator[str]:
    if written.value == 0:
        return
    text = number.group()
    new = float(text.replace("_", "")) * (value / written.value)
    decimals = len(text.partition(".")[2])
    for shown in (f"{new:.{decimals}f}", _short(new)):
        if abs(float(shown) - new) <= 1e-12 * abs(new):
            whole, dot, rest = shown.partition(".")
            if "_" in text and "e" not in shown:
                whole = f"{int(whole):_}"
            yield before[: number.start()] + whole + dot + rest + before[number.end() :]


def _short(value: float) -> str:
    """The shortest text that reads back to the number, but for its last digit."""
    text = f"{value:.15g}"
    return text if "e" not in text else f"{value:.15f}".rstrip("0").rstrip(".")


def _replaced(content: bytes, source: Source, after: str) -> Iterator[tuple[bytes, str, str]]:
    """Put the new text where the old one stands on its line; each place it may stand is proposed."""
    lines = content.split(b"\n")
    line, old, new = lines[source.line - 1], source.text.encode(), after.encode()
    start = line.find(old)
    while start >= 0:
        changed = line[:start] + new + line[start + len(old) :]
        yield b"\n".join([*lines[: source.line - 1], changed, *lines[source.line :]]), source.text, after
        start = line.find(old, start + 1)


def _inserted(written: Written, places: dict[str, Source], after: str) -> Iterator[bytes]:
    """Write a value that is not in the file below the nearest mapping that is; an override as one dotted path."""
    parts = written.path.split(".")
    if written.scenario:
        parts = ["scenarios", written.scenario, written.path]
    known = len(parts) - 1
    while known and ".".join(parts[:known]) not in places:
        known -= 1
    missing = parts[known:]
    if any(part.isdigit() for part in missing):
        return
    lines = written.content.split(b"\n")
    if not known:
        yield written.content.rstrip(b"\n") + b"\n" + _nested(missing, after, "") + b"\n"
        return
    at = places[".".join(parts[:known])].line
    line = lines[at - 1]
    key = rb"-" if parts[known - 1].isdigit() else rb"\b" + re.escape(parts[known - 1].encode()) + rb"[\"']?\s*:"
    brace = re.search(key + rb"\s*\{", line)
    if brace is not None:
        flow = _flow(missing, after)
        comma = b"" if line[brace.end() :].lstrip().startswith(b"}") else b", "
        lines[at - 1] = line[: brace.end()] + flow + comma + line[brace.end() :]
        yield b"\n".join(lines)
        return
    for first in (at, at - 1):  # a mapping's place is its key's line, or that of its first child
        child = next((text for text in lines[first:] if text.strip() and not text.lstrip().startswith(b"#")), b"")
        indent = child[: len(child) - len(child.lstrip())].decode()
        if indent:
            yield b"\n".join([*lines[:first], _nested(missing, after, indent), *lines[first:]])


def _nested(parts: list[str], after: str, indent: str) -> bytes:
    lines = [f"{indent}{'  ' * k}{part}:" for k, part in enumerate(parts)]
    return ("\n".join(lines) + f" {after}").encode()


def _flow(parts: list[str], after: str) -> bytes:
    text = after
    for k, part in enumerate(reversed(parts)):
        text = f"{part}: {text}" if k == 0 else f"{part}: {{{text}}}"
    return text.encode()

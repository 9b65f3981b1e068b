"""YAML text to nodes: every value with the line it was written on.

The text is read event by event, so that no file can exhaust memory or the stack: size, depth,
number of values and aliases are limited while reading. Scalars follow YAML 1.2 with one
tightening: only decimal numbers are numbers. So ``no`` and ``0x10`` are text, ``100_000`` is a number,
``2026-03-31`` is text until a term asks for a date. Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding
from ringfence.terms.source import Source, shorten

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

MAX_DEPTH = 40
MAX_NODES = 200_000
MAX_FINDINGS = 200

Value = Any
"""dict[str, Node], list[Node] or a scalar; mypy cannot follow the recursion through a frozen dataclass."""

_INT = re.compile(r"[-+]?[0-9][0-9_]*", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?", re.ASCII)
_CONSTANTS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    "-.inf": float("-inf"),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_LONGEST_NUMBER = 300
_SHALLOW = f"nest at most {MAX_DEPTH} levels"


@dataclass(frozen=True)
class Node:
    """A written value and its place.

    Parameters
    ----------
    value
        A dict of nodes by key, a list of nodes, or a scalar.
    source
        Where it was written.
    """

    value: Value
    source: Source

    @property
    def is_mapping(self) -> bool:
        """Whether the node maps keys to nodes."""
        return isinstance(self.value, dict)


def read_nodes(text: str, file: str, *, via: str = "") -> Node:
    """Read YAML text into nodes.

    Parameters
    ----------
    text
        The whole document.
    file
        Name shown in findings.
    via
        How the values come in; see :class:`Source`.

    Returns
    -------
    Node
        The document's root; a mapping, a list or a scalar.

    Raises
    ------
    DealError
        With every finding up to the first that makes the rest unreadable.
    """
    builder = _Builder(file, via)
    for event in _events(text, file):
        builder.take(event)
    if builder.findings:
        raise DealError(builder.findings)
    return builder.root or Node(None, Source(file, 1, via=via))


def plain(node: Node) -> Any:
    """Return the node's plain Python value: dicts, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


def paths(node: Node, path: str = "") -> Iterator[tuple[str, Source]]:
    """Yield the dotted path and source of every value below and including `node`."""
    yield path, node.source
    for key, child in _children(node):
        yield from paths(child, f"{path}.{key}" if path else str(key))


def written(value: Any, source: Source) -> Node:
    """Return plain Python data as nodes that all stand at `source`."""
    if isinstance(value, Mapping):
        return Node({str(key): written(child, source) for key, child in value.items()}, replace(source, text=""))
    if isinstance(value, list | tuple):
        return Node([written(child, source) for child in value], replace(source, text=""))
    return Node(value, replace(source, text=_shown(value)))


def _shown(value: Any) -> str:
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def _children(node: Node) -> Iterable[tuple[str | int, Node]]:
    if isinstance(node.value, dict):
        return node.value.items()
    return enumerate(node.value) if isinstance(node.value, list) else ()


def _events(text: str, file: str) -> Iterator[Event]:
    """Yield the parser's events; whatever the parser raises becomes a finding with its line."""
    from ruamel.yaml import YAML

    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except Exception as error:  # the scanner raises several kinds on broken text; none may escape
        raise DealError([_broken(error, file)]) from None


def _broken(error: Exception, file: str) -> Finding:
    problem = str(getattr(error, "problem", None) or "this cannot be read")
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "end of stream" in problem or "<stream end>" in problem:
        marks.reverse()  # where the open bracket or quotation mark stands, not where the file ends
    mark = next((m for m in marks if m is not None), None)
    place = f"{file}:{mark.line + 1}" if mark is not None else file
    if "'\\t'" in problem:
        return finding("yaml", f"{place} is indented with a tab.", where=[place], fix="indent with spaces")
    context = str(getattr(error, "context", None) or "")
    message = f"{place} is not YAML: {shorten(problem, 120)}{f', {shorten(context, 60)}' if context else ''}."
    return finding("yaml", message, where=[place], fix=_hint(problem))


def _hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "quote the text if it contains a colon followed by a space, or correct the indentation"
    if "expected <block end>" in problem or "could not find expected" in problem:
        return "correct the indentation, or write the missing colon or bracket"
    if "found unexpected end of stream" in problem or "<stream end>" in problem:
        return "close the bracket or quotation mark that is open"
    return "check brackets, quotation marks and indentation near this line"


@dataclass
class _Open:
    """A mapping or list whose end has not been read yet."""

    value: Any
    line: int
    anchor: str | None
    size: int = 1
    depth: int = 1
    key: str | None = None
    key_line: int = 0


@dataclass
class _Builder:
    """Turns events into nodes with an explicit stack."""

    file: str
    via: str
    root: Node | None = None
    documents: int = 0
    stack: list[_Open] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int, int]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Use one event."""
        match type(event).__name__:
            case "DocumentStartEvent":
                self._start_document(event)
            case "MappingStartEvent" | "SequenceStartEvent":
                self._open(event)
            case "MappingEndEvent" | "SequenceEndEvent":
                self._close()
            case "ScalarEvent":
                self._scalar(event)
            case "AliasEvent":
                self._alias(event)

    def _start_document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._stop("document", f"{self.file} holds several documents.", event, "keep one document in a file")

    def _open(self, event: Any) -> None:
        self._refuse_tag(event)
        if len(self.stack) >= MAX_DEPTH:
            self._stop("limits", f"{self.file} nests more than {MAX_DEPTH} levels.", event, _SHALLOW)
        line = self._line(event)
        if self._wants_key():
            self._stop("document", f"{self._place(line)} uses a list or mapping as a key.", event, "write a plain key")
        value: Any = {} if type(event).__name__ == "MappingStartEvent" else []
        self.stack.append(_Open(value, line, event.anchor))

    def _close(self) -> None:
        done = self.stack.pop()
        line = self.stack[-1].key_line or done.line if self.stack else done.line
        node = Node(done.value, Source(self.file, line, via=self.via))
        self._remember(done.anchor, node, done.size, done.depth)
        self._add(node, done.size, done.depth, line)

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        line = self._line(event)
        if self._wants_key():
            return self._key(event.value, line)
        value = event.value if event.style else _scalar(event.value)
        line = self.stack[-1].key_line or line if self.stack else line
        text = event.value if event.value or not event.style else "''"
        node = Node(value, Source(self.file, line, text, self.via))
        self._remember(event.anchor, node, 1, 0)
        self._add(node, 1, 0, line)

    def _alias(self, event: Any) -> None:
        line = self._line(event)
        found = self.anchors.get(event.anchor)
        name = shorten(event.anchor, 40)
        if found is None:
            fix = f"write &{name} at the value meant, before it is used; an anchor cannot contain itself"
            self._stop("yaml", f"{self._place(line)} refers to *{name}, which is not complete.", event, fix)
        elif self._wants_key():
            self._stop("document", f"{self._place(line)} uses *{name} as a key.", event, "write a plain key")
        else:
            self._add(*found, line)

    def _key(self, key: str, line: int) -> None:
        top = self.stack[-1]
        top.key, top.key_line = key, line
        if key == "<<":
            self._stop_at("plain-yaml", f"{self._place(line)} merges with <<.", line, "write the keys, or use extends:")
        if key in top.value and len(self.findings) < MAX_FINDINGS:
            first = top.value[key].source
            self.findings.append(
                finding(
                    "duplicate-key",
                    f"{shorten(key, 40)} is written twice: in lines {first.line} and {line}.",
                    where=[self._place(first.line), self._place(line)],
                    fix="keep one of the two",
                )
            )

    def _add(self, node: Node, size: int, depth: int, line: int) -> None:
        """Put a finished value into its parent, or make it the root."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        top.size, top.depth = top.size + size, max(top.depth, depth + 1)
        if top.size > MAX_NODES:
            self._stop_at("limits", f"{self.file} holds more than {MAX_NODES:_} values.", line, "split the deal")
        if top.depth > MAX_DEPTH:
            self._stop_at("limits", f"{self.file} nests more than {MAX_DEPTH} levels.", line, _SHALLOW)
        if isinstance(top.value, list):
            top.value.append(node)
        else:
            top.value.setdefault(top.key, node)
            top.key, top.key_line = None, 0

    def _remember(self, anchor: str | None, node: Node, size: int, depth: int) -> None:
        if anchor:
            self.anchors[anchor] = (node, size, depth)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            place = self._place(self._line(event))
            tag = shorten(str(event.tag), 40)
            self._stop("plain-yaml", f"{place} has the tag {tag}.", event, "leave the tag out")

    def _wants_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _line(self, event: Any) -> int:
        return int(event.start_mark.line) + 1

    def _place(self, line: int) -> str:
        return f"{self.file}:{line}"

    def _stop(self, rule: str, message: str, event: Any, fix: str) -> None:
        self._stop_at(rule, message, self._line(event), fix)

    def _stop_at(self, rule: str, message: str, line: int, fix: str) -> None:
        raise DealError([*self.findings, finding(rule, message, where=[self._place(line)], fix=fix)])


def _scalar(text: str) -> Any:
    """Return a plain scalar's value by YAML 1.2, decimal numbers only."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text.replace("_", ""))
    if _FLOAT.fullmatch(text):
        return float(text.replace("_", ""))
    return text

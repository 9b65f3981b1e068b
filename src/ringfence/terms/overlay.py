"""Variants of a deal: ``extends:``, ``scenarios:`` and ``--set``.

A mapping is merged key by key, anything else is replaced. Three rules complete it:

    key: null            takes out a key the base has
    type: other          a mapping that names another type replaces the base's whole mapping
    contracts.rent.term  a key with dots is a path; a number in it counts from 0 in a list

A path must exist or be a known key of the place it names, so a misspelt override is refused.

``extends: ../base/deal.yaml`` reads another file first. It must be a ``.yaml`` or ``.yml`` file in the
folder of the deal that was opened, in a folder beside it or below (links are followed before that is
checked), so a deal from a stranger cannot read the rest of the disk. A chain has at most 8 files.

``scenarios: {name: {description: ..., after: other, <overrides>}}``; a scenario ``after`` another one
is applied on top of it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ringfence.errors import DealError, Finding
from ringfence.terms import known
from ringfence.terms.findings import finding, listed, nearest
from ringfence.terms.model import Term
from ringfence.terms.node import MAX_DEPTH, Node, plain, read_nodes
from ringfence.terms.source import Source, shorten

MAX_BYTES = 2_000_000
MAX_EXTENDS = 8
SUFFIXES = (".yaml", ".yml")
SCENARIO_KEYS = {"description": "what the scenario shows", "after": "scenario it is applied on top of"}


# Files ---------------------------------------------------------------------------------------------


def read_layers(path: Path) -> Node:
    """Read a deal file and everything it extends, merged.

    Parameters
    ----------
    path
        The deal file.

    Returns
    -------
    Node
        One mapping, without ``extends``.

    Raises
    ------
    DealError
        Where a file cannot be read or the chain is refused.
    """
    return _layer(path, opened=path, chain=())


def _layer(path: Path, *, opened: Path, chain: tuple[Path, ...], named: str = "") -> Node:
    """Read one file and what it extends; `named` is the line that asked for it."""
    node = read_file(path, shown=_shown(path, opened), named=named)
    base = node.value.pop("extends", None)
    if base is None or base.value is None:
        return node
    chain = (*chain, _real(path))
    below = _layer(_base(base, path, opened, chain), opened=opened, chain=chain, named=_extends_line(base))
    return merge(below, node)


def _base(base: Node, path: Path, opened: Path, chain: tuple[Path, ...]) -> Path:
    """Return the file a deal extends, once it is allowed."""
    text = base.value
    if not isinstance(text, str) or not text or not text.isprintable() or Path(text).is_absolute() or len(text) > 500:
        raise DealError([_refused_base(base, "is not a relative path of a .yaml file")])
    target = _real(path.parent / text)
    if target.suffix not in SUFFIXES or not target.is_relative_to(_tree(opened)):
        raise DealError([_refused_base(base, f"lies outside {_tree(opened)}, or is not a .yaml file")])
    if target in chain:
        loop = " -> ".join(p.name for p in (*chain[chain.index(target) :], target))
        raise DealError([_refused_base(base, f"makes the files extend each other ({loop})")])
    if len(chain) >= MAX_EXTENDS:
        raise DealError([_refused_base(base, f"is more than {MAX_EXTENDS} files deep")])
    return target


def _refused_base(base: Node, problem: str) -> Finding:
    message = f"extends {shorten(str(base.value), 60)} {problem}."
    return finding(
        "extends", message, where=[_extends_line(base)], fix="name a .yaml file beside this one, or leave extends: out"
    )


def _extends_line(base: Node) -> str:
    return f"{base.source.place}  extends = {shorten(base.source.text)}"


def _tree(opened: Path) -> Path:
    """Return the folder that extended files must lie in: the parent of the deal's folder, unless that is the root."""
    folder = _real(opened).parent
    return folder if folder.parent == folder.parent.parent else folder.parent


def _real(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return Path(os.path.abspath(path))


def _shown(path: Path, opened: Path) -> str:
    return path.name if path == opened else os.path.relpath(_real(path), _real(opened).parent)


def read_file(path: Path, *, shown: str, named: str = "") -> Node:
    """Read one file as a mapping of nodes.

    Parameters
    ----------
    path
        The file.
    shown
        Its name in findings.
    named
        Line of the file that asked for it, if any.

    Returns
    -------
    Node
        The mapping, unmerged.
    """
    node = read_nodes(decode(_bytes(path, shown, named), shown), shown)
    if not node.is_mapping:
        kind = "empty" if node.value is None else "a list" if isinstance(node.value, list) else "a single value"
        fix = "write keys and values, for example deal: my-deal (ringfence new scaffolds one)"
        raise DealError([finding("document", f"{shown} is {kind}.", where=[f"{shown}:1"], fix=fix)])
    return node


def _bytes(path: Path, shown: str, named: str) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            problem = "is a folder" if stat.S_ISDIR(status.st_mode) else "is not an ordinary file"
        elif status.st_size > MAX_BYTES:
            problem = f"has {status.st_size:_} bytes, and at most {MAX_BYTES:_} are read"
        else:
            with path.open("rb") as file:
                return file.read(MAX_BYTES)
    except FileNotFoundError:
        problem = "does not exist"
    except (OSError, ValueError) as error:
        problem = f"cannot be read ({shorten(getattr(error, 'strerror', None) or 'bad name', 60)})"
    shown = shorten(shown)
    raise DealError([finding("file", f"{shown} {problem}.", where=[named or shown], fix="check the path and the file")])


def decode(data: bytes, shown: str) -> str:
    """Return UTF-8 text, a byte order mark taken off; anything else is refused with its line."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DealError([_encoding(shown, 1, "is UTF-16")])
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DealError(
            [_encoding(shown, line, f"has the byte 0x{data[error.start]:02x}, which is not UTF-8")]
        ) from None
    for position, character in enumerate(text):
        if not (character.isprintable() or character in "\t\n\r\x85" or ord(character) > 159):
            line = text.count("\n", 0, position) + 1
            raise DealError([_encoding(shown, line, f"has the control character 0x{ord(character):02x}")])
    return text


def _encoding(shown: str, line: int, problem: str) -> Finding:
    place = f"{shown}:{line}"
    return finding("encoding", f"{place} {problem}.", where=[place], fix="save the file as UTF-8 text")


# Merging -------------------------------------------------------------------------------------------


def merge(base: Node, over: Node) -> Node:
    """Return `base` with `over` laid on top.

    Parameters
    ----------
    base, over
        Nodes; two mappings are merged, anything else is replaced by `over`.

    Returns
    -------
    Node
        A new node; neither argument changes.
    """
    if isinstance(base.value, list) and over.is_mapping and _indexes(over, len(base.value)):
        items = [merge(item, over.value[str(i)]) if str(i) in over.value else item for i, item in enumerate(base.value)]
        return Node(items, base.source)
    if not (base.is_mapping and over.is_mapping) or _another_type(base, over):
        return over
    merged = dict(base.value)
    for key, child in over.value.items():
        if key not in merged:
            merged[key] = child
        elif child.value is None:
            del merged[key]
        else:
            merged[key] = merge(merged[key], child)
    return Node(merged, base.source)


def _indexes(over: Node, length: int) -> bool:
    return bool(over.value) and all(key.isdecimal() and key.isascii() and int(key[:9]) < length for key in over.value)


def _another_type(base: Node, over: Node) -> bool:
    old, new = base.value.get("type"), over.value.get("type")
    return old is not None and new is not None and old.value != new.value


@dataclass(frozen=True)
class _Override:
    """One override: a path, the value to lay there, and the rule and name it is refused by."""

    path: tuple[str, ...]
    node: Node
    rule: str


def override(tree: Node, change: _Override, model: type[Term]) -> Node:
    """Return `tree` with one override laid on, or raise where its path is unknown."""
    _check_path(tree, change, model)
    return _laid(tree, change.path, change.node)


def _laid(tree: Node, path: tuple[str, ...], node: Node) -> Node:
    source = replace(node.source, text="")
    for key in reversed(path):
        node = Node({key: node}, source)
    return merge(tree, node)


def _check_path(tree: Node, change: _Override, model: type[Term]) -> None:
    """Refuse a path whose first unknown step is neither written nor a known key there."""
    here = tree
    for position, step in enumerate(change.path):
        last = position == len(change.path) - 1
        children = _steps(here)
        if step in children:
            here = children[step]
            continue
        keys = known.keys_at(model, plain(tree), change.path[:position])
        new_entry = keys is None and last and change.node.is_mapping and here.is_mapping
        if keys is None and isinstance(here.value, list):
            keys = {}
        if step in (keys or {}) or new_entry:
            return
        raise DealError([_unknown_path(change, position, [*children, *(keys or {})])])


def _steps(node: Node) -> Mapping[str, Node]:
    if isinstance(node.value, list):
        return {str(i): item for i, item in enumerate(node.value)}
    return node.value if node.is_mapping else {}


def _unknown_path(change: _Override, position: int, candidates: Iterable[str]) -> Finding:
    names = list(dict.fromkeys(candidates))
    near = nearest(change.path[position], names)
    path = shorten(".".join(change.path), 120)
    guess = ".".join((*change.path[:position], near, *change.path[position + 1 :])) if near else ""
    parent = ".".join(change.path[:position]) or "the deal"
    message = f"{path} is not in the deal" + (f"; did you mean {shorten(guess, 120)}?" if near else ".")
    fix = f"write {shorten(guess, 120)}" if near else f"{shorten(parent, 80)} has: {listed(names) or 'no keys'}"
    source = change.node.source
    where = f"{source.place}  {path}" + (f"  ({source.via})" if source.via else "")
    return finding(change.rule, message, where=[where], fix=fix)


# Scenarios and --set -------------------------------------------------------------------------------


def scenarios_of(tree: Node) -> tuple[Node, dict[str, Node]]:
    """Split a tree into the deal and its scenarios, refusing scenarios that are not mappings.

    Parameters
    ----------
    tree
        The merged file.

    Returns
    -------
    tuple of Node and dict
        The deal without ``scenarios``, and every scenario by name.
    """
    rest = dict(tree.value)
    block = rest.pop("scenarios", None)
    found = block.value if block is not None and block.value is not None else {}
    if block is not None and not isinstance(found, dict):
        raise DealError([_bad_scenario(block, "scenarios is not a mapping of names to overrides")])
    wrong = [
        _bad_scenario(node, f"scenario {shorten(name, 60)} is not a mapping of overrides")
        for name, node in found.items()
        if not node.is_mapping
    ]
    for name, node in found.items():
        after = node.value.get("after") if node.is_mapping else None
        if after is not None and (not isinstance(after.value, str) or after.value not in found):
            wrong.append(_no_scenario(after.source, shorten(str(after.value), 60), found, f"scenario {name} is after"))
    if wrong:
        raise DealError(wrong)
    return Node(rest, tree.source), found


def apply_scenario(tree: Node, scenarios: Mapping[str, Node], name: str, model: type[Term]) -> Node:
    """Return the deal under scenario `name`, after the scenarios it builds on."""
    if name not in scenarios:
        raise DealError([_no_scenario(Source("--scenario"), shorten(name, 60), scenarios, "There is no scenario")])
    for step in _order(scenarios, name):
        changes = {k: v for k, v in scenarios[step].value.items() if k not in SCENARIO_KEYS}
        tree = _apply(tree, changes, f"scenario {shorten(step, 40)}", model)
    return tree


def _apply(tree: Node, changes: Mapping[str, Node], via: str, model: type[Term]) -> Node:
    findings: list[Finding] = []
    for path, node in changes.items():
        try:
            tree = override(tree, _Override(tuple(path.split(".")), _via(node, via), "scenario"), model)
        except DealError as error:
            findings += error.findings
    if findings:
        raise DealError(findings)
    return tree


def _order(scenarios: Mapping[str, Node], name: str) -> list[str]:
    """Return the scenarios to apply, the first one first."""
    order = [name]
    while (after := scenarios[order[-1]].value.get("after")) is not None:
        if after.value in order:
            loop = " -> ".join((*order, after.value))
            raise DealError(
                [_bad_scenario(after, f"The scenarios follow each other in a circle ({loop})", "end the circle")]
            )
        order.append(after.value)
    return order[::-1]


def _via(node: Node, via: str) -> Node:
    """Return the node marked as coming in through `via`."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _via(child, via) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_via(child, via) for child in value]
    return Node(value, replace(node.source, via=via))


def _bad_scenario(node: Node, message: str, fix: str = "write name: {path: value, ...}") -> Finding:
    return finding("scenario", f"{message}.", where=[node.source.place], fix=fix)


def _no_scenario(source: Source, name: str, scenarios: Iterable[str], lead: str) -> Finding:
    names = list(scenarios)
    near = nearest(name, names)
    message = f"{lead} {name}" + (f"; did you mean {near}?" if near else ".")
    fix = f"write {near}" if near else f"the deal has: {listed(names) or 'no scenarios'}"
    return finding("scenario", message, where=[f"{source.place}  {name}"], fix=fix)


def parse_set(text: str) -> tuple[str, Node]:
    """Read one ``--set path=value``; the value is read as it would be in the file.

    Parameters
    ----------
    text
        ``contracts.senior.margin=SOFR + 3.00%``; an empty value or ``null`` takes the key out.

    Returns
    -------
    tuple of str and Node
        Path and value.
    """
    path, equals, value = text.partition("=")
    path = path.strip()
    steps = path.split(".")
    if not equals or not path or not all(steps) or len(steps) > MAX_DEPTH:
        message = f"--set {shorten(text, 80)} is not of the form path=value."
        fix = "write --set contracts.senior.margin=450bp"
        raise DealError([finding("set", message, where=[f"--set {shorten(text, 80)}"], fix=fix)])
    node = read_nodes(decode(value.strip().encode("utf-8", "surrogateescape"), "--set"), "--set")
    return path, _on_command_line(node)


def _on_command_line(node: Node) -> Node:
    value: Any = node.value
    if isinstance(value, dict):
        value = {key: _on_command_line(child) for key, child in value.items()}
    elif isinstance(value, list):
        value = [_on_command_line(child) for child in value]
    return Node(value, replace(node.source, line=0))


def apply_sets(tree: Node, sets: Iterable[tuple[str, Node]], model: type[Term]) -> Node:
    """Return the deal with every ``--set`` laid on in order; all that are refused are reported together."""
    findings: list[Finding] = []
    for path, node in sets:
        try:
            tree = override(tree, _Override(tuple(path.split(".")), node, "set"), model)
        except DealError as error:
            findings += error.findings
    if findings:
        raise DealError(findings)
    return tree

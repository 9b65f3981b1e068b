"""Variants of a deal: ``scenarios:`` and ``--set``.

``scenarios: {name: {description: ..., after: other, <overrides>}}``; a scenario ``after`` another one is
applied on top of it. An override is a nested mapping, merged as ``merge.py`` says, or a path:

    contracts.senior.margin: 450bp
    assets.gpus.deliveries.0.count: 5_000
    contracts.swap: null

A path must exist or be a known key of the place it names, so a misspelt override is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ringfence.errors import DealError, Finding, did_you_mean, nearest
from ringfence.terms import known
from ringfence.terms.files import decode
from ringfence.terms.findings import finding, listed
from ringfence.terms.merge import merge
from ringfence.terms.model import Term
from ringfence.terms.node import MAX_DEPTH, Node, plain, read_nodes
from ringfence.terms.source import Source, shorten

SCENARIO_KEYS = {"description": "what the scenario shows", "after": "scenario it is applied on top of"}


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
    message = f"{path} is not in the deal" + did_you_mean(shorten(guess, 120))
    fix = f"write {shorten(guess, 120)}" if near else f"{shorten(parent, 80)} has: {listed(names) or 'no keys'}"
    source = change.node.source
    where = f"{source.place}  {path}" + (f"  ({source.via})" if source.via else "")
    return finding(change.rule, message, where=[where], fix=fix)


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
    message = f"{lead} {name}" + did_you_mean(near)
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

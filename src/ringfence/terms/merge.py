"""One mapping laid on another.

A mapping is merged key by key, anything else is replaced, with three rules more:

    key: null     takes out a key the base has
    type: other   a mapping that names another type replaces the base's whole mapping
    0: {...}      below a list, a number names an entry, counted from 0
"""

from __future__ import annotations

from ringfence.terms.node import Node


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

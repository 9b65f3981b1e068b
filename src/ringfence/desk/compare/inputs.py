"""What differs between two deals as written: each term with both texts and both places.

A term that stands in both deals is compared where it stands; a mapping that only one of them has (a contract, a curve)
is one difference, and so is a list whose length differs. Terms are compared as they are read: ``5y`` is ``60m``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ringfence.terms.node import Node, plain, written
from ringfence.terms.source import Source, shorten

if TYPE_CHECKING:
    from ringfence.terms.deal import Deal

#: Keys that say what a deal is called, and move no number.
NAMES = frozenset({"deal", "title", "report_date", "story_date", "hand_table", "extends", "scenarios"})
#: What must be alike in both deals for the terms between them to be taken over one by one.
FRAME = ("timeline", "parties", "assets")
_LONGEST = 60
_ABSENT = "(not written)"


@dataclass(frozen=True)
class InputChange:
    """A term that differs.

    Parameters
    ----------
    path
        Dotted path in the deal.
    a, b
        As written in A and in B; empty where it is not written.
    where_a, where_b
        File and line, and how it came in; of the nearest term that is written where it is not.
    value
        What B has there, as plain data; None where B has nothing.
    """

    path: str
    a: str
    b: str
    where_a: str
    where_b: str
    value: Any = None

    @property
    def group(self) -> str:
        """The contract, asset or party it belongs to: the first two steps of the path."""
        return ".".join(self.path.split(".")[:2])


def tree_of(deal: Deal) -> Node:
    """Return a deal as the nodes it was read from; as plain data where it was built in Python.

    Parameters
    ----------
    deal
        A deal.
    """
    return deal._tree or written(deal.model_dump(mode="json", exclude_unset=True), Source("python"))


def input_changes(a: Deal, b: Deal) -> tuple[InputChange, ...]:
    """List the terms that differ, in the order of A's file.

    Parameters
    ----------
    a, b
        The deals.
    """
    found = _differences(tree_of(a), tree_of(b), ())
    told = (change for change in found if change.path.partition(".")[0] not in {"extends", "scenarios"})
    return tuple(change for change in told if not _same_term(a, b, change.path))


def _same_term(a: Deal, b: Deal, path: str) -> bool:
    """Whether both deals read the same there: 5y is 60m, and a default may be written out."""
    try:
        return bool(_read(a, path) == _read(b, path))
    except (AttributeError, KeyError, IndexError, ValueError):
        return False


def _read(deal: Deal, path: str) -> Any:
    here: Any = deal
    for step in path.split("."):
        if isinstance(here, Mapping):
            here = here[step]
        elif isinstance(here, list | tuple):
            here = here[int(step)]
        else:
            here = getattr(here, step)
    return here


def structural_differences(a: Deal, b: Deal) -> tuple[str, ...]:
    """Say what the deals do not have in common: parties, assets, contracts, the period grid.

    Parameters
    ----------
    a, b
        The deals.
    """
    found = []
    for group in ("parties", "assets", "contracts"):
        mine, other = getattr(a, group), getattr(b, group)
        for owner, here, there in (("A", mine, other), ("B", other, mine)):
            only = [x for x in here if x not in there]
            if only:
                found.append(f"{group} only in {owner}: {', '.join(only)}")
        changed = [x for x in mine if x in other and _kind(mine[x]) != _kind(other[x])]
        found += [f"{group}.{x} is {_kind(mine[x])} in A and {_kind(other[x])} in B" for x in changed]
    if plain_of(a, "timeline") != plain_of(b, "timeline"):
        found.append("the timeline differs: periods of A and B are not the same periods")
    return tuple(found)


def same_frame(a: Deal, b: Deal) -> bool:
    """Whether the deals have the same parties, assets and periods, so that terms can be taken over one by one."""
    return (
        a.parties.keys() == b.parties.keys()
        and a.assets.keys() == b.assets.keys()
        and plain_of(a, "timeline") == plain_of(b, "timeline")
    )


def plain_of(deal: Deal, key: str) -> Any:
    """Return a top-level term of a deal as plain data; None where it is not written."""
    found = tree_of(deal).value.get(key)
    return None if found is None else plain(found)


def _kind(thing: Any) -> str:
    return str(getattr(thing, "type", None) or getattr(thing, "role", ""))


def _differences(a: Node | None, b: Node | None, path: tuple[str, ...]) -> Iterator[InputChange]:
    if a is not None and b is not None:
        if plain(a) == plain(b):
            return
        pairs = _children(a, b)
        if pairs is not None:
            here = (a.source.place, b.source.place)
            for key, x, y in pairs:
                for found in _differences(x, y, (*path, key)):
                    yield _placed(found, here)
            return
    yield InputChange(".".join(path), _text(a), _text(b), _where(a), _where(b), plain(b) if b is not None else None)


def _children(a: Node, b: Node) -> list[tuple[str, Node | None, Node | None]] | None:
    """Pairs below two nodes of one shape; None where they are to be compared as a whole."""
    if a.is_mapping and b.is_mapping:
        old, new = a.value.get("type"), b.value.get("type")
        if old is not None and new is not None and old.value != new.value:
            return None
        return [(key, _set(a, key), _set(b, key)) for key in dict.fromkeys([*a.value, *b.value])]
    if not isinstance(a.value, list) or not isinstance(b.value, list) or len(a.value) != len(b.value):
        return None
    pairs = list(zip(a.value, b.value, strict=True))
    whole = not all(x.is_mapping and y.is_mapping for x, y in pairs)
    return None if whole else [(str(k), x, y) for k, (x, y) in enumerate(pairs)]


def _set(node: Node, key: str) -> Node | None:
    found = node.value.get(key)
    return None if found is None or found.value is None else found


def _placed(change: InputChange, here: tuple[str, str]) -> InputChange:
    """Give the place of the mapping around it to a side where the term is not written."""
    if change.where_a and change.where_b:
        return change
    return InputChange(
        change.path, change.a, change.b, change.where_a or here[0], change.where_b or here[1], change.value
    )


def _where(node: Node | None) -> str:
    if node is None:
        return ""
    return node.source.place + (f" ({node.source.via})" if node.source.via else "")


def _text(node: Node | None) -> str:
    if node is None:
        return ""
    return node.source.text or _flow(plain(node))


def _flow(value: Any) -> str:
    """Plain data on one line, as a deal file would hold it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return {"None": "null", "True": "true", "False": "false"}.get(str(value), str(value))


def shown(text: str, longest: int = _LONGEST) -> str:
    """Return a term as a table shows it.

    Parameters
    ----------
    text
        As written; empty where it is not.
    longest
        Characters shown.
    """
    return shorten(text, longest) or _ABSENT

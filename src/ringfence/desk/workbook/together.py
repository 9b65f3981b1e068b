"""Edits that only hold together: each alone would contradict the deal, all of them do not.

    held = together(reader, left)      [(edit, changes), ...] of those that were taken over; none, or all that can be

GPUs moved from one delivery to another change two counts, and the deal wants their sum kept; a longer loan wants a
longer lease. Each number is put in its own token, so that no other term of the file reads otherwise, and the file is
proved once, as a whole. Where a fleet states how many GPUs its deliveries bring, that sum follows: no cell holds it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ringfence.desk.workbook.edits import Change, Edit
from ringfence.desk.workbook.tokens import Written, candidates, texts_of

if TYPE_CHECKING:
    from ringfence.desk.workbook.read import _Reader

Held = list[tuple[Edit, list[Change]]]
_DELIVERED = re.compile(r"(?P<fleet>assets\.[^.]+)\.deliveries\.\d+\.count\Z")


def together(reader: _Reader, left: list[Edit]) -> Held:
    """Take over what can be of the edits that were refused one by one, if the deal holds with all of it.

    Parameters
    ----------
    reader
        With the deal file as it is; its content changes if they hold.
    left
        Edits that were refused.
    """
    before = reader.content
    held = [(edit, made) for edit in left if not edit.scenario and (made := _written(reader, edit)) is not None]
    sums = list(_sums(reader, [change for _, made in held for change in made]))
    content, reader.content = reader.content, before
    if not held or not reader.holds(content, {edit.name: edit.after for edit, _ in held}):
        return []
    reader.content = content
    return [*held[:-1], (held[-1][0], [*held[-1][1], *sums])]


def _written(reader: _Reader, edit: Edit) -> list[Change] | None:
    """Write an edit into the tokens it was read from, whatever the deal says to that; None if it cannot be."""
    before, (steps, unit_of) = reader.content, reader.steps(edit)
    made: list[Change] = []
    for step in steps if not isinstance(steps, str) else []:
        found = ((text, c) for text, c in reader.proposals(edit, step, unit_of(step)) if _only(reader, text, c))
        text, change = next(found, (before, None))
        if change is None:
            made = []
            break
        reader.content = text
        made.append(change)
    if not made:
        reader.content = before
    return made or None


def _only(reader: _Reader, content: bytes, change: Change) -> bool:
    """Whether a change altered its own token and no other."""
    was, now = texts_of(reader.content, reader.name), texts_of(content, reader.name)
    moved = [path for path in was.keys() | now.keys() if was.get(path) != now.get(path)]
    return len(moved) == 1 and f"{change.path}.".startswith(f"{moved[0]}.")


def _sums(reader: _Reader, made: list[Change]) -> Iterator[Change]:
    """Let the number of GPUs of a fleet follow its deliveries, where it is written."""
    for fleet in dict.fromkeys(found["fleet"] for c in made if (found := _DELIVERED.match(c.path))):
        texts = texts_of(reader.content, reader.name)
        counts = [text for path, text in texts.items() if (m := _DELIVERED.match(path)) and m["fleet"] == fleet]
        path = f"{fleet}.count"
        if path not in texts or not all(count.replace("_", "").isdigit() for count in (*counts, texts[path])):
            continue
        known, wanted = int(texts[path]), sum(int(count) for count in counts)
        for text, before, after in _recounted(reader, path, known, wanted) if wanted != known else ():
            change = Change(path, before, after)
            if _only(reader, text, change):
                reader.content = text
                yield change
                break


def _recounted(reader: _Reader, path: str, known: int, wanted: int) -> Iterator[tuple[bytes, str, str]]:
    timeline = reader.book.result.model.timeline
    return candidates(Written(reader.content, reader.name, path, "GPU", float(known), timeline), float(wanted))

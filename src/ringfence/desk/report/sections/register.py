"""The register: every term of the deal with its value, unit, source and place, and every default that stood in for one.

A source is the comment behind the value in the deal file, and the date in its mark (``[S 2025-03]``) is its vintage; a
curve brings its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringfence.blocks.context import cell_name
from ringfence.desk.report.model import Paragraph, Section
from ringfence.desk.table import Cell, Table
from ringfence.desk.tables import figure
from ringfence.desk.view import View
from ringfence.terms.source import shorten

if TYPE_CHECKING:
    from ringfence.sheet import Row
    from ringfence.terms.source import Source

MARK = re.compile(r"\[(S2|S|C|GK|J)\b([^\]]*)\]")
MARKS = "S sourced, S2 second hand, C computed, GK general knowledge, J judgement"
_DAY = re.compile(r"\d{4}(?:-\d{2})?(?:-\d{2})?")
_NOT_TERMS = ("scenarios", "hand_table", "extends", "deal", "title")
_NUMBER = re.compile(r"[-+]?\.?\d|[A-Z]+ [+-] ?\d")
_WORDS = (".source", ".note", ".name", ".description")
_LONGEST = 130
HEADS = {"value": "as written", "unit": "unit in the model"}
GROUPS = ("assets", "contracts", "parties", "curves")


@dataclass(frozen=True)
class Entry:
    """A written term: path, text, unit of its cell, source note, vintage, place."""

    path: str
    value: str
    unit: str
    source: str
    vintage: str
    place: str
    is_number: bool

    @property
    def group(self) -> str:
        """What the term belongs to: ``contracts.senior``, ``timeline``, the deal itself."""
        parts = self.path.split(".")
        if len(parts) == 1:
            return "deal"
        return ".".join(parts[:2]) if parts[0] in GROUPS and len(parts) > 2 else parts[0]


def register(view: View, files: Mapping[str, bytes] | None = None) -> Section:
    """Return the section.

    Parameters
    ----------
    view
        The result.
    files
        The deal file and those it extends, by the name findings show; their comments are the sources.
    """
    found = entries(view, files or {})
    words = Paragraph(
        "Every value written in the deal file, in its order: first those that hold a number, then names and choices. "
        f"Source: the remark beside the value. Marks: {MARKS}.",
        "note",
    )
    numbers = [e for e in found if e.is_number]
    tables = [
        _table("assumptions", "Assumptions", numbers, ("value", "unit", "source", "vintage", "place")),
        _table("choices", "Names and choices", [e for e in found if not e.is_number], ("value", "source", "place")),
    ]
    return Section("register", "Assumptions register", (words, *(t for t in tables if t.rows), *_defaults(view)))


def _table(key: str, title: str, found: list[Entry], columns: tuple[str, ...]) -> Table:
    """One line a term, under a line for each thing it belongs to."""
    rows: list[tuple[Cell, ...]] = []
    group = None
    for e in found:
        if e.group != group:
            group = e.group
            rows.append((group, *[None] * len(columns)))
        rows.append((f"  {e.path.removeprefix(f'{group}.')}", *(getattr(e, column) for column in columns)))
    left = frozenset(range(len(columns) + 1))
    heads = ("term", *(HEADS.get(column, column) for column in columns))
    return Table(key, f"{title}: {len(found)}", heads, tuple(rows), left=left)


def entries(view: View, files: Mapping[str, bytes]) -> list[Entry]:
    """Return every written term in the order of the file; the values of a list are one term.

    Parameters
    ----------
    view, files
        As in :func:`register`.
    """
    notes = {name: comments(content.decode("utf-8", "replace")) for name, content in files.items()}
    cells = {row.name: row for row in view.result.model.sheet if row.is_input}
    lists: dict[str, list[tuple[str, Source]]] = {}
    for path, source in view.deal.sources.items():
        if source.text and path.partition(".")[0] not in _NOT_TERMS:
            head, _, last = path.rpartition(".")
            lists.setdefault(head if last.isdigit() else path, []).append((path, source))
    return [_entry(view, path, found, notes, cells) for path, found in lists.items()]


def comments(text: str) -> dict[int, str]:
    r"""Return the remark at the end of each line that has one; a line of its own is not about a value.

    Parameters
    ----------
    text
        Of a deal file.

    Examples
    --------
    >>> comments("a: 1  # one [J]\nb: '#2'\n# alone")
    {1: 'one [J]'}
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        at = _begin(line)
        if at is not None and line[:at].strip():
            found[number] = line[at + 1 :].strip()
    return found


def _begin(line: str) -> int | None:
    """Where a comment begins: a # after a space, outside quotes."""
    quote = ""
    for k, c in enumerate(line):
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'" and (k == 0 or line[k - 1] in " {[,:"):
            quote = c
        elif c == "#" and (k == 0 or line[k - 1].isspace()):
            return k
    return None


def _entry(
    view: View,
    path: str,
    found: list[tuple[str, Source]],
    notes: Mapping[str, Mapping[int, str]],
    cells: Mapping[str, Row],
) -> Entry:
    first, source = found[0]
    cell = cells.get(cell_name(first))
    is_day = _DAY.fullmatch(source.text) is not None
    unit = "" if cell is None or is_day else _unit(str(cell.unit))
    note, vintage = _stated(view, path) or ("", "")
    note = note or notes.get(source.file, {}).get(source.line, "")
    place = source.place + (f" ({source.via})" if source.via else "")
    is_number = cell is not None or is_day or (not path.endswith(_WORDS) and _NUMBER.match(source.text) is not None)
    text = ", ".join(s.text for _, s in found)
    dated = vintage or _vintage(note)
    return Entry(path, shorten(text, _LONGEST), unit, shorten(note, _LONGEST), dated, place, is_number)


def _stated(view: View, path: str) -> tuple[str, str] | None:
    """Source and vintage written beside a term, as a curve has them; of the nearest thing that has any."""
    sources, at = view.deal.sources, path
    while "." in at:
        at = at.rpartition(".")[0]
        if f"{at}.source" in sources and not path.endswith((".source", ".vintage")):
            vintage = sources[f"{at}.vintage"].text if f"{at}.vintage" in sources else ""
            return sources[f"{at}.source"].text, vintage
    return None


def _vintage(note: str) -> str:
    dates = [day.group() for mark in MARK.finditer(note) if (day := _DAY.search(mark.group(2)))]
    return ", ".join(dict.fromkeys(dates))


def _is_silent(view: View, row: Row) -> bool:
    """Whether nobody wrote a term: not in its own words, nor within another's as a margin is within a price."""
    path, silent, _ = row.source.partition("  ")[2].partition(" (not written)")
    if not silent or row.name.startswith("deal."):
        return False
    holder = view.deal.sources.nearest(path)
    return holder is None or not holder.text


def _unit(unit: str) -> str:
    return "" if unit == "ratio" else unit


def _defaults(view: View) -> list[Table]:
    """Inputs nobody wrote and that are not nothing, and how many are."""
    silent = [row for row in view.result.model.sheet if row.kind == "scalar" and _is_silent(view, row)]
    acting = [row for row in silent if view.cell(row.name)]
    rows: list[tuple[Cell, ...]] = [
        (row.name, figure(view.cell(row.name), str(row.unit), row.name), str(row.unit), row.label) for row in acting
    ]
    if not silent:
        return []
    note = f"{len(silent) - len(acting)} further terms are not written and are nothing: no fee, no delay, no share."
    heads = ("input", "value", "unit", "meaning")
    title = f"Defaults in place of terms that are not written: {len(rows)}"
    return [Table("defaults", title, heads, tuple(rows), left=frozenset({0, 2, 3}), notes=(note,))]

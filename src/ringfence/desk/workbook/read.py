"""A banker's edits back into the deal file: inputs, tables and scenario columns of a book, token by token.

    back = read_workbook("deal.xlsx")
    back.content      the deal file; byte for byte as it was where nothing was edited
    back.changes      what was taken over: path, old text, new text
    back.left         what was not, each with the reason

The book holds the deal file it was written from. A changed input replaces the one token it was read from, in the style
it was written in (``5y``, ``300bp``, ``0.5bn USD``); a point of a curve replaces its value or its date; a number typed
into a scenario's column becomes an override of that scenario. A default that was not written, or a value of a file this
one extends, becomes a line of its own. Every change is proved: the new file is read and built again, and exactly the
edited input must have moved, to the edited value. Edits the deal only allows together are proved together
(``together.py``). What cannot be proved, what is no term of the deal, and every edit elsewhere in the book, is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ringfence.desk.workbook.accounting import LEASES
from ringfence.desk.workbook.edits import Change, Edit, Pages, check_places, edits, near, outside
from ringfence.desk.workbook.tables import Knot, knots_of, table_path
from ringfence.desk.workbook.together import together
from ringfence.desk.workbook.tokens import Written, candidates, dated_keys, day_of, is_dated
from ringfence.errors import RingfenceError, RunError

if TYPE_CHECKING:
    from ringfence.desk.workbook.book import Book

Inputs = dict[str, Any]


@dataclass(frozen=True)
class ReadBack:
    """A book read back.

    Attributes
    ----------
    name
        Name of the deal file.
    content
        The deal file with the edits.
    changes
        Edits taken over.
    left
        Edits not taken over, each with its reason.
    """

    name: str
    content: bytes
    changes: tuple[Change, ...]
    left: tuple[str, ...]


def read_workbook(path: str | PathLike[str]) -> ReadBack:
    """Read the inputs of a book back into its deal file.

    Parameters
    ----------
    path
        A book written by ``ringfence workbook``.

    Raises
    ------
    RunError
        If the file is no such book, or its deal file is damaged.
    """
    from ringfence.run.workbook.embed import SOURCE, embedded
    from ringfence.run.workbook.file import read_pages

    pages = read_pages(path)
    files = embedded(pages.get(SOURCE, {}))
    if not files:
        lost = "" if SOURCE in pages else f": it has no page {SOURCE}"
        raise RunError(f"{path} holds no deal file{lost}; write it with ringfence workbook DEAL")
    with TemporaryDirectory() as folder:
        return _Reader(pages, files, Path(folder)).read()


class _Reader:
    """The deal file as it becomes, and a place to read it from."""

    def __init__(self, pages: Pages, files: dict[str, bytes], folder: Path) -> None:
        self.pages = pages
        self.files = files
        self.name = next(iter(files))
        self.root = folder.resolve()
        self.opened = self.root / "deal" / self.name
        for name, content in files.items():
            _put(self.root, name, content)
        self.content = files[self.name]
        self.known: dict[tuple[bytes, str], Inputs | None] = {}
        self.refusals: dict[bytes, str] = {}

    def read(self) -> ReadBack:
        from ringfence.desk.session import read, run
        from ringfence.desk.workbook.book import make_book

        self.book: Book = make_book(run(read(self.opened)), self.opened, accounting=LEASES in self.pages)
        check_places(self.book, self.pages)
        changes, left = self.taken(edits(self.book, self.pages))
        left += outside(self.book, self.pages)
        return ReadBack(self.name, self.content, tuple(changes), tuple(left))

    def taken(self, typed: list[Edit]) -> tuple[list[Change], list[str]]:
        """Take edits over one by one, again while that helps, then those that only hold together; say what is left."""
        changes: list[Change] = []
        waiting, count = {edit: "" for edit in typed}, len(typed) + 1
        while waiting and len(waiting) < count:
            count, tried, waiting = len(waiting), waiting, {}
            for edit in tried:
                before, done = self.content, self._taken(edit)
                if isinstance(done, str):
                    self.content, waiting[edit] = before, done
                else:
                    changes += done
        held = together(self, list(waiting))
        changes += [change for _, made in held for change in made]
        kept = {edit for edit, _ in held}
        return changes, [why for edit, why in waiting.items() if edit not in kept]

    def _taken(self, edit: Edit) -> list[Change] | str:
        """Take one edit over; the changes made, or why it cannot be."""
        steps, unit_of = self.steps(edit)
        if isinstance(steps, str):
            return steps
        made: list[Change] = []
        for step in steps:
            done = self._step(edit, step, unit_of(step))
            if isinstance(done, str):
                return f"{edit.place} is {_shown(step.after)} in the book{done}"
            made.append(done)
        return made

    def steps(self, edit: Edit) -> tuple[list[Knot] | str, Callable[[Knot], str]]:
        """Return the numbers of the deal an edit moves, or why there are none; and the unit of each."""
        row = self.book.result.model.sheet.rows.get(edit.name)
        path = "" if row is None else table_path(self.book.result.deal, row) or _path(row.source)
        if row is None or not path or row.kind == "series":
            return f"{edit.place} was changed in the book, but is no term of the deal file", str
        if row.kind == "scalar":
            return [Knot(path, edit.before, edit.after)], lambda _: str(row.unit)
        found = knots_of(path, edit, self.book.result.deal)
        told = f"{edit.place} was changed in the book: {found}" if isinstance(found, str) else found
        return told, lambda step: str(row.unit if step.axis == "y" else row.table_x)

    def _step(self, edit: Edit, step: Knot, unit: str) -> Change | str:
        """Take one number over; the change made, or why it cannot be."""
        why = ""
        for text, change in self.proposals(edit, step, unit):
            if self._proved(text, edit, step):
                self.content = text
                return change
            why = why or self.refusals.get(text, "")
        by_hand = f"change {step.path} in the deal file by hand ({self._source(edit)})"
        if why:
            return f", and the deal would not hold with it: {why} Change what contradicts it too, or {by_hand}"
        return self._no_day(step, unit) or f"; {by_hand}"

    def proposals(self, edit: Edit, step: Knot, unit: str) -> Iterator[tuple[bytes, Change]]:
        """Propose contents in which one number is written anew, best first."""
        timeline = self.book.result.model.timeline
        written = Written(self.content, self.name, step.path, unit, step.before, timeline, edit.scenario)
        found = dated_keys(written, step.after) if step.axis == "date" else candidates(written, step.after)
        where = f"scenarios.{edit.scenario}.{step.path}" if edit.scenario else step.path
        for text, before, after in found:
            yield text, Change(where, before, after)

    def _source(self, edit: Edit) -> str:
        return self.book.result.model.sheet[edit.name].source

    def _no_day(self, step: Knot, unit: str) -> str:
        """Say that a date is a whole day, where that is what keeps a number from being written."""
        timeline = self.book.result.model.timeline
        if unit != "month" or not is_dated(self.content, self.name, step.path):
            return ""
        day = day_of(timeline, step.after)
        return "" if day is None else f", which is no whole day; type {timeline.to_month(day):.12g} for {day}"

    def _proved(self, content: bytes, edit: Edit, step: Knot) -> bool:
        """Whether the new file reads as the old one, but for the edited number."""
        wanted = step.result if step.result is not None else edit.after
        return self.holds(content, {edit.name: wanted}, edit.scenario)

    def holds(self, content: bytes, wanted: Inputs, scenario: str = "") -> bool:
        """Whether exactly these inputs move if the deal file reads `content`, to these values.

        Parameters
        ----------
        content
            The deal file.
        wanted
            Input -> value.
        scenario
            Scenario they move in; the deal as agreed must then stay.
        """
        moved = self._moved(content, scenario)
        if moved is None or moved.keys() != wanted.keys() or any(not near(moved[x], wanted[x]) for x in wanted):
            return False
        return not scenario or self._moved(content, "") == {}

    def _moved(self, content: bytes, scenario: str) -> Inputs | None:
        """Inputs that differ once the deal file reads `content`; None if it cannot be read, or has others."""
        now, was = self._inputs(content, scenario), self._inputs(self.content, scenario)
        if now is None or was is None or now.keys() - was.keys():
            return None
        # A cost of nothing has no row: its input is gone, and that is what 0 means.
        gone = dict.fromkeys(was.keys() - now.keys(), 0.0)
        return {**gone, **{name: value for name, value in now.items() if not near(value, was[name])}}

    def _inputs(self, content: bytes, scenario: str) -> Inputs | None:
        from ringfence.blocks.build import build
        from ringfence.terms.read import read_deal

        key = (content, scenario)
        if key not in self.known:
            self.opened.write_bytes(content)
            try:
                sheet = build(read_deal(self.opened, scenario=scenario or None)).sheet
                self.known[key] = {row.name: row.value for row in sheet if row.is_input}
            except (RingfenceError, UnicodeDecodeError) as error:
                self.known[key] = None
                self.refusals[content] = str(error).splitlines()[0]
        return self.known[key]


def _put(root: Path, name: str, content: bytes) -> None:
    """Lay a deal file of the book into its folder."""
    try:
        target = (root / "deal" / name).resolve()
        if target.suffix not in (".yaml", ".yml") or not target.is_relative_to(root):
            raise RunError(f"the book holds {name[:60]!r}, which is no deal file of its folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except (OSError, ValueError) as error:
        raise RunError(
            f"the book holds a deal file that no folder can: {name[:60]!r} ({error.__class__.__name__})"
        ) from None


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _path(source: str) -> str:
    """Path of the term behind an input: ``deal.yaml:41  contracts.senior.margin = 3%`` names it in the middle."""
    _, _, rest = source.partition("  ")
    return rest.split(" ")[0] if rest else ""


def write_back(back: ReadBack, target: str | PathLike[str]) -> ReadBack:
    """Write the deal file that came back.

    Parameters
    ----------
    back
        From :func:`read_workbook`.
    target
        File to write.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    try:
        Path(target).write_bytes(back.content)
    except OSError as error:
        raise RunError(f"cannot write {target}: {error.strerror}") from None
    return replace(back, name=str(target))

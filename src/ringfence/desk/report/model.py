"""What a report holds, before anybody decides how it looks: sections of paragraphs, figures, tables and charts.

    Report    title block, sections in order
    Section   a heading and its blocks
    blocks    Paragraph, KeyFigures, Table (desk.table), Chart

Text is plain text, never markup: a writer shows every character of it as it stands. A chart carries the numbers it
draws under the names of their rows, so that whoever doubts a line can compare it with the run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol, TypeVar, runtime_checkable

from ringfence.desk.table import Table

T = TypeVar("T")
Style = Literal["plain", "lead", "note", "warning"]


@dataclass(frozen=True)
class Paragraph:
    """Plain text. `lead` opens a report, `note` explains a figure, `warning` must not be overlooked.

    Parameters
    ----------
    text, style
        What it says, and how much it matters.
    strong
        Phrases of the text that stand out.
    """

    text: str
    style: Style = "plain"
    strong: tuple[str, ...] = ()

    @property
    def runs(self) -> list[tuple[str, bool]]:
        """Return the text in pieces, each with whether it stands out."""
        if not self.strong:
            return [(self.text, False)]
        parts = re.split(f"({'|'.join(map(re.escape, self.strong))})", self.text)
        return [(part, part in self.strong) for part in parts if part]


@dataclass(frozen=True)
class KeyFigures:
    """A few figures shown large, each with what it is and a few words under it.

    Parameters
    ----------
    items
        Label, figure as text, remark.
    """

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Chart:
    """A picture as SVG.

    Parameters
    ----------
    key
        Short name, unlike any other of the report.
    title
        What it shows, with the unit.
    svg
        One ``<svg>`` element that refers to nothing outside itself.
    words
        What a reader who cannot see it is told.
    drawn
        Name of a row or measure -> the numbers drawn for it, in base units.
    notes
        Lines under the picture.
    """

    key: str
    title: str
    svg: str
    words: str
    drawn: Mapping[str, Sequence[float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


Block = Paragraph | KeyFigures | Table | Chart


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Parameters
    ----------
    key
        Short name, unlike any other of the report; the anchor of a web page.
    title
        The heading.
    blocks
        In order.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def tables(self) -> Iterator[Table]:
        """Return its tables."""
        return (block for block in self.blocks if isinstance(block, Table))

    @property
    def charts(self) -> Iterator[Chart]:
        """Return its charts."""
        return (block for block in self.blocks if isinstance(block, Chart))


@dataclass(frozen=True)
class Report:
    """A whole report.

    Parameters
    ----------
    title, subtitle
        Of the deal, and the case it was run on.
    facts
        Title block: label and text.
    units
        How figures are written, in a sentence or two.
    dated
        Date the report bears: never that of the day it is written on.
    sections
        In order.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    units: str
    dated: date
    sections: tuple[Section, ...]

    def section(self, key: str) -> Section:
        """Return a section by its key."""
        return next(s for s in self.sections if s.key == key)


@runtime_checkable
class Contributor(Protocol):
    """Results from elsewhere (a distribution of paths, a stress) that want a section of the report."""

    def report_section(self) -> Section | None:
        """Return the section, or None where there is nothing to show."""


def paged(items: Sequence[T], most: int) -> list[Sequence[T]]:
    """Return items in groups, for a picture may not be taller than a page.

    Parameters
    ----------
    items, most
        In order, and how many a picture holds.
    """
    return [items[k : k + most] for k in range(0, len(items), most)]


def numbered(title: str, number: int, many: int) -> str:
    """Return the title of one picture of several.

    Parameters
    ----------
    title, number, many
        Of all; which one, from 1; how many there are.
    """
    return title if many == 1 else f"{title} ({number} of {many})"

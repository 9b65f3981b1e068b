"""What the writer is handed besides the sheet: plain words and lists, no deal and no desk.

A *page* is a sheet of the book that is the home of rows, in sections; a *view* shows rows that live elsewhere. The
annual page sums a view by calendar year and draws the charts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ringfence.run.workbook.ranges import Range

How = Literal["total", "end", "smallest"]


@dataclass(frozen=True)
class Section:
    """A titled run of rows; names without a row are left out by the writer's caller."""

    title: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A sheet of the book.

    Parameters
    ----------
    tab
        Name on the tab, at most 31 characters.
    title
        Name on the page.
    sections
        Its rows.
    """

    tab: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class AnnualLine:
    """One line of the annual page.

    Parameters
    ----------
    label
        What it says.
    row
        The row it sums up.
    how
        ``total`` of the year, value at its ``end``, or the ``smallest`` of it.
    applies
        Row that is 1 where the smallest counts.
    """

    label: str
    row: str
    how: How = "total"
    applies: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart of annual lines.

    Parameters
    ----------
    title
        Above the chart.
    columns, lines
        Labels of annual lines drawn as columns and as lines.
    kind
        How the columns stand.
    second
        Whether the lines have an axis of their own, on the right.
    unit
        What the left axis shows.
    """

    title: str
    columns: tuple[str, ...]
    lines: tuple[str, ...] = ()
    kind: Literal["clustered", "stacked"] = "clustered"
    second: bool = False
    unit: str = "USD m"


@dataclass(frozen=True)
class Scenario:
    """A named set of inputs.

    Parameters
    ----------
    name, words
        What it is called; what it says.
    inputs
        Input -> value where it departs from the deal as agreed.
    refused
        Why the book cannot hold it, "" if it can.
    figures
        Measures of a run under it, when the book was written; None where one has no value.
    """

    name: str
    words: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Brief:
    """Everything the writer needs to know about the deal.

    Parameters
    ----------
    title, subtitle
        On the cover and on top of every page.
    facts
        Label and text: run, versions, date.
    labels, ends
        Label and last day of each period.
    inputs
        Where the scalar inputs stand; those named nowhere follow at the end.
    pages, views
        Homes of rows; pages that show rows from elsewhere.
    annual, charts
        The annual page.
    structural
        Inputs that may not be edited in the book, each with its reason.
    flows
        Rows whose sum over all periods means something.
    key_figures
        Measures to show first, in sections.
    scenarios
        Named sets of inputs.
    figures
        Measures of the deal as agreed, when the book was written.
    notes
        Sources and remarks: label and text.
    vintages
        Table -> whose figures they are, and of when.
    source
        The deal file and what it extends, kept whole: file name -> content; the deal first.
    ranges
        Input -> the range it may lie in; one without may be any number.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    ends: tuple[date, ...]
    inputs: tuple[Section, ...]
    pages: tuple[Page, ...]
    views: tuple[Page, ...]
    annual: tuple[tuple[str, tuple[AnnualLine, ...]], ...]
    charts: tuple[Chart, ...]
    structural: Mapping[str, str]
    flows: frozenset[str]
    key_figures: tuple[Section, ...]
    scenarios: tuple[Scenario, ...] = ()
    figures: Mapping[str, float | None] = field(default_factory=dict)
    notes: tuple[tuple[str, str], ...] = ()
    vintages: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, bytes] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)

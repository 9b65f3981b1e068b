"""A history of levels, read from a CSV that a user brings: a date and a number on each line.

    date,level
    2025-10-01,1.70
    2025-11-01,1.82

The first line names the columns: one is ``date``, and the other the level (or the one that is asked for). Dates rise.
Where a file has several columns of levels, an empty cell is no level on that day. Everything wrong with a file is found
at once, each with its line and column. Nothing is filled in: days may be unevenly spaced, and a stretch without levels
is remembered as a gap.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from os import PathLike
from pathlib import Path

from ringfence.errors import DealError, Finding, did_you_mean, nearest
from ringfence.terms.findings import finding, listed
from ringfence.terms.source import shorten

RULE = "history: a history is a CSV of a date and a level on each line, dates rising, with a header"
DAYS_PER_YEAR = 365.25
MOST_BYTES = 20_000_000
MOST_LEVELS = 20_000
MOST_FINDINGS = 20
LARGEST = 1e12
"""A level above this, or under its inverse, is no price and no rate."""
GAP, SHORTEST_GAP = 6.0, 45
"""A gap is this many times as long as the usual step, and at least this many days."""


@dataclass(frozen=True)
class Levels:
    """Dated levels.

    Attributes
    ----------
    source
        File and column they were read from.
    days
        Dates, rising.
    values
        One a date, in the file's own unit.
    lines
        Line of the file each was read from; empty where there is no file.
    """

    source: str
    days: tuple[dt.date, ...]
    values: tuple[float, ...]
    lines: tuple[int, ...] = ()

    @property
    def gaps(self) -> tuple[int, ...]:
        """Places of the levels that come after a gap."""
        steps = [(b - a).days for a, b in pairwise(self.days)]
        usual = sorted(steps)[len(steps) // 2] if steps else 0
        return tuple(k for k, step in enumerate(steps, 1) if step > max(GAP * usual, SHORTEST_GAP))

    @property
    def years(self) -> tuple[float, ...]:
        """Years since the first date, of 365.25 days. [year]"""
        return tuple((day - self.days[0]).days / DAYS_PER_YEAR for day in self.days)


def read_levels(path: str | PathLike[str], column: str | None = None, *, positive: bool = False) -> Levels:
    """Read a history.

    Parameters
    ----------
    path
        The CSV.
    column
        Name of the column of levels; may be left out where there is one beside the date.
    positive
        Whether a level must be above zero, as a logarithm asks.

    Raises
    ------
    DealError
        With a finding for every line that cannot be read.
    """
    name = str(path)
    lines = _lines(name)
    which, start = _columns(name, lines, column)
    sparse = len(lines[start - 1][1]) > 2
    found, rows = _rows(name, lines[start:], which, len(lines[start - 1][1]), positive, sparse)
    if not rows and not found:
        found.append(_bad(f"{name} has a header and no levels.", name, start, fix="add lines of date,level"))
    if len(rows) > MOST_LEVELS:
        text = f"{name} has {len(rows)} levels, but at most {MOST_LEVELS:_} are fitted."
        found.append(_bad(text, name, rows[MOST_LEVELS].line, fix="bring levels by day, week or month"))
    if found:
        raise DealError(found[:MOST_FINDINGS])
    label = lines[start - 1][1][which[1]].strip()
    return Levels(
        f"{name}, column {label}",
        tuple(row.day for row in rows),
        tuple(row.level for row in rows),
        tuple(row.line for row in rows),
    )


def column_names(path: str | PathLike[str]) -> tuple[str, ...]:
    """Return the names of the columns of levels, as the first line has them.

    Parameters
    ----------
    path
        The CSV.

    Raises
    ------
    DealError
        If the file cannot be read or has no header.
    """
    name = str(path)
    header, _ = _header(name, _lines(name))
    return tuple(cell for cell in header if cell != "date")


@dataclass(frozen=True)
class _Level:
    day: dt.date
    level: float
    line: int


Lines = Sequence[tuple[int, Sequence[str]]]
"""Number and cells of each line; a cell that holds line ends counts them."""


def _lines(name: str) -> Lines:
    reader = csv.reader(io.StringIO(_text(name), newline=""))
    found = []
    try:
        for cells in reader:
            found.append((reader.line_num, cells))
    except csv.Error as error:
        text = f"{name} is no CSV on line {reader.line_num}: {error}."
        raise DealError([_bad(text, name, reader.line_num, fix="write a date and a level on each line")]) from None
    return found


def _text(name: str) -> str:
    try:
        if Path(name).stat().st_size > MOST_BYTES:
            raise DealError([_bad(f"{name} is larger than {MOST_BYTES:_} bytes.", name, 0, fix="bring levels by day")])
        return Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or str(error)
        raise DealError([_bad(f"{name} cannot be read: {reason}.", name, 0, fix="name a CSV file")]) from None
    except UnicodeDecodeError as error:
        text = f"{name} is not UTF-8 text: byte {error.start} is {error.object[error.start]:#04x}."
        raise DealError([_bad(text, name, 0, fix="save it as UTF-8")]) from None


def _header(name: str, lines: Lines) -> tuple[list[str], int]:
    """Return the names of the columns, and how many lines stand up to them."""
    start = next((k for k, (_, line) in enumerate(lines, 1) if any(cell.strip() for cell in line)), 0)
    header = [cell.strip().lower() for cell in lines[start - 1][1]] if start else []
    if "date" not in header or len(header) < 2:
        text = f"{name} has the header {listed(header) or 'of nothing'}, without a date and a level."
        raise DealError([_bad(text, name, start, fix="begin with the line date,level; cells are parted by commas")])
    twice = next((cell for k, cell in enumerate(header) if cell in header[:k]), None)
    if twice is not None:
        text = f"{name} has two columns called {shorten(twice, 40) or 'nothing'}."
        raise DealError([_bad(text, name, start, fix="give each column a name of its own")])
    return header, start


def _columns(name: str, lines: Lines, column: str | None) -> tuple[tuple[int, int], int]:
    """Return the places of date and level, and the line after the header."""
    header, start = _header(name, lines)
    day = header.index("date")
    rest = [k for k in range(len(header)) if k != day]
    if column is None and len(rest) > 1:
        text = f"{name} has {len(rest)} columns of levels: {listed(header[k] for k in rest)}."
        raise DealError([_bad(text, name, start, fix="name the column")])
    if column is None:
        return (day, rest[0]), start
    wanted = column.strip().lower()
    if wanted not in header or wanted == "date":
        near = nearest(wanted, [header[k] for k in rest])
        text = f"{name} has no column {shorten(column, 40)}" + did_you_mean(near)
        raise DealError([_bad(text, name, start, fix=f"name one of: {listed(header[k] for k in rest)}")])
    return (day, header.index(wanted)), start


def _rows(
    name: str, lines: Lines, which: tuple[int, int], width: int, positive: bool, sparse: bool
) -> tuple[list[Finding], list[_Level]]:
    """Read line by line. The date of a line is checked against every line before it, with or without a level."""
    found: list[Finding] = []
    rows: list[_Level] = []
    last: dt.date | None = None
    for number, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != width:
            fix = "write one cell a column; a number has no comma" if len(cells) > width else ""
            found.append(
                _bad(f"Line {number} has {len(cells)} cells, but {width} are expected.", name, number, fix=fix)
            )
            continue
        day, faults = _day(name, number, cells, which[0], last)
        level = cells[which[1]].strip()
        if not (sparse and not level):
            faults += list(_faults(name, number, level, which[1], positive))
        found += faults
        last = day or last
        if not faults and level and day is not None:
            rows.append(_Level(day, float(level), number))
    return found, rows


def _day(
    name: str, number: int, cells: Sequence[str], column: int, last: dt.date | None
) -> tuple[dt.date | None, list[Finding]]:
    """Return the date of a line, or what is wrong with it."""
    day = cells[column].strip()
    try:
        when = dt.date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        when = None
    if when is None:
        text = f"The date on line {number} is {shorten(day, 40) or 'empty'}."
        return None, [_bad(text, name, number, column, day, fix="write it 2026-03-31")]
    if last is not None and when <= last:
        text = f"The date on line {number} is {when}, but {last} stands before it."
        return None, [_bad(text, name, number, column, day, fix="sort the lines by date, one line a date")]
    return when, []


def _faults(name: str, number: int, level: str, column: int, positive: bool) -> Iterator[Finding]:
    """Yield what is wrong with a level."""
    value = _number(level)
    if value is None:
        text = f"The level on line {number} is {shorten(level, 40) or 'empty'}, which is no number."
        yield _bad(text, name, number, column, level, fix="write a number such as 2.35, without commas or units")
    elif positive and value <= 0:
        text = f"The level on line {number} is {value:g}, but a price above zero is expected."
        yield _bad(text, name, number, column, level, fix="take the line out; a base rate may be negative")
    elif abs(value) > LARGEST or 0 < abs(value) < 1 / LARGEST:
        text = f"The level on line {number} is {value:g}, which lies beyond {1 / LARGEST:g} to {LARGEST:g}."
        yield _bad(text, name, number, column, level, fix="write it in a usual unit")


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _bad(text: str, name: str, line: int, column: int | None = None, value: str = "", *, fix: str = "") -> Finding:
    place = f"{name}:{line}" if line else name
    if column is not None:
        place += f"  column {column + 1} = {shorten(value, 40) or 'empty'}"
    return finding(RULE, text, where=[place], fix=fix or "write a date and a level")

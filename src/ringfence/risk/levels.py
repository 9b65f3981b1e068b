"""A history of levels, read from a CSV that a user brings: a date and a number on each line.

    date,level
    2025-10-01,1.70
    2025-11-01,1.82

The first line names the columns: one is ``date``, and the other the level (or the one that is asked for). Dates rise.
Everything wrong with a file is found at once, each with its line and column.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from ringfence.errors import DealError, Finding
from ringfence.terms.findings import finding, listed, nearest
from ringfence.terms.source import shorten

RULE = "history: a history is a CSV of a date and a level on each line, dates rising, with a header"
DAYS_PER_YEAR = 365.25
MOST_BYTES = 20_000_000
MOST_FINDINGS = 20


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
    """

    source: str
    days: tuple[dt.date, ...]
    values: tuple[float, ...]

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
    lines = list(csv.reader(_text(name).splitlines()))
    which, start = _columns(name, lines, column)
    found, rows = _rows(name, lines[start:], start, which, positive)
    if not rows and not found:
        found.append(_bad(f"{name} has a header and no levels.", name, start, fix="add lines of date,level"))
    if found:
        raise DealError(found[:MOST_FINDINGS])
    label = lines[start - 1][which[1]].strip()
    return Levels(f"{name}, column {label}", tuple(day for day, _ in rows), tuple(value for _, value in rows))


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


def _columns(name: str, lines: Sequence[Sequence[str]], column: str | None) -> tuple[tuple[int, int], int]:
    """Return the places of date and level, and the line after the header."""
    start = next((k for k, line in enumerate(lines, 1) if any(cell.strip() for cell in line)), 0)
    header = [cell.strip().lower() for cell in lines[start - 1]] if start else []
    if "date" not in header or len(header) < 2:
        text = f"{name} has the header {listed(header) or 'of nothing'}, without a date and a level."
        raise DealError([_bad(text, name, start, fix="begin with the line date,level")])
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
        text = f"{name} has no column {shorten(column, 40)}" + (f"; did you mean {near}?" if near else ".")
        raise DealError([_bad(text, name, start, fix=f"name one of: {listed(header[k] for k in rest)}")])
    return (day, header.index(wanted)), start


def _rows(
    name: str, lines: Sequence[Sequence[str]], start: int, which: tuple[int, int], positive: bool
) -> tuple[list[Finding], list[tuple[dt.date, float]]]:
    found: list[Finding] = []
    rows: list[tuple[dt.date, float]] = []
    for number, cells in enumerate(lines, start + 1):
        if not any(cell.strip() for cell in cells):
            continue
        faults = list(_faults(name, number, cells, which, positive, rows[-1][0] if rows else None))
        found += faults
        if not faults:
            rows.append((dt.date.fromisoformat(cells[which[0]].strip()), float(cells[which[1]])))
    return found, rows


def _faults(
    name: str, number: int, cells: Sequence[str], which: tuple[int, int], positive: bool, last: dt.date | None
) -> Iterator[Finding]:
    """Yield what is wrong with one line."""
    if len(cells) <= max(which):
        yield _bad(f"Line {number} has {len(cells)} cells, but {max(which) + 1} are expected.", name, number)
        return
    day, level = (cells[k].strip() for k in which)
    try:
        when = dt.date.fromisoformat(day) if len(day) == 10 else None
    except ValueError:
        when = None
    if when is None:
        text = f"The date on line {number} is {shorten(day, 40) or 'empty'}."
        yield _bad(text, name, number, which[0], day, fix="write it 2026-03-31")
    elif last is not None and when <= last:
        text = f"The date on line {number} is {when}, but {last} stands before it."
        yield _bad(text, name, number, which[0], day, fix="sort the lines by date, one line a date")
    value = _number(level)
    if value is None:
        text = f"The level on line {number} is {shorten(level, 40) or 'empty'}, which is no number."
        yield _bad(text, name, number, which[1], level, fix="write a number such as 2.35, without commas or units")
    elif positive and value <= 0:
        text = f"The level on line {number} is {value:g}, but a price above zero is expected."
        yield _bad(text, name, number, which[1], level, fix="take the line out; a base rate may be negative")


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

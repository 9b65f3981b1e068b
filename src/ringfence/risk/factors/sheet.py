"""The factor sheet: rows that turn draws into shocks, in the words of any other sheet.

A factor adds its rows to a :class:`FactorSheet`, one file a kind of factor. It asks for its parameters (the deal's, or
the catalogue's, each a cell with its source), for its draws, and feeds shocks of the deal.

    period.years, .start, .end             the deal's own periods                        [year], [month], [month]
    <factor>.<parameter>                   parameters
    <factor>.draw.<what>                   what is drawn
    <factor>.<row>                         what comes of it
    feed.<shock>                           the product (or sum) where several factors feed one shock
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from ringfence.errors import DealError, TimelineError, did_you_mean, nearest
from ringfence.run.native.draws import Draw
from ringfence.sheet import Expr, Row, Sheet, least
from ringfence.terms.findings import finding
from ringfence.units import MONTH, YEAR, Unit

if TYPE_CHECKING:
    from ringfence.blocks.shocks import Shock
    from ringfence.errors import Finding
    from ringfence.terms.deal import Deal
    from ringfence.terms.risk import RiskFactor
    from ringfence.timeline import Timeline

Measure = Literal["risk-neutral", "real-world"]
MONTHS_PER_YEAR = 12.0
PREFIX = "factor"
_NUMBERS = 1 << 31


@dataclass(frozen=True)
class Factor:
    """A random factor, as the report tells it.

    Attributes
    ----------
    id, label
        Id in the deal, and what it is.
    unit
        Of its first row.
    measure
        ``risk-neutral``: its mean is a price (rates, exchange rates); ``real-world``: its mean is an expectation.
    source
        Where the deal declares it.
    draws
        Its draw inputs in the joined sheet.
    rows
        Its result rows in the joined sheet, the telling one first: ``factor:rent.level``.
    feeds
        Inputs of the deal it feeds: ``rent.market.shock``.
    """

    id: str
    label: str
    unit: Unit
    measure: Measure
    source: str
    draws: tuple[str, ...]
    rows: tuple[str, ...]
    feeds: tuple[str, ...]


@dataclass
class FactorSheet:
    """The factor sheet under construction.

    Attributes
    ----------
    deal, timeline
        The deal and its periods.
    shocks
        Every shock the deal has, by name.
    sheet
        The rows so far.
    draws
        Draw input -> how it is drawn.
    normals
        Factor -> its main normal, correlated with those of others.
    feeds
        Shock -> rows that feed it.
    market
        Fleet -> market rent over plan, for the factors that follow it. [ratio]
    notices
        What a reader must know of the factors as the deal has them.
    """

    deal: Deal
    timeline: Timeline
    shocks: Mapping[str, Shock]
    sheet: Sheet
    draws: dict[str, Draw] = field(default_factory=dict)
    normals: dict[str, Row] = field(default_factory=dict)
    feeds: dict[str, list[Row]] = field(default_factory=dict)
    market: dict[str, Row] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, deal: Deal, timeline: Timeline, shocks: Mapping[str, Shock]) -> FactorSheet:
        """Start the factor sheet of a deal.

        Parameters
        ----------
        deal, timeline, shocks
            The deal, its periods, and what its sheet may be opened to.
        """
        periods = timeline.periods
        made = cls(deal, timeline, shocks, Sheet(periods=len(periods), name=f"{deal.deal}: factors"))
        series = {
            "years": ([p.months / MONTHS_PER_YEAR for p in periods], YEAR, "length of the period"),
            "start": ([p.start_month for p in periods], MONTH, "start of the period, months since close"),
            "end": ([p.end_month for p in periods], MONTH, "end of the period, months since close"),
        }
        for name, (values, unit, label) in series.items():
            made.sheet.series(f"period.{name}", values, unit=unit, source=CONVENTION, label=label, term=True)
        made.sheet.scalar("period.months_per_year", MONTHS_PER_YEAR, unit=MONTH / YEAR, source=CONVENTION)
        made.sheet.scalar("period.never", NEVER, unit=MONTH, source=CONVENTION, label="a date that never comes")
        return made

    # -- what a factor asks for -------------------------------------------------------------------------------

    def parameter(self, id: str, term: RiskFactor, name: str, unit: Unit, *, entry: str, label: str = "") -> Row:
        """Add a parameter of a factor: the deal's value, else the catalogue's. [unit]

        Parameters
        ----------
        id, term
            The factor.
        name
            Field of the term, and of the entry.
        unit
            Of the parameter.
        entry
            Entry of ``catalogue/risk.yaml`` that holds the default.
        label
            What it means.
        """
        from ringfence.catalogue import risk

        given = getattr(term, name)
        path = f"risk.factors.{id}.{name}"
        if given is None:
            fact = risk(entry)
            return self.cell(f"{id}.{name}", fact.fact(name).value, unit, fact.source(name), label)
        return self.cell(f"{id}.{name}", given, unit, self.deal.where(path), label)

    def cell(self, name: str, value: object, unit: Unit, source: str, label: str = "") -> Row:
        """Add an input cell; a date becomes months since close. [unit]"""
        number = self._months(value, source) if isinstance(value, date) else float(value)  # type: ignore[arg-type]
        return self.sheet.scalar(name, number, unit=unit, source=source, label=label)

    def _months(self, day: date, source: str) -> float:
        """Months from close to a date that the calendars reach. [month]"""
        try:
            return self.timeline.to_month(day)
        except TimelineError as error:
            raise DealError([error.finding([source])]) from None

    def normal(self, id: str, what: str, *, series: bool) -> Row:
        """Add a draw of standard normals: one a period, or one a path. [ratio]

        Parameters
        ----------
        id
            The factor.
        what
            Name of the draw within the factor; its numbers hang on both names alone.
        series
            One a period, or one a path.
        """
        return self._draw(id, what, "normal", series=series)

    def uniform(self, id: str, what: str, *, series: bool) -> Row:
        """Add a draw of numbers between 0 and 1: one a period, or one a path. [ratio]"""
        return self._draw(id, what, "uniform", series=series)

    def main_normal(self, id: str, *, series: bool) -> Row:
        """Return the factor's main normal, correlated if the deal says so. [ratio]"""
        if id not in self.normals:
            self.normals[id] = self.normal(id, "normal", series=series)
        return self.normals[id]

    def feed(self, shock: str, row: Row) -> None:
        """Let a row feed a shock of the deal.

        Parameters
        ----------
        shock
            Name of the shock.
        row
            What it is fed. [unit of the shock]
        """
        if shock not in self.shocks:
            raise DealError([self._no_shock(shock, row)])
        self.feeds.setdefault(shock, []).append(row)

    def _no_shock(self, shock: str, row: Row) -> Finding:
        value = shock.removesuffix(".shock")
        near = nearest(value, [name.removesuffix(".shock") for name in self.shocks])
        message = f"Factor {row.name.partition('.')[0]} moves {value}, which a path of this deal cannot move"
        fix = f"write {near}" if near else "name a value of the deal that may be moved: a price, a yield, a date"
        where = [self.deal.where(f"risk.factors.{row.name.partition('.')[0]}")]
        return finding("risk-factor", f"{message}{did_you_mean(near)}", where=where, fix=fix)

    def _draw(self, id: str, what: str, kind: Literal["normal", "uniform"], *, series: bool) -> Row:
        name = f"{id}.draw.{what}"
        number = zlib.crc32(name.encode()) % _NUMBERS
        taken = {draw.factor for draw in self.draws.values()}
        while number in taken:
            number = (number + 1) % _NUMBERS
        middle = 0.0 if kind == "normal" else 0.5
        label = "standard normal" if kind == "normal" else "number between 0 and 1"
        self.draws[name] = Draw(number, kind)
        if series:
            return self.sheet.series(name, [middle] * self.sheet.periods, label=label, source=DRAWN)
        return self.sheet.scalar(name, middle, label=label, source=DRAWN)

    # -- what is joined ---------------------------------------------------------------------------------------

    def fed(self) -> dict[str, str]:
        """Return shock -> name of the row that feeds it; several factors on one shock act together."""
        found = {}
        for shock, rows in self.feeds.items():
            found[shock] = rows[0].name if len(rows) == 1 else self._together(shock, rows).name
        return found

    def _together(self, shock: str, rows: Iterable[Row]) -> Row:
        way = self.shocks[shock].way
        first, *rest = rows
        value: Expr = first
        for row in rest:
            value = value * row if way == "times" else least(value, row) if way in ("date", "instead") else value + row
        return self.sheet.row(f"feed.{shock}", value, label=f"all factors on {shock}")


CONVENTION = "docs/convention.md, timing"
DRAWN = "drawn"
NEVER = 120_000.0
"""Months since close that stand for `never`, as in ``blocks/clock.py``. [month]"""

"""Shocks: the places where a sheet may be opened to what a path brings instead of what was agreed or expected.

A sheet built ``open_to`` some shocks has one more input for each, neutral unless a path sets it, and the cash rows read
the shocked value. What was fixed at signing (sizes, schedules, planned and forward rows) goes on reading the deal's own
value, so a path is tested on the debt that was signed (docs/convention.md 8, 9). A sheet that is open to nothing has
none of these rows.

    <curve>.shock, <input>.shock     the input, named after the value it acts on
    <input>.realised                 the value with its shock; cash reads it

Five ways of acting, each with its neutral value:

    times    a series; the value of the period x the shock                    1
    plus     a series; the value of the period + the shock                    0
    later    one cell; a date is that many months later                       0 months
    date     a series; a date that comes, told from the period on in which
             it has come, or never                                            120,000 months
    instead  one cell; a date in place of the agreed one                      0: as agreed

:data:`PLACES` lists the places by kind; :attr:`ringfence.blocks.build.Model.shocks` those a deal has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ringfence.errors import RunError, meant
from ringfence.sheet import Expr, Row, choose, less_than
from ringfence.units import MONTH, PER_YEAR, RATIO, Unit

if TYPE_CHECKING:
    from ringfence.blocks.context import Build

Way = Literal["times", "plus", "later", "date", "instead"]

PLACES: Mapping[str, str] = {
    "curve.<curve>": "rate of the period above its forward curve (plus); level of an index over its curve (times)",
    "<fleet>.delay": "every delivery of a fleet comes later (later)",
    "<fleet>.resale": "resale value, over the resale curve or the agreed share (times)",
    "<fleet>.failures.rate": "GPUs that fail, over the expected rate (times)",
    "<fleet>.opex": "running cost of a fleet (times)",
    "<site>.delay": "every step of a site's power comes later (later)",
    "<site>.electricity": "price of electricity on site (times)",
    "<site>.cost": "cost of the site (times)",
    "<site>.overflow.cost": "cost of hosting elsewhere (times)",
    "<plant>.construction.delay": "commercial operation comes later; spending goes on as planned (later)",
    "<plant>.operation": "commercial operation comes on this date, or never, whatever was agreed (instead)",
    "<plant>.yield": "output, over the agreed yield (times)",
    "<plant>.fixed_cost": "fixed operating cost (times)",
    "<plant>.variable_cost": "variable operating cost (times)",
    "<plant>.fuel.price": "price of fuel (times)",
    "<ppa>.merchant.price": "market price of energy after a contract (times)",
    "<lease>.paid": "share of each instalment of rent that the lessee pays (times)",
    "<lease>.default": "date on which the lessee stops paying (date)",
    "<lease>.void": "months from the default to the first rent of the next lessee (later)",
    "<lease>.market": "market rent when let again, over the agreed rent (times)",
    "<lease>.after": "market rent from the end of the term to the end of service, over the agreed rent; 0 lets nothing",
}
"""What a sheet may be opened to, by the value it acts on; the name of the shock is this with ``.shock`` behind it."""

SUFFIX = ".shock"


@dataclass(frozen=True)
class Shock:
    """An input that a path may set.

    Attributes
    ----------
    name
        Name of the input row: ``curve.sofr.shock``.
    acts_on
        What it changes: ``curve.sofr``.
    way
        How it acts, see the module's head.
    unit
        Of the input.
    neutral
        Value at which nothing changes. [unit]
    series
        Whether it has one value a period, or one cell.
    label
        In words.
    """

    name: str
    acts_on: str
    way: Way
    unit: Unit
    neutral: float
    series: bool
    label: str


def times(b: Build, acts_on: str, value: Expr, label: str) -> Expr:
    """Multiply a value by its shock; the value itself where the sheet is not open to it. [unit of value]

    Parameters
    ----------
    b
        The build.
    acts_on
        Name of the value, as in :data:`PLACES`.
    value
        As agreed or expected. [any]
    label
        What the value is.
    """
    return _realised(b, Shock(acts_on + SUFFIX, acts_on, "times", RATIO, 1.0, True, label), value)


def plus(b: Build, acts_on: str, value: Expr, label: str, unit: Unit = PER_YEAR) -> Expr:
    """Add its shock to a value; the value itself where the sheet is not open to it. [unit]"""
    return _realised(b, Shock(acts_on + SUFFIX, acts_on, "plus", unit, 0.0, True, label), value)


def later(b: Build, acts_on: str, day: Expr, label: str) -> Expr:
    """Move a date by its shock; the date itself where the sheet is not open to it. [month]"""
    return _realised(b, Shock(acts_on + SUFFIX, acts_on, "later", MONTH, 0.0, False, label), day)


def comes(b: Build, acts_on: str, label: str) -> Row | None:
    """Return the date on which something happens that nobody agreed, or None. [month]

    Parameters
    ----------
    b
        The build.
    acts_on
        Name of the event, as in :data:`PLACES`.
    label
        What happens.
    """
    never = float(b.clock.never.value)
    return opened(b, Shock(acts_on + SUFFIX, acts_on, "date", MONTH, never, True, label))


def instead(b: Build, acts_on: str, day: Expr, label: str) -> Expr:
    """Put another date in the place of the agreed one; the agreed where the sheet is not open to it. [month]"""
    row = opened(b, Shock(acts_on + SUFFIX, acts_on, "instead", MONTH, 0.0, False, label))
    return day if row is None else choose(less_than(0, row), row, day)


def opened(b: Build, shock: Shock) -> Row | None:
    """Offer a shock, and return its input if the sheet is open to it.

    Parameters
    ----------
    b
        The build; remembers what was offered.
    shock
        The shock.
    """
    b.shocks[shock.name] = shock
    if shock.name not in b.open_to:
        return None
    if shock.name in b.sheet:
        return b.sheet[shock.name]
    if shock.series:
        values = [shock.neutral] * b.sheet.periods
        return b.sheet.series(shock.name, values, unit=shock.unit, source=SOURCE, label=f"shock: {shock.label}")
    return b.sheet.scalar(shock.name, shock.neutral, unit=shock.unit, source=SOURCE, label=f"shock: {shock.label}")


SOURCE = "docs/howto/describe-the-risks.md"


def refuse_unknown(asked: Iterable[str], offered: Iterable[str]) -> None:
    """Raise where a sheet was to be opened to something it does not have.

    Parameters
    ----------
    asked
        Names of shocks asked for.
    offered
        Names the deal has.
    """
    known = list(offered)
    for name in asked:
        if name not in known:
            raise RunError(f"the deal has no shock {name}{meant(name, known)}")


def _realised(b: Build, shock: Shock, value: Expr) -> Expr:
    row = opened(b, shock)
    if row is None:
        return value
    name = f"{shock.acts_on}.realised"
    if name in b.sheet:
        return b.sheet[name]
    made = value * row if shock.way == "times" else value + row
    return b.sheet.row(name, made, label=f"{shock.label}, as it comes")
